package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubejson "k8s.io/apimachinery/pkg/util/json"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
)

// object is one document of a YAML stream.
type object struct {
	unstructured.Unstructured
	text string
}

func (o object) String() string {
	return o.GetKind() + "/" + o.GetNamespace() + "/" + o.GetName()
}

// ofIstio tells Istio's objects from those of Kubernetes.
func (o object) ofIstio() bool {
	group := o.GroupVersionKind().Group
	return strings.HasSuffix(group, ".istio.io") || group == "gateway.networking.k8s.io"
}

// config is one of Istio's objects in istiod's own form, and its kind.
func (o object) config() (*config.Config, resource.Schema, error) {
	gvk := o.GroupVersionKind()
	kind, found := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(resource.FromKubernetesGVK(&gvk))
	if !found {
		return nil, nil, fmt.Errorf("istiod does not know %s", gvk)
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	var read crd.IstioKind
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, nil, err
	}
	c, err := crd.ConvertObject(kind, &read, constants.DefaultClusterLocalDomain)
	return c, kind, err
}

// parseObjects splits a YAML stream. Namespaced objects without a namespace
// get "default", as kubectl would do it.
func parseObjects(stream string) ([]object, error) {
	reader := kubeyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(stream)))
	var objects []object
	for number := 1; ; number++ {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", number, err)
		}
		content, err := decode(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", number, err)
		}
		if len(content) == 0 {
			continue
		}
		o := object{Unstructured: unstructured.Unstructured{Object: content}, text: string(bytes.TrimSpace(document))}
		if o.GetKind() == "" || o.GetAPIVersion() == "" || o.GetName() == "" {
			return nil, fmt.Errorf("document %d: apiVersion, kind and metadata.name are needed", number)
		}
		if o.GetNamespace() == "" && o.GetKind() != "Namespace" {
			o.SetNamespace("default")
			text, err := yaml.Marshal(o.Object)
			if err != nil {
				return nil, fmt.Errorf("document %d: %w", number, err)
			}
			o.text = string(text)
		}
		objects = append(objects, o)
	}
}

// decode reads numbers as Kubernetes does, whole ones as integers: the CEL
// rules of the CRDs do arithmetic with them.
func decode(document []byte) (map[string]any, error) {
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	err = kubejson.Unmarshal(text, &content)
	return content, err
}

package main

import (
	"fmt"
	"path"
	"sync"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	cni "istio.io/istio/cni/pkg/util"
	"istio.io/istio/manifests"
	"istio.io/istio/operator/pkg/helm"
	"istio.io/istio/operator/pkg/values"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/inject"
)

// captures says what takes hold of each sidecar pod's traffic in an installation
// with the charts' defaults: the selectors of the chart's webhooks choose the
// pods that the injector sees, the injector decides, and of the others the
// selectors of the chart of istio-cni choose those of ztunnel.
func captures(in *inputs) (map[string]Capture, error) {
	webhooks, err := webhookSelectors()
	if err != nil {
		return nil, err
	}
	ztunnel, err := ztunnelSelectors()
	if err != nil {
		return nil, err
	}
	namespaces, err := namespaceLabels(in.kubernetes)
	if err != nil {
		return nil, err
	}
	found := map[string]Capture{}
	for _, spec := range in.proxies {
		if spec.Type != "sidecar" {
			continue
		}
		ofNamespace := namespaces[spec.Namespace]
		if ofNamespace == nil {
			// The API server gives every namespace this label.
			ofNamespace = map[string]string{corev1.LabelMetadataName: spec.Namespace}
		}
		pod := appPod(spec)
		if selectedBy(webhooks, ofNamespace, spec.Labels) {
			if pod, err = injected(in, spec); err != nil {
				return nil, fmt.Errorf("proxy %s: %w", spec.Key(), err)
			}
		}
		capture := Capture{Plane: "none"}
		switch {
		case hasProxy(pod):
			capture.Plane = "sidecar"
			if arguments := initArguments(pod); arguments != nil {
				if capture.Rules, err = rulesOf(arguments, spec.IP); err != nil {
					return nil, fmt.Errorf("proxy %s: %w", spec.Key(), err)
				}
			}
		case ztunnel.Matches(pod, ofNamespace):
			capture.Plane = "ambient"
		}
		found[spec.Key()] = capture
	}
	return found, nil
}

func hasProxy(pod *corev1.Pod) bool {
	for _, container := range append(pod.Spec.InitContainers[:len(pod.Spec.InitContainers):len(pod.Spec.InitContainers)], pod.Spec.Containers...) {
		if container.Name == inject.ProxyContainerName {
			return true
		}
	}
	return false
}

func namespaceLabels(objects []object) (map[string]map[string]string, error) {
	decode := kubelib.IstioCodec.UniversalDeserializer().Decode
	found := map[string]map[string]string{}
	for _, o := range objects {
		decoded, _, err := decode([]byte(o.text), nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
		if namespace, ok := decoded.(*corev1.Namespace); ok {
			found[namespace.Name] = labels.Merge(namespace.Labels, map[string]string{corev1.LabelMetadataName: namespace.Name})
		}
	}
	return found, nil
}

// webhookSelector are the two selectors of a webhook.
type webhookSelector struct{ namespace, object labels.Selector }

func selectedBy(webhooks []webhookSelector, ofNamespace, ofPod map[string]string) bool {
	for _, webhook := range webhooks {
		if webhook.namespace.Matches(labels.Set(ofNamespace)) && webhook.object.Matches(labels.Set(ofPod)) {
			return true
		}
	}
	return false
}

// webhookSelectors are those of istiod's chart, rendered by Helm as istioctl does it.
var webhookSelectors = sync.OnceValues(func() ([]webhookSelector, error) {
	rendered, _, err := helm.Render("istio", "istio-system", "istio-control/istio-discovery", values.Map{}, nil)
	if err != nil {
		return nil, err
	}
	var found []webhookSelector
	for _, document := range rendered {
		if document.GetKind() != "MutatingWebhookConfiguration" {
			continue
		}
		var configuration admissionv1.MutatingWebhookConfiguration
		if err := yaml.Unmarshal([]byte(document.Content), &configuration); err != nil {
			return nil, err
		}
		for _, webhook := range configuration.Webhooks {
			namespace, err := metav1.LabelSelectorAsSelector(webhook.NamespaceSelector)
			if err != nil {
				return nil, err
			}
			object, err := metav1.LabelSelectorAsSelector(webhook.ObjectSelector)
			if err != nil {
				return nil, err
			}
			found = append(found, webhookSelector{namespace, object})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the chart %s has no webhooks", chart)
	}
	return found, nil
})

// ztunnelSelectors are those of the chart of istio-cni.
func ztunnelSelectors() (*cni.CompiledEnablementSelectors, error) {
	text, err := manifests.FS.ReadFile(path.Join("charts/istio-cni", "values.yaml"))
	if err != nil {
		return nil, err
	}
	var file struct {
		Defaults struct {
			Ambient struct {
				EnablementSelectors []cni.EnablementSelector `json:"enablementSelectors"`
			} `json:"ambient"`
		} `json:"_internal_defaults_do_not_set"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if len(file.Defaults.Ambient.EnablementSelectors) == 0 {
		return nil, fmt.Errorf("the chart of istio-cni selects nothing")
	}
	return cni.NewCompiledEnablementSelectors(file.Defaults.Ambient.EnablementSelectors)
}

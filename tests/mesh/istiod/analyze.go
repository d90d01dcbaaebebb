package main

import (
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/diag"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/resource"
	"istio.io/istio/pkg/util/protomarshal"
)

// analyze is istioctl analyze with every analyzer, without a cluster.
func analyze(in *inputs) ([]Finding, error) {
	cluster, err := kubernetesObjects(in.kubernetes, in.proxies)
	if err != nil {
		return nil, err
	}
	var documents []string
	for _, o := range in.istio {
		documents = append(documents, o.text)
	}
	for _, o := range cluster {
		text, err := marshalKubernetes(o)
		if err != nil {
			return nil, err
		}
		documents = append(documents, text)
	}

	root := in.mesh.GetRootNamespace()
	analyzer := local.NewSourceAnalyzer(analyzers.AllCombined(), "", resource.Namespace(root), nil)
	meshFile, err := writeMesh(in)
	if err != nil {
		return nil, err
	}
	defer os.Remove(meshFile)
	if err := analyzer.AddFileKubeMeshConfig(meshFile); err != nil {
		return nil, err
	}
	source := local.ReaderSource{Name: "input", Reader: strings.NewReader(strings.Join(documents, "\n---\n"))}
	var findings []Finding
	if err := analyzer.AddTestReaderKubeSource([]local.ReaderSource{source}); err != nil {
		for _, e := range flatten(err) {
			findings = append(findings, Finding{Source: "analyze", Code: "ANALYZE", Severity: "error", Message: e.Error()})
		}
	}
	// Istio's own gateways and the like, which nobody writes down. This comes
	// second: the first source decides whether Pods and Services are looked at.
	if err := analyzer.AddDefaultResources(); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := analyzer.Analyze(stop)
	if err != nil {
		return nil, fmt.Errorf("analyze: %w", err)
	}
	for _, name := range result.SkippedAnalyzers {
		findings = append(findings, Finding{Source: "analyze", Code: "SKIPPED", Severity: "info", Message: "analyzer " + name + " did not run"})
	}
	for _, m := range result.Messages {
		findings = append(findings, analysisFinding(m))
	}
	return findings, nil
}

func analysisFinding(m diag.Message) Finding {
	f := Finding{
		Source: "analyze", Code: m.Type.Code(), Severity: strings.ToLower(m.Type.Level().String()),
		Message: fmt.Sprintf(m.Type.Template(), m.Parameters...),
	}
	if m.Resource != nil {
		name := m.Resource.Metadata.FullName
		f.Object = m.Resource.Metadata.Schema.Kind() + "/" + name.Namespace.String() + "/" + name.Name.String()
	}
	return f
}

// writeMesh hands the mesh config to the analyzer, which takes only files.
func writeMesh(in *inputs) (string, error) {
	text, err := protomarshal.ToYAML(in.mesh)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp("", "mesh-*.yaml")
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = file.WriteString(text)
	return file.Name(), err
}

func marshalKubernetes(o runtime.Object) (string, error) {
	o.GetObjectKind().SetGroupVersionKind(kindOf(o))
	text, err := yaml.Marshal(o)
	return string(text), err
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-multierror"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	crdschema "istio.io/istio/pkg/config/crd"
)

// validate asks the three judges of an Istio object: the admission webhook,
// the CRD's schema, and istioctl analyze.
func validate(in *inputs) ([]Finding, error) {
	schemas, err := crdValidator()
	if err != nil {
		return nil, err
	}
	findings := []Finding{}
	for _, o := range in.istio {
		findings = append(findings, webhook(o)...)
		findings = append(findings, schemaCheck(schemas, o)...)
	}
	analyzed, err := analyze(in)
	return append(findings, analyzed...), err
}

// webhook is what istiod's admission webhook says to one object.
func webhook(o object) []Finding {
	finding := func(severity string, err error) Finding {
		return Finding{Object: o.String(), Source: "validate", Code: "VALIDATE", Severity: severity, Message: err.Error()}
	}
	config, kind, err := o.config()
	if err != nil {
		return []Finding{finding("error", err)}
	}
	warning, err := kind.ValidateConfig(*config)
	var findings []Finding
	for _, e := range flatten(warning) {
		findings = append(findings, finding("warning", e))
	}
	for _, e := range flatten(err) {
		findings = append(findings, finding("error", e))
	}
	return findings
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(*multierror.Error); ok {
		return many.Errors
	}
	return []error{err}
}

// schemaCheck is what the API server says to one object, by its CRD: unknown
// fields, formats, limits, CEL rules.
func schemaCheck(schemas *crdschema.Validator, o object) []Finding {
	if err := schemas.ValidateCustomResource(&unstructured.Unstructured{Object: runtime.DeepCopyJSON(o.Object)}); err != nil {
		return []Finding{{Object: o.String(), Source: "schema", Code: "SCHEMA", Severity: "error", Message: err.Error()}}
	}
	return nil
}

var loadedCRDs *crdschema.Validator

// crdValidator reads the CRDs out of Istio's module, where they ship.
func crdValidator() (*crdschema.Validator, error) {
	if loadedCRDs != nil {
		return loadedCRDs, nil
	}
	dir, err := istioModuleDir()
	if err != nil {
		return nil, err
	}
	loadedCRDs, err = crdschema.NewValidatorFromFiles(filepath.Join(dir, "manifests/charts/base/files/crd-all.gen.yaml"))
	return loadedCRDs, err
}

// istioModuleDir is where the module's source is: ISTIOD_MODULE_DIR, or what
// go list says of the module that this program was built with.
func istioModuleDir() (string, error) {
	if dir := os.Getenv("ISTIOD_MODULE_DIR"); dir != "" {
		return dir, nil
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", istioModule+"@"+istioVersion())
	list.Stderr = os.Stderr
	out, err := list.Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("cannot find the source of %s@%s (run go mod download, or set ISTIOD_MODULE_DIR): %v", istioModule, istioVersion(), err)
}

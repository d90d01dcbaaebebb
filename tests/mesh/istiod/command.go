package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

// validateCommand is the command line of validate. The exit status is 1 when
// there is an error among the findings.
func validateCommand(args []string, in io.Reader, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("validate", flag.ContinueOnError)
	meshFile := flags.String("mesh", "", "`file` with a MeshConfig")
	var contexts []string
	flags.Func("context", "`file` with what the cluster has besides: Services, Pods, Namespaces", func(name string) error {
		contexts = append(contexts, name)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	r := &Request{}
	var err error
	if r.Config, err = readFiles(flags.Args(), in); err != nil {
		return 2, err
	}
	if len(contexts) > 0 {
		if r.Kubernetes, err = readFiles(contexts, nil); err != nil {
			return 2, err
		}
	}
	if *meshFile != "" {
		text, err := os.ReadFile(*meshFile)
		if err != nil {
			return 2, err
		}
		if r.Mesh, err = yaml.YAMLToJSON(text); err != nil {
			return 2, fmt.Errorf("%s: %w", *meshFile, err)
		}
	}
	inputs, err := readInputs(r)
	if err != nil {
		return 2, err
	}
	findings, err := validate(inputs)
	if err != nil {
		return 2, err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	code := 0
	for _, f := range findings {
		if err := encoder.Encode(f); err != nil {
			return 2, err
		}
		if f.Severity == "error" {
			code = 1
		}
	}
	return code, nil
}

func readFiles(names []string, stdin io.Reader) (string, error) {
	if len(names) == 0 {
		text, err := io.ReadAll(stdin)
		return string(text), err
	}
	var all []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		all = append(all, string(text))
	}
	return strings.Join(all, "\n---\n"), nil
}

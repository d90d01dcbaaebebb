package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/diag"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/resource"
)

// analyzedFile is one finding of istioctl analyze about one file.
type analyzedFile struct {
	File    string `json:"file"`
	Code    string `json:"code"`
	Level   string `json:"level"`
	Object  string `json:"object"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// analyzeFolders runs every analyzer over each YAML file of the folders, one
// file at a time and without a cluster, as `istioctl analyze --use-kube=false
// FILE` does it. One finding a line.
func analyzeFolders(folders []string, out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return err
		}
		sort.Strings(files)
		for _, file := range files {
			findings, err := analyzeFile(file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			for _, finding := range findings {
				if err := encoder.Encode(finding); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func analyzeFile(file string) ([]analyzedFile, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	analyzer := local.NewSourceAnalyzer(analyzers.AllCombined(), "", resource.Namespace("istio-system"), nil)
	var findings []analyzedFile
	source := local.ReaderSource{Name: file, Reader: strings.NewReader(string(text))}
	if err := analyzer.AddTestReaderKubeSource([]local.ReaderSource{source}); err != nil {
		for _, e := range flatten(err) {
			findings = append(findings, analyzedFile{File: file, Code: "NOT-READ", Level: "error", Message: e.Error()})
		}
	}
	// Second, as in analyze.
	if err := analyzer.AddDefaultResources(); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := analyzer.Analyze(stop)
	if err != nil {
		return nil, err
	}
	for _, m := range result.Messages {
		findings = append(findings, fileFinding(file, m))
	}
	return findings, nil
}

func fileFinding(file string, m diag.Message) analyzedFile {
	of := analysisFinding(m)
	f := analyzedFile{File: file, Code: of.Code, Level: of.Severity, Object: of.Object, Line: m.Line, Message: of.Message}
	if m.Line == 0 && m.Resource != nil && m.Resource.Origin.Reference() != nil {
		// Such as `folder/file.yaml:12`.
		reference := m.Resource.Origin.Reference().String()
		if _, err := fmt.Sscanf(reference[strings.LastIndex(reference, ":")+1:], "%d", &f.Line); err != nil {
			f.Line = 0
		}
	}
	return f
}

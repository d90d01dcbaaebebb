package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubejson "k8s.io/apimachinery/pkg/util/json"
)

// refusal is the answer to one object: whose refusals there are, and why.
type refusal struct {
	Schema  []string `json:"schema,omitempty"`
	Webhook []string `json:"webhook,omitempty"`
}

// refuses reads one object per line, as JSON, and prints one answer per line:
// what the CRD's schema and Istio's webhook say against it.
func refuses(in io.Reader, out io.Writer) error {
	schemas, err := crdValidator()
	if err != nil {
		return err
	}
	reader := bufio.NewReaderSize(in, 1<<20)
	buffered := bufio.NewWriter(out)
	defer buffered.Flush()
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for number := 1; ; number++ {
		line, readErr := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var content map[string]any
			if err := kubejson.Unmarshal(line, &content); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
			o := object{Unstructured: unstructured.Unstructured{Object: content}}
			var answer refusal
			for _, f := range schemaCheck(schemas, o) {
				answer.Schema = append(answer.Schema, f.Message)
			}
			for _, f := range webhook(o) {
				if f.Severity == "error" {
					answer.Webhook = append(answer.Webhook, f.Message)
				}
			}
			if err := encoder.Encode(answer); err != nil {
				return err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return readErr
		}
	}
}

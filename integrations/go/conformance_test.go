package egressc

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The cases that every runtime answers. test.sh has what the core answers on this machine, over the same text.
func TestConformance(t *testing.T) {
	answers := os.Getenv("EGRESSC_ANSWERS")
	if answers == "" {
		t.Fatal("EGRESSC_ANSWERS is not set: run test.sh")
	}
	paths, err := filepath.Glob(filepath.Join(answers, "*", "*", "request.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 90 {
		t.Fatalf("%d cases are too few", len(paths))
	}
	for _, path := range paths {
		folder := filepath.Dir(path)
		call := filepath.Base(filepath.Dir(folder))
		t.Run(call+"/"+filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			answer, err := engine.Call(t.Context(), call, read(t, path))
			expected := filepath.Join(folder, "answer.json")
			var usage *UsageError
			if errors.As(err, &usage) {
				answer, err, expected = []byte(usage.Message), nil, filepath.Join(folder, "error.txt")
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(answer, read(t, expected)) {
				t.Errorf("another answer: %.300q", answer)
			}
		})
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

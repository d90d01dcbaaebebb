package egressc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

var engine *Engine

func TestMain(m *testing.M) {
	cache, err := os.MkdirTemp("", "egressc")
	if err == nil {
		engine, err = New(context.Background(), Config{CacheDir: cache})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if err := errors.Join(engine.Close(context.Background()), os.RemoveAll(cache)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func combined(t *testing.T) []Source {
	t.Helper()
	var sources []Source
	for _, name := range []string{"policy.yaml", "mesh.yaml"} {
		text := string(read(t, "../../examples/combined/"+name))
		sources = append(sources, Source{Name: name, Text: &text})
	}
	return sources
}

func TestTypedCalls(t *testing.T) {
	ctx := t.Context()
	compiled, err := engine.Compile(ctx, CompileRequest{Sources: combined(t)})
	if err != nil {
		t.Fatal(err)
	}
	if !compiled.Ok || len(compiled.Resources) == 0 {
		t.Fatalf("%+v", compiled.Diagnostics)
	}
	var object struct{ Kind string }
	if err := json.Unmarshal(compiled.Resources[0], &object); err != nil || object.Kind == "" {
		t.Errorf("%s: %v", compiled.Resources[0], err)
	}
	query := &Query{
		From: QueryClient{Namespace: "mytest", Labels: map[string]string{"app": "sleep-a"}},
		To:   QueryTarget{Scheme: SchemeHttp, Host: "www.httpbin.org"},
	}
	traced, err := engine.Trace(ctx, TraceRequest{Sources: combined(t), Query: query})
	if err != nil || traced.Trace == nil || traced.Trace.Verdict != VerdictAllowed {
		t.Errorf("%+v: %v", traced, err)
	}
	about, err := engine.About(ctx)
	if err != nil || about.Version == "" {
		t.Errorf("%+v: %v", about, err)
	}
}

func TestASourceMayBeAValue(t *testing.T) {
	service := map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]string{"name": "x", "namespace": "y"},
		"spec": map[string]any{"ports": []any{map[string]int{"port": 80}}},
	}
	checked, err := engine.Check(t.Context(), CheckRequest{Sources: append(combined(t), Source{Name: "service", Value: service})})
	if err != nil || !checked.Ok {
		t.Errorf("%+v: %v", checked, err)
	}
}

func TestColumnsAreBytes(t *testing.T) {
	text := "kind: \"\U0001F600\", wrong"
	checked, err := engine.Check(t.Context(), CheckRequest{Sources: []Source{{Name: "x.yaml", Text: &text}}})
	if err != nil {
		t.Fatal(err)
	}
	if offset := checked.Diagnostics[0].Labels[0].Start.Offset; offset != strings.Index(text, ", wrong") {
		t.Errorf("%d: %+v", offset, checked.Diagnostics[0])
	}
}

func TestUsageErrors(t *testing.T) {
	var usage *UsageError
	if _, err := engine.Explain(t.Context(), ExplainRequest{Code: "EGR9999"}); !errors.As(err, &usage) {
		t.Errorf("%v", err)
	}
	if _, err := engine.Call(t.Context(), "nothing", []byte("{}")); !errors.As(err, &usage) {
		t.Errorf("%v", err)
	}
	for _, request := range []string{"", "{", "[]", "\xff", strings.Repeat("[", 100000)} {
		if _, err := engine.Call(t.Context(), "compile", []byte(request)); !errors.As(err, &usage) {
			t.Errorf("%.20q: %v", request, err)
		}
	}
	if _, err := engine.Compile(t.Context(), CompileRequest{}); err != nil {
		t.Errorf("no sources at all are an empty set: %v", err)
	}
}

func TestManyGoroutines(t *testing.T) {
	sources := combined(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if response, err := engine.Compile(t.Context(), CompileRequest{Sources: sources}); err != nil || !response.Ok {
					t.Errorf("%v", err)
				}
			}
		})
	}
	group.Wait()
}

func TestAContextStopsACall(t *testing.T) {
	var rules strings.Builder
	for number := range 3000 {
		fmt.Fprintf(&rules, "  - from: [{namespace: ns-%d}]\n    to: [{hosts: [h%d.example.com], port: {number: 443, protocol: HTTPS}}]\n", number, number)
	}
	text := "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {name: p, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: gw}\n  egressRules:\n" + rules.String()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := engine.Compile(ctx, CompileRequest{Sources: []Source{{Name: "p.yaml", Text: &text}}}); err == nil {
		t.Error("the call was not stopped")
	}
	if response, err := engine.Compile(t.Context(), CompileRequest{Sources: combined(t)}); err != nil || !response.Ok {
		t.Errorf("a call after it: %v", err)
	}
}

func TestMemoryIsLimited(t *testing.T) {
	small, err := New(t.Context(), Config{MemoryLimitPages: 160})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close(t.Context())
	if _, err := small.Call(t.Context(), "compile", make([]byte, 64<<20)); err == nil {
		t.Error("64 MB went into 10 MB")
	}
	if response, err := small.Compile(t.Context(), CompileRequest{Sources: combined(t)}); err != nil || !response.Ok {
		t.Errorf("a call after it: %v", err)
	}
}

func TestAClosedEngineSaysSo(t *testing.T) {
	one, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := one.About(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("%v", err)
	}
}

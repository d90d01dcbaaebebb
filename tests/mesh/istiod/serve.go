package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/test"
)

// serve answers requests until the input ends. A request that cannot be
// answered gets an answer with an error; the loop goes on.
func serve(in io.Reader, out io.Writer) error {
	// Every request builds a control plane and drops it: garbage is cheaper
	// than collecting it often.
	debug.SetGCPercent(400)
	reader := bufio.NewReaderSize(in, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, readErr := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := encoder.Encode(answerLine(line)); err != nil {
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

func answerLine(line []byte) *Answer {
	var r Request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return &Answer{Istio: istioVersion(), Error: "request: " + err.Error()}
	}
	return answer(&r)
}

func answer(r *Request) *Answer {
	begin := time.Now()
	a := &Answer{ID: r.ID, Istio: istioVersion()}
	if err := a.fill(r); err != nil {
		// Half an answer would be taken for a whole one.
		a = &Answer{ID: r.ID, Istio: a.Istio, Error: err.Error()}
	}
	a.TotalMs = milliseconds(begin)
	return a
}

func (a *Answer) fill(r *Request) error {
	in, err := readInputs(r)
	if err != nil {
		return err
	}
	switch r.Op {
	case "", "config":
		return a.withControlPlane(in, func(cp *controlPlane) error { return a.fillConfig(cp) })
	case "simulate":
		return a.withControlPlane(in, func(cp *controlPlane) error {
			results, err := cp.simulate(r.Calls)
			a.Results = results
			return err
		})
	case "validate":
		a.Findings, err = validate(in)
		return err
	case "redirects":
		a.Redirects, err = redirects(in)
		return err
	case "captures":
		a.Captures, err = captures(in)
		return err
	default:
		return fmt.Errorf("op %q is none of config, simulate, validate, redirects, captures", r.Op)
	}
}

func (a *Answer) fillConfig(cp *controlPlane) error {
	a.Proxies = map[string]*ProxyConfig{}
	for _, c := range cp.proxies {
		p, err := cp.generate(c).answer()
		if err != nil {
			return fmt.Errorf("proxy %s: %w", c.spec.Key(), err)
		}
		a.Proxies[c.spec.Key()] = p
	}
	return nil
}

// withControlPlane starts istiod for the inputs, lets use ask it, and stops it.
func (a *Answer) withControlPlane(in *inputs, use func(*controlPlane) error) error {
	// Istio lists every collection it makes here, for its debug pages; what is
	// listed is never freed.
	krt.GlobalDebugHandler = new(krt.DebugHandler)
	var err error
	begin := time.Now()
	failed := test.Wrap(func(t test.Failer) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("istiod panicked: %v\n%s", r, debug.Stack())
			}
		}()
		var cp *controlPlane
		if cp, err = startControlPlane(t, in); err != nil {
			return
		}
		a.StartMs = milliseconds(begin)
		if err = use(cp); err != nil {
			return
		}
		a.Push, err = cp.PushContext().StatusJSON()
	})
	return errors.Join(err, failed)
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

package main

import (
	"fmt"
	"testing"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/test/xdstest"
)

// problems asks Istio's own test-time checks (is every message valid, are
// domains unique, and so on), and looks for overlapping filter chains.
func (g *generated) problems() []string {
	p := &problemCollector{}
	for _, check := range []func(){
		func() { xdstest.ValidateListeners(p, g.withAddress()) },
		func() { xdstest.ValidateClusters(p, g.clusters) },
		func() { xdstest.ValidateRouteConfigurations(p, g.routes) },
		func() { xdstest.ValidateClusterLoadAssignments(p, g.endpoints) },
	} {
		p.run(check)
	}
	for _, l := range g.listeners {
		p.found = append(p.found, overlaps(l)...)
	}
	return p.found
}

// withAddress is the listeners that have an address: Istio's check asks each
// for its own, and those that a waypoint calls itself have none.
func (g *generated) withAddress() []*listener.Listener {
	var found []*listener.Listener
	for _, l := range g.listeners {
		if l.GetAddress() != nil {
			found = append(found, l)
		}
	}
	return found
}

// problemCollector stands in for a test: it keeps what the test would report.
// The embedded interface is nil on purpose, the checks use nothing else of it.
type problemCollector struct {
	testing.TB
	found []string
}

type fatal struct{}

func (p *problemCollector) run(check func()) {
	defer func() {
		if r := recover(); r != nil {
			if _, expected := r.(fatal); !expected {
				p.found = append(p.found, fmt.Sprintf("the check itself failed: %v", r))
			}
		}
	}()
	check()
}

func (p *problemCollector) Helper()                           {}
func (p *problemCollector) Name() string                      { return "problems" }
func (p *problemCollector) Log(...any)                        {}
func (p *problemCollector) Logf(string, ...any)               {}
func (p *problemCollector) Error(args ...any)                 { p.found = append(p.found, fmt.Sprint(args...)) }
func (p *problemCollector) Errorf(format string, args ...any) { p.Error(fmt.Sprintf(format, args...)) }
func (p *problemCollector) Fatal(args ...any)                 { p.Error(args...); panic(fatal{}) }
func (p *problemCollector) Fatalf(format string, args ...any) { p.Fatal(fmt.Sprintf(format, args...)) }

// overlaps finds filter chains that Envoy cannot tell apart: it refuses the
// whole listener when one combination of criteria belongs to two chains.
// Istio's check compares whole matches only, so it misses two chains that
// share one server name among others.
func overlaps(l *listener.Listener) []string {
	var found []string
	if l.GetFilterChainMatcher() != nil {
		// A waypoint's listener finds a chain by its name.
		return nil
	}
	owner := map[string]int{}
	for i, chain := range l.GetFilterChains() {
		for _, key := range combinations(chain.GetFilterChainMatch()) {
			if first, taken := owner[key]; taken && first != i {
				found = append(found, fmt.Sprintf("listener %s: filter chains %d and %d both match %s", l.GetName(), first, i, key))
				continue
			}
			owner[key] = i
		}
	}
	return found
}

// combinations spells a match out, one text per combination of criteria.
func combinations(m *listener.FilterChainMatch) []string {
	rest := &listener.FilterChainMatch{}
	if m != nil {
		rest = proto.Clone(m).(*listener.FilterChainMatch)
	}
	rest.ServerNames, rest.ApplicationProtocols, rest.PrefixRanges = nil, nil, nil
	var out []string
	for _, name := range orAny(m.GetServerNames()) {
		for _, alpn := range orAny(m.GetApplicationProtocols()) {
			for _, prefix := range orAny(prefixes(m)) {
				text := fmt.Sprintf("server name %s, application protocol %s, address %s", name, alpn, prefix)
				if other := rest.String(); other != "" {
					text += ", " + other
				}
				out = append(out, text)
			}
		}
	}
	return out
}

// orAny is the criteria, or "any" when there is none.
func orAny(criteria []string) []string {
	if len(criteria) == 0 {
		return []string{"any"}
	}
	return criteria
}

func prefixes(m *listener.FilterChainMatch) []string {
	var out []string
	for _, r := range m.GetPrefixRanges() {
		out = append(out, fmt.Sprintf("%s/%d", r.GetAddressPrefix(), r.GetPrefixLen().GetValue()))
	}
	return out
}

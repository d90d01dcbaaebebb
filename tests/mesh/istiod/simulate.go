package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstreams "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"istio.io/istio/pilot/pkg/simulation"
)

// maxHops ends a loop between proxies.
const maxHops = 4

// The simulation fills an empty SNI with the host; this one matches no server
// name, as no SNI would.
const noServerName = "\x00"

// simulator answers calls for one control plane. It computes each proxy's
// configuration once, however many calls there are.
type simulator struct {
	cp     *controlPlane
	byKey  map[string]*simulated
	byAddr map[string]*simulated
}

type simulated struct {
	*connected
	*generated
	sim       simulation.Simulation
	upstreams map[string]*Upstream
}

// simulate runs the calls with Istio's own simulation of Envoy, which knows
// listeners, filter chains, virtual hosts and paths, but neither headers nor
// authorization.
func (cp *controlPlane) simulate(calls []CallSpec) ([]CallResult, error) {
	s := &simulator{cp: cp, byKey: map[string]*simulated{}, byAddr: map[string]*simulated{}}
	for _, c := range cp.proxies {
		p := &simulated{connected: c}
		s.byKey[c.spec.Key()] = p
		s.byAddr[c.spec.IP] = p
	}
	results := make([]CallResult, 0, len(calls))
	for i, call := range calls {
		name := call.ID
		if name == "" {
			name = strconv.Itoa(i)
		}
		result, err := s.run(call)
		if err != nil {
			return nil, fmt.Errorf("call %s: %w", name, err)
		}
		results = append(results, CallResult{ID: call.ID, Hops: result})
	}
	return results, nil
}

// ready computes the proxy's configuration at its first use.
func (s *simulator) ready(p *simulated) *simulated {
	if p.generated == nil {
		p.generated = s.cp.generate(p.connected)
		// Istio's simulation reports only its own misuse through the test.
		p.sim = simulation.Simulation{Listeners: p.listeners, Clusters: p.clusters, Routes: p.routes}
		p.upstreams = map[string]*Upstream{}
	}
	return p
}

// run follows a call from proxy to proxy.
func (s *simulator) run(spec CallSpec) ([]Hop, error) {
	p := s.byKey[spec.Proxy]
	if p == nil {
		return nil, fmt.Errorf("there is no proxy %q", spec.Proxy)
	}
	call, err := firstCall(spec, p.spec)
	if err != nil {
		return nil, err
	}
	var hops []Hop
	for len(hops) < maxHops {
		hop := s.ready(p).hop(call)
		hops = append(hops, hop)
		next, nextCall := s.next(call, hop)
		if next == nil {
			break
		}
		p, call = next, nextCall
	}
	return hops, nil
}

func firstCall(spec CallSpec, proxy ProxySpec) (simulation.Call, error) {
	call := simulation.Call{
		Address: spec.Address, Port: spec.Port, Path: spec.Path, Alpn: spec.Alpn,
		Protocol: simulation.Protocol(spec.Protocol), TLS: simulation.TLSMode(spec.TLS),
		HostHeader: spec.Host, Sni: spec.Sni, CallMode: simulation.CallMode(spec.Mode),
	}
	if !slices.Contains([]simulation.Protocol{simulation.HTTP, simulation.HTTP2, simulation.TCP}, call.Protocol) {
		return call, fmt.Errorf("protocol %q is none of http, http2, tcp", spec.Protocol)
	}
	if !slices.Contains([]simulation.TLSMode{"", simulation.Plaintext, simulation.TLS, simulation.MTLS}, call.TLS) {
		return call, fmt.Errorf("tls %q is none of plaintext, tls, mtls", spec.TLS)
	}
	if spec.Mode == "" {
		call.CallMode = simulation.CallModeOutbound
		if proxy.Type == "router" {
			call.CallMode = simulation.CallModeGateway
		}
	}
	if spec.Sni == "-" {
		call.Sni = noServerName
	}
	return call, nil
}

// hop asks one proxy.
func (p *simulated) hop(call simulation.Call) Hop {
	hop := Hop{Proxy: p.spec.Key()}
	result, err := runSimulation(p.sim, call)
	if err != nil {
		hop.Error = err.Error()
		return hop
	}
	if result.Error != nil {
		hop.Error = result.Error.Error()
	}
	hop.Listener, hop.FilterChain = result.ListenerMatched, result.FilterChainMatched
	hop.RouteConfig, hop.VirtualHost, hop.Route = result.RouteConfigMatched, result.VirtualHostMatched, result.RouteMatched
	hop.Cluster = result.ClusterMatched
	if hop.Cluster != "" {
		hop.Upstream = p.upstream(hop.Cluster)
	} else if hop.VirtualHost != "" {
		hop.Status = p.directResponse(hop)
	}
	return hop
}

// runSimulation keeps a failing simulation from ending the program: it would
// report to a testing.T, and there is none, so it panics.
func runSimulation(sim simulation.Simulation, call simulation.Call) (result simulation.Result, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the simulation failed: %v", r)
		}
	}()
	return sim.Run(call), nil
}

// directResponse is the status that the matched route answers by itself.
func (p *simulated) directResponse(hop Hop) uint32 {
	for _, config := range p.routes {
		if config.Name != hop.RouteConfig {
			continue
		}
		for _, host := range config.VirtualHosts {
			for _, r := range host.Routes {
				if host.Name == hop.VirtualHost && r.Name == hop.Route && r.GetDirectResponse() != nil {
					return r.GetDirectResponse().GetStatus()
				}
			}
		}
	}
	return 0
}

// next is the proxy behind the hop's cluster, if it is one of ours, and the
// call that it will see.
func (s *simulator) next(call simulation.Call, hop Hop) (*simulated, simulation.Call) {
	if hop.Error != "" || hop.Upstream == nil || len(hop.Upstream.Endpoints) == 0 {
		return nil, call
	}
	host, port, err := net.SplitHostPort(hop.Upstream.Endpoints[0])
	if err != nil {
		return nil, call
	}
	p := s.byAddr[host]
	if p == nil {
		return nil, call
	}
	out := simulation.Call{
		Address: host, Path: call.Path, HostHeader: call.HostHeader,
		Protocol: call.Protocol, TLS: call.TLS, Sni: call.Sni, CallMode: simulation.CallModeGateway,
	}
	out.Port, _ = strconv.Atoi(port)
	if p.spec.Type == "sidecar" {
		out.CallMode = simulation.CallModeInbound
	}
	if outer := hop.Upstream.TLS; outer != nil {
		if call.TLS == simulation.TLS || call.TLS == simulation.MTLS {
			// TLS in TLS: below the outer one are bytes.
			out.Protocol = simulation.TCP
		}
		out.TLS, out.Sni = simulation.TLS, outer.Sni
		if outer.Mutual {
			out.TLS = simulation.MTLS
		}
		if out.Sni == "" && out.Protocol == simulation.TCP {
			// Only HTTP's Host stands in for a server name; the simulation would fill it in for bytes too.
			out.Sni = noServerName
		}
	}
	return p, out
}

// upstream describes a cluster of this proxy.
func (p *simulated) upstream(name string) *Upstream {
	if known := p.upstreams[name]; known != nil {
		return known
	}
	u := &Upstream{Endpoints: []string{}}
	p.upstreams[name] = u
	for _, c := range p.clusters {
		if c.Name != name {
			continue
		}
		u.Found = true
		u.Discovery = c.GetType().String()
		assignment := c.GetLoadAssignment()
		for _, e := range p.endpoints {
			if c.GetType() == cluster.Cluster_EDS && (e.ClusterName == name || e.ClusterName == c.GetEdsClusterConfig().GetServiceName()) {
				assignment = e
			}
		}
		u.Endpoints = addresses(assignment)
		u.TLS = upstreamTLS(c, assignment)
		u.Http = upstreamHTTP(c)
		u.Port = c.GetOriginalDstLbConfig().GetUpstreamPortOverride().GetValue()
		if u.TLS != nil {
			u.TLS.AutoSni = httpOptions(c).GetUpstreamHttpProtocolOptions().GetAutoSni()
		}
		break
	}
	return u
}

func addresses(assignment *endpoint.ClusterLoadAssignment) []string {
	out := []string{}
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			a := e.GetEndpoint().GetAddress().GetSocketAddress()
			out = append(out, net.JoinHostPort(a.GetAddress(), strconv.Itoa(int(a.GetPortValue()))))
		}
	}
	slices.Sort(out)
	return out
}

// upstreamTLS reads the cluster's TLS towards the first of its endpoints.
// Automatic mutual TLS stands in transport_socket_matches, and an endpoint's
// metadata choose among them, as Envoy does it: all of a match's fields must
// be there, and the first match counts.
func upstreamTLS(c *cluster.Cluster, assignment *endpoint.ClusterLoadAssignment) *UpstreamTLS {
	socket := c.GetTransportSocket()
	if matches := c.GetTransportSocketMatches(); len(matches) > 0 {
		told := firstMetadata(assignment)
		for _, match := range matches {
			if contains(told, match.GetMatch()) {
				socket = match.GetTransportSocket()
				break
			}
		}
	}
	context := &tls.UpstreamTlsContext{}
	if socket == nil || !socket.GetTypedConfig().MessageIs(context) || socket.GetTypedConfig().UnmarshalTo(context) != nil {
		return nil
	}
	common := context.GetCommonTlsContext()
	out := &UpstreamTLS{
		Mutual: len(common.GetTlsCertificateSdsSecretConfigs()) > 0 || len(common.GetTlsCertificates()) > 0,
		Sni:    context.GetSni(),
		Alpn:   common.GetAlpnProtocols(),
	}
	combined := common.GetCombinedValidationContext()
	for _, san := range combined.GetDefaultValidationContext().GetMatchTypedSubjectAltNames() {
		out.Sans = append(out.Sans, san.GetMatcher().GetExact())
	}
	//nolint:staticcheck // istiod still writes the old field
	for _, san := range combined.GetDefaultValidationContext().GetMatchSubjectAltNames() {
		out.Sans = append(out.Sans, san.GetExact())
	}
	out.Ca = combined.GetValidationContextSdsSecretConfig().GetName()
	return out
}

// firstMetadata is what the first endpoint says about its transport socket.
func firstMetadata(assignment *endpoint.ClusterLoadAssignment) *structpb.Struct {
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.GetLbEndpoints() {
			return e.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"]
		}
	}
	return nil
}

func contains(told, wanted *structpb.Struct) bool {
	for name, value := range wanted.GetFields() {
		if !proto.Equal(told.GetFields()[name], value) {
			return false
		}
	}
	return true
}

func upstreamHTTP(c *cluster.Cluster) string {
	http := httpOptions(c)
	switch {
	case http.GetUseDownstreamProtocolConfig() != nil:
		return "downstream"
	case http.GetExplicitHttpConfig().GetHttp2ProtocolOptions() != nil:
		return "http2"
	case http.GetExplicitHttpConfig().GetHttpProtocolOptions() != nil:
		return "http1"
	}
	return ""
}

// httpOptions are a cluster's options for HTTP; nil when it has none.
func httpOptions(c *cluster.Cluster) *upstreams.HttpProtocolOptions {
	for _, options := range c.GetTypedExtensionProtocolOptions() {
		http := &upstreams.HttpProtocolOptions{}
		if options.MessageIs(http) && options.UnmarshalTo(http) == nil {
			return http
		}
	}
	return nil
}

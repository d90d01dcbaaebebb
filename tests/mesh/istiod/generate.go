package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/model"
	_ "istio.io/istio/pkg/config/xds" // registers Envoy's message types, for JSON
)

// generated is everything that istiod computes for one proxy.
type generated struct {
	listeners []*listener.Listener
	clusters  []*cluster.Cluster
	routes    []*route.RouteConfiguration
	endpoints []*endpoint.ClusterLoadAssignment
	names     map[string][]string
}

func (cp *controlPlane) generate(c *connected) *generated {
	g := &generated{}
	g.listeners = cp.Listeners(c.proxy)
	g.clusters = cp.Clusters(c.proxy)
	g.endpoints = cp.Endpoints(c.proxy)
	if c.proxy.Metadata.DNSCapture {
		g.names = map[string][]string{}
		for name, info := range cp.ConfigGen.BuildNameTable(c.proxy, cp.PushContext()).GetTable() {
			g.names[name] = info.GetIps()
		}
	}
	resources, _ := cp.ConfigGen.BuildHTTPRoutes(c.proxy, &model.PushRequest{Push: cp.PushContext()}, routeNames(g.listeners))
	for _, resource := range resources {
		r := &route.RouteConfiguration{}
		if err := resource.Resource.UnmarshalTo(r); err == nil {
			g.routes = append(g.routes, r)
		}
	}
	g.sort()
	return g
}

// sort gives the same answer to the same request: istiod walks over maps.
func (g *generated) sort() {
	slices.SortStableFunc(g.listeners, func(a, b *listener.Listener) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(g.clusters, func(a, b *cluster.Cluster) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(g.routes, func(a, b *route.RouteConfiguration) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(g.endpoints, func(a, b *endpoint.ClusterLoadAssignment) int { return cmp.Compare(a.ClusterName, b.ClusterName) })
}

// routeNames are the route configurations that a proxy asks for by RDS. Unlike
// Istio's own helper it looks at default filter chains too.
func routeNames(listeners []*listener.Listener) []string {
	var names []string
	seen := map[string]bool{}
	for _, l := range listeners {
		chains := l.FilterChains
		if l.DefaultFilterChain != nil {
			chains = append(chains[:len(chains):len(chains)], l.DefaultFilterChain)
		}
		for _, chain := range chains {
			for _, filter := range chain.Filters {
				manager := &hcm.HttpConnectionManager{}
				if !filter.GetTypedConfig().MessageIs(manager) || filter.GetTypedConfig().UnmarshalTo(manager) != nil {
					continue
				}
				if name := manager.GetRds().GetRouteConfigName(); name != "" && !seen[name] {
					seen[name] = true
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// answer renders it for a response.
func (g *generated) answer() (*ProxyConfig, error) {
	out := &ProxyConfig{Problems: g.problems(), DNS: g.names}
	var err error
	if out.Listeners, err = toJSON(g.listeners); err != nil {
		return nil, err
	}
	if out.Clusters, err = toJSON(g.clusters); err != nil {
		return nil, err
	}
	if out.Routes, err = toJSON(g.routes); err != nil {
		return nil, err
	}
	if out.Endpoints, err = toJSON(g.endpoints); err != nil {
		return nil, err
	}
	return out, nil
}

var envoyJSON = protojson.MarshalOptions{UseProtoNames: true}

func toJSON[M proto.Message](messages []M) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, 0, len(messages))
	for _, m := range messages {
		text, err := envoyJSON.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("%T: %w", m, err)
		}
		// protojson varies its spaces on purpose.
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			return nil, fmt.Errorf("%T: %w", m, err)
		}
		out = append(out, compact.Bytes())
	}
	return out, nil
}

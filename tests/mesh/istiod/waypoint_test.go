package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	httprbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	internal "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/internal_upstream/v3"

	"istio.io/api/label"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/test"
)

// The rules of docs/istio/waypoints.md, by the configuration that Istio's own
// code computes for a waypoint. No proxy runs it here.

// A waypoint of namespace egress, with the Service and the instance that
// Istio's gateway controller would make for its Gateway.
const waypoint = `
apiVersion: v1
kind: Service
metadata:
  name: way
  namespace: egress
  labels: {gateway.istio.io/managed: istio.io-mesh-controller, gateway.networking.k8s.io/gateway-name: way}
spec:
  clusterIP: 3.0.0.0
  ports: [{appProtocol: hbone, name: mesh, port: 15008}]
  selector: {gateway.networking.k8s.io/gateway-name: way}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: way-a, namespace: egress}
spec: {address: 3.0.0.1, labels: {gateway.networking.k8s.io/gateway-name: way}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: egress, labels: {LABELS}}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE, ROUTES}]
status: {STATUS}
---
apiVersion: v1
kind: Namespace
metadata: {name: egress, labels: {team: net}}
---
apiVersion: v1
kind: Namespace
metadata: {name: plain, labels: {team: web}}
`

const ready = "addresses: [{type: Hostname, value: way.egress.svc.cluster.local}]"

const entry = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: egress, labels: {istio.io/use-waypoint: way}}
spec:
  hosts: [api.example.com]
  addresses: [1.2.3.4]
  ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]
  resolution: DNS
`

const other = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: other, namespace: plain}
spec: {hosts: [other.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
`

const forWorkloads = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: istio-waypoint, labels: {istio.io/waypoint-for: workload}}
spec: {controllerName: istio.io/mesh-controller}
`

func withWaypoint(labels, routes, status string) string {
	return strings.NewReplacer("LABELS", labels, ", ROUTES", routes, "STATUS", status).Replace(waypoint)
}

func own(api, kind, namespace, spec string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: own, namespace: %s}\nspec: {%s}\n", api, kind, namespace, spec)
}

// atWaypoint is what the waypoint does, a line for each filter chain, route and
// cluster of the services that are bound to it.
func atWaypoint(t *testing.T, documents ...string) []string {
	t.Helper()
	test.SetForTest(t, &features.EnableAmbient, true)
	test.SetForTest(t, &features.EnableAmbientWaypoints, true)
	test.SetForTest(t, &features.EnableHBONESend, true)
	text := strings.Join(documents, "\n---\n")
	server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{ConfigString: text, KubernetesObjectString: text})
	proxy := server.SetupProxy(&model.Proxy{
		Type:            model.Waypoint,
		ConfigNamespace: "egress",
		Labels: map[string]string{
			label.IoK8sNetworkingGatewayGatewayName.Name: "way",
			label.GatewayManaged.Name:                    constants.ManagedGatewayMeshControllerLabel,
		},
		IPAddresses: []string{"3.0.0.1"},
	})
	var lines []string
	for _, l := range server.Listeners(proxy) {
		if l.Name != "main_internal" {
			continue
		}
		for _, chain := range l.FilterChains {
			if !strings.HasPrefix(chain.Name, "direct-") {
				lines = append(lines, ofChain(t, chain)...)
			}
		}
	}
	for _, c := range server.Clusters(proxy) {
		if strings.HasPrefix(c.Name, "inbound-vip|") || strings.HasPrefix(c.Name, "outbound|") {
			lines = append(lines, ofCluster(t, c))
		}
	}
	sort.Strings(lines)
	return lines
}

func ofChain(t *testing.T, chain *listener.FilterChain) []string {
	lines := []string{"chain " + chain.Name}
	for _, filter := range chain.Filters {
		any := filter.GetTypedConfig()
		network, proxy, manager := &rbac.RBAC{}, &tcp.TcpProxy{}, &hcm.HttpConnectionManager{}
		switch {
		case any.MessageIs(network):
			must(t, any.UnmarshalTo(network))
			lines = append(lines, fmt.Sprintf("%s rbac %s %v", chain.Name, network.GetRules().GetAction(), keys(network.GetRules().GetPolicies())))
		case any.MessageIs(proxy):
			must(t, any.UnmarshalTo(proxy))
			lines = append(lines, fmt.Sprintf("%s to %s", chain.Name, proxy.GetCluster()))
		case any.MessageIs(manager):
			must(t, any.UnmarshalTo(manager))
			for _, each := range manager.HttpFilters {
				rules := &httprbac.RBAC{}
				if each.GetTypedConfig().MessageIs(rules) {
					must(t, each.GetTypedConfig().UnmarshalTo(rules))
					lines = append(lines, fmt.Sprintf("%s rbac %s %v", chain.Name, rules.GetRules().GetAction(), keys(rules.GetRules().GetPolicies())))
				}
			}
			lines = append(lines, ofRoutes(chain.Name, manager.GetRouteConfig())...)
		}
	}
	return lines
}

func ofRoutes(chain string, config *route.RouteConfiguration) []string {
	var lines []string
	for _, host := range config.GetVirtualHosts() {
		for at, each := range host.Routes {
			path := each.GetMatch().GetPrefix()
			lines = append(lines, fmt.Sprintf("%s %v route %d %s to %s", chain, host.Domains, at, path, each.GetRoute().GetCluster()))
		}
	}
	return lines
}

func ofCluster(t *testing.T, c *cluster.Cluster) string {
	kind := c.GetType().String()
	if c.GetClusterType() != nil {
		kind = "dynamic"
	}
	tls := ""
	if socket := c.GetTransportSocket(); socket != nil {
		inside := &internal.InternalUpstreamTransport{}
		if socket.GetTypedConfig().MessageIs(inside) {
			must(t, socket.GetTypedConfig().UnmarshalTo(inside))
			socket = inside.GetTransportSocket()
		}
		if strings.Contains(socket.GetTypedConfig().GetTypeUrl(), "UpstreamTlsContext") {
			tls = " tls"
		}
	}
	return fmt.Sprintf("cluster %s %s%s", c.Name, kind, tls)
}

func keys[V any](all map[string]V) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// with is a line that must be there, and without one that must not be.
type waypointCase struct {
	name      string
	documents []string
	with      []string
	without   []string
}

const (
	httpChain = "inbound-vip|80|http|api.example.com"
	tlsChain  = "inbound-vip|443|tcp|api.example.com"
	toItself  = httpChain + " [*] route 0 / to " + httpChain
)

func TestTheRulesOfWaypoints(t *testing.T) {
	usual := withWaypoint("", "", ready)
	policy := func(namespace, spec string) string {
		return own("security.istio.io/v1", "AuthorizationPolicy", namespace, spec)
	}
	networking := func(kind, namespace, spec string) string {
		return own("networking.istio.io/v1", kind, namespace, spec)
	}
	const (
		ofEntry = "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: api}]"
		ofWay   = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]"
		ofClass = "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}]"
		toOther = "hosts: [api.example.com], http: [{route: [{destination: {host: other.example.com}}]}]"
	)
	closed := []string{httpChain + " rbac ALLOW [ns[egress]-policy[own]-rule[0]]", tlsChain + " rbac ALLOW [ns[egress]-policy[own]-rule[0]]"}
	inPlain := strings.NewReplacer("namespace: egress", "namespace: plain", "use-waypoint: way", "use-waypoint: way, istio.io/use-waypoint-namespace: egress").Replace(entry)
	routed := httpChain + " [*] route 0 / to outbound|80||other.example.com"
	simple := "host: api.example.com, trafficPolicy: {tls: {mode: SIMPLE, sni: api.example.com}}"
	hidden := strings.Replace(entry, "resolution: DNS", "resolution: DNS\n  exportTo: [shop]", 1)
	wildcard := strings.NewReplacer("api.example.com", "'*.example.com'", "addresses: [1.2.3.4]", "location: MESH_EXTERNAL", "resolution: DNS", "resolution: DYNAMIC_DNS").Replace(entry)
	plainCluster := "cluster " + httpChain + " STRICT_DNS"
	cases := []waypointCase{
		{"bound", []string{usual, entry}, []string{"chain " + httpChain, "chain " + tlsChain, toItself, tlsChain + " to " + tlsChain, plainCluster}, nil},
		{"for workloads", []string{withWaypoint("istio.io/waypoint-for: workload", "", ready), entry}, nil, []string{"chain " + httpChain}},
		{"for workloads by its class", []string{forWorkloads, usual, entry}, nil, []string{"chain " + httpChain}},
		{"not ready", []string{withWaypoint("", "", ""), entry}, nil, []string{"chain " + httpChain}},
		{"another namespace", []string{usual, inPlain}, nil, []string{"chain " + httpChain}},
		{"that is allowed", []string{withWaypoint("", ", allowedRoutes: {namespaces: {from: All}}", ready), inPlain}, []string{"chain " + httpChain}, nil},
		{"by its label", []string{withWaypoint("", ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: web}}}}", ready), inPlain}, []string{"chain " + httpChain}, nil},
		{"by another label", []string{withWaypoint("", ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: net}}}}", ready), inPlain}, nil, []string{"chain " + httpChain}},

		{"policy of the entry", []string{usual, entry, policy("egress", ofEntry+", rules: [{}]")}, closed, nil},
		{"policy of the waypoint", []string{usual, entry, policy("egress", ofWay+", rules: [{}]")}, closed, nil},
		{"policy of all waypoints", []string{usual, entry, policy("istio-system", ofClass+", rules: [{}]")},
			[]string{httpChain + " rbac ALLOW [ns[istio-system]-policy[own]-rule[0]]"}, nil},
		{"policy of a class elsewhere", []string{usual, entry, policy("egress", ofClass+", rules: [{}]")}, nil, closed},
		{"policy from elsewhere", []string{usual, entry, policy("shop", ofEntry+", rules: [{}]")}, nil, []string{httpChain + " rbac ALLOW [ns[shop]-policy[own]-rule[0]]"}},
		{"policy of the namespace", []string{usual, entry, policy("egress", "rules: [{}]")}, nil, closed},
		{"policy with a selector", []string{usual, entry, policy("egress", "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: way}}, rules: [{}]")}, nil, closed},

		{"route", []string{usual, entry, other, networking("VirtualService", "egress", toOther)}, []string{routed, "cluster outbound|80||other.example.com STRICT_DNS"}, []string{toItself}},
		{"route of another namespace", []string{usual, entry, other, networking("VirtualService", "shop", toOther)}, []string{toItself}, []string{routed}},
		{"route by labels", []string{usual, entry, other, networking("VirtualService", "egress", "hosts: [api.example.com], http: [{match: [{gateways: [mesh], sourceLabels: {app: cart}}], route: [{destination: {host: other.example.com}}]}]")}, []string{toItself}, []string{routed}},
		{"route to a port of another protocol", []string{usual, entry, networking("VirtualService", "egress", "hosts: [api.example.com], http: [{route: [{destination: {host: api.example.com, port: {number: 443}}}]}]")},
			[]string{httpChain + " [*] route 0 / to " + tlsChain}, nil},
		{"route of TLS of a hidden entry", []string{usual, hidden, networking("VirtualService", "egress", "hosts: [api.example.com], tls: [{match: [{port: 443, sniHosts: [api.example.com]}], route: [{destination: {host: api.example.com}}]}]")},
			[]string{tlsChain + " to inbound-vip|443|http|api.example.com"}, []string{"cluster inbound-vip|443|http|api.example.com STRICT_DNS"}},
		{"route for a wildcard", []string{usual, entry, other, networking("VirtualService", "egress", strings.Replace(toOther, "[api.example.com]", "['*.example.com']", 1))}, []string{routed}, []string{"cluster outbound|80||other.example.com STRICT_DNS"}},
		{"routes of two", []string{usual, entry, other,
			strings.Replace(networking("VirtualService", "egress", "hosts: [api.example.com], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: other.example.com}}]}]"), "name: own", "name: a", 1),
			strings.Replace(networking("VirtualService", "egress", "hosts: [api.example.com], http: [{match: [{uri: {prefix: /b}}], route: [{destination: {host: api.example.com}}]}]"), "name: own", "name: b", 1)},
			[]string{httpChain + " [*] route 0 /a to outbound|80||other.example.com", httpChain + " [*] route 1 /b to " + httpChain}, []string{toItself}},
		{"route of TLS", []string{usual, entry, strings.Replace(other, "{number: 80, name: http, protocol: HTTP}", "{number: 443, name: tls, protocol: TLS}", 1), networking("VirtualService", "egress", "hosts: [api.example.com], tls: [{match: [{port: 443, sniHosts: [api.example.com]}], route: [{destination: {host: other.example.com}}]}]")},
			[]string{tlsChain + " to outbound|443||other.example.com"}, nil},

		{"TLS", []string{usual, entry, networking("DestinationRule", "egress", simple)}, []string{plainCluster + " tls"}, nil},
		{"TLS of the client's namespace", []string{usual, entry, networking("DestinationRule", "shop", simple)}, []string{plainCluster}, nil},
		{"TLS for workloads", []string{usual, entry, networking("DestinationRule", "egress", "workloadSelector: {matchLabels: {a: b}}, "+simple)}, []string{plainCluster}, nil},
		{"ISTIO_MUTUAL", []string{usual, entry, networking("DestinationRule", "egress", "host: api.example.com, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}")}, []string{plainCluster}, nil},
		{"TLS of a hidden entry", []string{usual, hidden, networking("DestinationRule", "egress", simple)}, []string{plainCluster}, nil},
		{"a dialled address", []string{usual, strings.Replace(entry, "resolution: DNS", "resolution: NONE", 1)}, []string{"cluster " + httpChain + " ORIGINAL_DST"}, nil},
		{"a wildcard", []string{usual, wildcard + "status: {addresses: [{value: 240.240.0.1, host: '*.example.com'}]}\n"},
			[]string{"inbound-vip|80|http|*.example.com [*.example.com] route 0 / to inbound-vip|80|http|*.example.com", "cluster inbound-vip|80|http|*.example.com dynamic"},
			[]string{"chain inbound-vip|443|tcp|*.example.com"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := atWaypoint(t, c.documents...)
			for _, line := range c.with {
				if !slices.Contains(found, line) {
					t.Errorf("%q is missing in\n%s", line, strings.Join(found, "\n"))
				}
			}
			for _, line := range c.without {
				if slices.Contains(found, line) {
					t.Errorf("%q is in\n%s", line, strings.Join(found, "\n"))
				}
			}
		})
	}
}

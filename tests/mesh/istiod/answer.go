package main

import "encoding/json"

// Answer is one line of output.
type Answer struct {
	ID string `json:"id,omitempty"`

	// Istio is the module version that answered.
	Istio string `json:"istio"`

	// Error says why there is no answer. Everything else is then absent.
	Error string `json:"error,omitempty"`

	// Milliseconds spent: starting the control plane, and all in all.
	StartMs float64 `json:"startMs"`
	TotalMs float64 `json:"totalMs"`

	// Proxies by namespace/name, for "config".
	Proxies map[string]*ProxyConfig `json:"proxies,omitempty"`

	// Push is what istiod noticed while it built the configuration: conflicting
	// listeners, duplicate domains, rejected configurations, ... by metric.
	Push json.RawMessage `json:"push,omitempty"`

	// Results of the calls, in their order, for "simulate".
	Results []CallResult `json:"results,omitempty"`

	// Redirects are the iptables rules of each sidecar's pod by namespace/name,
	// for "redirects": empty for a pod that gets none.
	Redirects map[string]string `json:"redirects,omitempty"`

	// Captures say what takes hold of each pod's traffic by namespace/name, for
	// "captures".
	Captures map[string]Capture `json:"captures,omitempty"`

	// Findings of "validate".
	Findings []Finding `json:"findings,omitempty"`
}

// Capture is what takes hold of a pod's traffic.
type Capture struct {
	// Plane is "sidecar", "ambient" or "none".
	Plane string `json:"plane"`

	// Rules are the iptables rules of a pod with a sidecar; empty if it gets
	// none.
	Rules string `json:"rules,omitempty"`
}

// ProxyConfig is what istiod would send to one proxy, in Envoy's JSON with
// proto field names.
type ProxyConfig struct {
	Listeners []json.RawMessage `json:"listeners"`
	Clusters  []json.RawMessage `json:"clusters"`
	Routes    []json.RawMessage `json:"routes"`
	Endpoints []json.RawMessage `json:"endpoints"`

	// DNS is what the proxy's own DNS server answers when the workload's DNS is
	// captured: the addresses of each name. Other names go to the real DNS.
	DNS map[string][]string `json:"dns,omitempty"`

	// Problems for which Envoy would refuse the configuration: invalid
	// messages, filter chains with the same match, duplicate domains, ...
	Problems []string `json:"problems,omitempty"`
}

// CallResult says where a call went: Hops[0] at the first proxy, and then on
// through every proxy whose address the chosen cluster has.
type CallResult struct {
	ID   string `json:"id,omitempty"`
	Hops []Hop  `json:"hops"`
}

// Hop is what one proxy did with a call.
type Hop struct {
	Proxy string `json:"proxy"`

	// Error is Istio's word when there is no match, such as "no filter chains
	// matched"; Envoy cuts the connection then, or answers 404.
	Error       string `json:"error,omitempty"`
	Listener    string `json:"listener,omitempty"`
	FilterChain string `json:"filterChain,omitempty"`
	RouteConfig string `json:"routeConfig,omitempty"`
	VirtualHost string `json:"virtualHost,omitempty"`
	Route       string `json:"route,omitempty"`

	// Status of a direct response.
	Status uint32 `json:"status,omitempty"`

	Cluster  string    `json:"cluster,omitempty"`
	Upstream *Upstream `json:"upstream,omitempty"`
}

// Upstream is the cluster that a hop chose.
type Upstream struct {
	// Found is false when the route names a cluster that does not exist.
	Found bool `json:"found"`

	// Discovery is the cluster's type: EDS, STRICT_DNS, STATIC, ORIGINAL_DST, ...
	Discovery string `json:"discovery,omitempty"`

	// Endpoints as address:port. None: the connection is cut, or 503.
	Endpoints []string `json:"endpoints"`

	// Port that replaces the one that was dialled, for ORIGINAL_DST.
	Port uint32 `json:"port,omitempty"`

	// TLS that the proxy adds; absent for none.
	TLS *UpstreamTLS `json:"tls,omitempty"`

	// Http is "http1", "http2" or "downstream" (as the client speaks); absent
	// when the cluster does not say.
	Http string `json:"http,omitempty"`
}

// UpstreamTLS is the outermost TLS towards the upstream.
type UpstreamTLS struct {
	// Mutual: a client certificate of the mesh is sent.
	Mutual bool   `json:"mutual"`
	Sni    string `json:"sni,omitempty"`
	// AutoSni: HTTP's Host is the server name, where Sni says none.
	AutoSni bool     `json:"autoSni,omitempty"`
	Alpn    []string `json:"alpn,omitempty"`
	// Sans are the names of which the server certificate must have one.
	Sans []string `json:"sans,omitempty"`
	// Ca is the secret with the accepted authorities.
	Ca string `json:"ca,omitempty"`
}

// Finding is one message of Istio's validation, analysis or schemas.
type Finding struct {
	// Object is Kind/namespace/name, empty for the input as a whole.
	Object string `json:"object"`
	// Source is "validate", "analyze" or "schema".
	Source string `json:"source"`
	// Code is an IST code for "analyze", otherwise the source in capitals.
	Code string `json:"code"`
	// Severity is "error", "warning" or "info".
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

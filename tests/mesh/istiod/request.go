package main

import "encoding/json"

// Request is one line of input.
type Request struct {
	// ID comes back in the answer.
	ID string `json:"id,omitempty"`

	// Op is "config" (the default), "simulate", "validate", "redirects" or
	// "captures". "captures" reads labels of namespaces from Kubernetes below;
	// the others take every sidecar that is given for one that is there.
	Op string `json:"op,omitempty"`

	// Config is a YAML stream of Istio objects.
	Config string `json:"config"`

	// Kubernetes is a YAML stream of Services, Pods, Namespaces,
	// EndpointSlices and the like. Pods that belong to a proxy below and the
	// EndpointSlices of Services with a selector are added when missing.
	Kubernetes string `json:"kubernetes,omitempty"`

	// Mesh is a MeshConfig, laid over Istio's defaults.
	Mesh json.RawMessage `json:"mesh,omitempty"`

	Proxies []ProxySpec `json:"proxies,omitempty"`

	// Calls are for "simulate".
	Calls []CallSpec `json:"calls,omitempty"`
}

// ProxySpec is a pod with an Istio proxy in it.
type ProxySpec struct {
	// Name of the pod. A proxy is referred to as namespace/name.
	Name      string `json:"name"`
	Namespace string `json:"namespace"`

	// Type is "sidecar" (the default), "router", a gateway, or "waypoint".
	Type string `json:"type,omitempty"`

	// Labels of the pod.
	Labels map[string]string `json:"labels,omitempty"`

	// ServiceAccount is "default" when absent.
	ServiceAccount string `json:"serviceAccount,omitempty"`

	// IP of the pod; chosen when absent.
	IP string `json:"ip,omitempty"`

	// Annotations of the pod.
	Annotations map[string]string `json:"annotations,omitempty"`

	// Metadata is laid over the node metadata, in pilot-agent's words, for
	// example {"DNS_CAPTURE": "true"}.
	Metadata map[string]any `json:"metadata,omitempty"`
}

// Key is how requests and answers refer to the proxy.
func (p ProxySpec) Key() string { return p.Namespace + "/" + p.Name }

// CallSpec is one request that a workload makes through its sidecar, or that
// arrives at a gateway.
type CallSpec struct {
	ID string `json:"id,omitempty"`

	// Proxy is the namespace/name of the proxy that sees the call first.
	Proxy string `json:"proxy"`

	// Mode is "outbound" (through the sidecar's redirect), "gateway" (straight
	// to a listener) or "inbound". By default the one that fits the proxy.
	Mode string `json:"mode,omitempty"`

	// Address is the destination IP, by default some address nobody has.
	Address string `json:"address,omitempty"`
	Port    int    `json:"port"`

	// Protocol is "http", "http2" or "tcp", below the TLS if there is one.
	Protocol string `json:"protocol"`

	// TLS is "plaintext" (the default), "tls" or "mtls".
	TLS  string `json:"tls,omitempty"`
	Sni  string `json:"sni,omitempty"`
	Alpn string `json:"alpn,omitempty"`

	// Host is the Host header. For "tls" it is also the SNI, unless Sni is set;
	// Sni "-" sends none.
	Host string `json:"host,omitempty"`
	Path string `json:"path,omitempty"`
}

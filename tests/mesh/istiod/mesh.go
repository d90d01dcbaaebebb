package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"

	"istio.io/api/annotation"
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/networking/serviceentry"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/constants"
	"istio.io/istio/pkg/config/mesh"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// inputs is a request, read and completed.
type inputs struct {
	istio      []object
	kubernetes []object
	mesh       *meshconfig.MeshConfig
	proxies    []ProxySpec
}

// readInputs accepts an object in either of the two streams; its group says
// whose it is.
func readInputs(r *Request) (*inputs, error) {
	in := &inputs{}
	for _, stream := range []struct{ name, text string }{{"config", r.Config}, {"kubernetes", r.Kubernetes}} {
		objects, err := parseObjects(stream.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stream.name, err)
		}
		for _, o := range objects {
			if o.ofIstio() {
				in.istio = append(in.istio, o)
			} else {
				in.kubernetes = append(in.kubernetes, o)
			}
		}
	}
	var err error
	if in.mesh, err = readMesh(r.Mesh); err != nil {
		return nil, err
	}
	in.proxies, err = completeProxies(r.Proxies)
	return in, err
}

// readMesh lays the request's mesh config over Istio's defaults, exactly as
// istiod reads its ConfigMap.
func readMesh(given json.RawMessage) (*meshconfig.MeshConfig, error) {
	m := mesh.DefaultMeshConfig()
	if len(given) > 0 {
		var err error
		if m, err = mesh.ApplyMeshConfig(string(given), m); err != nil {
			return nil, fmt.Errorf("mesh: %w", err)
		}
	}
	return m, nil
}

// completeProxies fills in what a request may leave out.
func completeProxies(given []ProxySpec) ([]ProxySpec, error) {
	var proxies []ProxySpec
	keys, ips := map[string]bool{}, map[string]bool{}
	for _, p := range given {
		if p.Name == "" || p.Namespace == "" {
			return nil, fmt.Errorf("proxy %q: name and namespace are needed", p.Key())
		}
		switch p.Type {
		case "":
			p.Type = "sidecar"
		case "sidecar", "router", "waypoint":
		default:
			return nil, fmt.Errorf("proxy %s: type %q is none of sidecar, router, waypoint", p.Key(), p.Type)
		}
		if p.ServiceAccount == "" {
			p.ServiceAccount = "default"
		}
		if p.IP != "" {
			if _, err := netip.ParseAddr(p.IP); err != nil {
				return nil, fmt.Errorf("proxy %s: %w", p.Key(), err)
			}
			if ips[p.IP] {
				return nil, fmt.Errorf("proxy %s: another proxy has the address %s", p.Key(), p.IP)
			}
			ips[p.IP] = true
		}
		if keys[p.Key()] {
			return nil, fmt.Errorf("proxy %s: given twice", p.Key())
		}
		keys[p.Key()] = true
		proxies = append(proxies, p)
	}
	next := netip.MustParseAddr("10.200.0.1")
	for i := range proxies {
		for proxies[i].IP == "" {
			if !ips[next.String()] {
				proxies[i].IP = next.String()
			}
			next = next.Next()
		}
	}
	return proxies, nil
}

// configs turns Istio's objects into istiod's own form. What its admission
// webhook refuses never gets into a cluster, so it is an error here too.
func (in *inputs) configs() ([]config.Config, error) {
	var configs []config.Config
	for _, o := range in.istio {
		c, kind, err := o.config()
		if err == nil {
			_, err = kind.ValidateConfig(*c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o, err)
		}
		allocate(c, len(configs))
		configs = append(configs, *c)
	}
	return configs, nil
}

// allocate gives the hosts of a ServiceEntry addresses of their own, in its
// status, as istiod's controller does it in a cluster
// (pilot/pkg/controllers/ipallocate).
func allocate(c *config.Config, at int) {
	entry, ok := c.Spec.(*networking.ServiceEntry)
	if !ok || !serviceentry.ShouldV2AutoAllocateIPFromConfig(*c) {
		return
	}
	status := &networking.ServiceEntryStatus{}
	for i, host := range entry.Hosts {
		if strings.HasPrefix(host, "*") {
			continue
		}
		number := at*64 + i + 1
		address := fmt.Sprintf("240.240.%d.%d", number/256, number%256)
		status.Addresses = append(status.Addresses, &networking.ServiceEntryAddress{Value: address, Host: host})
	}
	c.Status = status
}

// controlPlane is a running istiod with the proxies connected.
type controlPlane struct {
	*xds.FakeDiscoveryServer
	proxies []*connected
}

// connected is a proxy as istiod sees it.
type connected struct {
	spec  ProxySpec
	proxy *model.Proxy
}

func startControlPlane(t test.Failer, in *inputs) (*controlPlane, error) {
	configs, err := in.configs()
	if err != nil {
		return nil, err
	}
	objects, err := kubernetesObjects(in.kubernetes, in.proxies)
	if err != nil {
		return nil, err
	}
	options := xds.FakeOptions{
		Configs:           configs,
		KubernetesObjects: objects,
		KubeClientBuilder: kubeClient,
		MeshConfig:        in.mesh,
	}
	if in.isAmbient() {
		if err := in.forAmbient(t, &options); err != nil {
			return nil, err
		}
	}
	server := xds.NewFakeDiscoveryServer(t, options)
	cp := &controlPlane{FakeDiscoveryServer: server}
	for _, spec := range in.proxies {
		proxy, err := newProxy(server.ConfigGenTest, spec)
		if err != nil {
			return nil, err
		}
		cp.proxies = append(cp.proxies, &connected{spec, proxy})
	}
	return cp, nil
}

// kubeClient is Istio's fake client with the objects put in directly. Istio's
// own way, through Create, tracks who owns which field and costs milliseconds
// per object.
func kubeClient(objects ...runtime.Object) kubelib.Client {
	client := kubelib.NewFakeClient()
	tracker := client.Kube().(*fake.Clientset).Tracker()
	for _, o := range objects {
		if err := tracker.Add(o); err != nil {
			panic(fmt.Sprintf("cannot add a Kubernetes object: %v", err))
		}
	}
	return client
}

// newProxy connects a proxy with the node metadata that pilot-agent would send.
func newProxy(server *core.ConfigGenTest, spec ProxySpec) (*model.Proxy, error) {
	// What pilot-agent's bootstrap makes of the pod's effective proxy config
	// (pkg/bootstrap): variables with this prefix become metadata.
	effective := server.PushContext().ProxyConfigs.EffectiveProxyConfig(
		&model.NodeMetadata{Namespace: spec.Namespace, Labels: spec.Labels, Annotations: spec.Annotations}, server.PushContext().Mesh)
	raw := map[string]any{}
	for name, value := range effective.GetProxyMetadata() {
		if name, ok := strings.CutPrefix(name, "ISTIO_META_"); ok {
			raw[name] = value
		}
	}
	mode := effective.GetInterceptionMode().String()
	if given, ok := spec.Annotations[annotation.SidecarInterceptionMode.Name]; ok {
		mode = given
	}
	raw["INTERCEPTION_MODE"] = mode
	for name, value := range map[string]any{
		"NAMESPACE":       spec.Namespace,
		"NAME":            spec.Name,
		"LABELS":          spec.Labels,
		"SERVICE_ACCOUNT": spec.ServiceAccount,
		"CLUSTER_ID":      constants.DefaultClusterName,
		"INSTANCE_IPS":    spec.IP,
		"ISTIO_VERSION":   proxyVersion,
	} {
		raw[name] = value
	}
	for name, value := range spec.Metadata {
		raw[name] = value
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: metadata: %w", spec.Key(), err)
	}
	metadata := &model.NodeMetadata{}
	if err := json.Unmarshal(text, metadata); err != nil {
		return nil, fmt.Errorf("proxy %s: metadata: %w", spec.Key(), err)
	}
	kind := map[string]model.NodeType{"sidecar": model.SidecarProxy, "router": model.Router, "waypoint": model.Waypoint}[spec.Type]
	return server.SetupProxy(&model.Proxy{
		Type:            kind,
		ID:              spec.Name + "." + spec.Namespace,
		ConfigNamespace: spec.Namespace,
		DNSDomain:       spec.Namespace + ".svc." + constants.DefaultClusterLocalDomain,
		IPAddresses:     []string{spec.IP},
		Labels:          spec.Labels,
		Metadata:        metadata,
	}), nil
}

package main

import (
	"fmt"
	"slices"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/test/xds"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// isAmbient is whether some proxy is a waypoint.
func (in *inputs) isAmbient() bool {
	return slices.ContainsFunc(in.proxies, func(p ProxySpec) bool { return p.Type == "waypoint" })
}

// forAmbient lets istiod index the mesh for ztunnel and waypoints. The index
// reads all objects from the cluster, those of Istio and of the Gateway API
// too, so Istio's own client holds them.
func (in *inputs) forAmbient(t test.Failer, options *xds.FakeOptions) error {
	test.SetForTest(t, &features.EnableAmbient, true)
	test.SetForTest(t, &features.EnableAmbientWaypoints, true)
	test.SetForTest(t, &features.EnableHBONESend, true)
	options.KubeClientBuilder = nil
	decode := kubelib.IstioCodec.UniversalDeserializer().Decode
	for _, o := range in.istio {
		decoded, _, err := decode([]byte(o.text), nil, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		options.KubernetesObjects = append(options.KubernetesObjects, decoded)
	}
	return nil
}

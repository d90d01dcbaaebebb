// Package early runs before Istio's packages are initialised.
//
// Istio reads its feature flags, and opens its log on standard output, in
// package initialisers. Go initialises packages in the order of their import
// paths as far as imports allow, so a package named egressc.dev/... that needs
// only the standard library comes before every istio.io/... package.
package early

import "os"

// Answers is the process's real standard output. Nothing but answers goes
// there: os.Stdout is standard error from here on.
var Answers = os.Stdout

// Switches are istiod's feature flags for proxies that are a plain Envoy:
// Istio's own Envoy builds carry filters that plain Envoy rejects.
var Switches = map[string]string{
	// istio.metadata_exchange and the peer metadata filters: telemetry only.
	"PILOT_ENABLE_METADATA_EXCHANGE": "false",
	// istio.alpn rewrites the ALPN offered to the upstream: protocol sniffing
	// on *sidecar inbound* listeners needs it, egress gateways do not.
	"PILOT_ENABLE_ALPN_FILTER": "false",
	// The ALPN istio-peer-exchange is only answered by metadata_exchange.
	"PILOT_DISABLE_MX_ALPN": "true",
	// Labels on clusters and endpoints for istio.stats: only noise here.
	"PILOT_ENABLE_TELEMETRY_LABEL":   "false",
	"PILOT_ENDPOINT_TELEMETRY_LABEL": "false",
	// Build folders that Istio's test helpers look for and warn about.
	"TARGET_OUT": os.TempDir(),
	"LOCAL_OUT":  os.TempDir(),
}

func init() {
	os.Stdout = os.Stderr
	for name, value := range Switches {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}

//! What pods say about their own proxies, sidecars and gateways (docs/istio/data-plane.md).

use egressc_core::api::{Query, Source, TraceRequest, Verdict, trace};

use Verdict::{Allowed, Blocked, Unknown};

fn asked(documents: &[&str], url: &str) -> (Verdict, String) {
    let sources = documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
    let query: Query = format!("shop,app=cart -> {url}").parse().unwrap();
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    let trace = response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics));
    (trace.verdict, format!("{trace:?}"))
}

const MESH: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}";
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";

fn deployment(namespace: &str, labels: &str, config: &str, variables: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: d, namespace: {namespace}}}
spec:
  template:
    metadata:
      labels: {{{labels}}}
      annotations: {{proxy.istio.io/config: '{config}'}}
    spec:
      containers: [{{name: istio-proxy, image: auto, env: [{variables}]}}]
"
    )
}

/// A header that a route matches, at the sidecar of a client.
fn matching(header: &str) -> String {
    format!(
        "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: shop}}
spec: {{hosts: [x.example.com], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: x, namespace: shop}}
spec:
  hosts: [x.example.com]
  http:
  - match: [{{headers: {{{header}: {{}}}}}}]
    directResponse: {{status: 403}}
  - route: [{{destination: {{host: x.example.com}}}}]
"
    )
}

/// `GetProxyHeaders` of `pilot/pkg/networking/util/proxy_headers.go` reads the config of the proxy, which is the mesh's with the
/// pod's annotation over it.
#[test]
fn an_annotation_changes_headers_of_its_proxy() {
    for (header, config, expected) in [
        ("x-request-id", "", Blocked),
        ("x-request-id", "proxyHeaders: {requestId: {disabled: false}}", Blocked),
        ("x-request-id", "proxyHeaders: {requestId: {disabled: true}}", Unknown),
        ("x-request-id", "proxy_headers: {request_id: {disabled: true}}", Unknown),
        ("x-forwarded-port", "proxyHeaders: {requestId: {disabled: true}}", Allowed),
        ("x-forwarded-port", "proxyHeaders: {xForwardedPort: {enabled: true}}", Unknown),
        // These change nothing that a route can match, or nothing that is known without them either.
        ("x-request-id", "proxyHeaders: {preserveHttp1HeaderCase: true, server: {disabled: true}}", Blocked),
        ("x-envoy-attempt-count", "proxyHeaders: {attemptCount: {disabled: true}}", Unknown),
    ] {
        let cart = deployment("shop", "app: cart", config, "");
        let (found, said) = asked(&[MESH, NAMESPACE, &cart, &matching(header)], "http://x.example.com");
        assert_eq!(found, expected, "{header} {config} {said}");
    }
}

/// A gateway for one host, whose Service leads to a container port.
fn through_gateway(target: u16) -> String {
    format!(
        "
apiVersion: v1
kind: Service
metadata: {{name: out, namespace: istio-system}}
spec: {{selector: {{istio: out}}, ports: [{{name: http, port: 80, targetPort: {target}}}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: out, namespace: istio-system}}
spec: {{selector: {{istio: out}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [x.example.com]}}]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: istio-system}}
spec: {{hosts: [x.example.com], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: x, namespace: istio-system}}
spec:
  hosts: [x.example.com]
  gateways: [mesh, out]
  http:
  - match: [{{gateways: [mesh]}}]
    route: [{{destination: {{host: out.istio-system.svc.cluster.local, port: {{number: 80}}}}}}]
  - match: [{{gateways: [out]}}]
    route: [{{destination: {{host: x.example.com}}}}]
"
    )
}

fn of_gateway(target: u16, config: &str, variables: &str) -> (Verdict, String) {
    let gateway = deployment("istio-system", "istio: out", config, variables)
        .replace("annotations: {", "annotations: {inject.istio.io/templates: gateway, ");
    asked(&[MESH, NAMESPACE, &gateway, &through_gateway(target)], "http://x.example.com")
}

/// `buildGatewayListeners` of core/gateway.go. Istio's chart of an egress gateway sets the variable.
#[test]
fn an_unprivileged_gateway_has_no_listeners_below_1024() {
    let variable = |value: &str| format!("{{name: ISTIO_META_UNPRIVILEGED_POD, value: '{value}'}}");
    for (target, config, variables, expected) in [
        (80, "", String::new(), Allowed),
        (8080, "", variable("true"), Allowed),
        (1024, "", variable("true"), Allowed),
        (1023, "", variable("true"), Blocked),
        (80, "", variable("true"), Blocked),
        (80, "", variable("1"), Blocked),
        (80, "", variable("false"), Allowed),
        (80, "", variable("yes"), Allowed),
        (80, "proxyMetadata: {ISTIO_META_UNPRIVILEGED_POD: \"true\"}", String::new(), Blocked),
    ] {
        let (found, said) = of_gateway(target, config, &variables);
        assert_eq!(found, expected, "{target} {config} {variables} {said}");
    }
}

#[test]
fn a_gateway_that_wants_the_proxy_protocol_is_unknown() {
    for (config, expected) in [
        ("gatewayTopology: {numTrustedProxies: 2}", Allowed),
        ("gatewayTopology: {proxyProtocol: {}}", Unknown),
        ("gateway_topology: {proxy_protocol: {}}", Unknown),
    ] {
        let (found, said) = of_gateway(8080, config, "");
        assert_eq!(found, expected, "{config} {said}");
    }
    // Of a sidecar it says nothing.
    let cart = deployment("shop", "app: cart", "gatewayTopology: {proxyProtocol: {}}", "");
    let (found, _) = asked(&[MESH, NAMESPACE, &cart, &through_gateway(8080)], "https://free.example.org");
    assert_eq!(found, Blocked);
}

/// istio-init reads them where no argument says otherwise (`bindCmdlineFlags` of `tools/istio-iptables/pkg/cmd/root.go`).
#[test]
fn variables_of_istio_init_are_not_followed() {
    for (config, expected) in [
        ("proxyMetadata: {ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE: \"443\"}", Unknown),
        ("proxyMetadata: {ISTIO_OUTBOUND_PORTS: \"443\"}", Unknown),
        ("proxyMetadata: {SKIP_RULE_APPLY: \"true\"}", Unknown),
        ("proxyMetadata: {PROXY_GID: \"1000\"}", Unknown),
        // An argument says so in any case.
        ("proxyMetadata: {ISTIO_SERVICE_CIDR: 10.0.0.0/8}", Blocked),
        ("proxyMetadata: {SECRET_TTL: 24h}", Blocked),
    ] {
        let cart = deployment("shop", "app: cart", config, "");
        let (found, said) = asked(&[MESH, NAMESPACE, &cart], "https://free.example.org");
        assert_eq!(found, expected, "{config} {said}");
    }
}

//! Objects of the Gateway API: what they make of a request is unknown, for that request alone.

use crate::mesh::{Mesh, is, short};
use crate::sidecar::{HTTP, HTTPS, entry, two_hosts};

/// A route of this kind for the entry `x` of namespace `own`.
fn route(kind: &str, parent: &str) -> String {
    format!(
        "
---
apiVersion: gateway.networking.k8s.io/v1
kind: {kind}
metadata: {{name: r, namespace: own}}
spec: {{parentRefs: [{{{parent}}}], rules: [{{backendRefs: [{{name: out-istio, port: 80}}]}}]}}
"
    )
}

const OF_X: &str = "group: networking.istio.io, kind: ServiceEntry, name: x";
const OPEN: [&str; 4] = ["allowed x.org:80", "allowed x.org:443 tls(x.org)", "allowed x.org:25", "allowed y.org:80"];

fn beside(more: &str) -> [String; 4] {
    let x = format!("{HTTP}, {HTTPS}, {{number: 25, name: tcp, protocol: TCP}}");
    let mesh = Mesh::bare(&(entry("x", "own", "'*'", "x.org", &x) + &entry("y", "own", "'*'", "y.org", HTTP) + more));
    ["http://x.org", "https://x.org", "tcp://x.org:25", "http://y.org"].map(|to| short(&mesh.from("a", to)))
}

#[test]
fn a_route_makes_unknown_only_what_it_routes() {
    let unknown = |which: [bool; 4]| [0, 1, 2, 3].map(|at| if which[at] { "unknown" } else { OPEN[at] });
    let (http, tls, tcp, none) =
        ([true, false, false, false], [false, true, false, false], [false, false, true, false], [false; 4]);
    for (kind, parent, expected) in [
        ("HTTPRoute", OF_X, http),
        ("GRPCRoute", OF_X, http),
        ("TLSRoute", OF_X, tls),
        ("TCPRoute", OF_X, tcp),
        ("HTTPRoute", "group: networking.istio.io, kind: ServiceEntry, name: x, port: 80", http),
        ("HTTPRoute", "group: networking.istio.io, kind: ServiceEntry, name: x, port: 8080", none),
        ("HTTPRoute", "group: networking.istio.io, kind: ServiceEntry, name: z", none),
        ("HTTPRoute", "group: networking.istio.io, kind: ServiceEntry, name: x, namespace: other", none),
        ("HTTPRoute", "group: '', kind: Service, name: x", none),
        // At pods of its own.
        ("HTTPRoute", "name: x", none),
    ] {
        assert_eq!(beside(&route(kind, parent)), unknown(expected), "{kind} {parent}");
    }
}

#[test]
fn a_route_for_an_entry_is_for_all_objects_of_its_hosts() {
    let yaml = entry("z", "a", ".", "x.org", "{number: 80, name: http, protocol: HTTP}") + &route("HTTPRoute", OF_X);
    is(&Mesh::bare(&(two_hosts() + &yaml)).from("a", "http://x.org"), "unknown");
}

#[test]
fn a_policy_for_tls_changes_connections_unless_it_is_ignored() {
    let policy = |annotations: &str| {
        format!(
            "
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {{name: p, namespace: own, annotations: {{{annotations}}}}}
spec:
  targetRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: x}}]
  validation: {{hostname: x.org, wellKnownCACertificates: System}}
"
        )
    };
    assert_eq!(beside(&policy("")), ["unknown", "unknown", "unknown", OPEN[3]]);
    assert_eq!(beside(&policy("istio.io/ignore-policy-attachment: 'true'")), OPEN);
    assert_eq!(beside(&policy("istio.io/ignore-policy-attachment: 'false'"))[0], "unknown");
}

#[test]
fn istio_makes_a_service_for_a_gateway() {
    let gateway = |class: &str| {
        format!(
            "
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: out, namespace: own}}
spec: {{gatewayClassName: {class}, listeners: [{{name: http, port: 80, protocol: HTTP}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: v, namespace: own}}
spec: {{hosts: [x.org], http: [{{route: [{{destination: {{host: out-{class}, port: {{number: 80}}}}}}]}}]}}
"
        )
    };
    let ask = |class: &str| Mesh::bare(&(two_hosts() + &gateway(class))).from("a", "http://x.org");
    for class in ["istio", "istio-agentgateway"] {
        let trace = ask(class);
        is(&trace, "unknown");
        assert!(trace.unknown[0].contains(&format!("of class `{class}`")), "{:?}", trace.unknown);
    }
    assert!(ask("istio-agentgateway").unknown[0].contains("neither AuthorizationPolicies nor DestinationRules"));
    // Of another controller's Gateway, and of a waypoint, no Service of this name is known.
    for class in ["nginx", "istio-waypoint"] {
        let trace = ask(class);
        is(&trace, "unknown");
        assert!(!trace.unknown[0].contains("of class"), "{:?}", trace.unknown);
    }
    // What is not routed there is as before.
    is(&Mesh::bare(&(two_hosts() + &gateway("istio"))).from("a", "http://y.org"), "allowed y.org:80");
}

#[test]
fn a_backend_is_an_entry_of_every_namespace_where_a_flag_is_on() {
    let backend = "
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: b, namespace: b}
spec: {type: ExternalHostname, externalHostname: {hostname: z.org}, port: 80}
";
    let mesh = Mesh::bare(&(two_hosts() + backend));
    let trace = mesh.from("a", "http://z.org");
    is(&trace, "unknown");
    assert!(trace.unknown[0].contains("PILOT_ENABLE_ALPHA_GATEWAY_API"), "{:?}", trace.unknown);
    let cases = egressc_core::stages::trace::outcome::Simulation::new(&mesh.objects, &mesh.environment)
        .cases(&crate::mesh::query("a", "http://z.org"));
    let cases: Vec<String> = cases.iter().map(|case| short(&case.trace)).collect();
    assert_eq!(cases, ["allowed z.org:80", "blocked 502"]);
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("a", "http://w.org"), "blocked 502");
    // Where unknown hosts are let out anyway, it does not matter.
    is(&Mesh::bare(&(two_hosts() + backend)).allow_any().from("a", "http://z.org"), "allowed z.org:80");
}

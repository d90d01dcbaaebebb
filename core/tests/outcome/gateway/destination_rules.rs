//! DestinationRules for the way to the gateway: where Istio looks for them, and their TLS settings.
//! Rules: docs/istio/destination-rules.md.

use egressc_core::api::Encryption::{Mtls, Plain};

use crate::gateway::{HTTP, HTTPS, Parts, VIA, parts};
use crate::mesh::{Mesh, is};

#[test]
fn the_destination_rule_must_be_where_istio_looks() {
    for (namespace, export_to, expected) in [
        ("istio-system", "a", VIA),
        ("istio-system", "'*'", VIA),
        ("istio-system", ".", "blocked 503 NC"),
        ("istio-system", "b", "blocked 503 NC"),
        // Neither the client's, nor the Service's, nor the root namespace.
        ("istio-egress", "a", "blocked 503 NC"),
        ("a", ".", VIA),
        ("a", "'*'", VIA),
    ] {
        let mut parts = parts();
        parts.rule = parts
            .rule
            .replace("namespace: istio-system", &format!("namespace: {namespace}"))
            .replace("exportTo: [a]", &format!("exportTo: [{export_to}]"));
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
}

#[test]
fn a_rule_of_the_clients_namespace_shadows_it() {
    let mut parts = parts();
    parts.more = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: theirs, namespace: a}
spec: {host: '*.svc.cluster.local', trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}
"
    .into();
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 NC");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed NC");
}

#[test]
fn two_visible_rules_are_a_matter_of_age() {
    let other = |export_to: &str| {
        format!(
            "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: other, namespace: istio-system}}
spec: {{host: istio-egressgateway-a.istio-system.svc.cluster.local, exportTo: [{export_to}], subsets: [{{name: theirs}}]}}
"
        )
    };
    // Equal circles are merged.
    let mut parts = parts();
    parts.more = other("a");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    // A newer, wider one is used alone; an older one is not.
    parts.more = other("'*'");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
    let dated =
        |text: &str, time: &str| text.replace("metadata: {", &format!("metadata: {{creationTimestamp: \"{time}\", "));
    let rule = parts.rule.clone();
    parts.rule = dated(&rule, "2021-01-01T00:00:00Z");
    parts.more = dated(&other("'*'"), "2022-01-01T00:00:00Z");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 NC");
    parts.more = dated(&other("'*'"), "2020-01-01T00:00:00Z");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
}

#[test]
fn tls_settings_of_host_port_and_subset() {
    // A policy needs a field.
    const OTHER: &str = "{connectionPool: {tcp: {maxConnections: 1}}}";
    let base = |policy: &str| format!("exportTo: [a]\n  trafficPolicy: {policy}\n");
    let subset = |parts: &mut Parts, tls: &str| {
        parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", tls);
    };
    for (top, own, expected) in [
        // Without an outer name Istio's own goes there, and no chain has it.
        (OTHER, "{tls: {mode: ISTIO_MUTUAL}}", "blocked 503 UF"),
        (OTHER, "{tls: {mode: DISABLE}}", "blocked 503 UF"),
        (OTHER, "{tls: {mode: SIMPLE, sni: http.outer}}", "blocked 503 UF"),
        (OTHER, OTHER, "blocked 503 UF"),
        // The host's settings hold where the subset has none.
        ("{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", OTHER, VIA),
        ("{tls: {mode: ISTIO_MUTUAL, sni: wrong.outer}}", "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", VIA),
        // A port's settings replace all others.
        (
            "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}, portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}",
            OTHER,
            "blocked 503 UF",
        ),
        (
            "{tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL, sni: http.outer}}]}",
            OTHER,
            VIA,
        ),
        (
            "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}",
            "{portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 1}}}]}",
            "blocked 503 UF",
        ),
        (
            "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}",
            "{portLevelSettings: [{port: {number: 81}, tls: {mode: DISABLE}}]}",
            VIA,
        ),
    ] {
        let mut parts = parts();
        subset(&mut parts, own);
        parts.rule = parts.rule.replace("exportTo: [a]\n", &base(top));
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
}

#[test]
fn without_automatic_mutual_tls_a_gateway_gets_plain_text() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace(
        "name: http, protocol: HTTPS}\n    hosts: [istio-system/http.outer, istio-system/x.org]\n    tls: {mode: ISTIO_MUTUAL}",
        "name: http, protocol: HTTP}\n    hosts: [istio-system/x.org]",
    );
    parts.rule = String::new();
    parts.mesh_route = parts.mesh_route.replace("subset: http, ", "");
    let outer = |mesh: Mesh| {
        let trace = mesh.from("a,app=s", HTTP);
        (crate::mesh::short(&trace), trace.hops.first().and_then(|hop| hop.encryption))
    };
    assert_eq!(outer(parts.mesh()), ("blocked 503 UF".to_owned(), Some(Mtls)));
    assert_eq!(outer(parts.mesh().config("enableAutoMtls: true")), ("blocked 503 UF".to_owned(), Some(Mtls)));
    assert_eq!(outer(parts.mesh().config("enableAutoMtls: false")), (VIA.to_owned(), Some(Plain)));
}

//! Servers, filter chains and routes of gateways, and the way there (facts/istio.md, sections 3 and 4).

use egressc_core::trace::Encryption::{Mtls, Plain};

use crate::mesh::{Ask, Mesh, is, query};

/// The parts of a way to `x.org` through the gateway, so that a test can change one.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) hollow: String,
    pub(crate) real: String,
    pub(crate) rule: String,
    pub(crate) gateway: String,
    pub(crate) mesh_route: String,
    pub(crate) gateway_route: String,
    pub(crate) more: String,
}

impl Parts {
    pub(crate) fn mesh(&self) -> Mesh {
        let Self { hollow, real, rule, gateway, mesh_route, gateway_route, more } = self;
        Mesh::new(&[hollow, real, rule, gateway, mesh_route, gateway_route, more].map(String::as_str).join("\n---\n"))
    }
}

/// HTTP on port 80, TLS by server name on port 444, TCP 25 beside it.
pub(crate) fn parts() -> Parts {
    Parts {
        hollow: "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: hollow, namespace: istio-egress}
spec:
  hosts: [x.org]
  exportTo: [a]
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
  - {number: 80, name: http, protocol: HTTP}
  - {number: 443, name: https, protocol: HTTPS}
  - {number: 25, name: tcp, protocol: TCP}
"
        .into(),
        real: "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: real, namespace: istio-system}
spec:
  hosts: [x.org]
  exportTo: [.]
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
  - {number: 80, name: http, protocol: HTTP}
  - {number: 443, name: https, protocol: HTTPS}
  - {number: 25, name: tcp, protocol: TCP}
"
        .into(),
        rule: "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: way, namespace: istio-system}
spec:
  host: istio-egressgateway-a.istio-system.svc.cluster.local
  exportTo: [a]
  subsets:
  - name: http
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: http.outer}}
  - name: tls
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}
  - name: tcp
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: tcp.outer}}
"
        .into(),
        gateway: "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers:
  - port: {number: 80, name: http, protocol: HTTPS}
    hosts: [istio-system/http.outer, istio-system/x.org]
    tls: {mode: ISTIO_MUTUAL}
  - port: {number: 444, name: tls, protocol: TLS}
    hosts: [istio-system/tls.outer]
    tls: {mode: ISTIO_MUTUAL}
  - port: {number: 444, name: tcp, protocol: TLS}
    hosts: [istio-system/tcp.outer]
    tls: {mode: ISTIO_MUTUAL}
"
        .into(),
        mesh_route: "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: m, namespace: istio-egress}
spec:
  hosts: [x.org]
  exportTo: [a]
  gateways: [mesh]
  http:
  - match: [{port: 80, sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: http, port: {number: 80}}}]
  - directResponse: {status: 502}
  tls:
  - match: [{port: 443, sniHosts: [x.org], sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: tls, port: {number: 444}}}]
  tcp:
  - match: [{port: 25, sourceLabels: {app: s}}]
    route: [{destination: {host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: tcp, port: {number: 444}}}]
"
        .into(),
        gateway_route: "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: h, namespace: istio-system}
spec:
  hosts: [x.org]
  exportTo: [.]
  gateways: [istio-system/g]
  http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: t, namespace: istio-system}
spec:
  hosts: [tls.outer]
  exportTo: [.]
  gateways: [istio-system/g]
  tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: c, namespace: istio-system}
spec:
  hosts: [tcp.outer]
  exportTo: [.]
  gateways: [istio-system/g]
  tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 25}}}]}]
"
        .into(),
        more: String::new(),
    }
}

const HTTP: &str = "http://x.org";
const HTTPS: &str = "https://x.org";
const TCP: &str = "tcp://x.org:25";
const VIA: &str = "allowed via egressgateway-a x.org:80";
const VIA_TLS: &str = "allowed via egressgateway-a x.org:443 tls(x.org)";
const VIA_TCP: &str = "allowed via egressgateway-a x.org:25";

#[test]
fn three_ways_through_a_gateway() {
    let mesh = parts().mesh();
    is(&mesh.from("a,app=s", HTTP), VIA);
    is(&mesh.from("a,app=s", HTTPS), VIA_TLS);
    is(&mesh.from("a,app=s", TCP), VIA_TCP);
    is(&mesh.from("a,app=t", HTTP), "blocked 502");
    is(&mesh.from("a,app=t", HTTPS), "blocked closed UH");
    is(&mesh.from("a,app=t", TCP), "blocked closed UH");
    is(&mesh.from("b,app=s", HTTP), "blocked 502");
    is(&mesh.from("b,app=s", HTTPS), "blocked closed UH");
    is(&mesh.ask(&query("a,app=s", HTTP).host("x.org:80")), VIA);
    is(&mesh.ask(&query("a,app=s", HTTPS).sni(Some("y.org"))), "blocked closed UH");
    is(&mesh.ask(&query("a,app=s", HTTPS).sni(None)), "blocked closed UH");
    is(&mesh.from("a,app=s", "http://x.org:443"), "blocked closed UH");
    is(&mesh.from("a,app=s", "https://x.org:80"), "blocked closed UH");
    // Port 25 belongs to the address-less host.
    is(&mesh.from("a,app=s", "tcp://y.org:25"), "diverted via egressgateway-a x.org:25");
    is(&mesh.from("a,app=s", "https://x.org:25"), "allowed via egressgateway-a x.org:25 tls(x.org)");
}

#[test]
fn hops_say_what_an_operator_would_find() {
    let trace = parts().mesh().from("a,app=s", HTTPS);
    let hops: Vec<_> = trace.hops.iter().map(|hop| (hop.listener.as_deref(), hop.cluster.as_deref())).collect();
    assert_eq!(
        hops,
        [
            (Some("0.0.0.0_443"), Some("outbound|444|tls|istio-egressgateway-a.istio-system.svc.cluster.local")),
            (Some("0.0.0.0_444"), Some("outbound|443||x.org")),
            (None, None),
        ]
    );
    assert_eq!(trace.hops[0].encryption, Some(egressc_core::trace::Encryption::TlsInMtls));
    assert_eq!(trace.hops[1].encryption, Some(egressc_core::trace::Encryption::Tls));
    let names: Vec<_> =
        trace.decided_by.iter().map(|decision| (decision.kind.as_str(), decision.name.as_str())).collect();
    for expected in [
        ("ServiceEntry", "hollow"),
        ("VirtualService", "m"),
        ("DestinationRule", "way"),
        ("Gateway", "g"),
        ("VirtualService", "t"),
        ("ServiceEntry", "real"),
    ] {
        assert!(names.contains(&expected), "{expected:?} {names:?}");
    }
    let http = parts().mesh().from("a,app=s", HTTP);
    assert_eq!(http.hops[1].listener.as_deref(), Some("0.0.0.0_8080"));
}

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
    let base = |policy: &str| format!("exportTo: [a]\n  trafficPolicy: {policy}\n");
    let subset = |parts: &mut Parts, tls: &str| {
        parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", tls);
    };
    for (top, own, expected) in [
        // Without an outer name Istio's own goes there, and no chain has it.
        ("{}", "{tls: {mode: ISTIO_MUTUAL}}", "blocked 503 UF"),
        ("{}", "{tls: {mode: DISABLE}}", "blocked 503 UF"),
        ("{}", "{tls: {mode: SIMPLE, sni: http.outer}}", "blocked 503 UF"),
        ("{}", "{}", "blocked 503 UF"),
        // The host's settings hold where the subset has none.
        ("{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", "{}", VIA),
        ("{tls: {mode: ISTIO_MUTUAL, sni: wrong.outer}}", "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}}", VIA),
        // A port's settings replace all others.
        (
            "{tls: {mode: ISTIO_MUTUAL, sni: http.outer}, portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}",
            "{}",
            "blocked 503 UF",
        ),
        (
            "{tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: ISTIO_MUTUAL, sni: http.outer}}]}",
            "{}",
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
fn the_gateway_knows_only_the_names_of_its_servers() {
    let mut parts = parts();
    parts.rule = parts.rule.replace("tls.outer", "else.outer");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
    // The names of HTTP hosts are server names too.
    let mut parts = self::parts();
    parts.rule = parts.rule.replace("http.outer", "x.org");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
}

#[test]
fn tls_servers_with_mutual_tls_use_tcp_routes_alone() {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replace("tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]", "tls: [{match: [{port: 444, sniHosts: [tls.outer]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
}

#[test]
fn passthrough_servers_use_tls_routes() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace(
        "hosts: [istio-system/tls.outer]\n    tls: {mode: ISTIO_MUTUAL}",
        "hosts: [x.org]\n    tls: {mode: PASSTHROUGH}",
    );
    parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}", "{tls: {mode: DISABLE}}");
    parts.gateway_route = parts.gateway_route.replace("hosts: [tls.outer]", "hosts: [x.org]").replace(
        "tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
        "tls: [{match: [{port: 444, sniHosts: [x.org]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
    );
    is(&parts.mesh().from("a,app=s", HTTPS), VIA_TLS);
    // Mutual TLS goes through to a host that has no mesh certificate.
    let mut mutual = parts.clone();
    mutual.rule = mutual.rule.replace(
        "- name: tls\n    trafficPolicy: {tls: {mode: DISABLE}}",
        "- name: tls\n    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: x.org}}",
    );
    is(&mutual.mesh().from("a,app=s", HTTPS), "blocked closed UF");
    // The sidecar's own TLS goes through.
    let mut simple = parts;
    simple.mesh_route =
        simple.mesh_route.replace("subset: http, port: {number: 80}", "subset: tls, port: {number: 444}");
    simple.rule = simple.rule.replace(
        "- name: tls\n    trafficPolicy: {tls: {mode: DISABLE}}",
        "- name: tls\n    trafficPolicy: {tls: {mode: SIMPLE, sni: x.org}}",
    );
    is(&simple.mesh().from("a,app=s", HTTP), "diverted via egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn https_servers_that_are_tls_lose_their_http_routes() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("name: http, protocol: HTTPS", "name: http, protocol: TLS");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
    let mut parts = self::parts();
    parts.gateway = parts.gateway.replace("name: tls, protocol: TLS", "name: tls, protocol: HTTPS");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed DPE");
}

#[test]
fn hosts_and_namespaces_bind_virtual_services() {
    for (hosts, expected) in [
        ("istio-system/http.outer, istio-system/x.org", VIA),
        ("http.outer, x.org", VIA),
        ("./http.outer, ./x.org", VIA),
        ("'*/http.outer', '*/x.org'", VIA),
        ("'*'", VIA),
        ("istio-system/*", VIA),
        // Of another namespace: no virtual host at all.
        ("http.outer, other/x.org", "blocked 404 NR"),
        ("http.outer", "blocked 404 NR"),
    ] {
        let mut parts = parts();
        parts.gateway = parts.gateway.replace("istio-system/http.outer, istio-system/x.org", hosts);
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
}

#[test]
fn virtual_services_at_gateways() {
    // Not exported to the gateway's namespace.
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen("namespace: istio-system}", "namespace: elsewhere}", 1);
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 404 NR");
    // Routes of several are merged, and what takes everything comes last.
    let mut parts = self::parts();
    parts.more = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: more, namespace: istio-system}
spec: {hosts: [x.org], gateways: [g], http: [{match: [{uri: {prefix: /deny}}], directResponse: {status: 418}}]}
"
    .into();
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    is(&parts.mesh().from("a,app=s", "http://x.org/deny"), "blocked 418");
    // Of two that take everything a private one comes before a public one, whatever their ages.
    parts.more = parts.more.replace("match: [{uri: {prefix: /deny}}], ", "");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    parts.more = parts.more.replace("hosts: [x.org]", "hosts: [x.org], exportTo: ['.']");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
}

#[test]
fn servers_that_conflict() {
    let other = |server: &str| {
        format!(
            "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: other, namespace: istio-system}}
spec: {{selector: {{istio: egressgateway-a}}, servers: [{server}]}}
"
        )
    };
    for (server, expected) in [
        // Another string for the same server name: Istio does not see it, Envoy refuses the listener.
        ("{port: {number: 80, name: o, protocol: HTTPS}, hosts: [x.org], tls: {mode: ISTIO_MUTUAL}}", "unknown"),
        // The same string: the older server stays.
        (
            "{port: {number: 80, name: o, protocol: HTTPS}, hosts: [istio-system/x.org], tls: {mode: ISTIO_MUTUAL}}",
            "unknown",
        ),
        // Plain text that is older drops ours.
        ("{port: {number: 80, name: o, protocol: HTTP}, hosts: ['*']}", "unknown"),
        // Less specific: both stay.
        ("{port: {number: 80, name: o, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}", VIA),
        ("{port: {number: 81, name: o, protocol: HTTP}, hosts: ['*']}", VIA),
    ] {
        let mut parts = parts();
        parts.more = other(server);
        is(&parts.mesh().from("a,app=s", HTTP), expected);
    }
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("metadata: {", "metadata: {creationTimestamp: \"2020-01-01T00:00:00Z\", ");
    parts.more = other("{port: {number: 80, name: o, protocol: HTTP}, hosts: ['*']}")
        .replace("metadata: {", "metadata: {creationTimestamp: \"2021-01-01T00:00:00Z\", ");
    is(&parts.mesh().from("a,app=s", HTTP), VIA);
    parts.more = parts.more.replace("2021", "2019");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
}

#[test]
fn selectors_of_pods_that_are_half_known() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("{istio: egressgateway-a}", "{istio: other}");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 UF");
    parts.gateway = parts.gateway.replace("{istio: other}", "{app: egress}");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
    let mut mesh = parts.mesh();
    mesh.environment.complete = true;
    is(&mesh.from("a,app=s", HTTP), "blocked 503 UF");
}

#[test]
fn a_port_that_the_service_does_not_have() {
    let mut parts = parts();
    parts.mesh_route = parts.mesh_route.replace("subset: http, port: {number: 80}", "subset: http, port: {number: 81}");
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 503 NC");
}

#[test]
fn a_gateway_that_is_given_as_a_service() {
    let service = "
---
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec:
  selector: {app: egress, istio: egressgateway-a}
  ports:
  - {name: http2, port: 80, targetPort: 8080}
  - {name: tls, port: 444}
";
    let mut parts = parts();
    parts.more = service.into();
    let mut mesh = parts.mesh();
    mesh.environment.gateways.clear();
    is(&mesh.from("a,app=s", HTTP), "allowed via istio-system/istio-egressgateway-a x.org:80");
    is(&mesh.from("a,app=s", HTTPS), "allowed via istio-system/istio-egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn a_circle_of_gateways_ends() {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen(
        "host: x.org, port: {number: 80}",
        "host: istio-egressgateway-a.istio-system.svc.cluster.local, subset: http, port: {number: 80}",
        1,
    );
    parts.rule = parts.rule.replace("exportTo: [a]", "exportTo: ['*']");
    is(&parts.mesh().from("a,app=s", HTTP), "unknown");
}

#[test]
fn clients_that_talk_to_the_gateway_themselves() {
    let mesh = parts().mesh();
    is(&mesh.ask(&query("b", HTTP).direct(80, "http.outer")), VIA);
    is(&mesh.ask(&query("b", HTTPS).direct(444, "tls.outer")), VIA_TLS);
    is(&mesh.ask(&query("b", HTTP).direct(80, "wrong")), "blocked closed UF");
    is(&mesh.ask(&query("b", HTTP).direct(443, "http.outer")), "blocked closed UF");
    is(&mesh.ask(&query("b", "http://y.org").direct(80, "http.outer")), "blocked 404 NR");
    // Without a certificate of the mesh nobody gets in.
    let plain = query("b", "http://istio-egressgateway-a.istio-system:80").no_sidecar();
    is(&mesh.ask(&plain), "blocked closed UF");
    let own = query("b", "https://istio-egressgateway-a.istio-system:444").no_sidecar().sni(Some("tls.outer"));
    is(&mesh.ask(&own), "blocked closed UF");
}

#[test]
fn a_sidecars_own_call_of_the_gateway_finds_no_chain() {
    let mesh = parts().mesh();
    is(&mesh.from("b", "http://istio-egressgateway-a.istio-system"), "blocked 503 UF");
    is(&mesh.from("b", "tls://istio-egressgateway-a.istio-system:444"), "blocked closed UF");
}

#[test]
fn a_virtual_service_without_http_routes_makes_no_virtual_host() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace("istio-system/http.outer, istio-system/x.org", "'*'");
    parts.gateway_route = parts.gateway_route.replacen(
        "http: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]",
        "tcp: [{route: [{destination: {host: x.org, port: {number: 80}}}]}]",
        1,
    );
    parts.more = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: wild, namespace: istio-system}
spec: {hosts: ['*.org'], gateways: [g], http: [{directResponse: {status: 418}}]}
"
    .into();
    is(&parts.mesh().from("a,app=s", HTTP), "blocked 418");
}

/// `builtAutoPassthroughFilterChains` of core/gateway.go: a chain for each cluster of the mesh, by its name as server
/// name.
#[test]
fn servers_that_pass_through_to_clusters_are_not_modelled() {
    let mut parts = parts();
    parts.gateway = parts.gateway.replace(
        "hosts: [istio-system/tls.outer]\n    tls: {mode: ISTIO_MUTUAL}",
        "hosts: ['*.x.org', x.org]\n    tls: {mode: AUTO_PASSTHROUGH}",
    );
    let to = |name: &str| parts.mesh().ask(&query("a", HTTPS).direct(444, name));
    is(&to("outbound_.443_._.x.org"), "unknown");
    is(&to("outbound_.443_.v1_.a.x.org"), "unknown");
    is(&to("outbound_.443_._.y.org"), "blocked closed UF");
    is(&to("x.org"), "blocked closed UF");
    is(&to("tcp.outer"), "allowed via egressgateway-a x.org:25 tls(x.org)");
    // Its `tls` routes are nothing to it.
    parts.gateway_route = parts.gateway_route.replace("hosts: [tls.outer]", "hosts: [x.org]").replace(
        "tcp: [{match: [{port: 444}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
        "tls: [{match: [{port: 444, sniHosts: [x.org]}], route: [{destination: {host: x.org, port: {number: 443}}}]}]",
    );
    parts.rule = parts.rule.replace("{tls: {mode: ISTIO_MUTUAL, sni: tls.outer}}", "{tls: {mode: DISABLE}}");
    is(&parts.mesh().from("a,app=s", HTTPS), "blocked closed UF");
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

#[test]
fn a_filter_for_pods_that_are_half_known() {
    let filter = |selector: &str| {
        let mut parts = parts();
        parts.more = format!(
            "
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: f, namespace: istio-system}}
spec: {{workloadSelector: {{labels: {{{selector}}}}}}}
"
        );
        parts.mesh()
    };
    is(&filter("istio: egressgateway-a").from("a,app=s", HTTP), "unknown");
    is(&filter("istio: other").from("a,app=s", HTTP), VIA);
    is(&filter("istio: egressgateway-a, tier: b").from("a,app=s", HTTP), "unknown");
    is(&filter("tier: b").from("a,app=s", HTTP), "unknown");
    let mut complete = filter("tier: b");
    complete.environment.complete = true;
    is(&complete.from("a,app=s", HTTP), VIA);
}

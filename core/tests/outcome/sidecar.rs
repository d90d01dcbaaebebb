//! Registry, visibility, listeners and routes of sidecars (facts/istio.md, sections 1, 2 and 6).

use crate::mesh::{Ask, Mesh, is, query};

/// A ServiceEntry that DNS fills.
fn entry(name: &str, namespace: &str, export_to: &str, host: &str, port: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  hosts: [{host}]
  exportTo: [{export_to}]
  resolution: DNS
  ports: [{port}]
"
    )
}

const HTTP: &str = "{number: 80, name: http, protocol: HTTP}";
const HTTPS: &str = "{number: 443, name: https, protocol: HTTPS}";
const TCP: &str = "{number: 443, name: tcp, protocol: TCP}";

#[test]
fn unknown_hosts_are_blocked_by_what_listens_on_their_port() {
    let mesh = Mesh::bare("");
    is(&mesh.from("a", "http://x.org"), "blocked closed UH");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    let mesh = Mesh::bare(&entry("e", "b", "'*'", "y.org", HTTP));
    is(&mesh.from("a", "http://x.org"), "blocked 502");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    is(&mesh.from("a", "tcp://x.org:80"), "blocked closed UH");
    is(&mesh.from("a", "http://x.org:8080"), "blocked closed UH");
}

#[test]
fn the_gateways_own_port_80_is_an_http_listener() {
    is(&Mesh::new("").from("a", "http://x.org"), "blocked 502");
    is(&Mesh::new("").from("a", "https://x.org"), "blocked closed UH");
}

#[test]
fn allow_any_lets_out_past_the_gateway() {
    let mesh = Mesh::new("").allow_any();
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    assert_eq!(mesh.from("a", "https://x.org").upstream_cluster.as_deref(), Some("PassthroughCluster"));
}

#[test]
fn a_sidecar_may_allow_any_by_itself() {
    let mesh = Mesh::new(
        "
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: a}
spec: {outboundTrafficPolicy: {mode: ALLOW_ANY}}
",
    );
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&mesh.from("b", "https://x.org"), "blocked closed UH");
}

#[test]
fn export_to_is_the_namespace_wall() {
    for (export_to, a, b, own) in [
        ("'*'", true, true, true),
        ("a", true, false, false),
        ("a, b", true, true, false),
        (".", false, false, true),
        ("'~'", false, false, false),
        ("own", false, false, true),
    ] {
        let mesh = Mesh::bare(&entry("e", "own", export_to, "x.org", HTTPS));
        for (namespace, seen) in [("a", a), ("b", b), ("own", own)] {
            let expected = if seen { "allowed x.org:443 tls(x.org)" } else { "blocked closed UH" };
            is(&mesh.from(namespace, "https://x.org"), expected);
        }
    }
}

#[test]
fn no_export_to_is_public() {
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS).replace("  exportTo: ['*']\n", "");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_hollow_entry_is_a_cluster_without_endpoints() {
    let yaml =
        entry("e", "own", "'*'", "x.org", &format!("{HTTP}, {HTTPS}")).replace("resolution: DNS", "resolution: STATIC");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "http://x.org"), "blocked 503 UH");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
    assert_eq!(mesh.from("a", "https://x.org").upstream_cluster.as_deref(), Some("outbound|443||x.org"));
}

#[test]
fn own_namespace_then_explicit_then_public() {
    let hollow = |namespace: &str, export_to: &str| {
        entry("h", namespace, export_to, "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC")
    };
    let real = |namespace: &str, export_to: &str| entry("r", namespace, export_to, "x.org", HTTPS);
    let open = "allowed x.org:443 tls(x.org)";
    let closed = "blocked closed UH";
    for (yaml, expected) in [
        (hollow("p", "a") + &real("q", "'*'"), closed),
        (real("p", "a") + &hollow("q", "'*'"), open),
        (hollow("p", "a") + &real("a", "."), open),
        (hollow("p", "a") + &real("a", "'*'"), open),
        (real("p", "a") + &hollow("a", "'*'"), closed),
        // Nothing but the age tells which of two public ones it is.
        (hollow("p", "'*'") + &real("q", "'*'"), "unknown"),
    ] {
        is(&Mesh::bare(&yaml).from("a", "https://x.org"), expected);
    }
}

#[test]
fn creation_times_settle_the_age() {
    let at =
        |yaml: String, time: &str| yaml.replace("metadata: {", &format!("metadata: {{creationTimestamp: \"{time}\", "));
    let hollow = entry("h", "p", "'*'", "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC");
    let real = entry("r", "q", "'*'", "x.org", HTTPS);
    let old = at(hollow.clone(), "2020-01-01T00:00:00Z") + &at(real.clone(), "2021-01-01T00:00:00Z");
    is(&Mesh::bare(&old).from("a", "https://x.org"), "blocked closed UH");
    let new = at(hollow, "2022-01-01T00:00:00Z") + &at(real, "2021-01-01T00:00:00Z");
    is(&Mesh::bare(&new).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn address_less_tcp_swallows_its_port() {
    let mesh = Mesh::bare(&entry("e", "own", "'*'", "x.org", TCP));
    is(&mesh.from("a", "tcp://x.org:443"), "allowed x.org:443");
    is(&mesh.from("a", "tcp://y.org:443"), "diverted x.org:443");
    is(&mesh.from("a", "https://y.org"), "diverted x.org:443 tls(y.org)");
    is(&mesh.from("a", "http://y.org:443"), "diverted x.org:443");
    is(&mesh.from("a", "http://y.org"), "blocked closed UH");
}

#[test]
fn server_names_and_http_keep_their_chains_beside_it() {
    let yaml = entry("t", "own", "'*'", "t.org", TCP)
        + &entry("s", "own", "'*'", "s.org", HTTPS)
        + &entry("h", "own", "'*'", "h.org", "{number: 443, name: http, protocol: HTTP}");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://s.org"), "allowed s.org:443 tls(s.org)");
    is(&mesh.from("a", "https://other.org"), "diverted t.org:443 tls(other.org)");
    is(&mesh.from("a", "http://h.org:443"), "allowed h.org:443");
    is(&mesh.from("a", "http://other.org:443"), "blocked 502");
    is(&mesh.from("a", "tcp://s.org:443"), "diverted t.org:443");
    is(&mesh.ask(&query("a", "https://s.org").sni(None)), "diverted t.org:443 tls()");
}

#[test]
fn two_address_less_hosts_on_one_port() {
    let yaml = entry("t", "own", "a", "t.org", TCP) + &entry("u", "own", "'*'", "u.org", TCP);
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "tcp://u.org:443"), "diverted t.org:443");
    is(&mesh.from("b", "tcp://u.org:443"), "allowed u.org:443");
    let yaml = entry("t", "own", "'*'", "t.org", TCP) + &entry("u", "own", "'*'", "u.org", TCP);
    is(&Mesh::bare(&yaml).from("a", "tcp://u.org:443"), "unknown");
}

#[test]
fn addresses_have_listeners_of_their_own() {
    let with = |host: &str, address: &str| {
        entry(host, "own", "'*'", host, TCP).replace("  resolution", &format!("  addresses: [{address}]\n  resolution"))
    };
    let mesh = Mesh::bare(&(with("t.org", "240.1.2.3") + &with("u.org", "240.1.2.4"))).dns_capture();
    is(&mesh.from("a", "tcp://t.org:443"), "allowed t.org:443");
    is(&mesh.from("a", "tcp://u.org:443"), "allowed u.org:443");
    is(&mesh.from("a", "tcp://v.org:443"), "blocked closed UH");
    is(&mesh.from("a", "tcp://240.1.2.4:443"), "diverted u.org:443");
    // Nobody learns the address without Istio's DNS.
    is(&Mesh::bare(&with("t.org", "240.1.2.3")).from("a", "tcp://t.org:443"), "blocked closed UH");
    // A real address may be what DNS says.
    is(&Mesh::bare(&with("t.org", "1.2.3.4")).from("a", "tcp://t.org:443"), "unknown");
}

#[test]
fn resolution_none_goes_where_the_client_dialled() {
    let yaml = entry("e", "own", "'*'", "'*.x.org'", HTTPS).replace("resolution: DNS", "resolution: NONE");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://a.x.org"), "allowed a.x.org:443 tls(a.x.org)");
    is(&mesh.ask(&query("a", "https://evil.org").sni(Some("a.x.org"))), "allowed evil.org:443 tls(a.x.org)");
    is(&mesh.from("a", "https://x.org"), "blocked closed UH");
}

#[test]
fn endpoints_that_are_other_names_divert() {
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
        .replace("  resolution", "  endpoints: [{address: y.org, ports: {https: 8443}}]\n  resolution");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "diverted y.org:8443 tls(x.org)");
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
        .replace("resolution: DNS", "endpoints: [{address: 1.2.3.4}]\n  resolution: STATIC");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

/// A mesh VirtualService for `x.org`.
fn route(name: &str, export_to: &str, body: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: own}}
spec:
  hosts: [x.org]
  exportTo: [{export_to}]
{body}
"
    )
}

const TO_Y: &str = "route: [{destination: {host: y.org}}]";

fn two_hosts() -> String {
    entry("x", "own", "'*'", "x.org", &format!("{HTTP}, {HTTPS}"))
        + &entry("y", "own", "'*'", "y.org", &format!("{HTTP}, {HTTPS}"))
}

#[test]
fn source_labels_that_do_not_match_are_a_bypass() {
    let yaml = two_hosts()
        + &route(
            "r",
            "'*'",
            &format!(
                "  http: [{{match: [{{sourceLabels: {{app: s}}}}], {TO_Y}}}]
  tls: [{{match: [{{sniHosts: [x.org], sourceLabels: {{app: s}}}}], {TO_Y}}}]"
            ),
        );
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a,app=s", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=t", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("a,app=s", "https://x.org"), "diverted y.org:443 tls(x.org)");
    is(&mesh.from("a,app=t", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_deny_route_behind_them_closes_http() {
    let yaml = two_hosts()
        + &route(
            "r",
            "'*'",
            &format!(
                "  http: [{{match: [{{sourceLabels: {{app: s}}}}], {TO_Y}}}, {{directResponse: {{status: 502}}}}]"
            ),
        );
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a,app=s", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=t", "http://x.org"), "blocked 502");
}

#[test]
fn gateways_beside_labels_makes_istio_ignore_the_labels() {
    let yaml = two_hosts()
        + &route("r", "'*'", &format!("  http: [{{match: [{{gateways: [mesh], sourceLabels: {{app: s}}}}], {TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a,app=t", "http://x.org"), "diverted y.org:80");
    let yaml = two_hosts()
        + &route(
            "r",
            "'*'",
            &format!("  tls: [{{match: [{{gateways: [mesh], sniHosts: [x.org], sourceLabels: {{app: s}}}}], {TO_Y}}}]"),
        );
    is(&Mesh::bare(&yaml).from("a,app=t", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn source_namespace() {
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{{match: [{{sourceNamespace: a}}], {TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "diverted y.org:80");
    is(&Mesh::bare(&yaml).from("b", "http://x.org"), "allowed x.org:80");
}

#[test]
fn runtime_matches_that_fail_are_404() {
    let yaml = two_hosts()
        + &route(
            "r",
            "'*'",
            &format!(
                "  http: [{{match: [{{uri: {{prefix: /a}}}}, {{method: {{exact: PUT}}}}, {{queryParams: {{q: {{exact: \"1\"}}}}}}], {TO_Y}}}]"
            ),
        );
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "http://x.org/abc"), "diverted y.org:80");
    is(&mesh.from("a", "http://x.org/b"), "blocked 404 NR");
    is(&mesh.from("a", "http://x.org/b?q=1"), "diverted y.org:80");
    is(&mesh.ask(&query("a", "http://x.org/b").method("PUT")), "diverted y.org:80");
}

#[test]
fn a_regex_is_unknown_only_when_it_matters() {
    let one = |route: &str| two_hosts() + &self::route("r", "'*'", route);
    let mesh = Mesh::bare(&one(&format!(
        "  http: [{{match: [{{uri: {{regex: \"/[ab]+\"}}}}], {TO_Y}}}, {{directResponse: {{status: 502}}}}]"
    )));
    is(&mesh.from("a", "http://x.org/abc"), "unknown");
    let mesh = Mesh::bare(&one(
        "  http: [{match: [{uri: {regex: \"/[ab]+\"}}], directResponse: {status: 404}}, {directResponse: {status: 502}}]",
    ));
    is(&mesh.from("a", "http://x.org/abc"), "blocked");
}

#[test]
fn answers_of_the_proxy_itself() {
    for (answer, expected) in [
        ("directResponse: {status: 418}", "blocked 418"),
        ("redirect: {uri: /x, redirectCode: 302}", "blocked 302"),
        ("redirect: {authority: y.org}", "blocked 301"),
        (
            "fault: {abort: {httpStatus: 500, percentage: {value: 100}}}, route: [{destination: {host: y.org}}]",
            "blocked 500 FI",
        ),
        (
            "fault: {abort: {httpStatus: 500, percentage: {value: 0}}}, route: [{destination: {host: y.org}}]",
            "diverted y.org:80",
        ),
        (
            "fault: {abort: {httpStatus: 500, percentage: {value: 10}}}, route: [{destination: {host: y.org}}]",
            "unknown",
        ),
        // Istio writes no percentage then, and Envoy's own is none at all.
        ("fault: {abort: {httpStatus: 500}}, route: [{destination: {host: y.org}}]", "diverted y.org:80"),
        ("fault: {abort: {percentage: {value: 100}}}, route: [{destination: {host: y.org}}]", "diverted y.org:80"),
        (
            "fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}}, route: [{destination: {host: y.org}}]",
            "blocked 200 FI",
        ),
        ("mirror: {host: z.org}, route: [{destination: {host: y.org}}]", "unknown"),
        ("route: [{destination: {host: y.org}, weight: 50}, {destination: {host: x.org}, weight: 50}]", "unknown"),
        (
            "route: [{destination: {host: y.org}, weight: 100}, {destination: {host: x.org}, weight: 0}]",
            "diverted y.org:80",
        ),
        ("route: [{destination: {host: nowhere.org}}]", "blocked 503 NC"),
        ("route: [{destination: {host: y.org, subset: s}}]", "blocked 503 NC"),
        ("route: [{destination: {host: y.org, port: {number: 81}}}]", "blocked 503 NC"),
    ] {
        let mesh = Mesh::bare(&(two_hosts() + &route("r", "'*'", &format!("  http: [{{{answer}}}]"))));
        is(&mesh.from("a", "http://x.org"), expected);
    }
}

#[test]
fn host_with_port_and_other_hosts() {
    let mesh = Mesh::bare(&two_hosts());
    is(&mesh.ask(&query("a", "http://x.org").host("x.org:80")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://x.org").host("X.ORG:9999")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://evil.org").host("x.org")), "allowed x.org:80");
    is(&mesh.ask(&query("a", "http://x.org").host("evil.org")), "blocked 502");
}

#[test]
fn several_virtual_services_of_one_host() {
    let labelled = |name: &str, label: &str| {
        route(name, "'*'", &format!("  http: [{{match: [{{sourceLabels: {{app: {label}}}}}], {TO_Y}}}]"))
    };
    // Those that say nothing to this proxy are not there.
    let mesh = Mesh::bare(&(two_hosts() + &labelled("r", "s") + &labelled("q", "t")));
    is(&mesh.from("a,app=s", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=t", "http://x.org"), "diverted y.org:80");
    is(&mesh.from("a,app=u", "http://x.org"), "allowed x.org:80");
    // Two that both do: the older owns the host.
    let deny = route("d", "'*'", "  http: [{directResponse: {status: 502}}]");
    is(&Mesh::bare(&(two_hosts() + &labelled("r", "s") + &deny)).from("a,app=s", "http://x.org"), "unknown");
    // The nearer circle wins whatever its age.
    let near = route("d", "a", "  http: [{directResponse: {status: 502}}]");
    is(&Mesh::bare(&(two_hosts() + &labelled("r", "s") + &near)).from("a,app=s", "http://x.org"), "blocked 502");
}

#[test]
fn a_wildcard_route_owns_what_nothing_more_specific_is_for() {
    let wild = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: w, namespace: own}
spec: {hosts: ['*.org'], http: [{directResponse: {status: 418}}]}
";
    is(&Mesh::bare(&(two_hosts() + wild)).from("a", "http://x.org"), "blocked 418");
    let specific = route("r", "'*'", &format!("  http: [{{match: [{{sourceLabels: {{app: s}}}}], {TO_Y}}}]"));
    // Even one that says nothing to this proxy keeps the wildcard away.
    is(&Mesh::bare(&(two_hosts() + wild + &specific)).from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn port_80_routes_hosts_that_nobody_has_registered() {
    let yaml = entry("y", "own", "'*'", "y.org", HTTP) + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "diverted y.org:80");
    let yaml = entry("y", "own", "'*'", "y.org", "{number: 8080, name: http, protocol: HTTP}")
        + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org:8080"), "blocked 502");
}

#[test]
fn tls_chains_that_overlap_are_refused_by_envoy() {
    let tls = |name: &str, names: &str| {
        route(name, "'*'", &format!("  tls: [{{match: [{{sniHosts: [{names}]}}], {TO_Y}}}]"))
            .replace("hosts: [x.org]", "hosts: [x.org, z.org]")
    };
    let mesh = Mesh::bare(&(two_hosts() + &tls("r", "x.org") + &tls("q", "'x.org', z.org")));
    is(&mesh.from("a", "https://x.org"), "unknown");
    let mesh = Mesh::bare(&(two_hosts() + &tls("r", "x.org") + &tls("q", "z.org")));
    is(&mesh.from("a", "https://x.org"), "diverted y.org:443 tls(x.org)");
}

#[test]
fn tcp_routes_by_label_fall_through_to_the_entry() {
    let yaml = entry("x", "own", "'*'", "x.org", TCP)
        + &entry("y", "own", "'*'", "y.org", "{number: 444, name: tcp, protocol: TCP}")
        + &route(
            "r",
            "'*'",
            "  tcp: [{match: [{port: 443, sourceLabels: {app: s}}], route: [{destination: {host: y.org, port: {number: 444}}}]}]",
        );
    is(&Mesh::bare(&yaml).from("a,app=s", "tcp://x.org:443"), "diverted y.org:444");
    is(&Mesh::bare(&yaml).from("a,app=t", "tcp://x.org:443"), "allowed x.org:443");
}

#[test]
fn sidecars_narrow_what_is_seen() {
    let sidecar = |hosts: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: a}}
spec: {{egress: [{{hosts: [{hosts}]}}]}}
"
        )
    };
    for (hosts, expected) in [
        ("'*/*'", "allowed x.org:443 tls(x.org)"),
        ("own/*", "allowed x.org:443 tls(x.org)"),
        ("own/x.org", "allowed x.org:443 tls(x.org)"),
        ("'*/*.org'", "allowed x.org:443 tls(x.org)"),
        ("./*", "blocked closed UH"),
        ("'~/*'", "blocked closed UH"),
        ("own/y.org", "blocked closed UH"),
    ] {
        is(&Mesh::bare(&(two_hosts() + &sidecar(hosts))).from("a", "https://x.org"), expected);
    }
    // Another namespace has none.
    is(&Mesh::bare(&(two_hosts() + &sidecar("./*"))).from("b", "https://x.org"), "allowed x.org:443 tls(x.org)");
    // One with a port is not modelled.
    let ported = sidecar("'*/*'").replace("egress: [{", "egress: [{port: {number: 443, protocol: HTTPS, name: x}, ");
    is(&Mesh::bare(&(two_hosts() + &ported)).from("a", "https://x.org"), "unknown");
}

#[test]
fn a_selectors_sidecar_comes_first_and_the_roots_last() {
    let sidecar = |namespace: &str, name: &str, selector: &str, hosts: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{selector}egress: [{{hosts: [{hosts}]}}]}}
"
        )
    };
    let yaml = two_hosts()
        + &sidecar("a", "all", "", "'*/*'")
        + &sidecar("a", "some", "workloadSelector: {labels: {app: s}}, ", "'~/*'")
        + &sidecar("istio-system", "default", "", "own/y.org");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a,app=s", "https://x.org"), "blocked closed UH");
    is(&mesh.from("a,app=t", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&mesh.from("b", "https://x.org"), "blocked closed UH");
    is(&mesh.from("b", "https://y.org"), "allowed y.org:443 tls(y.org)");
}

#[test]
fn a_narrowed_sidecar_still_gets_what_its_routes_name() {
    let yaml = two_hosts()
        + "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: b}
spec: {egress: [{hosts: [b/*]}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: x, namespace: b}
spec: {hosts: [x.org], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: r, namespace: b}
spec: {hosts: [x.org], http: [{route: [{destination: {host: y.org}}]}]}
";
    is(&Mesh::bare(&yaml).from("b", "http://x.org"), "diverted y.org:80");
}

#[test]
fn without_a_sidecar_everything_is_open() {
    is(&Mesh::new("").ask(&query("a", "https://x.org").no_sidecar()), "allowed x.org:443 tls(x.org)");
    is(&Mesh::new("").ask(&query("a", "http://x.org").no_sidecar()), "allowed x.org:80");
}

#[test]
fn what_is_not_modelled_is_unknown() {
    let filter = "
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: f, namespace: a}
spec: {configPatches: []}
";
    let mesh = Mesh::bare(&(two_hosts() + filter));
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("b", "https://x.org"), "allowed x.org:443 tls(x.org)");
    // A selector without labels selects everything; a sidecar's labels are all known.
    for (selector, expected) in [
        ("{labels: {}}", "unknown"),
        ("{}", "unknown"),
        ("{labels: {app: s}}", "unknown"),
        ("{labels: {app: t}}", "allowed x.org:443 tls(x.org)"),
        ("{labels: {app: s, tier: b}}", "allowed x.org:443 tls(x.org)"),
    ] {
        let filter = filter.replace("{configPatches: []}", &format!("{{workloadSelector: {selector}}}"));
        is(&Mesh::bare(&(two_hosts() + &filter)).from("a,app=s", "https://x.org"), expected);
    }
    let route = "
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: h, namespace: own}
spec: {parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x}], rules: []}
";
    let mesh = Mesh::bare(&(two_hosts() + route));
    is(&mesh.from("a", "http://x.org"), "unknown");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
}

#[test]
fn places_are_those_of_the_text() {
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{{name: there, {TO_Y}}}]"));
    let trace = Mesh::bare(&yaml).from("a", "http://x.org");
    let decision = trace.decided_by.iter().find(|decision| decision.kind == "VirtualService").unwrap();
    let span = decision.span.unwrap();
    assert_eq!(yaml.get(span.range()).unwrap(), format!("{{name: there, {TO_Y}}}"));
    assert_eq!(trace.hops[0].route.as_deref(), Some("there"));
    assert_eq!(trace.hops[0].cluster.as_deref(), Some("outbound|80||y.org"));
}

// What a sweep over istiod's own simulation taught.

#[test]
fn a_route_pulls_in_what_its_namespace_does_not_export_to_itself() {
    let yaml = entry("x", "own", "'*'", "x.org", HTTP)
        + &entry("y", "a", "b", "y.org", HTTP)
        + &route("r", "'*'", &format!("  http: [{{{TO_Y}}}]"));
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "diverted y.org:80");
    is(&Mesh::bare(&yaml).from("a", "http://y.org"), "blocked 502");
    is(&Mesh::bare(&yaml).from("c", "http://x.org"), "blocked 503 NC");
    // Istio reads the last `sourceNamespace` of a route's matches alone.
    let passed_over = route("r", "'*'", &format!("  http: [{{match: [{{}}, {{sourceNamespace: c}}], {TO_Y}}}]"));
    let yaml = entry("x", "own", "'*'", "x.org", HTTP) + &entry("y", "a", "b", "y.org", HTTP) + &passed_over;
    is(&Mesh::bare(&yaml).from("a", "http://x.org"), "unknown");
}

#[test]
fn entries_of_one_namespace_mix_their_endpoints_seen_or_not() {
    let hollow = entry("h", "own", "a", "x.org", HTTPS).replace("resolution: DNS", "resolution: STATIC");
    let real = entry("r", "own", "b", "x.org", HTTPS);
    is(&Mesh::bare(&(hollow.clone() + &real)).from("a", "https://x.org"), "unknown");
    // So do ways from one port to two.
    let moved = entry("m", "own", "b", "x.org", HTTPS).replace("number: 443", "number: 443, targetPort: 8443");
    is(&Mesh::bare(&(entry("s", "own", "a", "x.org", HTTPS) + &moved)).from("a", "https://x.org"), "unknown");
    // Two hollow ones are as hollow as one.
    let other = entry("o", "own", "b", "x.org", HTTP).replace("resolution: DNS", "resolution: STATIC");
    is(&Mesh::bare(&(hollow + &other)).from("a", "https://x.org"), "blocked closed UH");
}

#[test]
fn versions_differ_in_what_comes_first() {
    let at =
        |yaml: String, time: &str| yaml.replace("metadata: {", &format!("metadata: {{creationTimestamp: \"{time}\", "));
    let own = entry("o", "a", ".", "x.org", TCP);
    let exported = entry("e", "own", "a", "y.org", TCP);
    let mesh = |own_time: &str, exported_time: &str| {
        Mesh::bare(&(at(own.clone(), own_time) + &at(exported.clone(), exported_time)))
    };
    is(&mesh("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z").from("a", "tcp://x.org:443"), "allowed x.org:443");
    is(&mesh("2021-01-01T00:00:00Z", "2020-01-01T00:00:00Z").from("a", "tcp://x.org:443"), "unknown");
}

#[test]
fn the_first_route_of_a_wildcard_owns_a_service_even_silently() {
    let wild = |name: &str, time: &str, body: &str| {
        format!(
            "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {name}, namespace: own, creationTimestamp: \"{time}\"}}
spec: {{hosts: ['*.org'], {body}}}
"
        )
    };
    let silent = wild("s", "2020-01-01T00:00:00Z", "tcp: [{route: [{destination: {host: y.org}}]}]");
    let loud = wild("l", "2021-01-01T00:00:00Z", "http: [{directResponse: {status: 418}}]");
    let mesh = Mesh::bare(&(two_hosts() + &silent + &loud));
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    // Hosts that nobody has registered are not for a wildcard that is for some service.
    is(&mesh.from("a", "http://q.org"), "blocked 502");
}

#[test]
fn server_names_in_another_order_are_another_chain() {
    let yaml = two_hosts()
        + &entry("z", "own", "'*'", "z.org", HTTPS)
        + &route(
            "r",
            "'*'",
            &format!("  tls: [{{match: [{{sniHosts: [x.org, z.org]}}, {{sniHosts: [z.org, x.org]}}], {TO_Y}}}]"),
        )
        .replace("hosts: [x.org]", "hosts: [x.org, z.org]");
    is(&Mesh::bare(&yaml).from("a", "https://x.org"), "unknown");
}

#[test]
fn a_wildcard_service_takes_the_chains_of_more_specific_routes() {
    let yaml = entry("w", "own", "'*'", "'*.x.org'", HTTPS).replace("resolution: DNS", "resolution: NONE")
        + &entry("y", "own", "'*'", "y.org", HTTPS)
        + &route("r", "'*'", &format!("  tls: [{{match: [{{sniHosts: [a.x.org]}}], {TO_Y}}}]"))
            .replace("hosts: [x.org]", "hosts: [a.x.org]");
    let mesh = Mesh::bare(&yaml);
    is(&mesh.from("a", "https://a.x.org"), "diverted y.org:443 tls(a.x.org)");
    // Then the service has no chain of its own.
    is(&mesh.from("a", "https://b.x.org"), "blocked closed UH");
}

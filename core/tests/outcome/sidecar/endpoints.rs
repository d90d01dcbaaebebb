//! The endpoints of a ServiceEntry: its `resolution`, and entries that share a host (docs/istio/services.md).

use egressc_core::stages::model::Completeness;

use crate::mesh::{Ask, Mesh, environment, is, query, short};
use crate::sidecar::{HTTP, HTTPS, entry};

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

/// A proxy of another network goes by that network's gateway, if there is one.
#[test]
fn endpoints_that_name_a_network_are_not_modelled() {
    for (endpoint, expected) in [
        ("{address: 1.2.3.4}", "allowed x.org:443 tls(x.org)"),
        ("{address: 1.2.3.4, network: ''}", "allowed x.org:443 tls(x.org)"),
        ("{address: 1.2.3.4, network: net-2}", "unknown"),
        ("{address: 1.2.3.4}, {address: 1.2.3.5, network: net-2}", "unknown"),
    ] {
        let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
            .replace("resolution: DNS", &format!("endpoints: [{endpoint}]\n  resolution: STATIC"));
        assert_eq!(short(&Mesh::bare(&yaml).from("a", "https://x.org")), expected, "{endpoint}");
    }
    let selected = workload("own", "", "address: 1.2.3.4, network: net-2, labels: {app: w}");
    assert_eq!(short(&selecting("STATIC", &selected).from("a", "https://x.org")), "unknown");
}

/// A ServiceEntry of namespace `own` that selects `app: w`, beside other documents.
fn selecting(resolution: &str, more: &str) -> Mesh {
    let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
        .replace("resolution: DNS", &format!("resolution: {resolution}\n  workloadSelector: {{labels: {{app: w}}}}"));
    Mesh::bare(&(yaml + more)).complete()
}

/// A `WorkloadEntry`.
fn workload(namespace: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {{name: w, namespace: {namespace}{metadata}}}, spec: {{{spec}}}}}\n"
    )
}

#[test]
fn workload_entries_are_endpoints_of_entries_that_select_them() {
    let selected = |resolution: &str, workload: &str| selecting(resolution, workload).from("a", "https://x.org");
    let labels = "labels: {app: w}";
    is(&selected("STATIC", ""), "blocked closed UH");
    is(&selected("DNS", ""), "blocked closed NC");
    let one = |metadata: &str, spec: &str| workload("own", metadata, spec);
    is(&selected("STATIC", &one("", &format!("address: 1.2.3.4, {labels}"))), "allowed x.org:443 tls(x.org)");
    is(&selected("DNS", &one("", &format!("address: y.org, {labels}"))), "diverted y.org:443 tls(x.org)");
    let ports = "ports: {https: 8443}";
    is(&selected("DNS", &one("", &format!("address: y.org, {labels}, {ports}"))), "diverted y.org:8443 tls(x.org)");
    // A name is no endpoint where nothing is resolved.
    is(&selected("STATIC", &one("", &format!("address: y.org, {labels}"))), "blocked closed UH");
    // Labels of the metadata count before those of the spec; another namespace's are none.
    is(&selected("DNS", &one(", labels: {app: v}", &format!("address: y.org, {labels}"))), "blocked closed NC");
    is(&selected("DNS", &one(", labels: {app: w}", "address: y.org")), "diverted y.org:443 tls(x.org)");
    is(&selected("DNS", &workload("a", "", &format!("address: y.org, {labels}"))), "blocked closed NC");
    let checked = ", annotations: {proxy.istio.io/health-checks-enabled: 'true'}";
    is(&selected("DNS", &one(checked, &format!("address: y.org, {labels}"))), "unknown");
}

#[test]
fn of_an_entry_without_resolution_the_selected_workloads_decide_about_the_listener() {
    is(&selecting("NONE", "").from("a", "https://x.org"), "unknown");
    is(&selecting("NONE", "").from("a", "https://y.org"), "blocked closed UH");
    let http = entry("e", "own", "'*'", "x.org", HTTP)
        .replace("resolution: DNS", "resolution: NONE\n  workloadSelector: {labels: {app: w}}");
    is(&Mesh::bare(&http).complete().from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn pods_may_be_endpoints_of_entries_that_select_them() {
    let beside = |label: &str| {
        let mut mesh = selecting("STATIC", "");
        mesh.environment.namespaces = environment(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: own, labels: {{app: {label}}}}}, spec: {{containers: [{{name: c}}]}}}}"
        ))
        .namespaces;
        mesh
    };
    is(&beside("v").from("a", "https://x.org"), "blocked closed UH");
    is(&beside("w").from("a", "https://x.org"), "unknown");
    // Without a statement that all workloads are given, there may be others.
    let mut some = beside("v");
    some.environment.complete = Completeness::default();
    let trace = some.from("a", "https://x.org");
    is(&trace, "unknown");
    let missing = trace.missing.iter().map(|missing| missing.document.as_str());
    assert!(missing.into_iter().any(|document| document.contains("the workloads of namespace `own`")), "{trace:?}");
}

#[test]
fn a_proxy_chooses_one_of_several_endpoints_for_each_request() {
    let with = |endpoints: &str| {
        let yaml = entry("e", "own", "'*'", "x.org", HTTPS)
            .replace("  resolution", &format!("  endpoints: [{endpoints}]\n  resolution"));
        Mesh::bare(&yaml).from("a", "https://x.org")
    };
    let two = "{address: y.org}, {address: z.org, ports: {https: 8443}}";
    is(&with(two), "diverted y.org:443 tls(x.org) or z.org:8443 tls(x.org)");
    is(&with(&format!("{two}, {{address: y.org}}")), "diverted y.org:443 tls(x.org) or z.org:8443 tls(x.org)");
    // Some requests arrive at the host itself, and some do not.
    is(&with("{address: x.org}, {address: y.org}"), "diverted x.org:443 tls(x.org) or y.org:443 tls(x.org)");
    is(&with("{address: 1.2.3.4}, {address: 1.2.3.5}"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_weight_chooses_one_of_several_destinations_for_each_request() {
    let entries = ["x.org", "y.org", "z.org"].map(|host| entry(&host.replace('.', "-"), "own", "'*'", host, HTTP));
    let routed = |route: &str, rule: &str| {
        let route = format!(
            "---\n{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: split, namespace: own}}, spec: {{hosts: [x.org], http: [{{route: [{route}]}}]}}}}\n{rule}"
        );
        Mesh::bare(&(entries.concat() + &route)).from("a", "http://x.org")
    };
    let to = |host: &str, weight: u8| format!("{{destination: {{host: {host}}}, weight: {weight}}}");
    let both = [to("y.org", 60), to("z.org", 40)].join(", ");
    is(&routed(&both, ""), "diverted y.org:80 or z.org:80");
    is(&routed(&[both.as_str(), &to("x.org", 0)].join(", "), ""), "diverted y.org:80 or z.org:80");
    is(&routed(&[both.as_str(), &to("x.org", 1)].join(", "), ""), "diverted y.org:80 or z.org:80 or x.org:80");
    is(&routed(&[both.as_str(), &to("nowhere.org", 1)].join(", "), ""), "unknown");
    // One of them in TLS: what leaves is not alike.
    let rule = "---\n{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: z, namespace: own}, spec: {host: z.org, trafficPolicy: {tls: {mode: SIMPLE}}}}";
    is(&routed(&both, rule), "unknown");
}

/// What chance decides is merged only where it is the same whatever the documents do not say.
#[test]
fn chance_does_not_hide_what_is_not_known() {
    let entries = ["x.org", "y.org"].map(|host| entry(&host.replace('.', "-"), "own", "'*'", host, HTTP));
    let route = |name: &str, to: &str| {
        format!(
            "---\n{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: {name}, namespace: own}}, spec: {{hosts: [x.org], http: [{{route: [{to}]}}]}}}}\n"
        )
    };
    let split = "{destination: {host: x.org}, weight: 50}, {destination: {host: y.org}, weight: 50}";
    let ask = |one: &str, other: &str| {
        Mesh::bare(&(entries.concat() + &route("a", one) + &route("b", other))).from("a", "http://x.org")
    };
    // If `a` is the older one, every request is allowed; if `b` is, some are diverted.
    is(&ask("{destination: {host: x.org}}", split), "unknown");
    is(&ask(split, "{destination: {host: x.org}}"), "unknown");
    is(&ask("{destination: {host: y.org}}", split), "unknown");
    // The order of the same places changes nothing.
    let turned = "{destination: {host: y.org}, weight: 10}, {destination: {host: x.org}, weight: 90}";
    is(&ask(split, split), "diverted x.org:80 or y.org:80");
    is(&ask(split, turned), "diverted x.org:80 or y.org:80");
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

/// Two entries for `x.org` in one namespace, of which the second one leads to another port, beside one for `y.org`.
fn differing(port: &str, second: &str) -> String {
    entry("one", "own", "'*'", "x.org", port)
        + &entry("two", "own", "'*'", "x.org", second)
        + &entry("other", "own", "'*'", "y.org", port)
}

#[test]
fn entries_that_differ_leave_other_hosts_of_the_port_certain() {
    let moved = HTTP.replace("number: 80", "number: 80, targetPort: 443");
    let mesh = Mesh::bare(&differing(HTTP, &moved));
    is(&mesh.from("a", "http://x.org"), "unknown");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
    is(&mesh.from("a", "http://z.org"), "blocked 502");
    let moved = HTTPS.replace("number: 443", "number: 443, targetPort: 8443");
    let mesh = Mesh::bare(&differing(HTTPS, &moved));
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("a", "https://y.org"), "allowed y.org:443 tls(y.org)");
    is(&mesh.from("a", "https://z.org"), "blocked closed UH");
    is(&mesh.ask(&query("a", "https://z.org").sni(Some("x.org"))), "unknown");
    // The server name decides, whatever name was dialled.
    is(&mesh.ask(&query("a", "https://z.org").sni(Some("y.org"))), "allowed y.org:443 tls(y.org)");
}

#[test]
fn entries_that_differ_are_followed_to_the_same_end() {
    let two = |one: &str, two: &str| {
        let with = |name: &str, address: &str| {
            entry(name, "own", "'*'", "x.org", HTTP)
                .replace("resolution: DNS", &format!("endpoints: [{{address: {address}}}]\n  resolution: STATIC"))
        };
        Mesh::bare(&(with("one", one) + &with("two", two)))
    };
    is(&two("192.0.2.1", "192.0.2.2").from("a", "http://x.org"), "allowed x.org:80");
    // Another way whichever endpoint is taken: a route in front of both of them.
    let route = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: own}
spec: {hosts: [x.org], http: [{directResponse: {status: 403}}]}
";
    let moved = HTTP.replace("number: 80", "number: 80, targetPort: 443");
    is(&Mesh::bare(&(differing(HTTP, &moved) + route)).from("a", "http://x.org"), "blocked 403");
}

#[test]
fn endpoints_are_kept_by_the_name_of_the_port() {
    let other_number = HTTP.replace("number: 80", "number: 8080");
    is(&Mesh::bare(&differing(HTTP, &other_number)).from("a", "http://x.org"), "unknown");
    let other_name = other_number.replace("name: http", "name: web");
    is(&Mesh::bare(&differing(HTTP, &other_name)).from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn resolution_none_beside_another_one_may_have_no_listener_for_every_address() {
    let none = |port: &str| entry("two", "own", "'*'", "x.org", port).replace("resolution: DNS", "resolution: NONE");
    let tcp = "{number: 9000, name: tcp, protocol: TCP}";
    let mesh = Mesh::bare(&(entry("one", "own", "'*'", "x.org", tcp) + &none(tcp)));
    is(&mesh.from("a", "tcp://x.org:9000"), "unknown");
    is(&mesh.from("a", "tcp://y.org:9000"), "unknown");
    let mesh = Mesh::bare(&(entry("one", "own", "'*'", "x.org", HTTPS) + &none(HTTPS)));
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("a", "https://y.org"), "blocked closed UH");
    let mesh = Mesh::bare(&(entry("one", "own", "'*'", "x.org", HTTP) + &none(HTTP)));
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn an_address_of_only_one_of_two_entries_decides_who_listens() {
    let tcp = "{number: 9000, name: tcp, protocol: TCP}";
    let moved = tcp.replace("number: 9000", "number: 9000, targetPort: 9001");
    let addressed =
        entry("two", "own", "'*'", "x.org", &moved).replace("  resolution", "  addresses: [192.0.2.9]\n  resolution");
    let mesh = Mesh::bare(&(entry("one", "own", "'*'", "x.org", tcp) + &addressed));
    is(&mesh.from("a", "tcp://x.org:9000"), "unknown");
    is(&mesh.from("a", "tcp://192.0.2.9:9000"), "unknown");
}

#[test]
fn one_port_with_two_protocols_leaves_other_hosts_certain() {
    let tls = HTTP.replace("HTTP}", "TLS}");
    let mesh = Mesh::bare(&differing(HTTP, &tls));
    is(&mesh.from("a", "http://x.org"), "unknown");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
    is(&mesh.from("a", "http://z.org"), "blocked 502");
    // Which protocol a route is for depends on the order of the entries, also where it leads elsewhere.
    let route = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: own}
spec: {hosts: [x.org], http: [{directResponse: {status: 403}}]}
";
    is(&Mesh::bare(&(differing(HTTP, &tls) + route)).from("a", "http://x.org"), "unknown");
}

/// Its listeners and routes are there, and its clusters are the Service's (`appendSidecarServices` of sidecar.go).
#[test]
fn an_entry_beside_a_service_of_the_cluster_has_no_clusters() {
    let yaml = "
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: own}
spec: {clusterIP: 10.96.0.77, ports: [{name: http, port: 9080}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: reviews, namespace: own}
spec:
  hosts: [reviews.own.svc.cluster.local]
  resolution: DNS
  endpoints: [{address: x.org}]
  ports: [{number: 8080, name: http, protocol: HTTP}, {number: 3306, name: tcp, protocol: TCP}]
";
    let mesh = Mesh::bare(yaml).complete();
    is(&mesh.from("own", "http://reviews.own.svc.cluster.local:8080"), "blocked 503 NC");
    is(&mesh.from("own", "tcp://db.org:3306"), "blocked closed NC");
    is(&mesh.from("a", "tcp://db.org:3306"), "blocked closed NC");
}

/// The kind of a subset's cluster ignores settings for ports (`buildSubsetCluster` of `core/cluster_builder.go`).
#[test]
fn a_subset_that_passes_through_does_so_on_every_port() {
    let rule = "
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: x, namespace: own}
spec:
  host: x.org
  subsets:
  - name: one
    trafficPolicy:
      loadBalancer: {simple: PASSTHROUGH}
      portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 5}}}]
";
    let to_subset = "  http: [{route: [{destination: {host: x.org, subset: one}}]}]";
    let yaml = crate::sidecar::two_hosts() + rule + &crate::sidecar::route("r", "'*'", to_subset);
    is(&Mesh::bare(&yaml).from("own", "http://x.org"), "unknown");
}

/// An endpoint has automatic mutual TLS by a label, and without one by a service account.
#[test]
fn endpoints_of_the_mesh_get_mutual_tls_only_by_their_labels_and_accounts() {
    let ask = |resolution: &str, endpoints: &str| {
        let mesh = Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: a}}
spec:
  hosts: [x.org]
  location: MESH_INTERNAL
  resolution: {resolution}
  ports: [{{number: 80, name: http, protocol: HTTP}}]
{endpoints}"
        ));
        short(&mesh.complete().from("a", "http://x.org"))
    };
    for (resolution, endpoints, expected) in [
        ("DNS", "", "allowed x.org:80"),
        ("STATIC", "  endpoints: [{address: 203.0.113.1, ports: {http: 8080}}]\n", "diverted x.org:8080"),
        ("STATIC", "  endpoints: [{address: 203.0.113.1, serviceAccount: s}]\n", "unknown"),
        ("STATIC", "  endpoints: [{address: 203.0.113.1, labels: {security.istio.io/tlsMode: istio}}]\n", "unknown"),
        (
            "STATIC",
            "  endpoints: [{address: 203.0.113.1, serviceAccount: s, labels: {security.istio.io/tlsMode: disabled}}]\n",
            "allowed x.org:80",
        ),
        ("NONE", "", "unknown"),
    ] {
        assert_eq!(ask(resolution, endpoints), expected, "{resolution} {endpoints}");
    }
}

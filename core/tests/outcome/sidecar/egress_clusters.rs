//! Which services the egress listeners of a Sidecar select, and for which of them the sidecar has clusters: `selectServices`,
//! `collectImportedServices` and `appendSidecarServices` of Istio's pilot/pkg/model/sidecar.go (docs/istio/sidecar-listeners.md).

use crate::mesh::{Mesh, short};
use crate::sidecar::{HTTP, HTTPS, entry};

const DATABASE: &str = "{number: 3306, name: tcp, protocol: TCP}";

/// A Sidecar with these egress listeners.
fn sidecar(namespace: &str, egress: &str) -> String {
    format!(
        "
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: default, namespace: {namespace}}}
spec: {{egress: [{egress}]}}
"
    )
}

/// A ServiceEntry of this age in days, and with these labels.
fn aged(day: u8, labels: &str, (namespace, export_to): (&str, &str), host: &str, ports: &str) -> String {
    entry(&format!("aged-{day}"), namespace, export_to, host, ports).replace(
        "metadata: {",
        &format!("metadata: {{creationTimestamp: '2024-02-0{day}T00:00:00Z', labels: {{{labels}}}, "),
    )
}

/// A VirtualService of namespace `own` for `x.org`.
fn route(body: &str) -> String {
    crate::sidecar::route("r", "'*'", body)
}

/// What a sidecar of namespace `a` does with some requests.
fn answers<const N: usize>(yaml: &str, requests: [&str; N]) -> [String; N] {
    let mesh = Mesh::bare(yaml);
    requests.map(|to| short(&mesh.from("a", to)))
}

/// `matchingService` leaves out what lacks the port, before one namespace is chosen for each host.
#[test]
fn a_service_without_the_port_of_a_listener_leaves_its_host_to_other_namespaces() {
    let of_other = entry("x", "other", "'*'", "x.org", HTTP);
    let requests = ["http://x.org", "http://y.org"];
    for ports in ["", HTTPS, &format!("{HTTPS}, {{number: 8080, name: http, protocol: HTTP}}")] {
        for (namespace, export_to) in [("a", "'*'"), ("a", "."), ("third", "a")] {
            for hosts in ["'*/*'", "'*/x.org'"] {
                for root in ["a", "istio-system"] {
                    let egress = format!("{{port: {{number: 80, protocol: HTTP, name: h}}, hosts: [{hosts}]}}");
                    let yaml = entry("x", namespace, export_to, "x.org", ports) + &of_other + &sidecar(root, &egress);
                    assert_eq!(answers(&yaml, requests), ["allowed x.org:80", "blocked 502"], "{yaml}");
                }
            }
        }
    }
    // A port without a protocol is one as well, on both sides.
    let plain = "{number: 80, name: web}";
    let yaml = entry("x", "a", "'*'", "x.org", HTTPS)
        + &entry("x", "other", "'*'", "x.org", plain)
        + &sidecar("a", "{port: {number: 80, name: h}, hosts: ['*/*']}");
    assert_eq!(answers(&yaml, requests), ["allowed x.org:80", "blocked 502"]);
}

/// Of several services of a host in the client's namespace those with the port are left, and they come before other namespaces.
#[test]
fn a_service_with_the_port_still_comes_first_in_its_own_namespace() {
    let egress = "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*/*']}";
    let yaml = aged(1, "", ("a", "'*'"), "x.org", HTTPS)
        + &aged(2, "", ("a", "'*'"), "x.org", HTTP)
        + &aged(3, "", ("other", "'*'"), "x.org", HTTP).replace("resolution: DNS", "resolution: STATIC")
        + &sidecar("a", egress);
    assert_eq!(answers(&yaml, ["http://x.org"]), ["allowed x.org:80"]);
    let static_one = yaml.replace("resolution: DNS", "resolution: STATIC");
    assert_eq!(answers(&static_one, ["http://x.org"]), ["blocked 503 UH"]);
}

/// Services of another namespace are not merged (`canMergeServices`), so that the listener of the port has no cluster.
#[test]
fn the_first_listener_that_imports_a_host_decides_whose_clusters_there_are() {
    let yaml =
        entry("x", "a", "'*'", "x.org", &format!("{DATABASE}, {HTTP}")) + &entry("x", "other", "'*'", "x.org", HTTPS);
    let requests = ["tcp://x.org:3306", "http://x.org", "https://x.org"];
    let (tcp, http, https) = ("allowed x.org:3306", "allowed x.org:80", "allowed x.org:443 tls(x.org)");
    let (no_tcp, no_http, no_https) = ("blocked closed NC", "blocked 503 NC", "blocked closed UH");
    let of_443 = "{port: {number: 443, protocol: HTTPS, name: h}, hosts: ['*/*']}, {hosts: [./*]}";
    for (egress, expected) in [
        (of_443.to_owned(), [no_tcp, no_http, https]),
        // Without a protocol.
        (of_443.replace("protocol: HTTPS, ", ""), ["blocked closed NC", no_http, "unknown"]),
        (of_443.replace("'*/*'", "other/*"), [no_tcp, no_http, https]),
        // It imports nothing there, so that the second listener decides.
        (of_443.replace("'*/*'", "a/*"), [tcp, http, no_https]),
        // Where it listens does not matter.
        (of_443.replace("name: h}", "name: h}, bind: 127.0.0.1"), [no_tcp, no_http, no_https]),
        (of_443.replace("name: h}", "name: h}, captureMode: NONE"), [no_tcp, no_http, no_https]),
        // An HTTP proxy gets all ports of its services (`needsPortMatch`).
        (of_443.replace("443, protocol: HTTPS", "9999, protocol: HTTP_PROXY").replace("'*/*'", "other/*"), [
            no_tcp, no_http, no_https,
        ]),
        (of_443.replace("443, protocol: HTTPS", "9999, protocol: HTTP_PROXY"), [tcp, http, no_https]),
        (of_443.replace("443", "9999"), [tcp, http, no_https]),
        // Two listeners with ports, of which the first decides.
        (
            "{port: {number: 3306, protocol: TCP, name: t}, hosts: ['*/*']}, {port: {number: 443, protocol: HTTPS, name: h}, hosts: ['*/*']}"
                .to_owned(),
            [tcp, no_https, "blocked closed NC"],
        ),
        (
            "{port: {number: 443, protocol: HTTPS, name: h}, hosts: ['*/*']}, {port: {number: 3306, protocol: TCP, name: t}, hosts: ['*/*']}"
                .to_owned(),
            [no_tcp, no_https, https],
        ),
    ] {
        assert_eq!(answers(&(yaml.clone() + &sidecar("a", &egress)), requests), expected, "{egress}");
    }
}

#[test]
fn before_1_31_a_listener_of_no_namespace_decides_nothing() {
    let yaml = entry("x", "a", "'*'", "x.org", DATABASE) + &entry("x", "other", "'*'", "x.org", HTTPS);
    let egress = "{port: {number: 443, protocol: HTTPS, name: h}, hosts: ['~/*']}, {hosts: [./*]}";
    let mesh = Mesh::bare(&(yaml + &sidecar("a", egress))).release("1.30.0");
    assert_eq!(short(&mesh.from("a", "tcp://x.org:3306")), "allowed x.org:3306");
    assert_eq!(short(&mesh.from("a", "https://x.org")), "blocked closed UH");
}

/// Ports of one namespace's objects are merged where the objects are alike in the rest (`canMergeServices`).
#[test]
fn ports_of_two_listeners_are_merged_for_objects_that_are_alike() {
    let egress = "{port: {number: 443, protocol: HTTPS, name: h}, hosts: ['*/*']}, {hosts: ['*/*']}";
    let asked = |labels: &str, export_to: &str| {
        let second = aged(2, labels, ("own", export_to), "x.org", DATABASE);
        let yaml = aged(1, "", ("own", "'*'"), "x.org", HTTPS) + &second + &sidecar("a", egress);
        answers(&yaml, ["https://x.org", "tcp://x.org:3306"])
    };
    let https = "allowed x.org:443 tls(x.org)";
    assert_eq!(asked("", "'*'"), [https, "allowed x.org:3306"]);
    assert_eq!(asked("l: v", "'*'"), [https, "blocked closed NC"]);
    assert_eq!(asked("", "a"), [https, "blocked closed NC"]);
    // One object with both ports, of which each listener takes its own.
    let yaml = entry("x", "own", "'*'", "x.org", &format!("{HTTPS}, {DATABASE}")) + &sidecar("a", egress);
    assert_eq!(answers(&yaml, ["https://x.org", "tcp://x.org:3306"]), [https, "allowed x.org:3306"]);
}

/// What a VirtualService of a listener names is added before the next listener's services.
#[test]
fn a_route_of_the_first_listener_decides_before_the_second_listener() {
    let yaml = entry("x", "own", "'*'", "x.org", HTTP)
        + &entry("y", "a", "'*'", "y.org", HTTP)
        + &entry("y", "other", "'*'", "y.org", HTTPS)
        + &route("  http: [{route: [{destination: {host: y.org, port: {number: 80}}}]}]");
    let egress = "{port: {number: 80, protocol: HTTP, name: h}, hosts: [own/x.org]}, {hosts: [other/*]}";
    let requests = ["http://x.org", "https://y.org"];
    let answered = answers(&(yaml.clone() + &sidecar("a", egress)), requests);
    assert_eq!(answered, ["diverted y.org:80", "blocked closed NC"]);
    // A mirror is a destination that is not read.
    let mirrored = yaml.replace(
        "port: {number: 80}}}]}]",
        "port: {number: 80}}}]}, {mirror: {host: y.org}, route: [{destination: {host: x.org}}]}]",
    );
    assert_ne!(mirrored, yaml);
    assert_eq!(answers(&(mirrored + &sidecar("a", egress)), requests), ["unknown", "unknown"]);
}

#[test]
fn a_route_to_the_port_of_another_listener_needs_that_listener() {
    let egress = "{port: {number: 80, protocol: HTTP, name: h}, hosts: [own/x.org]}";
    let to = |port: u16, beside: &str| {
        let route =
            route(&format!("  http: [{{route: [{{destination: {{host: y.org, port: {{number: {port}}}}}}}]}}]"));
        let [answer] = answers(
            &(crate::sidecar::two_hosts() + &route + &sidecar("a", &format!("{egress}{beside}"))),
            ["http://x.org"],
        );
        answer
    };
    assert_eq!(to(80, ""), "diverted y.org:80");
    assert_eq!(to(443, ""), "blocked 503 NC");
    // The same VirtualService names the port at the other listener as well.
    assert_eq!(to(443, ", {hosts: [own/x.org]}"), "diverted y.org:443");
    assert_eq!(to(443, ", {hosts: [own/y.org]}"), "diverted y.org:443");
    assert_eq!(to(443, ", {port: {number: 443, protocol: HTTPS, name: t}, hosts: [own/y.org]}"), "diverted y.org:443");
    assert_eq!(to(443, ", {hosts: [other/*]}"), "blocked 503 NC");
}

/// `GetDestinationCluster` of core/route/route.go looks at the merged service.
#[test]
fn a_destination_without_a_port_goes_to_the_only_port_of_all_listeners() {
    let tls = |port: u16| format!("{{number: {port}, name: tls-{port}, protocol: TLS}}");
    let to_y = route("  tls: [{match: [{sniHosts: [x.org]}], route: [{destination: {host: y.org}}]}]");
    let egress = "{port: {number: 443, protocol: TLS, name: h}, hosts: [own/x.org]}, {hosts: [own/*]}";
    let with = |ports: &str| {
        let yaml = entry("x", "own", "'*'", "x.org", &tls(443)) + &entry("y", "own", "'*'", "y.org", ports);
        let [answer] = answers(&(yaml + &to_y + &sidecar("a", egress)), ["tls://x.org"]);
        answer
    };
    assert_eq!(with(&tls(8443)), "diverted y.org:8443 tls(x.org)");
    assert_eq!(with(&format!("{}, {}", tls(8443), tls(443))), "diverted y.org:443 tls(x.org)");
}

/// A namespace has one service for each host, and of several namespaces the oldest counts, whoever it is exported to
/// (`initServiceRegistry` of `push_context.go`, `pickBestVisibleNamespace` of sidecar.go).
#[test]
fn a_route_pulls_in_one_service_of_a_host() {
    let x = aged(1, "", ("own", "'*'"), "x.org", HTTP);
    let narrowed = sidecar("a", "{hosts: [own/x.org]}");
    let to = |port: u16| {
        route(&format!("  http: [{{route: [{{destination: {{host: y.org, port: {{number: {port}}}}}}}]}}]"))
    };
    let two_of_own = aged(2, "", ("a", "b"), "y.org", HTTP) + &aged(3, "", ("a", "b"), "y.org", HTTPS);
    assert_eq!(answers(&(x.clone() + &two_of_own + &narrowed + &to(80)), ["http://x.org"]), ["diverted y.org:80"]);
    assert_eq!(answers(&(x.clone() + &two_of_own + &narrowed + &to(443)), ["http://x.org"]), ["blocked 503 NC"]);
    let older_is_public = aged(2, "", ("b", "'*'"), "y.org", HTTPS) + &aged(3, "", ("c", "a"), "y.org", HTTP);
    assert_eq!(answers(&(x.clone() + &older_is_public + &narrowed + &to(80)), ["http://x.org"]), ["blocked 503 NC"]);
    assert_eq!(answers(&(x + &older_is_public + &narrowed + &to(443)), ["http://x.org"]), ["diverted y.org:443"]);
}

/// The second listener selects another service of a host than the first, which listens on another address.
#[test]
fn a_service_that_the_first_listener_does_not_select_still_listens_on_its_address() {
    let at = |namespace: &str, address: &str| {
        entry("x", namespace, "'*'", "x.org", HTTPS).replace("spec:", &format!("spec:\n  addresses: [{address}]"))
    };
    let egress = "{port: {number: 443, protocol: HTTPS, name: h}, hosts: ['*/*']}, {hosts: [other/*]}";
    let yaml = at("a", "10.1.1.1") + &at("other", "10.2.2.2") + &sidecar("a", egress);
    assert_eq!(answers(&yaml, ["tcp://10.2.2.2:443"]), ["unknown"]);
}

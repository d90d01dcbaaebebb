//! What may come of a request whose result is unknown: each case with its conditions, and what would settle it.

use egressc_core::stages::trace::Query;
use egressc_core::stages::trace::outcome::{Alternatives, Simulation};

use crate::mesh::{Ask, Mesh, query, short};

fn alternatives(mesh: &Mesh, query: &Query) -> Alternatives {
    let simulation = Simulation::new(&mesh.objects, &mesh.environment);
    assert_eq!(short(&simulation.trace(query)), "unknown");
    simulation.alternatives(query)
}

/// `end if condition, and condition`.
fn lines(alternatives: &Alternatives) -> Vec<String> {
    let line = |each: &egressc_core::stages::trace::outcome::Alternative| {
        format!("{} if {}", short(&each.end), each.conditions.join(", and "))
    };
    alternatives.shown.iter().map(line).collect()
}

const ENTRIES: &str = "
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: x, namespace: istio-system}, spec: {hosts: [x.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: y, namespace: istio-system}, spec: {hosts: [y.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}
";

fn route(name: &str, host: &str, spec: &str) -> String {
    format!(
        "\n---\n{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: {name}, namespace: istio-system}}, spec: {{hosts: [{host}], {spec}}}}}"
    )
}

/// A Gateway of plain text before a Service whose target port has a name: neither the label nor the port is known.
fn gateway() -> Mesh {
    let route = route(
        "way",
        "x.org",
        "gateways: [mesh, out], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: out.istio-system.svc.cluster.local, port: {number: 80}}}]}, {match: [{gateways: [out]}], route: [{destination: {host: x.org}}]}]",
    );
    Mesh::bare(&format!(
        "{ENTRIES}---
{{apiVersion: v1, kind: Service, metadata: {{name: out, namespace: istio-system}}, spec: {{selector: {{istio: out}}, ports: [{{port: 80, name: http2, targetPort: web}}]}}}}
---
{{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {{name: out, namespace: istio-system}}, spec: {{selector: {{istio: out}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: ['*']}}]}}}}{route}"
    ))
}

#[test]
fn a_question_that_decides_nothing_is_left_out() {
    let alternatives = alternatives(&gateway(), &query("a", "http://x.org"));
    let pods = "the pods of gateway `istio-system/out`";
    assert_eq!(
        lines(&alternatives),
        [
            format!("blocked 503 UF if {pods} have the label `security.istio.io/tlsMode: istio`"),
            format!(
                "allowed via istio-system/out x.org:80 if {pods} do not have the label `security.istio.io/tlsMode: istio`"
            ),
        ],
        "whichever container port it is, the servers of port 80 listen there"
    );
    assert_eq!(alternatives.missing, ["the Deployment behind Service `istio-system/out`"]);
    assert_eq!(alternatives.more, 0);
}

#[test]
fn the_older_of_two_objects_is_a_condition_and_creation_times_settle_it() {
    let to = |host: &str| format!("http: [{{route: [{{destination: {{host: {host}}}}}]}}]");
    let mut text = String::from(ENTRIES);
    text.push_str("---\n{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: z, namespace: istio-system}, spec: {hosts: [z.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}");
    let mesh = Mesh::bare(&format!("{text}{}{}", route("a", "z.org", &to("x.org")), route("b", "z.org", &to("y.org"))));
    let alternatives = alternatives(&mesh, &query("a", "http://z.org"));
    let (a, b) = ("VirtualService `istio-system/a`", "VirtualService `istio-system/b`");
    assert_eq!(
        lines(&alternatives),
        [format!("diverted x.org:80 if {a} is older than {b}"), format!("diverted y.org:80 if {b} is older than {a}")]
    );
    assert_eq!(
        alternatives.missing,
        [format!("the creation times of {a} and {b} (`kubectl get -o yaml` contains them)")]
    );
}

#[test]
fn answers_with_one_end_are_one_case() {
    let chosen = "http: [{route: [{destination: {host: x.org}, weight: 40}, {destination: {host: y.org, port: {number: 80}}, weight: 30}, {destination: {host: none.org}, weight: 30}]}]";
    let mesh = Mesh::bare(&format!("{ENTRIES}{}", route("split", "x.org", chosen)));
    let alternatives = alternatives(&mesh, &query("a", "http://x.org"));
    let of = "`http[0]` of VirtualService `istio-system/split` chooses destination";
    assert_eq!(
        lines(&alternatives),
        [
            format!("allowed x.org:80 if {of} `x.org`"),
            format!("diverted y.org:80 if {of} `y.org` port 80"),
            format!("blocked 503 NC if {of} `none.org`"),
        ]
    );
    assert!(alternatives.missing.is_empty(), "no document settles a weight");

    let same = chosen.replace("y.org, port: {number: 80}", "x.org");
    let mesh = Mesh::bare(&format!("{ENTRIES}{}", route("split", "x.org", &same)));
    assert_eq!(
        lines(&self::alternatives(&mesh, &query("a", "http://x.org"))),
        [format!("allowed x.org:80 if {of} `x.org`"), format!("blocked 503 NC if {of} `none.org`")]
    );
}

#[test]
fn a_case_may_be_unknown_itself() {
    let broken = "http: [{match: [{queryParams: {q: {regex: '(?i)a[0-9]b'}}}], route: [{destination: {host: x.org}}], mirrors: [{destination: {host: y.org}}]}, {route: [{destination: {host: x.org}}]}]";
    let mesh = Mesh::bare(&format!("{ENTRIES}{}", route("odd", "x.org", broken)));
    let alternatives = alternatives(&mesh, &query("a", "http://x.org/?q=a").method("POST"));
    let of = "of VirtualService `istio-system/odd`";
    assert_eq!(
        lines(&alternatives),
        [
            format!("unknown if `http[0].match[0]` {of} matches the request"),
            format!("allowed x.org:80 if `http[0].match[0]` {of} does not match the request"),
        ]
    );
    assert!(alternatives.shown[0].end.unknown[0].contains("mirrors"), "{alternatives:?}");
}

#[test]
fn many_cases_are_counted() {
    let routes: Vec<String> =
        (0..12).map(|at| format!("{{destination: {{host: h{at}.org}}, weight: {}}}", 8 + at % 2)).collect();
    let mesh = Mesh::bare(&format!(
        "{}{}",
        "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: all, namespace: istio-system}, spec: {hosts: [h0.org, h1.org, h2.org, h3.org, h4.org, h5.org, h6.org, h7.org, h8.org, h9.org, h10.org], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}}",
        route("split", "h0.org", &format!("http: [{{route: [{}]}}]", routes.join(", ")))
    ));
    let alternatives = alternatives(&mesh, &query("a", "http://h0.org"));
    assert_eq!((alternatives.shown.len(), alternatives.more), (8, 4));
}

/// More answers than can be tried: what was not tried may end otherwise.
#[test]
fn what_was_not_tried_is_one_more_case() {
    let mut hosts = vec!["x.org"; 69];
    hosts.push("y.org");
    let routes: Vec<String> =
        hosts.iter().map(|host| format!("{{destination: {{host: {host}}}, weight: 1}}")).collect();
    let mesh = Mesh::bare(&format!(
        "{ENTRIES}{}",
        route("split", "x.org", &format!("http: [{{route: [{}]}}]", routes.join(", ")))
    ));
    let alternatives = alternatives(&mesh, &query("a", "http://x.org"));
    assert_eq!(
        lines(&alternatives),
        ["allowed x.org:80 if `http[0]` of VirtualService `istio-system/split` chooses destination `x.org`"]
    );
    assert_eq!(alternatives.more, 1);
}

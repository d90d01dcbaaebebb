//! HTTP routes of a VirtualService: their matches, and the answers that they give themselves.
//! Rules: docs/istio/virtual-services.md.

use crate::mesh::{Ask, Mesh, is, query};
use crate::sidecar::{TO_Y, route, two_hosts};

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
        "  http: [{{match: [{{uri: {{regex: \"(?i)/[ab]+\"}}}}], {TO_Y}}}, {{directResponse: {{status: 502}}}}]"
    )));
    is(&mesh.from("a", "http://x.org/abc"), "unknown");
    let mesh = Mesh::bare(&one(
        "  http: [{match: [{uri: {regex: \"(?i)/[ab]+\"}}], directResponse: {status: 404}}, {directResponse: {status: 502}}]",
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
        // No field of the API any more, unlike one that a newer release may have.
        ("websocketUpgrade: true, route: [{destination: {host: y.org}}]", "diverted y.org:80"),
        ("newField: true, route: [{destination: {host: y.org}}]", "unknown"),
        (
            "route: [{destination: {host: y.org}, weight: 50}, {destination: {host: x.org}, weight: 50}]",
            "diverted y.org:80 or x.org:80",
        ),
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

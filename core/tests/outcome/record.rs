//! What a trace says beside its verdict: hops, and the places of what decided.

use crate::gateway::{HTTP, HTTPS, parts};
use crate::mesh::{Mesh, short};
use crate::sidecar::{TO_Y, route, two_hosts};

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
    assert_eq!(trace.hops[0].encryption, Some(egressc_core::api::Encryption::TlsInMtls));
    assert_eq!(trace.hops[1].encryption, Some(egressc_core::api::Encryption::Tls));
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

/// The places in `http` and the names of what decides.
fn decided(yaml: &str, url: &str) -> (String, bool, Vec<String>) {
    let trace = Mesh::bare(yaml).from("a", url);
    let of_route = trace.decided_by.iter().filter(|decision| decision.kind == "VirtualService");
    let texts = of_route.map(|decision| yaml.get(decision.span.unwrap().range()).unwrap().to_owned()).collect();
    (short(&trace), trace.has_other_deciders, texts)
}

#[test]
fn every_object_that_may_decide_is_named() {
    let by_regex = "{match: [{uri: {regex: \"(?i)/v[0-9]+\"}}], route: [{destination: {host: y.org}}]}";
    let every = "{route: [{destination: {host: y.org}}]}";
    // Both routes have no name in Envoy, and lead to one cluster: the place alone tells them apart.
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{by_regex}, {every}]"));
    let both = vec![by_regex.to_owned(), every.to_owned()];
    assert_eq!(decided(&yaml, "http://x.org/v1"), ("diverted y.org:80".to_owned(), true, both));
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{every}]"));
    assert_eq!(decided(&yaml, "http://x.org/v1"), ("diverted y.org:80".to_owned(), false, vec![every.to_owned()]));
    // An end that no way has in common with another one is unknown as before.
    let (x, y) = (by_regex.replace("y.org", "x.org"), every);
    let yaml = two_hosts() + &route("r", "'*'", &format!("  http: [{x}, {y}]"));
    assert_eq!(decided(&yaml, "http://x.org/v1").0, "unknown");
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

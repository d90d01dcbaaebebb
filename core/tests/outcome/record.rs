//! What a trace says beside its verdict: hops, and the places of what decided.

use crate::gateway::{HTTP, HTTPS, parts};
use crate::mesh::Mesh;
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

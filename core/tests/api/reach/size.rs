//! The classes of requests grow with the objects, and where there would be too many they are counted before they are made.

use std::fmt::Write;

use egressc_core::stages::load;
use egressc_core::stages::reach::Reachability;
use egressc_core::stages::universe::{Granularity, NamespaceGranularity, TooMany, Universe, UniverseInputs};
use proptest::prelude::*;

use crate::ask::{texts, values};
use crate::generate;

const MESH: &str = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY, gateways: [{name: egressgateway, namespace: istio-system, podLabels: {istio: egressgateway}, ports: [{port: 80, targetPort: 8080, class: http}]}]}}\n";

fn classes(text: &str, most: usize) -> Result<usize, TooMany> {
    let loaded = load(&texts(&[text]));
    assert!(!loaded.report.has_errors());
    let side = Reachability::new(&loaded.objects, &loaded.set.environment, None);
    let inputs = UniverseInputs { namespaces: NamespaceGranularity::Alike, ..side.universe_inputs() };
    Universe::of(&inputs, Granularity::Proof, most).map(|universe| universe.classes().count())
}

fn many(number: usize, object: impl Fn(usize) -> String) -> String {
    (0..number).fold(MESH.to_owned(), |text, n| text + &object(n))
}

fn object(kind: &str, (name, namespace): (String, &str), spec: &str) -> String {
    let group = if kind == "AuthorizationPolicy" { "security" } else { "networking" };
    format!(
        "---\n{{apiVersion: {group}.istio.io/v1, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {spec}}}\n"
    )
}

fn entry(number: usize, namespace: &str, host: &str) -> String {
    let spec = format!("{{hosts: ['{host}'], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS}}");
    object("ServiceEntry", (format!("e{number}"), namespace), &spec)
}

fn sidecar(number: usize, namespace: &str, more: &str) -> String {
    object("Sidecar", (format!("s{number}"), namespace), &format!("{{{more}egress: [{{hosts: ['./*']}}]}}"))
}

fn deny(number: usize, rule: &str) -> String {
    let spec = format!("{{selector: {{matchLabels: {{istio: egressgateway}}}}, action: DENY, rules: [{rule}]}}");
    object("AuthorizationPolicy", (format!("p{number}"), "istio-system"), &spec)
}

/// A Gateway for so many hosts, and their routes.
fn listener(number: usize) -> String {
    let text = object(
        "Gateway",
        ("egress".to_owned(), "istio-system"),
        "{selector: {istio: egressgateway}, servers: [{port: {number: 80, name: https, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}]}",
    );
    (0..number).fold(text, |text, n| {
        let host = format!("h{n}.example.com");
        let spec =
            format!("{{hosts: [{host}], gateways: [egress], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}");
        text + &entry(n, "istio-system", &host) + &object("VirtualService", (format!("v{n}"), "istio-system"), &spec)
    })
}

fn routes(number: usize, matched: impl Fn(usize) -> String) -> String {
    let routes = (0..number).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{{match: [{}], route: [{{destination: {{host: a.example.com}}}}]}}, ", matched(n));
        text
    });
    let spec = format!("{{hosts: [a.example.com], http: [{routes}]}}");
    MESH.to_owned() + &entry(0, "shop", "a.example.com") + &object("VirtualService", ("v".to_owned(), "shop"), &spec)
}

#[test]
fn classes_grow_with_the_objects() {
    let selector = |n: usize| format!("workloadSelector: {{labels: {{app: a{n}}}}}, ");
    let shapes: [(&str, &dyn Fn(usize) -> String); 8] = [
        ("hosts", &|number| many(number, |n| entry(n, "shop", &format!("h{n}.example.com")))),
        ("entries of one host", &|number| many(number, |n| entry(n, &format!("n{n}"), "a.example.com"))),
        ("Sidecars", &|number| many(number, |n| sidecar(n, "shop", &selector(n))) + &entry(0, "shop", "a.example.com")),
        ("policies", &|number| {
            many(number, |n| deny(n, &format!("{{to: [{{operation: {{paths: ['/p{n}*']}}}}]}}"))) + &listener(1)
        }),
        ("principals", &|number| {
            many(number, |n| deny(n, &format!("{{from: [{{source: {{principals: [td/ns/n{n}/sa/a]}}}}]}}")))
                + &listener(1)
        }),
        ("headers", &|number| routes(number, |n| format!("{{headers: {{x: {{exact: v{n}}}}}}}"))),
        ("labels", &|number| routes(number, |n| format!("{{sourceLabels: {{app: a{n}}}}}"))),
        ("namespaces", &|number| {
            many(number, |n| {
                let (own, host) = (format!("n{n}"), format!("h{n}.example.com"));
                entry(0, &own, &host) + &entry(1, &own, &format!("too-{host}")) + &sidecar(0, &own, "")
            })
        }),
    ];
    for (name, shape) in shapes {
        let [few, more, most] = [100, 200, 300].map(|number| classes(&shape(number), usize::MAX).unwrap());
        assert_eq!(most - more, more - few, "{name}");
    }
}

#[test]
fn too_many_classes_are_counted_and_not_made() {
    let selector = |n: usize| format!("workloadSelector: {{labels: {{app: a{n}}}}}, ");
    let hosts = || many(100, |n| entry(n, "shop", &format!("h{n}.example.com")));
    let paths = |n: usize| deny(n, &format!("{{to: [{{operation: {{paths: ['/p{n}*']}}}}]}}"));
    let principals = |n: usize| deny(n, &format!("{{from: [{{source: {{principals: [td/ns/n{n}/sa/a]}}}}]}}"));
    for text in [
        hosts() + &many(100, |n| sidecar(n, "shop", &selector(n))).replace(MESH, ""),
        hosts() + &(0..100).map(paths).collect::<String>(),
        MESH.to_owned() + &listener(100) + &(0..100).map(principals).collect::<String>(),
    ] {
        let Err(TooMany { at_least }) = classes(&text, 5_000) else { panic!("there are too many") };
        // One that is made is counted as the first that is too many.
        assert!(at_least >= 10_000, "{at_least}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_more_classes_are_counted_than_there_are(documents in generate::documents()) {
        let loaded = load(&values(&documents));
        let side = Reachability::new(&loaded.objects, &loaded.set.environment, Some(&loaded.set));
        for granularity in [Granularity::Row, Granularity::Proof] {
            let inputs = side.universe_inputs();
            let number = Universe::of(&inputs, granularity, usize::MAX).unwrap().classes().count();
            prop_assert!(Universe::of(&inputs, granularity, number).is_ok());
        }
    }
}

//! Where many namespaces have Sidecars that are alike, one row stands for the others: with the same results as a row for each.

use std::collections::BTreeMap;
use std::fmt::Write;

use egressc_core::api::Workspace;
use egressc_core::stages::load;
use egressc_core::stages::reach::{FlowOutcome, Reachability};
use egressc_core::stages::universe::{
    ClientNamespace, Granularity, NamespaceGranularity, RequestClass, Universe, UniverseInputs,
};

use crate::ask::texts;

const NAMESPACES: usize = 23;
const MESH: &str = "---\n{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY, gateways: [{name: egressgateway, namespace: istio-system, podLabels: {istio: egressgateway, security.istio.io/tlsMode: istio}, ports: [{port: 80, targetPort: 8080, class: http}]}]}}\n";

fn object(kind: &str, (name, namespace): (&str, &str), spec: &str) -> String {
    let group = if kind == "AuthorizationPolicy" { "security.istio.io" } else { "networking.istio.io" };
    let version = if kind == "EnvoyFilter" { "v1alpha3" } else { "v1" };
    format!(
        "---\n{{apiVersion: {group}/{version}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {spec}}}\n"
    )
}

fn entry(name: &str, namespace: &str, host: &str, more: &str) -> String {
    let http = "ports: [{number: 80, name: http, protocol: HTTP}]";
    let ports = if more.contains("ports:") { "" } else { http };
    object("ServiceEntry", (name, namespace), &format!("{{hosts: ['{host}'], resolution: DNS, {more}{ports}}}"))
}

/// Namespaces, each with a host of its own and a Sidecar, beside some shared hosts, one of them behind a gateway.
fn mesh(sidecar: impl Fn(usize) -> String) -> String {
    let mut text = MESH.to_owned();
    for n in 0..NAMESPACES {
        text += &entry("own", &format!("n{n:02}"), &format!("own{n:02}.example.com"), "");
        text +=
            &object("Sidecar", ("default", &format!("n{n:02}")), &format!("{{egress: [{{hosts: [{}]}}]}}", sidecar(n)));
    }
    for n in 0..3 {
        text += &entry(&format!("s{n}"), "shared", &format!("shared{n}.example.com"), "");
    }
    text += &entry("tls", "shared", "tls.example.com", "ports: [{number: 443, name: tls, protocol: TLS}], ");
    let gateway = "istio-egressgateway.istio-system.svc.cluster.local";
    let host = "shared0.example.com";
    text += &object(
        "VirtualService",
        ("out", "shared"),
        &format!(
            "{{hosts: [{host}], http: [{{route: [{{destination: {{host: {gateway}, port: {{number: 80}}}}}}]}}]}}"
        ),
    );
    text += &object(
        "Gateway",
        ("egress", "istio-system"),
        "{selector: {istio: egressgateway}, servers: [{port: {number: 80, name: https, protocol: HTTPS}, tls: {mode: ISTIO_MUTUAL}, hosts: ['*']}]}",
    );
    text += &object(
        "VirtualService",
        ("onward", "istio-system"),
        &format!("{{hosts: [{host}], gateways: [egress], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}"),
    );
    text
}

/// Objects that tell some of the namespaces apart from others.
fn extras() -> Vec<String> {
    let route = |to: &str| format!("http: [{{route: [{{destination: {{host: {to}}}}}]}}]");
    let policy = |from: &str| {
        object(
            "AuthorizationPolicy",
            (&format!("p{}", from.len()), "istio-system"),
            &format!(
                "{{selector: {{matchLabels: {{istio: egressgateway}}}}, action: DENY, rules: [{{from: [{{source: {from}}}]}}]}}"
            ),
        )
    };
    let mut tcp_for_all = String::new();
    let _ = write!(
        tcp_for_all,
        "{}",
        entry("db", "n05", "db.example.com", "ports: [{number: 80, name: tcp, protocol: TCP}], exportTo: ['.'], ")
    );
    vec![
        policy("{namespaces: [n03]}"),
        policy("{namespaces: [n1*]}"),
        policy("{principals: ['*2/sa/default']}"),
        tcp_for_all,
        entry("tls", "n06", "tls-of-six.example.com", "ports: [{number: 443, name: tls, protocol: TLS}], exportTo: ['.'], "),
        entry("mine", "n07", "shared1.example.com", "exportTo: ['.'], endpoints: [{address: elsewhere.example.com}], "),
        object("VirtualService", ("own", "n08"), &format!("{{hosts: [shared1.example.com], exportTo: ['.'], {}}}", route("shared2.example.com"))),
        object("DestinationRule", ("own", "n09"), "{host: shared1.example.com, trafficPolicy: {tls: {mode: SIMPLE}}}"),
        object("EnvoyFilter", ("own", "n10"), "{configPatches: [{applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {}}}]}"),
        object("Sidecar", ("second", "n11"), "{workloadSelector: {labels: {app: x}}, egress: [{hosts: ['*/*']}]}"),
        object("Sidecar", ("third", "n12"), "{outboundTrafficPolicy: {mode: ALLOW_ANY}, egress: [{hosts: ['./*']}]}"),
        entry("for-thirteen", "elsewhere", "db13.example.com", "ports: [{number: 443, name: tcp, protocol: TCP}], exportTo: [n13], "),
        object("VirtualService", ("wild", "shared"), &format!("{{hosts: ['*.example.com'], {}}}", route("shared2.example.com"))),
        entry("wild", "n14", "*.example.com", "exportTo: ['.'], ports: [{number: 80, name: http, protocol: HTTP}], ").replace("resolution: DNS", "resolution: NONE"),
        object("VirtualService", ("to-d", "shared"), "{hosts: [shared2.example.com], http: [{route: [{destination: {host: d.example.com, port: {number: 8080}}}]}]}")
            + &entry("d", "shared", "d.example.com", "ports: [{number: 8080, name: http, protocol: HTTP}], ")
            + &entry("d", "n15", "d.example.com", "exportTo: ['.'], endpoints: [{address: elsewhere.example.com}], ports: [{number: 8080, name: http, protocol: HTTP}], "),
        object("VirtualService", ("by-source", "shared"), "{hosts: [shared2.example.com], http: [{match: [{sourceNamespace: n16}], route: [{destination: {host: shared1.example.com}}]}, {match: [{sourceLabels: {app: till}}], route: [{destination: {host: tls.example.com, port: {number: 443}}}]}, {route: [{destination: {host: shared2.example.com}}]}]}"),
        "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: n17}, spec: {selector: {app: web}, clusterIP: 10.0.0.1, ports: [{port: 443, name: http-web}]}}\n".to_owned(),
        "---\n{apiVersion: v1, kind: Namespace, metadata: {name: n18, labels: {istio-injection: disabled}}}\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: n19, labels: {istio-injection: enabled}}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: till, namespace: n20, labels: {app: till}}, spec: {containers: [{name: c, image: i}, {name: istio-proxy, image: p, args: [proxy, sidecar]}]}}\n".to_owned(),
        entry("proxy", "n21", "proxy.example.com", "ports: [{number: 80, name: p, protocol: HTTP_PROXY}], exportTo: ['.'], "),
        entry("fixed", "n22", "fixed.example.com", "addresses: [10.9.9.9], ports: [{number: 443, name: tls, protocol: TLS}], exportTo: ['.'], ")
            + &entry("fixed", "shared", "fixed-too.example.com", "addresses: [10.9.9.9], ports: [{number: 443, name: tls, protocol: TLS}], "),
    ]
}

/// What becomes of the requests of a class, without what names a namespace.
fn words(outcome: &FlowOutcome) -> String {
    let FlowOutcome { verdict, gateway, gateway_port, to_gateway, to_host, unverified, .. } = outcome;
    let FlowOutcome { reached, also_reached, status, response_flags, unknown, assumed, .. } = outcome;
    format!(
        "{verdict:?} {gateway:?} {gateway_port:?} {to_gateway:?} {to_host:?} {unverified:?} {reached:?} {also_reached:?} {status:?} {response_flags:?} {unknown:?} {assumed:?}"
    )
}

/// For each destination and kind of workload, the results with the numbers of namespaces that have them; and how many classes
/// stand for several.
fn results(
    text: &str,
    namespaces: NamespaceGranularity,
    granularity: Granularity,
) -> (BTreeMap<RequestClass, BTreeMap<String, usize>>, usize) {
    let loaded = load(&texts(&[text]));
    assert!(
        !loaded.report.has_errors(),
        "{:?}",
        loaded.report.sorted().iter().map(|found| &found.message).collect::<Vec<_>>()
    );
    let side = Reachability::new(&loaded.objects, &loaded.set.environment, None);
    let inputs = UniverseInputs { namespaces, ..side.universe_inputs() };
    let universe = Universe::of(&inputs, granularity, usize::MAX).expect("few classes");
    let number = universe.classes().count();
    assert!(Universe::of(&inputs, granularity, number).is_ok(), "more classes are counted than there are\n{text}");
    let (mut found, mut alike): (BTreeMap<RequestClass, BTreeMap<String, usize>>, usize) = (BTreeMap::new(), 0);
    for (class, members) in universe.classes() {
        let others = class.client.namespace.others();
        alike = usize::saturating_add(alike, usize::from(others > 0));
        let mut of_any = class.clone();
        of_any.client.namespace = ClientNamespace::AnyOther;
        let number = found.entry(of_any).or_default().entry(words(&side.outcome(class, members))).or_default();
        *number = number.saturating_add(others).saturating_add(1);
    }
    (found, alike)
}

/// Compares the results, and returns how many classes stand for several.
#[track_caller]
fn are_the_same(text: &str, granularity: Granularity) -> usize {
    let (each, none) = results(text, NamespaceGranularity::Each, granularity);
    let (together, alike) = results(text, NamespaceGranularity::Alike, granularity);
    assert_eq!(none, 0);
    for (class, of_each) in &each {
        assert_eq!(together.get(class), Some(of_each), "{class:?}\n{text}");
    }
    assert_eq!(each.len(), together.len());
    alike
}

/// What each Sidecar imports.
const SIDECARS: [fn(usize) -> String; 5] = [
    |_| "./*".to_owned(),
    |_| "./*, shared/*".to_owned(),
    |_| "'*/*'".to_owned(),
    |_| "./*, elsewhere/*".to_owned(),
    |n| if n % 6 == 0 { "./*, shared/shared1.example.com".to_owned() } else { "./*".to_owned() },
];

#[test]
fn one_namespace_stands_for_those_that_are_alike() {
    for sidecar in SIDECARS {
        for granularity in [Granularity::Row, Granularity::Proof] {
            assert!(are_the_same(&mesh(sidecar), granularity) > 20);
        }
    }
}

#[test]
fn what_an_object_tells_apart_has_its_own_result() {
    for extra in extras() {
        for sidecar in SIDECARS {
            are_the_same(&(mesh(sidecar) + &extra), Granularity::Row);
        }
    }
    are_the_same(&(mesh(SIDECARS[1]) + &extras().concat()), Granularity::Row);
}

#[test]
fn rows_grow_with_the_namespaces_and_not_with_their_square() {
    let rows = |number: usize| {
        let mut text = MESH.to_owned();
        for n in 0..number {
            text += &entry("own", &format!("n{n}"), &format!("own{n}.example.com"), "");
            text += &object("Sidecar", ("default", &format!("n{n}")), "{egress: [{hosts: [./*]}]}");
        }
        Workspace::load(&texts(&[&text])).reach(None).unwrap().flows
    };
    let (few, many) = (rows(50), rows(200));
    assert_eq!((few.len(), many.len()), (50 * 3, 200 * 3));
    let others = many.iter().find(|flow| flow.from.other_namespaces > 0).expect("one stands for others");
    assert_eq!(others.from.other_namespaces, 198);
    assert_eq!(others.from.description, "any other workload in n1 and in 198 other namespaces with such a Sidecar");
}

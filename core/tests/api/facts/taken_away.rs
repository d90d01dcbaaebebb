//! The law: to take a document of facts away makes a verdict unknown, or leaves it as it was; it never makes another certain
//! one. An answer may rest on an assumption about the client, and then says so.
//!
//! `FACT_SETS=10000 cargo test -p egressc-core --test api facts_are_not_absent` asks more sets.

use std::collections::BTreeMap;

use egressc_core::api::{Source, Trace, Verdict, Workspace};

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap().checked_rem(below).unwrap()
    }

    fn one<'o>(&mut self, options: &[&'o str]) -> &'o str {
        options[self.roll(options.len())]
    }
}

/// A document, and how an answer without it calls what it says of the client.
type Fact = (String, Option<&'static str>);

fn facts(dice: &mut Dice) -> Vec<Fact> {
    let mode = dice.one(&["REGISTRY_ONLY", "REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS"]);
    let capture = dice.one(&["true", "false", "false"]);
    let interception = dice.one(&["", "", "interceptionMode: REDIRECT, ", "interceptionMode: NONE, "]);
    let mesh = format!(
        "{{outboundTrafficPolicy: {{mode: {mode}}}, defaultConfig: {{{interception}proxyMetadata: {{ISTIO_META_DNS_CAPTURE: \"{capture}\"}}}}}}"
    );
    let kept = dice.roll(5);
    let mesh = match kept {
        0 => format!(
            "{{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {{name: i}}, spec: {{meshConfig: {mesh}}}}}"
        ),
        1 => format!("{{meshConfig: {mesh}}}"),
        2 => format!(
            "{{apiVersion: sailoperator.io/v1, kind: Istio, metadata: {{name: default}}, spec: {{values: {{meshConfig: {mesh}}}}}}}"
        ),
        3 => format!(
            "{{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {{name: m}}, spec: {{outboundTrafficPolicy: {mode}, dnsCapture: {capture}}}}}"
        ),
        _ => format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio, namespace: istio-system}}, data: {{mesh: '{mesh}'}}}}"
        ),
    };
    let labels = dice.one(&[
        "istio-injection: enabled",
        "istio-injection: disabled",
        "istio.io/rev: default",
        "istio.io/dataplane-mode: ambient",
        "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: w",
        "a: b",
    ]);
    let annotations = dice.one(&[
        "a: b",
        "a: b",
        "traffic.sidecar.istio.io/excludeOutboundPorts: '443'",
        "traffic.sidecar.istio.io/excludeOutboundIPRanges: 0.0.0.0/0",
        "traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8",
        "sidecar.istio.io/interceptionMode: NONE",
        "proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: \"true\"}'",
    ]);
    let on_pod = dice.one(&[
        "x: y",
        "sidecar.istio.io/inject: 'true'",
        "sidecar.istio.io/inject: 'false'",
        "istio.io/dataplane-mode: none",
    ]);
    let protocol = dice.one(&["http", "http", "tcp", "https"]);
    let number = dice.one(&["80", "443", "9000"]);
    let gateway = dice.one(&["security.istio.io/tlsMode: istio", "a: b"]);
    let all = [
        (mesh, (kept != 3 && !interception.is_empty()).then_some("the mesh config")),
        (format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}"), Some("its namespace")),
        (format!("{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{labels: {{app: cart, {on_pod}}}, annotations: {{{annotations}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}}}"), Some("its workload")),
        (format!("{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: c, namespace: shop}}, spec: {{environmentVariables: {{ISTIO_META_DNS_CAPTURE: '{capture}'}}}}}}"), Some("")),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-sidecar-injector, namespace: istio-system}, data: {values: '{\"global\": {\"proxy\": {\"excludeOutboundPorts\": \"9000\"}}}'}}".to_owned(), Some("the injector's values")),
        (format!("{{apiVersion: v1, kind: Service, metadata: {{name: backend, namespace: shop}}, spec: {{selector: {{app: backend}}, ports: [{{name: {protocol}, port: {number}}}]}}}}"), None),
        ("{apiVersion: v1, kind: Service, metadata: {name: out, namespace: istio-system}, spec: {selector: {istio: out}, ports: [{name: http2, port: 80, targetPort: http2}]}}".to_owned(), None),
        (format!("{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: out, namespace: istio-system}}, spec: {{template: {{metadata: {{labels: {{istio: out, {gateway}}}, annotations: {{inject.istio.io/templates: gateway}}}}, spec: {{containers: [{{name: istio-proxy, image: auto, ports: [{{name: http2, containerPort: 8080}}]}}]}}}}}}}}"), None),
    ];
    // Values that say otherwise than the injector's ConfigMap would be of another world.
    let is_possible = |(text, _): &Fact| kept > 2 || !text.contains("istio-sidecar-injector");
    all.into_iter().filter(is_possible).filter(|_| dice.roll(4) > 0).collect()
}

/// Istio's own objects, which are complete.
fn objects(dice: &mut Dice) -> Vec<String> {
    let (port, protocol) =
        [("80", "HTTP"), ("443", "TLS"), ("443", "HTTPS"), ("9000", "TCP"), ("80", "TCP"), ("9000", "HTTP")]
            [dice.roll(6)];
    let addresses = dice.one(&["", "", "addresses: [203.0.113.9], ", "addresses: [10.9.0.0/16], "]);
    let resolution = if addresses.contains('/') { "NONE" } else { dice.one(&["DNS", "DNS", "NONE"]) };
    let to = dice.one(&[
        "api.example.com",
        "backend",
        "backend.shop.svc.cluster.local",
        "missing",
        "out.istio-system.svc.cluster.local",
    ]);
    let hosts = dice.one(&["./*", "*/*", "istio-system/*"]);
    let outbound = dice.one(&[
        "",
        "",
        ", outboundTrafficPolicy: {mode: ALLOW_ANY}",
        ", outboundTrafficPolicy: {mode: REGISTRY_ONLY}",
    ]);
    let all = [
        format!("{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: api, namespace: shop}}, spec: {{hosts: [api.example.com], {addresses}resolution: {resolution}, ports: [{{number: {port}, name: p, protocol: {protocol}}}]}}}}"),
        "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: web, namespace: istio-system}, spec: {hosts: [web.example.com], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]}}".to_owned(),
        format!("{{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {{name: way, namespace: shop}}, spec: {{hosts: [web.example.com], http: [{{route: [{{destination: {{host: {to}, port: {{number: 80}}}}}}]}}]}}}}"),
        format!("{{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {{name: default, namespace: shop}}, spec: {{egress: [{{hosts: [{hosts}]}}]{outbound}}}}}"),
        "{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: out, namespace: istio-system}, spec: {selector: {istio: out}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [web.example.com]}]}}".to_owned(),
    ];
    all.into_iter().filter(|_| dice.roll(5) > 0).collect()
}

const REQUESTS: [&str; 9] = [
    "shop,app=cart -> http://api.example.com",
    "shop,app=cart -> https://api.example.com",
    "shop,app=cart -> http://web.example.com",
    "shop,app=cart -> https://other.example.com",
    "shop,app=cart -> http://other.example.com",
    "shop,app=cart -> tcp://other.example.com:9000",
    "shop,app=cart -> http://other.example.com:9000",
    "shop,app=cart -> http://backend.shop.svc.cluster.local",
    "other -> https://203.0.113.9",
];

fn traces(documents: impl Iterator<Item = String>) -> Vec<Option<Trace>> {
    let sources: Vec<Source> =
        documents.enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), text)).collect();
    let workspace = Workspace::load(&sources);
    REQUESTS.iter().map(|asked| workspace.trace(&asked.parse().unwrap(), None).unwrap().trace).collect()
}

/// What a request comes to, without the way.
fn end(trace: &Trace) -> (Verdict, Option<String>, Option<String>) {
    let reached = trace.reached.as_ref().map(|reached| format!("{}:{} {}", reached.host, reached.port, reached.tls));
    // A request that is blocked at a gateway or before it is blocked.
    (trace.verdict, reached, trace.gateway.clone().filter(|_| trace.verdict != Verdict::Blocked))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how many sets are asked is not an input of the core")]
fn facts_are_not_absent_where_they_are_not_given() {
    let sets: u64 = std::env::var("FACT_SETS").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..sets {
        let mut dice = Dice(number);
        let (facts, objects) = (facts(&mut dice), objects(&mut dice));
        let all = traces(facts.iter().map(|(text, _)| text.clone()).chain(objects.iter().cloned()));
        for (taken, (text, called)) in facts.iter().enumerate() {
            let rest = facts.iter().enumerate().filter(|(at, _)| *at != taken).map(|(_, (text, _))| text.clone());
            let less = traces(rest.chain(objects.iter().cloned()));
            for ((question, with), without) in REQUESTS.iter().zip(&all).zip(&less) {
                let (Some(with), Some(without)) = (with, without) else { continue };
                if with.verdict == Verdict::Unknown {
                    continue;
                }
                let is_said = called.is_some_and(|called| without.assumed.iter().any(|said| said.contains(called)));
                let kind = match (without.verdict, end(with) == end(without)) {
                    (Verdict::Unknown, _) => "unknown",
                    (_, true) => "the same",
                    _ if is_said => "assumed",
                    _ => panic!(
                        "set {number}: {question}: {:?} becomes {:?} without\n{text}\n\nof\n{}\n{}",
                        end(with),
                        end(without),
                        facts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n---\n"),
                        objects.join("\n---\n"),
                    ),
                };
                *compared.entry(kind).or_default() += 1;
            }
        }
    }
    for kind in ["unknown", "the same", "assumed"] {
        assert!(compared.get(kind).is_some_and(|count| *count > 50), "{compared:?}");
    }
}

/// The injector leaves kube-system alone, and ztunnel does not: labels decide, of the namespace and of the pod.
#[test]
fn a_pod_that_is_never_injected_may_be_in_ambient_mode() {
    const MESH: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}}";
    const LABELLED: &str =
        "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system, labels: {istio.io/dataplane-mode: ambient}}}";
    const CART: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: cart, namespace: kube-system}, spec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: x}]}}}}";
    let assumed = |documents: &[&str]| {
        let sources: Vec<Source> =
            documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
        let asked = "kube-system,app=cart -> http://api.example.com".parse().unwrap();
        Workspace::load(&sources).trace(&asked, None).unwrap().trace.unwrap().assumed
    };
    assert_eq!(assumed(&[MESH, LABELLED, CART]), Vec::<String>::new());
    assert_eq!(assumed(&[MESH, CART]), ["the client is taken to have no sidecar: no document describes its namespace"]);
    assert_eq!(
        assumed(&[MESH, LABELLED]),
        ["the client is taken to be in ambient mode: no document describes its workload"]
    );
}

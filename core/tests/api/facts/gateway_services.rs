//! What is known of a gateway's Service, its ports and its pods, and what Istio makes of it.

use egressc_core::api::Verdict;
use egressc_core::api::{ClientPath, Diagnostic, Trace, TraceRequest, trace};
use proptest::prelude::*;
use serde_json::Value;

use crate::ask::{self, checked, compiled};
use crate::generate::facts;

const POLICY: &str = policy!(
    "egressgateway-a",
    "  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {name: plain, hosts: [www.httpbin.org], port: {number: 80, protocol: HTTP}, byEgressGateway: {port: 80}}
"
);
const MESH: &str = concat!(
    mesh!("egressgateway-a", "{port: 80, targetPort: 8080, class: http}", "{port: 443, targetPort: 8443, class: tls}"),
    "    service: istio-egressgateway-a\n  namespaces:\n  - {name: mytest, injection: true}\n"
);
const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec:
  clusterIP: 10.96.0.20
  selector: {istio: egressgateway-a}
  ports:
  - {port: 80, targetPort: 8080, name: https-80, protocol: TCP}
  - {port: 443, targetPort: 8443, name: https-443, protocol: TCP}
";
const OTHER: &str = "
apiVersion: v1
kind: Service
metadata: {name: aaa, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  ports:
  - {port: 80, targetPort: 9999, name: https-80, protocol: TCP}
";

fn said(texts: &[&str]) -> Vec<Diagnostic> {
    checked(ask::texts(texts)).diagnostics
}

/// Codes, and all words of the first.
fn codes(texts: &[&str]) -> (Vec<String>, String) {
    let said = said(texts);
    let words = said.first().map(|first| {
        let rest = first.notes.iter().chain(&first.help).cloned();
        [first.message.clone()].into_iter().chain(rest).collect::<Vec<_>>().join("; ")
    });
    (said.into_iter().map(|each| each.code).collect(), words.unwrap_or_default())
}

fn asked(texts: &[&str]) -> Trace {
    let ask = Some("mytest,app=sleep-a -> http://www.httpbin.org".to_owned());
    let answer = trace(&TraceRequest { sources: ask::texts(texts), ask, ..TraceRequest::default() }).unwrap();
    answer.trace.unwrap_or_else(|| panic!("{:#?}", answer.diagnostics))
}

fn is_blocked(texts: &[&str]) {
    let trace = asked(texts);
    assert_eq!((trace.verdict, trace.status), (Verdict::Blocked, Some(503)), "{trace:#?}");
}

fn is_refused(texts: &[&str], words: &[&str]) {
    let (codes, said) = codes(texts);
    assert_eq!(codes, ["EGR0621"], "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

fn is_fine(texts: &[&str]) {
    assert_eq!(codes(texts), (Vec::new(), String::new()));
    assert_eq!(asked(texts).verdict, Verdict::Allowed);
}

#[test]
fn an_ordinary_service_is_fine() {
    is_fine(&[POLICY, MESH]);
    is_fine(&[POLICY, MESH, SERVICE]);
}

/// own-06.
#[test]
fn a_service_that_clients_do_not_see_is_refused() {
    let exported = |to: &str| {
        let annotation = format!("namespace: istio-system, annotations: {{networking.istio.io/exportTo: '{to}'}}}}");
        SERVICE.replace("namespace: istio-system}", &annotation)
    };
    for to in [".", "~", "other, .", "istio-system"] {
        let texts = [POLICY, MESH, &exported(to)];
        is_blocked(&texts);
        is_refused(&texts, &["is not exported to namespace `mytest`", "the response is 503"]);
    }
    for to in ["*", "", "mytest", "., mytest"] {
        is_fine(&[POLICY, MESH, &exported(to)]);
    }
}

/// own-07.
#[test]
fn the_oldest_service_of_the_pods_decides_where_they_listen() {
    let made = |text: &str, year: u16| {
        text.replace(
            "namespace: istio-system}",
            &format!("namespace: istio-system, creationTimestamp: '{year}-01-01T00:00:00Z'}}"),
        )
    };
    let older = [POLICY, MESH, &made(SERVICE, 2024), &made(OTHER, 2020)];
    is_blocked(&older);
    is_refused(&older, &["Service `aaa` also selects the pods", "listens on container port 9999", "match only 8080"]);
    is_fine(&[POLICY, MESH, &made(SERVICE, 2020), &made(OTHER, 2024)]);
    // Without times either may be the older one, and in one case a stranger gets in.
    let ageless = [POLICY, MESH, SERVICE, OTHER];
    let trace = asked(&ageless);
    assert_eq!(trace.verdict, Verdict::Unknown);
    assert!(trace.unknown.iter().any(|why| why.contains("no creation times")), "{:?}", trace.unknown);
    is_refused(&ageless, &["Service `aaa`", "may listen on container port 9999", "creationTimestamp"]);
    // Who is not asked anyway is let through by nothing.
    let off = MESH.replace("podLabels", "authorization: 'off'\n    podLabels");
    assert_eq!(codes(&[POLICY, &off, SERVICE, OTHER]).0, ["EGR0622"]);
    // Where both lead to one container port, no age matters.
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("9999", "8080")]);
    // Other pods, other namespaces, no pods.
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("egressgateway-a", "ingressgateway")]);
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("istio: egress", "app: egress")]);
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("istio-system", "other")]);
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("{istio: egressgateway-a}", "{}")]);
    // One that has no say.
    let label = "labels: {experimental.istio.io/disable-gateway-port-translation: 'true'}, namespace";
    is_fine(&[POLICY, MESH, SERVICE, &OTHER.replace("namespace", label)]);
    let none = [POLICY, MESH, &SERVICE.replace("namespace", label)];
    is_blocked(&none);
    is_refused(&none, &["disable-gateway-port-translation", "listens on container port 80"]);
}

/// own-10.
#[test]
fn a_headless_service_leads_past_the_gateway() {
    let texts = [POLICY, MESH, &SERVICE.replace("10.96.0.20", "None")];
    is_blocked(&texts);
    assert!(asked(&texts).notes.iter().any(|note| note.contains("connects to `www.httpbin.org` directly")));
    is_refused(&texts, &["is headless", "bypasses the gateway"]);
}

/// own-12 and own-13.
#[test]
fn ports_that_istio_keeps_are_refused() {
    for protocol in ["HTTP", "TLS", "TCP"] {
        for port in [15001, 15006, 15021, 15090] {
            let policy = POLICY.replace("80, protocol: HTTP", &format!("{port}, protocol: {protocol}"));
            let through = if protocol == "HTTP" { 80 } else { 443 };
            let policy = policy.replace("{port: 80}", &format!("{{port: {through}}}"));
            assert!(codes(&[&policy, MESH]).0.contains(&"EGR0439".to_owned()), "{protocol} {port}");
        }
    }
    for port in [15000, 15008, 15020, 15053, 15443] {
        let policy = POLICY.replace("80, protocol: HTTP", &format!("{port}, protocol: HTTP"));
        assert_eq!(codes(&[&policy, MESH]).0, [""; 0], "{port}");
    }
    let kept = MESH.replace("8080", "15021");
    is_refused(&[POLICY, &kept], &["container port 15021, which is reserved by Istio"]);
}

/// own-17.
#[test]
fn namespaces_that_are_never_injected_have_no_sidecars() {
    let labelled = "
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {istio-injection: enabled}}
";
    let policy = POLICY.replace("mytest", "kube-system");
    for texts in [vec![policy.as_str(), MESH], vec![policy.as_str(), MESH, labelled]] {
        assert_eq!(codes(&texts).0, ["EGR0407"]);
        let ask = Some("kube-system,app=sleep-a -> http://www.httpbin.org".to_owned());
        let request = TraceRequest { sources: ask::texts(&texts), ask, ..TraceRequest::default() };
        assert_eq!(trace(&request).unwrap().trace.unwrap().query.from.path, ClientPath::None);
    }
}

/// own-18.
#[test]
fn of_two_ports_with_one_container_port_istio_keeps_the_first() {
    let policy = format!(
        "{POLICY}    - {{hosts: [b.example.com], port: {{number: 80, protocol: HTTP}}, byEgressGateway: {{port: 8081}}}}\n"
    );
    let more = "{port: 8081, targetPort: 8080, class: http}";
    let mesh = MESH.replace("    - {port: 443", &format!("    - {more}\n    - {{port: 443"));
    let ask = Some("mytest,app=sleep-a -> http://b.example.com".to_owned());
    let request = TraceRequest { sources: ask::texts(&[&policy, &mesh]), ask, ..TraceRequest::default() };
    let second = trace(&request).unwrap().trace.unwrap();
    assert_eq!((second.verdict, second.status), (Verdict::Blocked, Some(503)));
    assert_eq!(asked(&[&policy, &mesh]).verdict, Verdict::Allowed);
    is_refused(&[&policy, &mesh], &["ports 8081 and 80", "listens on container port 8081", "match only 8080"]);
    // One that no policy uses harms only where it stands first.
    is_fine(&[POLICY, &mesh]);
    let first = MESH.replace("    - {port: 80,", &format!("    - {more}\n    - {{port: 80,"));
    is_blocked(&[POLICY, &first]);
    is_refused(&[POLICY, &first], &["ports 80 and 8081", "listens on container port 80"]);
    // Of another protocol it is kept beside it.
    is_fine(&[
        POLICY,
        &first.replace(
            "targetPort: 8080, class: http}\n    - {port: 80",
            "targetPort: 8080, class: tls}\n    - {port: 80",
        ),
    ]);
    // The Service's own order counts, and what its ports are called.
    let service = |names: [&str; 2]| {
        let port = |port, name| format!("  - {{port: {port}, targetPort: 8080, name: {name}}}\n");
        let ports = port(8081, names[0]) + &port(80, names[1]);
        SERVICE.replace("  - {port: 80, targetPort: 8080, name: https-80, protocol: TCP}\n", &ports)
    };
    is_refused(&[POLICY, MESH, &service(["http-a", "http-b"])], &["listens on container port 80"]);
    is_fine(&[POLICY, MESH, &service(["http-a", "http2-b"])]);
}

#[test]
fn a_service_without_the_port_is_refused() {
    let udp = [POLICY, MESH, &SERVICE.replace("https-80, protocol: TCP", "https-80, protocol: UDP")];
    is_blocked(&udp);
    assert!(codes(&udp).0.contains(&"EGR0621".to_owned()));
    let missing = [POLICY, MESH, &SERVICE.replace("port: 80,", "port: 81,")];
    is_blocked(&missing);
    assert!(codes(&missing).0.contains(&"EGR0621".to_owned()));
    let name = SERVICE.replace("spec:\n", "spec:\n  type: ExternalName\n  externalName: elsewhere.example\n");
    is_refused(&[POLICY, MESH, &name], &["is only an alias of another host"]);
}

#[test]
fn a_service_of_the_callers_node_is_a_warning() {
    let texts = [POLICY, MESH, &SERVICE.replace("spec:\n", "spec:\n  internalTrafficPolicy: Local\n")];
    assert_eq!(asked(&texts).verdict, Verdict::Unknown);
    let (codes, words) = codes(&texts);
    assert_eq!(codes, ["EGR0622"]);
    assert!(words.contains("only pods on the caller's node"), "{words}");
}

#[test]
fn gateways_that_istio_cannot_tell_apart_are_refused() {
    let second = POLICY.replace("egressgateway-a", "egressgateway-b").replace("httpbin.org", "example.com");
    let mesh = |extra: &str| {
        MESH.replace(
            "  namespaces:",
            &format!(
                "  - name: egressgateway-b\n    {extra}\n    ports: [{{port: 80, targetPort: 8080}}]\n  namespaces:"
            ),
        )
    };
    let texts = |mesh: &str| codes(&[POLICY, &second, mesh]).0;
    assert_eq!(texts(&mesh("podLabels: {istio: egressgateway-b, security.istio.io/tlsMode: istio}")), [""; 0]);
    assert_eq!(
        texts(&mesh(
            "service: istio-egressgateway-a\n    podLabels: {istio: egressgateway-b, security.istio.io/tlsMode: istio}"
        )),
        ["EGR0411"]
    );
    assert_eq!(texts(&mesh("podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}")), ["EGR0412"]);
    assert_eq!(
        texts(&mesh("podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}\n    namespace: egress")),
        ["EGR0412"]
    );
    // Whether policies name the second one or not.
    assert_eq!(
        codes(&[POLICY, &mesh("podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}")]).0,
        ["EGR0412"]
    );
    assert_eq!(codes(&[POLICY, &mesh("service: istio-egressgateway-a")]).0, ["EGR0411"]);
}

#[test]
fn short_names_of_services_are_no_external_hosts() {
    let of = |host: &str, more: &str| {
        let policy = POLICY.replace("www.httpbin.org", host);
        codes(&[&policy, MESH, more]).0
    };
    let nothing = "";
    for host in ["kubernetes.default", "httpbin.mytest", "istio-egressgateway-a.istio-system", "kube-dns.kube-system"] {
        assert_eq!(of(host, nothing), ["EGR0425"], "{host}");
    }
    // Domains that are called like namespaces, and namespaces like domains.
    let namespaces = "
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: io, labels: {istio-injection: enabled}}
";
    for host in ["api.io", "web.dev", "example.com", "mytest.org"] {
        assert_eq!(of(host, namespaces), [""; 0], "{host}");
    }
    let service = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: dev}
spec: {selector: {app: web}, ports: [{port: 80}]}
";
    assert_eq!(of("web.dev", service), ["EGR0425"]);
    assert_eq!(of("api.dev", service), [""; 0]);
}

/// What the policies compile to is never blamed for odd facts: they are named.
fn holds(documents: &[Value]) -> Result<bool, TestCaseError> {
    let response = compiled(ask::values(documents));
    let ours: Vec<String> = response
        .diagnostics
        .iter()
        .filter(|each| each.code.starts_with("EGR05") || each.code == "EGR0001")
        .map(|each| format!("{}: {}", each.code, each.message))
        .collect();
    prop_assert!(ours.is_empty(), "{ours:#?}\n{}", Value::Array(documents.to_vec()));
    Ok(response.ok)
}

proptest! {
    // 256 sets, or as many as PROPTEST_CASES says.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn odd_facts_are_never_called_a_bug_of_ours(documents in facts::documents()) {
        holds(&documents)?;
    }
}

#[test]
fn generated_facts_are_sometimes_right() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let trees = (0..300).map(|_| facts::documents().new_tree(&mut runner).unwrap().current());
    let right = trees.filter(|documents| holds(documents).unwrap()).count();
    // A law over sets that are all refused would say little.
    assert!(right > 30, "{right} of 300 compile");
}

//! How the traffic of a workload leaves its pod: each switch of Istio's injector, its iptables program, its CNI plugin and
//! its mesh config that the table in `docs/istio/data-plane.md` lists.

use egressc_core::api::{Query, Source, Trace, TraceRequest, Verdict, trace};

pub(super) const REGISTRY_ONLY: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}
";

/// What becomes of a request, by documents alone.
pub(super) fn verdict(documents: &[&str], question: &str) -> (Verdict, Vec<String>) {
    let trace = traced(documents, question);
    (trace.verdict, trace.unknown)
}

pub(super) fn notes(documents: &[&str], question: &str) -> Vec<String> {
    traced(documents, question).notes
}

fn traced(documents: &[&str], question: &str) -> Trace {
    let sources = documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
    let query: Query = question.parse().unwrap();
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics))
}

/// A Deployment of `shop` with labels `app: cart`; `metadata` and `spec` are of its pods.
pub(super) fn pods(metadata: &str, spec: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: cart}}}}
  template:
    metadata: {{labels: {{app: cart, sidecar.istio.io/inject: 'true'}}, {metadata}}}
    spec: {{containers: [{{name: c, image: x}}], {spec}}}
"
    )
}

pub(super) fn annotated(annotations: &str) -> String {
    pods(&format!("annotations: {{{annotations}}}"), "")
}

pub(super) fn asked(documents: &[&str], url: &str) -> Verdict {
    verdict(documents, &format!("shop,app=cart -> {url}")).0
}

/// The verdict for an unknown host at ports 443 and 8443, and for two addresses at 443.
fn captured(annotations: &str) -> [Verdict; 4] {
    let pods = annotated(annotations);
    ["https://free.example.org", "https://free.example.org:8443", "https://10.1.2.3", "https://192.0.2.7"]
        .map(|url| asked(&[REGISTRY_ONLY, &pods], url))
}

#[test]
fn annotations_that_change_capture_are_read_in_the_order_of_iptables() {
    use Verdict::{Allowed, Blocked, Unknown};
    const T: &str = "traffic.sidecar.istio.io";
    let rows: [(String, [Verdict; 4]); 20] = [
        ("a: b".to_owned(), [Blocked; 4]),
        (format!("{T}/excludeOutboundPorts: '443'"), [Allowed, Blocked, Allowed, Allowed]),
        (format!("{T}/excludeOutboundPorts: '25, 8443'"), [Blocked, Allowed, Blocked, Blocked]),
        (format!("{T}/excludeOutboundPorts: ''"), [Blocked; 4]),
        (format!("{T}/excludeOutboundIPRanges: 0.0.0.0/0"), [Allowed; 4]),
        (format!("{T}/excludeOutboundIPRanges: 10.0.0.0/8"), [Unknown, Unknown, Allowed, Blocked]),
        (format!("{T}/includeOutboundIPRanges: '*'"), [Blocked; 4]),
        (format!("{T}/includeOutboundIPRanges: ''"), [Allowed; 4]),
        (format!("{T}/includeOutboundIPRanges: 10.0.0.0/8"), [Unknown, Unknown, Blocked, Allowed]),
        // A port that is included is captured at every address that is not excluded.
        (
            format!("{T}/includeOutboundIPRanges: '', {T}/includeOutboundPorts: '443'"),
            [Blocked, Allowed, Blocked, Blocked],
        ),
        (
            format!("{T}/excludeOutboundIPRanges: 10.0.0.0/8, {T}/includeOutboundPorts: '443'"),
            [Unknown, Unknown, Allowed, Blocked],
        ),
        ("sidecar.istio.io/interceptionMode: NONE".to_owned(), [Allowed; 4]),
        ("sidecar.istio.io/interceptionMode: TPROXY".to_owned(), [Blocked; 4]),
        ("proxy.istio.io/config: 'interceptionMode: NONE'".to_owned(), [Allowed; 4]),
        // Istio refuses such a pod, and what runs instead is not known.
        (format!("{T}/excludeOutboundPorts: https"), [Unknown; 4]),
        // Istio takes it for 8443, and iptables for a number with eight digits.
        (format!("{T}/excludeOutboundPorts: '08443'"), [Unknown; 4]),
        ("proxy.istio.io/config: 'proxyMetadata: {ISTIO_META_DNS_CAPTURE: true}'".to_owned(), [Unknown; 4]),
        (format!("{T}/excludeInterfaces: eth1"), [Unknown; 4]),
        // The rule for an excluded port is the first of all.
        (format!("{T}/excludeInterfaces: eth1, {T}/excludeOutboundPorts: '443'"), [Allowed, Unknown, Allowed, Allowed]),
        // A name may have addresses of the other family.
        (format!("{T}/excludeOutboundIPRanges: '::/0'"), [Unknown, Unknown, Blocked, Blocked]),
    ];
    for (annotations, expected) in rows {
        assert_eq!(captured(&annotations), expected, "{annotations}");
    }
    for address in ["127.0.0.1:8080", "127.0.0.5", "[::1]:8080"] {
        assert_eq!(asked(&[REGISTRY_ONLY, &annotated("a: b")], &format!("http://{address}/")), Unknown, "{address}");
    }
}

#[test]
fn settings_that_are_not_followed_make_the_client_unknown() {
    let rows = [
        annotated("sidecar.istio.io/bootstrapOverride: own"),
        annotated("proxy.istio.io/config: 'discoveryAddress: istiod.other.svc:15012'"),
        annotated("proxy.istio.io/config: '{'"),
        annotated("proxy.istio.io/config: 'proxyMetadata: {ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: \"101\"}'"),
        pods("a: b", "securityContext: {runAsUser: 1337}"),
        pods("a: b", "initContainers: [{name: i, image: x, securityContext: {runAsGroup: 1337}}]"),
    ];
    for pods in rows {
        let (verdict, why) = verdict(&[REGISTRY_ONLY, &pods], "shop,app=cart -> https://free.example.org");
        assert_eq!((verdict, why.len()), (Verdict::Unknown, 1), "{pods}\n{why:?}");
        assert_eq!(
            asked(&[REGISTRY_ONLY, &pods.replace("app: cart", "app: other")], "https://free.example.org"),
            Verdict::Blocked
        );
    }
}

#[test]
fn the_values_of_the_injector_hold_where_a_pod_says_nothing() {
    let values = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-sidecar-injector, namespace: istio-system}, data: {values: '{\"global\": {\"proxy\": {\"excludeOutboundPorts\": \"443\"}}}'}}";
    let plain = annotated("a: b");
    let own = annotated("traffic.sidecar.istio.io/excludeOutboundPorts: '25'");
    assert_eq!(asked(&[REGISTRY_ONLY, values, &plain], "https://free.example.org"), Verdict::Allowed);
    assert_eq!(asked(&[REGISTRY_ONLY, values, &own], "https://free.example.org"), Verdict::Blocked);
    assert_eq!(
        asked(&[REGISTRY_ONLY, values], "https://free.example.org"),
        Verdict::Allowed,
        "of no described workload"
    );
    assert_eq!(asked(&[REGISTRY_ONLY, &plain], "https://free.example.org"), Verdict::Blocked);
    // A pod that was injected already has them as arguments.
    let injected = pods(
        "a: b",
        "initContainers: [{name: istio-init, image: x, args: [istio-iptables, '-i', '*', '-o', '443']}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]",
    );
    assert_eq!(asked(&[REGISTRY_ONLY, &injected], "https://free.example.org"), Verdict::Allowed);
}

pub(super) fn namespace(labels: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{{labels}}}}}}}")
}

/// A Deployment without the label for injection.
pub(super) fn bare(labels: &str, spec: &str) -> String {
    pods("a: b", spec).replace("sidecar.istio.io/inject: 'true'", labels)
}

#[test]
fn labels_of_namespace_and_pod_decide_about_a_sidecar() {
    use Verdict::{Allowed, Blocked};
    let rows = [
        ("istio-injection: enabled", "x: y", "", Blocked),
        ("istio-injection: disabled", "x: y", "", Allowed),
        ("istio-injection: disabled", "sidecar.istio.io/inject: 'true'", "", Allowed),
        ("istio-injection: enabled", "sidecar.istio.io/inject: 'false'", "", Allowed),
        ("istio-injection: enabled", "sidecar.istio.io/inject: 'yes'", "", Blocked),
        ("istio-injection: enabled", "x: y", "hostNetwork: true", Allowed),
        ("istio.io/rev: default", "x: y", "", Blocked),
        ("a: b", "x: y", "", Allowed),
        ("a: b", "sidecar.istio.io/inject: 'true'", "", Blocked),
        ("a: b", "istio.io/rev: default", "", Blocked),
        // Ambient: ztunnel lets unknown hosts out.
        ("istio.io/dataplane-mode: ambient", "x: y", "", Allowed),
        ("istio.io/dataplane-mode: ambient, istio-injection: enabled", "x: y", "", Blocked),
        ("a: b", "istio.io/dataplane-mode: ambient", "", Allowed),
    ];
    for (of_namespace, of_pod, spec, expected) in rows {
        let documents = [REGISTRY_ONLY, &namespace(of_namespace), &bare(of_pod, spec)];
        assert_eq!(asked(&documents, "https://free.example.org"), expected, "{of_namespace} | {of_pod} | {spec}");
    }
}

pub(super) const ENTRY: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: mq, namespace: shop}
spec: {hosts: [mq.example.com], ports: [{number: 9444, name: tcp, protocol: TCP}], resolution: DNS}
";

#[test]
fn dns_capture_is_that_of_the_client() {
    use Verdict::{Blocked, Diverted, Unknown};
    let mesh = |capture: &str| {
        REGISTRY_ONLY.replace(
            "'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'",
            &format!("'{{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}, defaultConfig: {{proxyMetadata: {{ISTIO_META_DNS_CAPTURE: \"{capture}\"}}}}}}'"),
        )
    };
    let config = |namespace: &str, spec: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1beta1, kind: ProxyConfig, metadata: {{name: c, namespace: {namespace}}}, spec: {{{spec}}}}}"
        )
    };
    let on = "environmentVariables: {ISTIO_META_DNS_CAPTURE: 'true'}";
    let off = "environmentVariables: {ISTIO_META_DNS_CAPTURE: 'false'}";
    let own = |capture: &str| {
        annotated(&format!("proxy.istio.io/config: 'proxyMetadata: {{ISTIO_META_DNS_CAPTURE: \"{capture}\"}}'"))
    };
    let nothing = String::new();
    let rows: [(&str, [&String; 3], Verdict); 9] = [
        ("no capture", [&mesh("false"), &nothing, &nothing], Diverted),
        ("of the mesh", [&mesh("true"), &nothing, &nothing], Blocked),
        ("of the namespace", [&mesh("false"), &config("shop", on), &nothing], Blocked),
        ("of the root namespace", [&mesh("false"), &config("istio-system", on), &nothing], Blocked),
        ("of another namespace", [&mesh("false"), &config("other", on), &nothing], Diverted),
        ("of the pod, over the namespace", [&mesh("true"), &config("shop", on), &own("false")], Diverted),
        (
            "of a selector, over the pod",
            [&mesh("true"), &config("shop", &format!("selector: {{matchLabels: {{app: cart}}}}, {off}")), &own("true")],
            Diverted,
        ),
        ("of the pod", [&mesh("false"), &nothing, &own("true")], Blocked),
        ("without a mesh config", [&nothing, &nothing, &nothing], Unknown),
    ];
    for (what, documents, expected) in rows {
        let documents: Vec<&str> =
            documents.iter().map(|text| text.as_str()).filter(|text| !text.is_empty()).chain([ENTRY]).collect();
        assert_eq!(asked(&documents, "tcp://other.example.com:9444"), expected, "{what}");
    }
}

#[test]
fn each_pod_asks_the_control_plane_of_its_revision() {
    use Verdict::{Allowed, Blocked, Unknown};
    let open = "{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-canary, namespace: istio-system}, data: {mesh: '{}'}}";
    let rows = [
        ("istio.io/rev: canary", "x: y", Allowed),
        ("istio.io/rev: default", "x: y", Blocked),
        ("istio-injection: enabled", "istio.io/rev: canary", Blocked),
        ("a: b", "istio.io/rev: canary", Allowed),
        // A tag, or a revision whose settings are not given.
        ("istio.io/rev: stable", "x: y", Unknown),
    ];
    for (of_namespace, of_pod, expected) in rows {
        let documents = [REGISTRY_ONLY, open, &namespace(of_namespace), &bare(of_pod, "")];
        assert_eq!(asked(&documents, "https://free.example.org"), expected, "{of_namespace} | {of_pod}");
    }
    assert_eq!(asked(&[REGISTRY_ONLY, open], "https://free.example.org"), Unknown, "of no known revision");
    let labelled = ENTRY.replace("namespace: shop}", "namespace: shop, labels: {istio.io/rev: canary}}");
    assert_eq!(
        asked(&[REGISTRY_ONLY, &labelled], "tcp://mq.example.com:9444"),
        Unknown,
        "an object of another revision"
    );
    assert_eq!(asked(&[open, &labelled], "tcp://mq.example.com:9444"), Allowed);
}

#[test]
fn the_mesh_config_is_read_wherever_it_is_kept() {
    let blocked = [
        "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i}, spec: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}}",
        "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i}, spec: {values: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}}}",
        "{apiVersion: sailoperator.io/v1, kind: Istio, metadata: {name: default}, spec: {version: v1.30.0, namespace: istio-system, values: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}}}",
        "{apiVersion: sailoperator.io/v1, kind: IstioRevision, metadata: {name: default}, spec: {values: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}}}",
        "{meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}",
        "{istiod: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}}",
        "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY}}",
    ];
    for document in blocked {
        assert_eq!(asked(&[document], "https://free.example.org"), Verdict::Blocked, "{document}");
        let open = document.replace("REGISTRY_ONLY", "ALLOW_ANY");
        assert_eq!(asked(&[&open], "https://free.example.org"), Verdict::Allowed, "{open}");
        let dynamic = document.replace("REGISTRY_ONLY", "ALLOW_ANY_DYNAMIC_DNS");
        assert_eq!(asked(&[&dynamic], "https://free.example.org"), Verdict::Allowed, "{dynamic}");
    }
    assert_eq!(asked(&[ENTRY], "https://free.example.org"), Verdict::Unknown, "nothing is given");
    // What istiod reads itself wins over what that is rendered from, and the contradiction is reported.
    let sources = [REGISTRY_ONLY, &blocked[0].replace("REGISTRY_ONLY", "ALLOW_ANY")];
    assert_eq!(asked(&sources, "https://free.example.org"), Verdict::Blocked);
    let said = crate::ask::checked(crate::ask::texts(&sources)).diagnostics;
    assert!(said.iter().any(|found| found.code == "EGR0306" && found.labels.len() == 2), "{said:#?}");
}

#[test]
fn a_client_that_excludes_a_declared_port_is_refused_at_the_annotation() {
    const POLICY: &str = policy!(
        "egressgateway-a",
        "  - from: [{namespace: shop, workloadSelector: {app: cart}}]
    to: [{hosts: [www.httpbin.org], port: {number: 443, protocol: HTTPS}}]
"
    );
    const MESH: &str = environment!();
    let said = |annotations: &str| {
        let pods = annotated(annotations);
        crate::ask::checked(crate::ask::texts(&[POLICY, MESH, &pods]))
    };
    let found = said("traffic.sidecar.istio.io/excludeOutboundPorts: '443'");
    let not_captured: Vec<_> = found.diagnostics.iter().filter(|each| each.code == "EGR0413").collect();
    assert!(!found.ok && not_captured.len() == 1, "{:#?}", found.diagnostics);
    assert_eq!(not_captured[0].labels[0].source, "2.yaml");
    assert!(said("traffic.sidecar.istio.io/excludeOutboundPorts: '5432'").ok);
    assert!(!said("traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/8").ok);
}

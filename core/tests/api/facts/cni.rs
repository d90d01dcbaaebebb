//! What istio-cni is configured with: it may leave a namespace alone, or take other pods into ambient mode than by the labels of
//! the chart.

use egressc_core::api::Verdict::{self, Allowed, Blocked, Unknown};

use super::data_plane::{REGISTRY_ONLY, annotated, verdict};

const SELECTORS: &str = "
      - podSelector: {matchLabels: {istio.io/dataplane-mode: ambient}}
      - podSelector: {matchExpressions: [{key: istio.io/dataplane-mode, operator: NotIn, values: [none]}]}
        namespaceSelector: {matchLabels: {istio.io/dataplane-mode: ambient}}
";

fn config(data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio-cni-config, namespace: kube-system}}\ndata:\n{data}"
    )
}

fn asked(documents: &[&str]) -> (Verdict, String) {
    let (verdict, why) = verdict(documents, "shop,app=cart -> https://free.example.org");
    (verdict, why.join("; "))
}

#[test]
fn the_config_map_is_read() {
    let response = crate::ask::checked(crate::ask::texts(&[&config("  EXCLUDE_NAMESPACES: shop\n")]));
    assert!(response.diagnostics.iter().all(|each| each.code != "EGR0208"), "{:?}", response.diagnostics);
    let other = config("  a: b\n").replace("istio-cni-config", "other");
    let response = crate::ask::checked(crate::ask::texts(&[&other]));
    assert!(response.diagnostics.iter().any(|each| each.code == "EGR0208"));
}

#[test]
fn what_a_sidecar_captures_in_a_namespace_that_is_left_alone_is_not_known() {
    let pods = annotated("a: b");
    assert_eq!(asked(&[REGISTRY_ONLY, &pods]).0, Blocked);
    for (excluded, expected) in [("", Blocked), ("kube-system,batch", Blocked), ("kube-system, shop", Unknown)] {
        let config = config(&format!("  EXCLUDE_NAMESPACES: '{excluded}'\n"));
        let (verdict, why) = asked(&[REGISTRY_ONLY, &pods, &config]);
        assert_eq!(verdict, expected, "{excluded}: {why}");
        assert_eq!(why.contains("ConfigMap `kube-system/istio-cni-config`"), expected == Unknown, "{why}");
    }
    for installation in [
        "{apiVersion: sailoperator.io/v1, kind: IstioCNI, metadata: {name: default}, spec: {values: {cni: {excludeNamespaces: [shop]}}}}",
        "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, metadata: {name: i, namespace: istio-system}, spec: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}, values: {cni: {excludeNamespaces: [shop]}}}}",
    ] {
        let mesh = if installation.contains("meshConfig") { "" } else { REGISTRY_ONLY };
        let (verdict, why) = asked(&[mesh, &pods, installation]);
        assert_eq!(verdict, Unknown, "{installation}");
        assert!(why.contains("IstioCNI `default`") || why.contains("IstioOperator `i`"), "{why}");
        assert_eq!(asked(&[mesh, &pods, &installation.replace("[shop]", "[batch]")]).0, Blocked);
    }
}

#[test]
fn who_is_in_ambient_mode_is_not_known_where_the_configuration_is_another_one_than_that_of_the_chart() {
    let ambient =
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}";
    let outside = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: disabled}}}";
    let with = |namespace: &str, data: &str| asked(&[REGISTRY_ONLY, namespace, &config(data)]).0;
    let usual = format!("  AMBIENT_ENABLED: 'true'\n  AMBIENT_ENABLEMENT_SELECTOR: |{SELECTORS}");
    assert_eq!(with(ambient, &usual), Allowed, "ztunnel holds nothing");
    assert_eq!(with(outside, &usual), Allowed);
    let own = usual.replace("dataplane-mode: ambient", "dataplane-mode: mesh");
    assert_eq!((with(ambient, &own), with(outside, &own)), (Unknown, Unknown));
    let broken = "  AMBIENT_ENABLEMENT_SELECTOR: '['\n";
    assert_eq!((with(ambient, broken), with(outside, broken)), (Unknown, Unknown));
    assert_eq!(
        (with(ambient, "  AMBIENT_ENABLED: 'false'\n"), with(outside, "  AMBIENT_ENABLED: 'false'\n")),
        (Unknown, Allowed)
    );
    assert_eq!(
        (with(ambient, "  EXCLUDE_NAMESPACES: shop\n"), with(outside, "  EXCLUDE_NAMESPACES: shop\n")),
        (Unknown, Allowed)
    );
    // Selectors of somebody's own take no pod with a sidecar.
    let (verdict, why) = asked(&[REGISTRY_ONLY, &annotated("a: b"), &config(&own)]);
    assert_eq!(verdict, Blocked, "{why}");
}

#[test]
fn whether_ztunnel_answers_dns_is_read() {
    let ambient =
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}}";
    let entry = "{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop}, spec: {hosts: [free.example.org], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}}";
    let assumed = |data: &str| {
        let sources = [REGISTRY_ONLY, ambient, entry, &config(data)];
        let sources =
            sources.iter().enumerate().map(|(at, text)| egressc_core::api::Source::text(format!("{at}.yaml"), *text));
        let request = egressc_core::api::TraceRequest {
            sources: sources.collect(),
            query: Some("shop,app=cart -> https://free.example.org".parse().unwrap()),
            ..egressc_core::api::TraceRequest::default()
        };
        let trace = egressc_core::api::trace(&request).unwrap().trace.unwrap();
        trace.assumed.iter().any(|text| text.contains("answer the client's DNS queries"))
    };
    assert!(assumed("  AMBIENT_ENABLED: 'true'\n"), "without a word it is assumed");
    assert!(!assumed("  AMBIENT_DNS_CAPTURE: 'true'\n") && !assumed("  AMBIENT_DNS_CAPTURE: 'false'\n"));
}

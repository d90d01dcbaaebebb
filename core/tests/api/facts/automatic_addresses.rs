//! Addresses that a sidecar gives to hosts, beside networks that are not captured: `docs/istio/data-plane.md`.

use egressc_core::api::Verdict::{self, Allowed, Blocked, Diverted, Unknown};

use super::data_plane::{ENTRY, REGISTRY_ONLY, annotated, asked, bare};

const T: &str = "traffic.sidecar.istio.io";

fn mesh(dns_capture: &str) -> String {
    REGISTRY_ONLY.replace(
        "'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'",
        &format!("'{{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}, defaultConfig: {{proxyMetadata: {{ISTIO_META_DNS_CAPTURE: \"{dns_capture}\"}}}}}}'"),
    )
}

fn with(annotations: &str, dns_capture: &str, url: &str) -> Verdict {
    asked(&[&mesh(dns_capture), ENTRY, &annotated(annotations)], url)
}

#[test]
fn nobody_answers_at_an_automatic_address_that_is_not_captured() {
    const ENTRY_S: &str = "tcp://mq.example.com:9444";
    const FREE: &str = "tcp://free.example.org:9555";
    let rows = [
        ("a: b".to_owned(), "true", ENTRY_S, Allowed),
        (format!("{T}/excludeOutboundIPRanges: 240.240.0.0/16"), "true", ENTRY_S, Blocked),
        (format!("{T}/excludeOutboundIPRanges: 240.0.0.0/4"), "true", ENTRY_S, Blocked),
        (format!("{T}/excludeOutboundIPRanges: 0.0.0.0/0"), "true", ENTRY_S, Blocked),
        // Which address is the host's, no document says.
        (format!("{T}/excludeOutboundIPRanges: 240.240.0.0/24"), "true", ENTRY_S, Unknown),
        // The address is certain, and not in it.
        (format!("{T}/excludeOutboundIPRanges: 10.0.0.0/8"), "true", ENTRY_S, Allowed),
        (format!("{T}/includeOutboundIPRanges: 10.0.0.0/8"), "true", ENTRY_S, Blocked),
        (format!("{T}/includeOutboundIPRanges: 240.240.0.0/16"), "true", ENTRY_S, Allowed),
        (format!("{T}/excludeOutboundPorts: '9444'"), "true", ENTRY_S, Blocked),
        // Without DNS capture the name has the addresses of its host: captured or not, the connection arrives.
        (format!("{T}/excludeOutboundIPRanges: 240.240.0.0/16"), "false", ENTRY_S, Allowed),
        (format!("{T}/excludeOutboundIPRanges: 0.0.0.0/0"), "false", ENTRY_S, Allowed),
        (format!("{T}/excludeOutboundPorts: '9444'"), "false", ENTRY_S, Allowed),
        // A host without an entry has its own addresses.
        (format!("{T}/excludeOutboundIPRanges: 0.0.0.0/0"), "true", FREE, Allowed),
        (format!("{T}/excludeOutboundIPRanges: 240.240.0.0/16"), "true", FREE, Unknown),
        ("sidecar.istio.io/interceptionMode: NONE".to_owned(), "true", ENTRY_S, Allowed),
    ];
    for (annotations, dns_capture, url, expected) in rows {
        assert_eq!(with(&annotations, dns_capture, url), expected, "{annotations} | {dns_capture} | {url}");
    }
}

#[test]
fn before_1_25_hosts_have_no_automatic_addresses_by_themselves() {
    let version = |version: &str| {
        format!(
            "{{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {{name: mesh}}, spec: {{istioVersion: '{version}'}}}}"
        )
    };
    let ask = |version: &str, dns_capture: &str| {
        asked(&[&mesh(dns_capture), ENTRY, &bare("x: y", ""), version], "tcp://other.example.com:9444")
    };
    assert_eq!(ask(&version("1.24"), "true"), Unknown);
    assert_eq!(ask(&version("1.24.3"), "true"), Unknown);
    assert_eq!(ask(&version("1.24"), "false"), Diverted);
    assert_eq!(ask(&version("1.25"), "true"), Blocked);
    let sail = |version: &str| {
        format!(
            "{{apiVersion: sailoperator.io/v1, kind: Istio, metadata: {{name: default}}, spec: {{version: {version}, values: {{meshConfig: {{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}, defaultConfig: {{proxyMetadata: {{ISTIO_META_DNS_CAPTURE: 'true'}}}}}}}}}}}}"
        )
    };
    let values = |tag: &str| {
        format!(
            "{{global: {{tag: {tag}}}, meshConfig: {{outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}, defaultConfig: {{proxyMetadata: {{ISTIO_META_DNS_CAPTURE: 'true'}}}}}}}}"
        )
    };
    for (document, expected) in [
        (sail("v1.24.3"), Unknown),
        (sail("v1.24-latest"), Unknown),
        (sail("v1.27.0"), Blocked),
        (values("1.24.3-distroless"), Unknown),
        (values("1.30.0"), Blocked),
        (values("latest"), Blocked),
    ] {
        assert_eq!(asked(&[&document, ENTRY], "tcp://other.example.com:9444"), expected, "{document}");
    }
}

#[test]
fn all_addresses_of_one_family_are_all_only_where_the_cluster_has_no_other() {
    let service = |more: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: any, namespace: other}}, spec: {{ports: [{{port: 80}}], {more}}}}}"
        )
    };
    let excluded = annotated(&format!("{T}/excludeOutboundIPRanges: 0.0.0.0/0"));
    let included = annotated(&format!("{T}/includeOutboundIPRanges: 0.0.0.0/0"));
    let both = annotated(&format!("{T}/excludeOutboundIPRanges: '0.0.0.0/0,::/0'"));
    let ports = annotated(&format!("{T}/excludeOutboundPorts: '443'"));
    let rows = [
        ("ipFamilies: [IPv4]", [Allowed, Blocked]),
        ("clusterIP: 10.0.0.1", [Allowed, Blocked]),
        ("ipFamilies: [IPv4, IPv6]", [Unknown, Unknown]),
        ("clusterIPs: [10.0.0.1, 'fd00::1']", [Unknown, Unknown]),
        ("clusterIP: 'fd00::1'", [Unknown, Unknown]),
    ];
    for (more, expected) in rows {
        let service = service(more);
        let found =
            [&excluded, &included].map(|pods| asked(&[REGISTRY_ONLY, &service, pods], "https://free.example.org"));
        assert_eq!(found, expected, "{more}");
        // An address has one family, and a port has none.
        assert_eq!(asked(&[REGISTRY_ONLY, &service, &excluded], "https://192.0.2.7"), Allowed, "{more}");
        assert_eq!(asked(&[REGISTRY_ONLY, &service, &ports], "https://free.example.org"), Allowed, "{more}");
        assert_eq!(
            asked(&[REGISTRY_ONLY, &service, &annotated("a: b")], "https://free.example.org"),
            Blocked,
            "{more}"
        );
    }
    let dual = service("ipFamilies: [IPv4, IPv6]");
    // Together they are all addresses; which of the two is asked first does not matter.
    assert_eq!(asked(&[REGISTRY_ONLY, &dual, &both], "https://free.example.org"), Allowed);
}

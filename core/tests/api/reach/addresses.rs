//! Where a result depends on the dialled address, each address that objects or clients name is a row.

use egressc_core::api::{ChangeKind, Query, Verdict, Workspace};

use crate::ask::texts;

const STATED: &str = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {outboundTrafficPolicy: REGISTRY_ONLY, complete: true}}";

fn entry(addresses: &str, ports: &str) -> String {
    format!(
        "{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: e, namespace: shop}}, spec: {{hosts: [x.org], addresses: [{addresses}], ports: [{ports}], resolution: NONE, exportTo: [.]}}}}"
    )
}

const TCP: &str = "{number: 22, name: tcp, protocol: TCP}";
const TLS: &str = "{number: 443, name: tls, protocol: TLS}";

fn rows(entry: &str) -> Vec<(String, Vec<String>, Verdict)> {
    let response = Workspace::load(&texts(&[STATED, entry])).reach(None).unwrap();
    let of_shop = response.flows.into_iter().filter(|flow| flow.from.namespace.is_some());
    of_shop.map(|flow| (flow.to.host, flow.to.addresses, flow.verdict)).collect()
}

#[test]
fn each_network_is_a_row_and_all_other_addresses_are_one() {
    let found = rows(&entry("10.1.0.0/16, 10.2.0.0/16", TCP));
    let networks = || vec!["10.1.0.0/16".to_owned(), "10.2.0.0/16".to_owned()];
    let expected = ["*", "x.org"].map(|host| {
        [(host.to_owned(), networks(), Verdict::Allowed), (host.to_owned(), vec!["*".to_owned()], Verdict::Blocked)]
    });
    assert_eq!(found, expected.concat());
}

#[test]
fn a_name_is_at_the_address_of_its_entry_or_somewhere_else() {
    let at = |address: &str, verdict: Verdict| ("x.org".to_owned(), vec![address.to_owned()], verdict);
    assert_eq!(rows(&entry("1.2.3.4", TLS)), [at("1.2.3.4", Verdict::Allowed), at("*", Verdict::Blocked)]);
    // Every address is in this network, so there is no other one.
    let everywhere = rows(&entry("0.0.0.0/0", TLS));
    assert!(
        everywhere
            .iter()
            .all(|(_, addresses, verdict)| *verdict == Verdict::Allowed && !addresses.contains(&"*".to_owned())),
        "{everywhere:?}"
    );
}

#[test]
fn a_request_says_the_address_that_it_dials() {
    let entry = entry("1.2.3.4", TLS);
    let workspace = Workspace::load(&texts(&[STATED, &entry]));
    let mut query: Query = "shop -> https://x.org".parse().unwrap();
    let verdict = |query: &Query| workspace.trace(&query.clone().into(), None).unwrap().trace.unwrap().verdict;
    assert_eq!(verdict(&query), Verdict::Unknown);
    query.to.address = Some("1.2.3.4".to_owned());
    assert_eq!(verdict(&query), Verdict::Allowed);
    query.to.address = Some("4.3.2.1".to_owned());
    assert_eq!(verdict(&query), Verdict::Blocked);
    for wrong in ["x.org", "1.2.3", "10.0.0.0/8", ""] {
        query.to.address = Some(wrong.to_owned());
        assert!(workspace.trace(&query.clone().into(), None).is_err(), "{wrong}");
    }
    let mut literal: Query = "shop -> https://1.2.3.4".parse().unwrap();
    literal.to.address = Some("1.2.3.4".to_owned());
    assert!(workspace.trace(&literal.into(), None).is_err(), "an address has no other address");
}

#[test]
fn a_change_of_networks_is_seen() {
    let changes = |before: &str, after: &str| {
        let side = |addresses: &str| Workspace::load(&texts(&[STATED, &entry(addresses, TCP)]));
        let response = side(before).diff(&side(after), None).unwrap();
        let changes = response.changes.iter().map(|change| {
            let flow = change.after.as_ref().or(change.before.as_ref()).unwrap();
            (change.kind, flow.to.host.clone(), flow.to.addresses.clone())
        });
        changes.collect::<std::collections::BTreeSet<_>>()
    };
    let expected = ["*", "x.org"].map(|host| (ChangeKind::Gained, host.to_owned(), vec!["10.2.0.0/16".to_owned()]));
    assert_eq!(changes("10.1.0.0/16", "10.1.0.0/16, 10.2.0.0/16"), expected.into());
    assert_eq!(changes("10.1.0.0/16", "10.1.0.0/16"), [].into());
}

/// A Deployment of `shop` with annotations.
fn client(annotations: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: cart, namespace: shop}}, spec: {{template: {{metadata: {{labels: {{app: cart}}, annotations: {{{annotations}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}}}"
    )
}

#[test]
fn networks_that_a_sidecar_does_not_capture_are_rows() {
    let excluded = client("traffic.sidecar.istio.io/excludeOutboundIPRanges: 10.0.0.0/16");
    let at = |address: &str, verdict: Verdict| ("*".to_owned(), vec![address.to_owned()], verdict);
    let found = rows(&format!("{INJECTED}\n---\n{excluded}"));
    let expected = [at("10.0.0.0/16", Verdict::Allowed), at("*", Verdict::Blocked)];
    assert_eq!(found, [expected.clone(), expected].concat(), "at ports 80 and 443");
}

const INJECTED: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio-injection: enabled}}}";

#[test]
fn a_change_of_what_a_sidecar_captures_is_seen() {
    const EXCLUDE: &str = "traffic.sidecar.istio.io/excludeOutboundIPRanges";
    const INCLUDE: &str = "traffic.sidecar.istio.io/includeOutboundIPRanges";
    let values = |networks: &str| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: istio-sidecar-injector, namespace: istio-system}}, data: {{values: '{{\"global\": {{\"proxy\": {{\"excludeIPRanges\": \"{networks}\"}}}}}}'}}}}"
        )
    };
    let networks = |setting: &str, networks: &str| client(&format!("{setting}: '{networks}'"));
    let interfaces = "istio.io/reroute-virtual-interfaces: eth1";
    let rows = [
        (
            networks(EXCLUDE, "10.0.0.0/16"),
            networks(EXCLUDE, "0.0.0.0/1,128.0.0.0/1"),
            vec!["0.0.0.0/1", "128.0.0.0/1"],
        ),
        (networks(EXCLUDE, "10.0.0.0/16"), networks(EXCLUDE, "10.0.0.0/16,192.168.0.0/16"), vec!["192.168.0.0/16"]),
        (networks(INCLUDE, "10.0.0.0/8"), networks(INCLUDE, "10.0.0.0/16"), vec!["10.0.0.0/8"]),
        (values("10.0.0.0/16"), values("10.0.0.0/8"), vec!["10.0.0.0/8"]),
        (
            client(interfaces),
            client(&format!("{interfaces}, traffic.sidecar.istio.io/excludeOutboundPorts: '443'")),
            vec![],
        ),
    ];
    for (before, after, addresses) in rows {
        let side = |document: &str| Workspace::load(&texts(&[STATED, INJECTED, document]));
        let response = side(&before).diff(&side(&after), None).unwrap();
        let gained = response.changes.iter().filter(|change| change.kind == ChangeKind::Gained);
        let gained: Vec<&Vec<String>> = gained.map(|change| &change.after.as_ref().unwrap().to.addresses).collect();
        assert!(!gained.is_empty() && gained.iter().all(|found| **found == addresses), "{before}\n{after}\n{gained:?}");
        assert_eq!(side(&after).diff(&side(&after), None).unwrap().changes.len(), 0);
    }
}

//! Addresses behind headless Services, on which sidecars listen: `docs/istio/services.md`.

use egressc_core::api::Verdict::{self, Allowed, Blocked, Unknown};
use egressc_core::api::{DiffRequest, ReachRequest, diff, reach};

use super::data_plane::{REGISTRY_ONLY, asked, bare};
use crate::ask::{checked, texts};
use crate::documents::{A, documents, policy, to};

const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: other}, spec: {clusterIP: None, ports: [{name: tcp, port: 5432}, {name: auto, port: 9000}, {name: tls-x, port: 8443}, {name: http, port: 8080}]}}";

fn slice(endpoint: &str) -> String {
    format!(
        "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: db-1, namespace: other, labels: {{kubernetes.io/service-name: db}}}}, addressType: IPv4, endpoints: [{{{endpoint}}}], ports: [{{name: tcp, port: 5432}}]}}"
    )
}

const READY: &str = "addresses: [198.51.100.253], conditions: {ready: true}";

fn asks(documents: &[&str], url: &str) -> Verdict {
    let client = bare("a: b", "");
    let mut all = vec![REGISTRY_ONLY, SERVICE, &client];
    all.extend(documents);
    asked(&all, url)
}

#[test]
fn a_sidecar_lets_through_to_the_endpoints_of_a_headless_service() {
    let given = slice(READY);
    let unready = slice("addresses: [198.51.100.253], conditions: {ready: false}");
    let endpoints = "{apiVersion: v1, kind: Endpoints, metadata: {name: db, namespace: other}, subsets: [{addresses: [{ip: 198.51.100.253}], ports: [{name: tcp, port: 5432}]}]}".to_owned();
    let of_another = given.replace("service-name: db", "service-name: another");
    for (document, url, expected) in [
        (&given, "tcp://198.51.100.253:5432", Allowed),
        (&given, "tls://198.51.100.253:8443", Allowed),
        (&given, "http://198.51.100.253:9000", Allowed),
        // HTTP has one listener for all addresses, which routes by `Host`.
        (&given, "http://198.51.100.253:8080", Blocked),
        (&given, "tcp://198.51.100.252:5432", Blocked),
        (&given, "tcp://198.51.100.253:5433", Blocked),
        (&unready, "tcp://198.51.100.253:5432", Unknown),
        (&endpoints, "tcp://198.51.100.253:5432", Allowed),
        (&endpoints, "tcp://198.51.100.252:5432", Blocked),
        // What is not given is not absent.
        (&of_another, "tcp://198.51.100.253:5432", Unknown),
        (&of_another, "tcp://10.1.2.3:5432", Unknown),
        (&of_another, "tcp://10.1.2.3:5433", Blocked),
        // A name that no document resolves is not that of an endpoint.
        (&given, "tcp://db.example.com:5432", Blocked),
    ] {
        assert_eq!(asks(&[document], url), expected, "{url} with {document}");
    }
}

#[test]
fn names_of_pods_of_a_headless_service_are_not_blocked() {
    const COMPLETE: &str = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {completeKinds: [Service]}}";
    for url in ["tcp://db-0.db.other:5432", "tcp://db-0.db.other.svc.cluster.local:5432"] {
        assert_eq!(asks(&[&slice(READY)], url), Unknown, "{url}");
    }
    let url = "tcp://db-0.another.other.svc.cluster.local:5432";
    assert_eq!(asks(&[&slice(READY), COMPLETE], url), Blocked);
    assert_eq!(asks(&[&slice(READY), COMPLETE], "tcp://db-0.db.other.svc.cluster.local:5432"), Unknown);
}

#[test]
fn an_endpoint_that_somebody_adds_opens_a_way_and_is_reported() {
    let mesh = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: prod}, spec: {outboundTrafficPolicy: REGISTRY_ONLY, complete: true, gateways: [{name: gw, ports: [{port: 80, targetPort: 80}, {port: 443, targetPort: 443}]}], namespaces: [{name: mytest, injection: true}, {name: other, injection: true}]}}\n";
    let declared = documents(&[&policy(&[(A, &to("a.example.org", 443, "HTTPS"))]), mesh]);
    let service = "{apiVersion: v1, kind: Service, metadata: {name: legacy, namespace: other}, spec: {clusterIP: None, ports: [{name: tcp, port: 443}]}}";
    let own = slice(READY).replace("service-name: db", "service-name: legacy");
    let before = texts(&[&declared, service]);
    let after = texts(&[&declared, service, &own]);

    let said = checked(after.clone());
    let slugs: Vec<&str> = said.diagnostics.iter().map(|each| each.slug.as_str()).collect();
    assert_eq!(slugs, ["opens-other-hosts"], "{:#?}", said.diagnostics);
    assert!(said.diagnostics[0].message.contains("`198.51.100.253`"), "{:#?}", said.diagnostics);
    let changed =
        diff(&DiffRequest { before: before.clone(), after: after.clone(), ..DiffRequest::default() }).unwrap();
    assert!(changed.widened, "{changed:#?}");
    let rows = reach(&ReachRequest { sources: after, ..ReachRequest::default() }).unwrap();
    let opened = |flow: &egressc_core::api::Flow| flow.to.host == "198.51.100.253" && flow.verdict == Allowed;
    assert!(rows.flows.iter().any(opened), "{:#?}", rows.flows);
    let rows = reach(&ReachRequest { sources: before, ..ReachRequest::default() }).unwrap();
    assert!(!rows.flows.iter().any(opened));
}

#[test]
fn an_endpoint_that_is_a_pod_is_no_way_out() {
    let pod = slice("addresses: [10.1.2.3], conditions: {ready: true}, targetRef: {kind: Pod, name: db-0}");
    let rows =
        reach(&ReachRequest { sources: texts(&[REGISTRY_ONLY, SERVICE, &pod]), ..ReachRequest::default() }).unwrap();
    assert!(!rows.flows.iter().any(|flow| flow.to.host == "10.1.2.3"), "{:#?}", rows.flows);
    // What the pod accepts, no document says.
    assert_eq!(asks(&[&pod], "tcp://10.1.2.3:5432"), Unknown);
}

#[test]
fn who_says_that_an_outside_address_is_a_pod_hides_nothing() {
    let forged = slice("addresses: [198.51.100.253], targetRef: {kind: Pod, name: db-0}");
    let rows = reach(&ReachRequest { sources: texts(&[REGISTRY_ONLY, SERVICE, &forged]), ..ReachRequest::default() });
    let row = |flow: &egressc_core::api::Flow| flow.to.host == "198.51.100.253" && flow.verdict == Unknown;
    assert!(rows.unwrap().flows.iter().any(row));
    // Another document that does not say so is believed.
    let other = slice(READY).replace("name: db-1", "name: db-2");
    assert_eq!(asks(&[&forged, &other], "tcp://198.51.100.253:5432"), Allowed);
}

#[test]
fn of_an_address_that_an_entry_has_too_the_older_one_keeps_the_listener() {
    let entry = |created: &str| {
        format!(
            "{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: e, namespace: other, creationTimestamp: '{created}'}}, spec: {{hosts: [e.example.org], addresses: [198.51.100.253], resolution: STATIC, endpoints: [], ports: [{{number: 5432, name: tcp, protocol: TCP}}]}}}}"
        )
    };
    let service = SERVICE.replace("namespace: other}", "namespace: other, creationTimestamp: '2026-02-01T00:00:00Z'}");
    let ask = |documents: &[&str]| {
        let client = bare("a: b", "");
        let given = slice(READY);
        let mut all = vec![REGISTRY_ONLY, &client, &given];
        all.extend(documents);
        asked(&all, "tcp://198.51.100.253:5432")
    };
    assert_eq!(ask(&[&service, &entry("2026-03-01T00:00:00Z")]), Allowed);
    // Nothing is behind the entry.
    assert_eq!(ask(&[&service, &entry("2026-01-01T00:00:00Z")]), Blocked);
    assert_eq!(ask(&[SERVICE, &entry("2026-01-01T00:00:00Z")]), Unknown);
}

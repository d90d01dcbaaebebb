//! Sidecars, VirtualServices, DestinationRules and Gateways of the user that lead somewhere else.

use crate::own_objects::{HTTP, beside, messages, slugs};

#[test]
fn a_sidecar_that_does_not_import_the_policies_namespace_is_found() {
    let sidecar = |spec: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: own, namespace: mytest}}\nspec: {{{spec}}}\n"
        )
    };
    let found = beside(HTTP, &sidecar("egress: [{hosts: ['./*', 'istio-system/*']}]"));
    assert!(!found.is_empty() && found.iter().all(|each| each.slug == "takes-away"), "{}", messages(&found));
    assert!(found[0].help.as_ref().unwrap().contains("`istio-egress/*`"), "{:?}", found[0].help);
    assert!(
        slugs(&beside(HTTP, &sidecar("egress: [{hosts: ['./*', 'istio-system/*', 'istio-egress/*']}]"))).is_empty()
    );
    // For some of the selected workloads only.
    let some = sidecar("workloadSelector: {labels: {version: v2}}, egress: [{hosts: ['./*', 'istio-system/*']}]");
    let found = beside(HTTP, &some);
    assert!(found[0].message.starts_with("`app=sleep-a,version=v2` in `mytest`"), "{}", messages(&found));
    // It may also open what the mesh holds shut.
    let open = sidecar("outboundTrafficPolicy: {mode: ALLOW_ANY}");
    assert!(slugs(&beside(HTTP, &open)).contains(&"lets-through"));
}

#[test]
fn routes_of_the_clients_own_are_found() {
    let service = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: own, namespace: mytest}
spec:
  exportTo: [.]
  hosts: [www.httpbin.org]
  http: [{route: [{destination: {host: www.httpbin.org}}]}]
";
    let found = beside(HTTP, service);
    assert_eq!(slugs(&found)[0], "takes-away", "{}", messages(&found));
    assert!(found[0].message.ends_with("because of VirtualService `mytest/own`"), "{}", messages(&found));
    // One for everybody stands behind ours, which is exported to the client's namespace by name.
    assert!(slugs(&beside(HTTP, &service.replace("[.]", "['*']"))).is_empty());
    // For some of the selected workloads only.
    let some = service.replace("http: [{route", "http: [{match: [{sourceLabels: {version: v2}}], route");
    let found = beside(HTTP, &some);
    assert!(found[0].message.starts_with("`app=sleep-a,version=v2` in `mytest`"), "{}", messages(&found));
    let rule = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: own, namespace: mytest}
spec: {host: istio-egressgateway-a.istio-system.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
";
    let found = beside(HTTP, rule);
    assert_eq!(slugs(&found)[0], "takes-away", "{}", messages(&found));
    assert!(found[0].message.contains("DestinationRule `mytest/own`"));
}

#[test]
fn a_door_of_their_own_to_a_declared_host_is_found() {
    let door = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers: [{port: {number: 444, name: door, protocol: HTTPS}, hosts: [www.httpbin.org], tls: {mode: ISTIO_MUTUAL}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door, namespace: istio-system}
spec:
  hosts: [www.httpbin.org]
  gateways: [door]
  http: [{route: [{destination: {host: www.httpbin.org, port: {number: 80}}}]}]
";
    let found = beside(HTTP, door);
    assert_eq!(slugs(&found), ["lets-through"], "{}", messages(&found));
    assert!(found[0].message.contains("calls gateway `egressgateway-a` directly"), "{}", found[0].message);
}

//! Notes about what is open beside an egress gateway.

use super::{HTTP, WITH_GATEWAY, entry, object_in, told};

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: inside, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Egress]}\n";

fn documents(mesh: &str) -> Vec<String> {
    let gateway = "istio-egressgateway.istio-system.svc.cluster.local";
    let routes = format!(
        "{{hosts: [api.example.com], gateways: [mesh, egress], http: [
          {{match: [{{gateways: [mesh]}}], route: [{{destination: {{host: {gateway}, port: {{number: 80}}}}}}]}},
          {{match: [{{gateways: [egress]}}], route: [{{destination: {{host: api.example.com}}}}]}}]}}"
    );
    vec![
        mesh.to_owned(),
        entry("api.example.com", HTTP).replace(", exportTo: [\".\"]", ""),
        object_in(
            "istio-system",
            "Gateway",
            "egress",
            "{selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}]}",
        ),
        object_in("istio-system", "VirtualService", "api", &routes),
    ]
}

fn said(code: &str, documents: &[String]) -> String {
    told(code, &documents.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn hosts_that_nothing_declares() {
    let open = WITH_GATEWAY.replace("REGISTRY_ONLY", "ALLOW_ANY");
    assert!(said("EGR0726", &documents(&open)).contains("undeclared-host.invalid"));
    assert_eq!(said("EGR0726", &documents(WITH_GATEWAY)), "");
    // Nobody has said what sidecars do.
    assert_eq!(
        said(
            "EGR0726",
            &documents(&WITH_GATEWAY.replace("outboundTrafficPolicy: REGISTRY_ONLY", "trustDomain: cluster.local"))
        ),
        ""
    );
    // Without a gateway nothing is meant to be held there.
    assert_eq!(said("EGR0726", &documents(&open)[..2]), "");
}

#[test]
fn a_gateway_that_no_network_policy_enforces() {
    let mut given = documents(WITH_GATEWAY);
    assert!(said("EGR0727", &given).contains("has no sidecar and requests"), "{}", said("EGR0727", &given));
    assert_eq!(said("EGR0727", &given[..2]), "");
    given.push(POLICY.to_owned());
    assert_eq!(said("EGR0727", &given), "");
}

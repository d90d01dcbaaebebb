//! Wrong lowerings: each changes what becomes of some request.

use egressc_core::stages::trace::{ClientPath, Query};
use serde_json::{Value, json};

use crate::examples::{example, mesh};
use crate::mesh::{Ask, query, short};

/// Clients, bystanders and direct callers of the combined example.
fn universe() -> Vec<Query> {
    let mut queries = Vec::new();
    for from in ["mytest,app=sleep-a", "mytest,app=other", "default,app=sleep-a"] {
        for to in [
            "http://www.httpbin.org",
            "https://www.httpbin.org",
            "http://httpbin.org",
            "https://httpbin.org",
            "https://example.com",
        ] {
            queries.push(query(from, to));
            let host = to.split("://").nth(1).unwrap();
            for (port, outer) in
                [(80, "http-80.l7.egressc.internal".to_owned()), (444, format!("tls-443.{host}.l4.egressc.internal"))]
            {
                let direct = query(from, to).direct(port, &outer);
                queries.push(direct.clone());
                queries.push(direct.host(&format!("{host}:80")));
            }
        }
    }
    queries
}

fn answers(resources: &[Value], documents: &str) -> Vec<(Query, String)> {
    let mesh = mesh(resources, documents);
    universe().into_iter().map(|query| (query.clone(), short(&mesh.ask(&query)))).collect()
}

/// The requests whose answer a mutation changes.
fn changed(mutate: impl Fn(&mut Value)) -> Vec<(Query, String, String)> {
    let (resources, documents) = example("combined");
    let mut mutant = resources.clone();
    mutant.iter_mut().for_each(&mutate);
    assert_ne!(resources, mutant, "the mutation does nothing");
    let pairs = answers(&resources, &documents).into_iter().zip(answers(&mutant, &documents));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((query, before), (_, after))| (query, before, after))
        .collect()
}

fn is_kind(value: &Value, kind: &str) -> bool {
    value["kind"] == kind
}

fn is_hollow(value: &Value) -> bool {
    is_kind(value, "ServiceEntry") && value["spec"]["resolution"] == "STATIC"
}

fn at_gateway(value: &Value) -> bool {
    is_kind(value, "VirtualService") && value["spec"]["gateways"] != json!(["mesh"])
}

#[test]
fn a_hollow_entry_without_export_to() {
    // Every namespace now has a listener on 443; nobody gets out all the same, but the block looks different where
    // the deny route of the VirtualService does not reach.
    let changed = changed(|value| {
        if is_hollow(value) {
            value["spec"].as_object_mut().unwrap().remove("exportTo");
        }
    });
    assert!(changed.iter().all(|(_, _, after)| !after.starts_with("allowed")), "{changed:#?}");
    assert!(
        changed.iter().any(|(query, before, after)| query.namespace == "default"
            && before == "blocked 502"
            && after == "blocked 503 UH"),
        "{changed:#?}"
    );
}

#[test]
fn a_mesh_route_without_export_to() {
    let changed = changed(|value| {
        if is_kind(value, "VirtualService") && !at_gateway(value) {
            value["spec"].as_object_mut().unwrap().remove("exportTo");
        }
    });
    // A route without its entry: port 80's hack takes it, and the DestinationRule stays behind its own wall.
    assert!(
        changed.iter().any(|(query, _, after)| query.namespace == "default" && after == "blocked 503 NC"),
        "{changed:#?}"
    );
}

#[test]
fn tcp_for_tls_at_the_gateway() {
    let changed = changed(|value| {
        if at_gateway(value) && value["spec"]["tcp"].is_array() {
            let spec = value["spec"].as_object_mut().unwrap();
            let host = spec["hosts"][0].clone();
            let mut tcp = spec.remove("tcp").unwrap();
            tcp[0]["match"][0]["sniHosts"] = json!([host]);
            spec.insert("tls".into(), tcp);
        }
    });
    assert!(
        changed.iter().any(|(query, before, after)| query.path == ClientPath::Sidecar
            && before.starts_with("allowed")
            && after == "blocked closed UF"),
        "{changed:#?}"
    );
}

#[test]
fn no_outer_server_name() {
    let changed = changed(|value| {
        if is_kind(value, "DestinationRule") {
            for subset in value["spec"]["subsets"].as_array_mut().unwrap() {
                if subset["trafficPolicy"]["tls"]["mode"] == "ISTIO_MUTUAL" {
                    subset["trafficPolicy"]["tls"].as_object_mut().unwrap().remove("sni");
                }
            }
        }
    });
    assert!(
        changed.iter().any(|(_, before, after)| before.starts_with("allowed") && after == "blocked 503 UF"),
        "{changed:#?}"
    );
    assert!(
        changed.iter().any(|(_, before, after)| before.starts_with("allowed") && after == "blocked closed UF"),
        "{changed:#?}"
    );
}

#[test]
fn no_authorization() {
    let changed = changed(|value| {
        if is_kind(value, "AuthorizationPolicy") {
            value["spec"]["rules"] = json!([]);
        }
    });
    assert!(
        changed.iter().any(|(query, before, after)| query.namespace == "default"
            && before == "blocked 403"
            && after.starts_with("allowed")),
        "{changed:#?}"
    );
    assert!(
        changed.iter().any(|(query, before, after)| query.namespace == "default"
            && before == "blocked closed"
            && after.starts_with("allowed")),
        "{changed:#?}"
    );
}

#[test]
fn the_services_port_for_the_containers() {
    let (_, documents) = example("combined");
    let facts = documents.replace("port: 80, targetPort: 80", "port: 80, targetPort: 8080");
    let policy = facts.split("\n---\n").next().unwrap();
    let (resources, documents) = crate::examples::compiled(policy, facts.split_once("\n---\n").unwrap().1);
    let mut mutant = resources.clone();
    for value in mutant.iter_mut().filter(|value| is_kind(value, "AuthorizationPolicy")) {
        for operation in value["spec"]["rules"][0]["to"].as_array_mut().unwrap() {
            if operation["operation"]["ports"] == json!(["8080"]) {
                operation["operation"]["ports"] = json!(["80"]);
            }
        }
    }
    assert_ne!(resources, mutant);
    let differs = answers(&resources, &documents).into_iter().zip(answers(&mutant, &documents));
    assert!(differs.into_iter().any(|((query, before), (_, after))| query.namespace == "default"
        && before == "blocked 403"
        && after.starts_with("allowed")));
}

#[test]
fn no_deny_route() {
    // Harmless by the hollow entry behind it: still blocked, with 503 instead of 502.
    let changed = changed(|value| {
        if is_kind(value, "VirtualService") && !at_gateway(value) {
            value["spec"]["http"].as_array_mut().unwrap().retain(|route| route["name"] != "deny");
        }
    });
    assert!(!changed.is_empty());
    assert!(
        changed.iter().all(|(_, before, after)| before == "blocked 502" && after == "blocked 503 UH"),
        "{changed:#?}"
    );
}

#[test]
fn the_destination_rule_in_another_namespace() {
    let changed = changed(|value| {
        if is_kind(value, "DestinationRule") {
            value["metadata"]["namespace"] = json!("istio-egress");
        }
    });
    assert!(
        changed.iter().any(|(_, before, after)| before.starts_with("allowed") && after == "blocked 503 NC"),
        "{changed:#?}"
    );
}

#[test]
fn the_real_entry_for_the_clients() {
    let changed = changed(|value| {
        if is_kind(value, "ServiceEntry") && !is_hollow(value) {
            value["spec"]["exportTo"] = json!(["mytest", "default", "."]);
        }
    });
    // A pod of a namespace that no hollow entry is for gets out past the gateway.
    assert!(
        changed
            .iter()
            .any(|(query, _, after)| query.namespace == "default" && after.starts_with("allowed www.httpbin.org:443")),
        "{changed:#?}"
    );
    // Where a hollow one is, which of the two counts is a matter of age.
    assert!(
        changed
            .iter()
            .any(|(query, _, after)| query.labels.get("app").is_some_and(|app| app == "other") && after == "unknown"),
        "{changed:#?}"
    );
}

#[test]
fn no_source_labels() {
    let changed = changed(|value| {
        if is_kind(value, "VirtualService") && !at_gateway(value) {
            for list in ["http", "tls"] {
                for route in value["spec"][list].as_array_mut().unwrap() {
                    for each in route.get_mut("match").and_then(Value::as_array_mut).into_iter().flatten() {
                        each.as_object_mut().unwrap().remove("sourceLabels");
                    }
                }
            }
        }
    });
    assert!(
        changed.iter().any(|(query, _, after)| query.labels.get("app").is_some_and(|app| app == "other")
            && after.starts_with("allowed via")),
        "{changed:#?}"
    );
}

#[test]
fn no_upgrade() {
    let changed = changed(|value| {
        if at_gateway(value) && value["spec"]["http"].is_array() {
            for route in value["spec"]["http"].as_array_mut().unwrap() {
                route["route"][0]["destination"].as_object_mut().unwrap().remove("subset");
            }
        }
    });
    assert!(
        changed
            .iter()
            .any(|(_, before, after)| before.contains("tls(")
                && after == "diverted via egressgateway-a www.httpbin.org:443"),
        "{changed:#?}"
    );
}

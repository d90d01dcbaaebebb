//! VirtualServices: other names that lead to what is declared, and routes that tell requests apart.

use serde_json::{Value, json};

use super::scribe::{NETWORKING, Scribe};

/// Another name, known to the mesh, whose requests are routed into a gateway by a way that a compile has made, or to a
/// declared host itself.
pub(super) fn alias(scribe: &mut Scribe) {
    let alias = scribe.dice.pick(&["alias.example.net", "alias.example.net", "stray.example.io"]);
    let namespace = scribe.clients();
    let (protocol, port) = scribe.dice.pick(&[("HTTP", 80), ("HTTP", 8080), ("TLS", 443), ("TCP", 9000)]);
    if scribe.dice.percent(85) {
        let mut entry = json!({
            "hosts": [alias], "resolution": "STATIC",
            "ports": [{"number": port, "name": protocol.to_lowercase(), "protocol": protocol}],
        });
        if protocol == "TCP" {
            entry["addresses"] = json!(["240.240.9.9"]);
        }
        scribe.export_to(&mut entry, namespace);
        scribe.add("alias without endpoints", NETWORKING, "ServiceEntry", namespace, entry);
    }
    let target = scribe.declared_host();
    let mut spec = json!({"hosts": [alias]});
    let destination = into_gateway(scribe).unwrap_or_else(|| json!({"host": target, "port": {"number": port}}));
    let leg = json!([{"destination": destination}]);
    match protocol {
        "HTTP" => {
            let mut route = json!({"route": leg});
            if scribe.dice.percent(80) {
                route["rewrite"] = json!({"authority": target});
            }
            match scribe.dice.below(10) {
                0 | 1 => route["match"] = json!([{"sourceLabels": scribe.caller_labels()}]),
                2 => route["match"] = json!([{"method": {"exact": "POST"}}]),
                3 => route["match"] = json!([{"headers": {"x-team": {"exact": "blue"}}}]),
                _ => {}
            }
            spec["http"] = json!([route]);
        }
        "TLS" => spec["tls"] = json!([{"match": [{"port": port, "sniHosts": [alias]}], "route": leg}]),
        _ => spec["tcp"] = json!([{"match": [{"port": port}], "route": leg}]),
    }
    scribe.export_to(&mut spec, namespace);
    scribe.add("route of another name", NETWORKING, "VirtualService", namespace, spec);
}

/// A destination by a subset that a compile has made, or by none.
fn into_gateway(scribe: &mut Scribe) -> Option<Value> {
    if !scribe.dice.percent(75) {
        return None;
    }
    let door = scribe.dice.pick(&scribe.regular.doors);
    let mut destination = json!({"host": door.service, "port": {"number": door.port}});
    if scribe.dice.percent(85) && !door.subset.is_empty() {
        destination["subset"] = json!(door.subset);
    }
    Some(destination)
}

/// A route of a host that a policy may declare.
pub(super) fn route(scribe: &mut Scribe) {
    let host = if scribe.dice.percent(10) {
        scribe.dice.pick(&["*.example.com", "*.httpbin.org", "*"])
    } else {
        scribe.host()
    };
    let mut spec = json!({"hosts": [host]});
    let bound = scribe.dice.below(10);
    let wild = host == "*";
    match bound {
        0..5 if !wild => {}
        5 | 6 if !wild => spec["gateways"] = json!(["mesh"]),
        7 => spec["gateways"] = json!([listener(scribe), "mesh"]),
        _ => spec["gateways"] = json!([listener(scribe)]),
    }
    let block = scribe.dice.pick(&["http", "http", "http", "tls", "tcp"]);
    let count = scribe.dice.one_or_two(25);
    let routes: Vec<Value> = (0..count)
        .map(|_| match block {
            "http" => http(scribe),
            "tls" => {
                let port = scribe.dice.pick(&[443, 8443]);
                let sni = if wild { "www.httpbin.org" } else { host };
                json!({"match": [{"port": port, "sniHosts": [sni]}], "route": legs(scribe)})
            }
            _ => {
                let mut matched = json!({"port": scribe.port()});
                if scribe.dice.percent(30) {
                    matched["sourceNamespace"] = json!(scribe.clients());
                }
                json!({"match": [matched], "route": legs(scribe)})
            }
        })
        .collect();
    spec[block] = json!(routes);
    if block == "http" && scribe.dice.percent(10) {
        return delegated(scribe, spec);
    }
    let namespace = scribe.namespace();
    scribe.export_to(&mut spec, namespace);
    let shape = match block {
        "http" => "HTTP route",
        "tls" => "TLS route",
        _ => "TCP route",
    };
    scribe.add(shape, NETWORKING, "VirtualService", namespace, spec);
}

/// The routes of a host in an object of their own, which another one names.
fn delegated(scribe: &mut Scribe, spec: Value) {
    let (root, other) = (scribe.namespace(), scribe.namespace());
    let name = format!("own-{}-delegate", scribe.index);
    let mut routes = spec.clone();
    if let Some(fields) = routes.as_object_mut() {
        fields.retain(|field, _| field == "http");
    }
    let mut spec = spec;
    spec["http"] = json!([{"delegate": {"name": name, "namespace": other}}]);
    scribe.export_to(&mut spec, root);
    scribe.add("route that delegates", NETWORKING, "VirtualService", root, spec);
    scribe.add_named("delegated route", NETWORKING, "VirtualService", other, &name, routes);
}

fn listener(scribe: &mut Scribe) -> String {
    scribe.dice.pick(&scribe.regular.listeners)
}

fn legs(scribe: &mut Scribe) -> Value {
    let inward = scribe.dice.percent(60);
    if let Some(destination) = inward.then(|| into_gateway(scribe)).flatten() {
        return json!([{"destination": destination}]);
    }
    let to = |scribe: &mut Scribe| json!({"host": scribe.host(), "port": {"number": scribe.port()}});
    let first = to(scribe);
    if scribe.dice.percent(15) {
        let second = to(scribe);
        return json!([{"destination": first, "weight": 30}, {"destination": second, "weight": 70}]);
    }
    json!([{"destination": first}])
}

fn http(scribe: &mut Scribe) -> Value {
    let mut matched = json!({});
    match scribe.dice.below(9) {
        0 => matched["uri"] = json!({"prefix": "/api"}),
        1 => matched["method"] = json!({"exact": "POST"}),
        2 => matched["headers"] = json!({"x-team": {"exact": "blue"}}),
        3 => matched["queryParams"] = json!({"debug": {"exact": "1"}}),
        4 => matched["sourceNamespace"] = json!(scribe.clients()),
        5 => matched["sourceLabels"] = scribe.caller_labels(),
        6 => matched["port"] = json!(scribe.port()),
        _ => {}
    }
    let mut route = json!({});
    if matched.as_object().is_some_and(|matched| !matched.is_empty()) {
        route["match"] = json!([matched]);
    }
    match scribe.dice.below(14) {
        0 => route["redirect"] = json!({"authority": scribe.host()}),
        1 => route["directResponse"] = json!({"status": 404}),
        _ => {
            route["route"] = legs(scribe);
            match scribe.dice.below(9) {
                0 => route["rewrite"] = json!({"authority": scribe.host()}),
                1 => route["rewrite"] = json!({"uri": "/other"}),
                2 => {
                    let port = scribe.port();
                    route["mirror"] = json!({"host": scribe.host(), "port": {"number": port}});
                }
                3 => route["headers"] = json!({"request": {"set": {"x-team": "blue"}}}),
                4 => route["fault"] = json!({"abort": {"httpStatus": 503, "percentage": {"value": 100}}}),
                _ => {}
            }
        }
    }
    route
}

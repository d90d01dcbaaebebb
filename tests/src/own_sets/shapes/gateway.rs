//! Servers of one's own on a gateway.

use serde_json::{Value, json};

use super::scribe::{NETWORKING, Scribe};

/// A server, and the route behind it: what istio.io's egress task tells people to write.
pub(super) fn task(scribe: &mut Scribe) {
    let host = scribe.host();
    let (block, mode) = scribe.dice.pick(&[
        ("tls", "PASSTHROUGH"),
        ("tls", "PASSTHROUGH"),
        ("http", "ISTIO_MUTUAL"),
        ("http", "ISTIO_MUTUAL"),
        ("http", ""),
        ("tcp", "ISTIO_MUTUAL"),
        ("tcp", ""),
    ]);
    let port = scribe.dice.pick(&[80, 443, 443, 444, 8088]);
    let namespace =
        scribe.dice.pick(&[scribe.regular.home, scribe.regular.home, scribe.regular.home, "mytest", "other"]);
    let outer = scribe.dice.pick(&[host, host, "own.private.internal", "*"]);
    let server = server(scribe, port, block, mode, outer);
    let gateway = scribe.gateway();
    let name = format!("own-{}-gateway", scribe.index);
    let spec = json!({"selector": {"istio": gateway}, "servers": [server]});
    scribe.add_named("server of one's own", NETWORKING, "Gateway", namespace, &name, spec);
    let (target, target_port) = (scribe.host(), scribe.port());
    let destination =
        json!({"host": if scribe.dice.percent(60) { host } else { target }, "port": {"number": target_port}});
    let leg = json!([{"destination": destination}]);
    let mut spec =
        json!({"hosts": [if outer == "*" { host } else { outer }], "gateways": [format!("{namespace}/{name}")]});
    match block {
        "tls" => {
            spec["tls"] = json!([{"match": [{"port": port, "sniHosts": [if outer == "*" { host } else { outer }]}], "route": leg}]);
        }
        "tcp" => spec["tcp"] = json!([{"match": [{"port": port}], "route": leg}]),
        _ => {
            spec["hosts"] = json!([host]);
            spec["http"] = json!([{"route": leg}]);
        }
    }
    scribe.export_to(&mut spec, namespace);
    scribe.add("route behind a server of one's own", NETWORKING, "VirtualService", namespace, spec);
}

/// A server alone: what is behind it is somebody else's.
pub(super) fn gateway(scribe: &mut Scribe) {
    let block = scribe.dice.pick(&["tls", "http", "tcp"]);
    let mode = match block {
        "http" => scribe.dice.pick(&["", "ISTIO_MUTUAL", "SIMPLE", "MUTUAL"]),
        "tls" => scribe.dice.pick(&["PASSTHROUGH", "ISTIO_MUTUAL", "AUTO_PASSTHROUGH"]),
        _ => scribe.dice.pick(&["", "ISTIO_MUTUAL"]),
    };
    let door = scribe.dice.pick(&scribe.regular.doors).outer;
    let host = scribe.host();
    let home = scribe.regular.home;
    let hosts = [
        host.to_owned(),
        "*".to_owned(),
        door,
        format!("{home}/{host}"),
        format!("./{host}"),
        "*.example.com".to_owned(),
    ];
    let host = scribe.dice.pick(&hosts);
    let port = scribe.dice.pick(&[80, 443, 444, 8088]);
    let server = server(scribe, port, block, mode, &host);
    let gateway = scribe.gateway();
    let selector = match scribe.dice.below(10) {
        0 => json!({}),
        1 => json!({"istio": "somebody-else"}),
        _ => json!({"istio": gateway}),
    };
    let namespace = scribe.namespace();
    scribe.add(
        "server without a route",
        NETWORKING,
        "Gateway",
        namespace,
        json!({"selector": selector, "servers": [server]}),
    );
}

fn server(scribe: &mut Scribe, port: u16, block: &str, mode: &str, host: &str) -> Value {
    let protocol = match (block, mode) {
        ("http", "") => "HTTP",
        ("http", _) => "HTTPS",
        ("tls", _) => "TLS",
        (_, "") => "TCP",
        _ => "TLS",
    };
    let mut server = json!({"port": {"number": port, "name": format!("own-{}", scribe.index), "protocol": protocol}, "hosts": [host]});
    match mode {
        "" => {}
        "SIMPLE" | "MUTUAL" => server["tls"] = json!({"mode": mode, "credentialName": "own"}),
        _ => server["tls"] = json!({"mode": mode}),
    }
    server
}

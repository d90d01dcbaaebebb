//! ServiceEntries, and workloads that stand behind them.

use serde_json::{Value, json};

use super::scribe::{NETWORKING, Scribe};

/// The addresses that a TCP entry may take: one, a net, all.
const ADDRESSES: [&str; 4] = ["240.240.1.1", "128.0.0.0/1", "0.0.0.0/0", "10.0.0.0/8"];

pub(super) fn entry(scribe: &mut Scribe) {
    let wild = scribe.dice.percent(15);
    let hosts: Vec<&str> = if wild {
        vec![scribe.dice.pick(&["*.example.com", "*.httpbin.org", "*.example.net", "*.org"])]
    } else if scribe.dice.percent(15) {
        let (one, other) = (scribe.host(), scribe.host());
        if one == other { vec![one] } else { vec![one, other] }
    } else {
        vec![scribe.host()]
    };
    let resolution = if wild {
        scribe.dice.pick(&["NONE", "NONE", "STATIC"])
    } else {
        scribe.dice.pick(&["DNS", "DNS", "DNS_ROUND_ROBIN", "STATIC", "NONE", "NONE"])
    };
    let ports = ports(scribe, resolution);
    let tcp = ports.iter().any(|port| port["protocol"] == "TCP" || port["protocol"] == "MONGO");
    let mut spec = json!({"hosts": hosts, "ports": ports, "resolution": resolution});
    if scribe.dice.percent(60) {
        spec["location"] = json!(scribe.dice.pick(&["MESH_EXTERNAL", "MESH_EXTERNAL", "MESH_INTERNAL"]));
    }
    if tcp && scribe.dice.percent(35) {
        // Nets are for entries that resolve nothing.
        let nets = resolution == "NONE" || resolution == "STATIC";
        spec["addresses"] = json!([if nets { scribe.dice.pick(&ADDRESSES) } else { ADDRESSES[0] }]);
    }
    let shape = match resolution {
        "NONE" if tcp => "entry without resolution, TCP",
        "NONE" => "entry without resolution",
        "STATIC" => "entry with endpoints",
        _ if endpoints(scribe, &mut spec) => "entry whose endpoint is another name",
        _ => "entry",
    };
    let shape = if wild { "wildcard entry" } else { shape };
    let mut backed = false;
    if resolution == "STATIC" {
        if scribe.dice.percent(20) {
            spec["workloadSelector"] = json!({"labels": {"app": "vm"}});
            backed = true;
        } else if scribe.dice.percent(75) {
            spec["endpoints"] = json!([{"address": scribe.dice.pick(&["198.51.100.247", "203.0.113.249"])}]);
        }
    }
    let namespace = scribe.namespace();
    scribe.export_to(&mut spec, namespace);
    if scribe.dice.percent(3) {
        spec["exportTo"] = json!(["~"]);
    }
    scribe.add(shape, NETWORKING, "ServiceEntry", namespace, spec);
    if backed {
        let workload = json!({"address": "198.51.100.248", "labels": {"app": "vm"}});
        scribe.add("workload of an entry", NETWORKING, "WorkloadEntry", namespace, workload);
    }
}

fn ports(scribe: &mut Scribe, resolution: &str) -> Vec<Value> {
    let mut ports: Vec<Value> = Vec::new();
    for index in 0..scribe.dice.one_or_two(30) {
        let protocol = scribe.protocol();
        let number = match protocol {
            "HTTPS" | "TLS" => scribe.dice.pick(&[443, 443, 8443]),
            _ => scribe.port(),
        };
        let mut port =
            json!({"number": number, "name": format!("{}-{index}", protocol.to_lowercase()), "protocol": protocol});
        if scribe.dice.percent(8) {
            port = json!({"number": number, "name": format!("p-{index}")});
        }
        if resolution != "NONE" && scribe.dice.percent(15) {
            port["targetPort"] = json!(scribe.port());
        }
        if ports.iter().all(|other| other["number"] != port["number"]) {
            ports.push(port);
        }
    }
    ports
}

/// Whether the entry leads to another name than its own.
fn endpoints(scribe: &mut Scribe, spec: &mut Value) -> bool {
    if !scribe.dice.percent(30) {
        return false;
    }
    let address = scribe.host();
    let mut endpoint = json!({"address": address});
    if scribe.dice.percent(20) {
        let name = spec.pointer("/ports/0/name").cloned().unwrap_or_default();
        let port = scribe.port();
        if let Some(name) = name.as_str() {
            endpoint["ports"] = json!({name: port});
        }
    }
    spec["endpoints"] = json!([endpoint]);
    true
}

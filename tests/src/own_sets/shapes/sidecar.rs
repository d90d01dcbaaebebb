//! Sidecars.

use serde_json::json;

use super::scribe::{NETWORKING, Scribe};
use crate::own_sets::regular::ROOT;

pub(super) fn sidecar(scribe: &mut Scribe) {
    let root = scribe.dice.percent(20);
    let namespace = if root { ROOT } else { scribe.namespace() };
    let hosts = ["./*", "istio-system/*", "istio-egress/*", "*/*", "*/www.httpbin.org", "tools/*", "~/*", "gateways/*"];
    let count = scribe.dice.below(3).saturating_add(1);
    let mut chosen = scribe.dice.some(&hosts, count);
    if chosen.contains(&"~/*") {
        chosen = vec!["~/*"];
    }
    let mut listener = json!({"hosts": chosen});
    let mut listeners = Vec::new();
    if scribe.dice.percent(20) {
        let number = scribe.port();
        let protocol = scribe.dice.pick(&["HTTP", "TCP", "TLS"]);
        listener["port"] = json!({"number": number, "protocol": protocol, "name": "own"});
        if scribe.dice.percent(50) {
            listeners.push(json!({"hosts": ["*/*"]}));
        }
    }
    listeners.insert(0, listener);
    let mut spec = json!({"egress": listeners});
    let mut shape = "Sidecar";
    if scribe.dice.percent(45) {
        let mode = scribe.dice.pick(&["ALLOW_ANY", "ALLOW_ANY", "REGISTRY_ONLY"]);
        spec["outboundTrafficPolicy"] = json!({"mode": mode});
        if mode == "ALLOW_ANY" {
            shape = "Sidecar that lets everything out";
        }
    }
    if scribe.dice.percent(35) {
        spec["workloadSelector"] = json!({"labels": scribe.caller_labels()});
    }
    scribe.add(shape, NETWORKING, "Sidecar", namespace, spec);
}

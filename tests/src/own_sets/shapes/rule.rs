//! DestinationRules.

use serde_json::{Value, json};

use super::scribe::{NETWORKING, Scribe};

pub(super) fn rule(scribe: &mut Scribe) {
    let (shape, host) = match scribe.dice.below(10) {
        0..4 => ("DestinationRule of the gateway", scribe.service()),
        4..8 => ("DestinationRule of a host", scribe.host().to_owned()),
        _ => (
            "wildcard DestinationRule",
            scribe.dice.pick(&["*.example.com", "*.httpbin.org", "*.svc.cluster.local", "*"]).to_owned(),
        ),
    };
    let mut spec = json!({"host": host});
    let policy = traffic(scribe);
    if scribe.dice.percent(70) {
        spec["trafficPolicy"] = policy;
    }
    if scribe.dice.percent(40) {
        let door = scribe.dice.pick(&scribe.regular.doors);
        let name = if scribe.dice.percent(60) { door.subset } else { "own".to_owned() };
        if !name.is_empty() {
            let mut policy = traffic(scribe);
            // A subset of one's own that calls the gateway by a name of ours.
            if scribe.dice.percent(50) {
                policy = json!({"tls": {"mode": "ISTIO_MUTUAL", "sni": door.outer}});
            }
            spec["subsets"] = json!([{"name": name, "trafficPolicy": policy}]);
        }
    }
    let namespace = scribe.namespace();
    // Istio's webhook takes no rule for some workloads of other namespaces.
    if scribe.dice.percent(15) {
        spec["workloadSelector"] = json!({"matchLabels": scribe.caller_labels()});
    } else {
        scribe.export_to(&mut spec, namespace);
    }
    scribe.add(shape, NETWORKING, "DestinationRule", namespace, spec);
}

fn traffic(scribe: &mut Scribe) -> Value {
    let mode = scribe.dice.pick(&["SIMPLE", "DISABLE", "ISTIO_MUTUAL"]);
    let mut tls = json!({"mode": mode});
    if mode != "DISABLE" && scribe.dice.percent(50) {
        tls["sni"] = json!(scribe.host());
    }
    match scribe.dice.below(10) {
        0 => json!({"connectionPool": {"http": {"http1MaxPendingRequests": 10}}}),
        1 => json!({"loadBalancer": {"simple": "ROUND_ROBIN"}}),
        2..5 => {
            let port = scribe.dice.pick(&[80, 443, 444, 8080]);
            json!({"portLevelSettings": [{"port": {"number": port}, "tls": tls}]})
        }
        _ => json!({"tls": tls}),
    }
}

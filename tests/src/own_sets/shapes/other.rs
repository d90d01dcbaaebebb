//! Kinds that change proxies by themselves.

use serde_json::json;

use super::scribe::{NETWORKING, SECURITY, Scribe};
use crate::own_sets::regular::ROOT;

pub(super) fn other(scribe: &mut Scribe) {
    let gateway = scribe.gateway();
    let selector = scribe.dice.pick(&[
        json!({"istio": gateway}),
        json!({"app": "sleep-a"}),
        json!({"version": "v2"}),
        json!(null),
    ]);
    let home = scribe.regular.home;
    let namespace = scribe.dice.pick(&[home, home, "mytest", "mytest", "other", ROOT]);
    let selected = |mut spec: serde_json::Value, key: &str| {
        if !selector.is_null() {
            spec[key] = if key == "selector" { json!({"matchLabels": selector}) } else { json!({"labels": selector}) };
        }
        spec
    };
    match scribe.dice.below(9) {
        0 | 1 => {
            let mode = scribe.dice.pick(&["STRICT", "PERMISSIVE", "DISABLE"]);
            scribe.add(
                "PeerAuthentication",
                SECURITY,
                "PeerAuthentication",
                namespace,
                selected(json!({"mtls": {"mode": mode}}), "selector"),
            );
        }
        2 => {
            let rules = json!({"jwtRules": [{"issuer": "testing@secure.istio.io", "jwks": r#"{"keys":[{"e":"AQAB","kid":"k","kty":"RSA","n":"xAE7eB6qugXyCAG3yhh7pkDkT65pHymX-P7KfIupjf59vsdo91bSP9C8H07pSAGQO1MV_xFj9VswgsCg4R6otmg5PV2He95lZdHtOcU5DXIg_pbhLdKXbi66GlVeK6ABZOUW3WYtnNHD-91gVuoeJT_DwtGGcp4ignkgXfkiEm4sw-4sfb4qdt5oLbyVpmW6x9cfa7vs2WTfURiCrBoUqgBo_-4WTiULmmHSGZHOjzwa8WtrtOQGsAFjIbno85jp6MnGGGZPYZbDAa_b3y5u-YpW7ypZrvD8BgtKVjgtQgZhLAGezMt0ua3DRrWnKqTZ0BJ_EyxOGuHJrLsn00fnMQ"}]}"#}]});
            scribe.add(
                "RequestAuthentication",
                SECURITY,
                "RequestAuthentication",
                namespace,
                selected(rules, "selector"),
            );
        }
        3 | 4 => {
            let patch = json!({"configPatches": [{
                "applyTo": "VIRTUAL_HOST",
                "match": {"context": "SIDECAR_OUTBOUND", "routeConfiguration": {"vhost": {"name": "block_all"}}},
                "patch": {"operation": "REMOVE"},
            }]});
            scribe.add(
                "EnvoyFilter",
                "networking.istio.io/v1alpha3",
                "EnvoyFilter",
                namespace,
                selected(patch, "workloadSelector"),
            );
        }
        5 => scribe.add(
            "Telemetry",
            "telemetry.istio.io/v1",
            "Telemetry",
            namespace,
            selected(json!({"accessLogging": [{"disabled": true}]}), "selector"),
        ),
        6 => {
            let address = scribe.dice.pick(&["198.51.100.248", "www.httpbin.org"]);
            scribe.add(
                "WorkloadEntry",
                NETWORKING,
                "WorkloadEntry",
                namespace,
                json!({"address": address, "labels": {"istio": gateway}}),
            );
        }
        7 => {
            let port = scribe.dice.pick(&[443, 80]);
            let spec = json!({
                "parentRefs": [{"group": "", "kind": "Service", "name": format!("istio-{gateway}"), "namespace": home}],
                "rules": [{"backendRefs": [{"group": "networking.istio.io", "kind": "Hostname", "name": scribe.host(), "port": port}]}],
            });
            scribe.add("HTTPRoute", "gateway.networking.k8s.io/v1", "HTTPRoute", namespace, spec);
        }
        _ => scribe.add(
            "ProxyConfig",
            "networking.istio.io/v1beta1",
            "ProxyConfig",
            namespace,
            selected(json!({"concurrency": 1}), "selector"),
        ),
    }
}

//! What the evaluator does not model makes a verdict `unknown`, where it may matter.

use crate::gateway::{HTTP, VIA, parts};
use crate::mesh::{Mesh, is};
use crate::sidecar::two_hosts;

#[test]
fn what_is_not_modelled_is_unknown() {
    let filter = "
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: f, namespace: a}
spec: {configPatches: []}
";
    let mesh = Mesh::bare(&(two_hosts() + filter));
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("b", "https://x.org"), "allowed x.org:443 tls(x.org)");
    // A selector without labels selects everything; a sidecar's labels are all known.
    for (selector, expected) in [
        ("{labels: {}}", "unknown"),
        ("{}", "unknown"),
        ("{labels: {app: s}}", "unknown"),
        ("{labels: {app: t}}", "allowed x.org:443 tls(x.org)"),
        ("{labels: {app: s, tier: b}}", "allowed x.org:443 tls(x.org)"),
    ] {
        let filter = filter.replace("{configPatches: []}", &format!("{{workloadSelector: {selector}}}"));
        is(&Mesh::bare(&(two_hosts() + &filter)).from("a,app=s", "https://x.org"), expected);
    }
    let route = "
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: h, namespace: own}
spec: {parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x}], rules: []}
";
    let mesh = Mesh::bare(&(two_hosts() + route));
    is(&mesh.from("a", "http://x.org"), "unknown");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
}

#[test]
fn a_filter_for_pods_that_are_half_known() {
    let filter = |selector: &str| {
        let mut parts = parts();
        parts.more = format!(
            "
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {{name: f, namespace: istio-system}}
spec: {{workloadSelector: {{labels: {{{selector}}}}}}}
"
        );
        parts.mesh()
    };
    is(&filter("istio: egressgateway-a").from("a,app=s", HTTP), "unknown");
    is(&filter("istio: other").from("a,app=s", HTTP), VIA);
    is(&filter("istio: egressgateway-a, tier: b").from("a,app=s", HTTP), "unknown");
    is(&filter("tier: b").from("a,app=s", HTTP), "unknown");
    let mut complete = filter("tier: b");
    complete.environment.complete = true;
    is(&complete.from("a,app=s", HTTP), VIA);
}

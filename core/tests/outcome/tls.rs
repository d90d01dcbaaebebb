//! TLS that a gateway begins (docs/istio/destination-rules.md).

use crate::gateway::{Parts, parts};
use crate::mesh::{Mesh, is, query};

/// A route that does not tell the host who calls.
const SILENT: &str = "headers: {request: {remove: [X-Forwarded-Client-Cert]}}";

/// HTTP that leaves as HTTPS.
fn upgraded(tls: &str) -> Parts {
    let mut parts = parts();
    parts.gateway_route = parts.gateway_route.replacen(
        "host: x.org, port: {number: 80}",
        "host: x.org, subset: https, port: {number: 443}",
        1,
    );
    parts.gateway_route = parts.gateway_route.replacen("http: [{", &format!("http: [{{{SILENT}, "), 1);
    parts.more = format!(
        "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: upgrade, namespace: istio-system}}
spec: {{host: x.org, exportTo: [.], subsets: [{{name: https, trafficPolicy: {{tls: {tls}}}}}]}}
"
    );
    parts
}

#[test]
fn an_upgrade_arrives_with_tls() {
    let mesh = upgraded("{mode: SIMPLE, sni: x.org, subjectAltNames: [x.org], caCertificates: system}").mesh();
    let trace = mesh.from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    // Passthrough to the same port stays what it is.
    is(&mesh.from("a,app=s", "https://x.org"), "allowed via egressgateway-a x.org:443 tls(x.org)");
}

#[test]
fn names_that_are_not_verified_are_noted() {
    let trace = upgraded("{mode: SIMPLE, sni: x.org}").mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes[0].contains("not that it belongs to `x.org`"), "{:?}", trace.notes);
    // Neither: Istio takes the name from `Host` and verifies it.
    let trace = upgraded("{mode: SIMPLE}").mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    let trace = upgraded("{mode: SIMPLE, sni: x.org, insecureSkipVerify: true}").mesh().from("a,app=s", "http://x.org");
    assert!(trace.notes[0].contains("at all"), "{:?}", trace.notes);
}

#[test]
fn a_caller_who_is_told_to_the_host_is_noted() {
    let mut parts = upgraded("{mode: SIMPLE, sni: x.org, subjectAltNames: [x.org]}");
    parts.gateway_route = parts.gateway_route.replace(SILENT, "name: loud");
    let trace = parts.mesh().from("a,app=s", "http://x.org");
    is(&trace, "allowed via egressgateway-a x.org:443 tls(x.org)");
    assert_eq!(trace.notes, ["the caller's identity leaks to `x.org`: no route removes `x-forwarded-client-cert`"]);
}

#[test]
fn other_modes() {
    for (tls, expected) in [
        ("{mode: ISTIO_MUTUAL}", "blocked 503 UF"),
        ("{mode: DISABLE}", "diverted via egressgateway-a x.org:443"),
        ("{mode: SIMPLE, sni: x.org, subjectAltNames: [y.org]}", "unknown"),
        (
            "{mode: MUTUAL, sni: x.org, subjectAltNames: [x.org], credentialName: c}",
            "allowed via egressgateway-a x.org:443 tls(x.org)",
        ),
    ] {
        is(&upgraded(tls).mesh().from("a,app=s", "http://x.org"), expected);
    }
}

#[test]
fn tls_inside_tls_is_not_guessed_at() {
    let mut parts = upgraded("{mode: SIMPLE, sni: x.org}");
    parts.gateway_route = parts
        .gateway_route
        .replace("host: x.org, port: {number: 443}", "host: x.org, subset: https, port: {number: 443}");
    is(&parts.mesh().from("a,app=s", "https://x.org"), "unknown");
}

/// A DestinationRule that begins TLS for a port on which clients begin it themselves: the server answers the inner handshake
/// as it answers any text that is no request.
#[test]
fn https_inside_tls_fails_and_other_tls_is_not_guessed_at() {
    let mesh = |mode: &str| {
        let mut mesh = Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: a}}
spec: {{hosts: [x.org], resolution: DNS, ports: [{{number: 443, name: tls, protocol: TLS}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: x, namespace: a}}
spec: {{host: x.org, trafficPolicy: {{tls: {{mode: {mode}, sni: x.org, subjectAltNames: [x.org]}}}}}}
"
        ))
        .complete();
        mesh.environment.has_policies = false;
        mesh
    };
    is(&mesh("SIMPLE").from("a", "https://x.org"), "blocked closed");
    is(&mesh("SIMPLE").from("a", "tls://x.org"), "unknown");
    is(&mesh("DISABLE").from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn a_sidecar_may_begin_tls_itself() {
    let mut parts = parts();
    parts.hollow = parts
        .real
        .replace("namespace: istio-system", "namespace: istio-egress")
        .replace("exportTo: [.]", "exportTo: [a]");
    parts.mesh_route = String::new();
    parts.more = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: o, namespace: a}
spec: {host: x.org, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE, sni: x.org}}]}}
"
    .into();
    is(&parts.mesh().from("a,app=s", "http://x.org"), "allowed x.org:80 tls(x.org)");
}

/// `auto_sni` and `auto_san_validation`: without `sni` and `subjectAltNames` the certificate must have the name in `Host`.
#[test]
fn without_names_in_a_rule_the_name_in_host_is_verified() {
    let mesh = |tls: &str, route: &str| {
        Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: t, namespace: a}}
spec: {{hosts: [t.org], resolution: DNS, ports: [{{number: 80, name: p, protocol: HTTP, targetPort: 443}}]}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: w, namespace: a}}
spec: {{hosts: ['*.t.org'], resolution: NONE, ports: [{{number: 80, name: p, protocol: HTTP, targetPort: 443}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: t, namespace: a}}
spec: {{host: t.org, trafficPolicy: {{tls: {tls}}}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: w, namespace: a}}
spec: {{host: '*.t.org', trafficPolicy: {{tls: {tls}}}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: r, namespace: a}}
spec: {{hosts: [r.org], http: [{{{route}, route: [{{destination: {{host: t.org}}}}]}}]}}
"
        ))
        .complete()
    };
    let asked = |host: &str| {
        let mut query = query("a", "http://t.org");
        query.headers.insert("host".into(), host.into());
        query
    };
    let of_host = mesh("{mode: SIMPLE}", "name: one");
    for (host, expected) in [
        ("t.org", "allowed t.org:443 tls(t.org)"),
        ("T.org:80", "allowed t.org:443 tls(t.org)"),
        // Whether the certificate of t.org has it.
        ("r.org", "unknown"),
        // What no certificate has.
        ("t.org:x", "blocked 503 UF"),
        // Releases that do not know the host with a dot answer 502.
        ("t.org.", "blocked"),
        // The dialled host is `t.org`, and the wildcard's endpoint is what was dialled.
        ("x.t.org", "unknown"),
    ] {
        is(&of_host.ask(&asked(host)), expected);
    }
    let why = of_host.ask(&asked("r.org")).unknown;
    assert_eq!(why, ["whether the certificate of `t.org` has `r.org` is not known"]);
    for (route, expected) in [
        ("rewrite: {authority: t.org}", "diverted t.org:443 tls(t.org)"),
        ("rewrite: {authority: t.org.}", "blocked 503 UF"),
        // No server name, and perhaps a certificate with the address.
        ("rewrite: {authority: 10.1.2.3}", "unknown"),
        ("rewrite: {authority: '[::1]'}", "unknown"),
        ("headers: {request: {set: {Host: '%REQ(x-host)%'}}}", "blocked 503 UF"),
        ("rewrite: {authority: x y}", "blocked 503 UF"),
    ] {
        is(&mesh("{mode: SIMPLE}", route).from("a", "http://r.org"), expected);
    }
    // Nobody verifies it then.
    for (tls, name) in [("sni: t.org", "t.org"), ("insecureSkipVerify: true", "r.org")] {
        let trace = mesh(&format!("{{mode: SIMPLE, {tls}}}"), "name: one").ask(&asked("r.org"));
        assert!(trace.unknown.is_empty() && trace.reached.unwrap().sni.as_deref() == Some(name), "{tls}");
    }
    // A proxy that passes bytes on does not look at `Host`: it sends no name and verifies none.
    let text = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: t, namespace: a}
spec: {hosts: [t.org], resolution: DNS, ports: [{number: 80, name: tcp, protocol: TCP, targetPort: 443}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: t, namespace: a}
spec: {host: t.org, trafficPolicy: {tls: {mode: SIMPLE}}}
";
    let trace = Mesh::bare(text).complete().ask(&asked("t.org"));
    is(&trace, "allowed t.org:443 tls()");
    assert!(trace.notes.iter().any(|note| note.contains("not that it belongs to `t.org`")), "{:?}", trace.notes);
}

#[test]
fn names_of_an_entry_are_verified_beside_the_name_in_host() {
    let mesh = |names: &str| {
        Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: t, namespace: a}}
spec:
  hosts: [t.org]
  resolution: DNS
  subjectAltNames: [{names}]
  ports: [{{number: 80, name: http, protocol: HTTP, targetPort: 443}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: t, namespace: a}}
spec: {{host: t.org, trafficPolicy: {{tls: {{mode: SIMPLE}}}}}}
"
        ))
        .complete()
    };
    is(&mesh("t.org").from("a", "http://t.org"), "allowed t.org:443 tls(t.org)");
    is(&mesh("u.org").from("a", "http://t.org"), "unknown");
    let mut query = query("a", "http://t.org");
    query.headers.insert("host".into(), "t.org.".into());
    is(&mesh("t.org").ask(&query), "blocked");
}

/// A sidecar gets no Secret, and no TLS with it, unless the DestinationRule has a selector.
#[test]
fn a_secret_of_a_destination_rule_is_for_gateways() {
    let ask = |tls: &str, more: &str| {
        let mesh = Mesh::bare(&format!(
            "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: t, namespace: a}}
spec: {{hosts: [t.org], resolution: DNS, ports: [{{number: 80, name: http, protocol: HTTP, targetPort: 443}}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: t, namespace: a}}
spec: {{host: t.org, {more}trafficPolicy: {{tls: {tls}}}}}
"
        ));
        mesh.from("a,app=s", "http://t.org")
    };
    let with_tls = "allowed t.org:443 tls(t.org)";
    is(&ask("{mode: SIMPLE, sni: t.org}", ""), with_tls);
    for mode in ["SIMPLE", "MUTUAL"] {
        let tls = format!("{{mode: {mode}, sni: t.org, credentialName: c}}");
        let trace = ask(&tls, "");
        assert!(!trace.reached.as_ref().unwrap().tls, "{mode}: {trace:?}");
        assert!(trace.notes.iter().any(|note| note.contains("`workloadSelector`")), "{:?}", trace.notes);
        is(&ask(&tls, "workloadSelector: {matchLabels: {app: s}}, "), "unknown");
        let other = ask(&tls, "workloadSelector: {matchLabels: {app: t}}, ");
        assert!(!other.reached.as_ref().unwrap().tls, "{mode}: the rule is for others");
    }
    is(&ask("{mode: SIMPLE, sni: t.org, credentialName: 'configmap://a/c'}", ""), "unknown");
}

//! The user's own Istio objects beside the policies: what they change, and what is wrong with them.

use egressc_core::api::{CompileResponse, Diagnostic};

use crate::ask;

mod authorization_policies;
mod hosts;
mod made;
mod not_modelled;
mod origin;
mod routes;

pub(crate) const HTTP: &str = policy!(
    "egressgateway-a",
    "  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 80, protocol: HTTP}}
"
);
pub(crate) const BOTH: &str = policy!(
    "egressgateway-a",
    "  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 80, protocol: HTTP}, httpsUpgrade: {enabled: true}}
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 443, protocol: HTTPS}, byEgressGateway: {port: 444}}
"
);
pub(crate) const MESH: &str =
    mesh!("egressgateway-a", "{port: 80, targetPort: 8080, class: http}", "{port: 444, targetPort: 8444, class: tls}");
/// The example of ASM's page, as it stands there.
pub(crate) const DENY_POST: &str = "
kind: AuthorizationPolicy
apiVersion: security.istio.io/v1beta1
metadata:
  name: sleep-a-egress-www-httpbin-org
  namespace: istio-system
spec:
  action: DENY
  rules:
  - to:
    - operation:
        hosts:
        - www.httpbin.org
        - httpbin.org
        methods:
        - POST
    from:
    - source:
        namespaces: [\"mytest\"]
  selector:
    matchLabels:
      istio: egressgateway-a
";

pub(crate) fn compiled(texts: &[&str]) -> CompileResponse {
    ask::compiled(ask::texts(texts))
}

pub(crate) fn said(texts: &[&str]) -> Vec<Diagnostic> {
    let mut checked = ask::checked(ask::texts(texts));
    // What holds without policies is in `hand_written`.
    checked.diagnostics.retain(|each| !each.code.starts_with("EGR07"));
    let compiled = compiled(texts);
    assert_eq!(checked.diagnostics, compiled.diagnostics, "check says what compile says");
    assert_eq!(checked.ok, compiled.ok);
    checked.diagnostics
}

/// What is said about an object beside a policy.
pub(crate) fn beside(policy: &str, object: &str) -> Vec<Diagnostic> {
    let alone = said(&[policy, MESH]);
    assert!(alone.is_empty(), "{alone:#?}");
    said(&[policy, MESH, object])
}

pub(crate) fn slugs(diagnostics: &[Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|each| each.slug.as_str()).collect()
}

pub(crate) fn messages(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(|each| format!("{}: {}", each.slug, each.message)).collect();
    lines.join("\n")
}

/// The text with every fix of a rule applied, one after the other.
pub(crate) fn mended(policy: &str, object: &str, slug: &str) -> String {
    let mut object = object.to_owned();
    for _ in 0..5 {
        let diagnostics = beside(policy, &object);
        let Some(found) = diagnostics.iter().find(|each| each.slug == slug) else { return object };
        object = ask::mended(&object, found);
        let left = beside(policy, &object);
        let count = |all: &[Diagnostic]| all.iter().filter(|each| each.slug == slug).count();
        assert!(count(&left) < count(&diagnostics), "a fix mends what it is for: {object}\n{left:#?}");
    }
    panic!("no end of {slug}: {object}");
}

pub(crate) fn entry(host: &str, namespace: &str, more: &str) -> String {
    format!("
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: own, namespace: {namespace}}}
spec: {{hosts: ['{host}'], ports: [{{number: 80, name: http, protocol: HTTP}}, {{number: 443, name: tls, protocol: TLS}}], resolution: DNS{more}}}
")
}

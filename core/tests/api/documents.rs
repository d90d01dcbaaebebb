//! The documents that tests ask about, in a few words.

/// A mesh of which everything is known, so that nothing is said about it.
pub(crate) const MESH: &str = environment!(
    "  gateways:\n  - name: gw\n    ports: [{port: 80, targetPort: 80}, {port: 443, targetPort: 443}, {port: 444, targetPort: 444}]\n"
);

pub(crate) const A: &str = "{namespace: mytest, workloadSelector: {app: a}}";
pub(crate) const B: &str = "{namespace: mytest, workloadSelector: {app: b}}";

pub(crate) fn documents(parts: &[&str]) -> String {
    parts.join("---\n")
}

/// A policy for gateway `gw` with these rules; each is a `from` and a `to` in YAML's flow style.
pub(crate) fn policy(rules: &[(&str, &str)]) -> String {
    let rules: Vec<String> = rules.iter().map(|(from, to)| format!("  - from: [{from}]\n    to: [{to}]\n")).collect();
    let rules = rules.concat();
    format!("{}{rules}", policy!("gw"))
}

/// `to` for one host.
pub(crate) fn to(host: &str, port: u16, protocol: &str) -> String {
    with(host, port, protocol, "")
}

/// `to` for one host, with more fields.
pub(crate) fn with(host: &str, port: u16, protocol: &str, more: &str) -> String {
    format!("{{hosts: [{host}], port: {{number: {port}, protocol: {protocol}}}{more}}}")
}

/// A rule of A in a mesh that is known.
pub(crate) fn of_a(to: &[String]) -> String {
    documents(&[&policy(&[(A, &to.join(", "))]), MESH])
}

pub(crate) fn http() -> String {
    policy(&[(A, &to("a.example.org", 80, "HTTP"))])
}

/// [`MESH`] with more in its `spec`.
pub(crate) fn mesh(more: &str) -> String {
    format!("{MESH}{more}")
}

/// A MeshEnvironment with other gateways than [`MESH`].
pub(crate) fn gateways(list: &str) -> String {
    format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: prod}}\nspec:\n  gateways: [{list}]\n"
    )
}

pub(crate) fn service(name: &str, namespace: &str, spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n")
}

pub(crate) fn istio_gateway(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: istio.alibabacloud.com/v1beta1\nkind: IstioGateway\nmetadata: {{name: {name}, namespace: istio-system}}\nspec: {{{spec}}}\n"
    )
}

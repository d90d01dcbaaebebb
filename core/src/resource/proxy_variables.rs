//! Variables of proxies that change what is captured: in `proxyMetadata`, in a `ProxyConfig`, and of containers.

use super::pod_parts::variable;
use crate::source::Spanned;
use crate::syntax::Node;

/// The variable that makes a sidecar answer DNS.
pub(super) const DNS_CAPTURE: &str = "ISTIO_META_DNS_CAPTURE";

/// Variables that change what is captured, or which proxy runs and with which certificate, in ways that are not followed.
/// istio-init gets the variables of a proxy config, and what no argument says they say (`bindCmdlineFlags` of
/// `tools/istio-iptables/pkg/cmd/root.go`, `tools/istio-iptables/pkg/constants`); the rest is of the agent and of istiod
/// (`pilot/cmd/pilot-agent/options`, `NodeMetadata` of `pkg/model/proxy.go`).
const NOT_FOLLOWED: [&str; 17] = [
    "CLEANUP_ONLY",
    "DISABLE_ENVOY",
    "DRY_RUN",
    "ENVOY_USER",
    "ISTIO_BOOTSTRAP",
    "ISTIO_BOOTSTRAP_OVERRIDE",
    "ISTIO_EXCLUDE_INTERFACES",
    "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE",
    "ISTIO_META_GENERATOR",
    "ISTIO_META_TLS_CLIENT_CERT_CHAIN",
    "ISTIO_OUTBOUND_OWNER_GROUPS",
    "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE",
    "ISTIO_OUTBOUND_PORTS",
    "KUBE_VIRT_INTERFACES",
    "PROXY_GID",
    "REDIRECT_DNS",
    "SKIP_RULE_APPLY",
];

/// Those among variables by name, `of` whom they are.
pub(super) fn not_followed(variables: Option<&Node>, of: &str) -> Vec<Spanned<String>> {
    let variables = variables.map(Node::entries).unwrap_or_default().iter();
    let changes = variables.filter(|entry| NOT_FOLLOWED.contains(&&*entry.key));
    changes.map(|entry| Spanned::new(format!("variable `{}` of {of}", entry.key), entry.key_span)).collect()
}

/// Those among the variables of a container.
pub(super) fn of_container(container: &Node) -> impl Iterator<Item = Spanned<String>> {
    NOT_FOLLOWED.into_iter().filter_map(|name| {
        let variable = variable(container, name)?;
        Some(Spanned::new(format!("variable `{name}` of the pod"), variable.span))
    })
}

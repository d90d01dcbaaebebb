//! Variables of proxies that change what is captured: in `proxyMetadata`, in a `ProxyConfig`, and of containers.

use super::pod_parts::variable;
use super::read::is_true;
use crate::source::Spanned;
use crate::syntax::{Entry, Node};

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

/// Variables that the injector sets itself, so that each injected pod has them. With another mode istiod writes the proxy no
/// listener for what is redirected (`buildVirtualOutboundListener` of `pilot/pkg/networking/core/listener_builder.go`), and the
/// agent finds its control plane by the proxy config (`pilot/cmd/pilot-agent/config/config.go`).
const OF_INJECTION: [&str; 2] = ["ISTIO_META_INTERCEPTION_MODE", "PROXY_CONFIG"];
/// The value of the first one in nearly every pod.
const USUAL_MODE: &str = "REDIRECT";

/// Those among variables by name, `of` whom they are.
pub(super) fn not_followed(variables: Option<&Node>, of: &str) -> Vec<Spanned<String>> {
    let variables = variables.map(Node::entries).unwrap_or_default().iter();
    let is_set_again = |entry: &&Entry| OF_INJECTION.contains(&&*entry.key) && entry.value.text() != Some(USUAL_MODE);
    let changes = variables.filter(|entry| NOT_FOLLOWED.contains(&&*entry.key) || is_set_again(entry));
    changes.map(|entry| Spanned::new(format!("variable `{}` of {of}", entry.key), entry.key_span)).collect()
}

/// Those among the variables of a container of a pod that was injected. Injection itself takes none from other objects.
pub(super) fn of_container(container: &Node) -> impl Iterator<Item = Spanned<String>> {
    let from = container.entries().iter().find(|entry| &*entry.key == "envFrom" && !entry.value.items().is_empty());
    let from =
        from.map(|entry| Spanned::new("`envFrom` of the proxy's containers of the pod".to_owned(), entry.key_span));
    NOT_FOLLOWED.into_iter().filter_map(|name| Some(named(name, variable(container, name)?))).chain(from)
}

/// Those among the variables that a pod sets in a container that is to be injected.
pub(super) fn of_override(container: &Node) -> impl Iterator<Item = Spanned<String>> {
    let of_injection = OF_INJECTION.into_iter().filter_map(|name| {
        let variable = variable(container, name)?;
        (variable.given("value").and_then(Node::text) != Some(USUAL_MODE)).then(|| named(name, variable))
    });
    let ours = NOT_FOLLOWED.into_iter().filter_map(|name| Some(named(name, variable(container, name)?)));
    // Its value may stand elsewhere (`valueFrom`), or be none that istiod reads.
    let dns = variable(container, DNS_CAPTURE).filter(|variable| is_true(variable, "value").is_none());
    ours.chain(of_injection).chain(dns.map(|variable| named(DNS_CAPTURE, variable)))
}

/// Whether a container sets the variable that makes a sidecar answer DNS.
pub(super) fn names_dns(container: &Node) -> bool {
    variable(container, DNS_CAPTURE).is_some()
}

fn named(name: &str, variable: &Node) -> Spanned<String> {
    Spanned::new(format!("variable `{name}` of the pod"), variable.span)
}

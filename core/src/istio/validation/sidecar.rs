//! `ValidateSidecar` of pkg/config/validation/validation.go.

use std::collections::BTreeSet;

use super::broken_rule::BrokenRules;
use super::{addresses, connection_pool, names, ports, route, selector, server_tls};
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`ValidateSidecar` of pkg/config/validation/validation.go";
const PORT: &str = "`validateSidecarEgressPortBindAndCaptureMode` of pkg/config/validation/validation.go";
const INGRESS: &str = "`validateSidecarIngressPortAndBind` of pkg/config/validation/validation.go";
const POLICY: &str = "`validateSidecarOutboundTrafficPolicy` of pkg/config/validation/validation.go";
const HOST: &str = "`ValidateNamespaceSlashWildcardHostname` of pkg/config/validation/agent/validation.go";

pub(super) fn validate(spec: Fields<'_>, _meta: &Meta, broken: &mut BrokenRules) {
    selector::validate(spec.child("workloadSelector").and_then(|it| it.child("labels")), SOURCE, broken);
    let is_empty = |field: &str| spec.items(field).next().is_none();
    if is_empty("egress")
        && is_empty("ingress")
        && !spec.has("outboundTrafficPolicy")
        && !spec.has("inboundConnectionPool")
    {
        broken.refuse(
            spec,
            SOURCE,
            "a Sidecar needs `egress`, `ingress`, `outboundTrafficPolicy` or `inboundConnectionPool`",
        );
    }
    let mut seen = BTreeSet::new();
    for listener in spec.items("ingress") {
        ingress(listener, &mut seen, broken);
    }
    connection_pool::validate(spec.child("inboundConnectionPool"), broken);
    egress(spec, broken);
    if let Some(policy) = spec.child("outboundTrafficPolicy")
        && let Some(proxy) = policy.child("egressProxy")
    {
        if policy.child("mode").map_or("REGISTRY_ONLY", Fields::str) == "ALLOW_ANY" {
            broken.check(proxy, POLICY, names::domain(proxy.child("host").map_or("", Fields::str)));
            if proxy.has("port") {
                route::destination(Some(proxy), broken);
            } else {
                broken.refuse(proxy, POLICY, "`egressProxy` needs a port");
            }
        } else {
            broken.refuse(proxy, POLICY, "`egressProxy` needs the mode ALLOW_ANY");
        }
    }
}

fn text<'n>(holder: Fields<'n>, key: &str) -> &'n str {
    holder.child(key).map_or("", Fields::str)
}

/// The rules that ports of both directions have.
fn port(port: Fields<'_>, bind: &str, source: &'static str, broken: &mut BrokenRules) {
    let name = text(port, "name");
    if !name.is_empty() {
        broken.check(port, source, names::port(name));
    }
    broken.check(port, source, ports::protocol(text(port, "protocol")));
    broken.check(port, source, ports::number(port.number("number").unwrap_or_default()));
    if !bind.is_empty() {
        broken.check(port, source, addresses::address(bind));
    }
}

fn no_target(port: Fields<'_>, broken: &mut BrokenRules) {
    if port.number("targetPort").is_some_and(|target| target > 0) {
        broken.refuse(port, SOURCE, "a Sidecar has no `targetPort`");
    }
}

fn egress(spec: Fields<'_>, broken: &mut BrokenRules) {
    let last = spec.items("egress").count().saturating_sub(1);
    let (mut numbers, mut sockets) = (BTreeSet::new(), BTreeSet::new());
    for (index, listener) in spec.items("egress").enumerate() {
        match listener.child("port") {
            None if index != last => {
                broken.refuse(listener, SOURCE, "the listener without a port must be the last one");
            }
            None => {}
            Some(it) => {
                no_target(it, broken);
                let bind = text(listener, "bind");
                let number = it.number("number").unwrap_or_default();
                if number == 0 {
                    socket(listener, it, bind, broken);
                    if !sockets.insert(bind) {
                        broken.refuse(listener, SOURCE, "two listeners have the same socket");
                    }
                } else {
                    port(it, bind, PORT, broken);
                    if !numbers.insert(number) {
                        broken.refuse(listener, SOURCE, format!("two listeners have port {number}"));
                    }
                }
            }
        }
        if listener.items("hosts").next().is_none() {
            broken.refuse(listener, SOURCE, "a listener needs a host");
        }
        for host in listener.items("hosts") {
            broken.check(host, HOST, hostname(host.str()));
        }
    }
}

/// A listener for a Unix domain socket, whose port is 0.
fn socket(listener: Fields<'_>, port: Fields<'_>, bind: &str, broken: &mut BrokenRules) {
    let name = text(port, "name");
    if !name.is_empty() {
        broken.check(port, PORT, names::port(name));
    }
    broken.check(port, PORT, ports::protocol(text(port, "protocol")));
    match bind.strip_prefix("unix://") {
        Some(path) => broken.check(listener, PORT, addresses::unix(path)),
        None => broken.refuse(port, PORT, "a listener whose port is 0 or missing binds a Unix domain socket"),
    }
    if text(listener, "captureMode") == "IPTABLES" {
        broken.refuse(listener, PORT, "a listener for a Unix domain socket cannot have the capture mode IPTABLES");
    }
}

/// `namespace/name`. From 1.31 on, `~` before a namespace excludes the host.
fn hostname(host: &str) -> Result<(), String> {
    let Some((namespace, name)) = host.split_once('/') else {
        return Err(format!("`{host}` does not have the form `namespace/name`"));
    };
    let excluded = namespace.strip_prefix('~').unwrap_or(namespace);
    if namespace != "~" && !["*", "."].contains(&excluded) && !names::is_label(excluded) {
        return Err(format!("`{namespace}` is not a namespace"));
    }
    names::listed_host(name, false)
}

fn ingress(listener: Fields<'_>, seen: &mut BTreeSet<i64>, broken: &mut BrokenRules) {
    let Some(it) = listener.child("port") else { return };
    no_target(it, broken);
    port(it, text(listener, "bind"), INGRESS, broken);
    let number = it.number("number").unwrap_or_default();
    if !seen.insert(number) {
        broken.refuse(listener, SOURCE, format!("two listeners have port {number}"));
    }
    if let Some(endpoint) = listener.child("defaultEndpoint").filter(|it| !it.str().is_empty()) {
        broken.check(endpoint, SOURCE, default_endpoint(endpoint.str()));
    }
    if let Some(tls) = listener.child("tls") {
        let list = |key: &str| tls.items(key).next().is_some();
        let mode = tls.child("mode").map_or("PASSTHROUGH", Fields::str);
        if list("subjectAltNames")
            || list("credentialNames")
            || list("tlsCertificates")
            || tls.flag("httpsRedirect")
            || !text(tls, "credentialName").is_empty()
            || ["ISTIO_MUTUAL", "AUTO_PASSTHROUGH"].contains(&mode)
        {
            broken.refuse(
                tls,
                SOURCE,
                "`tls` of an ingress listener has a field or a mode that is not supported there",
            );
        }
        if !ports::is_tls(text(it, "protocol")) {
            broken.refuse(tls, SOURCE, "`tls` is for the protocols HTTPS and TLS only");
        }
        server_tls::validate(Some(tls), broken);
    }
    connection_pool::validate(listener.child("connectionPool"), broken);
}

fn default_endpoint(endpoint: &str) -> Result<(), String> {
    if let Some(path) = endpoint.strip_prefix("unix://") {
        return addresses::unix(path);
    }
    let malformed = || format!("the default endpoint `{endpoint}` is not an own address with a port");
    // `net.SplitHostPort`.
    let (host, port) = match endpoint.strip_prefix('[') {
        Some(rest) => rest.split_once("]:").ok_or_else(malformed)?,
        None => endpoint.rsplit_once(':').ok_or_else(malformed)?,
    };
    if !["", "127.0.0.1", "0.0.0.0", "::1", "::"].contains(&host) || (host.contains(':') && !endpoint.starts_with('['))
    {
        return Err(malformed());
    }
    ports::number(port.parse().map_err(|_| malformed())?)
}

//! ServiceEntries for the host of the request.

use super::near::{Near, Unused, not_exported};
use super::sidecar::not_imported;
use crate::istio::{Object, ServiceEntry};
use crate::trace::Scheme;
use crate::trace::outcome::istiod::service::Protocol;
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;

pub(super) fn unused(near: &Near<'_, '_>) -> Vec<Unused> {
    let entries = &near.context.objects.service_entries;
    let is_near = |entry: &&Object<ServiceEntry>| entry.spec.hosts.iter().any(|host| near.is_host(host));
    let of_host: Vec<&Object<ServiceEntry>> = entries.iter().filter(is_near).collect();
    // One that is used is the one that counts: the others are for other clients.
    if of_host.iter().any(|entry| near.is_used(&entry.meta)) {
        return Vec::new();
    }
    let reason = |entry: &&Object<ServiceEntry>| Some(Unused::new(&entry.meta, None, why(near, entry)?));
    of_host.iter().filter(|entry| entry.meta.span.is_some()).filter_map(reason).collect()
}

fn why(near: &Near<'_, '_>, entry: &Object<ServiceEntry>) -> Option<String> {
    let (query, spec) = (near.query, &entry.spec);
    if let Some(why) = not_exported(&spec.export_to, &query.namespace) {
        return Some(why);
    }
    let scope = near.scope.as_ref()?;
    let imports = |scope: &SidecarScope<'_>| {
        let mut hosts = spec.hosts.iter().filter(|host| near.is_host(host));
        hosts.any(|host| scope.imports_service(&entry.meta.namespace, host))
    };
    if let Some(why) = not_imported(scope, imports) {
        return Some(why);
    }
    let Some(port) = spec.ports.iter().find(|port| port.number == query.port) else {
        let ports: Vec<String> = spec.ports.iter().map(|port| port.number.to_string()).take(8).collect();
        let ports = ports.join(", ");
        return (!ports.is_empty()).then(|| format!("it has port {ports}, and the request is for port {}", query.port));
    };
    let is_other = match Protocol::parse(&port.protocol) {
        Protocol::Tls => !query.scheme.is_tls(),
        Protocol::Http => !query.scheme.is_http(),
        Protocol::Tcp | Protocol::MySql | Protocol::Mongo | Protocol::Unspecified | Protocol::Udp => false,
    };
    let sent = match query.scheme {
        Scheme::Http | Scheme::Grpc => "plain HTTP",
        Scheme::Https | Scheme::Tls => "TLS",
        Scheme::Tcp => "neither HTTP nor TLS",
    };
    is_other.then(|| format!("its port {} has protocol {}, and the request is {sent}", port.number, port.protocol))
}

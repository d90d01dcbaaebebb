//! The host that a client called, where a gateway has changed `Host` before it wrote a line: an access log shows the request as
//! it left.

use super::log_line::LogLine;
use super::query::authority_of;
use super::workspace::CompiledMesh;
use crate::istio::{Answer, HttpRoute};

/// The hosts whose routes at a gateway write the `Host` of a line and lead to its cluster, and that of the line if there are
/// routes for it; empty where no route writes it.
pub(super) fn called_hosts<'m>(line: &LogLine, mesh: &CompiledMesh<'m>) -> Vec<&'m str> {
    let (Some(authority), Some(cluster)) = (line.authority.as_deref(), line.outbound()) else { return Vec::new() };
    let writes_it = |route: &HttpRoute| {
        let Answer::Send(destinations) = &route.answer else { return false };
        destinations.iter().any(|sent| {
            let rewritten = route.rewrite.as_ref().and_then(|rewrite| rewrite.authority.as_deref());
            let written = rewritten.or_else(|| route.headers.authority()).or_else(|| sent.headers.authority());
            written == Some(authority)
                && sent.to.host == cluster.host
                && sent.to.subset == cluster.subset
                && sent.to.port.is_none_or(|port| port == cluster.port)
        })
    };
    let at_gateways = || {
        let services = mesh.objects.virtual_services.iter().map(|service| &service.spec);
        services.filter(|service| service.gateways.iter().any(|gateway| gateway != "mesh"))
    };
    let hosts = at_gateways().filter(|service| service.http.iter().any(writes_it)).flat_map(|service| &service.hosts);
    let mut called: Vec<&str> = hosts.map(String::as_str).filter(|host| !host.contains('*')).collect();
    if called.is_empty() {
        return called;
    }
    if let Ok((name, _)) = authority_of(authority) {
        called.extend(at_gateways().flat_map(|service| &service.hosts).map(String::as_str).find(|host| *host == name));
    }
    called.sort_unstable();
    called.dedup();
    called.truncate(MOST_NAMES);
    called
}

/// So many hosts are tried.
const MOST_NAMES: usize = 16;

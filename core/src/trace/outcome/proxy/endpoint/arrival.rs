//! The end of a journey at a host, and whether it is the one that the client meant.

use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::external_names::ExternalName;
use crate::trace::outcome::istiod::service::Endpoints;
use crate::trace::outcome::proxy::connection::{Connection, Payload, Transport};
use crate::trace::outcome::proxy::journey::{End, Journey, Step, end};
use crate::trace::outcome::proxy::request::absolute_target;
use crate::trace::{ClientPath, Reached, Stop, Verdict};

/// The request arrives at a host, and its journey ends.
pub(crate) fn arrive<T>(journey: &mut Journey<'_>, host: &str, port: u16, connection: &Connection) -> Step<T> {
    let (tls, sni) = match (&connection.transport, &connection.payload) {
        (Transport::Tls { server_name, .. }, _) => (true, server_name.clone()),
        // The client's own bytes arrive as they are, with its capitals.
        (Transport::Plain, Payload::Tls(compared)) => {
            let own = journey.query.sni.clone().filter(|_| journey.query.compared_sni() == *compared);
            (true, own.or_else(|| compared.clone()))
        }
        (Transport::Plain, _) => (false, None),
    };
    journey.arrive_at(Stop::Origin);
    let is_upgraded = connection.transport != Transport::Plain;
    let is_meant = is_meant_host(journey, host) && (is_meant_port(journey, port) || is_upgraded);
    let verdict = if is_meant { Verdict::Allowed } else { Verdict::Diverted };
    end(End { reached: Some(Reached { host: host.to_owned(), port, tls, sni }), ..End::new(verdict) })
}

/// Whether the client used this name: as the name that it dialled, in `Host`, or as server name.
fn is_meant_host(journey: &Journey<'_>, host: &str) -> bool {
    let (context, query) = (journey.context, journey.query);
    let in_header = query.written_authority();
    let names = [
        Some(query.host.as_str()),
        in_header.map(host_name::without_port),
        query.sni.as_deref(),
        query.http_path.as_deref().and_then(absolute_target).map(|(_, host, _)| host_name::without_port(host)),
    ];
    let is_name_for_it = |name: &str| {
        let (_, id) = context.canonical(name, &query.namespace);
        let is_short = || {
            context
                .host_of_short_name(&host_name::lowered(name), &query.namespace)
                .is_some_and(|id| context.hosts.name(id) == host)
        };
        is_short()
            || matches!(context.services.external_name(id), Some(ExternalName::Host(concrete)) if context.hosts.name(concrete) == host)
    };
    names
        .into_iter()
        .flatten()
        .any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host) || is_name_for_it(name))
        || is_at_dialled_address(journey, host)
}

/// Whether the client dialled an address, and ServiceEntries say that this is where the host is.
fn is_at_dialled_address(journey: &Journey<'_>, host: &str) -> bool {
    let context = journey.context;
    let Some(address) = host_name::address(&journey.query.host) else { return false };
    let is_there = |id| {
        let service = context.services.get(id)?;
        let Endpoints::Entry(entry) = service.endpoints else { return None };
        let mut declared = service.address.single().iter();
        let mut endpoints = entry.endpoints.iter().map(|endpoint| endpoint.address.parse() == Ok(address));
        let has_endpoints_there = !entry.endpoints.is_empty() && endpoints.all(|is_there| is_there);
        Some(has_endpoints_there || declared.any(|declared| declared.parse() == Ok(address)))
    };
    context.services.anywhere(context.hosts.id(host)).any(|id| is_there(id) == Some(true))
}

/// Whether the client meant this port. A client that calls a gateway itself dials the gateway's port.
fn is_meant_port(journey: &Journey<'_>, port: u16) -> bool {
    journey.query.port == port || matches!(journey.query.path, ClientPath::Direct { .. })
}

//! Servers of Gateways for external hosts that no request crosses.

use std::collections::BTreeSet;

use super::mesh::{Asked, Mesh, is};
use super::said::witness;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Gateway, Object, Server};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Message, Verdict};

/// Of one server so many hosts are asked.
const MOST_HOSTS: usize = 16;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    for gateway in objects.gateways.iter().filter(|gateway| gateway.meta.span.is_some() && !gateway.spec.is_alpha) {
        uncrossed(mesh, gateway, report);
    }
}

/// EGR0711. A host that no ServiceEntry declares may be one that comes in here, so that only declared ones count.
fn uncrossed(mesh: &mut Mesh<'_>, gateway: &Object<Gateway>, report: &mut Report) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for server in &gateway.spec.servers {
        for host in server.hosts.iter().take(MOST_HOSTS) {
            let host = host.split_once('/').map_or(host.as_str(), |(_, host)| host);
            if host.starts_with('*') || told.contains(host) {
                continue;
            }
            let Some(answer) = first_answer(mesh, host) else { continue };
            // Requests for routes have been asked before.
            if mesh.may_cross(&gateway.meta, host) {
                continue;
            }
            told.insert(host);
            let message =
                format!("no request for `{host}` crosses Gateway `{}/{}`", gateway.meta.namespace, gateway.meta.name);
            let mut found = Diagnostic::at(&codes::SERVER_UNUSED, server.span.or(gateway.meta.span), message)
                .note(witness(&answer));
            for reason in mesh.why_at_gateway(&answer) {
                found = found.note(reason);
            }
            let found = found.help(
                "send the host to the gateway with a VirtualService for `mesh`, and on from there with one for the Gateway",
            );
            report.push(mesh.within(found, &gateway.meta));
        }
    }
}

/// What becomes of a request for a declared host; it is asked as any workload that sees the ServiceEntry asks.
fn first_answer(mesh: &mut Mesh<'_>, host: &str) -> Option<Asked> {
    let declared = mesh.registry.covering(host);
    let mut first = None;
    for each in declared {
        for (port, scheme) in each.ports().take(4) {
            for namespace in Mesh::viewers(&each.entry.meta, &each.entry.spec.export_to) {
                let query = mesh.query((&namespace, &Labels::new()), (scheme, host, port.number), &Message::default());
                let answer = query.map(|query| mesh.ask(query));
                first = first.or(answer);
            }
        }
    }
    first
}

/// EGR0728: which of several Gateways has the listener is not known, and only one of them leads on.
pub(super) fn rivals(mesh: &Mesh<'_>, answer: &Asked) -> Option<(Diagnostic, [Option<Span>; 2])> {
    let by_age = answer.trace.unknown.iter().any(|why| why.starts_with("Gateways conflict on"));
    let ends: BTreeSet<Verdict> = answer.ways.iter().map(|way| way.verdict).collect();
    if !by_age || ends.len() < 2 {
        return None;
    }
    // Where a Gateway leads nowhere it decides nothing.
    let taken = answer.ways.iter().flat_map(|way| &way.decided_by).find(|by| by.kind == "Gateway")?;
    let gateways = &mesh.objects.gateways;
    let one = gateways.iter().find(|gateway| is(taken, &gateway.meta))?;
    let port = one.spec.servers.iter().find(|server| server.span == taken.span)?.port;
    let other = gateways.iter().find(|gateway| {
        let mut servers = gateway.spec.servers.iter();
        !is(taken, &gateway.meta) && servers.any(|server| server.port == port && has_host(server, &answer.query.host))
    })?;
    let message = format!(
        "Gateway `{}/{}` and `{}/{}` have servers for the same connections, and Istio takes only that of the older one",
        other.meta.namespace, other.meta.name, one.meta.namespace, one.meta.name
    );
    let found = Diagnostic::at(&codes::RIVAL_GATEWAYS, other.meta.span, message);
    let found = match taken.span {
        Some(span) => found.label(span, "the other one"),
        None => found,
    };
    let found =
        found.note(witness(answer)).help("put the servers of both into one Gateway, or give them different hosts");
    Some((found, [other.meta.span, one.meta.span]))
}

/// Whether a server is for a host.
fn has_host(server: &Server, host: &str) -> bool {
    server.hosts.iter().any(|each| {
        let each = each.split_once('/').map_or(each.as_str(), |(_, host)| host);
        each.strip_prefix('*').map_or(each == host, |suffix| host.ends_with(suffix))
    })
}

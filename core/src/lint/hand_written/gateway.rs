//! Servers of Gateways for external hosts that no request crosses.

use std::collections::BTreeSet;

use super::mesh::{Asked, Mesh};
use super::said::witness;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Gateway, Object};
use crate::resource::Labels;
use crate::trace::Message;

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
            report.push(found.help(
                "send the host to the gateway with a VirtualService for `mesh`, and on from there with one for the Gateway",
            ));
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

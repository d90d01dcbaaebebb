//! Hosts that a route sends through a gateway for some clients, and that other clients reach without it.

use std::collections::BTreeSet;

use super::mesh::{Asked, Mesh};
use super::route_requests::{self, MESH};
use super::said::{request, witness};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Message, Scheme, Stop, Trace, Verdict};
use crate::universe::OTHER_NAMESPACE;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    let mut told: BTreeSet<String> = BTreeSet::new();
    for object in &objects.virtual_services {
        let is_for_sidecars = object.spec.gateways.iter().any(|gateway| gateway == MESH);
        if object.meta.span.is_none() || object.spec.is_alpha || !is_for_sidecars {
            continue;
        }
        for requests in route_requests::of(mesh, object) {
            for query in requests.queries {
                let (host, port, scheme) = (query.host.clone(), query.port, query.scheme);
                if told.contains(&host) {
                    continue;
                }
                let answer = mesh.ask(query);
                // It may not be known whether the gateway takes the request: its author wants it to go there.
                let crosses = |way: &&Trace| way.hops.iter().any(|hop| hop.at == Stop::Gateway);
                let Some(through) = answer.ways.iter().find(crosses) else { continue };
                let (gateway, pods) = (through.gateway.clone().unwrap_or_default(), namespace_of_pods(through));
                if let Some(beside) = beside(mesh, &answer, (scheme, &host, port), pods.as_deref()) {
                    told.insert(host.clone());
                    let place = requests.span.or(object.meta.span);
                    let found = diagnostic((&host, &gateway), &answer, &beside, place);
                    report.push(mesh.within(found, &object.meta));
                }
            }
        }
    }
}

/// The namespace of the gateway's pods, by the cluster that leads to them: `outbound|80||gateway.istio-system.svc.cluster.local`.
fn namespace_of_pods(way: &Trace) -> Option<String> {
    let hop = way.hops.iter().find(|hop| hop.at == Stop::Sidecar)?;
    let host = hop.cluster.as_deref()?.split('|').nth(3)?;
    host.split('.').nth(1).map(str::to_owned)
}

/// Another client of the host, whose request arrives without a gateway. What the pods of the gateway see is for them.
fn beside(
    mesh: &mut Mesh<'_>,
    through: &Asked,
    to: (Scheme, &str, u16),
    namespace_of_pods: Option<&str>,
) -> Option<Asked> {
    let own = through.query.namespace.clone();
    let others = [own.as_str(), OTHER_NAMESPACE];
    let namespaces = others
        .into_iter()
        .map(str::to_owned)
        .chain(mesh.registry.covering(to.1).into_iter().map(|declared| declared.entry.meta.namespace.clone()).take(2));
    let namespaces = namespaces.filter(|namespace| Some(namespace.as_str()) != namespace_of_pods);
    for namespace in namespaces.collect::<Vec<_>>() {
        let Some(query) = mesh.query((&namespace, &Labels::new()), to, &Message::default()) else { continue };
        let answer = mesh.ask(query);
        if answer.trace.verdict == Verdict::Allowed && answer.trace.gateway.is_none() {
            return Some(answer);
        }
    }
    None
}

/// EGR0710.
fn diagnostic((host, gateway): (&str, &str), through: &Asked, beside: &Asked, span: Option<Span>) -> Diagnostic {
    let message =
        format!("`{host}` is reached past gateway `{gateway}`, to which this route sends it for some clients");
    Diagnostic::at(&codes::PAST_THE_GATEWAY, span, message)
        .note(witness(beside))
        .note(format!("{} goes to the gateway", request(through)))
        .note("a route with `sourceLabels` selects requests, and those that it does not select are not blocked")
        .help("send all clients of the host to the gateway and decide there, or end the routes with one that answers 403 to all others")
}

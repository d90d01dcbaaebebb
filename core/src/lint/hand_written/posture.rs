//! What is open beside the objects: hosts that nothing declares, and workloads that no sidecar holds.

use super::mesh::{Asked, Mesh};
use super::route_requests::{self, MESH};
use super::said::witness;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::Labels;
use crate::source::Span;
use crate::syntax::{Document, Node};
use crate::trace::{ClientPath, Message, Query, Scheme, Stop, Verdict};

/// A host that no object names.
const UNDECLARED: &str = "undeclared-host.invalid";
/// So many routes are looked at for one that leads to a gateway.
const MOST_ROUTES: usize = 200;
/// Where it is not known which route a request takes, it is evaluated several times: so many times for all routes.
const MOST_RUNS: usize = 200_000;

pub(super) fn lint(mesh: &mut Mesh<'_>, documents: &[Document], report: &mut Report) {
    let Some((place, through)) = first_through_gateway(mesh) else { return };
    report.extend(unknown_hosts(mesh, place, &through));
    let is_held = documents.iter().flat_map(objects).any(|root| {
        let kind = root.given("kind").and_then(Node::text).unwrap_or_default();
        kind.ends_with("NetworkPolicy") || kind == "EgressFirewall"
    });
    if !is_held {
        report.extend(without_sidecar(mesh, place, &through));
    }
}

/// A document, or the objects of a list.
fn objects(document: &Document) -> impl Iterator<Item = &Node> {
    document.root.given("items").map(Node::items).unwrap_or_default().iter().chain([&document.root])
}

/// A request that a route sends through a gateway; without one nothing is meant to be held there.
fn first_through_gateway(mesh: &mut Mesh<'_>) -> Option<(Option<Span>, Asked)> {
    let objects = mesh.objects;
    let for_sidecars = objects.virtual_services.iter().filter(|object| {
        object.meta.span.is_some()
            && !object.spec.is_alpha
            && object.spec.gateways.iter().any(|gateway| gateway == MESH)
    });
    let mut runs = 0_usize;
    for object in for_sidecars.take(MOST_ROUTES) {
        for requests in route_requests::of(mesh, object).into_iter().take(MOST_ROUTES) {
            for query in requests.queries {
                let answer = mesh.ask(query);
                runs = runs.saturating_add(answer.runs);
                if runs > MOST_RUNS {
                    return None;
                }
                let crosses = answer.trace.hops.iter().any(|hop| hop.at == Stop::Gateway);
                if crosses && answer.trace.verdict == Verdict::Allowed {
                    return Some((requests.span.or(object.meta.span), answer));
                }
            }
        }
    }
    None
}

/// EGR0726.
fn unknown_hosts(mesh: &mut Mesh<'_>, place: Option<Span>, through: &Asked) -> Option<Diagnostic> {
    let namespace = through.query.namespace.clone();
    let query = mesh.query((&namespace, &Labels::new()), (Scheme::Https, UNDECLARED, 443), &Message::default())?;
    let answer = mesh.ask(query);
    (answer.trace.verdict == Verdict::Allowed && answer.trace.gateway.is_none()).then(|| {
        let message = "requests to hosts that nothing declares go out past the egress gateway";
        Diagnostic::at(&codes::UNKNOWN_HOSTS_OPEN, place, message)
            .note(witness(&answer))
            .note(format!("this route sends `{}` through a gateway", through.query.host))
            .help("set `outboundTrafficPolicy: {mode: REGISTRY_ONLY}` in the mesh config")
    })
}

/// EGR0727.
fn without_sidecar(mesh: &mut Mesh<'_>, place: Option<Span>, through: &Asked) -> Option<Diagnostic> {
    let query = Query { path: ClientPath::None, labels: Labels::new(), ..through.query.clone() };
    let answer = mesh.ask(query);
    (answer.trace.verdict == Verdict::Allowed && answer.trace.gateway.is_none()).then(|| {
        let message = "no NetworkPolicy is given, and a workload without a sidecar goes past the egress gateway";
        Diagnostic::at(&codes::GATEWAY_NOT_ENFORCED, place, message)
            .note(witness(&answer))
            .note("a sidecar is no boundary: a pod can be started without one, and its own rules can be changed inside of it")
            .help("let only the pods of the gateway out of the cluster with a NetworkPolicy, or with the firewall of the network")
    })
}

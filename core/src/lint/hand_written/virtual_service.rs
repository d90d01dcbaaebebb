//! VirtualServices: those without effect, routes that no request reaches, and routes that lead nowhere.

use std::collections::BTreeSet;
use std::ops::Range;

use super::covers::is_covered;
use super::gateway;
use super::mesh::{Asked, Mesh, is};
use super::route_requests::{self, MESH, MOST_ROUTES, RouteRequests, external_hosts};
use super::said::{request, witness};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{HttpMatch, Object, VirtualService};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Decision, Message, Scheme, Stop, Trace, Verdict};
use crate::universe::messages_of;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    let mut named = ToldOfRivals::default();
    for object in &objects.virtual_services {
        // Routes of the Gateway API have rules of their own, and `unattached` is said where their parent takes none.
        if object.meta.span.is_none() || object.spec.of_gateway_api || object.spec.is_alpha {
            continue;
        }
        report.extend(too_many_routes(object));
        if object.spec.gateways.iter().any(|gateway| gateway == MESH) {
            at_sidecars(mesh, object, &mut named, report);
        } else {
            at_gateways(mesh, object, report);
        }
    }
}

/// The objects that a diagnostic about rivals has named: it is said once for both, and not again at the other one.
#[derive(Default)]
struct ToldOfRivals {
    services: BTreeSet<Option<Span>>,
    gateways: BTreeSet<Option<Span>>,
}

/// EGR0719.
fn too_many_routes(object: &Object<VirtualService>) -> Option<Diagnostic> {
    let VirtualService { http, tls, tcp, .. } = &object.spec;
    let number = http.len().max(tls.len()).max(tcp.len());
    (number > MOST_ROUTES).then(|| {
        let message = format!("only the first {MOST_ROUTES} routes of this VirtualService are checked, of {number}");
        Diagnostic::at(&codes::NOT_ALL_ASKED, object.meta.span, message)
            .note("each route is compared with those before it, so that the work grows with the square of their number")
    })
}

/// Where it is not known whether a match holds, a request is evaluated once for each answer: the requests for one
/// VirtualService look at so many of its matches together.
const MOST_LOOKS: usize = 200_000;

/// The work that is left for the requests of one VirtualService.
struct Work {
    matches: usize,
    left: usize,
}

impl Work {
    fn of(object: &Object<VirtualService>) -> Self {
        let VirtualService { http, tls, tcp, .. } = &object.spec;
        let in_http = http.iter().map(|route| route.matches.len().max(1));
        let in_others = tls.iter().chain(tcp).map(|route| route.matches.len().max(1));
        Self { matches: in_http.chain(in_others).fold(0, usize::saturating_add), left: MOST_LOOKS }
    }

    /// A request took so many runs; what takes one is bounded by the number of routes.
    fn took(&mut self, runs: usize) {
        self.left = self.left.saturating_sub(runs.saturating_sub(1).saturating_mul(self.matches));
    }
}

/// EGR0719.
fn too_much_work(object: &Object<VirtualService>, asked: usize, number: usize) -> Diagnostic {
    let message = format!("only the first {asked} routes of this VirtualService are checked, of {number}");
    Diagnostic::at(&codes::NOT_ALL_ASKED, object.meta.span, message)
        .note("it is not known which of its matches hold, such as those by a regular expression, and each answer is tried")
        .help("match by prefixes where that is enough, or divide the VirtualService by hosts")
}

/// What becomes of the requests for a route.
struct AskedRoute<'o> {
    requests: RouteRequests<'o>,
    answers: Vec<Asked>,
}

fn at_sidecars(mesh: &mut Mesh<'_>, object: &Object<VirtualService>, named: &mut ToldOfRivals, report: &mut Report) {
    let mut routes = Vec::new();
    let mut work = Work::of(object);
    let all = route_requests::of(mesh, object);
    let number = all.len();
    for mut requests in all {
        if work.left == 0 {
            report.push(too_much_work(object, routes.len(), number));
            break;
        }
        let queries = std::mem::take(&mut requests.queries);
        let mut answers = Vec::with_capacity(queries.len());
        for query in queries {
            let answer = mesh.ask(query);
            work.took(answer.runs);
            answers.push(answer);
        }
        routes.push(AskedRoute { requests, answers });
    }
    let is_whole = routes.len() == number;
    let mut answers = routes.iter().flat_map(|route| &route.answers).peekable();
    if answers.peek().is_none() {
        return;
    }
    let meta = &object.meta;
    if !answers.any(|answer| answer.may_use(meta)) {
        let all: Vec<&Asked> = routes.iter().flat_map(|route| &route.answers).collect();
        if is_whole {
            report.extend(unused(mesh, object, &all));
        }
        return;
    }
    if let Some((found, other)) = rivals(mesh, object, &routes).filter(|_| !named.services.contains(&object.meta.span))
    {
        named.services.extend([object.meta.span, other]);
        report.push(found);
    }
    unreachable(mesh, object, &routes, report);
    ignored_labels(mesh, object, report);
    for route in &routes {
        leads_nowhere(mesh, object, route, report);
    }
    let mut answers = routes.iter().flat_map(|route| &route.answers);
    if let Some((found, both)) = answers.find_map(|answer| gateway::rivals(mesh, answer))
        && !both.iter().all(|gateway| named.gateways.contains(gateway))
    {
        named.gateways.extend(both);
        report.push(found);
    }
}

/// A VirtualService for gateways alone, none of which is there, while clients send requests for its host. What is wrong with a
/// Gateway that is there is said about its server.
fn at_gateways(mesh: &mut Mesh<'_>, object: &Object<VirtualService>, report: &mut Report) {
    if object.spec.gateways.iter().any(|name| mesh.has_gateway(name)) {
        return;
    }
    let declared: Vec<_> = external_hosts(mesh, object)
        .into_iter()
        .filter(|host| !host.starts_with('*'))
        .flat_map(|host| mesh.registry.covering(host).into_iter().map(move |declared| (host, declared)))
        .collect();
    let mut answers = Vec::new();
    for (host, declared) in declared {
        for (port, scheme) in declared.ports().take(4) {
            for namespace in Mesh::viewers(&declared.entry.meta, &declared.entry.spec.export_to) {
                let client = (namespace.as_str(), &Labels::new());
                let query = mesh.query(client, (scheme, host, port.number), &Message::default());
                answers.extend(query.map(|query| mesh.ask(query)));
            }
        }
    }
    if answers.is_empty() || answers.iter().any(|answer| answer.may_use(&object.meta)) {
        return;
    }
    // Some workloads may be sent there by their labels: routes with labels have been asked, and are known by their objects.
    if mesh.is_used(&object.meta) || answers.iter().any(|answer| !answer.is_known()) {
        return;
    }
    let all: Vec<&Asked> = answers.iter().collect();
    report.extend(unused(mesh, object, &all));
}

/// EGR0701, where a reason is known: without one it may be in what is not given.
fn unused(mesh: &mut Mesh<'_>, object: &Object<VirtualService>, answers: &[&Asked]) -> Option<Diagnostic> {
    let meta = &object.meta;
    let example = answers.iter().find(|answer| answer.is_known()).or_else(|| answers.first())?;
    let why = mesh.why_unused(answers, meta);
    if why.is_empty() {
        return None;
    }
    let message = format!("no request uses VirtualService `{}/{}`", meta.namespace, meta.name);
    let mut found = Diagnostic::at(&codes::VIRTUAL_SERVICE_UNUSED, meta.span, message).note(witness(example));
    for reason in why {
        found = found.note(reason);
    }
    Some(found.help("mend the reason, or remove the VirtualService"))
}

/// EGR0715: another VirtualService may take the request, and which of them does is not known.
fn rivals(
    mesh: &Mesh<'_>,
    object: &Object<VirtualService>,
    routes: &[AskedRoute<'_>],
) -> Option<(Diagnostic, Option<Span>)> {
    let meta = &object.meta;
    let doubtful = routes.iter().flat_map(|route| &route.answers).filter(|answer| !answer.is_known());
    for answer in doubtful {
        let ours = answer.ways.iter().any(|way| way.decided_by.iter().any(|by| is(by, meta)));
        let others = answer.ways.iter().filter(|way| !way.decided_by.iter().any(|by| is(by, meta)));
        let mut rivals = others.filter_map(|way| way.decided_by.iter().find(|by| by.kind == "VirtualService"));
        let Some(rival) = rivals.find(|by| mesh.has_host_of(object, by)).filter(|_| ours) else { continue };
        let name = format!("{}/{}", rival.namespace, rival.name);
        let message = format!(
            "VirtualService `{}/{}` and `{name}` are for one host, and Istio takes only the older one",
            meta.namespace, meta.name
        );
        let found = Diagnostic::at(&codes::RIVAL_VIRTUAL_SERVICES, meta.span, message);
        let other = mesh.span_of(rival);
        let found = match other {
            Some(span) => found.label(span, "the other one"),
            None => found,
        };
        let found = found.note(witness(answer)).help("put the routes of both into one VirtualService");
        return Some((found, other));
    }
    None
}

/// EGR0702: every request for a route, or for one of its matches, takes another route of the same VirtualService.
fn unreachable(mesh: &Mesh<'_>, object: &Object<VirtualService>, routes: &[AskedRoute<'_>], report: &mut Report) {
    for AskedRoute { requests, answers } in routes {
        let Some(span) = requests.span else { continue };
        let is_all_covered = is_covered_route(object, span);
        let all = if requests.is_complete && is_all_covered { answers.as_slice() } else { &[] };
        if let Some((first, place)) = taken_before(object, routes, all, span) {
            report.push(mesh.within(shadowed(span, "no request reaches this route", (first, place)), &object.meta));
            continue;
        }
        let of_match = |range: &Range<usize>| answers.get(range.clone()).unwrap_or_default();
        let covered = requests.by_match.iter().filter(|(index, _)| is_covered_match(object, span, *index));
        let found = covered.into_iter().find_map(|(_, range)| taken_before(object, routes, of_match(range), span));
        if let Some(found) = found {
            let found = shadowed(span, "no request for one of its matches reaches this route", found);
            report.push(mesh.within(found, &object.meta));
        }
    }
}

/// Whether routes before a route take all that its matches take. Matches of TLS and TCP are asked with each of their names and
/// ports, which are all of their conditions.
fn is_covered_route(object: &Object<VirtualService>, span: Span) -> bool {
    let http = &object.spec.http;
    let Some(place) = http.iter().position(|route| route.span == Some(span)) else { return true };
    let Some((route, before)) = http.get(place).zip(http.get(..place)) else { return true };
    let everything = [HttpMatch::default()];
    let matches = if route.matches.is_empty() { everything.as_slice() } else { &route.matches };
    matches.iter().all(|each| is_covered(before.iter(), each))
}

/// The same of one of its matches.
fn is_covered_match(object: &Object<VirtualService>, span: Span, index: usize) -> bool {
    let http = &object.spec.http;
    let Some(place) = http.iter().position(|route| route.span == Some(span)) else { return true };
    let each = http.get(place).and_then(|route| route.matches.get(index));
    each.zip(http.get(..place)).is_some_and(|(each, before)| is_covered(before.iter(), each))
}

/// The first of the requests for a route that takes another one, if none of them may take it.
fn taken_before<'a>(
    object: &Object<VirtualService>,
    routes: &[AskedRoute<'_>],
    answers: &'a [Asked],
    span: Span,
) -> Option<(&'a Asked, Span)> {
    let meta = &object.meta;
    // Whatever way a request may take: of clients that do not see the host the result is often unknown, and says nothing.
    if answers.iter().any(|answer| answer.may_use_part(meta, Some(span))) {
        return None;
    }
    // Some clients have no listener for the request, and what they do says nothing about the routes.
    answers.iter().filter(|answer| answer.is_known()).find_map(|answer| {
        let mut decided = answer.trace.decided_by.iter().filter(|by| answer.is_surely_by(by));
        let by = decided.find(|by| is(by, meta) && by.span != Some(span))?;
        let place = by.span.filter(|place| routes.iter().any(|route| route.requests.span == Some(*place)))?;
        Some((answer, place))
    })
}

fn shadowed(span: Span, message: &str, (first, place): (&Asked, Span)) -> Diagnostic {
    Diagnostic::new(&codes::ROUTE_UNREACHABLE, span, message)
        .label(place, "this route takes the requests before it")
        .note(format!("for example, {} takes the other route", request(first)))
        .help("put the route before the other one, or remove it")
}

/// EGR0703 and EGR0714: what a route sends arrives nowhere.
fn leads_nowhere(mesh: &mut Mesh<'_>, object: &Object<VirtualService>, route: &AskedRoute<'_>, report: &mut Report) {
    let meta = &object.meta;
    let span = route.requests.span.or(meta.span);
    let is_lost = |way: &Trace| {
        way.verdict == Verdict::Blocked
            // No cluster, or one without endpoints: a subset whose labels no pod has.
            && matches!(way.response_flags, Some("NC" | "UH"))
            && way.decided_by.iter().any(|by| is(by, meta))
    };
    // For some clients alone a destination may be hidden on purpose.
    let mut deciding = route.answers.iter().filter(|answer| answer.may_use(meta)).peekable();
    // Where another VirtualService decides for some, the clients of this one are those that see less than its author thinks of.
    let by_rival =
        |answer: &Asked| !answer.may_use(meta) && answer.trace.decided_by.iter().any(|by| by.kind == "VirtualService");
    let has_rival = route.answers.iter().any(by_rival);
    let example = deciding.peek().copied().filter(|_| !has_rival);
    let example = example.filter(|_| deciding.all(|answer| answer.ways.iter().any(is_lost)));
    if let Some(answer) = example {
        let mut found = Diagnostic::at(&codes::LEADS_NOWHERE, span, "this route leads to no destination");
        found = found.note(witness(answer));
        for reason in mesh.dead_end(answer) {
            found = found.note(reason);
        }
        let near = route.requests.destinations.iter().find_map(|each| {
            let host = each.to.host.as_str();
            if mesh.registry.covering(host).is_empty() { mesh.registry.nearest(host) } else { None }
        });
        let found = match near {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help("declare the destination, or mend its name, port or subset"),
        };
        report.push(mesh.within(found, meta));
        return;
    }
    let refused = route.answers.iter().find_map(|answer| refused_at_gateway(mesh, answer, span));
    report.extend(refused.map(|found| mesh.within(found, meta)));
}

/// EGR0714: a gateway has no server, or no route, for what is sent to it.
fn refused_at_gateway(mesh: &mut Mesh<'_>, answer: &Asked, span: Option<Span>) -> Option<Diagnostic> {
    let trace = &answer.trace;
    let last = trace.hops.last().filter(|hop| hop.at == Stop::Gateway)?;
    let decided: Vec<&str> =
        last.decided_by.iter().filter_map(|at| trace.decided_by.get(*at)).map(|by| by.kind.as_str()).collect();
    // An AuthorizationPolicy refuses on purpose, and so does a route that answers by itself. Ways that differ, such as by the
    // port of the pods, have no decision in common.
    let by_policy = answer.ways.iter().any(|way| way.decided_by.iter().any(|by| by.kind == "AuthorizationPolicy"));
    let on_purpose = by_policy || (decided.contains(&"VirtualService") && trace.response_flags != Some("NC"));
    if trace.verdict != Verdict::Blocked || on_purpose {
        return None;
    }
    let gateway = trace.gateway.as_deref().unwrap_or_default();
    let message = format!("gateway `{gateway}` refuses what this route sends to it");
    let mut found = Diagnostic::at(&codes::REFUSED_AT_GATEWAY, span, message).note(witness(answer));
    for reason in mesh.dead_end(answer).into_iter().chain(mesh.why_at_gateway(answer)) {
        found = found.note(reason);
    }
    Some(found.help("add the server and the route at the gateway, or let the TLS that the sidecar begins be the one that the server takes"))
}

/// EGR0718: in a match for HTTP that names gateways Istio drops the labels, so that every workload matches
/// (`sourceMatchHTTP` of pilot/pkg/networking/core/route/route.go).
fn ignored_labels(mesh: &mut Mesh<'_>, object: &Object<VirtualService>, report: &mut Report) {
    let hosts = external_hosts(mesh, object);
    for route in &object.spec.http {
        let Some(span) = route.span else { continue };
        for each in &route.matches {
            let drops = each.gateways.iter().any(|gateway| gateway == MESH) && !each.source_labels.is_empty();
            let (Some(host), true) = (hosts.first(), drops) else { continue };
            let message = messages_of(each).pop().unwrap_or_default();
            let Some(namespace) = Mesh::viewers(&object.meta, &object.spec.export_to).into_iter().next() else {
                continue;
            };
            let to = (Scheme::Http, *host, each.port.unwrap_or(80));
            let query = mesh.query((&namespace, &Labels::new()), to, &message);
            let Some(answer) = query.map(|query| mesh.ask(query)).filter(Asked::is_known) else { continue };
            let is_this = |by: &Decision| is(by, &object.meta) && by.span == Some(span) && answer.is_surely_by(by);
            if !answer.trace.decided_by.iter().any(is_this) {
                continue;
            }
            let found =
                Diagnostic::new(&codes::LABELS_DROPPED, span, "this match takes every workload, whatever its labels")
                    .note(format!("{}, and takes this route", request(&answer)))
                    .note("beside `gateways` in the same match Istio ignores `sourceLabels` for HTTP")
                    .help("remove `gateways` from the match, and list them in `spec.gateways` alone");
            report.push(mesh.within(found, &object.meta));
            break;
        }
    }
}

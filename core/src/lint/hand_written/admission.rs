//! AuthorizationPolicies at gateways: what they do to the requests that routes send there.

use std::collections::BTreeSet;

use super::mesh::{Asked, Mesh, is};
use super::route_requests::{self, MESH};
use super::said::{place, request, witness};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Listed, Meta, Object, Operation, Source,
};
use crate::lint::http_fields;
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{Decision, Query, Scheme, Stop, Trace, Verdict};

/// Of all requests that cross a gateway so many are asked on behalf of other callers, and of one policy so many rules.
const MOST_CROSSING: usize = 32;
const MOST_RULES: usize = 64;
/// Of one rule so many callers and operations.
const MOST_CALLERS: usize = 4;
const MOST_OPERATIONS: usize = 4;
/// For so many routes that a policy refuses the callers of all policies are asked.
const MOST_REFUSED: usize = 64;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    let policies: Vec<&Object<AuthorizationPolicy>> = objects.authorization_policies.iter().collect();
    let mut leaks = BTreeSet::new();
    let mut crossing: Vec<Query> = Vec::new();
    let mut refused_routes = 0_usize;
    for object in &objects.virtual_services {
        let is_for_sidecars = object.spec.gateways.iter().any(|gateway| gateway == MESH);
        if object.meta.span.is_none() || object.spec.is_alpha || !is_for_sidecars {
            continue;
        }
        for requests in route_requests::of(mesh, object) {
            let mut refused: Vec<Asked> = Vec::new();
            let mut others = 0_usize;
            for query in requests.queries {
                let answer = mesh.ask(query);
                let leaking = leak(&answer, requests.span.or(object.meta.span), &mut leaks);
                report.extend(leaking.map(|found| mesh.within(found, &object.meta)));
                if !answer.ways.iter().any(crosses) {
                    continue;
                }
                if crossing.len() < MOST_CROSSING {
                    crossing.push(answer.query.clone());
                }
                if refuser(&answer).is_some() { refused.push(answer) } else { others = others.saturating_add(1) }
            }
            if others == 0 && !refused.is_empty() && refused_routes < MOST_REFUSED {
                refused_routes = refused_routes.saturating_add(1);
                let found = all_refused(mesh, &policies, &refused, requests.span.or(object.meta.span));
                report.extend(found.map(|found| mesh.within(found, &object.meta)));
            }
        }
    }
    for policy in policies.iter().filter(|policy| policy.meta.span.is_some()) {
        for rule in policy.spec.rules.iter().take(MOST_RULES) {
            if policy.spec.action == AuthorizationAction::Deny {
                report.extend(also_denied(mesh, policy, rule, &crossing, report));
                report.extend(host_with_port(mesh, policy, rule, &crossing, report));
            }
        }
    }
}

fn crosses(way: &Trace) -> bool {
    way.hops.iter().any(|hop| hop.at == Stop::Gateway)
}

/// The decision of an AuthorizationPolicy by which a gateway refuses a request, whatever way it takes.
fn refuser(answer: &Asked) -> Option<&Decision> {
    let of_way = |way: &'_ Trace| {
        way.verdict == Verdict::Blocked
            && crosses(way)
            && way.decided_by.iter().any(|by| by.kind == "AuthorizationPolicy")
    };
    if answer.has_more || !answer.ways.iter().all(of_way) {
        return None;
    }
    answer.ways.first()?.decided_by.iter().rev().find(|by| by.kind == "AuthorizationPolicy")
}

/// EGR0724.
fn leak(answer: &Asked, place: Option<Span>, told: &mut BTreeSet<String>) -> Option<Diagnostic> {
    let says = |note: &&String| note.starts_with("the caller's identity leaks");
    let note = answer.trace.notes.iter().find(says).filter(|_| answer.is_known() && crosses(&answer.trace))?;
    let host = &answer.trace.reached.as_ref()?.host;
    told.insert(host.clone()).then(|| {
        let message = format!("the gateway sends the caller's identity to `{host}`");
        let assumed = answer.trace.assumed.iter().filter(|text| text.contains("x-forwarded-client-cert"));
        let found = Diagnostic::at(&codes::IDENTITY_LEAKS, place, message).note(witness(answer)).note(note.as_str());
        assumed.fold(found, |found, text| found.note(text.as_str())).help(
            "remove the header in the route of the gateway: `headers: {request: {remove: [x-forwarded-client-cert]}}`",
        )
    })
}

/// EGR0720: neither the clients of a route nor the callers that any policy names are let through.
fn all_refused(
    mesh: &mut Mesh<'_>,
    policies: &[&Object<AuthorizationPolicy>],
    refused: &[Asked],
    place: Option<Span>,
) -> Option<Diagnostic> {
    let example = refused.first()?;
    let by = refuser(example)?.clone();
    let mut asked = Vec::new();
    for policy in policies.iter().filter(|policy| policy.spec.action == AuthorizationAction::Allow) {
        for rule in policy.spec.rules.iter().take(MOST_RULES) {
            // What cannot be put into a request may let it through.
            if !can_be_asked(rule) {
                return None;
            }
            asked.extend(as_meant(policy, rule, &example.query));
        }
    }
    // Whom a DENY leaves out is let through.
    let denying = policies.iter().filter(|policy| policy.spec.action == AuthorizationAction::Deny);
    let mut exceptions = denying.flat_map(|policy| &policy.spec.rules).flat_map(|rule| &rule.from);
    if exceptions.any(|from| callers(from).iter().any(|listed| !listed.none.is_empty())) {
        return None;
    }
    for query in asked {
        refuser(&mesh.ask(query))?;
    }
    let policy = format!("{}/{}", by.namespace, by.name);
    let message = format!("AuthorizationPolicy `{policy}` refuses all that this route sends to the gateway");
    let found = Diagnostic::at(&codes::REFUSED_BY_POLICY, place, message);
    let found = match by.span {
        Some(span) => found.label(span, "by this"),
        None => found,
    };
    Some(
        found
            .note(witness(example))
            .note("the clients of the route and the callers that the policies name were asked")
            .help("allow the callers of the route with a rule for its host, or remove the route"),
    )
}

/// What a rule may say about its callers.
fn callers(from: &Source) -> [&Listed; 7] {
    let Source { principals, service_accounts, namespaces, trust_domains, .. } = from;
    let Source { request_principals, ip_blocks, remote_ip_blocks, .. } = from;
    [principals, service_accounts, namespaces, trust_domains, request_principals, ip_blocks, remote_ip_blocks]
}

/// Whether requests stand for all that a rule lets through: it has no pattern for callers, no exception, and no trust domain that is
/// perhaps not the mesh's.
fn can_be_asked(rule: &AuthorizationRule) -> bool {
    let is_name = |name: &String| !name.contains('*');
    let is_of_usual_domain = |name: &String| is_name(name) && name.starts_with("cluster.local/");
    let of_callers = rule.from.iter().all(|from| {
        let others = [&from.trust_domains, &from.request_principals, &from.ip_blocks, &from.remote_ip_blocks];
        others.iter().all(|listed| listed.is_empty())
            && callers(from).iter().all(|listed| listed.none.is_empty() && listed.any.iter().all(is_name))
            && from.principals.any.iter().all(is_of_usual_domain)
    });
    let of_requests = rule
        .to
        .iter()
        .all(|to| [&to.hosts, &to.ports, &to.methods, &to.paths].iter().all(|listed| listed.none.is_empty()));
    rule.unsupported.is_empty() && rule.when.is_empty() && of_callers && of_requests
}

/// EGR0611 without a policy: a request that is not HTTP is denied by a rule about HTTP.
fn also_denied(
    mesh: &mut Mesh<'_>,
    policy: &Object<AuthorizationPolicy>,
    rule: &AuthorizationRule,
    crossing: &[Query],
    report: &Report,
) -> Option<Diagnostic> {
    let span = rule.span.filter(|_| is_about_http(rule))?;
    let opaque = crossing.iter().filter(|query| query.scheme.is_tls() || query.scheme == Scheme::Tcp);
    let queries: Vec<Query> = opaque.flat_map(|query| by_callers(policy, rule, query)).collect();
    for query in queries {
        let answer = mesh.ask(query);
        let denied = refuser(&answer).is_some_and(|by| is(by, &policy.meta) && by.span == Some(span));
        let found = http_fields::on_tcp(span, true)
            .note(witness(&answer))
            .help("limit the rule to a port on which the gateway receives only HTTP: `ports` with the container port");
        let found = mesh.within(found, &policy.meta);
        if denied && !is_told(report, &found) {
            return Some(found);
        }
    }
    None
}

/// Whether a rule is about what only HTTP has.
fn is_about_http(rule: &AuthorizationRule) -> bool {
    let of_http = |to: &Operation| !to.hosts.is_empty() || !to.methods.is_empty() || !to.paths.is_empty();
    rule.to.iter().any(of_http)
        || rule.from.iter().any(|from| !from.request_principals.is_empty())
        || rule.when.iter().any(|when| when.key.starts_with("request."))
}

/// Whether EGR0611 or EGR0612 has been reported about a part of what a diagnostic is about, beside policies.
fn is_told(report: &Report, about: &Diagnostic) -> bool {
    let codes = [codes::HTTP_FIELDS_ON_TCP.id, codes::HOST_WITHOUT_PORT.id];
    let Some(rule) = about.labels.first().map(|label| label.span) else { return false };
    report.iter().filter(|each| codes.contains(&each.code.id)).any(|each| {
        let place = each.labels.first().map(|label| label.span);
        place.is_some_and(|place| place.source == rule.source && rule.start <= place.start && place.end <= rule.end)
    })
}

/// EGR0612 without a policy: a rule denies a host, and not the same host with its port.
fn host_with_port(
    mesh: &mut Mesh<'_>,
    policy: &Object<AuthorizationPolicy>,
    rule: &AuthorizationRule,
    crossing: &[Query],
    report: &Report,
) -> Option<Diagnostic> {
    let span = rule.span.filter(|_| rule.to.iter().any(|to| !to.hosts.any.is_empty()))?;
    let named = |query: &&Query| {
        let hosts = rule.to.iter().flat_map(|to| &to.hosts.any);
        query.scheme == Scheme::Http && hosts.into_iter().any(|host| host.eq_ignore_ascii_case(&query.host))
    };
    let queries: Vec<Query> = crossing.iter().filter(named).flat_map(|query| as_meant(policy, rule, query)).collect();
    for query in queries {
        let mut with_port = query.clone();
        with_port.headers.insert("host".to_owned(), format!("{}:{}", query.host, query.port));
        let denied = mesh.ask(query);
        if !refuser(&denied).is_some_and(|by| is(by, &policy.meta)) {
            continue;
        }
        let answer = mesh.ask(with_port);
        let Some(reached) = answer.trace.reached.as_ref().filter(|_| answer.trace.verdict == Verdict::Allowed) else {
            continue;
        };
        let message = format!("a request with `Host: {}:{}` is not denied", denied.query.host, denied.query.port);
        let found = Diagnostic::new(&codes::HOST_WITHOUT_PORT, span, message)
            .note(format!(
                "{}, and it is denied; with the port in `Host` it arrives at {}",
                request(&denied),
                place(reached)
            ))
            .note("routes ignore a port in `Host`, and an AuthorizationPolicy compares it")
            .help(format!("add `\"{}:*\"` to `hosts`", denied.query.host));
        let found = mesh.within(found, &policy.meta);
        return (!is_told(report, &found)).then_some(found);
    }
    None
}

/// A request as the callers of a rule send it.
fn by_callers(policy: &Object<AuthorizationPolicy>, rule: &AuthorizationRule, query: &Query) -> Vec<Query> {
    let mut queries = vec![query.clone()];
    for from in rule.from.iter().take(MOST_CALLERS) {
        let named = from.namespaces.any.iter().filter(|name| !name.contains('*')).map(|name| (name.clone(), None));
        let identities = from.principals.any.iter().filter_map(|name| identity(name));
        let accounts = from.service_accounts.any.iter().map(|name| account(name, &policy.meta));
        for (namespace, service_account) in named.chain(identities).chain(accounts).take(MOST_CALLERS) {
            queries.push(Query { namespace, service_account, labels: Labels::new(), ..query.clone() });
        }
    }
    queries
}

/// A request as the author of a rule means it: from its callers, with its methods and paths.
fn as_meant(policy: &Object<AuthorizationPolicy>, rule: &AuthorizationRule, query: &Query) -> Vec<Query> {
    let mut queries = Vec::new();
    for query in by_callers(policy, rule, query) {
        for to in rule.to.iter().take(MOST_OPERATIONS).filter(|_| !query.scheme.is_tls()) {
            let (method, path) = (exact(&to.methods.any), exact(&to.paths.any));
            queries.push(Query {
                method: method.or_else(|| query.method.clone()),
                http_path: path.or_else(|| query.http_path.clone()),
                ..query.clone()
            });
        }
        queries.push(query);
    }
    queries
}

/// A text that the first of some values matches.
fn exact(values: &[String]) -> Option<String> {
    values.first().map(|value| value.replace('*', "x"))
}

/// The namespace and the service account of `cluster.local/ns/shop/sa/web`.
fn identity(principal: &str) -> Option<(String, Option<String>)> {
    let parts: Vec<&str> = principal.split('/').collect();
    match parts.as_slice() {
        [_, "ns", namespace, "sa", account] if !principal.contains('*') => {
            Some(((*namespace).to_owned(), Some((*account).to_owned())))
        }
        _ => None,
    }
}

/// The namespace and the service account of `shop/web`, or of `web` in the policy's namespace.
fn account(name: &str, meta: &Meta) -> (String, Option<String>) {
    match name.split_once('/') {
        Some((namespace, account)) => (namespace.to_owned(), Some(account.to_owned())),
        None => (meta.namespace.clone(), Some(name.to_owned())),
    }
}

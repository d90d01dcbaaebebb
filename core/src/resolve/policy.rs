//! A policy document to a policy of the model.

use super::facts::Facts;
use super::gateway::gateway;
use super::upgrade::upgrade;
use super::{addresses, backends, http, named_sets, through, tools, undone_sets, upstream};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Client, Destination, Environment, Gateway, Policy, PolicyId, Rule};
use crate::resource::{EgressRule, EgressTrafficPolicy, From, RuleMode, To};

/// The namespace that ASM prescribes; taken when a policy names none.
pub(crate) const POLICY_NAMESPACE: &str = "istio-egress";

pub(super) fn id(document: &EgressTrafficPolicy) -> PolicyId {
    PolicyId {
        namespace: document
            .namespace
            .as_ref()
            .map_or_else(|| POLICY_NAMESPACE.to_owned(), |namespace| namespace.value.clone()),
        name: document.name.value.clone(),
    }
}

/// Leaves one policy of each name; a cluster could hold only one of them.
pub(super) fn distinct(documents: Vec<EgressTrafficPolicy>, report: &mut Report) -> Vec<EgressTrafficPolicy> {
    let mut kept: std::collections::BTreeMap<PolicyId, EgressTrafficPolicy> = std::collections::BTreeMap::new();
    for document in documents {
        let id = id(&document);
        if let Some(first) = kept.get(&id) {
            report.push(
                Diagnostic::new(&codes::DUPLICATE_POLICY, document.name.span, format!("policy `{id}` is listed twice"))
                    .label(first.name.span, "first here")
                    .note(if first.kind == document.kind {
                        "in a cluster, the policy that is applied last replaces the other"
                    } else {
                        "objects name the policy that they are made for by its namespace and name, whatever its kind"
                    })
                    .help("merge their rules into one policy, or rename one of the two"),
            );
        } else {
            kept.insert(id, document);
        }
    }
    kept.into_values().collect()
}

/// Links one policy. Its gateway is looked up once and kept in `environment`.
pub(super) fn policy(
    document: &EgressTrafficPolicy,
    facts: &Facts,
    environment: &mut Environment,
    report: &mut Report,
) -> Option<Policy> {
    let Some(name) = document.by_gateway.names().next() else {
        // When the whole field is missing, decode has said so.
        if let Some(one) = &document.by_gateway.one {
            report.push(
                Diagnostic::new(&codes::GATEWAY_MISSING, one.span, "the policy names no egress gateway")
                    .help("set `spec.byEgressGateway.name`"),
            );
        }
        return None;
    };
    through::validate_lists(document, report);
    let mut are_known = true;
    for name in through::named(document) {
        if environment.gateways.contains_key(&name.value) {
            continue;
        }
        match gateway(name, facts, report) {
            Some(found) => {
                environment.gateways.insert(name.value.clone(), found);
            }
            None => are_known = false,
        }
    }
    if !are_known {
        return None;
    }
    Some(Policy {
        kind: document.kind,
        id: id(document),
        name_span: document.name.span,
        namespace_span: document.namespace.as_ref().map(|namespace| namespace.span),
        gateway: name.clone(),
        rules: document.rules.iter().map(|each| rule(each, document, environment, report)).collect(),
    })
}

fn rule(rule: &EgressRule, document: &EgressTrafficPolicy, environment: &Environment, report: &mut Report) -> Rule {
    let mode = rule.mode.as_ref().or(document.mode.as_ref());
    Rule {
        accountability: rule.accountability.clone(),
        audit: mode.filter(|mode| mode.value == RuleMode::Audit).map(|mode| mode.span),
        clients: rule.from.iter().map(client).collect(),
        destinations: rule.to.iter().filter_map(|to| destination(to, rule, document, environment, report)).collect(),
    }
}

fn client(from: &From) -> Client {
    Client {
        namespace: from.namespace.clone(),
        selector: from.selector.clone(),
        service_accounts: from
            .service_accounts
            .as_ref()
            .map(|accounts| accounts.clone().map(|accounts| accounts.into_iter().collect())),
    }
}

fn destination(
    to: &To,
    rule: &EgressRule,
    document: &EgressTrafficPolicy,
    environment: &Environment,
    report: &mut Report,
) -> Option<Destination> {
    let through = through::through(to, rule, document, environment, report)?;
    let gateways: Vec<&Gateway> =
        through.iter().filter_map(|through| environment.gateways.get(&through.gateway.value)).collect();
    named_sets::check(&to.http, report);
    tools::check(&to.http, report);
    let requests = http::http(&to.http);
    undone_sets::check(&to.http, &requests.rules, report);
    let (hosts, found_by) = addresses::dialled(to, report);
    Some(Destination {
        name: name(to, rule),
        hosts,
        found_by,
        port: to.port.number.clone(),
        protocol: to.port.protocol.clone(),
        upgrade: upgrade(to.upgrade.as_ref(), report),
        http: requests,
        http_span: http::place(&to.http).or(to.upstream.http_span),
        upstream: upstream::upstream(to, to.upgrade.as_ref(), to.fallback.as_ref(), &gateways, report),
        backends: backends::backends(to, &gateways, report),
        backends_span: to.backends.as_ref().map(|backends| backends.span),
        through,
        span: to.span,
    })
}

fn name(to: &To, rule: &EgressRule) -> String {
    let to_name = to.name.as_ref().map_or_else(
        || {
            let host = to.hosts.first().or(to.addresses.first()).map_or("", |host| host.value.as_str());
            format!("{}:{}", host.to_ascii_lowercase(), to.port.number.value)
        },
        |name| name.value.clone(),
    );
    rule.name.as_ref().map_or_else(|| to_name.clone(), |rule| format!("{}/{to_name}", rule.value))
}

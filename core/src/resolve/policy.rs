//! A policy document to a policy of the model.

use super::facts::Facts;
use super::gateway::gateway;
use super::upgrade::upgrade;
use super::{addresses, backends, http, named_sets, tools, upstream};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Client, Destination, Environment, Gateway, GatewayPortChoice, Policy, PolicyId, Rule};
use crate::resource::{EgressRule, EgressTrafficPolicy, From, RuleMode, To};
use crate::source::Spanned;

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
    let Some(name) = &document.gateway else {
        // When the whole field is missing, decode has said so.
        if let Some(span) = document.gateway_span {
            report.push(
                Diagnostic::new(&codes::GATEWAY_MISSING, span, "the policy names no egress gateway")
                    .help("set `spec.byEgressGateway.name`"),
            );
        }
        return None;
    };
    if !environment.gateways.contains_key(&name.value) {
        environment.gateways.insert(name.value.clone(), gateway(name, facts, report)?);
    }
    let gateway = environment.gateways.get(&name.value)?;
    Some(Policy {
        kind: document.kind,
        id: id(document),
        name_span: document.name.span,
        namespace_span: document.namespace.as_ref().map(|namespace| namespace.span),
        gateway: name.clone(),
        rules: document.rules.iter().map(|each| rule(each, document, gateway, report)).collect(),
    })
}

fn rule(rule: &EgressRule, document: &EgressTrafficPolicy, gateway: &Gateway, report: &mut Report) -> Rule {
    let mode = rule.mode.as_ref().or(document.mode.as_ref());
    Rule {
        accountability: rule.accountability.clone(),
        audit: mode.filter(|mode| mode.value == RuleMode::Audit).map(|mode| mode.span),
        clients: rule.from.iter().map(client).collect(),
        destinations: rule.to.iter().filter_map(|to| destination(to, rule, document, gateway, report)).collect(),
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
    gateway: &Gateway,
    report: &mut Report,
) -> Option<Destination> {
    if let Some(other) = &to.gateway
        && other.value != gateway.name
    {
        let mut found = Diagnostic::new(
            &codes::OTHER_GATEWAY,
            other.span,
            format!("a rule of a policy for gateway `{}` cannot use gateway `{}`", gateway.name, other.value),
        );
        if let Some(name) = &document.gateway {
            found = found.label(name.span, "the policy's gateway");
        }
        report.push(
            found.help(format!("write a separate policy for gateway `{}`, or remove the name here", other.value)),
        );
        return None;
    }
    let explicit = to.gateway_port.as_ref().or(document.gateway_port.as_ref());
    let gateway_port = match explicit {
        Some(port) => explicit_port(port, gateway, report)?,
        None => chosen_port(to, gateway, report)?,
    };
    named_sets::check(&to.http, report);
    tools::check(&to.http, report);
    let (hosts, found_by) = addresses::dialled(to, report);
    Some(Destination {
        name: name(to, rule),
        hosts,
        found_by,
        port: to.port.number.clone(),
        protocol: to.port.protocol.clone(),
        gateway_port,
        upgrade: upgrade(to.upgrade.as_ref(), report),
        http: http::http(&to.http),
        http_span: http::place(&to.http).or(to.upstream.http_span),
        upstream: upstream::upstream(to, to.upgrade.as_ref(), to.fallback.as_ref(), gateway, report),
        backends: backends::backends(to, gateway, report),
        backends_span: to.backends.as_ref().map(|backends| backends.span),
        span: to.span,
    })
}

fn explicit_port(port: &Spanned<u16>, gateway: &Gateway, report: &mut Report) -> Option<GatewayPortChoice> {
    if gateway.port(port.value).is_some() {
        return Some(GatewayPortChoice { port: port.value, span: Some(port.span) });
    }
    let found = Diagnostic::new(
        &codes::GATEWAY_PORT_MISSING,
        port.span,
        format!("gateway `{}` has no port {}", gateway.name, port.value),
    )
    .note("a sidecar can reach only ports of the gateway's Service");
    report.push(if gateway.described {
        found.help(format!(
            "the gateway has {}; use one of these, or add the port to the Service and to the input",
            list(gateway)
        ))
    } else {
        found
            .note(format!("no document describes the gateway, so it is assumed to have {}", list(gateway)))
            .help("add the gateway's Service to the input, or list its ports in a MeshEnvironment")
    });
    None
}

fn chosen_port(to: &To, gateway: &Gateway, report: &mut Report) -> Option<GatewayPortChoice> {
    let http = to.port.protocol.class() == crate::model::Class::Http;
    if let Some(port) = gateway.ports.iter().find(|port| port.http == http) {
        return Some(GatewayPortChoice { port: port.port, span: None });
    }
    report.push(
        Diagnostic::new(
            &codes::NO_FITTING_PORT,
            to.span,
            format!("gateway `{}` has no port for {}", gateway.name, to.port.protocol.name()),
        )
        .note(format!("the gateway has {}", list(gateway)))
        .help("set `byEgressGateway.port`, or add a port of the right class to the gateway"),
    );
    None
}

fn list(gateway: &Gateway) -> String {
    if gateway.ports.is_empty() {
        return "no ports".to_owned();
    }
    let ports: Vec<String> = gateway
        .ports
        .iter()
        .map(|port| format!("{} ({})", port.port, if port.http { "http" } else { "tls" }))
        .collect();
    ports.join(", ")
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

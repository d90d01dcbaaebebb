//! Small mistakes in policies, like those that people make: expectations that notice none of them test too little.

use std::net::Ipv4Addr;

use crate::model::{Client, Destination, FoundBy, PolicySet, RequestPattern, Rule};
use crate::source::{Span, Spanned};

/// A policy set with one mistake in it.
#[derive(Debug, Clone)]
pub(crate) struct Mutant {
    /// What is wrong, as a person would say it.
    pub description: String,
    /// Where.
    pub span: Span,
    change: Mutation,
}

/// A mistake, by where it is: policy, rule, and what in it.
#[derive(Debug, Clone, Copy)]
enum Mutation {
    Enforced(usize, usize),
    NoClient(usize, usize, usize),
    WholeNamespace(usize, usize, usize),
    NoDestination(usize, usize, usize),
    NoHost(usize, usize, usize, usize),
    OneAddressMore(usize, usize, usize, Ipv4Addr),
    NoUpgrade(usize, usize, usize),
    AnyAccount(usize, usize, usize),
    AnyRequest(usize, usize, usize),
    AnyTool(usize, usize, usize),
    NothingDenied(usize, usize, usize),
    OneAllowedLess(usize, usize, usize, usize),
    OneDeniedLess(usize, usize, usize, usize),
    NoBackends(usize, usize, usize),
    NoBackend(usize, usize, usize, usize),
    NoBackendUpgrades(usize, usize, usize),
    NoFallback(usize, usize, usize),
    NoGateway(usize, usize, usize, usize),
}

/// Every mistake that can be made in a set, in reading order.
pub(crate) fn mutants(set: &PolicySet) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (policy, rules) in set.policies.iter().map(|policy| &policy.rules).enumerate() {
        for (rule, written) in rules.iter().enumerate() {
            if let Some(span) = written.audit {
                let name = written.destinations.first().map_or("", |destination| &destination.name);
                let description = format!("`mode: audit` removed from rule `{name}`");
                mutants.push(Mutant { description, span, change: Mutation::Enforced(policy, rule) });
            }
            clients(policy, rule, written, &mut mutants);
            destinations(policy, rule, written, &mut mutants);
        }
    }
    mutants
}

fn clients(policy: usize, rule: usize, written: &Rule, mutants: &mut Vec<Mutant>) {
    for (at, client) in written.clients.iter().enumerate() {
        let span = client.namespace.span;
        // In audit mode the namespace alone decides what arrives.
        if written.audit.is_some() {
            let is_another =
                |(other, of): (usize, &Client)| other != at && of.namespace.value == client.namespace.value;
            if written.clients.iter().enumerate().any(is_another) {
                continue;
            }
        }
        mutants.push(Mutant {
            description: format!("{} removed from `from`", client.describe()),
            span,
            change: Mutation::NoClient(policy, rule, at),
        });
        if written.audit.is_some() {
            continue;
        }
        if let Some(selector) = &client.selector {
            mutants.push(Mutant {
                description: format!(
                    "{} widened to every workload in namespace `{}`",
                    client.describe(),
                    client.namespace.value
                ),
                span: selector.span,
                change: Mutation::WholeNamespace(policy, rule, at),
            });
        }
        if let Some(accounts) = &client.service_accounts {
            mutants.push(Mutant {
                description: format!("{} widened to every service account", client.describe()),
                span: accounts.span,
                change: Mutation::AnyAccount(policy, rule, at),
            });
        }
    }
}

fn destinations(policy: usize, rule: usize, written: &Rule, mutants: &mut Vec<Mutant>) {
    for (at, destination) in written.destinations.iter().enumerate() {
        mutants.push(Mutant {
            description: format!("`{}` removed from `to`", destination.name),
            span: destination.span,
            change: Mutation::NoDestination(policy, rule, at),
        });
        if destination.hosts.len() > 1 {
            for (host, name) in destination.hosts.iter().enumerate() {
                mutants.push(Mutant {
                    description: format!("{} `{}` removed from `{}`", what(destination), name.value, destination.name),
                    span: name.span,
                    change: Mutation::NoHost(policy, rule, at, host),
                });
            }
        }
        if let Some((last, next)) = next_address(destination) {
            mutants.push(Mutant {
                description: format!("address `{next}` added to `{}`", destination.name),
                span: last,
                change: Mutation::OneAddressMore(policy, rule, at, next),
            });
        }
        // In audit mode every request arrives.
        if written.audit.is_none() {
            requests((policy, rule, at), destination, mutants);
        }
        backends(policy, rule, at, destination, mutants);
        gateways(policy, rule, at, destination, mutants);
        if let Some(upgrade) = &destination.upgrade {
            mutants.push(Mutant {
                description: format!("`{}` without httpsUpgrade", destination.name),
                span: upgrade.span,
                change: Mutation::NoUpgrade(policy, rule, at),
            });
        }
    }
}

fn requests((policy, rule, at): (usize, usize, usize), destination: &Destination, mutants: &mut Vec<Mutant>) {
    let rules = &destination.http.rules;
    let span = destination.http_span.unwrap_or(destination.span);
    if rules.allow.is_some() {
        mutants.push(Mutant {
            description: format!("`{}` without `allow`", destination.name),
            span,
            change: Mutation::AnyRequest(policy, rule, at),
        });
    }
    if rules.allow.iter().flatten().any(RequestPattern::names_a_tool) {
        mutants.push(Mutant {
            description: format!("`{}` widened to every tool", destination.name),
            span,
            change: Mutation::AnyTool(policy, rule, at),
        });
    }
    if !rules.deny.is_empty() {
        mutants.push(Mutant {
            description: format!("`{}` without `deny`", destination.name),
            span,
            change: Mutation::NothingDenied(policy, rule, at),
        });
    }
    request_items((policy, rule, at), destination, span, mutants);
}

/// One mistake for each of several items of `allow` and of `deny`.
fn request_items(
    (policy, rule, at): (usize, usize, usize),
    destination: &Destination,
    span: Span,
    mutants: &mut Vec<Mutant>,
) {
    let rules = &destination.http.rules;
    let mut removed = |list: &str, pattern: &RequestPattern, change| {
        mutants.push(Mutant {
            description: format!("{} removed from `{list}` of `{}`", pattern.describe(), destination.name),
            span,
            change,
        });
    };
    let allowed = rules.allow.iter().filter(|allow| allow.len() > 1).flatten();
    for (item, pattern) in allowed.enumerate() {
        removed("allow", pattern, Mutation::OneAllowedLess(policy, rule, at, item));
    }
    for (item, pattern) in rules.deny.iter().enumerate().filter(|_| rules.deny.len() > 1) {
        removed("deny", pattern, Mutation::OneDeniedLess(policy, rule, at, item));
    }
}

fn backends(policy: usize, rule: usize, at: usize, destination: &Destination, mutants: &mut Vec<Mutant>) {
    if let Some(span) = destination.backends_span {
        mutants.push(Mutant {
            description: format!("`{}` without `backends`", destination.name),
            span,
            change: Mutation::NoBackends(policy, rule, at),
        });
    }
    if destination.backends.len() > 1 {
        for (backend, written) in destination.backends.iter().enumerate().filter(|(_, written)| written.weight > 0) {
            mutants.push(Mutant {
                description: format!("backend `{}` removed from `{}`", written.host.value, destination.name),
                span: written.span,
                change: Mutation::NoBackend(policy, rule, at, backend),
            });
        }
    }
    if let Some(upgraded) = destination.backends.iter().find(|backend| backend.is_upgraded) {
        mutants.push(Mutant {
            description: format!("the backends of `{}` without httpsUpgrade", destination.name),
            span: upgraded.span,
            change: Mutation::NoBackendUpgrades(policy, rule, at),
        });
    }
    let of_backends = destination.backends.iter().flat_map(|backend| &backend.upstream.fallback);
    if let Some(first) = destination.upstream.fallback.iter().chain(of_backends).next() {
        mutants.push(Mutant {
            description: format!("`{}` without `fallback`", destination.name),
            span: first.span,
            change: Mutation::NoFallback(policy, rule, at),
        });
    }
}

/// One mistake for each of several gateways that get requests.
fn gateways(policy: usize, rule: usize, at: usize, destination: &Destination, mutants: &mut Vec<Mutant>) {
    let in_use = destination.through.iter().enumerate().filter(|(_, through)| through.is_in_use());
    if in_use.clone().count() < 2 {
        return;
    }
    for (gateway, through) in in_use {
        mutants.push(Mutant {
            description: format!("gateway `{}` removed from `{}`", through.gateway.value, destination.name),
            span: through.gateway.span,
            change: Mutation::NoGateway(policy, rule, at, gateway),
        });
    }
}

impl Mutant {
    /// The set with the mistake.
    pub(crate) fn of(&self, set: &PolicySet) -> PolicySet {
        let mut set = set.clone();
        match self.change {
            Mutation::Enforced(policy, rule) => {
                if let Some(rule) = rule_of(&mut set, policy, rule) {
                    rule.audit = None;
                }
            }
            Mutation::NoClient(policy, rule, at) => {
                if let Some(rule) = rule_of(&mut set, policy, rule) {
                    rule.clients = without(&rule.clients, at);
                }
            }
            Mutation::WholeNamespace(policy, rule, at) => {
                if let Some(client) = rule_of(&mut set, policy, rule).and_then(|rule| rule.clients.get_mut(at)) {
                    client.selector = None;
                }
            }
            Mutation::NoDestination(policy, rule, at) => {
                if let Some(rule) = rule_of(&mut set, policy, rule) {
                    rule.destinations = without(&rule.destinations, at);
                }
            }
            Mutation::NoHost(policy, rule, at, host) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.hosts = without(&destination.hosts, host);
                }
            }
            Mutation::OneAddressMore(policy, rule, at, address) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    let span = destination.span;
                    destination.hosts.push(Spanned::new(address.to_string(), span));
                }
            }
            Mutation::NoUpgrade(policy, rule, at) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.upgrade = None;
                }
            }
            Mutation::AnyAccount(policy, rule, at) => {
                if let Some(client) = rule_of(&mut set, policy, rule).and_then(|rule| rule.clients.get_mut(at)) {
                    client.service_accounts = None;
                }
            }
            Mutation::AnyRequest(policy, rule, at) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.http.rules.allow = None;
                }
            }
            Mutation::AnyTool(policy, rule, at) => {
                let destination = destination_of(&mut set, policy, rule, at);
                if let Some(allow) = destination.and_then(|destination| destination.http.rules.allow.as_mut()) {
                    *allow = allow.iter().map(RequestPattern::with_every_tool).collect();
                }
            }
            Mutation::OneAllowedLess(policy, rule, at, item) => {
                let destination = destination_of(&mut set, policy, rule, at);
                if let Some(allow) = destination.and_then(|destination| destination.http.rules.allow.as_mut()) {
                    *allow = allow
                        .iter()
                        .enumerate()
                        .filter(|(place, _)| *place != item)
                        .map(|(_, each)| each.clone())
                        .collect();
                }
            }
            Mutation::OneDeniedLess(policy, rule, at, item) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    let deny = &mut destination.http.rules.deny;
                    *deny = deny
                        .iter()
                        .enumerate()
                        .filter(|(place, _)| *place != item)
                        .map(|(_, each)| each.clone())
                        .collect();
                }
            }
            Mutation::NothingDenied(policy, rule, at) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.http.rules.deny.clear();
                }
            }
            Mutation::NoBackends(policy, rule, at) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.backends.clear();
                    destination.backends_span = None;
                }
            }
            Mutation::NoBackend(policy, rule, at, backend) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.backends = without(&destination.backends, backend);
                }
            }
            Mutation::NoGateway(policy, rule, at, gateway) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.through = without(&destination.through, gateway);
                }
            }
            Mutation::NoBackendUpgrades(policy, rule, at) => {
                for backend in
                    destination_of(&mut set, policy, rule, at).into_iter().flat_map(|each| &mut each.backends)
                {
                    backend.is_upgraded = false;
                }
            }
            Mutation::NoFallback(policy, rule, at) => {
                if let Some(destination) = destination_of(&mut set, policy, rule, at) {
                    destination.upstream.fallback.clear();
                    for backend in &mut destination.backends {
                        backend.upstream.fallback.clear();
                    }
                }
            }
        }
        set
    }
}

fn what(destination: &Destination) -> &'static str {
    match destination.found_by {
        FoundBy::Names => "host",
        FoundBy::Addresses => "address",
    }
}

/// The address behind the last one, with the place of the last one: a network that is written too wide has it.
fn next_address(destination: &Destination) -> Option<(Span, Ipv4Addr)> {
    if destination.found_by == FoundBy::Names {
        return None;
    }
    let addresses = destination.hosts.iter().filter_map(|host| Some((host.value.parse::<Ipv4Addr>().ok()?, host.span)));
    let (last, span) = addresses.max()?;
    Some((span, Ipv4Addr::from(u32::from(last).checked_add(1)?)))
}

fn rule_of(set: &mut PolicySet, policy: usize, rule: usize) -> Option<&mut Rule> {
    set.policies.get_mut(policy)?.rules.get_mut(rule)
}

fn destination_of(set: &mut PolicySet, policy: usize, rule: usize, at: usize) -> Option<&mut Destination> {
    rule_of(set, policy, rule)?.destinations.get_mut(at)
}

fn without<T: Clone>(items: &[T], at: usize) -> Vec<T> {
    items.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, item)| item.clone()).collect()
}

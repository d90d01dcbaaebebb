//! The form of an object that serves the old and the new routes.

use std::collections::BTreeSet;

use crate::manifest::{
    AuthorizationPolicy, AuthorizationRule, DestinationRule, Gateway, HostPolicy, PortPolicy, ServiceEntry, Source,
    SourceRule, Spec,
};

/// One object for both sides of a change, as far as one object can serve both; otherwise the object after the change.
///
/// Routes have no such form: each switches in one step, and the objects that it uses exist before and after that.
pub(super) fn transitional(before: &Spec, after: &Spec) -> Spec {
    match (before, after) {
        (Spec::AuthorizationPolicy(before), Spec::AuthorizationPolicy(after)) => {
            Spec::AuthorizationPolicy(authorization_policy(before, after))
        }
        (Spec::ServiceEntry(before), Spec::ServiceEntry(after)) => Spec::ServiceEntry(service_entry(before, after)),
        (Spec::DestinationRule(before), Spec::DestinationRule(after)) => {
            Spec::DestinationRule(destination_rule(before, after))
        }
        (Spec::Gateway(before), Spec::Gateway(after)) => Spec::Gateway(gateway(before, after)),
        (_, after) => after.clone(),
    }
}

/// Allows the callers of both. A DENY rule and an ALLOW rule cannot be in one policy.
fn authorization_policy(before: &AuthorizationPolicy, after: &AuthorizationPolicy) -> AuthorizationPolicy {
    if before.action != after.action || before.rules.len() != after.rules.len() {
        return after.clone();
    }
    let rules = before.rules.iter().zip(&after.rules).map(|(before, after)| rule(before, after));
    AuthorizationPolicy { rules: rules.collect(), ..after.clone() }
}

fn rule(before: &AuthorizationRule, after: &AuthorizationRule) -> AuthorizationRule {
    // egressc writes one source for each list of names, so the lists of one field can be joined.
    let sources = || before.from.iter().chain(&after.from).map(|from| &from.source);
    let joined = |list: fn(&Source) -> &Vec<String>| -> Vec<String> {
        sources().flat_map(list).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    };
    let refuses_others = sources().any(|source| !source.not_namespaces.is_empty() || !source.not_principals.is_empty());
    let from = if refuses_others {
        vec![Source {
            not_namespaces: joined(|source| &source.not_namespaces),
            not_principals: joined(|source| &source.not_principals),
            ..Source::default()
        }]
    } else {
        let namespaces = Source { namespaces: joined(|source| &source.namespaces), ..Source::default() };
        let principals = Source { principals: joined(|source| &source.principals), ..Source::default() };
        let given = |source: &Source| !source.namespaces.is_empty() || !source.principals.is_empty();
        [namespaces, principals].into_iter().filter(given).collect()
    };
    let mut to = after.to.clone();
    for (operation, known) in to.iter_mut().zip(&before.to) {
        for port in &known.operation.ports {
            if !operation.operation.ports.contains(port) {
                operation.operation.ports.push(port.clone());
            }
        }
    }
    // With the condition, a DENY rule does not apply to listeners for bytes, which may exist before or after the
    // change.
    let when = if after.when.is_empty() { before.when.clone() } else { after.when.clone() };
    AuthorizationRule { from: from.into_iter().map(|source| SourceRule { source }).collect(), to, when }
}

fn service_entry(before: &ServiceEntry, after: &ServiceEntry) -> ServiceEntry {
    let mut both = after.clone();
    // Without its address, a port that still has a route would capture the traffic to all hosts.
    both.addresses.extend(before.addresses.iter().filter(|address| !after.addresses.contains(address)).cloned());
    let gone = before.ports.iter().filter(|port| !after.ports.iter().any(|known| known.number == port.number));
    both.ports.extend(gone.cloned());
    both.ports.sort_by_key(|port| port.number);
    both
}

fn destination_rule(before: &DestinationRule, after: &DestinationRule) -> DestinationRule {
    let mut both = after.clone();
    let gone = before.subsets.iter().filter(|subset| !after.subsets.iter().any(|known| known.name == subset.name));
    both.subsets.extend(gone.cloned());
    both.subsets.sort_by(|a, b| a.name.cmp(&b.name));
    // Without the settings of its port, a route that still leads there would send plain text.
    let known = both.traffic_policy.as_ref().map(|policy| policy.port_level_settings.clone()).unwrap_or_default();
    let of_before = before.traffic_policy.iter().flat_map(|policy| &policy.port_level_settings);
    let gone = of_before.filter(|policy| !known.iter().any(|known| known.port == policy.port)).cloned();
    let mut port_level_settings: Vec<PortPolicy> = known.iter().cloned().chain(gone).collect();
    port_level_settings.sort_by_key(|policy| policy.port.number);
    both.traffic_policy = (!port_level_settings.is_empty()).then_some(HostPolicy { port_level_settings });
    both
}

/// The first host of a listener is its private name, which is the same before and after.
fn gateway(before: &Gateway, after: &Gateway) -> Gateway {
    let mut both = after.clone();
    for server in &mut both.servers {
        let known = before.servers.iter().filter(|known| known.port.number == server.port.number);
        for host in known.flat_map(|known| &known.hosts) {
            if !server.hosts.contains(host) {
                server.hosts.push(host.clone());
            }
        }
        if let Some((_, hosts)) = server.hosts.split_first_mut() {
            hosts.sort();
        }
    }
    both
}

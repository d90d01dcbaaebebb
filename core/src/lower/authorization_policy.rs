//! What the gateway itself requires of a caller, independent of the caller's sidecar.
//!
//! A label is not an identity, so the gateway compares the namespace, and the service account where the policy names it or
//! the mesh facts list all workloads of the namespace.

use std::collections::BTreeSet;

use super::object::{exits, object};
use crate::manifest::{
    AuthorizationAction, AuthorizationPolicy, AuthorizationRule, Condition, Object, Operation, OperationRule, Selector,
    Source, SourceRule, Spec,
};
use crate::model::{Class, Exit, Flow, Gateway, PolicySet, wildcard};
use crate::resource::Authorization;
use crate::scheme::{HttpShards, container_ports, names};

/// One for each exit, so that one more rule adds one more object and changes no other.
pub(super) fn lower(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    // Ports on which TLS or TCP exits stand beside HTTP ones.
    let l4: BTreeSet<(&str, u16)> = exits(set)
        .filter(|(exit, _, _)| exit.class != Class::Http)
        .map(|(exit, _, _)| (exit.gateway, exit.gateway_port))
        .collect();
    exits(set)
        .filter_map(|(exit, gateway, flows)| {
            let callers = ExitCallers::of(set, &flows);
            let (action, from) = match gateway.authorization {
                Authorization::Off => return None,
                Authorization::Shared => (AuthorizationAction::Deny, callers.all_others()),
                Authorization::Managed => (AuthorizationAction::Allow, callers.each()),
            };
            let rule = AuthorizationRule {
                from: from.into_iter().map(|source| SourceRule { source }).collect(),
                to: vec![OperationRule { operation: operation(&exit, gateway, shards) }],
                when: when(&exit, l4.contains(&(exit.gateway, exit.gateway_port))),
            };
            let policy = AuthorizationPolicy {
                action,
                rules: vec![rule],
                selector: Selector { match_labels: gateway.selector.clone() },
            };
            Some(object(set, &gateway.namespace, names::exit(&exit), Spec::AuthorizationPolicy(policy), &flows))
        })
        .collect()
}

fn operation<'a>(exit: &Exit<'a>, gateway: &Gateway, shards: &HttpShards<'a>) -> Operation {
    let ports = container_ports(gateway, exit.gateway_port).iter().map(u16::to_string).collect();
    let (hosts, not_hosts) = match exit.class {
        // Each host below a wildcard has a rule of its own.
        Class::Http => {
            let below = shards.below(exit.gateway, exit.gateway_port, exit.host);
            (hosts(exit.host, exit.port), below.into_iter().flat_map(|host| hosts(host, exit.port)).collect())
        }
        Class::Tls | Class::Tcp => (Vec::new(), Vec::new()),
    };
    Operation { hosts, not_hosts, ports }
}

/// A host with and without a port: routes ignore it in `Host`, authorization does not (istio/istio#34324). A pattern has one
/// `*` only, so that a wildcard is written with its port.
fn hosts(host: &str, port: u16) -> Vec<String> {
    let port = if wildcard::parent(host).is_some() { port.to_string() } else { "*".to_owned() };
    vec![host.to_owned(), format!("{host}:{port}")]
}

fn when(exit: &Exit, l4_on_port: bool) -> Vec<Condition> {
    let sni = |values, not_values| vec![Condition { key: "connection.sni".to_owned(), values, not_values }];
    match exit.class {
        Class::Tls | Class::Tcp => sni(vec![names::l4_server_name(exit)], Vec::new()),
        // A DENY loses its `hosts` on TCP chains and would refuse them all.
        Class::Http if l4_on_port => sni(Vec::new(), vec![names::ANY_L4.to_owned()]),
        Class::Http => Vec::new(),
    }
}

/// Who may use an exit.
struct ExitCallers {
    namespaces: BTreeSet<String>,
    principals: BTreeSet<String>,
}

impl ExitCallers {
    fn of(set: &PolicySet, flows: &[Flow]) -> Self {
        let mut callers = Self { namespaces: BTreeSet::new(), principals: BTreeSet::new() };
        for flow in flows {
            match service_accounts(set, flow) {
                Some(accounts) => callers.principals.extend(accounts),
                None => {
                    callers.namespaces.insert(flow.client_namespace().to_owned());
                }
            }
        }
        callers
    }

    /// All exceptions in one source: several would each deny the others' callers.
    fn all_others(self) -> Vec<Source> {
        let not_namespaces = self.namespaces.into_iter().collect();
        let not_principals = self.principals.into_iter().collect();
        vec![Source { not_namespaces, not_principals, ..Source::default() }]
    }

    fn each(self) -> Vec<Source> {
        let namespaces: Vec<String> = self.namespaces.into_iter().collect();
        let principals: Vec<String> = self.principals.into_iter().collect();
        let mut sources = Vec::new();
        if !namespaces.is_empty() {
            sources.push(Source { namespaces, ..Source::default() });
        }
        if !principals.is_empty() {
            sources.push(Source { principals, ..Source::default() });
        }
        sources
    }
}

/// Identities of the client's workloads; `None` when only its namespace can be asked for.
fn service_accounts(set: &PolicySet, flow: &Flow) -> Option<BTreeSet<String>> {
    let namespace = flow.client_namespace();
    let principal = |account: &String| format!("{}/ns/{namespace}/sa/{account}", set.environment.trust_domain);
    if let Some(declared) = &flow.client.service_accounts {
        return Some(declared.iter().map(principal).collect());
    }
    let selector = flow.client.selector.as_ref()?;
    let known = set.environment.namespaces.get(namespace).filter(|known| known.workloads.is_some())?;
    let accounts: BTreeSet<String> =
        known.listed_with(&selector.value).into_iter().map(|workload| principal(&workload.service_account)).collect();
    // Facts that know none of the client's workloads say nothing about their accounts.
    (!accounts.is_empty()).then_some(accounts)
}

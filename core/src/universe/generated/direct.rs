//! Callers that bypass their sidecar and call the gateways directly, by every name that the gateways serve.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Ask;
use super::captured::saying;
use super::messages::RuleMessages;
use crate::manifest::{Gateway, Manifests, Source, Spec};
use crate::model::{PolicySet, TargetPort, UpstreamHost, wildcard};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use crate::trace::{ClientPath, Message, OtherLabels, Query, Scheme};
use crate::universe::query::{NO_ACCOUNT, OTHER_NAMESPACE, sample};

/// Makes the requests to the gateways, by every name that they serve.
pub(super) fn each(set: &PolicySet, manifests: &Manifests, messages: &RuleMessages, ask: &mut Ask) {
    let admitted = admitted(manifests);
    let backends = backends(set);
    let mut ports: BTreeMap<(&str, u16), ServedPort> = BTreeMap::new();
    for object in &manifests.objects {
        let Spec::Gateway(listener) = &object.spec else { continue };
        let Some(span) = object.origins.first().map(|origin| origin.span) else { continue };
        for (gateway, port, names) in listeners(set, listener) {
            let http = listener.servers.iter().any(|server| server.port.protocol == "HTTPS");
            let Some(private) = names.first() else { continue };
            let served = ports.entry((gateway, port)).or_insert_with(|| ServedPort {
                names: BTreeMap::new(),
                private: None,
                span,
            });
            served.names.extend(names.iter().skip(usize::from(http)).map(|name| (*name, http)));
            served.private = served.private.or(Some(*private).filter(|_| http));
            // No listener serves a backend by its own name.
            let backends = backends.get(&(gateway, port)).filter(|_| http).into_iter().flatten().copied();
            let own = names.iter().copied().chain(below(set, (gateway, port), &names)).map(|name| (name, name));
            for (name, callers_of) in own.chain(backends) {
                let above = wildcard::parents(callers_of).map(|above| format!("*.{above}"));
                let of_wildcards = above.filter_map(|name| admitted.get(name.as_str()));
                let named = admitted.get(callers_of).into_iter().chain(of_wildcards).flatten().copied();
                let callers = named.chain([(OTHER_NAMESPACE, NO_ACCOUNT)]);
                let of_wildcards = wildcard::parents(name).map(|above| format!("*.{above}"));
                let told: BTreeSet<&Message> = std::iter::once(name.to_owned())
                    .chain(of_wildcards)
                    .flat_map(|name| messages.about(&name))
                    .collect();
                let name = &sample(name);
                for caller in callers {
                    if http {
                        let mut query = called_directly((gateway, port, private), name, caller, Scheme::Http);
                        ask(&query, span);
                        for message in &told {
                            ask(&saying(&query, message), span);
                        }
                        // Routes ignore a port in `Host`, but authorization compares it.
                        query.headers.insert("host".to_owned(), format!("{name}:{port}"));
                        ask(&query, span);
                        // The listener serves the host's own name as well as its private one.
                        ask(&called_directly((gateway, port, name), name, caller, Scheme::Http), span);
                    } else {
                        ask(&called_directly((gateway, port, name), name, caller, Scheme::Tls), span);
                        ask(&called_directly((gateway, port, name), name, caller, Scheme::Tcp), span);
                    }
                }
            }
        }
    }
    at_other_gateways(&ports, &admitted, ask);
}

/// A port of a gateway.
struct ServedPort<'m> {
    /// The names that it serves, and whether they are hosts of HTTP.
    names: BTreeMap<&'m str, bool>,
    /// The server name by which it reads HTTP.
    private: Option<&'m str>,
    span: Span,
}

/// Makes the requests to each gateway by the names that only other gateways serve: a rule for these opens no way through it.
fn at_other_gateways(ports: &BTreeMap<(&str, u16), ServedPort>, admitted: &AdmittedCallers, ask: &mut Ask) {
    let mut by_gateway: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((gateway, _), served) in ports {
        by_gateway.entry(gateway).or_default().extend(served.names.keys());
    }
    let all: BTreeMap<&str, bool> =
        ports.values().flat_map(|served| &served.names).map(|(name, http)| (*name, *http)).collect();
    for ((gateway, port), served) in ports {
        let is_served = |name: &str| by_gateway.get(gateway).is_some_and(|names| names.contains(name));
        for (name, http) in all.iter().filter(|(name, _)| !is_served(name)) {
            let callers = admitted.get(name).into_iter().flatten().copied().chain([(OTHER_NAMESPACE, NO_ACCOUNT)]);
            let host = &sample(name);
            for caller in callers {
                match (http, served.private) {
                    (true, Some(private)) => {
                        ask(&called_directly((gateway, *port, private), host, caller, Scheme::Http), served.span);
                    }
                    (true, None) => {}
                    (false, _) => ask(&called_directly((gateway, *port, name), host, caller, Scheme::Tls), served.span),
                }
            }
        }
    }
}

/// The hosts of a gateway port that are below a wildcard of one of its listeners: another listener is for them.
fn below<'s>(set: &'s PolicySet, (gateway, port): (&str, u16), names: &[&str]) -> BTreeSet<&'s str> {
    let wildcards: Vec<&str> = names.iter().copied().filter(|name| wildcard::parent(name).is_some()).collect();
    let exits = set.flows().filter(|_| !wildcards.is_empty()).map(|flow| flow.exit());
    let hosts = exits.filter(|exit| (exit.gateway, exit.gateway_port) == (gateway, port)).map(|exit| exit.host);
    hosts.filter(|host| wildcards.iter().any(|wide| wildcard::is_below(host, wide))).collect()
}

/// A call that bypasses the caller's sidecar: the gateway with its port and outer server name, the host, and the
/// caller.
fn called_directly(to: (&str, u16, &str), host: &str, caller: (&str, &str), scheme: Scheme) -> Query {
    Query {
        namespace: caller.0.to_owned(),
        labels: Labels::new(),
        other_labels: OtherLabels::NoneIsNamed,
        service_account: Some(caller.1.to_owned()),
        path: ClientPath::Direct { gateway: to.0.to_owned(), outer_sni: to.2.to_owned() },
        scheme,
        host: host.to_owned(),
        address: None,
        port: to.1,
        sni: scheme.is_tls().then(|| host.to_owned()),
        method: None,
        http_path: None,
        is_http_2: false,
        headers: BTreeMap::new(),
    }
}

/// The names of backends, each with the name of the host in front of it, by gateway and its port.
fn backends(set: &PolicySet) -> BTreeMap<(&str, u16), BTreeSet<(&str, &str)>> {
    let mut backends: BTreeMap<(&str, u16), BTreeSet<(&str, &str)>> = BTreeMap::new();
    for flow in set.flows() {
        let exit = flow.exit();
        for name in flow.upstreams().into_iter().flat_map(UpstreamHost::into_names).filter(|name| *name != exit.host) {
            backends.entry((exit.gateway, exit.gateway_port)).or_default().insert((name, exit.host));
        }
    }
    backends
}

/// The gateways that a listener is for, except those whose authorization is off.
fn listeners<'a>(set: &'a PolicySet, listener: &'a Gateway) -> Vec<(&'a str, u16, Vec<&'a str>)> {
    let held = set
        .environment
        .gateways
        .values()
        .filter(|gateway| gateway.authorization != Authorization::Off && gateway.selector == listener.selector);
    held.flat_map(|gateway| {
        // If the container port is unknown, the gateway's rules may not match it; EGR0410 reports that.
        let known = |number| matches!(gateway.port(number).map(|port| port.target), Some(TargetPort::Known(_)));
        listener.servers.iter().filter(move |server| known(server.port.number)).map(move |server| {
            let names = server.hosts.iter().map(|host| host.split_once('/').map_or(host.as_str(), |(_, name)| name));
            (gateway.name.as_str(), server.port.number, names.collect())
        })
    })
    .collect()
}

/// Namespaces and service accounts, by the host or outer server name of a rule.
type AdmittedCallers<'m> = BTreeMap<&'m str, BTreeSet<(&'m str, &'m str)>>;

/// The identities that the gateway's rules name, by the host or outer server name of the rule.
fn admitted(manifests: &Manifests) -> AdmittedCallers<'_> {
    let mut admitted = AdmittedCallers::new();
    for object in &manifests.objects {
        let Spec::AuthorizationPolicy(policy) = &object.spec else { continue };
        for rule in &policy.rules {
            let names =
                rule.to.iter().flat_map(|to| &to.operation.hosts).chain(rule.when.iter().flat_map(|when| &when.values));
            for name in names {
                admitted.entry(name).or_default().extend(rule.from.iter().flat_map(|from| identities(&from.source)));
            }
        }
    }
    admitted
}

fn identities(source: &Source) -> impl Iterator<Item = (&str, &str)> {
    let namespaces =
        source.namespaces.iter().chain(&source.not_namespaces).map(|namespace| (namespace.as_str(), NO_ACCOUNT));
    let principals = source.principals.iter().chain(&source.not_principals).filter_map(|principal| {
        let (_, rest) = principal.split_once("/ns/")?;
        rest.split_once("/sa/")
    });
    // Another account in the namespace of a named account: it is not named itself.
    let neighbours = principals.clone().map(|(namespace, _)| (namespace, NO_ACCOUNT));
    namespaces.chain(principals).chain(neighbours)
}

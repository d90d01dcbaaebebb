//! The requests that stand for all.
//!
//! Requests differ for Istio by the caller's namespace and labels, the name, the port and the protocol, and it only ever
//! compares these with what stands in its objects. So one request stands for each group that no object tells apart:
//! for each declared host and port, each kind of caller that some object names and one that none does, asking as
//! declared, in the other protocols, by another name and at another port.
//! Namespaces, names and ports come from the generated objects too, so that what was let in by mistake is asked for.
//!
//! Of the generated objects it is known what they never tell apart, and that is asked once instead of for each host:
//! what no object names, by each kind of caller that bytes are told apart by; gRPC from HTTP, since none looks at a
//! method; and hosts of which a stranger sees nothing, which to him are names like any other. Objects of the user's own
//! may tell all of that apart, so beside them everything is asked of every host.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{Gateway, MeshConfig, Source, Spec};
use crate::model::{Class, Flow, PolicySet, TargetPort};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use crate::trace::{ClientPath, Query, Scheme, scheme_of};

/// A namespace that no policy names; longer than a DNS label, so that there is no such namespace.
pub(super) const BYSTANDER: &str = "a-namespace-that-no-policy-of-this-mesh-names-and-that-cannot-be";
/// A host that no policy names: `.invalid` is reserved for that (RFC 2606).
const UNDECLARED: &str = "undeclared.invalid";
/// A service account that no workload has.
const NO_ACCOUNT: &str = "no-such-account";

/// What a request is told to.
type Ask<'a> = dyn FnMut(&Query, Span) + 'a;

/// What other objects than the generated ones tell apart.
#[derive(Debug, Default)]
pub(super) struct More {
    /// Namespaces that see something of a host.
    pub(super) viewers: BTreeMap<String, BTreeSet<String>>,
    /// Ports that a host has.
    pub(super) ports: BTreeMap<String, BTreeSet<u16>>,
    /// Labels that workloads of a namespace are told apart by.
    pub(super) labels: BTreeMap<String, BTreeSet<Labels>>,
    /// Listeners of gateways: the gateway, the port, the name.
    pub(super) listeners: BTreeSet<(String, u16, String)>,
}

/// Asks every request of the universe. The span is the declaration that it was made for. `more` is what objects tell
/// apart that stand beside the generated ones, if any do.
pub(super) fn each(set: &PolicySet, config: &MeshConfig, more: Option<&More>, ask: &mut Ask) {
    let seen = Seen::of(set, config);
    let free_port = free_port(set, &seen);
    let declared: BTreeMap<(&str, u16), Span> =
        set.flows().map(|flow| ((flow.host.value.as_str(), flow.port()), flow.destination.span)).collect();
    let mut elsewhere = Elsewhere::default();
    for (_, mut flows) in set.flows_by(|flow| (flow.host.value.as_str(), flow.port())) {
        flows.retain(|flow| can_be_known(set, flow));
        let Some(flow) = flows.first() else { continue };
        let host = flow.host.value.as_str();
        let mut namespaces: BTreeMap<&str, BTreeSet<&Labels>> = BTreeMap::new();
        for flow in &flows {
            let selectors = namespaces.entry(flow.client_namespace()).or_default();
            selectors.extend(flow.client.selector.as_ref().map(|selector| &selector.value));
        }
        for namespace in seen.by.get(host).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        for namespace in more.and_then(|more| more.viewers.get(host)).into_iter().flatten() {
            namespaces.entry(namespace).or_default();
        }
        // An upgraded host is known by the port of its TLS as well.
        let mut ports = BTreeSet::from([flow.port()]);
        ports.extend(flows.iter().map(|flow| flow.exit().port));
        ports.extend(seen.ports.get(host).into_iter().flatten());
        ports.extend(more.and_then(|more| more.ports.get(host)).into_iter().flatten());
        ports.extend(more.map(|_| free_port));
        // Each with the declaration that it is nearest to.
        let of_port = |port| declared.get(&(host, port)).copied().unwrap_or(flow.destination.span);
        let ports: BTreeMap<u16, Span> = ports.into_iter().map(|port| (port, of_port(port))).collect();
        let labels = flow.client.selector.as_ref().map(|selector| &selector.value);
        if more.is_some() || seen.by_everybody {
            // A stranger with the very labels of a declared workload.
            namespaces.entry(BYSTANDER).or_default().extend(labels);
        } else {
            for account in accounts(set, BYSTANDER, &Labels::new()) {
                ask(&as_declared(flow, BYSTANDER, labels.unwrap_or(&Labels::new()), account), flow.destination.span);
            }
        }
        for (namespace, selectors) in namespaces {
            let nobody = Labels::new();
            let mut kinds: BTreeSet<Labels> = selectors.into_iter().chain([&nobody]).cloned().collect();
            for told in more.and_then(|more| more.labels.get(namespace)).into_iter().flatten() {
                let both: Vec<Labels> = kinds.iter().filter_map(|known| together(known, told)).collect();
                kinds.extend(both);
            }
            for labels in &kinds {
                for account in accounts(set, namespace, labels) {
                    let mut query = as_declared(flow, namespace, labels, account);
                    if more.is_some() {
                        of_host(
                            &mut query,
                            flow,
                            &[Scheme::Http, Scheme::Grpc, Scheme::Https, Scheme::Tcp],
                            &ports,
                            ask,
                        );
                        of_no_host(&mut query, flow.port(), &[Scheme::Http, Scheme::Tcp], flow.destination.span, ask);
                    } else {
                        let http = if scheme_of(flow) == Scheme::Grpc { Scheme::Grpc } else { Scheme::Http };
                        of_host(&mut query, flow, &[http, Scheme::Https, Scheme::Tcp], &ports, ask);
                    }
                }
            }
        }
        if more.is_none() {
            elsewhere.add(&flows, free_port);
        }
    }
    elsewhere.ask(set, ask);
    direct(set, config, ask);
    for (gateway, port, name) in more.map(|more| &more.listeners).into_iter().flatten() {
        let Some(span) = set.policies.first().map(|policy| policy.name_span) else { continue };
        for scheme in [Scheme::Http, Scheme::Tls, Scheme::Tcp] {
            ask(&called_directly((gateway, *port, name), name, (BYSTANDER, NO_ACCOUNT), scheme), span);
        }
    }
}

/// The labels of a workload of both kinds; `None` when there is none.
fn together(one: &Labels, other: &Labels) -> Option<Labels> {
    let clash = other.iter().any(|(key, value)| one.get(key).is_some_and(|known| known != value));
    (!clash).then(|| one.iter().chain(other).map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether it can be known what becomes of a flow: an ALLOW for a container port that nobody knows may miss it, which
/// EGR0410 has said.
fn can_be_known(set: &PolicySet, flow: &Flow) -> bool {
    set.gateway(&flow.policy.gateway.value).is_some_and(|gateway| {
        let port = gateway.port(flow.destination.gateway_port.port).map(|port| port.target);
        gateway.authorization != Authorization::Managed || matches!(port, Some(TargetPort::Known(_)))
    })
}

/// A caller's request for a host and port as they are declared.
fn as_declared(flow: &Flow, namespace: &str, labels: &Labels, account: Option<&str>) -> Query {
    let scheme = scheme_of(flow);
    Query {
        namespace: namespace.to_owned(),
        labels: labels.clone(),
        service_account: account.map(str::to_owned),
        path: ClientPath::Sidecar,
        scheme,
        host: flow.host.value.clone(),
        port: flow.port(),
        sni: scheme.is_tls().then(|| flow.host.value.clone()),
        method: None,
        http_path: None,
        headers: BTreeMap::new(),
    }
}

/// Asks for a host at each port in each scheme, and at its own by another server name and by another `Host`.
fn of_host(query: &mut Query, flow: &Flow, schemes: &[Scheme], ports: &BTreeMap<u16, Span>, ask: &mut Ask) {
    let host = &flow.host.value;
    let span = flow.destination.span;
    for (port, span) in ports {
        query.port = *port;
        for scheme in schemes {
            query.scheme = *scheme;
            query.sni = scheme.is_tls().then(|| host.clone());
            ask(query, *span);
        }
    }
    query.port = flow.port();
    query.scheme = Scheme::Https;
    for sni in [None, Some(UNDECLARED.to_owned())] {
        query.sni = sni;
        ask(query, span);
    }
    query.sni = None;
    query.scheme = Scheme::Http;
    for name in [format!("{host}:{}", flow.port()), UNDECLARED.to_owned()] {
        query.headers.insert("host".to_owned(), name);
        ask(query, span);
    }
    query.headers.clear();
}

/// Asks for a host that nobody has declared.
fn of_no_host(query: &mut Query, port: u16, schemes: &[Scheme], span: Span, ask: &mut Ask) {
    UNDECLARED.clone_into(&mut query.host);
    query.port = port;
    for scheme in schemes {
        query.scheme = *scheme;
        query.sni = scheme.is_tls().then(|| UNDECLARED.to_owned());
        ask(query, span);
    }
}

/// What no generated object names, by the callers that are told apart there: names and free ports by their namespace, and
/// bytes, which have no name, by their labels too.
#[derive(Default)]
struct Elsewhere<'a> {
    asked: BTreeMap<(&'a str, u16, Option<&'a Labels>), (Flow<'a>, Span)>,
}

impl<'a> Elsewhere<'a> {
    /// Takes note of the flows to one host and port.
    fn add(&mut self, flows: &[Flow<'a>], free_port: u16) {
        for flow in flows {
            let mut note = |namespace, port, labels| {
                self.asked.entry((namespace, port, labels)).or_insert((*flow, flow.destination.span));
            };
            for namespace in [flow.client_namespace(), BYSTANDER] {
                note(namespace, flow.port(), None);
                note(namespace, free_port, None);
            }
            if let Some(selector) = flow.client.selector.as_ref().filter(|_| flow.class() == Class::Tcp) {
                note(flow.client_namespace(), flow.port(), Some(&selector.value));
            }
        }
    }

    fn ask(&self, set: &PolicySet, ask: &mut Ask) {
        let nobody = Labels::new();
        for ((namespace, port, labels), (flow, span)) in &self.asked {
            let labels = labels.unwrap_or(&nobody);
            for account in accounts(set, namespace, labels) {
                let mut query = as_declared(flow, namespace, labels, account);
                of_no_host(&mut query, *port, &[Scheme::Http, Scheme::Https, Scheme::Tcp], *span, ask);
            }
        }
    }
}

/// The service accounts of callers with these labels; `None` where the facts do not know the namespace's workloads, and
/// then no object asks for accounts.
fn accounts<'a>(set: &'a PolicySet, namespace: &str, labels: &Labels) -> BTreeSet<Option<&'a str>> {
    let Some(workloads) = set.environment.namespaces.get(namespace).and_then(|known| known.workloads.as_ref()) else {
        return BTreeSet::from([None]);
    };
    let selected = workloads.iter().filter(|workload| !labels.is_empty() && workload.has(labels));
    let accounts: BTreeSet<Option<&str>> = selected.map(|workload| Some(workload.service_account.as_str())).collect();
    if accounts.is_empty() { BTreeSet::from([Some(NO_ACCOUNT)]) } else { accounts }
}

/// Asks the gateways themselves, by every name that they answer to.
fn direct(set: &PolicySet, config: &MeshConfig, ask: &mut Ask) {
    let admitted = admitted(config);
    for object in &config.objects {
        let Spec::Gateway(listener) = &object.spec else { continue };
        let Some(span) = object.origins.first().map(|origin| origin.span) else { continue };
        for (gateway, port, names) in listeners(set, listener) {
            let http = listener.servers.iter().any(|server| server.port.protocol == "HTTPS");
            let Some(private) = names.first() else { continue };
            for name in &names {
                let callers = admitted.get(name).into_iter().flatten().copied().chain([(BYSTANDER, NO_ACCOUNT)]);
                for (namespace, account) in callers {
                    let ask_as = |outer: &str, scheme: Scheme, authority: Option<String>, ask: &mut Ask| {
                        let query = called_directly((gateway, port, outer), name, (namespace, account), scheme);
                        let headers = authority.map(|name| ("host".to_owned(), name)).into_iter().collect();
                        ask(&Query { headers, ..query }, span);
                    };
                    if http {
                        // By the listener's private name and by the host's own, which it answers to as well.
                        ask_as(private, Scheme::Http, None, ask);
                        ask_as(name, Scheme::Http, None, ask);
                        // Routes do not look at a port in `Host`, authorization does.
                        ask_as(private, Scheme::Http, Some(format!("{name}:{port}")), ask);
                    } else {
                        ask_as(name, Scheme::Tls, None, ask);
                        ask_as(name, Scheme::Tcp, None, ask);
                    }
                }
            }
        }
    }
}

/// A call past the caller's sidecar: the gateway with its port and outer server name, the host, and who calls.
fn called_directly(to: (&str, u16, &str), host: &str, caller: (&str, &str), scheme: Scheme) -> Query {
    Query {
        namespace: caller.0.to_owned(),
        labels: Labels::new(),
        service_account: Some(caller.1.to_owned()),
        path: ClientPath::Direct { gateway: to.0.to_owned(), outer_sni: to.2.to_owned() },
        scheme,
        host: host.to_owned(),
        port: to.1,
        sni: scheme.is_tls().then(|| host.to_owned()),
        method: None,
        http_path: None,
        headers: BTreeMap::new(),
    }
}

/// The gateways that a listener is for, except those whose authorization was turned off.
fn listeners<'a>(set: &'a PolicySet, listener: &'a Gateway) -> Vec<(&'a str, u16, Vec<&'a str>)> {
    let held = set
        .environment
        .gateways
        .values()
        .filter(|gateway| gateway.authorization != Authorization::Off && gateway.selector == listener.selector);
    held.flat_map(|gateway| {
        // Behind an unknown container port the gateway's rules may not hold, which EGR0410 has said.
        let known = |number| matches!(gateway.port(number).map(|port| port.target), Some(TargetPort::Known(_)));
        listener.servers.iter().filter(move |server| known(server.port.number)).map(move |server| {
            let names = server.hosts.iter().map(|host| host.split_once('/').map_or(host.as_str(), |(_, name)| name));
            (gateway.name.as_str(), server.port.number, names.collect())
        })
    })
    .collect()
}

/// What sidecars see of the generated objects.
#[derive(Default)]
struct Seen<'a> {
    /// The namespaces that see something of a host.
    by: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Whether anything is seen by all of them.
    by_everybody: bool,
    /// The ports that a host has.
    ports: BTreeMap<&'a str, BTreeSet<u16>>,
}

impl<'a> Seen<'a> {
    fn of(set: &PolicySet, config: &'a MeshConfig) -> Self {
        // What is for a gateway's own namespace is for the gateway; a client there has been refused.
        let of_gateway =
            |namespace: &str| set.environment.gateways.values().any(|gateway| gateway.namespace == namespace);
        let mut seen = Self::default();
        for object in &config.objects {
            let (hosts, export_to) = match &object.spec {
                Spec::ServiceEntry(entry) => {
                    for host in &entry.hosts {
                        let ports = seen.ports.entry(host).or_default();
                        ports.extend(entry.ports.iter().map(|port| port.number));
                    }
                    (&entry.hosts, &entry.export_to)
                }
                Spec::VirtualService(service) if service.gateways.iter().any(|gateway| gateway == "mesh") => {
                    (&service.hosts, &service.export_to)
                }
                _ => continue,
            };
            seen.by_everybody |= export_to.is_empty();
            for namespace in export_to {
                let namespace = if namespace == "." { &object.namespace } else { namespace };
                if namespace == "*" {
                    seen.by_everybody = true;
                } else if !of_gateway(namespace) {
                    for host in hosts {
                        seen.by.entry(host).or_default().insert(namespace);
                    }
                }
            }
        }
        seen
    }
}

/// Which identities the gateway's rules name, by the host or outer server name that the rule is about.
fn admitted(config: &MeshConfig) -> BTreeMap<&str, BTreeSet<(&str, &str)>> {
    let mut admitted: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for object in &config.objects {
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
    // An account of a named one's namespace that is not named itself.
    let neighbours = principals.clone().map(|(namespace, _)| (namespace, NO_ACCOUNT));
    namespaces.chain(principals).chain(neighbours)
}

/// A port that nothing listens on: no flow dials it, and no host or gateway has it.
fn free_port(set: &PolicySet, seen: &Seen) -> u16 {
    let gateways = set.environment.gateways.values().flat_map(|gateway| &gateway.ports);
    let used: BTreeSet<u16> = set
        .flows()
        .map(|flow| flow.port())
        .chain(seen.ports.values().flatten().copied())
        .chain(gateways.map(|port| port.port))
        .collect();
    (7001..=u16::MAX).find(|port| !used.contains(port)).unwrap_or(7001)
}

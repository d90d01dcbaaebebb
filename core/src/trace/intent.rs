//! What the policies say about a request; the generated objects are not looked at.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::flow_list::FlowList;
use super::{ClientPath, Query, Reached, Scheme, Trace, Verdict};
use crate::model::{Class, Flow, PolicySet, UpstreamHost, Workload, dialled_name, registry_name, wildcard};
use crate::resource::{Labels, is_added_later};

/// What the author meant to happen to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// The request arrives at one of these places. Where the policies name backends or fallbacks, there are several.
    Arrives(BTreeSet<Reached>),
    /// It may arrive there, or be blocked: the policies allow the destination, but a proxy may read HTTP on that port, or may
    /// compare a header that is sent twice in another way.
    MayArrive(BTreeSet<Reached>),
    /// It arrives at another host than it asked for, because TCP without an address takes its whole port (EGR0433).
    Diverted(BTreeSet<Reached>),
    /// It is blocked.
    Blocked,
    /// It depends on the caller's identity, at the exits of its namespace: see [`Intents::admits`].
    ByIdentity,
    /// The policies say nothing: no sidecar captures the traffic.
    NotCaptured,
}

type ByExit<'a> = BTreeMap<(Cow<'a, str>, &'a str, &'a str, u16), Vec<(Flow<'a>, UpstreamHost<'a>)>>;

/// How rules in audit mode are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AuditedRules {
    /// As they are: they are for every workload of their namespaces, and for every request.
    AreOpen,
    /// As if they were enforced.
    AreEnforced,
}

/// The policies of a set, ready to be asked.
#[derive(Debug)]
pub struct Intents<'a> {
    set: &'a PolicySet,
    audited: AuditedRules,
    /// The same set with all rules enforced, if it has rules in audit mode.
    enforced: Option<Box<Intents<'a>>>,
    /// By host, client's namespace and port.
    by_name: BTreeMap<(&'a str, &'a str, u16), FlowList<'a>>,
    /// By what a wildcard is below, client's namespace and port.
    by_parent: BTreeMap<(&'a str, &'a str, u16), FlowList<'a>>,
    /// TCP without an address, by client's namespace and port.
    tcp: BTreeMap<(&'a str, u16), FlowList<'a>>,
    /// By address, client's namespace and port.
    by_address: BTreeMap<(IpAddr, &'a str, u16), FlowList<'a>>,
    /// By the name in Istio's registry of the host at which requests arrive, client's namespace, gateway and its port.
    by_exit: ByExit<'a>,
    /// The same, by what the host is below, if it is a wildcard.
    by_exit_of_parent: ByExit<'a>,
    /// The HTTP hosts of each gateway port, where there are wildcards.
    at_gateways: BTreeSet<(&'a str, u16, &'a str)>,
}

impl<'a> Intents<'a> {
    /// Indexes a set.
    pub fn of(set: &'a PolicySet) -> Self {
        if !set.has_audited_rules() {
            return Self::reading(set, AuditedRules::AreEnforced);
        }
        let enforced = Some(Box::new(Self::reading(set, AuditedRules::AreEnforced)));
        Self { enforced, ..Self::reading(set, AuditedRules::AreOpen) }
    }

    fn reading(set: &'a PolicySet, audited: AuditedRules) -> Self {
        let mut tcp: BTreeMap<(&str, u16), Vec<Flow>> = BTreeMap::new();
        let mut by_address: BTreeMap<(IpAddr, &str, u16), Vec<Flow>> = BTreeMap::new();
        for flow in set.flows().filter(|flow| flow.class() == Class::Tcp) {
            match flow.address() {
                Some(address) => {
                    by_address.entry((address, flow.client_namespace(), flow.port())).or_default().push(flow);
                }
                None => tcp.entry((flow.client_namespace(), flow.port())).or_default().push(flow),
            }
        }
        let mut by_parent: BTreeMap<(&str, &str, u16), Vec<Flow>> = BTreeMap::new();
        let mut by_exit_of_parent = ByExit::new();
        for flow in set.flows() {
            let Some(above) = flow.wildcard() else { continue };
            by_parent.entry((above, flow.client_namespace(), flow.port())).or_default().push(flow);
            let exit = flow.exit();
            let key = (Cow::Borrowed(above), flow.client_namespace(), exit.gateway, exit.gateway_port);
            let exits: &mut Vec<(Flow, UpstreamHost)> = by_exit_of_parent.entry(key).or_default();
            exits.extend(flow.upstreams().into_iter().map(|upstream| (flow, upstream)));
        }
        let exits = set.flows().filter(|flow| flow.class() == Class::Http).map(|flow| flow.exit());
        let at_gateways = exits
            .filter(|_| !by_exit_of_parent.is_empty())
            .map(|exit| (exit.gateway, exit.gateway_port, exit.host))
            .collect();
        Self {
            set,
            audited,
            enforced: None,
            at_gateways,
            by_parent: listed(by_parent),
            by_exit_of_parent,
            by_name: listed(set.flows_by(|flow| (flow.host.value.as_str(), flow.client_namespace(), flow.port()))),
            tcp: listed(tcp),
            by_address: listed(by_address),
            by_exit: by_exit(set),
        }
    }

    /// What the policies say about a request.
    pub fn ask(&self, query: &Query) -> Intent {
        match &query.path {
            ClientPath::Ambient | ClientPath::None => Intent::NotCaptured,
            ClientPath::Direct { .. } => Intent::ByIdentity,
            ClientPath::Sidecar if !is_captured(self.set, query) => Intent::NotCaptured,
            ClientPath::Sidecar => self.captured(query),
        }
    }

    /// The flow by which a request arrives, or would: the declaration behind the answer.
    ///
    /// `reached` is where a caller past its sidecar came out.
    pub fn declaration(&self, query: &Query, reached: Option<&Reached>) -> Option<Flow<'a>> {
        match &query.path {
            ClientPath::Ambient | ClientPath::None => None,
            ClientPath::Direct { gateway, .. } => self.exit(query, gateway, reached?),
            ClientPath::Sidecar => {
                if let Some(at_address) = self.at_address(query) {
                    return self.one_for(at_address, query, |_| true);
                }
                let by_host = query.scheme.is_http().then(|| self.declared(query, &called(query), Class::Http));
                let by_server_name = || {
                    let name = query.compared_sni().filter(|_| query.scheme.is_tls())?;
                    self.declared(query, &name, Class::Tls)
                };
                let opaque = || self.declared(query, &query.host, Class::Tcp).or_else(|| self.taking(query));
                by_host.flatten().or_else(by_server_name).or_else(opaque)
            }
        }
    }

    /// The flow that declares a host and port for the workload that asks. Of a host and wildcards above it that the namespace
    /// declares on that port, the most specific one decides.
    fn declared(&self, query: &Query, host: &str, class: Class) -> Option<Flow<'a>> {
        let of_host = self.by_name.get(&(host, query.namespace.as_str(), query.port));
        let of_wildcards = wildcard::parents(host)
            .filter_map(|above| self.by_parent.get(&(above, query.namespace.as_str(), query.port)));
        let is_of_class = |flow: &Flow| flow.class() == class;
        let flows = of_host.into_iter().chain(of_wildcards).find(|flows| flows.all().iter().any(is_of_class))?;
        self.one_for(flows, query, |flow| is_of_class(flow) && names(flow, query))
    }

    /// The flow of a list by which a client may send: one that is declared for it, or else one that audit mode opens to its
    /// whole namespace.
    fn one_for(&self, flows: &FlowList<'a>, query: &Query, fits: impl Fn(&Flow) -> bool) -> Option<Flow<'a>> {
        let declared = flows.candidates(&query.labels).find(|flow| fits(flow) && self.selects(flow, query));
        let mut open = flows.all().iter().filter(|_| self.audited == AuditedRules::AreOpen);
        declared.or_else(|| open.find(|flow| flow.is_audited() && fits(flow)).copied())
    }

    fn is_open(&self, flow: &Flow) -> bool {
        self.audited == AuditedRules::AreOpen && flow.is_audited()
    }

    /// Whether the flow's rules about HTTP requests admit this one; `None` where that is up to the release of Envoy.
    fn is_admitted(&self, flow: &Flow, query: &Query) -> Option<bool> {
        let method = query.method.as_deref().unwrap_or_else(|| query.scheme.usual_method());
        let path = query.http_path.as_deref().unwrap_or("/");
        if self.is_open(flow) { Some(true) } else { flow.destination.http.rules.admit(method, path, &query.headers) }
    }

    /// Whether rules about HTTP leave open what becomes of a request: it has a header twice, and releases of Envoy differ in
    /// how they compare the values.
    pub fn leave_open(&self, query: &Query) -> bool {
        let host = called(query);
        let is_its_host = |flow: &Flow| flow.class() == Class::Http && wildcard::has(&flow.host.value, &host);
        query.scheme.is_http()
            && query.headers.values().any(|value| value.contains('\n'))
            && self.set.flows().any(|flow| is_its_host(&flow) && self.is_admitted(&flow, query).is_none())
    }

    /// The flows to the address that a request dials, for any workload of the namespace: the address has a listener of its own
    /// there, which takes all bytes, whatever they name.
    fn at_address<'q>(&'q self, query: &'q Query) -> Option<&'q FlowList<'a>> {
        let address = query.dialled_address().or_else(|| dialled_name(&query.host).parse().ok())?;
        self.by_address.get(&(address, query.namespace.as_str(), query.port))
    }

    fn captured(&self, query: &Query) -> Intent {
        if let Some(at_address) = self.at_address(query) {
            let flow = self.one_for(at_address, query, |_| true);
            return flow.map_or(Intent::Blocked, |flow| Intent::Arrives(reached(&flow, query)));
        }
        if query.scheme.is_http()
            && let Some(flow) = self.declared(query, &called(query), Class::Http)
        {
            return match self.is_admitted(&flow, query) {
                Some(true) => Intent::Arrives(reached(&flow, query)),
                Some(false) => Intent::Blocked,
                None => Intent::MayArrive(reached(&flow, query)),
            };
        }
        if query.scheme.is_tls()
            && let Some(flow) = query.compared_sni().and_then(|sni| self.declared(query, &sni, Class::Tls))
        {
            return Intent::Arrives(reached(&flow, query));
        }
        self.opaque(query)
    }

    /// Bytes without a name: they go to the host that has the port, if there is one.
    fn opaque(&self, query: &Query) -> Intent {
        let named = self.declared(query, &query.host, Class::Tcp);
        match (named, self.taking(query)) {
            // Where HTTP is read on the port, it is routed by `Host` before it could be taken for bytes.
            (Some(flow), _) | (None, Some(flow)) if query.scheme.is_http() && self.may_take(named.is_some()) => {
                Intent::MayArrive(reached(&flow, query))
            }
            (Some(flow), _) => Intent::Arrives(reached(&flow, query)),
            // A server name that some workload of the namespace may use has a filter chain for all of them, which ends in nothing
            // for the others.
            (None, Some(_)) if self.is_told_apart(query) => Intent::Blocked,
            (None, Some(flow)) if !self.set.environment.dns_capture => Intent::Diverted(reached(&flow, query)),
            _ => Intent::Blocked,
        }
    }

    /// Whether the namespace declares the server name on that port, for any workload.
    fn is_told_apart(&self, query: &Query) -> bool {
        let name = query.compared_sni().filter(|_| query.scheme.is_tls());
        let flows = name.as_deref().and_then(|name| self.by_name.get(&(name, query.namespace.as_str(), query.port)));
        flows.is_some_and(|flows| flows.all().iter().any(|flow| flow.class() == Class::Tls))
    }

    /// The flow that has the port, whatever the name.
    fn taking(&self, query: &Query) -> Option<Flow<'a>> {
        let flows = self.tcp.get(&(query.namespace.as_str(), query.port));
        self.one_for(flows?, query, |_| true)
    }

    /// Whether a flow is declared for the client, with the labels that its pods get besides.
    fn selects(&self, flow: &Flow, query: &Query) -> bool {
        if !is_of_account(flow, query.service_account.as_deref()) {
            return false;
        }
        let Some(wanted) = &flow.client.selector else { return true };
        let has = |added: Option<&Labels>| {
            wanted.iter().all(|(key, value)| {
                query.labels.get(key).or_else(|| added.and_then(|added| added.get(key))) == Some(value)
            })
        };
        let are_added = || {
            let clients = self.set.environment.clients(&query.namespace, &query.labels);
            clients.iter().all(|client| has(Some(&client.added_labels.known)))
        };
        has(None) || wanted.keys().any(|key| is_added_later(key)) && are_added()
    }

    /// Whether HTTP bytes may end at a TCP host: by its own name always, by another only when it takes the port.
    fn may_take(&self, named: bool) -> bool {
        named || !self.set.environment.dns_capture
    }

    /// Whether a caller past its sidecar may reach this: one of the exits of its namespace, or of its service account
    /// where that is known.
    pub fn admits(&self, query: &Query, gateway: &str, to: &Reached) -> bool {
        self.exit(query, gateway, to).is_some()
    }

    /// Whether a caller past its sidecar may reach every place at which its request arrives.
    pub fn admits_all(&self, query: &Query, trace: &Trace) -> bool {
        match &query.path {
            ClientPath::Direct { gateway, .. } => trace.places().all(|place| self.admits(query, gateway, place)),
            ClientPath::Sidecar | ClientPath::Ambient | ClientPath::None => false,
        }
    }

    /// Whether a request arrives only because a rule is in audit mode: if all rules were enforced, it would not.
    pub fn opens_by_audit(&self, query: &Query, trace: &Trace) -> bool {
        self.enforced.as_ref().is_some_and(|enforced| self.lets(query, trace) && !enforced.lets(query, trace))
    }

    /// Whether the policies let a request go where it arrives.
    fn lets(&self, query: &Query, trace: &Trace) -> bool {
        match self.ask(query) {
            Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to) => {
                trace.gateway.is_some() && trace.arrives_within(&to)
            }
            Intent::ByIdentity => trace.reached.is_some() && self.admits_all(query, trace),
            Intent::Blocked | Intent::NotCaptured => false,
        }
    }

    /// Whether such requests cross each gateway in use of the destination that declares them, and no other. Of a caller that
    /// chooses its gateway itself, [`Intents::admits`] compares it.
    pub fn crosses_exactly(&self, query: &Query, trace: &Trace) -> bool {
        let Some(flow) = self.declaration(query, None) else { return trace.gateway.is_some() };
        let in_use = flow.destination.through.iter().filter(|through| through.is_in_use());
        let declared: BTreeSet<(&str, u16)> =
            in_use.map(|through| (through.gateway.value.as_str(), through.port.port)).collect();
        let crossed: BTreeSet<(&str, u16)> =
            trace.crossed.iter().map(|crossed| (crossed.gateway.as_str(), crossed.port)).collect();
        declared == crossed
    }

    /// Whether each gateway that such requests may cross is one of the destination that declares them.
    pub fn crosses_within(&self, query: &Query, trace: &Trace) -> bool {
        let declared = self.declaration(query, trace.reached.as_ref());
        let is_declared = |gateway: &str| {
            let is_it = |flow: Flow| flow.destination.through.iter().any(|through| through.gateway.value == gateway);
            declared.is_none_or(is_it)
        };
        let gateways = trace.gateways();
        !gateways.is_empty() && gateways.into_iter().all(is_declared)
    }

    /// The verdict with the policies in view. Where they name other hosts than the one that the client calls, these are the
    /// destination of its request.
    pub fn verdict(&self, query: &Query, trace: &Trace) -> Verdict {
        let is_destination = || match self.ask(query) {
            Intent::Arrives(to) | Intent::MayArrive(to) => trace.gateway.is_some() && trace.arrives_within(&to),
            Intent::ByIdentity => self.admits_all(query, trace),
            Intent::Diverted(_) | Intent::Blocked | Intent::NotCaptured => false,
        };
        if trace.verdict == Verdict::Diverted && is_destination() { Verdict::Allowed } else { trace.verdict }
    }

    fn exit(&self, query: &Query, gateway: &str, to: &Reached) -> Option<Flow<'a>> {
        let host = registry_name(&to.host);
        let key = |port: u16| (host.clone(), query.namespace.as_str(), gateway, port);
        let own = self.by_exit.get(&key(query.port)).into_iter().flatten();
        // Several ports of the gateway may lead to one container port: by another port it is the same exit, unless HTTP is
        // read there and here it is not.
        let others = self.by_exit.range(key(u16::MIN)..=key(u16::MAX)).flat_map(|(_, flows)| flows);
        let of_wildcards = wildcard::parents(&to.host).flat_map(|above| {
            let key = |port: u16| (Cow::Borrowed(above), query.namespace.as_str(), gateway, port);
            let flows = self.by_exit_of_parent.range(key(u16::MIN)..=key(u16::MAX)).flat_map(|(_, flows)| flows);
            flows.filter(|(flow, _)| !self.has_more_specific(flow, &to.host))
        });
        let others = others.chain(of_wildcards);
        let others = others.filter(|(flow, _)| (flow.class() == Class::Http) == query.scheme.is_http());
        let mut exits = own.chain(others).filter(|(flow, upstream)| {
            upstream.port == to.port
                && (!upstream.is_upgraded || to.tls)
                // A backend is behind the host that the policy names, and not behind its own name.
                && (upstream.share.is_none() || called(query) == flow.host.value)
                && (flow.class() != Class::Http || self.is_admitted(flow, query) != Some(false))
                && self.identity_admitted(flow, query.service_account.as_deref())
        });
        exits.next().map(|(flow, _)| *flow)
    }

    /// Whether the gateway port of a wildcard has a rule for a host below it that has this name.
    fn has_more_specific(&self, wide: &Flow, name: &str) -> bool {
        let exit = wide.exit();
        let is_there = |host: &str| self.at_gateways.contains(&(exit.gateway, exit.gateway_port, host));
        let mut wildcards = wildcard::parents(name).map(|above| format!("*.{above}"));
        is_there(name) || wildcards.any(|host| wildcard::is_below(&host, exit.host) && is_there(&host))
    }

    fn identity_admitted(&self, flow: &Flow, account: Option<&str>) -> bool {
        if self.is_open(flow) {
            return true;
        }
        if flow.client.service_accounts.is_some() {
            return is_of_account(flow, account);
        }
        let Some(selector) = &flow.client.selector else { return true };
        let known = self.set.environment.namespaces.get(flow.client_namespace());
        let selected: Vec<&Workload> = known.map(|known| known.listed_with(&selector.value)).unwrap_or_default();
        // Facts that do not know the client's workloads say nothing about their accounts.
        selected.is_empty() || selected.iter().any(|workload| Some(workload.service_account.as_str()) == account)
    }
}

/// Whether the client of a flow may have the account. One that is not known is not one that the policy names.
fn is_of_account(flow: &Flow, account: Option<&str>) -> bool {
    let Some(declared) = &flow.client.service_accounts else { return true };
    account.is_some_and(|account| declared.contains(account))
}

/// Whether the request names the host of a flow as its gateway compares it: where the gateway resolves the name in `Host`,
/// it is in lower case, and the port in it is the one that the gateway connects to.
fn names(flow: &Flow, query: &Query) -> bool {
    if flow.wildcard().is_none() {
        return true;
    }
    let Some(written) = query.headers.get("host") else { return is_lower_name(&query.host) };
    let (name, port) = match written.rsplit_once(':') {
        None => (written.as_str(), None),
        Some((name, port)) => (name, Some(port)),
    };
    let external = flow.destination.external_port();
    let is_its_port = match (flow.destination.upgrade.is_some(), port) {
        (true, port) => port.is_none(),
        (false, None) => external == 80,
        (false, Some(port)) => port == external.to_string(),
    };
    is_its_port && is_lower_name(name)
}

fn is_lower_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_letter))
}

fn listed<K: Ord>(flows: BTreeMap<K, Vec<Flow<'_>>>) -> BTreeMap<K, FlowList<'_>> {
    flows.into_iter().map(|(key, flows)| (key, FlowList::new(flows))).collect()
}

/// Whether sidecars capture the request, whichever of the known workloads sends it.
fn is_captured(set: &PolicySet, query: &Query) -> bool {
    let address = query.dialled_address();
    set.environment
        .clients(&query.namespace, &query.labels)
        .iter()
        .all(|client| client.surely_captures(query.port, address))
}

/// The name by which HTTP is routed.
fn called(query: &Query) -> String {
    let host = query.headers.get("host").unwrap_or(&query.host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name.to_ascii_lowercase(),
        _ => host.to_ascii_lowercase(),
    }
}

/// The flows by the hosts at which their requests may arrive.
fn by_exit(set: &PolicySet) -> ByExit<'_> {
    let mut exits = ByExit::new();
    for flow in set.flows() {
        let exit = flow.exit();
        for upstream in flow.upstreams() {
            for name in upstream.into_names() {
                let key = (registry_name(name), flow.client_namespace(), exit.gateway, exit.gateway_port);
                exits.entry(key).or_default().push((flow, upstream));
            }
        }
    }
    exits
}

/// Where the requests of a flow end.
fn reached(flow: &Flow, query: &Query) -> BTreeSet<Reached> {
    let upstreams = flow.upstreams().into_iter().filter(UpstreamHost::is_in_use);
    // For a wildcard the gateway takes the name that the client says. A client that dials an address arrives at it; one that
    // has got it for a name arrives at what Istio calls it.
    let is_named = flow.address().is_some() && query.host != flow.host.value;
    let said = match flow.wildcard() {
        Some(_) => Some(called(query)),
        None => is_named.then(|| flow.registry_name().into_owned()),
    };
    let places = upstreams.flat_map(|upstream| {
        let of_client = query.sni.clone().filter(|_| query.scheme.is_tls());
        let name = said.clone().unwrap_or_else(|| upstream.host.value.clone());
        let sni = if upstream.is_upgraded { Some(name) } else { of_client };
        let said = said.clone();
        upstream.into_names().map(move |name| Reached {
            host: said.clone().unwrap_or_else(|| name.to_owned()),
            port: upstream.port,
            tls: upstream.is_upgraded || query.scheme.is_tls(),
            sni: sni.clone(),
        })
    });
    places.collect()
}

/// The scheme of a request that uses a flow as it is declared.
pub(crate) fn scheme_of(flow: &Flow) -> Scheme {
    match flow.class() {
        Class::Http if flow.destination.protocol.is_http2() => Scheme::Grpc,
        Class::Http => Scheme::Http,
        Class::Tls => Scheme::Https,
        Class::Tcp => Scheme::Tcp,
    }
}

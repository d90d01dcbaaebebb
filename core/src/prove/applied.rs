//! What the user's own objects change of what was proven.
//!
//! The same universe is asked again, with their objects beside ours, and with what only theirs tell apart. A declared flow
//! that does not arrive any more is a warning, since they may well mean it; a request that arrives and that no rule
//! allows is an error. They can refuse a compile, and never save one: our own objects are proven alone, before.

use std::collections::{BTreeMap, BTreeSet};

use super::universe::{self, More};
use super::{describe, is_own_exit};
use crate::diagnostic::{Code, Diagnostic, Report, codes};
use crate::istio::{ExportTo, Meta, Objects};
use crate::mesh::MeshConfig;
use crate::model::PolicySet;
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::outcome::World;
use crate::trace::{Decision, Intent, Intents, Messages, Query, Scheme, Trace, Verdict};

/// Witnesses of one code. Each is for another set of objects, and the next run shows more.
const MOST_WITNESSES: usize = 10;
/// Sets of labels that workloads of one namespace are told apart by; each doubles the requests.
const MOST_LABELS: usize = 4;
/// Messages of one host that are told apart; each is asked by every kind of caller.
const MOST_MESSAGES: usize = 32;
/// Who made an object, as [`crate::emit`] writes it.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "egressc");

/// Applies objects to those that were proven.
pub fn apply(set: &PolicySet, config: &MeshConfig, proven: &Objects, theirs: &Objects, report: &mut Report) {
    if theirs.is_empty() {
        return;
    }
    let together = proven.and(theirs);
    let world = World::new(&together, &set.environment);
    let intents = Intents::of(set);
    let hosts = hosts(set);
    let speaks_http2: BTreeSet<(&str, u16)> = set
        .flows()
        .filter(|flow| flow.destination.protocol.is_http2())
        .map(|flow| (flow.host.value.as_str(), flow.port()))
        .collect();
    let mut found: BTreeMap<(&'static str, Vec<String>), Witness> = BTreeMap::new();
    let more = more(set, theirs, report);
    universe::each(set, config, proven, Some(&more), &mut |query, span| {
        let trace = world.outcome(query);
        let Some((code, what)) = judge(&hosts, &intents, query, &trace) else { return };
        // A rule about some of a declared flow's messages is meant, and takes the flow from nobody.
        if code != &codes::LETS_THROUGH && !says_nothing(query) && is_declared(&intents, query) {
            return;
        }
        // gRPC passes a port that is declared as HTTP and is not what was declared: a rule about POST may refuse it.
        if code == &codes::TAKES_AWAY
            && query.scheme == Scheme::Grpc
            && !speaks_http2.contains(&(query.host.as_str(), query.port))
        {
            return;
        }
        let decided: Vec<Decision> = trace.decided_by.into_iter().filter(|by| by.span.is_some()).collect();
        let key = (code.id, decided.iter().map(|by| format!("{by:?}")).chain(trace.unknown).collect());
        let witness =
            found.entry(key).or_insert_with(|| Witness { code, query: query.clone(), span, what, decided, more: 0 });
        if witness.query != *query {
            witness.more = witness.more.saturating_add(1);
        }
    });
    let mut shown: BTreeMap<&'static str, usize> = BTreeMap::new();
    for witness in found.values() {
        let count = shown.entry(witness.code.id).or_default();
        *count = count.saturating_add(1);
        if *count <= MOST_WITNESSES {
            report.push(witness.diagnostic(set, proven, theirs));
        }
    }
}

/// Leaves out what an earlier compile made: it is replaced by this one, or pruned.
pub fn without_ours(mut theirs: Objects, proven: &Objects, report: &mut Report) -> Objects {
    if theirs.metas().next().is_none() {
        return theirs;
    }
    let name = |meta: &Meta| (meta.kind.clone(), meta.namespace.clone(), meta.name.clone());
    let made: BTreeSet<_> = proven.metas().map(name).collect();
    let ours = |meta: &Meta| {
        made.contains(&name(meta)) || meta.labels.get(MANAGED_BY.0).is_some_and(|value| value == MANAGED_BY.1)
    };
    let mut old: Vec<Span> = theirs.metas().filter(|meta| ours(meta)).filter_map(|meta| meta.span).collect();
    old.sort_unstable();
    if let Some(first) = old.first() {
        let many = match old.len() {
            1 => "an object that egressc made is".to_owned(),
            more => format!("{more} objects that egressc made are"),
        };
        report.push(
            Diagnostic::new(&codes::MADE_BY_EGRESSC, *first, format!("{many} among the inputs, and not looked at"))
                .note("this compile makes them anew; those that it does not make any more have to be deleted")
                .help(format!(
                    "leave them out; `kubectl apply --prune -l {}={}` deletes the old ones",
                    MANAGED_BY.0, MANAGED_BY.1
                )),
        );
    }
    theirs.retain(|meta| !ours(meta));
    theirs
}

/// How a request fares that does not fare as it should; `hosts` are those that policies speak of.
fn judge(hosts: &BTreeSet<&str>, intents: &Intents, query: &Query, trace: &Trace) -> Option<(&'static Code, String)> {
    if trace.verdict == Verdict::Unknown {
        return Some((&codes::UNDECIDED, format!("what comes of it cannot be known: {}", trace.unknown.join("; "))));
    }
    match (intents.ask(query), &trace.reached) {
        (Intent::NotCaptured, _) | (Intent::Blocked | Intent::MayArrive(_) | Intent::ByItsOwnExits, None) => None,
        (Intent::Arrives(to) | Intent::MayArrive(to) | Intent::Diverted(to), Some(reached))
            if *reached == to && trace.gateway.is_some() =>
        {
            None
        }
        // Past the sidecar only hosts are judged that policies speak of: the gateway may have other work.
        (Intent::ByItsOwnExits, Some(reached))
            if is_own_exit(intents, query, reached) || !hosts.contains(reached.host.as_str()) =>
        {
            None
        }
        (Intent::Arrives(to) | Intent::Diverted(to), None) => {
            let how = match trace.status {
                Some(status) => format!("is answered with {status}"),
                None => "is cut off".to_owned(),
            };
            Some((&codes::TAKES_AWAY, format!("{how} instead of reaching {}", describe(&to))))
        }
        (_, Some(reached)) => {
            let past = if trace.gateway.is_none() { " past every gateway" } else { "" };
            Some((&codes::LETS_THROUGH, format!("reaches {}{past}", describe(reached))))
        }
    }
}

/// Whether it is a request that stands for all messages.
fn says_nothing(query: &Query) -> bool {
    query.method.is_none() && query.http_path.is_none() && query.headers.keys().all(|name| name == "host")
}

fn is_declared(intents: &Intents, query: &Query) -> bool {
    match intents.ask(query) {
        Intent::Arrives(_) | Intent::MayArrive(_) | Intent::Diverted(_) => true,
        Intent::ByItsOwnExits | Intent::Blocked | Intent::NotCaptured => false,
    }
}

/// The first request of those that fare alike for the same reasons.
struct Witness {
    code: &'static Code,
    query: Query,
    span: Span,
    what: String,
    decided: Vec<Decision>,
    more: usize,
}

impl Witness {
    fn diagnostic(&self, set: &PolicySet, proven: &Objects, theirs: &Objects) -> Diagnostic {
        let culprit = self.culprit(set, proven, theirs);
        let (kind, place) = match (&culprit, self.decided.last()) {
            (Some(meta), _) => (meta.kind.as_str(), self.place(meta)),
            (None, Some(decision)) => (decision.kind.as_str(), decision.span),
            (None, None) => ("", None),
        };
        let because = match &culprit {
            Some(meta) if self.code != &codes::UNDECIDED => {
                format!(", because of {} `{}/{}`", meta.kind, meta.namespace, meta.name)
            }
            _ => String::new(),
        };
        let asked = self.query.describe().replace(&format!("`{}`", universe::BYSTANDER), "any other namespace");
        let message = format!("{asked}, and {}{because}", self.what);
        let found = match place {
            Some(place) => Diagnostic::new(self.code, place, message).label(self.span, "the nearest declaration"),
            None => Diagnostic::new(self.code, self.span, message),
        };
        let found = match self.more {
            0 => found,
            1 => found.note("one more request fares alike"),
            more => found.note(format!("{more} more requests fare alike")),
        };
        found.help(help(self.code, kind, set))
    }

    /// Where the culprit decided, or else what it is called.
    fn place(&self, culprit: &Meta) -> Option<Span> {
        let is_it =
            |by: &&Decision| by.kind == culprit.kind && by.namespace == culprit.namespace && by.name == culprit.name;
        self.decided.iter().rev().find(is_it).and_then(|by| by.span).or(culprit.span)
    }

    /// The object with which the request begins to fare so, when theirs are added one after the other.
    fn culprit(&self, set: &PolicySet, proven: &Objects, theirs: &Objects) -> Option<Meta> {
        let mut metas: Vec<&Meta> = theirs.metas().collect();
        metas.sort_by_key(|meta| meta.span);
        let intents = Intents::of(set);
        let hosts = hosts(set);
        let is_so = |count: usize| {
            let Some(last) = count.checked_sub(1).and_then(|last| metas.get(last)) else { return false };
            let mut some = theirs.clone();
            some.retain(|meta| meta.span <= last.span);
            let together = proven.and(&some);
            let trace = World::new(&together, &set.environment).outcome(&self.query);
            judge(&hosts, &intents, &self.query, &trace).is_some_and(|(code, _)| code == self.code)
        };
        // So with all, not so with none; somewhere between it turns.
        let (mut without, mut with) = (0, metas.len());
        while with.saturating_sub(without) > 1 {
            let middle = without.midpoint(with);
            if is_so(middle) {
                with = middle;
            } else {
                without = middle;
            }
        }
        metas.get(with.checked_sub(1)?).map(|meta| (*meta).clone())
    }
}

fn help(code: &Code, kind: &str, set: &PolicySet) -> String {
    if code == &codes::UNDECIDED {
        return "look at this request yourself, or narrow the object so that it leaves declared flows alone".to_owned();
    }
    let takes_away = code == &codes::TAKES_AWAY;
    match kind {
        "Sidecar" if takes_away => {
            let namespaces: BTreeSet<&str> = set.policies.iter().map(|policy| policy.id.namespace.as_str()).collect();
            let hosts: Vec<String> = namespaces.iter().map(|namespace| format!("`{namespace}/*`")).collect();
            format!(
                "add {} to its egress hosts, or set `output.placement: client` in a MeshEnvironment",
                hosts.join(" and ")
            )
        }
        "AuthorizationPolicy" => {
            "if that is not meant, narrow the rule: `ports` for rules about HTTP, `from` for callers".to_owned()
        }
        "DestinationRule" => {
            "take the host out of it: a rule in the client's namespace replaces the one that leads to the gateway"
                .to_owned()
        }
        "ServiceEntry" | "VirtualService" => {
            "take the host out of it: what is compiled routes the host already, and yours wins or mixes with it"
                .to_owned()
        }
        _ if takes_away => "remove the object, or narrow it".to_owned(),
        _ => "remove the object, narrow it, or declare the flow in a policy".to_owned(),
    }
}

/// What the objects tell apart, as far as it concerns the hosts of the set.
fn more(set: &PolicySet, theirs: &Objects, report: &mut Report) -> More {
    let hosts = hosts(set);
    let mut more = More {
        viewers: BTreeMap::new(),
        ports: BTreeMap::new(),
        labels: BTreeMap::new(),
        listeners: BTreeSet::new(),
        messages: Messages::of(theirs, &set.environment),
    };
    for entry in &theirs.service_entries {
        for host in entry.spec.hosts.iter().flat_map(|host| within(&hosts, host)) {
            see(&mut more, host, &entry.spec.export_to, set);
            more.ports.entry(host.to_owned()).or_default().extend(entry.spec.ports.iter().map(|port| port.number));
        }
    }
    for service in &theirs.virtual_services {
        for host in service.spec.hosts.iter().flat_map(|host| within(&hosts, host)) {
            see(&mut more, host, &service.spec.export_to, set);
        }
    }
    told_apart(set, theirs, &hosts, &mut more, report);
    if let Some(host) = more.messages.limit(&hosts, MOST_MESSAGES) {
        let message = format!("your own objects tell more requests to `{host}` apart than are asked about");
        report.push(
            Diagnostic::nowhere(&codes::UNDECIDED, message)
                .note(format!("{MOST_MESSAGES} for each host are tried, by method, path, header and query"))
                .help("ask for the request that you mean"),
        );
    }
    for gateway in &theirs.gateways {
        for group in set.environment.gateways.values() {
            let labels = group.pod_labels.as_ref().unwrap_or(&group.selector);
            let selected = gateway
                .spec
                .selector
                .as_ref()
                .is_none_or(|selector| selector.iter().all(|(key, value)| labels.get(key) == Some(value)));
            for server in gateway.spec.servers.iter().filter(|_| selected) {
                let names =
                    server.hosts.iter().map(|host| host.split_once('/').map_or(host.as_str(), |(_, name)| name));
                for host in names.flat_map(|name| within(&hosts, name)) {
                    more.listeners.insert((group.name.clone(), server.port, host.to_owned()));
                }
            }
        }
    }
    more
}

fn hosts(set: &PolicySet) -> BTreeSet<&str> {
    set.flows().map(|flow| flow.host.value.as_str()).collect()
}

/// Everybody includes the bystander, who is asked for every host; a gateway's own namespace is the gateway's.
fn see(more: &mut More, host: &str, export_to: &ExportTo, set: &PolicySet) {
    let ExportTo::Namespaces(namespaces) = export_to else { return };
    let of_gateway =
        |namespace: &&String| set.environment.gateways.values().any(|gateway| gateway.namespace == **namespace);
    let viewers = more.viewers.entry(host.to_owned()).or_default();
    viewers.extend(namespaces.iter().filter(|namespace| !of_gateway(namespace)).cloned());
}

/// Labels of callers that Sidecars select, or that routes of a declared host ask for.
fn told_apart(set: &PolicySet, theirs: &Objects, hosts: &BTreeSet<&str>, more: &mut More, report: &mut Report) {
    let clients: BTreeSet<&str> = set.flows().map(|flow| flow.client_namespace()).collect();
    let mut full: BTreeMap<String, Option<Span>> = BTreeMap::new();
    let mut tell = |namespace: &str, labels: &Labels, meta: &Meta| {
        let known = more.labels.entry(namespace.to_owned()).or_default();
        if labels.is_empty() || known.contains(labels) {
            return;
        }
        if known.len() < MOST_LABELS {
            known.insert(labels.clone());
        } else {
            full.entry(namespace.to_owned()).or_insert(meta.span);
        }
    };
    for sidecar in theirs.sidecars.iter().filter(|sidecar| clients.contains(sidecar.meta.namespace.as_str())) {
        if let Some(labels) = &sidecar.spec.selector {
            tell(&sidecar.meta.namespace, labels, &sidecar.meta);
        }
    }
    for service in &theirs.virtual_services {
        if service.spec.hosts.iter().all(|host| within(hosts, host).is_empty()) {
            continue;
        }
        let viewers: Vec<&str> = match &service.spec.export_to {
            ExportTo::Nobody => continue,
            ExportTo::Public => clients.iter().copied().collect(),
            ExportTo::Namespaces(namespaces) => namespaces.iter().map(String::as_str).collect(),
        };
        let http = service.spec.http.iter().flat_map(|route| &route.matches).map(|each| &each.source_labels);
        let bytes = service.spec.tls.iter().chain(&service.spec.tcp).flat_map(|route| &route.matches);
        for labels in http.chain(bytes.map(|each| &each.source_labels)) {
            for namespace in &viewers {
                tell(namespace, labels, &service.meta);
            }
        }
    }
    for (namespace, place) in full {
        let message =
            format!("your own objects tell more kinds of workloads of `{namespace}` apart than are asked about");
        let found = Diagnostic::nowhere(&codes::UNDECIDED, message);
        let found = match place {
            Some(place) => found.label(place, "the first of those that are not"),
            None => found,
        };
        report.push(
            found
                .note(format!("{MOST_LABELS} sets of labels are tried, alone and together"))
                .help("ask for the workload that you mean"),
        );
    }
}

/// The hosts of a set that a name, perhaps a wildcard, covers.
fn within<'h>(hosts: &BTreeSet<&'h str>, name: &str) -> Vec<&'h str> {
    match name.strip_prefix('*') {
        Some(suffix) => hosts.iter().copied().filter(|host| host.ends_with(suffix)).collect(),
        None => hosts.get(name).copied().into_iter().collect(),
    }
}

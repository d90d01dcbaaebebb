//! The mesh that is asked, and what its answers have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::Registry;
use crate::diagnostic::Diagnostic;
use crate::istio::{DestinationRule, ExportTo, Meta, Object, Objects, VirtualService};
use crate::lint::roots::roots;
use crate::lint::within::within;
use crate::model::Environment;
use crate::resource::Labels;
use crate::source::{SourceMap, Span};
use crate::syntax::{Document, Node};
use crate::trace::outcome::{Simulation, Unused, Ways};
use crate::trace::{ClientPath, Decision, Message, OtherLabels, Query, Scheme, Stop, Trace, Verdict};
use crate::universe::OTHER_NAMESPACE;

/// The namespaces that an object is exported to, of which so many are asked.
const MOST_NAMESPACES: usize = 4;

/// Each time that reasons are looked for, every object is looked at: so many of them in all.
const MOST_LOOKS: usize = 1_000_000;
/// Reasons are looked for so many times at most: fewer than an answer shows diagnostics, so that it says that some are left out.
const MOST_REASONS: usize = 400;
/// And so many times at least, however many objects there are.
const FEWEST_REASONS: usize = 20;

/// Requests that took so many runs are remembered, and so many of them.
const WORTH_REMEMBERING: usize = 4;
const MOST_REMEMBERED: usize = 500;

/// So many reasons are shown for one object.
const MOST_SHOWN: usize = 3;

/// The objects of a mesh, ready to be asked.
pub(super) struct Mesh<'m> {
    pub(super) objects: &'m Objects,
    pub(super) environment: &'m Environment,
    pub(super) registry: Registry<'m>,
    pub(super) sources: &'m SourceMap,
    roots: BTreeMap<Span, &'m Node>,
    simulation: Simulation<'m>,
    /// The objects that decided anything in any way of any request, as kind, namespace and name.
    used: BTreeSet<(String, String, String)>,
    /// The Gateways that requests crossed, each with the host that was dialled.
    crossed: BTreeSet<(String, String, String)>,
    /// Hosts of which it is not known what becomes of a request.
    unsure: BTreeSet<String>,
    virtual_services: ByName<'m, VirtualService>,
    destination_rules: ByName<'m, DestinationRule>,
    /// The Gateways that are given, by the names that VirtualServices have for them.
    gateways: BTreeSet<String>,
    /// For so many more requests the reasons are looked for: each time all objects are looked at.
    reasons_left: usize,
    has_left_out_reasons: bool,
    /// Requests with many ways, which are asked for again: all routes by a regular expression have one request.
    remembered: BTreeMap<Query, Asked>,
}

/// Objects of one kind, by namespace and name.
type ByName<'m, T> = BTreeMap<(&'m str, &'m str), &'m Object<T>>;

fn by_name<T>(objects: &[Object<T>]) -> ByName<'_, T> {
    objects.iter().map(|object| ((object.meta.namespace.as_str(), object.meta.name.as_str()), object)).collect()
}

/// What becomes of a request.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) trace: Trace,
    /// Every way that it may take; only the one of `trace` where that is known.
    pub(super) ways: Vec<Trace>,
    /// Whether there are more ways than are followed.
    pub(super) has_more: bool,
    /// How many times it was evaluated to find them: none where the same request has been asked before.
    pub(super) runs: usize,
}

impl Asked {
    /// Whether it is known what becomes of the request.
    pub(super) fn is_known(&self) -> bool {
        self.trace.verdict != Verdict::Unknown
    }

    /// Whether an object decides anything, or may do so.
    pub(super) fn may_use(&self, meta: &Meta) -> bool {
        self.has_more || self.ways.iter().any(|way| way.decided_by.iter().any(|by| is(by, meta)))
    }

    /// Whether this decides in every way: one result may have several ways.
    pub(super) fn is_surely_by(&self, decision: &Decision) -> bool {
        !self.has_more && self.ways.iter().all(|way| way.decided_by.contains(decision))
    }

    /// Whether a part of an object decides, or may do so.
    pub(super) fn may_use_part(&self, meta: &Meta, part: Option<Span>) -> bool {
        let is_it = |by: &Decision| is(by, meta) && (by.span == part || by.span == meta.span);
        self.has_more || self.ways.iter().any(|way| way.decided_by.iter().any(is_it))
    }
}

/// Whether the `WorkloadEntries` that a `WorkloadGroup` makes may have some labels. Its workloads may bring labels of their own.
fn group_may_have(group: &Node, labels: &Labels) -> bool {
    let metadata = group.given("spec").and_then(|spec| spec.given("metadata"));
    let own = metadata.and_then(|metadata| metadata.given("labels"));
    let value = |key: &str| own.and_then(|own| own.given(key)).and_then(Node::text);
    labels.iter().all(|(key, wanted)| value(key).is_none_or(|value| value == wanted))
}

/// Whether an object decided.
pub(super) fn is(decision: &Decision, meta: &Meta) -> bool {
    decision.kind == meta.kind && decision.namespace == meta.namespace && decision.name == meta.name
}

impl<'m> Mesh<'m> {
    pub(super) fn new(
        (objects, environment): (&'m Objects, &'m Environment),
        documents: &'m [Document],
        sources: &'m SourceMap,
    ) -> Self {
        Self {
            roots: roots(documents),
            sources,
            objects,
            environment,
            registry: Registry::of(objects),
            simulation: Simulation::new(objects, environment),
            used: BTreeSet::new(),
            crossed: BTreeSet::new(),
            unsure: BTreeSet::new(),
            virtual_services: by_name(&objects.virtual_services),
            destination_rules: by_name(&objects.destination_rules),
            gateways: objects
                .gateways
                .iter()
                .map(|gateway| format!("{}/{}", gateway.meta.namespace, gateway.meta.istio_name()))
                .collect(),
            reasons_left: MOST_LOOKS.div_euclid(objects.metas().count().max(1)).clamp(FEWEST_REASONS, MOST_REASONS),
            has_left_out_reasons: false,
            remembered: BTreeMap::new(),
        }
    }

    /// Whether the reasons of some objects without effect were not looked for, so that these are not reported.
    pub(super) fn has_left_out_reasons(&self) -> bool {
        self.has_left_out_reasons
    }

    /// The hosts of the Services of gateways.
    pub(super) fn gateway_hosts(&self) -> BTreeSet<String> {
        self.simulation.gateway_services().into_iter().map(|(host, _)| host).collect()
    }

    /// The `spec` of an object, as it is written.
    pub(super) fn spec(&self, meta: &Meta) -> Option<&'m Node> {
        self.roots.get(&meta.span?)?.given("spec")
    }

    /// Whether a `WorkloadEntry` of a namespace, or of any, has some labels, or a `WorkloadGroup` may make one with them.
    pub(super) fn entries_may_have(&self, labels: &Labels, namespace: Option<&str>) -> bool {
        let is_in_scope = |of: &str| namespace.is_none_or(|namespace| namespace == of);
        let entries = self.objects.workload_entries.iter();
        let mut entries = entries.filter(|entry| is_in_scope(&entry.meta.namespace));
        let mut groups = self.roots.values().filter(|root| {
            let namespace = root.given("metadata").and_then(|metadata| metadata.given("namespace"));
            root.given("kind").and_then(Node::text) == Some("WorkloadGroup")
                && is_in_scope(namespace.and_then(Node::text).unwrap_or("default"))
        });
        entries.any(|entry| entry.spec.is_selected_by(labels)) || groups.any(|group| group_may_have(group, labels))
    }

    /// A diagnostic about a part of an object, which may stand in another one.
    pub(super) fn within(&self, found: Diagnostic, meta: &Meta) -> Diagnostic {
        match meta.span.and_then(|name| self.roots.get(&name)) {
            Some(root) => within(found, root, meta.span),
            None => found,
        }
    }

    /// What becomes of a request.
    pub(super) fn ask(&mut self, query: Query) -> Asked {
        if let Some(known) = self.remembered.get(&query) {
            return Asked { runs: 0, ..known.clone() };
        }
        let trace = self.simulation.trace(&query);
        let Ways { all: ways, has_more, runs } = if trace.verdict == Verdict::Unknown || trace.has_other_ways {
            self.simulation.ways(&query)
        } else {
            Ways { all: vec![trace.clone()], has_more: false, runs: 1 }
        };
        for way in &ways {
            for by in &way.decided_by {
                self.used.insert((by.kind.clone(), by.namespace.clone(), by.name.clone()));
            }
            for hop in way.hops.iter().filter(|hop| hop.at == Stop::Gateway) {
                let decided = hop.decided_by.iter().filter_map(|at| way.decided_by.get(*at));
                for by in decided.filter(|by| by.kind == "Gateway") {
                    self.crossed.insert((by.namespace.clone(), by.name.clone(), query.host.clone()));
                }
            }
        }
        if trace.verdict == Verdict::Unknown {
            self.unsure.insert(query.host.clone());
        }
        let asked = Asked { query, trace, ways, has_more, runs };
        if asked.runs >= WORTH_REMEMBERING && self.remembered.len() < MOST_REMEMBERED {
            self.remembered.insert(asked.query.clone(), asked.clone());
        }
        asked
    }

    /// Whether an object decided anything in any request that was asked.
    pub(super) fn is_used(&self, meta: &Meta) -> bool {
        self.used.contains(&(meta.kind.clone(), meta.namespace.clone(), meta.name.clone()))
    }

    /// Whether a request to a host has crossed a Gateway, or may do so.
    pub(super) fn may_cross(&self, gateway: &Meta, host: &str) -> bool {
        self.unsure.contains(host)
            || self.crossed.contains(&(gateway.namespace.clone(), gateway.name.clone(), host.to_owned()))
    }

    /// The place of the VirtualService that decided.
    pub(super) fn span_of(&self, decision: &Decision) -> Option<Span> {
        self.virtual_service(decision)?.meta.span
    }

    fn virtual_service(&self, decision: &Decision) -> Option<&'m Object<VirtualService>> {
        let found = self.virtual_services.get(&(decision.namespace.as_str(), decision.name.as_str())).copied();
        found.filter(|object| is(decision, &object.meta))
    }

    /// The DestinationRule that decided.
    pub(super) fn destination_rule(&self, decision: &Decision) -> Option<&'m Object<DestinationRule>> {
        let found = self.destination_rules.get(&(decision.namespace.as_str(), decision.name.as_str())).copied();
        found.filter(|object| is(decision, &object.meta))
    }

    /// Whether there is a Gateway of this name.
    pub(super) fn has_gateway(&self, name: &str) -> bool {
        self.gateways.contains(name)
    }

    /// Whether the VirtualService that decided is another one with a host of this one.
    pub(super) fn has_host_of(&self, object: &Object<VirtualService>, decision: &Decision) -> bool {
        let other = self.virtual_service(decision);
        let full = |host: &String, meta: &Meta| self.environment.full_name(host, &meta.namespace);
        other.is_some_and(|other| {
            let of_other: BTreeSet<String> = other.spec.hosts.iter().map(|host| full(host, &other.meta)).collect();
            object.spec.hosts.iter().any(|host| of_other.contains(&full(host, &object.meta)))
        })
    }

    /// Why an object has no part in what becomes of requests, as clauses with `it`: the reasons of the first that has some.
    pub(super) fn why_unused(&mut self, answers: &[&Asked], meta: &Meta) -> Vec<String> {
        for answer in answers {
            let unused = self.unused(answer).into_iter().filter(|unused| is(&unused.object, meta));
            let mut reasons: Vec<String> = unused.map(|unused| unused.why).collect();
            if !reasons.is_empty() {
                reasons.sort();
                reasons.dedup();
                reasons.truncate(MOST_SHOWN);
                return reasons;
            }
        }
        Vec::new()
    }

    fn unused(&mut self, answer: &Asked) -> Vec<Unused> {
        let Some(left) = self.reasons_left.checked_sub(1) else {
            self.has_left_out_reasons = true;
            return Vec::new();
        };
        self.reasons_left = left;
        self.simulation.unused(&answer.query, &answer.trace)
    }

    /// Why a gateway has no server or no route for a request, each reason with its object.
    pub(super) fn why_at_gateway(&mut self, answer: &Asked) -> Vec<String> {
        let of_gateways = self
            .unused(answer)
            .into_iter()
            .filter(|unused| unused.object.kind == "Gateway" || unused.object.kind == "VirtualService");
        let said = of_gateways.take(MOST_SHOWN).map(|unused| {
            let object = unused.object;
            format!("{} `{}/{}`: {}", object.kind, object.namespace, object.name, unused.why)
        });
        said.collect()
    }

    /// Why a request goes no further.
    pub(super) fn dead_end(&self, answer: &Asked) -> Vec<String> {
        self.simulation.dead_end(&answer.query, &answer.trace)
    }

    /// Whether the ServiceEntry of the request itself says that it is for another host.
    pub(super) fn is_alias(&self, answer: &Asked) -> bool {
        self.simulation.alias(&answer.query, &answer.trace).is_some()
    }

    /// Namespaces with clients that see an object: its own, those it is exported to, and any other.
    pub(super) fn viewers(meta: &Meta, export_to: &ExportTo) -> Vec<String> {
        let own = meta.namespace.clone();
        match export_to {
            ExportTo::Public => vec![own, OTHER_NAMESPACE.to_owned()],
            ExportTo::Nobody => Vec::new(),
            ExportTo::Namespaces(names) => {
                let others = names.iter().filter(|name| **name != own).cloned();
                let first = names.contains(&own).then(|| own.clone());
                first.into_iter().chain(others).take(MOST_NAMESPACES).collect()
            }
        }
    }

    /// A request of a client through its sidecar; `None` for clients that have none.
    pub(super) fn query(
        &self,
        (namespace, labels): (&str, &Labels),
        (scheme, host, port): (Scheme, &str, u16),
        message: &Message,
    ) -> Option<Query> {
        let plane = self.environment.most_open_data_plane(namespace, labels);
        if ClientPath::from(plane) != ClientPath::Sidecar {
            return None;
        }
        Some(Query {
            namespace: namespace.to_owned(),
            labels: labels.clone(),
            other_labels: OtherLabels::NoneIsNamed,
            service_account: None,
            path: ClientPath::Sidecar,
            scheme,
            host: host.to_owned(),
            address: None,
            port,
            sni: scheme.is_tls().then(|| host.to_owned()),
            method: message.method.clone(),
            http_path: message.path.clone(),
            is_http_2: false,
            headers: message.headers.clone(),
        })
    }
}

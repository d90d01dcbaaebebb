//! The mesh that is asked, and what its answers have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::Registry;
use crate::istio::{ExportTo, Meta, Object, Objects, VirtualService};
use crate::lint::roots::roots;
use crate::model::Environment;
use crate::resource::Labels;
use crate::source::{SourceMap, Span};
use crate::syntax::{Document, Node};
use crate::trace::outcome::Simulation;
use crate::trace::{ClientPath, Decision, Message, OtherLabels, Query, Scheme, Stop, Trace, Verdict};
use crate::universe::OTHER_NAMESPACE;

/// The namespaces that an object is exported to, of which so many are asked.
const MOST_NAMESPACES: usize = 4;

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
}

/// What becomes of a request.
pub(super) struct Asked {
    pub(super) query: Query,
    pub(super) trace: Trace,
    /// Every way that it may take; only the one of `trace` where that is known.
    pub(super) ways: Vec<Trace>,
    /// Whether there are more ways than are followed.
    pub(super) has_more: bool,
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

    /// Whether a part of an object decides, or may do so.
    pub(super) fn may_use_part(&self, meta: &Meta, part: Option<Span>) -> bool {
        let is_it = |by: &Decision| is(by, meta) && (by.span == part || by.span == meta.span);
        self.has_more || self.ways.iter().any(|way| way.decided_by.iter().any(is_it))
    }
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
        }
    }

    /// The `spec` of an object, as it is written.
    pub(super) fn spec(&self, meta: &Meta) -> Option<&'m Node> {
        self.roots.get(&meta.span?)?.given("spec")
    }

    /// What becomes of a request.
    pub(super) fn ask(&mut self, query: Query) -> Asked {
        let trace = self.simulation.trace(&query);
        let (ways, has_more) = if trace.verdict == Verdict::Unknown || trace.has_other_ways {
            self.simulation.ways(&query)
        } else {
            (vec![trace.clone()], false)
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
        Asked { query, trace, ways, has_more }
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
        self.objects
            .virtual_services
            .iter()
            .find(|object| is(decision, &object.meta))
            .and_then(|object| object.meta.span)
    }

    /// Whether the VirtualService that decided is another one with a host of this one.
    pub(super) fn has_host_of(&self, object: &Object<VirtualService>, decision: &Decision) -> bool {
        let other = self.objects.virtual_services.iter().find(|other| is(decision, &other.meta));
        let full = |host: &String, meta: &Meta| self.environment.full_name(host, &meta.namespace);
        other.is_some_and(|other| {
            let of_other: BTreeSet<String> = other.spec.hosts.iter().map(|host| full(host, &other.meta)).collect();
            object.spec.hosts.iter().any(|host| of_other.contains(&full(host, &object.meta)))
        })
    }

    /// Why an object has no part in what becomes of a request, as clauses with `it`.
    pub(super) fn why_unused(&self, answer: &Asked, meta: &Meta) -> Vec<String> {
        let unused = self.simulation.unused(&answer.query, &answer.trace);
        unused.into_iter().filter(|unused| is(&unused.object, meta)).map(|unused| unused.why).collect()
    }

    /// Why a gateway has no server or no route for a request, each reason with its object.
    pub(super) fn why_at_gateway(&self, answer: &Asked) -> Vec<String> {
        let unused = self.simulation.unused(&answer.query, &answer.trace);
        let of_gateways = unused
            .into_iter()
            .filter(|unused| unused.object.kind == "Gateway" || unused.object.kind == "VirtualService");
        let said = of_gateways.take(3).map(|unused| {
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

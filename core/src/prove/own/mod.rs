//! What the user's own objects change of what was proven.
//!
//! Every request class of [`Universe`] is asked with the user's objects beside the generated ones. A request that arrives
//! although no policy allows it is an error where it ends at a declared host or crosses a gateway of a policy, and part of
//! one warning where it ends at a host that no policy names. A declared flow that does not arrive any more is a warning,
//! because the user may intend that. A request with the same outcome without the user's objects is not reported. The
//! user's objects can refuse a compile and never save one: the generated objects have been proven alone before.

mod help;
mod not_asked;
mod other_hosts;
mod verdict;
mod witness;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{Object, Objects, Service};
use crate::model::{Gateway, PolicySet};
use crate::resource::may_be_of_one_pod;
use crate::trace::outcome::Simulation;
use crate::trace::{Query, Verdict};
use crate::universe::{
    AddressClass, Aspects, Clients, Granularity, LeftOut, NamespaceGranularity, RequestClass, TooMany, Universe,
    UniverseInputs, Way,
};
use other_hosts::{OtherHosts, Unfollowed};
use verdict::{Effect, Policies};
use witness::{SharedCause, Witness};

/// Witnesses of one code. Each is for another set of objects, and the next run shows more.
const MOST_WITNESSES: usize = 10;
/// Classes of requests of one compile: a second of work.
const MOST_CLASSES: usize = 1_000_000;

/// Applies objects to those that were proven.
pub fn apply(set: &PolicySet, proven: &Objects, theirs: &Objects, report: &mut Report) {
    not_asked::not_asked(set, theirs, report);
    apply_asking(Aspects::ALL, set, proven, theirs, report);
}

/// The same with a part of the universe left out: a test shows so which mistakes only that part finds.
pub fn apply_asking(aspects: Aspects, set: &PolicySet, proven: &Objects, theirs: &Objects, report: &mut Report) {
    if theirs.is_empty() && !theirs.services.iter().any(|service| is_another_way(service, set)) {
        return;
    }
    let together = proven.and(theirs);
    let simulation = Simulation::new(&together, &set.environment);
    let inputs = UniverseInputs {
        objects: &together,
        environment: &set.environment,
        set: Some(set),
        simulation: &simulation,
        clients: Clients::OfSidecars,
        namespaces: NamespaceGranularity::Each,
    };
    let asked = Universe::made_of(aspects, &inputs, Granularity::Proof, MOST_CLASSES);
    let universe = match asked {
        Ok(universe) => universe,
        Err(TooMany { at_least }) => {
            report.push(too_many(at_least));
            return;
        }
    };
    let services = Objects { services: theirs.services.clone(), ..Objects::default() };
    let with_facts = proven.and(&services);
    let mut comparison = Comparison {
        policies: Policies::of(set, theirs),
        alone: Simulation::new(proven, &set.environment),
        with_facts: Simulation::new(&with_facts, &set.environment),
        simulation: &simulation,
        universe: &universe,
        gateways: simulation.gateway_services().into_iter().map(|(host, _)| host).collect(),
        found: BTreeMap::new(),
        other_hosts: OtherHosts::default(),
        unfollowed: Unfollowed::default(),
    };
    for (class, members) in universe.classes() {
        for query in class.queries(&set.environment, &members.outer_names) {
            for query in comparison.told_apart(class, query) {
                comparison.ask(class, &query);
            }
        }
    }
    let Comparison { policies, found, other_hosts, unfollowed, .. } = comparison;
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    for witness in found.values() {
        let count = shown.entry(witness.effect().code().id).or_default();
        *count = count.saturating_add(1);
        if *count <= MOST_WITNESSES {
            report.push(witness.diagnostic(set, &policies, &universe, proven, theirs));
        }
    }
    report.extend(other_hosts.diagnostic());
    let said = found.values().flat_map(Witness::unknown).collect();
    report.extend(unfollowed.without(&said).diagnostic());
    report.extend(universe.left_out().map(left_out));
}

/// Whether a Service is a name for a host outside, or a second way to the pods of a gateway. What a policy's gateway is
/// called by is a fact, and so is a Service of other pods.
fn is_another_way(service: &Object<Service>, set: &PolicySet) -> bool {
    let Object { meta, spec } = service;
    let may_select = |gateway: &Gateway| {
        let labels = gateway.pod_labels.as_ref().unwrap_or(&gateway.selector);
        let is_its_own = gateway.service == meta.name && gateway.namespace == meta.namespace;
        !is_its_own
            && spec.selector.iter().any(|(key, _)| labels.contains_key(key))
            && may_be_of_one_pod(&spec.selector, labels)
    };
    spec.external_name.is_some() || set.environment.gateways.values().any(may_select)
}

/// The mesh with their objects, and without.
struct Comparison<'c> {
    policies: Policies<'c>,
    simulation: &'c Simulation<'c>,
    alone: Simulation<'c>,
    /// With the user's Services, which are facts too: a flow that they block is reported by `facts`.
    with_facts: Simulation<'c>,
    universe: &'c Universe,
    /// The Services of gateways.
    gateways: BTreeSet<String>,
    found: BTreeMap<SharedCause, Witness>,
    other_hosts: OtherHosts,
    unfollowed: Unfollowed,
}

impl Comparison<'_> {
    /// The requests of which one outcome is known, where it depends on the dialled address: one for each address that
    /// objects name. What a policy declares stays one request, since nobody expects its host at such an address.
    fn told_apart(&self, class: &RequestClass, query: Query) -> Vec<Query> {
        let addresses = self.universe.addresses(class);
        if addresses.is_empty()
            || class.client.way != Way::Pod
            || self.policies.is_about(class)
            || self.simulation.trace_end(&query).verdict != Verdict::Unknown
        {
            return vec![query];
        }
        let at = |dialled: AddressClass| Query { address: Some(dialled.address()), ..query.clone() };
        let told: Vec<Query> = addresses.into_iter().map(at).collect();
        if told.iter().all(|query| self.simulation.trace_end(query).verdict == Verdict::Unknown) {
            return vec![query];
        }
        told
    }

    fn ask(&mut self, class: &RequestClass, query: &Query) {
        let Some(assessment) = self.policies.assess(self.simulation, class, query, self.universe) else { return };
        let effect = assessment.effect;
        let before = match effect {
            Effect::TakesAway | Effect::Undecided | Effect::LeadsSomewhere => self.with_facts.trace_end(query),
            Effect::LetsThrough | Effect::Weakens | Effect::OpensOtherHost => self.alone.trace_end(query),
        };
        if effect.is_the_same_before(&assessment.trace, &before) {
            return;
        }
        if effect == Effect::LeadsSomewhere {
            self.unfollowed.add(class, &assessment.trace, || self.simulation.trace(query));
            return;
        }
        if effect == Effect::OpensOtherHost {
            let reached = assessment.trace.reached.as_ref();
            // What ends at a gateway has not left the mesh.
            if reached.is_some_and(|reached| self.gateways.contains(&reached.host)) {
                return;
            }
            self.other_hosts.add(class, query, reached, || self.simulation.trace(query));
            return;
        }
        let witness = Witness::of(assessment, class, query, &self.simulation.trace(query));
        let key = witness.key();
        match self.found.get_mut(&key) {
            Some(known) => known.or(witness),
            None => {
                self.found.insert(key, witness);
            }
        }
    }
}

fn too_many(at_least: usize) -> Diagnostic {
    let message = format!("your own objects and the policies distinguish at least {at_least} kinds of requests");
    Diagnostic::nowhere(&codes::TOO_MANY_CLASSES, message)
        .note(format!("egressc evaluates at most {MOST_CLASSES}, so the effect of these objects cannot be proven"))
        .help("check fewer objects at a time: those of some namespaces, together with those of the gateways")
}

fn left_out(what: &LeftOut) -> Diagnostic {
    match what {
        LeftOut::Messages(host) => Diagnostic::nowhere(
            &codes::UNDECIDED,
            format!("your own objects distinguish more requests to `{host}` than egressc evaluates"),
        )
        .note("egressc evaluates at most 32 for each host, by method, path, header and query, and those of its rules about requests")
        .help("check the request that matters with `egressc trace`"),
        LeftOut::Labels(namespace) => Diagnostic::nowhere(
            &codes::UNDECIDED,
            format!(
                "your own objects distinguish more kinds of workloads in namespace `{namespace}` than egressc evaluates"
            ),
        )
        .note("egressc evaluates 4 sets of labels, and those that the policies select")
        .help("check the workload that matters with `egressc trace`"),
    }
}

//! In which ways the Gateways of a listener may be merged: which of them select the pods, and which are older.
//!
//! Nearly always there is one, and nothing is asked. Else each way is worked out once, beforehand, with what it rests on;
//! a request then asks the same questions in the same order, and so gets to the listener that fits what is assumed
//! elsewhere.

use std::collections::BTreeSet;

use super::assumptions::{Assumptions, MOST_RUNS};
use super::creation_order::ObjectAge;
use super::doors::{Group, GroupId, Selects};
use super::listener::{Listener, Rivals, Selecting};
use super::routes::Routes;

/// The listeners that may be on a container port.
#[derive(Debug)]
pub(super) struct Variants<'w> {
    pods: GroupId,
    all: Vec<Variant<'w>>,
}

/// A listener, and what is to be assumed for it, in the order of asking.
#[derive(Debug)]
struct Variant<'w> {
    premises: Vec<Premise<'w>>,
    listener: Listener<'w>,
}

#[derive(Debug)]
struct Premise<'w> {
    fact: Fact<'w>,
    holds: bool,
    why: String,
}

#[derive(Debug, Clone, Copy)]
enum Fact<'w> {
    Label { key: &'w str, value: &'w str },
    Older(ObjectAge<'w>, ObjectAge<'w>),
}

impl Fact<'_> {
    fn holds(&self, pods: GroupId, assumptions: &mut Assumptions, why: &str) -> bool {
        let why = || why.to_owned();
        match self {
            Self::Label { key, value } => assumptions.assume_label(pods, key, value, why),
            Self::Older(one, other) => assumptions.is_older(one, other, why),
        }
    }
}

impl<'w> Variants<'w> {
    /// The one that fits what is assumed. `Err` says what there are too many ways of.
    pub(super) fn pick(&self, assumptions: &mut Assumptions) -> Result<&Listener<'w>, &str> {
        // Mostly there is one.
        if let [Variant { premises, listener }] = self.all.as_slice()
            && premises.is_empty()
        {
            return Ok(listener);
        }
        let mut fitting: Vec<&Variant<'w>> = self.all.iter().collect();
        let mut at = 0_usize;
        loop {
            let Some(first) = fitting.first().copied() else { return Err("") };
            let Some(Premise { fact, why, .. }) = first.premises.get(at) else { return Ok(&first.listener) };
            let holds = fact.holds(self.pods, assumptions, why);
            // Those that have all answers so far in common ask the same next.
            fitting.retain(|variant| variant.premises.get(at).is_some_and(|premise| premise.holds == holds));
            if fitting.is_empty() {
                return Err(why);
            }
            at = at.saturating_add(1);
        }
    }

    pub(super) fn listeners(&self) -> impl Iterator<Item = &Listener<'w>> {
        self.all.iter().map(|variant| &variant.listener)
    }
}

/// Every way to merge the Gateways of a port that select, or may select, a gateway's pods; of more than can be tried the
/// first.
pub(super) fn merged<'w>(
    (id, group): (GroupId, &Group<'w>),
    container: u16,
    at_port: &[Selecting<'w>],
    here: &dyn Fn(u16) -> bool,
    routes: &Routes<'w>,
) -> Variants<'w> {
    let mut all = Vec::new();
    let mut script = Some(Vec::new());
    while let Some(answers) = script.filter(|_| all.len() < MOST_RUNS) {
        let mut way = Way { pods: id, assumptions: Assumptions::following(answers), premises: Vec::new() };
        let mut gateways = way.selecting(group, at_port);
        let listener = loop {
            let listener = Listener::merge(group, container, &gateways, here, routes, way.assumptions.ages());
            let Some(rivals) = listener.rivals else { break listener };
            way.decide(rivals, &listener.name);
            way.assumptions.ages().arrange(&mut gateways, |selecting| selecting.age);
        };
        script = way.assumptions.next();
        all.push(Variant { premises: way.premises, listener });
    }
    Variants { pods: id, all }
}

/// One way, while it is worked out.
struct Way<'w> {
    pods: GroupId,
    assumptions: Assumptions,
    premises: Vec<Premise<'w>>,
}

impl<'w> Way<'w> {
    fn suppose(&mut self, fact: Fact<'w>, why: String) -> bool {
        let asked = self.assumptions.count();
        let holds = fact.holds(self.pods, &mut self.assumptions, &why);
        if self.assumptions.count() > asked {
            self.premises.push(Premise { fact, holds, why });
        }
        holds
    }

    /// Those that select the pods.
    fn selecting(&mut self, group: &Group<'w>, at_port: &[Selecting<'w>]) -> Vec<Selecting<'w>> {
        let is_sure = |selecting: &Selecting<'w>| {
            let selector = selecting.gateway.spec.selector.as_ref();
            selector.is_none_or(|selector| group.is_selected(selector) == Selects::Yes)
        };
        if at_port.iter().all(is_sure) {
            return at_port.to_vec();
        }
        let doubtful: BTreeSet<String> = at_port
            .iter()
            .filter(|selecting| !is_sure(selecting))
            .map(|Selecting { gateway, .. }| format!("{}/{}", gateway.meta.namespace, gateway.meta.name))
            .collect();
        let why = format!(
            "not all labels of the pods of gateway `{}` are known, so Gateway {} may or may not select them",
            group.name,
            doubtful.into_iter().collect::<Vec<_>>().join(", ")
        );
        let mut selecting = Vec::new();
        for each in at_port {
            let labels = each.gateway.spec.selector.iter().flat_map(|selector| group.unknown_of(selector));
            let mut labels = labels.filter(|_| !is_sure(each));
            if labels.all(|(key, value)| self.suppose(Fact::Label { key, value }, why.clone())) {
                selecting.push(*each);
            }
        }
        selecting
    }

    fn decide(&mut self, rivals: Rivals<'w>, listener: &str) {
        match rivals {
            Rivals::Gateways(one, other) => {
                let why =
                    format!("Gateways conflict on `{listener}` and the oldest wins: the files have no creation times");
                self.suppose(Fact::Older(one, other), why);
            }
            Rivals::VirtualServices(one, other) => {
                let why = format!(
                    "several VirtualServices are for one server name on `{listener}` of a gateway, of which the oldest wins: the files have no creation times"
                );
                self.suppose(Fact::Older(one, other), why);
            }
        }
    }
}

//! The listeners that may come of merging the Gateways of a port: it depends on which of them select the pods, and on
//! which are older.
//!
//! Nearly always one listener is possible. Otherwise each is built once, beforehand, with the assumptions that it rests
//! on. A request then makes the same assumptions in the same order, and so finds the listener that fits what is assumed
//! elsewhere.

use std::collections::BTreeSet;

use super::gateway_listener::{GatewayListener, Rivals};
use super::gateway_pods::GatewayPods;
use super::merged_servers::SelectingGateway;
use super::pods::Selects;
use super::virtual_services::VirtualServices;
use crate::trace::outcome::assumptions::{Assumptions, MOST_RUNS};
use crate::trace::outcome::creation_order::ObjectAge;
use crate::trace::outcome::ids::{ContainerPort, GatewayPodsId};

/// The listeners that may be on a container port.
#[derive(Debug)]
pub(crate) struct PossibleListeners<'w> {
    pods: GatewayPodsId,
    all: Vec<PossibleListener<'w>>,
}

/// A listener, and the assumptions that it rests on, in the order in which they are made.
#[derive(Debug)]
struct PossibleListener<'w> {
    premises: Vec<Premise<'w>>,
    listener: GatewayListener<'w>,
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
    fn holds(&self, pods: GatewayPodsId, assumptions: &mut Assumptions, why: &str) -> bool {
        let why = || why.to_owned();
        match self {
            Self::Label { key, value } => assumptions.assume_label(pods, key, value, why),
            Self::Older(one, other) => assumptions.is_older(one, other, why),
        }
    }
}

impl<'w> PossibleListeners<'w> {
    /// The one that fits what is assumed. `Err` says of what there are too many possibilities.
    pub(crate) fn choose(&self, assumptions: &mut Assumptions) -> Result<&GatewayListener<'w>, &str> {
        // Mostly there is one.
        if let [PossibleListener { premises, listener }] = self.all.as_slice()
            && premises.is_empty()
        {
            return Ok(listener);
        }
        let mut fitting: Vec<&PossibleListener<'w>> = self.all.iter().collect();
        let mut at = 0_usize;
        loop {
            let Some(first) = fitting.first().copied() else { return Err("") };
            let Some(Premise { fact, why, .. }) = first.premises.get(at) else { return Ok(&first.listener) };
            let holds = fact.holds(self.pods, assumptions, why);
            // Listeners that rest on the same assumptions so far rest on the same one next.
            fitting.retain(|possible| possible.premises.get(at).is_some_and(|premise| premise.holds == holds));
            if fitting.is_empty() {
                return Err(why);
            }
            at = at.saturating_add(1);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &GatewayListener<'w>> {
        self.all.iter().map(|possible| &possible.listener)
    }
}

/// The listeners that may come of merging the Gateways of a port that select, or may select, a gateway's pods. Where there
/// are more than can be tried, the first of them.
pub(crate) fn possible_listeners<'w>(
    (id, pods): (GatewayPodsId, &GatewayPods<'w>),
    container: ContainerPort,
    at_port: &[SelectingGateway<'w>],
    is_here: &dyn Fn(u16) -> bool,
    virtual_services: &VirtualServices<'w>,
) -> PossibleListeners<'w> {
    let at_port = if pods.cannot_listen_on(container) { &[] } else { at_port };
    let mut all = Vec::new();
    let mut script = Some(Vec::new());
    while let Some(answers) = script.filter(|_| all.len() < MOST_RUNS) {
        let mut run = MergeRun { pods: id, assumptions: Assumptions::following(answers), premises: Vec::new() };
        let mut gateways = run.selecting(pods, at_port);
        let listener = loop {
            let listener = GatewayListener::build(
                pods.namespace,
                container,
                &gateways,
                is_here,
                virtual_services,
                run.assumptions.ages(),
            );
            let Some(rivals) = listener.rivals else { break listener };
            run.decide(rivals, &listener.name);
            run.assumptions.ages().arrange(&mut gateways, |selecting| selecting.age);
        };
        script = run.assumptions.next();
        all.push(PossibleListener { premises: run.premises, listener });
    }
    PossibleListeners { pods: id, all }
}

/// The assumptions of one possible listener, while it is built.
struct MergeRun<'w> {
    pods: GatewayPodsId,
    assumptions: Assumptions,
    premises: Vec<Premise<'w>>,
}

impl<'w> MergeRun<'w> {
    fn suppose(&mut self, fact: Fact<'w>, why: String) -> bool {
        let asked = self.assumptions.count();
        let holds = fact.holds(self.pods, &mut self.assumptions, &why);
        if self.assumptions.count() > asked {
            self.premises.push(Premise { fact, holds, why });
        }
        holds
    }

    /// Those that select the pods.
    fn selecting(&mut self, pods: &GatewayPods<'w>, at_port: &[SelectingGateway<'w>]) -> Vec<SelectingGateway<'w>> {
        let is_sure = |selecting: &SelectingGateway<'w>| {
            selecting.labels.is_none_or(|labels| pods.labels.selected_by(labels) == Selects::Yes)
        };
        if at_port.iter().all(is_sure) {
            return at_port.to_vec();
        }
        let doubtful: BTreeSet<String> = at_port
            .iter()
            .filter(|selecting| !is_sure(selecting))
            .map(|SelectingGateway { gateway, .. }| format!("{}/{}", gateway.meta.namespace, gateway.meta.name))
            .collect();
        let why = format!(
            "not all labels of the pods of gateway `{}` are known, so Gateway {} may or may not select them",
            pods.name,
            doubtful.into_iter().collect::<Vec<_>>().join(", ")
        );
        let mut selecting = Vec::new();
        for each in at_port {
            let labels = each.labels.into_iter().flat_map(|labels| pods.labels.unknown_of(labels));
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

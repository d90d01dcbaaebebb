//! The labels of pods, and whether a selector selects them.

use crate::istio::{Meta, TargetReference};
use crate::model::ClientSettings;
use crate::resource::{AddedLabels, Labels, is_added_later};
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::{OtherLabels, Query};

/// The label with the name of the Gateway of the Gateway API whose pods these are.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The labels of some pods, as far as they are known.
#[derive(Debug, Clone)]
pub(crate) struct PodLabels {
    pub(crate) known: Labels,
    /// Whether the pods have no other labels than these.
    pub(crate) are_all: bool,
}

/// Whether a selector selects pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selects {
    Yes,
    /// It depends on labels that are not known.
    Maybe,
    No,
}

impl PodLabels {
    /// Whether a selector selects the pods.
    pub(crate) fn selected_by(&self, selector: &Labels) -> Selects {
        selects(selector, &self.known, self.are_all)
    }

    /// The labels of a selector of which it is not known whether the pods have them.
    pub(crate) fn unknown_of<'s>(&self, selector: &'s Labels) -> impl Iterator<Item = (&'s String, &'s String)> {
        selector.iter().filter(|(key, _)| !self.known.contains_key(*key))
    }
}

/// The labels of the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientLabels<'a> {
    /// Those that are asked about.
    listed: &'a Labels,
    /// Those that its pods get besides.
    added: &'a AddedLabels,
    others: OtherLabels,
}

impl<'a> ClientLabels<'a> {
    pub(crate) fn of(query: &'a Query, client: &'a ClientSettings) -> Self {
        Self { listed: &query.labels, added: &client.added_labels, others: query.other_labels }
    }

    /// Labels of which it is known that the client has no others.
    #[cfg(test)]
    pub(crate) fn new(listed: &'a Labels, added: &'a AddedLabels) -> Self {
        Self { listed, added, others: OtherLabels::NoneIsNamed }
    }

    /// Whether a selector selects the client.
    pub(crate) fn selected_by(self, selector: &Labels) -> Selects {
        let mut all_known = true;
        for (key, value) in selector {
            if !self.added.may_have(self.listed, key, value) {
                return Selects::No;
            }
            all_known &= self.knows(key);
        }
        match (all_known, self.others) {
            (true, _) => Selects::Yes,
            (false, OtherLabels::Unknown) => Selects::Maybe,
            (false, OtherLabels::NoneIsNamed) => Selects::No,
        }
    }

    /// Whether a selector selects the client; labels that are not known are assumed.
    pub(crate) fn are_selected(self, selector: &Labels, assumptions: &mut Assumptions) -> bool {
        let mut unknown = selector.iter().filter(|(key, _)| !self.knows(key));
        match self.selected_by(selector) {
            Selects::Yes => true,
            Selects::No => false,
            Selects::Maybe => unknown.all(|(key, value)| assumptions.assume_label_of_client(key, value)),
        }
    }

    /// Whether it is known of each label whether the client has it.
    pub(crate) fn are_all_known(self) -> bool {
        self.others == OtherLabels::NoneIsNamed
    }

    /// The labels with values that are known.
    pub(super) fn known(self) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.listed.iter().chain(&self.added.known)
    }

    /// The keys of labels that its pods get besides, with the beginnings of their values.
    pub(super) fn unknown(self) -> impl Iterator<Item = (&'a String, &'a String)> {
        self.added.unknown.iter().filter(move |(key, _)| !self.knows(key))
    }

    fn knows(self, key: &str) -> bool {
        self.listed.contains_key(key) || self.added.known.contains_key(key)
    }
}

/// Whether a selector selects pods of which these labels are known.
pub(crate) fn selects(selector: &Labels, known: &Labels, are_all: bool) -> Selects {
    let mut all_known = true;
    for (key, value) in selector {
        match known.get(key) {
            Some(known) if known == value => {}
            Some(_) => return Selects::No,
            None if are_all && !is_added_later(key) => return Selects::No,
            None => all_known = false,
        }
    }
    if all_known { Selects::Yes } else { Selects::Maybe }
}

/// Whether labels that are all known have all of a selector's.
pub(crate) fn has_all(labels: &Labels, selector: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether an object with targets is for the pods of a gateway: it names their Gateway, which is of its own namespace, and no
/// selector counts (`ShouldAttachPolicy` of `pilot/pkg/model/policyattachment.go`).
pub(crate) fn targeted(
    targets: &[TargetReference],
    of: &Meta,
    namespace: &str,
    selected_by: &impl Fn(&Labels) -> Selects,
) -> Selects {
    if of.namespace != namespace {
        return Selects::No;
    }
    let gateways = targets.iter().filter(|target| {
        target.is("gateway.networking.k8s.io", "Gateway", &target.name)
            && target.namespace.as_ref().is_none_or(|of| of == namespace)
    });
    let mut best = Selects::No;
    for target in gateways {
        match selected_by(&Labels::from([(GATEWAY_NAME.to_owned(), target.name.clone())])) {
            Selects::Yes => return Selects::Yes,
            Selects::Maybe => best = Selects::Maybe,
            Selects::No => {}
        }
    }
    best
}

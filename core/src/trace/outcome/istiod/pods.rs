//! The labels of pods, and whether a selector selects them.

use crate::istio::{Meta, TargetReference};
use crate::resource::{Labels, is_added_later};

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

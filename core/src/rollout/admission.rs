//! Pods that get their first ALLOW policy or lose their last one. While there is an ALLOW policy, Istio denies
//! everything that no ALLOW policy matches (`pilot/pkg/security/authz/builder`), so flows are denied until all of the
//! new policies are applied, or all of the old ones are deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{AuthorizationAction, AuthorizationEffect, AuthorizationPolicy, Manifests, Object, Spec};
use crate::resource::{Labels, may_be_of_one_pod};

type SelectedPods<'o> = (&'o str, &'o Labels);

/// Which callers are allowed at which pods, before or after the change.
#[derive(Debug)]
pub(super) struct Admission<'o> {
    /// Pods that ALLOW policies select.
    by_name: BTreeSet<SelectedPods<'o>>,
    /// The exits of pods. The policy and the route of an exit have the same name.
    exits: BTreeMap<SelectedPods<'o>, BTreeSet<&'o str>>,
    /// The pods of each Gateway, by namespace and name.
    gateways: BTreeMap<String, SelectedPods<'o>>,
}

impl<'o> Admission<'o> {
    pub(super) fn of(manifests: &'o Manifests) -> Self {
        let mut found = Self { by_name: BTreeSet::new(), exits: BTreeMap::new(), gateways: BTreeMap::new() };
        for object in &manifests.objects {
            match &object.spec {
                Spec::AuthorizationPolicy(policy) if admits(policy) => {
                    found.by_name.insert((&object.namespace, &policy.selector.match_labels));
                }
                Spec::Gateway(gateway) => {
                    let name = format!("{}/{}", object.namespace, object.name);
                    found.gateways.insert(name, (&object.namespace, &gateway.selector));
                }
                _ => {}
            }
        }
        for object in &manifests.objects {
            for pods in found.served(object) {
                found.exits.entry(pods).or_default().insert(&object.name);
            }
        }
        found
    }

    /// The pods that a route is bound to by its Gateways.
    fn served(&self, object: &Object) -> Vec<SelectedPods<'o>> {
        let Spec::VirtualService(service) = &object.spec else { return Vec::new() };
        service.gateways.iter().filter_map(|gateway| self.gateways.get(gateway)).copied().collect()
    }

    fn admits_by_name(&self, (namespace, selector): SelectedPods) -> bool {
        self.by_name.iter().any(|(other, pods)| *other == namespace && may_be_of_one_pod(pods, selector))
    }

    /// Whether this is the first ALLOW policy of pods that also have other exits. With `self` and `after` exchanged:
    /// whether it is the last one.
    pub(super) fn cuts(&self, after: &Self, object: &Object) -> bool {
        let Spec::AuthorizationPolicy(policy) = &object.spec else { return false };
        let pods = (object.namespace.as_str(), &policy.selector.match_labels);
        let same = |(namespace, selector): &SelectedPods| *namespace == pods.0 && may_be_of_one_pod(selector, pods.1);
        let others = |(_, exits): (_, &BTreeSet<&str>)| exits.iter().any(|exit| *exit != object.name);
        admits(policy)
            && !self.admits_by_name(pods)
            && after.admits_by_name(pods)
            && self.exits.iter().filter(|(pods, _)| same(pods)).any(others)
    }

    /// Whether a new route is for pods whose ALLOW policies do not match its callers and are deleted later.
    pub(super) fn comes_too_early(&self, after: &Self, object: &Object) -> bool {
        after.served(object).into_iter().any(|pods| self.admits_by_name(pods) && !after.admits_by_name(pods))
    }
}

/// Whether Istio denies what no such policy matches. A dry run denies nothing.
fn admits(policy: &AuthorizationPolicy) -> bool {
    policy.action == AuthorizationAction::Allow && policy.effect == AuthorizationEffect::Enforced
}

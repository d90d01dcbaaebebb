//! Pods whose authorization begins or ends to admit by name: from their first ALLOW policy on everything else is refused
//! (`pilot/pkg/security/authz/builder`), until the last of them is there or gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{AuthorizationAction, Manifests, Object, Spec};
use crate::resource::{Labels, may_be_of_one_pod};

type SelectedPods<'o> = (&'o str, &'o Labels);

/// Who is admitted to which pods, on one side.
#[derive(Debug)]
pub(super) struct Admission<'o> {
    /// Pods that ALLOW policies select.
    by_name: BTreeSet<SelectedPods<'o>>,
    /// The exits of pods: their policies and their routes have one name.
    exits: BTreeMap<SelectedPods<'o>, BTreeSet<&'o str>>,
    /// The pods of each Gateway, by namespace and name.
    gateways: BTreeMap<String, SelectedPods<'o>>,
}

impl<'o> Admission<'o> {
    pub(super) fn of(manifests: &'o Manifests) -> Self {
        let mut found = Self { by_name: BTreeSet::new(), exits: BTreeMap::new(), gateways: BTreeMap::new() };
        for object in &manifests.objects {
            match &object.spec {
                Spec::AuthorizationPolicy(policy) if policy.action == AuthorizationAction::Allow => {
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

    /// The pods that a route is bound to.
    fn served(&self, object: &Object) -> Vec<SelectedPods<'o>> {
        let Spec::VirtualService(service) = &object.spec else { return Vec::new() };
        service.gateways.iter().filter_map(|gateway| self.gateways.get(gateway)).copied().collect()
    }

    fn admits_by_name(&self, (namespace, selector): SelectedPods) -> bool {
        self.by_name.iter().any(|(other, pods)| *other == namespace && may_be_of_one_pod(pods, selector))
    }

    /// Whether a first policy that admits comes to pods that have other exits; with `self` and `after` exchanged, whether a
    /// last one goes.
    pub(super) fn cuts(&self, after: &Self, object: &Object) -> bool {
        let Spec::AuthorizationPolicy(policy) = &object.spec else { return false };
        let pods = (object.namespace.as_str(), &policy.selector.match_labels);
        let same = |(namespace, selector): &SelectedPods| *namespace == pods.0 && may_be_of_one_pod(selector, pods.1);
        let others = |(_, exits): (_, &BTreeSet<&str>)| exits.iter().any(|exit| *exit != object.name);
        policy.action == AuthorizationAction::Allow
            && !self.admits_by_name(pods)
            && after.admits_by_name(pods)
            && self.exits.iter().filter(|(pods, _)| same(pods)).any(others)
    }

    /// Whether a new route comes to pods whose policies do not admit to it, and are deleted later.
    pub(super) fn comes_too_early(&self, after: &Self, object: &Object) -> bool {
        after.served(object).into_iter().any(|pods| self.admits_by_name(pods) && !after.admits_by_name(pods))
    }
}

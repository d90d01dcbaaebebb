//! The order in which to apply a change, so that no flow that exists before and after it is interrupted, and no other
//! flow is open in between.
//!
//! Make before break. First all new objects are applied, in the order in which resources are written: a policy that
//! denies comes before a listener, and the clients' routes come last. Then the objects that are no longer made are
//! deleted, in the opposite order. An object that some routes still use while others have switched is applied in a
//! transitional form that serves both, until the end ([`transitional`]). An old Gateway that blocks a new one is
//! deleted after the new one is applied ([`listeners`]).

mod admission;
mod listeners;
mod transitional;

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{AuthorizationEffect, Manifests, Object, Resolution, Spec, VirtualService};
use crate::resource::may_be_of_one_pod;
use admission::Admission;
use listeners::{Handovers, Route, SubsetServerNames, Turn};
use transitional::transitional;

/// One step.
#[derive(Debug, Clone)]
pub(crate) struct RolloutStep {
    /// The action.
    pub action: StepAction,
    /// The object as it is applied, or as it is deleted.
    pub object: Object,
    /// Why the step is at this position.
    pub reason: String,
}

/// The action of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepAction {
    /// Applies the object in its final form.
    Apply,
    /// Applies it in a form that serves the old and the new routes.
    ApplyTransitional,
    /// Deletes it.
    Delete,
}

type ObjectKey<'o> = (&'static str, &'o str, &'o str);

fn key(object: &Object) -> ObjectKey<'_> {
    (object.spec.kind(), &object.namespace, &object.name)
}

/// The steps from one set of objects to another. `same` decides whether two objects are written as the same text.
pub(crate) fn steps(
    before: &Manifests,
    after: &Manifests,
    same: impl Fn(&Object, &Object) -> bool,
) -> Vec<RolloutStep> {
    let old: BTreeMap<ObjectKey, &Object> = before.objects.iter().map(|object| (key(object), object)).collect();
    let new: BTreeSet<ObjectKey> = after.objects.iter().map(key).collect();
    let is_gone = |object: &&Object| !new.contains(&key(object));
    let handovers = Handovers::of(
        before.objects.iter().filter(is_gone),
        after.objects.iter().filter(|object| !old.contains_key(&key(object))),
    );
    let early = handovers.old();
    let (was, will_be) = (Admission::of(before), Admission::of(after));
    let mut steps = Vec::new();
    // A Gateway that moves to other pods cannot listen at both, and the policies that protect it move too. So it is
    // deleted first.
    for object in &after.objects {
        if let Some(known) = old.get(&key(object)).filter(|known| moves(&known.spec, &object.spec)) {
            let reason =
                "the Gateway and its AuthorizationPolicies move to other pods: expect an interruption".to_owned();
            steps.push(RolloutStep { action: StepAction::Delete, object: (*known).clone(), reason });
        }
    }
    let mut routes = Vec::new();
    let mut last = Vec::new();
    let apply =
        |object: &Object, reason: String| RolloutStep { action: StepAction::Apply, object: object.clone(), reason };
    for object in &after.objects {
        let step = match old.get(&key(object)) {
            Some(known) if same(known, object) => continue,
            Some(known) if !moves(&known.spec, &object.spec) => {
                let both = transitional(&known.spec, &object.spec);
                let reason = changed(&known.spec, &object.spec);
                if both == object.spec {
                    apply(object, reason)
                } else {
                    last.push(apply(object, "removes what is no longer used".to_owned()));
                    if both == known.spec {
                        continue;
                    }
                    let object = Object { spec: both, ..object.clone() };
                    let reason = format!("{reason}; the present content stays for routes that have not switched yet");
                    RolloutStep { action: StepAction::ApplyTransitional, object, reason }
                }
            }
            _ if handovers.waits(object) => apply(
                object,
                format!("{}; an older Gateway serves the same names until it is deleted", new_before_use(&object.spec)),
            ),
            _ if was.cuts(&will_be, object) => apply(object, ADMITS_BY_NAME.to_owned()),
            _ if was.comes_too_early(&will_be, object) => apply(object, ADMITTED_BY_NAME.to_owned()),
            _ => apply(object, new_before_use(&object.spec).to_owned()),
        };
        if of_clients(&object.spec).is_some() { routes.push(step) } else { steps.push(step) }
    }
    for turn in handovers.ordered(changes(before, after, &routes)) {
        match turn {
            Turn::Route(number) => steps.extend(routes.get(number).cloned()),
            Turn::Delete { object, cuts } => {
                let reason = if cuts { CIRCLE } else { "from now on the new Gateway serves its names" };
                steps.push(RolloutStep {
                    action: StepAction::Delete,
                    object: object.clone(),
                    reason: reason.to_owned(),
                });
            }
        }
    }
    let is_early = |object: &Object| {
        matches!(object.spec, Spec::Gateway(_)) && early.contains(&(object.namespace.as_str(), object.name.as_str()))
    };
    let deleted = before.objects.iter().rev().filter(is_gone).filter(|object| !is_early(object));
    steps.extend(deleted.map(|object| {
        let reason = if will_be.cuts(&was, object) { ADMITTED_BY_NAME } else { no_longer(&object.spec) };
        RolloutStep { action: StepAction::Delete, object: object.clone(), reason: reason.to_owned() }
    }));
    steps.extend(last);
    steps
}

const ADMITS_BY_NAME: &str = "the gateway now allows only listed callers: until its last policy is applied, flows through \
                              it are denied; expect an interruption";
const ADMITTED_BY_NAME: &str = "the gateway no longer allows only listed callers: until its last policy is deleted, flows \
                                through it are denied; expect an interruption";
const CIRCLE: &str = "routes still use this listener, and can switch only after it is deleted: expect an interruption \
                      for its hosts";

/// The changes of the clients' routes; `routes` are the steps that apply the new ones.
fn changes(before: &Manifests, after: &Manifests, routes: &[RolloutStep]) -> Vec<Route> {
    // Routes are compared by name only, because a route keeps its name when it moves to another namespace.
    let old: BTreeMap<&str, &VirtualService> =
        before.objects.iter().filter_map(|object| Some((object.name.as_str(), of_clients(&object.spec)?))).collect();
    let (was, will_be) = (SubsetServerNames::of(before), SubsetServerNames::of(after));
    let change = |(number, step): (usize, &RolloutStep)| {
        let known = old.get(step.object.name.as_str()).copied();
        Route::of(number, &was.taken(known), &will_be.taken(of_clients(&step.object.spec)))
    };
    routes.iter().enumerate().map(change).collect()
}

/// The VirtualService, if it is for sidecars.
fn of_clients(spec: &Spec) -> Option<&VirtualService> {
    match spec {
        Spec::VirtualService(service) if service.gateways.iter().any(|gateway| gateway == "mesh") => Some(service),
        _ => None,
    }
}

/// Whether a Gateway moves to other pods.
fn moves(before: &Spec, after: &Spec) -> bool {
    match (before, after) {
        (Spec::Gateway(before), Spec::Gateway(after)) => !may_be_of_one_pod(&before.selector, &after.selector),
        _ => false,
    }
}

fn new_before_use(spec: &Spec) -> &'static str {
    match spec {
        Spec::AuthorizationPolicy(policy) if policy.effect == AuthorizationEffect::DryRun => {
            "the dry run denies nothing, and may be applied at any time"
        }
        Spec::AuthorizationPolicy(_) => "the gateway's denials are in place before its listeners",
        Spec::ServiceEntry(_) => "the host is registered before traffic is sent to it",
        Spec::DestinationRule(_) => "the DestinationRule is in place before a route uses it",
        Spec::Gateway(_) => "the gateway listens before traffic is sent to it",
        Spec::VirtualService(_) => "the route is applied after everything that it uses",
    }
}

fn changed(before: &Spec, after: &Spec) -> String {
    match (before, after) {
        _ if before == after => "only the annotation that names the policies changes".to_owned(),
        (Spec::AuthorizationPolicy(before), Spec::AuthorizationPolicy(after)) if before.action != after.action => {
            "the gateway's authorization changes between shared and managed: while only some of its policies have \
             switched, flows through it are denied; expect an interruption"
                .to_owned()
        }
        (Spec::ServiceEntry(before), Spec::ServiceEntry(after)) => {
            let protocol = |number: u16| after.ports.iter().find(|port| port.number == number).map(|port| port.protocol);
            let other = before
                .ports
                .iter()
                .find(|port| protocol(port.number).is_some_and(|now| listener(now) != listener(port.protocol)));
            // Clients see the hollow ServiceEntry. For a gateway, the protocols differ only in the version of HTTP.
            match other.filter(|_| after.resolution == Resolution::Static) {
                Some(port) => format!(
                    "the protocol of port {} is now {} and no longer {}: requests fail until the host's VirtualService is applied",
                    port.number,
                    protocol(port.number).unwrap_or_default(),
                    port.protocol
                ),
                None => "its ports are in place before a route uses them".to_owned(),
            }
        }
        (Spec::DestinationRule(before), Spec::DestinationRule(after)) if before.host != after.host => {
            "the rule now applies to another Service, and routes that have not switched yet lose their rule: expect an interruption"
                .to_owned()
        }
        (_, Spec::VirtualService(_)) => "the route switches in one step, after everything that it uses is in place".to_owned(),
        _ => new_before_use(after).to_owned(),
    }
}

/// The kind of a sidecar's listener for a protocol.
fn listener(protocol: &str) -> u8 {
    match protocol {
        "HTTPS" | "TLS" => 1,
        "TCP" => 2,
        _ => 0,
    }
}

fn no_longer(spec: &Spec) -> &'static str {
    match spec {
        Spec::VirtualService(_) => "no flow uses this route any more; without it the host has no endpoints",
        Spec::ServiceEntry(_) => "no traffic is sent to the host any more",
        Spec::Gateway(_) => "no traffic is sent to this listener any more",
        Spec::DestinationRule(_) => "no route uses this DestinationRule any more",
        Spec::AuthorizationPolicy(policy) if policy.effect == AuthorizationEffect::DryRun => {
            "the dry run is of no use any more"
        }
        Spec::AuthorizationPolicy(_) => "the listener that it protects is deleted",
    }
}

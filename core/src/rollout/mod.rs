//! In which order to apply a change, so that no flow that survives it is interrupted and none is open in between.
//!
//! Make before break: first all that is new, in the order in which resources are written, so that what refuses comes
//! before what admits and the clients' routes come last; then what is no longer made is deleted, the other way round; an
//! object that a route may still use while others have not switched says both until the end ([`union`]).

mod union;

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{MeshConfig, Object, Resolution, Spec};
use union::union;

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// The object as it is to be applied, or as it is deleted.
    pub object: Object,
    /// Why here.
    pub reason: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Applies the object as it will stay.
    Apply,
    /// Applies what it says now together with what it will say.
    ApplyBoth,
    /// Deletes it.
    Delete,
}

type Key<'o> = (&'static str, &'o str, &'o str);

fn key(object: &Object) -> Key<'_> {
    (object.spec.kind(), &object.namespace, &object.name)
}

/// The steps from one set of objects to another; `same` says whether two are written alike.
pub fn steps(before: &MeshConfig, after: &MeshConfig, same: impl Fn(&Object, &Object) -> bool) -> Vec<Step> {
    let old: BTreeMap<Key, &Object> = before.objects.iter().map(|object| (key(object), object)).collect();
    let new: BTreeSet<Key> = after.objects.iter().map(key).collect();
    let gone = || before.objects.iter().filter(|object| !new.contains(&key(object)));
    let handed_over: BTreeSet<&str> = gone().flat_map(listens_for).collect();
    let mut steps = Vec::new();
    let mut last = Vec::new();
    let apply = |object: &Object, reason: String| Step { action: Action::Apply, object: object.clone(), reason };
    for object in &after.objects {
        match old.get(&key(object)) {
            None => {
                let taken = listens_for(object).any(|host| handed_over.contains(host));
                let warning = if taken {
                    "; it takes hosts over from a listener that is deleted later, and Istio serves them by the older \
                     one until then: expect an interruption of these hosts"
                } else {
                    ""
                };
                steps.push(apply(object, format!("{}{warning}", new_before_use(&object.spec))));
            }
            Some(known) if same(known, object) => {}
            Some(known) => {
                let both = union(&known.spec, &object.spec);
                let reason = changed(&known.spec, &object.spec);
                if both == object.spec {
                    steps.push(apply(object, reason));
                } else {
                    if both != known.spec {
                        let object = Object { spec: both, ..object.clone() };
                        let reason = format!("{reason}; what it says now stays, for routes that have not switched yet");
                        steps.push(Step { action: Action::ApplyBoth, object, reason });
                    }
                    last.push(apply(object, "drops what nothing uses any more".to_owned()));
                }
            }
        }
    }
    let deleted = before.objects.iter().rev().filter(|object| !new.contains(&key(object)));
    steps.extend(deleted.map(|object| Step {
        action: Action::Delete,
        object: object.clone(),
        reason: no_longer(&object.spec).to_owned(),
    }));
    steps.extend(last);
    steps
}

/// The hosts of a listener for HTTP; those for TLS and TCP have a name for each exit, which never moves.
fn listens_for(object: &Object) -> impl Iterator<Item = &str> {
    let servers = match &object.spec {
        Spec::Gateway(gateway) => gateway.servers.as_slice(),
        _ => &[],
    };
    servers.iter().filter(|server| server.port.protocol == "HTTPS").flat_map(|server| &server.hosts).map(String::as_str)
}

fn new_before_use(spec: &Spec) -> &'static str {
    match spec {
        Spec::AuthorizationPolicy(_) => "what a gateway refuses comes before what it listens for",
        Spec::ServiceEntry(_) => "the host is known before anything is sent to it",
        Spec::DestinationRule(_) => "the way is there before a route names it",
        Spec::Gateway(_) => "the gateway listens before anything is sent to it",
        Spec::VirtualService(_) => "the route comes after all that it names",
    }
}

fn changed(before: &Spec, after: &Spec) -> String {
    match (before, after) {
        _ if before == after => "only what it was made for is written otherwise".to_owned(),
        (Spec::AuthorizationPolicy(before), Spec::AuthorizationPolicy(after)) if before.action != after.action => {
            "the gateway's authorization changes between shared and managed: while some of its policies have switched and \
             others have not, flows through it are refused; expect an interruption"
                .to_owned()
        }
        (Spec::ServiceEntry(before), Spec::ServiceEntry(after)) => {
            let protocol = |number: u16| after.ports.iter().find(|port| port.number == number).map(|port| port.protocol);
            let other = before
                .ports
                .iter()
                .find(|port| protocol(port.number).is_some_and(|now| listener(now) != listener(port.protocol)));
            // Clients see the hollow one; to a gateway the protocol is one of versions of HTTP.
            match other.filter(|_| after.resolution == Resolution::Static) {
                Some(port) => format!(
                    "port {} speaks {} and no longer {}: it fails until the host's VirtualService follows",
                    port.number,
                    protocol(port.number).unwrap_or_default(),
                    port.protocol
                ),
                None => "its ports are there before a route names them".to_owned(),
            }
        }
        (_, Spec::VirtualService(_)) => "the route switches at once, after all that it names is there".to_owned(),
        _ => new_before_use(after).to_owned(),
    }
}

/// What a sidecar's listener reads.
fn listener(protocol: &str) -> u8 {
    match protocol {
        "HTTPS" | "TLS" => 1,
        "TCP" => 2,
        _ => 0,
    }
}

fn no_longer(spec: &Spec) -> &'static str {
    match spec {
        Spec::VirtualService(_) => "no flow takes this route any more; without it the host ends in nothing",
        Spec::ServiceEntry(_) => "nothing is sent to the host any more",
        Spec::Gateway(_) => "nothing is sent to this listener any more",
        Spec::DestinationRule(_) => "no route names this way any more",
        Spec::AuthorizationPolicy(_) => "the listener that it guards is gone",
    }
}

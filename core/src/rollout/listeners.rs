//! Names that change from an old Gateway to a new one. If two Gateways have the same name at the same port of the same
//! pods, Istio serves the older one's server and skips the other's (`pilot/pkg/model/gateway.go`, `mergeGateways`,
//! `CheckDuplicates`). So the new Gateway has no effect until the old one is deleted, and from then on it serves the
//! names.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::{Manifests, Object, Spec, VirtualService};
use crate::resource::{Labels, may_be_of_one_pod};

/// A port, and a host name of a server on it, as it is written.
pub(super) type Name = (u16, String);

/// The ports and names that a Gateway serves.
fn names(object: &Object) -> BTreeSet<Name> {
    let Spec::Gateway(gateway) = &object.spec else { return BTreeSet::new() };
    let servers = gateway.servers.iter();
    servers.flat_map(|server| server.hosts.iter().map(|host| (server.port.number, host.clone()))).collect()
}

/// The deleted Gateways that block new ones.
#[derive(Debug, Default)]
pub(super) struct Handovers<'o> {
    /// The deleted Gateways, each with the names that no other Gateway serves until it is deleted.
    old: Vec<(&'o Object, BTreeSet<Name>)>,
    /// The new Gateways, by namespace and name.
    waiting: BTreeSet<(&'o str, &'o str)>,
}

impl<'o> Handovers<'o> {
    /// Finds them among the deleted and the new objects.
    pub(super) fn of(gone: impl Iterator<Item = &'o Object>, new: impl Iterator<Item = &'o Object>) -> Self {
        // There may be many Gateways with one name each, so they are found by name.
        let mut by_name: BTreeMap<Name, Vec<(&Labels, &Object)>> = BTreeMap::new();
        for object in new {
            if let Spec::Gateway(gateway) = &object.spec {
                for name in names(object) {
                    by_name.entry(name).or_default().push((&gateway.selector, object));
                }
            }
        }
        let mut found = Self::default();
        for object in gone {
            let Spec::Gateway(gateway) = &object.spec else { continue };
            let names = names(object);
            let rivals: Vec<&Object> = names
                .iter()
                .filter_map(|name| by_name.get(name))
                .flatten()
                .filter(|(selector, rival)| {
                    rival.namespace == object.namespace && may_be_of_one_pod(selector, &gateway.selector)
                })
                .map(|(_, rival)| *rival)
                .collect();
            if rivals.is_empty() {
                continue;
            }
            // Istio skips a server with all of its names.
            let blocked = rivals.iter().flat_map(|rival| self::names(rival));
            found.old.push((object, names.iter().cloned().chain(blocked).collect()));
            found.waiting.extend(rivals.iter().map(|rival| (rival.namespace.as_str(), rival.name.as_str())));
        }
        found
    }

    /// Whether a new Gateway has no effect until an old one is deleted.
    pub(super) fn waits(&self, object: &Object) -> bool {
        matches!(object.spec, Spec::Gateway(_)) && self.waiting.contains(&(&object.namespace, &object.name))
    }

    /// The deleted Gateways that block new ones, by namespace and name.
    pub(super) fn old(&self) -> BTreeSet<(&'o str, &'o str)> {
        self.old.iter().map(|(old, _)| (old.namespace.as_str(), old.name.as_str())).collect()
    }

    /// Puts the deletions and the clients' routes in order. A route stops using a name before the name's old Gateway is
    /// deleted, and another route begins to use the name after that. If these steps wait for each other in a circle, a
    /// deletion that interrupts flows comes first.
    pub(super) fn ordered(self, routes: Vec<Route>) -> Vec<Turn<'o>> {
        let mut leaving: BTreeMap<Name, usize> = BTreeMap::new();
        let mut blocked: BTreeMap<Name, usize> = BTreeMap::new();
        for name in routes.iter().flat_map(|route| &route.left) {
            more(&mut leaving, name);
        }
        for name in self.old.iter().flat_map(|(_, names)| names) {
            more(&mut blocked, name);
        }
        let (mut routes, mut old) = (routes, self.old);
        let mut turns = Vec::new();
        loop {
            let before = turns.len();
            old.retain(|(object, names)| {
                let waits = names.iter().any(|name| leaving.contains_key(name));
                if !waits {
                    less(&mut blocked, names);
                    turns.push(Turn::Delete { object, cuts: false });
                }
                waits
            });
            routes.retain(|route| {
                let waits = route.entered.iter().any(|name| blocked.contains_key(name));
                if !waits {
                    less(&mut leaving, &route.left);
                    turns.push(Turn::Route(route.number));
                }
                waits
            });
            if turns.len() > before {
                continue;
            }
            // Either the rest wait for each other in a circle, or nothing is left.
            let Some((object, names)) = old.pop() else { break };
            less(&mut blocked, &names);
            turns.push(Turn::Delete { object, cuts: true });
        }
        turns
    }
}

fn more(counts: &mut BTreeMap<Name, usize>, name: &Name) {
    let count = counts.entry(name.clone()).or_default();
    *count = count.saturating_add(1);
}

fn less(counts: &mut BTreeMap<Name, usize>, names: &BTreeSet<Name>) {
    for name in names {
        if let Some(count) = counts.get_mut(name) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(name);
            }
        }
    }
}

/// The next step.
#[derive(Debug)]
pub(super) enum Turn<'o> {
    /// One of the clients' routes switches.
    Route(usize),
    /// An old Gateway is deleted; `cuts` is set if routes still need it.
    Delete { object: &'o Object, cuts: bool },
}

/// A client's route that changes: the names that it stops using, and those that it begins to use.
#[derive(Debug)]
pub(super) struct Route {
    number: usize,
    left: BTreeSet<Name>,
    entered: BTreeSet<Name>,
}

/// The server name of each subset: from the host and the subset to `namespace/name`.
#[derive(Debug)]
pub(super) struct SubsetServerNames<'o>(BTreeMap<(&'o str, &'o str), String>);

/// The destination of a route: the gateway's Service, its port, and the server name.
pub(super) type RouteTarget<'o> = (&'o str, Name);

impl<'o> SubsetServerNames<'o> {
    pub(super) fn of(manifests: &'o Manifests) -> Self {
        let mut ways = BTreeMap::new();
        for object in &manifests.objects {
            let Spec::DestinationRule(rule) = &object.spec else { continue };
            for subset in &rule.subsets {
                let Some(tls) = &subset.traffic_policy.tls else { continue };
                let Some(sni) = &tls.sni else { continue };
                let name = format!("{}/{sni}", object.namespace);
                ways.insert((rule.host.as_str(), subset.name.as_str()), name);
            }
        }
        Self(ways)
    }

    /// The destinations of a route.
    pub(super) fn taken<'s>(&self, service: Option<&'s VirtualService>) -> BTreeSet<RouteTarget<'s>> {
        let Some(service) = service else { return BTreeSet::new() };
        let http = service.http.iter().flat_map(|route| &route.route);
        let tls = service.tls.iter().flat_map(|route| &route.route);
        let tcp = service.tcp.iter().flat_map(|route| &route.route);
        let ways = http.chain(tls).chain(tcp).filter_map(|route| {
            let to = &route.destination;
            let name = self.0.get(&(to.host.as_str(), to.subset.as_deref()?))?;
            Some((to.host.as_str(), (to.port.number, name.clone())))
        });
        ways.collect()
    }
}

impl Route {
    /// Compares the old destinations of a route with the new ones.
    pub(super) fn of(number: usize, old: &BTreeSet<RouteTarget>, new: &BTreeSet<RouteTarget>) -> Self {
        let names = |a: &BTreeSet<RouteTarget>, b: &BTreeSet<RouteTarget>| {
            a.iter().filter(|way| !b.contains(*way)).map(|(_, name)| name.clone()).collect()
        };
        Self { number, left: names(old, new), entered: names(new, old) }
    }
}

//! To which parents a route is attached (`extractParentReferenceInfo` and `referenceAllowed` of
//! `pilot/pkg/config/kube/gateway/conversion.go`).

use super::documents::{Entries, GatewayApi};
use super::gateway::Namespaces;
use super::host_names::{is_wildcard, is_within, overlap};
use super::listeners::Parent;
use super::reference::Referent;
use super::route::{KubernetesRoute, ParentRef};
use crate::istio::{Marks, Meta};

/// A parent that takes a route.
#[derive(Debug)]
pub(super) enum Attachment<'a> {
    /// All sidecars, for the hosts of a Service or ServiceEntry.
    Mesh { hosts: Vec<String>, port: Option<u16> },
    /// A listener; the second part says why it is not known whether it takes the route.
    Listener(&'a Parent, Option<String>),
}

/// A parent that a route names and that does not take it.
#[derive(Debug)]
pub(super) struct Denied<'a> {
    pub(super) parent: &'a ParentRef,
    pub(super) why: String,
}

/// What attaching a route needs to know.
pub(super) struct Parents<'a> {
    pub(super) api: &'a GatewayApi,
    pub(super) listeners: &'a [Parent],
    pub(super) entries: &'a Entries<'a>,
    /// The labels of a Service or ServiceEntry.
    pub(super) labels: &'a dyn Fn(&Referent, &str, &str) -> Option<&'a Marks>,
    pub(super) cluster_domain: &'a str,
}

impl<'a> Parents<'a> {
    /// The parents that take a route, and those that do not.
    pub(super) fn of(&self, route: &'a KubernetesRoute, meta: &Meta) -> (Vec<Attachment<'a>>, Vec<Denied<'a>>) {
        let (mut attached, mut denied) = (Vec::new(), Vec::new());
        for parent in &route.parents {
            let deny = |why: String| Denied { parent, why };
            if matches!(parent.to, Referent::Service | Referent::ServiceEntry) && self.is_of_others(parent) {
                denied.push(deny("the waypoint of its parent is of a class that Istio does not configure".to_owned()));
                continue;
            }
            match parent.to {
                Referent::Service => {
                    let host = format!("{}.{}.svc.{}", parent.name, parent.namespace, self.cluster_domain);
                    attached.push(Attachment::Mesh { hosts: vec![host], port: parent.port });
                }
                Referent::ServiceEntry => match (self.entries)(&parent.namespace, &parent.name) {
                    Some(entry) => attached.push(Attachment::Mesh { hosts: entry.hosts.clone(), port: parent.port }),
                    None => denied.push(deny(format!(
                        "no ServiceEntry `{}/{}` is given, which its `parentRefs` name",
                        parent.namespace, parent.name
                    ))),
                },
                Referent::Gateway | Referent::ListenerSet => {
                    let found = self.at_listeners(route, meta, parent);
                    match found {
                        Ok(found) => attached.extend(found),
                        Err(why) => denied.push(deny(why)),
                    }
                }
                Referent::Hostname | Referent::Flagged(_) | Referent::Other => {
                    denied.push(deny("its `parentRefs` name a kind that Istio does not take as a parent".to_owned()));
                }
            }
        }
        (attached, denied)
    }

    /// `waypointManagedByAnotherController`: a Service or ServiceEntry whose waypoint is a Gateway of another controller.
    fn is_of_others(&self, parent: &ParentRef) -> bool {
        let own = (self.labels)(&parent.to, &parent.namespace, &parent.name);
        let of_namespace = self.api.namespaces.get(&parent.namespace);
        let has_waypoint = |labels: &&Marks| labels.get("istio.io/use-waypoint").is_some();
        let Some(labels) = own.filter(has_waypoint).or_else(|| of_namespace.filter(has_waypoint)) else { return false };
        let name = labels.get("istio.io/use-waypoint").unwrap_or_default();
        let namespace = labels.get("istio.io/use-waypoint-namespace").unwrap_or(&parent.namespace);
        let mut gateways = self.api.gateways.iter();
        let waypoint = gateways.find(|gateway| gateway.meta.namespace == namespace && gateway.meta.name == name);
        let class = waypoint.and_then(|waypoint| self.api.classes.get(&waypoint.spec.class));
        class.is_some_and(|class| {
            !matches!(class.controller.as_str(), "istio.io/mesh-controller" | "istio.io/gateway-controller")
        })
    }

    /// The listeners of a parent that take a route; `Err` says why there is none.
    fn at_listeners(
        &self,
        route: &KubernetesRoute,
        meta: &Meta,
        parent: &ParentRef,
    ) -> Result<Vec<Attachment<'a>>, String> {
        let is_it = |listener: &&Parent| {
            (&listener.kind, &listener.namespace, &listener.name) == (&parent.to, &parent.namespace, &parent.name)
        };
        let mut found = Vec::new();
        let mut why = format!(
            "Gateway `{}/{}`, which its `parentRefs` name, is not given, or is of a class that Istio does not configure",
            parent.namespace, parent.name
        );
        for listener in self.listeners.iter().filter(is_it) {
            match self.takes(listener, route, meta, parent) {
                Ok(unknown) => found.push(Attachment::Listener(listener, unknown)),
                Err(reason) => {
                    why = format!(
                        "listener `{}` of {} `{}/{}` does not take it: {reason}",
                        listener.listener.name,
                        if parent.to == Referent::Gateway { "Gateway" } else { "ListenerSet" },
                        parent.namespace,
                        parent.name
                    );
                }
            }
        }
        if found.is_empty() { Err(why) } else { Ok(found) }
    }

    /// Whether a listener takes a route; `Ok` with a reason where that is not known.
    fn takes(
        &self,
        parent: &Parent,
        route: &KubernetesRoute,
        meta: &Meta,
        wanted: &ParentRef,
    ) -> Result<Option<String>, String> {
        let listener = &parent.listener;
        if let Some(port) = wanted.port.filter(|port| *port != listener.port) {
            return Err(format!("it is for port {}, and the route asks for port {port}", listener.port));
        }
        if let Some(section) = wanted.section.as_ref().filter(|section| **section != listener.name) {
            return Err(format!("the route asks for listener `{section}`"));
        }
        if !listener.hostname.is_empty()
            && !route.hostnames.is_empty()
            && !route.hostnames.iter().any(|name| overlap(&listener.hostname, name))
        {
            return Err(format!("no hostname of the route is within `{}`", listener.hostname));
        }
        let not_allowed = || Err(format!("its `allowedRoutes` do not allow routes of namespace `{}`", meta.namespace));
        let unknown = match &listener.routes_from {
            Namespaces::All => None,
            Namespaces::Same if meta.namespace == parent.namespace => None,
            Namespaces::Same | Namespaces::None => return not_allowed(),
            Namespaces::Selected(selector) => {
                match selector.selects(&meta.namespace, self.api.labels_of(&meta.namespace).as_ref()) {
                    Some(true) => None,
                    Some(false) => return not_allowed(),
                    None => Some(format!(
                        "no document gives the labels of namespace `{}`, by which listener `{}` of Gateway `{}/{}` selects the namespaces of its routes",
                        meta.namespace, listener.name, parent.namespace, parent.name
                    )),
                }
            }
        };
        if parent.kinds.contains(&route.kind.name()) {
            Ok(parent.unknown.clone().or(unknown))
        } else {
            Err(format!("it does not take routes of kind {}", route.kind.name()))
        }
    }

    /// Whether a listener has requests for a hostname of a route, and not a listener of the same port and protocol whose
    /// name is closer (`hostnameAllowedByIsolation`).
    pub(super) fn is_isolated_for(&self, parent: &Parent, hostname: &str) -> bool {
        let own = parent.listener.hostname.as_str();
        if !own.is_empty() && !is_wildcard(own) {
            return true;
        }
        if !own.is_empty() && !overlap(hostname, own) {
            return false;
        }
        let is_beside = |other: &&Parent| {
            (&other.kind, &other.namespace, &other.name) == (&parent.kind, &parent.namespace, &parent.name)
                && other.gateway != parent.gateway
                && other.listener.port == parent.listener.port
                && other.listener.protocol == parent.listener.protocol
                && other.listener.hostname != own
        };
        !self.listeners.iter().filter(is_beside).any(|other| {
            let closer = other.listener.hostname.as_str();
            own.len() <= closer.len() && is_within(hostname, closer)
        })
    }
}

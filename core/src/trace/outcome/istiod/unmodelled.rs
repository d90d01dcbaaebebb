//! Objects that may change an answer and are not modelled.

use std::collections::BTreeMap;

use super::pods::{Selects, targeted};
use super::service::Service;
use super::waypoints::{BoundWaypoint, is_attached};
use crate::istio::{Meta, Object, Objects, Other};
use crate::model::Environment;
use crate::resource::Labels;
use crate::trace::Stop;

/// Objects that are not modelled.
#[derive(Debug)]
pub(crate) struct Unmodelled<'w> {
    by_namespace: BTreeMap<&'w str, Vec<&'w Object<Other>>>,
    root: &'w str,
    /// Objects that one revision of Istio reads, and no other.
    of_revisions: Vec<(&'w Meta, &'w str)>,
    /// The revisions whose settings are given: another name may be a tag, which no object's label means.
    revisions: Vec<&'w str>,
}

impl<'w> Unmodelled<'w> {
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let of_revisions = objects.metas().filter_map(|meta| Some((meta, meta.only_revision()?)));
        let mut unmodelled = Self {
            by_namespace: BTreeMap::new(),
            root: &environment.root_namespace,
            of_revisions: of_revisions.collect(),
            revisions: environment.control_planes.iter().map(|plane| plane.revision.as_str()).collect(),
        };
        for other in &objects.others {
            unmodelled.by_namespace.entry(other.meta.namespace.as_str()).or_default().push(other);
        }
        unmodelled
    }

    /// Those that may change what a proxy does. A selector without labels selects all pods (`matchingProxy`).
    pub(crate) fn at_proxy(
        &self,
        at: Stop,
        namespace: &str,
        selected_by: impl Fn(&Labels) -> Selects,
        has_token: bool,
    ) -> Vec<&'w Object<Other>> {
        self.of(namespace)
            .filter(|other| match other.meta.kind.as_str() {
                "PeerAuthentication" => false,
                // Without a token nothing is checked.
                "RequestAuthentication" => has_token,
                _ => true,
            })
            .filter(|other| if at == Stop::Gateway { other.spec.at_gateways } else { other.spec.at_sidecars })
            .filter(|other| {
                if other.spec.targets.is_empty() {
                    let selector = other.spec.selector.as_ref();
                    selector.is_none_or(|selector| selected_by(selector) != Selects::No)
                } else {
                    targeted(&other.spec.targets, &other.meta, namespace, &selected_by) != Selects::No
                }
            })
            .collect()
    }

    /// One that is attached to a waypoint or to a service behind it, and may change what the waypoint does.
    pub(crate) fn at_waypoint(
        &self,
        waypoint: &BoundWaypoint<'_>,
        service: &Service<'_>,
        has_token: bool,
    ) -> Option<&'w Object<Other>> {
        let own = self.of(waypoint.namespace);
        let of_service = self.by_namespace.get(service.namespace).into_iter().flatten().copied();
        own.chain(of_service).find(|other| {
            let is_of_kind = match other.meta.kind.as_str() {
                "PeerAuthentication" => false,
                "RequestAuthentication" => has_token,
                _ => other.spec.at_waypoints,
            };
            is_of_kind && is_attached(&other.spec.targets, &other.meta, waypoint, service, self.root)
        })
    }

    /// An object that the control plane of a client may not read: its label names another revision, or the client's own
    /// word for it, which may be a tag.
    pub(crate) fn of_other_revision(&self, revision: Option<&str>) -> Option<&'w Meta> {
        let revision = revision.filter(|of_client| self.revisions.contains(of_client));
        self.of_revisions.iter().find(|(_, of)| revision != Some(of)).map(|(meta, _)| *meta)
    }

    /// A `PeerAuthentication` that turns mutual TLS off for pods of a namespace.
    pub(crate) fn peer_authentication(&self, namespace: &str) -> Option<String> {
        self.of(namespace)
            .find(|other| other.meta.kind == "PeerAuthentication")
            .map(|other| format!("{}/{}", other.meta.namespace, other.meta.name))
    }

    /// The root namespace's are for proxies of all namespaces.
    fn of(&self, namespace: &str) -> impl Iterator<Item = &'w Object<Other>> {
        let own = self.by_namespace.get(namespace);
        let root = self.by_namespace.get(self.root).filter(|_| namespace != self.root);
        own.into_iter().chain(root).flatten().copied()
    }
}

//! The addresses behind headless Services. A sidecar has a listener on each of them, for every port that is not one of HTTP
//! (`core/listener.go`, `buildSidecarOutboundListeners`: "Support statefulsets/headless services with TCP ports").

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::service_index::ServiceIndex;
use crate::istio::Objects;
use crate::model::Environment;
use crate::trace::outcome::host_index::HostIndex;
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::ServiceId;

/// What documents say about the addresses of headless Services.
#[derive(Debug)]
pub(crate) struct HeadlessEndpoints {
    by_address: BTreeMap<IpAddr, BTreeMap<ServiceId, KnownEndpoint>>,
    given: BTreeSet<ServiceId>,
    /// Of the Services with an address of their own: an address behind it that is not one of a pod.
    behind_others: BTreeMap<ServiceId, IpAddr>,
}

/// What documents say about one address.
#[derive(Debug, Clone, Copy, Default)]
struct KnownEndpoint {
    is_ready: bool,
    is_outside: bool,
}

/// Whether an address is one of a headless Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndpointFact {
    /// It is.
    Yes,
    /// It is, and was not ready when the document was written.
    WhenReady,
    /// It is none.
    No,
    /// No document has the addresses of the Service.
    NotGiven,
}

impl HeadlessEndpoints {
    pub(super) fn new(
        objects: &Objects,
        environment: &Environment,
        hosts: &HostIndex,
        services: &ServiceIndex<'_>,
    ) -> Self {
        let mut found = Self { by_address: BTreeMap::new(), given: BTreeSet::new(), behind_others: BTreeMap::new() };
        for slice in &objects.endpoint_slices {
            let host = host_name::of_service(&slice.spec.service, &slice.meta.namespace, &environment.cluster_domain);
            let host = hosts.id(&host);
            if !services.is_headless(host) {
                if let Some(other) = slice.spec.endpoints.iter().find(|endpoint| !endpoint.is_pod) {
                    let of_cluster = services.anywhere(host).filter(|id| services.is_of_cluster(*id));
                    found.behind_others.extend(of_cluster.map(|id| (id, other.address)));
                }
                continue;
            }
            for id in services.anywhere(host).filter(|id| services.is_of_cluster(*id)) {
                found.given.insert(id);
                for endpoint in &slice.spec.endpoints {
                    let of_services = found.by_address.entry(endpoint.address).or_default();
                    let known = of_services.entry(id).or_default();
                    known.is_ready |= endpoint.is_ready;
                    known.is_outside |= !endpoint.is_pod;
                }
            }
        }
        found
    }

    /// Whether an address is one of a headless Service.
    pub(crate) fn is_endpoint(&self, address: IpAddr, service: ServiceId) -> EndpointFact {
        match self.at(address, service).map(|known| known.is_ready) {
            Some(true) => EndpointFact::Yes,
            Some(false) => EndpointFact::WhenReady,
            None if self.given.contains(&service) => EndpointFact::No,
            None => EndpointFact::NotGiven,
        }
    }

    /// Whether a document has an address as one of a headless Service, and not as that of a pod.
    pub(crate) fn is_outside(&self, address: IpAddr, service: ServiceId) -> bool {
        self.at(address, service).is_some_and(|known| known.is_outside)
    }

    /// An address behind a Service that is not headless, if a document has one that is not a pod's.
    pub(crate) fn behind(&self, service: ServiceId) -> Option<IpAddr> {
        self.behind_others.get(&service).copied()
    }

    fn at(&self, address: IpAddr, service: ServiceId) -> Option<KnownEndpoint> {
        self.by_address.get(&address).and_then(|of_services| of_services.get(&service)).copied()
    }
}

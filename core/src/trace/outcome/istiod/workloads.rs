//! The workloads that ztunnel knows by their addresses, as far as objects tell
//! (`pilot/pkg/serviceregistry/ambient/workloads.go`): endpoints of ServiceEntries, and `WorkloadEntries`. Pods are workloads
//! too, and no document says what their addresses are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::service::{Endpoints, Service};
use crate::istio::{Endpoint, Meta, Objects};

/// A workload of which an object says where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddressedWorkload<'w> {
    /// The object that gives it.
    pub(crate) meta: &'w Meta,
    pub(crate) endpoint: &'w Endpoint,
}

impl<'w> AddressedWorkload<'w> {
    /// The endpoints of a ServiceEntry. They have addresses or names.
    pub(crate) fn of_service(service: &Service<'w>) -> impl Iterator<Item = Self> + use<'w> {
        let entry = match service.endpoints {
            Endpoints::Entry(entry) => service.meta.map(|meta| (meta, entry)),
            Endpoints::Gateway(_) | Endpoints::Pods => None,
        };
        entry.into_iter().flat_map(|(meta, entry)| entry.endpoints.iter().map(move |endpoint| Self { meta, endpoint }))
    }

    /// A label: one of a `WorkloadEntry` is that of its metadata, and one of an endpoint is its own.
    pub(crate) fn label(&self, key: &str) -> Option<&'w str> {
        if self.meta.kind == "WorkloadEntry" {
            self.meta.labels.get(key)
        } else {
            self.endpoint.labels.get(key).map(String::as_str)
        }
    }
}

/// Workloads by address.
#[derive(Debug, Default)]
pub(crate) struct WorkloadIndex<'w> {
    by_address: BTreeMap<IpAddr, Vec<AddressedWorkload<'w>>>,
}

impl<'w> WorkloadIndex<'w> {
    pub(crate) fn new(objects: &'w Objects) -> Self {
        // Those that an entry selects are workloads of their own.
        let entries = objects.service_entries.iter().filter(|entry| entry.spec.selector.is_none());
        let of_entries = entries.flat_map(|entry| entry.spec.endpoints.iter().map(|endpoint| (&entry.meta, endpoint)));
        let of_objects = objects.workload_entries.iter().map(|object| (&object.meta, &object.spec.endpoint));
        let mut index = Self::default();
        for (meta, endpoint) in of_entries.chain(of_objects) {
            if let Ok(address) = endpoint.address.parse() {
                index.by_address.entry(address).or_default().push(AddressedWorkload { meta, endpoint });
            }
        }
        index
    }

    /// Those at an address.
    pub(crate) fn at(&self, address: IpAddr) -> &[AddressedWorkload<'w>] {
        self.by_address.get(&address).map_or(&[], Vec::as_slice)
    }
}

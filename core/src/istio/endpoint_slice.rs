//! Addresses behind a Service of Kubernetes: an `EndpointSlice`, or `Endpoints`, of which the cluster makes `EndpointSlices` where
//! the Service selects no pods.

use std::net::IpAddr;

use super::Meta;
use super::fields::Fields;

/// Some of the addresses of a Service.
#[derive(Debug, Clone)]
pub struct EndpointSlice {
    /// The name of the Service, in the namespace of the object.
    pub service: String,
    /// The addresses.
    pub endpoints: Vec<ServiceEndpoint>,
}

/// An address of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEndpoint {
    /// The address.
    pub address: IpAddr,
    /// Whether the document says that it is that of a pod of the cluster. Whoever writes the document writes this, too.
    pub is_pod: bool,
    /// Whether it was ready when the document was written: istiod leaves out what is not
    /// (`pilot/pkg/serviceregistry/kube/controller/endpointslice.go`, `endpointHealthStatus`).
    pub is_ready: bool,
}

impl ServiceEndpoint {
    /// Whether it may be that of a machine outside of the cluster.
    pub fn may_be_outside(&self) -> bool {
        !self.is_pod || !is_private(self.address)
    }
}

/// Whether an address is one that pods and hosts of private networks have.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            // 100.64.0.0/10, which providers share.
            let [first, second, ..] = address.octets();
            address.is_private() || address.is_link_local() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// The label by which an `EndpointSlice` names its Service.
const SERVICE: &str = "kubernetes.io/service-name";

pub(super) fn read(document: Fields<'_>, meta: &Meta) -> Option<EndpointSlice> {
    if meta.kind == "Endpoints" {
        let endpoints = document.items("subsets").flat_map(|subset| {
            let of = |key: &str, is_ready: bool| -> Vec<ServiceEndpoint> {
                subset.items(key).filter_map(|each| endpoint(&each.text("ip")?, each, is_ready)).collect()
            };
            [of("addresses", true), of("notReadyAddresses", false)].concat()
        });
        return Some(EndpointSlice { service: meta.name.clone(), endpoints: endpoints.collect() });
    }
    let endpoints = document.items("endpoints").flat_map(|each| {
        let conditions = each.child("conditions");
        // Without the condition it is taken to be ready.
        let is_ready = conditions.is_none_or(|conditions| !conditions.has("ready") || conditions.flag("ready"));
        let addresses = each.texts("addresses").into_iter();
        addresses.filter_map(|address| endpoint(&address, each, is_ready)).collect::<Vec<_>>()
    });
    Some(EndpointSlice { service: meta.labels.get(SERVICE)?.to_owned(), endpoints: endpoints.collect() })
}

fn endpoint(address: &str, fields: Fields<'_>, is_ready: bool) -> Option<ServiceEndpoint> {
    let is_pod = fields.child("targetRef").is_some_and(|target| target.text("kind").as_deref() == Some("Pod"));
    Some(ServiceEndpoint { address: address.parse().ok()?, is_pod, is_ready })
}

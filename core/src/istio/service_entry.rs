use std::collections::BTreeSet;

use super::fields::Fields;
use super::{ExportTo, Meta};
use crate::resource::Labels;
use crate::source::Span;

/// Hosts that are added to the registry.
#[derive(Debug, Clone)]
pub struct ServiceEntry {
    /// Namespaces that see it.
    pub export_to: ExportTo,
    /// The same as written: Istio compares the words.
    pub exports: BTreeSet<String>,
    /// The hosts, in lower case.
    pub hosts: Vec<String>,
    /// Virtual addresses, and networks.
    pub addresses: Vec<String>,
    /// Their ports.
    pub ports: Vec<EntryPort>,
    /// Whether they are of the mesh.
    pub internal: bool,
    /// Where their addresses come from.
    pub resolution: Resolution,
    /// Where they are: as it says itself, and the `WorkloadEntries` that it selects.
    pub endpoints: Vec<Endpoint>,
    /// The labels of the pods and `WorkloadEntries` that are the endpoints.
    pub selector: Option<Labels>,
    /// Names that their certificates have.
    pub subject_alt_names: Vec<String>,
    /// Whether it opts out of an address from Istio.
    pub no_automatic_address: bool,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
    /// The whole.
    pub span: Option<Span>,
}

/// A port.
#[derive(Debug, Clone)]
pub struct EntryPort {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// Its protocol, as written.
    pub protocol: String,
    /// The port of the endpoints, when it differs.
    pub target: Option<u16>,
}

/// Where addresses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Wherever the client dialled.
    None,
    /// From the endpoints.
    Static,
    /// From DNS, all of them.
    Dns,
    /// From DNS, one at a time.
    DnsRoundRobin,
    /// From the request's own name.
    Dynamic,
    /// Not understood.
    Unsupported,
}

impl Resolution {
    /// Whether a proxy resolves names.
    pub fn is_by_dns(self) -> bool {
        matches!(self, Self::Dns | Self::DnsRoundRobin)
    }
}

/// Where a host is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address or name.
    pub address: String,
    /// Its ports, by the names of the entry's.
    pub ports: Vec<(String, u16)>,
    /// Its labels.
    pub labels: Labels,
    /// Whether it has an identity of the mesh.
    pub has_service_account: bool,
    /// Whether it is in a network that it names: a proxy of another network goes by that network's gateway.
    pub has_network: bool,
}

/// `WorkloadEntry`, which is also an item of `endpoints`.
pub(super) fn endpoint(fields: Fields<'_>) -> Endpoint {
    let port = |(name, port): (&str, Fields<'_>)| Some((name.to_owned(), port.itself()?.parse().ok()?));
    Endpoint {
        address: fields.text("address").unwrap_or_default(),
        ports: fields.child("ports").map(|ports| ports.entries().filter_map(port).collect()).unwrap_or_default(),
        labels: fields.labels("labels").unwrap_or_default(),
        has_service_account: fields.text("serviceAccount").is_some_and(|account| !account.is_empty()),
        has_network: fields.text("network").is_some_and(|network| !network.is_empty()),
    }
}

pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> ServiceEntry {
    let resolution = match spec.text("resolution").as_deref() {
        None | Some("NONE" | "0") => Resolution::None,
        Some("STATIC" | "1") => Resolution::Static,
        Some("DNS" | "2") => Resolution::Dns,
        Some("DNS_ROUND_ROBIN" | "3") => Resolution::DnsRoundRobin,
        Some("DYNAMIC_DNS") => Resolution::Dynamic,
        Some(_) => Resolution::Unsupported,
    };
    ServiceEntry {
        export_to: ExportTo::read(&spec.texts("exportTo"), &meta.namespace),
        exports: spec.texts("exportTo").into_iter().collect(),
        hosts: spec.texts("hosts").iter().map(|host| host.to_ascii_lowercase()).collect(),
        addresses: spec.texts("addresses"),
        ports: spec.each("ports", |port| {
            Some(EntryPort {
                number: port.port("number")?,
                name: port.text("name").unwrap_or_default(),
                protocol: port.text("protocol").unwrap_or_default(),
                target: port.port("targetPort"),
            })
        }),
        internal: spec.text("location").as_deref() == Some("MESH_INTERNAL"),
        resolution,
        endpoints: spec.items("endpoints").map(endpoint).collect(),
        selector: spec.child("workloadSelector").map(|it| it.labels("labels").unwrap_or_default()),
        subject_alt_names: spec.texts("subjectAltNames"),
        // In capitals, too (`ShouldV2AutoAllocateIP` of pilot/pkg/networking/serviceentry).
        no_automatic_address: meta
            .labels
            .get("networking.istio.io/enable-autoallocate-ip")
            .is_some_and(|value| value.eq_ignore_ascii_case("false")),
        unsupported: spec.unsupported(&[
            "exportTo",
            "hosts",
            "addresses",
            "ports",
            "location",
            "resolution",
            "endpoints",
            "workloadSelector",
            "subjectAltNames",
        ]),
        span: spec.span(),
    }
}

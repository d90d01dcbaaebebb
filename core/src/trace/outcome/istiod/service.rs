//! A service of the mesh: one host of one object (`Service` of pilot/pkg/model/service.go).

use std::borrow::Cow;

use ipnet::IpNet;

use crate::istio::{self, Meta, PortProtocol, ServiceEntry};
use crate::model;
use crate::source::Span;
use crate::trace::outcome::creation_order::{ObjectAge, ObjectKind};
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::GatewayPodsId;

/// One host of a ServiceEntry, or of a Service of Kubernetes.
#[derive(Debug)]
pub(crate) struct Service<'w> {
    pub(crate) host: Cow<'w, str>,
    pub(crate) id: HostId,
    pub(crate) namespace: &'w str,
    pub(crate) ports: Vec<Port>,
    pub(crate) address: Address,
    pub(crate) endpoints: Endpoints<'w>,
    pub(crate) meta: Option<&'w Meta>,
    pub(crate) span: Option<Span>,
    /// What another object of its namespace for its host makes of it.
    pub(crate) conflict: Conflict,
    pub(crate) age: ObjectAge<'w>,
    pub(crate) choice: EndpointChoice,
    /// The revision of Istio that makes it for a Gateway of the Gateway API, or a tag of it; `None` where any makes it, or
    /// somebody else.
    pub(crate) maker: Option<&'w str>,
}

/// Which of its pods a sidecar chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndpointChoice {
    /// Any of them.
    Any,
    /// Those of the caller's node (`pilot/pkg/xds/endpoints/endpoint_builder.go`, `filterIstioEndpoint`).
    SameNode,
    /// It does not choose: the connection goes to the address that the client dialled (core/cluster.go,
    /// `convertResolution`).
    OriginalDestination,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Port {
    pub(crate) number: u16,
    pub(crate) protocol: Protocol,
    /// Whether its name is one of HTTP/2 (`IsHTTP2`).
    pub(crate) is_http_2: bool,
    /// Whether its name is that of a port to a proxy of HTTP.
    pub(crate) is_http_proxy: bool,
}

impl Port {
    fn named(number: u16, protocol: &str) -> Self {
        let known = PortProtocol::parse(protocol);
        Self {
            number,
            protocol: Protocol::parse(protocol),
            is_http_2: known == PortProtocol::Http2,
            is_http_proxy: known == PortProtocol::HttpProxy,
        }
    }
}

/// The protocol of a port, as far as listeners differ by it (`pkg/config/protocol/instance.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Tls,
    Tcp,
    /// `MySQL`: never beside another protocol on one port.
    MySql,
    /// MongoDB: the same.
    Mongo,
    /// None is given: the proxy looks at the first bytes (protocol sniffing).
    Unspecified,
    Udp,
}

impl Protocol {
    pub(crate) fn parse(name: &str) -> Self {
        match PortProtocol::parse(name) {
            PortProtocol::Http1 | PortProtocol::HttpProxy | PortProtocol::Http2 => Self::Http,
            PortProtocol::Https | PortProtocol::Tls => Self::Tls,
            PortProtocol::Tcp | PortProtocol::Redis => Self::Tcp,
            PortProtocol::MySql => Self::MySql,
            PortProtocol::Mongo => Self::Mongo,
            PortProtocol::Udp => Self::Udp,
            PortProtocol::Unsupported => Self::Unspecified,
        }
    }

    /// Whether istiod shares no listener between this protocol and others (core/listener.go, `isConflictWithWellKnownPort`).
    pub(crate) fn shares_no_listener(self) -> bool {
        matches!(self, Self::MySql | Self::Mongo)
    }

    pub(crate) fn may_be_http(self) -> bool {
        matches!(self, Self::Http | Self::Unspecified)
    }
}

/// The address on which a sidecar listens for the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// Every address.
    None,
    /// The address that the cluster gives it.
    Cluster,
    /// One that Istio gives it, for clients whose sidecars answer DNS; for others every address.
    Automatic,
    /// These addresses.
    Fixed(Vec<String>),
    /// Some networks, and addresses beside them.
    Networks(Vec<IpNet>, Vec<String>),
}

/// What becomes of a service where several objects of one namespace are for its host.
///
/// Its clusters share their endpoints, whoever sees which object: instances are kept by host and namespace
/// (`pilot/pkg/serviceregistry/serviceentry`, `mergeServicesInstancesByNamespaceHost`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// The objects agree, or there is only one.
    None,
    /// A request goes to an endpoint of one of them.
    Endpoints,
    /// What its clusters are cannot be known.
    Clusters,
    /// Nor which listener takes its traffic.
    Listeners,
}

/// What is behind a cluster of the service.
#[derive(Debug)]
pub(crate) enum Endpoints<'w> {
    /// What a ServiceEntry says.
    Entry(&'w ServiceEntry),
    /// A gateway's pods.
    Gateway(GatewayPodsId),
    /// Other pods.
    Pods,
}

impl Address {
    /// Its addresses, without networks; empty where Istio or the cluster gives it one.
    pub(crate) fn single(&self) -> &[String] {
        match self {
            Self::Fixed(addresses) | Self::Networks(_, addresses) => addresses,
            Self::None | Self::Cluster | Self::Automatic => &[],
        }
    }

    /// Its networks.
    pub(crate) fn networks(&self) -> &[IpNet] {
        match self {
            Self::Networks(networks, _) => networks,
            Self::None | Self::Cluster | Self::Automatic | Self::Fixed(_) => &[],
        }
    }
}

impl<'w> Service<'w> {
    /// Whether filter chains of listeners on every address are for it, whatever address is dialled.
    pub(crate) fn has_chains_for_every_address(&self) -> bool {
        matches!(self.address, Address::None | Address::Automatic)
            || self.address.networks().iter().any(is_every_address)
    }

    /// The protocol of a port.
    pub(crate) fn protocol_of(&self, port: u16) -> Option<Protocol> {
        self.ports.iter().find(|each| each.number == port).map(|each| each.protocol)
    }

    /// Whether it is there only where istiod reads the alpha kinds of the Gateway API.
    pub(crate) fn is_alpha(&self) -> bool {
        self.meta.is_some_and(|meta| meta.kind == "XBackend")
    }

    /// A host of a ServiceEntry.
    pub(crate) fn of_entry(
        host: &'w str,
        hosts: &HostIndex,
        entry: &'w ServiceEntry,
        meta: &'w Meta,
        at: usize,
    ) -> Self {
        // `convertServices` of pilot/pkg/serviceregistry/serviceentry/conversion.go: a network of one address is the address.
        let single = |address: &String| match address.parse::<IpNet>() {
            Ok(network) if network.prefix_len() == network.max_prefix_len() => network.addr().to_string(),
            _ => address.clone(),
        };
        let addresses: Vec<String> = entry.addresses.iter().map(single).collect();
        let automatic =
            !entry.no_automatic_address && entry.resolution != istio::Resolution::None && !host_name::is_wildcard(host);
        let networks: Vec<IpNet> = addresses.iter().filter_map(|address| address.parse().ok()).collect();
        let address = if addresses.iter().any(|address| address.contains('/')) {
            Address::Networks(networks, addresses.into_iter().filter(|address| !address.contains('/')).collect())
        } else if !addresses.is_empty() {
            Address::Fixed(addresses)
        } else if automatic {
            Address::Automatic
        } else {
            Address::None
        };
        Self {
            host: Cow::Borrowed(host),
            id: hosts.id(host),
            namespace: &meta.namespace,
            ports: entry.ports.iter().map(|port| Port::named(port.number, &port.protocol)).collect(),
            address,
            endpoints: Endpoints::Entry(entry),
            meta: Some(meta),
            span: meta.span,
            conflict: Conflict::None,
            age: ObjectAge::named(ObjectKind::ServiceEntry, at, meta.created.as_deref(), host, &meta.namespace),
            choice: EndpointChoice::Any,
            maker: None,
        }
    }

    /// A Service of Kubernetes.
    pub(crate) fn of_cluster(
        host: String,
        hosts: &HostIndex,
        service: &'w istio::Object<istio::Service>,
        at: usize,
        gateway: Option<GatewayPodsId>,
    ) -> Self {
        let port = |port: &istio::ServicePort| Port::named(port.port, &port.protocol);
        Self {
            id: hosts.id(&host),
            host: Cow::Owned(host),
            namespace: &service.meta.namespace,
            ports: service.spec.ports.iter().map(port).collect(),
            address: Address::Cluster,
            endpoints: gateway.map_or(Endpoints::Pods, Endpoints::Gateway),
            meta: Some(&service.meta),
            span: service.meta.span,
            conflict: Conflict::None,
            age: ObjectAge::of(ObjectKind::Service, at, &service.meta),
            choice: match (service.spec.is_headless(), service.spec.node_local) {
                (true, _) => EndpointChoice::OriginalDestination,
                (false, true) => EndpointChoice::SameNode,
                (false, false) => EndpointChoice::Any,
            },
            // One that is given exists, whoever made it.
            maker: service
                .spec
                .made_pods
                .as_ref()
                .filter(|_| service.meta.kind == "Gateway")
                .and_then(|made| made.revision.as_deref()),
        }
    }

    /// The Service of a gateway that no document describes. The names of its ports follow from their class.
    pub(crate) fn of_gateway(
        host: String,
        hosts: &HostIndex,
        gateway: &'w model::Gateway,
        pods: GatewayPodsId,
    ) -> Self {
        let port = |port: &model::GatewayPort| Port {
            number: port.port,
            protocol: if port.http { Protocol::Http } else { Protocol::Tls },
            is_http_2: false,
            is_http_proxy: false,
        };
        Self {
            id: hosts.id(&host),
            host: Cow::Owned(host),
            namespace: &gateway.namespace,
            ports: gateway.ports.iter().map(port).collect(),
            address: Address::Cluster,
            endpoints: Endpoints::Gateway(pods),
            meta: None,
            span: None,
            conflict: Conflict::None,
            age: ObjectAge::named(ObjectKind::GatewayService, pods, None, &gateway.service, &gateway.namespace),
            choice: EndpointChoice::Any,
            maker: None,
        }
    }
}

/// Whether istiod writes no network into a filter chain for this one (core/listener.go, `toFilterChainMatch`).
pub(crate) fn is_every_address(network: &IpNet) -> bool {
    network.addr() == std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)
}

/// Why the endpoints of a service cannot be known.
pub(crate) fn different_endpoints(service: &Service<'_>) -> String {
    if let Endpoints::Entry(entry) = service.endpoints
        && entry.selector.is_some()
    {
        return format!(
            "`{}` has no resolution and selects workloads, and whether a sidecar listens for it on every address depends on them",
            service.host
        );
    }
    format!(
        "ServiceEntries of namespace `{}` for `{}` have different endpoints, and Istio mixes them",
        service.namespace, service.host
    )
}

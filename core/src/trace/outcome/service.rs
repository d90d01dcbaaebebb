//! One host of one object, as listeners and clusters know it.

use std::borrow::Cow;

use super::creation_order::{ObjectAge, ObjectKind};
use super::doors::GroupId;
use super::hosts::{HostId, Hosts};
use super::names;
use crate::istio::{self, EntryPort, Meta, ServiceEntry};
use crate::model::{self, Environment};
use crate::source::Span;

pub(super) type ServiceId = usize;

/// One host of one object.
#[derive(Debug)]
pub(super) struct Service<'w> {
    pub(super) host: Cow<'w, str>,
    pub(super) id: HostId,
    pub(super) namespace: &'w str,
    pub(super) ports: Vec<Port>,
    pub(super) address: Address,
    pub(super) backing: Backing<'w>,
    pub(super) meta: Option<&'w Meta>,
    pub(super) span: Option<Span>,
    /// Whether another object of its namespace gives its host other endpoints.
    pub(super) mixed: bool,
    pub(super) age: ObjectAge<'w>,
    pub(super) endpoints: Endpoints,
}

/// Which of its pods a sidecar reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoints {
    /// Any of them.
    All,
    /// Those of the caller's node (`pilot/pkg/xds/endpoints/endpoint_builder.go`, `filterIstioEndpoint`).
    OfTheNode,
    /// None that it chooses: the connection goes to the address that the client dialled (core/cluster.go,
    /// `convertResolution`).
    AsDialled,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Port {
    pub(super) number: u16,
    pub(super) spoken: Spoken,
}

/// What a port's protocol means to a listener (`pkg/config/protocol/instance.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    Http,
    Tls,
    Tcp,
    /// `MySQL` and MongoDB: never beside another protocol on one port.
    ServerFirst,
    /// Not said: the proxy looks.
    Any,
    Udp,
}

impl Spoken {
    pub(super) fn parse(protocol: &str) -> Self {
        match protocol.to_ascii_lowercase().as_str() {
            "http" | "http2" | "grpc" | "grpc-web" | "http_proxy" => Self::Http,
            "https" | "tls" => Self::Tls,
            "tcp" | "redis" => Self::Tcp,
            "mongo" | "mysql" => Self::ServerFirst,
            "udp" => Self::Udp,
            _ => Self::Any,
        }
    }

    pub(super) fn may_be_http(self) -> bool {
        matches!(self, Self::Http | Self::Any)
    }
}

/// Where a proxy listens for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// Everywhere.
    None,
    /// At the address that the cluster gives it.
    Cluster,
    /// At one that Istio gives it.
    Automatic,
    /// At these.
    Fixed(Vec<String>),
    /// In these networks.
    Networks,
}

/// What is behind it.
#[derive(Debug)]
pub(super) enum Backing<'w> {
    Entry(&'w ServiceEntry),
    /// A gateway's pods.
    Gateway(GroupId),
    /// Other pods.
    Pods,
}

impl<'w> Service<'w> {
    /// A host of a ServiceEntry.
    pub(super) fn of_entry(
        host: &'w str,
        hosts: &Hosts,
        entry: &'w ServiceEntry,
        meta: &'w Meta,
        at: usize,
        environment: &Environment,
    ) -> Self {
        // `convertServices` of pilot/pkg/serviceregistry/serviceentry/conversion.go: a network of one address is the address.
        let addresses: Vec<String> = entry
            .addresses
            .iter()
            .map(|address| {
                address.strip_suffix("/32").or_else(|| address.strip_suffix("/128")).unwrap_or(address).to_owned()
            })
            .collect();
        let automatic = environment.dns_capture
            && !entry.no_automatic_address
            && entry.resolution != istio::Resolution::None
            && !names::is_wildcard(host);
        let address = if addresses.iter().any(|address| address.contains('/')) {
            Address::Networks
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
            ports: entry
                .ports
                .iter()
                .map(|port| Port { number: port.number, spoken: Spoken::parse(&port.protocol) })
                .collect(),
            address,
            backing: Backing::Entry(entry),
            meta: Some(meta),
            span: meta.span,
            mixed: false,
            age: ObjectAge::named(ObjectKind::ServiceEntry, at, meta.created.as_deref(), host, &meta.namespace),
            endpoints: Endpoints::All,
        }
    }

    /// A Service of Kubernetes.
    pub(super) fn of_cluster(
        host: String,
        hosts: &Hosts,
        service: &'w istio::Object<istio::Service>,
        at: usize,
        gateway: Option<GroupId>,
    ) -> Self {
        let port = |port: &istio::ServicePort| Port { number: port.port, spoken: Spoken::parse(&port.protocol) };
        Self {
            id: hosts.id(&host),
            host: Cow::Owned(host),
            namespace: &service.meta.namespace,
            ports: service.spec.ports.iter().map(port).collect(),
            address: Address::Cluster,
            backing: gateway.map_or(Backing::Pods, Backing::Gateway),
            meta: Some(&service.meta),
            span: service.meta.span,
            mixed: false,
            age: ObjectAge::of(ObjectKind::Service, at, &service.meta),
            endpoints: match (service.spec.is_headless(), service.spec.node_local) {
                (true, _) => Endpoints::AsDialled,
                (false, true) => Endpoints::OfTheNode,
                (false, false) => Endpoints::All,
            },
        }
    }

    /// The Service of a gateway that no document describes, nor what its ports are called: what HTTP is sent to is named so.
    pub(super) fn of_gateway(host: String, hosts: &Hosts, gateway: &'w model::Gateway, group: GroupId) -> Self {
        let port = |port: &model::GatewayPort| Port {
            number: port.port,
            spoken: if port.http { Spoken::Http } else { Spoken::Tls },
        };
        Self {
            id: hosts.id(&host),
            host: Cow::Owned(host),
            namespace: &gateway.namespace,
            ports: gateway.ports.iter().map(port).collect(),
            address: Address::Cluster,
            backing: Backing::Gateway(group),
            meta: None,
            span: None,
            mixed: false,
            age: ObjectAge::named(ObjectKind::GatewayService, group, None, &gateway.service, &gateway.namespace),
            endpoints: Endpoints::All,
        }
    }
}

/// Whether two objects for one host give it other endpoints.
pub(super) fn differ(head: &ServiceEntry, entry: &ServiceEntry) -> bool {
    head.resolution != entry.resolution
        || head.endpoints != entry.endpoints
        || head.selects_workloads != entry.selects_workloads
}

/// What each port of an object speaks, and leads to.
pub(super) fn ports_of(entry: &ServiceEntry) -> impl Iterator<Item = (u16, (Spoken, u16))> {
    let said = |port: &EntryPort| (Spoken::parse(&port.protocol), port.target.unwrap_or(port.number));
    entry.ports.iter().map(move |port| (port.number, said(port)))
}

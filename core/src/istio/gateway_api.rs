//! Objects of the Gateway API, as far as they say which requests Istio makes something else of
//! (`pilot/pkg/config/kube/gateway`).
//!
//! Istio makes a VirtualService of a route, a Gateway and a Service of a Gateway, a DestinationRule of a `BackendTLSPolicy` and
//! a ServiceEntry of an `XBackend`. Only the Service and the ServiceEntry are modelled.

use super::fields::Fields;
use super::metadata::renamed;
use super::{EntryPort, ExportTo, Meta, Object, Resolution, Service, ServiceEntry, ServicePort, TargetPort};

/// A Service or ServiceEntry that a route or a policy is attached to.
#[derive(Debug, Clone)]
pub struct Attached {
    /// What is attached: it changes HTTP, TLS, other connections, or how a proxy connects to the host.
    pub changes: AttachedTo,
    /// `Service` or `ServiceEntry`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The port that it is for; `None` for all.
    pub port: Option<u16>,
}

/// The part of a host's requests that an attached object changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachedTo {
    /// Requests of HTTP.
    Http,
    /// TLS, by server name.
    Tls,
    /// Connections that are neither.
    Tcp,
    /// What a proxy sends to the host's endpoints.
    Connections,
}

/// The parents of a route that are hosts: a route whose parent is a Gateway is at pods of its own.
pub(super) fn parents(kind: &str, spec: Fields<'_>, meta: &Meta) -> Vec<Attached> {
    let changes = match kind {
        "TLSRoute" => AttachedTo::Tls,
        "TCPRoute" => AttachedTo::Tcp,
        _ => AttachedTo::Http,
    };
    let parents = spec.items("parentRefs");
    parents
        .filter_map(|parent| {
            Some(Attached {
                changes,
                kind: parent.text("kind").filter(|kind| matches!(kind.as_str(), "Service" | "ServiceEntry"))?,
                namespace: parent.text("namespace").unwrap_or_else(|| meta.namespace.clone()),
                name: parent.text("name")?,
                port: parent.port("port"),
            })
        })
        .collect()
}

/// The targets of a `BackendTLSPolicy`; one that says so has none (`BackendTLSPolicyCollection` of `backend_policies.go`).
pub(super) fn targets(spec: Fields<'_>, meta: &Meta) -> Vec<Attached> {
    let ignored = meta.annotations.get("istio.io/ignore-policy-attachment");
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Vec::new();
    }
    let targets = spec.items("targetRefs");
    targets
        .filter_map(|target| {
            Some(Attached {
                changes: AttachedTo::Connections,
                kind: target.text("kind")?,
                namespace: meta.namespace.clone(),
                name: target.text("name")?,
                port: None,
            })
        })
        .collect()
}

/// The label of what Istio makes for a Gateway, whose value is the Gateway's class.
const CLASS: &str = "gateway.networking.k8s.io/gateway-class-name";

/// The class of the Gateway that a Service was made for.
pub fn class_of(meta: &Meta) -> Option<&str> {
    meta.labels.get(CLASS).filter(|_| meta.kind == "Gateway")
}

/// The Service that Istio makes for a Gateway of one of its classes (`getDefaultName` of
/// pilot/pkg/config/kube/gateway/deploymentcontroller.go); `None` for one that has a Service already.
pub(super) fn service(spec: Fields<'_>, meta: &Meta) -> Option<Object<Service>> {
    let class = spec.text("gatewayClassName")?;
    let is_managed = spec.items("addresses").all(|address| address.text("type").as_deref() == Some("IPAddress"));
    if !class.starts_with("istio") || class.contains("waypoint") || !is_managed {
        return None;
    }
    let name = meta.annotations.get("gateway.istio.io/name-override");
    let name = name.map_or_else(|| format!("{}-{class}", meta.name), str::to_owned);
    let mut ports: Vec<ServicePort> = Vec::new();
    for number in spec.items("listeners").filter_map(|listener| listener.port("port")) {
        if !ports.iter().any(|port| port.port == number) {
            // "<protocol>-<port>" are the names of its ports, so its protocol is that of the listener.
            let protocol = spec
                .items("listeners")
                .find(|listener| listener.port("port") == Some(number))
                .and_then(|listener| listener.text("protocol"))
                .unwrap_or_default();
            ports.push(ServicePort { port: number, protocol, target: TargetPort::Number(number) });
        }
    }
    Some(Object {
        meta: renamed(meta, name, [(CLASS.to_owned(), class)]),
        spec: Service {
            export_to: ExportTo::Public,
            selector: [("gateway.networking.k8s.io/gateway-name".to_owned(), meta.name.clone())].into(),
            ports,
            cluster_ip: None,
            node_local: false,
            external_name: None,
        },
    })
}

/// The ServiceEntry that Istio makes of an `XBackend` where `PILOT_ENABLE_ALPHA_GATEWAY_API` is on: one that every namespace
/// sees.
pub(super) fn backend(spec: Fields<'_>) -> Option<ServiceEntry> {
    let host = spec.child("externalHostname")?.text("hostname")?.to_ascii_lowercase();
    let of_list = || spec.items("ports").next().and_then(|port| port.port("port").or_else(|| port.port("number")));
    let number = spec
        .port("port")
        .or_else(|| spec.child("port").and_then(|port| port.port("number").or_else(|| port.port("port"))))
        .or_else(of_list);
    let protocol = match spec.text("protocol").as_deref() {
        Some("TCP") => "TCP",
        Some("HTTP2" | "H2C") => "HTTP2",
        _ => "HTTP",
    };
    let has_tls =
        spec.child("tls").is_some_and(|tls| !matches!(tls.text("mode").as_deref(), None | Some("None" | "NONE")));
    Some(ServiceEntry {
        export_to: ExportTo::Public,
        exports: std::collections::BTreeSet::new(),
        hosts: vec![host],
        addresses: Vec::new(),
        ports: number
            .map(|number| EntryPort { number, name: "default".to_owned(), protocol: protocol.to_owned(), target: None })
            .into_iter()
            .collect(),
        internal: false,
        resolution: Resolution::Dns,
        endpoints: Vec::new(),
        selects_workloads: false,
        subject_alt_names: Vec::new(),
        no_automatic_address: false,
        unsupported: if has_tls { vec!["tls".to_owned()] } else { Vec::new() },
        span: spec.span(),
    })
}

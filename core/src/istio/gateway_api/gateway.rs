//! Gateways and `ListenerSet`s of the Gateway API, as they are read.

use super::reference::{GROUP, Referent, referent};
use crate::istio::Meta;
use crate::istio::fields::Fields;
use crate::resource::{Labels, NamespaceSelector};
use crate::source::Span;

/// A Gateway of the Gateway API.
#[derive(Debug, Clone)]
pub(super) struct KubernetesGateway {
    pub(super) class: String,
    pub(super) addresses: Vec<GatewayAddress>,
    pub(super) listeners: Vec<Listener>,
    /// Labels of what Istio makes for it; `None` for its own.
    pub(super) infrastructure_labels: Option<Labels>,
    /// The same of annotations.
    pub(super) infrastructure_annotations: Option<Labels>,
    /// Whether a document changes what Istio makes for it.
    pub(super) has_parameters: bool,
    /// What its listeners ask of clients that speak TLS, and what those of some ports ask instead.
    pub(super) frontend: (FrontendTls, Vec<(u16, FrontendTls)>),
    /// The namespaces whose `ListenerSet`s it takes.
    pub(super) listener_sets: Namespaces,
}

/// What a listener asks of a client that speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FrontendTls {
    /// Nothing.
    Open,
    /// A certificate of the authority in this `ConfigMap` or Secret.
    Validated { kind: String, namespace: String, name: String },
    /// Istiod refuses what it asks.
    Refused,
}

impl KubernetesGateway {
    /// What the listeners of a port ask of clients (`resolveGatewayTLS`).
    pub(super) fn frontend(&self, port: u16) -> &FrontendTls {
        let (default, ports) = &self.frontend;
        ports.iter().find(|(known, _)| *known == port).map_or(default, |(_, of_port)| of_port)
    }
}

/// An address of a Gateway.
#[derive(Debug, Clone)]
pub(super) struct GatewayAddress {
    pub(super) kind: Option<String>,
    pub(super) value: String,
}

/// More listeners for a Gateway.
#[derive(Debug, Clone)]
pub(super) struct ListenerSet {
    pub(super) gateway_namespace: String,
    pub(super) gateway_name: String,
    pub(super) listeners: Vec<Listener>,
}

/// A listener.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub(super) name: String,
    /// Its hostname, in lower case; empty for all.
    pub(super) hostname: String,
    pub(super) port: u16,
    /// As written.
    pub(super) protocol: String,
    pub(super) tls: Option<ListenerTls>,
    pub(super) routes_from: Namespaces,
    /// The kinds of routes that it asks for; none for all that its protocol has.
    pub(super) kinds: Vec<String>,
    pub(super) span: Option<Span>,
}

/// The TLS of a listener.
#[derive(Debug, Clone)]
pub(super) struct ListenerTls {
    /// As written.
    pub(super) mode: String,
    /// `gateway.istio.io/tls-terminate-mode`.
    pub(super) terminate_mode: Option<String>,
    /// Whether `gateway.istio.io/listener-protocol` is `auto-passthrough`.
    pub(super) is_auto_passthrough: bool,
    /// The namespace and name of each Secret; `None` for what is no Secret.
    pub(super) certificates: Vec<Option<(String, String)>>,
}

/// The namespaces that may refer to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Namespaces {
    None,
    Same,
    All,
    Selected(NamespaceSelector),
}

/// The most listeners that are looked at: the schema takes 64.
const MOST_LISTENERS: usize = 256;

pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> Option<KubernetesGateway> {
    let infrastructure = spec.child("infrastructure");
    Some(KubernetesGateway {
        class: spec.text("gatewayClassName")?,
        addresses: spec
            .items("addresses")
            .map(|address| GatewayAddress {
                kind: address.text("type"),
                value: address.text("value").unwrap_or_default(),
            })
            .collect(),
        listeners: listeners(spec, meta),
        infrastructure_labels: infrastructure.and_then(|infrastructure| infrastructure.labels("labels")),
        infrastructure_annotations: infrastructure.and_then(|infrastructure| infrastructure.labels("annotations")),
        has_parameters: infrastructure.is_some_and(|infrastructure| infrastructure.has("parametersRef")),
        frontend: spec.child("tls").and_then(|tls| tls.child("frontend")).map_or(
            (FrontendTls::Open, Vec::new()),
            |tls| {
                let of_port = |port: Fields<'_>| Some((port.port("port")?, frontend_tls(port.child("tls"), meta)));
                (frontend_tls(tls.child("default"), meta), tls.items("perPort").filter_map(of_port).collect())
            },
        ),
        // `NamespaceAcceptedByAllowListeners`: none unless it says so.
        listener_sets: spec
            .child("allowedListeners")
            .map_or(Namespaces::None, |allowed| namespaces(allowed, Namespaces::None)),
    })
}

pub(super) fn read_listener_set(spec: Fields<'_>, meta: &Meta) -> Option<ListenerSet> {
    let parent = spec.child("parentRef")?;
    if referent(parent, GROUP, "Gateway") != Referent::Gateway {
        return None;
    }
    Some(ListenerSet {
        gateway_namespace: parent.text("namespace").unwrap_or_else(|| meta.namespace.clone()),
        gateway_name: parent.text("name")?,
        listeners: listeners(spec, meta),
    })
}

fn listeners(spec: Fields<'_>, meta: &Meta) -> Vec<Listener> {
    let listener = |listener: Fields<'_>| {
        let allowed = listener.child("allowedRoutes");
        Some(Listener {
            name: listener.text("name").unwrap_or_default(),
            hostname: listener.text("hostname").unwrap_or_default().to_ascii_lowercase(),
            port: listener.port("port")?,
            protocol: listener.text("protocol").unwrap_or_default(),
            tls: listener.child("tls").map(|tls| listener_tls(tls, meta)),
            routes_from: allowed.map_or(Namespaces::Same, |allowed| namespaces(allowed, Namespaces::Same)),
            kinds: allowed.map(kinds).unwrap_or_default(),
            span: listener.span(),
        })
    };
    spec.items("listeners").take(MOST_LISTENERS).filter_map(listener).collect()
}

fn listener_tls(tls: Fields<'_>, meta: &Meta) -> ListenerTls {
    let certificate = |reference: Fields<'_>| {
        let is_secret = reference.text("group").unwrap_or_default().is_empty()
            && reference.text("kind").is_none_or(|kind| kind == "Secret");
        let namespace = reference.text("namespace").unwrap_or_else(|| meta.namespace.clone());
        is_secret.then(|| (namespace, reference.text("name").unwrap_or_default()))
    };
    let option = |key: &str| tls.child("options").and_then(|options| options.text(key));
    ListenerTls {
        is_auto_passthrough: option("gateway.istio.io/listener-protocol").as_deref() == Some("auto-passthrough"),
        mode: tls.text("mode").unwrap_or_else(|| "Terminate".to_owned()),
        terminate_mode: option("gateway.istio.io/tls-terminate-mode"),
        certificates: tls.items("certificateRefs").map(certificate).collect(),
    }
}

/// The validation of clients: by one certificate of an authority.
fn frontend_tls(tls: Option<Fields<'_>>, meta: &Meta) -> FrontendTls {
    let validation = tls.and_then(|tls| tls.child("validation"));
    let authorities: Vec<Fields<'_>> =
        validation.map(|validation| validation.items("caCertificateRefs").collect()).unwrap_or_default();
    match authorities.as_slice() {
        [] => FrontendTls::Open,
        [only] => match only.text("kind").filter(|kind| matches!(kind.as_str(), "ConfigMap" | "Secret")) {
            Some(kind) => FrontendTls::Validated {
                kind,
                namespace: only.text("namespace").unwrap_or_else(|| meta.namespace.clone()),
                name: only.text("name").unwrap_or_default(),
            },
            None => FrontendTls::Refused,
        },
        _ => FrontendTls::Refused,
    }
}

/// The `namespaces` of `allowedRoutes` and `allowedListeners` (`namespacesFromSelector`).
fn namespaces(allowed: Fields<'_>, default: Namespaces) -> Namespaces {
    let Some(namespaces) = allowed.child("namespaces") else { return default };
    match namespaces.text("from").as_deref() {
        None => default,
        Some("Same") => Namespaces::Same,
        Some("None") => Namespaces::None,
        Some("Selector") => match namespaces.child("selector") {
            // Istio takes a selector that it cannot read for one that selects nothing.
            Some(selector) => selector.namespace_selector().map_or(Namespaces::None, Namespaces::Selected),
            None => Namespaces::All,
        },
        Some(_) => Namespaces::All,
    }
}

fn kinds(allowed: Fields<'_>) -> Vec<String> {
    let of_group = |kind: &Fields<'_>| kind.text("group").is_none_or(|group| group == GROUP);
    let name = |kind: Fields<'_>| if of_group(&kind) { kind.text("kind").unwrap_or_default() } else { String::new() };
    allowed.items("kinds").map(name).collect()
}

//! Which fact prevents a flow from reaching its gateway, and how to fix it.

use super::described_gateway::{DescribedGateway, NOT_TRANSLATED};
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::istio::ExportTo;
use crate::model::Flow;
use crate::source::Span;
use crate::trace::outcome::Simulation;

/// A fact with which the generated objects do not work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause<'a> {
    /// The Service is only an alias of another host.
    OnlyAName,
    /// The Service is headless: it has no address.
    Headless,
    /// The Service is not exported to this namespace of clients.
    NotExported(&'a str),
    /// The Service does not have the port.
    NoPort,
    /// The Service selects only pods on the caller's node.
    NodeLocal,
    /// A label of the Service turns the translation of ports off.
    NotTranslated,
    /// The Service selects other pods.
    OtherPods,
    /// The pods do not have the labels by which the policies select them.
    OtherLabels,
    /// The container port is reserved by Istio.
    Taken,
    /// Another port of the Service has the same container port.
    Shared { other: u16 },
    /// Another Service also selects the pods.
    Rival(&'a str),
    /// Another gateway has the same pods.
    RivalGateway(&'a str),
    /// A selector for another gateway's pods may also select these pods.
    MaybeAlike(&'a str),
    /// Another fact.
    Other,
}

impl Cause<'_> {
    /// Whether two ports have the same container port.
    pub(super) fn is_of_one_container_port(&self) -> bool {
        matches!(self, Self::Shared { .. })
    }
}

impl<'a> DescribedGateway<'a> {
    /// Why a flow through a port does not arrive.
    pub(super) fn cause(&self, port: u16, flow: &Flow<'a>, simulation: &Simulation<'_>) -> Cause<'a> {
        if let Some(service) = self.service {
            let spec = &service.spec;
            let client = flow.client_namespace();
            let sees = match &spec.export_to {
                ExportTo::Public => true,
                ExportTo::Nobody => false,
                ExportTo::Namespaces(names) => names.contains(client),
            };
            if spec.external_name.is_some() {
                return Cause::OnlyAName;
            } else if !sees {
                return Cause::NotExported(client);
            } else if !self.has(port) {
                return Cause::NoPort;
            } else if spec.is_headless() {
                return Cause::Headless;
            } else if self.selects_others() {
                return Cause::OtherPods;
            }
        }
        if self.has_other_labels() {
            return Cause::OtherLabels;
        }
        if self.is_taken(port) {
            return Cause::Taken;
        }
        // If the servers certainly listen on the container port behind the port, the cause is elsewhere on the way.
        let listens = simulation.listen_ports(&self.gateway.name, port);
        let behind = listens.as_slice() == [self.container(port)];
        if !behind {
            if self.service.is_some_and(|service| service.meta.labels.get(NOT_TRANSLATED).is_some()) {
                return Cause::NotTranslated;
            }
            let has_port = |other: &&crate::istio::Object<crate::istio::Service>| {
                other.spec.ports.iter().any(|each| each.port == port)
            };
            if let Some(other) = self.others().find(has_port) {
                return Cause::Rival(&other.meta.name);
            }
            if let Some(other) = self.rivals.iter().find(|other| other.port(port).is_some()) {
                return Cause::RivalGateway(&other.name);
            }
        }
        if let Some(other) = self.first_of(port) {
            return Cause::Shared { other };
        }
        match self.service {
            Some(service) if service.spec.node_local => Cause::NodeLocal,
            _ => self.alike.first().map_or(Cause::Other, |other| Cause::MaybeAlike(&other.name)),
        }
    }

    /// The place of the fact.
    pub(super) fn place(&self, port: u16, cause: &Cause<'_>) -> Option<Span> {
        let service = || self.service.and_then(|service| service.meta.span);
        let of_port = || self.gateway.port(port).and_then(|port| port.span);
        match cause {
            Cause::Shared { .. } | Cause::Taken => of_port().or_else(service),
            Cause::OtherLabels => self.gateway.span,
            Cause::Rival(name) => {
                self.others().find(|other| other.meta.name == *name).and_then(|other| other.meta.span)
            }
            _ => service().or_else(of_port),
        }
        .or(self.gateway.span)
    }

    /// The diagnostic for a fact.
    pub(super) fn diagnostic(&self, code: &'static Code, port: u16, cause: &Cause<'_>, place: Span) -> Diagnostic {
        let gateway = &self.gateway.name;
        let service = &self.gateway.service;
        let found = |message: String| Diagnostic::new(code, place, message);
        match cause {
            Cause::OnlyAName => found(format!("Service `{service}` of gateway `{gateway}` is only an alias of another host"))
                .note("sidecars have no cluster for a Service of type ExternalName")
                .help("give the gateway a Service that selects its pods"),
            Cause::Headless => found(format!("Service `{service}` of gateway `{gateway}` is headless"))
                .note("for a headless Service a sidecar connects to the address that its client called, which bypasses the gateway")
                .help("give the Service a cluster IP: create it again without `clusterIP: None`"),
            Cause::NotExported(client) => {
                found(format!("Service `{service}` of gateway `{gateway}` is not exported to namespace `{client}`"))
                    .note("sidecars there have no cluster for the gateway")
                    .help("add the namespaces of all clients to the annotation `networking.istio.io/exportTo`, or remove the annotation")
            }
            Cause::NoPort => found(format!("Service `{service}` of gateway `{gateway}` has no port {port} that a sidecar can reach"))
                .note("a sidecar has clusters only for the ports of the Service, without its UDP ports")
                .help("add the port to the Service, or send the flow through another port"),
            Cause::NodeLocal => found(format!("Service `{service}` of gateway `{gateway}` selects only pods on the caller's node"))
                .note("clients on a node without a pod of the gateway receive 503")
                .help("remove `internalTrafficPolicy: Local`, or run a pod of the gateway on every node"),
            Cause::NotTranslated => found(format!("Service `{service}` of gateway `{gateway}` has the label `{NOT_TRANSLATED}`"))
                .note(format!("with this label, a server of port {port} listens on container port {port}, and the Service does not send traffic to that port"))
                .help("remove the label"),
            Cause::OtherPods => found(format!("Service `{service}` does not select the pods of gateway `{gateway}`"))
                .note("the pods that it selects have no listener for the policies")
                .help("compare the Service's `selector` with the labels of the gateway's pods, and with `podLabels` of a MeshEnvironment"),
            Cause::OtherLabels => {
                let labels: Vec<String> =
                    self.gateway.selector.iter().map(|(key, value)| format!("`{key}: {value}`")).collect();
                found(format!("the pods of gateway `{gateway}` do not have the label {}", labels.join(" and ")))
                    .note("the compiled resources select the gateway's pods by this label, and would select none")
                    .help("set `podLabels` of the MeshEnvironment to the labels of the gateway's pods")
            }
            Cause::Taken => found(format!("port {port} of gateway `{gateway}` has the container port {}, which is reserved by Istio", self.container(port).unwrap_or(port)))
                .note("the proxy in a gateway's pod has a listener of its own on this port, and rejects a second one")
                .help("set a different `targetPort` for the port"),
            Cause::Shared { other } => self.shared_port(code, port, *other, place),
            Cause::Rival(name) => {
                let mut found = found(format!("Service `{name}` also selects the pods of gateway `{gateway}`, and has port {port}"))
                    .note("the oldest Service that selects a gateway's pods and has the port decides on which container port the gateway listens");
                if let Some(own) = self.service.and_then(|service| service.meta.span) {
                    found = found.label(own, "the gateway's Service");
                }
                found.help(format!(
                    "set the same `targetPort` for port {port} in both Services, or change the selector of `{name}`; `metadata.creationTimestamp` shows which Service is older"
                ))
            }
            Cause::RivalGateway(name) => found(format!("gateway `{name}` has the same pods as gateway `{gateway}`, and port {port} of its Service has a different container port"))
                .note("the oldest Service that selects a gateway's pods and has the port decides on which container port the gateway listens")
                .help(format!("set the same `targetPort` for port {port} in both Services, or give the pods of each gateway a different label")),
            Cause::MaybeAlike(name) => {
                found(format!("a selector for the pods of gateway `{name}` may also select the pods of gateway `{gateway}`"))
                    .note("not all labels of the pods are known, and Istio applies the selector of a Gateway in all namespaces")
                    .help("give the pods of each gateway a different value of one label, and set it in `podLabels` of both")
            }
            Cause::Other if code == &codes::MAY_LEAD_ELSEWHERE => {
                found(format!("it is unknown whether port {port} of gateway `{gateway}` reaches the listener that the policies need"))
                    .help("add what is missing to the input: the gateway's Service and pods")
            }
            Cause::Other => found(format!("port {port} of gateway `{gateway}` does not reach the listener that the policies need"))
                .help("compare the description of the gateway with its Service and its pods"),
        }
    }

    fn shared_port(&self, code: &'static Code, port: u16, other: u16, place: Span) -> Diagnostic {
        let lead = match (self.container(port), self.container(other)) {
            (Some(container), Some(same)) if container == same => format!("have the same container port, {container}"),
            _ => "have, or may have, the same container port".to_owned(),
        };
        let mut found =
            Diagnostic::new(code, place, format!("ports {port} and {other} of gateway `{}` {lead}", self.gateway.name));
        if let Some(span) = self.gateway.port(other).and_then(|port| port.span).filter(|span| *span != place) {
            found = found.label(span, "the other port");
        }
        let help = if self.uses(other) {
            "set a different `targetPort` for each port, or send all flows through one of the two"
        } else {
            "set a different `targetPort` for each port"
        };
        found
            .note("of two ports with the same container port and protocol Istio keeps the first, and so it does for two listeners for one name")
            .help(help)
    }
}

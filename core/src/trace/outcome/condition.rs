//! A question in words: the condition under which a run ends as it does, and the document that would answer the question.
//!
//! Each kind of question has its own words, so that a new one cannot be forgotten here.

use super::assumptions::{Assumption, RoutePart, Unknown};
use super::creation_order::{ObjectId, ObjectKind};
use super::ids::{GatewayPodsId, ServiceId};
use super::istiod::gateway_pods::GatewayPods;
use super::istiod::push_context::PushContext;
use crate::istio::Meta;

/// How many objects are named one by one.
const MOST_NAMED: usize = 4;

/// The words for what is not known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'c, 'w> {
    pub(crate) context: &'c PushContext<'w>,
}

impl Words<'_, '_> {
    /// The condition that any of some answers to one question is the right one.
    pub(crate) fn condition(self, answers: &[&Assumption]) -> String {
        let Some(first) = answers.first() else { return String::new() };
        let is_so = first.answer == 0;
        let chosen = || {
            let mut names: Vec<&str> = Vec::new();
            for answer in answers {
                if !names.contains(&answer.candidate.as_str()) {
                    names.push(&answer.candidate);
                }
            }
            one_of(&names)
        };
        match &first.unknown {
            Unknown::Workload => format!("the client is workload {}", chosen()),
            Unknown::Captured => {
                let captures = if is_so { "captures" } else { "does not capture" };
                format!("the client's sidecar {captures} the address that the client dials")
            }
            Unknown::OutboundTrafficPolicy if is_so => "`outboundTrafficPolicy` is REGISTRY_ONLY".to_owned(),
            Unknown::OutboundTrafficPolicy => "`outboundTrafficPolicy` is ALLOW_ANY".to_owned(),
            Unknown::DnsCapture => {
                let answers = if is_so { "answers" } else { "does not answer" };
                format!("the client's sidecar {answers} DNS queries (`ISTIO_META_DNS_CAPTURE`)")
            }
            Unknown::AutomaticAddresses => {
                let gives = if is_so { "gives" } else { "does not give" };
                format!("Istio {gives} addresses to hosts that have none (`ISTIO_META_DNS_AUTO_ALLOCATE`)")
            }
            Unknown::WaitsForServer if is_so => "the client waits for the first bytes of the server".to_owned(),
            Unknown::WaitsForServer => "the client sends the first bytes".to_owned(),
            Unknown::DetectionTimeout if is_so => "`protocolDetectionTimeout` is above zero".to_owned(),
            Unknown::DetectionTimeout => "`protocolDetectionTimeout` is zero, as Istio sets it".to_owned(),
            Unknown::PathNormalization(_) => format!("`pathNormalization` of the mesh config is {}", chosen()),
            Unknown::Service(host) => {
                let has = if is_so { "has" } else { "does not have" };
                format!("the cluster {has} a Service `{host}`")
            }
            Unknown::HttpService(port) => {
                let has = if is_so { "has no" } else { "has a" };
                format!("the cluster {has} Service with HTTP on port {port}")
            }
            Unknown::SelectedPods { namespace, labels } => {
                let has = if is_so { "has" } else { "does not have" };
                format!("namespace `{namespace}` {has} pods with the labels `{labels}`")
            }
            Unknown::Waypoint(namespace) => {
                let uses = if is_so { "uses" } else { "does not use" };
                format!("namespace `{namespace}` {uses} a waypoint")
            }
            Unknown::WaypointIsReady(waypoint) => {
                let is = if is_so { "is there and ready" } else { "is not there, or not ready" };
                format!("waypoint `{waypoint}` {is}")
            }
            Unknown::WaypointAllows { namespace, .. } => {
                let allows = if is_so { "allows" } else { "does not allow" };
                format!("the waypoint {allows} services of namespace `{namespace}`")
            }
            Unknown::AmbientNetwork(service) => {
                let takes = if is_so { "takes" } else { "does not take" };
                format!("ztunnel {takes} the dialled address for one in a network of {}", self.service(*service))
            }
            Unknown::AmbientDnsCapture => {
                let answers = if is_so { "answers" } else { "does not answer" };
                format!("ztunnel {answers} the client's DNS queries")
            }
            Unknown::Oldest(ids) => self.oldest(ids, answers),
            Unknown::OwnServicesFirst if is_so => "the version of Istio is 1.30.2 or older".to_owned(),
            Unknown::OwnServicesFirst => "the version of Istio is 1.30.3 or newer".to_owned(),
            Unknown::ExactHostsLookedUp if is_so => "the version of Istio is 1.31 or newer".to_owned(),
            Unknown::ExactHostsLookedUp => "the version of Istio is 1.30 or older".to_owned(),
            Unknown::StatusWithoutBackend if is_so => "the version of Istio is 1.30".to_owned(),
            Unknown::StatusWithoutBackend => "the version of Istio is not 1.30".to_owned(),
            Unknown::DotBehindHost => {
                let know = if is_so { "know" } else { "do not know" };
                format!("sidecars {know} hosts with a dot behind them")
            }
            Unknown::Label { pods, key, value } => {
                let have = if is_so { "have" } else { "do not have" };
                format!("the pods of {} {have} the label `{key}: {value}`", self.gateway(*pods))
            }
            Unknown::LabelOfClient { key, value } => {
                let have = if is_so { "have" } else { "do not have" };
                format!("the client's pods {have} the label `{key}: {value}`")
            }
            Unknown::ContainerPort { gateway, port } => {
                format!("port {port} of {} leads to {}", self.gateway(*gateway), chosen())
            }
            Unknown::ServerPorts { gateway, container, .. } => {
                format!("on container port {container} of {} listens {}", self.gateway(*gateway), chosen())
            }
            Unknown::OnTheNode(gateway) => {
                let a = if is_so { "a" } else { "no" };
                format!("{a} pod of {} runs on the client's node", self.gateway(*gateway))
            }
            Unknown::Identity { gateway, names } => {
                let has = if is_so { "has one" } else { "has none" };
                format!("the certificate of {} {has} of the identities {}", self.gateway(*gateway), quoted(names))
            }
            Unknown::Certificate { host, names } => {
                let has = if is_so { "has one" } else { "has none" };
                format!("the certificate of `{host}` {has} of the names {}", quoted(names))
            }
            Unknown::HttpMatch { route, http, each, .. } => {
                let matches = if is_so { "matches" } else { "does not match" };
                let route = self.object(*route);
                format!("`http[{http}].match[{each}]` of {route} {matches} the request")
            }
            Unknown::Abort { route, http, .. } => {
                let aborts = if is_so { "aborts" } else { "does not abort" };
                format!("the fault of `http[{http}]` of {} {aborts} the request", self.object(*route))
            }
            Unknown::Destination { route, part, .. } => {
                let part = match part {
                    RoutePart::Http(at) => format!("http[{at}]"),
                    RoutePart::Tls(at) => format!("tls[{at}]"),
                    RoutePart::Tcp(at) => format!("tcp[{at}]"),
                };
                format!("`{part}` of {} chooses destination {}", self.object(*route), chosen())
            }
            Unknown::Endpoint { host, .. } => {
                format!("endpoint {} of `{}` is chosen", chosen(), self.context.hosts.name(*host))
            }
            Unknown::EntryOfEndpoint { host, .. } => {
                format!("the endpoint of `{}` is {}", self.context.hosts.name(*host), chosen())
            }
            Unknown::AlphaGatewayApi => {
                let has = if is_so { "has" } else { "does not have" };
                format!("istiod {has} PILOT_ENABLE_ALPHA_GATEWAY_API")
            }
            Unknown::Revision(revision) => {
                let is = if is_so { "is a" } else { "is no" };
                format!("there {is} revision or tag `{revision}` of Istio")
            }
            Unknown::Subnets(networks) => {
                let is = if is_so { "is" } else { "is not" };
                format!("the address that the client dials {is} in {}", quoted(networks))
            }
            Unknown::L4Match { route, fields } => {
                let matches = if is_so { "matches" } else { "does not match" };
                format!("{} of {} {matches} the connection", quoted(fields), self.object(*route))
            }
            Unknown::AddressOf(service) => {
                format!("the client dials address {} of {}", chosen(), self.service(*service))
            }
            Unknown::ResolvesTo(service) => {
                let is = if is_so { "is" } else { "is not" };
                format!("the address that the client dials {is} an address of {}", self.service(*service))
            }
            Unknown::EndpointOf(service, address) => {
                let is = if is_so { "is" } else { "is not" };
                format!("`{address}` {is} the address of a ready endpoint of {}", self.service(*service))
            }
            Unknown::AddressOwner(address) => format!("the sidecar keeps address `{address}` for {}", chosen()),
            Unknown::KnownBy { host, address } => {
                let has = if is_so { "has" } else { "does not have" };
                format!("the sidecar {has} address `{address}` for `{}`", self.context.hosts.name(*host))
            }
            Unknown::External { policy, .. } => {
                let allows = if is_so { "allows" } else { "denies" };
                format!("the external service of {} {allows} the request", self.object(*policy))
            }
            Unknown::Rule { policy, index, .. } => {
                let matches = if is_so { "matches" } else { "does not match" };
                format!("`rules[{index}]` of {} {matches} the request", self.object(*policy))
            }
            Unknown::Attribute { what, value, .. } => {
                let is = if is_so { "is" } else { "is not" };
                format!("{what} {is} `{value}`")
            }
        }
    }

    /// The document, or the part of one, that would answer a question; `None` where no document does.
    pub(crate) fn missing(self, unknown: &Unknown) -> Option<String> {
        match unknown {
            Unknown::OutboundTrafficPolicy | Unknown::DnsCapture | Unknown::DetectionTimeout
                if self.context.environment.has_unreadable_mesh_config() =>
            {
                Some(
                    "what istiod has in force, in a MeshEnvironment (`outboundTrafficPolicy`, `dnsCapture`)".to_owned(),
                )
            }
            Unknown::OutboundTrafficPolicy
            | Unknown::DnsCapture
            | Unknown::DetectionTimeout
            | Unknown::PathNormalization(_) => Some(format!(
                "the mesh config: ConfigMap `istio` in namespace `{}`",
                self.context.environment.root_namespace
            )),
            Unknown::Service(host) => {
                Some(format!("Service `{host}`, or a MeshEnvironment with `completeKinds: [Service]`"))
            }
            Unknown::HttpService(_) => {
                Some("the Services of the cluster, and a MeshEnvironment with `completeKinds: [Service]`".to_owned())
            }
            Unknown::AddressOf(_) | Unknown::ResolvesTo(_) | Unknown::Subnets(_) => {
                Some("the address that the client dials (`--address`, and `address` of a request)".to_owned())
            }
            Unknown::EndpointOf(service, _) => {
                Some(format!("the EndpointSlices of {}, as they are now", self.service(*service)))
            }
            Unknown::SelectedPods { namespace, .. } => Some(format!(
                "the workloads of namespace `{namespace}`, and a MeshEnvironment with `completeKinds: [Workload]`"
            )),
            Unknown::Waypoint(namespace) | Unknown::WaypointAllows { namespace, .. } => {
                Some(format!("Namespace `{namespace}`, with its labels"))
            }
            Unknown::WaypointIsReady(waypoint) => {
                Some(format!("Gateway `{waypoint}` of the Gateway API, with its status"))
            }
            Unknown::Revision(revision) => Some(format!(
                "the mesh config of revision `{revision}` of Istio, or the Service that it makes for the Gateway"
            )),
            Unknown::Oldest(ids) => {
                let names = self.named(ids);
                Some(format!("the creation times of {names} (`kubectl get -o yaml` contains them)"))
            }
            Unknown::Label { pods, .. } => self.deployment(*pods),
            Unknown::ContainerPort { gateway, .. } => self.ports(*gateway),
            Unknown::ServerPorts { gateway, port, .. } => {
                let pods = self.pods(*gateway)?;
                Some(format!(
                    "the Services of namespace `{}` that select the pods of gateway `{}`, with the target port of port {port} and with their creation times",
                    pods.namespace, pods.name
                ))
            }
            Unknown::Attribute { what, .. } if what.starts_with("the caller's service account") => {
                Some("the service account of the client".to_owned())
            }
            Unknown::OwnServicesFirst
            | Unknown::ExactHostsLookedUp
            | Unknown::StatusWithoutBackend
            | Unknown::DotBehindHost => {
                Some("the version of Istio, with its patch (`istioVersion` of a MeshEnvironment)".to_owned())
            }
            // They depend on the request, on DNS, or on what runs.
            Unknown::Workload
            | Unknown::Captured
            | Unknown::WaitsForServer
            | Unknown::LabelOfClient { .. }
            | Unknown::AutomaticAddresses
            | Unknown::AmbientDnsCapture
            | Unknown::AmbientNetwork(_)
            | Unknown::OnTheNode(_)
            | Unknown::Identity { .. }
            | Unknown::Certificate { .. }
            | Unknown::HttpMatch { .. }
            | Unknown::Abort { .. }
            | Unknown::Destination { .. }
            | Unknown::Endpoint { .. }
            | Unknown::EntryOfEndpoint { .. }
            | Unknown::AlphaGatewayApi
            | Unknown::L4Match { .. }
            | Unknown::AddressOwner(_)
            | Unknown::KnownBy { .. }
            | Unknown::External { .. }
            | Unknown::Rule { .. }
            | Unknown::Attribute { .. } => None,
        }
    }

    fn oldest(self, ids: &[ObjectId], answers: &[&Assumption]) -> String {
        let chosen: Vec<ObjectId> = answers.iter().filter_map(|answer| ids.get(answer.answer)).copied().collect();
        if let ([first, second], [oldest]) = (ids, chosen.as_slice()) {
            let other = if oldest == first { second } else { first };
            return format!("{} is older than {}", self.object(*oldest), self.object(*other));
        }
        let names: Vec<String> = chosen.iter().map(|id| self.object(*id)).collect();
        format!("{} is the oldest of {}", one_of(&names), self.named(ids))
    }

    /// Some objects by name, or how many there are.
    fn named(self, ids: &[ObjectId]) -> String {
        if ids.len() > MOST_NAMED {
            return format!("{} objects", ids.len());
        }
        let names: Vec<String> = ids.iter().map(|id| self.object(*id)).collect();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
            _ => names.concat(),
        }
    }

    fn object(self, id: ObjectId) -> String {
        let objects = self.context.objects;
        let meta: Option<&Meta> = match id.kind {
            ObjectKind::ServiceEntry => objects.service_entries.get(id.at).map(|object| &object.meta),
            ObjectKind::Service => objects.services.get(id.at).map(|object| &object.meta),
            ObjectKind::VirtualService => objects.virtual_services.get(id.at).map(|object| &object.meta),
            ObjectKind::DestinationRule => objects.destination_rules.get(id.at).map(|object| &object.meta),
            ObjectKind::Gateway => objects.gateways.get(id.at).map(|object| &object.meta),
            ObjectKind::Sidecar => objects.sidecars.get(id.at).map(|object| &object.meta),
            ObjectKind::AuthorizationPolicy => objects.authorization_policies.get(id.at).map(|object| &object.meta),
            ObjectKind::GatewayService => {
                let pods = self.pods(id.at);
                return pods.map_or_else(String::new, |pods| format!("Service `{}/{}`", pods.namespace, pods.service));
            }
        };
        meta.map_or_else(String::new, |meta| format!("{} `{}/{}`", meta.kind, meta.namespace, meta.name))
    }

    fn service(self, id: ServiceId) -> String {
        let Some(service) = self.context.services.get(id) else { return String::new() };
        match service.meta {
            Some(meta) => format!("{} `{}/{}`", meta.kind, meta.namespace, meta.name),
            None => format!("`{}`", service.host),
        }
    }

    fn pods(&self, id: GatewayPodsId) -> Option<&GatewayPods<'_>> {
        self.context.gateways.get(id).map(|gateway| &gateway.pods)
    }

    fn gateway(self, id: GatewayPodsId) -> String {
        self.pods(id).map_or_else(String::new, |pods| format!("gateway `{}`", pods.name))
    }

    fn deployment(self, id: GatewayPodsId) -> Option<String> {
        let pods = self.pods(id)?;
        Some(format!("the Deployment behind Service `{}/{}`", pods.namespace, pods.service))
    }

    /// A Service that is given has a name for its target port, and the container has the number.
    fn ports(self, id: GatewayPodsId) -> Option<String> {
        let pods = self.pods(id)?;
        let mut given = self.context.objects.services.iter();
        if given.any(|service| service.meta.istio_name() == pods.service && service.meta.namespace == pods.namespace) {
            return self.deployment(id);
        }
        Some(format!("Service `{}/{}`, and the Deployment behind it", pods.namespace, pods.service))
    }
}

fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match (names.get(..MOST_NAMED), names.split_last()) {
        (Some(first), _) if names.len() > MOST_NAMED => {
            format!("{} or one of {} others", first.join(", "), names.len().saturating_sub(MOST_NAMED))
        }
        (_, Some((last, others))) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

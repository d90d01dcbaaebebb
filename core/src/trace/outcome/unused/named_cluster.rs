//! The cluster that a proxy on the way names, and what the proxy knows of it.

use std::borrow::Cow;

use super::near::Near;
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::istiod::destination_rules::MergedRule;
use crate::trace::outcome::istiod::gateway_pods::Pods;
use crate::trace::outcome::istiod::service::{Protocol, Service};
use crate::trace::outcome::istiod::sidecar_scope::SidecarScope;
use crate::trace::{Hop, Stop, Verdict};

/// The cluster of a host's port, and the proxy that sends the request there.
pub(crate) struct NamedCluster<'n> {
    pub(crate) host: &'n str,
    pub(crate) port: u16,
    /// Empty where it is none.
    pub(crate) subset: &'n str,
    /// The namespace of the proxy.
    pub(crate) namespace: &'n str,
    pub(crate) pods: Pods<'n>,
    scope: SidecarScope<'n>,
}

impl<'n> NamedCluster<'n> {
    /// The cluster at which a request is blocked, where all requests like it take this way.
    pub(crate) fn last(near: &Near<'n, '_>) -> Option<Self> {
        let is_certain = near.trace.verdict == Verdict::Blocked && !near.trace.has_other_ways;
        Self::of(near, near.trace.hops.last().filter(|_| is_certain)?)
    }

    /// The same, where the proxy has no such cluster.
    pub(crate) fn missing(near: &Near<'n, '_>) -> Option<Self> {
        Self::last(near).filter(|_| near.trace.response_flags == Some("NC"))
    }

    /// The cluster of a hop at the client's sidecar, or at the last gateway.
    pub(crate) fn of(near: &Near<'n, '_>, hop: &'n Hop) -> Option<Self> {
        let (port, subset, host) = hop.outbound()?;
        let context = near.context;
        let is_last = near.trace.hops.last().is_some_and(|last| std::ptr::eq(last, hop));
        let (scope, pods) = match hop.at {
            Stop::Sidecar => (near.scope.clone()?, Pods::Client(near.client)),
            Stop::Gateway if is_last => {
                let id = context.gateways.named(near.trace.gateway.as_deref()?)?;
                let pods = &context.gateways.get(id)?.pods;
                (context.gateway_scope(pods.namespace), Pods::Gateway(id, pods))
            }
            Stop::Gateway | Stop::Waypoint | Stop::Origin => return None,
        };
        Some(Self { host, port, subset, namespace: scope.namespace, pods, scope })
    }

    /// The service of the host's port at this proxy; `None` where there is none, or where it is not known which.
    pub(crate) fn service<'s>(&'s self, near: &'s Near<'n, '_>) -> Option<&'s Service<'s>> {
        let context = near.context;
        let mut assumptions = Assumptions::default();
        let host = context.hosts.id(self.host);
        let ids = if self.scope.listeners.is_some() {
            Cow::Owned(context.over_listeners(&self.scope, host, &mut assumptions).ok()?.with_port(self.port))
        } else {
            context.services_with_clusters(&self.scope, host, &mut assumptions)
        };
        let services = ids.iter().filter_map(|id| context.services.get(*id));
        let is_there =
            |service: &&Service<'_>| service.protocol_of(self.port).is_some_and(|protocol| protocol != Protocol::Udp);
        let mut having = services.filter(is_there);
        let only = having.next()?;
        (having.next().is_none() && assumptions.count() == 0).then_some(only)
    }

    /// The DestinationRule that the proxy uses for a service; `None` where that depends on what is not known.
    pub(crate) fn rule<'s>(&'s self, near: &'s Near<'n, '_>, service: &Service<'_>) -> Option<MergedRule<'s>> {
        let context = near.context;
        let mut assumptions = Assumptions::default();
        let rules = &context.destination_rules;
        let rule = rules.find(&context.hosts, self.namespace, self.pods, service, &mut assumptions);
        (assumptions.count() == 0).then_some(rule)
    }

    /// The proxy, for people.
    pub(crate) fn proxy(&self) -> String {
        match self.pods {
            Pods::Gateway(_, pods) => format!("gateway `{}`", pods.name),
            Pods::Client(_) | Pods::Waypoint => "the client's sidecar".to_owned(),
        }
    }

    /// Whose the proxy is, for people.
    pub(crate) fn whose(&self) -> &'static str {
        match self.pods {
            Pods::Gateway(..) => "the gateway's",
            Pods::Client(_) | Pods::Waypoint => "the client's",
        }
    }

    /// Whether a gateway sends the request to its own Service.
    pub(crate) fn is_of_itself(&self, near: &Near<'_, '_>) -> bool {
        let Pods::Gateway(_, pods) = self.pods else { return false };
        *self.host == *near.full(pods.service, pods.namespace)
    }
}

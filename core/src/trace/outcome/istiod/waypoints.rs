//! Which waypoint a service is bound to (`pilot/pkg/serviceregistry/ambient/waypoints.go`), and which policies are attached
//! there (`pilot/pkg/model/policyattachment.go`, `ShouldAttachPolicy`).

use std::collections::BTreeMap;

use super::authorization_policies::AuthorizationPolicies;
use super::service::{Endpoints, Service};
use super::workloads::AddressedWorkload;
use crate::istio::{
    AllowedRoutes, AuthorizationPolicy, Meta, Object, Objects, Resolution, TargetReference, WAYPOINT_CLASS, Waypoint,
};
use crate::model::{Environment, NamespaceWaypoint};
use crate::trace::outcome::assumptions::{Assumptions, Unknown};
use crate::trace::outcome::creation_order::{ObjectAge, ObjectKind};

/// The label that binds a service, or all services of a namespace, to a waypoint.
const USE_WAYPOINT: &str = "istio.io/use-waypoint";
const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
/// A second waypoint that takes a part of the connections.
const CANARY: &str = "istio.io/use-waypoint-canary";
/// Who manages a Gateway's Service: those of waypoints have no waypoint themselves.
const MANAGED: &str = "gateway.istio.io/managed";

/// The revision of Istio that makes the pods of a Gateway.
const REVISION: &str = "istio.io/rev";

/// Whether gateways use the waypoint too.
const FROM_GATEWAYS: &str = "istio.io/ingress-use-waypoint";

const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The waypoints of the mesh, and the policies that are attached to objects.
#[derive(Debug)]
pub(crate) struct Waypoints<'w> {
    gateways: BTreeMap<(&'w str, &'w str), &'w Object<Waypoint>>,
    /// By namespace of the policy, and by kind and name of what it is attached to.
    policies: BTreeMap<(&'w str, &'w str, &'w str), Vec<usize>>,
    all_policies: &'w [Object<AuthorizationPolicy>],
    environment: &'w Environment,
}

/// What istiod makes of the labels of a service.
pub(crate) enum Binding<'w> {
    /// The service has no waypoint. A text says why, where a label names one.
    Unbound(Option<String>),
    /// This waypoint takes what goes to the service.
    Bound(BoundWaypoint<'w>),
    /// What takes it is not modelled.
    Unmodelled(String),
}

/// What labels may bind to a waypoint.
struct Subject<'w, 's> {
    namespace: &'w str,
    /// In words: the host of a service, the address of a workload.
    name: &'s str,
    /// The value of each of its labels.
    label: &'s dyn Fn(&str) -> Option<&'w str>,
    traffic: Traffic,
}

/// The traffic that a waypoint may take.
#[derive(Debug, Clone, Copy)]
enum Traffic {
    /// What clients send to the address of a service.
    OfServices,
    /// What clients send to the address of a workload.
    OfWorkloads,
}

/// The waypoint of a service.
#[derive(Debug, Clone)]
pub(crate) struct BoundWaypoint<'w> {
    pub(crate) namespace: &'w str,
    pub(crate) name: &'w str,
    /// The Gateway; `None` where no document gives it.
    pub(crate) gateway: Option<&'w Object<Waypoint>>,
}

impl BoundWaypoint<'_> {
    fn is(&self, other: &BoundWaypoint<'_>) -> bool {
        (self.namespace, self.name) == (other.namespace, other.name)
    }

    /// As a trace names it.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl<'w> Waypoints<'w> {
    pub(crate) fn new(objects: &'w Objects, environment: &'w Environment) -> Self {
        let mut policies: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
        for (at, policy) in objects.authorization_policies.iter().enumerate() {
            for target in &policy.spec.targets {
                let key = (policy.meta.namespace.as_str(), target.kind.as_str(), target.name.as_str());
                policies.entry(key).or_default().push(at);
            }
        }
        Self {
            gateways: objects
                .waypoints
                .iter()
                .map(|waypoint| ((waypoint.meta.namespace.as_str(), waypoint.meta.name.as_str()), waypoint))
                .collect(),
            policies,
            all_policies: &objects.authorization_policies,
            environment,
        }
    }

    /// The waypoint of a service (`fetchWaypointForService`). What is not known about it is assumed.
    pub(crate) fn of(&self, service: &Service<'w>, assumptions: &mut Assumptions) -> Binding<'w> {
        let label = |key: &str| service.meta.and_then(|meta| meta.labels.get(key));
        if label(MANAGED).is_some_and(|by| matches!(by, "istio.io-mesh-controller" | "istio.io-eastwest-controller")) {
            return Binding::Unbound(None);
        }
        let subject =
            Subject { namespace: service.namespace, name: &service.host, label: &label, traffic: Traffic::OfServices };
        self.of_subject(&subject, assumptions)
    }

    /// The waypoint of a workload (`fetchWaypointForWorkload`).
    pub(crate) fn of_workload(&self, workload: AddressedWorkload<'w>, assumptions: &mut Assumptions) -> Binding<'w> {
        let label = |key: &str| workload.label(key);
        let subject = Subject {
            namespace: &workload.meta.namespace,
            name: &workload.endpoint.address,
            label: &label,
            traffic: Traffic::OfWorkloads,
        };
        self.of_subject(&subject, assumptions)
    }

    /// `fetchWaypointForTarget`.
    fn of_subject(&self, subject: &Subject<'w, '_>, assumptions: &mut Assumptions) -> Binding<'w> {
        if (subject.label)(CANARY).is_some() {
            return Binding::Unmodelled(format!("the label `{CANARY}` of `{}` is not modelled", subject.name));
        }
        let known = self.environment.namespaces.get(subject.namespace);
        let (name, namespace) = match (subject.label)(USE_WAYPOINT) {
            Some("none") => return Binding::Unbound(None),
            Some(name) => (name, (subject.label)(USE_WAYPOINT_NAMESPACE)),
            None => match known.map_or(&NamespaceWaypoint::Unknown, |known| &known.waypoint) {
                NamespaceWaypoint::None => return Binding::Unbound(None),
                NamespaceWaypoint::Named { name, namespace } => {
                    if known.and_then(|known| known.labels.as_ref()).is_some_and(|labels| labels.contains_key(CANARY)) {
                        return Binding::Unmodelled(format!(
                            "the label `{CANARY}` of namespace `{}` is not modelled",
                            subject.namespace
                        ));
                    }
                    (name.as_str(), namespace.as_deref())
                }
                NamespaceWaypoint::Unknown => {
                    let uses_one = assumptions.assume(Unknown::Waypoint(subject.namespace.to_owned()), || {
                        format!("no document says whether namespace `{}` uses a waypoint", subject.namespace)
                    });
                    return if uses_one {
                        Binding::Unmodelled(format!("the waypoint of namespace `{}` is not known", subject.namespace))
                    } else {
                        Binding::Unbound(None)
                    };
                }
            },
        };
        let namespace = namespace.unwrap_or(subject.namespace);
        self.named(BoundWaypoint { namespace, name, gateway: None }, subject, assumptions)
    }

    /// Whether the waypoint of a name takes the traffic of a service or of a workload.
    fn named(&self, named: BoundWaypoint<'w>, subject: &Subject<'w, '_>, assumptions: &mut Assumptions) -> Binding<'w> {
        let full = named.full_name();
        let Some(gateway) = self.gateways.get(&(named.namespace, named.name)).copied() else {
            let is_there = assumptions.assume(Unknown::WaypointIsReady(full.clone()), || {
                format!("`{}` uses waypoint `{full}`, and no document gives this Gateway", subject.name)
            });
            return if is_there {
                Binding::Bound(named)
            } else {
                Binding::Unbound(Some(straight(&full, "is not ready")))
            };
        };
        // The Gateway must take such traffic from this namespace.
        match (subject.traffic, gateway.spec.traffic.as_deref().unwrap_or("service")) {
            (_, "all") | (Traffic::OfServices, "service") | (Traffic::OfWorkloads, "workload") => {}
            (Traffic::OfServices, other) => {
                return Binding::Unbound(Some(straight(
                    &full,
                    &format!("takes no traffic of services, but `{other}`"),
                )));
            }
            (Traffic::OfWorkloads, _) => return Binding::Unbound(None),
        }
        if !self.allows(gateway, subject.namespace, assumptions) {
            let why = format!("does not allow services of namespace `{}`", subject.namespace);
            return Binding::Unbound(Some(straight(&full, &why)));
        }
        let may_be_missing = match gateway.spec.is_ready {
            Some(true) => None,
            Some(false) => Some(format!("the status of waypoint `{full}` has no address, so it may not be ready")),
            None => self.of_unknown_revision(&gateway.meta).map(|revision| {
                format!(
                    "waypoint `{full}` is for revision or tag `{revision}` of Istio, and no document says that there is one"
                )
            }),
        };
        if let Some(why) = may_be_missing
            && !assumptions.assume(Unknown::WaypointIsReady(full.clone()), || why)
        {
            return Binding::Unbound(Some(straight(&full, "is not ready")));
        }
        let class = gateway.spec.class.as_str();
        if class.contains("agentgateway") {
            return Binding::Unmodelled(format!(
                "waypoint `{full}` is of class `{class}`, which reads neither AuthorizationPolicies nor DestinationRules and is not modelled"
            ));
        }
        if class != WAYPOINT_CLASS {
            return Binding::Unmodelled(format!(
                "`{}` uses Gateway `{full}` of class `{class}`, which is not `{WAYPOINT_CLASS}` and is not modelled",
                subject.name
            ));
        }
        if gateway.spec.has_binding {
            return Binding::Unmodelled(format!("the inbound binding of waypoint `{full}` is not modelled"));
        }
        Binding::Bound(BoundWaypoint { gateway: Some(gateway), ..named })
    }

    /// The revision that makes the pods of a Gateway, where no settings of it are given (`IsMine` of
    /// `pkg/revisions/tag_watcher.go`).
    fn of_unknown_revision(&self, gateway: &'w Meta) -> Option<&'w str> {
        let revision = gateway.labels.get(REVISION)?;
        let is_known = self.environment.revisions_and_tags().any(|known| known == revision);
        (!is_known).then_some(revision)
    }

    /// `AllowsAttachmentFromNamespace`.
    fn allows(&self, gateway: &Object<Waypoint>, namespace: &str, assumptions: &mut Assumptions) -> bool {
        let mut may = || {
            let waypoint = format!("{}/{}", gateway.meta.namespace, gateway.meta.name);
            let why = format!(
                "whether waypoint `{waypoint}` allows services of namespace `{namespace}` depends on the labels of the namespace"
            );
            assumptions.assume(Unknown::WaypointAllows { waypoint, namespace: namespace.to_owned() }, || why)
        };
        match &gateway.spec.allowed_routes {
            AllowedRoutes::All => true,
            AllowedRoutes::Same => gateway.meta.namespace == namespace,
            AllowedRoutes::Unsupported => may(),
            AllowedRoutes::Selected(selector) => {
                let known = self.environment.namespaces.get(namespace).and_then(|known| known.labels.as_ref());
                let labels = known.map(|labels| |key: &str| labels.get(key).map(String::as_str));
                selector.selects(namespace, labels.as_ref()).unwrap_or_else(may)
            }
        }
    }

    /// Whether gateways send what goes to a service to its waypoint, if it has one: where a label says so, and where the
    /// endpoints come by EDS (`findServiceWaypoint` of `pilot/pkg/xds/endpoints/endpoint_builder.go`). Sidecars never do.
    pub(crate) fn may_take_from_gateways(&self, service: &Service<'w>) -> bool {
        let is_by_eds = match &service.endpoints {
            Endpoints::Entry(entry) => entry.resolution == Resolution::Static,
            Endpoints::Gateway(_) | Endpoints::Pods => true,
        };
        let of_namespace = || self.environment.namespaces.get(service.namespace)?.labels.as_ref()?.get(FROM_GATEWAYS);
        let own = service.meta.and_then(|meta| meta.labels.get(FROM_GATEWAYS));
        is_by_eds && own.or_else(|| of_namespace().map(String::as_str)).is_some_and(|value| value == "true")
    }

    /// Whether another service is bound to the same waypoint, so that the waypoint has a cluster of its own for it.
    pub(crate) fn is_bound_to(
        &self,
        waypoint: &BoundWaypoint<'_>,
        other: &Service<'w>,
        assumptions: &mut Assumptions,
    ) -> Result<bool, String> {
        match self.of(other, assumptions) {
            Binding::Unbound(_) => Ok(false),
            Binding::Bound(bound) => Ok(bound.is(waypoint)),
            Binding::Unmodelled(why) => Err(why),
        }
    }

    /// The AuthorizationPolicies that a waypoint applies to what goes to a service.
    pub(crate) fn policies(&self, waypoint: &BoundWaypoint<'_>, service: &Service<'w>) -> AuthorizationPolicies<'w> {
        let root = self.environment.root_namespace.as_str();
        let of_service = service.meta.map(|meta| (service.namespace, meta.kind.as_str(), meta.name.as_str()));
        let keys = [
            of_service,
            Some((waypoint.namespace, "Gateway", waypoint.name)),
            Some((root, "GatewayClass", WAYPOINT_CLASS)),
        ];
        let mut found: Vec<usize> =
            keys.into_iter().flatten().filter_map(|key| self.policies.get(&key)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        let policies = found.into_iter().filter_map(|at| Some((at, self.all_policies.get(at)?)));
        let attached =
            policies.filter(|(_, policy)| is_attached(&policy.spec.targets, &policy.meta, waypoint, service, root));
        let aged =
            attached.map(|(at, policy)| (policy, ObjectAge::of(ObjectKind::AuthorizationPolicy, at, &policy.meta)));
        AuthorizationPolicies::attached(aged.collect())
    }
}

/// Whether an object with targets is attached to a waypoint, or to a service behind it.
pub(crate) fn is_attached(
    targets: &[TargetReference],
    meta: &Meta,
    waypoint: &BoundWaypoint<'_>,
    service: &Service<'_>,
    root: &str,
) -> bool {
    let of_service = service.meta.filter(|_| meta.namespace == service.namespace);
    let group = match service.endpoints {
        Endpoints::Entry(_) => "networking.istio.io",
        Endpoints::Gateway(_) | Endpoints::Pods => "",
    };
    targets.iter().any(|target| {
        of_service.is_some_and(|of| target.is(group, &of.kind, &of.name))
            || (meta.namespace == root && target.is(GATEWAY_API, "GatewayClass", WAYPOINT_CLASS))
            || (meta.namespace == waypoint.namespace
                && target.namespace.as_ref().is_none_or(|namespace| namespace == waypoint.namespace)
                && target.is(GATEWAY_API, "Gateway", waypoint.name))
    })
}

/// Why ztunnel connects to a host itself although a label names a waypoint.
fn straight(waypoint: &str, why: &str) -> String {
    format!("waypoint `{waypoint}` {why}, so ztunnel connects to the host itself")
}

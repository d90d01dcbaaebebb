//! A Gateway of the Gateway API, as far as it may be the waypoint that a label names
//! (`pilot/pkg/serviceregistry/ambient/waypoints.go`).

use super::Meta;
use super::fields::Fields;
use crate::resource::NamespaceSelector;

/// A Gateway that services may name as their waypoint.
#[derive(Debug, Clone)]
pub struct Waypoint {
    /// `gatewayClassName`.
    pub class: String,
    /// The label `istio.io/waypoint-for`, its own or that of its class: the traffic that it takes.
    pub traffic: Option<String>,
    /// The namespaces whose services may use it.
    pub allowed_routes: AllowedRoutes,
    /// Whether its status has an address; `None` where the document has no status, as in files that people write.
    pub is_ready: Option<bool>,
    /// Whether its listener is one that a sandwiched proxy uses, which is not modelled.
    pub has_binding: bool,
}

/// Namespaces whose services may use a waypoint (`WaypointSelector`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedRoutes {
    /// Its own.
    Same,
    /// All.
    All,
    /// Those that this selects.
    Selected(NamespaceSelector),
    /// It is not known which: a selector is not understood.
    Unsupported,
}

/// The class of Istio's own waypoints (`WaypointGatewayClassName` of pkg/config/constants).
pub const WAYPOINT_CLASS: &str = "istio-waypoint";

const TRAFFIC: &str = "istio.io/waypoint-for";
const BINDING: &str = "ambient.istio.io/waypoint-inbound-binding";

impl Waypoint {
    /// Takes what the Gateway does not say from its class (`gatewayToWaypointTransform`, `makeInboundBinding`).
    pub(super) fn inherit(&mut self, class: &Meta) {
        if self.traffic.is_none() {
            self.traffic = class.labels.get(TRAFFIC).map(str::to_owned);
        }
        self.has_binding |= class.annotations.get(BINDING).is_some();
    }
}

/// Reads a Gateway of the Gateway API.
pub(super) fn read(document: Fields<'_>, spec: Fields<'_>, meta: &Meta) -> Waypoint {
    Waypoint {
        class: spec.text("gatewayClassName").unwrap_or_default(),
        traffic: meta.labels.get(TRAFFIC).map(str::to_owned),
        allowed_routes: allowed_routes(spec),
        is_ready: document.child("status").map(|status| status.items("addresses").next().is_some()),
        has_binding: meta.annotations.get(BINDING).is_some(),
    }
}

/// `makeAllowedRoutes`: those of the HBONE listener, and the own namespace where there is none.
fn allowed_routes(spec: Fields<'_>) -> AllowedRoutes {
    let is_hbone = |listener: &Fields<'_>| {
        listener.text("protocol").as_deref() == Some("HBONE") && listener.port("port") == Some(15008)
    };
    let namespaces = spec
        .items("listeners")
        .find(is_hbone)
        .and_then(|listener| listener.child("allowedRoutes"))
        .and_then(|routes| routes.child("namespaces"));
    let Some(namespaces) = namespaces else { return AllowedRoutes::Same };
    match namespaces.text("from").as_deref() {
        Some("All") => AllowedRoutes::All,
        Some("Selector") => {
            let selector = namespaces.child("selector").and_then(Fields::namespace_selector);
            selector.map_or(AllowedRoutes::Unsupported, AllowedRoutes::Selected)
        }
        _ => AllowedRoutes::Same,
    }
}

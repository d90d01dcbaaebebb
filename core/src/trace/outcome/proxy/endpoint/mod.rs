//! The endpoint of a cluster: gateway pods, or an external host.

pub(super) mod arrival;
mod automatic_name;
mod gateway_pods;
mod headless;
mod service_entry;
mod upstream_tls;
mod websocket;

use super::cluster::{Cluster, ServiceCluster};
use super::connection::{Connection, GatewayConnection, Payload};
use super::dialled_address::original_destination;
use super::journey::{Journey, Proxy, Step, closed, unknown};
use crate::istio::class_of;
use crate::trace::Stop;
use crate::trace::outcome::istiod::service::Endpoints;

/// The connection to an endpoint of a cluster.
pub(crate) fn connect<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    cluster: Cluster<'a>,
) -> Step<GatewayConnection> {
    match cluster {
        Cluster::Service(cluster, payload) => to_service(journey, proxy, &cluster, payload),
        Cluster::Passthrough(payload) => {
            let query = journey.query;
            let host = original_destination(journey, proxy)?;
            let connection = Connection::plain(payload);
            journey.hop(|hop| hop.encryption = Some(connection.encryption()));
            journey.note(format!(
                "requests to `{}` bypass every gateway: unknown hosts are allowed (ALLOW_ANY)",
                query.host
            ));
            arrival::arrive(journey, &host.to_ascii_lowercase(), query.port, &connection)
        }
        Cluster::BlackHole => closed(Some("UH")),
    }
}

fn to_service<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    cluster: &ServiceCluster<'a>,
    mut payload: Payload,
) -> Step<GatewayConnection> {
    websocket::leaves(journey, cluster, &mut payload)?;
    match &cluster.service.endpoints {
        // It shows the waypoint's own certificate there, and not the client's.
        Endpoints::Gateway(_) if proxy.at == Stop::Waypoint => unknown(format!(
            "a waypoint sends the request to gateway `{}`, which is not modelled",
            cluster.service.host
        )),
        Endpoints::Gateway(gateway) => gateway_pods::connect(journey, proxy, *gateway, cluster, payload),
        Endpoints::Pods => match cluster.service.meta.and_then(class_of) {
            // `istio-agentgateway` and its waypoints.
            Some(class) if class.contains("agentgateway") => unknown(format!(
                "`{}` is a Gateway of class `{class}`, which reads neither AuthorizationPolicies nor DestinationRules and is not modelled",
                cluster.service.host
            )),
            Some(class) => unknown(format!(
                "`{}` is a Gateway of the Gateway API, of class `{class}`, which is not modelled",
                cluster.service.host
            )),
            None if headless::is_outside(journey, proxy, cluster) => headless::connect(journey, cluster, payload),
            None if let Some(address) = outside_of_pods(journey, cluster) => unknown(format!(
                "`{}` has the address `{address}`, which is not one of a pod: a request that arrives there bypasses every gateway",
                cluster.service.host
            )),
            None => {
                unknown(format!("whether the pods of `{}` accept the request is not modelled", cluster.service.host))
            }
        },
        Endpoints::Entry(entry) => service_entry::connect(journey, proxy, entry, cluster, payload),
    }
}

/// An address behind the Service of a cluster that is not one of a pod.
fn outside_of_pods(journey: &Journey<'_>, cluster: &ServiceCluster<'_>) -> Option<std::net::IpAddr> {
    let context = journey.context;
    context.services.anywhere(cluster.service.id).find_map(|id| context.headless_endpoints.behind(id))
}

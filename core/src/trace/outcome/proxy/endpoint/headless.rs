//! An endpoint of a headless Service that is no pod: a machine outside of the cluster, which has an `EndpointSlice`.

use super::arrival;
use crate::istio::TlsMode;
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::EndpointChoice;
use crate::trace::outcome::proxy::cluster::ServiceCluster;
use crate::trace::outcome::proxy::connection::{Connection, GatewayConnection, Payload, Transport};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// Whether the client dials such an endpoint of the cluster's Service.
pub(super) fn is_outside<'a>(journey: &Journey<'a>, proxy: &Proxy<'a>, cluster: &ServiceCluster<'a>) -> bool {
    let (context, query) = (journey.context, journey.query);
    let Some(address) = query.address.or_else(|| host_name::address(&query.host)) else { return false };
    let mut services = context.services.anywhere(cluster.service.id);
    proxy.at == Stop::Sidecar
        && cluster.service.choice == EndpointChoice::OriginalDestination
        && services.any(|id| context.headless_endpoints.is_outside(address, id))
}

/// The sidecar connects to the address that was dialled. One endpoint without a sidecar is enough for plain text to all
/// (`pilot/pkg/model/push_context.go`, `BestEffortInferServiceMTLSMode`).
pub(super) fn connect<'a>(
    journey: &mut Journey<'a>,
    cluster: &ServiceCluster<'a>,
    payload: Payload,
) -> Step<GatewayConnection> {
    let service = &cluster.service.host;
    let transport = match cluster.settings.tls.map(|tls| tls.mode) {
        None | Some(TlsMode::Disable) => Transport::Plain,
        // What is outside of the mesh has no certificate of the mesh.
        Some(TlsMode::IstioMutual) => return journey.failed("UF"),
        Some(_) => return unknown(format!("TLS of a DestinationRule to the headless `{service}` is not modelled")),
    };
    let query = journey.query;
    let connection = Connection { transport, payload };
    journey.hop(|hop| hop.encryption = Some(connection.encryption()));
    journey.note(format!("requests to an endpoint of the headless Service `{service}` bypass every gateway"));
    arrival::arrive(journey, &query.host.to_ascii_lowercase(), query.port, &connection)
}

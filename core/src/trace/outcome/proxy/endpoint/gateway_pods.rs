//! The pods of a gateway as endpoints.

use std::ops::ControlFlow;

use super::{arrival, upstream_tls};
use crate::trace::Stop;
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::GatewayPodsId;
use crate::trace::outcome::istiod::service::EndpointChoice;
use crate::trace::outcome::proxy::cluster::ServiceCluster;
use crate::trace::outcome::proxy::connection::{Connection, GatewayConnection, Payload};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// The connection to a pod of a gateway.
pub(crate) fn connect<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    gateway: GatewayPodsId,
    cluster: &ServiceCluster<'a>,
    payload: Payload,
) -> Step<GatewayConnection> {
    let ServiceCluster { service, port, subset, settings } = cluster;
    let context = journey.context;
    let Some(pods) = context.gateways.get(gateway).map(|gateway| &gateway.pods) else { return journey.failed("UH") };
    let is_dialled = context.canonical(&journey.query.host, proxy.scope.namespace).1 == service.id;
    if let Some(entry) = pods.workload_entry {
        return unknown(format!(
            "WorkloadEntry `{entry}` is an endpoint of `{}` beside the pods, which is not modelled",
            service.host
        ));
    }
    if let Some(reason) = pods.may_run_none() {
        return unknown(reason);
    }
    match service.choice {
        // A gateway chooses a pod even so.
        EndpointChoice::OriginalDestination if proxy.at == Stop::Sidecar && !is_dialled => {
            return original_destination(journey, proxy, cluster, payload);
        }
        EndpointChoice::SameNode => {
            let is_there = journey.assume(Unknown::OnTheNode(gateway), || {
                format!(
                    "Service `{}` routes to pods on the caller's node only, and it is not known whether one runs there",
                    service.host
                )
            });
            if !is_there {
                return journey.failed("UH");
            }
        }
        EndpointChoice::Any | EndpointChoice::OriginalDestination => {}
    }
    if let Some(labels) = settings.labels.filter(|labels| !labels.is_empty()) {
        let why = || {
            let missing = pods.what_is_missing();
            format!("whether pods of gateway `{}` are in subset `{subset}` is not known{missing}", pods.name)
        };
        if !pods.are_selected(gateway, labels, &mut journey.assumptions, why) {
            return journey.failed("UH");
        }
    }
    let transport = upstream_tls::to_gateway(journey, proxy, (gateway, pods), cluster, &payload)?;
    let connection = Connection { transport, payload };
    journey.hop(|hop| hop.encryption = Some(connection.encryption()));
    ControlFlow::Continue(GatewayConnection { gateway, port: *port, connection })
}

/// A headless Service of Kubernetes: the sidecar connects to whatever address the client dialled, in the mutual TLS that is
/// for the Service's pods (`core/cluster_tls.go`: no match by label where the cluster is `ORIGINAL_DST`).
fn original_destination<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    cluster: &ServiceCluster<'a>,
    payload: Payload,
) -> Step<GatewayConnection> {
    let (context, query) = (journey.context, journey.query);
    let transport = upstream_tls::to_original_destination(journey, cluster)?;
    let dialled = context.canonical(&query.host, proxy.scope.namespace).1;
    // A pod of a headless Service may have a name below that of the Service.
    let mut above = query.host.match_indices('.').filter_map(|(at, _)| query.host.get(at.saturating_add(1)..));
    if context.services.anywhere(dialled).any(|id| context.services.is_of_cluster(id))
        || above.any(|name| context.services.is_headless(context.canonical(name, proxy.scope.namespace).1))
    {
        return unknown(format!("the pods of `{}` are not modelled", query.host));
    }
    let connection = Connection { transport, payload };
    journey.hop(|hop| hop.encryption = Some(connection.encryption()));
    journey.note(format!("requests to `{}` bypass every gateway", query.host));
    arrival::arrive(journey, &query.host.to_ascii_lowercase(), query.port, &connection)
}

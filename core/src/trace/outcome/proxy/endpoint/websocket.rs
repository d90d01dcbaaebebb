//! An upgrade to WebSocket on its way through HTTP/2, where it becomes an extended CONNECT (RFC 8441).

use std::ops::ControlFlow;

use crate::trace::outcome::istiod::service::Endpoints;
use crate::trace::outcome::proxy::cluster::ServiceCluster;
use crate::trace::outcome::proxy::connection::Payload;
use crate::trace::outcome::proxy::journey::{Journey, Step, unknown};

/// Marks an upgrade that leaves the proxy in HTTP/2; whether an external host accepts it is not known.
pub(super) fn leaves(journey: &Journey<'_>, cluster: &ServiceCluster<'_>, payload: &mut Payload) -> Step<()> {
    let Payload::Http(request) = payload else { return ControlFlow::Continue(()) };
    request.may_be_from_http_2 = cluster.makes_it_http_2() || cluster.follows_client() && journey.query.is_in_http_2();
    request.is_extended_connect = journey.reads_http && request.is_upgrade() && cluster.makes_it_http_2();
    if request.is_extended_connect && !matches!(cluster.service.endpoints, Endpoints::Gateway(_)) {
        return unknown(format!(
            "the upgrade to WebSocket leaves for `{}` in HTTP/2 as an extended CONNECT, and it is not known whether the host accepts that",
            cluster.service.host
        ));
    }
    ControlFlow::Continue(())
}

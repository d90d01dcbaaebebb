//! Clusters of wildcards whose names a gateway resolves itself: resolution `DYNAMIC_DNS`.

use std::ops::ControlFlow;

use crate::istio::{PortProtocol, Resolution, TlsMode, UpstreamHttp};
use crate::trace::Stop;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::destination_rules::Settings;
use crate::trace::outcome::istiod::service::{Endpoints, Service};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// A gateway has such a cluster for a port with one of four protocols (`buildOutboundClusters` of `core/cluster.go`), and none
/// for a subset (`applyDestinationRule` of `core/cluster_builder.go`).
pub(super) fn is_made<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    service: &Service<'_>,
    port: u16,
    subset: &str,
) -> Step<()> {
    let Endpoints::Entry(entry) = service.endpoints else { return ControlFlow::Continue(()) };
    let is_dynamic = entry.resolution == Resolution::Dynamic && host_name::is_wildcard(&service.host);
    if !is_dynamic || proxy.at != Stop::Gateway {
        return ControlFlow::Continue(());
    }
    if journey.context.environment.is_before(30) {
        return unknown(format!("DYNAMIC_DNS of `{}` is modelled at gateways from Istio 1.30 on only", service.host));
    }
    let written = entry.ports.iter().find(|each| each.number == port).map(|each| each.protocol.to_ascii_uppercase());
    let protocol = written.as_deref().filter(|written| *written != "GRPC-WEB").map(PortProtocol::parse);
    let has_cluster = matches!(protocol, Some(PortProtocol::Http1 | PortProtocol::Http2 | PortProtocol::Tls));
    if !subset.is_empty() || !has_cluster {
        return journey.failed("NC");
    }
    ControlFlow::Continue(())
}

/// Envoy refuses such a cluster with options of HTTP and without TLS, because the options then have neither `auto_sni` nor
/// `auto_san_validation` (`source/extensions/clusters/dynamic_forward_proxy/cluster.cc`).
pub(super) fn is_accepted(proxy: &Proxy<'_>, service: &Service<'_>, port: u16, settings: &Settings<'_>) -> Step<()> {
    let Endpoints::Entry(entry) = service.endpoints else { return ControlFlow::Continue(()) };
    let begins_tls = matches!(settings.tls.map(|tls| tls.mode), Some(TlsMode::Simple | TlsMode::Mutual));
    let is_http_2 = settings.http == Some(UpstreamHttp::Two)
        || service.ports.iter().any(|each| each.number == port && each.is_http_2);
    let has_options = settings.has_http_options || is_http_2;
    if entry.resolution == Resolution::Dynamic && proxy.at == Stop::Gateway && has_options && !begins_tls {
        return unknown(format!(
            "Envoy refuses the cluster of `{}`: with DYNAMIC_DNS and without TLS it can have no options of HTTP, such as HTTP/2 or `idleTimeout`",
            service.host
        ));
    }
    ControlFlow::Continue(())
}

//! The TLS in which a proxy connects to an endpoint (`core/cluster_tls.go`).

use std::ops::ControlFlow;

use super::automatic_name::AutomaticName;
use crate::istio::{Endpoint, Resolution, ServiceEntry, TlsMode, TlsSettings};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::ids::GatewayPodsId;
use crate::trace::outcome::istiod::gateway_pods::{GatewayPods, TLS_MODE};
use crate::trace::outcome::proxy::cluster::ServiceCluster;
use crate::trace::outcome::proxy::connection::{Certificate, Payload, Transport};
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};
use crate::trace::{Stop, Unverified};

/// The TLS to the pods of a gateway.
pub(crate) fn to_gateway<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (gateway, pods): (GatewayPodsId, &'a GatewayPods<'a>),
    cluster: &ServiceCluster<'a>,
    payload: &Payload,
) -> Step<Transport> {
    let ServiceCluster { service, port, subset, settings } = cluster;
    let server_name = |tls: Option<&TlsSettings>| {
        let written = tls.and_then(|tls| tls.sni.clone());
        written.unwrap_or_else(|| format!("outbound_.{port}_.{subset}_.{}", service.host))
    };
    ControlFlow::Continue(match settings.tls.map(|tls| (tls, tls.mode)) {
        Some((tls, TlsMode::IstioMutual)) => {
            if !tls.subject_alt_names.is_empty() {
                let identity = Unknown::Identity { gateway, names: tls.subject_alt_names.clone() };
                let has_it = journey.assume(identity, || {
                    format!("whether gateway `{}` has an identity of `subjectAltNames` is not known", pods.name)
                });
                if !has_it {
                    return journey.failed("UF");
                }
            }
            Transport::Tls { server_name: Some(server_name(Some(tls))), certificate: Certificate::Mesh }
        }
        Some((tls, TlsMode::Simple | TlsMode::Mutual)) if is_left_out(journey, proxy, cluster, tls)? => {
            Transport::Plain
        }
        Some((tls, TlsMode::Simple)) => Transport::Tls {
            server_name: tls.sni.clone().or_else(|| automatic_name(journey, payload)?.server_name()),
            certificate: Certificate::None,
        },
        Some((tls, TlsMode::Mutual)) => Transport::Tls {
            server_name: tls.sni.clone().or_else(|| automatic_name(journey, payload)?.server_name()),
            certificate: Certificate::Custom,
        },
        Some((_, TlsMode::Unsupported)) => return unknown("a TLS mode of a DestinationRule is not understood"),
        // Without automatic mutual TLS only a DestinationRule begins any (`buildUpstreamTLSSettings`).
        None if journey.context.environment.auto_mtls && speaks_mutual_tls(journey, (gateway, pods))? => {
            Transport::Tls { server_name: Some(server_name(None)), certificate: Certificate::Mesh }
        }
        None | Some((_, TlsMode::Disable)) => Transport::Plain,
    })
}

/// Whether automatic mutual TLS is used with the pods: it goes by their label (`istioMtlsTransportSocketMatch`).
fn speaks_mutual_tls<'a>(
    journey: &mut Journey<'a>,
    (gateway, pods): (GatewayPodsId, &'a GatewayPods<'a>),
) -> Step<bool> {
    if let Some(other) = journey.context.unmodelled.peer_authentication(pods.namespace) {
        return unknown(format!("PeerAuthentication `{other}` may turn mutual TLS off"));
    }
    let why = || {
        let missing = pods.what_is_missing();
        format!("whether the pods of gateway `{}` have the label `{TLS_MODE}: istio` is not known{missing}", pods.name)
    };
    let known = pods.speaks_mutual_tls;
    ControlFlow::Continue(known.unwrap_or_else(|| journey.assumptions.assume_label(gateway, TLS_MODE, "istio", why)))
}

/// The TLS of a headless Service's cluster, to an address that is not one of its pods.
pub(crate) fn to_original_destination<'a>(journey: &mut Journey<'a>, cluster: &ServiceCluster<'a>) -> Step<Transport> {
    let ServiceCluster { service, settings, .. } = cluster;
    match settings.tls.map(|tls| tls.mode) {
        Some(TlsMode::Disable) => ControlFlow::Continue(Transport::Plain),
        None if !journey.context.environment.auto_mtls => ControlFlow::Continue(Transport::Plain),
        // What is outside of the mesh has no certificate of the mesh.
        None | Some(TlsMode::IstioMutual) => {
            journey.note(format!(
                "`{}` is headless, so the sidecar connects to `{}` directly and bypasses the gateway",
                service.host, journey.query.host
            ));
            journey.failed("UF")
        }
        Some(_) => unknown(format!("TLS of a DestinationRule to the headless `{}` is not modelled", service.host)),
    }
}

/// The TLS to an external host.
pub(crate) fn to_host<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    (entry, host): (&ServiceEntry, &str),
    cluster: &ServiceCluster<'a>,
    payload: &Payload,
) -> Step<Transport> {
    let environment = journey.context.environment;
    match cluster.settings.tls.map(|tls| (tls, tls.mode)) {
        // There is no automatic mutual TLS with what is outside of the mesh (`buildUpstreamTLSSettings`).
        None if environment.auto_mtls && entry.internal && may_speak_mutual_tls(entry) => unknown(format!(
            "`{host}` is declared as a part of the mesh (MESH_INTERNAL), and it is not known whether it accepts mutual TLS"
        )),
        None | Some((_, TlsMode::Disable)) => ControlFlow::Continue(Transport::Plain),
        // A waypoint begins no TLS then (`buildWaypointTLSContext` of core/cluster_waypoint.go).
        Some((_, TlsMode::IstioMutual)) if proxy.at == Stop::Waypoint => ControlFlow::Continue(Transport::Plain),
        // Outside of the mesh nobody has its certificates; an endpoint that is written down may be of the mesh all the same.
        Some((_, TlsMode::IstioMutual)) => {
            match entry.endpoints.iter().find(|endpoint| environment.may_be_of_mesh(&endpoint.address)) {
                Some(endpoint) => unknown(format!(
                    "whether endpoint `{}` of `{}` has a certificate of the mesh is not known",
                    endpoint.address, cluster.service.host
                )),
                None => journey.failed("UF"),
            }
        }
        Some((_, TlsMode::Unsupported)) => unknown("a TLS mode of a DestinationRule is not understood"),
        Some((tls, TlsMode::Simple | TlsMode::Mutual)) => {
            if is_left_out(journey, proxy, cluster, tls)? {
                return ControlFlow::Continue(Transport::Plain);
            }
            originate(journey, proxy, tls, (entry, host), payload)
        }
    }
}

/// Whether automatic mutual TLS may be used with an endpoint of an entry of the mesh: an endpoint has it by a label, and
/// without one by a service account (`getTLSModeFromWorkloadEntry` of
/// `pilot/pkg/serviceregistry/serviceentry/conversion.go`); the host itself as an endpoint has none.
fn may_speak_mutual_tls(entry: &ServiceEntry) -> bool {
    let speaks = |endpoint: &Endpoint| match endpoint.labels.get(TLS_MODE) {
        Some(mode) => mode != "disabled",
        None => endpoint.has_service_account,
    };
    match entry.resolution {
        Resolution::Static | Resolution::Dns | Resolution::DnsRoundRobin => entry.endpoints.iter().any(speaks),
        Resolution::None | Resolution::Dynamic | Resolution::Unsupported => true,
    }
}

/// Whether a sidecar begins no TLS although a DestinationRule has a mode of it: istiod gives a sidecar no Secret that
/// `credentialName` names, unless the rule has a `workloadSelector`, and leaves out the TLS with it
/// (`buildUpstreamClusterTLSContext`).
fn is_left_out<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    cluster: &ServiceCluster<'a>,
    tls: &TlsSettings,
) -> Step<bool> {
    let Some(name) = tls.credential_name.as_deref().filter(|_| proxy.at == Stop::Sidecar) else {
        return ControlFlow::Continue(false);
    };
    if cluster.settings.has_selector {
        return unknown(format!(
            "`credentialName: {name}` of a DestinationRule with `workloadSelector` names a Secret, and whether the client may read it and what is in it is not modelled"
        ));
    }
    if name.starts_with("configmap://") {
        return unknown("releases of Istio differ in whether a sidecar reads the ConfigMap of `credentialName`");
    }
    journey.note(format!(
        "the sidecar begins no TLS with `{}`: `credentialName` of a DestinationRule is for gateways alone, and a sidecar needs `workloadSelector` beside it",
        cluster.service.host
    ));
    ControlFlow::Continue(true)
}

/// TLS that the proxy begins with an external host (`constructUpstreamTLS`, `setAutoSniAndAutoSanValidation`).
fn originate<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    tls: &TlsSettings,
    (entry, host): (&ServiceEntry, &str),
    payload: &Payload,
) -> Step<Transport> {
    let automatic = automatic_name(journey, payload);
    let server_name = tls.sni.clone().or_else(|| automatic.as_ref()?.server_name());
    // A dynamic forward proxy's cluster always verifies it.
    let is_dynamic = entry.resolution == Resolution::Dynamic;
    let automatic = automatic.filter(|_| is_dynamic || (tls.sni.is_none() && tls.subject_alt_names.is_empty()));
    // A waypoint does not know the names of the entry (`opts` of `buildWaypointInboundVIPCluster`).
    let is_of_rule = !tls.subject_alt_names.is_empty() || proxy.at == Stop::Waypoint;
    let names = if is_of_rule { &tls.subject_alt_names } else { &entry.subject_alt_names };
    if tls.insecure {
        journey.unverified = journey.unverified.max(Unverified::Everything);
        journey.note(format!("TLS to `{host}` does not verify the server at all"));
    } else if names.is_empty() && automatic.is_none() {
        journey.unverified = journey.unverified.max(Unverified::Name);
        journey.note(format!(
            "TLS to `{host}` verifies that the certificate is trusted, but not that it belongs to `{host}`"
        ));
    } else {
        // Both count where both are given (`verifyCertificate` of Envoy's source/common/tls/cert_validator/default_validator.cc).
        if let Some(name) = automatic.filter(|name| !name.is_of(host)) {
            if !name.may_be_in_a_certificate() {
                journey.note(format!("TLS to `{host}` verifies `{}`, which no certificate can have", name.text));
                return journey.failed("UF");
            }
            has_one_of(journey, host, std::slice::from_ref(&name.text))?;
        }
        if !names.is_empty() && !names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            has_one_of(journey, host, names)?;
        }
    }
    let certificate = if tls.mode == TlsMode::Mutual { Certificate::Custom } else { Certificate::None };
    ControlFlow::Continue(Transport::Tls { server_name, certificate })
}

/// The certificate of a host has one of some names, or the connection fails.
fn has_one_of(journey: &mut Journey<'_>, host: &str, names: &[String]) -> Step<()> {
    let certificate = Unknown::Certificate { host: host.to_owned(), names: names.to_vec() };
    let has_one = journey.assume(certificate, || match names {
        [only] => format!("whether the certificate of `{host}` has `{only}` is not known"),
        _ => format!("whether the certificate of `{host}` has one of the names {} is not known", names.join(", ")),
    });
    if has_one { ControlFlow::Continue(()) } else { journey.failed("UF") }
}

/// The name that Envoy takes from a request. It takes none from bytes, though they may be HTTP: only a proxy that reads HTTP
/// looks at `Host`.
fn automatic_name(journey: &Journey<'_>, payload: &Payload) -> Option<AutomaticName> {
    match payload {
        Payload::Http(request) if journey.reads_http => Some(AutomaticName::of(&request.authority)),
        Payload::Http(_) | Payload::Tls(_) | Payload::Opaque => None,
    }
}

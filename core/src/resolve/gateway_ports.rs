use super::service_pods::ServiceWorkloads;
use crate::model::{GatewayPort, TargetPort};
use crate::resource::{EnvironmentGateway, IstioGateway, PortRef, ServiceDocument, ServiceDocumentPort};

/// The port of the readiness probe in every Istio gateway's Service; no traffic goes there.
const STATUS_PORT: u16 = 15021;

/// The ports of a gateway: those of the MeshEnvironment, else of the Service, else of the IstioGateway, else the defaults.
pub(super) fn ports(
    given: Option<&EnvironmentGateway>,
    service: Option<&ServiceDocument>,
    asm: Option<&IstioGateway>,
    pods: &ServiceWorkloads<'_>,
) -> Vec<GatewayPort> {
    let described = service.map(|service| &service.ports).or_else(|| asm.map(|asm| &asm.ports));
    let mut ports: Vec<GatewayPort> = match (given.and_then(|given| given.ports.as_ref()), described) {
        (Some(listed), _) => listed
            .iter()
            .enumerate()
            .map(|(place, port)| {
                let number = port.port.value;
                let other = described.and_then(|ports| of_proxies(ports).find(|other| other.port.value == number));
                GatewayPort {
                    port: number,
                    target: match (port.target.as_ref().map(|target| known(&target.value, pods)), other) {
                        (Some(TargetPort::Known(number)), _) => TargetPort::Known(number),
                        (_, Some(other)) => target_of_service(other, pods),
                        (_, None) => TargetPort::Unknown,
                    },
                    http: port.http.unwrap_or_else(|| other.map_or(number == 80, is_http)),
                    place,
                    span: Some(port.port.span),
                }
            })
            .collect(),
        (None, Some(described)) => of_proxies(described)
            .enumerate()
            .filter(|(_, port)| port.port.value != STATUS_PORT)
            .map(|(place, port)| GatewayPort {
                port: port.port.value,
                target: target_of_service(port, pods),
                http: is_http(port),
                place,
                span: Some(port.port.span),
            })
            .collect(),
        (None, None) => [80, 443, 444]
            .into_iter()
            .enumerate()
            .map(|(place, port)| GatewayPort { port, target: TargetPort::Unknown, http: port == 80, place, span: None })
            .collect(),
    };
    ports.sort_by_key(|port| port.port);
    ports.dedup_by_key(|port| port.port);
    ports
}

/// A sidecar has no cluster for a port of UDP (`pilot/pkg/networking/core/cluster.go`, `buildOutboundClusters`).
pub(super) fn of_proxies(ports: &[ServiceDocumentPort]) -> impl Iterator<Item = &ServiceDocumentPort> {
    ports.iter().filter(|port| port.protocol.as_deref() != Some("UDP"))
}

fn known(target: &PortRef, pods: &ServiceWorkloads<'_>) -> TargetPort {
    match target {
        PortRef::Number(number) => TargetPort::Known(*number),
        PortRef::Name(name) => pods.port(name).map_or(TargetPort::Unknown, TargetPort::Known),
    }
}

/// In a Service an absent targetPort is the port itself (Kubernetes API, `ServicePort`).
pub(super) fn target_of_service(port: &ServiceDocumentPort, pods: &ServiceWorkloads<'_>) -> TargetPort {
    port.target.as_ref().map_or(TargetPort::Known(port.port.value), |target| known(&target.value, pods))
}

/// Whether Istio would read this port as plain HTTP: `appProtocol`, then the name's prefix, then the number.
///
/// ASM's documents also write `protocol: HTTP`, where Kubernetes has the transport.
fn is_http(port: &ServiceDocumentPort) -> bool {
    let prefix = port.name.as_deref().map(|name| name.split('-').next().unwrap_or(name));
    let word = port.app_protocol.as_deref().or(match port.protocol.as_deref() {
        Some("TCP" | "UDP" | "SCTP") | None => prefix,
        other => other,
    });
    match word.map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "http2" | "grpc" | "grpc-web" | "kubernetes.io/h2c" | "kubernetes.io/ws") => true,
        Some("https" | "tls" | "tcp" | "mongo" | "mysql" | "redis") => false,
        _ => port.port.value == 80,
    }
}

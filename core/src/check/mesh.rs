//! Is the mesh one in which a policy can hold?

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{DataPlane, Gateway, PolicySet, TargetPort, Workload};
use crate::resource::Authorization;
use std::collections::BTreeSet;

pub(super) fn validate_mesh(set: &PolicySet, report: &mut Report) {
    allow_any(set, report);
    registry_only_assumed(set, report);
    tls_mode(set, report);
    target_ports(set, report);
    workloads_beside_gateway(set, report);
}

/// The gateways that policies name.
fn used(set: &PolicySet) -> impl Iterator<Item = &Gateway> {
    set.named_gateways().into_keys().filter_map(|name| set.gateway(name))
}

/// Istio's own default allows all outbound traffic, so the user should know about the different default here.
fn registry_only_assumed(set: &PolicySet, report: &mut Report) {
    let environment = &set.environment;
    if environment.stated_outbound_traffic_policy.is_none()
        && environment.control_planes.iter().all(|plane| plane.possible_policies().next().is_none())
        && let Some(policy) = set.policies.first()
    {
        report.push(
            Diagnostic::new(
                &codes::REGISTRY_ONLY_ASSUMED,
                policy.name_span,
                "no document sets the outbound traffic policy, so REGISTRY_ONLY is assumed",
            )
            .note("Istio's default is ALLOW_ANY, and with ALLOW_ANY no egress policy is effective")
            .help("if the mesh config sets REGISTRY_ONLY, write `outboundTrafficPolicy: REGISTRY_ONLY` into a MeshEnvironment"),
        );
    }
}

fn allow_any(set: &PolicySet, report: &mut Report) {
    let Some(open) = set.environment.open_outbound_traffic_policy() else { return };
    report.push(
        Diagnostic::new(&codes::ALLOW_ANY, open.span, "sidecars of this mesh allow traffic to unknown hosts")
            .note("with ALLOW_ANY, traffic to a host that no policy names bypasses the gateway")
            .help("set `outboundTrafficPolicy.mode: REGISTRY_ONLY` in the mesh config first, then here"),
    );
}

/// Without the label Istio's automatic mutual TLS takes the gateway for plain text; our explicit rules still hold.
fn tls_mode(set: &PolicySet, report: &mut Report) {
    for gateway in used(set) {
        if let Some(says) = &gateway.tls_mode_istio
            && !says.value
        {
            report.push(
                Diagnostic::new(
                    &codes::TLS_MODE_LABEL,
                    says.span,
                    format!(
                        "the pods of gateway `{}` do not have the label `security.istio.io/tlsMode: istio`",
                        gateway.name
                    ),
                )
                .note("ASM requires this label; without it, traffic of other rules reaches this gateway in plain text")
                .help("add the label to the gateway's `podLabels`"),
            );
        }
    }
}

/// AuthorizationPolicy sees container ports, so an unknown one is a guess in a security rule.
fn target_ports(set: &PolicySet, report: &mut Report) {
    let mut used = BTreeSet::new();
    for flow in set.flows() {
        let port = flow.through.port.port;
        let Some(gateway) = set.environment.gateways.get(flow.gateway()) else { continue };
        let unknown = gateway.port(port).is_some_and(|port| port.target == TargetPort::Unknown);
        if !unknown || gateway.authorization == Authorization::Off || !used.insert((&gateway.name, port)) {
            continue;
        }
        let ports = crate::scheme::container_ports(gateway, port);
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        report.push(
            Diagnostic::new(
                &codes::TARGET_PORT_UNKNOWN,
                flow.through.port.span.unwrap_or(flow.through.gateway.span),
                format!("the container port behind port {port} of gateway `{}` is not known", gateway.name),
            )
            .note(format!(
                "its AuthorizationPolicies match {}; they do not apply to any other container port",
                ports.join(" and ")
            ))
            .help("add the gateway's Service to the input, or set `targetPort` in a MeshEnvironment"),
        );
    }
}

/// The gateway's namespace sees the real ServiceEntry, so a sidecar there could reach the host past the gateway.
fn workloads_beside_gateway(set: &PolicySet, report: &mut Report) {
    let is_gateway = |namespace: &str, workload: &Workload| {
        let mut gateways = set.environment.gateways.values();
        gateways.any(|gateway| gateway.namespace == namespace && workload.has(&gateway.selector))
    };
    for gateway in used(set) {
        let Some(namespace) = set.environment.namespaces.get(&gateway.namespace) else { continue };
        for workload in namespace.known() {
            if workload.data_plane == Some(DataPlane::Sidecar) && !is_gateway(&gateway.namespace, workload) {
                report.push(
                    Diagnostic::new(&codes::BESIDE_GATEWAY, workload.span, format!("workload `{}` has a sidecar in the namespace of gateway `{}`", workload.name, gateway.name))
                        .note(format!("the ServiceEntries that hold the external addresses are visible in namespace `{}`, so this workload would bypass the gateway", gateway.namespace))
                        .help("move the workload or the gateway to another namespace"),
                );
            }
        }
    }
}

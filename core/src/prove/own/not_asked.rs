//! Ways that no class of requests takes. They are reported wherever an object opens one.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{
    DestinationRule, ExportTo, Gateway as OwnGateway, Object, Objects, PortProtocol, Service, TrafficPolicy,
};
use crate::model::{Gateway, PolicySet, wildcard};

/// Services that the message names.
const MOST_NAMED: usize = 5;

pub(super) fn not_asked(set: &PolicySet, theirs: &Objects, report: &mut Report) {
    report.extend(servers_past_the_service(set, theirs));
    report.extend(headless_names(set, theirs));
    report.extend(unfollowed_rules(set, theirs));
    report.extend(rules_beside_ours(set, theirs));
}

/// DestinationRules for a host whose settings stand at its ports: of two rules Istio keeps the older one's `trafficPolicy`
/// (`mergeDestinationRule` of `pilot/pkg/model/destination_rule.go`). What is lost, the order of fallbacks or a limit, changes no
/// place at which a request may arrive.
fn rules_beside_ours<'o>(set: &'o PolicySet, theirs: &'o Objects) -> impl Iterator<Item = Diagnostic> + 'o {
    let mut ours: BTreeSet<(&str, &str)> = BTreeSet::new();
    for flow in set.flows() {
        let Some(gateway) = set.gateway(flow.gateway()) else { continue };
        for upstream in flow.upstreams() {
            let is_wildcard = wildcard::parent(upstream.host).is_some();
            if !upstream.settings.fallback.is_empty() || is_wildcard && upstream.has_settings() {
                ours.insert((&gateway.namespace, &upstream.host.value));
            }
        }
    }
    let beside = move |rule: &&Object<DestinationRule>| {
        let host = rule.spec.host.to_ascii_lowercase();
        rule.spec.traffic_policy.is_some() && ours.contains(&(rule.meta.namespace.as_str(), host.as_str()))
    };
    theirs.destination_rules.iter().filter(beside).map(|rule| {
        let message = format!(
            "DestinationRule `{}` in namespace `{}` may replace the settings of a policy for `{}`: its fallbacks, its TLS or its limits",
            rule.meta.name, rule.meta.namespace, rule.spec.host
        );
        Diagnostic::at(&codes::UNDECIDED, rule.meta.span, message)
            .note("of two DestinationRules for one host Istio keeps the `trafficPolicy` of the older one alone")
            .help("write these settings into the policy, and remove the DestinationRule")
    })
}

/// A server whose number no port of the Service has listens on that number itself in the pods (core/gateway.go,
/// `buildGatewayListeners`), and questions call a gateway by its Service.
fn servers_past_the_service(set: &PolicySet, theirs: &Objects) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let named = set.named_gateways();
    for gateway in named.into_keys().filter_map(|name| set.gateway(name)).filter(|gateway| !gateway.ports.is_empty()) {
        let its_own = |each: &&Object<Service>| {
            each.meta.istio_name() == gateway.service && each.meta.namespace == gateway.namespace
        };
        let of_service = theirs.services.iter().filter(its_own).flat_map(|service| &service.spec.ports);
        let listed: BTreeSet<u16> =
            gateway.ports.iter().map(|port| port.port).chain(of_service.map(|port| port.port)).collect();
        for own in theirs.gateways.iter().filter(|own| may_be_of(&own.spec, gateway)) {
            for server in own.spec.servers.iter().filter(|server| !listed.contains(&server.port)) {
                let message = format!(
                    "Gateway `{}` in namespace `{}` opens port {} in the pods of gateway `{}`, and no port of its Service leads to it",
                    own.meta.name, own.meta.namespace, server.port, gateway.name
                );
                let diagnostic = Diagnostic::at(&codes::UNDECIDED, server.span.or(own.meta.span), message);
                found.push(
                    diagnostic
                        .note("a caller that connects to a pod's own address can enter there, and egressc does not evaluate such requests")
                        .help("remove the server, move it to another gateway, or use a port that the Service has"),
                );
            }
        }
    }
    found
}

/// Without a selector it is for all pods; with one, its labels have to be the gateway's as far as they are known.
fn may_be_of(own: &OwnGateway, gateway: &Gateway) -> bool {
    let of_pods = |key: &str| gateway.pod_labels.as_ref().and_then(|labels| labels.get(key));
    let known = |key: &str| of_pods(key).or_else(|| gateway.selector.get(key));
    own.pods.labels().is_none_or(|selector| {
        let shares = selector.iter().any(|(key, value)| known(key) == Some(value));
        (selector.is_empty() || shares)
            && selector.iter().all(|(key, value)| known(key).is_none_or(|known| known == value))
    })
}

/// DestinationRules that send the traffic of a Service of the cluster to the address that was dialled, or through a tunnel.
fn unfollowed_rules<'o>(set: &'o PolicySet, theirs: &'o Objects) -> impl Iterator<Item = Diagnostic> + 'o {
    let in_cluster = |host: &str| {
        !host.contains('.') && host != "*" || host.ends_with(&format!(".svc.{}", set.environment.cluster_domain))
    };
    let leads = |policy: &&TrafficPolicy| {
        let of_ports = policy.ports.values().flat_map(|port| &port.unsupported);
        policy.unsupported.iter().chain(of_ports).any(|field| field == "tunnel" || field.starts_with("loadBalancer"))
    };
    let rules = theirs.destination_rules.iter().filter(move |rule| in_cluster(&rule.spec.host));
    rules.filter_map(move |rule| {
        let of_subsets = rule.spec.subsets.values().filter_map(|subset| subset.traffic_policy.as_ref());
        let policy = rule.spec.traffic_policy.iter().chain(of_subsets).find(leads)?;
        let message = format!(
            "DestinationRule `{}` in namespace `{}` sends requests for `{}` to a place other than its pods, and egressc does not evaluate where they arrive",
            rule.meta.name, rule.meta.namespace, rule.spec.host
        );
        let diagnostic = Diagnostic::at(&codes::UNDECIDED, rule.meta.span, message);
        let fields = policy.unsupported.iter().chain(policy.ports.values().flat_map(|port| &port.unsupported));
        Some(
            diagnostic
                .note(format!("it sets {}", fields.map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")))
                .note("such a request may arrive at a host that a policy declares")
                .help("check this DestinationRule yourself, or remove it"),
        )
    })
}

/// A request that names a headless Service with a port for HTTP is sent to the address that was dialled (core/cluster.go,
/// `convertResolution`): to a declared host, too.
fn headless_names(set: &PolicySet, theirs: &Objects) -> Option<Diagnostic> {
    let declared: BTreeSet<u16> = set.flows().map(|flow| flow.port()).collect();
    let gateways = &set.environment.gateways;
    let is_gateway = |service: &Object<Service>| {
        gateways
            .values()
            .any(|each| each.service == service.meta.istio_name() && each.namespace == service.meta.namespace)
    };
    let found: Vec<(&Object<Service>, u16)> = theirs
        .services
        .iter()
        .filter(|service| {
            service.spec.is_headless() && service.spec.export_to != ExportTo::Nobody && !is_gateway(service)
        })
        .filter_map(|service| {
            let mut ports = service.spec.ports.iter();
            let port =
                ports.find(|port| declared.contains(&port.port) && PortProtocol::parse(&port.protocol).is_http())?;
            Some((service, port.port))
        })
        .collect();
    let (first, port) = found.first()?;
    let name = |service: &Object<Service>| {
        format!("{}.{}.svc.{}", service.meta.istio_name(), service.meta.namespace, set.environment.cluster_domain)
    };
    let named: Vec<String> = found.iter().take(MOST_NAMED).map(|(service, _)| format!("`{}`", name(service))).collect();
    let rest = found.len().saturating_sub(MOST_NAMED);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let message = format!(
        "a request with the name of a headless Service bypasses the gateways and reaches any address that the client calls: {}{rest}",
        named.join(", ")
    );
    let diagnostic = Diagnostic::at(&codes::UNDECIDED, first.meta.span, message);
    Some(
        diagnostic
            .note(format!(
                "for example: a workload connects to the address of a declared host on port {port} and sends `Host: {}`; egressc does not evaluate such requests",
                name(first)
            ))
            .help("if TCP is enough, remove the Service's `appProtocol` and the `http` in its port's name; or limit its visibility with `networking.istio.io/exportTo`; or restrict the network with a NetworkPolicy"),
    )
}

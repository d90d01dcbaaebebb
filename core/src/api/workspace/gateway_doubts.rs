//! Gateways whose pods may run none: what is said of them, and what questions about the mesh are told.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{GatewaySelector, Meta, Object, Objects, Service};
use crate::model::{Environment, Gateway, GatewayDoubt, GatewayDoubtKind, PolicySet};
use crate::resource::selects;

/// Keeps the doubts about Services of gateways, adds those of their addresses, and reports the doubts about gateways of egress.
pub(super) fn keep_gateway_doubts(set: &mut PolicySet, objects: &Objects, report: &mut Report) {
    let environment = &set.environment;
    let mut known = std::mem::take(&mut set.doubts.gateways);
    let mut doubts: BTreeMap<(String, String), GatewayDoubt> = BTreeMap::new();
    for service in objects.services.iter().filter(|service| is_of_gateway(service, objects, environment)) {
        let name = (service.meta.namespace.clone(), service.meta.name.clone());
        if let Some(doubt) = known.remove(&name).or_else(|| of_addresses(service, objects)) {
            doubts.insert(name, doubt);
        }
    }
    if doubts.is_empty() {
        return;
    }
    let routed = routed_services(objects, environment);
    let is_for_egress = |name: &(String, String)| {
        let (namespace, service) = name;
        let is_it = |gateway: &Gateway| gateway.namespace == *namespace && gateway.service == *service;
        environment.gateways.values().any(is_it) || service.contains("egress") || routed.contains(name)
    };
    report.extend(doubts.iter().filter(|(name, _)| is_for_egress(name)).map(|(name, doubt)| diagnostic(name, doubt)));
    set.doubts.gateways = doubts;
}

/// Whether a Service is the one of a gateway: a MeshEnvironment or a policy names it, or a Gateway selects its pods.
fn is_of_gateway(service: &Object<Service>, objects: &Objects, environment: &Environment) -> bool {
    let (meta, spec) = (&service.meta, &service.spec);
    let is_named = || {
        let mut gateways = environment.gateways.values();
        gateways.any(|gateway| gateway.namespace == meta.namespace && gateway.service == meta.name)
    };
    // The labels of the pods are at least those by which the Service selects them.
    let pods = environment.service_pods.get(&(meta.namespace.clone(), meta.name.clone()));
    let is_selected = || {
        !spec.selector.is_empty()
            && objects.gateways.iter().any(|gateway| match &gateway.spec.pods {
                GatewaySelector::Labelled(labels) => {
                    selects(labels, &spec.selector) || pods.is_some_and(|pods| selects(labels, &pods.labels))
                }
                GatewaySelector::All | GatewaySelector::BehindServices { .. } => false,
            })
    };
    is_named() || is_selected()
}

/// What the addresses behind a Service say, where some are given.
fn of_addresses(service: &Object<Service>, objects: &Objects) -> Option<GatewayDoubt> {
    let slices: Vec<_> = objects
        .endpoint_slices
        .iter()
        .filter(|slice| slice.meta.namespace == service.meta.namespace && slice.spec.service == service.meta.name)
        .collect();
    let first = slices.first()?;
    let called = |meta: &Meta| format!("{} `{}`", meta.kind, meta.name);
    let doubt = |kind, meta: &Meta| Some(GatewayDoubt { kind, span: meta.span.or(service.meta.span)? });
    if !slices.iter().flat_map(|slice| &slice.spec.endpoints).any(|endpoint| endpoint.is_ready) {
        return doubt(GatewayDoubtKind::NoEndpoints(called(&first.meta)), &first.meta);
    }
    slices.iter().find_map(|slice| {
        let other = slice.spec.endpoints.iter().find(|endpoint| !endpoint.is_pod)?;
        doubt(GatewayDoubtKind::OtherEndpoint(called(&slice.meta), other.address), &slice.meta)
    })
}

/// The Services of the cluster to which routes lead.
fn routed_services(objects: &Objects, environment: &Environment) -> BTreeSet<(String, String)> {
    let mut routed = BTreeSet::new();
    for service in &objects.virtual_services {
        for to in service.spec.destinations() {
            let full = environment.full_name(&to.to.host, &service.meta.namespace);
            let mut parts = full.split('.');
            if let (Some(name), Some(namespace), Some("svc")) = (parts.next(), parts.next(), parts.next()) {
                routed.insert((namespace.to_owned(), name.to_owned()));
            }
        }
    }
    routed
}

fn diagnostic((namespace, service): &(String, String), doubt: &GatewayDoubt) -> Diagnostic {
    let help = match &doubt.kind {
        GatewayDoubtKind::NoReplicas(_) => {
            "set `replicas` to at least 1; where an autoscaler sets the number of pods, leave `replicas` out of the manifest"
        }
        GatewayDoubtKind::NotInjected(..) => {
            "set the label `sidecar.istio.io/inject: \"true\"` on the pods, and remove what turns injection off"
        }
        GatewayDoubtKind::MayNotBeInjected(..) => {
            "set the label `sidecar.istio.io/inject: \"true\"` on the pods, or add the missing documents to the input"
        }
        GatewayDoubtKind::OtherPods(_) => {
            "give the pods of the gateway a label that no other pods have, and add it to the selector of the Service"
        }
        GatewayDoubtKind::NoEndpoints(_) => {
            "look at the pods of the gateway: `kubectl get pods` shows why none is ready"
        }
        GatewayDoubtKind::OtherEndpoint(..) => "remove the address, or give it to a Service that is not the gateway's",
    };
    Diagnostic::new(
        &codes::GATEWAY_MAY_NOT_RUN,
        doubt.span,
        format!("Service `{service}` of namespace `{namespace}` may lead to no gateway: {}", doubt.kind),
    )
    .note("a request that is sent there receives 503, or arrives at a pod that is no gateway")
    .help(help)
}

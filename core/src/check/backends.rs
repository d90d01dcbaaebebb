//! Can a gateway send requests to the backends and fallbacks of a destination as the policy says?

use std::collections::{BTreeMap, BTreeSet};

use super::cluster_names::ClusterNames;
use super::hosts::host_problem;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{BackendHost, Class, Destination, Fallback, Flow, PolicySet, UpstreamHost, UpstreamSettings};
use crate::source::{Span, Spanned};

pub(super) fn validate_backends(set: &PolicySet, report: &mut Report) {
    let cluster = &ClusterNames::of(set);
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        fallback(&destination.hosts, &destination.upstream.fallback, cluster, report);
        is_used(&destination.upstream, report);
        let Some(span) = destination.backends_span else { continue };
        is_http(destination, span, report);
        for backend in &destination.backends {
            report.extend(host_problem(&backend.host, cluster));
            fallback(std::slice::from_ref(&backend.host), &backend.upstream.fallback, cluster, report);
            is_used(&backend.upstream, report);
        }
        weights(destination, span, report);
        twice(&destination.backends, report);
        encryption(&destination.backends, report);
    }
    one_way_to_a_host(set, report);
}

fn is_http(destination: &Destination, span: Span, report: &mut Report) {
    if destination.protocol.class() == Class::Http {
        return;
    }
    report.push(
        Diagnostic::new(
            &codes::BACKENDS_NOT_HTTP,
            span,
            format!("the gateway cannot divide the requests inside {}", destination.protocol.name()),
        )
        .label(destination.protocol.span, "the gateway passes these bytes on as they are")
        .note("a backend gets requests with its own name, and the gateway writes that name only into plain HTTP of the workload")
        .help("declare the port as HTTP, with `httpsUpgrade` in each backend, or write `fallback` if all hosts have a certificate for the name that the workload calls"),
    );
}

/// Fallbacks are names like those that workloads call, each once.
fn fallback(hosts: &[Spanned<String>], fallback: &[Fallback], cluster: &ClusterNames<'_>, report: &mut Report) {
    let mut seen: BTreeMap<&str, Span> = hosts.iter().map(|host| (host.value.as_str(), host.span)).collect();
    for host in fallback {
        if let Some(problem) = host_problem(host, cluster) {
            report.push(problem);
        } else if let Some(first) = seen.insert(&host.value, host.span) {
            report.push(
                Diagnostic::new(&codes::DUPLICATE_HOST, host.span, format!("host `{}` is listed twice", host.value))
                    .label(first, "first here")
                    .help("remove one of the two"),
            );
        }
    }
}

/// Envoy leaves out no more of the hosts than this part of them, not even the first one that fails.
fn is_used(settings: &UpstreamSettings, report: &mut Report) {
    let Some(last) = settings.fallback.last() else { return };
    let Some(percent) = settings.outliers.as_ref().and_then(|outliers| outliers.max_ejection_percent) else { return };
    let fallbacks = u32::try_from(settings.fallback.len()).unwrap_or(u32::MAX);
    let needed = fallbacks.saturating_mul(100).div_ceil(fallbacks.saturating_add(1));
    if percent < needed {
        report.push(
            Diagnostic::new(
                &codes::BACKENDS_CONTRADICT,
                last.span,
                format!("fallback `{}` would not be used: `maxEjectionPercent` is {percent}", last.value),
            )
            .note("a host that fails stays in use as long as more than that part of the host and its fallbacks would be left out")
            .help(format!("set `maxEjectionPercent` to {needed} or more, or leave it out: it is 100 then")),
        );
    }
}

fn weights(destination: &Destination, span: Span, report: &mut Report) {
    let backends = &destination.backends;
    let without = backends.iter().find(|backend| backend.weight_span.is_none());
    let with = backends.iter().find_map(|backend| backend.weight_span);
    if let (Some(without), Some(with)) = (without, with) {
        report.push(
            Diagnostic::new(
                &codes::BACKEND_WEIGHTS,
                without.span,
                format!("backend `{}` has no weight, and another one has", without.host.value),
            )
            .label(with, "a weight")
            .help("give all backends of the destination a weight, or none of them"),
        );
    } else if !backends.is_empty() && backends.iter().all(|backend| backend.weight == 0) {
        report.push(
            Diagnostic::new(
                &codes::BACKEND_WEIGHTS,
                span,
                format!("all backends of `{}` have weight 0", destination.name),
            )
            .note("no backend would get the requests")
            .help("give one of them another weight, or remove the destination"),
        );
    }
}

fn twice(backends: &[BackendHost], report: &mut Report) {
    let mut seen: BTreeMap<(&str, u16), Span> = BTreeMap::new();
    for backend in backends {
        if let Some(first) = seen.insert((&backend.host.value, backend.port), backend.host.span) {
            report.push(
                Diagnostic::new(
                    &codes::BACKENDS_CONTRADICT,
                    backend.host.span,
                    format!("backend `{}` port {} is listed twice", backend.host.value, backend.port),
                )
                .label(first, "first here")
                .help("remove one of the two, and give the other one the weight of both"),
            );
        }
    }
}

fn encryption(backends: &[BackendHost], report: &mut Report) {
    let upgraded = backends.iter().find(|backend| backend.is_upgraded);
    let plain = backends.iter().find(|backend| !backend.is_upgraded);
    let (Some(upgraded), Some(plain)) = (upgraded, plain) else { return };
    report.push(
        Diagnostic::new(
            &codes::BACKENDS_CONTRADICT,
            plain.span,
            format!(
                "requests to `{}` would leave in plain text, and those to another backend in TLS",
                plain.host.value
            ),
        )
        .label(upgraded.span, "this backend is upgraded to HTTPS")
        .note("the weights would decide for each request whether it is encrypted")
        .help("add `httpsUpgrade: {enabled: true}` to each backend, or to none"),
    );
}

/// The gateways of a namespace share one ServiceEntry for a host, with one list of endpoints for all ports. Where it has
/// fallbacks, they share the settings of each port, too: Istio orders the endpoints only where no subset is named.
fn one_way_to_a_host(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(&str, &str), (Flow, UpstreamHost)> = BTreeMap::new();
    let mut of_port: BTreeMap<(&str, &str, u16), (Flow, UpstreamHost)> = BTreeMap::new();
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for flow in set.flows() {
        let Some(gateway) = set.gateway(flow.gateway()) else { continue };
        for upstream in flow.upstreams() {
            let (namespace, host) = (gateway.namespace.as_str(), upstream.host.value.as_str());
            let known = *first.entry((namespace, host)).or_insert((flow, upstream));
            let at_port = *of_port.entry((namespace, host, upstream.port)).or_insert((flow, upstream));
            let is_other_way = at_port.1.settings != upstream.settings || at_port.1.is_upgraded != upstream.is_upgraded;
            let (what, note, (other, known)) = if known.1.settings.fallback != upstream.settings.fallback {
                ("lists of fallbacks", "for all of its ports", known)
            } else if !upstream.settings.fallback.is_empty() && is_other_way {
                ("sets of settings beside its fallbacks", "and the settings of each port", at_port)
            } else {
                continue;
            };
            if !reported.insert(flow.destination.span) {
                continue;
            }
            report.push(
                Diagnostic::new(
                    &codes::FALLBACK_DIFFERS,
                    place(&flow, &upstream),
                    format!("`{host}` port {} would have two {what}", upstream.port),
                )
                .label(place(&other, &known), "the other one")
                .note(format!("the gateways in namespace `{namespace}` share one ServiceEntry for the host, {note}"))
                .help("write the same `fallback`, `httpsUpgrade`, `connectionPool` and `outlierDetection` in both, or use a gateway in another namespace for one of the two"),
            );
        }
    }
}

fn place(flow: &Flow, upstream: &UpstreamHost) -> Span {
    let listed = upstream.settings.fallback.first().map(|host| host.span);
    listed.unwrap_or(if upstream.share.is_some() { upstream.host.span } else { flow.destination.span })
}

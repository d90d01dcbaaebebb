//! The destination of a route: its weight, host and port.

use std::borrow::Cow;
use std::fmt::Display;

use crate::istio::{Destination, Weighted};
use crate::trace::outcome::assumptions::Unknown;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::service::Service;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// One of the destinations of a route. Of several each is possible that has a weight.
pub(crate) fn weighted<'r>(
    journey: &mut Journey<'_>,
    route: &'r [Weighted],
    question: impl FnOnce() -> Unknown,
    name: &impl Display,
) -> Step<&'r Weighted> {
    let possible: Vec<&Weighted> =
        if route.len() == 1 { route.iter().collect() } else { route.iter().filter(|each| each.weight > 0).collect() };
    if possible.len() > 1 {
        journey.divided(|| shares(&possible, name));
    }
    let why = || format!("{name} has several destinations by weight");
    match journey.assumptions.assume_one_of(&possible, question, why, |each| in_words(&each.to)) {
        Some(weighted) => Step::Continue(weighted),
        None => unknown(format!("{name} has no destination")),
    }
}

/// How a route divides requests.
fn shares(possible: &[&Weighted], name: &impl Display) -> String {
    let all = possible.iter().fold(0_i64, |sum, each| sum.saturating_add(each.weight));
    let shares: Vec<String> =
        possible.iter().map(|each| format!("{} of {all} requests to {}", each.weight, in_words(&each.to))).collect();
    format!("{name} sends {}", shares.join(", and "))
}

/// A destination as a person would say it.
fn in_words(destination: &Destination) -> String {
    let port = destination.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let subset = Some(destination.subset.as_str()).filter(|subset| !subset.is_empty());
    let subset = subset.map(|subset| format!(" subset `{subset}`")).unwrap_or_default();
    format!("`{}`{port}{subset}", destination.host)
}

/// The host of a destination in full.
pub(crate) fn host<'d>(journey: &Journey<'_>, destination: &'d Destination, namespace: &str) -> Cow<'d, str> {
    host_name::full(&destination.host, namespace, &journey.context.environment.cluster_domain)
}

/// The port of a destination. One that names none goes to the only port of its service, otherwise to the listener's
/// (`core/route/route.go`, `GetDestinationCluster`).
pub(crate) fn port<'a>(
    journey: &mut Journey<'a>,
    proxy: &Proxy<'a>,
    host: &str,
    written: Option<u16>,
    listener: u16,
) -> u16 {
    if let Some(port) = written {
        return port;
    }
    let context = journey.context;
    if let Some(service) = context.services.external_service(context.hosts.id(host)) {
        let is_seen = service.spec.export_to.has(proxy.scope.namespace);
        return match service.spec.ports.as_slice() {
            [only] if is_seen => only.port,
            _ => listener,
        };
    }
    // The listeners of a Sidecar leave a service its port of each alone (`serviceMatchingListenerPort` of sidecar.go).
    if proxy.scope.listeners.is_some() {
        let merged = context.over_listeners(&proxy.scope, context.hosts.id(host), &mut journey.assumptions);
        return merged.ok().and_then(|merged| merged.only_port()).unwrap_or(listener);
    }
    let services = context.services_with_clusters(&proxy.scope, context.hosts.id(host), &mut journey.assumptions);
    let only = |service: &Service<'_>| match service.ports.as_slice() {
        [only] => Some(only.number),
        _ => None,
    };
    let oldest = context.services.oldest_of(&services, |a, b| only(a) == only(b), &mut journey.assumptions);
    oldest.and_then(only).unwrap_or(listener)
}

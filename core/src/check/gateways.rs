//! Can Istio tell the gateways apart?

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Gateway, PolicySet, Through};
use crate::resource::{Authorization, Labels};
use crate::source::Span;
use std::collections::BTreeSet;

pub(super) fn validate_gateways(set: &PolicySet, report: &mut Report) {
    unlike_authorization(set, report);
    let used = set.named_gateways();
    for (name, place) in &used {
        let Some(gateway) = set.gateway(name) else { continue };
        // One that no policy names has the pods all the same; of two that are named each pair comes once.
        let others = set.environment.gateways.values();
        let others = others.filter(|other| other.name != gateway.name);
        for other in others.filter(|other| !used.contains_key(other.name.as_str()) || other.name < gateway.name) {
            let named = used.get(other.name.as_str()).copied().unwrap_or(*place);
            let places = BothPlaces { first: other.span.unwrap_or(named), second: gateway.span.unwrap_or(*place) };
            if gateway.namespace == other.namespace && gateway.service == other.service {
                one_service(gateway, other, &places, report);
            } else if share_pods(gateway, other) {
                one_set_of_pods(gateway, other, &places, report);
            }
        }
    }
}

/// What one gateway of a destination refuses, another one would admit.
fn unlike_authorization(set: &PolicySet, report: &mut Report) {
    let mut reported: BTreeSet<Span> = BTreeSet::new();
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let is_open = |through: &&Through| {
            set.gateway(&through.gateway.value).is_some_and(|gateway| gateway.authorization == Authorization::Off)
        };
        let (open, closed): (Vec<&Through>, Vec<&Through>) = destination.through.iter().partition(is_open);
        let (Some(open), Some(closed)) = (open.first(), closed.first()) else { continue };
        if !reported.insert(open.gateway.span) {
            continue;
        }
        report.push(
            Diagnostic::new(
                &codes::GATEWAYS_UNLIKE,
                open.gateway.span,
                format!(
                    "gateway `{}` does not check who calls it, and gateway `{}` of the same destination does",
                    open.gateway.value, closed.gateway.value
                ),
            )
            .label(closed.gateway.span, "the other gateway")
            .note(format!(
                "a workload that connects to a gateway past its sidecar is refused by `{}` and admitted by `{}`",
                closed.gateway.value, open.gateway.value
            ))
            .help(format!("set `authorization: shared` or `managed` for gateway `{}`", open.gateway.value)),
        );
    }
}

struct BothPlaces {
    first: Span,
    second: Span,
}

/// Both would have the same listeners, of which Istio keeps one.
fn one_service(gateway: &Gateway, other: &Gateway, places: &BothPlaces, report: &mut Report) {
    report.push(
        Diagnostic::new(
            &codes::ONE_SERVICE,
            places.second,
            format!(
                "gateways `{}` and `{}` have the same Service `{}` in namespace `{}`",
                gateway.name, other.name, gateway.service, gateway.namespace
            ),
        )
        .label(places.first, "the other gateway")
        .note("both would configure the same pods, and of two listeners for one host Istio keeps only one")
        .help("use one of the two names in all policies, or set the `service` of each gateway in a MeshEnvironment"),
    );
}

/// A Gateway's selector is for pods of every namespace (`pilot/pkg/model/push_context.go`, `mergeGateways`), so the
/// listeners of both meet in the same pods, and Envoy refuses two for one server name.
fn one_set_of_pods(gateway: &Gateway, other: &Gateway, places: &BothPlaces, report: &mut Report) {
    let labels: Vec<String> = gateway.selector.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    report.push(
        Diagnostic::new(
            &codes::ONE_SET_OF_PODS,
            places.second,
            format!("one selector selects the pods of both gateway `{}` and gateway `{}`", gateway.name, other.name),
        )
        .label(places.first, "the other gateway")
        .note(format!("a selector with `{}` also selects the pods of gateway `{}`", labels.join(", "), other.name))
        .note("Istio applies the selector of a Gateway in all namespaces, so both gateways would configure listeners in the same pods")
        .help("give the pods of each gateway a different value of `istio` or another label, and set the labels of both in `podLabels` of a MeshEnvironment"),
    );
}

fn share_pods(gateway: &Gateway, other: &Gateway) -> bool {
    selects(&gateway.selector, other) || selects(&other.selector, gateway)
}

fn selects(selector: &Labels, gateway: &Gateway) -> bool {
    let has = |key: &String, value: &String| {
        gateway.pod_labels.as_ref().and_then(|labels| labels.get(key)).or_else(|| gateway.selector.get(key))
            == Some(value)
    };
    selector.iter().all(|(key, value)| has(key, value))
}

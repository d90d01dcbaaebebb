//! From a gateway's name to the gateway, by all documents that describe it.
//!
//! MeshEnvironment wins field by field over the Service, the Service over ASM's IstioGateway, and all over our defaults.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::gateway_ports::{of_proxies, ports, target_of_service};
use super::service_pods::{ServiceWorkloads, TLS_MODE};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{self, Environment, Gateway, TargetPort};
use crate::resource::name_rules;
use crate::resource::{
    Authorization, CompleteKind, EnvironmentGateway, IstioGateway, Labels, PortRef, ServiceDocument, WorkloadDocument,
    selects,
};
use crate::source::{Span, Spanned};

/// Finds every gateway that the documents list, whether a policy names it or not: its pods are gateways, and no clients.
///
/// What is wrong with one is said where a policy names it.
pub(super) fn listed(facts: &Facts, environment: &mut Environment) {
    let names = facts.environment.iter().flat_map(|given| &given.gateways).map(|gateway| &gateway.name);
    for name in names.chain(facts.istio_gateways.iter().map(|gateway| &gateway.name)) {
        if !environment.gateways.contains_key(&name.value)
            && let Some(gateway) = gateway(name, facts, &mut Report::default())
        {
            environment.gateways.insert(name.value.clone(), gateway);
        }
    }
}

/// The gateways whose Services are called egress gateways, by their own names or by their selectors, as in Istio's charts.
pub(super) fn egress(facts: &Facts) -> Vec<Gateway> {
    const WORD: &str = "egress";
    let named = facts.services.iter().filter_map(|service| {
        let label = service.selector.get("istio");
        let is_called_so = service.name.value.contains(WORD) || label.is_some_and(|label| label.contains(WORD));
        let pods = ServiceWorkloads::of(Some(service), facts).facts();
        // A workload may be called so that is none.
        let is_gateway = pods.is_none_or(|pods| pods.are_gateways);
        let own = service.name.value.strip_prefix("istio-").unwrap_or(&service.name.value);
        let name = label.map_or_else(|| own.to_owned(), Clone::clone);
        (is_called_so && is_gateway && !service.selector.is_empty())
            .then_some(Spanned { value: name, span: service.name.span })
    });
    named.filter_map(|name| gateway(&name, facts, &mut Report::default())).collect()
}

/// The egress gateway of Istio's own charts, for objects that lead to it where no document describes it. Nothing is added where
/// its Service is given, or would be.
pub(crate) fn assume_usual(environment: &mut Environment, place: Span, report: &mut Report) {
    const NAME: &str = "egressgateway";
    let service = ("istio-system".to_owned(), format!("istio-{NAME}"));
    let is_known = environment.complete.services
        || environment.services.contains(&service)
        || environment.gateways.values().any(|gateway| gateway.name == NAME || gateway.service == service.1);
    if is_known {
        return;
    }
    let name = Spanned { value: NAME.to_owned(), span: place };
    if let Some(gateway) = gateway(&name, &Facts::default(), report) {
        environment.gateways.insert(NAME.to_owned(), gateway);
    }
}

/// Finds the gateway that a policy names; `None` when it cannot be known, which is reported.
pub(super) fn gateway(name: &Spanned<String>, facts: &Facts, report: &mut Report) -> Option<Gateway> {
    let listed = facts.environment.as_ref().map(|environment| environment.gateways.as_slice()).unwrap_or_default();
    let given = listed.iter().find(|gateway| gateway.name.value == name.value);
    let asm = facts.istio_gateways.iter().find(|gateway| gateway.name.value == name.value);
    let service = service(name, given, facts, report).ok()?;

    if given.is_none() && asm.is_none() && service.is_none() {
        let known: Vec<&str> = listed
            .iter()
            .map(|gateway| gateway.name.value.as_str())
            .chain(facts.istio_gateways.iter().map(|gateway| gateway.name.value.as_str()))
            .collect();
        if !known.is_empty() || facts.environment.as_ref().is_some_and(|given| given.is_complete(CompleteKind::Gateway))
        {
            unknown(name, &known, report);
            return None;
        }
        assumed(name, report);
    }
    let pods = ServiceWorkloads::of(service, facts);
    let known_pods = pods.facts();
    if let (Some(given), Some(service)) = (given, service) {
        contradictions(given, service, &pods, report);
    }

    Some(Gateway {
        name: name.value.clone(),
        namespace: given
            .and_then(|given| given.namespace.as_ref())
            .or_else(|| service.and_then(|service| service.namespace.as_ref()))
            .or_else(|| asm.and_then(|asm| asm.namespace.as_ref()))
            .map_or_else(|| "istio-system".to_owned(), |namespace| namespace.value.clone()),
        service: given
            .and_then(|given| given.service.as_ref())
            .or_else(|| service.map(|service| &service.name))
            .map_or_else(|| format!("istio-{}", name.value), |service| service.value.clone()),
        selector: selector(name, given, service).into_iter().chain(telling_apart(given, listed)).collect(),
        pod_labels: pod_labels(given, known_pods.as_ref()),
        pods: known_pods,
        tls_mode_istio: tls_mode_istio(given, asm, &pods),
        authorization: given
            .and_then(|given| given.authorization.as_ref())
            .map_or(Authorization::Shared, |mode| mode.value),
        described: given.is_some() || asm.is_some() || service.is_some(),
        span: given
            .map(|given| given.name.span)
            .or_else(|| service.map(|service| service.name.span))
            .or_else(|| asm.map(|asm| asm.name.span)),
        ports: ports(given, service, asm, &pods),
    })
}

/// An error was reported, and going on would only repeat it.
struct Refused;

/// The one Service of the gateway, or none; refused when several claim to be it.
fn service<'a>(
    name: &Spanned<String>,
    given: Option<&EnvironmentGateway>,
    facts: &'a Facts,
    report: &mut Report,
) -> Result<Option<&'a ServiceDocument>, Refused> {
    let named = given.and_then(|given| given.service.as_ref());
    let matches: Vec<&ServiceDocument> = facts
        .services
        .iter()
        .filter(|service| match named {
            Some(named) => service.name.value == named.value,
            None => {
                service.name.value == name.value
                    || service.name.value.strip_prefix("istio-") == Some(&name.value)
                    || service.selector.get("istio") == Some(&name.value)
            }
        })
        .filter(|service| match (given.and_then(|given| given.namespace.as_ref()), &service.namespace) {
            (Some(wanted), Some(namespace)) => wanted.value == namespace.value,
            _ => true,
        })
        .collect();
    let matches = if matches.is_empty() { by_pods(name, facts) } else { matches };
    if let [first, others @ ..] = matches.as_slice() {
        if !others.is_empty() {
            let mut found = Diagnostic::new(
                &codes::SEVERAL_SERVICES,
                name.span,
                format!("more than one Service matches gateway `{}`", name.value),
            );
            for service in &matches {
                found = found.label(service.name.span, "this Service");
            }
            report.push(found.help("set the `service` of the gateway in a MeshEnvironment"));
            return Err(Refused);
        }
        return Ok(Some(first));
    }
    Ok(None)
}

/// Services whose pods have the gateway's label, though their own selectors ask for another.
fn by_pods<'a>(name: &Spanned<String>, facts: &'a Facts) -> Vec<&'a ServiceDocument> {
    let labelled = |pod: &&WorkloadDocument| pod.labels.get("istio") == Some(&name.value);
    facts
        .services
        .iter()
        .filter(|service| ServiceWorkloads::of(Some(service), facts).pods.iter().any(labelled))
        .collect()
}

fn unknown(name: &Spanned<String>, known: &[&str], report: &mut Report) {
    let found = Diagnostic::new(&codes::UNKNOWN_GATEWAY, name.span, format!("no gateway is named `{}`", name.value));
    report.push(match name_rules::nearest(&name.value, known.iter().copied()) {
        Some(near) => found.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near),
        None if known.is_empty() => found
            .note("the MeshEnvironment says that it lists every gateway")
            .help("add the gateway to the MeshEnvironment"),
        None => found.help(format!(
            "the known gateways are {}",
            known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )),
    });
}

fn assumed(name: &Spanned<String>, report: &mut Report) {
    let found = Diagnostic::new(&codes::GATEWAY_ASSUMED, name.span, format!("no document describes gateway `{}`", name.value))
        .note(format!(
            "assumed: Service `istio-{0}` in `istio-system`, pods with the label `istio: {0}`, ports 80 (http), 443 and 444 (tls), unknown container ports",
            name.value
        ))
        .help("add its Service, or a MeshEnvironment that lists it, to the input");
    report.push(found);
}

/// Both are believed to describe one thing; where they differ, one of them is out of date.
fn contradictions(
    given: &EnvironmentGateway,
    service: &ServiceDocument,
    pods: &ServiceWorkloads<'_>,
    report: &mut Report,
) {
    if let Some(labels) = &given.pod_labels
        && !labels.value.is_empty()
        && !selects(&service.selector, &labels.value)
    {
        report.push(
            Diagnostic::new(
                &codes::FACTS_CONTRADICT,
                labels.span,
                format!("Service `{}` does not select pods with these labels", service.name.value),
            )
            .label(service.name.span, "this Service")
            .note("the MeshEnvironment takes precedence"),
        );
    }
    if let Some(labels) = &given.pod_labels
        && let Some(pod) = pods
            .pods
            .iter()
            .find(|pod| labels.iter().any(|(key, value)| pod.labels.get(key).is_some_and(|other| other != value)))
    {
        report.push(
            Diagnostic::new(
                &codes::FACTS_CONTRADICT,
                labels.span,
                format!("the pods of workload `{}` have different labels", pod.name.value),
            )
            .label(pod.labels.span, "these labels")
            .note("the MeshEnvironment takes precedence"),
        );
    }
    for port in given.ports.iter().flatten() {
        let Some(other) = of_proxies(&service.ports).find(|other| other.port.value == port.port.value) else {
            report.push(
                Diagnostic::new(
                    &codes::FACTS_CONTRADICT,
                    port.port.span,
                    format!("Service `{}` has no port {}", service.name.value, port.port.value),
                )
                .label(service.name.span, "this Service")
                .note("the MeshEnvironment takes precedence"),
            );
            continue;
        };
        // A name may well mean the other's number.
        if let (Some(wanted), TargetPort::Known(actual)) = (&port.target, target_of_service(other, pods))
            && let PortRef::Number(number) = wanted.value
            && number != actual
        {
            report.push(
                Diagnostic::new(
                    &codes::FACTS_CONTRADICT,
                    wanted.span,
                    format!(
                        "Service `{}` sends port {} to container port {actual}",
                        service.name.value, port.port.value
                    ),
                )
                .label(other.target.as_ref().map_or(other.port.span, |target| target.span), "here")
                .note("the MeshEnvironment takes precedence"),
            );
        }
    }
}

fn selector(name: &Spanned<String>, given: Option<&EnvironmentGateway>, service: Option<&ServiceDocument>) -> Labels {
    let of = |labels: &Labels| match labels.get("istio") {
        // The label that Istio's own charts and ASM select gateways by; more labels would only tie us to a release.
        Some(value) => BTreeMap::from([("istio".to_owned(), value.clone())]),
        None => {
            labels.iter().filter(|(key, _)| *key != TLS_MODE).map(|(key, value)| (key.clone(), value.clone())).collect()
        }
    };
    given
        .and_then(|given| given.pod_labels.as_ref())
        .map(|labels| of(labels))
        .filter(|labels| !labels.is_empty())
        .or_else(|| service.map(|service| of(&service.selector)).filter(|labels| !labels.is_empty()))
        .unwrap_or_else(|| BTreeMap::from([("istio".to_owned(), name.value.clone())]))
}

/// Labels that a selector needs besides `istio`, because the pods of another listed gateway have the same one: for each such
/// gateway, the first label of which both have another value.
fn telling_apart(given: Option<&EnvironmentGateway>, listed: &[EnvironmentGateway]) -> Labels {
    let of_pods = |gateway: &'_ EnvironmentGateway| gateway.pod_labels.as_ref().map(|labels| labels.value.clone());
    let Some((gateway, own)) = given.and_then(|given| Some((given, of_pods(given)?))) else { return Labels::new() };
    let others = listed.iter().filter(|other| other.name.value != gateway.name.value).filter_map(of_pods);
    let same = others.filter(|other| own.get("istio").is_some_and(|value| other.get("istio") == Some(value)));
    let differing = |other: Labels| {
        let differs = |(key, value): &(&String, &String)| {
            *key != TLS_MODE && other.get(*key).is_some_and(|others| others != *value)
        };
        own.iter().find(differs).map(|(key, value)| (key.clone(), value.clone()))
    };
    same.filter_map(differing).collect()
}

/// The labels of a MeshEnvironment and those of the workloads; where both have one, the MeshEnvironment wins.
fn pod_labels(given: Option<&EnvironmentGateway>, pods: Option<&model::ServicePods>) -> Option<Labels> {
    let given = given.and_then(|given| given.pod_labels.as_ref());
    let mut labels = pods.map(|pods| pods.labels.clone());
    if let Some(given) = given {
        labels.get_or_insert_default().extend(given.value.clone());
    }
    labels
}

/// Who lists the labels of a gateway's pods means all of them, apart from those that a workload has as well.
fn tls_mode_istio(
    given: Option<&EnvironmentGateway>,
    asm: Option<&IstioGateway>,
    pods: &ServiceWorkloads<'_>,
) -> Option<Spanned<bool>> {
    let written =
        |labels: &Spanned<Labels>| labels.get(TLS_MODE).map(|mode| Spanned::new(mode == "istio", labels.span));
    let missing = |labels: &Spanned<Labels>| Spanned::new(false, labels.span);
    let given = given.and_then(|given| given.pod_labels.as_ref());
    given
        .and_then(written)
        .or_else(|| given.map(|given| pods.tls_mode_istio().unwrap_or(missing(given))))
        .or_else(|| {
            asm.map(|asm| {
                let of_asm = asm.pod_labels.as_ref();
                of_asm.map_or_else(
                    || Spanned::new(false, asm.name.span),
                    |labels| written(labels).unwrap_or(missing(labels)),
                )
            })
        })
        .or_else(|| pods.tls_mode_istio())
}

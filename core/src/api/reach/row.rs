use super::{FlowClient, FlowRow, FlowTarget};
use crate::api::wire::Places;
use crate::api::{WirePath, WirePlace};
use crate::diagnostic::shown::on_one_line;
use crate::model::Environment;
use crate::reach::{Answer, Client, Question};
use crate::trace::Message;

/// A question and its answer, as they leave.
pub(in crate::api) fn row(
    question: &Question,
    answer: &Answer,
    environment: &Environment,
    places: &mut Places,
) -> FlowRow {
    let Client { calls, namespace, labels, service_account } = &question.client;
    let path = match calls {
        Some(_) => WirePath::Direct,
        None if question.client.is_captured(environment) => WirePath::Sidecar,
        None => WirePath::None,
    };
    FlowRow {
        from: FlowClient {
            namespace: namespace.name().map(str::to_owned),
            labels: labels.clone(),
            service_account: service_account.clone(),
            path,
            description: describe(&question.client, path),
        },
        to: FlowTarget {
            scheme: question.scheme,
            host: question.host.clone(),
            port: question.port,
            message: (!question.message.is_plain()).then(|| question.message.clone()),
        },
        verdict: answer.verdict,
        declared: answer.declared,
        bypass: answer.bypasses(),
        gateway: answer.gateway.clone(),
        gateway_port: answer.gateway_port,
        to_gateway: answer.to_gateway,
        to_host: answer.to_host,
        unverified: answer.unverified,
        reached: answer.reached.clone(),
        status: answer.status,
        response_flags: answer.response_flags.map(str::to_owned),
        policy: answer.by.as_ref().map(|by| by.policy.to_string()),
        rule: answer.by.as_ref().map(|by| by.rule.clone()),
        place: answer.span(environment).map(|span| places.place(span, "")),
        unknown: answer.unknown.clone(),
    }
}

/// A destination and what is said to it, as a person would say it.
pub(super) fn target(FlowTarget { scheme, host, port, message }: &FlowTarget) -> String {
    match message {
        Some(message) => message.said_to(*scheme, host, *port),
        None => Message::default().said_to(*scheme, host, *port),
    }
}

/// A place, as compilers print it.
pub(in crate::api) fn where_from(place: &WirePlace) -> String {
    format!("{}:{}:{}", place.source, place.start.line, place.start.column)
}

/// As a person would say it.
fn describe(client: &Client, path: WirePath) -> String {
    let namespace = client.namespace.name();
    let labels: Vec<String> = client.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let text = match (&client.calls, namespace, client.service_account.as_deref()) {
        (Some(gateway), Some(namespace), Some(account)) => {
            format!("service account {account} of {namespace}, calling {gateway} itself")
        }
        (Some(gateway), Some(namespace), None) => format!("any other account of {namespace}, calling {gateway} itself"),
        (Some(gateway), None, _) => format!("any other namespace, calling {gateway} itself"),
        (None, namespace, account) => {
            let whose = namespace.map_or("any other namespace", |name| name);
            let account = account.map(|account| format!(" as {account}")).unwrap_or_default();
            match (labels.is_empty(), namespace) {
                (true, Some(_)) => format!("any other workload in {whose}{account}"),
                (true, None) => whose.to_owned(),
                (false, _) => format!("{} in {whose}{account}", labels.join(",")),
            }
        }
    };
    let without = if path == WirePath::None { ", without a sidecar" } else { "" };
    on_one_line(&format!("{text}{without}"))
}

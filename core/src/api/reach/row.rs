use std::collections::BTreeMap;

use super::{Flow, FlowClient, FlowTarget};
use crate::api::workspace::Places;
use crate::api::{Accountability, ClientPath, OtherGateway, Place};
use crate::diagnostic::shown::on_one_line;
use crate::model::{DataPlane, Environment};
use crate::reach::FlowOutcome;
use crate::resource;
use crate::source::Span;
use crate::trace::Message;
use crate::universe::{ANY_ACCOUNT, AddressClass, ClientClass, RequestClass, SaidName, Way};

/// A class and its result, as a row of the response.
pub(in crate::api) fn row(
    (class, dialled, answer): (&RequestClass, &[AddressClass], &FlowOutcome),
    environment: &Environment,
    accountability: &BTreeMap<Span, &resource::Accountability>,
    places: &mut Places,
) -> Flow {
    let ClientClass { way, namespace, labels, service_account } = &class.client;
    let path = match way {
        Way::Direct(_) => ClientPath::Direct,
        Way::Plain => ClientPath::None,
        Way::Pod => match class.client.data_plane(environment) {
            DataPlane::Sidecar => ClientPath::Sidecar,
            DataPlane::Ambient => ClientPath::Ambient,
            DataPlane::None => ClientPath::None,
        },
    };
    Flow {
        from: FlowClient {
            namespace: namespace.name().map(str::to_owned),
            other_namespaces: namespace.others(),
            labels: labels.clone(),
            service_account: service_account.clone(),
            path,
            description: describe(&class.client, path),
        },
        to: FlowTarget {
            scheme: class.scheme,
            host: class.host.clone(),
            addresses: addresses(dialled),
            port: class.port,
            name: match &class.name {
                SaidName::Dialled => None,
                SaidName::Another(name) => Some(name.clone()),
                SaidName::Nothing => Some(String::new()),
            },
            message: (!class.message.is_plain()).then(|| class.message.clone()),
        },
        verdict: answer.verdict,
        declared: answer.declared,
        audit: answer.audit,
        bypass: answer.bypasses(),
        gateway: answer.gateway.clone(),
        gateway_port: answer.gateway_port,
        other_gateways: answer.other_gateways.iter().map(|(name, port)| OtherGateway::new(name, *port)).collect(),
        to_gateway: answer.to_gateway,
        to_host: answer.to_host,
        unverified: answer.unverified,
        reached: answer.reached.clone(),
        also_reached: answer.also_reached.clone(),
        status: answer.status,
        response_flags: answer.response_flags.map(str::to_owned),
        policy: answer.by.as_ref().map(|by| by.policy.to_string()),
        rule: answer.by.as_ref().map(|by| by.rule.clone()),
        accountability: answer.by.as_ref().and_then(|by| Accountability::at(by.span, accountability)),
        place: answer.span(environment).map(|span| places.place(span, "")),
        unknown: answer.unknown.clone(),
    }
}

/// Addresses, and networks of addresses; `*` stands for all others.
pub(in crate::api) fn addresses(dialled: &[AddressClass]) -> Vec<String> {
    let text = |each: &AddressClass| match each {
        AddressClass::In { network, .. } if network.prefix_len() == network.max_prefix_len() => {
            network.addr().to_string()
        }
        AddressClass::In { network, .. } => network.to_string(),
        AddressClass::Other(_) => "*".to_owned(),
    };
    dialled.iter().map(text).collect()
}

/// The addresses that are shown; a row may have many.
const MOST_SHOWN: usize = 3;

/// A destination with the addresses that are dialled, in words.
pub(in crate::api) fn at(said: String, addresses: &[String]) -> String {
    let word = |address: &String| match address.as_str() {
        "*" => "any other address".to_owned(),
        address => address.to_owned(),
    };
    let shown: Vec<String> = addresses.iter().take(MOST_SHOWN).map(word).collect();
    match addresses.len().saturating_sub(MOST_SHOWN) {
        _ if addresses.is_empty() => said,
        0 => format!("{said} at {}", shown.join(" or ")),
        more => format!("{said} at {} or {more} more", shown.join(", ")),
    }
}

/// A destination and the message that is sent to it, in words.
pub(in crate::api) fn target(FlowTarget { scheme, host, addresses, port, name, message }: &FlowTarget) -> String {
    let said = match message {
        Some(message) => message.said_to(*scheme, host, *port),
        None => Message::default().said_to(*scheme, host, *port),
    };
    let said = at(said, addresses);
    match name.as_deref() {
        None => said,
        Some("") => format!("{said} without a name"),
        Some(name) => format!("{said} with the name {name}"),
    }
}

/// A place in the form that compilers print.
pub(in crate::api) fn where_from(place: &Place) -> String {
    format!("{}:{}:{}", place.source, place.start.line, place.start.column)
}

/// A service account, in words.
pub(in crate::api) fn account_name(account: &str) -> &str {
    if account == ANY_ACCOUNT { "any other service account" } else { account }
}

/// A client, in words.
fn describe(client: &ClientClass, path: ClientPath) -> String {
    let namespace = client.namespace.name();
    let labels: Vec<String> = client.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let text = match (client.calls(), namespace, client.service_account.as_deref()) {
        (Some(gateway), Some(namespace), Some(account)) => {
            format!("service account {account} in {namespace}, calling {gateway} directly")
        }
        (Some(gateway), Some(namespace), None) => {
            format!("any other service account in {namespace}, calling {gateway} directly")
        }
        (Some(gateway), None, _) => format!("any other namespace, calling {gateway} directly"),
        (None, namespace, account) => {
            let whose = namespace.map_or("any other namespace", |name| name);
            let account = account.map(|account| format!(" as {}", account_name(account))).unwrap_or_default();
            match (labels.is_empty(), namespace) {
                (true, Some(_)) => format!("any other workload in {whose}{account}"),
                (true, None) => whose.to_owned(),
                (false, _) => format!("{} in {whose}{account}", labels.join(",")),
            }
        }
    };
    let without = match (&client.way, path) {
        (Way::Plain, _) => ", without a sidecar or certificate",
        (_, ClientPath::None) => ", without a sidecar",
        (_, ClientPath::Ambient) => ", in ambient mode",
        (_, ClientPath::Sidecar | ClientPath::Direct) => "",
    };
    let others = match client.namespace.others() {
        0 => String::new(),
        others => format!(" and in {others} other namespaces with such a Sidecar"),
    };
    on_one_line(&format!("{text}{others}{without}"))
}

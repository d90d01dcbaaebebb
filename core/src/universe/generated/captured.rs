//! Callers that send through their sidecar.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Ask;
use crate::model::{Class, Flow, PolicySet};
use crate::resource::Labels;
use crate::source::Span;
use crate::trace::{ClientPath, Message, OtherLabels, Query, Scheme, scheme_of};
use crate::universe::query::{NO_ACCOUNT, OTHER_NAMESPACE, UNDECLARED, sample};

/// Which requests are made for each declared host.
pub(super) enum Dialled {
    /// Those that the generated objects distinguish if none of them has an address.
    ByName,
    /// Those that they distinguish if one has an address: a client may dial one host and send the name of another.
    ByAddress,
}

/// Makes the requests for a host: at each port in each scheme, and at its own port by other names.
pub(super) fn of_host(
    dialled: &Dialled,
    flow: &Flow,
    caller: Caller,
    ports: &BTreeMap<u16, Span>,
    messages: &BTreeSet<Message>,
    ask: &mut Ask,
) {
    let host = &sample(&flow.host.value);
    let span = flow.destination.span;
    let mut query = as_declared(flow, caller);
    let plain = if scheme_of(flow) == Scheme::Grpc { Scheme::Grpc } else { Scheme::Http };
    let schemes = [plain, Scheme::Https, Scheme::Tcp];
    for (port, span) in ports {
        query.port = *port;
        for scheme in schemes {
            query.scheme = scheme;
            query.sni = scheme.is_tls().then(|| host.clone());
            ask(&query, *span);
        }
    }
    query.port = flow.port();
    query.sni = None;
    query.scheme = plain;
    for message in messages {
        ask(&saying(&query, message), span);
    }
    query.scheme = Scheme::Http;
    query.headers.insert("host".to_owned(), format!("{host}:{}", flow.port()));
    ask(&query, span);
    if let Some(above) = flow.wildcard() {
        of_other_names(&query, above, flow.port(), span, ask);
    }
    if matches!(dialled, Dialled::ByName) {
        return;
    }
    query.headers.insert("host".to_owned(), UNDECLARED.to_owned());
    ask(&query, span);
    query.headers.remove("host");
    query.scheme = Scheme::Https;
    for sni in [None, Some(UNDECLARED.to_owned())] {
        query.sni = sni;
        ask(&query, span);
    }
}

/// Makes the requests for a wildcard that differ in what its gateway takes from `Host`: the name that it resolves, and the
/// port that it connects to.
fn of_other_names(query: &Query, above: &str, port: u16, span: Span, ask: &mut Ask) {
    let names = [
        above.to_owned(),
        format!("two.labels.{above}"),
        format!("In-Capitals.{above}"),
        format!("odd!.{above}"),
        format!(".{above}"),
        format!("suffix{above}"),
    ];
    for name in names {
        let mut query = query.clone();
        query.headers.remove("host");
        query.host.clone_from(&name);
        ask(&query, span);
        for written in [name.clone(), format!("{name}:{port}"), format!("{name}:9999"), format!("{name}:0{port}")] {
            query.headers.insert("host".to_owned(), written);
            ask(&query, span);
        }
    }
}

/// Makes the requests by the names of backends and fallbacks, which no workload has to call: the name that is dialled, and the
/// name in a request to the host in front of them.
pub(super) fn of_backends(flow: &Flow, caller: Caller, ports: &BTreeMap<u16, Span>, ask: &mut Ask) {
    let span = flow.destination.span;
    let in_front = flow.host.value.as_str();
    let upstreams = flow.upstreams();
    let names: BTreeSet<&str> =
        upstreams.iter().flat_map(|upstream| upstream.into_names()).filter(|name| *name != in_front).collect();
    for name in names {
        let mut query = as_declared(flow, caller);
        query.scheme = if scheme_of(flow) == Scheme::Grpc { Scheme::Grpc } else { Scheme::Http };
        query.sni = None;
        query.headers.insert("host".to_owned(), name.to_owned());
        ask(&query, span);
        query.headers.remove("host");
        name.clone_into(&mut query.host);
        for port in ports.keys() {
            query.port = *port;
            for (scheme, sni) in [(query.scheme, None), (Scheme::Https, Some(name.to_owned())), (Scheme::Tcp, None)] {
                ask(&Query { scheme, sni, ..query.clone() }, span);
            }
        }
    }
}

/// The same request with another message.
pub(super) fn saying(query: &Query, message: &Message) -> Query {
    let mut query = query.clone();
    query.method.clone_from(&message.method);
    query.http_path.clone_from(&message.path);
    query.headers.clone_from(&message.headers);
    query
}

/// Makes the requests for a host that no policy declares.
pub(super) fn of_no_host(query: &mut Query, port: u16, span: Span, ask: &mut Ask) {
    UNDECLARED.clone_into(&mut query.host);
    query.port = port;
    let server_name = Some(UNDECLARED.to_owned());
    for (scheme, sni) in
        [(Scheme::Http, None), (Scheme::Https, server_name), (Scheme::Https, None), (Scheme::Tcp, None)]
    {
        query.scheme = scheme;
        query.sni = sni;
        ask(query, span);
    }
}

/// The caller: its namespace, labels and service account.
pub(super) type Caller<'c> = (&'c str, &'c Labels, Option<&'c str>);

/// A caller's request for a host and port as they are declared.
pub(super) fn as_declared(flow: &Flow, (namespace, labels, account): Caller) -> Query {
    let scheme = scheme_of(flow);
    // Where the rules allow only some requests, one of these is what is declared.
    let message = flow.destination.allowed_example().unwrap_or_default();
    Query {
        namespace: namespace.to_owned(),
        labels: labels.clone(),
        other_labels: OtherLabels::NoneIsNamed,
        service_account: account.map(str::to_owned),
        path: ClientPath::Sidecar,
        scheme,
        sni: scheme.is_tls().then(|| sample(&flow.host.value)),
        host: sample(&flow.host.value),
        address: None,
        port: flow.port(),
        method: message.method,
        http_path: message.path,
        is_http_2: false,
        headers: message.headers,
    }
}

/// Requests that no generated object names. Unknown names and free ports are distinguished by the caller's namespace
/// only; bytes, which have no name, are also distinguished by the caller's labels.
#[derive(Default)]
pub(super) struct Undeclared<'a> {
    asked: BTreeMap<(&'a str, u16, Option<&'a Labels>), (Flow<'a>, Span)>,
    /// The flows whose clients have accounts that the policy names, by namespace and port.
    of_accounts: BTreeMap<(&'a str, u16), Vec<Flow<'a>>>,
}

impl<'a> Undeclared<'a> {
    /// Adds the flows to one host and port.
    pub(super) fn add(&mut self, flows: &[Flow<'a>], free_port: u16) {
        for flow in flows {
            if flow.client.service_accounts.is_some() {
                self.of_accounts.entry((flow.client_namespace(), flow.port())).or_default().push(*flow);
            }
            let mut note = |namespace, port, labels| {
                self.asked.entry((namespace, port, labels)).or_insert((*flow, flow.destination.span));
            };
            for namespace in [flow.client_namespace(), OTHER_NAMESPACE] {
                note(namespace, flow.port(), None);
                note(namespace, free_port, None);
            }
            if let Some(selector) = flow.client.selector.as_ref().filter(|_| flow.class() == Class::Tcp) {
                note(flow.client_namespace(), flow.port(), Some(&selector.value));
            }
        }
    }

    pub(super) fn ask(&self, set: &PolicySet, ask: &mut Ask) {
        let nobody = Labels::new();
        for ((namespace, port, labels), (flow, span)) in &self.asked {
            let labels = labels.unwrap_or(&nobody);
            let named = self.of_accounts.get(&(*namespace, *port)).map_or(&[][..], Vec::as_slice);
            for account in accounts_for(set, named, namespace, labels) {
                let mut query = as_declared(flow, (namespace, labels, account));
                of_no_host(&mut query, *port, *span, ask);
            }
        }
    }
}

/// The service accounts of callers with these labels that call a host of these flows: those that a flow names and another
/// one, or those that are known.
pub(super) fn accounts_for<'a>(
    set: &'a PolicySet,
    flows: &[Flow<'a>],
    namespace: &str,
    labels: &Labels,
) -> BTreeSet<Option<&'a str>> {
    let mut accounts = accounts(set, namespace, labels);
    let named = flows.iter().filter(|flow| flow.client_namespace() == namespace);
    let named: BTreeSet<Option<&str>> = named
        .filter_map(|flow| flow.client.service_accounts.as_ref())
        .flat_map(|named| named.iter())
        .map(|name| Some(name.as_str()))
        .collect();
    if !named.is_empty() {
        accounts.remove(&None);
        accounts.extend(named);
        accounts.insert(Some(NO_ACCOUNT));
    }
    accounts
}

/// The service accounts of callers with these labels. It is `None` if the facts do not list the namespace's workloads;
/// then no object matches accounts.
pub(super) fn accounts<'a>(set: &'a PolicySet, namespace: &str, labels: &Labels) -> BTreeSet<Option<&'a str>> {
    let Some(known) = set.environment.namespaces.get(namespace).filter(|known| known.workloads.is_some()) else {
        return BTreeSet::from([None]);
    };
    let selected = Some(known).filter(|_| !labels.is_empty()).into_iter().flat_map(|known| known.listed_with(labels));
    let accounts: BTreeSet<Option<&str>> = selected.map(|workload| Some(workload.service_account.as_str())).collect();
    if accounts.is_empty() { BTreeSet::from([Some(NO_ACCOUNT)]) } else { accounts }
}

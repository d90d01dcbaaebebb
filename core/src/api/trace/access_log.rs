//! A line of an Envoy access log, as Istio has it written, and the request behind it.
//!
//! `pilot/pkg/model/telemetry_logging.go` has both formats: `EnvoyTextLogFormat`, which `istio.io` shows, and the fields
//! of `EnvoyJSONLogFormatIstio`. A line does not say who asked, so without a client every client that the policies name
//! is tried, and the one whose request would have left this line is shown.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{QueryClient, QueryTarget, WireQuery};
use crate::api::query::{self, authority_of};
use crate::api::scene::Stage;
use crate::api::{UsageError, WirePath};
use crate::mesh::Spec;
use crate::resource::Labels;
use crate::trace::outcome::World;
use crate::trace::{Query, Scheme, Trace};

/// A longer line is no access log.
const MOST_BYTES: usize = 64 << 10;
/// So many clients are tried.
const MOST_CLIENTS: usize = 1_000;

/// What Istio writes for a value that there is not.
const ABSENT: &str = "-";

/// The fields that say what was asked and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LogLine {
    method: Option<String>,
    path: Option<String>,
    protocol: Option<String>,
    status: Option<u16>,
    flags: Option<String>,
    authority: Option<String>,
    cluster: Option<String>,
    /// What the client dialled, as the proxy saw it.
    dialled: Option<String>,
    server_name: Option<String>,
    route: Option<String>,
}

impl FromStr for LogLine {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        let text = text.trim();
        if text.len() > MOST_BYTES {
            return Err(wrong("it is too long"));
        }
        if text.starts_with('{') { Self::from_json(text) } else { Self::from_text(text) }
    }
}

fn wrong(what: &str) -> UsageError {
    UsageError::Query(format!("the access log line is not understood: {what}"))
}

impl LogLine {
    fn from_json(text: &str) -> Result<Self, UsageError> {
        let fields: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let field = |name: &str| match fields.get(name)? {
            serde_json::Value::String(text) => present(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let line = Self {
            method: field("method"),
            path: field("path"),
            protocol: field("protocol"),
            status: field("response_code").and_then(|code| code.parse().ok()).filter(|code| *code != 0),
            flags: field("response_flags"),
            authority: field("authority"),
            cluster: field("upstream_cluster"),
            dialled: field("downstream_local_address"),
            server_name: field("requested_server_name"),
            route: field("route_name"),
        };
        if line == Self::default() { Err(wrong("it has none of the fields that Istio writes")) } else { Ok(line) }
    }

    fn from_text(text: &str) -> Result<Self, UsageError> {
        let words = words(text)?;
        // `[time] "request" status flags details termination "failure" in out ms upstream-ms "forwarded" "agent" "id"
        // "authority" "upstream" cluster local dialled remote server-name route`
        let at = |index: usize| words.get(index).map(String::as_str).and_then(present);
        if words.len() < 20 || !words.first().is_some_and(|time| time.starts_with('[')) {
            return Err(wrong("Istio's text format begins with a time in brackets and has twenty-two fields"));
        }
        let request = at(1).unwrap_or_default();
        let mut request = request.split(' ').map(present);
        let (method, path, protocol) = (request.next().flatten(), request.next().flatten(), request.next().flatten());
        Ok(Self {
            method,
            path,
            protocol,
            status: at(2).and_then(|code| code.parse().ok()).filter(|code| *code != 0),
            flags: at(3),
            authority: at(14),
            cluster: at(16),
            dialled: at(18),
            server_name: at(20),
            route: at(21),
        })
    }

    /// The request that left this line, and how it fares now.
    pub(super) fn explain(
        &self,
        from: Option<&QueryClient>,
        stage: &Stage,
        world: &World,
    ) -> Result<(Query, Trace), UsageError> {
        let to = self.target(stage)?;
        let asked = |from: &QueryClient| -> Result<(Query, Trace), UsageError> {
            let query = query::query(&WireQuery { from: from.clone(), to: to.clone() }, stage)?;
            let trace = world.outcome(&query);
            Ok((query, trace))
        };
        if let Some(from) = from {
            let (query, mut trace) = asked(from)?;
            if let Some(other) = self.contradicts(&trace) {
                trace.notes.push(format!("the line says {other}: other objects, or another client, were at work then"));
            }
            return Ok((query, trace));
        }
        let clients = clients(stage);
        let mut found: Option<(Query, Trace)> = None;
        let mut also = 0_usize;
        for client in &clients {
            let (query, trace) = asked(client)?;
            match found {
                Some(_) if self.contradicts(&trace).is_none() => also = also.saturating_add(1),
                None if self.contradicts(&trace).is_none() => found = Some((query, trace)),
                _ => {}
            }
        }
        let Some((query, mut trace)) = found else {
            let mut tried = asked(clients.first().unwrap_or(&QueryClient::in_namespace("default")))?;
            let says = self.contradicts(&tried.1).unwrap_or_default();
            tried.1.notes.push(format!(
                "no client that the policies name would leave such a line, which says {says}; say whose log it is"
            ));
            return Ok(tried);
        };
        if also > 0 {
            trace.notes.push(format!(
                "the line does not say who asked; the requests of {also} other known clients would leave the same"
            ));
        }
        Ok((query, trace))
    }

    /// What was asked for.
    fn target(&self, stage: &Stage) -> Result<QueryTarget, UsageError> {
        let dialled = self.dialled.as_deref().map(authority_of).transpose()?;
        let port_of_cluster = self.cluster.as_deref().and_then(|cluster| Outbound::read(cluster).map(|out| out.port));
        let mut port = dialled.as_ref().and_then(|(_, port)| *port).or(port_of_cluster);
        if let Some(method) = &self.method {
            let authority = self.authority.as_deref().ok_or_else(|| wrong("an HTTP request without its authority"))?;
            let (host, in_authority) = authority_of(authority)?;
            let grpc = self.protocol.as_deref() == Some("HTTP/2");
            port = in_authority.or(port);
            let headers = match in_authority {
                Some(_) => Labels::from([("host".to_owned(), authority.to_owned())]),
                None => Labels::new(),
            };
            return Ok(QueryTarget {
                scheme: if grpc { Scheme::Grpc } else { Scheme::Http },
                host,
                port,
                sni: None,
                method: Some(method.clone()),
                path: self.path.clone(),
                headers,
            });
        }
        // Between sidecar and gateway the server name is ours, and stands for an exit.
        let named = self.server_name.as_deref().map(str::to_ascii_lowercase);
        let by_cluster = self.cluster.as_deref().and_then(|cluster| host_of(cluster, stage));
        let scheme = if named.is_some() { Scheme::Https } else { Scheme::Tcp };
        let host = named.clone().or(by_cluster).or(dialled.map(|(address, _)| address));
        let host = host.ok_or_else(|| wrong("it says neither a name nor an address"))?;
        Ok(QueryTarget { scheme, host, port, sni: named, method: None, path: None, headers: Labels::new() })
    }

    /// What the line says that a trace does not; `None` when it could be its line.
    fn contradicts(&self, trace: &Trace) -> Option<String> {
        if let Some(status) = self.status
            && trace.status.is_some_and(|known| known != status)
        {
            return Some(format!("status {status}"));
        }
        let flags = self.flags.as_deref().unwrap_or_default();
        if trace.reached.is_some() && ["NR", "UH", "NC"].iter().any(|flag| flags.split(',').any(|each| each == *flag)) {
            return Some(format!("response flags {flags}"));
        }
        let sidecar = trace.hops.first();
        if let (Some(line), Some(known)) = (&self.route, sidecar.and_then(|hop| hop.route.as_ref()))
            && line != known
        {
            return Some(format!("route {line}"));
        }
        match (&self.cluster, sidecar.and_then(|hop| hop.cluster.as_deref())) {
            (Some(line), Some(known)) if line == known => None,
            (Some(line), _) => Some(format!("cluster {line}")),
            // A proxy that answers by itself asks no cluster.
            (None, Some(_)) => Some("no cluster".to_owned()),
            (None, None) => None,
        }
    }
}

fn present(text: &str) -> Option<String> {
    (text != ABSENT && !text.is_empty()).then(|| text.to_owned())
}

/// Words between blanks; quotes and brackets hold words together.
fn words(text: &str) -> Result<Vec<String>, UsageError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' => rest
                .strip_prefix('"')
                .and_then(|inside| inside.split_once('"'))
                .ok_or_else(|| wrong("a quote is not closed"))?,
            '[' => {
                let end = rest.find(']').ok_or_else(|| wrong("a bracket is not closed"))?;
                rest.split_at_checked(end.saturating_add(1)).unwrap_or((rest, ""))
            }
            _ => rest.split_at_checked(rest.find(' ').unwrap_or(rest.len())).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

/// `outbound|443|subset|host`.
struct Outbound<'c> {
    port: u16,
    subset: &'c str,
    host: &'c str,
}

impl<'c> Outbound<'c> {
    fn read(cluster: &'c str) -> Option<Self> {
        let mut parts = cluster.split('|');
        let (direction, port, subset, host) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (direction == "outbound").then_some(())?;
        Some(Self { port: port.parse().ok()?, subset, host })
    }
}

/// The external host that a sidecar's cluster is for: its own, or that of the route that names the gateway's subset.
fn host_of(cluster: &str, stage: &Stage) -> Option<String> {
    let cluster = Outbound::read(cluster)?;
    if cluster.subset.is_empty() {
        return Some(cluster.host.to_owned());
    }
    stage.config.objects.iter().find_map(|object| match &object.spec {
        Spec::VirtualService(service) => {
            let routes = service
                .tls
                .iter()
                .flat_map(|route| &route.route)
                .chain(service.tcp.iter().flat_map(|route| &route.route));
            let mut here = routes.filter(|route| {
                route.destination.host == cluster.host && route.destination.subset.as_deref() == Some(cluster.subset)
            });
            here.next().and_then(|_| service.hosts.first().cloned())
        }
        _ => None,
    })
}

/// The clients that the policies name, and for each of their namespaces one that they do not.
fn clients(stage: &Stage) -> Vec<QueryClient> {
    let mut clients: Vec<QueryClient> = Vec::new();
    let Some(set) = stage.set.as_deref() else { return clients };
    let declared = set.flows().map(|flow| {
        let labels = flow.client.selector.as_ref().map(|selector| selector.value.clone()).unwrap_or_default();
        (flow.client_namespace().to_owned(), labels)
    });
    let declared: std::collections::BTreeSet<(String, Labels)> = declared.collect();
    let strangers = declared.iter().map(|(namespace, _)| (namespace.clone(), Labels::new()));
    for (namespace, labels) in declared.iter().cloned().chain(strangers.collect::<std::collections::BTreeSet<_>>()) {
        let client = QueryClient { labels, path: WirePath::Sidecar, ..QueryClient::in_namespace(namespace) };
        if clients.len() < MOST_CLIENTS && !clients.contains(&client) {
            clients.push(client);
        }
    }
    clients
}

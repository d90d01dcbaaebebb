//! An HTTP request, as the proxy that it is at sees it.

use std::collections::BTreeMap;

use super::wire::CALLER;
use super::{names, paths};
use crate::istio::HeaderChanges;
use crate::model::PathNormalization;
use crate::trace::{Query, Scheme};

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) authority: String,
    pub(super) method: String,
    /// `None` when it is not certain what a proxy makes of it.
    pub(super) path: Option<String>,
    /// Of the client and of routes, by names in lower case.
    headers: BTreeMap<String, Value>,
    at: Reader,
}

/// The connection manager that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A sidecar's, on the way out.
    Sidecar,
    /// A gateway's.
    Gateway(Caller),
}

/// What a gateway's connection manager knows of whoever connects to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nothing: plain text.
    Plain,
    /// TLS without a certificate.
    Nameless,
    /// Its certificate.
    Named,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Several values beside each other.
    Several(Vec<String>),
    /// It is there, and what it says is not known.
    There,
    /// Nor is it known whether it is there.
    Perhaps,
}

/// What is known of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'r> {
    Missing,
    Text(&'r str),
    /// Several values beside each other.
    Several(&'r [String]),
    There,
    Perhaps,
}

impl Request {
    pub(super) fn of(query: &Query) -> Self {
        let written = query.headers.get("host").or_else(|| query.headers.get(":authority"));
        let dialled = || if query.port == 80 { query.host.clone() } else { format!("{}:{}", query.host, query.port) };
        let is_grpc = query.scheme == Scheme::Grpc;
        // What gRPC over HTTP/2 always says.
        let of_grpc = [("content-type", "application/grpc"), ("te", "trailers")].into_iter().filter(|_| is_grpc);
        let mut headers: BTreeMap<String, Value> =
            of_grpc.map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned()))).collect();
        let given = query.headers.iter().filter(|(name, _)| !name.starts_with(':') && *name != "host");
        headers.extend(given.map(|(name, value)| (name.clone(), Value::Text(value.clone()))));
        Self {
            authority: written.cloned().unwrap_or_else(dialled),
            method: query.method.clone().unwrap_or_else(|| if is_grpc { "POST" } else { "GET" }.to_owned()),
            path: Some(query.http_path.clone().unwrap_or_else(|| "/".to_owned())),
            headers,
            at: Reader::Sidecar,
        }
    }

    /// `Host` without its port, as routes compare it.
    pub(super) fn host(&self) -> String {
        names::without_port(&self.authority).to_ascii_lowercase()
    }

    /// A connection manager reads it, before anyone else looks at it.
    #[must_use]
    pub(super) fn read_by(mut self, reader: Reader, paths: PathNormalization) -> Self {
        let normalize = match paths {
            PathNormalization::Base => paths::normalized,
            PathNormalization::Other => paths::untouched,
        };
        self.path = self.path.as_deref().and_then(normalize);
        self.at = reader;
        // Gateways tell whose certificate they saw (core/gateway.go, `SANITIZE_SET`); where there is none, and at
        // sidecars, nobody may say so.
        match reader {
            Reader::Gateway(Caller::Named) => self.headers.insert(CALLER.to_owned(), Value::There),
            Reader::Gateway(Caller::Plain | Caller::Nameless) | Reader::Sidecar => self.headers.remove(CALLER),
        };
        self
    }

    /// Whether the next one is told who calls.
    pub(super) fn tells_caller(&self) -> bool {
        self.headers.contains_key(CALLER)
    }

    /// A header, pseudo-headers and Envoy's own among them.
    pub(super) fn header(&self, name: &str) -> Found<'_> {
        let held = self.held(name);
        match name {
            "host" | ":authority" => Found::Text(&self.authority),
            ":method" => Found::Text(&self.method),
            ":path" => self.path.as_deref().map_or(Found::There, Found::Text),
            // Envoy takes it from `x-forwarded-proto`, and HTTP/2 between proxies has one of its own.
            ":scheme" => match (self.at, self.held("x-forwarded-proto")) {
                (Reader::Sidecar, Found::Missing) => Found::Text("http"),
                _ => Found::There,
            },
            // A sidecar believes its client (`use_remote_address` is off), and a gateway does by how many proxies it is
            // told to trust.
            "x-forwarded-proto" => match (self.at, held) {
                (Reader::Sidecar, Found::Missing)
                | (Reader::Gateway(Caller::Plain), Found::Missing | Found::Text("http")) => Found::Text("http"),
                (Reader::Sidecar, held) => held,
                (Reader::Gateway(_), _) => Found::There,
            },
            // Made where there is none, and marked where there is one.
            "x-request-id" => Found::There,
            "x-forwarded-for" if self.at != Reader::Sidecar => Found::There,
            "x-forwarded-for" => Found::Perhaps,
            _ if is_of_proxies(name) => Found::Perhaps,
            // Envoy takes those away that are for the connection.
            "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade"
                if held != Found::Missing =>
            {
                Found::Perhaps
            }
            _ => held,
        }
    }

    fn held(&self, name: &str) -> Found<'_> {
        match self.headers.get(name) {
            None => Found::Missing,
            Some(Value::Text(text)) => Found::Text(text),
            Some(Value::Several(texts)) => Found::Several(texts),
            Some(Value::There) => Found::There,
            Some(Value::Perhaps) => Found::Perhaps,
        }
    }

    /// Changes that a route makes: Envoy removes, then takes them in the order in which Istio writes them, `set` before
    /// `add` (`TranslateHeadersOperations` of core/route/route.go).
    pub(super) fn change(&mut self, changes: &HeaderChanges) {
        for name in &changes.remove {
            self.headers.remove(name);
        }
        let is_authority = |name: &str| matches!(name, "host" | ":authority");
        for (_, value) in changes.add.iter().chain(&changes.set).filter(|(name, _)| is_authority(name)) {
            self.authority.clone_from(value);
        }
        // The others of a request itself are not the route's (`isInternalHeader`).
        let is_ordinary = |name: &str| !is_authority(name) && !name.starts_with(':');
        for (name, value) in changes.set.iter().filter(|(name, _)| is_ordinary(name)) {
            self.headers.insert(name.clone(), written(value));
        }
        for (name, value) in changes.add.iter().filter(|(name, _)| is_ordinary(name)) {
            let joined = match (self.headers.remove(name), written(value)) {
                (None, value) => value,
                (Some(Value::Text(first)), Value::Text(second)) => Value::Several(vec![first, second]),
                (Some(Value::Several(mut texts)), Value::Text(text)) => {
                    texts.push(text);
                    Value::Several(texts)
                }
                (Some(Value::Perhaps), Value::Perhaps) => Value::Perhaps,
                (Some(_), _) => Value::There,
            };
            self.headers.insert(name.clone(), joined);
        }
    }
}

impl Found<'_> {
    /// Whether a header is as a matcher asks; one that is missing never is.
    ///
    /// Envoys differ in how they compare several values: joined by commas, or each by itself.
    pub(super) fn is(self, takes_any: bool, matches: impl Fn(&str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Missing => Some(false),
            Self::Text(text) => matches(text),
            Self::Several(texts) => {
                let joined = matches(&texts.join(","))?;
                texts.iter().all(|text| matches(text) == Some(joined)).then_some(joined)
            }
            Self::There => takes_any.then_some(true),
            Self::Perhaps => None,
        }
    }
}

/// A value may be made of what only Envoy knows, and is left out when that is nothing.
fn written(value: &str) -> Value {
    if value.contains('%') { Value::Perhaps } else { Value::Text(value.to_owned()) }
}

/// Headers that proxies set, change and remove as they are configured: Envoy's own, and those of tracing.
fn is_of_proxies(name: &str) -> bool {
    const PREFIXES: [&str; 4] = ["x-envoy-", "x-b3-", "x-datadog-", "x-ot-"];
    const NAMES: [&str; 8] = [
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "sw8",
        "grpc-trace-bin",
        "x-cloud-trace-context",
        "x-client-trace-id",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

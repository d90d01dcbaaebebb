//! An HTTP request, as the proxy that it is at sees it.

use std::collections::BTreeMap;

use super::path_normalization;
use crate::istio::HeaderChanges;
use crate::model::PathNormalization;
use crate::trace::outcome::host_name;
use crate::trace::{Query, Scheme};

/// The header with the certificate of a proxy's client.
pub(crate) const CLIENT_CERTIFICATE: &str = "x-forwarded-client-cert";

/// An HTTP request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) authority: String,
    pub(crate) method: String,
    /// `None` where it is not certain how a proxy normalizes it.
    pub(crate) path: Option<String>,
    /// Of the client and of routes, by names in lower case.
    headers: BTreeMap<String, StoredValue>,
    at: ConnectionManager,
}

/// The connection manager that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionManager {
    /// A sidecar's, for outbound traffic.
    Sidecar,
    /// A gateway's.
    Gateway(DownstreamTls),
}

/// The TLS in which a gateway's connection manager gets a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DownstreamTls {
    /// Plain text.
    None,
    /// TLS without a client certificate.
    WithoutCertificate,
    /// TLS with a client certificate.
    WithCertificate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum StoredValue {
    Text(String),
    /// Several values beside each other.
    Several(Vec<String>),
    /// The header is there, and its value is not known.
    Present,
    /// It is not known whether the header is there.
    MaybePresent,
}

/// What is known of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderValue<'r> {
    Missing,
    Text(&'r str),
    /// Several values beside each other.
    Several(&'r [String]),
    Present,
    MaybePresent,
}

impl Request {
    pub(crate) fn of(query: &Query) -> Self {
        let written = query.headers.get("host").or_else(|| query.headers.get(":authority"));
        let host = if query.host.contains(':') { format!("[{}]", query.host) } else { query.host.clone() };
        let dialled = || if query.port == 80 { host.clone() } else { format!("{host}:{}", query.port) };
        let is_grpc = query.scheme == Scheme::Grpc;
        // gRPC over HTTP/2 always has these.
        let of_grpc = [("content-type", "application/grpc"), ("te", "trailers")].into_iter().filter(|_| is_grpc);
        let mut headers: BTreeMap<String, StoredValue> =
            of_grpc.map(|(name, value)| (name.to_owned(), StoredValue::Text(value.to_owned()))).collect();
        let given = query.headers.iter().filter(|(name, _)| !name.starts_with(':') && *name != "host");
        headers.extend(given.map(|(name, value)| (name.clone(), StoredValue::Text(value.clone()))));
        Self {
            authority: written.cloned().unwrap_or_else(dialled),
            method: query.method.clone().unwrap_or_else(|| if is_grpc { "POST" } else { "GET" }.to_owned()),
            path: Some(query.http_path.clone().unwrap_or_else(|| "/".to_owned())),
            headers,
            at: ConnectionManager::Sidecar,
        }
    }

    /// `Host` without its port, as routes compare it.
    pub(crate) fn host(&self) -> String {
        host_name::without_port(&self.authority).to_ascii_lowercase()
    }

    /// A connection manager reads it, before anyone else looks at it.
    #[must_use]
    pub(crate) fn read_by(mut self, reader: ConnectionManager, paths: PathNormalization) -> Self {
        let normalize = match paths {
            PathNormalization::Base => path_normalization::normalized,
            PathNormalization::Other => path_normalization::untouched,
        };
        self.path = self.path.as_deref().and_then(normalize);
        self.at = reader;
        // A gateway sets the header from the certificate that it saw (core/gateway.go, `SANITIZE_SET`); without one, and at
        // sidecars, it is removed.
        match reader {
            ConnectionManager::Gateway(DownstreamTls::WithCertificate) => {
                self.headers.insert(CLIENT_CERTIFICATE.to_owned(), StoredValue::Present)
            }
            ConnectionManager::Gateway(DownstreamTls::None | DownstreamTls::WithoutCertificate)
            | ConnectionManager::Sidecar => self.headers.remove(CLIENT_CERTIFICATE),
        };
        self
    }

    /// Whether the next proxy or host sees the client's certificate.
    pub(crate) fn has_client_certificate(&self) -> bool {
        self.headers.contains_key(CLIENT_CERTIFICATE)
    }

    /// A header, pseudo-headers and Envoy's own among them.
    pub(crate) fn header(&self, name: &str) -> HeaderValue<'_> {
        let held = self.held(name);
        match name {
            "host" | ":authority" => HeaderValue::Text(&self.authority),
            ":method" => HeaderValue::Text(&self.method),
            ":path" => self.path.as_deref().map_or(HeaderValue::Present, HeaderValue::Text),
            // Envoy takes it from `x-forwarded-proto`, and HTTP/2 between proxies has one of its own.
            ":scheme" => match (self.at, self.held("x-forwarded-proto")) {
                (ConnectionManager::Sidecar, HeaderValue::Missing) => HeaderValue::Text("http"),
                _ => HeaderValue::Present,
            },
            // A sidecar trusts its client (`use_remote_address` is off); for a gateway it depends on how many proxies it is
            // configured to trust.
            "x-forwarded-proto" => match (self.at, held) {
                (ConnectionManager::Sidecar, HeaderValue::Missing)
                | (ConnectionManager::Gateway(DownstreamTls::None), HeaderValue::Missing | HeaderValue::Text("http")) => {
                    HeaderValue::Text("http")
                }
                (ConnectionManager::Sidecar, held) => held,
                (ConnectionManager::Gateway(_), _) => HeaderValue::Present,
            },
            // Envoy makes one where there is none, and marks one that is there.
            "x-request-id" => HeaderValue::Present,
            "x-forwarded-for" if self.at != ConnectionManager::Sidecar => HeaderValue::Present,
            "x-forwarded-for" => HeaderValue::MaybePresent,
            _ if is_of_proxies(name) => HeaderValue::MaybePresent,
            // Envoy takes those away that are for the connection.
            "connection" | "keep-alive" | "proxy-connection" | "transfer-encoding" | "upgrade"
                if held != HeaderValue::Missing =>
            {
                HeaderValue::MaybePresent
            }
            _ => held,
        }
    }

    fn held(&self, name: &str) -> HeaderValue<'_> {
        match self.headers.get(name) {
            None => HeaderValue::Missing,
            Some(StoredValue::Text(text)) => HeaderValue::Text(text),
            Some(StoredValue::Several(texts)) => HeaderValue::Several(texts),
            Some(StoredValue::Present) => HeaderValue::Present,
            Some(StoredValue::MaybePresent) => HeaderValue::MaybePresent,
        }
    }

    /// Changes that a route makes: Envoy removes, then takes them in the order in which Istio writes them, `set` before
    /// `add` (`TranslateHeadersOperations` of core/route/route.go).
    pub(crate) fn change(&mut self, changes: &HeaderChanges) {
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
                (Some(StoredValue::Text(first)), StoredValue::Text(second)) => {
                    StoredValue::Several(vec![first, second])
                }
                (Some(StoredValue::Several(mut texts)), StoredValue::Text(text)) => {
                    texts.push(text);
                    StoredValue::Several(texts)
                }
                (Some(StoredValue::MaybePresent), StoredValue::MaybePresent) => StoredValue::MaybePresent,
                (Some(_), _) => StoredValue::Present,
            };
            self.headers.insert(name.clone(), joined);
        }
    }
}

impl HeaderValue<'_> {
    /// Whether the value matches; a missing header never does.
    ///
    /// Envoys differ in how they compare several values: joined by commas, or each by itself.
    pub(crate) fn is(self, takes_any: bool, matches: impl Fn(&str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Missing => Some(false),
            Self::Text(text) => matches(text),
            Self::Several(texts) => {
                let joined = matches(&texts.join(","))?;
                texts.iter().all(|text| matches(text) == Some(joined)).then_some(joined)
            }
            Self::Present => takes_any.then_some(true),
            Self::MaybePresent => None,
        }
    }
}

/// A value may be made of what only Envoy knows, and is left out when that is nothing.
fn written(value: &str) -> StoredValue {
    if value.contains('%') { StoredValue::MaybePresent } else { StoredValue::Text(value.to_owned()) }
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

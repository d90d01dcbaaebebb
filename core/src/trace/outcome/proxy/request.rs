//! An HTTP request, as the proxy that it is at sees it.

use super::headers::{HeaderValue, RequestHeaders};
use super::path_normalization;
use crate::istio::{HeaderChanges, Re2};
use crate::resource::{ChangedHeaders, ClientCertificate, PathNormalization};
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::text_index::KnownText;
use crate::trace::{Query, Scheme};

/// The header with the certificate of a proxy's client.
pub(crate) const CLIENT_CERTIFICATE: &str = "x-forwarded-client-cert";

const CONNECT: &str = "CONNECT";

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) authority: String,
    pub(crate) method: String,
    /// `None` where it is not certain how a proxy normalizes it.
    pub(crate) path: Option<String>,
    /// Of the client and of routes.
    pub(crate) headers: RequestHeaders,
    pub(crate) version: HttpVersion,
    /// `:scheme`, where the first line of the request has one.
    pub(crate) scheme: Option<String>,
    /// Whether it is an upgrade that HTTP/2 writes as an extended CONNECT.
    pub(crate) is_extended_connect: bool,
    /// Whether the proxy before may have sent it in HTTP/2.
    pub(crate) may_be_from_http_2: bool,
    /// Whether it is `OPTIONS *`, which has no path.
    pub(crate) is_for_whole_server: bool,
    identity: CallersIdentity,
    /// Headers that the proxy may treat otherwise than usual.
    changed: ChangedHeaders,
    at: ConnectionManager,
}

/// The version of HTTP in which a connection manager gets a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpVersion {
    /// The client's HTTP/1.1.
    One,
    /// The client's HTTP/2.
    Two,
    /// Either: the protocol of another proxy's cluster decides, or what the client negotiates in TLS.
    Unknown,
}

/// Whether a gateway has put the caller's identity into [`CLIENT_CERTIFICATE`], and nothing has changed the header since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallersIdentity {
    Sent,
    NotSent,
}

/// The connection manager that reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConnectionManager {
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

impl Request {
    pub(crate) fn of(query: &Query) -> Self {
        let host = if query.host.contains(':') { format!("[{}]", query.host) } else { query.host.clone() };
        let dialled = || if query.port == 80 { host.clone() } else { format!("{host}:{}", query.port) };
        let (is_grpc, is_http_2) = (query.scheme == Scheme::Grpc, query.is_in_http_2());
        let mut headers = RequestHeaders::default();
        if is_grpc {
            // gRPC over HTTP/2 always has these.
            headers.set("content-type", "application/grpc");
            headers.set("te", "trailers");
        }
        for (name, values) in query.headers.iter().filter(|(name, _)| !name.starts_with(':') && *name != "host") {
            // HTTP/2 divides cookies, and a proxy joins them again (RFC 9113, 8.2.3).
            if is_http_2 && name == "cookie" {
                headers.set(name, &values.replace('\n', "; "));
                continue;
            }
            // A codec of HTTP/1 leaves out the spaces around a value.
            let values =
                values.split('\n').map(|value| if is_http_2 { value } else { value.trim_matches([' ', '\t']) });
            for (number, value) in values.enumerate() {
                if number == 0 { headers.set(name, value) } else { headers.add(name, value) }
            }
        }
        let method = query.method.clone().unwrap_or_else(|| query.scheme.usual_method().to_owned());
        // With a body there is mostly a type of it, and a length where it is known before: a body in chunks has none.
        if !matches!(method.as_str(), "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT") {
            let is_in_chunks = headers.get("transfer-encoding") != HeaderValue::Missing;
            for name in ["content-type", "content-length"] {
                if headers.get(name) == HeaderValue::Missing && !(is_in_chunks && name == "content-length") {
                    headers.set_unknown(name);
                }
            }
        }
        // Given twice, it is both of them, joined by a comma (`HeaderMapImpl::addViaMove` of Envoy).
        let authority = query.written_authority().map_or_else(dialled, |written| written.replace('\n', ","));
        let usual_target = || if method == CONNECT { authority.clone() } else { "/".to_owned() };
        Self {
            path: Some(query.http_path.clone().unwrap_or_else(usual_target)),
            scheme: is_http_2.then(|| query.headers.get(":scheme").cloned().unwrap_or_else(|| "http".to_owned())),
            authority,
            method,
            headers,
            version: match query.scheme {
                Scheme::Http | Scheme::Grpc if is_http_2 => HttpVersion::Two,
                Scheme::Http | Scheme::Grpc => HttpVersion::One,
                Scheme::Https | Scheme::Tls | Scheme::Tcp => HttpVersion::Unknown,
            },
            is_extended_connect: false,
            may_be_from_http_2: false,
            is_for_whole_server: false,
            identity: CallersIdentity::NotSent,
            changed: ChangedHeaders::default(),
            at: ConnectionManager::Sidecar,
        }
    }

    /// Whether it asks for a tunnel, so that its target is a host with a port and no path.
    pub(crate) fn is_connect(&self) -> bool {
        self.method == CONNECT
    }

    /// Whether it asks for an upgrade, as a connection manager has left it.
    pub(crate) fn is_upgrade(&self) -> bool {
        self.headers.get("upgrade") != HeaderValue::Missing
    }

    /// `Host` without its port, as routes compare it.
    pub(crate) fn host(&self) -> String {
        host_name::without_port(&self.authority).to_ascii_lowercase()
    }

    /// It arrives at a gateway's connection manager.
    #[must_use]
    pub(crate) fn at_gateway(self, tls: DownstreamTls) -> Self {
        Self { at: ConnectionManager::Gateway(tls), ..self }
    }

    /// The connection manager that it is at reads it, before any filter or route looks at it.
    #[must_use]
    pub(crate) fn read(mut self, paths: PathNormalization, changed: ChangedHeaders) -> Self {
        self.changed = changed;
        self.path = self.path.as_deref().and_then(|path| path_normalization::normalized(paths, path));
        // A gateway sets the header from the certificate that it saw (core/gateway.go, `SANITIZE_SET`); without one, and at
        // sidecars, it is removed.
        self.identity = match self.at {
            ConnectionManager::Gateway(DownstreamTls::WithCertificate)
                if changed.client_certificate != ClientCertificate::MayBeHidden =>
            {
                CallersIdentity::Sent
            }
            _ => CallersIdentity::NotSent,
        };
        match self.at {
            ConnectionManager::Gateway(DownstreamTls::WithCertificate) => self.headers.set_present(CLIENT_CERTIFICATE),
            ConnectionManager::Gateway(DownstreamTls::None | DownstreamTls::WithoutCertificate)
            | ConnectionManager::Sidecar => self.headers.remove(CLIENT_CERTIFICATE),
        }
        self
    }

    /// Changes that a route or a cluster makes.
    pub(crate) fn change_headers(&mut self, changes: &HeaderChanges) {
        let is_written = |(name, value): &(String, String)| name == CLIENT_CERTIFICATE && !value.is_empty();
        if changes.remove.iter().any(|name| name == CLIENT_CERTIFICATE) || changes.set.iter().any(is_written) {
            self.identity = CallersIdentity::NotSent;
        }
        self.headers.change(changes);
    }

    /// Whether the next proxy or host sees who the client is.
    pub(crate) fn names_caller(&self) -> bool {
        self.identity == CallersIdentity::Sent
    }

    /// The path without its query, as far as it is known.
    pub(crate) fn known_path(&self) -> KnownText<'_> {
        match self.path.as_deref() {
            Some(path) => known(path.split('?').next().unwrap_or(path)),
            None => KnownText::Unknown,
        }
    }

    /// The host with its port, as one text.
    pub(crate) fn known_authority(&self) -> KnownText<'_> {
        known(&self.authority)
    }

    /// A header as one text, as far as it is known.
    pub(crate) fn known_header(&self, name: &str) -> KnownText<'_> {
        match self.header(name) {
            HeaderValue::Missing => KnownText::Missing,
            HeaderValue::Text(text) => known(text),
            HeaderValue::Several(_) | HeaderValue::Present | HeaderValue::MaybePresent => KnownText::Unknown,
        }
    }

    /// A header, pseudo-headers and Envoy's own among them.
    pub(crate) fn header(&self, name: &str) -> HeaderValue<'_> {
        let held = self.headers.get(name);
        match name {
            "host" | ":authority" => HeaderValue::Text(&self.authority),
            ":method" => HeaderValue::Text(&self.method),
            ":path" => self.path.as_deref().map_or(HeaderValue::Present, HeaderValue::Text),
            // Envoy takes it from `x-forwarded-proto` where the client has none of its own, and HTTP/2 between proxies has one of its own.
            ":scheme" => match (self.at, &self.scheme, self.headers.get("x-forwarded-proto")) {
                (ConnectionManager::Sidecar, Some(scheme), _) => HeaderValue::Text(scheme),
                (ConnectionManager::Sidecar, None, HeaderValue::Missing) => HeaderValue::Text("http"),
                (ConnectionManager::Sidecar, None, HeaderValue::Text(said @ ("http" | "https"))) => {
                    HeaderValue::Text(said)
                }
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
            "x-request-id" if self.changed.request_id && held == HeaderValue::Missing => HeaderValue::MaybePresent,
            "x-request-id" => HeaderValue::Present,
            "x-forwarded-port" if self.changed.forwarded_port => HeaderValue::MaybePresent,
            CLIENT_CERTIFICATE
                if self.changed.client_certificate != ClientCertificate::Set
                    && self.at != ConnectionManager::Sidecar =>
            {
                HeaderValue::MaybePresent
            }
            "x-forwarded-for" if self.at != ConnectionManager::Sidecar => HeaderValue::Present,
            "x-forwarded-for" => HeaderValue::MaybePresent,
            _ if is_of_proxies(name) => HeaderValue::MaybePresent,
            // Those of an upgrade to WebSocket, which HTTP/2 between proxies writes in another way.
            "connection" | "upgrade" if held != HeaderValue::Missing => HeaderValue::MaybePresent,
            _ => held,
        }
    }
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

/// The host of a target of the form `http://host/path`, without user information, and what stands behind it; `None` for a
/// path.
pub(crate) fn absolute_target(target: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = target.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then_some((scheme, host, path))
}

/// A character of a method and of a header's name.
pub(crate) fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A text that patterns are looked up by. One of which expressions say nothing is compared with each of them.
fn known(text: &str) -> KnownText<'_> {
    if Re2::reads(text) { KnownText::Is(text) } else { KnownText::Unknown }
}

/// A character of `Host`.
pub(crate) fn is_of_authority(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=@[]_~".contains(&byte)
}

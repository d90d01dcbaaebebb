mod read;
mod refused_by_envoy;

pub(super) use read::read;
pub use refused_by_envoy::RefusedByEnvoy;
pub(super) use refused_by_envoy::{too_large, unknown_command};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ExportTo, Meta, Pattern};
use crate::resource::Labels;
use crate::source::Span;

/// Where requests for hosts go.
#[derive(Debug, Clone, Default)]
pub struct VirtualService {
    /// Namespaces that see it.
    pub export_to: ExportTo,
    /// Whether it says so itself.
    pub says_exports: bool,
    /// Gateways that it holds at, as `namespace/name`; `mesh` is every sidecar.
    pub gateways: Vec<String>,
    /// The hosts, in lower case; may be short names.
    pub hosts: Vec<String>,
    /// Routes of HTTP.
    pub http: Vec<HttpRoute>,
    /// Routes of TLS.
    pub tls: Vec<L4Route>,
    /// Routes of opaque connections.
    pub tcp: Vec<L4Route>,
    /// Whether it has the rules of the Gateway API (`UseGatewaySemantics` of `pilot/pkg/model/virtualservice.go`).
    pub of_gateway_api: bool,
    /// Whether it is of a kind that istiod reads only where `PILOT_ENABLE_ALPHA_GATEWAY_API` is on.
    pub is_alpha: bool,
    /// The whole.
    pub span: Option<Span>,
}

impl VirtualService {
    /// The destinations of all its routes.
    pub fn destinations(&self) -> impl Iterator<Item = &Weighted> {
        let of_http = self.http.iter().flat_map(|route| match &route.answer {
            Answer::Send(destinations) => destinations.as_slice(),
            Answer::Direct(_) | Answer::WithoutBackend | Answer::Redirect(_) => &[],
        });
        of_http.chain(self.tls.iter().chain(&self.tcp).flat_map(|route| &route.route))
    }
}

/// A route of HTTP.
#[derive(Debug, Clone)]
pub struct HttpRoute {
    /// Its name; empty when it has none.
    pub name: String,
    /// Any of them; none matches everything.
    pub matches: Vec<HttpMatch>,
    /// What is done with the request.
    pub answer: Answer,
    /// Changes of the path and of `Host`.
    pub rewrite: Option<Rewrite>,
    /// What is done to it before.
    pub fault: Option<Fault>,
    /// Changes of its headers.
    pub headers: HeaderChanges,
    /// Which preflights of CORS are answered.
    pub cors: Option<CorsPolicy>,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
    /// Why it is not known what is done with the request.
    pub unknown: Option<String>,
    /// Why Envoy refuses it, and all routes beside it.
    pub refused: Option<RefusedByEnvoy>,
    /// The object that it is written in, where that is another one than the VirtualService's.
    pub of: Option<Arc<Meta>>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// What is done with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is sent on.
    Send(Vec<Weighted>),
    /// It is answered.
    Direct(u16),
    /// It is answered, as a rule of the Gateway API without any backend: with 404 in releases 1.30, with 500 in others.
    WithoutBackend,
    /// It is redirected.
    Redirect(Redirect),
}

/// Where a client is redirected to.
#[derive(Debug, Clone)]
pub struct Redirect {
    /// HTTP status.
    pub status: u16,
}

/// Changes of a request.
#[derive(Debug, Clone)]
pub struct Rewrite {
    /// What the matched part of the path becomes.
    pub uri: Option<String>,
    /// What `Host` becomes.
    pub authority: Option<String>,
    /// Whether a regex rewrites the path.
    pub by_regex: bool,
}

/// Which preflights of CORS a proxy answers.
#[derive(Debug, Clone)]
pub struct CorsPolicy {
    /// Their origins.
    pub origins: Vec<Pattern>,
    /// Whether preflights of other origins are answered, too.
    pub answers_others: bool,
}

/// An error that is made on purpose.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its status; `None` when it is not HTTP's.
    pub status: Option<u16>,
    /// How many of a hundred requests.
    pub percentage: f64,
}

/// Changes of a request's headers, by names in lower case.
#[derive(Debug, Clone, Default)]
pub struct HeaderChanges {
    /// Put in the place of what is there, in Istio's order.
    pub set: Vec<(String, String)>,
    /// Put beside what is there, in Istio's order.
    pub add: Vec<(String, String)>,
    /// Removed.
    pub remove: Vec<String>,
}

impl HeaderChanges {
    /// What `Host` becomes: what `set` says of it, and else `add` (`TranslateHeadersOperations` of core/route/route.go).
    pub fn authority(&self) -> Option<&str> {
        let of = |changes: &'_ [(String, String)]| {
            changes
                .iter()
                .rposition(|(name, value)| matches!(name.as_str(), "host" | ":authority") && !value.is_empty())
        };
        let set = of(&self.set).and_then(|at| self.set.get(at));
        set.or_else(|| of(&self.add).and_then(|at| self.add.get(at))).map(|(_, value)| value.as_str())
    }

    /// These changes with others behind them, each kind in one list.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let mut all = self.clone();
        all.set.extend_from_slice(&others.set);
        all.add.extend_from_slice(&others.add);
        all.remove.extend_from_slice(&others.remove);
        all
    }
}

/// A match of HTTP.
#[derive(Debug, Clone, Default)]
pub struct HttpMatch {
    /// Its name.
    pub name: String,
    /// The path.
    pub uri: Option<Pattern>,
    /// Whether the path's case does not matter.
    pub ignore_uri_case: bool,
    /// The method.
    pub method: Option<Pattern>,
    /// `Host`.
    pub authority: Option<Pattern>,
    /// `http` or `https`.
    pub scheme: Option<Pattern>,
    /// Headers.
    pub headers: BTreeMap<String, Pattern>,
    /// Headers that must not match.
    pub without_headers: BTreeMap<String, Pattern>,
    /// Query parameters.
    pub query: BTreeMap<String, Pattern>,
    /// The port that was dialled.
    pub port: Option<u16>,
    /// Labels of the caller.
    pub source_labels: Labels,
    /// Namespace of the caller.
    pub source_namespace: Option<String>,
    /// Gateways that it holds at.
    pub gateways: Vec<String>,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
}

impl HttpMatch {
    /// Whether it takes every request of those whose source it takes (`IsCatchAllRoute` of `core/route/route.go`).
    pub fn is_catch_all(&self) -> bool {
        let any_path = match &self.uri {
            // Without a kind of match it is the prefix `/` (`TranslateRouteMatch`).
            None | Some(Pattern::Present) => true,
            Some(Pattern::Prefix(prefix)) => prefix == "/",
            Some(Pattern::Regex(regex)) => regex.text() == ".*",
            Some(Pattern::Exact(_) | Pattern::PathPrefix(_)) => false,
        };
        any_path
            && self.headers.is_empty()
            && self.without_headers.is_empty()
            && self.query.is_empty()
            && self.method.is_none()
            && self.authority.is_none()
            && self.scheme.is_none()
    }
}

/// A route of TLS or of opaque connections.
#[derive(Debug, Clone)]
pub struct L4Route {
    /// Any of them.
    pub matches: Vec<L4Match>,
    /// Where it goes.
    pub route: Vec<Weighted>,
    /// Why it is not known where it goes.
    pub unknown: Option<String>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// A match of TLS or of opaque connections.
#[derive(Debug, Clone, Default)]
pub struct L4Match {
    /// Server names, in lower case; TLS only.
    pub sni_hosts: Vec<String>,
    /// The port that was dialled.
    pub port: Option<u16>,
    /// Labels of the caller.
    pub source_labels: Labels,
    /// Namespace of the caller.
    pub source_namespace: Option<String>,
    /// Gateways that it holds at.
    pub gateways: Vec<String>,
    /// Addresses that were dialled.
    pub subnets: Vec<String>,
    /// Fields that are not understood.
    pub unsupported: Vec<String>,
}

/// One of the destinations of a route.
#[derive(Debug, Clone)]
pub struct Weighted {
    /// The place.
    pub to: Destination,
    /// The share of the requests.
    pub weight: i64,
    /// Changes of headers on this way only.
    pub headers: HeaderChanges,
}

/// A host, port and subset.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The host as written; may be a short name. It is empty for a backend of the Gateway API that is not allowed, and for
    /// which there is no cluster (`GetDestinationCluster` of core/route/route.go).
    pub host: String,
    /// The port.
    pub port: Option<u16>,
    /// The subset; empty is none.
    pub subset: String,
}

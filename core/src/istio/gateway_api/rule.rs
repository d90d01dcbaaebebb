//! The kinds of routes, and their rules.

use super::backend_ref::Backend;
use crate::istio::HttpRoute;
use crate::source::Span;

/// The kinds of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RouteKind {
    Http,
    Grpc,
    Tls,
    Tcp,
}

impl RouteKind {
    /// What the kind is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTPRoute",
            Self::Grpc => "GRPCRoute",
            Self::Tls => "TLSRoute",
            Self::Tcp => "TCPRoute",
        }
    }

    pub(super) fn of(kind: &str) -> Option<Self> {
        [Self::Http, Self::Grpc, Self::Tls, Self::Tcp].into_iter().find(|known| known.name() == kind)
    }
}

/// A rule of a route.
#[derive(Debug, Clone)]
pub(super) struct RouteRule {
    /// The routes of HTTP, one for each match, as far as they do not depend on backends. TLS and TCP have none.
    pub(super) http: Vec<HttpRoute>,
    pub(super) backends: Vec<Backend>,
    /// The requests that are sent to a second host as well.
    pub(super) mirrors: Vec<Backend>,
    /// Whether istiod refuses the rule, and with it all rules of the route (`convertRules` of `route_collections.go`).
    pub(super) is_refused: bool,
    /// Whether it redirects.
    pub(super) redirects: bool,
    pub(super) span: Option<Span>,
}

//! What a patch of an `EnvoyFilter` changes.

/// What a patch changes (`ApplyTo` of `networking/v1alpha3/envoy_filter.proto` in istio/api).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyTo {
    /// A listener.
    Listener,
    /// A filter that looks at a connection before a filter chain is chosen.
    ListenerFilter,
    /// A filter chain.
    FilterChain,
    /// A filter of a filter chain.
    NetworkFilter,
    /// A filter of a connection manager.
    HttpFilter,
    /// All routes of a listener.
    RouteConfiguration,
    /// The routes of a host.
    VirtualHost,
    /// One route.
    HttpRoute,
    /// A cluster.
    Cluster,
    /// The whole proxy, or what any filter may refer to.
    Anything,
}

impl ApplyTo {
    /// The word in a patch; `None` for what changes nothing.
    pub(super) fn parse(name: Option<&str>) -> Option<Self> {
        Some(match name {
            Some("LISTENER" | "1") => Self::Listener,
            Some("FILTER_CHAIN" | "2") => Self::FilterChain,
            Some("NETWORK_FILTER" | "3") => Self::NetworkFilter,
            Some("HTTP_FILTER" | "4") => Self::HttpFilter,
            Some("ROUTE_CONFIGURATION" | "5") => Self::RouteConfiguration,
            Some("VIRTUAL_HOST" | "6") => Self::VirtualHost,
            Some("HTTP_ROUTE" | "7") => Self::HttpRoute,
            Some("CLUSTER" | "8") => Self::Cluster,
            Some("LISTENER_FILTER" | "11") => Self::ListenerFilter,
            // No step of istiod looks for patches of `INVALID`, the first of the enum.
            None | Some("INVALID" | "0") => return None,
            Some(_) => Self::Anything,
        })
    }
}

use crate::istio::{Pattern, VirtualService};
use crate::resource::Labels;
use crate::trace::Scheme;

/// The values that a match in a route for sidecars compares.
pub(super) struct RouteMatch<'s> {
    pub(super) scheme: Scheme,
    pub(super) port: Option<u16>,
    pub(super) labels: &'s Labels,
    pub(super) namespace: Option<&'s str>,
}

impl RouteMatch<'_> {
    /// The usual port of its scheme, for a match without a port.
    pub(super) fn usual_port(&self) -> u16 {
        if self.scheme.is_tls() { 443 } else { 80 }
    }
}

/// The matches of all routes. A TCP match without a port is left out, because no request of the universe matches it.
pub(super) fn matches(service: &VirtualService) -> Vec<RouteMatch<'_>> {
    static NOBODY: Labels = Labels::new();
    let mut matches = Vec::new();
    for route in &service.http {
        if route.matches.is_empty() {
            matches.push(RouteMatch { scheme: Scheme::Http, port: None, labels: &NOBODY, namespace: None });
        }
        matches.extend(route.matches.iter().map(|each| RouteMatch {
            scheme: Scheme::Http,
            port: each.port,
            labels: &each.source_labels,
            namespace: each.source_namespace.as_deref(),
        }));
    }
    for (scheme, routes) in [(Scheme::Https, &service.tls), (Scheme::Tcp, &service.tcp)] {
        matches.extend(routes.iter().flat_map(|route| &route.matches).map(|each| RouteMatch {
            scheme,
            port: each.port,
            labels: &each.source_labels,
            namespace: each.source_namespace.as_deref(),
        }));
    }
    matches.retain(|each| each.scheme != Scheme::Tcp || each.port.is_some());
    matches
}

/// Names that matches require in `Host`, in addition to the hosts of the VirtualService.
pub(super) fn authorities(service: &VirtualService) -> impl Iterator<Item = String> {
    let matches = service.http.iter().flat_map(|route| &route.matches);
    let names = matches.filter_map(|each| match &each.authority {
        Some(Pattern::Exact(name)) => Some(name.split_once(':').map_or(name.as_str(), |(name, _)| name)),
        _ => None,
    });
    names.map(str::to_ascii_lowercase)
}

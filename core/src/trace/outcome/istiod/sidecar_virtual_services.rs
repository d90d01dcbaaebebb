//! Which VirtualServices a sidecar gets.

use super::service::Service;
use super::sidecar_scope::SidecarScope;
use super::virtual_services::{VirtualServiceConfig, VirtualServices, VisibleVirtualServices};
use super::visibility::Visibility;
use crate::trace::outcome::host_index::{HostId, HostIndex};
use crate::trace::outcome::host_name;
use crate::trace::outcome::ids::VirtualServiceId;

impl VirtualServices<'_> {
    /// Those that a sidecar sees for exactly this host, with the reason why it sees them.
    pub(crate) fn for_host(&self, scope: &SidecarScope<'_>, host: HostId) -> Vec<(Visibility, VirtualServiceId)> {
        self.seen(scope, |visible| visible.hosts.get(&host))
    }

    /// Those that a sidecar sees with this server name in a `tls` match.
    pub(crate) fn for_server_name(
        &self,
        scope: &SidecarScope<'_>,
        name: HostId,
    ) -> Vec<(Visibility, VirtualServiceId)> {
        self.seen(scope, |visible| visible.server_names.get(&name))
    }

    fn seen<'s>(
        &'s self,
        scope: &SidecarScope<'s>,
        find: impl Fn(&'s VisibleVirtualServices) -> Option<&'s Vec<VirtualServiceId>>,
    ) -> Vec<(Visibility, VirtualServiceId)> {
        let mut seen = Vec::new();
        for (visibility, visible) in scope.virtual_services.each() {
            for id in find(visible).into_iter().flatten() {
                if self.is_imported(scope, *id) && !self.is_seen_earlier(scope, visibility, *id) {
                    seen.push((visibility, *id));
                }
            }
        }
        seen
    }

    /// Those whose hosts overlap a service's (core/tls.go, `getConfigsForHost`), in order.
    pub(crate) fn for_service(
        &self,
        scope: &SidecarScope<'_>,
        hosts: &HostIndex,
        service: &Service<'_>,
    ) -> Vec<(Visibility, VirtualServiceId)> {
        let host = &*service.host;
        let mut found = self.for_host(scope, service.id);
        for wildcard in hosts.covering(host) {
            found.extend(self.for_host(scope, wildcard));
        }
        if host_name::is_wildcard(host) {
            for (visibility, visible) in scope.virtual_services.each() {
                let is_under = |name: HostId| host_name::is_within(hosts.name(name), host);
                let under = visible.hosts.iter().filter(|(name, _)| is_under(**name)).flat_map(|(_, ids)| ids);
                let imported =
                    under.filter(|id| self.is_imported(scope, **id) && !self.is_seen_earlier(scope, visibility, **id));
                found.extend(imported.map(|id| (visibility, *id)));
            }
        }
        // Ids are in the order of age.
        found.sort_unstable();
        found.dedup();
        found
    }

    pub(super) fn is_imported(&self, scope: &SidecarScope<'_>, id: VirtualServiceId) -> bool {
        let imports = |config: &VirtualServiceConfig<'_>| {
            let namespace = config.meta.namespace.as_str();
            // `VSMatches` of sidecar.go.
            if config.spec.of_gateway_api {
                config.hosts.iter().any(|host| scope.imports_service(namespace, host))
            } else {
                scope.imports_virtual_service(namespace, &config.hosts)
            }
        };
        self.get(id).is_some_and(imports)
    }

    /// Whether a sidecar sees a route of its own namespace already before all that is public.
    fn is_seen_earlier(&self, scope: &SidecarScope<'_>, visibility: Visibility, id: VirtualServiceId) -> bool {
        visibility == Visibility::Public && self.get(id).is_some_and(|config| config.is_route_of(scope.namespace))
    }
}

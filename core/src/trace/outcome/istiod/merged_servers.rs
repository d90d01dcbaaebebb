//! Which servers of Gateways istiod keeps on one container port (`mergeGateways` of pilot/pkg/model/gateway.go).

use std::collections::{BTreeMap, BTreeSet};

use crate::istio::{Gateway, Object, PortProtocol, Server};
use crate::resource::Labels;
use crate::trace::outcome::creation_order::{CreationOrder, ObjectAge};
use crate::trace::outcome::ids::ContainerPort;

/// A Gateway that selects the pods.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SelectingGateway<'w> {
    pub(crate) gateway: &'w Object<Gateway>,
    pub(crate) age: ObjectAge<'w>,
    /// The labels that the pods must have; `None` where it is for them in any case.
    pub(crate) labels: Option<&'w Labels>,
}

/// A server that istiod keeps.
#[derive(Debug)]
pub(crate) struct AcceptedServer<'w> {
    pub(crate) selecting: SelectingGateway<'w>,
    pub(crate) server: &'w Server,
    /// `namespace/host`, or `host` for all namespaces.
    pub(crate) hosts: Vec<String>,
    /// The route configuration of HTTP servers.
    pub(crate) http_route: Option<String>,
}

/// The servers of one container port.
#[derive(Debug, Default)]
pub(crate) struct MergedServers<'w> {
    pub(crate) accepted: Vec<AcceptedServer<'w>>,
    https_routes: BTreeSet<String>,
    tls_hosts: BTreeMap<String, ObjectAge<'w>>,
    /// The Gateways of TLS that came before any plain text.
    tls_owners: Vec<ObjectAge<'w>>,
    /// The first plain text of the port.
    plain: Option<PlainText<'w>>,
    /// The first two Gateways of unknown ages of which the older one decides which servers are kept.
    pub(crate) rivals: Option<(ObjectAge<'w>, ObjectAge<'w>)>,
    /// Why what comes of it is not known.
    pub(crate) refused: Option<String>,
}

/// The first server of a port without TLS.
#[derive(Debug, Clone, Copy)]
struct PlainText<'w> {
    is_http: bool,
    owner: ObjectAge<'w>,
}

impl<'w> MergedServers<'w> {
    /// Merges the servers that listen on a container port; `is_here` says which do.
    pub(crate) fn merge(
        gateways: &[SelectingGateway<'w>],
        container: ContainerPort,
        is_here: &dyn Fn(u16) -> bool,
        ages: &CreationOrder,
    ) -> Self {
        let mut merged = Self::default();
        for selecting in gateways {
            for server in selecting.gateway.spec.servers.iter().filter(|server| is_here(server.port)) {
                merged.add(*selecting, server, container, ages);
            }
        }
        merged
    }

    fn add(
        &mut self,
        selecting: SelectingGateway<'w>,
        server: &'w Server,
        container: ContainerPort,
        ages: &CreationOrder,
    ) {
        let SelectingGateway { gateway, age, .. } = selecting;
        if server.bind.is_some() {
            self.refused = Some(format!(
                "Gateway `{}/{}` binds an address, which is not modelled",
                gateway.meta.namespace, gateway.meta.name
            ));
            return;
        }
        let mut rivals = self.rivals;
        // If this Gateway were the older one, the other's server would be the one that is left out.
        let mut note_rival = |older: ObjectAge<'w>| {
            if ages.order(&older, &age).is_none() {
                rivals.get_or_insert((older, age));
            }
        };
        let hosts = sanitized(server, &gateway.meta.namespace);
        let http = is_http(server);
        let is_plain = server.tls.is_none() || http;
        let mut is_left_out = false;
        // Names are compared as they are written, before anything else is looked at.
        if server.tls.is_some() {
            for owner in hosts.iter().filter_map(|host| self.tls_hosts.get(host)) {
                is_left_out = true;
                note_rival(*owner);
            }
            if !is_left_out {
                self.tls_hosts.extend(hosts.iter().map(|host| (host.clone(), age)));
            }
        }
        // After plain text istiod keeps no other server, except HTTP after HTTP.
        if !is_left_out
            && let Some(first) = self.plain
            && !(first.is_http && http)
        {
            is_left_out = true;
            note_rival(first.owner);
        }
        // Plain text after TLS gets a chain of its own; if it came first, the TLS would be left out.
        if !is_left_out && is_plain {
            self.tls_owners.iter().for_each(|owner| note_rival(*owner));
            self.plain.get_or_insert(PlainText { is_http: http, owner: age });
        } else if !is_left_out && self.tls_owners.last() != Some(&age) {
            self.tls_owners.push(age);
        }
        self.rivals = rivals;
        if is_left_out {
            return;
        }
        let http_route = if http {
            Some(format!("http.{container}"))
        } else if PortProtocol::parse(&server.protocol) == PortProtocol::Https
            && !is_passthrough(server)
            && server.tls.is_some()
        {
            Some(format!(
                "https.{}.{}.{}.{}",
                server.port,
                server.port_name,
                gateway.meta.istio_name(),
                gateway.meta.namespace
            ))
        } else {
            None
        };
        // A second HTTPS server of one name has no route configuration of its own.
        if let Some(route) = http_route.as_ref().filter(|_| !http)
            && !self.https_routes.insert(route.clone())
        {
            return;
        }
        self.accepted.push(AcceptedServer { selecting, server, hosts, http_route });
    }
}

/// `sanitizeServerHostNamespace`: `./h` is of the Gateway's namespace, `*/h` of any.
fn sanitized(server: &Server, namespace: &str) -> Vec<String> {
    if server.hosts.iter().any(|host| host == "*/*") {
        return vec!["*".to_owned()];
    }
    let resolve = |host: &String| match host.split_once('/') {
        Some((".", host)) => format!("{namespace}/{host}"),
        Some(("*", host)) => host.to_owned(),
        _ => host.clone(),
    };
    server.hosts.iter().map(resolve).collect()
}

/// `PASSTHROUGH`, which is also what `tls: {}` means.
pub(crate) fn is_passthrough(server: &Server) -> bool {
    server.tls.as_ref().is_some_and(|tls| matches!(tls.mode.as_str(), "PASSTHROUGH" | "AUTO_PASSTHROUGH"))
}

pub(crate) fn is_http(server: &Server) -> bool {
    PortProtocol::parse(&server.protocol).is_http()
}

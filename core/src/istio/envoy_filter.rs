//! The patches of an `EnvoyFilter`, as far as they say what they may touch (`pilot/pkg/model/envoyfilter.go`).
//!
//! Of what a patch writes no more is read than shows that no request goes another way for it (`harmless_patch`): whatever
//! else it touches is unknown.

use super::apply_to::ApplyTo;
use super::fields::Fields;
use super::harmless_patch::is_harmless;

/// One patch.
#[derive(Debug, Clone)]
pub struct Patch {
    /// What is changed.
    pub apply_to: ApplyTo,
    /// For which proxies, and in which direction.
    pub context: PatchContext,
    /// How.
    pub operation: PatchOperation,
    /// The regular expression that the version of the proxy must match; `None` for every version.
    pub proxy_version: Option<String>,
    /// Of several objects the ones that are changed.
    pub object: ObjectMatch,
    /// The name of what is added.
    pub added_name: Option<String>,
    /// The port on which an added listener listens.
    pub added_port: Option<u16>,
}

/// The proxies and the direction that a patch is for; `ANY` is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchContext {
    /// All of them.
    Any,
    /// What a sidecar sends.
    SidecarOutbound,
    /// What a gateway does.
    Gateway,
    /// What a pod receives, and waypoints.
    Other,
}

/// How an object is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchOperation {
    /// A new one is added beside the others.
    Add,
    /// It is taken away.
    Remove,
    /// It is changed, or replaced, or another one is put before or after it.
    Change,
}

/// The objects that are changed. What is empty matches all of them.
#[derive(Debug, Clone, Default)]
pub struct ObjectMatch {
    /// The name of a listener, a route configuration or a cluster.
    pub name: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// A filter chain's name, server name and the like; `None` where the match has no `filterChain`.
    pub filter_chain: Option<FilterChainMatch>,
    /// The name of a virtual host, and a domain of it.
    pub virtual_host: Vec<String>,
    /// `portName/gateway` of a gateway's route configuration.
    pub gateway: Option<String>,
    /// The host of a cluster.
    pub service: Option<String>,
    /// The subset of a cluster.
    pub subset: Option<String>,
}

/// The filter chains that are changed.
#[derive(Debug, Clone, Default)]
pub struct FilterChainMatch {
    /// Its name.
    pub name: Option<String>,
    /// One of its server names.
    pub sni: Option<String>,
    /// `tls` or `raw_buffer`.
    pub transport_protocol: Option<String>,
    /// The port of its own match.
    pub destination_port: Option<u16>,
    /// One of its network filters.
    pub filter: Option<String>,
}

/// The patches that do something.
pub(super) fn patches(spec: Fields<'_>) -> Vec<Patch> {
    spec.items("configPatches").filter_map(patch).collect()
}

fn patch(fields: Fields<'_>) -> Option<Patch> {
    // "discarded due to missing patch" (`convertToEnvoyFilterWrapper`).
    let value = fields.child("patch")?;
    let apply_to = ApplyTo::parse(fields.text("applyTo").as_deref())?;
    let condition = fields.child("match");
    let added = value.child("value");
    if added.is_some_and(|added| is_harmless(apply_to, value.text("operation").as_deref(), added)) {
        return None;
    }
    let address = added.and_then(|it| it.child("address"));
    let socket = address.and_then(|it| it.child("socket_address").or_else(|| it.child("socketAddress")));
    Some(Patch {
        apply_to,
        // Left out, it is for all; `convertToEnvoyFilterWrapper` makes `ANY` of no match at all.
        context: match condition.and_then(|it| it.text("context")).as_deref() {
            Some("SIDECAR_OUTBOUND" | "2") => PatchContext::SidecarOutbound,
            Some("GATEWAY" | "3") => PatchContext::Gateway,
            Some("SIDECAR_INBOUND" | "1" | "WAYPOINT" | "4") => PatchContext::Other,
            _ => PatchContext::Any,
        },
        operation: match value.text("operation").as_deref() {
            Some("ADD" | "2") => PatchOperation::Add,
            Some("REMOVE" | "3") => PatchOperation::Remove,
            // Only filters and routes know of an order; of the rest these add (`convertToEnvoyFilterWrapper`).
            Some("INSERT_BEFORE" | "INSERT_AFTER" | "INSERT_FIRST" | "4" | "5" | "6") if !has_an_order(apply_to) => {
                PatchOperation::Add
            }
            _ => PatchOperation::Change,
        },
        proxy_version: condition
            .and_then(|it| it.child("proxy"))
            .and_then(|it| it.text("proxyVersion"))
            .filter(|version| !version.is_empty()),
        object: condition.map(|condition| object(condition, apply_to)).unwrap_or_default(),
        added_name: added.and_then(|it| it.text("name")),
        added_port: socket.and_then(|it| it.port("port_value").or_else(|| it.port("portValue"))),
    })
}

fn has_an_order(apply_to: ApplyTo) -> bool {
    use ApplyTo::{HttpFilter, HttpRoute, ListenerFilter, NetworkFilter};
    matches!(apply_to, HttpFilter | NetworkFilter | HttpRoute | ListenerFilter)
}

/// The part of a match that is for this kind of object: istiod reads no other (`listenerMatch`,
/// `routeConfigurationMatch` and `clusterMatch` of `core/envoyfilter`).
fn object(condition: Fields<'_>, apply_to: ApplyTo) -> ObjectMatch {
    let text = |fields: Fields<'_>, key: &str| fields.text(key).filter(|text| !text.is_empty());
    match apply_to {
        ApplyTo::Listener
        | ApplyTo::ListenerFilter
        | ApplyTo::FilterChain
        | ApplyTo::NetworkFilter
        | ApplyTo::HttpFilter => condition.child("listener").map(|listener| ObjectMatch {
            name: text(listener, "name"),
            port: listener.port("portNumber"),
            filter_chain: listener.child("filterChain").map(|chain| FilterChainMatch {
                name: text(chain, "name"),
                sni: text(chain, "sni"),
                transport_protocol: text(chain, "transportProtocol"),
                destination_port: chain.port("destinationPort"),
                filter: chain.child("filter").and_then(|filter| text(filter, "name")),
            }),
            ..ObjectMatch::default()
        }),
        ApplyTo::RouteConfiguration | ApplyTo::VirtualHost | ApplyTo::HttpRoute => {
            condition.child("routeConfiguration").map(|routes| ObjectMatch {
                name: text(routes, "name"),
                port: routes.port("portNumber"),
                gateway: text(routes, "gateway"),
                virtual_host: routes
                    .child("vhost")
                    .map(|host| ["name", "domainName"].into_iter().filter_map(|key| text(host, key)).collect())
                    .unwrap_or_default(),
                ..ObjectMatch::default()
            })
        }
        ApplyTo::Cluster => condition.child("cluster").map(|cluster| ObjectMatch {
            name: text(cluster, "name"),
            port: cluster.port("portNumber"),
            service: text(cluster, "service").map(|host| host.to_ascii_lowercase()),
            subset: text(cluster, "subset"),
            ..ObjectMatch::default()
        }),
        ApplyTo::Anything => None,
    }
    .unwrap_or_default()
}

//! Hosts that are written with capital letters. Istio lowers them in one place and compares them as they are written in
//! another, so they are remembered beside the objects, whose hosts are in lower case here (docs/istio/names.md).

use super::fields::Fields;
use super::object::Meta;

/// The hosts of an object in lower case that are written with capitals, and that Istio does not treat like others.
pub(super) fn read(spec: Fields<'_>, meta: &Meta) -> Vec<String> {
    let mut hosts = Vec::new();
    match meta.kind.as_str() {
        "ServiceEntry" => hosts.extend(spec.texts("hosts")),
        // At a sidecar a host of HTTP without a wildcard is lowered (core/route/route.go, `separateVSHostsAndServices`).
        "VirtualService" => {
            let is_of_mesh = spec.texts("gateways").iter().all(|gateway| gateway == "mesh");
            let has_tls = spec.items("tls").chain(spec.items("tcp")).next().is_some();
            hosts
                .extend(spec.texts("hosts").into_iter().filter(|host| !is_of_mesh || has_tls || host.starts_with('*')));
        }
        "Gateway" => hosts.extend(spec.items("servers").flat_map(|server| server.texts("hosts"))),
        "Sidecar" => hosts.extend(spec.items("egress").flat_map(|listener| listener.texts("hosts"))),
        _ => {}
    }
    let host = |written: String| written.rsplit_once('/').map_or(written.clone(), |(_, host)| host.to_owned());
    let hosts = hosts.into_iter().map(host).filter(|host| host.bytes().any(|byte| byte.is_ascii_uppercase()));
    hosts.map(|host| host.to_ascii_lowercase()).collect()
}

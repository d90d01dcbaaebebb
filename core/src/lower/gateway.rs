//! What gateways listen for. Never for `*`: a gateway may serve other traffic, which must not be taken.

use super::object::{exits, object};
use crate::manifest::{Gateway, Object, Server, ServerTls, ServicePort, Spec};
use crate::model::{Class, Flow, PolicySet};
use crate::scheme::{HttpShards, names};

/// One listener for all HTTP hosts of a port, and one for each TLS or TCP exit: behind mutual TLS a gateway sees only
/// the outer server name, and gives each listener one route (`core/gateway.go`, `createGatewayTCPFilterChainOpts`).
pub(super) fn lower(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    let mut objects = http(set, shards);
    for (exit, gateway, flows) in exits(set).filter(|(exit, _, _)| exit.class != Class::Http) {
        let server =
            server(exit.gateway_port, "TLS", vec![format!("{}/{}", gateway.namespace, names::l4_server_name(&exit))]);
        let spec = Spec::Gateway(Gateway { selector: gateway.selector.clone(), servers: vec![server] });
        objects.push(object(set, &gateway.namespace, names::exit(&exit), spec, &flows));
    }
    objects
}

fn http(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    let flows = set.flows_by(|flow| {
        let exit = flow.exit();
        (
            exit.class,
            exit.gateway,
            exit.gateway_port,
            shards.shard(exit.gateway, exit.gateway_port, exit.host).to_owned(),
        )
    });
    shards
        .listeners()
        .filter_map(|(name, port, shard, hosts)| {
            let gateway = set.gateway(name)?;
            // The private name first: it is the one that sidecars ask for.
            let private = names::l7_server_name(port, shard);
            let hosts = std::iter::once(private.as_str()).chain(hosts.iter().copied());
            let hosts = hosts.map(|host| format!("{}/{host}", gateway.namespace)).collect();
            let spec = Spec::Gateway(Gateway {
                selector: gateway.selector.clone(),
                servers: vec![server(port, "HTTPS", hosts)],
            });
            let flows: &[Flow] = flows.get(&(Class::Http, name, port, shard.to_owned())).map_or(&[], Vec::as_slice);
            Some(object(set, &gateway.namespace, names::http_listener(name, port, shard), spec, flows))
        })
        .collect()
}

fn server(number: u16, protocol: &'static str, hosts: Vec<String>) -> Server {
    let port = ServicePort { name: format!("{}-{number}", protocol.to_ascii_lowercase()), number, protocol };
    Server { hosts, port, tls: ServerTls { mode: "ISTIO_MUTUAL" } }
}

//! How sidecars connect to gateways.

use std::collections::{BTreeMap, BTreeSet};

use super::audited::is_open;
use super::object::{object, service_host};
use crate::manifest::{
    ConnectionPool, ConnectionPoolHttp, DestinationRule, Object, Spec, Subset, TlsSettings, TrafficPolicy,
};
use crate::model::{Class, Exit, Flow, PolicySet};
use crate::scheme::{HttpShards, divide, names};

/// The subset of the gateway's DestinationRule that an exit uses.
pub(super) fn subset_name<'a>(exit: &Exit<'a>, shards: &HttpShards<'a>) -> String {
    match exit.class {
        Class::Http => names::l7_subset(exit.gateway_port, shards.shard(exit.gateway, exit.gateway_port, exit.host)),
        Class::Tls | Class::Tcp => names::l4_subset(exit),
    }
}

/// The same for workloads that only audit mode lets use the exit. For HTTP the name of a route shows them in access logs; TLS
/// and TCP have no such names, and a cluster of their own.
pub(super) fn audited_subset_name<'a>(exit: &Exit<'a>, shards: &HttpShards<'a>) -> String {
    match exit.class {
        Class::Http => subset_name(exit, shards),
        Class::Tls | Class::Tcp => names::audited_l4_subset(exit),
    }
}

/// One for each client namespace and gateway, beside the gateway's Service: Istio looks for a DestinationRule in the
/// client's namespace, then the Service's, then the root, and takes the first (`push_context.go`, `destinationRule`).
pub(super) fn to_gateways(set: &PolicySet, shards: &HttpShards) -> Vec<Object> {
    let mut objects = Vec::new();
    for ((client_namespace, gateway), flows) in set.flows_by(|flow| (flow.client_namespace(), flow.gateway())) {
        let Some(gateway) = set.gateway(gateway) else { continue };
        let mut ways: BTreeMap<(Exit, &str, u16), Vec<Flow>> = BTreeMap::new();
        for flow in flows {
            ways.entry((flow.exit(), &flow.host.value, flow.port())).or_default().push(flow);
        }
        let mut subsets: BTreeMap<String, (Subset, Vec<Flow>)> = BTreeMap::new();
        for ((exit, ..), flows) in ways {
            let audited = is_open(&flows).then(|| audited_subset_name(&exit, shards));
            let names: BTreeSet<String> = audited.into_iter().chain([subset_name(&exit, shards)]).collect();
            for name in names {
                let subset = subsets.entry(name.clone());
                subset.or_insert_with(|| (to_gateway(name, &exit, shards), Vec::new())).1.extend(&flows);
            }
        }
        let all: BTreeSet<&str> = subsets.keys().map(String::as_str).collect();
        for (shard, members) in divide(&all) {
            let (subsets, flows): (Vec<Subset>, Vec<Vec<Flow>>) =
                members.iter().filter_map(|name| subsets.get(*name).cloned()).unzip();
            let rule = DestinationRule {
                export_to: vec![client_namespace.to_owned()],
                host: service_host(set, gateway),
                subsets,
                traffic_policy: None,
            };
            let name = names::way_to_gateway(&gateway.name, client_namespace, &shard);
            objects.push(object(set, &gateway.namespace, name, Spec::DestinationRule(rule), &flows.concat()));
        }
    }
    objects
}

fn to_gateway<'a>(name: String, exit: &Exit<'a>, shards: &HttpShards<'a>) -> Subset {
    let (sni, connection_pool) = match exit.class {
        Class::Http => (
            names::l7_server_name(exit.gateway_port, shards.shard(exit.gateway, exit.gateway_port, exit.host)),
            // The name of the gateway's port cannot decide it: gRPC needs HTTP/2, and websockets HTTP/1.1.
            Some(ConnectionPool {
                http: Some(ConnectionPoolHttp { use_client_protocol: Some(true), ..ConnectionPoolHttp::default() }),
                tcp: None,
            }),
        ),
        Class::Tls | Class::Tcp => (names::l4_server_name(exit), None),
    };
    let tls = TlsSettings {
        ca_certificates: None,
        client_certificate: None,
        credential_name: None,
        mode: "ISTIO_MUTUAL",
        private_key: None,
        sni: Some(sni),
        subject_alt_names: Vec::new(),
    };
    Subset { name, traffic_policy: TrafficPolicy { connection_pool, outlier_detection: None, tls: Some(tls) } }
}

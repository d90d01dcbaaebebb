//! Requests at addresses that policies name, and at the addresses next to them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::ask::Ask;
use super::captured::{accounts_for, as_declared, of_no_host};
use crate::model::{Flow, PolicySet};
use crate::resource::Labels;
use crate::trace::Scheme;
use crate::universe::query::OTHER_NAMESPACE;

/// Makes the requests. A name that leads to an address is asked for at it: a sidecar sees the address alone. A client that
/// dials another address is asked for at the nearest ones, so that an entry for a network, or for one address too many, is found.
pub(super) fn each(set: &PolicySet, free_port: u16, ask: &mut Ask) {
    let declared: BTreeSet<IpAddr> = set.flows().filter_map(|flow| flow.address()).collect();
    let nobody = Labels::new();
    for ((_, port, namespace), flows) in set.flows_by(|flow| (flow.address(), flow.port(), flow.client_namespace())) {
        let Some(flow) = flows.first() else { continue };
        let Some(IpAddr::V4(address)) = flow.address() else { continue };
        let selected: BTreeSet<&Labels> =
            flows.iter().filter_map(|flow| Some(&flow.client.selector.as_ref()?.value)).chain([&nobody]).collect();
        let others = neighbours(address).into_iter().filter(|other| !declared.contains(other));
        let others: Vec<IpAddr> = others.collect();
        for (namespace, kinds) in [(namespace, &selected), (OTHER_NAMESPACE, &BTreeSet::from([&nobody]))] {
            for labels in kinds {
                for account in accounts_for(set, &flows, namespace, labels) {
                    let caller = (namespace, *labels, account);
                    named(flow, caller, address.into(), ask);
                    dialled(flow, caller, address.into(), free_port, ask);
                    for other in &others {
                        dialled(flow, caller, *other, port, ask);
                    }
                }
            }
        }
    }
}

/// The client has got the address for a name that no policy declares.
fn named(flow: &Flow, caller: (&str, &Labels, Option<&str>), address: IpAddr, ask: &mut Ask) {
    let mut query = as_declared(flow, caller);
    query.address = Some(address);
    of_no_host(&mut query, flow.port(), flow.destination.span, ask);
}

/// The client dials an address or a port that no policy declares.
fn dialled(flow: &Flow, caller: (&str, &Labels, Option<&str>), address: IpAddr, port: u16, ask: &mut Ask) {
    let mut query = as_declared(flow, caller);
    query.host = address.to_string();
    query.port = port;
    for scheme in [Scheme::Tcp, Scheme::Http, Scheme::Https] {
        query.scheme = scheme;
        ask(&query, flow.destination.span);
    }
}

fn neighbours(address: Ipv4Addr) -> Vec<IpAddr> {
    let number = u32::from(address);
    let both = [number.checked_sub(1), number.checked_add(1)];
    both.into_iter().flatten().map(|number| IpAddr::V4(Ipv4Addr::from(number))).collect()
}

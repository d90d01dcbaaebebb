//! Do two rules send the same traffic to different places?

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Class, ExitShares, Flow, PolicySet};

pub(super) fn validate_collisions(set: &PolicySet, report: &mut Report) {
    at_the_client(set, report);
    at_the_gateway(set, report);
}

/// A workload must reach one host and port in one way.
fn at_the_client(set: &PolicySet, report: &mut Report) {
    for ((_, host, port, _), mut flows) in
        set.flows_by(|flow| (flow.client_namespace(), flow.host.value.as_str(), flow.port(), flow.class()))
    {
        // Flows of one way never clash, and most hosts have one.
        flows.retain(Flow::is_through_first);
        let flows: Vec<(Flow, ExitShares)> = flows.into_iter().map(|flow| (flow, flow.exit_shares())).collect();
        let Some(((_, first), rest)) = flows.split_first() else { continue };
        if rest.iter().all(|(_, way)| way == first) {
            continue;
        }
        for (index, (flow, taken)) in flows.iter().enumerate() {
            let before = flows.iter().take(index);
            let mut others = before.filter(|(_, way)| way != taken).map(|(other, _)| other);
            let Some(other) = others.find(|other| other.client.overlaps(flow.client)) else { continue };
            report.push(
                Diagnostic::new(
                    &codes::TWO_WAYS,
                    flow.destination.span,
                    format!("{} would reach `{host}` port {port} by two different routes", flow.client.describe()),
                )
                .label(other.destination.span, way(other))
                .note(format!("here: {}", way(flow)))
                .note("two selectors exclude each other only if they require different values of the same label")
                .help(
                    "give both rules the same gateways, gateway ports, weights and upgrade, or select different clients in each",
                ),
            );
        }
    }
}

fn way(flow: &Flow) -> String {
    let exit = flow.exit();
    let upgrade = if exit.upgraded { format!(", upgraded to HTTPS on {}", exit.port) } else { String::new() };
    let way = flow.exit_shares();
    let shares = way.each().map(|(exit, share)| {
        let share = if way.is_divided() { format!(" with weight {share}") } else { String::new() };
        format!("port {} of `{}`{share}", exit.gateway_port, exit.gateway)
    });
    format!("through {}{upgrade}", shares.collect::<Vec<_>>().join(" and "))
}

/// The gateway tells HTTP apart by its host alone: it does not see the port that the client dialled.
fn at_the_gateway(set: &PolicySet, report: &mut Report) {
    let mut first: BTreeMap<(&str, u16, &str), Flow> = BTreeMap::new();
    for flow in set.flows().filter(|flow| flow.class() == Class::Http) {
        let exit = flow.exit();
        let known = *first.entry((exit.gateway, exit.gateway_port, exit.host)).or_insert(flow);
        if known.exit() != exit {
            report.push(
                Diagnostic::new(
                    &codes::HTTP_COLLISION,
                    flow.destination.span,
                    format!(
                        "HTTP for `{}` on port {} of gateway `{}` would be sent to two different destinations",
                        exit.host, exit.gateway_port, exit.gateway
                    ),
                )
                .label(known.destination.span, external(&known))
                .note(format!("here: {}", external(&flow)))
                .note("a gateway port distinguishes HTTP requests only by their host")
                .help("send one of the two through another gateway port"),
            );
        }
    }
}

fn external(flow: &Flow) -> String {
    let exit = flow.exit();
    let scheme = if exit.upgraded { "HTTPS" } else { "HTTP" };
    format!("{scheme} to port {}", exit.port)
}

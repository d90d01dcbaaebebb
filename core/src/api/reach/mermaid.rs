//! A Mermaid flowchart: <https://mermaid.js.org/syntax/flowchart.html>.

use std::fmt::Write;

use super::Flow;
use super::graph::{EdgeKind, Graph};
use crate::api::mermaid_text::quoted;

pub(super) fn text(flows: &[&Flow]) -> String {
    let graph = Graph::of(flows);
    let mut out = "flowchart LR\n".to_owned();
    // Writing to a text cannot fail.
    for (number, client) in graph.clients.iter().enumerate() {
        let _ = writeln!(out, "  c{number}[\"{}\"]", quoted(client));
    }
    for (number, (gateway, exits)) in graph.gateways.iter().enumerate() {
        let _ = writeln!(out, "  subgraph g{number}[\"{}\"]", quoted(gateway));
        for exit in exits {
            let _ = writeln!(out, "    e{}[\"{}\"]", exit.number, quoted(&exit.name));
        }
        out.push_str("  end\n");
    }
    for (number, host) in graph.hosts.iter().enumerate() {
        let _ = writeln!(out, "  h{number}([\"{}\"])", quoted(host));
    }
    for edge in &graph.edges {
        let arrow = match edge.kind {
            EdgeKind::Through => "-->",
            EdgeKind::Bypass => "==>",
            EdgeKind::Unknown => "-.->",
        };
        let _ = writeln!(out, "  {} {arrow}|\"{}\"| {}", edge.from, quoted(&edge.label), edge.to);
    }
    out
}

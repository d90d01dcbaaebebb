//! A Graphviz graph: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write;

use super::Flow;
use super::graph::{EdgeKind, Graph};
use crate::diagnostic::shown::on_one_line;

pub(super) fn text(flows: &[&Flow]) -> String {
    let graph = Graph::of(flows);
    let mut out = "digraph reach {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    // Writing to a text cannot fail.
    for (number, client) in graph.clients.iter().enumerate() {
        let _ = writeln!(out, "  c{number} [label={}];", quoted(client));
    }
    for (number, (gateway, exits)) in graph.gateways.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{number} {{\n    label={};", quoted(gateway));
        for exit in exits {
            let _ = writeln!(out, "    e{} [label={}];", exit.number, quoted(&exit.name));
        }
        out.push_str("  }\n");
    }
    for (number, host) in graph.hosts.iter().enumerate() {
        let _ = writeln!(out, "  h{number} [label={}, shape=oval];", quoted(host));
    }
    for edge in &graph.edges {
        let style = match edge.kind {
            EdgeKind::Through => "",
            EdgeKind::Bypass => ", style=bold, color=red",
            EdgeKind::Unknown => ", style=dashed",
        };
        let _ = writeln!(out, "  {} -> {} [label={}{style}];", edge.from, edge.to, quoted(&edge.label));
    }
    out.push_str("}\n");
    out
}

/// In a quoted text, Graphviz reads a backslash as the start of an escape, for example `\N` for the node's name.
fn quoted(text: &str) -> String {
    format!("\"{}\"", on_one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

//! A picture of who reaches what, as SVG without scripts: <https://www.w3.org/TR/SVG11/>.
//!
//! Three columns: clients, the exits of gateways, hosts. Its size and its places follow from the rows alone.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Flow;
use super::graph::{EdgeKind, Graph, Node};
use super::head::Head;
use crate::diagnostic::shown::on_one_line;

/// The most edges of a picture: more are no picture but a black area, and nobody's browser draws them.
const MOST_EDGES: usize = 2_000;
/// The most characters of a label; the whole of it is in the element's title.
const MOST_CHARS: usize = 46;
/// The width of a character of the fonts that browsers have, at 12 pixels.
const CHAR: usize = 7;
const ROW: usize = 34;
const BOX: usize = 24;
const GAP: usize = 150;
const MARGIN: usize = 20;

/// Colours for light and for dark screens. A kind of edge is told by its dashes and its width, too.
pub(super) const STYLE: &str = "\
.reach{font:12px system-ui,sans-serif;background:#fff}\
.reach text{fill:#1f2328}\
.reach rect{fill:#f6f8fa;stroke:#8c959f}\
.reach .host{fill:#ddf4ff}\
.reach .gateway{fill:none;stroke-dasharray:2 3}\
.reach path{fill:none;stroke:#57606a;stroke-width:1.3}\
.reach .bypass{stroke:#cf222e;stroke-width:2.6}\
.reach .unknown{stroke:#9a6700;stroke-dasharray:6 4}\
@media(prefers-color-scheme:dark){.reach{background:#0d1117}.reach text{fill:#e6edf3}.reach rect{fill:#161b22;stroke:#6e7681}\
.reach .host{fill:#0c2d6b}.reach .gateway{fill:none}.reach path{stroke:#8b949e}.reach .bypass{stroke:#ff7b72}\
.reach .unknown{stroke:#d29922}}";

/// The legend, in the order of the kinds.
pub(super) const LEGEND: [(EdgeKind, &str); 3] = [
    (EdgeKind::Through, "through a gateway"),
    (EdgeKind::Bypass, "bypasses every gateway"),
    (EdgeKind::Unknown, "the result is unknown"),
];

/// A file with the picture.
pub(super) fn text(flows: &[&Flow], head: &Head) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    out.push_str(&element(flows, head));
    out
}

/// Where the boxes of a column begin, and how wide they are.
struct Column {
    x: usize,
    width: usize,
}

/// The picture alone.
pub(super) fn element(flows: &[&Flow], head: &Head) -> String {
    let graph = Graph::of(flows);
    let exits: Vec<(&String, &super::graph::Exit)> =
        graph.gateways.iter().flat_map(|(gateway, exits)| exits.iter().map(move |exit| (gateway, exit))).collect();
    let width = |names: &mut dyn Iterator<Item = &str>| {
        let chars = names.map(|name| name.chars().count().min(MOST_CHARS)).max().unwrap_or_default();
        chars.saturating_mul(CHAR).saturating_add(20).max(90)
    };
    let clients = Column { x: MARGIN, width: width(&mut graph.clients.iter().map(String::as_str)) };
    let middle = Column {
        x: end(&clients).saturating_add(GAP),
        width: width(&mut exits.iter().map(|(_, exit)| exit.name.as_str())),
    };
    let hosts =
        Column { x: end(&middle).saturating_add(GAP), width: width(&mut graph.hosts.iter().map(String::as_str)) };
    // What goes past every gateway goes below them: behind a box it would seem to go through it.
    let past = graph.edges.iter().any(|edge| matches!(edge.from, Node::Client(_)) && matches!(edge.to, Node::Host(_)));
    let below = exits.len();
    let rows = graph.clients.len().max(exits.len().saturating_add(usize::from(past))).max(graph.hosts.len());
    let top = 96_usize;
    let legend_y = rows.saturating_mul(ROW).saturating_add(top).saturating_add(20);
    let (wide, high) = (end(&hosts).saturating_add(MARGIN), legend_y.saturating_add(30));

    let mut places: BTreeMap<Node, (usize, usize, usize)> = BTreeMap::new();
    let y = |row: usize| row.saturating_mul(ROW).saturating_add(top);
    let place =
        |column: &Column, row: usize| (column.x, column.x.saturating_add(column.width), y(row).saturating_add(BOX / 2));
    for row in 0..graph.clients.len() {
        places.insert(Node::Client(row), place(&clients, row));
    }
    for (row, (_, exit)) in exits.iter().enumerate() {
        places.insert(Node::Exit(exit.number), place(&middle, row));
    }
    for row in 0..graph.hosts.len() {
        places.insert(Node::Host(row), place(&hosts, row));
    }

    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reach\" role=\"img\" aria-labelledby=\"reach-title reach-desc\" \
         width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\">\n<title id=\"reach-title\">{}</title>\n\
         <desc id=\"reach-desc\">{}</desc>\n<style>{STYLE}</style>\n",
        escaped(&head.title),
        escaped(&described(&graph)),
    );
    line(&mut out, (MARGIN, 30), &head.title, " font-size=\"18\" font-weight=\"bold\"");
    line(&mut out, (MARGIN, 52), &head.said(), "");
    for (column, name) in [(&clients, "clients"), (&middle, "egress gateways"), (&hosts, "hosts")] {
        line(&mut out, (column.x, 80), name, " font-weight=\"bold\"");
    }
    for edge in graph.edges.iter().take(MOST_EDGES) {
        if let (Some((_, x1, y1)), Some((x2, _, y2))) = (places.get(&edge.from), places.get(&edge.to)) {
            let curve = |(x1, y1): (usize, usize), (x2, y2): (usize, usize)| {
                let bend = x2.saturating_sub(x1) / 2;
                format!("C{} {y1} {} {y2} {x2} {y2}", x1.saturating_add(bend), x2.saturating_sub(bend))
            };
            let way = match (edge.from, edge.to) {
                (Node::Client(_), Node::Host(_)) => {
                    let lane = y(below).saturating_add(BOX / 2);
                    let (left, right) = ((middle.x, lane), (end(&middle), lane));
                    format!("{}H{}{}", curve((*x1, *y1), left), right.0, curve(right, (*x2, *y2)))
                }
                _ => curve((*x1, *y1), (*x2, *y2)),
            };
            let _ = writeln!(
                out,
                "<path class=\"{}\" d=\"M{x1} {y1}{way}\"><title>{}</title></path>",
                class(edge.kind),
                escaped(&edge.label)
            );
        }
    }
    let named = graph.clients.iter().enumerate().map(|(row, name)| (&clients, row, name.as_str(), "client"));
    let exits = exits.iter().enumerate().map(|(row, (_, exit))| (&middle, row, exit.name.as_str(), "exit"));
    let of_hosts = graph.hosts.iter().enumerate().map(|(row, name)| (&hosts, row, name.as_str(), "host"));
    for (column, row, name, class) in named.chain(exits).chain(of_hosts) {
        let _ = writeln!(
            out,
            "<g><title>{}</title><rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BOX}\" rx=\"4\"/>\
             <text x=\"{}\" y=\"{}\">{}</text></g>",
            escaped(name),
            column.x,
            y(row),
            column.width,
            column.x.saturating_add(10),
            y(row).saturating_add(16),
            escaped(&cut(name)),
        );
    }
    for (at, (kind, words)) in LEGEND.iter().enumerate() {
        let x = at.saturating_mul(220).saturating_add(MARGIN);
        let _ = writeln!(out, "<path class=\"{}\" d=\"M{x} {legend_y}h34\"/>", class(*kind));
        line(&mut out, (x.saturating_add(42), legend_y.saturating_add(4)), words, "");
    }
    let more = graph.edges.len().saturating_sub(MOST_EDGES);
    if more > 0 {
        let words = format!("{more} more edges are left out; use a filter, for example one client or one host");
        line(&mut out, (MARGIN, legend_y.saturating_add(24)), &words, "");
    }
    out.push_str("</svg>\n");
    out
}

fn end(column: &Column) -> usize {
    column.x.saturating_add(column.width)
}

fn line(out: &mut String, (x, y): (usize, usize), text: &str, attributes: &str) {
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{attributes}>{}</text>", escaped(text));
}

/// The picture in words, for people who do not see it.
fn described(graph: &Graph) -> String {
    let count = |kind: EdgeKind| graph.edges.iter().filter(|edge| edge.kind == kind).count();
    format!(
        "{} clients at the left, {} egress gateways in the middle and {} hosts at the right, with an edge for each flow that arrives: \
         {} edges through a gateway, {} that bypass every gateway, and {} whose result is unknown.",
        graph.clients.len(),
        graph.gateways.len(),
        graph.hosts.len(),
        count(EdgeKind::Through),
        count(EdgeKind::Bypass),
        count(EdgeKind::Unknown),
    )
}

pub(super) fn class(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Through => "through",
        EdgeKind::Bypass => "bypass",
        EdgeKind::Unknown => "unknown",
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= MOST_CHARS {
        return name.to_owned();
    }
    let kept: String = name.chars().take(MOST_CHARS.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Text for XML and HTML, in which no name of a document can begin an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in on_one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML cannot write these in any form.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

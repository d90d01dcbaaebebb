//! Comma-separated values, after RFC 4180, for spreadsheets and scripts.

use std::borrow::Cow;

use super::row::target;
use super::table::word;
use super::{Flow, FlowClient};
use crate::api::{Accountability, ClientPath, OtherGateway};
use crate::diagnostic::shown::on_one_line;
use crate::trace::{Encryption, Unverified, Verdict};

const HEAD: [&str; 33] = [
    "namespace",
    "labels",
    "serviceAccount",
    "path",
    "scheme",
    "host",
    "port",
    "message",
    "verdict",
    "declared",
    "audit",
    "bypass",
    "gateway",
    "gatewayPort",
    "otherGateways",
    "toGateway",
    "toHost",
    "unverified",
    "reachedHost",
    "reachedPort",
    "reachedTls",
    "reachedSni",
    "alsoReached",
    "status",
    "responseFlags",
    "policy",
    "rule",
    "owner",
    "reason",
    "ticket",
    "until",
    "place",
    "unknown",
];

pub(super) fn text(flows: &[Cow<'_, Flow>]) -> String {
    let mut out = String::new();
    line(&mut out, HEAD.map(str::to_owned));
    for flow in flows {
        line(&mut out, cells(flow));
    }
    out
}

fn line(out: &mut String, cells: [String; 33]) {
    out.push_str(&cells.map(|cell| quoted(&cell)).join(","));
    out.push_str("\r\n");
}

/// A spreadsheet reads a cell as a formula because of its first character, so such a cell gets an apostrophe before it.
/// Other cells, such as `*` or a number, stay unchanged.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let cell = on_one_line(cell);
    let guarded = if formula { format!("'{cell}") } else { cell };
    if guarded.contains([',', '"', '\r', '\n', ';']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

fn cells(flow: &Flow) -> [String; 33] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<u16>| value.map(|value| value.to_string()).unwrap_or_default();
    let encryption = |value: Option<Encryption>| value.map_or("", word).to_owned();
    let labels: Vec<String> = flow.from.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let reached = flow.reached.as_ref();
    let said = |field: fn(&Accountability) -> &Option<String>| {
        flow.accountability.as_ref().and_then(|said| field(said).clone()).unwrap_or_default()
    };
    [
        namespace(&flow.from),
        labels.join(" "),
        text(&flow.from.service_account),
        path(flow.from.path).to_owned(),
        flow.to.scheme.name().to_owned(),
        flow.to.host.clone(),
        flow.to.port.to_string(),
        if flow.to.message.is_some() || flow.to.name.is_some() { target(&flow.to) } else { String::new() },
        verdict(flow.verdict).to_owned(),
        flow.declared.to_string(),
        flow.audit.to_string(),
        flow.bypass.to_string(),
        text(&flow.gateway),
        number(flow.gateway_port),
        flow.other_gateways.iter().map(OtherGateway::in_short).collect::<Vec<_>>().join(" "),
        encryption(flow.to_gateway),
        encryption(flow.to_host),
        unverified(flow.unverified).to_owned(),
        reached.map(|reached| reached.host.clone()).unwrap_or_default(),
        number(reached.map(|reached| reached.port)),
        reached.map(|reached| reached.tls.to_string()).unwrap_or_default(),
        reached.and_then(|reached| reached.sni.clone()).unwrap_or_default(),
        flow.also_reached.iter().map(|place| format!("{}:{}", place.host, place.port)).collect::<Vec<_>>().join(" "),
        number(flow.status),
        text(&flow.response_flags),
        text(&flow.policy),
        text(&flow.rule),
        said(|said| &said.owner),
        said(|said| &said.reason),
        said(|said| &said.ticket),
        said(|said| &said.until),
        flow.place.as_ref().map(super::where_from).unwrap_or_default(),
        flow.unknown.join("; "),
    ]
}

fn namespace(client: &FlowClient) -> String {
    let name = client.namespace.as_deref().unwrap_or("*");
    match client.other_namespaces {
        0 => name.to_owned(),
        others => format!("{name} and {others} more"),
    }
}

fn path(path: ClientPath) -> &'static str {
    match path {
        ClientPath::Sidecar => "sidecar",
        ClientPath::Direct => "direct",
        ClientPath::Ambient => "ambient",
        ClientPath::None => "none",
    }
}

fn unverified(unverified: Unverified) -> &'static str {
    match unverified {
        Unverified::Nothing => "nothing",
        Unverified::Name => "name",
        Unverified::Everything => "everything",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Blocked => "blocked",
        Verdict::Diverted => "diverted",
        Verdict::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_breaks_its_line() {
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for start in ["+1", "-1", "@a", "\tx", "＝1"] {
            assert!(quoted(start).trim_start_matches('"').starts_with('\''), "{start}");
        }
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(quoted("www.example.org"), "www.example.org");
    }
}

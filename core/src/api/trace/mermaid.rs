//! A trace as a Mermaid sequence diagram.

use std::fmt::Write;

use super::Trace;
use crate::api::mermaid_text::quoted;
use crate::trace::{Encryption, Stop, Verdict};

pub(super) fn text(trace: &Trace) -> String {
    let to = &trace.query.to;
    let mut out = String::from("sequenceDiagram\n");
    // Writing to a text cannot fail.
    let mut line = |text: &str| {
        let _ = writeln!(out, "    {text}");
    };
    let labels: Vec<String> = trace.query.from.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let client = [&trace.query.from.namespace].into_iter().chain(&labels).cloned().collect::<Vec<_>>().join(", ");
    line(&format!("participant C as {}", quoted(&client)));
    for hop in &trace.hops {
        let name = match hop.at {
            Stop::Sidecar => "sidecar".to_owned(),
            Stop::Gateway => {
                let names = trace.gateway.iter().chain(trace.other_gateways.iter().map(|other| &other.name));
                format!("gateway {}", names.cloned().collect::<Vec<_>>().join(" or "))
            }
            Stop::Waypoint => format!("waypoint {}", trace.gateway.as_deref().unwrap_or_default()),
            Stop::Origin => {
                trace.reached.as_ref().map_or_else(String::new, |at| format!("{}, port {}", at.host, at.port))
            }
        };
        line(&format!("participant {} as {}", id(hop.at), quoted(&name)));
    }
    let asked = format!("{}://{}, port {}", to.scheme.name(), to.host, to.port.unwrap_or_default());
    let mut from = "C";
    let mut how = asked.as_str();
    for hop in &trace.hops {
        line(&format!("{from}->>{}: {}", id(hop.at), quoted(how)));
        from = id(hop.at);
        how = match hop.encryption {
            Some(Encryption::Plain) | None => "plain text",
            Some(Encryption::Mtls) => "mutual TLS",
            Some(Encryption::Tls) => "TLS",
            Some(Encryption::TlsInMtls) => "TLS inside mutual TLS",
        };
    }
    match trace.verdict {
        Verdict::Blocked => {
            let what = match (trace.status, &trace.response_flags) {
                (Some(status), Some(flags)) => format!("{status} ({flags})"),
                (Some(status), None) => status.to_string(),
                (None, Some(flags)) => format!("closed ({flags})"),
                (None, None) => "closed".to_owned(),
            };
            line(&format!("{from}--xC: {}", quoted(&what)));
        }
        Verdict::Unknown => line(&format!("note over {from}: {}", quoted(&trace.unknown.join(", ")))),
        Verdict::Allowed | Verdict::Diverted => {}
    }
    out
}

fn id(at: Stop) -> &'static str {
    match at {
        Stop::Sidecar => "S",
        Stop::Gateway => "G",
        Stop::Waypoint => "W",
        Stop::Origin => "H",
    }
}

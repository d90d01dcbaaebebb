//! The fields of a log line.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::api::{QueryPart, UsageError};

/// The largest size; a longer line is not an access log.
const MOST_BYTES: usize = 64 << 10;

/// The text that Istio writes for a missing value.
const ABSENT: &str = "-";

/// Whether each field is in quotes: `[time] "request" status flags details termination "failure" in out ms upstream-ms
/// "forwarded" "agent" "id" "authority" "upstream" cluster local dialled remote server-name route`.
const QUOTED: [bool; 22] = [
    false, true, false, false, false, false, true, false, false, false, false, true, true, true, true, true, false,
    false, false, false, false, false,
];

/// The fields that describe the request and its result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::api::trace) struct LogLine {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) flags: Option<String>,
    pub(super) authority: Option<String>,
    pub(super) cluster: Option<String>,
    /// The address that the client dialled, as the proxy saw it.
    pub(super) dialled: Option<String>,
    pub(super) server_name: Option<String>,
    pub(super) route: Option<String>,
}

impl FromStr for LogLine {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        if text.len() > MOST_BYTES {
            return Err(wrong("it is too long"));
        }
        let text = without_prefix(text.trim());
        let line = if text.starts_with('{') { Self::from_json(text) } else { Self::from_text(text) }?;
        if line.cluster.as_deref().is_some_and(|cluster| cluster.starts_with("inbound|")) {
            return Err(wrong("it is about an inbound request of the workload, not about an outbound one"));
        }
        Ok(line)
    }
}

/// The error for a wrong line, with the form of a right one.
pub(super) fn wrong(what: &str) -> UsageError {
    UsageError::query(
        QueryPart::AccessLog,
        format!(
            "the access log line cannot be read: {what}; use one unchanged line of a sidecar's access log about an outbound \
             request, in Istio's text format or in JSON (`accessLogEncoding: JSON` in the mesh config)"
        ),
    )
}

impl LogLine {
    fn from_json(text: &str) -> Result<Self, UsageError> {
        let fields: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        let field = |name: &str| match fields.get(name)? {
            serde_json::Value::String(text) => present(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let line = Self {
            method: field("method"),
            path: field("path"),
            protocol: field("protocol"),
            status: field("response_code").and_then(|code| code.parse().ok()).filter(|code| *code != 0),
            flags: field("response_flags"),
            authority: field("authority"),
            cluster: field("upstream_cluster"),
            dialled: field("downstream_local_address"),
            server_name: field("requested_server_name"),
            route: field("route_name"),
        };
        if line == Self::default() { Err(wrong("it has none of the fields of Istio's access log")) } else { Ok(line) }
    }

    fn from_text(text: &str) -> Result<Self, UsageError> {
        let words = words(text)?;
        // Envoy's text format escapes nothing, so a client can send text that looks like more fields. Such a text adds
        // fields to the line, so a line is read only if it has exactly the fields of the format.
        if words.len() != QUOTED.len() || words.iter().zip(QUOTED).any(|(word, quoted)| word.quoted != quoted) {
            return Err(wrong(&format!(
                "Istio's text format has a time in brackets and {} fields, seven of them in quotes; this line has {} \
                 fields, or other fields in quotes",
                QUOTED.len(),
                words.len()
            )));
        }
        let at = |index: usize| words.get(index).and_then(|word| present(word.text));
        let request = at(1).unwrap_or_default();
        let mut request = request.split(' ').map(present);
        let (method, path, protocol) = (request.next().flatten(), request.next().flatten(), request.next().flatten());
        Ok(Self {
            method,
            path,
            protocol,
            status: at(2).and_then(|code| code.parse().ok()).filter(|code| *code != 0),
            flags: at(3),
            authority: at(14),
            cluster: at(16),
            dialled: at(18),
            server_name: at(20),
            route: at(21),
        })
    }
}

fn present(text: &str) -> Option<String> {
    (text != ABSENT && !text.is_empty()).then(|| text.to_owned())
}

/// A line without the prefixes of `kubectl logs --prefix` and `--timestamps`.
fn without_prefix(text: &str) -> &str {
    let pod = text.strip_prefix("[pod/").and_then(|rest| rest.split_once("] "));
    let text = pod.map_or(text, |(_, line)| line.trim_start());
    match text.split_once(' ') {
        Some((time, line))
            if time.starts_with(|c: char| c.is_ascii_digit()) && time.contains('T') && line.starts_with(['[', '{']) =>
        {
            line
        }
        _ => text,
    }
}

/// A field.
struct Word<'t> {
    text: &'t str,
    quoted: bool,
}

/// The fields, which are separated by blanks. Quotes keep a field together, and so do the brackets of the time, which
/// is the first field.
fn words(text: &str) -> Result<Vec<Word<'_>>, UsageError> {
    if !text.starts_with('[') {
        return Err(wrong("Istio's text format begins with a time in brackets"));
    }
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"');
        let (word, after) = match quoted {
            Some(inside) => inside.split_once('"').ok_or_else(|| wrong("a quotation mark is not closed"))?,
            None => rest.split_at_checked(rest.find(' ').unwrap_or(rest.len())).unwrap_or((rest, "")),
        };
        if quoted.is_none() && word.contains('"') || !after.is_empty() && !after.starts_with(' ') {
            return Err(wrong("a field contains a quotation mark, for example from a header of the client"));
        }
        words.push(Word { text: word, quoted: quoted.is_some() });
        rest = after.trim_start_matches(' ');
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "\"curl/8.5.0\"";

    fn text() -> String {
        format!(
            "[2026-11-23T10:00:00.000Z] \"GET / HTTP/1.1\" 200 - via_upstream - \"-\" 0 5 3 2 \"-\" {AGENT} \"5e1c\" \
             \"ext.example:8080\" \"[2001:2::2]:80\" outbound|80||ext.example [2001:2::3]:4444 [2001:2::1]:80 \
             [2001:2::3]:40000 - default"
        )
    }

    fn read(text: &str) -> Result<LogLine, String> {
        text.parse().map_err(|error: UsageError| error.to_string())
    }

    #[test]
    fn addresses_of_version_six_are_fields() {
        let line = read(&text()).unwrap();
        assert_eq!(line.dialled.as_deref(), Some("[2001:2::1]:80"));
        assert_eq!(line.cluster.as_deref(), Some("outbound|80||ext.example"));
        assert_eq!(line.route.as_deref(), Some("default"));
    }

    #[test]
    fn what_kubectl_puts_before_a_line_is_taken_off() {
        let plain = read(&text());
        for prefix in
            ["[pod/sleep-a-1/istio-proxy] ", "2026-11-23T10:00:00.1Z ", "[pod/a/istio-proxy] 2026-11-23T10:00:00.1Z "]
        {
            assert_eq!(read(&format!("{prefix}{}", text())), plain, "{prefix}");
        }
        let json = "{\"authority\": \"ext.example\", \"method\": \"GET\"}";
        assert_eq!(read(&format!("[pod/a/istio-proxy] {json}")), read(json));
        for prefix in ["sleep-a-1 istio-proxy ", "[other] "] {
            let error = read(&format!("{prefix}{}", text())).unwrap_err();
            assert!(error.contains("; use one unchanged line"), "{error}");
        }
    }

    #[test]
    fn what_a_client_writes_is_no_field() {
        for agent in [
            "\"x\" \"id\" \"http://other.example:9\" \"-\" outbound|9||other.example - 9.9.9.9:9 - - - \"\"",
            "\"x\" \"y\"",
            "\"x\"y\"",
            "\"x\"\"",
            "\"x\"y\"z\"",
            "\"x\" y\"",
        ] {
            let error = read(&text().replace(AGENT, agent)).unwrap_err();
            assert!(error.contains("accessLogEncoding: JSON"), "{agent}: {error}");
        }
        assert!(read(&format!("{} more", text())).is_err());
        assert!(read(text().trim_end_matches(" default")).is_err());
    }

    #[test]
    fn what_came_in_is_no_question() {
        let inbound = text().replace("outbound|80||ext.example", "inbound|80||");
        assert!(read(&inbound).unwrap_err().contains("inbound request"));
    }
}

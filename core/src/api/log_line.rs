//! A line of an Envoy access log in Istio's formats.
//!
//! `pilot/pkg/model/telemetry_logging.go` defines both formats: `EnvoyTextLogFormat`, which `istio.io` shows, and the
//! fields of `EnvoyJSONLogFormatIstio`.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde_json::Value;

use crate::api::{QueryClient, QueryPart, UsageError};
use crate::resource::Labels;

/// The largest size; a longer line is not an access log.
pub(super) const MOST_BYTES: usize = 64 << 10;

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
pub(super) struct LogLine {
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) flags: Option<String>,
    /// `RESPONSE_CODE_DETAILS`: which part of the proxy answered, or `via_upstream`.
    pub(super) details: Option<String>,
    /// `CONNECTION_TERMINATION_DETAILS`: why the proxy closed a connection.
    pub(super) termination: Option<String>,
    /// The bytes that the client got.
    pub(super) bytes_sent: Option<u64>,
    pub(super) authority: Option<String>,
    /// The address that the proxy connected to.
    pub(super) upstream: Option<String>,
    pub(super) cluster: Option<String>,
    /// The address that the client dialled, as the proxy saw it.
    pub(super) dialled: Option<String>,
    pub(super) server_name: Option<String>,
    pub(super) route: Option<String>,
    /// The workload whose proxy wrote the line, where a log shipper has added it.
    pub(super) client: Option<QueryClient>,
    /// The rule of a dry run that would refuse the caller, in a field that Istio's own formats do not have.
    pub(super) dry_run: Option<String>,
}

impl FromStr for LogLine {
    type Err = UsageError;

    fn from_str(text: &str) -> Result<Self, UsageError> {
        if text.len() > MOST_BYTES {
            return Err(wrong("it is too long"));
        }
        let text = without_prefix(text.trim());
        if text.starts_with('{') { Self::from_json(text) } else { Self::from_text(text) }
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
    /// Whether the line is about a request that arrives at the workload: the clusters of `core/cluster_builder.go`
    /// (`inbound|…`, `InboundPassthroughCluster`), and the port of the inbound listener, 15006.
    pub(super) fn is_inbound(&self) -> bool {
        let is_inbound = |cluster: &str| cluster.starts_with("inbound|") || cluster.starts_with("InboundPassthrough");
        self.cluster.as_deref().is_some_and(is_inbound)
            || self.dialled.as_deref().is_some_and(|address| address.ends_with(":15006"))
    }

    /// Whether the request came in HTTP/2.
    pub(super) fn is_http_2(&self) -> bool {
        self.protocol.as_deref() == Some("HTTP/2")
    }

    /// Whether the request looks like a call of gRPC, `POST /package.Service/Method`; Istio does not log its type.
    pub(super) fn is_grpc(&self) -> bool {
        let path = self.path.as_deref().and_then(|path| path.strip_prefix('/')).unwrap_or_default();
        let is_word =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        self.is_http_2()
            && self.method.as_deref() == Some("POST")
            && path.split_once('/').is_some_and(|(service, method)| is_word(service) && is_word(method))
    }

    /// The parts of the proxy's cluster, if it is one of a service.
    pub(super) fn outbound(&self) -> Option<Outbound<'_>> {
        Outbound::read(self.cluster.as_deref()?)
    }

    /// A line in JSON, or one that a log shipper has put into an object of its own, as text in `log` or `message`.
    fn from_json(text: &str) -> Result<Self, UsageError> {
        let fields = fields(text)?;
        let inner = ["log", "message"].iter().find_map(|name| fields.get(*name)?.as_str());
        let mut line = match inner.map(|inner| without_prefix(inner.trim())) {
            None => Self::from_fields(&fields),
            Some(inner) if inner.starts_with('{') => Self::from_fields(&self::fields(inner)?),
            Some(inner) => Self::from_text(inner),
        }?;
        line.client = fields.get("kubernetes").and_then(client);
        Ok(line)
    }

    fn from_fields(fields: &BTreeMap<String, Value>) -> Result<Self, UsageError> {
        let field = |name: &str| match fields.get(name)? {
            Value::String(text) => present(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let line = Self {
            method: field("method"),
            path: field("path"),
            protocol: field("protocol"),
            status: field("response_code").and_then(|code| code.parse().ok()).filter(|code| *code != 0),
            flags: field("response_flags"),
            details: field("response_code_details"),
            termination: field("connection_termination_details"),
            bytes_sent: field("bytes_sent").and_then(|bytes| bytes.parse().ok()),
            authority: field("authority"),
            upstream: field("upstream_host"),
            cluster: field("upstream_cluster"),
            dialled: field("downstream_local_address"),
            server_name: field("requested_server_name"),
            route: field("route_name"),
            client: None,
            dry_run: None,
        };
        if line == Self::default() {
            return Err(wrong("it has none of the fields of Istio's access log"));
        }
        Ok(Self { dry_run: field("dry_run_http").or_else(|| field("dry_run_tcp")), ..line })
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
            details: at(4),
            termination: at(5),
            bytes_sent: at(8).and_then(|bytes| bytes.parse().ok()),
            authority: at(14),
            upstream: at(15),
            cluster: at(16),
            dialled: at(18),
            server_name: at(20),
            route: at(21),
            client: None,
            dry_run: None,
        })
    }
}

/// `outbound|443|subset|host`.
pub(super) struct Outbound<'c> {
    pub(super) port: u16,
    pub(super) subset: &'c str,
    pub(super) host: &'c str,
}

impl<'c> Outbound<'c> {
    pub(super) fn read(cluster: &'c str) -> Option<Self> {
        let mut parts = cluster.split('|');
        let (direction, port, subset, host) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        (direction == "outbound").then_some(())?;
        Some(Self { port: port.parse().ok()?, subset, host })
    }
}

fn fields(text: &str) -> Result<BTreeMap<String, Value>, UsageError> {
    serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))
}

/// The pod that Fluent Bit's and Fluentd's filters for Kubernetes add. Fluentd may write `_` for each `.` in the keys of
/// labels, so a pod with such a key is not used: its labels may be others.
fn client(kubernetes: &Value) -> Option<QueryClient> {
    let namespace = kubernetes.get("namespace_name")?.as_str()?;
    let labels = kubernetes.get("labels")?.as_object()?.iter();
    let labels = labels.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let labels: Labels = labels.collect::<Option<_>>()?;
    let is_unchanged = labels.keys().all(|key| !key.contains('_'));
    is_unchanged.then(|| QueryClient { labels, ..QueryClient::in_namespace(namespace) })
}

fn present(text: &str) -> Option<String> {
    (text != ABSENT && !text.is_empty()).then(|| text.to_owned())
}

/// A line without the prefixes of `kubectl logs --prefix` and `--timestamps`, and of a container runtime's own files.
fn without_prefix(text: &str) -> &str {
    let pod = text.strip_prefix("[pod/").and_then(|rest| rest.split_once("] "));
    let text = pod.map_or(text, |(_, line)| line.trim_start());
    let Some((time, line)) = text.split_once(' ') else { return text };
    if !(time.starts_with(|c: char| c.is_ascii_digit()) && time.contains('T')) {
        return text;
    }
    let line = line.strip_prefix("stdout F ").unwrap_or(line);
    if line.starts_with(['[', '{']) { line } else { text }
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
        for prefix in [
            "[pod/sleep-a-1/istio-proxy] ",
            "2026-11-23T10:00:00.1Z ",
            "[pod/a/istio-proxy] 2026-11-23T10:00:00.1Z ",
            "2026-11-23T10:00:00.1Z stdout F ",
        ] {
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
    fn a_shipper_adds_the_workload() {
        let of = |labels: &str, line: &str| {
            let kubernetes = format!(r#"{{"namespace_name": "mytest", "pod_name": "a-1", "labels": {labels}}}"#);
            read(&format!(r#"{{"kubernetes": {kubernetes}, {line}}}"#)).unwrap()
        };
        let wrapped = format!(r#""stream": "stdout", "log": {}"#, serde_json::json!(format!("{}\n", text())));
        let line = of(r#"{"app": "a", "app.kubernetes.io/name": "b"}"#, &wrapped);
        assert_eq!(LogLine { client: None, ..line.clone() }, read(&text()).unwrap());
        assert_eq!(line.client, Some("mytest,app=a,app.kubernetes.io/name=b".parse().unwrap()));
        let inline = r#""authority": "ext.example", "method": "GET""#;
        assert_eq!(of(r#"{"app": "a"}"#, inline).client, Some("mytest,app=a".parse().unwrap()));
        for odd in [r#"{"app_kubernetes_io/name": "b"}"#, r#"{"app": 1}"#, "[]", "null"] {
            assert_eq!(of(odd, inline).client, None, "{odd}");
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
    fn what_came_in_is_known_by_its_cluster() {
        let inbound = text().replace("outbound|80||ext.example", "inbound|80||");
        assert!(read(&inbound).unwrap().is_inbound());
        assert!(!read(&text()).unwrap().is_inbound());
    }
}

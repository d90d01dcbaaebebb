//! Every question that can be put about documents.

use serde_json::{Value, json};

use super::answers::answer;
use super::choices::Choices;

/// Every call, and one that does not exist.
pub(super) const CALLS: [&str; 12] =
    ["compile", "check", "trace", "reach", "diff", "test", "replay", "convert", "explain", "schema", "about", "none"];

const ASKED: [&str; 14] = [
    "shop -> http://api.example.com",
    "mytest,app=sleep-a -> POST https://www.httpbin.org/anything",
    "shop -> https://a.example.com",
    "shop -> tcp://10.0.0.1:5432",
    "* -> tls://a.example.com:443",
    "default -> http://edition.cnn.com",
    "default -> https://edition.cnn.com",
    "shop -> http://[::1]:80",
    "-> ",
    "shop,app=a,app=b -> GRPC http://a:0/",
    "shop -> http://a.example.com:99999",
    "\u{202e} -> http://é",
    "shop -> DELETE http://api.example.com/../%2e%2e?x#y",
    "default -> mongo://mongo.example.com:27017",
];
const LINES: [&str; 5] = [
    r#"[2026-01-01T00:00:00.000Z] "GET /a HTTP/1.1" 403 - via_upstream - "-" 0 0 1 - "-" "curl" "id" "api.example.com" "-" outbound|80||api.example.com - 10.0.0.1:80 10.0.0.2:1 - default"#,
    r#"{"authority":"api.example.com","method":"GET","path":"/a","response_code":200,"route_name":"default","upstream_cluster":"outbound|80||api.example.com"}"#,
    r#"{"authority":null,"bytes_received":-1,"requested_server_name":"a.example.com","downstream_local_address":"10.0.0.1:443"}"#,
    r#"{"kubernetes":{"namespace_name":"shop","labels":{"app":"a"}},"authority":"a.example.com:80","method":"POST","path":"/?"}"#,
    r#"[2026] "- - -" 0 UF,URX - - "-" 1 2 3 - "-" "-" "-" "-" "10.0.0.1:1" outbound|1|| 1 2 3 a.example.com -"#,
];

/// Asks one of the questions about documents, or about two states of them.
pub(super) fn ask(choices: &mut Choices<'_>, before: &[Value], after: &[Value]) {
    let [before, after] = [before, after].map(sources);
    match choices.of(8) {
        0 => answer("check", &json!({"sources": after, "date": "2026-11-30", "render": "plain"})),
        1 => answer("reach", &json!({"sources": after, "format": format(choices, &["text", "csv", "mermaid", "dot"])})),
        2 => {
            answer("diff", &json!({"before": before, "after": after, "format": format(choices, &["text", "markdown"])}))
        }
        3 => answer("compile", &json!({"sources": after, "format": "yaml"})),
        4 => answer("test", &json!({"sources": after, "mutations": choices.of(2) == 0, "format": "text"})),
        5 => answer(
            "convert",
            &json!({"sources": after, "to": format(choices, &["EgressPolicy", "ASMEgressTrafficPolicy"])}),
        ),
        _ => {
            let asked = choices.pick(&ASKED).copied().unwrap_or_default();
            answer("trace", &json!({"sources": after, "ask": asked, "format": format(choices, &["text", "mermaid"])}))
        }
    };
}

/// Reads a log.
pub(super) fn read_logs(choices: &mut Choices<'_>, documents: &[Value]) {
    let mut lines = String::new();
    let sources = sources(documents);
    let client = json!({"namespace": "mytest", "labels": {"app": "sleep-a"}});
    let client = if choices.of(2) == 0 { client } else { Value::Null };
    let asks_one = choices.of(3) == 0;
    while !choices.is_empty() && lines.len() < 4_000 {
        let mut line: Vec<u8> = choices.pick(&LINES).copied().unwrap_or_default().as_bytes().to_vec();
        // Bytes of the line are replaced by others.
        for _ in 0..choices.of(8) {
            let at = choices.of(line.len());
            let byte = u8::try_from(choices.of(256)).unwrap_or_default();
            if let Some(old) = line.get_mut(at) {
                *old = byte;
            }
        }
        lines.push_str(&String::from_utf8_lossy(&line));
        lines.push('\n');
    }
    if asks_one {
        let line = lines.lines().next().unwrap_or_default();
        answer("trace", &json!({"sources": sources, "accessLog": line, "client": client, "format": "text"}));
    } else {
        answer(
            "replay",
            &json!({"sources": sources, "logs": [{"name": "a.log", "text": lines, "client": client}], "format": "text"}),
        );
    }
}

fn format(choices: &mut Choices<'_>, formats: &[&str]) -> Value {
    choices.pick(formats).copied().into()
}

fn sources(documents: &[Value]) -> Vec<Value> {
    let texts = documents.iter().zip(0_usize..);
    texts.map(|(document, number)| json!({"name": format!("{number}.yaml"), "text": document.to_string()})).collect()
}

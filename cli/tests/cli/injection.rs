//! What strangers write stays text: every format that is printed, with names and texts that mean something to its readers.
//!
//! A policy may come from a pull request of somebody unknown, and an access log from whoever sent the request.

use egressc::ExitStatus;
use egressc_core::stages::diagnostic::is_hidden;
use serde_json::Value;

use crate::memory_host::{Entry, MemoryHost};

const HOSTILE: [&str; 34] = [
    "\u{1b}[31mred",
    "\u{9b}2J",
    "\u{202e}txt.exe",
    "a\u{200b}b",
    "a\u{3164}b",
    "\u{e0041}",
    "=HYPERLINK(\"http://e.example\")",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "[x](http://e.example)",
    "![x](http://e.example)",
    "<script>alert(1)</script>",
    "<!--",
    "@everyone",
    "a|b|c",
    "`a` @b",
    "x\n::error::y",
    "x\r\n::set-output name=a::b",
    "::add-mask::a",
    "%0A::error::y",
    "##[set-output name=a]b",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[buildStop]",
    "\"]; x -> y [label=\"",
    "\\N\\",
    "a\"] --> b; click b href \"javascript:x\"",
    "end\n subgraph x",
    "#quot;",
    "]]></failure><a/>",
    "&amp;\u{ffff}",
    "{0} %s $(x) ${{ x }}",
];

/// Documents in which a text stands wherever one may.
fn documents(text: &str) -> String {
    let text = &Value::from(text).to_string();
    format!(
        "apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {{name: mesh}}
spec: {{outboundTrafficPolicy: REGISTRY_ONLY, gateways: [{{name: egressgateway, namespace: istio-system, podLabels: {{istio: egressgateway}}, ports: [{{port: 80, targetPort: 8080, class: http}}]}}]}}
---
apiVersion: egressc.dev/v1alpha1
kind: EgressPolicy
metadata: {{name: shop, namespace: istio-egress}}
spec:
  byEgressGateway: {{name: egressgateway}}
  egressRules:
  - name: good
    owner: {text}
    reason: {text}
    ticket: {text}
    from: [{{namespace: shop, workloadSelector: {{app: cart}}}}]
    to: [{{hosts: [api.example.com], port: {{number: 80, protocol: HTTP}}, allow: [{{paths: [/a], headers: {{x-a: {text}}}}}]}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: {text}, namespace: shop, labels: {{{text}: {text}}}, annotations: {{egressc.dev/origins: {text}}}}}
spec: {{hosts: [own.example.org, {text}], ports: [{{number: 80, name: {text}, protocol: HTTP}}], resolution: DNS}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: own, namespace: {text}}}
spec: {{hosts: [own.example.net], ports: [{{number: 443, name: tls, protocol: TLS}}], resolution: DNS, exportTo: ['*', {text}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: {text}, namespace: shop}}
spec:
  hosts: [own.example.org, {text}]
  http:
  - {{match: [{{uri: {{prefix: {text}}}, sourceLabels: {{app: {text}}}}}], route: [{{destination: {{host: {text}, subset: {text}}}}}]}}
  - {{name: {text}, match: [{{headers: {{x: {{exact: {text}}}}}}}], route: [{{destination: {{host: own.example.org}}}}]}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {{name: {text}, namespace: shop}}
spec: {{workloadSelector: {{labels: {{app: {text}}}}}, egress: [{{hosts: [./*, {text}]}}]}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: {text}, namespace: istio-system}}
spec: {{action: DENY, selector: {{matchLabels: {{istio: egressgateway}}}}, rules: [{{from: [{{source: {{principals: [{text}]}}}}], to: [{{operation: {{paths: [{text}]}}}}], when: [{{key: {text}, values: [{text}]}}]}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: {text}, namespace: shop, labels: {{app: {text}}}}}
spec: {{serviceAccountName: {text}, containers: [{{name: istio-proxy, image: {text}, args: [proxy, sidecar]}}]}}
---
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {{name: tests}}
spec: {{allow: [{{from: 'shop,app=cart', to: ['http://api.example.com/a']}}]}}
"
    )
}

/// The same, with mistakes that are told with their text.
fn wrong(text: &str) -> String {
    let text = &Value::from(text).to_string();
    format!(
        "---
apiVersion: egressc.dev/v1alpha1
kind: EgressPolicy
metadata: {{name: {text}, namespace: {text}}}
spec: {{byEgressGateway: {{name: {text}}}, {text}: 1, egressRules: [{{name: {text}, from: [{{namespace: {text}, workloadSelector: {{{text}: {text}}}}}], to: [{{hosts: [{text}], port: {{number: {text}, protocol: {text}}}}}]}}]}}
---
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {{name: {text}}}
spec: {{allow: [{{from: {text}, to: [{text}]}}]}}
---
{{kind: {text}, {text}: {text}}}
"
    )
}

fn host(text: &str, is_wrong: bool) -> MemoryHost {
    let mut host = MemoryHost::default();
    // A name of a file has neither a separator of paths nor a NUL.
    let name = format!("d/{}.yaml", text.replace('/', "-"));
    let (good, wrong) = (documents(text), wrong(text));
    host.entries.insert("d/0.yaml".to_owned(), Entry::File(good.into()));
    if is_wrong {
        host.entries.insert(name, Entry::File(wrong.into()));
    }
    let line = format!(
        "[2026-01-01T00:00:00.000Z] \"GET {text} HTTP/1.1\" 403 - {text} - \"{text}\" 0 0 1 - \"-\" \"{text}\" \"id\" \"{text}\" \"-\" outbound|80||{text} - 10.0.0.1:80 10.0.0.2:1 {text} default\n"
    );
    let json = serde_json::json!({"authority": text, "method": text, "path": text, "response_code": 403, "response_flags": text, "route_name": text, "requested_server_name": text});
    host.entries.insert("a.log".to_owned(), Entry::File(format!("{line}{json}\n{text}\n").into()));
    host
}

/// What a format must keep to.
type Rule = fn(&str, &str);

const FORMATS: [(&[&str], Rule); 20] = [
    (&["check", "d"], plain),
    (&["check", "--format", "json", "d"], json),
    (&["check", "--format", "sarif", "d"], sarif),
    (&["check", "--format", "junit", "d"], xml),
    (&["check", "--format", "github", "d"], github),
    (&["check", "--format", "gitlab", "d"], json),
    (&["check", "--diff", "d"], plain),
    (&["check", "--statistics", "d"], plain),
    (&["reach", "d"], plain),
    (&["reach", "--format", "json", "d"], json),
    (&["reach", "--format", "csv", "d"], csv),
    (&["reach", "--format", "mermaid", "d"], mermaid),
    (&["reach", "--format", "dot", "d"], dot),
    (&["diff", "none", "d"], plain),
    (&["diff", "--format", "markdown", "none", "d"], markdown),
    (&["trace", "d", "--from", "shop,app=cart", "--to", "http://own.example.org/x"], plain),
    (&["trace", "--format", "mermaid", "d", "--from", "shop,app=cart", "--to", "http://own.example.org/x"], mermaid),
    (&["test", "--mutations", "d"], plain),
    (&["replay", "d", "--log", "a.log", "--from", "shop,app=cart"], plain),
    (&["replay", "--format", "json", "d", "--log", "a.log", "--from", "shop,app=cart"], json),
];

#[test]
fn texts_of_strangers_stay_text_in_every_format() {
    for (args, rule) in FORMATS {
        for is_wrong in [false, true] {
            for text in HOSTILE {
                let mut host = host(text, is_wrong);
                host.entries.insert("none/0.yaml".to_owned(), Entry::File(documents("x").into()));
                let status = host.run(args);
                let about = format!("{args:?} {text:?}\n{}\n{}", host.out(), host.err());
                if !host.out().is_empty() {
                    rule(host.out(), &about);
                }
                plain(host.err(), &about);
                assert!(
                    !host.out().is_empty() || status != ExitStatus::Answered || args.contains(&"--diff"),
                    "{about}"
                );
            }
        }
    }
}

/// What is not understood is said with what was given.
#[test]
fn arguments_stay_text() {
    for text in HOSTILE {
        for args in [
            ["trace", "d", "--from", text, "--to", "http://a.example"],
            ["trace", "d", "--from", "shop", "--to", text],
            ["trace", "d", "--from", "shop", "--access-log", text],
            ["check", "d", "--select", text, "--format", "text"],
            ["explain", text, "", "", "", ""],
            ["check", text, "--format", "text", "--color", "never"],
        ] {
            let args: Vec<&str> = args.into_iter().filter(|each| !each.is_empty()).collect();
            let mut host = host("x", false);
            host.run(&args);
            plain(host.err(), &format!("{args:?}\n{}", host.err()));
            plain(host.out(), &format!("{args:?}\n{}", host.out()));
        }
    }
}

/// Lines that steer no terminal, and that no CI server takes for a command.
fn plain(out: &str, about: &str) {
    assert!(!out.chars().any(|c| c != '\n' && is_hidden(c)), "{about}");
    for line in out.lines().map(str::trim_start) {
        // `::: file` of an excerpt has a name that no command has.
        assert!(!line.starts_with("::") || line.starts_with("::: "), "{about}");
    }
    no_command(out, about);
}

fn no_command(out: &str, about: &str) {
    for command in ["##[", "##vso[", "##teamcity["] {
        assert!(!out.contains(command), "{about}");
    }
}

fn json(out: &str, about: &str) {
    plain(out, about);
    assert!(serde_json::from_str::<Value>(out).is_ok(), "{about}");
}

fn sarif(out: &str, about: &str) {
    json(out, about);
    let report: Value = serde_json::from_str(out).unwrap();
    for result in report["runs"][0]["results"].as_array().unwrap() {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("](") && !message.chars().any(|c| c != '\n' && is_hidden(c)), "{about}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{about}");
    }
}

fn xml(out: &str, about: &str) {
    plain(out, about);
    let mut reader = quick_xml::Reader::from_str(out);
    let mut names: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {about}")) {
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                names.push(element.name().0.to_owned());
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    let ours = ["testsuites", "testsuite", "testcase", "failure", "system-out"];
    assert!(!names.is_empty() && names.iter().all(|name| ours.contains(&name.as_str())), "{about}");
}

fn github(out: &str, about: &str) {
    assert!(!out.chars().any(|c| c != '\n' && is_hidden(c)), "{about}");
    no_command(out, about);
    // The last line is our own summary.
    for line in out.lines().filter(|line| !line.starts_with("refused: ") && !line.starts_with("ok")) {
        let is_ours = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        let command = line.strip_prefix("::").unwrap_or_default();
        let (properties, message) = command.split_once("::").unwrap_or_else(|| panic!("{line}: {about}"));
        let keys: Vec<&str> =
            properties.split_once(' ').unwrap().1.split(',').map(|each| each.split_once('=').unwrap().0).collect();
        let known = ["file", "line", "endLine", "col", "title"];
        assert!(
            is_ours && keys.iter().all(|key| known.contains(key)) && message.starts_with(|c: char| c != ':'),
            "{about}"
        );
    }
}

fn csv(out: &str, about: &str) {
    assert!(!out.chars().any(|c| c != '\n' && c != '\r' && is_hidden(c)), "{about}");
    no_command(out, about);
    for line in out.trim_end().split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && !line.trim_start().starts_with("::"), "{about}");
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                c => cells.last_mut().unwrap().push(c),
            }
        }
        assert!(cells.len() == 33 && !quoted, "{about}");
        assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{about}");
    }
}

/// Labels are in quotes and have no quotes in them, and there is nothing else of a stranger.
fn mermaid(out: &str, about: &str) {
    plain(out, about);
    let harmless = |text: &str| {
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let entity = c == '#' && rest.by_ref().take_while(|c| *c != ';').all(|c| c.is_ascii_digit());
            assert!(entity || c.is_alphanumeric() || " .,:/-_=()|*".contains(c), "{text}: {about}");
        }
    };
    let is_id = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
    for line in out.lines().skip(1).map(str::trim).filter(|line| *line != "end") {
        if let Some((before, label)) = line.split_once('"') {
            let (label, after) = label.split_once('"').unwrap_or_else(|| panic!("{about}"));
            harmless(label);
            let words = format!("{before}{after}");
            let marks = |c: char| c.is_ascii_alphanumeric() || " []()|->=.".contains(c);
            assert!(words.chars().all(marks) && !words.contains("click"), "{about}");
        } else if let Some(participant) = line.strip_prefix("participant ") {
            let (id, name) = participant.split_once(" as ").unwrap_or_else(|| panic!("{about}"));
            assert!(is_id(id), "{about}");
            harmless(name);
        } else {
            let (arrow, message) = line.split_once(": ").unwrap_or_else(|| panic!("{about}"));
            assert!(
                ["->>", "--x", "note over "].iter().any(|each| arrow.contains(each)) && arrow.len() < 14,
                "{about}"
            );
            harmless(message);
        }
    }
}

/// A text in quotes is one: its quotes and backslashes are escaped.
fn dot(out: &str, about: &str) {
    plain(out, about);
    for line in out.lines() {
        let (mut outside, mut quoted, mut rest) = (String::new(), false, line.chars());
        while let Some(c) = rest.next() {
            match c {
                '\\' if quoted => assert!(matches!(rest.next(), Some('\\' | '"')), "{about}"),
                '"' => quoted = !quoted,
                c if !quoted => outside.push(c),
                _ => {}
            }
        }
        let marks = |c: char| c.is_ascii_alphanumeric() || " _=[]{};,->".contains(c);
        assert!(!quoted && outside.chars().all(marks) && outside.matches("label").count() < 2, "{about}");
    }
}

/// What a stranger wrote is in code spans, and no cell has a border of its own.
fn markdown(out: &str, about: &str) {
    plain(out, about);
    for line in out.lines() {
        let outside: String = line.split('`').step_by(2).collect();
        assert!(line.matches('`').count() % 2 == 0 && !line.contains("``"), "{about}");
        let outside = outside.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "");
        assert!(!outside.contains(['<', '@', '[', '!', '&']), "{about}");
        assert!(!line.starts_with('|') || line.matches('|').count() == 4, "{about}");
    }
}

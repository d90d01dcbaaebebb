//! Rules about the tools of MCP servers.

use std::collections::BTreeMap;

use egressc_core::api::{Query, Source, TestRequest, TraceRequest, Verdict, test, trace};

use super::egress_policy;
use crate::ask::{compiled, texts};
use crate::documents::{A, MESH, documents};
use crate::said::{check, slugs};

fn of(allow: &str) -> String {
    egress_policy(A, &format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, allow: [{allow}]}}"))
}

/// The verdict for a POST with these headers; a name may be given several times.
fn verdict(allow: &str, headers: &[(&str, &str)]) -> Verdict {
    verdict_of(&of(allow), headers)
}

fn verdict_of(policy: &str, headers: &[(&str, &str)]) -> Verdict {
    let mut query: Query = "mytest,app=a -> http://a.example.org/mcp".parse().unwrap();
    query.to.method = Some("POST".to_owned());
    let mut more: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        more.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    query.to.more_headers = more;
    let sources = vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", MESH)];
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics)).verdict
}

const METHOD: (&str, &str) = ("mcp-method", "tools/call");
const VERSION: (&str, &str) = ("mcp-protocol-version", "2026-07-28");
const SEARCH: (&str, &str) = ("mcp-name", "search");

#[test]
fn only_the_named_tools_are_called_in_only_one_spelling() {
    const TOOLS: &str = "{tools: [search, read.file], mcpMethods: [tools/list]}";
    for headers in [
        [METHOD, VERSION, SEARCH].as_slice(),
        &[METHOD, VERSION, ("mcp-name", "read.file")],
        &[VERSION, ("mcp-method", "tools/list")],
    ] {
        assert_eq!(verdict(TOOLS, headers), Verdict::Allowed, "{headers:?}");
    }
    for headers in [
        [].as_slice(),
        &[METHOD, VERSION],
        &[METHOD, SEARCH],
        &[VERSION, SEARCH],
        &[METHOD, VERSION, ("mcp-name", "delete")],
        &[METHOD, VERSION, ("mcp-name", "Search")],
        &[METHOD, VERSION, ("mcp-name", "searchx")],
        &[METHOD, VERSION, ("mcp-name", "readxfile")],
        &[METHOD, VERSION, ("mcp-name", "=?base64?c2VhcmNo?=")],
        &[METHOD, SEARCH, ("mcp-protocol-version", "2025-06-18")],
        &[VERSION, SEARCH, ("mcp-method", "resources/read")],
        // A header that is sent twice, whichever of its values a server reads.
        &[METHOD, VERSION, SEARCH, ("mcp-name", "delete")],
        &[METHOD, VERSION, ("mcp-name", "delete"), SEARCH],
        &[VERSION, ("mcp-method", "tools/list"), METHOD, ("mcp-name", "delete")],
        &[METHOD, SEARCH, VERSION, ("mcp-protocol-version", "2025-06-18")],
        // Servers that read `_` as `-`.
        &[METHOD, VERSION, SEARCH, ("mcp_name", "delete")],
        &[METHOD, VERSION, SEARCH, ("mcp_method", "tools/call")],
        &[METHOD, VERSION, SEARCH, ("mcp-protocol_version", "2025-06-18")],
    ] {
        assert_eq!(verdict(TOOLS, headers), Verdict::Blocked, "{headers:?}");
    }
}

#[test]
fn every_name_that_may_be_written_can_be_compared() {
    for name in ["a".repeat(64), ".".repeat(64), "-_./".repeat(16)] {
        let tools = format!("{{tools: ['{name}']}}");
        assert_eq!(verdict(&tools, &[METHOD, VERSION, ("mcp-name", &name)]), Verdict::Allowed, "{name}");
        assert_eq!(verdict(&tools, &[METHOD, VERSION, ("mcp-name", &format!("{name}x"))]), Verdict::Blocked, "{name}");
    }
}

#[test]
fn what_contradicts_tools_is_an_error() {
    let said = |allow: &str| check(&documents(&[&of(allow), MESH]));
    for (allow, wanted) in [
        ("{tools: [a], methods: [GET]}", "tools-contradict"),
        ("{mcpMethods: [tools/list], methods: [POST, PUT]}", "tools-contradict"),
        ("{tools: [a], headers: {Mcp-Name: b}}", "tools-contradict"),
        ("{tools: [a], headers: {mcp_name: b}}", "tools-contradict"),
        ("{mcpMethods: [tools/list], headers: {Mcp-Protocol_Version: b}}", "tools-contradict"),
        ("{mcpMethods: [tools/call]}", "tools-contradict"),
        ("{tools: ['*']}", "bad-http-text"),
        ("{tools: ['=?base64?YQ==?=']}", "bad-http-text"),
        ("{tools: ['a b']}", "bad-http-text"),
    ] {
        let found = said(allow);
        assert!(found.iter().any(|each| each.starts_with(wanted)), "{allow}: {found:#?}");
    }
    assert_eq!(said("{tools: [a], methods: [POST], paths: [/mcp], headers: {x-team: b}}"), [""; 0]);
}

#[test]
fn the_server_sees_what_the_gateway_has_compared() {
    let said = |changes: &str, allow: &str| {
        let policy = of(allow).replace("allow:", &format!("headers: {{request: {{{changes}}}}}, allow:"));
        slugs(&documents(&[&policy, MESH]))
    };
    for changes in ["remove: [mcp-protocol-version]", "set: {Mcp-Name: b}", "add: {mcp_method: tools/call}"] {
        assert_eq!(said(changes, "{tools: [a]}"), ["tools-contradict"], "{changes}");
        assert_eq!(said(changes, "{methods: [POST]}"), [""; 0], "{changes}");
    }
    assert_eq!(said("set: {x-team: b}", "{mcpMethods: [tools/list]}"), [""; 0]);
}

#[test]
fn an_item_that_opens_every_tool_is_warned_about() {
    let said = |allow: &str| slugs(&documents(&[&of(allow), MESH]));
    for open in [
        "{tools: [a]}, {methods: [POST]}",
        "{tools: [a]}, {paths: ['/**']}",
        "{tools: [a], paths: [/mcp]}, {methods: [POST], paths: [/mcp]}",
        "{tools: [a], paths: ['/mcp/*']}, {paths: [/mcp/b]}",
        "{tools: [a], paths: ['/{*}/mcp']}, {paths: ['/v1/*']}",
        "{tools: [a]}, {headers: {mcp-method: tools/list}}",
        "{mcpMethods: [tools/list], paths: [/mcp]}, {paths: [/mcp], methods: [POST]}",
    ] {
        let open = open.replace("/**", "/{**}");
        assert_eq!(said(&open), ["tools-open"], "{open}");
    }
    for limited in [
        "{tools: [a], mcpMethods: [tools/list]}, {tools: [b]}",
        "{tools: [a]}, {methods: [GET]}",
        "{tools: [a], paths: [/mcp]}, {methods: [POST], paths: [/upload]}",
        "{tools: [a], paths: [/mcp]}, {methods: [POST], paths: ['/v1/*']}",
        "{tools: [a], paths: ['/mcp/*']}, {methods: [POST], paths: ['/v1/{*}/x']}",
        "{set: git-clone/1}, {tools: [a], paths: [/mcp]}",
    ] {
        assert_eq!(said(limited), [""; 0], "{limited}");
    }
}

#[test]
fn expectations_name_tools_by_their_headers() {
    const ALL: &str = "{mcp-method: tools/call, mcp-name: search, mcp-protocol-version: '2026-07-28'}";
    const TO: &str = "POST http://a.example.org/mcp";
    let expected = |list: &str, to: &str, headers: &str| {
        let expectations = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec:\n  {list}:\n  - from: mytest,app=a\n    to: [{to}]\n    headers: {headers}\n"
        );
        let sources = vec![Source::text("all.yaml", documents(&[&of("{tools: [search]}"), MESH, &expectations]))];
        let response = test(&TestRequest { sources, mutations: true, ..TestRequest::default() }).unwrap();
        (response.failed, response.diagnostics.into_iter().map(|each| each.slug).collect::<Vec<_>>())
    };
    assert_eq!(expected("allow", TO, ALL), (0, Vec::new()));
    assert_eq!(expected("deny", TO, ALL).0, 1);
    assert_eq!(expected("deny", TO, &ALL.replace("search", "delete")), (0, Vec::new()));
    assert_eq!(expected("allow", "https://a.example.org", ALL).1, ["bad-expectation"]);
}

#[test]
fn a_mutation_opens_every_tool_and_only_a_denied_tool_notices_it() {
    let survivors = |denied: &str| {
        let expectations = format!(
            "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec:\n  allow:\n  - {{from: 'mytest,app=a', to: [POST http://a.example.org/mcp], headers: {{mcp-method: tools/call, mcp-name: search, mcp-protocol-version: '2026-07-28'}}}}\n  deny:\n  - {{from: 'mytest,app=b', to: [POST http://a.example.org/mcp], headers: {{mcp-method: tools/call, mcp-name: search, mcp-protocol-version: '2026-07-28'}}}}\n  - {{from: 'mytest,app=a', to: [http://a.example.org/]}}\n{denied}"
        );
        let text = documents(&[&of("{tools: [search]}"), MESH, &expectations]);
        let request =
            TestRequest { sources: vec![Source::text("all.yaml", text)], mutations: true, ..TestRequest::default() };
        let response = test(&request).unwrap();
        assert_eq!(response.failed, 0, "{:#?}", response.diagnostics);
        let unnoticed = response.mutants.into_iter().filter(|mutant| !mutant.noticed);
        unnoticed.map(|mutant| mutant.description).collect::<Vec<_>>()
    };
    assert_eq!(survivors(""), ["`a.example.org:80` widened to every tool"]);
    let denied = "  - {from: 'mytest,app=a', to: [POST http://a.example.org/mcp], headers: {mcp-method: tools/call, mcp-name: delete, mcp-protocol-version: '2026-07-28'}}\n";
    assert_eq!(survivors(denied), [""; 0]);
}

/// Releases of Envoy differ in how they compare a header that is sent twice, and an item with `headers` leaves it to them.
#[test]
fn headers_of_mcp_beside_tools_are_compiled_and_a_doubled_one_is_unknown() {
    let sent_twice = [METHOD, ("mcp-method", "tools/list"), VERSION, SEARCH];
    for (beside, doubled) in [
        ("{headers: {mcp-method: tools/call}}", Verdict::Unknown),
        ("{headers: {mcp-method: tools/list}}", Verdict::Unknown),
        ("{headers: {mcp-name: search}}", Verdict::Allowed),
        ("{headers: {mcp-protocol-version: '2026-07-28'}}", Verdict::Allowed),
        ("{headers: {mcp-name: '*'}}", Verdict::Allowed),
        ("{headers: {mcp_name: search}}", Verdict::Blocked),
        ("{methods: [GET], headers: {mcp-method: tools/call}}", Verdict::Blocked),
        ("{methods: [POST]}", Verdict::Allowed),
    ] {
        let allow = format!("{{tools: [search], mcpMethods: [tools/list]}}, {beside}");
        // A bug of ours is an error of the proof, and without one something is compiled.
        let response = compiled(texts(&[&documents(&[&of(&allow), MESH])]));
        assert!(!response.resources.is_empty(), "{beside}: {:#?}", response.diagnostics);
        assert_eq!(verdict(&allow, &sent_twice), doubled, "{beside}");
    }
}

#[test]
fn headers_of_mcp_in_deny_are_compiled_beside_tools() {
    for (beside, doubled) in [("{methods: [POST]}", Verdict::Unknown), ("{tools: [other]}", Verdict::Blocked)] {
        let allow = format!("{{tools: [search]}}, {beside}");
        let policy =
            of(&allow).replace("allow:", "deny: [{headers: {mcp-method: tools/call}}, {methods: [GET]}], allow:");
        let policy = policy.replace("{tools: [other]}", "{tools: [other]}, {mcpMethods: [tools/list]}");
        let response = compiled(texts(&[&documents(&[&policy, MESH])]));
        assert!(!response.resources.is_empty(), "{beside}: {:#?}", response.diagnostics);
        assert_eq!(verdict_of(&policy, &[METHOD, ("mcp-method", "tools/list"), VERSION, SEARCH]), doubled, "{beside}");
        assert_eq!(verdict_of(&policy, &[METHOD, VERSION, SEARCH]), Verdict::Blocked, "{beside}");
    }
}

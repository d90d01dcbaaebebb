//! One mistake, one message: what only follows from a value that could not be read is not said beside it.

use egressc_core::api::Severity;

use super::egress_policy;
use crate::documents::{A, MESH, documents};
use crate::said::{said, slugs};

/// What is said about a destination with these fields beside its host and port.
fn of(more: &str) -> Vec<String> {
    let to = format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, {more}}}");
    slugs(&documents(&[&egress_policy(A, &to), MESH]))
}

#[test]
fn a_value_of_the_wrong_type_is_said_once() {
    for more in [
        "allow: [{methods: GET}]",
        "allow: [GET]",
        "allow: [{paths: /a}]",
        "allow: [{headers: [a]}]",
        "allow: [{tools: a}]",
        "allow: [{set: 5}]",
        "allow: [{tools: [a]}, {paths: [/a], methods: GET}]",
        "deny: [{methods: DELETE}]",
        "deny: [{paths: [/a], methods: GET}]",
        "backends: [{host: b.example.org, weight: '5'}, {host: c.example.org, weight: 5}]",
        "backends: [{host: b.example.org, httpsUpgrade: true}, {host: c.example.org, httpsUpgrade: {enabled: true}}]",
        "httpsUpgrade: {enabled: 'true'}",
        "httpsUpgrade: true",
        "httpsUpgrade: {enabled: 'true', credentialName: a}",
        "httpsUpgrade: {enabled: true, mode: 5, credentialName: a}",
        "httpsUpgrade: {enabled: true, mode: MUTUAL, credentialName: 5}",
    ] {
        assert_eq!(of(more), ["wrong-type"], "{more}");
    }
    assert_eq!(of("allow: [{method: [GET]}]"), ["unknown-field"]);
    let named = |gateway: &str| {
        let policy = egress_policy(A, "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}}");
        slugs(&documents(&[&policy.replace("byEgressGateway: {name: gw}", gateway), MESH]))
    };
    assert_eq!(named("byEgressGateway: {name: 5}"), ["wrong-type"]);
    assert_eq!(named("byEgressGateway: gw"), ["wrong-type"]);
    assert_eq!(named("byEgressGateway: {nam: gw}"), ["unknown-field"]);
    assert_eq!(named("byEgressGateways: [{name: gw, weight: '5'}]"), ["wrong-type"]);
    let tcp = |hosts: &str| {
        let to = format!("{{hosts: {hosts}, port: {{number: 5432, protocol: TCP}}}}");
        slugs(&documents(&[&egress_policy(A, &to), MESH]))
    };
    assert_eq!(tcp("[a.example.org, 5]"), ["wrong-type"]);
    // What is wrong elsewhere is said as well.
    let two = "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}, timeout: 5}, {hosts: [b.example.org], port: {number: 81, protocol: HTTP}, allow: [{}]}";
    assert_eq!(slugs(&documents(&[&egress_policy(A, two), MESH])), ["wrong-type", "empty-request-pattern"]);
}

#[test]
fn a_wildcard_without_quotes_is_said_once_with_the_way_out() {
    for (hosts, help) in [
        ("[*.example.org]", "put it in quotes if it is a wildcard: `\"*.example.org\"`"),
        ("[*host]", "define its anchor earlier in the same document, or put the text in quotes"),
        ("[*]", "put a text that begins with `*` or `&` in quotes"),
    ] {
        let policy = egress_policy(A, &format!("{{hosts: {hosts}, port: {{number: 80, protocol: HTTP}}}}"));
        let mut found = said(&documents(&[&policy, MESH]));
        // The second document is not read after an error of the parser.
        found.retain(|each| each.slug == "bad-alias" || each.slug == "syntax" || each.slug == "wrong-type");
        assert_eq!(found.len(), 1, "{hosts}: {found:#?}");
        assert_eq!(found[0].help.as_deref(), Some(help), "{hosts}");
    }
}

#[test]
fn a_template_is_called_one() {
    let policy = egress_policy(A, "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}}");
    let is_template = |text: &str| {
        let mut found = said(text);
        found.retain(|each| each.severity == Severity::Error);
        assert!(!found.is_empty());
        found.iter().all(|each| each.help.as_deref().is_some_and(|help| help.contains("`helm template`")))
    };
    assert!(is_template(&format!("{{{{- if .Values.on }}}}\n{policy}{{{{- end }}}}\n")));
    assert!(is_template(&policy.replace("name: p,", "name: {{ .Release.Name }},")));
    assert!(is_template(&policy.replace("[a.example.org]", "[{{ .Values.host }}]")));
    assert!(is_template(&policy.replace("[a.example.org]", "{{ .Values.hosts | toJson }}")));
    assert!(is_template(&policy.replace("[a.example.org]", "[{{ include \"a.b\" . | quote }}]")));
    // Other mistakes are not.
    assert!(!is_template(&policy.replace("[a.example.org]", "[a.example.org")));
    assert!(!is_template(&policy.replace("[a.example.org]", "[{{a: b}: c}]")));
}

#[test]
fn the_help_for_an_encoded_path_is_a_way_out() {
    let help = |path: &str| {
        let to =
            format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, allow: [{{paths: ['{path}']}}]}}");
        let found = said(&documents(&[&egress_policy(A, &to), MESH]));
        let [only] = found.as_slice() else { panic!("{path}: {found:#?}") };
        assert_eq!(only.slug, "bad-http-text");
        only.help.clone().unwrap_or_default()
    };
    for path in ["/a%20b", "/a/%40c/d"] {
        assert!(help(path).contains("write `{*}` in the place of this segment"), "{path}");
    }
    for path in ["/a%2Fb", "/a%2e", "/a%5cb", "/a%25", "/a%zz", "/a%2", "/a%20b%2fc", "/a%00"] {
        assert!(help(path).contains("or limit these requests by `methods` or `headers` alone"), "{path}");
    }
}

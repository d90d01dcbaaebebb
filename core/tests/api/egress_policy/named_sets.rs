//! Named sets of requests.

use egressc_core::api::{ExplainRequest, TestRequest, explain, test};
use egressc_core::stages::resource::NAMED_SETS;

use super::egress_policy;
use crate::ask::texts;
use crate::documents::{A, MESH, documents};
use crate::said::{check, slugs};

fn of(allow: &str) -> String {
    egress_policy(A, &format!("{{hosts: [a.example.org], port: {{number: 80, protocol: HTTP}}, allow: [{allow}]}}"))
}

/// How many of these requests are not allowed as expected.
fn failures(allow: &str, expected: &str, to: &[&str]) -> usize {
    let expectations = format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec:\n  {expected}:\n  - from: mytest,app=a\n    to: [{}]\n",
        to.join(", ")
    );
    let sources = texts(&[&documents(&[&of(allow), MESH, &expectations])]);
    let response = test(&TestRequest { sources, ..TestRequest::default() }).unwrap();
    assert_eq!(response.expectations.len(), to.len(), "{:#?}", response.diagnostics);
    response.failed
}

#[test]
fn a_set_allows_what_its_client_needs() {
    const GIT: [&str; 4] = [
        "http://a.example.org/demo.git/info/refs?service=git-upload-pack",
        "http://a.example.org/team/demo/info/refs?service=git-upload-pack",
        "POST http://a.example.org/team/demo.git/git-upload-pack",
        "POST http://a.example.org/a/b/c/demo.git/git-upload-pack",
    ];
    const NOT_GIT: [&str; 5] = [
        "POST http://a.example.org/team/demo.git/git-receive-pack",
        "POST http://a.example.org/team/demo.git/info/refs",
        "http://a.example.org/team/demo.git/git-upload-pack",
        "http://a.example.org/team/demo",
        "POST http://a.example.org/team/demo.git/git-upload-pack/x",
    ];
    const PYTHON: [&str; 3] = [
        "http://a.example.org/simple/demo/",
        "HEAD http://a.example.org/packages/a/b.whl",
        "http://a.example.org/pypi/demo/json",
    ];
    const NOT_PYTHON: [&str; 3] =
        ["POST http://a.example.org/legacy/", "POST http://a.example.org/simple/", "http://a.example.org/"];
    assert_eq!(failures("{set: git-clone/1}", "allow", &GIT), 0);
    assert_eq!(failures("{set: git-clone/1}", "deny", &NOT_GIT), 0);
    assert_eq!(failures("{set: python-registry/1}", "allow", &PYTHON), 0);
    assert_eq!(failures("{set: python-registry/1}", "deny", &NOT_PYTHON), 0);
    // Items add up, with sets too.
    assert_eq!(failures("{set: git-clone/1}, {methods: [GET], paths: [/team/demo]}", "allow", &[NOT_GIT[3]]), 0);
}

#[test]
fn a_set_is_what_its_expanded_form_is() {
    for set in &NAMED_SETS {
        let allow = set.fields();
        let items = allow.strip_prefix("allow:\n").unwrap();
        let expanded = egress_policy(A, "{hosts: [a.example.org], port: {number: 80, protocol: HTTP}}").replace(
            "    to: [{hosts: [a.example.org], port: {number: 80, protocol: HTTP}}]\n",
            &format!(
                "    to:\n    - hosts: [a.example.org]\n      port: {{number: 80, protocol: HTTP}}\n      allow:\n{}\n",
                items.lines().map(|line| format!("      {line}")).collect::<Vec<_>>().join("\n")
            ),
        );
        let objects = |policy: &str| {
            let mut objects = super::objects(texts(&[policy, MESH]));
            // The digest of its policy is another one.
            for object in &mut objects {
                object["metadata"] = serde_json::Value::Null;
            }
            objects
        };
        assert_eq!(objects(&of(&format!("{{set: {}}}", set.name))), objects(&expanded), "{}", set.name);
    }
}

#[test]
fn an_edition_never_changes() {
    // A set that needs other requests gets another edition, and a line here.
    let known = NAMED_SETS.iter().map(|set| (set.name, set.fields()));
    let wanted = [
        (
            "git-clone/1",
            "allow:\n- methods: [GET]\n  paths: [\"/{*}/info/refs\", \"/{*}/{*}/info/refs\", \"/{*}/{*}/{*}/info/refs\", \"/{*}/{*}/{*}/{*}/info/refs\"]\n- methods: [POST]\n  paths: [\"/{*}/git-upload-pack\", \"/{*}/{*}/git-upload-pack\", \"/{*}/{*}/{*}/git-upload-pack\", \"/{*}/{*}/{*}/{*}/git-upload-pack\"]",
        ),
        ("python-registry/1", "allow:\n- methods: [GET, HEAD]\n  paths: [/simple/*, /packages/*, /pypi/*]"),
    ];
    assert_eq!(known.collect::<Vec<_>>(), wanted.map(|(name, fields)| (name, fields.to_owned())));
}

#[test]
fn what_is_no_set_is_an_error() {
    for (allow, wanted) in [
        ("{set: git-clone}", "named-set"),
        ("{set: git-clone/2}", "named-set"),
        ("{set: git-clone/1, methods: [GET]}", "named-set"),
        ("{set: git-clone/1, tools: [a]}", "named-set"),
    ] {
        let found = check(&documents(&[&of(allow), MESH]));
        assert!(found.iter().any(|each| each.starts_with(wanted)), "{allow}: {found:#?}");
    }
    assert_eq!(slugs(&documents(&[&of("{set: '@git-clone/1'}"), MESH])), [""; 0]);
    // `deny` has none: what is denied by spelling can be avoided.
    let denied = of("{methods: [GET]}").replace("allow:", "deny: [{set: git-clone/1}], allow:");
    assert!(slugs(&documents(&[&denied, MESH])).contains(&"unknown-field".to_owned()));
}

#[test]
fn a_set_explains_itself() {
    let of = |code: &str| explain(&ExplainRequest { code: code.to_owned() });
    let explained = of("@git-clone/1").unwrap();
    assert_eq!((explained.code.as_str(), explained.slug.as_str()), ("@git-clone/1", "git-clone"));
    assert!(explained.severity.is_none() && explained.summary.starts_with("Repositories of Git"));
    assert!(explained.page.contains("git-upload-pack") && explained.page.ends_with("```\n"), "{}", explained.page);
    let error = of("@git/1").unwrap_err().to_string();
    assert_eq!(error, "there is no named set `@git/1`; the sets are `@git-clone/1` and `@python-registry/1`");
}

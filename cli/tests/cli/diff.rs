//! `egressc diff`, in memory.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::{Entry, MemoryHost};

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");

fn mesh() -> MemoryHost {
    let http = POLICY.split("    - name: httpbin-service-https").next().unwrap_or_default();
    let mut host = MemoryHost::with(&[
        ("mesh.yaml", MESH),
        ("old/policy.yaml", http),
        ("new/policy.yaml", POLICY),
        ("bad.yaml", "kind: [\n"),
    ]);
    host.empty_folders.push("empty".to_owned());
    host
}

#[test]
fn diff_prints_witnesses_and_the_order() {
    let mut host = mesh();
    assert_eq!(host.run(&["diff", "old", "new", "--with", "mesh.yaml"]), Answered);
    let witness = "gained        mytest,app=sleep-a -> https://httpbin.org:443: was blocked; is allowed to httpbin.org:443 through egressgateway-a:444";
    assert!(host.out().starts_with(witness), "{}", host.out());
    assert!(host.out().contains("(new/policy.yaml:28:7)\n"), "{}", host.out());
    assert!(host.out().contains("\napply in this order:\n   1. apply AuthorizationPolicy istio-system/"));
    assert_eq!(host.err(), "");
}

#[test]
fn diff_fails_on_what_it_was_told_to() {
    let mut host = mesh();
    let with = ["--with", "mesh.yaml"];
    let mut run = |args: &[&str]| {
        let status = host.run(&[&["diff"], args, &with].concat());
        (status, host.err().to_owned())
    };
    assert_eq!(run(&["old", "new", "--fail-on", "widened"]).0, Refused);
    assert!(run(&["old", "new", "--fail-on", "widened"]).1.contains("--fail-on widened: "));
    // What is lost opens nothing.
    assert_eq!(run(&["new", "old", "--fail-on", "widened"]), (Answered, String::new()));
    assert_eq!(run(&["new", "old", "--fail-on", "any"]).0, Refused);
    assert_eq!(run(&["new", "new", "--fail-on", "any"]), (Answered, String::new()));
}

#[test]
fn diff_counts_what_it_fails_on() {
    let (before, https) = POLICY.split_once("    - name: httpbin-service-https").unwrap();
    let (head, _) = before.split_once("    - name: httpbin-service-http\n").unwrap();
    let only_https = format!("{head}    - name: httpbin-service-https{https}");
    let mut host = mesh();
    host.entries.insert("other/policy.yaml".to_owned(), Entry::File(only_https.into_bytes()));
    let run = |host: &mut MemoryHost, on: &str| {
        assert_eq!(host.run(&["diff", "old", "other", "--with", "mesh.yaml", "--fail-on", on]), Refused);
        let said = host.err().lines().last().unwrap_or_default().to_owned();
        let number = said.split(' ').nth(2).and_then(|number| number.parse::<usize>().ok());
        number.unwrap_or_else(|| panic!("{said}"))
    };
    assert!(run(&mut host, "widened") < run(&mut host, "any"));
}

#[test]
fn diff_takes_an_empty_folder_for_nothing_yet() {
    let mut host = mesh();
    assert_eq!(host.run(&["diff", "empty", "new", "--with", "mesh.yaml"]), Answered);
    assert!(host.out().contains("\n4 gained"), "{}", host.out());
    assert_eq!(host.run(&["diff", "missing", "new"]), Failed);
    assert_eq!(host.run(&["diff", "-", "-"]), Failed);
    assert!(host.err().contains("`-` is used twice"), "{}", host.err());
    assert_eq!(host.run(&["diff", "old"]), Failed);
}

#[test]
fn diff_has_every_format() {
    let mut host = mesh();
    for (format, start) in [("json", "{\n  \"ok\": true,\n"), ("markdown", "### Egress: 2 gained, 2 widened\n")] {
        assert_eq!(host.run(&["diff", "old", "new", "--with", "mesh.yaml", "--format", format]), Answered);
        assert!(host.out().starts_with(start), "{format}: {}", host.out());
    }
    assert_eq!(host.run(&["diff", "--help"]), Answered);
    assert!(host.out().contains("Examples:\n  egressc diff") && host.out().contains("Exit status: 0"));
}

#[test]
fn diff_of_what_is_refused_compares_nothing() {
    let mut host = mesh();
    assert_eq!(host.run(&["diff", "old", "bad.yaml", "--fail-on", "any"]), Refused);
    assert_eq!(host.out(), "");
    assert!(host.err().contains("\nrefused: 1 error"), "{}", host.err());
}

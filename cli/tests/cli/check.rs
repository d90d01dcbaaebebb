//! `check` as a linter: which codes it shows, and when it fails.

use egressc::ExitStatus::{Answered, Failed, Refused};
use serde_json::Value;

use crate::memory_host::MemoryHost;

const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
/// Two warnings: EGR0433 and EGR0436.
const TCP: &str = include_str!("../../../examples/tcp/policy.yaml");
const BAD: &str = "kind: [\n";
/// A warning, EGR0402, and an error of the same group, EGR0422.
const WILDCARD: &str = "\
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-egressgateway-a, namespace: elsewhere}
spec:
  byEgressGateway: {name: egressgateway-a}
  egressRules:
  - from: [{namespace: mytest}]
    to: [{hosts: ['*.httpbin.org'], port: {number: 80, protocol: HTTP}}]
";

fn host() -> MemoryHost {
    MemoryHost::with(&[("mesh.yaml", MESH), ("tcp.yaml", TCP), ("bad.yaml", BAD), ("wildcard.yaml", WILDCARD)])
}

/// The codes that are shown.
fn codes(host: &mut MemoryHost, args: &[&str]) -> Vec<String> {
    host.run(&[&["check", "--format", "json"], args].concat());
    let answer: Value = serde_json::from_str(host.out()).unwrap();
    let diagnostics = answer["diagnostics"].as_array().unwrap().iter();
    diagnostics.map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn codes_are_chosen_by_id_name_and_beginning() {
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["EGR0433", "EGR0436"]),
        (&["--select", "EGR0433"], &["EGR0433"]),
        (&["--select", "egr0433"], &["EGR0433"]),
        (&["--select", "https-as-tcp"], &["EGR0436"]),
        (&["--select", "EGR04"], &["EGR0433", "EGR0436"]),
        (&["--select", "EGR043"], &["EGR0433", "EGR0436"]),
        (&["--select", "EGR06"], &[]),
        (&["--select", "EGR0433, https-as-tcp"], &["EGR0433", "EGR0436"]),
        (&["--select", "EGR0433", "--select", "EGR0436"], &["EGR0433", "EGR0436"]),
        (&["--ignore", "EGR0433"], &["EGR0436"]),
        (&["--ignore", "EGR043"], &[]),
        (&["--select", "EGR04", "--ignore", "EGR0433"], &["EGR0436"]),
        (&["--select", "EGR0433", "--ignore", "EGR04"], &[]),
    ];
    for (options, expected) in cases {
        let args = [&["tcp.yaml", "mesh.yaml"], *options].concat();
        assert_eq!(codes(&mut host(), &args), *expected, "{options:?}");
    }
    let mut host = host();
    assert_eq!(host.run(&["check", "tcp.yaml", "mesh.yaml", "--ignore", "EGR0433"]), Answered);
    assert!(host.out().starts_with("warning[EGR0436]") && !host.out().contains("EGR0433"), "{}", host.out());
    assert!(host.out().ends_with("\nok: 1 destination in 2 sources, 1 warning\n"), "{}", host.out());
}

#[test]
fn an_error_that_refuses_is_shown_whatever_is_chosen() {
    for options in [&["--select", "EGR0402"][..], &["--select", "EGR06", "--ignore", "EGR04"], &["--ignore", "EGR0"]] {
        let mut host = host();
        let args = [&["wildcard.yaml", "mesh.yaml"], options].concat();
        assert!(codes(&mut host, &args).contains(&"EGR0422".to_owned()), "{options:?}");
        for format in ["text", "json", "sarif", "junit", "github", "gitlab"] {
            assert_eq!(host.run(&[&["check", "--format", format], &*args].concat()), Refused, "{options:?} {format}");
            assert!(host.out().contains("EGR0422"), "{options:?} {format}: {}", host.out());
        }
    }
    assert_eq!(codes(&mut host(), &["wildcard.yaml", "mesh.yaml", "--ignore", "EGR04"]), ["EGR0422"]);
}

#[test]
fn a_word_that_can_hide_nothing_is_misuse() {
    for (word, reason) in [
        ("EGR0101", "it is an error that refuses the policies"),
        ("wildcard-host", "it is an error that refuses the policies"),
        ("EGR0602", "it is an error that refuses the policies"),
        ("EGR05", "all its codes are errors that refuse the policies"),
        ("EGR0002", "it says that diagnostics are not shown"),
    ] {
        let mut host = host();
        assert_eq!(host.run(&["check", "tcp.yaml", "--ignore", word]), Failed, "{word}");
        assert_eq!(host.err(), format!("error: --ignore: `{word}` cannot be ignored: {reason}\n"));
        assert_eq!(host.out(), "");
        assert_ne!(host.run(&["check", "tcp.yaml", "--select", word]), Failed, "{word}");
    }
}

#[test]
fn an_unknown_code_is_misuse_with_a_guess() {
    for option in ["--select", "--ignore"] {
        for (word, guess) in [
            ("EGR434", "EGR0434 (two-tcp-hosts)"),
            ("two-tcp-host", "EGR0434 (two-tcp-hosts)"),
            ("0605", "EGR0605 (opens-other-hosts)"),
        ] {
            let mut host = host();
            assert_eq!(host.run(&["check", "tcp.yaml", option, &format!("EGR0433,{word}")]), Failed, "{word}");
            assert!(host.err().starts_with(&format!("error: {option}: there is no diagnostic code `{word}`")));
            assert!(host.err().contains(&format!("did you mean {guess}?")), "{}", host.err());
        }
        for word in ["", "EGR", "EGR99", "EGR06xx", "EGR0\u{1b}[2J"] {
            let mut host = host();
            assert_eq!(host.run(&["check", "tcp.yaml", option, word]), Failed, "{word}");
            assert!(host.err().contains("there is no diagnostic code") && !host.err().contains('\u{1b}'));
        }
    }
    // Each word that is wrong is named.
    let mut host = host();
    host.run(&["check", "tcp.yaml", "--select", "one", "--ignore", "two,EGR0101"]);
    assert_eq!(host.err().lines().count(), 3, "{}", host.err());
}

#[test]
fn what_fails_is_a_choice() {
    let tcp = ["check", "tcp.yaml", "mesh.yaml"];
    // A note, EGR0304, beside the warnings.
    let noted = ["check", "tcp.yaml"];
    for (args, options, status) in [
        (&tcp[..], &[][..], Answered),
        (&tcp, &["--fail-on", "error"], Answered),
        (&tcp, &["--fail-on", "warning"], Refused),
        (&tcp, &["--fail-on", "info"], Refused),
        (&tcp, &["--fail-on", "warning", "--ignore", "EGR0433"], Refused),
        (&tcp, &["--fail-on", "warning", "--ignore", "EGR043"], Answered),
        (&noted, &["--fail-on", "warning", "--select", "gateway-assumed"], Answered),
        (&noted, &["--fail-on", "info", "--select", "gateway-assumed"], Refused),
        (&["check", "bad.yaml"], &["--fail-on", "info", "--select", "EGR06"], Refused),
    ] {
        for format in ["text", "json", "sarif", "junit", "github", "gitlab"] {
            let mut host = host();
            assert_eq!(host.run(&[args, options, &["--format", format]].concat()), status, "{options:?} {format}");
        }
    }
    let mut host = host();
    host.run(&["check", "tcp.yaml", "mesh.yaml", "--fail-on", "warning"]);
    assert!(host.out().ends_with("\nfailed because of --fail-on warning: 2 warnings\n"), "{}", host.out());
    host.run(&["check", "tcp.yaml", "mesh.yaml", "--fail-on", "warning", "--format", "sarif"]);
    assert_eq!(host.err(), "failed because of --fail-on warning: 2 warnings\n");
    assert_eq!(host.run(&["check", "tcp.yaml", "--fail-on", "note"]), Failed);
}

#[test]
fn what_is_ignored_takes_no_place_of_what_is_shown() {
    let document = |number| format!("apiVersion: example.com/v1\nkind: Kind{number}\nmetadata: {{name: a}}\n");
    let kinds = (0..600).map(document).collect::<Vec<String>>().join("---\n");
    let mut host = host();
    host.entries.insert("kinds.yaml".to_owned(), crate::memory_host::Entry::File(kinds.into()));
    let paths = ["tcp.yaml", "mesh.yaml", "kinds.yaml"];
    let all = codes(&mut host, &paths);
    assert_eq!(all.len(), 501, "the last one says that there are more");
    assert!(all.contains(&"EGR0002".to_owned()));
    let chosen = codes(&mut host, &[&paths[..], &["--ignore", "kind-not-read"]].concat());
    assert_eq!(chosen, ["EGR0433", "EGR0436"]);
    // Counted are all of them, also those that are not shown.
    host.run(&[&["check", "--statistics"], &paths[..]].concat());
    let table = "\
600  EGR0208  kind-not-read   note
  1  EGR0433  tcp-takes-port  warning
  1  EGR0436  https-as-tcp    warning
";
    assert!(host.out().starts_with(table), "{}", host.out());
}

#[test]
fn statistics_count_by_code() {
    let mut host = host();
    assert_eq!(host.run(&["check", "--statistics", "wildcard.yaml", "mesh.yaml"]), Refused);
    let expected = "\
1  EGR0402  policy-namespace  warning
1  EGR0422  wildcard-host     error
refused: 1 error, 1 warning
";
    assert_eq!(host.out(), expected);
    assert_eq!(host.run(&["check", "--statistics", "--format", "json", "tcp.yaml", "mesh.yaml"]), Answered);
    let answer: Value = serde_json::from_str(host.out()).unwrap();
    let row = serde_json::json!({"code": "EGR0433", "slug": "tcp-takes-port", "severity": "warning", "count": 1});
    assert_eq!(answer["statistics"][0], row);
    assert_eq!(answer["diagnostics"].as_array().unwrap().len(), 2);
    for format in ["sarif", "junit", "github", "gitlab"] {
        assert_eq!(host.run(&["check", "--statistics", "--format", format, "tcp.yaml"]), Failed);
        assert_eq!(host.err(), "error: --statistics requires --format text or --format json\n");
    }
}

/// A folder of ordinary manifests is nothing wrong; a compile of it would remove what an earlier one has made.
#[test]
fn a_folder_without_any_object_about_egress_passes_with_a_note() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    let mut host = MemoryHost::with(&[("app/pod.yaml", pod), ("app/empty.yaml", "# nothing\n"), ("none/a.yaml", "")]);
    assert_eq!(host.run(&["check", "app"]), Answered);
    assert!(host.out().starts_with("note[EGR0225]: none of the objects is about egress\n"), "{}", host.out());
    assert!(host.out().ends_with("\nok: 2 sources without policies, 1 note\n"), "{}", host.out());
    assert_eq!(host.run(&["compile", "app"]), Refused);
    assert!(host.err().contains("error[EGR0215]: "), "{}", host.err());
    assert_eq!(host.run(&["check", "none"]), Refused);
}

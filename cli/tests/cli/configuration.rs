//! `egressc.yaml`: where `check` finds it, and what it changes.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::{Entry, MemoryHost};

const ENTRY: &str = "\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec: {hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: NONE}
";
const IGNORES: &str = "{apiVersion: egressc.dev/v1alpha1, kind: CheckConfiguration, metadata: {name: c}, spec: {ignore: [EGR0713, EGR0716]}}";

/// 2026-12-01.
const NOW: u64 = 1_796_083_200;

fn host(files: &[(&str, &str)]) -> MemoryHost {
    MemoryHost { now: NOW, ..MemoryHost::with(files) }
}

/// What is said about the configuration of one run.
fn used(files: &[&str], path: &str) -> String {
    let mut host = host(&[(path, ENTRY)]);
    for file in files {
        let text = if file.ends_with("egressc.yaml") { IGNORES } else { "" };
        host.entries.insert((*file).to_owned(), Entry::File(text.into()));
    }
    host.run(&["check", path]);
    host.err().to_owned()
}

#[test]
fn the_nearest_one_counts_up_to_the_top_of_the_repository() {
    for (files, path, expected) in [
        (&["a/b/egressc.yaml", "a/egressc.yaml", "egressc.yaml"][..], "a/b/x.yaml", "a/b/egressc.yaml"),
        (&["a/egressc.yaml", "egressc.yaml"], "a/b/x.yaml", "a/egressc.yaml"),
        (&["egressc.yaml"], "a/b/x.yaml", "egressc.yaml"),
        (&["egressc.yaml"], "./a/x.yaml", "egressc.yaml"),
        (&["egressc.yaml"], "x.yaml", "egressc.yaml"),
        (&["../egressc.yaml"], "x.yaml", "../egressc.yaml"),
        (&["../../egressc.yaml"], "a/x.yaml", "../../egressc.yaml"),
        (&["../egressc.yaml"], "../a/x.yaml", "../egressc.yaml"),
        (&["../../egressc.yaml"], "../a/x.yaml", "../../egressc.yaml"),
        (&["/r/egressc.yaml"], "/r/a/x.yaml", "/r/egressc.yaml"),
        (&["/egressc.yaml"], "/r/a/x.yaml", "/egressc.yaml"),
        // The top of a repository may have one itself.
        (&["a/egressc.yaml", "a/.git/HEAD"], "a/b/x.yaml", "a/egressc.yaml"),
    ] {
        assert_eq!(used(files, path), format!("configuration: {expected}\n"), "{files:?} {path}");
    }
    for (files, path) in [
        (&["egressc.yaml", "a/.git/HEAD"][..], "a/b/x.yaml"),
        (&["/egressc.yaml", "/r/.git/HEAD"], "/r/a/x.yaml"),
        (&["../egressc.yaml", ".git/HEAD"], "x.yaml"),
        (&["b/egressc.yaml", "a/b/c/egressc.yaml"], "a/b/x.yaml"),
        (&[], "a/b/x.yaml"),
    ] {
        assert_eq!(used(files, path), "", "{files:?} {path}");
    }
}

#[test]
fn it_is_one_source_and_an_option_names_another() {
    let files = [
        ("d/entry.yaml", ENTRY),
        ("d/egressc.yaml", IGNORES),
        ("other.yaml", &IGNORES.replace(", EGR0716", "").replace("name: c", "name: other")),
    ];
    let mut host = host(&files);
    assert_eq!(host.run(&["check", "d"]), Answered);
    assert_eq!((host.out(), host.err()), ("ok: 2 sources without policies\n", "configuration: d/egressc.yaml\n"));
    assert_eq!(host.run(&["check", "d/entry.yaml"]), Answered);
    assert_eq!(host.out(), "ok: 1 source without policies\n");
    assert_eq!(host.run(&["check", "--no-config", "d/entry.yaml"]), Answered);
    assert!(host.out().contains("EGR0713") && host.err().is_empty());
    assert_eq!(host.run(&["check", "--config", "other.yaml", "d/entry.yaml"]), Answered);
    assert!(host.out().contains("EGR0716") && !host.out().contains("EGR0713"), "{}", host.out());
    // Only the one that is named counts.
    assert_eq!(host.run(&["check", "--config", "other.yaml", "d"]), Answered);
    assert!(host.out().contains("EGR0716") && !host.out().contains("EGR0713"), "{}", host.out());
    assert!(host.err().contains("note: the CheckConfiguration in d/egressc.yaml is ignored"), "{}", host.err());
    assert_eq!(host.run(&["check", "--config", "missing.yaml", "d"]), Failed);
    assert_eq!(host.run(&["check", "--config", "d/entry.yaml", "d"]), Failed);
    assert_eq!(host.run(&["check", "--config", "d/entry.yaml", "other.yaml"]), Failed);
    assert!(host.err().contains("d/entry.yaml: this is not a CheckConfiguration"), "{}", host.err());
    // What is said on the command line counts.
    assert_eq!(host.run(&["check", "--ignore", "EGR0716", "d/entry.yaml"]), Answered);
    assert!(host.out().contains("EGR0713") && !host.out().contains("EGR0716"));
}

#[test]
fn the_configuration_of_one_folder_hides_nothing_in_others() {
    let both = format!("{IGNORES}\n---\n{ENTRY}");
    let files = [("d/team-a/egressc.yaml", IGNORES), ("d/team-b/entry.yaml", ENTRY), ("mixed.yaml", both.as_str())];
    for args in [&["check", "d"][..], &["check", "--no-config", "d"]] {
        let mut host = host(&files);
        assert_eq!(host.run(args), Answered);
        assert!(host.out().contains("EGR0713"), "{args:?}: {}", host.out());
        assert!(
            host.err().starts_with("note: the CheckConfiguration in d/team-a/egressc.yaml is ignored"),
            "{}",
            host.err()
        );
    }
    // Nor beside other documents, however its kind is written, and not by the name of the one that counts.
    let mut host = host(&files);
    for kind in ["CheckConfiguration", "\"CheckConfigur\\u0061tion\""] {
        let mixed = both.replace("CheckConfiguration", kind);
        host.entries.insert("mixed.yaml".to_owned(), Entry::File(mixed.into()));
        host.entries.insert(
            "own.yaml".to_owned(),
            Entry::File(IGNORES.replace("ignore: [EGR0713, EGR0716]", "failOn: warning").into()),
        );
        for args in [&["check", "mixed.yaml"][..], &["check", "--config", "own.yaml", "mixed.yaml"]] {
            host.run(args);
            assert!(host.out().contains("EGR0713"), "{kind} {args:?}: {}", host.out());
        }
        assert!(
            host.out().ends_with("failed because of --fail-on warning: 1 warning, 1 note\n"),
            "{kind}: {}",
            host.out()
        );
    }
}

#[test]
fn it_says_when_a_run_fails() {
    let fails = |word: &str| IGNORES.replace("ignore: [EGR0713, EGR0716]", &format!("failOn: {word}"));
    for (word, option, status) in [
        ("error", None, Answered),
        ("warning", None, Refused),
        ("info", None, Refused),
        ("warning", Some("error"), Answered),
        ("error", Some("warning"), Refused),
    ] {
        let mut host = host(&[("entry.yaml", ENTRY), ("egressc.yaml", &fails(word))]);
        let mut args = vec!["check", "entry.yaml"];
        args.extend(option.iter().flat_map(|option| ["--fail-on", option]));
        assert_eq!(host.run(&args), status, "{word} {option:?}");
    }
}

#[test]
fn a_suppression_counts_by_the_clock_or_by_the_day_that_is_given() {
    let annotated = ENTRY.replace(
        "name: api, namespace: shop",
        "name: api, namespace: shop, annotations: {egressc.dev/ignore: 'EGR0713 until 2026-12-01: [one](x) address'}",
    );
    let mut host = host(&[("entry.yaml", &annotated)]);
    assert_eq!(host.run(&["check", "entry.yaml", "--fail-on", "warning"]), Answered);
    assert!(host.out().ends_with("ok: 1 source without policies, 1 note, 1 suppressed\n"), "{}", host.out());
    assert_eq!(host.run(&["check", "entry.yaml", "--now", "2026-12-02", "--fail-on", "warning"]), Refused);
    assert!(host.out().contains("EGR0804") && host.out().contains("EGR0713"), "{}", host.out());
    host.now += 24 * 60 * 60;
    assert_eq!(host.run(&["check", "entry.yaml", "--fail-on", "warning"]), Refused);
    assert_eq!(host.run(&["check", "entry.yaml", "--now", "2026-12-01", "--fail-on", "warning"]), Answered);
    assert_eq!(host.run(&["check", "entry.yaml", "--now", "2026-13-01"]), Failed);

    host.run(&["check", "entry.yaml", "--now", "2026-12-01", "--format", "sarif"]);
    let report: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["suppressions"]), (2, &serde_json::Value::Null));
    let suppression = &results[1]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "[one] (x) address (until 2026-12-01)");
    for format in ["junit", "github", "gitlab"] {
        host.run(&["check", "entry.yaml", "--now", "2026-12-01", "--format", format]);
        assert!(!host.out().contains("EGR0713"), "{format}");
    }
}

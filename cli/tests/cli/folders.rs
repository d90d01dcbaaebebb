//! What a folder of a repository has beside policies.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::{Entry, MemoryHost};

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\n";

fn repository() -> MemoryHost {
    MemoryHost::with(&[
        ("r/policy.yaml", POLICY),
        ("r/mesh.yaml", MESH),
        ("r/package.json", "{\"name\": \"web\"}"),
        ("r/tsconfig.json", "{\n  // comments\n  \"a\": 1,\n}\n"),
        ("r/chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("r/chart/values.yaml", "replicas: 2\n"),
        ("r/chart/templates/web.yaml", TEMPLATE),
        ("r/node_modules/a/b.yaml", "kind: [\n"),
    ])
}

#[test]
fn files_of_other_tools_are_ignored_with_one_line() {
    let mut host = repository();
    let line = "note: 5 files are ignored, because they contain no Kubernetes objects: r/chart/Chart.yaml, \
        r/chart/templates/web.yaml (a template of Helm), r/chart/values.yaml, r/package.json, r/tsconfig.json\n";
    for command in ["compile", "check", "reach", "test"] {
        host.run(&[command, "r"]);
        assert!(host.err().starts_with(line), "{command}: {}", host.err());
        assert!(!format!("{}{}", host.out(), host.err()).contains("error["), "{command}: {}", host.out());
    }
    let whole = host.run(&["compile", "r"]);
    let resources = host.out().to_owned();
    assert_eq!((whole, host.run(&["compile", "r/policy.yaml", "r/mesh.yaml"])), (Answered, Answered));
    assert_eq!(host.out(), resources);
    // A policy is never left out, whatever else is wrong with its file.
    let broken = POLICY.replace("name: egress-by", "name: {{ .Release.Name }}-by");
    host.entries.insert("r/broken.yaml".to_owned(), Entry::File(broken.into()));
    assert_eq!(host.run(&["check", "r"]), Refused);
    assert!(host.out().contains("--> r/broken.yaml:"), "{}", host.out());
}

#[test]
fn a_file_that_is_named_is_read() {
    for file in ["r/package.json", "r/chart/templates/web.yaml", "r/tsconfig.json"] {
        let mut host = repository();
        assert_eq!(host.run(&["compile", file]), Refused, "{file}");
        assert!(!host.err().contains("ignored, because"), "{file}: {}", host.err());
        // Also beside its folder.
        assert_eq!(
            host.run(&["compile", "r", file, "--format", "json"]).code() != 0,
            file.contains("templates"),
            "{file}"
        );
        assert!(host.err().contains("note: 4 files are ignored"), "{file}: {}", host.err());
    }
}

#[test]
fn patterns_leave_files_out() {
    let mut host = repository();
    host.entries.insert("r/old/policy.yaml".to_owned(), Entry::File("kind: [\n".into()));
    host.entries.insert("r/new/bad.yaml".to_owned(), Entry::File("kind: [\n".into()));
    assert_eq!(host.run(&["check", "r"]), Refused);
    assert_eq!(host.run(&["check", "r", "--exclude", "old/", "--exclude", "/new/*.yaml"]), Answered);
    assert!(host.err().contains("note: 2 paths left out by a pattern: r/new/bad.yaml, r/old\n"), "{}", host.err());
    let ignored = "# what is old\nold\n*.yaml\n!/*.yaml\n!chart/\n";
    host.entries.insert("r/.egresscignore".to_owned(), Entry::File(ignored.into()));
    assert_eq!(host.run(&["check", "r"]), Answered);
    // The nearer file counts.
    host.entries.insert("r/new/.egresscignore".to_owned(), Entry::File("!bad.yaml\n".into()));
    assert_eq!(host.run(&["check", "r"]), Refused);
    assert!(host.out().contains("--> r/new/bad.yaml"), "{}", host.out());
    // The command line counts before both, and patterns say nothing of what is named.
    assert_eq!(host.run(&["check", "r", "--exclude", "bad.yaml"]), Answered);
    assert_eq!(host.run(&["check", "r/new/bad.yaml", "--exclude", "bad.yaml"]), Refused);
    assert_eq!(host.run(&["check", "r", "--exclude", "{a"]), Failed);
    assert!(host.err().starts_with("error: --exclude: `{a` is not a pattern: "), "{}", host.err());
}

#[test]
fn both_sides_of_a_difference_are_read_so() {
    let mut host = repository();
    host.entries.insert("r/old.yaml".to_owned(), Entry::File("kind: [\n".into()));
    assert_eq!(host.run(&["diff", "r", "r", "--exclude", "old.yaml"]), Answered);
    assert!(host.err().contains("note: 5 files are ignored"), "{}", host.err());
}

#[test]
fn quiet_says_nothing_beside_the_answer() {
    let mut host = repository();
    assert_eq!(host.run(&["compile", "r", "--quiet"]), Answered);
    assert!(host.out().starts_with("---\n") && host.err().is_empty(), "{}", host.err());
    assert_eq!(host.run(&["-q", "compile", "r", "--output", "out"]), Answered);
    assert_eq!((host.out(), host.err()), ("", ""));
    // What went wrong is said.
    host.entries.insert("r/bad.yaml".to_owned(), Entry::File("kind: [\n".into()));
    assert_eq!(host.run(&["compile", "r", "-q"]), Refused);
    assert!(host.err().contains("note: 5 files") && host.err().contains("error[EGR0101]"), "{}", host.err());
    assert_eq!(host.run(&["compile", "missing", "-q"]), Failed);
    assert_eq!(host.err(), "error: missing: there is no such file or folder\n");
}

//! Each command and each exit status, in memory.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::{Entry, MemoryHost};

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const TCP: &str = include_str!("../../../examples/tcp/policy.yaml");
const BAD: &str = "kind: [\n";

fn mesh() -> MemoryHost {
    MemoryHost::with(&[("p/policy.yaml", POLICY), ("p/mesh.yaml", MESH), ("bad.yaml", BAD), ("tcp.yaml", TCP)])
}

#[test]
fn compile_prints_resources_and_nothing_else() {
    let mut host = mesh();
    assert_eq!(host.run(&["compile", "p"]), Answered);
    assert!(host.out().starts_with("---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"));
    assert_eq!(host.err(), "");
}

#[test]
fn compile_prints_json_as_one_list() {
    let mut host = mesh();
    assert_eq!(host.run(&["compile", "--format", "json", "p"]), Answered);
    let list: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!(list["kind"], "List");
    assert!(list["items"].as_array().unwrap().len() > 10);
}

#[test]
fn compile_of_a_bad_policy_prints_no_resource() {
    let mut host = mesh();
    assert_eq!(host.run(&["compile", "p", "bad.yaml"]), Refused);
    assert_eq!(host.out(), "");
    assert!(host.err().contains("error[EGR0101]"), "{}", host.err());
    assert!(host.err().contains("--> bad.yaml:"), "{}", host.err());
    assert!(host.err().ends_with("\nrefused: 1 error\n"), "{}", host.err());
}

#[test]
fn compile_tells_which_gateway_ports_it_chose() {
    let mut host = mesh();
    assert_eq!(host.run(&["compile", "tcp.yaml", "p/mesh.yaml"]), Answered);
    let table = "\
note: egressc chose these gateway ports, because the policies do not set them
  host                   port  gateway          gatewayPort
  www.alibabacloud.com    443  egressgateway-a          443

2 warnings
";
    assert!(host.err().ends_with(table), "{}", host.err());
    assert!(host.out().starts_with("---\n"));
}

#[test]
fn check_answers_on_standard_output() {
    let mut host = mesh();
    assert_eq!(host.run(&["check", "p"]), Answered);
    assert_eq!(host.out(), "ok: 4 destinations in 2 sources\n");
    assert_eq!(host.run(&["check", "tcp.yaml", "p/mesh.yaml"]), Answered);
    assert!(host.out().ends_with("\nok: 1 destination in 2 sources, 2 warnings\n"), "{}", host.out());
    assert_eq!(host.run(&["check", "bad.yaml"]), Refused);
    assert!(host.out().starts_with("error[EGR0101]"));
    assert!(host.out().ends_with("\nrefused: 1 error\n"), "{}", host.out());
    assert_eq!(host.err(), "");
}

#[test]
fn check_answers_in_json() {
    let mut host = mesh();
    assert_eq!(host.run(&["check", "--format=json", "bad.yaml"]), Refused);
    let answer: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["diagnostics"][0]["code"], "EGR0101");
    assert_eq!(answer["diagnostics"][0]["labels"][0]["source"], "bad.yaml");
    assert_eq!(host.run(&["check", "--format=json", "p"]), Answered);
    let answer: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!(answer["gatewayPorts"].as_array().unwrap().len(), 4);
}

#[test]
fn explain_prints_the_page() {
    let mut host = mesh();
    for name in ["EGR0433", "egr0433", " tcp-takes-port "] {
        assert_eq!(host.run(&["explain", name]), Answered);
        assert!(host.out().contains("EGR0433"), "{}", host.out());
        assert!(host.out().ends_with('\n'));
    }
}

#[test]
fn explain_guesses_what_was_meant() {
    let mut host = mesh();
    for name in ["EGR0434x", "EGR434", "434", "two-tcp-host", "TWO_TCP_HOSTS"] {
        assert_eq!(host.run(&["explain", name]), Failed, "{name}");
        assert_eq!(host.out(), "");
        assert!(host.err().contains("did you mean EGR0434 (two-tcp-hosts)?"), "{name}: {}", host.err());
    }
    for name in ["EGR9999999", "", "hello", &"9".repeat(10_000)] {
        assert_eq!(host.run(&["explain", name]), Failed, "{name}");
        assert!(host.err().starts_with("error: there is no diagnostic code"), "{}", host.err());
        assert!(!host.err().contains("did you mean"), "{}", host.err());
    }
}

#[test]
fn schema_prints_json_schema() {
    let mut host = mesh();
    for (kind, name) in [("policy", "ASMEgressTrafficPolicy"), ("environment", "MeshEnvironment")] {
        assert_eq!(host.run(&["schema", kind]), Answered);
        let schema: serde_json::Value = serde_json::from_str(host.out()).unwrap();
        assert!(schema["$schema"].is_string());
        assert!(host.out().contains(name));
    }
}

#[test]
fn help_and_version_are_answers() {
    let mut host = mesh();
    assert_eq!(host.run(&["--version"]), Answered);
    assert_eq!(host.out(), concat!("egressc ", env!("CARGO_PKG_VERSION"), "\n"));
    for args in [
        &["--help"][..],
        &["-h"],
        &["help"],
        &["compile", "--help"],
        &["check", "-h"],
        &["explain", "--help"],
        &["schema", "--help"],
    ] {
        assert_eq!(host.run(args), Answered, "{args:?}");
        assert!(host.out().contains("Usage: egressc"), "{args:?}");
        assert!(host.out().ends_with('\n') && !host.out().contains('\u{1b}'), "{args:?}");
        assert_eq!(host.err(), "", "{args:?}");
    }
    for command in ["", "compile", "check"] {
        let args: Vec<&str> = [command, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        host.run(&args);
        assert!(host.out().contains("Examples:\n  egressc ") && host.out().contains("Exit status: 0"), "{command}");
    }
}

#[test]
fn misuse_is_told_on_standard_error() {
    let wrong: &[&[&str]] = &[
        &[],
        &["compil", "p"],
        &["compile"],
        &["check"],
        &["compile", "--format", "xml", "p"],
        &["check", "--format", "yaml", "p"],
        &["compile", "--colour", "p"],
        &["compile", "p", "--output"],
        &["check", "p", "--output", "x"],
        &["schema", "pod"],
        &["compile", "-", "-"],
        &["compile", ""],
        &["compile", "missing.yaml"],
        &["compile", "missing/"],
    ];
    for args in wrong {
        let mut host = mesh();
        assert_eq!(host.run(args), Failed, "{args:?}");
        assert_eq!(host.out(), "", "{args:?}");
        assert!(host.err().contains("error: ") || args.is_empty(), "{args:?}: {}", host.err());
        assert!(!host.err().is_empty());
    }
}

#[test]
fn every_path_that_cannot_be_read_is_named_at_once() {
    let mut host = mesh();
    host.entries.insert("p/locked.yaml".to_owned(), Entry::Locked);
    host.empty_folders.push("empty".to_owned());
    assert_eq!(host.run(&["check", "one.yaml", "p", "two.yaml", "empty"]), Failed);
    let expected = "\
error: one.yaml: there is no such file or folder
error: two.yaml: there is no such file or folder
error: empty: this folder contains no .yaml, .yml or .json file
";
    assert_eq!(host.err(), expected);
    assert_eq!(host.run(&["check", "p"]), Failed);
    assert_eq!(host.err(), "error: p/locked.yaml: permission denied\n");
    assert_eq!(host.out(), "");
}

#[test]
fn a_name_steers_no_terminal() {
    let mut host = MemoryHost::with(&[("p/\u{1b}[2J.yaml", BAD)]);
    host.entries.insert("p/\u{1b}[31m\u{202e}.yaml".to_owned(), Entry::Locked);
    assert_eq!(host.run(&["check", "p"]), Failed);
    assert_eq!(host.err(), "error: p/\\u{1b}[31m\\u{202e}.yaml: permission denied\n");
    assert_eq!(host.run(&["check", "p/\u{1b}[2J.yaml"]), Refused);
    assert!(!host.out().contains('\u{1b}'), "{}", host.out());
}

#[test]
fn folders_are_read_to_the_ground_in_order() {
    let mut host = mesh();
    for path in ["f/b.json", "f/a/z.yml", "f/a/y.yaml", "f/c.yaml", "f/.hidden.yaml", "f/.git/x.yaml", "f/notes.md"] {
        host.entries.insert(path.to_owned(), Entry::File(BAD.into()));
    }
    host.entries.insert("f/out/.egressc".to_owned(), Entry::File(Vec::new()));
    host.entries.insert("f/out/gateway.yaml".to_owned(), Entry::File(BAD.into()));
    host.entries.insert("f/pipe".to_owned(), Entry::Other);
    host.entries.insert("f/link.yaml".to_owned(), Entry::LinkToFile(BAD.into()));
    host.entries.insert("f/circle".to_owned(), Entry::LinkToFolder);
    assert_eq!(host.run(&["check", "--format=json", "f"]), Refused);
    let answer: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    let sources: Vec<&str> = answer["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|diagnostic| diagnostic["labels"][0]["source"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["f/a/y.yaml", "f/a/z.yml", "f/b.json", "f/c.yaml", "f/link.yaml"]);
    assert!(host.err().contains("note: f/circle is ignored: it is a symbolic link to a folder\n"));
    assert!(host.err().contains("note: f/out is ignored: `egressc compile --output` wrote it\n"));
    // Given by name, all is read.
    assert_eq!(host.run(&["check", "f/.hidden.yaml"]), Refused);
    assert_eq!(host.run(&["check", "f/out"]), Refused);
    // A policy that is something else than a file is not left out silently.
    host.entries.insert("f/pipe.yaml".to_owned(), Entry::Other);
    assert_eq!(host.run(&["check", "f"]), Failed);
    assert!(host.err().contains("error: f/pipe.yaml: this is not a file\n"));
}

#[test]
fn a_file_that_is_given_twice_is_one_source() {
    let mut host = mesh();
    assert_eq!(host.run(&["check", "p", "p/policy.yaml", "p"]), Answered);
    assert_eq!(host.out(), "ok: 4 destinations in 2 sources\n");
}

#[test]
fn standard_input_is_a_source() {
    let mut host = mesh();
    host.stdin = POLICY.into();
    assert_eq!(host.run(&["check", "-", "p/mesh.yaml"]), Answered);
    assert_eq!(host.out(), "ok: 4 destinations in 2 sources\n");
    host.stdin = BAD.into();
    assert_eq!(host.run(&["check", "-"]), Refused);
    assert!(host.out().contains("--> <stdin>:"), "{}", host.out());
    assert_eq!(host.run(&["check", "-", "p", "-"]), Failed);
    assert_eq!(host.err(), "error: standard input can be read only once, and `-` is used twice\n");
}

#[test]
fn too_many_files_are_misuse() {
    let mut host = mesh();
    for number in 0..10_001 {
        host.entries.insert(format!("many/{number}.yaml"), Entry::File(Vec::new()));
    }
    assert_eq!(host.run(&["check", "many"]), Failed);
    assert!(host.err().starts_with("error: many: more than 10000 files"), "{}", host.err());
    assert_eq!(host.bytes_read, 0);
}

#[test]
fn colour_is_for_terminals() {
    for (terminal, refuses, colour, coloured) in [
        (false, false, "auto", false),
        (true, false, "auto", true),
        (true, true, "auto", false),
        (false, true, "always", true),
        (true, false, "never", false),
    ] {
        for command in ["compile", "check"] {
            let mut host = mesh();
            host.terminal = terminal;
            host.refuses_colour = refuses;
            assert_eq!(host.run(&[command, "bad.yaml", "--color", colour]), Refused);
            let text = format!("{}{}", host.out(), host.err());
            assert_eq!(text.contains('\u{1b}'), coloured, "{command} {terminal} {refuses} {colour}");
        }
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    for args in [&["compile", "p"][..], &["check", "p"], &["schema", "policy"], &["explain", "EGR0101"], &["--version"]]
    {
        let mut host = mesh();
        host.full = true;
        assert_eq!(host.run(args), Failed, "{args:?}");
        assert!(host.err().ends_with("error: standard output: no space\n"), "{}", host.err());
    }
}

#[test]
fn the_order_of_arguments_changes_no_resource() {
    let mut host = mesh();
    host.run(&["compile", "p/policy.yaml", "p/mesh.yaml"]);
    let one = host.out().to_owned();
    host.run(&["compile", "p/mesh.yaml", "p/policy.yaml"]);
    assert_eq!(host.out(), one);
}

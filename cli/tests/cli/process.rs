//! The binary, as people start it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn egressc(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_egressc"));
    command.args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).env_remove("NO_COLOR");
    command
}

fn output(args: &[&str]) -> Output {
    egressc(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn every_example_compiles_and_does_what_it_expects() {
    let (mut number, mut expected) = (0, 0);
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")).unwrap() {
        let entry = entry.unwrap();
        // Others have their own tools' examples.
        if !entry.path().join("policy.yaml").is_file() || !entry.path().join("mesh.yaml").is_file() {
            continue;
        }
        let folder = format!("examples/{}", entry.file_name().to_str().unwrap());
        let compiled = output(&["compile", &folder]);
        assert_eq!(compiled.status.code(), Some(0), "{folder}: {}", text(&compiled.stderr));
        assert!(compiled.stdout.starts_with(b"---\napiVersion: "), "{folder}");
        let checked = output(&["check", &folder]);
        assert_eq!(checked.status.code(), Some(0), "{folder}");
        assert!(text(&checked.stdout).lines().last().unwrap().starts_with("ok: "), "{folder}");
        if entry.path().join("expectations.yaml").is_file() {
            let tested = output(&["test", "--mutations", &folder]);
            let said = text(&tested.stdout);
            assert_eq!(tested.status.code(), Some(0), "{folder}: {said}");
            assert!(!said.contains("uncovered") && !said.contains("unnoticed"), "{folder}: {said}");
            expected += 1;
        }
        number += 1;
    }
    assert!(number >= 6 && expected >= 1);
}

#[test]
fn standard_input_is_read() {
    let policy = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/http/policy.yaml")).unwrap();
    let mut child = egressc(&["compile", "-", "examples/http/mesh.yaml", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&policy).unwrap();
    let piped = child.wait_with_output().unwrap();
    assert_eq!(piped.status.code(), Some(0));
    assert_eq!(piped.stdout, output(&["compile", "examples/http", "--format", "json"]).stdout);
}

#[test]
fn exit_statuses() {
    for (args, status) in [
        (&["--version"][..], 0),
        (&["explain", "EGR0433"], 0),
        (&["schema", "policy"], 0),
        (&["schema", "environment"], 0),
        (&["check", "cli/tests/hostile/tabs.yaml"], 1),
        (&["compile", "cli/tests/hostile/tabs.yaml"], 1),
        (&["compile", "no/such/folder"], 2),
        (&["explain", "EGR9999999"], 2),
        (&["compile", "examples/http/mesh.yaml/x"], 2),
        (&[], 2),
    ] {
        assert_eq!(output(args).status.code(), Some(status), "{args:?}");
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    assert!(!text(&output(&["check", "cli/tests/hostile/tabs.yaml"]).stdout).contains('\u{1b}'));
    assert!(text(&output(&["check", "--color=always", "cli/tests/hostile/tabs.yaml"]).stdout).contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_a_normal_end() {
    let script = format!("{} schema policy | true; {} compile examples/http | head -n 1", exe(), exe());
    let piped = shell(&format!("set -o pipefail; {script}"));
    assert_eq!(piped.status.code(), Some(0), "{}", text(&piped.stderr));
    assert_eq!(text(&piped.stdout), "---\n");
    assert_eq!(text(&piped.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let written = egressc(&["compile", "examples/http"]).stdout(full).output().unwrap();
    assert_eq!(written.status.code(), Some(2));
    assert!(text(&written.stderr).starts_with("error: standard output: "));
}

#[cfg(unix)]
#[test]
fn a_closed_standard_error_changes_no_status() {
    assert_eq!(shell(&format!("{} check cli/tests/hostile/tabs.yaml 2>&-", exe())).status.code(), Some(1));
    assert_eq!(shell(&format!("{} compile examples/tcp >/dev/null 2>&-", exe())).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_unicode_is_misuse() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"\xff.yaml");
    fs::write(folder.path().join(name), "").unwrap();
    let given = egressc(&["check"]).arg(folder.path().join(name)).output().unwrap();
    assert_eq!(given.status.code(), Some(2));
    let found = output(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(found.status.code(), Some(2));
    assert!(text(&found.stderr).contains("its name is not Unicode"), "{}", text(&found.stderr));
}

#[cfg(unix)]
#[test]
fn links_lead_round_in_no_circle() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/http");
    fs::create_dir(folder.path().join("data")).unwrap();
    symlink(folder.path(), folder.path().join("data/circle")).unwrap();
    symlink("self.txt", folder.path().join("self.txt")).unwrap();
    // As a mounted ConfigMap looks.
    for name in ["policy.yaml", "mesh.yaml"] {
        symlink(examples.join(name), folder.path().join(name)).unwrap();
    }
    let checked = output(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("in 2 sources"));
    assert!(text(&checked.stderr).contains("circle is ignored"));
}

#[cfg(unix)]
#[test]
fn huge_inputs_take_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let letters = folder.path().join("letters.yaml");
    fs::write(&letters, "a".repeat(100 << 20)).unwrap();
    for path in [letters.to_str().unwrap(), "/dev/zero", "- < /dev/zero"] {
        // In KiB; an answer needs the 16 MiB that are read, a few times over, and the binary itself.
        let checked = shell(&format!("ulimit -v 300000; {} check --format json {path}", exe()));
        assert_eq!(checked.status.code(), Some(1), "{path}: {}", text(&checked.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
        assert_eq!(answer["diagnostics"][0]["code"], "EGR0103", "{path}");
        assert!(answer["diagnostics"][0]["labels"][0]["source"].is_string(), "{path}");
    }
}

#[cfg(unix)]
fn exe() -> String {
    format!("'{}'", env!("CARGO_BIN_EXE_egressc"))
}

#[cfg(unix)]
fn shell(script: &str) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new("bash").args(["-c", script]).current_dir(folder).output().unwrap()
}

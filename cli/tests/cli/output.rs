//! `--output`: all or nothing, and nothing of anybody else's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use egressc::ExitStatus::{self, Answered, Failed, Refused};
use egressc::{Host, NewFile, OsHost};
use tempfile::TempDir;

use crate::memory_host::MemoryHost;

const HTTP: &str = include_str!("../../../examples/http/policy.yaml");
const COMBINED: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");

/// A folder with `policy.yaml` and `mesh.yaml`, and `out` to write to.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(bench.path("policy.yaml"), COMBINED).unwrap();
        fs::write(bench.path("mesh.yaml"), MESH).unwrap();
        bench
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn compile(&self, out: &str, more: &[&str]) -> ExitStatus {
        let (policy, mesh, out) = (self.path("policy.yaml"), self.path("mesh.yaml"), self.path(out));
        egressc(&[&["compile", &policy, &mesh, "--output", &out], more].concat())
    }

    fn refused(&self, out: &str) {
        let names = self.names();
        assert_eq!(self.compile(out, &[]), Failed);
        assert_eq!(self.names(), names, "nothing is left beside it");
    }

    fn names(&self) -> Vec<String> {
        names(self.folder.path())
    }
}

fn egressc(args: &[&str]) -> ExitStatus {
    let output = Command::new(env!("CARGO_BIN_EXE_egressc")).args(args).output().unwrap();
    assert!(output.stdout.is_empty());
    match output.status.code() {
        Some(0) => Answered,
        Some(1) => Refused,
        Some(2) => Failed,
        other => panic!("{other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn files(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(folder);
    names(folder).into_iter().map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}

#[test]
fn one_file_for_each_resource() {
    let bench = Bench::new();
    assert_eq!(bench.compile("made/out", &[]), Answered);
    let files = files(&bench.path("made/out"));
    let mut host = MemoryHost::with(&[("policy.yaml", COMBINED), ("mesh.yaml", MESH)]);
    host.run(&["compile", "policy.yaml", "mesh.yaml"]);
    let mut printed: Vec<String> = host.out().split("---\n").skip(1).map(|text| format!("---\n{text}")).collect();
    let mut written: Vec<String> =
        files.iter().filter(|(name, _)| *name != ".egressc").map(|(_, text)| text.clone()).collect();
    printed.sort();
    written.sort();
    assert_eq!(written, printed);
    let index: Vec<&str> = files[".egressc"].lines().skip(1).collect();
    assert_eq!(index, files.keys().skip(1).map(String::as_str).collect::<Vec<_>>());
    let first = files.keys().nth(1).unwrap();
    assert!(first.starts_with("authorizationpolicy_istio-system_http-httpbin-org-"), "{first}");
    assert!(index.iter().all(|name| Path::new(name).extension().is_some_and(|extension| extension == "yaml")));
    assert_eq!(bench.names(), ["made", "mesh.yaml", "policy.yaml"]);
}

#[test]
fn stale_files_disappear_and_others_keep_their_names() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    let combined = files(&bench.path("out"));
    fs::write(bench.path("policy.yaml"), HTTP).unwrap();
    assert_eq!(bench.compile("out/", &[]), Answered);
    let http = files(&bench.path("out"));
    assert!(http.len() < combined.len());
    assert!(http.keys().all(|name| combined.contains_key(name)), "a rule more renames nothing");
    assert_eq!(bench.compile("out", &["--format", "json"]), Answered);
    let json = files(&bench.path("out"));
    assert_eq!(json.len(), http.len());
    for (name, text) in &json {
        if name != ".egressc" {
            assert!(Path::new(name).extension().is_some_and(|extension| extension == "json"));
            assert!(serde_json::from_str::<serde_json::Value>(text).unwrap()["kind"].is_string());
        }
    }
    assert_eq!(bench.names(), ["mesh.yaml", "out", "policy.yaml"]);
}

#[test]
fn an_empty_folder_is_taken() {
    let bench = Bench::new();
    fs::create_dir(bench.path("out")).unwrap();
    assert_eq!(bench.compile("out", &[]), Answered);
    assert!(files(&bench.path("out")).len() > 10);
}

#[test]
fn a_refused_policy_leaves_the_folder() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    let before = files(&bench.path("out"));
    fs::write(bench.path("policy.yaml"), "kind: [").unwrap();
    assert_eq!(bench.compile("out", &[]), Refused);
    assert_eq!(files(&bench.path("out")), before);
    assert_eq!(bench.compile("new", &[]), Refused);
    assert!(!Path::new(&bench.path("new")).exists());
}

#[test]
fn a_foreign_file_refuses_the_folder() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    fs::write(bench.path("out/kustomization.yaml"), "mine").unwrap();
    let before = files(&bench.path("out"));
    bench.refused("out");
    assert_eq!(files(&bench.path("out")), before);
    // Also without an index, and whatever the file is.
    fs::create_dir_all(bench.path("other/folder")).unwrap();
    bench.refused("other");
    fs::create_dir(bench.path("hidden")).unwrap();
    fs::write(bench.path("hidden/.gitkeep"), "").unwrap();
    bench.refused("hidden");
}

#[test]
fn the_way_out_is_told() {
    let mut host = MemoryHost::with(&[("policy.yaml", COMBINED), ("mesh.yaml", MESH)]);
    for number in 0..8 {
        host.entries.insert(format!("out/{number}.yaml"), crate::memory_host::Entry::File(Vec::new()));
    }
    assert_eq!(host.run(&["compile", "policy.yaml", "mesh.yaml", "--output", "out"]), Failed);
    let expected = "error: out: the folder contains files that egressc did not write: 0.yaml, 1.yaml, 2.yaml, 3.yaml, 4.yaml and 3 more; \
        no file is written. Move these files, or use a folder that is new, empty, or written by `egressc compile --output`\n";
    assert_eq!(host.err(), expected);
    assert_eq!(host.out(), "");
}

#[test]
fn an_index_that_is_not_ours_refuses_the_folder() {
    let bench = Bench::new();
    for (number, index) in ["", "mine", "policy.yaml\n", "\u{0}"].iter().enumerate() {
        let folder = bench.path(&number.to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(format!("{folder}/.egressc"), index).unwrap();
        fs::write(format!("{folder}/policy.yaml"), "mine").unwrap();
        let before = files(&folder);
        bench.refused(&number.to_string());
        assert_eq!(files(&folder), before);
    }
}

#[test]
fn an_index_reaches_no_file_outside() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    let index = fs::read_to_string(bench.path("out/.egressc")).unwrap();
    fs::write(bench.path("out/.egressc"), format!("{index}../policy.yaml\n/etc/passwd\n")).unwrap();
    assert_eq!(bench.compile("out", &[]), Answered);
    assert_eq!(fs::read_to_string(bench.path("policy.yaml")).unwrap(), COMBINED);
    assert_eq!(fs::read_to_string(bench.path("out/.egressc")).unwrap(), index);
}

#[test]
fn a_file_is_no_folder() {
    let bench = Bench::new();
    bench.refused("mesh.yaml");
    assert_eq!(fs::read_to_string(bench.path("mesh.yaml")).unwrap(), MESH);
    bench.refused("mesh.yaml/out");
}

#[test]
fn a_folder_without_a_name_is_refused() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    for out in ["empty/..", "."] {
        bench.refused(out);
    }
    let mut host = OsHost;
    for out in ["", "/", ".", ".."] {
        assert!(host.replace_folder(out, &[], &[]).is_err(), "{out}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    fs::create_dir(bench.path("target")).unwrap();
    symlink(bench.path("target"), bench.path("link")).unwrap();
    symlink(bench.path("nowhere"), bench.path("dangling")).unwrap();
    for out in ["link", "link/", "link//", "link/.", "dangling"] {
        bench.refused(out);
    }
    assert!(names(Path::new(&bench.path("target"))).is_empty());
    // Neither is one inside of our own folder, under a name of ours.
    bench.compile("out", &[]);
    let name = names(Path::new(&bench.path("out")))[1].clone();
    fs::remove_file(bench.path(&format!("out/{name}"))).unwrap();
    symlink(bench.path("mesh.yaml"), bench.path(&format!("out/{name}"))).unwrap();
    bench.refused("out");
    assert_eq!(fs::read_to_string(bench.path("mesh.yaml")).unwrap(), MESH);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_stays() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.compile("out", &[]);
    fs::write(bench.path("policy.yaml"), HTTP).unwrap();
    let before = files(&bench.path("out"));
    fs::set_permissions(bench.path("out"), fs::Permissions::from_mode(0o555)).unwrap();
    bench.refused("out");
    assert_eq!(files(&bench.path("out")), before);
    fs::set_permissions(bench.path("out"), fs::Permissions::from_mode(0o775)).unwrap();
    assert_eq!(bench.compile("out", &[]), Answered);
    assert_eq!(fs::metadata(bench.path("out")).unwrap().permissions().mode() & 0o777, 0o775, "its mode is kept");
}

#[cfg(target_os = "linux")]
#[test]
fn where_no_folder_can_be_made_nothing_is() {
    let bench = Bench::new();
    let (policy, mesh) = (bench.path("policy.yaml"), bench.path("mesh.yaml"));
    assert_eq!(egressc(&["compile", &policy, &mesh, "--output", "/proc/egressc/out"]), Failed);
}

#[test]
fn a_failure_half_way_leaves_the_folder() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    let before = files(&bench.path("out"));
    let old: Vec<String> = before.keys().cloned().collect();
    let good = NewFile { name: "good.yaml".to_owned(), text: "new".to_owned() };
    let bad = NewFile { name: "no/such/folder.yaml".to_owned(), text: "new".to_owned() };
    assert!(OsHost.replace_folder(&bench.path("out"), &old, &[good.clone(), bad]).is_err());
    assert_eq!(files(&bench.path("out")), before);
    // A file that appears after the folder was looked at is nobody's to delete.
    assert!(OsHost.replace_folder(&bench.path("out"), &old[1..], &[good]).is_err());
    assert_eq!(files(&bench.path("out")), before);
    assert_eq!(bench.names(), ["mesh.yaml", "out", "policy.yaml"]);
}

#[test]
fn what_was_written_is_no_input() {
    let bench = Bench::new();
    bench.compile("out", &[]);
    let before = files(&bench.path("out"));
    let all = bench.path("");
    assert_eq!(egressc(&["compile", &all, "--output", &bench.path("out")]), Answered);
    assert_eq!(files(&bench.path("out")), before);
}

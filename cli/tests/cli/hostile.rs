//! Wrong and hostile inputs: each gets a code and a place, an exit status, and no panic.
//!
//! The small ones are files in `tests/hostile`, the large ones are made here.

use std::fs;
use std::path::{Path, PathBuf};

use egressc::ExitStatus::{Answered, Refused};
use serde_json::Value;

use crate::memory_host::{Entry, MemoryHost};

/// File and the code of an error that it must raise.
const FILES: &[(&str, &str)] = &[
    ("a-list.yaml", "EGR0201"),
    ("a-word.yaml", "EGR0201"),
    ("alias-bomb.yaml", "EGR0106"),
    ("alias-of-itself.yaml", "EGR0111"),
    ("alias-of-nothing.yaml", "EGR0111"),
    ("binary.yaml", "EGR0107"),
    ("byte-order-mark-inside.yaml", "EGR0101"),
    ("client-beside-gateway.yaml", "EGR0405"),
    ("duplicate-key.json", "EGR0102"),
    ("duplicate-key.yaml", "EGR0102"),
    ("empty.yaml", "EGR0215"),
    ("escape-character.yaml", "EGR0107"),
    ("everything-allowed.yaml", "EGR0404"),
    ("gateway-missing.yaml", "EGR0302"),
    ("gateway-of-another-name.yaml", "EGR0307"),
    ("gateway-port-70000.yaml", "EGR0205"),
    ("gateway-port-missing.yaml", "EGR0308"),
    ("host-address-v6.yaml", "EGR0423"),
    ("host-address.yaml", "EGR0423"),
    ("host-annotation-injection.yaml", "EGR0421"),
    ("host-bidirectional.yaml", "EGR0421"),
    ("host-empty.yaml", "EGR0421"),
    ("host-everything.yaml", "EGR0422"),
    ("host-header-injection.yaml", "EGR0421"),
    ("host-in-cluster.yaml", "EGR0425"),
    ("host-label-too-long.yaml", "EGR0421"),
    ("host-list.yaml", "EGR0203"),
    ("host-non-ascii.yaml", "EGR0421"),
    ("host-one-label.yaml", "EGR0421"),
    ("host-regex.yaml", "EGR0422"),
    ("host-reserved.yaml", "EGR0426"),
    ("host-terminal-escape.yaml", "EGR0421"),
    ("host-too-long.yaml", "EGR0421"),
    ("host-url.yaml", "EGR0421"),
    ("host-wildcard.yaml", "EGR0422"),
    ("host-with-port.yaml", "EGR0421"),
    ("host-yaml-injection.yaml", "EGR0421"),
    ("hosts-none.yaml", "EGR0212"),
    ("hosts-too-many.yaml", "EGR0213"),
    ("kind-is-a-number.yaml", "EGR0201"),
    ("label-key-too-long.yaml", "EGR0214"),
    ("label-value-boolean.yaml", "EGR0203"),
    ("label-value-injection.yaml", "EGR0214"),
    ("label-value-too-long.yaml", "EGR0214"),
    ("latin-1.yaml", "EGR0107"),
    ("list-as-key.yaml", "EGR0108"),
    ("list-of-words.yaml", "EGR0201"),
    ("merge-of-a-text.yaml", "EGR0109"),
    ("misspelt-kind.yaml", "EGR0207"),
    ("name-too-long.yaml", "EGR0214"),
    ("namespace-of-policy-path.yaml", "EGR0214"),
    ("namespace-path.yaml", "EGR0214"),
    ("namespace-upper-case.yaml", "EGR0214"),
    ("no-kind.yaml", "EGR0201"),
    ("no-spec.yaml", "EGR0204"),
    ("not-closed.yaml", "EGR0101"),
    ("nul.yaml", "EGR0107"),
    ("nulls.yaml", "EGR0203"),
    ("only-a-comment.yaml", "EGR0215"),
    ("only-separators.yaml", "EGR0215"),
    ("policy-twice.yaml", "EGR0301"),
    ("port-0.yaml", "EGR0205"),
    ("port-70000.yaml", "EGR0205"),
    ("port-astronomical.yaml", "EGR0203"),
    ("port-fraction.yaml", "EGR0203"),
    ("port-negative.yaml", "EGR0205"),
    ("port-not-a-number.yaml", "EGR0203"),
    ("port-text.yaml", "EGR0203"),
    ("protocol-udp.yaml", "EGR0211"),
    ("quote-not-closed.yaml", "EGR0101"),
    ("selector-empty.yaml", "EGR0210"),
    ("selector-wrapper.yaml", "EGR0209"),
    ("tabs.yaml", "EGR0101"),
    ("tag-that-runs-code.yaml", "EGR0110"),
    ("truncated.json", "EGR0101"),
    ("two-protocols.yaml", "EGR0431"),
    ("two-tcp-hosts.yaml", "EGR0434"),
    ("unknown-directive-version.yaml", "EGR0101"),
    ("unknown-field.yaml", "EGR0202"),
    ("unknown-version.yaml", "EGR0206"),
    ("upgrade-of-https.yaml", "EGR0435"),
    ("utf-16.yaml", "EGR0107"),
    ("wrong-indentation.yaml", "EGR0101"),
    ("wrong-types-of-facts.yaml", "EGR0203"),
    ("wrong-types.yaml", "EGR0203"),
];

/// What is missing from the whole input, or said of it, has no place in it.
const NOWHERE: &[&str] = &["EGR0215", "EGR0002"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn host_with(name: &str, bytes: Vec<u8>) -> MemoryHost {
    let mut host = MemoryHost::default();
    host.entries.insert(name.to_owned(), Entry::File(bytes));
    host
}

/// Runs both commands over one source and holds their answers to the rules.
fn refuses(name: &str, bytes: Vec<u8>, code: &str) {
    let size = bytes.len();
    let mut host = host_with(name, bytes);
    assert_eq!(host.run(&["check", "--format", "json", name]), Refused, "{name}: {}", host.err());
    let answer: Value = serde_json::from_str(host.out()).unwrap();
    let diagnostics = answer["diagnostics"].as_array().unwrap();
    assert!(!diagnostics.is_empty(), "{name}");
    for diagnostic in diagnostics {
        let id = diagnostic["code"].as_str().unwrap();
        assert!(id.len() == 7 && id.starts_with("EGR"), "{name}: {id}");
        assert!(!diagnostic["message"].as_str().unwrap().contains(char::is_control), "{name}: {diagnostic}");
        let labels = diagnostic["labels"].as_array().unwrap();
        assert!(!labels.is_empty() || NOWHERE.contains(&id), "{name}: {id} has no place");
        for label in labels {
            assert_eq!(label["source"], name);
            let offset = |end: &str| usize::try_from(label[end]["offset"].as_u64().unwrap()).unwrap();
            assert!(offset("start") <= offset("end") && offset("end") <= size, "{name}: {label}");
        }
    }
    let raised = |diagnostic: &Value| diagnostic["code"] == code && diagnostic["severity"] == "error";
    assert!(diagnostics.iter().any(raised), "{name} should raise {code}: {diagnostics:#?}");

    assert_eq!(host.run(&["compile", name]), Refused, "{name}");
    assert_eq!(host.out(), "", "{name}");
    assert!(host.err().contains(&format!("error[{code}]: ")), "{name}: {}", host.err());
    assert!(host.err().contains(&format!("--> {name}:")) || NOWHERE.contains(&code), "{name}: {}", host.err());
    assert!(!host.err().contains(|c: char| c.is_control() && c != '\n'), "{name}: {:?}", host.err());
}

#[test]
fn every_file_is_refused_with_its_code() {
    for (name, code) in FILES {
        refuses(name, fs::read(folder("hostile").join(name)).unwrap(), code);
    }
    let mut files: Vec<String> = fs::read_dir(folder("hostile"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.retain(|name| !name.starts_with('.'));
    files.sort();
    assert_eq!(files, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "the table has every file, in order");
    assert!(files.len() >= 40);
}

#[test]
fn odd_but_legal_files_compile() {
    let mut number = 0;
    for entry in fs::read_dir(folder("legal")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        let mut host = host_with(&name, fs::read(entry.path()).unwrap());
        assert_eq!(host.run(&["compile", &name]), Answered, "{name}: {}", host.err());
        assert!(host.out().starts_with("---\n") && !host.out().contains('\r'), "{name}");
        number += 1;
    }
    assert!(number >= 6);
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    refuses("brackets.yaml", "[".repeat(10_000).into(), "EGR0104");
    refuses("balanced.json", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into(), "EGR0104");
    refuses("maps.json", "{\"a\":".repeat(10_000).into(), "EGR0104");
    refuses("dashes.yaml", "- ".repeat(10_000).into(), "EGR0104");
    refuses("questions.yaml", "? ".repeat(10_000).into(), "EGR0104");
    let indented: String = (0..10_000).flat_map(|depth| [" ".repeat(depth % 2_000), "a:\n".to_owned()]).collect();
    refuses("indented.yaml", indented.into(), "EGR0104");
}

#[test]
fn what_is_too_long_is_refused_and_not_read_to_its_end() {
    let limit = (16 << 20) + 1;
    for (name, byte) in [("letters.yaml", b'a'), ("zeros.yaml", 0), ("not-utf-8.yaml", 0xff), ("newlines.yaml", b'\n')]
    {
        let mut host = host_with(name, vec![byte; 100 << 20]);
        assert_eq!(host.run(&["check", name]), Refused, "{name}");
        assert!(host.out().contains("error[EGR0103]: ") && host.out().contains(&format!("--> {name}:")), "{name}");
        assert_eq!(host.bytes_read, limit, "{name}");
    }
}

#[test]
fn the_sum_of_all_sources_is_bounded() {
    let mut host = MemoryHost::default();
    for number in 10..30 {
        host.entries.insert(format!("f/{number}.yaml"), Entry::Repeated(0, 10 << 20));
    }
    let names: Vec<String> = host.entries.keys().cloned().collect();
    let args: Vec<&str> = std::iter::once("check").chain(names.iter().map(String::as_str)).collect();
    assert_eq!(host.run(&args), Refused);
    assert!(host.out().contains("error[EGR0103]: "), "{}", host.out());
    assert_eq!(host.bytes_read, 70 << 20, "the seventh is over 64 MiB, and the eighth is not read");
    // In a folder these are files of others, and not all of them are read either.
    host.bytes_read = 0;
    assert_eq!(host.run(&["check", "f"]), egressc::ExitStatus::Failed);
    assert!(
        host.err().starts_with("error: f/16.yaml: the files up to this one are larger than 64 MiB"),
        "{}",
        host.err()
    );
    assert_eq!(host.bytes_read, 70 << 20);
}

#[test]
fn many_small_things_are_refused() {
    refuses("documents.yaml", "---\n".repeat(60_000).into(), "EGR0105");
    // As many errors as lines: some are shown, and that there are more is said.
    let mut host = host_with("errors.yaml", "---\nkind: 7\n".repeat(5_000).into());
    assert_eq!(host.run(&["check", "errors.yaml"]), Refused);
    assert!(host.out().len() < 1 << 20, "{} bytes", host.out().len());
    let fields: String =
        (0..20_000).flat_map(|number| ["field".to_owned(), number.to_string(), ": x\n".to_owned()]).collect();
    refuses("fields.yaml", fields.into(), "EGR0201");
    let long = format!("apiVersion: v1\nkind: List\nitems: [{}]\n", "a,".repeat(20_000));
    refuses("items.yaml", long.into(), "EGR0201");
    refuses("one-line.json", format!("{{\"kind\": \"{}", "a".repeat(1 << 20)).into(), "EGR0101");
    refuses("one-key.yaml", format!("{}: b\n", "a".repeat(1 << 20)).into(), "EGR0101");
}

/// Each prefix of a good policy, and the policy with each byte replaced, is an answer of some kind.
#[test]
fn no_damage_makes_it_fall_over() {
    let good = fs::read(folder("legal").join("non-ascii-words.yaml")).unwrap();
    for end in (0..good.len()).step_by(7) {
        host_with("p.yaml", good[..end].to_vec()).run(&["compile", "p.yaml"]);
    }
    for place in (0..good.len()).step_by(3) {
        for byte in [0, b'\t', b'\n', b'"', b'{', b':', b'*', b'9', 0xff] {
            let mut bad = good.clone();
            bad[place] = byte;
            let mut host = host_with("p.yaml", bad);
            let status = host.run(&["compile", "p.yaml"]);
            assert_eq!(status == Answered, !host.out().is_empty(), "{place} {byte}");
            assert!(status == Answered || host.err().contains("error[EGR"), "{place} {byte}: {}", host.err());
        }
    }
}

//! Help for people: completions, man pages, and lists of what there is.

use egressc::ExitStatus::{Answered, Failed};

use crate::memory_host::MemoryHost;

#[test]
fn completions_know_the_commands() {
    let mut host = MemoryHost::default();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert_eq!(host.run(&["completions", shell]), Answered);
        for word in ["compile", "explain", "--fail-on"] {
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(host.out().contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(host.run(&["completions", "cmd"]), Failed);
}

#[test]
fn each_command_has_a_man_page() {
    let mut host = MemoryHost::default();
    assert_eq!(host.run(&["man"]), Answered);
    assert!(host.out().contains(".TH egressc 1") && host.out().contains("egressc\\-check(1)"), "{}", host.out());
    assert_eq!(host.run(&["man", "check"]), Answered);
    assert!(host.out().contains("egressc\\-check \\- Checks"), "{}", host.out());
    assert_eq!(host.run(&["man", "nothing"]), Failed);
    assert_eq!(host.run(&["man", "--output", "man1"]), Answered);
    assert_eq!(host.err(), "wrote 16 pages to man1\n");
    assert!(host.entries.contains_key("man1/egressc.1") && host.entries.contains_key("man1/egressc-reach.1"));
    // The folder is egressc's own, so it is written again, and others are not.
    assert_eq!(host.run(&["man", "-o", "man1"]), Answered);
    let mut host = MemoryHost::with(&[("man1/ls.1", "")]);
    assert_eq!(host.run(&["man", "-o", "man1"]), Failed);
}

#[test]
fn codes_and_kinds_are_listed() {
    let mut host = MemoryHost::default();
    assert_eq!(host.run(&["explain"]), Answered);
    for line in ["EGR0433  warning  tcp-takes-port: ", "@git-clone/1  Repositories of Git"] {
        assert!(host.out().lines().any(|each| each.starts_with(line)), "{}", host.out());
    }
    assert_eq!(host.run(&["schema"]), Answered);
    let kinds: Vec<&str> = host.out().lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(kinds, ["policy", "egress-policy", "environment", "expectations", "configuration"]);
    assert!(host.out().contains("MeshEnvironment"));
    assert_eq!(host.run(&["dump", "--list"]), Answered);
    assert!(host.out().contains("virtualservices.networking.istio.io"));
    assert_eq!(host.run(&["dump", "--istio-namespace", "a; rm -r /"]), Failed);
}

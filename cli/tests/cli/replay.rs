//! `egressc replay`.

use egressc::ExitStatus;

use crate::memory_host::{Entry, MemoryHost};

const PAGE: &str = include_str!("../../../docs/design/replay.md");

/// The content of the only block of a language in the page.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

fn host() -> MemoryHost {
    MemoryHost::with(&[("mesh.yaml", block("yaml")), ("cart.log", block("text"))])
}

const ARGS: [&str; 6] = ["replay", "mesh.yaml", "--log", "cart.log", "--from", "shop,app=cart"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ARGS.into_iter().chain(more.iter().copied()).collect()
}

#[test]
fn the_example_of_the_page() {
    let mut host = host();
    let command: Vec<&str> = block("sh").split_whitespace().skip(1).collect();
    assert_eq!(command, ARGS);
    assert_eq!(host.run(&ARGS), ExitStatus::Refused);
    assert_eq!(host.out(), block("console"));
}

#[test]
fn the_exit_status_says_whether_something_differs() {
    let lines: Vec<&str> = block("text").lines().collect();
    let unknown = lines[0].replace(" 200 - via_upstream", " 503 UC upstream_reset");
    for (log, fail_on, wanted) in [
        (lines[0].to_owned(), "unknown", ExitStatus::Answered),
        (format!("{}\n{}", lines[0], lines[2]), "unknown", ExitStatus::Answered),
        (lines[1].to_owned(), "differ", ExitStatus::Refused),
        (unknown.clone(), "differ", ExitStatus::Answered),
        (unknown, "unknown", ExitStatus::Refused),
        // Nothing was compared, and that is no success.
        (lines[2].to_owned(), "differ", ExitStatus::Failed),
        (String::new(), "differ", ExitStatus::Failed),
    ] {
        let mut host = host();
        host.entries.insert("cart.log".to_owned(), Entry::File(log.clone().into()));
        assert_eq!(host.run(&with(&["--fail-on", fail_on])), wanted, "{log}: {}", host.out());
    }
}

#[test]
fn standard_input_is_a_log_of_any_length() {
    let mut host = host();
    // More than one piece.
    host.stdin = block("text").lines().next().unwrap().to_owned().into();
    host.stdin.push(b'\n');
    host.stdin = host.stdin.repeat(10_000);
    let args = ["replay", "mesh.yaml", "--log", "-", "--from", "shop,app=cart", "--examples", "1"];
    assert_eq!(host.run(&args), ExitStatus::Answered);
    assert!(host.out().ends_with("10000 agree, 0 differ, 0 unknown, 0 left out\n"), "{}", host.out());
    assert_eq!(host.out().lines().filter(|line| line.starts_with("agree ")).count(), 1);
    assert!(host.stdin.is_empty());
}

#[test]
fn several_logs_are_one_result() {
    let mut host = host();
    host.entries.insert("other.log".to_owned(), Entry::File(block("text").into()));
    assert_eq!(host.run(&with(&["--log", "other.log", "--format", "json"])), ExitStatus::Refused);
    let response: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!((&response["agree"], &response["differ"], &response["leftOut"]), (&2.into(), &2.into(), &2.into()));
    assert_eq!(response["rows"][1]["log"], "other.log");
    assert_eq!(response["rows"][1]["line"], 2);
}

#[test]
fn an_endless_line_is_left_out() {
    let mut host = host();
    host.entries.insert("cart.log".to_owned(), Entry::Repeated(b'x', 5 << 20));
    assert_eq!(host.run(&ARGS), ExitStatus::Failed);
    assert!(host.out().contains("it is longer than 64 KiB"), "{}", host.out());
}

#[test]
fn misuse() {
    for (args, wanted) in [
        (vec!["replay", "-", "--log", "-", "--from", "shop"], "`-` is used twice"),
        (vec!["replay", "mesh.yaml", "--log", "none.log", "--from", "shop"], "none.log: not found"),
        (vec!["replay", "mesh.yaml", "--log", "cart.log", "--from", "app=cart"], "does not name a client"),
        (vec!["replay", "mesh.yaml", "--log", "cart.log", "--from", "shop", "--gateway", "x"], "gateway named `x`"),
        (vec!["replay", "mesh.yaml", "--log", "cart.log", "--gateway", "x"], "--from"),
        (vec!["replay", "mesh.yaml"], "--log"),
        (vec!["replay", "mesh.yaml", "--log", "cart.log"], "no line of the logs could be compared"),
    ] {
        let mut host = host();
        assert_eq!(host.run(&args), ExitStatus::Failed, "{args:?}");
        assert!(host.err().contains(wanted), "{args:?}: {}", host.err());
    }
}

//! The commands that ask about requests.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::MemoryHost;

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const EXPECTATIONS: &str = "\
apiVersion: egressc.dev/v1alpha1
kind: EgressExpectations
metadata: {name: httpbin}
spec:
  allow:
  - {from: 'mytest,app=sleep-a', to: ['https://www.httpbin.org']}
  deny:
  - {from: mytest, to: ['https://www.httpbin.org']}
";

fn mesh() -> MemoryHost {
    MemoryHost::with(&[("p/policy.yaml", POLICY), ("p/mesh.yaml", MESH), ("tests.yaml", EXPECTATIONS)])
}

const DECLARED: [&str; 6] = ["trace", "p", "--from", "mytest,app=sleep-a", "--to", "https://www.httpbin.org"];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    DECLARED.iter().chain(more).copied().collect()
}

#[test]
fn trace_tells_the_way_of_a_request() {
    let mut host = mesh();
    assert_eq!(host.run(&DECLARED), Answered);
    assert!(host.out().starts_with("allowed (through gateway egressgateway-a): "), "{}", host.out());
    assert!(host.out().contains("\n  gateway  listener 0.0.0.0_444"), "{}", host.out());
    assert!(host.out().contains("p/policy.yaml:28:7: "), "{}", host.out());
    assert_eq!(host.err(), "");
}

#[test]
fn trace_holds_an_expectation() {
    let mut host = mesh();
    assert_eq!(host.run(&with(&["--expect", "allowed"])), Answered);
    assert_eq!(host.run(&with(&["--expect", "blocked"])), Refused);
    assert_eq!(host.err(), "error: expected blocked\n");
    assert_eq!(host.run(&with(&["--sni", "other.example", "--expect", "blocked"])), Answered);
}

#[test]
fn trace_asks_for_nobody_that_cannot_be() {
    for (option, value) in [
        ("--from", "\u{1b}[2J"),
        ("--from", "MYTEST"),
        ("--from", "mytest,app=\u{1b}[2J"),
        ("--service-account", "Sleep\n"),
        ("--header", "Host: a\u{1b}[2Jb"),
        ("--sni", "a\u{7}"),
    ] {
        let mut host = mesh();
        let given = DECLARED.iter().position(|each| *each == option).map(|at| (at, at + 2));
        let mut args = DECLARED.to_vec();
        if let Some((from, to)) = given {
            args.drain(from..to);
        }
        args.extend([option, value]);
        assert_eq!(host.run(&args), Failed, "{option} {value:?}: {}", host.out());
        assert_eq!(host.out(), "");
        assert!(!host.err().trim_end().contains(char::is_control), "{option} {value:?}: {:?}", host.err());
    }
}

#[test]
fn trace_of_a_header_and_a_method() {
    let mut host = mesh();
    let args = ["trace", "p", "--from", "mytest,app=sleep-a", "--to", "http://www.httpbin.org"];
    let args = [args.as_slice(), &["--method", "POST", "--header", "Host: other.example"]].concat();
    let args = [args.as_slice(), &["--header", "X-Team: a", "--header", "x-team: b", "--format", "json"]].concat();
    assert_eq!(host.run(&args), Answered);
    let answer: serde_json::Value = serde_json::from_str(host.out()).unwrap();
    assert_eq!(answer["trace"]["verdict"], "blocked");
    assert_eq!(answer["trace"]["query"]["to"]["method"], "POST");
    assert_eq!(answer["trace"]["query"]["to"]["headers"]["host"], "other.example");
    assert_eq!(answer["trace"]["query"]["to"]["headers"]["x-team"], "a");
    assert_eq!(answer["trace"]["query"]["to"]["moreHeaders"], serde_json::json!({"x-team": ["b"]}));
}

#[test]
fn trace_of_pseudo_headers_and_of_connect() {
    let mut host = mesh();
    let mut ask = |more: &[&str]| {
        let args =
            ["trace", "p", "--from", "mytest,app=sleep-a", "--to", "http://www.httpbin.org/", "--format", "json"];
        assert_eq!(host.run(&[args.as_slice(), more].concat()), Answered, "{more:?}: {}", host.err());
        serde_json::from_str::<serde_json::Value>(host.out()).unwrap()
    };
    let answer = ask(&["--header", ":authority: other.example:80"]);
    assert_eq!(answer["trace"]["query"]["to"]["headers"], serde_json::json!({"host": "other.example:80"}));
    // The target is the host that is dialled, and no path.
    assert_eq!(ask(&["--method", "CONNECT"])["trace"]["status"], 404);
}

#[test]
fn trace_of_a_caller_past_its_sidecar() {
    let mut host = mesh();
    assert_eq!(host.run(&with(&["--direct", "--expect", "allowed"])), Answered);
    let stranger = ["trace", "p", "--from", "default", "--to", "https://www.httpbin.org", "--direct"];
    assert_eq!(host.run(&[stranger.as_slice(), &["--expect", "blocked"]].concat()), Answered);
}

#[test]
fn trace_of_an_access_log_line() {
    let mut host = mesh();
    host.stdin =
        b"[2026-11-23T10:00:00.000Z] \"GET / HTTP/1.1\" 502 - direct_response - \"-\" 0 0 0 - \"-\" \"curl\" \"id\" \
        \"www.httpbin.org\" \"-\" - - 203.0.113.80:80 10.77.0.12:40000 - deny\n"
            .to_vec();
    assert_eq!(host.run(&["trace", "p", "--access-log", "-"]), Answered);
    assert!(
        host.out().starts_with("blocked (HTTP status 502): a workload without labels in `mytest`"),
        "{}",
        host.out()
    );
    assert_eq!(host.run(&["trace", "p", "-", "--access-log", "-"]), Failed);
}

#[test]
fn trace_needs_a_question() {
    let mut host = mesh();
    for wrong in [
        vec!["trace", "p"],
        vec!["trace", "p", "--from", "mytest"],
        vec!["trace", "p", "--to", "https://x.org"],
        vec!["trace", "p", "--from", "mytest", "--to", "x.org"],
        vec!["trace", "p", "--from", "mytest", "--to", "tcp://x.org"],
        vec!["trace", "p", "--from", "mytest", "--to", "http://x.org", "--sni", "x.org"],
        vec!["trace", "p", "--from", "mytest", "--to", "http://x.org", "--header", "nonsense"],
        vec!["trace", "p", "--from", "mytest", "--to", "http://x.org", "--header", ": x"],
        vec!["trace", "p", "--from", "mytest", "--to", "http://x.org", "--header", ":path: /x"],
        vec!["trace", "p", "--from", "mytest", "--to", "http://b\u{fc}cher.example"],
        vec!["trace", "p", "--access-log", "hello"],
    ] {
        assert_eq!(host.run(&wrong), Failed, "{wrong:?}");
        assert!(host.err().contains("error: "), "{wrong:?}: {}", host.err());
        assert_eq!(host.out(), "", "{wrong:?}");
    }
}

#[test]
fn expectations_are_run() {
    let mut host = mesh();
    assert_eq!(host.run(&["test", "p", "tests.yaml"]), Answered);
    assert!(host.out().ends_with("\n2 passed, 0 failed\n"), "{}", host.out());
    assert!(host.out().contains("uncovered p/policy.yaml:15:7: "), "{}", host.out());
    let wrong = EXPECTATIONS.replace("allow:", "x:").replace("deny:", "allow:").replace("x:", "deny:");
    let mut host =
        MemoryHost::with(&[("p/policy.yaml", POLICY), ("p/mesh.yaml", MESH), ("tests.yaml", wrong.as_str())]);
    assert_eq!(host.run(&["test", "p", "tests.yaml"]), Refused);
    assert!(host.out().contains("FAILED tests.yaml:6:"), "{}", host.out());
    assert!(host.out().ends_with("\n0 passed, 2 failed\n"), "{}", host.out());
}

#[test]
fn mistakes_that_no_expectation_notices_are_named() {
    let mut host = mesh();
    assert_eq!(host.run(&["test", "--mutations", "p", "tests.yaml"]), Answered);
    assert!(
        host.out().contains("unnoticed p/policy.yaml:15:7: `httpbin-service-http` removed from `to`"),
        "{}",
        host.out()
    );
    assert!(!host.out().contains("widened to every workload"), "the deny row notices it: {}", host.out());
}

#[test]
fn a_test_without_expectations_is_none() {
    let mut host = mesh();
    assert_eq!(host.run(&["test", "p"]), Failed);
    assert!(host.err().contains("no EgressExpectations"), "{}", host.err());
}

//! `egressc reach`, in memory.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::MemoryHost;

const POLICY: &str = include_str!("../../../examples/combined/policy.yaml");
const MESH: &str = include_str!("../../../examples/combined/mesh.yaml");
const BYPASS: &str = "\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: x, namespace: shop}
spec:
  hosts: [api.example.com]
  ports: [{number: 443, name: tls, protocol: TLS}]
  resolution: DNS
";

fn mesh() -> MemoryHost {
    MemoryHost::with(&[
        ("p/policy.yaml", POLICY),
        ("p/mesh.yaml", MESH),
        ("bypass.yaml", BYPASS),
        ("bad.yaml", "kind: [\n"),
    ])
}

#[test]
fn reach_prints_a_table_with_the_line_that_allows() {
    let mut host = mesh();
    assert_eq!(host.run(&["reach", "p"]), Answered);
    let row = host.out().lines().find(|line| line.starts_with("app=sleep-a in mytest") && line.contains("https://"));
    let row = row.unwrap();
    for part in ["https://httpbin.org:443", "allowed", "egressgateway-a:444", "tls-in-mtls", "p/policy.yaml:28:7"] {
        assert!(row.contains(part), "{row}");
    }
    assert!(host.out().contains("\n4 allowed, 8 blocked\nassumed: "), "{}", host.out());
    assert_eq!(host.err(), "");
}

#[test]
fn reach_shows_what_goes_past_every_gateway() {
    let mut host = mesh();
    assert_eq!(host.run(&["reach", "bypass.yaml"]), Answered);
    assert!(host.out().contains("BYPASSES EVERY GATEWAY") && host.out().contains("bypass.yaml:3:18"), "{}", host.out());
    assert!(host.out().contains("\n2 allowed, 2 unknown (2 bypassing every gateway)\n"), "{}", host.out());
}

#[test]
fn reach_has_every_format() {
    let mut host = mesh();
    for (format, start) in [
        ("table", "FROM "),
        ("json", "{\n  \"ok\": true,\n"),
        ("csv", "namespace,labels,"),
        ("mermaid", "flowchart LR\n"),
        ("dot", "digraph reach {\n"),
        ("html", "<!doctype html>\n"),
        ("svg", "<?xml version="),
    ] {
        assert_eq!(host.run(&["reach", "--format", format, "p"]), Answered, "{format}");
        assert!(host.out().starts_with(start), "{format}: {}", host.out());
        assert!(host.out().ends_with('\n'), "{format}");
    }
}

#[test]
fn reach_of_what_is_refused_has_no_rows() {
    let mut host = mesh();
    assert_eq!(host.run(&["reach", "p", "bad.yaml"]), Refused);
    assert_eq!(host.out(), "");
    assert!(host.err().contains("error[EGR0101]") && host.err().ends_with("refused: 1 error\n"), "{}", host.err());
    for wrong in [&["reach"][..], &["reach", "p", "--format", "png"], &["reach", "missing"]] {
        assert_eq!(host.run(wrong), Failed, "{wrong:?}");
        assert_eq!(host.out(), "");
    }
    assert_eq!(host.run(&["reach", "--help"]), Answered);
    assert!(host.out().contains("Examples:\n  egressc reach") && host.out().contains("Exit status: 0"));
}

//! `check --fix` and `check --diff`.

use egressc::ExitStatus::{Answered, Failed, Refused};

use crate::memory_host::{Entry, MemoryHost};

const OBJECTS: &str = "\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com]
  exportTo: [\".\"]
  ports:
  - {number: 80, name: http, protocol: HTTP, targetPort: 443}
  resolution: DNS
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api.example.com
  trafficPolicy:
    # The partner's own name.\r
    tls:
      mode: SIMPLE
      sni: api.example.com
";
const MENDED: &str = "    tls:\n      subjectAltNames: [\"api.example.com\"]\n      mode: SIMPLE\n";

fn host() -> MemoryHost {
    MemoryHost::with(&[
        ("egress/objects.yaml", OBJECTS),
        ("egress/other.yaml", "kind: Namespace\napiVersion: v1\nmetadata: {name: x}\n"),
    ])
}

fn file(host: &MemoryHost, path: &str) -> String {
    match &host.entries[path] {
        Entry::File(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fix_is_written_and_the_result_is_checked() {
    let mut host = host();
    assert_eq!(host.run(&["check", "egress"]), Answered);
    assert!(host.out().contains("EGR0706"), "{}", host.out());
    assert_eq!(host.run(&["check", "--fix", "egress"]), Answered);
    assert_eq!(host.out(), "ok: 2 sources without policies\n");
    let said = host.err();
    assert!(
        said.starts_with("fix: egress/objects.yaml:19:7: verify the name of the host [EGR0706]\nstrengthened  "),
        "{said}"
    );
    assert!(said.ends_with("1 fix in 1 file\n"), "{said}");
    assert_eq!(file(&host, "egress/objects.yaml"), OBJECTS.replace("    tls:\n      mode: SIMPLE\n", MENDED));
    assert_eq!(host.run(&["check", "--fix", "egress"]), Answered);
    assert_eq!(host.err(), "no fix\n");
}

#[test]
fn a_difference_writes_nothing_and_fails_while_there_is_one() {
    let mut host = host();
    assert_eq!(host.run(&["check", "--diff", "egress"]), Refused);
    let expected = "--- a/egress/objects.yaml\n+++ b/egress/objects.yaml\n@@ -17,5 +17,6 @@\n   trafficPolicy:";
    assert!(
        host.out().starts_with("--- a/egress/objects.yaml\n+++ b/egress/objects.yaml\n@@ "),
        "{}\n{expected}",
        host.out()
    );
    assert!(host.out().contains("\n+      subjectAltNames: [\"api.example.com\"]\n"), "{}", host.out());
    assert!(host.err().ends_with("1 fix in 1 file\nok: 2 sources without policies\n"), "{}", host.err());
    assert_eq!(file(&host, "egress/objects.yaml"), OBJECTS);

    host.run(&["check", "--fix", "egress"]);
    assert_eq!(host.run(&["check", "--diff", "egress"]), Answered);
    assert_eq!(host.out(), "");
}

#[test]
fn standard_input_and_a_full_disk_change_nothing() {
    let mut host = host();
    host.stdin = OBJECTS.into();
    assert_eq!(host.run(&["check", "--fix", "-"]), Failed);
    assert_eq!(host.err(), "error: --fix cannot change standard input; use a file, or --diff\n");
    host.stdin = OBJECTS.into();
    assert_eq!(host.run(&["check", "--diff", "-"]), Refused);
    assert!(host.out().starts_with("--- a/<stdin>\n"), "{}", host.out());

    host.full = true;
    assert_eq!(host.run(&["check", "--fix", "egress"]), Failed);
    assert_eq!(host.err(), "error: no space\n");
    assert_eq!(file(&host, "egress/objects.yaml"), OBJECTS);
    // They are two ways to see the same.
    assert_eq!(host.run(&["check", "--fix", "--diff", "egress"]), Failed);
    assert_eq!(host.run(&["check", "--diff", "--format", "json", "egress"]), Failed);
}

#[test]
fn what_is_not_selected_stays() {
    let mut host = host();
    assert_eq!(host.run(&["check", "--fix", "--ignore", "EGR0706", "egress"]), Answered);
    assert_eq!((host.err(), file(&host, "egress/objects.yaml").as_str()), ("no fix\n", OBJECTS));
}

/// Each fix that is left to people has a line with its reason, also one that no diagnostic offers.
#[test]
fn what_is_left_out_has_a_line_with_its_reason() {
    let list = "\
apiVersion: v1
kind: List
items:
- {apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: api, namespace: shop}, spec: {hosts: [api.example.com], exportTo: [.], ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}], resolution: DNS}}
- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: api, namespace: shop}, spec: {host: api.example.com, trafficPolicy: &tls {tls: {mode: SIMPLE, sni: api.example.com}}}}
- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: vault, namespace: shop}, spec: {host: vault.vault.svc.cluster.local, trafficPolicy: *tls}}
";
    let mut host = MemoryHost::with(&[("list.yaml", list)]);
    assert_eq!(host.run(&["check", "--diff", "list.yaml"]), Answered);
    assert_eq!(host.out(), "");
    let reason = "several objects share this part by an anchor, and it would change all of them";
    let line = format!("left out: list.yaml:5:160: verify the name of the host [EGR0706]: {reason}\n");
    assert!(host.err().starts_with(&line), "{}", host.err());
    assert!(host.err().contains("\nno fix\n"), "{}", host.err());
}

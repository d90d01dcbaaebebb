//! `egressc convert`.

use egressc::ExitStatus;

use crate::memory_host::MemoryHost;

const ASM: &str = "# ours\napiVersion: istio.alibabacloud.com/v1\nkind: \"ASMEgressTrafficPolicy\"\nmetadata: {name: a, namespace: istio-egress}\nspec:\n  byEgressGateway: {name: a}\n  egressRules:\n  - from: [{namespace: b}]\n    to: [{hosts: [c.example], port: {number: 80, protocol: HTTP}}]\n";

fn ours() -> String {
    ASM.replace("istio.alibabacloud.com/v1", "egressc.dev/v1alpha1").replace("ASMEgressTrafficPolicy", "EgressPolicy")
}

#[test]
fn only_the_kind_changes() {
    for (from, to, kind) in
        [(ASM.to_owned(), ours(), "EgressPolicy"), (ours(), ASM.to_owned(), "ASMEgressTrafficPolicy")]
    {
        let mut host = MemoryHost::with(&[("policy.yaml", from.as_str())]);
        assert_eq!(host.run(&["convert", "policy.yaml", "--to", kind]), ExitStatus::Answered, "{}", host.err());
        assert_eq!(host.out(), to);
    }
}

#[test]
fn what_has_no_place_refuses_and_prints_nothing() {
    let policy = ours().replace("protocol: HTTP}", "protocol: HTTP}, timeout: 5s");
    let mut host = MemoryHost::with(&[("policy.yaml", policy.as_str())]);
    let run = host.run(&["convert", "policy.yaml", "--to", "ASMEgressTrafficPolicy"]);
    assert_eq!((run, host.out()), (ExitStatus::Refused, ""));
    assert!(host.err().contains("EGR0222") && host.err().contains("timeout"), "{}", host.err());
}

#[test]
fn a_policy_that_shares_its_kind_with_another_object_stays() {
    let policy = ASM.replace("kind: \"ASMEgressTrafficPolicy\"", "kind: &kind ASMEgressTrafficPolicy");
    let second = ASM.replace("kind: \"ASMEgressTrafficPolicy\"", "kind: *kind").replace("name: a,", "name: z,");
    let indented = |text: &str| text.replace("# ours\n", "- ").replace('\n', "\n  ").trim_end().to_owned();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{}\n{}\n", indented(&policy), indented(&second));
    let mut host = MemoryHost::with(&[("policy.yaml", list.as_str())]);
    let run = host.run(&["convert", "policy.yaml", "--to", "EgressPolicy"]);
    assert_eq!((run, host.out()), (ExitStatus::Refused, ""), "{}", host.err());
    assert!(host.err().contains("EGR0226"), "{}", host.err());
}

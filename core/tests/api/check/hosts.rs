//! Hosts: their syntax, what is no host, and hosts that stand twice.

use crate::ask::{checked, texts};
use crate::documents::{of_a, to};
use crate::said::{check, gateway_ports, slugs, the};

#[test]
fn hosts() {
    let label = "a".repeat(63);
    let long = |length: usize| format!("{label}.{label}.{label}.{}.org", "b".repeat(length - 196));
    assert_eq!(long(223).len(), 223);
    let table: &[(&str, &str)] = &[
        ("www.httpbin.org", ""),
        ("a-b.c--d.e1", ""),
        ("1.2.3.example", ""),
        ("xn--bcher-kva.example", ""),
        ("WWW.Httpbin.ORG", ""),
        (&format!("{label}.org"), ""),
        (&long(223), ""),
        (&long(224), "host-syntax"),
        (&format!("{label}a.org"), "host-syntax"),
        ("localhost", "host-syntax"),
        ("www.httpbin.org.", "host-syntax"),
        ("a_b.example.org", "host-syntax"),
        ("-a.example.org", "host-syntax"),
        ("a-.example.org", "host-syntax"),
        ("a..example.org", "host-syntax"),
        (".example.org", "host-syntax"),
        ("\"\"", "host-syntax"),
        ("\" \"", "host-syntax"),
        ("a b.example.org", "host-syntax"),
        ("\"https://www.httpbin.org\"", "host-syntax"),
        ("\"www.httpbin.org:443\"", "host-syntax"),
        ("\"www.httpbin.org/get\"", "host-syntax"),
        ("bücher.example", "host-syntax"),
        ("exämple.ORG", "host-syntax"),
        ("example.123", "host-syntax"),
        ("\"1.2.3\"", "host-syntax"),
        ("\"203.0.113.7:443\"", "host-syntax"),
        ("\"*\"", "wildcard-host"),
        ("\"*.httpbin.org\"", "wildcard-host"),
        ("\"www*.httpbin.org\"", "wildcard-host"),
        ("203.0.113.7", "ip-host"),
        ("203.0.113.0/24", "ip-host"),
        ("\"2001:db8::1\"", "ip-host"),
        ("\"[2001:db8::1]\"", "ip-host"),
        ("\"2001:db8::/32\"", "ip-host"),
        ("cluster.local", "cluster-host"),
        ("reviews.default.svc.cluster.local", "cluster-host"),
        ("Reviews.Default.SVC.Cluster.Local", "cluster-host"),
        ("reviews.default.svc", "cluster-host"),
        ("notcluster.local", ""),
        ("a.mysvc", ""),
        ("egressc.internal", "reserved-host"),
        ("tls-443.www.httpbin.org.l4.egressc.internal", "reserved-host"),
        ("notegressc.internal", ""),
    ];
    for (host, slug) in table {
        let expected: Vec<String> =
            if slug.is_empty() { Vec::new() } else { vec![format!("{slug} @ spec.egressRules[0].to[0].hosts[0]")] };
        assert_eq!(check(&of_a(&[to(host, 80, "HTTP")])), expected, "{host}");
    }
}

#[test]
fn a_cluster_has_the_domain_that_its_mesh_says() {
    let host = of_a(&[to("db.corp.example", 80, "HTTP")]);
    assert_eq!(slugs(&host), [""; 0]);
    assert_eq!(slugs(&format!("{host}  clusterDomain: corp.example\n")), ["cluster-host"]);
    let usual = of_a(&[to("db.prod.svc.cluster.local", 80, "HTTP")]);
    assert_eq!(
        slugs(&format!("{usual}  clusterDomain: corp.example\n")),
        ["cluster-host"],
        "the usual one is never external"
    );
}

#[test]
fn hosts_are_lowered_and_doubles_are_found_across_cases() {
    let text = of_a(&[to("WWW.Httpbin.ORG, a.example.org, www.httpbin.org", 80, "HTTP")]);
    assert_eq!(check(&text), ["duplicate-host @ spec.egressRules[0].to[0].hosts[2]"]);
    assert_eq!(the("duplicate-host", &text).labels[1].path.as_deref(), Some("spec.egressRules[0].to[0].hosts[0]"));
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 80*", "www.httpbin.org:80 at 80*"]);
    assert!(checked(texts(&[&text])).ok, "a warning refuses nothing");
}

#[test]
fn one_host_may_stand_in_several_lists() {
    assert_eq!(slugs(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 80, "HTTP")])), [""; 0]);
    assert_eq!(slugs(&of_a(&[to("a.example.org", 80, "HTTP"), to("a.example.org", 443, "HTTPS")])), [""; 0]);
}

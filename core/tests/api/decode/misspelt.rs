//! Words that are nearly right: they are named, and the fix mends them.

use crate::ask::words;
use crate::documents::{MESH, documents, http};
use crate::said::{fixed, said, slugs, the};

#[test]
fn a_misspelt_word_is_named_and_its_fix_mends_it() {
    let text = documents(&[&http(), MESH]);
    for (right, wrong, slug) in [
        ("workloadSelector: ", "workloadselector: ", "unknown-field"),
        ("workloadSelector: ", "workloadSelectors: ", "unknown-field"),
        ("  - name: gw\n", "  - name: gw\n    servcie: gw\n", "unknown-field"),
        ("protocol: HTTP}", "protocol: http}", "unknown-value"),
        ("protocol: HTTP}", "protocol: \"HTPT\"}", "unknown-value"),
        ("REGISTRY_ONLY", "registry_only", "unknown-value"),
        ("kind: ASMEgressTrafficPolicy", "kind: AsmEgressTrafficPolicy", "unknown-kind"),
        ("name: egress-by-gw", "name: \"egress-by-wg\"", "policy-name"),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{wrong}");
        assert_eq!(slugs(&broken), [slug], "{wrong}");
        assert_eq!(slugs(&fixed(slug, &broken)), [""; 0], "{wrong}");
    }
    let broken = text.replace("kind: MeshEnvironment", "kind: MeshEnviroment");
    assert!(slugs(&broken).contains(&"unknown-kind".to_owned()), "beside what is assumed without it");
    assert_eq!(slugs(&fixed("unknown-kind", &broken)), [""; 0]);
}

#[test]
fn a_field_that_is_near_nothing_lists_what_is_there() {
    let text = documents(&[&http().replace("{name: gw}", "{name: gw, zzz: 1}"), MESH]);
    let found = the("unknown-field", &text);
    assert!(found.fix.is_none() && words(&found).contains("`name`, `port`"), "{found:?}");
}

#[test]
fn slips_of_the_pen_have_an_edit() {
    let policy = |host: &str, number: &str, gateway: &str| {
        format!(
            "{}  - from: [{{namespace: mytest}}]\n    to: [{{hosts: [{host}], port: {{number: {number}, protocol: HTTPS}}}}]\n---\n{MESH}",
            policy!("gw").replace("byEgressGateway", gateway)
        )
    };
    let right = policy("api.example.org", "443", "byEgressGateway");
    assert!(slugs(&right).is_empty(), "{:?}", slugs(&right));
    for host in ["https://api.example.org/v1?q=1", "api.example.org:443", "api.example.org.", "HTTPS://API.example.org"]
    {
        assert_eq!(fixed("host-syntax", &policy(host, "443", "byEgressGateway")), right, "{host}");
    }
    // A text in JSON stays one.
    let quoted = fixed("host-syntax", &policy("\"api.example.org:443\"", "443", "byEgressGateway"));
    assert_eq!(quoted, policy("\"api.example.org\"", "443", "byEgressGateway"));
    assert_eq!(fixed("wrong-type", &policy("api.example.org", "\"443\"", "byEgressGateway")), right);
    for number in ["\"0443\"", "\"x\"", "[443]"] {
        assert!(the("wrong-type", &policy("api.example.org", number, "byEgressGateway")).fix.is_none(), "{number}");
    }
    // No edit where the rest is no host either.
    for host in ["https://localhost/", "10.0.0.1:80", "a..b:80"] {
        assert!(said(&policy(host, "443", "byEgressGateway")).iter().all(|each| each.fix.is_none()), "{host}");
    }
    // A field that is written wrong is not missing as well.
    let slip = policy("api.example.org", "443", "byEgressGatway");
    assert_eq!(slugs(&slip), ["unknown-field"]);
    assert_eq!(fixed("unknown-field", &slip), right);
}

#[test]
fn a_kind_of_our_group_that_there_is_not_is_an_error_and_one_of_others_is_not() {
    let of = |api_version: &str, kind: &str| {
        slugs(&format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: x, namespace: y}}\nspec: {{}}\n"))
    };
    for kind in ["EgressPolicies", "egresspolicies", "EgressRule", "Ceiling"] {
        assert_eq!(of("egressc.dev/v1alpha1", kind), ["unknown-kind"], "{kind}");
    }
    assert_eq!(of("istio.alibabacloud.com/v1", "ASMLocalRateLimiter")[0], "kind-not-read");
}

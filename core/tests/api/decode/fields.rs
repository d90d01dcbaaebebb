//! Fields of our own kinds: missing, of a wrong type, null, or listed twice.

use crate::documents::{MESH, documents, gateways, http, mesh, policy, to};
use crate::said::{check, slugs};

#[test]
fn all_problems_are_told_at_once_with_their_fields() {
    let text = "\
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: Egress_By, namespace: istio-egress}
spec:
  byEgressGateway: {name: gw, prot: 80}
  egressRules:
  - from: []
    to:
    - hosts: a.example.org
      port: {number: 0, protocol: http}
    - hosts: [a.example.org, 5]
      port: {number: \"80\"}
      httpsUpgrade: {enabled: \"yes\"}
    - port: []
  - from:
    - namespace: MyTest
      workloadSelector: {app: 7, \"b d\": x, e: \"f g\"}
    - workloadSelector: null
    to: [1]
    unknown: true
";
    // What later stages add about the parts that could be read is theirs.
    let later = ["gateway-assumed", "policy-name"];
    let decode: Vec<String> =
        check(text).into_iter().filter(|line| !later.iter().any(|slug| line.starts_with(slug))).collect();
    assert_eq!(
        decode,
        [
            "bad-name @ metadata.name",
            "unknown-field @ spec.byEgressGateway.prot",
            "empty-list @ spec.egressRules[0].from",
            "wrong-type @ spec.egressRules[0].to[0].hosts",
            "out-of-range @ spec.egressRules[0].to[0].port.number",
            "unknown-value @ spec.egressRules[0].to[0].port.protocol",
            "wrong-type @ spec.egressRules[0].to[1].hosts[1]",
            "missing-field @ spec.egressRules[0].to[1].port.number",
            "wrong-type @ spec.egressRules[0].to[1].port.number",
            "wrong-type @ spec.egressRules[0].to[1].httpsUpgrade.enabled",
            "missing-field @ spec.egressRules[0].to[2].port",
            "wrong-type @ spec.egressRules[0].to[2].port",
            "bad-name @ spec.egressRules[1].from[0].namespace",
            "wrong-type @ spec.egressRules[1].from[0].workloadSelector.app",
            "bad-name @ spec.egressRules[1].from[0].workloadSelector.b d",
            "bad-name @ spec.egressRules[1].from[0].workloadSelector.e",
            "missing-field @ spec.egressRules[1].from[1].workloadSelector",
            "empty-selector @ spec.egressRules[1].from[1].workloadSelector",
            "wrong-type @ spec.egressRules[1].to[0]",
            "unknown-field @ spec.egressRules[1].unknown",
        ]
    );
}

#[test]
fn a_selector_narrows_or_is_not_there() {
    let selector = |value: &str| {
        let from = format!("{{namespace: mytest, workloadSelector: {value}}}");
        check(&documents(&[&policy(&[(&from, &to("a.example.org", 80, "HTTP"))]), MESH]))
    };
    let at = |slug: &str, field: &str| [format!("{slug} @ spec.egressRules[0].from[0].workloadSelector{field}")];
    assert_eq!(selector("{}"), at("empty-selector", ""));
    assert_eq!(selector("null"), at("empty-selector", ""));
    assert_eq!(selector("\"\""), at("wrong-type", ""));
    assert_eq!(selector("[]"), at("wrong-type", ""));
    assert_eq!(selector("{matchLabels: {app: a}}"), at("selector-wrapper", ".matchLabels"));
    assert_eq!(selector("{labels: {app: a}}"), at("selector-wrapper", ".labels"));
    assert_eq!(selector("{matchExpressions: []}"), at("selector-wrapper", ".matchExpressions"));
    assert_eq!(selector("{app: null}"), at("wrong-type", ".app"));
    assert_eq!(selector("{app: \"\"}"), [""; 0], "an empty value is a value");
    assert_eq!(selector("{labels: a}"), [""; 0], "a label may be called so");
    assert_eq!(selector("{app.kubernetes.io/name: a}"), [""; 0]);
}

#[test]
fn nulls_are_missing_fields() {
    let text = documents(&[&http(), MESH]);
    assert_eq!(slugs(&text.replace("{number: 80, protocol: HTTP}", "{number: 80, protocol: null}")), ["missing-field"]);
    assert_eq!(slugs(&text.replace("protocol: HTTP}}", "protocol: HTTP}, byEgressGateway: null}")), [""; 0]);
}

#[test]
fn nulls_of_optional_fields_are_missing_fields() {
    let upgrade = documents(&[&http().replace("protocol: HTTP}}", "protocol: HTTP}, httpsUpgrade: null}"), MESH]);
    assert_eq!(slugs(&upgrade), [""; 0]);
    let ports = documents(&[&http(), &gateways("{name: gw, ports: null}")]);
    assert_eq!(slugs(&ports), ["target-port-unknown"], "the usual ports");
    let workloads = documents(&[&http(), &mesh("  namespaces: [{name: mytest, workloads: null}]\n")]);
    assert_eq!(slugs(&workloads), [""; 0], "nobody has said that there are none");
}

#[test]
fn labels_that_are_no_selector_may_be_empty() {
    let workload = documents(&[&http(), &mesh("  namespaces: [{name: other, workloads: [{name: x, labels: {}}]}]\n")]);
    assert_eq!(slugs(&workload), [""; 0]);
}

#[test]
fn an_environment_lists_a_thing_once() {
    let gateways = documents(&[
        &http(),
        &gateways("{name: gw, ports: [{port: 80, targetPort: 80}]}, {name: gw, namespace: other}"),
    ]);
    assert_eq!(check(&gateways), ["listed-twice @ spec.gateways[1].name"]);
    let namespaces = documents(&[
        &http(),
        &mesh("  namespaces: [{name: mytest, injection: false}, {name: mytest, injection: true}]\n"),
    ]);
    assert_eq!(check(&namespaces), ["listed-twice @ spec.namespaces[1].name"]);
    let ports = documents(&[&http(), &MESH.replace("{port: 443, targetPort: 443}", "{port: 80, targetPort: 81}")]);
    assert_eq!(check(&ports), ["listed-twice @ spec.gateways[0].ports[1].port"]);
    let workloads = documents(&[
        &http(),
        &mesh("  namespaces: [{name: mytest, workloads: [{name: a, labels: {app: a}}, {name: a}]}]\n"),
    ]);
    assert_eq!(check(&workloads), ["listed-twice @ spec.namespaces[0].workloads[1].name"]);
}

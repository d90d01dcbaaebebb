//! What is known about a gateway: which documents describe it, which of them wins, and what they contradict.

use std::collections::BTreeSet;

use serde_json::json;

use crate::ask::{checked, compiled, texts, words};
use crate::documents::{A, MESH, documents, gateways, http, istio_gateway, policy, service, to};
use crate::said::{check, fixed, gateway_ports, slugs, the};

#[test]
fn what_nothing_describes_is_assumed_and_said() {
    let text = policy(&[(A, &[to("a.example.org", 80, "HTTP"), to("a.example.org", 443, "HTTPS")].join(", "))]);
    let name = "spec.byEgressGateway.name";
    let unknown = format!("target-port-unknown @ {name}");
    assert_eq!(check(&text), [format!("gateway-assumed @ {name}"), unknown.clone(), unknown]);
    let said = words(&the("gateway-assumed", &text));
    for fact in ["`istio-gw`", "`istio-system`", "`istio: gw`", "80 (http)", "443 and 444 (tls)"] {
        assert!(said.contains(fact), "{fact} is not in {said}");
    }
    assert_eq!(gateway_ports(&text), ["a.example.org:80 at 80*", "a.example.org:443 at 443*"]);
}

#[test]
fn a_gateway_is_assumed_once_however_many_policies_name_it() {
    let second = http().replace("name: egress-by-gw", "name: egress-by-gw-2");
    assert_eq!(slugs(&documents(&[&http(), &second])).iter().filter(|slug| *slug == "gateway-assumed").count(), 1);
}

#[test]
fn a_service_is_found_by_name_and_by_selector() {
    let ports = "ports: [{port: 8080, name: http}]";
    for (name, selector) in [("gw", ""), ("istio-gw", ""), ("other", "selector: {istio: gw}, ")] {
        let text = documents(&[&http(), &service(name, "egress", &format!("{selector}{ports}"))]);
        assert_eq!(slugs(&text), [""; 0], "{name}");
        assert_eq!(gateway_ports(&text), ["a.example.org:80 at 8080*"], "{name}");
    }
    let stranger = documents(&[&http(), &service("other", "egress", &format!("selector: {{istio: other}}, {ports}"))]);
    assert_eq!(slugs(&stranger), ["gateway-assumed", "target-port-unknown"]);
}

#[test]
fn several_services_are_refused_until_one_is_named() {
    let one = service("gw", "istio-system", "ports: [{port: 80}]");
    let two = service("public", "istio-system", "selector: {istio: gw}, ports: [{port: 81, name: http}]");
    let three = service("public", "elsewhere", "selector: {istio: gw}, ports: [{port: 82, name: http}]");
    let text = documents(&[&http(), &one, &two]);
    assert_eq!(check(&text), ["several-services @ spec.byEgressGateway.name"]);
    let paths: Vec<_> = the("several-services", &text).labels.into_iter().map(|label| label.path.unwrap()).collect();
    assert_eq!(paths, ["spec.byEgressGateway.name", "metadata.name", "metadata.name"]);

    let named = gateways("{name: gw, service: public}");
    assert_eq!(slugs(&documents(&[&http(), &one, &two, &named])), [""; 0]);
    assert_eq!(gateway_ports(&documents(&[&http(), &one, &two, &named])), ["a.example.org:80 at 81*"]);
    let ambiguous = slugs(&documents(&[&http(), &two, &three, &named]));
    assert!(
        ambiguous.iter().all(|slug| slug == "several-services") && !ambiguous.is_empty(),
        "one name in two namespaces: {ambiguous:?}"
    );
    let both = gateways("{name: gw, service: public, namespace: elsewhere}");
    assert_eq!(gateway_ports(&documents(&[&http(), &two, &three, &both])), ["a.example.org:80 at 82*"]);
}

#[test]
fn one_document_wins_over_the_next_field_by_field() {
    let asm = istio_gateway(
        "gw",
        "podLabels: {security.istio.io/tlsMode: istio}, ports: [{port: 83, name: http-0, targetPort: 83}]",
    );
    let service = service("istio-gw", "istio-system", "ports: [{port: 82, name: http, targetPort: 82}]");
    let environment = gateways("{name: gw, ports: [{port: 81, targetPort: 81, class: http}]}");
    let silent = gateways("{name: gw, namespace: istio-system}");
    let port = |parts: &[&str]| {
        let text = documents(&[&[http().as_str()], parts].concat());
        gateway_ports(&text)
    };
    assert_eq!(port(&[&asm]), ["a.example.org:80 at 83*"]);
    assert_eq!(port(&[&service, &asm]), ["a.example.org:80 at 82*"]);
    assert_eq!(port(&[&environment, &asm]), ["a.example.org:80 at 81*"]);
    assert_eq!(port(&[&environment, &service, &asm]), ["a.example.org:80 at 81*"]);
    assert_eq!(
        port(&[&silent, &service]),
        ["a.example.org:80 at 82*"],
        "a field that is not written wins over nothing"
    );
    assert_eq!(port(&[&silent]), ["a.example.org:80 at 80*"], "defaults fill the rest");
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let service =
        service("istio-gw", "istio-system", "ports: [{port: 80, targetPort: 8080}, {port: 444, targetPort: 444}]");
    let forward = documents(&[&http(), MESH, &service]);
    let backward = documents(&[&service, MESH, &http()]);
    let sorted = |text: &str| {
        let mut found = check(text);
        found.sort();
        found
    };
    assert_eq!(sorted(&forward), sorted(&backward));
    assert_eq!(gateway_ports(&forward), gateway_ports(&backward));
}

#[test]
fn contradictions_are_told_at_both_places() {
    let service =
        service("istio-gw", "istio-system", "ports: [{port: 80, targetPort: 8080}, {port: 444, targetPort: 444}]");
    let text = documents(&[&http(), MESH, &service]);
    let ports = "spec.gateways[0].ports";
    assert_eq!(
        check(&text),
        [format!("facts-contradict @ {ports}[0].targetPort"), format!("facts-contradict @ {ports}[1].port")]
    );
    let found = checked(texts(&[&text])).diagnostics;
    let second: Vec<_> = found.iter().map(|each| each.labels[1].path.as_deref().unwrap()).collect();
    assert_eq!(second, ["spec.ports[0].targetPort", "metadata.name"]);
    assert!(found.iter().all(|each| words(each).contains("the MeshEnvironment takes precedence")));
    assert!(checked(texts(&[&text])).ok, "a warning");
    let labels = documents(&[
        &http(),
        &MESH.replace("name: gw\n", "name: gw\n    podLabels: {istio: gw, security.istio.io/tlsMode: istio}\n"),
        &self::service(
            "istio-gw",
            "istio-system",
            "selector: {istio: other}, ports: [{port: 80}, {port: 443}, {port: 444}]",
        ),
    ]);
    assert_eq!(
        check(&labels),
        ["facts-contradict @ spec.gateways[0].podLabels", "leads-elsewhere @ metadata.name"],
        "whichever is believed, that Service leads to no pod of the gateway"
    );
    let elsewhere = documents(&[&http(), &MESH.replace("name: gw\n", "name: gw\n    namespace: egress\n"), &service]);
    assert_eq!(slugs(&elsewhere), [""; 0], "a Service of another namespace is another Service");
}

#[test]
fn an_unknown_gateway_is_refused_and_the_near_one_offered() {
    let near = documents(&[
        &http().replace("{name: gw}", "{name: egress-gatewya}"),
        &gateways("{name: egress-gateway}, {name: other}"),
    ]);
    assert_eq!(check(&near), ["unknown-gateway @ spec.byEgressGateway.name"]);
    assert!(words(&the("unknown-gateway", &near)).contains("did you mean `egress-gateway`?"));
    assert!(!slugs(&fixed("unknown-gateway", &near)).contains(&"unknown-gateway".to_owned()));
    let far = documents(&[&http().replace("{name: gw}", "{name: zzz}"), &istio_gateway("egress-gateway", "")]);
    let found = the("unknown-gateway", &far);
    assert!(found.fix.is_none() && words(&found).contains("the known gateways are `egress-gateway`"), "{found:?}");
    let complete = documents(&[
        &http(),
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: prod}\nspec: {complete: true, namespaces: [{name: mytest}]}\n",
    ]);
    assert_eq!(slugs(&complete), ["unknown-gateway"], "a complete mesh without gateways has none");
}

#[test]
fn the_mutual_tls_label_is_asked_for_where_pod_labels_are_known() {
    let environment = |labels: &str| {
        slugs(&documents(&[&http(), &MESH.replace("name: gw\n", &format!("name: gw\n    podLabels: {labels}\n"))]))
    };
    assert_eq!(environment("{istio: gw}"), ["tls-mode-label"]);
    assert_eq!(environment("{istio: gw, security.istio.io/tlsMode: disabled}"), ["tls-mode-label"]);
    assert_eq!(environment("{istio: gw, security.istio.io/tlsMode: istio}"), [""; 0]);
    let asm = |spec: &str| {
        slugs(&documents(&[&http(), &istio_gateway("gw", &format!("{spec}ports: [{{port: 80, targetPort: 80}}]"))]))
    };
    assert_eq!(asm(""), ["tls-mode-label"]);
    assert_eq!(asm("podLabels: {security.istio.io/tlsMode: istio}, "), [""; 0]);
}

/// The namespaces' gateways that are listed with these labels of their pods.
fn two_gateways(one: &str, two: &str) -> String {
    let gateway = |name: &str, labels: &str| {
        format!("{{name: {name}, namespace: {name}, podLabels: {{{labels}}}, ports: [{{port: 80, targetPort: 8080}}]}}")
    };
    gateways(&format!("{}, {}", gateway("gw", one), gateway("gw2", two)))
}

#[test]
fn gateways_with_one_label_istio_are_told_apart_by_another_label() {
    let tls = "security.istio.io/tlsMode: istio";
    let text = |one: &str, two: &str| {
        let mesh = two_gateways(&format!("{tls}, {one}"), &format!("{tls}, {two}"));
        let second = policy(&[(A, &to("b.example.org", 80, "HTTP"))]);
        let second = second.replace("egress-by-gw", "egress-by-gw2").replace("name: gw}", "name: gw2}");
        documents(&[&http(), &second, &mesh])
    };
    let selectors = |text: &str| {
        let all = compiled(texts(&[text])).resources.into_iter().map(|each| serde_json::to_value(each).unwrap());
        let of_gateways = all.filter(|each| each["kind"] == "Gateway");
        of_gateways.map(|each| each["spec"]["selector"].to_string()).collect::<BTreeSet<_>>()
    };
    let refused = "one-set-of-pods".to_owned();
    let apart = text("istio: egress, app: x, zone: a", "istio: egress, app: x, zone: b");
    assert!(!slugs(&apart).contains(&refused));
    assert_eq!(
        selectors(&apart),
        BTreeSet::from([
            json!({"istio": "egress", "zone": "a"}).to_string(),
            json!({"istio": "egress", "zone": "b"}).to_string()
        ])
    );
    // A label that only one of them lists may be at the pods of the other, too.
    for (one, two) in [("istio: egress, app: x", "istio: egress, app: x"), ("istio: egress, zone: a", "istio: egress")]
    {
        assert!(slugs(&text(one, two)).contains(&refused), "{one} {two}");
    }
    // Where `istio` differs, it is enough.
    let usual = text("istio: one, zone: a", "istio: two, zone: b");
    assert_eq!(
        selectors(&usual),
        BTreeSet::from([json!({"istio": "one"}).to_string(), json!({"istio": "two"}).to_string()])
    );
}

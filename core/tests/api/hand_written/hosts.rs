//! Requests for one host that arrive at another, ServiceEntries that nobody uses, and names that anybody may say.

use egressc_core::api::Diagnostic;

use super::{CLOSED, HTTP, TLS, codes, entry, object, told};
use crate::ask::{checked, mended, texts};

const TCP: &str = "number: 5432, name: tcp, protocol: TCP";

#[test]
fn a_tcp_port_without_addresses_takes_the_port() {
    let (a, b) = (entry("a.example.com", TCP), entry("b.example.com", TCP));
    assert_eq!(codes(&[CLOSED, &a, &b]), ["EGR0708", "EGR0708"]);
    let at = |host: &str, address: &str| {
        let name = host.replace('.', "-");
        object(
            "ServiceEntry",
            &name,
            &format!(
                "{{hosts: [{host}], exportTo: [\".\"], addresses: [{address}], ports: [{{{TCP}}}], resolution: DNS}}"
            ),
        )
    };
    assert!(codes(&[CLOSED, &at("a.example.com", "192.0.2.1"), &at("b.example.com", "192.0.2.2")]).is_empty());
    let other_port = entry("b.example.com", "number: 5433, name: tcp, protocol: TCP");
    assert!(codes(&[CLOSED, &a, &other_port]).is_empty());
}

#[test]
fn a_sidecar_that_does_not_import_the_host() {
    let entry = entry("api.example.com", HTTP);
    let sidecar = |hosts: &str| object("Sidecar", "default", &format!("{{egress: [{{hosts: [{hosts}]}}]}}"));
    let hidden = [CLOSED, &entry, &sidecar("\"istio-system/*\"")];
    assert_eq!(codes(&hidden), ["EGR0709"]);
    assert!(told("EGR0709", &hidden).contains("Sidecar"));
    assert!(codes(&[CLOSED, &entry, &sidecar("\"./*\"")]).is_empty());
}

#[test]
fn whoever_says_the_name_reaches_any_address() {
    let entry = |host: &str, rest: &str| {
        object("ServiceEntry", "api", &format!("{{hosts: [{host}], exportTo: [\".\"], {rest}}}"))
    };
    for port in [HTTP, TLS] {
        for resolution in ["", ", resolution: NONE"] {
            let entry = entry("api.example.com", &format!("ports: [{{{port}}}]{resolution}"));
            assert_eq!(codes(&[CLOSED, &entry]), ["EGR0713"], "{port} {resolution}");
        }
        assert!(
            codes(&[CLOSED, &entry("api.example.com", &format!("ports: [{{{port}}}], resolution: DNS"))]).is_empty()
        );
        let open = entry("api.example.com", &format!("ports: [{{{port}}}], resolution: NONE"));
        let response = checked(texts(&[CLOSED, &open]));
        let fixed = mended(&open, response.diagnostics.iter().find(|each| each.code == "EGR0713").unwrap());
        assert!(fixed.contains("resolution: DNS") && codes(&[CLOSED, &fixed]).is_empty(), "{fixed}");
        // With a wildcard it cannot be otherwise.
        assert!(codes(&[CLOSED, &entry("\"*.example.com\"", &format!("ports: [{{{port}}}]"))]).is_empty());
    }
}

#[test]
fn two_entries_that_differ() {
    let one = |name: &str, port: &str| {
        object(
            "ServiceEntry",
            name,
            &format!("{{hosts: [api.example.com], exportTo: [\".\"], ports: [{{{port}}}], resolution: DNS}}"),
        )
    };
    let other = "number: 80, targetPort: 8080, name: http, protocol: HTTP";
    assert_eq!(codes(&[CLOSED, &one("a", HTTP), &one("b", other)]), ["EGR0712"]);
    assert!(codes(&[CLOSED, &one("a", HTTP), &one("b", HTTP)]).is_empty());
}

#[test]
fn an_entry_that_every_namespace_sees_is_a_note() {
    let public =
        object("ServiceEntry", "api", &format!("{{hosts: [api.example.com], ports: [{{{TLS}}}], resolution: DNS}}"));
    let response = checked(texts(&[CLOSED, &public]));
    assert_eq!(response.diagnostics.iter().filter(|each| each.code == "EGR0716").count(), 1);
    // One object with two hosts and two ports each is one object.
    let many = object(
        "ServiceEntry",
        "api",
        &format!("{{hosts: [api.example.com, www.example.com], ports: [{{{TLS}}}, {{{HTTP}}}], resolution: DNS}}"),
    );
    let said = told("EGR0716", &[CLOSED, &many]);
    assert!(said.starts_with("a ServiceEntry has no `exportTo`"), "{said}");
    assert!(said.contains("reach `api.example.com`, `www.example.com` |"), "{said}");
    for exports in ["\".\"", "\"*\"", "shop"] {
        let said = object(
            "ServiceEntry",
            "api",
            &format!("{{hosts: [api.example.com], exportTo: [{exports}], ports: [{{{TLS}}}], resolution: DNS}}"),
        );
        assert!(checked(texts(&[CLOSED, &said])).diagnostics.is_empty(), "{exports}");
    }
}

#[test]
fn reasons_are_bounded_and_what_is_left_out_is_said() {
    let sidecar = object("Sidecar", "default", "{egress: [{hosts: [\"istio-system/*\"]}]}");
    let hidden = |number: usize| {
        let entries: Vec<String> = (0..number).map(|n| entry(&format!("h{n}.example.com"), HTTP)).collect();
        checked(texts(&[CLOSED, &sidecar, &entries.join("---\n")])).diagnostics
    };
    let of = |code: &str, diagnostics: &[Diagnostic]| diagnostics.iter().filter(|each| each.code == code).count();
    let few = hidden(30);
    assert_eq!((of("EGR0709", &few), of("EGR0719", &few)), (30, 0));
    let many = hidden(420);
    assert_eq!((of("EGR0709", &many), of("EGR0719", &many)), (400, 1));
}

#[test]
fn of_many_entries_for_one_host_the_first_are_checked() {
    let one = entry("api.example.com", HTTP);
    let many = |count: usize| -> Vec<String> {
        (0..count).map(|n| one.replace("namespace: shop", &format!("namespace: n{n}"))).collect()
    };
    let said = |count| {
        let documents = many(count);
        told("EGR0719", &documents.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(said(50), "");
    assert!(said(51).contains("only the first 50 ServiceEntries for `api.example.com`"), "{}", said(51));
    assert_eq!(said(60), said(51));
}

#[test]
fn a_wildcard_and_another_revision_are_no_rivals() {
    let wide = entry("\"*.example.com\"", HTTP).replace("name: \"*-example-com\"", "name: wide");
    let exact = entry("www.example.com", HTTP)
        .replace("resolution: DNS", "resolution: STATIC, endpoints: [{address: 10.0.0.9}]");
    let said = codes(&[CLOSED, &wide.replace("resolution: DNS", "resolution: NONE"), &exact]);
    assert!(!said.contains(&"EGR0712".to_owned()), "{said:?}");

    let of = |revision: &str, resolution: &str| {
        entry("api.example.com", HTTP)
            .replace("namespace: shop", &format!("namespace: shop-{revision}, labels: {{istio.io/rev: {revision}}}"))
            .replace("exportTo: [\".\"], ", "")
            .replace("resolution: DNS", resolution)
    };
    let said = codes(&[
        &of("stable", "resolution: DNS"),
        &of("canary", "resolution: STATIC, endpoints: [{address: 10.0.0.9}]"),
    ]);
    assert!(!said.contains(&"EGR0712".to_owned()), "{said:?}");
}

//! VirtualServices without effect, routes that no request reaches, and routes that lead nowhere.

use super::{CLOSED, HTTP, HTTPS, TLS, codes, entry, object, told};

fn service(spec: &str) -> String {
    object("VirtualService", "api", &format!("{{hosts: [api.example.com], {spec}}}"))
}

#[test]
fn http_routes_for_a_port_of_tls_have_no_effect() {
    let deny = service("http: [{directResponse: {status: 403}}]");
    for port in [HTTPS, TLS] {
        let documents = [CLOSED, &entry("api.example.com", port), &deny];
        assert_eq!(codes(&documents), ["EGR0701"], "{port}");
        assert!(told("EGR0701", &documents).contains("its `http` routes do not apply"));
    }
    assert!(codes(&[CLOSED, &entry("api.example.com", HTTP), &deny]).is_empty());
    let by_server_name = service(
        "tls: [{match: [{port: 443, sniHosts: [api.example.com]}], route: [{destination: {host: api.example.com, port: {number: 443}}}]}]",
    );
    assert!(codes(&[CLOSED, &entry("api.example.com", TLS), &by_server_name]).is_empty());
}

#[test]
fn a_gateway_that_is_not_there() {
    let service = service("gateways: [egress], http: [{route: [{destination: {host: api.example.com}}]}]");
    let documents = [CLOSED, &entry("api.example.com", HTTP), &service];
    assert_eq!(codes(&documents), ["EGR0701"]);
    assert!(told("EGR0701", &documents).contains("no such Gateway is given"));
    // A host that comes in is nobody's mistake.
    let incoming = object(
        "VirtualService",
        "web",
        "{hosts: [shop.example.com], gateways: [ingress], http: [{route: [{destination: {host: web}}]}]}",
    );
    assert!(codes(&[CLOSED, &entry("api.example.com", HTTP), &incoming]).is_empty());
}

#[test]
fn a_route_behind_one_that_takes_everything() {
    let entry = entry("api.example.com", HTTP);
    let (all, admin) = (
        "{route: [{destination: {host: api.example.com}}]}",
        "{match: [{uri: {prefix: /admin}}], directResponse: {status: 403}}",
    );
    assert_eq!(codes(&[CLOSED, &entry, &service(&format!("http: [{all}, {admin}]"))]), ["EGR0702"]);
    assert!(codes(&[CLOSED, &entry, &service(&format!("http: [{admin}, {all}]"))]).is_empty());
    // The same match a second time.
    assert_eq!(codes(&[CLOSED, &entry, &service(&format!("http: [{admin}, {admin}, {all}]"))]), ["EGR0702"]);
    // A mesh config, without which a client that does not see the host is let out or not, decides nothing here.
    assert_eq!(codes(&[&entry, &service(&format!("http: [{all}, {admin}]"))]), ["EGR0702"]);
    // One of two matches.
    let either = "{match: [{uri: {prefix: /admin/x}}, {uri: {prefix: /other}}], directResponse: {status: 404}}";
    let documents = [CLOSED, &entry, &service(&format!("http: [{admin}, {either}, {all}]"))];
    assert_eq!(codes(&documents), ["EGR0702"]);
    assert!(told("EGR0702", &documents).contains("one of its matches"));
    assert!(codes(&[CLOSED, &entry, &service(&format!("http: [{either}, {admin}, {all}]"))]).is_empty());
    // A part of the earlier one.
    let deeper = "{match: [{uri: {exact: /admin/x}}], directResponse: {status: 404}}";
    assert_eq!(codes(&[CLOSED, &entry, &service(&format!("http: [{admin}, {deeper}, {all}]"))]), ["EGR0702"]);
    assert!(codes(&[CLOSED, &entry, &service(&format!("http: [{deeper}, {admin}, {all}]"))]).is_empty());
    // Other labels, another method.
    let labels = "{match: [{uri: {prefix: /admin}, sourceLabels: {app: a}}], directResponse: {status: 404}}";
    assert!(codes(&[CLOSED, &entry, &service(&format!("http: [{labels}, {admin}, {all}]"))]).is_empty());
    let method = "{match: [{uri: {prefix: /admin}, method: {exact: POST}}], directResponse: {status: 404}}";
    assert!(codes(&[CLOSED, &entry, &service(&format!("http: [{method}, {admin}, {all}]"))]).is_empty());
}

#[test]
fn a_destination_that_is_not_there() {
    let entry = entry("api.example.com", HTTP);
    let to = |destination: &str| service(&format!("http: [{{route: [{{destination: {{{destination}}}}}]}}]"));
    let misspelt = [CLOSED, &entry, &to("host: api.exmaple.com")];
    assert_eq!(codes(&misspelt), ["EGR0703"]);
    assert!(told("EGR0703", &misspelt).contains("did you mean `api.example.com`?"));
    assert_eq!(codes(&[CLOSED, &entry, &to("host: api.example.com, subset: v1")]), ["EGR0703"]);
    assert_eq!(codes(&[CLOSED, &entry, &to("host: api.example.com, port: {number: 8080}")]), ["EGR0703"]);
    assert!(codes(&[CLOSED, &entry, &to("host: api.example.com")]).is_empty());
    assert!(codes(&[CLOSED, &entry, &to("host: api.example.com, port: {number: 80}")]).is_empty());
    // A Service that nobody gave may be there.
    assert!(codes(&[CLOSED, &entry, &to("host: web.shop.svc.cluster.local, port: {number: 80}")]).is_empty());
    // One of two.
    let half = service(
        "http: [{route: [{destination: {host: api.example.com}, weight: 50}, {destination: {host: api.exmaple.com}, weight: 50}]}]",
    );
    assert_eq!(codes(&[CLOSED, &entry, &half]), ["EGR0703"]);
}

#[test]
fn two_virtual_services_for_one_host() {
    let entry = entry("api.example.com", HTTP);
    let one = service("http: [{route: [{destination: {host: api.example.com}}]}]");
    let other = |spec: &str| object("VirtualService", "other", spec);
    let deny = other("{hosts: [api.example.com], http: [{directResponse: {status: 403}}]}");
    assert_eq!(codes(&[CLOSED, &entry, &one, &deny]), ["EGR0715"]);
    // Of three each is named at least once.
    let third = deny.replace("name: other", "name: third");
    assert_ne!(third, deny);
    let three = [CLOSED, &entry, &one, &deny, &third];
    assert_eq!(codes(&three), ["EGR0715", "EGR0715"]);
    assert!(told("EGR0715", &three).contains("shop/third"));
    let of_another = other("{hosts: [www.example.com], http: [{directResponse: {status: 403}}]}");
    assert!(codes(&[CLOSED, &entry, &one, &of_another]).is_empty());
}

#[test]
fn a_route_that_takes_a_part_of_the_requests_hides_no_other() {
    let entry = entry("api.example.com", HTTP);
    let to = "route: [{destination: {host: api.example.com}}]";
    for first in [
        "method: {exact: GET}",
        "uri: {exact: /}",
        "uri: {regex: \"/v[12]/.*\"}",
        "headers: {x-canary: {exact: \"1\"}}",
        "withoutHeaders: {authorization: {}}",
        "queryParams: {v: {exact: \"2\"}}",
    ] {
        let routes = format!(
            "http: [{{match: [{{{first}}}], timeout: 5s, {to}}}, {{match: [{{uri: {{prefix: /v3}}}}], {to}}}, {{{to}}}]"
        );
        let said = codes(&[CLOSED, &entry, &service(&routes)]);
        assert!(!said.contains(&"EGR0702".to_owned()), "{first}: {said:?}");
    }
    // The same conditions, or more of them, are taken.
    for (first, second) in [
        ("method: {exact: GET}", "method: {exact: GET}, uri: {prefix: /v1}"),
        ("uri: {prefix: /v1}", "uri: {exact: /v1/a}"),
        ("headers: {x: {exact: a}}", "headers: {x: {exact: a}, y: {exact: b}}"),
        ("uri: {prefix: /}", "method: {exact: POST}"),
    ] {
        let routes = format!("http: [{{match: [{{{first}}}], timeout: 5s, {to}}}, {{match: [{{{second}}}], {to}}}]");
        assert_eq!(codes(&[CLOSED, &entry, &service(&routes)]), ["EGR0702"], "{first} before {second}");
    }
}

#[test]
fn two_virtual_services_of_one_host_lead_somewhere() {
    let entry = entry("api.example.com", HTTP);
    let first = service("http: [{timeout: 5s, route: [{destination: {host: api.example.com}}]}]");
    let second = first.replace("name: api,", "name: other,").replace("5s", "6s");
    let said = codes(&[&entry, &first, &second]);
    assert!(!said.contains(&"EGR0703".to_owned()), "{said:?}");
}

/// Routes by regular expressions; behind each of the first ones stands one by a prefix, so that its requests differ.
fn by_regex(regexes: usize, prefixes: usize) -> String {
    let route = |matched: String| {
        format!("{{match: [{{uri: {{{matched}}}}}], route: [{{destination: {{host: api.example.com}}}}]}}")
    };
    let mut routes = Vec::new();
    for at in 0..regexes {
        routes.push(route(format!("regex: \"(?i)/v{at}/[a-z]+\"")));
        if at < prefixes {
            routes.push(route(format!("prefix: /p{at}/")));
        }
    }
    service(&format!("http: [{}]", routes.join(", ")))
}

#[test]
fn the_work_for_matches_that_cannot_be_evaluated_is_bounded() {
    let entry = entry("api.example.com", HTTP);
    // All of these routes have one request, which is evaluated once for both namespaces.
    assert_eq!(told("EGR0719", &[CLOSED, &entry, &by_regex(400, 0)]), "");
    // A request is evaluated once more for each expression before its route: after 29 of them the work is done.
    let found = told("EGR0719", &[CLOSED, &entry, &by_regex(100, 100)]);
    assert!(found.contains("only the first 58 routes of this VirtualService are checked, of 200"), "{found}");
}

//! TLS that DestinationRules begin, and that nobody begins.

use crate::ask::{checked, mended, texts};

use super::{CLOSED, HTTP, HTTP_TO_443, HTTPS, TLS, codes, entry, object, object_in, told};

fn rule(tls: &str) -> String {
    object("DestinationRule", "api", &format!("{{host: api.example.com, trafficPolicy: {{tls: {tls}}}}}"))
}

#[test]
fn tls_begins_twice_where_the_port_has_tls_already() {
    for port in [HTTPS, TLS] {
        for mode in ["{mode: SIMPLE}", "{mode: SIMPLE, sni: api.example.com}"] {
            assert_eq!(codes(&[CLOSED, &entry("api.example.com", port), &rule(mode)]), ["EGR0705"], "{port} {mode}");
        }
        assert!(codes(&[CLOSED, &entry("api.example.com", port), &rule("{mode: DISABLE}")]).is_empty(), "{port}");
    }
    assert!(codes(&[CLOSED, &entry("api.example.com", HTTP_TO_443), &rule("{mode: SIMPLE}")]).is_empty());
    // For one port.
    let of_port = |port: u16| {
        object(
            "DestinationRule",
            "api",
            &format!(
                "{{host: api.example.com, trafficPolicy: {{portLevelSettings: [{{port: {{number: {port}}}, tls: {{mode: SIMPLE}}}}]}}}}"
            ),
        )
    };
    assert_eq!(codes(&[CLOSED, &entry("api.example.com", HTTPS), &of_port(443)]), ["EGR0705"]);
    assert!(codes(&[CLOSED, &entry("api.example.com", HTTPS), &of_port(80)]).is_empty());
}

#[test]
fn a_certificate_that_nobody_compares() {
    let entry = entry("api.example.com", HTTP_TO_443);
    assert_eq!(codes(&[CLOSED, &entry, &rule("{mode: SIMPLE, sni: api.example.com}")]), ["EGR0706"]);
    assert_eq!(codes(&[CLOSED, &entry, &rule("{mode: SIMPLE, insecureSkipVerify: true}")]), ["EGR0706"]);
    for verified in ["{mode: SIMPLE}", "{mode: SIMPLE, sni: api.example.com, subjectAltNames: [api.example.com]}"] {
        assert!(codes(&[CLOSED, &entry, &rule(verified)]).is_empty(), "{verified}");
    }
}

/// A route may lead to another port than the one that the client dials, and to a subset: the settings of that cluster count.
#[test]
fn the_place_is_the_tls_of_the_cluster() {
    let entry =
        entry("api.example.com", "number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: HTTP");
    let place = |destination: &str, rule: &str, code: &str| -> String {
        let route = object(
            "VirtualService",
            "api",
            &format!(
                "{{hosts: [api.example.com], http: [{{match: [{{port: 80}}], route: [{{destination: {{host: api.example.com, {destination}}}}}]}}]}}"
            ),
        );
        let rule = object("DestinationRule", "api", &format!("{{host: api.example.com, {rule}}}"));
        let response = checked(texts(&[CLOSED, &route, &rule, &entry]));
        let found = response.diagnostics.iter().find(|each| each.code == code);
        let span = found.and_then(|each| each.labels.first()).unwrap_or_else(|| panic!("{:?}", response.diagnostics));
        rule.get(span.start.offset as usize..span.end.offset as usize).unwrap().to_owned()
    };
    let of_port = |port: u16, tls: &str| format!("{{port: {{number: {port}}}, tls: {tls}}}");
    let (unsafe_one, safe) = ("{mode: SIMPLE, insecureSkipVerify: true}", "{mode: SIMPLE}");
    // Two ports: the client dials 80, and the cluster is that of port 443.
    let two = format!("trafficPolicy: {{portLevelSettings: [{}, {}]}}", of_port(80, safe), of_port(443, unsafe_one));
    assert_eq!(place("port: {number: 443}", &two, "EGR0706"), unsafe_one);
    // A subset with TLS of its own, and one that has that of the host.
    let own = format!("trafficPolicy: {{tls: {safe}}}, subsets: [{{name: v, trafficPolicy: {{tls: {unsafe_one}}}}}]");
    assert_eq!(place("subset: v, port: {number: 443}", &own, "EGR0706"), unsafe_one);
    let of_host = format!("trafficPolicy: {{tls: {unsafe_one}}}, subsets: [{{name: v}}]");
    assert_eq!(place("subset: v, port: {number: 443}", &of_host, "EGR0706"), unsafe_one);
    // A setting of the subset for the port replaces all others.
    let of_both = format!(
        "trafficPolicy: {{tls: {safe}}}, subsets: [{{name: v, trafficPolicy: {{tls: {safe}, portLevelSettings: [{}]}}}}]",
        of_port(443, unsafe_one)
    );
    assert_eq!(place("subset: v, port: {number: 443}", &of_both, "EGR0706"), unsafe_one);
}

#[test]
fn plain_text_to_443() {
    assert_eq!(codes(&[CLOSED, &entry("api.example.com", HTTP_TO_443)]), ["EGR0707"]);
    assert_eq!(codes(&[CLOSED, &entry("api.example.com", "number: 443, name: http, protocol: HTTP")]), ["EGR0707"]);
    for port in [HTTP, HTTPS, TLS, "number: 8080, name: http, protocol: HTTP"] {
        assert!(codes(&[CLOSED, &entry("api.example.com", port)]).is_empty(), "{port}");
    }
}

#[test]
fn a_destination_rule_that_no_connection_uses() {
    let entry = entry("api.example.com", HTTP_TO_443);
    let rule = |namespace: &str, host: &str| {
        object_in(
            namespace,
            "DestinationRule",
            "api",
            &format!("{{host: {host}, trafficPolicy: {{tls: {{mode: SIMPLE}}}}}}"),
        )
    };
    let misspelt = [CLOSED, &entry, &rule("shop", "api.exmaple.com")];
    assert_eq!(codes(&misspelt), ["EGR0707", "EGR0704"]);
    assert!(told("EGR0704", &misspelt).contains("did you mean `api.example.com`?"));
    // In a namespace where neither the clients nor the ServiceEntry are.
    assert_eq!(codes(&[CLOSED, &entry, &rule("elsewhere", "api.example.com")]), ["EGR0707", "EGR0704"]);
    for used in [("shop", "api.example.com"), ("shop", "\"*.example.com\""), ("istio-system", "api.example.com")] {
        assert!(codes(&[CLOSED, &entry, &rule(used.0, used.1)]).is_empty(), "{used:?}");
    }
    // Hosts of the cluster may be those of Services that are not given.
    for host in ["reviews", "reviews.shop.svc.cluster.local", "\"*.local\"", "\"*\""] {
        assert_eq!(codes(&[CLOSED, &entry, &rule("elsewhere", host)]), ["EGR0707"], "{host}");
    }
}

#[test]
fn the_fix_verifies_the_name_in_every_style() {
    let entry = entry("api.example.com", HTTP_TO_443);
    for tls in [
        "trafficPolicy: {tls: {mode: SIMPLE, sni: api.example.com}}",
        "{\"trafficPolicy\": {\"tls\": {\"mode\": \"SIMPLE\", \"sni\": \"api.example.com\"}}, \"host\": \"api.example.com\"}",
        "\n  host: api.example.com\n  trafficPolicy:\n    tls:\n      mode: SIMPLE\n      sni: api.example.com\n",
    ] {
        let spec =
            if tls.starts_with("traffic") { format!("{{host: api.example.com, {tls}}}") } else { tls.to_owned() };
        let rule = object("DestinationRule", "api", &spec);
        let response = checked(texts(&[CLOSED, &entry, &rule]));
        let found = response.diagnostics.iter().find(|each| each.code == "EGR0706").unwrap();
        let fixed = mended(&rule, found);
        assert!(codes(&[CLOSED, &entry, &fixed]).is_empty(), "{fixed}");
    }
    // A rule for several hosts has no one name.
    let rule = object(
        "DestinationRule",
        "api",
        "{host: \"*.example.com\", trafficPolicy: {tls: {mode: SIMPLE, sni: api.example.com}}}",
    );
    let response = checked(texts(&[CLOSED, &entry, &rule]));
    assert!(response.diagnostics.iter().find(|each| each.code == "EGR0706").unwrap().fix.is_none());
}

/// Two rules with one part, by an anchor: a suppression in one of them hides nothing of the other.
#[test]
fn what_two_objects_share_by_an_anchor_is_told_for_both() {
    let rule = |name: &str, policy: &str, annotations: &str| {
        format!(
            "- {{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {{name: {name}, namespace: shop{annotations}}}, spec: {{host: {name}.example.com, trafficPolicy: {policy}}}}}\n"
        )
    };
    let entries = format!("{}---\n{}", entry("api.example.com", HTTP_TO_443), entry("www.example.com", HTTP_TO_443));
    let list = |annotations: &str| {
        let anchor = "&tls {tls: {mode: SIMPLE, sni: other.example.com}}";
        let rules = rule("api", anchor, annotations) + &rule("www", "*tls", "");
        format!("apiVersion: v1\nkind: List\nitems:\n{rules}")
    };
    assert_eq!(codes(&[CLOSED, &entries, &list("")]), ["EGR0706", "EGR0706"]);
    let hidden = ", annotations: {egressc.dev/ignore: 'EGR0706 until 2099-01-01: pinned'}";
    let workspace = egressc_core::api::Workspace::load(&texts(&[CLOSED, &entries, &list(hidden)]));
    let response = workspace.at("2026-01-01".parse().ok()).check();
    let shown: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    assert_eq!((shown.as_slice(), response.suppressed.len()), (["EGR0706"].as_slice(), 1));
    assert!(response.diagnostics[0].message.contains("www.example.com"), "{:?}", response.diagnostics);
}

#[test]
fn a_field_that_two_objects_share_is_told_for_both() {
    let entry = |name: &str, ports: &str| {
        format!(
            "- {{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: {name}, namespace: shop}}, spec: {{hosts: [{name}.example.com], exportTo: [.], resolution: DNS, ports: {ports}}}}}\n"
        )
    };
    let ports = "&ports [{number: 80, name: http, protocl: HTTP}]";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{}{}", entry("api", ports), entry("www", "*ports"));
    let response = checked(texts(&[CLOSED, &list]));
    assert_eq!(
        response.diagnostics.iter().filter(|each| each.code == "EGR0617").count(),
        2,
        "{:?}",
        response.diagnostics
    );
}

/// A suppression in one of them hides nothing of the other, whichever rule it is.
#[test]
fn what_is_refused_in_a_shared_part_is_told_for_both() {
    let entry = |name: &str, annotations: &str, ports: &str| {
        format!(
            "- {{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: {name}, namespace: shop{annotations}}}, spec: {{hosts: [{name}.example.com], exportTo: [.], resolution: DNS, ports: {ports}}}}}\n"
        )
    };
    let hidden = ", annotations: {egressc.dev/ignore: 'EGR0615 until 2099-01-01: later'}";
    let ports = "&ports [{number: 80, name: http, protocol: HTTP}, {number: 80, name: other, protocol: HTTP}]";
    let list =
        format!("apiVersion: v1\nkind: List\nitems:\n{}{}", entry("api", hidden, ports), entry("www", "", "*ports"));
    let workspace = egressc_core::api::Workspace::load(&texts(&[CLOSED, &list]));
    let response = workspace.at("2026-01-01".parse().ok()).check();
    let shown: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    assert_eq!(
        (shown.as_slice(), response.suppressed.len()),
        (["EGR0615"].as_slice(), 1),
        "{:?}",
        response.diagnostics
    );
    assert!(response.diagnostics[0].message.contains("shop/www"), "{:?}", response.diagnostics);
}

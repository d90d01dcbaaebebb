//! Destinations without a name.

use egressc_core::api::{
    ConvertRequest, DiffRequest, Flow, PolicyKind, PositionEncoding, ReachRequest, Source, Verdict, convert, diff,
    reach,
};
use serde_json::{Value, json};

use super::{egress_policy, objects};
use crate::ask::{compiled, texts, words};
use crate::documents::{A, B, MESH, documents, mesh, policy, to, with};
use crate::said::{check, fixed, slugs, the};

fn at(addresses: &str, port: u16) -> String {
    format!("{{addresses: [{addresses}], port: {{number: {port}, protocol: TCP}}}}")
}

fn of_a(to: &[String]) -> String {
    documents(&[&egress_policy(A, &to.join(", ")), MESH])
}

fn rows(sources: &[&str]) -> Vec<Flow> {
    reach(&ReachRequest { sources: texts(sources), ..ReachRequest::default() }).unwrap().flows
}

/// Who reaches what, in short; `-` is a client without labels, such as one that calls the gateway itself.
fn arrivals(sources: &[&str]) -> Vec<String> {
    let arrives = |flow: &&Flow| flow.verdict != Verdict::Blocked;
    let line = |flow: &Flow| {
        let app = flow.from.labels.get("app").map_or("-", String::as_str);
        let diverted = if flow.verdict == Verdict::Diverted { " diverted" } else { "" };
        format!("{app}>{}:{}{diverted}", flow.to.host, flow.to.port)
    };
    rows(sources).iter().filter(arrives).map(line).collect()
}

#[test]
fn each_text_that_is_no_address_is_named() {
    for (written, slug) in [
        ("203.0.113.7", ""),
        ("203.0.113.7/32", ""),
        ("198.51.100.0/28", ""),
        ("198.51.100.9/30", "bad-address"),
        ("203.0.113.007", "bad-address"),
        ("203.0.113", "bad-address"),
        ("'203.0.113.7:5432'", "bad-address"),
        ("203.0.113.7-203.0.113.9", "bad-address"),
        ("203.0.113.7/33", "bad-address"),
        ("db.example.org", "bad-address"),
        ("'*'", "bad-address"),
        ("''", "bad-address"),
        ("198.51.100.0/27", "too-many-addresses"),
        ("0.0.0.0/0", "too-many-addresses"),
        ("'2001:db8::7'", "ipv6-address"),
        ("'2001:db8::/64'", "ipv6-address"),
        ("'[2001:db8::7]'", "ipv6-address"),
        ("'::ffff:203.0.113.7'", "ipv6-address"),
        ("127.0.0.1", "address-not-egress"),
        ("0.0.0.0", "address-not-egress"),
        ("0.1.2.3", "address-not-egress"),
        ("169.254.169.254", "address-not-egress"),
        ("100.100.100.200", "address-not-egress"),
        ("168.63.129.16", "address-not-egress"),
        ("192.0.0.192", "address-not-egress"),
        ("169.254.0.0/30", "address-not-egress"),
        ("224.0.0.1", "address-not-egress"),
        ("240.240.0.1", "address-not-egress"),
        ("255.255.255.255", "address-not-egress"),
        ("10.0.0.7", "private-address"),
        ("172.31.0.7", "private-address"),
        ("192.168.0.0/30", "private-address"),
        ("100.64.0.1", "private-address"),
        ("172.32.0.7", ""),
        ("100.128.0.1", ""),
    ] {
        let found = check(&of_a(&[at(written, 5432)]));
        let wanted: Vec<String> = Some(slug)
            .filter(|slug| !slug.is_empty())
            .map(|slug| format!("{slug} @ spec.egressRules[0].to[0].addresses[0]"))
            .into_iter()
            .collect();
        assert_eq!(found, wanted, "{written}");
    }
}

#[test]
fn an_item_has_hosts_or_addresses() {
    let both = "{hosts: [a.example.org], addresses: [203.0.113.7], port: {number: 5432, protocol: TCP}}".to_owned();
    assert!(slugs(&of_a(&[both])).contains(&"hosts-and-addresses".to_owned()));
    for neither in ["{port: {number: 5432, protocol: TCP}}", "{hosts: , port: {number: 5432, protocol: TCP}}"] {
        let found = slugs(&of_a(&[neither.to_owned()]));
        assert_eq!(found.len(), 1, "{neither}: {found:?}");
    }
    let missing = the("missing-field", &of_a(&["{port: {number: 5432, protocol: TCP}}".to_owned()]));
    assert!(words(&missing).contains("write `hosts` or `addresses`"), "{}", words(&missing));
    assert_eq!(
        slugs(&of_a(&["{addreses: [203.0.113.7], port: {number: 5432, protocol: TCP}}".to_owned()])),
        ["unknown-field"]
    );
    assert_eq!(slugs(&of_a(&[at("", 5432)])), ["empty-list"]);
}

#[test]
fn asms_kind_has_no_addresses() {
    let asm = policy(&[(A, &with("a.example.org", 5432, "TCP", ", addresses: [203.0.113.7]"))]);
    assert!(slugs(&documents(&[&asm, MESH])).contains(&"field-of-egress-policy".to_owned()));
}

#[test]
fn a_policy_with_addresses_does_not_become_one_of_asms_kind() {
    let request = ConvertRequest {
        sources: texts(&[&egress_policy(A, &at("203.0.113.7", 5432))]),
        to: PolicyKind::Asm,
        position_encoding: PositionEncoding::default(),
        render: None,
    };
    let response = convert(&request).unwrap();
    let found: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
    assert_eq!((response.ok, found), (false, vec!["EGR0222"]));
}

#[test]
fn many_addresses_are_refused() {
    let networks = |count: u8| {
        (0..count).map(|each| format!("198.51.100.{}/28", u32::from(each) * 16)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(slugs(&of_a(&[at(&networks(4), 5432)])), [""; 0]);
    assert_eq!(slugs(&of_a(&[at(&networks(5), 5432)])), ["too-many-addresses"]);
}

#[test]
fn an_address_is_tcp() {
    for protocol in ["HTTP", "HTTP2", "GRPC", "HTTPS", "TLS"] {
        let text = of_a(&[at("203.0.113.7", 8443).replace("TCP", protocol)]);
        assert_eq!(slugs(&text), ["address-not-tcp"], "{protocol}");
        assert_eq!(slugs(&fixed("address-not-tcp", &text)), [""; 0], "{protocol}");
    }
    assert_eq!(slugs(&of_a(&[at("203.0.113.7", 27017).replace("TCP", "MONGO")])), [""; 0]);
    assert_eq!(slugs(&of_a(&[at("203.0.113.7", 443)])), [""; 0], "nothing else is possible there");
    let rules = at("203.0.113.7", 5432).replace("port: ", "allow: [{methods: [GET]}], port: ");
    assert_eq!(slugs(&of_a(&[rules])), ["http-field-not-http"]);
}

#[test]
fn a_range_of_ports_has_a_way_out() {
    for range in ["1000-2000", "'5432,5433'", "'1000:2000'", "'1000 - 2000'"] {
        let text = of_a(&[at("203.0.113.7", 5432).replace("5432", range)]);
        assert!(words(&the("wrong-type", &text)).contains("write one item for each port"), "{range}");
    }
    assert!(!words(&the("wrong-type", &of_a(&[at("203.0.113.7", 5432).replace("5432", "'5432'")]))).contains("item"));
}

#[test]
fn an_address_makes_a_port_its_own() {
    assert_eq!(slugs(&of_a(&[at("203.0.113.7, 198.51.100.8/30", 5432)])), [""; 0]);
    let beside = of_a(&[to("db.example.org", 5432, "TCP"), at("203.0.113.7", 5432)]);
    assert_eq!(slugs(&beside), ["tcp-takes-port"], "the name takes the rest of the port");
    assert!(words(&the("tcp-takes-port", &beside)).contains("`203.0.113.7` has a listener of its own"));
    assert_eq!(slugs(&of_a(&[to("a.example.org", 8080, "HTTP"), at("203.0.113.7", 8080)])), [""; 0]);

    let verdicts = |text: &str| arrivals(&[text]);
    assert_eq!(
        verdicts(&beside),
        [
            "a>*:5432 diverted",
            "->203.0.113.7:443",
            "a>203.0.113.7:5432",
            "->db.example.org:443",
            "a>db.example.org:5432",
        ]
    );
}

#[test]
fn an_address_that_is_listed_twice_is_told_once() {
    assert_eq!(
        check(&of_a(&[at("203.0.113.8/30, 203.0.113.8/29", 5432)])),
        ["duplicate-host @ spec.egressRules[0].to[0].addresses[1]"]
    );
    assert_eq!(slugs(&of_a(&[at("203.0.113.7", 5432), at("203.0.113.7", 5432)])), [""; 0], "as hosts");
    let gateway_ports = of_a(&[
        at("203.0.113.7", 5432),
        at("203.0.113.7", 5432).replace("port: {n", "byEgressGateway: {port: 443}, port: {n"),
    ]);
    let other = gateway_ports.replacen("[203.0.113.7], port", "[203.0.113.7], byEgressGateway: {port: 444}, port", 1);
    assert_eq!(slugs(&other), ["two-ways"]);
}

#[test]
fn clients_have_the_address_and_the_gateway_alone_has_an_endpoint() {
    let sources = || texts(&[&egress_policy(A, &at("203.0.113.7", 5432)), MESH]);
    let entries: Vec<Value> = objects(sources()).into_iter().filter(|each| each["kind"] == "ServiceEntry").collect();
    let of = |namespace: &str| {
        let found = entries.iter().find(|each| each["metadata"]["namespace"] == namespace).unwrap();
        let field = |name: &str| found["spec"][name].clone();
        (field("addresses"), field("endpoints"), field("exportTo"), field("resolution"), field("hosts"))
    };
    let host = json!(["203-0-113-7.address.egressc.internal"]);
    assert_eq!(
        of("istio-egress"),
        (json!(["203.0.113.7"]), Value::Null, json!(["mytest"]), json!("STATIC"), host.clone())
    );
    assert_eq!(
        of("istio-system"),
        (Value::Null, json!([{"address": "203.0.113.7"}]), json!(["."]), json!("STATIC"), host)
    );
    assert_eq!(entries.len(), 2);
    // The settings of the gateway's connections are for the same name.
    let pool = at("203.0.113.7", 5432).replace("port: ", "connectionPool: {tcp: {maxConnections: 3}}, port: ");
    let rules = objects(texts(&[&egress_policy(A, &pool), MESH]));
    let hosts = rules.iter().filter(|each| each["kind"] == "DestinationRule").map(|each| &each["spec"]["host"]);
    assert!(hosts.into_iter().any(|host| host == "203-0-113-7.address.egressc.internal"));
}

#[test]
fn only_the_declared_client_arrives_in_every_setting() {
    let to = [at("203.0.113.7, 198.51.100.8/30", 5432), at("203.0.113.7", 443), at("192.0.2.1", 80)].join(", ");
    let accounts = "{namespace: mytest, workloadSelector: {app: a}, serviceAccounts: [one]}";
    for from in
        [A, accounts, "{namespace: mytest}", "{namespace: mytest, workloadSelector: {app: a}}, {namespace: shop}"]
    {
        for mesh in [
            MESH.to_owned(),
            mesh("  dnsCapture: true\n"),
            mesh("  output: {placement: client}\n"),
            MESH.replace("- name: gw\n", "- name: gw\n    authorization: managed\n"),
            mesh("  istioVersion: '1.30'\n"),
        ] {
            let response = compiled(texts(&[&egress_policy(from, &to), &mesh]));
            let codes: Vec<&str> = response.diagnostics.iter().map(|each| each.code.as_str()).collect();
            assert!(!response.resources.is_empty(), "{from} {mesh} {codes:?}");
        }
    }
    let sources = [&*egress_policy(A, &at("203.0.113.7", 5432)), MESH];
    assert_eq!(arrivals(&sources), ["->203.0.113.7:443", "a>203.0.113.7:5432"]);
}

/// A ServiceEntry of the user's own.
fn entry(namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: own, namespace: {namespace}}}\nspec: {{hosts: [own.example.org], location: MESH_EXTERNAL, ports: [{{number: 5432, name: tcp, protocol: TCP}}], {spec}}}\n"
    )
}

#[test]
fn own_entries_that_open_a_declared_address_are_found() {
    let policy = egress_policy(A, &at("203.0.113.7", 5432));
    for spec in [
        "addresses: [203.0.113.7], resolution: NONE",
        "addresses: [203.0.113.0/24], resolution: NONE",
        "addresses: [203.0.113.7], resolution: STATIC, endpoints: [{address: 203.0.113.7}]",
        "resolution: NONE",
        "resolution: STATIC, endpoints: [{address: 203.0.113.7}]",
    ] {
        for namespace in ["mytest", "shop"] {
            let found = slugs(&documents(&[&policy, MESH, &entry(namespace, spec)]));
            assert!(found.contains(&"lets-through".to_owned()), "{spec} in {namespace}: {found:?}");
        }
    }
    let elsewhere = entry("shop", "addresses: [203.0.113.9], resolution: STATIC, endpoints: [{address: 203.0.113.9}]");
    assert!(!slugs(&documents(&[&policy, MESH, &elsewhere])).contains(&"lets-through".to_owned()));
    // Of two listeners for one address Istio keeps one.
    let rival = entry("mytest", "addresses: [203.0.113.7], resolution: STATIC, exportTo: ['.']");
    let found = slugs(&documents(&[&policy, MESH, &rival]));
    assert_eq!(found, ["undecided"], "which of the two is taken depends on ages");
}

#[test]
fn an_address_more_is_a_flow_more() {
    let change = |before: &str, after: &str| {
        let side = |addresses: &str| {
            vec![Source::text("p.yaml", egress_policy(A, &at(addresses, 5432))), Source::text("m.yaml", MESH)]
        };
        let response =
            diff(&DiffRequest { before: side(before), after: side(after), ..DiffRequest::default() }).unwrap();
        (response.widened, response.changes.len())
    };
    assert_eq!(change("203.0.113.8/31", "203.0.113.8, 203.0.113.9"), (false, 0));
    let (widened, changes) = change("203.0.113.8/31", "203.0.113.8/30");
    assert!(widened && changes > 0);
    assert!(!change("203.0.113.8/30", "203.0.113.8/31").0);
}

#[test]
fn what_a_sidecar_does_not_capture_is_compared_with_the_address() {
    let excluded = |network: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: mytest}}\nspec: {{template: {{metadata: {{labels: {{app: a, sidecar.istio.io/inject: 'true'}}, annotations: {{traffic.sidecar.istio.io/excludeOutboundIPRanges: {network}}}}}, spec: {{containers: []}}}}}}\n"
        )
    };
    let policy = egress_policy(A, &at("203.0.113.7", 5432));
    let found = |network: &str| slugs(&documents(&[&policy, MESH, &excluded(network)]));
    assert!(found("203.0.113.0/24").contains(&"not-captured".to_owned()), "{:?}", found("203.0.113.0/24"));
    assert!(!found("192.0.2.0/24").contains(&"not-captured".to_owned()), "{:?}", found("192.0.2.0/24"));
}

#[test]
fn clients_of_both_kinds_of_rules_are_kept_apart() {
    let second = format!("  - from: [{B}]\n    to: [{}]\n", to("db.example.org", 5432, "TCP"));
    let set = documents(&[&format!("{}{second}", egress_policy(A, &at("203.0.113.7", 5432))), MESH]);
    assert_eq!(
        arrivals(&[&set]),
        [
            "b>*:5432 diverted",
            "->203.0.113.7:443",
            "a>203.0.113.7:5432",
            "->db.example.org:443",
            "b>db.example.org:5432",
        ]
    );
}

#[test]
fn tls_by_a_name_that_an_own_entry_has_at_the_address_is_found() {
    let policy = egress_policy(A, &at("203.0.113.7", 5432));
    let own = |resolution: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: own, namespace: mytest}}\nspec: {{hosts: [db.other.example], addresses: [203.0.113.7], ports: [{{number: 5432, name: tls, protocol: TLS}}], {resolution}}}\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: own, namespace: mytest}}\nspec: {{hosts: [db.other.example], tls: [{{match: [{{port: 5432, sniHosts: [db.other.example]}}], route: [{{destination: {{host: db.other.example}}}}]}}]}}\n"
        )
    };
    for resolution in ["resolution: NONE", "resolution: DNS", "resolution: STATIC, endpoints: [{address: 203.0.113.7}]"]
    {
        let found = slugs(&documents(&[&policy, MESH, &own(resolution)]));
        assert!(found.contains(&"lets-through".to_owned()), "{resolution}: {found:?}");
    }
}

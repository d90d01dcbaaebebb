//! `check --fix`: which fixes are put in, and which are left to people.

use egressc_core::api::{Content, Source, check};
use egressc_core::stages::{Choice, Fixed, FixedFlows, LeftOut, fixed, selected};

use super::{CLOSED, HTTP_TO_443, TLS, entry, object};
use crate::own_objects::{BOTH, DENY_POST, MESH};

fn sources(texts: &[&str]) -> Vec<Source> {
    texts.iter().enumerate().map(|(index, text)| Source::text(format!("{index}.yaml"), *text)).collect()
}

fn all(texts: &[&str]) -> Fixed {
    anything(&sources(texts))
}

fn anything(sources: &[Source]) -> Fixed {
    fixed(sources, &Choice::default(), None)
}

fn text(source: &Source) -> &str {
    match &source.content {
        Content::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn made(fixed: &Fixed) -> Vec<&str> {
    fixed.made.iter().map(|fix| fix.code.id).collect()
}

fn left(fixed: &Fixed) -> Vec<(&str, LeftOut)> {
    fixed.left.iter().map(|(fix, reason)| (fix.code.id, *reason)).collect()
}

const UNVERIFIED: &str = "{host: api.example.com, trafficPolicy: {tls: {mode: SIMPLE, sni: api.example.com}}}";

#[test]
fn fixes_of_several_documents_are_put_in_and_their_flows_compared() {
    let any_address = entry("other.example.com", TLS).replace("resolution: DNS", "resolution: NONE");
    let rule = object("DestinationRule", "api", UNVERIFIED);
    let together = format!("{rule}---\n{any_address}");
    let entry = entry("api.example.com", HTTP_TO_443);
    let result = all(&[CLOSED, &entry, &together]);
    assert_eq!(made(&result), ["EGR0706", "EGR0713"]);
    assert!(result.left.is_empty());
    assert_eq!(text(&result.sources[0]), CLOSED);
    assert_eq!(text(&result.sources[1]), entry);
    let edited = text(&result.sources[2]);
    assert!(
        edited.contains("subjectAltNames: [\"api.example.com\"]") && edited.contains("resolution: DNS"),
        "{edited}"
    );
    let FixedFlows::Compared(changes) = &result.flows else { panic!("{:?}", result.flows) };
    assert!(changes.contains("strengthened  shop -> http://api.example.com:80"), "{changes}");
    assert_eq!((result.made[1].place.source.as_str(), result.made[1].place.start.line), ("2.yaml", 9));
    // Once more there is nothing to do.
    let again = anything(&result.sources);
    assert!(again.made.is_empty() && again.left.is_empty() && again.sources == result.sources);
}

#[test]
fn only_the_selected_codes_are_mended() {
    let any_address = entry("other.example.com", TLS).replace("resolution: DNS", "resolution: NONE");
    let rule = object("DestinationRule", "api", UNVERIFIED);
    let entry = entry("api.example.com", HTTP_TO_443);
    let choice = Choice { select: selected(&["EGR0713".to_owned()]).ok(), ..Choice::default() };
    let result = fixed(&sources(&[CLOSED, &entry, &rule, &any_address]), &choice, None);
    assert_eq!(made(&result), ["EGR0713"]);
    assert_eq!(text(&result.sources[2]), rule);
}

#[test]
fn a_fix_that_opens_a_flow_is_left_to_people() {
    // It gives back the flows over TLS that the DENY rule takes away, and the others keep their own way.
    let result = all(&[BOTH, MESH, DENY_POST]);
    assert_eq!(left(&result), [("EGR0611", LeftOut::Opens)]);
    assert_eq!(made(&result), ["EGR0612", "EGR0612"]);
    assert!(!text(&result.sources[2]).contains("ports:"));
    assert!(text(&result.sources[2]).contains("\"httpbin.org:*\""));
}

/// Each fix that is not offered is named with its reason.
#[test]
fn what_is_not_offered_has_a_reason() {
    let opening = entry("other.example.com", TLS).replace("resolution: DNS", "resolution: NONE");
    let ingress = object(
        "VirtualService",
        "shop",
        "{hosts: [shop.example.com], gateways: [public], http: [{route: [{destination: {host: other.example.com}}]}]}",
    );
    assert_eq!(made(&all(&[CLOSED, &opening])), ["EGR0713"]);
    // A request that comes in at the gateway goes out there, once the name is looked up.
    let result = all(&[CLOSED, &opening, &ingress]);
    assert_eq!((made(&result), left(&result)), (vec![], vec![("EGR0713", LeftOut::LetsIn)]));
    let rule = object("DestinationRule", "api", UNVERIFIED);
    let entry = entry("api.example.com", HTTP_TO_443);
    let spec = "{workloadSelector: {labels: {app: a}}, egress: [{hosts: ['*/*']}]}";
    let many: Vec<String> = (0..500).map(|at| object("Sidecar", &format!("s{at}"), spec)).collect();
    let many = many.join("---\n");
    let result = all(&[CLOSED, &entry, &rule, &many]);
    assert_eq!((made(&result), left(&result)), (vec![], vec![("EGR0706", LeftOut::NotCompared)]));
}

#[test]
fn what_was_refused_cannot_be_compared_and_only_its_errors_are_mended() {
    let misspelt = BOTH.replacen("protocol: HTTP}", "protocl: HTTP}", 1);
    let rule = object("DestinationRule", "api", UNVERIFIED);
    let entry = entry("api.example.com", HTTP_TO_443);
    let result = all(&[&misspelt, MESH, &entry, &rule]);
    // The error first; the warning has flows to compare only after it.
    assert_eq!(made(&result), ["EGR0202", "EGR0706"]);
    assert_eq!(result.flows, FixedFlows::RefusedBefore);
    let sources = result.sources.clone();
    assert!(check(&egressc_core::api::CheckRequest { sources, ..Default::default() }).unwrap().ok);

    // An error that no fix mends keeps everything else as it is.
    let broken = all(&[BOTH, MESH, MESH, &entry, &rule]);
    assert!(broken.made.is_empty() && broken.left.is_empty());
    let misnamed = BOTH.replace("name: egress-by-egressgateway-a", "name: other");
    assert_ne!(misnamed, BOTH);
    assert_eq!(left(&all(&[&misnamed, MESH, MESH])), [("EGR0401", LeftOut::Refused)]);
}

#[test]
fn two_keys_that_mean_one_are_not_both_renamed() {
    let twice = BOTH.replacen(
        "workloadSelector: {app: sleep-a}",
        "workloadselector: {app: sleep-a}, workloadSelektor: {app: b}",
        1,
    );
    assert_ne!(twice, BOTH);
    let result = all(&[&twice, MESH]);
    let edited = text(&result.sources[0]);
    assert!(edited.matches("workloadSelector:").count() <= 1, "{edited}");
}

#[test]
fn a_configuration_is_not_edited() {
    let configuration =
        "{apiVersion: egressc.dev/v1alpha1, kind: CheckConfiguration, metadata: {name: c}, spec: {ignroe: [EGR0713]}}";
    let result = all(&[CLOSED, configuration]);
    assert!(result.made.is_empty(), "{:?}", result.made);
    assert_eq!(text(&result.sources[1]), configuration);
    assert_eq!(left(&result), [("EGR0202", LeftOut::Configuration)]);
}

#[test]
fn what_is_no_text_is_not_edited() {
    let rule = object("DestinationRule", "api", UNVERIFIED);
    let entry = entry("api.example.com", HTTP_TO_443);
    let value = serde_json::json!({
        "apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"host": "api.example.com", "trafficPolicy": {"tls": {"mode": "SIMPLE", "sni": "api.example.com"}}},
    });
    let given = [Source::text("entry.yaml", entry.clone()), Source::value("rule", value)];
    let result = anything(&given);
    assert!(result.made.is_empty() && result.sources == given);
    assert_eq!(left(&result), [("EGR0706", LeftOut::NoText)]);

    let bytes = [Source::bytes("entry.yaml", entry), Source::bytes("rule.yaml", rule)];
    assert_eq!(made(&anything(&bytes)), ["EGR0706"]);
}

#[test]
fn what_is_suppressed_is_not_mended() {
    let rule = object("DestinationRule", "api", UNVERIFIED)
        .replace("name: api,", "name: api, annotations: {egressc.dev/ignore: 'EGR0706 until 2030-01-01: pinned'},");
    let entry = entry("api.example.com", HTTP_TO_443);
    let given = sources(&[CLOSED, &entry, &rule]);
    let at = |day: &str| fixed(&given, &Choice::default(), day.parse().ok());
    assert!(at("2030-01-01").made.is_empty());
    assert_eq!(made(&at("2030-01-02")), ["EGR0706"]);
}

#[test]
fn a_part_that_several_objects_share_is_not_edited() {
    let one = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: api, namespace: shop}\nspec: {host: api.example.com, trafficPolicy: &tls {tls: {mode: SIMPLE, sni: api.example.com}}}\n";
    let other = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: vault, namespace: shop}, spec: {host: vault.vault.svc.cluster.local, trafficPolicy: *tls}}";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}\n- {other}\n", one.trim_end().replace('\n', "\n  "));
    let entry = entry("api.example.com", HTTP_TO_443);
    let result = all(&[CLOSED, &entry, &list]);
    assert!(result.made.is_empty(), "{:?}", result.made);
    assert_eq!(text(&result.sources[2]), list);
    assert_eq!(left(&result), [("EGR0706", LeftOut::Shared)]);
    // Alone it is edited.
    let alone = list.replace("*tls", "{}");
    assert_eq!(made(&all(&[CLOSED, &entry, &alone])), ["EGR0706"]);
}

#[test]
fn json_stays_json() {
    let entry = entry("other.example.com", TLS).replace("resolution: DNS", "resolution: NONE");
    let value: serde_json::Value = serde_yaml::from_str(&entry).unwrap();
    for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
        let result = all(&[CLOSED, &json]);
        assert_eq!(made(&result), ["EGR0713"], "{json}");
        let edited: serde_json::Value = serde_json::from_str(text(&result.sources[1])).unwrap();
        assert_eq!(edited["spec"]["resolution"], "DNS");
    }
}

/// What is added to a file has its line ends, and comments stay with what they are about.
#[test]
fn what_is_added_fits_the_lines_around_it() {
    let entry = entry("other.example.com", TLS).replace(", resolution: DNS", "");
    let spec = "\n  # The partner.\n  # Port 443 alone.\n  hosts: [other.example.com]\n  exportTo: [.]\n  ports: [{number: 443, name: tls, protocol: TLS}]\n";
    let (head, _) = entry.split_once("spec:").unwrap();
    let block = format!("{head}spec:{spec}");
    let expected = block.replace("  # The partner", "  resolution: DNS\n  # The partner");
    let edited = |text: &str| {
        let result = all(&[CLOSED, text]);
        assert_eq!(made(&result), ["EGR0713"], "{text}");
        self::text(&result.sources[1]).to_owned()
    };
    assert_eq!(edited(&block), expected);
    assert_eq!(edited(&block.replace('\n', "\r\n")), expected.replace('\n', "\r\n"));
    let bare = block.replace("  # The partner.\n  # Port 443 alone.\n", "");
    let expected = bare.replace("  hosts", "  resolution: DNS\n  hosts");
    assert_eq!(edited(&bare.replace('\n', "\r\n")), expected.replace('\n', "\r\n"));
}

#[test]
fn a_comment_behind_the_last_item_stays_with_it() {
    for end in ["\n", "\r\n"] {
        let hosts = "        - www.httpbin.org\n        - httpbin.org\n";
        let policy = DENY_POST.replace(hosts, "        - httpbin.org # the partner\n").replace('\n', end);
        let result = all(&[BOTH, MESH, &policy]);
        let expected = policy.replace("# the partner", &format!("# the partner{end}        - \"httpbin.org:*\""));
        assert_eq!(text(&result.sources[2]), expected, "{:?}", left(&result));
        let flow =
            DENY_POST.replace(&format!("\n{hosts}"), " [httpbin.org # the partner\n          ]\n").replace('\n', end);
        let expected = flow.replace("[httpbin.org", "[\"httpbin.org:*\", httpbin.org");
        assert_eq!(text(&all(&[BOTH, MESH, &flow]).sources[2]), expected);
    }
}

#[test]
fn another_server_name_is_not_taken_for_the_host() {
    let rule = object(
        "DestinationRule",
        "api",
        "{host: api.example.com, trafficPolicy: {tls: {mode: SIMPLE, sni: partner.example}}}",
    );
    let entry = entry("api.example.com", HTTP_TO_443);
    let result = all(&[CLOSED, &entry, &rule]);
    assert!(result.made.is_empty() && text(&result.sources[2]) == rule);
}

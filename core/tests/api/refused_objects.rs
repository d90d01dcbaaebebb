//! Objects that the Kubernetes API or Istio's webhook refuses: what is said about them, and that no call believes them.

use egressc_core::api::{DiffRequest, Question, ReachRequest, Source, Workspace, diff, reach};

use crate::ask::words;

const MESH: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}
";

fn object(kind: &str, spec: &str) -> String {
    let group = if kind == "AuthorizationPolicy" { "security" } else { "networking" };
    format!(
        "apiVersion: {group}.istio.io/v1\nkind: {kind}\nmetadata: {{name: own, namespace: shop}}\nspec: {{{spec}}}\n"
    )
}

/// The warnings about refused objects: all words, and the text at the first place.
fn refused(text: &str) -> Vec<(String, String)> {
    let check = Workspace::load(&[Source::text("own.yaml", text)]).check();
    let found = check.diagnostics.into_iter().filter(|each| each.code == "EGR0615");
    let at = |offset: u32| usize::try_from(offset).unwrap();
    found
        .map(|each| {
            (words(&each), text.get(at(each.labels[0].start.offset)..at(each.labels[0].end.offset)).unwrap().to_owned())
        })
        .collect()
}

/// One rule of each row of `docs/istio/validation.md`: the spec, a part of the message, the text at its place.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    // The schema.
    (
        "ServiceEntry",
        "hosts: [a.org], ports: [{number: \"443\", name: tls}]",
        "`number` must be a whole number",
        "\"443\"",
    ),
    ("ServiceEntry", "hosts: [a.org], resolution: dns", "`dns` is not a value of `resolution`", "dns"),
    ("ServiceEntry", "resolution: DNS", "`spec` needs the field `hosts`", "{resolution: DNS}"),
    ("ServiceEntry", "hosts: a.org", "`hosts` must be a list, and is a text", "a.org"),
    ("ServiceEntry", "hosts: [a.org, null]", "`hosts` must be a text, and is null", "null"),
    (
        "VirtualService",
        "hosts: [a.org], http: [{match: [{uri: {exact: /a, prefix: /b}}], redirect: {uri: /c}}]",
        "`uri` may have only one of `exact` and `prefix`",
        "{exact: /a, prefix: /b}",
    ),
    (
        "VirtualService",
        "hosts: [a.org], tcp: [{route: [{destination: {host: a}, weight: 2147483648}]}]",
        "range",
        "2147483648",
    ),
    // Shared rules.
    ("ServiceEntry", "hosts: [a_b.org]", "`a_b.org` is not a host name", "a_b.org"),
    ("ServiceEntry", "hosts: [a.1]", "its last label is a number", "a.1"),
    (
        "ServiceEntry",
        "hosts: [a.org], ports: [{number: 0, name: a}]",
        "port 0 is not in the range",
        "{number: 0, name: a}",
    ),
    (
        "ServiceEntry",
        "hosts: [a.org], ports: [{number: 1, name: a, protocol: SSL}]",
        "`SSL` is not a protocol",
        "{number: 1, name: a, protocol: SSL}",
    ),
    (
        "ServiceEntry",
        "hosts: [a.org], ports: [{number: 1, name: a_b}]",
        "`a_b` is not a port name",
        "{number: 1, name: a_b}",
    ),
    ("ServiceEntry", "hosts: [a.org], addresses: [10.0.0]", "`10.0.0` is not an IP address", "10.0.0"),
    ("ServiceEntry", "hosts: [a.org], exportTo: ['*', shop]", "`exportTo` has `*` or `~` beside", "['*', shop]"),
    ("ServiceEntry", "hosts: [a.org], exportTo: [., shop]", "`exportTo` has `shop` twice", "shop"),
    ("ServiceEntry", "hosts: [a.org], resolution: STATIC, workloadSelector: {labels: {app: '*'}}", "wildcard", "'*'"),
    (
        "VirtualService",
        "hosts: [a.org], http: [{timeout: 1us, redirect: {uri: /}}]",
        "`1us` is shorter than 1ms",
        "1us",
    ),
    ("VirtualService", "hosts: [a.org], exportTo: ['~'], http: [{redirect: {uri: /}}]", "only a ServiceEntry", "'~'"),
    // ServiceEntry.
    ("ServiceEntry", "hosts: ['*']", "the host `*` is not allowed", "'*'"),
    (
        "ServiceEntry",
        "hosts: [a.org], addresses: [10.0.0.0/8], resolution: DNS",
        "networks are allowed only",
        "10.0.0.0/8",
    ),
    (
        "ServiceEntry",
        "hosts: [a.org], ports: [{number: 1, name: a}, {number: 1, name: b}]",
        "port 1 is listed twice",
        "{number: 1, name: b}",
    ),
    ("ServiceEntry", "hosts: [a.org], endpoints: [{address: 10.0.0.1}]", "has no endpoints", "[{address: 10.0.0.1}]"),
    (
        "ServiceEntry",
        "hosts: [a.org], endpoints: [{address: b.org}], resolution: STATIC",
        "resolution STATIC needs",
        "{address: b.org}",
    ),
    ("ServiceEntry", "hosts: ['*.a.org'], resolution: DNS", "`*.a.org` cannot be resolved", "'*.a.org'"),
    ("ServiceEntry", "hosts: [a.org], resolution: DYNAMIC_DNS", "every host has a wildcard", "a.org"),
    (
        "ServiceEntry",
        "hosts: [a.org, b.org], ports: [{number: 1, name: a, protocol: TCP}], resolution: DNS",
        "may have HTTP, HTTPS and TLS ports only",
        "{number: 1, name: a, protocol: TCP}",
    ),
    // VirtualService.
    ("VirtualService", "hosts: [a.org]", "needs `http`, `tcp` or `tls`", "{hosts: [a.org]}"),
    (
        "VirtualService",
        "hosts: ['*.org', a.org], http: [{redirect: {uri: /}}]",
        "`*.org` covers `a.org`",
        "['*.org', a.org]",
    ),
    ("VirtualService", "hosts: ['*'], http: [{redirect: {uri: /}}]", "allowed at gateways only", "'*'"),
    (
        "VirtualService",
        "hosts: [a.org], tls: [{match: [{sniHosts: [b.org]}], route: [{destination: {host: b.org}}]}]",
        "the server name `b.org` is within none",
        "b.org",
    ),
    (
        "VirtualService",
        "hosts: [a.org], tcp: [{route: [{destination: {host: '*'}}]}]",
        "`*` is not a host",
        "{host: '*'}",
    ),
    ("VirtualService", "hosts: [a.org], gateways: [N/g], http: [{redirect: {uri: /}}, {}]", "needs `route`", "{}"),
    (
        "VirtualService",
        "hosts: [a.org], http: [{match: [{uri: {regex: '(?!a)'}}], redirect: {uri: /}}]",
        "RE2",
        "'(?!a)'",
    ),
    ("VirtualService", "hosts: [a.org], http: [{headers: {request: {set: {x: 5%}}}, redirect: {uri: /}}]", "`%`", "5%"),
    // DestinationRule.
    ("DestinationRule", "host: a.org, trafficPolicy: {}", "needs at least one field", "{}"),
    ("DestinationRule", "host: a.org, subsets: [{name: A_1}]", "`A_1` is not a subset name", "{name: A_1}"),
    (
        "DestinationRule",
        "host: a.org, trafficPolicy: {tls: {mode: MUTUAL, privateKey: /k}}",
        "needs `clientCertificate`",
        "{mode: MUTUAL, privateKey: /k}",
    ),
    ("DestinationRule", "host: a.org, exportTo: ['*'], workloadSelector: {}", "its own namespace only", "['*']"),
    // Gateway.
    ("Gateway", "servers: []", "a Gateway needs a server", "{servers: []}"),
    (
        "Gateway",
        "servers: [{hosts: [a.org], port: {number: 443, name: tls, protocol: TLS}}]",
        "needs `tls`",
        "{hosts: [a.org], port: {number: 443, name: tls, protocol: TLS}}",
    ),
    (
        "Gateway",
        "servers: [{hosts: [short], port: {number: 80, name: http, protocol: HTTP}}]",
        "`short` is a short name",
        "short",
    ),
    // Sidecar.
    (
        "Sidecar",
        "workloadSelector: {labels: {app: a}}",
        "a Sidecar needs `egress`",
        "{workloadSelector: {labels: {app: a}}}",
    ),
    ("Sidecar", "egress: [{hosts: [a.org]}]", "does not have the form `namespace/name`", "a.org"),
    ("Sidecar", "egress: [{hosts: [./*]}, {hosts: [./*]}]", "must be the last one", "{hosts: [./*]}"),
    // AuthorizationPolicy.
    ("AuthorizationPolicy", "action: DENY", "without `rules` never applies", "{action: DENY}"),
    (
        "AuthorizationPolicy",
        "rules: [{to: [{operation: {ports: [http]}}]}]",
        "`http` is not the number of a port",
        "http",
    ),
    ("AuthorizationPolicy", "rules: [{from: [{source: {}}]}]", "`source` is empty", "{}"),
    (
        "AuthorizationPolicy",
        "rules: [{when: [{key: source.colour, values: [red]}]}]",
        "is not an attribute",
        "{key: source.colour, values: [red]}",
    ),
    (
        "AuthorizationPolicy",
        "rules: [{to: [{operation: {paths: ['/{**}/{*}']}}]}]",
        "something follows `{**}`",
        "'/{**}/{*}'",
    ),
    (
        "AuthorizationPolicy",
        "rules: [{from: [{source: {serviceAccounts: [a], namespaces: []}}]}]",
        "cannot be matched beside",
        "{serviceAccounts: [a], namespaces: []}",
    ),
];

#[test]
fn a_refused_object_names_its_rule() {
    for (kind, spec, message, place) in BROKEN {
        let found = refused(&object(kind, spec));
        let [(words, at)] = found.as_slice() else { panic!("{kind} {spec}: {found:?}") };
        assert!(words.starts_with(&format!("Istio refuses {kind} `shop/own`: ")), "{words}");
        assert!(words.contains(message) && words.contains("the rule is in "), "{spec}: {words}");
        assert_eq!(at, place, "{spec}: {words}");
    }
}

#[test]
fn what_only_some_releases_refuse_is_not_refused() {
    for (kind, spec) in [
        ("Sidecar", "egress: [{hosts: [~other/*]}]"),
        ("VirtualService", "hosts: [a.org], http: [{redirect: {prefixRewrite: /}}]"),
        ("DestinationRule", "host: a.org, trafficPolicy: {loadBalancer: {warmup: {duration: 1s, aggression: 0.5}}}"),
        ("AuthorizationPolicy", "rules: [{from: [{source: {trustDomains: ['a*b']}}]}]"),
        // A field that no schema has is dropped.
        ("ServiceEntry", "hosts: [a.org], resolutoin: 7"),
        // So is a null.
        ("ServiceEntry", "hosts: [a.org], ports: null, endpoints: null, location: null"),
    ] {
        assert_eq!(refused(&object(kind, spec)), [], "{kind} {spec}");
    }
}

#[test]
fn names_and_annotations_are_looked_at() {
    let with = |metadata: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{namespace: shop, {metadata}}}\nspec: {{hosts: [a.org]}}\n"
        )
    };
    assert_eq!(refused(&with("name: a.b-1")), []);
    for (metadata, message) in [
        ("name: Own", "`Own` is not the name of an object"),
        ("name: own, annotations: {istio.io/dry-run: 'true'}", "only an AuthorizationPolicy"),
        ("name: own, annotations: {internal.istio.io/parents: a}", "reserved by Istio"),
    ] {
        let found = refused(&with(metadata));
        assert!(found.len() == 1 && found[0].0.contains(message), "{metadata}: {found:?}");
    }
}

/// A port that is listed twice, an item of a List, beside an object that is taken.
#[test]
fn no_call_believes_a_refused_object() {
    let entry = |name: &str, ports: &str| {
        format!(
            "- apiVersion: networking.istio.io/v1\n  kind: ServiceEntry\n  metadata: {{name: {name}, namespace: shop}}\n  spec: {{hosts: [{name}.org], ports: [{ports}], resolution: DNS}}\n"
        )
    };
    let http = "{number: 80, name: http, protocol: HTTP}";
    let good = entry("good", http);
    let bad = entry("bad", &format!("{http}, {{number: 80, name: other, protocol: HTTP}}"));
    let list = |items: &[&str]| format!("apiVersion: v1\nkind: List\nitems:\n{}", items.concat());
    let sources = |text: &str| vec![Source::text("mesh.yaml", MESH), Source::text("own.yaml", text)];
    let both = list(&[&good, &bad]);
    let workspace = Workspace::load(&sources(&both));
    let verdict = |host: &str| {
        let question: Question = format!("shop -> http://{host}").parse().unwrap();
        let answer = workspace.trace(&question, None).unwrap();
        assert_eq!(answer.diagnostics.iter().filter(|each| each.code == "EGR0615").count(), 1);
        format!("{:?}", answer.trace.unwrap().verdict)
    };
    assert_eq!(verdict("good.org"), "Allowed");
    assert_eq!(verdict("bad.org"), "Blocked");
    let table = reach(&ReachRequest { sources: sources(&both), ..ReachRequest::default() }).unwrap();
    let hosts: Vec<&str> = table.flows.iter().map(|flow| flow.to.host.as_str()).collect();
    assert!(hosts.contains(&"good.org") && !hosts.contains(&"bad.org"), "{hosts:?}");
    let change = DiffRequest { before: sources(&list(&[&good])), after: sources(&both), ..DiffRequest::default() };
    let change = diff(&change).unwrap();
    assert!(change.diagnostics.iter().any(|each| each.code == "EGR0615"));
    assert!(!format!("{change:?}").contains("bad.org\""), "{change:?}");
}

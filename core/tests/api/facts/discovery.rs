//! Which objects the control plane reads, and who sees those that do not say so (docs/istio/data-plane.md).

use egressc_core::api::{CheckRequest, Query, Source, TraceRequest, Verdict, check, trace};

use Verdict::{Allowed, Blocked, Unknown};

fn sources(documents: &[&str]) -> Vec<Source> {
    documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect()
}

fn asked(documents: &[&str], question: &str) -> Verdict {
    let query: Query = question.parse().unwrap();
    let request = TraceRequest { sources: sources(documents), query: Some(query), ..TraceRequest::default() };
    let response = trace(&request).unwrap();
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics)).verdict
}

fn codes(documents: &[&str]) -> Vec<String> {
    let response = check(&CheckRequest { sources: sources(documents), ..CheckRequest::default() }).unwrap();
    response
        .diagnostics
        .into_iter()
        .map(|found| found.code)
        .filter(|code| code == "EGR0314" || code == "EGR0441")
        .collect()
}

/// The mesh config of a revision, with some settings.
fn mesh(revision: &str, settings: &str) -> String {
    let lines: Vec<String> = settings.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio{revision}, namespace: istio-system}}\ndata:\n  mesh: |\n    outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}\n{}",
        lines.concat()
    )
}

fn entry(namespace: &str, more: &str) -> String {
    format!(
        "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: x, namespace: {namespace}}}
spec: {{hosts: [x.example.org], resolution: DNS, ports: [{{number: 443, name: tls, protocol: TLS}}]{more}}}
"
    )
}

const TO_X: &str = "https://x.example.org";

/// `initDefaultExportMaps` of `pilot/pkg/model/push_context.go`.
#[test]
fn the_defaults_of_the_mesh_config_export_what_does_not_say_so() {
    for (settings, more, own, other) in [
        ("", "", Allowed, Allowed),
        ("defaultServiceExportTo: []", "", Allowed, Allowed),
        ("defaultServiceExportTo: ['.']", "", Allowed, Blocked),
        ("defaultServiceExportTo: ['.']", ", exportTo: ['*']", Allowed, Allowed),
        ("defaultServiceExportTo: [other]", "", Blocked, Allowed),
        ("defaultServiceExportTo: ['~']", "", Blocked, Blocked),
        ("defaultVirtualServiceExportTo: ['.']", "", Allowed, Allowed),
    ] {
        let documents: [&str; 2] = [&mesh("", settings), &entry("shop", more)];
        assert_eq!(asked(&documents, &format!("shop -> {TO_X}")), own, "{settings}{more}");
        assert_eq!(asked(&documents, &format!("other -> {TO_X}")), other, "{settings}{more}");
    }
    // Two revisions that differ: the client's may be either.
    let documents: [&str; 3] = [&mesh("", "defaultServiceExportTo: ['.']"), &mesh("-canary", ""), &entry("shop", "")];
    assert_eq!(asked(&documents, &format!("other -> {TO_X}")), Unknown);
}

#[test]
fn routes_and_rules_have_defaults_too() {
    let route = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: x, namespace: shop}
spec: {hosts: [x.example.org], tls: [{match: [{sniHosts: [x.example.org]}], route: [{destination: {host: nowhere.example.org}}]}]}
";
    for (settings, other) in [("", Blocked), ("defaultVirtualServiceExportTo: ['.']", Allowed)] {
        let documents: [&str; 3] = [&mesh("", settings), &entry("shop", ""), route];
        assert_eq!(asked(&documents, &format!("shop -> {TO_X}")), Blocked, "{settings}");
        assert_eq!(asked(&documents, &format!("other -> {TO_X}")), other, "{settings}");
    }
    // What Istio makes of a route of the Gateway API has no `exportTo`.
    let route = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: x, namespace: shop}
spec: {parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x}], rules: [{backendRefs: [{group: networking.istio.io, kind: Hostname, name: nowhere.example.org, port: 80}]}]}
";
    for (settings, own, other) in [
        ("", Blocked, Blocked),
        ("defaultVirtualServiceExportTo: ['.']", Blocked, Allowed),
        ("defaultVirtualServiceExportTo: [other]", Allowed, Blocked),
        ("defaultVirtualServiceExportTo: ['~']", Allowed, Allowed),
    ] {
        let http = entry("shop", "")
            .replace("{number: 443, name: tls, protocol: TLS}", "{number: 80, name: http, protocol: HTTP}");
        let documents: [&str; 3] = [&mesh("", settings), &http, route];
        assert_eq!(asked(&documents, "shop -> http://x.example.org"), own, "{settings}");
        assert_eq!(asked(&documents, "other -> http://x.example.org"), other, "{settings}");
    }
    let rule = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: x, namespace: shop}
spec: {host: x.example.org, trafficPolicy: {tls: {mode: SIMPLE}}}
";
    for (settings, other) in [("", Blocked), ("defaultDestinationRuleExportTo: ['.']", Allowed)] {
        let documents: [&str; 3] = [&mesh("", settings), &entry("shop", ""), rule];
        // TLS around TLS fails.
        assert_eq!(asked(&documents, &format!("shop -> {TO_X}")), Blocked, "{settings}");
        assert_eq!(asked(&documents, &format!("other -> {TO_X}")), other, "{settings}");
    }
}

fn namespace(labels: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, labels: {{istio-injection: enabled, {labels}}}}}}}"
    )
}

/// `LabelSelectorAsSelector` of pkg/kube/namespace/filter.go.
#[test]
fn istiod_reads_the_namespaces_that_a_selector_selects() {
    let expression = |key: &str, operator: &str, values: &str| {
        format!(
            "discoverySelectors: [{{matchExpressions: [{{key: {key}, operator: {operator}, values: [{values}]}}]}}]"
        )
    };
    let name = "kubernetes.io/metadata.name";
    let prod = "discoverySelectors: [{matchLabels: {env: prod}}]";
    let rows: [(&str, &str, Verdict); 13] = [
        (prod, "env: prod", Allowed),
        (prod, "env: test", Blocked),
        (prod, "a: b", Blocked),
        ("discoverySelectors: [{matchLabels: {env: test}}, {matchLabels: {env: prod}}]", "env: prod", Allowed),
        ("discoverySelectors: []", "a: b", Allowed),
        ("discoverySelectors: [{}]", "a: b", Allowed),
        (&format!("discoverySelectors: [{{matchLabels: {{{name}: shop}}}}]"), "a: b", Allowed),
        (&expression("env", "In", "prod, test"), "env: test", Allowed),
        (&expression("env", "NotIn", "prod"), "env: prod", Blocked),
        (&expression("env", "NotIn", "prod"), "a: b", Allowed),
        (&expression("env", "Exists", ""), "a: b", Blocked),
        (&expression("env", "DoesNotExist", ""), "a: b", Allowed),
        // What Kubernetes does not know leaves all as it was, which is not followed.
        (&expression("env", "Like", "prod"), "env: prod", Unknown),
    ];
    for (settings, labels, expected) in rows {
        let documents: [&str; 3] = [&mesh("", settings), &namespace(labels), &entry("shop", "")];
        assert_eq!(asked(&documents, &format!("shop -> {TO_X}")), expected, "{settings} | {labels}");
    }
    // Without the labels it is known only of the name.
    assert_eq!(asked(&[&mesh("", prod), &entry("shop", "")], &format!("shop -> {TO_X}")), Unknown);
    for (operator, expected) in [("In", Allowed), ("NotIn", Blocked)] {
        let settings = expression(name, operator, "shop");
        assert_eq!(asked(&[&mesh("", &settings), &entry("shop", "")], &format!("shop -> {TO_X}")), expected);
    }
}

#[test]
fn what_istiod_does_not_read_is_named() {
    let not_shop = "discoverySelectors: [{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}]";
    assert_eq!(codes(&[&mesh("", not_shop), &entry("shop", "")]), ["EGR0441"]);
    let prod = "discoverySelectors: [{matchLabels: {env: prod}}]";
    assert_eq!(codes(&[&mesh("", prod), &entry("shop", "")]), ["EGR0314"]);
    assert_eq!(codes(&[&mesh("", prod), &namespace("env: prod"), &entry("shop", "")]), [""; 0]);
}

/// `LabelsInRevision` of pkg/config/model.go.
#[test]
fn an_object_for_another_revision_is_left_out_where_all_namespaces_are_given() {
    let complete =
        "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {complete: true}}";
    let of = |revision: &str| {
        entry("shop", "").replace("namespace: shop", &format!("namespace: shop, labels: {{istio.io/rev: {revision}}}"))
    };
    let to_x = format!("shop -> {TO_X}");
    assert_eq!(asked(&[&mesh("", ""), complete, &of("default")], &to_x), Allowed);
    assert_eq!(asked(&[&mesh("", ""), complete, &of("canary")], &to_x), Blocked);
    assert_eq!(asked(&[&mesh("", ""), &of("canary")], &to_x), Unknown);
    // A tag may be that of the revision, or of another one.
    let tagged = namespace("istio.io/rev: stable").replace("istio-injection: enabled, ", "");
    assert_eq!(asked(&[&mesh("", ""), complete, &tagged, &of("canary")], &to_x), Unknown);
    // An object's label is compared with the revision alone, and the client's own word for it may be a tag.
    assert_eq!(asked(&[&mesh("", ""), complete, &tagged, &of("stable")], &to_x), Unknown);
    assert_eq!(asked(&[&mesh("-stable", ""), complete, &tagged, &of("stable")], &to_x), Allowed);
}

/// Every revision reads the Gateways of the Gateway API (`buildClient` of `pilot/pkg/config/kube/gateway/controller.go`), and
/// the one that the label names, or whose tag it is, makes the Service and the pods (`IsMine` of
/// `pkg/revisions/tag_watcher.go`).
#[test]
fn a_gateway_for_a_revision_has_a_service_where_there_is_such_a_revision() {
    let complete =
        "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {complete: true}}";
    let http = entry("shop", "")
        .replace("{number: 443, name: tls, protocol: TLS}", "{number: 80, name: http, protocol: HTTP}");
    let of = |metadata: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: out, namespace: shop{metadata}}}\nspec: {{gatewayClassName: istio, listeners: [{{name: http, port: 80, protocol: HTTP}}]}}\n"
        )
    };
    let route = |name: &str, parent: &str, backend: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{parentRefs: [{{{parent}}}], rules: [{{backendRefs: [{{{backend}, port: 80}}]}}]}}\n"
        )
    };
    let to_gateway = route("to", "group: networking.istio.io, kind: ServiceEntry, name: x", "name: out-istio");
    let from_gateway = route("from", "name: out", "group: networking.istio.io, kind: Hostname, name: x.example.org");
    let canary = ", labels: {istio.io/rev: canary}";
    let mesh_of_canary = mesh("-canary", "");
    let service = "{apiVersion: v1, kind: Service, metadata: {name: out-istio, namespace: shop}, spec: {ports: [{port: 80, name: http}], selector: {gateway.networking.k8s.io/gateway-name: out}}}";
    for (metadata, more, expected) in [
        ("", "", Allowed),
        (", labels: {istio.io/rev: default}", "", Allowed),
        (canary, "", Unknown),
        (canary, mesh_of_canary.as_str(), Allowed),
        (canary, service, Allowed),
    ] {
        let documents =
            [&mesh("", ""), complete, &namespace("team: a"), &http, &of(metadata), &to_gateway, &from_gateway, more];
        assert_eq!(asked(&documents, "shop -> http://x.example.org"), expected, "{metadata} {more}");
        assert_eq!(codes(&documents), [""; 0]);
    }
}

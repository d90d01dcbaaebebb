//! The user's own Istio objects beside the policies: what they change, and what is wrong with them.
#![cfg(test)]

use egressc_core::api::{CheckRequest, CompileRequest, CompileResponse, SourceInput, WireDiagnostic, check, compile};
use serde_json::json;

const HTTP: &str = "
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
spec:
  byEgressGateway: {name: egressgateway-a}
  egressRules:
  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 80, protocol: HTTP}}
";
const BOTH: &str = "
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-egressgateway-a, namespace: istio-egress}
spec:
  byEgressGateway: {name: egressgateway-a}
  egressRules:
  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 80, protocol: HTTP}, httpsUpgrade: {enabled: true}}
    - {hosts: [www.httpbin.org, httpbin.org], port: {number: 443, protocol: HTTPS}, byEgressGateway: {port: 444}}
";
const MESH: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: prod}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: egressgateway-a
    podLabels: {istio: egressgateway-a, security.istio.io/tlsMode: istio}
    ports: [{port: 80, targetPort: 8080, class: http}, {port: 444, targetPort: 8444, class: tls}]
";
/// The example of ASM's page, as it stands there.
const DENY_POST: &str = "
kind: AuthorizationPolicy
apiVersion: security.istio.io/v1beta1
metadata:
  name: sleep-a-egress-www-httpbin-org
  namespace: istio-system
spec:
  action: DENY
  rules:
  - to:
    - operation:
        hosts:
        - www.httpbin.org
        - httpbin.org
        methods:
        - POST
    from:
    - source:
        namespaces: [\"mytest\"]
  selector:
    matchLabels:
      istio: egressgateway-a
";

fn sources(texts: &[&str]) -> Vec<SourceInput> {
    texts.iter().enumerate().map(|(index, text)| SourceInput::text(format!("{index}.yaml"), *text)).collect()
}

fn compiled(texts: &[&str]) -> CompileResponse {
    compile(&CompileRequest { sources: sources(texts), ..CompileRequest::default() }).unwrap()
}

fn said(texts: &[&str]) -> Vec<WireDiagnostic> {
    let checked = check(&CheckRequest { sources: sources(texts), ..CheckRequest::default() }).unwrap();
    let compiled = compiled(texts);
    assert_eq!(checked.diagnostics, compiled.diagnostics, "check says what compile says");
    assert_eq!(checked.ok, compiled.ok);
    checked.diagnostics
}

/// What is said about an object beside a policy.
fn beside(policy: &str, object: &str) -> Vec<WireDiagnostic> {
    let alone = said(&[policy, MESH]);
    assert!(alone.is_empty(), "{alone:#?}");
    said(&[policy, MESH, object])
}

fn slugs(diagnostics: &[WireDiagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|each| each.slug.as_str()).collect()
}

fn messages(diagnostics: &[WireDiagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(|each| format!("{}: {}", each.slug, each.message)).collect();
    lines.join("\n")
}

/// The text with every fix of a rule applied, one after the other.
fn mended(policy: &str, object: &str, slug: &str) -> String {
    let mut object = object.to_owned();
    for _ in 0..5 {
        let diagnostics = beside(policy, &object);
        let Some(found) = diagnostics.iter().find(|each| each.slug == slug) else { return object };
        let fix = found.fix.as_ref().unwrap_or_else(|| panic!("{slug} has no fix: {}", found.message));
        let at = |offset: u32| usize::try_from(offset).unwrap();
        object.replace_range(at(fix.place.start.offset)..at(fix.place.end.offset), &fix.replacement);
        let left = beside(policy, &object);
        let count = |all: &[WireDiagnostic]| all.iter().filter(|each| each.slug == slug).count();
        assert!(count(&left) < count(&diagnostics), "a fix mends what it is for: {object}\n{left:#?}");
    }
    panic!("no end of {slug}: {object}");
}

#[test]
fn the_example_of_the_page_cuts_off_https_and_misses_hosts_with_a_port() {
    let found = beside(BOTH, DENY_POST);
    assert_eq!(
        slugs(&found),
        ["takes-away", "http-fields-on-tcp", "host-without-port", "host-without-port"],
        "{}",
        messages(&found)
    );
    assert_eq!(
        found[0].message,
        "`app=sleep-a` in `mytest` asks for https://httpbin.org:443, and is cut off instead of reaching httpbin.org port 443 in TLS, because of AuthorizationPolicy `istio-system/sleep-a-egress-www-httpbin-org`"
    );
    // Beside plain HTTP alone it does what it says.
    assert_eq!(slugs(&beside(HTTP, DENY_POST)), ["host-without-port", "host-without-port"]);
    let with_ports = mended(BOTH, DENY_POST, "http-fields-on-tcp");
    assert!(with_ports.contains("        ports: [\"8080\"]\n        hosts:\n"), "{with_ports}");
    let mended = mended(BOTH, &with_ports, "host-without-port");
    assert!(mended.contains("- www.httpbin.org\n        - \"www.httpbin.org:*\"\n        - httpbin.org\n"), "{mended}");
    assert!(slugs(&beside(BOTH, &mended)).is_empty());
}

#[test]
fn fixes_fit_flow_style_and_json() {
    let flow = "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: istio-system}, spec: {action: DENY, selector: {matchLabels: {istio: egressgateway-a}}, rules: [{to: [{operation: {hosts: [httpbin.org], methods: [POST]}}]}]}}";
    let json = json!({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": "p", "namespace": "istio-system"},
        "spec": {"action": "DENY", "selector": {"matchLabels": {"istio": "egressgateway-a"}},
            "rules": [{"to": [{"operation": {"hosts": ["httpbin.org"], "methods": ["POST"]}}]}]}});
    for text in [flow.to_owned(), json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
        let once = mended(BOTH, &text, "http-fields-on-tcp");
        let twice = mended(BOTH, &once, "host-without-port");
        assert!(slugs(&beside(BOTH, &twice)).is_empty(), "{twice}");
        if text.contains("\"spec\"") {
            assert!(serde_json::from_str::<serde_json::Value>(&twice).is_ok(), "{twice}");
        }
    }
}

#[test]
fn an_allow_rule_about_http_admits_no_tls() {
    let allow = DENY_POST.replace("DENY", "ALLOW").replace("POST", "GET");
    let found = beside(BOTH, &allow);
    assert!(
        slugs(&found).contains(&"http-fields-on-tcp") && slugs(&found).contains(&"takes-away"),
        "{}",
        messages(&found)
    );
    assert!(found.iter().all(|each| each.slug != "http-fields-on-tcp" || each.fix.is_none()));
}

#[test]
fn a_policy_of_another_namespace_or_label_selects_nothing() {
    for (from, to) in
        [("namespace: istio-system", "namespace: mytest"), ("istio: egressgateway-a", "istio: egressgateway-b")]
    {
        let policy = DENY_POST.replace(from, to);
        let found = beside(BOTH, &policy);
        assert_eq!(slugs(&found), ["selects-no-gateway"], "{}", messages(&found));
        let fixed = mended(BOTH, &policy, "selects-no-gateway");
        assert!(fixed.contains(from), "{fixed}");
    }
    // The label of something else that is known.
    let ingress = DENY_POST.replace("istio: egressgateway-a", "istio: ingressgateway");
    assert!(slugs(&beside(BOTH, &ingress)).is_empty());
}

#[test]
fn a_port_of_the_service_is_no_port_of_the_pod() {
    let policy = DENY_POST
        .replace("        methods:", "        ports: ['80']\n        methods:")
        .replace("- www.httpbin.org\n        - httpbin.org", "- '*'");
    assert_eq!(slugs(&beside(BOTH, &policy)), ["service-port-in-rule"]);
    assert!(mended(BOTH, &policy, "service-port-in-rule").contains("ports: [\"8080\"]"));
    // Both, by somebody who does not know.
    assert!(slugs(&beside(BOTH, &policy.replace("['80']", "['80', '8080']"))).is_empty());
}

fn entry(host: &str, namespace: &str, more: &str) -> String {
    format!("
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{name: own, namespace: {namespace}}}
spec: {{hosts: ['{host}'], ports: [{{number: 80, name: http, protocol: HTTP}}, {{number: 443, name: tls, protocol: TLS}}], resolution: DNS{more}}}
")
}

#[test]
fn a_host_that_everybody_knows_is_refused() {
    let found = beside(HTTP, &entry("www.httpbin.org", "tools", ""));
    let error = found.iter().find(|each| each.slug == "lets-through").unwrap();
    assert!(error.message.contains("any other namespace"), "{}", error.message);
    assert!(error.message.ends_with("past every gateway, because of ServiceEntry `tools/own`"), "{}", error.message);
    assert_eq!(error.labels[0].source, "2.yaml");
    assert!(!compiled(&[HTTP, MESH, &entry("www.httpbin.org", "tools", "")]).ok);
}

#[test]
fn who_sees_the_host_is_asked_wherever_it_is() {
    // One namespace, which no policy names.
    let private = entry("www.httpbin.org", "tools", ", exportTo: ['.']");
    let found = beside(HTTP, &private);
    assert_eq!(slugs(&found)[0], "lets-through", "{}", messages(&found));
    assert!(found[0].message.contains("in `tools`"), "{}", found[0].message);
    // By a wildcard.
    let wild = entry("*.org", "tools", ", exportTo: ['.']").replace("resolution: DNS", "resolution: NONE");
    assert!(slugs(&beside(HTTP, &wild)).contains(&"lets-through"));
    // Another port of a declared host, by the declared client.
    let port = entry("www.httpbin.org", "mytest", ", exportTo: ['.']").replace("number: 80", "number: 8081");
    assert!(slugs(&beside(HTTP, &port)).contains(&"lets-through"));
    // Another host.
    for namespace in ["tools", "mytest", "istio-egress", "istio-system"] {
        let found = beside(BOTH, &entry("mirror.example.com", namespace, ""));
        assert_eq!(slugs(&found), ["opens-other-hosts"], "{namespace}: {}", messages(&found));
    }
}

#[test]
fn a_sidecar_that_does_not_import_the_policies_namespace_is_found() {
    let sidecar = |spec: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: own, namespace: mytest}}\nspec: {{{spec}}}\n"
        )
    };
    let found = beside(HTTP, &sidecar("egress: [{hosts: ['./*', 'istio-system/*']}]"));
    assert!(!found.is_empty() && found.iter().all(|each| each.slug == "takes-away"), "{}", messages(&found));
    assert!(found[0].help.as_ref().unwrap().contains("`istio-egress/*`"), "{:?}", found[0].help);
    assert!(
        slugs(&beside(HTTP, &sidecar("egress: [{hosts: ['./*', 'istio-system/*', 'istio-egress/*']}]"))).is_empty()
    );
    // For some of the selected workloads only.
    let some = sidecar("workloadSelector: {labels: {version: v2}}, egress: [{hosts: ['./*', 'istio-system/*']}]");
    let found = beside(HTTP, &some);
    assert!(found[0].message.starts_with("`app=sleep-a,version=v2` in `mytest`"), "{}", messages(&found));
    // It may also open what the mesh holds shut.
    let open = sidecar("outboundTrafficPolicy: {mode: ALLOW_ANY}");
    assert!(slugs(&beside(HTTP, &open)).contains(&"lets-through"));
}

#[test]
fn routes_of_the_clients_own_are_found() {
    let service = "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: own, namespace: mytest}
spec:
  exportTo: [.]
  hosts: [www.httpbin.org]
  http: [{route: [{destination: {host: www.httpbin.org}}]}]
";
    let found = beside(HTTP, service);
    assert_eq!(slugs(&found)[0], "takes-away", "{}", messages(&found));
    assert!(found[0].message.ends_with("because of VirtualService `mytest/own`"), "{}", messages(&found));
    // One for everybody stands behind ours, which is exported to the client's namespace by name.
    assert!(slugs(&beside(HTTP, &service.replace("[.]", "['*']"))).is_empty());
    // For some of the selected workloads only.
    let some = service.replace("http: [{route", "http: [{match: [{sourceLabels: {version: v2}}], route");
    let found = beside(HTTP, &some);
    assert!(found[0].message.starts_with("`app=sleep-a,version=v2` in `mytest`"), "{}", messages(&found));
    let rule = "
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: own, namespace: mytest}
spec: {host: istio-egressgateway-a.istio-system.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
";
    let found = beside(HTTP, rule);
    assert_eq!(slugs(&found)[0], "takes-away", "{}", messages(&found));
    assert!(found[0].message.contains("DestinationRule `mytest/own`"));
}

#[test]
fn a_door_of_their_own_to_a_declared_host_is_found() {
    let door = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: door, namespace: istio-system}
spec:
  selector: {istio: egressgateway-a}
  servers: [{port: {number: 444, name: door, protocol: HTTPS}, hosts: [www.httpbin.org], tls: {mode: ISTIO_MUTUAL}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: door, namespace: istio-system}
spec:
  hosts: [www.httpbin.org]
  gateways: [door]
  http: [{route: [{destination: {host: www.httpbin.org, port: {number: 80}}}]}]
";
    let found = beside(HTTP, door);
    assert_eq!(slugs(&found), ["lets-through"], "{}", messages(&found));
    assert!(found[0].message.contains("calls gateway `egressgateway-a` itself"), "{}", found[0].message);
}

#[test]
fn the_object_that_does_it_is_named_among_many() {
    let mut texts = vec![BOTH.to_owned(), MESH.to_owned()];
    for n in 0..40 {
        texts.push(entry(&format!("h{n}.example.org"), "mytest", "").replace("name: own", &format!("name: own-{n}")));
    }
    texts.insert(20, DENY_POST.to_owned());
    let found = said(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let witness = found.iter().find(|each| each.slug == "takes-away").unwrap();
    assert!(witness.message.contains("sleep-a-egress-www-httpbin-org"), "{}", witness.message);
    assert_eq!(witness.labels[0].source, "20.yaml");
    let others = found.iter().filter(|each| each.slug != "opens-other-hosts");
    assert!(others.into_iter().all(|each| each.labels[0].source == "20.yaml"), "{}", messages(&found));
}

#[test]
fn what_is_not_modelled_is_said_where_it_matters() {
    let filter = |namespace: &str, spec: &str| {
        format!(
            "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: own, namespace: {namespace}}}\nspec: {{{spec}}}\n"
        )
    };
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", ""))), ["undecided"]);
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", "workloadSelector: {labels: {app: sleep-a}}"))), ["undecided"]);
    // It may open the host to those that no policy selects.
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", "workloadSelector: {labels: {app: other}}"))), ["undecided"]);
    assert_eq!(slugs(&beside(HTTP, &filter("other", ""))), ["undecided"]);
    // What enters a pod is no way out.
    let patches = |context: &str| {
        format!(
            "configPatches: [{{applyTo: HTTP_FILTER, match: {{context: {context}}}, patch: {{operation: REMOVE}}}}]"
        )
    };
    assert!(slugs(&beside(HTTP, &filter("mytest", &patches("SIDECAR_INBOUND")))).is_empty());
    assert!(slugs(&beside(HTTP, &filter("istio-system", &patches("SIDECAR_INBOUND")))).is_empty());
    assert_eq!(slugs(&beside(HTTP, &filter("mytest", &patches("SIDECAR_OUTBOUND")))), ["undecided"]);
    assert_eq!(slugs(&beside(HTTP, &filter("istio-system", &patches("GATEWAY")))), ["undecided"]);
}

#[test]
fn labels_of_the_gateways_pods_decide_where_they_are_known() {
    let other = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: kiali, namespace: istio-system}
spec: {selector: {matchLabels: {app: kiali}}, rules: [{from: [{source: {namespaces: [monitoring]}}]}]}
";
    // Whether the gateway's pods have that label too is not known.
    assert!(beside(HTTP, other).iter().all(|each| each.slug == "undecided"));
    assert!(!beside(HTTP, other).is_empty());
    let pods = "
apiVersion: v1
kind: Service
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec: {selector: {istio: egressgateway-a}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tls, port: 444, targetPort: 8444}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istio-egressgateway-a, namespace: istio-system}
spec: {template: {metadata: {labels: {istio: egressgateway-a, app: egress}}, spec: {}}}
";
    assert!(slugs(&said(&[HTTP, MESH, pods, other])).is_empty());
}

#[test]
fn what_egressc_made_before_is_not_held_against_it() {
    let first = compiled(&[BOTH, MESH]);
    let old = serde_json::to_string(&json!({"apiVersion": "v1", "kind": "List", "items": first.resources})).unwrap();
    let found = said(&[BOTH, MESH, &old]);
    assert_eq!(slugs(&found), ["made-by-egressc"]);
    // Of a rule that is gone by now, too.
    assert_eq!(slugs(&said(&[HTTP, MESH, &old])), ["made-by-egressc"]);
    assert_eq!(json!(compiled(&[BOTH, MESH, &old]).resources), json!(first.resources));
}

#[test]
fn an_object_without_a_name_is_refused() {
    let found = said(&[
        HTTP,
        MESH,
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {namespace: mytest}\nspec: {}\n",
    ]);
    assert_eq!(slugs(&found), ["missing-field"]);
}

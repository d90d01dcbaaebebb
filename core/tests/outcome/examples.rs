//! What the compiler makes of the examples, request by request.

use egressc_core::api::{CompileRequest, Source, compile};
use egressc_core::stages::istio::Objects;
use serde_json::{Value, json};

use crate::mesh::{Ask, Mesh, environment, is, query};

/// The resources of an example and its mesh.
pub(crate) fn example(name: &str) -> (Vec<Value>, String) {
    let folder = format!("{}/../examples/{name}", env!("CARGO_MANIFEST_DIR"));
    let policy = std::fs::read_to_string(format!("{folder}/policy.yaml")).unwrap();
    let facts = std::fs::read_to_string(format!("{folder}/mesh.yaml")).unwrap();
    compiled(&policy, &facts)
}

pub(crate) fn compiled(policy: &str, facts: &str) -> (Vec<Value>, String) {
    let sources = vec![Source::text("policy.yaml", policy), Source::text("mesh.yaml", facts)];
    let response = compile(&CompileRequest { sources, ..CompileRequest::default() }).unwrap();
    assert!(response.ok, "{:?}", response.diagnostics);
    (response.resources.iter().map(|resource| json!(resource)).collect(), format!("{policy}\n---\n{facts}"))
}

pub(crate) fn mesh(resources: &[Value], documents: &str) -> Mesh {
    let mut objects = Objects::default();
    for resource in resources {
        objects.made(resource);
    }
    Mesh { objects, environment: environment(documents) }
}

fn of_example(name: &str) -> Mesh {
    let (resources, documents) = example(name);
    mesh(&resources, &documents)
}

const HTTP: &str = "http://www.httpbin.org";
const HTTPS: &str = "https://www.httpbin.org";

/// Bystanders of any example.
fn bystanders(mesh: &Mesh) {
    for from in ["mytest", "mytest,app=other", "default,app=sleep-a", "istio-egress,app=sleep-a"] {
        is(&mesh.from(from, HTTP), "blocked 502");
        is(&mesh.from(from, HTTPS), "blocked closed UH");
    }
    is(&mesh.from("mytest,app=sleep-a", "http://example.com"), "blocked 502");
    is(&mesh.from("mytest,app=sleep-a", "https://example.com"), "blocked closed UH");
    is(&mesh.from("mytest,app=sleep-a", "http://www.httpbin.org:8080"), "blocked closed UH");
    is(&mesh.from("mytest,app=sleep-a", "tcp://www.httpbin.org:443"), "blocked closed UH");
    is(&mesh.from("mytest,app=sleep-a", "http://www.httpbin.org:443"), "blocked closed UH");
    is(&mesh.from("mytest,app=sleep-a", "https://www.httpbin.org:80"), "blocked closed UH");
    is(&mesh.ask(&query("mytest,app=sleep-a", HTTPS).sni(None)), "blocked closed UH");
    is(&mesh.ask(&query("mytest,app=sleep-a", HTTPS).sni(Some("example.com"))), "blocked closed UH");
}

#[test]
fn http() {
    let mesh = of_example("http");
    is(&mesh.from("mytest,app=sleep-a", HTTP), "allowed via egressgateway-a www.httpbin.org:80");
    is(&mesh.from("mytest,app=sleep-a", HTTPS), "blocked closed UH");
    bystanders(&mesh);
}

#[test]
fn https_upgrade() {
    let mesh = of_example("https-upgrade");
    let trace = mesh.from("mytest,app=sleep-a", HTTP);
    is(&trace, "allowed via egressgateway-a www.httpbin.org:443 tls(www.httpbin.org)");
    assert!(trace.notes.is_empty(), "{:?}", trace.notes);
    is(&mesh.from("mytest,app=sleep-a", HTTPS), "blocked closed UH");
    bystanders(&mesh);
}

#[test]
fn https_passthrough() {
    let mesh = of_example("https-passthrough");
    is(&mesh.from("mytest,app=sleep-a", HTTPS), "allowed via egressgateway-a www.httpbin.org:443 tls(www.httpbin.org)");
    is(&mesh.from("mytest,app=sleep-a", HTTP), "blocked 502");
    bystanders(&mesh);
}

#[test]
fn combined() {
    let mesh = of_example("combined");
    for host in ["www.httpbin.org", "httpbin.org"] {
        let (http, https) = (format!("http://{host}"), format!("https://{host}"));
        let expected = format!("allowed via egressgateway-a {host}:443 tls({host})");
        is(&mesh.from("mytest,app=sleep-a", &http), &expected);
        is(&mesh.from("mytest,app=sleep-a", &https), &expected);
        is(&mesh.ask(&query("mytest,app=sleep-a", &http).host(&format!("{host}:80"))), &expected);
    }
    bystanders(&mesh);
    // The policy and the rule are known; places in what was made are not.
    let trace = mesh.from("mytest,app=sleep-a", HTTPS);
    assert!(trace.decided_by.iter().all(|decision| decision.span.is_none()), "{trace:#?}");
    assert!(
        trace
            .decided_by
            .iter()
            .any(|decision| decision.policy.as_deref() == Some("istio-egress/egress-by-egressgateway-a")),
        "{trace:#?}"
    );
}

#[test]
fn tcp() {
    let mesh = of_example("tcp");
    is(
        &mesh.from("mytest,app=sleep-a", "tcp://www.alibabacloud.com:443"),
        "allowed via egressgateway-a www.alibabacloud.com:443",
    );
    is(
        &mesh.from("mytest,app=sleep-a", "https://www.alibabacloud.com"),
        "allowed via egressgateway-a www.alibabacloud.com:443 tls(www.alibabacloud.com)",
    );
    is(&mesh.from("mytest,app=sleep-a", "http://www.alibabacloud.com"), "blocked 502");
    is(&mesh.from("mytest,app=other", "https://www.alibabacloud.com"), "blocked closed UH");
    is(&mesh.from("default,app=sleep-a", "https://www.alibabacloud.com"), "blocked closed UH");
    // Known grain: without an address it takes all of its port.
    is(
        &mesh.from("mytest,app=sleep-a", "https://example.com"),
        "diverted via egressgateway-a www.alibabacloud.com:443 tls(example.com)",
    );
    is(&mesh.from("mytest,app=other", "https://example.com"), "blocked closed UH");
}

#[test]
fn direct_access() {
    let mesh = of_example("combined");
    let direct = |from: &str, to: &str, port, outer: &str| mesh.ask(&query(from, to).direct(port, outer));
    let tls = "tls-443.www.httpbin.org.l4.egressc.internal";
    let expected = "allowed via egressgateway-a www.httpbin.org:443 tls(www.httpbin.org)";
    is(&direct("mytest,app=other", HTTP, 80, "http-80.l7.egressc.internal"), expected);
    is(&direct("mytest,app=other", HTTPS, 444, tls), expected);
    is(&direct("default", HTTP, 80, "http-80.l7.egressc.internal"), "blocked 403");
    is(&direct("default", HTTP, 80, "www.httpbin.org"), "blocked 403");
    is(&direct("default", HTTPS, 444, tls), "blocked closed");
    is(&direct("mytest", "http://example.com", 80, "http-80.l7.egressc.internal"), "blocked 404 NR");
    is(&direct("mytest", HTTPS, 444, "example.com"), "blocked closed UF");
}

#[test]
fn the_seeds_deny_of_post_needs_ports() {
    let (resources, documents) = example("combined");
    let deny = |ports: &str| {
        let value: Value = serde_json::from_str(&format!(
            r#"{{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
                "metadata": {{"name": "deny", "namespace": "istio-system"}},
                "spec": {{"action": "DENY", "selector": {{"matchLabels": {{"istio": "egressgateway-a"}}}},
                  "rules": [{{"from": [{{"source": {{"namespaces": ["mytest"]}}}}],
                             "to": [{{"operation": {{"hosts": ["www.httpbin.org"], "methods": ["POST"]{ports}}}}}]}}]}}}}"#
        ))
        .unwrap();
        let mut resources = resources.clone();
        resources.push(value);
        mesh(&resources, &documents)
    };
    let allowed = "allowed via egressgateway-a www.httpbin.org:443 tls(www.httpbin.org)";
    let mesh = deny("");
    is(&mesh.from("mytest,app=sleep-a", HTTP), allowed);
    is(&mesh.ask(&query("mytest,app=sleep-a", HTTP).method("POST")), "blocked 403");
    is(&mesh.ask(&query("mytest,app=sleep-a", HTTP).method("POST").host("www.httpbin.org:80")), allowed);
    is(&mesh.from("mytest,app=sleep-a", HTTPS), "blocked closed");
    let mesh = deny(r#", "ports": ["80"]"#);
    is(&mesh.from("mytest,app=sleep-a", HTTPS), allowed);
    is(&mesh.ask(&query("mytest,app=sleep-a", HTTP).method("POST")), "blocked 403");
}

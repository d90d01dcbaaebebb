//! What only some requests to a host get: by their path, method, headers or query.

use egressc_core::api::{Change, ChangeKind, Diagnostic, DiffRequest, Flow, ReachRequest, diff, reach};
use egressc_core::stages::trace::{Message, Verdict};

use crate::ask::{self, checked, texts};

/// A mesh by hand: one host, one gateway that lets it out.
const MESH: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: mesh}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: egw
    namespace: istio-system
    service: istio-egressgateway
    podLabels: {istio: egressgateway, security.istio.io/tlsMode: istio}
    ports: [{port: 80, targetPort: 8080, class: http}, {port: 443, targetPort: 8443, class: tls}]
  namespaces:
  - {name: app, injection: true}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: app}
spec:
  hosts: [ext.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: istio-system}
spec:
  selector: {istio: egressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTPS}
    hosts: [ext.example]
    tls: {mode: ISTIO_MUTUAL}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: gw, namespace: istio-system}
spec:
  host: istio-egressgateway.istio-system.svc.cluster.local
  subsets:
  - name: ext
    trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: ext.example}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: gw, namespace: istio-system}
spec:
  hosts: [ext.example]
  gateways: [istio-system/g]
  http:
  - route: [{destination: {host: ext.example, port: {number: 80}}}]
";

/// Every way by which a route may ask for some requests, and the message that has it.
const MATCHES: [(&str, &str); 7] = [
    ("{uri: {prefix: /open}}", "http://ext.example:80/openany-other"),
    ("{uri: {exact: /open}}", "http://ext.example:80/open"),
    ("{method: {exact: POST}}", "POST http://ext.example:80"),
    ("{headers: {':method': {exact: POST}}}", "POST http://ext.example:80"),
    ("{headers: {x-open: {exact: yes-please}}}", "http://ext.example:80 with `x-open: yes-please`"),
    ("{headers: {x-open: {}}}", "http://ext.example:80 with `x-open: any-other`"),
    ("{queryParams: {open: {exact: a}}}", "http://ext.example:80/?open=a"),
];

/// Routes of the sidecars; what none of them takes is answered with 403.
fn routes(matched: &[&str]) -> String {
    let routes: Vec<String> = matched
        .iter()
        .map(|each| {
            format!(
                "  - match: [{each}]\n    route: [{{destination: {{host: istio-egressgateway.istio-system.svc.cluster.local, subset: ext, port: {{number: 80}}}}}}]\n"
            )
        })
        .collect();
    format!(
        "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: mesh, namespace: app}}
spec:
  hosts: [ext.example]
  http:
{}  - directResponse: {{status: 403}}
",
        routes.concat()
    )
}

fn reached(texts: &[&str]) -> Vec<Flow> {
    reach(&ReachRequest { sources: ask::texts(texts), ..ReachRequest::default() }).unwrap().flows
}

fn changes(before: &[&str], after: &[&str]) -> (bool, Vec<Change>) {
    let request = DiffRequest { before: texts(before), after: texts(after), ..DiffRequest::default() };
    let response = diff(&request).unwrap();
    (response.widened, response.changes)
}

fn said(message: Option<&Message>) -> String {
    message.map(|message| message.said_to(egressc_core::api::Scheme::Http, "ext.example", 80)).unwrap_or_default()
}

#[test]
fn reach_has_a_row_for_what_only_some_requests_get() {
    for (matched, message) in MATCHES {
        let rows = reached(&[MESH, &routes(&[matched])]);
        let open: Vec<&Flow> = rows
            .iter()
            .filter(|row| row.verdict == Verdict::Allowed && row.from.namespace.as_deref() == Some("app"))
            .collect();
        assert!(!open.is_empty(), "{matched}: {rows:#?}");
        assert!(open.iter().all(|row| said(row.to.message.as_ref()) == message), "{matched}: {open:#?}");
        let plain = rows.iter().find(|row| row.to.message.is_none() && row.from.namespace.as_deref() == Some("app"));
        assert_eq!(plain.unwrap().status, Some(403), "{matched}");
    }
    // Where all requests fare alike there is one row for them.
    let alike = reached(&[MESH, &routes(&["{uri: {prefix: /}}", "{method: {exact: POST}}"])]);
    assert!(alike.iter().all(|row| row.to.message.is_none()), "{alike:#?}");
}

#[test]
fn diff_says_what_opens_for_some_requests() {
    let closed = routes(&[]);
    for (matched, message) in MATCHES {
        let open = routes(&[matched]);
        let (widened, gained) = changes(&[MESH, &closed], &[MESH, &open]);
        assert!(widened && !gained.is_empty(), "{matched}");
        for change in &gained {
            assert_eq!(change.kind, ChangeKind::Gained, "{matched}: {}", change.message);
            assert!(
                change.message.contains(&format!("-> {message}: was blocked (403); is allowed")),
                "{}",
                change.message
            );
        }
        let (widened, lost) = changes(&[MESH, &open], &[MESH, &closed]);
        assert!(!widened && lost.iter().all(|change| change.kind == ChangeKind::Lost) && !lost.is_empty(), "{matched}");
        assert_eq!(changes(&[MESH, &open], &[MESH, &open]).1, []);
    }
    // What opens for all is said once.
    let (_, all) = changes(&[MESH, &closed], &[MESH, &routes(&["{uri: {prefix: /}}", "{method: {exact: POST}}"])]);
    assert!(!all.is_empty() && all.iter().all(|change| !change.message.contains("POST")), "{all:#?}");
}

#[test]
fn diff_says_what_a_gateway_admits_of_some_requests() {
    let rule = |to: &str| {
        format!(
            "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: some, namespace: istio-system}}
spec:
  selector: {{matchLabels: {{istio: egressgateway}}}}
  action: ALLOW
  rules: [{{to: [{{operation: {to}}}]}}]
"
        )
    };
    let open = routes(&["{uri: {prefix: /}}"]);
    let none = rule("{hosts: [other.example]}");
    for (to, message) in [
        ("{methods: [POST]}", "POST http://ext.example:80:"),
        ("{paths: [/open]}", "http://ext.example:80/open:"),
        ("{paths: ['/open/*']}", "http://ext.example:80/open/any-other:"),
        ("{hosts: [ext.example], methods: [PUT]}", "PUT http://ext.example:80:"),
        ("{notMethods: [GET]}", "POST http://ext.example:80:"),
        ("{notPaths: [/]}", "http://ext.example:80/any-other:"),
    ] {
        let (widened, changes) = changes(&[MESH, &open, &none], &[MESH, &open, &rule(to)]);
        assert!(widened, "{to}");
        assert!(changes.iter().any(|change| change.message.contains(message)), "{to}: {changes:#?}");
    }
}

const POLICY: &str = policy!(
    "egw",
    "  - from: [{namespace: app, workloadSelector: {app: client}}]
    to: [{hosts: [ext.example], port: {number: 80, protocol: HTTP}}]
"
);
const ENVIRONMENT: &str = mesh!("egw", "{port: 80, targetPort: 8080, class: http}");

fn beside(object: &str) -> Vec<Diagnostic> {
    checked(texts(&[POLICY, ENVIRONMENT, object])).diagnostics
}

/// A route of the client's namespace that takes the host over, and lets some requests of everybody through.
fn own(matched: &str) -> String {
    format!(
        "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: own, namespace: app}}
spec:
  hosts: [ext.example]
  exportTo: ['.']
  http:
  - match: [{matched}{{sourceLabels: {{app: client}}}}]
    route: [{{destination: {{host: istio-egw.istio-system.svc.cluster.local, subset: http-80, port: {{number: 80}}}}}}]
  - directResponse: {{status: 502}}
"
    )
}

#[test]
fn a_route_that_lets_some_requests_through_refuses_the_compile() {
    let none: Vec<String> = beside(&own("")).into_iter().map(|each| each.slug).collect();
    assert!(!none.contains(&"lets-through".to_owned()), "{none:?}");
    for (matched, message) in MATCHES {
        let found = beside(&own(&format!("{matched}, ")));
        let found: Vec<&Diagnostic> = found.iter().filter(|each| each.slug == "lets-through").collect();
        assert!(!found.is_empty(), "{matched}");
        // gRPC is POST, and stands for it then.
        let shows = |each: &&&Diagnostic| each.message.contains(message) || each.message.contains("grpc://");
        assert!(found.iter().all(|each| shows(&each)), "{matched}: {found:#?}");
    }
}

/// A rule of the gateway with many paths costs no more than can be waited for, and what is not asked is said.
#[test]
fn more_messages_than_are_asked_are_said() {
    let deny = |paths: usize, gateway: &str| {
        let paths: Vec<String> = (0..paths).map(|number| format!("/p{number}")).collect();
        format!(
            "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: many, namespace: istio-system}}
spec:
  selector: {{matchLabels: {{istio: {gateway}}}}}
  action: DENY
  rules: [{{to: [{{operation: {{ports: ['8080'], paths: [{}]}}}}]}}]
",
            paths.join(", ")
        )
    };
    let apart = |object: &str| {
        let found = beside(object).into_iter();
        found.filter(|each| each.message.contains("than egressc evaluates")).map(|each| each.slug).collect::<Vec<_>>()
    };
    assert_eq!(apart(&deny(2_000, "egw")), ["undecided"]);
    assert_eq!(apart(&deny(20, "egw")), [""; 0]);
    // Another gateway's rules are none of this one's.
    assert_eq!(apart(&deny(2_000, "ingressgateway")), [""; 0]);
}

#[test]
fn a_rule_about_some_requests_of_a_declared_flow_is_meant() {
    let deny = "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-post, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: egw}}
  action: DENY
  rules: [{to: [{operation: {hosts: [ext.example, 'ext.example:*'], methods: [POST], ports: ['8080']}}]}]
";
    let found: Vec<String> = beside(deny).into_iter().map(|each| each.slug).collect();
    assert_eq!(found, [] as [&str; 0]);
}

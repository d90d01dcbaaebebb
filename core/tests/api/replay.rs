//! When a line of an access log agrees with a verdict, when it differs, and when it shows nothing.

use std::fmt::Write as _;

use egressc_core::api::{
    AccessLog, ClientPath, QueryClient, ReplayFormat, ReplayRequest, ReplayResponse, ReplayResult, Source, Workspace,
    replay,
};

/// Hosts of every kind, in a mesh that blocks what it does not know; one host is behind a gateway that allows one namespace.
const MESH: &str = r"
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: lab}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  dnsCapture: false
  complete: true
  gateways:
  - {name: egress, namespace: istio-system, service: egress, podLabels: {istio: egress}, ports: [{port: 80, targetPort: 8080, class: http}]}
  namespaces:
  - {name: mytest, injection: true}
  - {name: other, injection: true}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: web, namespace: mytest}
spec:
  hosts: [web.example]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: hollow, namespace: mytest}
spec:
  hosts: [hollow.example]
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: db, namespace: mytest}
spec:
  hosts: [db.example]
  resolution: DNS
  ports: [{number: 5432, name: tcp, protocol: TCP}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: mytest}
spec:
  hosts: [far.example]
  resolution: DNS
  ports: [{number: 80, name: http, protocol: HTTP}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: egress, namespace: istio-system}
spec:
  selector: {istio: egress}
  servers:
  - port: {number: 80, name: https-mesh, protocol: HTTPS}
    hosts: [far.example]
    tls: {mode: ISTIO_MUTUAL}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: egress, namespace: istio-system}
spec:
  host: egress.istio-system.svc.cluster.local
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL, sni: far.example}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: far, namespace: istio-system}
spec:
  hosts: [far.example]
  gateways: [mesh, istio-system/egress]
  http:
  - name: to-gateway
    match: [{gateways: [mesh], port: 80}]
    route: [{destination: {host: egress.istio-system.svc.cluster.local, port: {number: 80}}}]
  - name: out
    match: [{gateways: [istio-system/egress], port: 80}]
    route: [{destination: {host: far.example, port: {number: 80}}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: egress, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: egress}}
  action: ALLOW
  rules:
  - from: [{source: {namespaces: [mytest]}}]
";
const GATEWAY: &str = "outbound|80||egress.istio-system.svc.cluster.local";

fn asked(sources: &str, client: Option<QueryClient>, log: &str) -> ReplayResponse {
    let (sources, logs) = (vec![Source::text("mesh.yaml", sources)], vec![AccessLog::new("log", log, client)]);
    replay(&ReplayRequest { sources, logs, format: Some(ReplayFormat::Text), ..ReplayRequest::default() }).unwrap()
}

/// The result of one line, and the reason.
fn result(sources: &str, client: &str, line: &str) -> (ReplayResult, String) {
    let response = asked(sources, Some(client.parse().unwrap()), line);
    assert!(response.ok, "{:?}", response.diagnostics);
    let row = response.rows.first().unwrap_or_else(|| panic!("no row: {line}"));
    (row.result, row.reason.clone())
}

/// A line for an HTTP request to port 80: the end of the proxy's work, and where it was sent.
fn http(host: &str, end: &str, upstream: &str, cluster: &str, route: &str) -> String {
    format!(
        "[2026-11-29T15:40:09.127Z] \"GET / HTTP/1.1\" {end} \"-\" 0 355 61 58 \"-\" \"curl/7.88.1\" \"136e4c0b\" \"{host}\" \
         \"{upstream}\" {cluster} 10.1.0.2:48132 198.51.100.3:80 10.1.0.2:55972 - {route}"
    )
}

/// A line for a connection: flags, why it was closed, the bytes that came back, and where it was sent.
fn connection(flags: &str, end: &str, bytes: u32, place: &str, name: &str) -> String {
    let (port, upstream, cluster) = {
        let mut parts = place.split(' ');
        (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
    };
    format!(
        "[2026-11-29T15:40:09.278Z] \"- - -\" 0 {flags} - {end} \"-\" 777 {bytes} 58 - \"-\" \"-\" \"-\" \"-\" \"{upstream}\" \
         {cluster} 10.1.0.2:42762 198.51.100.2:{port} 10.1.0.2:41188 {name} -"
    )
}

fn is(found: &(ReplayResult, String), wanted: ReplayResult, line: &str) {
    assert_eq!(found.0, wanted, "{} for {line}", found.1);
}

use ReplayResult::{Agree, Differ, LeftOut, Unknown};

#[test]
fn what_a_sidecar_did_with_http() {
    let web = "outbound|80||web.example";
    for (line, wanted) in [
        // The status of an external host is not compared.
        (http("web.example", "200 - via_upstream -", "93.184.216.34:80", web, "default"), Agree),
        (http("web.example", "503 - via_upstream -", "93.184.216.34:80", web, "default"), Agree),
        // It may be the host's fault.
        (
            http(
                "web.example",
                "503 UF upstream_reset_before_response_started{connection_failure} -",
                "93.184.216.34:80",
                web,
                "default",
            ),
            Unknown,
        ),
        (http("web.example", "503 UH no_healthy_upstream -", "-", web, "default"), Unknown),
        (
            http(
                "web.example",
                "503 UC upstream_reset_before_response_started{connection_termination} -",
                "93.184.216.34:80",
                web,
                "default",
            ),
            Unknown,
        ),
        (http("web.example", "0 DC downstream_remote_disconnect -", "93.184.216.34:80", web, "default"), Unknown),
        // Something else decided.
        (http("web.example", "502 - direct_response -", "-", "-", "block_all"), Differ),
        (http("web.example", "404 NR route_not_found -", "-", "-", "-"), Differ),
        (http("web.example", "403 UAEX ext_authz_denied -", "-", web, "default"), Differ),
        (http("web.example", "200 - via_upstream -", "93.184.216.34:80", "PassthroughCluster", "allow_any"), Differ),
        (
            http("web.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|443||web.example", "default"),
            Differ,
        ),
        (http("web.example", "200 - via_upstream -", "93.184.216.34:80", web, "canary"), Differ),
        (http("web.example", "200 - via_upstream -", "93.184.216.34:80", "custom", "default"), Unknown),
        (http("web.example", "400 - missing_host_header -", "-", "-", "-"), Unknown),
        // Blocked.
        (http("none.example", "502 - direct_response -", "-", "-", "block_all"), Agree),
        (http("none.example", "403 - direct_response -", "-", "-", "block_all"), Differ),
        (http("none.example", "502 - direct_response -", "-", "-", "deny"), Differ),
        (http("none.example", "404 NR route_not_found -", "-", "-", "-"), Differ),
        (http("none.example", "200 - via_upstream -", "93.184.216.34:80", "PassthroughCluster", "allow_any"), Differ),
        (
            http("none.example", "503 UF upstream_reset -", "93.184.216.34:80", "PassthroughCluster", "allow_any"),
            Differ,
        ),
        // A host without endpoints.
        (http("hollow.example", "503 UH no_healthy_upstream -", "-", "outbound|80||hollow.example", "default"), Agree),
        (
            http(
                "hollow.example",
                "200 - via_upstream -",
                "93.184.216.34:80",
                "outbound|80||hollow.example",
                "default",
            ),
            Differ,
        ),
        (
            http(
                "hollow.example",
                "503 UF upstream_reset -",
                "93.184.216.34:80",
                "outbound|80||hollow.example",
                "default",
            ),
            Differ,
        ),
        (http("hollow.example", "502 - direct_response -", "-", "-", "block_all"), Differ),
    ] {
        is(&result(MESH, "mytest,app=a", &line), wanted, &line);
    }
}

#[test]
fn what_a_sidecar_did_with_connections() {
    let web = "443 93.184.216.34:443 outbound|443||web.example";
    for (line, wanted) in [
        (connection("-", "-", 1784, web, "web.example"), Agree),
        (connection("UF,URX", "-", 0, web, "web.example"), Unknown),
        (connection("UH", "-", 0, "443 - BlackHoleCluster", "web.example"), Differ),
        (connection("-", "-", 1784, "443 93.184.216.34:443 PassthroughCluster", "web.example"), Differ),
        (connection("UH", "-", 0, "443 - BlackHoleCluster", "none.example"), Agree),
        (connection("-", "-", 9, "443 93.184.216.34:443 PassthroughCluster", "none.example"), Differ),
        (connection("UH", "-", 0, "443 - outbound|443||hollow.example", "hollow.example"), Agree),
        // Without a name, the cluster or the address says what was requested.
        (connection("-", "-", 60, "5432 93.184.216.35:5432 outbound|5432||db.example", "-"), Agree),
        (connection("UH", "-", 0, "9999 - BlackHoleCluster", "-"), Agree),
        (connection("-", "-", 9, "9999 93.184.216.34:9999 PassthroughCluster", "-"), Differ),
        // The listener for inbound connections writes such lines, too.
        (connection("NR", "-", 0, "9999 - -", "-"), Unknown),
    ] {
        is(&result(MESH, "mytest,app=a", &line), wanted, &line);
    }
}

#[test]
fn a_sidecars_line_does_not_show_what_a_gateway_did() {
    for (client, end, wanted) in [
        ("mytest,app=a", "200 - via_upstream -", Agree),
        ("mytest,app=a", "302 - via_upstream -", Agree),
        // The gateway or the host.
        ("mytest,app=a", "403 - via_upstream -", Unknown),
        ("mytest,app=a", "503 - via_upstream -", Unknown),
        ("other,app=a", "403 - via_upstream -", Agree),
        ("other,app=a", "200 - via_upstream -", Differ),
        ("other,app=a", "404 - via_upstream -", Differ),
    ] {
        // Both namespaces see the host.
        let mesh = MESH.replace("name: far, namespace: mytest", "name: far, namespace: istio-system");
        let line = http("far.example", end, "10.1.0.1:8080", GATEWAY, "to-gateway");
        is(&result(&mesh, client, &line), wanted, &line);
        // gRPC has its status in the trailers.
        let line = line.replace("GET / HTTP/1.1", "POST /a.v1.Echo/Say HTTP/2");
        let wanted = if client.starts_with("other") && end.starts_with("403") { Agree } else { Unknown };
        is(&result(&mesh, client, &line), wanted, &line);
    }
}

#[test]
fn the_log_of_a_gateway_is_compared_with_what_the_gateway_does() {
    let out = "outbound|80||far.example";
    let denied = "403 - rbac_access_denied_matched_policy[none] -";
    for (client, end, cluster, wanted) in [
        ("mytest", "200 - via_upstream -", out, Agree),
        ("mytest", "403 - via_upstream -", out, Agree),
        ("mytest", denied, out, Differ),
        ("other", denied, out, Agree),
        ("other", "200 - via_upstream -", out, Differ),
        ("mytest", "404 NR route_not_found -", "-", Differ),
    ] {
        let mut from: QueryClient = client.parse().unwrap();
        from.path = ClientPath::Direct;
        from.gateway = Some("egress".to_owned());
        let upstream = if end.contains("via_upstream") { "93.184.216.34:80" } else { "-" };
        let line = http("far.example", end, upstream, cluster, "out")
            .replace("198.51.100.3:80", "10.1.0.1:8080")
            .replace(" - out", " far.example out");
        let response = asked(MESH, Some(from), &line);
        let row = response.rows.first().unwrap();
        is(&(row.result, row.reason.clone()), wanted, &line);
    }
}

/// The client dials the gateway, and its `Host` names the host behind it, on the usual port as on any other.
#[test]
fn the_log_of_a_gateway_that_reads_plain_http_names_the_host_behind_it() {
    for (port, authority) in [(80, "far.example"), (80, "far.example:80"), (8080, "far.example")] {
        let mesh = MESH
            .replace(
                "{port: 80, targetPort: 8080, class: http}",
                &format!("{{port: {port}, targetPort: 8080, class: http}}"),
            )
            .replace(
                "number: 80, name: https-mesh, protocol: HTTPS",
                &format!("number: {port}, name: http, protocol: HTTP"),
            )
            .replace("    tls: {mode: ISTIO_MUTUAL}\n", "")
            .replace("tls: {mode: ISTIO_MUTUAL, sni: far.example}", "tls: {mode: DISABLE}")
            .replace("svc.cluster.local, port: {number: 80}", &format!("svc.cluster.local, port: {{number: {port}}}"))
            .replace(
                "gateways: [istio-system/egress], port: 80",
                &format!("gateways: [istio-system/egress], port: {port}"),
            )
            .replace("- from: [{source: {namespaces: [mytest]}}]", "- {}");
        let (cluster, served) = ("outbound|80||far.example", "200 - via_upstream -");
        for (end, upstream, cluster, wanted) in
            [(served, "93.184.216.34:80", cluster, Agree), ("404 NR route_not_found -", "-", "-", Differ)]
        {
            let line = http(authority, end, upstream, cluster, "out").replace("198.51.100.3:80", "10.1.0.1:8080");
            let mut from: QueryClient = "mytest".parse().unwrap();
            from.path = ClientPath::Direct;
            from.gateway = Some("egress".to_owned());
            let response = asked(&mesh, Some(from), &line);
            let row = response.rows.first().unwrap();
            is(&(row.result, row.reason.clone()), wanted, &line);
        }
    }
}

/// A line has the version of HTTP, and HTTP/2 has other rules than HTTP/1.
#[test]
fn a_line_of_http_2_is_evaluated_as_one() {
    let line = |protocol: &str, end: &str, cluster: &str| {
        http("web.example", end, "198.51.100.3:80", cluster, "default")
            .replace("GET / HTTP/1.1", &format!("FOO / {protocol}"))
    };
    let (sent, out) = ("200 - via_upstream -", "outbound|80||web.example");
    is(&result(MESH, "mytest", &line("HTTP/2", sent, out)), Agree, "a codec of HTTP/2 knows every method");
    is(&result(MESH, "mytest", &line("HTTP/1.1", sent, out)), Differ, "a codec of HTTP/1 does not");
}

/// A gateway's line has a port of its pods: which port of the Service leads there decides, and not which server listens.
#[test]
fn a_port_to_which_no_service_port_leads_is_left_out() {
    let mut from: QueryClient = "mytest".parse().unwrap();
    from.path = ClientPath::Direct;
    from.gateway = Some("egress".to_owned());
    for (port, wanted) in [(8080, Agree), (8081, LeftOut)] {
        let line = http("far.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|80||far.example", "out")
            .replace("198.51.100.3:80", &format!("10.1.0.1:{port}"))
            .replace(" - out", " far.example out");
        let response = asked(MESH, Some(from.clone()), &line);
        let row = response.rows.first().map(|row| (row.result, row.reason.clone()));
        let row = row.unwrap_or_else(|| (response.reasons[0].result, response.reasons[0].reason.clone()));
        is(&row, wanted, &line);
        assert_eq!(row.1.contains("no port of the gateway's Service"), port == 8081, "{}", row.1);
    }
}

/// A gateway that reads HTTP answers the client's TLS in plain text: bytes come back, and the client's handshake fails.
#[test]
fn bytes_of_a_gateway_that_refuses_them_are_no_answer_of_the_host() {
    let to_gateway = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: tls, namespace: mytest}
spec:
  hosts: [web.example]
  tls:
  - match: [{port: 443, sniHosts: [web.example]}]
    route: [{destination: {host: egress.istio-system.svc.cluster.local, port: {number: 80}}}]
";
    let place = "443 10.1.0.1:8080 outbound|80||egress.istio-system.svc.cluster.local";
    let line = connection("-", "-", 120, place, "web.example");
    is(&result(&format!("{MESH}{to_gateway}"), "mytest", &line), Agree, &line);
}

#[test]
fn what_the_line_does_not_contain_is_no_difference() {
    let by_header = "
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: mytest}
spec:
  hosts: [web.example]
  http:
  - match: [{headers: {x-canary: {exact: 'yes'}}}]
    name: canary
    route: [{destination: {host: web.example, port: {number: 443}}}]
  - name: rest
    route: [{destination: {host: web.example, port: {number: 80}}}]
";
    let mesh = format!("{MESH}{by_header}");
    let line = |port, route| {
        http("web.example", "200 - via_upstream -", "93.184.216.34:80", &format!("outbound|{port}||web.example"), route)
    };
    is(&result(&mesh, "mytest", &line(80, "rest")), Agree, "without the header");
    let (found, reason) = result(&mesh, "mytest", &line(443, "canary"));
    assert_eq!(found, Unknown);
    assert!(reason.contains("VirtualService mytest/web matches headers"), "{reason}");
    // The same without the match differs.
    let without =
        mesh.replace("- match: [{headers: {x-canary: {exact: 'yes'}}}]", "- match: [{uri: {exact: /canary}}]");
    is(&result(&without, "mytest", &line(443, "canary")), Differ, "without a match of headers");

    let rewritten = by_header
        .replace("- match: [{headers: {x-canary: {exact: 'yes'}}}]", "- rewrite: {authority: back.example}")
        .replace("    name: canary", "    name: rewritten");
    let mesh = format!("{MESH}{rewritten}");
    let line =
        http("back.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|443||web.example", "rewritten");
    let (found, reason) = result(&mesh, "mytest", &line);
    assert_eq!(found, Unknown);
    assert!(reason.contains("writes `Host`"), "{reason}");
}

#[test]
fn an_unknown_verdict_is_no_difference() {
    let mesh = MESH.replace("  outboundTrafficPolicy: REGISTRY_ONLY\n", "");
    let line = http("none.example", "502 - direct_response -", "-", "-", "block_all");
    let (found, reason) = result(&mesh, "mytest", &line);
    assert_eq!(found, Unknown);
    assert!(reason.contains("outboundTrafficPolicy"), "{reason}");
}

#[test]
fn what_is_no_request_that_leaves_is_left_out() {
    let web = http("web.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|80||web.example", "default");
    let inbound = web.replace("outbound|80||web.example", "inbound|8080||");
    let service =
        http("shop", "200 - via_upstream -", "10.1.0.9:80", "outbound|80||shop.mytest.svc.cluster.local", "default");
    for (line, wanted) in [
        (inbound.as_str(), "inbound"),
        (&web.replace("outbound|80||web.example", "InboundPassthroughCluster"), "inbound"),
        (
            &web.replace("outbound|80||web.example", "BlackHoleCluster").replace("198.51.100.3:80", "10.1.0.2:15006"),
            "inbound",
        ),
        (&web.replace("outbound|80||web.example", "agent").replace("198.51.100.3:80", "10.1.0.2:15021"), "readiness"),
        (&service, "Service of the cluster"),
        (&web.replace("HTTP/1.1", "HTTP/1.0"), "HTTP/1.0"),
        (&web.replace("GET /", "CONNECT -"), "CONNECT"),
        (&web.replace("GET / HTTP/1.1\" 200 -", "- - HTTP/1.1\" 400 DPE"), "did not read a whole request"),
        (&web.replace("\"web.example\"", "\"web example\""), "host that is not valid"),
        (web.split_at(web.len() / 2).0, "not a whole line"),
        (web.split_at(web.len() / 2).1, "not a whole line"),
        ("2026-11-29T15:40:09.127Z info xdsproxy connected to upstream XDS server", "not a whole line"),
        ("{}", "not a whole line"),
        ("{\"level\": \"info\", \"msg\": \"hello\"}", "not a whole line"),
        ("{\"authority\": {}}", "not a whole line"),
        ("{\"log\": \"{\\\"log\\\": \\\"{}\\\"}\"}", "not a whole line"),
    ] {
        let (found, reason) = result(MESH, "mytest", line);
        assert_eq!(found, LeftOut, "{line}");
        assert!(reason.contains(wanted), "{reason} for {line}");
    }
}

/// A DestinationRule begins TLS with the host, and the client has begun its own.
#[test]
fn what_the_host_refuses_is_not_in_the_line() {
    let twice = "
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: mytest}
spec: {host: web.example, trafficPolicy: {tls: {mode: SIMPLE, sni: web.example}}}
";
    let line = connection("-", "-", 7, "443 93.184.216.34:443 outbound|443||web.example", "web.example");
    is(&result(&format!("{MESH}{twice}"), "mytest,app=a", &line), Unknown, &line);
    is(&result(MESH, "mytest,app=a", &line), Agree, &line);
}

/// The client names one host and dials the address of another one, which has a listener of its own.
#[test]
fn the_address_that_is_dialled_may_decide() {
    let fixed = "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: fixed, namespace: mytest}
spec:
  hosts: [fixed.example]
  addresses: [198.51.100.3]
  resolution: STATIC
  endpoints: [{address: 93.184.216.36}]
  ports: [{number: 80, name: any}]
";
    let mesh = format!("{MESH}{fixed}");
    let line = |cluster: &str| http("none.example", "200 - via_upstream -", "93.184.216.36:80", cluster, "default");
    let (to_fixed, to_web) = (line("outbound|80||fixed.example"), line("outbound|80||web.example"));
    let found = result(&mesh, "mytest,app=a", &to_fixed);
    assert_ne!(found.0, Differ, "{}", found.1);
    is(&result(MESH, "mytest,app=a", &to_fixed), Differ, "without the entry");
    is(&result(MESH, "mytest,app=a", &to_web), Differ, "another host");
}

#[test]
fn a_log_without_a_client_needs_one_in_each_line() {
    let line = http("web.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|80||web.example", "default");
    let response = asked(MESH, None, &line);
    assert_eq!((response.left_out, response.agree), (1, 0));
    let shipped = |namespace: &str| {
        let kubernetes =
            serde_json::json!({"namespace_name": namespace, "labels": {"app": "a"}, "container_name": "istio-proxy"});
        serde_json::json!({"log": line, "kubernetes": kubernetes}).to_string()
    };
    let response = asked(MESH, None, &format!("{}\n{}\n", shipped("mytest"), shipped("no namespace")));
    assert_eq!((response.left_out, response.agree), (1, 1));
    let trace = response.rows.first().and_then(|row| row.trace.clone()).unwrap();
    assert_eq!(trace.query.from, "mytest,app=a".parse().unwrap());
}

#[test]
fn a_client_that_cannot_be_is_a_wrong_call() {
    let mut direct: QueryClient = "mytest".parse().unwrap();
    direct.path = ClientPath::Direct;
    let mut unknown = direct.clone();
    unknown.gateway = Some("none".to_owned());
    let mut ambient: QueryClient = "mytest".parse().unwrap();
    ambient.path = ClientPath::Ambient;
    for (client, wanted) in [
        (QueryClient::in_namespace("My Test"), "not a valid namespace"),
        (direct, "client.gateway"),
        (unknown, "no document describes a gateway named `none`"),
        (ambient, "only sidecars and gateways"),
    ] {
        let (sources, logs) = (vec![Source::text("mesh.yaml", MESH)], vec![AccessLog::new("log", "", client)]);
        let error = replay(&ReplayRequest { sources, logs, ..ReplayRequest::default() }).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

/// Whatever pieces a log comes in, and whatever is between its lines, each line is counted once, and nothing in it reaches
/// a terminal.
#[test]
fn a_hostile_log_is_data() {
    let good = http("web.example", "200 - via_upstream -", "93.184.216.34:80", "outbound|80||web.example", "default");
    let steering = good.replace("GET / ", "GET /\u{1b}[2J\u{202e}ü ");
    let in_json = serde_json::json!({
        "authority": "none.example", "method": "GET", "path": "/", "protocol": "HTTP/1.1", "response_code": 200,
        "response_code_details": "via_upstream", "upstream_cluster": "outbound|80||x\u{1b}]0;owned\u{7}\u{202e}",
        "route_name": "a\nb", "downstream_local_address": "10.9.9.9:80", "unknown": {"deep": [[[[]]]]},
    });
    let mut log: Vec<u8> = Vec::new();
    for part in [
        good.as_bytes(),
        b"\r\n",
        b"\xff\xfe\x00binary\n",
        steering.as_bytes(),
        b"\n\n",
        in_json.to_string().as_bytes(),
        b"\n",
        &vec![b'['; 70_000],
        b"\n",
        &vec![b'{'; 60_000],
        b"\n",
        b"[2026-11-29T15:40:09.127Z] \"GET / HT",
    ] {
        log.extend_from_slice(part);
    }
    let workspace = Workspace::load(&[Source::text("mesh.yaml", MESH)]);
    let client: QueryClient = "mytest,app=a".parse().unwrap();
    let mut texts = Vec::new();
    for size in [1, 5, 4096, log.len()] {
        let mut replay = workspace.replay(Some(10));
        replay.begin("log\u{1b}", Some(&client)).unwrap();
        log.chunks(size).for_each(|piece| replay.read(piece));
        let response = replay.end(Some(ReplayFormat::Text));
        assert_eq!((response.agree, response.differ, response.unknown, response.left_out), (1, 1, 0, 5), "{size}");
        texts.push(response.text.unwrap());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    let steers = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
    assert_eq!(texts.first().unwrap().chars().find(steers), None);
}

#[test]
fn memory_is_bounded_by_examples_and_reasons() {
    let mut log = String::new();
    for number in 0..20_000 {
        let route = format!("route-{number}");
        let cluster = format!("custom-{number}");
        let _ = writeln!(log, "{}", http("web.example", "200 - via_upstream -", "93.184.216.34:80", &cluster, &route));
    }
    let response = asked(MESH, Some("mytest".parse().unwrap()), &log);
    assert_eq!(response.unknown, 20_000);
    assert_eq!(response.rows.len(), 5);
    assert!(response.reasons.len() <= 201, "{}", response.reasons.len());
    assert_eq!(response.reasons.iter().map(|reason| reason.lines).sum::<usize>(), 20_000);
}

#[test]
fn a_policy_that_is_refused_compares_nothing() {
    let response = asked("kind: [", Some("mytest".parse().unwrap()), "a line\n");
    assert!(!response.ok);
    assert_eq!(response.left_out, 0);
    assert_eq!(response.diagnostics[0].code, "EGR0101");
}

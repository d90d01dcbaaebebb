//! Clients in ambient mode: which waypoint takes a request, and what that waypoint does with it. What ztunnel does follows
//! from reading its code; what a waypoint does is also compared with Istio's own code, in `tests/mesh`.

use egressc_core::api::{Query, ReachRequest, Source, Trace, TraceRequest, Verdict, reach, trace};

/// Two namespaces in ambient mode, and a waypoint for the entries of `egress`.
const MESH: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {serviceAccountName: cart, containers: [{name: c, image: x}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: plain, labels: {team: web}}
";

const LABELLED: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: egress, labels: {team: net, istio.io/use-waypoint: way}}
";

const UNLABELLED: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: egress, labels: {team: net}}
";

const WAYPOINT: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: way, namespace: egress}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]
";

/// All ports of the entries below.
const PORTS: &str = "ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}, {number: 25, name: tcp, protocol: TCP}, {number: 90, name: x}]";

fn entry(metadata: &str, spec: &str) -> String {
    format!(
        "\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: api, namespace: egress, {metadata}}}\nspec: {{hosts: [api.example.com], {PORTS}, resolution: DNS{spec}}}\n"
    )
}

fn object(api: &str, kind: &str, namespace: &str, spec: &str) -> String {
    format!("\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: own, namespace: {namespace}}}\nspec: {{{spec}}}\n")
}

fn policy(namespace: &str, spec: &str) -> String {
    object("security.istio.io/v1", "AuthorizationPolicy", namespace, spec)
}

fn networking(kind: &str, namespace: &str, spec: &str) -> String {
    object("networking.istio.io/v1", kind, namespace, spec)
}

fn traced(documents: &[&str], question: &str) -> Trace {
    traced_with(documents, question, None)
}

fn traced_with(documents: &[&str], question: &str, header: Option<(&str, &str)>) -> Trace {
    let sources = documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
    let mut query: Query = question.parse().unwrap();
    query.to.headers.extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let response = trace(&TraceRequest { sources, query: Some(query), ..TraceRequest::default() }).unwrap();
    assert!(response.diagnostics.iter().all(|found| found.code != "EGR0615"), "{:#?}", response.diagnostics);
    response.trace.unwrap_or_else(|| panic!("{:#?}", response.diagnostics))
}

/// `via` is in it where the request passes the waypoint.
fn short(trace: &Trace) -> String {
    let via = if trace.gateway.is_some() { " via" } else { "" };
    let tls = |tls: bool| if tls { " tls" } else { "" };
    match (trace.verdict, &trace.reached) {
        (Verdict::Unknown, _) => "unknown".to_owned(),
        (Verdict::Blocked, _) => match trace.status {
            Some(status) => format!("{status}{via}"),
            None => format!("closed{via}"),
        },
        (verdict, Some(reached)) => {
            let verdict = if verdict == Verdict::Allowed { "ok" } else { "diverted" };
            format!("{verdict}{via} {}:{}{}", reached.host, reached.port, tls(reached.tls))
        }
        (_, None) => "odd".to_owned(),
    }
}

fn asked(documents: &[&str], url: &str) -> String {
    short(&traced(documents, &format!("shop,app=cart -> {url}")))
}

/// HTTP, TLS and TCP to the host, with a waypoint and more objects.
fn at_waypoint(more: &str) -> [String; 3] {
    let entry = entry("", "");
    ["http://api.example.com", "https://api.example.com", "tcp://api.example.com:25"]
        .map(|url| asked(&[MESH, LABELLED, WAYPOINT, &entry, more], url))
}

const THROUGH: [&str; 3] = ["ok via api.example.com:80", "ok via api.example.com:443 tls", "ok via api.example.com:25"];

#[test]
fn labels_bind_a_service_to_a_waypoint() {
    let straight = "ok api.example.com:80";
    let through = "ok via api.example.com:80";
    let of_plain = "labels: {istio.io/use-waypoint: way, istio.io/use-waypoint-namespace: egress}";
    let in_plain = entry(of_plain, "").replace("namespace: egress,", "namespace: plain,");
    let labels = |text: &str| entry(&format!("labels: {{{text}}}"), "");
    let allowing = |from: &str| {
        WAYPOINT.replace("protocol: HBONE", &format!("protocol: HBONE, allowedRoutes: {{namespaces: {{{from}}}}}"))
    };
    let class =
        |class: &str| WAYPOINT.replace("gatewayClassName: istio-waypoint", &format!("gatewayClassName: {class}"));
    let traffic =
        |kind: &str| WAYPOINT.replace("name: way,", &format!("name: way, labels: {{istio.io/waypoint-for: {kind}}},"));
    let status = |status: &str| format!("{WAYPOINT}status: {{{status}}}\n");
    let rows: [(&str, &str, String, String, &str); 21] = [
        ("no label", UNLABELLED, WAYPOINT.to_owned(), labels(""), straight),
        ("of the entry", UNLABELLED, WAYPOINT.to_owned(), labels("istio.io/use-waypoint: way"), through),
        ("of the namespace", LABELLED, WAYPOINT.to_owned(), labels(""), through),
        ("none wins", LABELLED, WAYPOINT.to_owned(), labels("istio.io/use-waypoint: none"), straight),
        ("a canary", LABELLED, WAYPOINT.to_owned(), labels("istio.io/use-waypoint-canary: way"), "unknown"),
        ("for workloads", LABELLED, traffic("workload"), labels(""), straight),
        ("for nothing", LABELLED, traffic("none"), labels(""), straight),
        ("for all", LABELLED, traffic("all"), labels(""), through),
        ("another class", LABELLED, class("istio-agentgateway-waypoint"), labels(""), "unknown"),
        ("no waypoint's class", LABELLED, class("istio"), labels(""), "unknown"),
        ("another namespace", UNLABELLED, WAYPOINT.to_owned(), in_plain.clone(), straight),
        ("that is allowed", UNLABELLED, allowing("from: All"), in_plain.clone(), through),
        (
            "by its label",
            UNLABELLED,
            allowing("from: Selector, selector: {matchLabels: {team: web}}"),
            in_plain.clone(),
            through,
        ),
        (
            "by another one",
            UNLABELLED,
            allowing("from: Selector, selector: {matchLabels: {team: net}}"),
            in_plain.clone(),
            straight,
        ),
        (
            "by an expression",
            UNLABELLED,
            allowing("from: Selector, selector: {matchExpressions: [{key: team, operator: Exists}]}"),
            in_plain.clone(),
            through,
        ),
        (
            "by another expression",
            UNLABELLED,
            allowing("from: Selector, selector: {matchExpressions: [{key: team, operator: NotIn, values: [web]}]}"),
            in_plain.clone(),
            straight,
        ),
        (
            "in odd words",
            UNLABELLED,
            allowing("from: Selector, selector: {matchExpressions: [{key: team, operator: Near}]}"),
            in_plain,
            "unknown",
        ),
        (
            "is ready",
            LABELLED,
            status("addresses: [{type: Hostname, value: way.egress.svc.cluster.local}]"),
            labels(""),
            through,
        ),
        ("is not ready", LABELLED, status("conditions: []"), labels(""), "unknown"),
        ("not given", LABELLED, String::new(), labels(""), "unknown"),
        ("namespace not given", "", WAYPOINT.to_owned(), labels(""), "unknown"),
    ];
    for (what, namespace, waypoint, entry, expected) in rows {
        let documents = [MESH, namespace, &waypoint, &entry];
        let found = traced(&documents, "shop,app=cart -> http://api.example.com");
        assert_eq!(short(&found), expected, "{what}: {found:#?}");
    }
}

/// `gatewayToWaypointTransform`, `getGatewayOrGatewayClassAnnotation`.
#[test]
fn a_class_says_what_its_waypoints_do_not() {
    let class = |metadata: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: istio-waypoint, {metadata}}}\nspec: {{controllerName: istio.io/mesh-controller}}\n"
        )
    };
    let for_service = WAYPOINT.replace("name: way,", "name: way, labels: {istio.io/waypoint-for: service},");
    let straight = "ok api.example.com:80";
    for (what, class, waypoint, expected) in [
        ("nothing", class(""), WAYPOINT, THROUGH[0]),
        ("workloads", class("labels: {istio.io/waypoint-for: workload}"), WAYPOINT, straight),
        ("nothing at all", class("labels: {istio.io/waypoint-for: none}"), WAYPOINT, straight),
        ("all", class("labels: {istio.io/waypoint-for: all}"), WAYPOINT, THROUGH[0]),
        ("the Gateway wins", class("labels: {istio.io/waypoint-for: none}"), &for_service, THROUGH[0]),
        ("a binding", class("annotations: {ambient.istio.io/waypoint-inbound-binding: PROXY}"), WAYPOINT, "unknown"),
    ] {
        assert_eq!(
            asked(&[MESH, LABELLED, waypoint, &entry("", ""), &class], "http://api.example.com"),
            expected,
            "{what}"
        );
    }
}

/// What an ambient client reaches where its waypoint may not be there: the way is named, and never silent.
#[test]
fn a_waypoint_that_may_be_missing_shows_both_ways() {
    let deny = policy("egress", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]");
    for (waypoint, document) in [
        (String::new(), "Gateway `egress/way` of the Gateway API, with its status"),
        (format!("{WAYPOINT}status: {{conditions: []}}\n"), "Gateway `egress/way` of the Gateway API, with its status"),
        // Nobody may make its pods.
        (
            WAYPOINT.replace("name: way,", "name: way, labels: {istio.io/rev: canary},"),
            "Gateway `egress/way` of the Gateway API, with its status",
        ),
    ] {
        let found =
            traced(&[MESH, LABELLED, &waypoint, &entry("", ""), &deny], "shop,app=cart -> http://api.example.com");
        assert_eq!(found.verdict, Verdict::Unknown);
        let cases: Vec<_> = found.cases.iter().map(|case| (case.conditions.as_slice(), case.verdict)).collect();
        let [(ready, Verdict::Blocked), (missing, Verdict::Allowed)] = cases.as_slice() else { panic!("{cases:#?}") };
        assert_eq!(*ready, ["waypoint `egress/way` is there and ready"]);
        assert_eq!(*missing, ["waypoint `egress/way` is not there, or not ready"]);
        assert_eq!(found.missing, [document]);
    }
    let found = traced(&[MESH, LABELLED, WAYPOINT, &entry("", ""), &deny], "shop,app=cart -> http://api.example.com");
    assert!(found.assumed.iter().any(|text| text.contains("waypoint `egress/way` is taken to be ready")), "{found:#?}");
}

#[test]
fn a_waypoint_applies_the_policies_that_are_attached() {
    const ENTRY: &str = "{group: networking.istio.io, kind: ServiceEntry, name: api}";
    const GATEWAY: &str = "{group: gateway.networking.k8s.io, kind: Gateway, name: way}";
    const CLASS: &str = "{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}";
    let denied = ["403 via", "closed via", "closed via"];
    let rows: [(&str, String, [&str; 3]); 25] = [
        ("none", String::new(), THROUGH),
        // An ALLOW policy without a rule denies everything.
        ("the entry", policy("egress", &format!("targetRefs: [{ENTRY}]")), denied),
        ("in the older form", policy("egress", &format!("targetRef: {ENTRY}")), denied),
        ("the waypoint", policy("egress", &format!("targetRefs: [{GATEWAY}]")), denied),
        ("all waypoints", policy("istio-system", &format!("targetRefs: [{CLASS}]")), denied),
        // Only the root namespace may do that.
        ("a class elsewhere", policy("egress", &format!("targetRefs: [{CLASS}]")), THROUGH),
        ("another namespace's", policy("shop", &format!("targetRefs: [{ENTRY}]")), THROUGH),
        ("a gateway from elsewhere", policy("istio-system", &format!("targetRefs: [{GATEWAY}]")), THROUGH),
        (
            "another entry",
            policy("egress", "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: other}]"),
            THROUGH,
        ),
        ("a Service of its name", policy("egress", "targetRefs: [{group: '', kind: Service, name: api}]"), THROUGH),
        // Waypoints ignore policies without targets (`ShouldAttachPolicy`).
        ("the whole namespace", policy("egress", ""), THROUGH),
        ("the root namespace", policy("istio-system", ""), THROUGH),
        (
            "a selector",
            policy("egress", "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: way}}"),
            THROUGH,
        ),
        ("beside the client", policy("shop", ""), THROUGH),
        // Of the caller: the workload's service account.
        (
            "its account",
            policy(
                "egress",
                &format!(
                    "targetRefs: [{ENTRY}], rules: [{{from: [{{source: {{principals: [cluster.local/ns/shop/sa/cart]}}}}]}}]"
                ),
            ),
            THROUGH,
        ),
        (
            "another account",
            policy(
                "egress",
                &format!(
                    "targetRefs: [{ENTRY}], rules: [{{from: [{{source: {{principals: [cluster.local/ns/shop/sa/other]}}}}]}}]"
                ),
            ),
            denied,
        ),
        (
            "its namespace",
            policy(
                "egress",
                &format!("targetRefs: [{ENTRY}], rules: [{{from: [{{source: {{namespaces: [shop]}}}}]}}]"),
            ),
            THROUGH,
        ),
        (
            "a denied namespace",
            policy(
                "egress",
                &format!(
                    "targetRefs: [{ENTRY}], action: DENY, rules: [{{from: [{{source: {{namespaces: [shop]}}}}]}}]"
                ),
            ),
            denied,
        ),
        // Of the request.
        (
            "a port of the entry",
            policy("egress", &format!("targetRefs: [{ENTRY}], rules: [{{to: [{{operation: {{ports: ['25']}}}}]}}]")),
            ["403 via", "closed via", THROUGH[2]],
        ),
        (
            "a method",
            policy("egress", &format!("targetRefs: [{ENTRY}], rules: [{{to: [{{operation: {{methods: [GET]}}}}]}}]")),
            [THROUGH[0], "closed via", "closed via"],
        ),
        (
            "a denied method",
            policy(
                "egress",
                &format!("targetRefs: [{ENTRY}], action: DENY, rules: [{{to: [{{operation: {{methods: [POST]}}}}]}}]"),
            ),
            [THROUGH[0], "closed via", "closed via"],
        ),
        (
            "a path",
            policy(
                "egress",
                &format!(
                    "targetRefs: [{ENTRY}], action: DENY, rules: [{{to: [{{operation: {{paths: [/admin], ports: ['80']}}}}]}}]"
                ),
            ),
            THROUGH,
        ),
        (
            "a server name",
            policy(
                "egress",
                &format!(
                    "targetRefs: [{ENTRY}], rules: [{{when: [{{key: connection.sni, values: [api.example.com]}}]}}]"
                ),
            ),
            ["403 via", THROUGH[1], "closed via"],
        ),
        (
            "a dry run",
            policy("egress", &format!("targetRefs: [{ENTRY}]"))
                .replace("name: own,", "name: own, annotations: {istio.io/dry-run: 'true'},"),
            THROUGH,
        ),
        (
            "an external service",
            policy("egress", &format!("targetRefs: [{ENTRY}], action: CUSTOM, provider: {{name: x}}, rules: [{{}}]")),
            ["unknown"; 3],
        ),
    ];
    for (what, policy, expected) in rows {
        assert_eq!(at_waypoint(&policy), expected, "{what}\n{policy}");
    }
    // Two ALLOW policies are taken together.
    let both = policy("egress", &format!("targetRefs: [{ENTRY}]"))
        + "---"
        + &policy("egress", &format!("targetRefs: [{GATEWAY}], rules: [{{}}]")).replace("name: own,", "name: two,");
    assert_eq!(at_waypoint(&both), THROUGH);
}

#[test]
fn a_waypoint_uses_virtual_services_of_its_namespace_and_of_the_services() {
    let other = "\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: other, namespace: egress}\nspec: {hosts: [other.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}\n---\n";
    let outside = other.replace("namespace: egress", "namespace: plain");
    let to_other = "http: [{route: [{destination: {host: other.example.com}}]}]";
    let route = |namespace: &str, spec: &str| other.to_owned() + &networking("VirtualService", namespace, spec);
    let diverted = "diverted via other.example.com:80";
    let through = THROUGH[0];
    let hosts = "hosts: [api.example.com]";
    let rows: [(&str, String, &str); 14] = [
        ("of the service's namespace", route("egress", &format!("{hosts}, {to_other}")), diverted),
        ("of another namespace", route("shop", &format!("{hosts}, {to_other}")), through),
        ("of the root namespace", route("istio-system", &format!("{hosts}, {to_other}")), through),
        ("for a gateway", route("egress", &format!("{hosts}, gateways: [egress/g], {to_other}")), through),
        (
            "for mesh and a gateway",
            route("egress", &format!("{hosts}, gateways: [mesh, egress/g], {to_other}")),
            diverted,
        ),
        ("not exported to it", route("egress", &format!("{hosts}, exportTo: [shop], {to_other}")), through),
        ("for a wildcard", route("egress", &format!("hosts: ['*.example.com'], {to_other}")), diverted),
        (
            "by path",
            route(
                "egress",
                &format!(
                    "{hosts}, http: [{{match: [{{uri: {{prefix: /x}}}}], route: [{{destination: {{host: other.example.com}}}}]}}]"
                ),
            ),
            "404 via",
        ),
        // A match with labels is left out; then the service's own route holds.
        (
            "by labels",
            route(
                "egress",
                &format!(
                    "{hosts}, http: [{{match: [{{sourceLabels: {{app: cart}}}}], route: [{{destination: {{host: other.example.com}}}}]}}]"
                ),
            ),
            through,
        ),
        (
            "by labels beside gateways",
            route(
                "egress",
                &format!(
                    "{hosts}, http: [{{match: [{{gateways: [mesh], sourceLabels: {{app: cart}}}}], route: [{{destination: {{host: other.example.com}}}}]}}]"
                ),
            ),
            through,
        ),
        // The namespace that is compared is the waypoint's.
        (
            "by the client's namespace",
            route(
                "egress",
                &format!(
                    "{hosts}, http: [{{match: [{{sourceNamespace: shop}}], route: [{{destination: {{host: other.example.com}}}}]}}]"
                ),
            ),
            through,
        ),
        (
            "by the waypoint's namespace",
            route(
                "egress",
                &format!(
                    "{hosts}, http: [{{match: [{{sourceNamespace: egress}}], route: [{{destination: {{host: other.example.com}}}}]}}]"
                ),
            ),
            diverted,
        ),
        ("an answer", route("egress", &format!("{hosts}, http: [{{directResponse: {{status: 418}}}}]")), "418 via"),
        (
            "to a host without this waypoint",
            outside + &networking("VirtualService", "egress", &format!("{hosts}, {to_other}")),
            diverted,
        ),
    ];
    for (what, more, expected) in rows {
        assert_eq!(at_waypoint(&more)[0], expected, "{what}");
    }
    // So do routes of the Gateway API, which Istio makes VirtualServices of.
    let of_gateway_api = |namespace: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            namespace,
            "parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: api, namespace: egress}], rules: [{matches: [{path: {type: PathPrefix, value: /x}}], backendRefs: [{group: networking.istio.io, kind: Hostname, name: api.example.com, port: 80}]}]",
        )
    };
    assert_eq!(at_waypoint(&of_gateway_api("egress"))[0], "404 via");
    assert_eq!(at_waypoint(&of_gateway_api("shop"))[0], through);
    let two = of_gateway_api("egress") + &route("egress", &format!("{hosts}, {to_other}"));
    assert_eq!(at_waypoint(&two)[0], "unknown");
    // `Host` does not choose a virtual host.
    let entry = entry("", "");
    let documents = [MESH, LABELLED, WAYPOINT, entry.as_str()];
    let found = traced_with(&documents, "shop,app=cart -> http://api.example.com", Some(("host", "free.example.org")));
    assert_eq!(short(&found), THROUGH[0]);
}

#[test]
fn a_waypoint_routes_bytes_without_their_server_name() {
    let other = "\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: other, namespace: egress}\nspec: {hosts: [other.example.com], ports: [{number: 443, name: tls, protocol: TLS}, {number: 25, name: tcp, protocol: TCP}], resolution: DNS}\n---\n";
    let route = |spec: &str| {
        at_waypoint(
            &(other.to_owned() + &networking("VirtualService", "egress", &format!("hosts: ['*.example.com'], {spec}"))),
        )
    };
    let to = "route: [{destination: {host: other.example.com, port: {number: 443}}}]";
    let tls = |name: &str| route(&format!("tls: [{{match: [{{port: 443, sniHosts: [{name}]}}], {to}}}]"));
    assert_eq!(tls("api.example.com"), [THROUGH[0], "diverted via other.example.com:443 tls", THROUGH[2]]);
    assert_eq!(tls("'*.example.com'"), THROUGH);
    assert_eq!(tls("'api.example.com', x.example.com"), THROUGH);
    let tcp = |of: &str| {
        route(&format!(
            "tcp: [{{match: [{{port: 25{of}}}], route: [{{destination: {{host: other.example.com, port: {{number: 25}}}}}}]}}]"
        ))
    };
    assert_eq!(tcp(""), [THROUGH[0], THROUGH[1], "diverted via other.example.com:25"]);
    assert_eq!(tcp(", sourceLabels: {app: cart}"), THROUGH);
    assert_eq!(tcp(", sourceNamespace: egress"), THROUGH);
    assert_eq!(tcp(", gateways: [egress/g]"), THROUGH);
}

/// `getWaypointDestinationCluster`, `filterWaypointOutboundServices`: which cluster a route names, and whether it is there.
#[test]
fn a_waypoint_has_clusters_for_its_own_services_and_for_what_its_services_are_routed_to() {
    let other = |metadata: &str, host: &str| {
        format!(
            "\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{{metadata}}}\nspec: {{hosts: [{host}], {PORTS}, resolution: DNS}}\n---\n"
        )
    };
    let unbound =
        other("name: o, namespace: plain", "o.example.com") + &other("name: z, namespace: plain", "z.example.org");
    let route = |name: &str, host: &str, spec: &str| {
        networking("VirtualService", "egress", &format!("hosts: ['{host}'], {spec}"))
            .replace("name: own,", &format!("name: {name},"))
            + "---\n"
    };
    let http_to = |host: &str| format!("http: [{{route: [{{destination: {{host: {host}, port: {{number: 80}}}}}}]}}]");
    let ask = |more: &str| at_waypoint(&(unbound.clone() + "---\n" + more))[0].clone();
    // Only a VirtualService for exactly the host of a service of the waypoint makes a cluster, whoever sees it.
    let by_wildcard = route("w", "*.example.com", &http_to("o.example.com"));
    assert_eq!(ask(&by_wildcard), "503 via");
    let elsewhere =
        route("v", "api.example.com", &http_to("z.example.org")).replace("namespace: egress", "namespace: plain");
    assert_eq!(ask(&(by_wildcard.clone() + &elsewhere)), "503 via");
    assert_eq!(
        ask(&(by_wildcard.clone() + &elsewhere.replace("z.example.org", "o.example.com"))),
        "diverted via o.example.com:80"
    );
    let mirrored = networking(
        "VirtualService",
        "plain",
        "hosts: [api.example.com], http: [{route: [{destination: {host: z.example.org}}], mirror: {host: o.example.com}}]",
    );
    assert_eq!(ask(&(by_wildcard.clone() + &mirrored)), "unknown");
    // The host of another service of the waypoint does, too.
    let sibling = other("name: s, namespace: egress", "s.example.net");
    let of_sibling = route("s", "s.example.net", &http_to("o.example.com"));
    assert_eq!(ask(&(by_wildcard + &sibling + &of_sibling)), "diverted via o.example.com:80");
    // A port of another protocol has a cluster of that protocol.
    let to_tls = route("t", "api.example.com", &http_to("api.example.com").replace("80", "443"));
    assert_eq!(at_waypoint(&to_tls)[0], "diverted via api.example.com:443");
    let upgraded = networking(
        "DestinationRule",
        "egress",
        "host: api.example.com, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]}",
    );
    assert_eq!(at_waypoint(&(to_tls + "---\n" + &upgraded))[0], "ok via api.example.com:443 tls");
    let to_none = route("none", "api.example.com", &http_to("api.example.com").replace("80", "81"));
    assert_eq!(at_waypoint(&to_none)[0], "503 via");
    // A service that the waypoint's namespace does not see is taken for one of HTTP.
    let hidden = entry("", ", exportTo: [shop]");
    let l4 = |kind: &str, matched: &str, port: u16| {
        format!(
            "{kind}: [{{match: [{{port: {port}{matched}}}], route: [{{destination: {{host: api.example.com, port: {{number: {port}}}}}}}]}}]"
        )
    };
    let of_tls = route("h", "api.example.com", &l4("tls", ", sniHosts: [api.example.com]", 443));
    let of_tcp = route("h", "api.example.com", &l4("tcp", "", 25));
    let of_any = route("h", "api.example.com", &l4("tcp", "", 90));
    for (entry, tls, tcp, any) in [
        (&hidden, "closed via", "closed via", "ok via api.example.com:90 tls"),
        (&entry("", ""), THROUGH[1], THROUGH[2], "ok via api.example.com:90 tls"),
    ] {
        let of = |more: &str, url: &str| asked(&[MESH, LABELLED, WAYPOINT, entry, more], url);
        assert_eq!(of(&of_tls, "https://api.example.com"), tls);
        assert_eq!(of(&of_tcp, "tcp://api.example.com:25"), tcp);
        assert_eq!(of(&of_any, "https://api.example.com:90"), any);
        assert_eq!(of("", "https://api.example.com"), THROUGH[1]);
    }
}

/// `findWaypointResources`: a waypoint keeps one service for each host.
#[test]
fn two_entries_for_one_host_at_one_waypoint_are_unknown() {
    let all = WAYPOINT.replace("protocol: HBONE", "protocol: HBONE, allowedRoutes: {namespaces: {from: All}}");
    let labels = "labels: {istio.io/use-waypoint: way, istio.io/use-waypoint-namespace: egress}";
    let in_namespace = |namespace: &str, labels: &str| {
        entry(labels, "").replace("namespace: egress,", &format!("namespace: {namespace},"))
    };
    let (of_shop, of_plain) = (in_namespace("shop", labels), in_namespace("plain", labels));
    assert_eq!(asked(&[MESH, &all, &of_shop], "http://api.example.com"), THROUGH[0]);
    assert_eq!(asked(&[MESH, &all, &of_shop, &of_plain], "http://api.example.com"), "unknown");
    // One that is bound to no waypoint, or to another one, does not matter.
    assert_eq!(asked(&[MESH, &all, &of_shop, &in_namespace("plain", "")], "http://api.example.com"), THROUGH[0]);
    // A route to such a host leads to the bound entry, whichever the waypoint's namespace sees.
    let bound = in_namespace("plain", labels)
        .replace("api.example.com", "db.example.com")
        .replace("resolution: DNS", "resolution: DNS, endpoints: [{address: back.example.net}]");
    let seen = in_namespace("egress", "").replace("api.example.com", "db.example.com");
    let route = networking(
        "VirtualService",
        "egress",
        "hosts: [api.example.com], http: [{route: [{destination: {host: db.example.com, port: {number: 80}}}]}]",
    );
    assert_eq!(
        asked(&[MESH, UNLABELLED, &all, &of_shop, &bound, &seen, &route], "http://api.example.com"),
        "diverted via back.example.net:80"
    );
}

/// `convertTLSRoute` writes no match where nothing has a weight, and `getTLSRouteMatch` takes that for every connection.
#[test]
fn a_tls_route_without_a_destination_closes_connections_at_a_waypoint() {
    let route = |backends: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "TLSRoute",
            "egress",
            &format!(
                "parentRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: api}}], hostnames: [api.example.com], rules: [{{backendRefs: [{backends}]}}]"
            ),
        )
    };
    let backend = |weight: u8| {
        format!("{{group: networking.istio.io, kind: Hostname, name: api.example.com, port: 443, weight: {weight}}}")
    };
    assert_eq!(at_waypoint(&route(&backend(1)))[1], THROUGH[1]);
    assert_eq!(at_waypoint(&route(&backend(0)))[1], "closed via");
    assert_eq!(at_waypoint(&route(""))[1], "closed via");
}

#[test]
fn a_waypoint_begins_tls_as_destination_rules_say() {
    let rule = |namespace: &str, host: &str, policy: &str| {
        networking("DestinationRule", namespace, &format!("host: {host}, trafficPolicy: {{{policy}}}"))
    };
    let tls = "ok via api.example.com:80 tls";
    let plain = THROUGH[0];
    let simple = "tls: {mode: SIMPLE, sni: api.example.com}";
    let rows = [
        ("of the namespace", rule("egress", "api.example.com", simple), tls),
        ("of the client's namespace", rule("shop", "api.example.com", simple), plain),
        ("of the root namespace", rule("istio-system", "api.example.com", simple), tls),
        ("for a wildcard", rule("egress", "'*.example.com'", simple), tls),
        (
            "for a port",
            rule("egress", "api.example.com", "portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]"),
            tls,
        ),
        (
            "for another port",
            rule("egress", "api.example.com", "portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]"),
            plain,
        ),
        // A waypoint knows no such mode (`buildWaypointTLSContext`), and no selector.
        ("of the mesh", rule("egress", "api.example.com", "tls: {mode: ISTIO_MUTUAL}"), plain),
        (
            "for workloads",
            rule("egress", "api.example.com", simple)
                .replace("host:", "workloadSelector: {matchLabels: {a: b}}, host:"),
            plain,
        ),
    ];
    for (what, rule, expected) in &rows {
        assert_eq!(at_waypoint(rule)[0], *expected, "{what}\n{rule}");
    }
    // What is not exported to the waypoint's namespace has no DestinationRule there.
    let hidden = entry("", ", exportTo: [shop]");
    let documents = [MESH, LABELLED, WAYPOINT, hidden.as_str(), rows[0].1.as_str()];
    assert_eq!(asked(&documents, "http://api.example.com"), plain);
}

#[test]
fn a_waypoint_has_a_chain_for_each_port_of_an_entry() {
    let of = |spec: &str, url: &str| asked(&[MESH, LABELLED, WAYPOINT, &entry("", spec)], url);
    assert_eq!(of("", "http://api.example.com:8080"), "closed via");
    assert_eq!(of("", "https://api.example.com:80"), "closed via");
    assert_eq!(of("", "http://api.example.com:25"), "ok via api.example.com:25");
    assert_eq!(of("", "http://api.example.com:90"), "ok via api.example.com:90");
    assert_eq!(of("", "https://api.example.com:90"), "ok via api.example.com:90 tls");
    assert_eq!(
        of(", endpoints: [{address: back.example.net}]", "http://api.example.com"),
        "diverted via back.example.net:80"
    );
    let of_kind = |resolution: &str, more: &str, url: &str| {
        let entry = entry("", more).replace("resolution: DNS", &format!("resolution: {resolution}"));
        asked(&[MESH, LABELLED, WAYPOINT, &entry], url)
    };
    assert_eq!(of_kind("STATIC", "", "http://api.example.com"), "503 via");
    assert_eq!(of_kind("STATIC", "", "tcp://api.example.com:25"), "closed via");
    // Without an address the waypoint is never asked.
    assert_eq!(of_kind("NONE", "", "http://api.example.com"), "ok api.example.com:80");
    assert_eq!(of_kind("NONE", ", addresses: [192.0.2.7]", "http://api.example.com"), THROUGH[0]);
    assert_eq!(of_kind("NONE", ", addresses: [192.0.2.7]", "http://192.0.2.7"), "ok via 192.0.2.7:80");
    assert_eq!(of_kind("NONE", ", addresses: [192.0.2.0/24]", "http://192.0.2.7"), "unknown");
    assert_eq!(of_kind("NONE", ", addresses: [192.0.2.0/24]", "http://198.51.100.7"), "ok 198.51.100.7:80");
}

#[test]
fn a_wildcard_is_resolved_by_the_waypoint() {
    let wildcard = |resolution: &str| {
        entry("", "").replace("api.example.com", "'*.example.com'").replace("resolution: DNS", &format!("resolution: {resolution}")).replace(PORTS, "ports: [{number: 80, name: http, protocol: HTTP}, {number: 8080, name: h, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]")
    };
    let of = |resolution: &str, url: &str, host: Option<&str>| {
        let documents = [MESH, LABELLED, WAYPOINT, &wildcard(resolution)];
        short(&traced_with(&documents, &format!("shop,app=cart -> {url}"), host.map(|host| ("host", host))))
    };
    assert_eq!(of("DYNAMIC_DNS", "http://a.example.com", None), "ok via a.example.com:80");
    // The virtual host is for the wildcard alone, and compares `Host` with its port.
    assert_eq!(of("DYNAMIC_DNS", "http://a.example.com", Some("free.example.org")), "404 via");
    assert_eq!(of("DYNAMIC_DNS", "http://a.example.com", Some("b.example.com")), "ok via b.example.com:80");
    assert_eq!(of("DYNAMIC_DNS", "http://a.example.com:8080", None), "404 via");
    assert_eq!(of("DYNAMIC_DNS", "https://a.example.com", None), "unknown");
    // Other wildcards have no address.
    assert_eq!(of("NONE", "http://a.example.com", None), "ok a.example.com:80");
}

#[test]
fn what_is_attached_to_a_waypoint_and_not_modelled_makes_it_unknown() {
    let way = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]";
    let rows = [
        object(
            "networking.istio.io/v1alpha3",
            "EnvoyFilter",
            "egress",
            &format!(
                "{way}, configPatches: [{{applyTo: HTTP_FILTER, match: {{context: WAYPOINT}}, patch: {{operation: INSERT_BEFORE, value: {{name: x}}}}}}]"
            ),
        ),
        object("extensions.istio.io/v1alpha1", "WasmPlugin", "egress", &format!("{way}, url: oci://x")),
        object(
            "extensions.istio.io/v1alpha1",
            "WasmPlugin",
            "egress",
            "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: api}], url: oci://x",
        ),
    ];
    for row in &rows {
        assert_eq!(at_waypoint(row), ["unknown"; 3], "{row}");
        // Without targets it is not for waypoints, and with another name for another one.
        assert_eq!(
            at_waypoint(&row.replace("name: way}", "name: other}").replace("name: api}", "name: other}")),
            THROUGH,
            "{row}"
        );
    }
    let token =
        object("security.istio.io/v1", "RequestAuthentication", "egress", &format!("{way}, jwtRules: [{{issuer: a}}]"));
    let entry = entry("", "");
    let documents = [MESH, LABELLED, WAYPOINT, entry.as_str(), token.as_str()];
    assert_eq!(asked(&documents, "http://api.example.com"), THROUGH[0]);
    let with_token =
        traced_with(&documents, "shop,app=cart -> http://api.example.com", Some(("authorization", "Bearer x")));
    assert_eq!(short(&with_token), "unknown");
}

#[test]
fn who_does_not_use_a_waypoint() {
    let deny = policy("egress", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]");
    let entry = entry("", "");
    let through = |mesh: &str, question: &str| short(&traced(&[mesh, LABELLED, WAYPOINT, &entry, &deny], question));
    let question = "shop,app=cart -> http://api.example.com";
    assert_eq!(through(MESH, question), "403 via");
    // ztunnel sends to the waypoint what is dialled at an address of the service, which the client knows only by its DNS.
    let off = MESH.replace(
        "metadata: {labels: {app: cart}}",
        "metadata: {labels: {app: cart}, annotations: {ambient.istio.io/dns-capture: 'false'}}",
    );
    assert_eq!(through(&off, question), "ok api.example.com:80");
    // A sidecar reads no such label.
    let sidecar = MESH.replace("istio.io/dataplane-mode: ambient", "istio-injection: enabled");
    assert_eq!(through(&sidecar, question), "ok api.example.com:80");
    // The outbound policy is for sidecars alone, and so is `exportTo`.
    assert_eq!(through(MESH, "shop,app=cart -> http://free.example.org"), "ok free.example.org:80");
}

#[test]
fn without_a_waypoint_ztunnel_connects_to_what_it_knows() {
    let of = |resolution: &str, more: &str, url: &str| {
        let entry = entry("", more).replace("resolution: DNS", &format!("resolution: {resolution}"));
        asked(&[MESH, UNLABELLED, &entry], url)
    };
    assert_eq!(of("DNS", "", "http://api.example.com"), "ok api.example.com:80");
    assert_eq!(of("DNS", ", exportTo: ['~']", "http://api.example.com"), "ok api.example.com:80");
    // A port that the entry does not list, and an entry without an endpoint, have no upstream.
    assert_eq!(of("DNS", "", "http://api.example.com:8080"), "closed");
    assert_eq!(of("STATIC", "", "http://api.example.com"), "closed");
    assert_eq!(of("STATIC", ", endpoints: [{address: 192.0.2.7}]", "http://api.example.com"), "ok api.example.com:80");
    assert_eq!(
        of("DNS", ", endpoints: [{address: back.example.net, ports: {http: 8080}}]", "http://api.example.com"),
        "diverted back.example.net:8080"
    );
    assert_eq!(of("NONE", ", addresses: [192.0.2.7]", "http://192.0.2.7:9999"), "ok 192.0.2.7:9999");
    let none = entry("", ", addresses: [192.0.2.7]").replace("resolution: DNS", "resolution: NONE");
    for (version, expected) in [("1.27.3", "unknown"), ("1.28.0", "ok 192.0.2.7:9999")] {
        let version = format!(
            "{{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {{name: m}}, spec: {{istioVersion: '{version}'}}}}"
        );
        assert_eq!(asked(&[MESH, UNLABELLED, &none, &version], "http://192.0.2.7:9999"), expected, "{version}");
    }
    assert_eq!(of("DNS", ", location: MESH_INTERNAL", "http://api.example.com"), "unknown");
    // Of several the one of the client's namespace is taken, and else the oldest.
    let two = |namespace: &str| {
        let own = entry("", ", endpoints: [{address: back.example.net}]")
            .replace("namespace: egress", &format!("namespace: {namespace}"));
        asked(&[MESH, UNLABELLED, &entry("", ""), &own], "http://api.example.com")
    };
    assert_eq!(two("shop"), "diverted back.example.net:80");
    assert_eq!(two("plain"), "unknown");
}

/// `ServicesCollection` of Istio's `pilot/pkg/serviceregistry/ambient/services.go`.
#[test]
fn of_the_entries_of_one_namespace_for_one_host_ztunnel_knows_the_oldest() {
    let made = |name: &str, day: &str, spec: &str| {
        let created =
            if day.is_empty() { String::new() } else { format!("creationTimestamp: '2024-01-{day}T00:00:00Z'") };
        entry(&created, spec).replace("name: api, namespace", &format!("name: {name}, namespace"))
    };
    let a = |day: &str| made("a", day, ", endpoints: [{address: a.example.net}]");
    let b = |day: &str| made("b", day, ", endpoints: [{address: b.example.net}]");
    let two = |first: &str, second: &str| asked(&[MESH, UNLABELLED, first, second], "http://api.example.com");
    assert_eq!(two(&a("01"), &b("02")), "diverted a.example.net:80");
    assert_eq!(two(&a("02"), &b("01")), "diverted b.example.net:80");
    assert_eq!(two(&a("01"), &b("01")), "unknown", "no order of those of one second is defined");
    assert_eq!(two(&a(""), &b("")), "unknown");
    // Without creation times it does not matter where both lead to one place.
    assert_eq!(two(&a(""), &made("b", "", ", endpoints: [{address: a.example.net}]")), "diverted a.example.net:80");
    let old = "{apiVersion: egressc.dev/v1alpha1, kind: MeshEnvironment, metadata: {name: m}, spec: {istioVersion: '1.28.0'}}";
    assert_eq!(asked(&[MESH, UNLABELLED, old, &a("01"), &b("02")], "http://api.example.com"), "unknown");
    // Of the other one ztunnel knows neither its address nor its endpoints.
    let fixed = |name: &str, day: &str, number: u8| {
        let spec = format!(
            ", addresses: [203.0.113.{number}], endpoints: [{{address: 192.0.2.{number}, ports: {{http: 8080}}}}]"
        );
        made(name, day, &spec).replace("resolution: DNS", "resolution: STATIC")
    };
    let at = |url: &str| asked(&[MESH, UNLABELLED, &fixed("a", "01", 1), &fixed("b", "02", 2)], url);
    assert_eq!(at("http://203.0.113.1:81"), "closed", "the entry does not list this port");
    assert_eq!(at("http://203.0.113.2:81"), "ok 203.0.113.2:81");
    assert_eq!(at("http://192.0.2.2:81"), "ok 192.0.2.2:81");
    // An entry that is left for another host keeps its endpoints.
    let both = fixed("b", "02", 2)
        .replace("hosts: [api.example.com]", "hosts: [api.example.com, other.example.com]")
        .replace(PORTS, "ports: [{number: 80, name: http, protocol: HTTP}]");
    let trace = traced(&[MESH, UNLABELLED, &fixed("a", "01", 1), &both], "shop,app=cart -> http://192.0.2.2:81");
    assert!(trace.notes.iter().any(|note| note.contains("ServiceEntry `egress/b`")), "{:?}", trace.notes);
    // What is bound to a waypoint is the oldest too.
    let bound =
        |day: &str| a(day).replace("metadata: {name: a,", "metadata: {name: a, labels: {istio.io/use-waypoint: way},");
    assert_eq!(
        asked(&[MESH, UNLABELLED, WAYPOINT, &bound("02"), &b("01")], "http://api.example.com"),
        "diverted b.example.net:80"
    );
}

/// `find_address` of ztunnel's `src/state.rs` finds a workload before a service, and `build_request` asks for the waypoint of
/// a service alone.
#[test]
fn the_address_of_a_workload_has_no_waypoint_of_a_service() {
    let deny = policy("egress", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]");
    let of = |entry: &str, more: &str, url: &str| asked(&[MESH, LABELLED, WAYPOINT, entry, &deny, more], url);
    let fixed = |addresses: &str, resolution: &str, more: &str| {
        entry("", &format!(", addresses: [{addresses}]{more}"))
            .replace("resolution: DNS", &format!("resolution: {resolution}"))
    };
    let same = fixed("203.0.113.7", "STATIC", ", endpoints: [{address: 203.0.113.7}]");
    let straight = "ok api.example.com:80";
    assert_eq!(of(&same, "", "http://api.example.com"), straight);
    assert_eq!(of(&same, "", "tcp://api.example.com:25"), "ok api.example.com:25");
    assert_eq!(of(&same, "", "http://203.0.113.7"), straight);
    // What has no upstream goes to the address itself.
    assert_eq!(of(&same, "", "http://203.0.113.7:81"), "ok 203.0.113.7:81");
    let other = fixed("203.0.113.8", "STATIC", ", endpoints: [{address: 203.0.113.7}]");
    assert_eq!(of(&other, "", "http://api.example.com"), "403 via");
    // One of two addresses: which one is dialled decides.
    let two = fixed("203.0.113.7, 203.0.113.8", "STATIC", ", endpoints: [{address: 203.0.113.7}]");
    assert_eq!(of(&two, "", "http://api.example.com"), "unknown");
    // Whoever says that a workload is there.
    let none = fixed("203.0.113.7", "NONE", "");
    assert_eq!(of(&none, "", "http://api.example.com"), "403 via");
    let of_another = fixed("203.0.113.9", "STATIC", ", endpoints: [{address: 203.0.113.7}]")
        .replace("api.example.com", "z.example.com")
        .replace("namespace: egress", "namespace: plain");
    let workload = networking("WorkloadEntry", "plain", "address: 203.0.113.7, labels: {app: z}");
    for workload in [&of_another, &workload] {
        assert_eq!(of(&none, workload, "http://api.example.com"), straight);
        assert_eq!(of(&none, workload, "http://203.0.113.7"), "ok 203.0.113.7:80");
    }
    // A pod of a headless Service is a workload, too.
    let headless = "{apiVersion: v1, kind: Service, metadata: {name: in, namespace: egress}, spec: {clusterIP: None, selector: {app: in}, ports: [{port: 80, name: http}]}}";
    assert_eq!(of(headless, "", "http://in.egress.svc.cluster.local"), "unknown");
}

/// `fetchWaypointForWorkload`: a waypoint that takes the traffic of workloads takes what goes to their addresses.
#[test]
fn a_workload_may_have_a_waypoint_of_its_own() {
    let entry = |labels: &str| {
        entry("", &format!(", endpoints: [{{address: 203.0.113.7{labels}}}]"))
            .replace("resolution: DNS", "resolution: STATIC")
    };
    let way = |traffic: &str| {
        WAYPOINT.replace("name: way,", &format!("name: way, labels: {{istio.io/waypoint-for: {traffic}}},"))
    };
    let labelled = ", labels: {istio.io/use-waypoint: way}";
    let straight = "ok 203.0.113.7:80";
    for (namespace, labels, traffic, expected) in [
        (LABELLED, "", "service", straight),
        (LABELLED, "", "all", "unknown"),
        (LABELLED, "", "workload", "unknown"),
        (LABELLED, ", labels: {istio.io/use-waypoint: none}", "all", straight),
        (UNLABELLED, "", "all", straight),
        (UNLABELLED, labelled, "all", "unknown"),
        (UNLABELLED, labelled, "service", straight),
        ("", "", "all", "unknown"),
    ] {
        for url in ["http://203.0.113.7", "tcp://203.0.113.7:9999"] {
            let expected = expected.replace("80", if url.ends_with("9999") { "9999" } else { "80" });
            assert_eq!(
                asked(&[MESH, namespace, &way(traffic), &entry(labels)], url),
                expected,
                "{namespace} {labels} {traffic} {url}"
            );
        }
    }
}

/// Whether the dialled address is one of a service depends on DNS: `find_server` of ztunnel's `src/dns/server.rs` sends on what
/// it has no address for.
#[test]
fn a_name_that_ztunnel_does_not_answer_for_may_have_an_address_of_a_service() {
    let deny = policy("egress", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]");
    let cases = |entry: &str, more: &str, host: &str| {
        let found = traced(&[MESH, LABELLED, WAYPOINT, entry, &deny, more], &format!("shop,app=cart -> http://{host}"));
        let cases = found.cases.iter().map(|case| {
            let reached = case.reached.as_ref().map_or("none", |reached| reached.host.as_str());
            format!("{:?} {reached}", case.verdict)
        });
        (short(&found), cases.collect::<Vec<_>>())
    };
    let fixed = |addresses: &str| {
        entry("", &format!(", addresses: [{addresses}]")).replace("resolution: DNS", "resolution: NONE")
    };
    let both = ["Blocked none".to_owned(), "Allowed api.example.com".to_owned()].to_vec();
    let network = fixed("203.0.113.0/24");
    assert_eq!(cases(&network, "", "api.example.com"), ("unknown".to_owned(), both.clone()));
    // A network beside an address, which is the one that ztunnel answers with.
    assert_eq!(cases(&fixed("203.0.113.0/24, 203.0.114.7"), "", "api.example.com"), ("403 via".to_owned(), Vec::new()));
    // An ExternalName Service is a name for the host, and the host receives the request.
    let external = "{apiVersion: v1, kind: Service, metadata: {name: ext, namespace: shop}, spec: {type: ExternalName, externalName: api.example.com}}";
    let named = |entry: &str| cases(entry, external, "ext.shop.svc.cluster.local");
    assert_eq!(named(&fixed("203.0.113.7")), ("unknown".to_owned(), both.clone()));
    assert_eq!(named(&network), ("unknown".to_owned(), both));
    assert_eq!(named(&entry("", "")).0, "ok api.example.com:80");
    let of_cluster = "{apiVersion: v1, kind: Service, metadata: {name: in, namespace: egress}, spec: {clusterIP: 10.0.0.7, selector: {app: in}, ports: [{port: 80, name: http}]}}";
    let external = external.replace("api.example.com", "in.egress.svc.cluster.local");
    assert_eq!(cases(of_cluster, &external, "ext.shop.svc.cluster.local").0, "403 via");
}

#[test]
fn reach_has_a_row_for_each_ambient_namespace_and_each_account_that_a_policy_names() {
    let allow = policy(
        "egress",
        "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: api}], rules: [{from: [{source: {principals: [cluster.local/ns/other/sa/payer]}}]}]",
    );
    let other =
        "{apiVersion: v1, kind: Namespace, metadata: {name: other, labels: {istio.io/dataplane-mode: ambient}}}";
    let hidden = entry("", ", exportTo: ['~']");
    let documents = [MESH, LABELLED, WAYPOINT, &hidden, &allow, other];
    let sources = documents.iter().enumerate().map(|(at, text)| Source::text(format!("{at}.yaml"), *text)).collect();
    let response = reach(&ReachRequest { sources, ..ReachRequest::default() }).unwrap();
    let row = |namespace: &str, account: Option<&str>| {
        let found = response.flows.iter().find(|row| {
            row.to.host == "api.example.com"
                && row.to.port == 80
                && row.from.namespace.as_deref() == Some(namespace)
                && row.from.service_account.as_deref() == account
        });
        found.unwrap_or_else(|| panic!("{namespace} {account:?}: {:#?}", response.flows)).verdict
    };
    assert_eq!(row("shop", None), Verdict::Blocked);
    assert_eq!(row("other", Some("payer")), Verdict::Allowed);
    assert_eq!(row("other", None), Verdict::Unknown);
}

/// The law of facts, for what is about waypoints: without a document the verdict is the same or unknown, or the answer assumes
/// more of the client.
#[test]
fn a_fact_about_a_waypoint_is_not_absent_where_it_is_not_given() {
    const FACTS: [&str; 4] = ["kind: Gateway", "kind: Namespace", "kind: Deployment", "kind: ConfigMap"];
    let allow = |account: &str| {
        policy(
            "egress",
            &format!(
                "targetRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: api}}], rules: [{{from: [{{source: {{principals: [cluster.local/ns/shop/sa/{account}]}}}}]}}]"
            ),
        )
    };
    let mut removed = 0;
    for account in ["cart", "other"] {
        let all = [MESH, LABELLED, WAYPOINT, &entry("", ""), &allow(account)].join("\n---\n");
        let documents: Vec<&str> = all.split("\n---\n").collect();
        let whole = traced(&documents, "shop,app=cart -> http://api.example.com");
        for without in documents.iter().filter(|document| FACTS.iter().any(|kind| document.contains(kind))) {
            let rest: Vec<&str> = documents.iter().copied().filter(|document| document != without).collect();
            let found = traced(&rest, "shop,app=cart -> http://api.example.com");
            let assumes_more = found.assumed.iter().any(|text| !whole.assumed.contains(text));
            assert!(
                short(&found) == short(&whole) || found.verdict == Verdict::Unknown || assumes_more,
                "{account}, without {without}: {found:#?}"
            );
            removed += 1;
        }
    }
    assert_eq!(removed, 12);
}

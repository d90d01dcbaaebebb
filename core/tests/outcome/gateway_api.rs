//! Objects of the Gateway API: what Istio makes of them, and what comes of a request then.

use crate::mesh::{Mesh, is, query, short};
use crate::sidecar::{HTTP, HTTPS, entry, two_hosts};

/// Parts of a set: HTTP and TLS for `x.org` from sidecars to a Gateway, and from there to the host.
#[derive(Clone)]
struct Parts {
    gateway: String,
    listeners: String,
    to_gateway: String,
    from_gateway: String,
    more: String,
}

fn parts() -> Parts {
    Parts {
        gateway: "metadata: {name: out, namespace: own}\nspec: {gatewayClassName: istio, ".to_owned(),
        listeners: "listeners: [{name: http, hostname: x.org, port: 80, protocol: HTTP}]".to_owned(),
        to_gateway: "parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x}], \
                     rules: [{backendRefs: [{name: out-istio, port: 80}]}]"
            .to_owned(),
        from_gateway: "parentRefs: [{name: out}], hostnames: [x.org], rules: [{backendRefs: [\
                       {group: networking.istio.io, kind: Hostname, name: x.org, port: 80}]}]"
            .to_owned(),
        more: String::new(),
    }
}

impl Parts {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn mesh(&self, kind: &str) -> Mesh {
        let ports = format!("{HTTP}, {HTTPS}, {{number: 25, name: tcp, protocol: TCP}}");
        let api = "apiVersion: gateway.networking.k8s.io/v1\nkind:";
        let Self { gateway, listeners, to_gateway, from_gateway, more } = self;
        Mesh::bare(&format!(
            "{}{}\n---\n{api} Gateway\n{gateway}{listeners}}}
---\n{api} {kind}\nmetadata: {{name: to-gateway, namespace: own}}\nspec: {{{to_gateway}}}
---\n{api} {kind}\nmetadata: {{name: from-gateway, namespace: own}}\nspec: {{{from_gateway}}}\n{more}",
            entry("x", "own", "'*'", "x.org", &ports),
            entry("y", "own", "'*'", "y.org", HTTP),
        ))
    }

    fn http(&self) -> String {
        short(&self.mesh("HTTPRoute").from("a", "http://x.org"))
    }
}

/// A document that states the version of Istio.
fn release(version: &str) -> String {
    format!(
        "---\napiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: mesh}}\nspec: {{istioVersion: '{version}'}}\n"
    )
}

const VIA: &str = "allowed via own/out x.org:80";

#[test]
fn http_goes_by_the_gateway_of_a_route() {
    let mesh = parts().mesh("HTTPRoute");
    let trace = mesh.from("a", "http://x.org");
    is(&trace, VIA);
    let decided: Vec<(&str, &str, &str)> = trace
        .decided_by
        .iter()
        .map(|decision| (decision.kind.as_str(), decision.namespace.as_str(), decision.name.as_str()))
        .collect();
    for object in [("HTTPRoute", "own", "to-gateway"), ("Gateway", "own", "out"), ("HTTPRoute", "own", "from-gateway")]
    {
        assert!(decided.contains(&object), "{object:?} {decided:?}");
    }
    assert!(trace.decided_by.iter().all(|decision| decision.span.is_some()), "{:?}", trace.decided_by);
    // What no route is for is as before.
    is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    is(&mesh.from("a", "tcp://x.org:25"), "allowed x.org:25");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
    is(&mesh.from("a", "http://z.org"), "blocked 502");
}

#[test]
fn a_route_holds_only_where_its_parent_takes_it() {
    let at_listener =
        |listener: &str| parts().with(|parts| parts.listeners = format!("listeners: [{listener}]")).http();
    let http = |more: &str| format!("{{name: http, hostname: x.org, port: 80, protocol: HTTP{more}}}");
    let none = "blocked 404 NR";
    for (listener, expected) in [
        (http(""), VIA),
        ("{name: http, port: 80, protocol: HTTP}".to_owned(), VIA),
        ("{name: http, hostname: '*.org', port: 80, protocol: HTTP}".to_owned(), VIA),
        ("{name: http, hostname: y.org, port: 80, protocol: HTTP}".to_owned(), none),
        (http(", allowedRoutes: {namespaces: {from: Same}}"), VIA),
        (http(", allowedRoutes: {namespaces: {from: All}}"), VIA),
        (http(", allowedRoutes: {kinds: [{kind: HTTPRoute}]}"), VIA),
        (http(", allowedRoutes: {kinds: [{kind: GRPCRoute}]}"), none),
        (
            http(
                ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: own}}}}",
            ),
            VIA,
        ),
        (
            http(
                ", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: b}}}}",
            ),
            none,
        ),
        // Labels of a namespace that no document gives.
        (http(", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}"), "unknown"),
        (
            http(
                ", allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [own]}]}}}",
            ),
            VIA,
        ),
        // Nothing listens on the port to which the client is sent.
        ("{name: http, hostname: x.org, port: 81, protocol: HTTP}".to_owned(), "blocked 500 NC"),
        ("{name: http, hostname: x.org, port: 80, protocol: UDP}".to_owned(), "blocked 500 NC"),
    ] {
        assert_eq!(at_listener(&listener), expected, "{listener}");
    }
    let labelled = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: own, labels: {team: a}}\n";
    let by_label = http(", allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}");
    let known = parts().with(|parts| {
        parts.listeners = format!("listeners: [{by_label}]");
        parts.more = labelled.to_owned();
    });
    assert_eq!(known.http(), VIA);
    for (parent, expected) in [
        ("{name: out, sectionName: http}", VIA),
        ("{name: out, sectionName: https}", none),
        ("{name: out, port: 80}", VIA),
        ("{name: out, port: 81}", none),
        ("{name: out, namespace: other}", none),
        ("{name: other}", none),
        ("{name: out, kind: Service, group: ''}", none),
    ] {
        let parts = parts().with(|parts| parts.from_gateway = parts.from_gateway.replace("{name: out}", parent));
        assert_eq!(parts.http(), expected, "{parent}");
    }
    for (hostnames, expected) in [("[x.org]", VIA), ("['*.org']", VIA), ("[y.org]", none), ("[y.org, x.org]", VIA)] {
        let parts = parts().with(|parts| parts.from_gateway = parts.from_gateway.replace("[x.org]", hostnames));
        assert_eq!(parts.http(), expected, "{hostnames}");
    }
    let everywhere = parts().with(|parts| parts.from_gateway = parts.from_gateway.replace("hostnames: [x.org], ", ""));
    assert_eq!(everywhere.http(), VIA);
}

#[test]
fn a_route_of_the_mesh_is_for_its_own_namespace_or_its_own_service() {
    let direct = "allowed x.org:80";
    let of_parent = |parent: &str| {
        parts().with(|parts| {
            parts.to_gateway =
                parts.to_gateway.replace("{group: networking.istio.io, kind: ServiceEntry, name: x}", parent);
        })
    };
    for (parent, expected) in [
        ("{group: networking.istio.io, kind: ServiceEntry, name: x, port: 80}", VIA),
        ("{group: networking.istio.io, kind: ServiceEntry, name: x, port: 8080}", direct),
        ("{group: networking.istio.io, kind: ServiceEntry, name: z}", direct),
        ("{group: networking.istio.io, kind: ServiceEntry, name: x, namespace: other}", direct),
        ("{group: '', kind: Service, name: x}", direct),
        ("{name: out, sectionName: other}", direct),
    ] {
        assert_eq!(of_parent(parent).http(), expected, "{parent}");
    }
    // A route of another namespace is for clients of that namespace alone.
    let of_b = parts().with(|parts| {
        parts.more = "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: of-b, namespace: b}
spec:
  parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x, namespace: own}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: z.org}}]}]
"
        .to_owned();
    });
    let mesh = of_b.mesh("HTTPRoute");
    is(&mesh.from("a", "http://x.org"), VIA);
    is(&mesh.from("b", "http://x.org"), "blocked 302");
}

#[test]
fn a_backend_that_is_not_there_is_answered_by_500() {
    let of_backend = |backend: &str| {
        parts().with(|parts| {
            parts.from_gateway = parts
                .from_gateway
                .replace("{group: networking.istio.io, kind: Hostname, name: x.org, port: 80}", backend);
        })
    };
    let missing = "blocked 500 NC";
    for (backend, expected) in [
        ("{group: networking.istio.io, kind: Hostname, name: z.org, port: 80}", missing),
        ("{group: networking.istio.io, kind: Hostname, name: x.org, port: 81}", missing),
        // Istio knows no such backend.
        ("{group: networking.istio.io, kind: ServiceEntry, name: x, port: 80}", missing),
        // Another namespace, and nobody grants it.
        ("{name: web, namespace: b, port: 80}", missing),
        // Istiod refuses these, and with them the whole route.
        ("{group: networking.istio.io, kind: Hostname, name: x.org}", "blocked 404 NR"),
        ("{group: networking.istio.io, kind: Hostname, name: x.org, namespace: own, port: 80}", "blocked 404 NR"),
        ("{name: web.own, port: 80}", "blocked 404 NR"),
        ("{group: networking.istio.io, kind: Hostname, name: x.org, port: 80, weight: 0}", "blocked 500"),
        // No document says whether there is such a Service.
        ("{name: web, port: 80}", "unknown"),
    ] {
        assert_eq!(of_backend(backend).http(), expected, "{backend}");
    }
    // A Service of type ExternalName stands for the host behind it, also where it lists no port.
    for (name, expected) in [("x.org", VIA), ("z.org", missing)] {
        let alias = of_backend("{name: alias, port: 80}").with(|parts| {
            parts.more = format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: alias, namespace: own}}\nspec: {{type: ExternalName, externalName: {name}}}\n");
        });
        assert_eq!(alias.http(), expected, "{name}");
    }
    let none = parts().with(|parts| parts.from_gateway = "parentRefs: [{name: out}], rules: [{}]".to_owned());
    // The status is one of a release.
    assert_eq!(none.http(), "blocked");
    for (version, expected) in [("1.29.6", "blocked 500"), ("1.30", "blocked 404"), ("1.31", "blocked 500")] {
        let none = parts().with(|parts| {
            parts.from_gateway = "parentRefs: [{name: out}], rules: [{}]".to_owned();
            parts.more = release(version);
        });
        assert_eq!(none.http(), expected, "{version}");
    }
    let granted = of_backend("{name: web, namespace: b, port: 80}").with(|parts| {
        parts.more = "---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: b}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: own}]
  to: [{group: '', kind: Service}]
"
        .to_owned();
    });
    assert_eq!(granted.http(), "unknown", "the pods of a Service that no document gives");
    let other = granted.with(|parts| parts.more = parts.more.replace("kind: Service}", "kind: Service, name: other}"));
    assert_eq!(other.http(), missing);
}

#[test]
fn matches_and_filters_are_those_of_virtual_services() {
    let of_rule = |rule: &str| {
        let parts = parts().with(|parts| {
            parts.from_gateway = format!(
                "parentRefs: [{{name: out}}], rules: [{{{rule}, backendRefs: [{{group: networking.istio.io, kind: Hostname, name: x.org, port: 80}}]}}]"
            );
        });
        parts.mesh("HTTPRoute")
    };
    let ask = |rule: &str, to: &str| short(&of_rule(rule).from("a", to));
    for (rule, to, expected) in [
        ("matches: [{path: {value: /v1}}]", "http://x.org/v1", VIA),
        ("matches: [{path: {value: /v1}}]", "http://x.org/v1/y", VIA),
        ("matches: [{path: {value: /v1/}}]", "http://x.org/v1", VIA),
        // A prefix ends at a `/`.
        ("matches: [{path: {value: /v1}}]", "http://x.org/v12", "blocked 404 NR"),
        ("matches: [{path: {type: Exact, value: /v1}}]", "http://x.org/v1/y", "blocked 404 NR"),
        ("matches: [{method: GET}]", "http://x.org/", VIA),
        ("matches: [{method: POST}]", "http://x.org/", "blocked 404 NR"),
        ("matches: [{queryParams: [{name: q, value: a}]}]", "http://x.org/?q=a", VIA),
        ("matches: [{queryParams: [{name: q, value: a}]}]", "http://x.org/?q=b", "blocked 404 NR"),
        ("matches: [{headers: [{name: X-A, value: b}]}]", "http://x.org/", "blocked 404 NR"),
        ("matches: [{method: POST}, {path: {value: /v1}}]", "http://x.org/v1", VIA),
        (
            "filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]",
            "http://x.org/",
            "blocked 301",
        ),
        ("filters: [{type: URLRewrite, urlRewrite: {hostname: z.org}}]", "http://x.org/", VIA),
        (
            "filters: [{type: RequestMirror, requestMirror: {backendRef: {group: networking.istio.io, kind: Hostname, name: y.org, port: 80}}}]",
            "http://x.org/",
            "unknown",
        ),
        // Istiod refuses it, and with it the route.
        (
            "filters: [{type: ExtensionRef, extensionRef: {group: g, kind: K, name: n}}]",
            "http://x.org/",
            "blocked 404 NR",
        ),
        ("timeouts: {request: 1s}", "http://x.org/", VIA),
        ("filters: [{type: CORS, cors: {allowOrigins: ['https://a.org']}}]", "http://x.org/", VIA),
        ("later: 1", "http://x.org/", "unknown"),
    ] {
        assert_eq!(ask(rule, to), expected, "{rule} {to}");
    }
    // The filter answers each preflight, whatever its origin (`createCorsFilter`).
    let mut preflight = query("a", "http://x.org/");
    preflight.method = Some("OPTIONS".to_owned());
    for (name, value) in [("origin", "https://b.org"), ("access-control-request-method", "GET")] {
        preflight.headers.insert(name.to_owned(), value.to_owned());
    }
    let cors = of_rule("filters: [{type: CORS, cors: {allowOrigins: ['https://a.org']}}]");
    is(&cors.ask(&preflight), "blocked 200");
    is(&of_rule("timeouts: {}").ask(&preflight), VIA);
}

#[test]
fn routes_are_in_the_order_of_their_matches() {
    let rule = |path: &str, answer: &str| format!("{{matches: [{{path: {{value: {path}}}}}], {answer}}}");
    let redirect = "filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]";
    let to_host = "backendRefs: [{group: networking.istio.io, kind: Hostname, name: x.org, port: 80}]";
    let parts = parts().with(|parts| {
        let rules = [rule("/", redirect), rule("/v1", to_host)].join(", ");
        parts.from_gateway = format!("parentRefs: [{{name: out}}], rules: [{rules}]");
    });
    let mesh = parts.mesh("HTTPRoute");
    is(&mesh.from("a", "http://x.org/v1"), VIA);
    is(&mesh.from("a", "http://x.org/"), "blocked 301");
    // Of two objects of one rank the older one is first, and nothing says which it is.
    let other = |path: &str| {
        format!(
            "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: other, namespace: own}}
spec: {{parentRefs: [{{name: out}}], hostnames: [x.org], rules: [{}]}}
",
            rule(path, redirect)
        )
    };
    assert_eq!(crate::gateway_api::parts().with(|parts| parts.more = other("/")).http(), "unknown");
    assert_eq!(crate::gateway_api::parts().with(|parts| parts.more = other("/v2")).http(), VIA);
    let mesh = crate::gateway_api::parts().with(|parts| parts.more = other("/v2")).mesh("HTTPRoute");
    let trace = mesh.from("a", "http://x.org/v2");
    is(&trace, "blocked 301");
    assert!(trace.decided_by.iter().any(|decision| decision.name == "other"), "{:?}", trace.decided_by);
}

#[test]
fn tls_is_passed_through_by_server_name() {
    let tls = |mode: &str| {
        parts().with(|parts| {
            parts.listeners =
                format!("listeners: [{{name: tls, hostname: x.org, port: 443, protocol: TLS, tls: {{mode: {mode}}}}}]");
            parts.to_gateway = parts.to_gateway.replace("port: 80", "port: 443");
            parts.from_gateway = parts.from_gateway.replace("port: 80", "port: 443");
        })
    };
    let mesh = tls("Passthrough").mesh("TLSRoute");
    is(&mesh.from("a", "https://x.org"), "allowed via own/out x.org:443 tls(x.org)");
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    let other = tls("Passthrough").with(|parts| parts.from_gateway = parts.from_gateway.replace("[x.org]", "[y.org]"));
    is(&other.mesh("TLSRoute").from("a", "https://x.org"), "blocked closed UF");
    let unnamed =
        tls("Passthrough").with(|parts| parts.from_gateway = parts.from_gateway.replace("hostnames: [x.org], ", ""));
    is(&unnamed.mesh("TLSRoute").from("a", "https://x.org"), "allowed via own/out x.org:443 tls(x.org)");
    // An HTTPRoute is none for TLS that is passed through, and a TLSRoute none for HTTPS.
    is(&tls("Passthrough").mesh("HTTPRoute").from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
}

#[test]
fn mutual_tls_of_the_mesh_is_an_option_of_a_listener() {
    let rule = |sni: &str| {
        format!(
            "---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: d, namespace: own}}
spec: {{host: out-istio, trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL, sni: {sni}}}}}}}
"
        )
    };
    let mutual = |more: String| {
        parts().with(|parts| {
            parts.listeners = "listeners: [{name: https, hostname: x.org, port: 80, protocol: HTTPS, tls: {mode: Terminate, options: {gateway.istio.io/tls-terminate-mode: ISTIO_MUTUAL}}}]".to_owned();
            parts.more = more;
        })
    };
    assert_eq!(mutual(rule("x.org")).http(), VIA);
    assert_eq!(mutual(rule("y.org")).http(), "blocked 503 UF");
    // Nothing is injected into the pods that Istio makes, so that sidecars send plain text without a rule.
    assert_eq!(mutual(String::new()).http(), "blocked 503 UF");
    assert_eq!(parts().with(|parts| parts.more = rule("x.org")).http(), "blocked 503 UF");
}

#[test]
fn a_gateway_originates_tls_by_a_rule_or_a_policy() {
    let https = "{number: 443, name: https, protocol: HTTPS}";
    let to_443 = |more: &str| {
        parts().with(|parts| {
            parts.from_gateway = parts.from_gateway.replace("port: 80", "port: 443");
            parts.more = more.to_owned();
        })
    };
    assert!(HTTPS.contains("443"), "{https}");
    let rule = "---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: own}
spec: {host: x.org, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE, sni: x.org}}]}}
";
    let policy = |more: &str| {
        format!(
            "---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {{name: p, namespace: own{more}}}
spec:
  targetRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: x, sectionName: https}}]
  validation: {{hostname: x.org, wellKnownCACertificates: System}}
"
        )
    };
    let tls = "allowed via own/out x.org:443 tls(x.org)";
    assert_eq!(to_443(rule).http(), tls);
    assert_eq!(to_443(&policy("")).http(), tls);
    // Plain text arrives at the port of TLS.
    let plain = "diverted via own/out x.org:443";
    assert_eq!(to_443(&policy(", annotations: {istio.io/ignore-policy-attachment: 'true'}")).http(), plain);
    assert_eq!(to_443(&policy("").replace("sectionName: https", "sectionName: other")).http(), plain);
    assert_eq!(to_443(&policy("").replace("name: x,", "name: z,")).http(), plain);
    // Which of the two holds depends on Istio's version.
    assert_eq!(to_443(&(policy("") + rule)).http(), "unknown");
    // The name in the certificate is compared only with names that the policy lists (`core/cluster_tls.go`).
    let trace = to_443(&policy("")).mesh("HTTPRoute").from("a", "http://x.org");
    assert!(trace.notes.iter().any(|note| note.contains("not that it belongs to")), "{:?}", trace.notes);
}

#[test]
fn grpc_routes_match_services_and_methods() {
    let grpc = |rule: &str| {
        let parts = parts().with(|parts| {
            parts.from_gateway = format!(
                "parentRefs: [{{name: out}}], rules: [{{{rule}backendRefs: [{{group: networking.istio.io, kind: Hostname, name: x.org, port: 80}}]}}]"
            );
        });
        parts.mesh("GRPCRoute")
    };
    for (rule, to, expected) in [
        ("", "http://x.org/a.B/C", VIA),
        ("matches: [{method: {service: a.B}}], ", "http://x.org/a.B/C", VIA),
        ("matches: [{method: {service: a.B, method: C}}], ", "http://x.org/a.B/C", VIA),
        ("matches: [{method: {service: a.B, method: D}}], ", "http://x.org/a.B/C", "blocked 404 NR"),
        ("matches: [{method: {service: a}}], ", "http://x.org/a.B/C", "blocked 404 NR"),
    ] {
        assert_eq!(short(&grpc(rule).from("a", to)), expected, "{rule}");
    }
}

#[test]
fn tcp_routes_hold_only_with_a_flag_before_1_31() {
    let parts = parts().with(|parts| {
        parts.listeners = "listeners: [{name: tcp, port: 25, protocol: TCP}]".to_owned();
        parts.to_gateway = parts.to_gateway.replace("port: 80", "port: 25");
        parts.from_gateway = "parentRefs: [{name: out}], rules: [{backendRefs: [{group: networking.istio.io, kind: Hostname, name: x.org, port: 25}]}]".to_owned();
    });
    let mesh = parts.mesh("TCPRoute");
    let trace = mesh.from("a", "tcp://x.org:25");
    is(&trace, "unknown");
    assert!(trace.unknown[0].contains("PILOT_ENABLE_ALPHA_GATEWAY_API"), "{:?}", trace.unknown);
    let simulation = egressc_core::stages::trace::outcome::Simulation::new(&mesh.objects, &mesh.environment);
    let cases = simulation.cases(&query("a", "tcp://x.org:25"));
    let cases: Vec<String> = cases.iter().map(|case| short(&case.trace)).collect();
    assert_eq!(cases, ["allowed via own/out x.org:25", "allowed x.org:25"]);
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    // Since 1.31 without it.
    for (version, expected) in [("1.30.3", "unknown"), ("1.31", "allowed via own/out x.org:25")] {
        let stated = Parts { more: release(version), ..parts.clone() };
        is(&stated.mesh("TCPRoute").from("a", "tcp://x.org:25"), expected);
    }
}

#[test]
fn a_gateway_may_be_for_pods_that_exist_already() {
    let manual = |address: &str| {
        parts().with(|parts| {
            parts.gateway = format!(
                "metadata: {{name: out, namespace: own}}\nspec: {{gatewayClassName: istio, addresses: [{{type: Hostname, value: {address}}}], "
            );
            parts.to_gateway = parts.to_gateway.replace("out-istio", "egress");
            parts.more = "---
apiVersion: v1
kind: Service
metadata: {name: egress, namespace: own}
spec: {selector: {app: egress}, ports: [{name: http, port: 80, targetPort: 8080}]}
"
            .to_owned();
        })
    };
    for address in ["egress", "egress.own.svc.cluster.local"] {
        let trace = manual(address).mesh("HTTPRoute").from("a", "http://x.org");
        // No document describes the pods, and whether they speak mutual TLS.
        assert!(trace.unknown.iter().all(|why| why.contains("security.istio.io/tlsMode")), "{:?}", trace.unknown);
    }
    let plain = "---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: d, namespace: own}
spec: {host: egress, trafficPolicy: {tls: {mode: DISABLE}}}
";
    let with = |address: &str| manual(address).with(|parts| parts.more += plain).http();
    assert_eq!(with("egress"), "allowed via own/egress x.org:80");
    assert_eq!(with("other"), "unknown", "no Gateway is for these pods");
    let on_target_port = manual("egress").with(|parts| {
        parts.more += plain;
        parts.listeners = parts.listeners.replace("port: 80", "port: 8080");
    });
    assert_eq!(on_target_port.http(), "blocked 503 UF", "a listener is for ports of the Service");
}

/// `kube-gateway.yaml` writes the annotations of the Gateway, or those of its `infrastructure`, to the Service, and
/// `exportTo` of a Service is one.
#[test]
fn the_service_of_a_gateway_is_exported_as_its_annotations_say() {
    let with = |metadata: &str, spec: &str| {
        let gateway =
            format!("metadata: {{name: out, namespace: own{metadata}}}\nspec: {{gatewayClassName: istio, {spec}");
        let mesh = parts().with(|parts| parts.gateway = gateway).mesh("HTTPRoute");
        ["own", "a"].map(|namespace| short(&mesh.from(namespace, "http://x.org")))
    };
    let everywhere = [VIA, VIA].map(str::to_owned);
    let own_alone = [VIA.to_owned(), "blocked 500 NC".to_owned()];
    let own_annotation = ", annotations: {networking.istio.io/exportTo: .}";
    assert_eq!(with("", ""), everywhere);
    assert_eq!(with(own_annotation, ""), own_alone);
    assert_eq!(with("", "infrastructure: {annotations: {networking.istio.io/exportTo: '.'}}, "), own_alone);
    // Those of the infrastructure stand for all.
    assert_eq!(with(own_annotation, "infrastructure: {annotations: {team: net}}, "), everywhere);
}

#[test]
fn a_gateway_of_another_class_is_not_istios() {
    let class = |class: &str, more: &str| {
        parts()
            .with(|parts| {
                parts.gateway = parts.gateway.replace("istio,", &format!("{class},"));
                parts.to_gateway = parts.to_gateway.replace("out-istio", &format!("out-{class}"));
                parts.more = more.to_owned();
            })
            .mesh("HTTPRoute")
            .from("a", "http://x.org")
    };
    is(&class("istio", ""), VIA);
    for other in ["nginx", "istio-waypoint", "istio-remote"] {
        is(&class(other, ""), "unknown");
    }
    let of_controller = |controller: &str| {
        format!(
            "---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: mine}}
spec: {{controllerName: {controller}}}
"
        )
    };
    is(&class("mine", &of_controller("istio.io/gateway-controller")), VIA);
    is(&class("mine", &of_controller("example.org/other")), "unknown");
    let agent = parts()
        .with(|parts| {
            parts.gateway = parts.gateway.replace("istio,", "istio-agentgateway,");
            parts.to_gateway = parts.to_gateway.replace("out-istio", "out");
        })
        .mesh("HTTPRoute")
        .from("a", "http://x.org");
    is(&agent, "unknown");
    assert!(agent.unknown[0].contains("neither AuthorizationPolicies nor DestinationRules"), "{:?}", agent.unknown);
}

#[test]
fn a_listener_set_adds_listeners_where_the_gateway_takes_them() {
    let set = |allowed: &str| {
        parts().with(|parts| {
            parts.listeners =
                format!("listeners: [{{name: other, hostname: y.org, port: 80, protocol: HTTP}}], {allowed}");
            parts.from_gateway = parts.from_gateway.replace("{name: out}", "{kind: ListenerSet, name: more}");
            parts.more = "---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: own}
spec: {parentRef: {name: out}, listeners: [{name: http, hostname: x.org, port: 80, protocol: HTTP}]}
"
            .to_owned();
        })
    };
    assert_eq!(set("allowedListeners: {namespaces: {from: Same}}").http(), VIA);
    assert_eq!(set("allowedListeners: {namespaces: {from: All}}").http(), VIA);
    assert_eq!(set("allowedListeners: {namespaces: {from: None}}").http(), "blocked 404 NR");
    assert_eq!(set("").http(), "blocked 404 NR");
    let selected = |label: &str| {
        set(&format!("allowedListeners: {{namespaces: {{from: Selector, selector: {{matchLabels: {{{label}}}}}}}}}"))
            .http()
    };
    assert_eq!(selected("kubernetes.io/metadata.name: own"), VIA);
    assert_eq!(selected("kubernetes.io/metadata.name: shop"), "blocked 404 NR");
    assert_eq!(selected("team: net"), "unknown");
}

#[test]
fn a_listener_with_a_closer_name_keeps_its_requests() {
    let parts = parts().with(|parts| {
        parts.listeners =
            "listeners: [{name: all, port: 80, protocol: HTTP}, {name: x, hostname: x.org, port: 80, protocol: HTTP}]"
                .to_owned();
        parts.from_gateway = parts.from_gateway.replace("{name: out}", "{name: out, sectionName: all}");
    });
    assert_eq!(parts.http(), "blocked 404 NR");
    let parts =
        parts.with(|parts| parts.from_gateway = parts.from_gateway.replace("sectionName: all", "sectionName: x"));
    assert_eq!(parts.http(), VIA);
}

#[test]
fn a_policy_for_tls_is_for_what_it_targets() {
    let policy = "---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: p, namespace: own}
spec:
  targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: x}]
  validation: {hostname: x.org, wellKnownCACertificates: System}
";
    let mesh = Mesh::bare(&(two_hosts() + policy));
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80 tls(x.org)");
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
}

#[test]
fn a_policy_with_targets_is_for_the_pods_of_its_gateway() {
    let with = |targets: &str, namespace: &str| {
        let parts = parts().with(|parts| {
            parts.more = format!(
                "---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: p, namespace: {namespace}}}
spec: {{{targets} action: DENY, rules: [{{}}]}}
"
            );
        });
        parts.http()
    };
    let target =
        |name: &str| format!("targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: {name}}}],");
    assert_eq!(with(&target("out"), "own"), "blocked 403");
    assert_eq!(with(&target("other"), "own"), VIA);
    assert_eq!(with(&target("out"), "a"), VIA);
    assert_eq!(with(&target("out"), "istio-system"), VIA, "a target is of the policy's own namespace");
    let selector = "selector: {matchLabels: {gateway.networking.k8s.io/gateway-name: out}},";
    assert_eq!(with(selector, "own"), "blocked 403");
    assert_eq!(with("selector: {matchLabels: {app: other}},", "own"), VIA);
}

#[test]
fn what_is_attached_to_another_gateway_changes_nothing() {
    let with = |kind: &str, targets: &str, namespace: &str| {
        let (api, spec) = match kind {
            "EnvoyFilter" => (
                "networking.istio.io/v1alpha3",
                "configPatches: [{applyTo: HTTP_FILTER, match: {context: GATEWAY}, patch: {operation: INSERT_BEFORE, value: {name: x}}}]",
            ),
            _ => ("extensions.istio.io/v1alpha1", "url: oci://x/y:1"),
        };
        let parts = parts().with(|parts| {
            parts.more = format!("---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: f, namespace: {namespace}}}\nspec: {{{targets} {spec}}}\n");
        });
        parts.http()
    };
    let target =
        |name: &str| format!("targetRefs: [{{group: gateway.networking.k8s.io, kind: Gateway, name: {name}}}],");
    for kind in ["EnvoyFilter", "WasmPlugin"] {
        assert_eq!(with(kind, &target("out"), "own"), "unknown", "{kind}");
        assert_eq!(with(kind, &target("other"), "own"), VIA, "{kind}");
        assert_eq!(with(kind, &target("out"), "b"), VIA, "{kind}");
        assert_eq!(with(kind, &target("out"), "istio-system"), VIA, "{kind}: a target is of its own namespace");
        let service = "targetRefs: [{group: '', kind: Service, name: out}],";
        assert_eq!(with(kind, service, "own"), VIA, "{kind}");
        assert_eq!(with(kind, "", "own"), "unknown", "{kind}");
    }
}

#[test]
fn a_backend_whose_kind_a_flag_decides_is_unknown_for_its_own_requests() {
    let import = "{group: multicluster.x-k8s.io, kind: ServiceImport, name: w, port: 443}";
    let tls = parts().with(|parts| {
        parts.listeners =
            "listeners: [{name: tls, hostname: x.org, port: 443, protocol: TLS, tls: {mode: Passthrough}}]".to_owned();
        parts.to_gateway = parts.to_gateway.replace("port: 80", "port: 443");
        parts.from_gateway =
            format!("parentRefs: [{{name: out}}], hostnames: [x.org], rules: [{{backendRefs: [{import}]}}]");
    });
    let mesh = tls.mesh("TLSRoute");
    is(&mesh.from("a", "https://x.org"), "unknown");
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
}

#[test]
fn a_backend_is_an_entry_of_every_namespace_where_a_flag_is_on() {
    let backend = "
---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XBackend
metadata: {name: b, namespace: b}
spec: {type: ExternalHostname, externalHostname: {hostname: z.org}, port: 80}
";
    let mesh = Mesh::bare(&(two_hosts() + backend));
    let trace = mesh.from("a", "http://z.org");
    is(&trace, "unknown");
    assert!(trace.unknown[0].contains("PILOT_ENABLE_ALPHA_GATEWAY_API"), "{:?}", trace.unknown);
    let cases = egressc_core::stages::trace::outcome::Simulation::new(&mesh.objects, &mesh.environment)
        .cases(&query("a", "http://z.org"));
    let cases: Vec<String> = cases.iter().map(|case| short(&case.trace)).collect();
    assert_eq!(cases, ["allowed z.org:80", "blocked 502"]);
    is(&mesh.from("a", "http://x.org"), "allowed x.org:80");
    is(&mesh.from("a", "http://w.org"), "blocked 502");
    // Where unknown hosts are let out anyway, it does not matter.
    is(&Mesh::bare(&(two_hosts() + backend)).allow_any().from("a", "http://z.org"), "allowed z.org:80");
}

/// Of two routes for one path the older object's comes first, however many routes for other paths stand between them.
#[test]
fn routes_far_from_each_other_depend_on_their_ages() {
    let route = |name: &str, path: &str, to: &str, created: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, namespace: own{created}}}\nspec: {{parentRefs: [{{group: networking.istio.io, kind: ServiceEntry, name: x}}], rules: [{{matches: [{{path: {{value: /{path}}}}}], backendRefs: [{{group: networking.istio.io, kind: Hostname, name: {to}, port: 80}}]}}]}}\n"
        )
    };
    let ask = |created: &str| {
        let between: String =
            (0..80).map(|at| route(&format!("m{at:02}"), &format!("p{at:02}"), "x.org", created)).collect();
        let all = [route("a", "pxx", "x.org", created), between, route("z", "pxx", "y.org", created)].concat();
        let mesh =
            Mesh::bare(&(entry("x", "own", "'*'", "x.org", HTTP) + &entry("y", "own", "'*'", "y.org", HTTP) + &all));
        short(&mesh.ask(&query("a", "http://x.org/pxx")))
    };
    assert_eq!(ask(""), "unknown");
    assert_eq!(ask(", creationTimestamp: '2026-01-01T00:00:00Z'"), "allowed x.org:80");
}

/// Values are texts in the Gateway API and formats in Envoy, and no webhook of Istio looks at expressions.
#[test]
fn a_rule_that_envoy_refuses_makes_its_port_unknown_for_every_host() {
    let with = |more: &str| {
        parts().with(|parts| {
            parts.to_gateway = parts.to_gateway.replace("rules: [{", &format!("rules: [{{{more}, "));
        })
    };
    let set = |kind: &str, value: &str| {
        let field = kind.replace("Re", "re");
        format!("filters: [{{type: {kind}, {field}: {{set: [{{name: x-a, value: '{value}'}}]}}}}]")
    };
    for refused in [
        set("RequestHeaderModifier", "100%"),
        set("RequestHeaderModifier", "50% of 100"),
        set("ResponseHeaderModifier", "%FOO%"),
        set("ResponseHeaderModifier", "%FOO%").replace("set", "add"),
        "matches: [{path: {type: RegularExpression, value: '(/a'}}, {}]".to_owned(),
        "matches: [{path: {type: RegularExpression, value: '*'}}, {}]".to_owned(),
        "matches: [{headers: [{type: RegularExpression, name: x-a, value: '(?!b)'}]}, {}]".to_owned(),
        "matches: [{queryParams: [{type: RegularExpression, name: a, value: '+'}]}, {}]".to_owned(),
    ] {
        let mesh = with(&refused).mesh("HTTPRoute");
        for to in ["http://x.org", "http://y.org", "http://none.org"] {
            assert_eq!(short(&mesh.from("a", to)), "unknown", "{refused} {to}");
        }
        is(&mesh.from("a", "https://x.org"), "allowed x.org:443 tls(x.org)");
    }
    for taken in [
        set("RequestHeaderModifier", "100%%"),
        set("RequestHeaderModifier", "%HOSTNAME%"),
        "matches: [{headers: [{type: RegularExpression, name: x-a, value: '*'}]}, {}]".to_owned(),
        "matches: [{headers: [{type: Exact, name: x-a, value: '('}]}, {}]".to_owned(),
        "matches: [{path: {type: RegularExpression, value: '/(a|b)'}}, {}]".to_owned(),
    ] {
        let mesh = with(&taken).mesh("HTTPRoute");
        is(&mesh.from("a", "http://x.org"), VIA);
        is(&mesh.from("a", "http://y.org"), "allowed y.org:80");
    }
    let of_backend = parts().with(|parts| {
        let filters = set("RequestHeaderModifier", "100%");
        parts.to_gateway = parts.to_gateway.replace("port: 80}", &format!("port: 80, {filters}}}"));
    });
    assert_eq!(of_backend.http(), "unknown");
}

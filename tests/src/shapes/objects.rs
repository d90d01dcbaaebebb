//! Objects of Istio and Kubernetes that people wrote by hand.

use super::parts::{MESH, Named, items, many};

const GATEWAY: &str = "istio-egressgateway.istio-system.svc.cluster.local";

/// S1 to S7 are the shapes of an attack that asked for bounds.
pub(super) const SHAPES: &[Named] = &[
    ("hosts", |count| MESH.to_owned() + &many(count, |n| entry(n, "shop", &host(n)))),
    ("services-of-one-host", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| route(n, &format!("n{n}"), "api.example.com", "exportTo: [.], ", ""))
    }),
    ("labels", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                let labels = format!("match: [{{sourceLabels: {{app: a{n}}}}}], ");
                entry(n, "istio-system", &host(n)) + &route(n, "istio-system", &host(n), "", &labels)
            })
            + &gateway("egress", "'*'")
    }),
    ("workloads", |count| MESH.to_owned() + &entry(0, "shop", "api.example.com") + &many(count, pod)),
    // S2
    ("policies-by-path", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| gateway_policy(n, "DENY", &format!("to: [{{operation: {{paths: ['/p{n}*']}}}}]")))
    }),
    // S3
    ("entries-of-one-host", |count| MESH.to_owned() + &many(count, |n| entry(n, &format!("n{n}"), "api.example.com"))),
    // S4
    ("routes-by-header", |count| routes(count, |n| format!("headers: {{x: {{exact: v{n}}}}}"))),
    ("routes-by-label", |count| routes(count, |n| format!("sourceLabels: {{app: a{n}}}"))),
    ("routes-by-path", |count| routes(count, |n| format!("uri: {{prefix: /p{n}/}}"))),
    ("routes-by-method-and-port", |count| routes(count, |n| format!("method: {{exact: GET}}, port: {}", n + 1))),
    // S5
    ("sidecars", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| sidecar(n, "shop", &format!("workloadSelector: {{labels: {{app: a{n}}}}}, "), "./*"))
    }),
    ("policies-by-principal", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                gateway_policy(
                    n,
                    "ALLOW",
                    &format!("from: [{{source: {{principals: [cluster.local/ns/n{n}/sa/default]}}}}]"),
                )
            })
    }),
    ("policies-by-namespace", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| gateway_policy(n, "ALLOW", &format!("from: [{{source: {{namespaces: [n{n}]}}}}]")))
    }),
    ("rules-of-one-policy", |count| {
        let rules = items(count, |n| {
            format!("{{from: [{{source: {{namespaces: [n{n}]}}}}], to: [{{operation: {{hosts: [{}]}}}}]}}", host(n))
        });
        at_gateway("api.example.com")
            + &object(
                "security",
                "AuthorizationPolicy",
                "p",
                "istio-system",
                &format!("{{selector: {{matchLabels: {{istio: egressgateway}}}}, action: ALLOW, rules: [{rules}]}}"),
            )
    }),
    ("values-of-one-rule", |count| {
        let paths = items(count, |n| format!("'/p{n}/*'"));
        at_gateway("api.example.com")
            + &gateway_policy(0, "DENY", &format!("to: [{{operation: {{paths: [{paths}]}}}}]"))
    }),
    ("tcp-hosts", |count| {
        MESH.to_owned()
            + &many(count, |n| entry_with(n, "shop", &host(n), "{number: 5432, name: tcp, protocol: TCP}", ""))
    }),
    ("tls-hosts", |count| {
        MESH.to_owned()
            + &many(count, |n| entry_with(n, "shop", &host(n), "{number: 443, name: tls, protocol: TLS}", ""))
    }),
    ("tcp-addresses", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                let address = format!(", addresses: [10.{}.{}.7]", n / 250, n % 250);
                entry_with(n, "shop", &host(n), "{number: 5432, name: tcp, protocol: TCP}", &address)
            })
    }),
    // Namespaces that import the hosts of one shared namespace.
    ("shared-hosts", |count| {
        MESH.to_owned()
            + &many(count, |n| entry(n, "shared", &host(n)) + &sidecar(0, &format!("n{n}"), "", "./*', 'shared/*"))
    }),
    ("one-import-each", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shared", &host(n)) + &sidecar(0, &format!("n{n}"), "", &format!("shared/{}", host(n)))
            })
    }),
    // S6
    ("namespaces", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                let namespace = format!("n{n}");
                entry(0, &namespace, &format!("a{n}.example.com"))
                    + &entry(1, &namespace, &format!("b{n}.example.com"))
                    + &sidecar(0, &namespace, "", "./*")
            })
    }),
    ("namespaces-that-export-nothing", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry_with(n, &format!("n{n}"), &host(n), "{number: 80, name: http, protocol: HTTP}", ", exportTo: [.]")
            })
    }),
    ("exports-to-one-namespace", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                let export = format!(", exportTo: [n{}]", n + 1);
                entry_with(n, &format!("n{n}"), &host(n), "{number: 80, name: http, protocol: HTTP}", &export)
            })
    }),
    // S7
    ("hosts-and-sidecars", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &host(n))
                    + &sidecar(n, "shop", &format!("workloadSelector: {{labels: {{app: a{n}}}}}, "), "./*")
            })
    }),
    ("routes-at-the-gateway", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                object(
                    "networking",
                    "VirtualService",
                    &format!("w{n}"),
                    "istio-system",
                    &format!(
                        "{{hosts: [api.example.com], gateways: [egress], http: [{{match: [{{uri: {{prefix: /p{n}}}}}], route: [{{destination: {{host: api.example.com}}}}]}}]}}"
                    ),
                )
            })
    }),
    ("hosts-at-the-gateway", |count| {
        MESH.to_owned()
            + &gateway("egress", "'*'")
            + &many(count, |n| {
                entry(n, "istio-system", &host(n)) + &route(n, "istio-system", &host(n), "", "") + &onward(n, &host(n))
            })
    }),
    ("gateways", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                gateway(&format!("g{n}"), &host(n))
                    + &entry(n, "istio-system", &host(n))
                    + &route(n, "istio-system", &host(n), "", "")
                    + &onward(n, &host(n)).replace("[egress]", &format!("[g{n}]"))
            })
    }),
    ("servers", |count| {
        let servers =
            items(count, |n| format!("{{port: {{number: 80, name: http-{n}, protocol: HTTP}}, hosts: [{}]}}", host(n)));
        MESH.to_owned()
            + &object(
                "networking",
                "Gateway",
                "egress",
                "istio-system",
                &format!("{{selector: {{istio: egressgateway}}, servers: [{servers}]}}"),
            )
    }),
    ("ports-of-servers", |count| {
        let servers =
            items(count, |n| format!("{{port: {{number: {}, name: http-{n}, protocol: HTTP}}, hosts: ['*']}}", n + 1));
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &object(
                "networking",
                "Gateway",
                "egress",
                "istio-system",
                &format!("{{selector: {{istio: egressgateway}}, servers: [{servers}]}}"),
            )
    }),
    ("destination-rules", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &host(n))
                    + &object(
                        "networking",
                        "DestinationRule",
                        &format!("d{n}"),
                        "shop",
                        &format!("{{host: {}, trafficPolicy: {{tls: {{mode: SIMPLE}}}}}}", host(n)),
                    )
            })
    }),
    ("destination-rules-of-one-host", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                object(
                    "networking",
                    "DestinationRule",
                    &format!("d{n}"),
                    "shop",
                    &format!("{{host: api.example.com, subsets: [{{name: s{n}, labels: {{v: a{n}}}}}]}}"),
                )
            })
    }),
    ("destination-rules-in-namespaces", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                object(
                    "networking",
                    "DestinationRule",
                    &format!("d{n}"),
                    &format!("n{n}"),
                    "{host: api.example.com, trafficPolicy: {tls: {mode: SIMPLE}}}",
                )
            })
    }),
    ("wildcard-destination-rules", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &format!("x.{}", host(n)))
                    + &object(
                        "networking",
                        "DestinationRule",
                        &format!("d{n}"),
                        "shop",
                        &format!("{{host: '*.{}', trafficPolicy: {{tls: {{mode: SIMPLE}}}}}}", host(n)),
                    )
            })
    }),
    ("subsets", |count| {
        let subsets = items(count, |n| format!("{{name: s{n}, labels: {{v: a{n}}}}}"));
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &object(
                "networking",
                "DestinationRule",
                "d",
                "shop",
                &format!("{{host: api.example.com, subsets: [{subsets}]}}"),
            )
    }),
    ("hosts-of-one-entry", |count| MESH.to_owned() + &entry(0, "shop", &items(count, host))),
    ("hosts-of-one-route", |count| {
        MESH.to_owned() + &many(count, |n| entry(n, "shop", &host(n))) + &route(0, "shop", &items(count, host), "", "")
    }),
    ("ports-of-one-entry", |count| {
        let ports = items(count, |n| format!("{{number: {}, name: http-{n}, protocol: HTTP}}", n + 1));
        MESH.to_owned() + &entry_with(0, "shop", "api.example.com", &ports, "")
    }),
    ("addresses-of-one-entry", |count| {
        let addresses = items(count, |n| format!("10.{}.{}.7", n / 250, n % 250));
        MESH.to_owned()
            + &entry_with(
                0,
                "shop",
                "api.example.com",
                "{number: 5432, name: tcp, protocol: TCP}",
                &format!(", addresses: [{addresses}]"),
            )
    }),
    ("endpoints-of-one-entry", |count| {
        let endpoints = items(count, |n| format!("{{address: e{n}.example.com}}"));
        MESH.to_owned()
            + &entry_with(
                0,
                "shop",
                "api.example.com",
                "{number: 80, name: http, protocol: HTTP}",
                &format!(", endpoints: [{endpoints}]"),
            )
    }),
    ("wildcard-hosts", |count| MESH.to_owned() + &many(count, |n| entry(n, "shop", &format!("'*.{}'", host(n))))),
    ("nested-wildcards", |count| {
        MESH.to_owned() + &entry(0, "shop", "'*.example.com'") + &many(count, |n| entry(n + 1, "shop", &host(n)))
    }),
    ("workload-entries", |count| {
        MESH.to_owned()
            + &entry_with(
                0,
                "shop",
                "api.example.com",
                "{number: 80, name: http, protocol: HTTP}",
                ", workloadSelector: {labels: {app: a}}",
            )
            .replace("resolution: DNS", "resolution: STATIC")
            + &many(count, |n| {
                object(
                    "networking",
                    "WorkloadEntry",
                    &format!("w{n}"),
                    "shop",
                    &format!("{{address: 10.{}.{}.7, labels: {{app: a}}}}", n / 250, n % 250),
                )
            })
    }),
    ("workload-entries-and-selectors", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry_with(
                    n,
                    "shop",
                    &host(n),
                    "{number: 80, name: http, protocol: HTTP}",
                    &format!(", workloadSelector: {{labels: {{app: a{n}}}}}"),
                )
                .replace("resolution: DNS", "resolution: STATIC")
                    + &object(
                        "networking",
                        "WorkloadEntry",
                        &format!("w{n}"),
                        "shop",
                        &format!("{{address: 10.{}.{}.7, labels: {{app: a{n}}}}}", n / 250, n % 250),
                    )
            })
    }),
    ("destinations-of-one-route", |count| {
        let destinations = items(count, |n| format!("{{destination: {{host: {}}}, weight: 1}}", host(n)));
        MESH.to_owned()
            + &many(count, |n| entry(n, "shop", &host(n)))
            + &object(
                "networking",
                "VirtualService",
                "v",
                "shop",
                &format!("{{hosts: [api.example.com], http: [{{route: [{destinations}]}}]}}"),
            )
    }),
    ("matches-of-one-route", |count| {
        let matches = items(count, |n| format!("{{uri: {{prefix: /p{n}/}}}}"));
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &route(0, "shop", "api.example.com", "", &format!("match: [{matches}], "))
    }),
    ("regular-expressions", |count| routes(count, |n| format!("uri: {{regex: '/p{n}/[a-z]+(x|y)*'}}"))),
    ("tls-routes", |count| {
        let routes = items(count, |n| {
            format!("{{match: [{{port: 443, sniHosts: [{0}]}}], route: [{{destination: {{host: {0}}}}}]}}", host(n))
        });
        MESH.to_owned()
            + &many(count, |n| entry_with(n, "shop", &host(n), "{number: 443, name: tls, protocol: TLS}", ""))
            + &object(
                "networking",
                "VirtualService",
                "v",
                "shop",
                &format!("{{hosts: [{}], tls: [{routes}]}}", items(count, host)),
            )
    }),
    ("delegates", |count| {
        let routes = items(count, |n| format!("{{match: [{{uri: {{prefix: /p{n}/}}}}], delegate: {{name: d{n}}}}}"));
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &object(
                "networking",
                "VirtualService",
                "v",
                "shop",
                &format!("{{hosts: [api.example.com], http: [{routes}]}}"),
            )
            + &many(count, |n| {
                object(
                    "networking",
                    "VirtualService",
                    &format!("d{n}"),
                    "shop",
                    "{http: [{route: [{destination: {host: api.example.com}}]}]}",
                )
            })
    }),
    ("envoy-filters", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                object(
                    "networking",
                    "EnvoyFilter",
                    &format!("f{n}"),
                    "shop",
                    &format!(
                        "{{workloadSelector: {{labels: {{app: a{n}}}}}, configPatches: [{{applyTo: HTTP_FILTER, match: {{context: SIDECAR_OUTBOUND}}, patch: {{operation: INSERT_BEFORE, value: {{name: x}}}}}}]}}"
                    ),
                )
            })
    }),
    ("peer-authentications", |count| {
        MESH.to_owned()
            + &at_gateway("api.example.com")
            + &many(count, |n| {
                object(
                    "security",
                    "PeerAuthentication",
                    &format!("f{n}"),
                    "shop",
                    &format!("{{selector: {{matchLabels: {{app: a{n}}}}}, mtls: {{mode: STRICT}}}}"),
                )
            })
    }),
    ("request-authentications", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                object(
                    "security",
                    "RequestAuthentication",
                    &format!("f{n}"),
                    "istio-system",
                    &format!("{{selector: {{matchLabels: {{istio: egressgateway}}}}, jwtRules: [{{issuer: i{n}}}]}}"),
                )
            })
    }),
    ("proxy-configs", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                object("networking", "ProxyConfig", &format!("f{n}"), "shop", &format!("{{selector: {{matchLabels: {{app: a{n}}}}}, environmentVariables: {{ISTIO_META_DNS_CAPTURE: 'true'}}}}")).replace("networking.istio.io/v1", "networking.istio.io/v1beta1")
            })
    }),
    ("services", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{selector: {{app: a{n}}}, ports: [{{name: http, port: 80}}]}}\n"
                )
            })
    }),
    ("external-names", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                format!(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{type: ExternalName, externalName: {}, ports: [{{name: http, port: 80}}]}}\n",
                    host(n)
                )
            })
    }),
    ("namespace-documents", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{n}, labels: {{istio-injection: enabled, team: t{n}}}}}\n"
                )
            })
    }),
    ("deployments-and-services", |count| {
        MESH.to_owned()
            + &entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{n}, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: a{n}}}}}, template: {{metadata: {{labels: {{app: a{n}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{selector: {{app: a{n}}}, ports: [{{name: http, port: 80}}]}}\n"
                )
            })
    }),
    ("gateway-pods", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                pod(n)
                    .replace("namespace: shop", "namespace: istio-system")
                    .replace(&format!("app: a{n}"), &format!("app: a{n}, istio: egressgateway"))
            })
    }),
    ("gateway-services", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: istio-system}}\nspec: {{selector: {{istio: egressgateway}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}\n"
                )
            })
    }),
    ("network-policies", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{app: a{n}}}}}, policyTypes: [Egress]}}\n"
                )
            })
    }),
    ("wrong-objects", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                object(
                    "networking",
                    "VirtualService",
                    &format!("v{n}"),
                    "shop",
                    &format!("{{hosts: [{}], htp: [], http: [{{rout: []}}]}}", host(n)),
                )
            })
    }),
    ("routes-to-nowhere", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &host(n))
                    + &object(
                        "networking",
                        "VirtualService",
                        &format!("v{n}"),
                        "shop",
                        &format!("{{hosts: [{0}], http: [{{route: [{{destination: {{host: x{0}}}}}]}}]}}", host(n)),
                    )
            })
    }),
    ("same-object", |count| MESH.to_owned() + &many(count, |_| entry(0, "shop", "api.example.com"))),
    ("http-routes", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &host(n))
                    + &format!(
                        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: h{n}, namespace: shop}}\nspec: {{parentRefs: [{{kind: ServiceEntry, group: networking.istio.io, name: e{n}}}], rules: [{{backendRefs: [{{kind: Hostname, group: networking.istio.io, name: {}, port: 80}}]}}]}}\n",
                        host(n)
                    )
            })
    }),
    ("gateway-api-gateways", |count| {
        MESH.to_owned()
            + &many(count, |n| {
                entry(n, "shop", &host(n))
                    + &format!(
                        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g{n}, namespace: shop}}\nspec: {{gatewayClassName: istio, listeners: [{{name: http, port: 80, protocol: HTTP, hostname: {}}}]}}\n",
                        host(n)
                    )
            })
    }),
];

fn host(number: usize) -> String {
    format!("h{number}.example.com")
}

fn object(group: &str, kind: &str, name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: {group}.istio.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn entry(number: usize, namespace: &str, host: &str) -> String {
    entry_with(number, namespace, host, "{number: 80, name: http, protocol: HTTP}", "")
}

fn entry_with(number: usize, namespace: &str, host: &str, ports: &str, more: &str) -> String {
    let spec = format!("{{hosts: [{host}], ports: [{ports}], resolution: DNS{more}}}");
    object("networking", "ServiceEntry", &format!("e{number}"), namespace, &spec)
}

fn sidecar(number: usize, namespace: &str, selector: &str, hosts: &str) -> String {
    object(
        "networking",
        "Sidecar",
        &format!("s{number}"),
        namespace,
        &format!("{{{selector}egress: [{{hosts: ['{hosts}']}}]}}"),
    )
}

fn gateway(name: &str, host: &str) -> String {
    let spec = format!(
        "{{selector: {{istio: egressgateway}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{host}]}}]}}"
    );
    object("networking", "Gateway", name, "istio-system", &spec)
}

fn gateway_policy(number: usize, action: &str, rule: &str) -> String {
    let spec =
        format!("{{selector: {{matchLabels: {{istio: egressgateway}}}}, action: {action}, rules: [{{{rule}}}]}}");
    object("security", "AuthorizationPolicy", &format!("p{number}"), "istio-system", &spec)
}

fn pod(number: usize) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: w{number}, namespace: shop, labels: {{app: a{number}}}}}\nspec: {{containers: [{{name: c, image: i}}, {{name: istio-proxy, image: p, args: [proxy, sidecar]}}]}}\n"
    )
}

/// A host with its way through the gateway.
fn at_gateway(host: &str) -> String {
    MESH.to_owned()
        + &entry(0, "istio-system", host)
        + &route(0, "istio-system", host, "", "")
        + &gateway("egress", host)
        + &onward(0, host)
}

fn onward(number: usize, host: &str) -> String {
    let spec =
        format!("{{hosts: [{host}], gateways: [egress], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}");
    object("networking", "VirtualService", &format!("onward{number}"), "istio-system", &spec)
}

fn route(number: usize, namespace: &str, host: &str, fields: &str, matches: &str) -> String {
    let spec = format!(
        "{{hosts: [{host}], {fields}http: [{{{matches}route: [{{destination: {{host: {GATEWAY}, port: {{number: 80}}}}}}]}}]}}"
    );
    object("networking", "VirtualService", &format!("v{number}"), namespace, &spec)
}

/// Routes of one VirtualService, by what each matches.
fn routes(count: usize, matched: impl Fn(usize) -> String) -> String {
    let routes = items(count, |n| {
        format!("{{match: [{{{}}}], route: [{{destination: {{host: api.example.com}}}}]}}", matched(n))
    });
    MESH.to_owned()
        + &entry(0, "shop", "api.example.com")
        + &object(
            "networking",
            "VirtualService",
            "v",
            "shop",
            &format!("{{hosts: [api.example.com], http: [{routes}]}}"),
        )
}

//! Policies, the facts that belong to them, and egressc's other kinds.

use super::parts::{MESH, Named, items, many};

pub(super) const SHAPES: &[Named] = &[
    ("rules", |count| policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ""))))),
    ("rules-of-asm", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), "")))).replace(
            "egressc.dev/v1alpha1\nkind: EgressPolicy",
            "istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy",
        )
    }),
    ("policies", |count| {
        MESH.to_owned()
            + &many(count, |n| one_policy(&format!("p{n}"), "egressgateway", &rule(&client(n), &http(&host(n), ""))))
    }),
    ("clients-of-one-host", |count| {
        policy("egressgateway", &rule(&items(count, client), &http("api.example.com", "")))
    }),
    ("rules-of-one-host", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http("api.example.com", ""))))
    }),
    ("workloads-of-one-namespace", |count| {
        policy(
            "egressgateway",
            &rule(
                &items(count, |n| format!("{{namespace: shop, workloadSelector: {{app: a{n}}}}}")),
                &http("api.example.com", ""),
            ),
        ) + &many(count, |n| {
            format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: w{n}, namespace: shop, labels: {{app: a{n}}}}}\nspec: {{serviceAccountName: s{n}, containers: [{{name: c, image: i}}, {{name: istio-proxy, image: p, args: [proxy, sidecar]}}]}}\n"
            )
        })
    }),
    ("accounts-of-one-host", |count| {
        policy(
            "egressgateway",
            &rule(
                &items(count, |n| format!("{{namespace: n{n}, serviceAccounts: [{}]}}", items(8, |m| format!("s{m}")))),
                &http("api.example.com", ""),
            ),
        )
    }),
    ("accounts-and-rules-of-one-host", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(&format!("{{namespace: n{n}, serviceAccounts: [s{n}]}}"), &http("api.example.com", ""))
            }),
        )
    }),
    ("namespaces-of-one-host", |count| {
        policy("egressgateway", &rule(&items(count, |n| format!("{{namespace: n{n}}}")), &http("api.example.com", "")))
    }),
    ("destinations-of-one-client", |count| {
        policy("egressgateway", &rule(&client(0), &items(count, |n| http(&host(n), ""))))
    }),
    ("upgraded", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ", httpsUpgrade: {enabled: true}"))))
    }),
    ("passed-through", |count| policy("egressgateway", &many(count, |n| rule(&client(n), &https(&host(n)))))),
    ("tcp", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(&client(n), &format!("{{hosts: [{}], port: {{number: {}, protocol: TCP}}}}", host(n), 10_000 + n))
            }),
        )
    }),
    ("tcp-addresses", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &format!(
                        "{{addresses: [203.0.{}.{}], port: {{number: 5432, protocol: TCP}}}}",
                        n / 250,
                        n % 250 + 1
                    ),
                )
            }),
        )
    }),
    ("below-one-wildcard", |count| {
        policy(
            "egressgateway",
            &(rule(&client(0), &http("'*.example.com'", "")) + &many(count, |n| rule(&client(0), &http(&host(n), "")))),
        )
    }),
    ("below-one-wildcard-for-others", |count| {
        policy(
            "egressgateway",
            &(rule(&client(0), &http("'*.example.com'", "")) + &many(count, |n| rule(&client(n), &http(&host(n), "")))),
        )
    }),
    ("wildcards", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&format!("'*.{}'", host(n)), ""))))
    }),
    ("wildcards-within", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(&client(n), &http(&format!("'*.{}'", host(n)), ""))
                    + &rule(&client(n), &http(&format!("x.{}", host(n)), ""))
            }),
        )
    }),
    ("allowed-requests", |count| {
        let allow =
            items(16, |n| format!("{{methods: [GET, POST], paths: [/a{n}, '/b{n}/*'], headers: {{x-a: v{n}}}}}"));
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), &format!(", allow: [{allow}]")))))
    }),
    // Up to the limits of the lists.
    ("allowed-requests-of-many-hosts", |count| {
        let allow = items(64, |n| format!("{{methods: [GET], paths: [/a{n}, /b{n}, /c{n}, /d{n}]}}"));
        policy(
            "egressgateway",
            &rule(
                &client(0),
                &items(count.div_ceil(50), |m| http(&items(50, |n| host(m * 50 + n)), &format!(", allow: [{allow}]"))),
            ),
        )
    }),
    ("denied-requests", |count| {
        let deny = items(16, |n| format!("{{methods: [POST], paths: ['/b{n}/*']}}"));
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), &format!(", deny: [{deny}]")))))
    }),
    ("clients-of-one-host-with-requests", |count| {
        policy(
            "egressgateway",
            &many(count, |n| rule(&client(n), &http("api.example.com", ", allow: [{methods: [GET], paths: [/a]}]"))),
        )
    }),
    ("tools", |count| {
        policy(
            "egressgateway",
            &rule(
                &client(0),
                &http(
                    "api.example.com",
                    &format!(
                        ", allow: [{}]",
                        items(count.div_ceil(64), |m| format!(
                            "{{paths: [/mcp], tools: [{}]}}",
                            items(64, |n| format!("tool-{m}-{n}"))
                        ))
                    ),
                ),
            ),
        )
    }),
    ("backends", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &http(
                        &host(n),
                        &format!(
                            ", backends: [{{host: a{n}.example.org, weight: 1}}, {{host: b{n}.example.org, weight: 1, fallback: [{{host: c{n}.example.org}}]}}]"
                        ),
                    ),
                )
            }),
        )
    }),
    ("shared-backends", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &http(&host(n), ", backends: [{host: a.example.org, weight: 1}, {host: b.example.org, weight: 1}]"),
                )
            }),
        )
    }),
    ("audited", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ""))))
            .replace("spec:\n  byE", "spec:\n  mode: audit\n  byE")
    }),
    ("gateways", |count| {
        gateways(count)
            + &many(count, |n| one_policy(&format!("p{n}"), &format!("g{n}"), &rule(&client(n), &http(&host(n), ""))))
    }),
    ("gateways-of-one-host", |count| {
        gateways(count)
            + &many(count, |n| {
                one_policy(&format!("p{n}"), &format!("g{n}"), &rule(&client(n), &http("api.example.com", "")))
            })
    }),
    ("unknown-gateways", |count| {
        MESH.to_owned()
            + &many(count, |n| one_policy(&format!("p{n}"), &format!("g{n}"), &rule(&client(n), &http(&host(n), ""))))
    }),
    ("misspelt-gateways", |count| {
        gateways(count)
            + &many(count, |n| one_policy(&format!("p{n}"), &format!("gx{n}"), &rule(&client(n), &http(&host(n), ""))))
    }),
    ("unknown-namespaces", |count| {
        let namespaces = items(count, |n| format!("{{name: m{n}, injection: true}}"));
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ""))))
            .replace("  gateways:", &format!("  namespaces: [{namespaces}]\n  gateways:"))
    }),
    ("same-rule", |count| policy("egressgateway", &many(count, |_| rule(&client(0), &http("api.example.com", ""))))),
    ("wrong-fields", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ", hotss: [a], timeot: 1s"))))
    }),
    ("wrong-hosts", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&format!("H{n}_.example.com"), ""))))
    }),
    ("one-host-in-two-ways", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &http("api.example.com", if n % 2 == 0 { "" } else { ", httpsUpgrade: {enabled: true}" }),
                )
            }),
        )
    }),
    ("one-port-in-two-protocols", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &if n % 2 == 0 {
                        http(&host(n), "")
                    } else {
                        http(&host(n), "").replace("protocol: HTTP", "protocol: TCP")
                    },
                )
            }),
        )
    }),
    ("ports-of-one-host", |count| {
        policy(
            "egressgateway",
            &many(count, |n| {
                rule(
                    &client(n),
                    &format!("{{hosts: [api.example.com], port: {{number: {}, protocol: HTTP}}}}", 2_000 + n),
                )
            }),
        )
    }),
    ("expectations", |count| {
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ""))))
            + &format!(
                "---\napiVersion: egressc.dev/v1alpha1\nkind: EgressExpectations\nmetadata: {{name: e}}\nspec:\n  allow:\n{}",
                many(count, |n| format!("  - {{from: 'n{n},app=a{n}', to: ['http://{}']}}\n", host(n)))
            )
    }),
    ("suppressions", |count| {
        let suppressions =
            items(count, |n| format!("{{code: EGR0421, object: {{name: p{n}}}, reason: because, until: 2099-01-01}}"));
        MESH.to_owned()
            + &many(count, |n| {
                one_policy(&format!("p{n}"), "egressgateway", &rule(&client(n), &http("a_.example.com", "")))
            })
            + &format!(
                "---\napiVersion: egressc.dev/v1alpha1\nkind: CheckConfiguration\nmetadata: {{name: c}}\nspec: {{suppressions: [{suppressions}]}}\n"
            )
    }),
    ("mesh-namespaces", |count| {
        let namespaces =
            items(count, |n| format!("{{name: n{n}, injection: true, workloads: [{{labels: {{app: a{n}}}}}]}}"));
        policy("egressgateway", &many(count, |n| rule(&client(n), &http(&host(n), ""))))
            .replace("  gateways:", &format!("  namespaces: [{namespaces}]\n  gateways:"))
    }),
    ("words", |count| format!("a: {}\n", "word ".repeat(count))),
    ("keys", |count| format!("{{{}}}\n", items(count, |n| format!("k{n}: {n}")))),
    ("same-key", |count| many(count, |_| "a: 1\n".to_owned())),
    ("anchors", |count| many(count, |n| format!("k{n}: &a{n} v\nl{n}: *a{n}\n"))),
    ("comments", |count| "# a comment\n".repeat(count)),
    ("documents-of-nothing", |count| "---\na: 1\n".repeat(count)),
    ("folded-text", |count| format!("a: >\n{}", "  some words\n\n".repeat(count))),
    ("escapes", |count| format!("a: \"{}\"\n", "\\u00e9".repeat(count))),
    ("merge-keys", |count| many(count, |n| format!("k{n}: &a{n} {{a: 1}}\nl{n}: {{<<: *a{n}}}\n"))),
    ("list-of-kubectl", |count| {
        format!(
            "---\napiVersion: v1\nkind: List\nitems: [{}]\n",
            items(count, |n| format!(
                "{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: e{n}, namespace: shop}}, spec: {{hosts: [{}], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS}}}}",
                host(n)
            ))
        )
    }),
];

fn host(number: usize) -> String {
    format!("h{number}.example.com")
}

fn client(number: usize) -> String {
    format!("{{namespace: n{number}, workloadSelector: {{app: a{number}}}}}")
}

fn http(host: &str, more: &str) -> String {
    format!("{{hosts: [{host}], port: {{number: 80, protocol: HTTP}}{more}}}")
}

fn https(host: &str) -> String {
    format!("{{hosts: [{host}], port: {{number: 443, protocol: HTTPS}}}}")
}

fn rule(from: &str, to: &str) -> String {
    format!("  - {{from: [{from}], to: [{to}]}}\n")
}

fn one_policy(name: &str, gateway: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata: {{name: {name}, namespace: istio-egress}}\nspec:\n  byEgressGateway: {{name: {gateway}}}\n  egressRules:\n{rules}"
    )
}

fn policy(gateway: &str, rules: &str) -> String {
    MESH.to_owned() + &one_policy("shop", gateway, rules)
}

fn gateways(count: usize) -> String {
    let gateways = many(count, |n| {
        format!(
            "  - {{name: g{n}, namespace: istio-system, podLabels: {{istio: g{n}}}, ports: [{{port: 80, targetPort: 8080, class: http}}]}}\n"
        )
    });
    format!(
        "---\napiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: prod}}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  gateways:\n{gateways}"
    )
}

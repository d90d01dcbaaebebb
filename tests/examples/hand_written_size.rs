//! What `check` and `reach` take for many objects that people wrote by hand, in several shapes:
//! `cargo run --release -p egressc-tests --example hand_written_size -- [SHAPE...] [--objects FEW MANY]`
//!
//! For each shape one line: the seconds for few and for many objects, and how many times as long the many take.

use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::time::Instant;

use egressc_core::api::{CheckRequest, ReachRequest, Source, check, reach};
use egressc_tests::Outcome;

const MESH: &str = "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: prod}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  gateways:\n  - name: egressgateway\n    namespace: istio-system\n    podLabels: {istio: egressgateway}\n    ports: [{port: 80, targetPort: 8080, class: http}]\n";
const GATEWAY: &str = "istio-egressgateway.istio-system.svc.cluster.local";

/// A shape: its name, and the text of so many objects.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: [Shape; 16] = [
    ("hosts", |count| many(count, |n| entry(n, "shop", &format!("h{n}.example.com")))),
    ("services-of-one-host", |count| {
        entry(0, "shop", "api.example.com")
            + &many(count, |n| route(n, &format!("n{n}"), "api.example.com", "exportTo: [.], ", ""))
    }),
    ("labels", |count| {
        many(count.div_euclid(2), |n| {
            let host = format!("h{n}.example.com");
            let labels = format!("match: [{{sourceLabels: {{app: a{n}}}}}], ");
            entry(n, "istio-system", &host) + &route(n, "istio-system", &host, "", &labels)
        }) + "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: egress, namespace: istio-system}\nspec: {selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}\n"
    }),
    ("workloads", |count| entry(0, "shop", "api.example.com") + &many(count, pod)),
    ("policies", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p{n}, namespace: istio-system}}\nspec: {{selector: {{matchLabels: {{istio: egressgateway}}}}, action: DENY, rules: [{{to: [{{operation: {{paths: ['/p{n}*']}}}}]}}]}}\n"
                )
            })
    }),
    ("entries-of-one-host", |count| many(count, |n| entry(n, &format!("n{n}"), "api.example.com"))),
    ("routes-by-header", |count| {
        let routes: String = (0..count).fold(String::new(), |mut text, n| {
            let _ = writeln!(
                text,
                "  - {{match: [{{headers: {{x: {{exact: v{n}}}}}}}], route: [{{destination: {{host: api.example.com}}}}]}}"
            );
            text
        });
        entry(0, "shop", "api.example.com")
            + &format!(
                "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: api, namespace: shop}}\nspec:\n  hosts: [api.example.com]\n  http:\n{routes}"
            )
    }),
    ("sidecars", |count| {
        entry(0, "shop", "api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{workloadSelector: {{labels: {{app: a{n}}}}}, egress: [{{hosts: ['./*']}}]}}\n"
                )
            })
    }),
    // S1: workloads that one namespace lists, and a rule of a policy whose `from` selects each of them.
    ("policy-and-workloads", |count| {
        let half = count.div_euclid(2);
        let selectors: String = (0..half).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "    - {{namespace: shop, workloadSelector: {{app: a{n}}}}}");
            text
        });
        many(half, |n| pod(n).replace("spec: {", &format!("spec: {{serviceAccountName: s{n}, ")))
            + &format!(
                "---\napiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata: {{name: shop, namespace: istio-egress}}\nspec:\n  byEgressGateway: {{name: egressgateway}}\n  egressRules:\n  - name: api\n    from:\n{selectors}    to: [{{name: api, hosts: [api.example.com], port: {{number: 80, protocol: HTTP}}}}]\n"
            )
    }),
    ("policies-by-principal", |count| {
        at_gateway("api.example.com")
            + &many(count, |n| {
                format!(
                    "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p{n}, namespace: istio-system}}\nspec: {{selector: {{matchLabels: {{istio: egressgateway}}}}, action: ALLOW, rules: [{{from: [{{source: {{principals: [cluster.local/ns/n{n}/sa/default]}}}}]}}]}}\n"
                )
            })
    }),
    ("routes-by-label", |count| {
        let routes: String = (0..count).fold(String::new(), |mut text, n| {
            let _ = writeln!(
                text,
                "  - {{match: [{{sourceLabels: {{app: a{n}}}}}], route: [{{destination: {{host: api.example.com}}}}]}}"
            );
            text
        });
        entry(0, "shop", "api.example.com")
            + &format!(
                "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: api, namespace: shop}}\nspec:\n  hosts: [api.example.com]\n  http:\n{routes}"
            )
    }),
    ("tcp-hosts", |count| {
        many(count, |n| {
            format!(
                "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e{n}, namespace: shop}}\nspec: {{hosts: [h{n}.example.com], ports: [{{number: 5432, name: tcp, protocol: TCP}}], resolution: DNS}}\n"
            )
        })
    }),
    ("tls-hosts", |count| {
        many(count, |n| {
            format!(
                "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e{n}, namespace: shop}}\nspec: {{hosts: [h{n}.example.com], ports: [{{number: 443, name: tls, protocol: TLS}}], resolution: DNS}}\n"
            )
        })
    }),
    // Namespaces that import the hosts of one shared namespace.
    ("shared-hosts", |count| {
        many(count.div_euclid(2), |n| {
            entry(n, "shared", &format!("h{n}.example.com"))
                + &format!(
                    "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: default, namespace: n{n}}}\nspec: {{egress: [{{hosts: ['./*', 'shared/*']}}]}}\n"
                )
        })
    }),
    // S7: more rows than are made, since each host has one for each of the workloads that Sidecars select.
    ("too-many-rows", |count| {
        many(count.div_euclid(2), |n| {
            entry(n, "shop", &format!("h{n}.example.com"))
                + &format!(
                    "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: s{n}, namespace: shop}}\nspec: {{workloadSelector: {{labels: {{app: a{n}}}}}, egress: [{{hosts: ['./*']}}]}}\n"
                )
        })
    }),
    ("namespaces", |count| {
        many(count.div_euclid(3), |n| {
            let namespace = format!("n{n}");
            entry(0, &namespace, &format!("a{n}.example.com"))
                + &entry(1, &namespace, &format!("b{n}.example.com"))
                + &format!(
                    "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: default, namespace: {namespace}}}\nspec: {{egress: [{{hosts: ['./*']}}]}}\n"
                )
        })
    }),
];

fn many(count: usize, object: impl Fn(usize) -> String) -> String {
    (0..count).map(object).collect()
}

fn entry(number: usize, namespace: &str, host: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: e{number}, namespace: {namespace}}}\nspec: {{hosts: [{host}], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS}}\n"
    )
}

fn pod(number: usize) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: w{number}, namespace: shop, labels: {{app: a{number}}}}}\nspec: {{containers: [{{name: c, image: i}}, {{name: istio-proxy, image: p, args: [proxy, sidecar]}}]}}\n"
    )
}

/// A host with its way through the gateway.
fn at_gateway(host: &str) -> String {
    entry(0, "istio-system", host)
        + &route(0, "istio-system", host, "", "")
        + &format!(
            "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: egress, namespace: istio-system}}\nspec: {{selector: {{istio: egressgateway}}, servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: [{host}]}}]}}\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: onward, namespace: istio-system}}\nspec: {{hosts: [{host}], gateways: [egress], http: [{{route: [{{destination: {{host: {host}}}}}]}}]}}\n"
        )
}

fn route(number: usize, namespace: &str, host: &str, fields: &str, matches: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: v{number}, namespace: {namespace}}}\nspec: {{hosts: [{host}], {fields}http: [{{{matches}route: [{{destination: {{host: {GATEWAY}, port: {{number: 80}}}}}}]}}]}}\n"
    )
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut few, mut many) = (5_000, 50_000);
    let names: Vec<&String> = words.iter().take_while(|word| *word != "--objects").collect();
    if let [_, first, second] = words.get(names.len()..).unwrap_or_default() {
        (few, many) = (first.parse()?, second.parse()?);
    }
    let mut out = stdout().lock();
    writeln!(out, "shape, check of {few} and {many} objects, times; reach of {few} and {many}, times")?;
    for (name, text) in SHAPES {
        if !names.is_empty() && !names.iter().any(|each| *each == name) {
            continue;
        }
        let of_check = [few, many].map(|count| {
            seconds(
                || sources(&text(count)),
                |sources| {
                    let response = check(&CheckRequest { sources, ..CheckRequest::default() });
                    response.map(|response| response.ok)
                },
            )
        });
        let of_reach = [few, many].map(|count| {
            seconds(
                || sources(&text(count)),
                |sources| {
                    let response = reach(&ReachRequest { sources, ..ReachRequest::default() });
                    response.map(|response| response.ok)
                },
            )
        });
        write!(out, "{name}")?;
        for times in [of_check, of_reach] {
            let [(few, few_ok), (many, many_ok)] = times;
            let refused = if few_ok && many_ok { "" } else { " (refused)" };
            write!(out, ", {few:.2} s, {many:.2} s, {:.1}{refused};", many / few.max(0.001))?;
        }
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

/// Documents of one source are bounded, so that many objects are several sources.
fn sources(text: &str) -> Vec<Source> {
    let documents: Vec<&str> = text.split_inclusive("---\n").collect();
    let chunks = documents.chunks(5_000).enumerate();
    let texts = chunks.map(|(number, chunk)| Source::text(format!("{number}.yaml"), chunk.concat()));
    texts.chain([Source::text("mesh.yaml", MESH)]).collect()
}

fn seconds<E>(sources: impl Fn() -> Vec<Source>, call: impl Fn(Vec<Source>) -> Result<bool, E>) -> (f64, bool) {
    let sources = sources();
    let start = Instant::now();
    let ok = call(sources).unwrap_or_default();
    (start.elapsed().as_secs_f64(), ok)
}

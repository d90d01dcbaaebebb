//! Each part of the universe is there for something: left out, a mistake in own objects goes unnoticed.

use std::collections::BTreeMap;

use egressc_core::api::{Severity, Source};
use egressc_core::stages::diagnostic::Report;
use egressc_core::stages::istio::Objects;
use egressc_core::stages::load;
use egressc_core::stages::prove::apply_asking;
use egressc_core::stages::universe::{Aspect, Aspects};
use egressc_tests::{Outcome, lowered};
use serde_json::json;

const POLICY: &str = "
apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata: {name: egress-by-out, namespace: istio-egress}
spec:
  byEgressGateway: {name: out}
  egressRules:
  - from: [{namespace: mytest, workloadSelector: {app: sleep-a}}]
    to:
    - {hosts: [www.httpbin.org], port: {number: 80, protocol: HTTP}}
    - {hosts: [www.httpbin.org], port: {number: 443, protocol: HTTPS}, byEgressGateway: {port: 444}}
";
const MESH: &str = "
apiVersion: egressc.dev/v1alpha1
kind: MeshEnvironment
metadata: {name: mesh}
spec:
  outboundTrafficPolicy: REGISTRY_ONLY
  gateways:
  - name: out
    podLabels: {istio: out, security.istio.io/tlsMode: istio}
    authorization: AUTHORIZATION
    ports:
    - {port: 80, targetPort: 8080, class: http}
    - {port: 443, targetPort: 8443, class: tls}
    - {port: 444, targetPort: 8444, class: tls}
  namespaces: NAMESPACES
";
/// A name that leads to the gateway by the subset that the compiler makes for HTTP.
const ALIAS: &str = "
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: alias, namespace: NAMESPACE}
spec: {hosts: [HOST], exportTo: [mytest], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: alias, namespace: mytest}
spec:
  hosts: [HOST]
  exportTo: ['.']
  http:
  - MATCH
    rewrite: {authority: www.httpbin.org}
    route: [{destination: {host: istio-out.istio-system.svc.cluster.local, port: {number: 80}, subset: http-80}}]
";

/// A mesh whose gateway authorizes so.
fn mesh(authorization: &str) -> String {
    MESH.replace("AUTHORIZATION", authorization).replace("NAMESPACES", "[]")
}

/// One in which a workload has two labels that selectors ask for, and the gateway asks nobody who calls.
fn with_workloads() -> String {
    let workloads = "{name: sleep-a, labels: {app: sleep-a}}, {name: both, labels: {a: '1', b: '1'}}";
    MESH.replace("AUTHORIZATION", "'off'")
        .replace("NAMESPACES", &format!("[{{name: mytest, workloads: [{workloads}]}}]"))
}

fn alias(host: &str, namespace: &str, matched: &str) -> String {
    ALIAS.replace("HOST", host).replace("NAMESPACE", namespace).replace("MATCH", &format!("match: [{{{matched}}}]"))
}

fn object(kind: &str, namespace: &str, spec: &str) -> String {
    let group = if kind.ends_with("Policy") || kind.ends_with("Authentication") { "security" } else { "networking" };
    format!(
        "\n---\napiVersion: {group}.istio.io/v1\nkind: {kind}\nmetadata: {{name: own, namespace: {namespace}}}\nspec: {{{spec}}}\n"
    )
}

/// What is said about own objects when these parts of the universe are asked, without the places.
fn said(aspects: Aspects, mesh: &str, own: &str) -> Outcome<BTreeMap<String, (Severity, Vec<String>)>> {
    let texts = [("policy.yaml", POLICY), ("mesh.yaml", mesh)];
    let (set, manifests) = lowered(texts.map(|(name, text)| (name.to_owned(), text.to_owned())))?;
    let mut proven = Objects::default();
    for object in &manifests.objects {
        proven.made(&json!(object));
    }
    let own_objects = load(&[Source::text("own.yaml", own)]);
    let mut report = Report::default();
    assert!(!own_objects.report.has_errors(), "{:?}", own_objects.report);
    let theirs = own_objects.objects;
    assert!(!theirs.is_empty() && theirs.refused.is_empty(), "{own} {:?}", theirs.refused);
    apply_asking(aspects, &set, &proven, &theirs, &mut report);
    Ok(report.sorted().into_iter().map(|found| (found.message.clone(), (found.severity(), found.notes))).collect())
}

/// For each part of the universe an own object that nobody would say all of without it.
fn fixtures() -> Vec<(Aspect, String, String)> {
    let shared = || mesh("shared");
    let deny = |operation: &str| {
        object(
            "AuthorizationPolicy",
            "istio-system",
            &format!(
                "selector: {{matchLabels: {{istio: out}}}}, action: DENY, rules: [{{to: [{{operation: {{{operation}}}}}]}}]"
            ),
        )
    };
    let tcp = |resolution: &str, port: u16| {
        object(
            "ServiceEntry",
            "tools",
            &format!(
                "hosts: [mq.example.com], resolution: {resolution}, ports: [{{number: {port}, name: tcp, protocol: TCP}}]"
            ),
        )
    };
    vec![
        (
            Aspect::OtherNamespaces,
            mesh("managed"),
            object(
                "AuthorizationPolicy",
                "istio-system",
                "selector: {matchLabels: {istio: out}}, action: ALLOW, rules: [{from: [{source: {notNamespaces: [mytest]}}]}]",
            ),
        ),
        (
            Aspect::Viewers,
            shared(),
            object(
                "ServiceEntry",
                "tools",
                "hosts: [www.httpbin.org], exportTo: [.], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]",
            ),
        ),
        (
            Aspect::SpecialNamespaces,
            shared(),
            object("Sidecar", "other", "outboundTrafficPolicy: {mode: ALLOW_ANY}, egress: [{hosts: [./*]}]"),
        ),
        (Aspect::Labels, shared(), alias("alias.example.com", "mytest", "sourceLabels: {app: sleep-b}")),
        (
            Aspect::LabelsTogether,
            shared(),
            object("Sidecar", "mytest", "workloadSelector: {labels: {version: v2}}, egress: [{hosts: [./*]}]"),
        ),
        (
            Aspect::Workloads,
            with_workloads(),
            alias("alias.example.com", "elsewhere", "sourceLabels: {a: '1'}")
                + &object("Sidecar", "mytest", "workloadSelector: {labels: {b: '1'}}, egress: [{hosts: ['*/*']}]")
                + &object("Sidecar", "mytest", "egress: [{hosts: [istio-egress/*, istio-system/*]}]")
                    .replace("name: own", "name: default"),
        ),
        (
            Aspect::OtherProtocols,
            shared(),
            object(
                "ServiceEntry",
                "mytest",
                "hosts: [mirror.example.com], exportTo: [.], resolution: DNS, ports: [{number: 80, name: tls, protocol: TLS}]",
            ) + &object(
                "VirtualService",
                "mytest",
                "hosts: [mirror.example.com, '*.httpbin.org'], exportTo: [.], tls: [{match: [{sniHosts: ['*.httpbin.org']}], route: [{destination: {host: mirror.example.com}}]}]",
            ),
        ),
        (
            Aspect::OtherPorts,
            shared(),
            object(
                "ServiceEntry",
                "mytest",
                "hosts: ['*.org'], exportTo: [.], resolution: NONE, ports: [{number: 8080, name: http, protocol: HTTP}]",
            ),
        ),
        (Aspect::TakenPorts, shared(), tcp("NONE", 9000)),
        (Aspect::UnknownNames, shared(), tcp("DNS", 443)),
        (Aspect::NoServerName, shared(), tcp("DNS", 443)),
        (
            Aspect::OriginalDestination,
            shared(),
            object(
                "ServiceEntry",
                "tools",
                "hosts: [mq.example.com], resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP}]",
            ),
        ),
        (Aspect::OwnHosts, shared(), alias("alias.example.com", "mytest", "uri: {prefix: /}")),
        (
            Aspect::ClusterNames,
            shared(),
            alias("alias.mytest.svc.cluster.local", "mytest", "uri: {prefix: /}")
                .split_once("---")
                .map(|(_, route)| route.to_owned())
                .unwrap_or_default(),
        ),
        (Aspect::UnknownHosts, shared(), object("Sidecar", "other", "outboundTrafficPolicy: {mode: ALLOW_ANY}")),
        (Aspect::Messages, shared(), alias("alias.example.com", "mytest", "headers: {x-a: {exact: b}}")),
        (Aspect::OtherMessages, shared(), deny("notPaths: [/], ports: ['8080']")),
        (
            Aspect::Tokens,
            shared(),
            object(
                "RequestAuthentication",
                "istio-system",
                "selector: {matchLabels: {istio: out}}, jwtRules: [{issuer: a}]",
            ),
        ),
        (
            Aspect::DirectCallers,
            mesh("managed"),
            object(
                "AuthorizationPolicy",
                "istio-system",
                "selector: {matchLabels: {istio: out}}, action: ALLOW, rules: [{}]",
            ),
        ),
        (
            Aspect::Identities,
            mesh("managed"),
            object(
                "AuthorizationPolicy",
                "istio-system",
                "selector: {matchLabels: {istio: out}}, action: ALLOW, rules: [{from: [{source: {namespaces: [other]}}]}]",
            ),
        ),
        (
            Aspect::Uncertified,
            shared(),
            object(
                "Gateway",
                "istio-system",
                "selector: {istio: out}, servers: [{port: {number: 443, name: tls, protocol: TLS}, hosts: [www.httpbin.org], tls: {mode: PASSTHROUGH}}]",
            ) + &object(
                "VirtualService",
                "istio-system",
                "hosts: [www.httpbin.org], gateways: [own], exportTo: [.], tls: [{match: [{sniHosts: [www.httpbin.org]}], route: [{destination: {host: www.httpbin.org, port: {number: 443}}}]}]",
            ),
        ),
        (
            Aspect::GatewayServices,
            mesh("shared"),
            object(
                "DestinationRule",
                "mytest",
                "host: istio-out.istio-system.svc.cluster.local, exportTo: [.], trafficPolicy: {portLevelSettings: [{port: {number: 444}, tls: {mode: ISTIO_MUTUAL, sni: tls-443.www.httpbin.org.l4.egressc.internal}}]}",
            ),
        ),
    ]
}

#[test]
fn every_part_of_the_universe_is_missed() -> Outcome<()> {
    let fixtures = fixtures();
    let mut wrong = Vec::new();
    for aspect in Aspect::ALL {
        let Some((_, mesh, own)) = fixtures.iter().find(|(of, ..)| *of == aspect) else {
            wrong.push(format!("{aspect:?} has no fixture"));
            continue;
        };
        let with = said(Aspects::ALL, mesh, own)?;
        let without = said(Aspects::without(aspect), mesh, own)?;
        if with.is_empty() || with == without {
            wrong.push(format!("nobody misses {aspect:?}: {with:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Parts whose mistakes no other part finds: without them the compile is not refused.
#[test]
fn without_these_parts_a_hole_is_open() -> Outcome<()> {
    let alone = [
        Aspect::OtherNamespaces,
        Aspect::Viewers,
        Aspect::SpecialNamespaces,
        Aspect::Labels,
        Aspect::OriginalDestination,
        Aspect::OwnHosts,
        Aspect::ClusterNames,
        Aspect::Messages,
        Aspect::Identities,
        Aspect::Uncertified,
    ];
    let mut wrong = Vec::new();
    for (aspect, mesh, own) in fixtures().iter().filter(|(aspect, ..)| alone.contains(aspect)) {
        let refuses = |aspects| -> Outcome<bool> {
            Ok(said(aspects, mesh, own)?.values().any(|(severity, _)| *severity == Severity::Error))
        };
        if !refuses(Aspects::ALL)? {
            wrong.push(format!("{aspect:?}: not refused"));
        }
        if refuses(Aspects::without(*aspect))? {
            wrong.push(format!("{aspect:?}: refused without it too"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

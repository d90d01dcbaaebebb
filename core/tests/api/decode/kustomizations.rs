//! The namespace that a kustomization sets is that of its objects; where it is not certain, results are unknown.

use egressc_core::api::{Query, Source, TraceRequest, Verdict, trace};

use crate::ask::{checked, words};

const MESH: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}\n";
const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

fn entry(namespace: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: api{namespace}}}\nspec: {{hosts: [api.example.com], exportTo: [.], ports: [{{number: 443, name: tls, protocol: TLS}}], resolution: DNS}}\n"
    )
}

fn sources(files: &[(&str, String)]) -> Vec<Source> {
    let mesh = Source::text("mesh.yaml", MESH);
    files.iter().map(|(name, text)| Source::text(*name, text.as_str())).chain([mesh]).collect()
}

/// The verdicts of clients in `prod`, `default` and `other`, and why they are unknown.
fn asked(files: &[(&str, String)]) -> ([Verdict; 3], Vec<String>) {
    let mut reasons = Vec::new();
    let verdicts = ["prod", "default", "other"].map(|namespace| {
        let query: Query = format!("{namespace},app=cart -> https://api.example.com").parse().unwrap();
        let request = TraceRequest { sources: sources(files), query: Some(query), ..TraceRequest::default() };
        let trace = trace(&request).unwrap();
        let trace = trace.trace.unwrap_or_else(|| panic!("{:#?}", trace.diagnostics));
        reasons.extend(trace.unknown);
        trace.verdict
    });
    (verdicts, reasons)
}

/// What `check` says of kustomizations.
fn said(files: &[(&str, String)]) -> Vec<String> {
    let all = checked(sources(files)).diagnostics;
    all.iter().filter(|each| each.code == "EGR0227").map(words).collect()
}

const PROD: [Verdict; 3] = [Verdict::Allowed, Verdict::Blocked, Verdict::Blocked];
const DEFAULT: [Verdict; 3] = [Verdict::Blocked, Verdict::Allowed, Verdict::Blocked];

fn kustomization(fields: &str) -> String {
    format!("{HEAD}{fields}\n")
}

#[test]
fn the_namespace_of_a_kustomization_is_that_of_its_objects() {
    let of = |given: &str, fields: &str| {
        vec![("o/kustomization.yaml", kustomization(fields)), ("o/entry.yaml", entry(given))]
    };
    // Whether they name another one or none.
    for given in ["", ", namespace: other", ", namespace: prod"] {
        let files = of(given, "namespace: prod\nresources: [entry.yaml]");
        assert_eq!(asked(&files).0, PROD, "{given}");
        assert!(said(&files).is_empty());
    }
    assert_eq!(asked(&of("", "resources: [entry.yaml]")).0, DEFAULT);
    assert_eq!(asked(&of("", "namespace: ''\nresources: [entry.yaml]")).0, DEFAULT);
    // Objects that it does not list are their own.
    assert_eq!(asked(&of("", "namespace: prod\nresources: []")).0, DEFAULT);
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", entry("").trim_end().replace('\n', "\n  "));
    let files =
        [("kustomization.yaml", kustomization("namespace: prod\nresources: [./list.yaml]")), ("list.yaml", list)];
    assert_eq!(asked(&files).0, PROD);
}

#[test]
fn the_outermost_namespace_counts() {
    let files = |outer: &str, inner: &str| {
        vec![
            ("prod/kustomization.yaml", kustomization(&format!("{outer}\nresources: [../base/]"))),
            ("base/kustomization.yaml", kustomization(&format!("{inner}\nresources: [entry.yaml]"))),
            ("base/entry.yaml", entry("")),
        ]
    };
    assert_eq!(asked(&files("namespace: prod", "")).0, PROD);
    assert_eq!(asked(&files("namespace: prod", "namespace: other")).0, PROD);
    assert_eq!(asked(&files("", "namespace: prod")).0, PROD);
    assert!(said(&files("namespace: prod", "namespace: other")).is_empty());
    // One that names itself comes to an end.
    let mut circle = files("namespace: prod", "");
    circle[1].1 = kustomization("resources: [entry.yaml, ../prod, .]");
    asked(&circle);
}

#[test]
fn the_name_of_a_namespace_is_changed_too() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: disabled}}\n";
    let files = [
        ("kustomization.yaml", kustomization("namespace: prod\nresources: [namespace.yaml]")),
        ("namespace.yaml", namespace.to_owned()),
    ];
    // Nothing captures what its pods send.
    assert_eq!(asked(&files).0[0], Verdict::Allowed);
}

#[test]
fn where_two_namespaces_are_possible_results_are_unknown() {
    let two = |first: &str, second: &str| {
        vec![
            ("a/kustomization.yaml", kustomization(&format!("{first}\nresources: [../base]"))),
            ("b/kustomization.yaml", kustomization(&format!("{second}\nresources: [../base]"))),
            ("base/kustomization.yaml", kustomization("resources: [entry.yaml]")),
            ("base/entry.yaml", entry("")),
        ]
    };
    for files in [two("namespace: prod", "namespace: test"), two("namespace: prod", "")] {
        let (verdicts, reasons) = asked(&files);
        assert_eq!(verdicts, [Verdict::Unknown; 3]);
        assert!(reasons[0].contains("kustomization") && reasons[0].contains("namespace: "), "{reasons:?}");
        let said = said(&files);
        assert!(said.iter().any(|each| each.contains("kustomize build")), "{said:?}");
    }
    assert_eq!(asked(&two("namespace: prod", "namespace: prod")).0, PROD);
    // The files have other names here than in the kustomization.
    let renamed = |resources: &str| {
        vec![("1.yaml", kustomization(&format!("namespace: prod\nresources: [{resources}]"))), ("0.yaml", entry(""))]
    };
    assert_eq!(asked(&renamed("entry.yaml")).0, [Verdict::Unknown; 3]);
    assert_eq!(said(&renamed("entry.yaml")).len(), 1);
    assert_eq!(asked(&renamed("https://example.com/base")).0, DEFAULT);
    let right = vec![renamed("entry.yaml").remove(0), ("0.yaml", entry(", namespace: prod"))];
    assert_eq!(asked(&right).0, PROD);
    assert!(said(&right).is_empty());
}

#[test]
fn what_else_a_kustomization_changes_is_said_once() {
    let with = |fields: &str| {
        said(&[
            ("kustomization.yaml", kustomization(&format!("{fields}\nresources: [entry.yaml]"))),
            ("entry.yaml", entry("")),
        ])
    };
    for field in [
        "namePrefix: a-",
        "nameSuffix: -a",
        "replacements: [{path: r.yaml}]",
        "transformers: [t.yaml]",
        "replicas: [{name: a, count: 0}]",
        "patches: [{target: {kind: ServiceEntry}, patch: '- {op: remove, path: /spec/exportTo}'}]",
    ] {
        let said = with(field);
        let key = field.split(':').next().unwrap();
        assert!(said.len() == 1 && said[0].contains(&format!("`{key}`")), "{field}: {said:?}");
    }
    assert!(with("namePrefix: a-\nnameSuffix: -a")[0].contains("and 1 more"));
    for field in ["", "namePrefix: ''", "labels: [{pairs: {a: b}}]", "images: [{name: a, newTag: b}]"] {
        assert!(with(field).is_empty(), "{field}");
    }
}

#[test]
fn a_patch_of_an_object_of_istio_makes_results_unknown() {
    let with = |patches: &str, patch: &str| {
        asked(&[
            ("kustomization.yaml", kustomization(&format!("{patches}\nresources: [entry.yaml]"))),
            ("entry.yaml", entry(", namespace: prod")),
            ("patch.yaml", patch.to_owned()),
        ])
    };
    let of_kind = |version: &str, kind: &str, name: &str| {
        format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{}}\n")
    };
    let by_path = "patches: [{path: patch.yaml}]";
    for (version, kind, name) in [
        ("networking.istio.io/v1", "ServiceEntry", "api"),
        ("security.istio.io/v1", "AuthorizationPolicy", "api"),
        ("v1", "ConfigMap", "istio"),
        ("install.istio.io/v1alpha1", "IstioOperator", "i"),
    ] {
        let patch = of_kind(version, kind, name);
        for patches in [
            by_path.to_owned(),
            "patchesStrategicMerge: [patch.yaml]".to_owned(),
            format!("patches: [{{target: {{kind: {kind}, name: {name}}}, path: patch.json}}]"),
            format!(
                "patches:\n- patch: |-\n    {}",
                patch
                    .trim()
                    .replace("{name: ", "\n      name: ")
                    .replace("}\nspec: {", "\nspec: {")
                    .replace('\n', "\n    ")
            ),
        ] {
            let (verdicts, reasons) = with(&patches, &patch);
            assert_eq!(verdicts, [Verdict::Unknown; 3], "{patches}");
            assert!(reasons[0].contains("patch"), "{reasons:?}");
        }
    }
    for (version, kind, name) in [("apps/v1", "Deployment", "cart"), ("v1", "ConfigMap", "other")] {
        assert_eq!(with(by_path, &of_kind(version, kind, name)).0, PROD, "{kind}");
        let target = format!("patches: [{{target: {{kind: {kind}, name: {name}}}, path: patch.json}}]");
        assert_eq!(with(&target, "[]\n").0, PROD, "{kind}");
    }
}

#[test]
fn kustomize_needs_no_head() {
    for head in ["", "kind: Kustomization\n", "apiVersion: kustomize.config.k8s.io/v1beta1\n"] {
        let files = [
            ("o/kustomization.yaml", format!("{head}namespace: prod\nresources: [entry.yaml]\n")),
            ("o/entry.yaml", entry("")),
        ];
        assert_eq!(asked(&files).0, PROD, "{head}");
        let all = checked(sources(&files)).diagnostics;
        assert!(!all.iter().any(|each| each.code == "EGR0220"), "{all:?}");
    }
}

#[test]
fn the_namespace_of_a_component_makes_results_unknown() {
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamespace: prod\n";
    let files = [
        ("o/kustomization.yaml", kustomization("resources: [entry.yaml]\ncomponents: [../c]")),
        ("o/entry.yaml", entry("")),
        ("c/kustomization.yaml", component.to_owned()),
    ];
    assert_eq!(asked(&files).0, [Verdict::Unknown; 3]);
    assert_eq!(said(&files).len(), 1);
}

#[test]
fn workloads_of_several_overlays_leave_the_rest_certain() {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: x}]}}}\n";
    let files = [
        ("dev/kustomization.yaml", kustomization("namespace: dev\nresources: [../base]")),
        ("prod/kustomization.yaml", kustomization("namespace: prod\nresources: [../base]")),
        ("base/kustomization.yaml", kustomization("resources: [cart.yaml]")),
        ("base/cart.yaml", workload.to_owned()),
        ("entry.yaml", entry(", namespace: other")),
    ];
    assert_eq!(asked(&files).0, [Verdict::Blocked, Verdict::Blocked, Verdict::Allowed]);
    let said = said(&files);
    assert!(said.len() == 1 && said[0].contains("not described in this namespace"), "{said:?}");
}

#[test]
fn labels_and_annotations_of_istio_make_results_unknown() {
    let with = |fields: &str| {
        asked(&[
            ("kustomization.yaml", kustomization(&format!("{fields}\nresources: [entry.yaml]"))),
            ("entry.yaml", entry(", namespace: prod")),
        ])
        .0
    };
    for fields in [
        "commonAnnotations: {sidecar.istio.io/inject: 'false'}",
        "commonLabels: {istio.io/rev: canary}",
        "labels: [{pairs: {istio.io/dataplane-mode: ambient}, includeTemplates: true}]",
    ] {
        assert_eq!(with(fields), [Verdict::Unknown; 3], "{fields}");
    }
    for fields in ["commonAnnotations: {team: a}", "commonLabels: {app: a}", "labels: [{pairs: {a: b}}]"] {
        assert_eq!(with(fields), PROD, "{fields}");
    }
}

#[test]
fn patches_are_seen_in_every_form() {
    let with = |fields: &str| {
        asked(&[
            ("kustomization.yaml", kustomization(&format!("{fields}\nresources: [entry.yaml]"))),
            ("entry.yaml", entry(", namespace: prod")),
        ])
        .0
    };
    for fields in [
        "patchesStrategicMerge:\n- |-\n  kind: ServiceEntry\n  metadata: {name: api}\n  spec: {exportTo: ['*']}",
        "patches: [{target: {name: api}, path: p.json}]",
        "patches: [{target: {kind: Service.*}, path: p.json}]",
        "patches: [{patch: '{kind: ServiceEntry, metadata: {name: api}}'}]",
        "configMapGenerator: [{name: istio, namespace: istio-system, behavior: merge, literals: ['mesh=x']}]",
    ] {
        assert_eq!(with(fields), [Verdict::Unknown; 3], "{fields}");
    }
    for fields in [
        "patches: [{patch: '{kind: Deployment, metadata: {name: api}}'}]",
        "configMapGenerator: [{name: settings, literals: ['a=x']}]",
    ] {
        assert_eq!(with(fields), PROD, "{fields}");
    }
}

//! Compares what egressc makes of the Gateway API with what Istio's own conversion makes of it.
//!
//! `conversions FOLDER` takes Istio's `pilot/pkg/config/kube/gateway/testdata`: each input there has a golden file, which
//! Istio's tests hold. VirtualServices, Gateways and DestinationRules must be the same. The exit status is 1 when there are
//! differences that are not known, and when a known one is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use egressc_core::api::Source;
use egressc_core::stages::istio::{
    Answer, Destination, DestinationRule, Gateway, HttpMatch, Objects, Pattern, TlsSettings, VirtualService, Weighted,
};
use egressc_core::stages::load;
use egressc_tests::Outcome;
use serde::Deserialize as _;
use serde_json::Value;

/// Inputs whose conversion differs, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "backend-tls-policy",
        "a Service that is not given is not absent: a policy for it makes a DestinationRule, which nothing uses",
    ),
    ("east-west-ambient", "class `istio-east-west` is not modelled, and a route to such a Gateway is unknown"),
    ("frontend-tls-invalid", "ConfigMaps are taken to be there (an input of 1.31)"),
    ("http", "backends of kind InferencePool are unknown"),
    ("invalid", "Secrets and ConfigMaps are taken to be there and valid; backends of kind ServiceImport are unknown"),
    ("listenerset-https-missing-tls", "a Secret is taken to be there"),
    ("mcs", "backends of kind ServiceImport are unknown"),
    ("reference-policy-inferencepool", "backends of kind InferencePool are unknown"),
    ("valid-invalid-parent-ref", "a Service that is not given is not absent: a route may have it as its parent"),
];

fn main() -> Outcome<ExitCode> {
    let folder = std::env::args().nth(1).ok_or("conversions FOLDER")?;
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".yaml.golden").filter(|name| !name.ends_with(".status")).map(str::to_owned));
    }
    names.sort_unstable();
    let mut out = stdout().lock();
    let (mut wrong, mut listed, mut objects) = (0_usize, 0_usize, 0_usize);
    for name in &names {
        let read = |name: String| fs::read_to_string(Path::new(&folder).join(name));
        let istios = listing(&of_golden(&read(format!("{name}.yaml.golden"))?)?);
        let ours = listing(&converted(&read(format!("{name}.yaml"))?));
        objects = objects.saturating_add(istios.len());
        let known = DIFFERENT.iter().find(|(known, _)| known == name);
        let differs = istios != ours;
        listed = listed.saturating_add(usize::from(known.is_some()));
        if differs != known.is_some() {
            wrong = wrong.saturating_add(1);
            writeln!(out, "{name}: {}", if differs { "differs" } else { "differs no more" })?;
            for only in istios.difference(&ours) {
                writeln!(out, "  Istio:   {only}")?;
            }
            for only in ours.difference(&istios) {
                writeln!(out, "  egressc: {only}")?;
            }
        }
    }
    writeln!(
        out,
        "{} inputs, {objects} objects; {listed} differ and are listed with their reason; {wrong} wrong",
        names.len()
    )?;
    Ok(if wrong == 0 && !names.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What egressc makes of an input. Istio's tests have this domain, and each namespace has this label there.
fn converted(text: &str) -> Objects {
    // The release line that the lab runs (tests/mesh/tools.sh).
    let line = std::env::var("ISTIO_LINE").unwrap_or_else(|_| "1.30".to_owned());
    let environment = format!(
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {{name: test}}\nspec: {{clusterDomain: domain.suffix, istioVersion: '{line}'}}\n"
    );
    let namespaces: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("namespace: "))
        .map(|name| name.trim_matches('"'))
        .collect();
    let namespaces: Vec<String> = namespaces
        .iter()
        .map(|name| {
            let part = name.split('-').next().unwrap_or_default();
            format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{istio.io/test-name-part: {part}}}}}\n")
        })
        .collect();
    let sources =
        [("environment.yaml", &*environment), ("input.yaml", text), ("namespaces.yaml", &namespaces.concat())];
    load(&sources.map(|(name, text)| Source::text(name, text))).objects
}

/// What a golden file has, whose names no file of a person may have.
fn of_golden(text: &str) -> Outcome<Objects> {
    let mut objects = Objects::default();
    for document in serde_yaml::Deserializer::from_str(text) {
        objects.made(&Value::deserialize(document)?);
    }
    Ok(objects)
}

/// Each object in one line, without places and without the order of objects.
fn listing(objects: &Objects) -> BTreeSet<String> {
    let made = |annotation: Option<&str>, name: Option<&str>| annotation.is_some() || name.is_some();
    let mut lines = BTreeSet::new();
    for object in &objects.virtual_services {
        if made(object.meta.annotations.get("internal.istio.io/parents"), object.meta.istio_name.as_deref()) {
            let namespace = &object.meta.namespace;
            lines.extend(
                virtual_service(&object.spec).into_iter().map(|line| format!("VirtualService {namespace} {line}")),
            );
        }
    }
    for object in &objects.gateways {
        if made(object.meta.annotations.get("internal.istio.io/parents"), object.meta.istio_name.as_deref()) {
            let name = object.meta.istio_name();
            lines.insert(format!("Gateway {}/{name} {}", object.meta.namespace, gateway(&object.spec)));
        }
    }
    for object in &objects.destination_rules {
        if made(object.meta.annotations.get("internal.istio.io/parents"), object.meta.istio_name.as_deref()) {
            // Policies for load balancing change no destination.
            let rule = rule(&object.spec);
            if !rule.ends_with("{}") {
                lines.insert(format!("DestinationRule {} {rule}", object.meta.namespace));
            }
        }
    }
    lines
}

/// One line for each host.
fn virtual_service(spec: &VirtualService) -> Vec<String> {
    let mut spec = spec.clone();
    spec.span = None;
    spec.is_alpha = false;
    for route in &mut spec.http {
        route.span = None;
        route.of = None;
        // Only what the proof of equality does not need: an age is no part of a VirtualService.
        for each in &mut route.matches {
            each.unsupported.retain(|field| field != "its age");
            if let Some(Pattern::PathPrefix(prefix)) = &each.uri {
                each.uri = Some(Pattern::Prefix(prefix.clone()));
            }
        }
        route.unsupported.retain(|field| field != "mirrors" && field != "RequestMirror");
    }
    // Istio writes no weight for the only destination, and its tests have no defaults of the schema, which fills in `/`.
    for route in &mut spec.http {
        if let Answer::Send(to) = &mut route.answer {
            without_weight(to);
        }
        for each in &mut route.matches {
            each.uri.take_if(|uri| *uri == Pattern::Prefix("/".to_owned()));
        }
        if route.matches.len() == 1 && format!("{:?}", route.matches) == format!("{:?}", [HttpMatch::default()]) {
            route.matches.clear();
        }
    }
    for route in spec.tls.iter_mut().chain(&mut spec.tcp) {
        route.span = None;
        without_weight(&mut route.route);
    }
    let hosts = std::mem::take(&mut spec.hosts);
    let routes = format!("{:?} {:?} {:?}", spec.http, spec.tls, spec.tcp);
    hosts.iter().map(|host| format!("{} {host} {routes}", spec.gateways.join(","))).collect()
}

fn without_weight(to: &mut [Weighted]) {
    if let [only] = to {
        only.weight = 0;
        // No cluster has this name.
        if only.to.subset == "zero-weight" {
            only.to = Destination { host: String::new(), port: None, subset: String::new() };
        }
    }
}

fn gateway(spec: &Gateway) -> String {
    let mut servers = spec.servers.clone();
    for server in &mut servers {
        server.span = None;
        // Which namespaces a selector selects is decided where a route is attached.
        for host in &mut server.hosts {
            *host = host.split_once('/').map_or(host.clone(), |(_, host)| host.to_owned());
        }
        server.hosts.dedup();
    }
    format!("{servers:?}")
}

fn rule(spec: &DestinationRule) -> String {
    let policy = spec.traffic_policy.clone().unwrap_or_default();
    let mut tls: BTreeMap<u16, Option<TlsSettings>> =
        policy.ports.into_iter().map(|(port, policy)| (port, policy.tls)).collect();
    tls.extend(policy.tls.map(|tls| (0, Some(tls))));
    for settings in tls.values_mut().flatten() {
        settings.span = None;
        settings.credential_name = None;
    }
    format!("{} {tls:?}", spec.host)
}

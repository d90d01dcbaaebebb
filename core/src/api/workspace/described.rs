//! A MeshEnvironment of what documents say about a mesh: no more than they say.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Workspace;
use crate::api::{Rendering, Source};
use crate::diagnostic::{Report, Severity};
use crate::model::{ControlPlane, Environment, Gateway, TargetPort};
use crate::resolve::egress_gateways;
use crate::resource::{Authorization, IstioApi, OutboundTrafficPolicy, Placement, decode, objects};

/// A MeshEnvironment, and what it does not contain.
#[derive(Debug)]
pub struct Described {
    /// The document; `None` where the sources are refused.
    pub environment: Option<Value>,
    /// What is left out, and why, in words.
    pub left_out: Vec<String>,
    /// The errors of the sources as text.
    pub rendered: String,
}

/// The MeshEnvironment that some documents describe.
///
/// Workloads are not in it: a list of them has to be complete, and no document says that it is.
pub fn described(sources: &[Source], rendering: Rendering) -> Described {
    let workspace = Workspace::load(sources).rendering(rendering);
    let errors = workspace.report.clone().into_diagnostics().filter(|each| each.code.severity == Severity::Error);
    let (said, _) = workspace.say(Report::from(errors.collect::<Vec<_>>()));
    let rendered = said.rendered.unwrap_or_default();
    let Some(environment) = workspace.environment() else {
        return Described { environment: None, left_out: Vec::new(), rendered };
    };
    let given = objects(&workspace.documents, &mut Report::default());
    let resources = given.iter().filter_map(|object| decode(object, &workspace.sources, &mut Report::default()));
    let mut gateways: BTreeMap<String, Gateway> =
        egress_gateways(resources.collect()).into_iter().map(|gateway| (gateway.name.clone(), gateway)).collect();
    let known = environment.gateways.iter().filter(|(_, gateway)| gateway.described);
    gateways.extend(known.map(|(name, gateway)| (name.clone(), gateway.clone())));

    let mut left_out = Vec::new();
    let mut spec = mesh(environment, &mut left_out);
    if gateways.is_empty() {
        left_out.push("`gateways` is left out: no document describes an egress gateway".to_owned());
    } else {
        spec.insert("gateways".to_owned(), gateways.values().map(gateway).collect());
    }
    let namespaces = namespaces(environment, &mut left_out);
    if !namespaces.is_empty() {
        spec.insert("namespaces".to_owned(), Value::Array(namespaces));
    }
    let document = json!({
        "apiVersion": "egressc.dev/v1alpha1",
        "kind": "MeshEnvironment",
        "metadata": {"name": "mesh"},
        "spec": spec,
    });
    Described { environment: Some(document), left_out, rendered }
}

/// What is said of the mesh as a whole.
fn mesh(environment: &Environment, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut spec = Map::new();
    if let Some(version) = &environment.istio_version {
        spec.insert("istioVersion".to_owned(), json!(version));
    }
    let names = [
        ("rootNamespace", &environment.root_namespace, "istio-system"),
        ("trustDomain", &environment.trust_domain, "cluster.local"),
        ("clusterDomain", &environment.cluster_domain, "cluster.local"),
    ];
    for (field, value, default) in names {
        if value != default {
            spec.insert(field.to_owned(), json!(value));
        }
    }
    let planes = environment.control_planes.as_slice();
    let policy = environment.stated_outbound_traffic_policy.as_ref().map(|stated| stated.value);
    let policy =
        policy.or_else(|| of_all(planes, |plane| plane.outbound_traffic_policy.as_ref().map(|said| said.value)));
    match policy {
        Some(policy) => {
            spec.insert("outboundTrafficPolicy".to_owned(), json!(policy_word(policy)));
        }
        None => left_out.push(format!("`outboundTrafficPolicy` is left out: {}", why(planes))),
    }
    match environment.stated_dns_capture.or_else(|| of_all(planes, |plane| plane.dns_capture)) {
        Some(capture) => {
            spec.insert("dnsCapture".to_owned(), json!(capture));
        }
        None => left_out.push(format!("`dnsCapture` is left out, so it is `false`: {}", why(planes))),
    }
    let mut output = Map::new();
    if environment.istio_api == IstioApi::V1Beta1 {
        output.insert("istioApi".to_owned(), json!("v1beta1"));
    }
    if environment.placement == Placement::Client {
        output.insert("placement".to_owned(), json!("client"));
    }
    if !output.is_empty() {
        spec.insert("output".to_owned(), Value::Object(output));
    }
    spec
}

/// What every control plane says alike.
fn of_all<T: Copy + PartialEq>(planes: &[ControlPlane], said: impl Fn(&ControlPlane) -> Option<T>) -> Option<T> {
    let certain = |plane: &ControlPlane| said(plane).filter(|_| plane.doubts.is_empty() && !plane.is_unreadable);
    let first = certain(planes.first()?)?;
    planes.iter().all(|plane| certain(plane) == Some(first)).then_some(first)
}

fn why(planes: &[ControlPlane]) -> &'static str {
    match planes {
        [] => "no document has a mesh config",
        [_] => "the mesh config is not given, or cannot be read for certain",
        _ => "the revisions of Istio differ, or not all of them are given",
    }
}

fn policy_word(policy: OutboundTrafficPolicy) -> &'static str {
    match policy {
        OutboundTrafficPolicy::RegistryOnly => "REGISTRY_ONLY",
        OutboundTrafficPolicy::AllowAny => "ALLOW_ANY",
        OutboundTrafficPolicy::AllowAnyDynamicDns => "ALLOW_ANY_DYNAMIC_DNS",
    }
}

fn gateway(gateway: &Gateway) -> Value {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), json!(gateway.name));
    fields.insert("namespace".to_owned(), json!(gateway.namespace));
    fields.insert("service".to_owned(), json!(gateway.service));
    // The usual label is the default of the field, which says nothing of the other labels.
    let usual = BTreeMap::from([("istio".to_owned(), gateway.name.clone())]);
    let selector = || if gateway.selector == usual { BTreeMap::new() } else { gateway.selector.clone() };
    let mut labels = gateway.pod_labels.clone().unwrap_or_else(selector);
    if gateway.tls_mode_istio.as_ref().is_some_and(|mode| mode.value) {
        labels.insert("security.istio.io/tlsMode".to_owned(), "istio".to_owned());
    }
    if !labels.is_empty() {
        fields.insert("podLabels".to_owned(), json!(labels));
    }
    match gateway.authorization {
        Authorization::Shared => {}
        Authorization::Managed => {
            fields.insert("authorization".to_owned(), json!("managed"));
        }
        Authorization::Off => {
            fields.insert("authorization".to_owned(), json!("off"));
        }
    }
    let ports = gateway.ports.iter().map(|port| {
        let mut fields = Map::new();
        fields.insert("port".to_owned(), json!(port.port));
        if let TargetPort::Known(target) = port.target {
            fields.insert("targetPort".to_owned(), json!(target));
        }
        fields.insert("class".to_owned(), json!(if port.http { "http" } else { "tls" }));
        Value::Object(fields)
    });
    fields.insert("ports".to_owned(), ports.collect());
    Value::Object(fields)
}

fn namespaces(environment: &Environment, left_out: &mut Vec<String>) -> Vec<Value> {
    let mut rows = Vec::new();
    for (name, known) in &environment.namespaces {
        if known.ambient.as_ref().is_some_and(|ambient| ambient.value) {
            left_out
                .push(format!("namespace `{name}` is left out: it is in ambient mode, for which there is no field"));
        } else if let Some(injection) = &known.injection {
            rows.push(json!({"name": name, "injection": injection.value}));
        }
    }
    rows
}

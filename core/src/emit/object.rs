//! One resource as the Kubernetes API takes it, with our marks on it.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use crate::manifest::{AuthorizationEffect, Object, Origin, Spec};
use crate::origin::{DIGEST, DigestContent, Identity, MADE_FOR, MANAGED_BY};
use crate::resource::IstioApi;

/// Hosts get an address from us or none: one that Istio allocates would depend on its version.
const NO_AUTOMATIC_ADDRESS: (&str, &str) = ("networking.istio.io/enable-autoallocate-ip", "false");
/// An AuthorizationPolicy of which Envoy writes down what it would decide.
const DRY_RUN: (&str, &str) = ("istio.io/dry-run", "true");
/// Annotations of one object may take 256 KiB together (`apimachinery`, `TotalAnnotationSizeLimitB`).
const MOST_ORIGINS: usize = 50;

/// What Kubernetes knows a resource by.
pub fn identity(object: &Object) -> Identity {
    Identity::new(object.spec.group(), object.spec.kind(), &object.namespace, &object.name)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'o> {
    api_version: &'static str,
    kind: &'static str,
    metadata: WrittenMetadata<'o>,
    spec: &'o Spec,
}

#[derive(Serialize)]
struct WrittenMetadata<'o> {
    annotations: WrittenMarks<'o>,
    labels: WrittenMarks<'o>,
    name: &'o str,
    namespace: &'o str,
}

/// Labels or annotations, in alphabetical order. There are three at most, and thousands of objects: no map is made of them.
#[derive(Clone, Copy)]
struct WrittenMarks<'o>([Option<(&'o str, &'o str)>; 3]);

impl Serialize for WrittenMarks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.into_iter().flatten())
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let made_for = origin(self);
        let mut written = Written::of(self, &made_for);
        let content = DigestContent {
            group: self.spec.group(),
            kind: self.spec.kind(),
            namespace: &self.namespace,
            name: &self.name,
            labels: written.metadata.labels,
            annotations: written.metadata.annotations,
            spec: &self.spec,
        };
        let digest = content.digest().ok_or_else(|| S::Error::custom("JSON cannot hold the object"))?;
        written.metadata.annotations = annotations(self, Some((DIGEST, &digest)), &made_for);
        written.serialize(serializer)
    }
}

/// A resource without its digest, which nothing that Istio does depends on: for what reads thousands of them back.
#[derive(Debug)]
pub struct Undigested<'o>(pub &'o Object);

impl Serialize for Undigested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self.0, &origin(self.0)).serialize(serializer)
    }
}

impl<'o> Written<'o> {
    fn of(object: &'o Object, made_for: &'o str) -> Self {
        let no_address = matches!(object.spec, Spec::ServiceEntry(_)).then_some(NO_AUTOMATIC_ADDRESS);
        Self {
            api_version: api_version(object),
            kind: object.spec.kind(),
            metadata: WrittenMetadata {
                annotations: annotations(object, None, made_for),
                labels: WrittenMarks([Some(MANAGED_BY), no_address, None]),
                name: &object.name,
                namespace: &object.namespace,
            },
            spec: &object.spec,
        }
    }
}

fn annotations<'o>(object: &Object, digest: Option<(&'o str, &'o str)>, made_for: &'o str) -> WrittenMarks<'o> {
    let is_dry_run = match &object.spec {
        Spec::AuthorizationPolicy(policy) => policy.effect == AuthorizationEffect::DryRun,
        Spec::ServiceEntry(_) | Spec::DestinationRule(_) | Spec::Gateway(_) | Spec::VirtualService(_) => false,
    };
    WrittenMarks([digest, Some((MADE_FOR, made_for)), is_dry_run.then_some(DRY_RUN)])
}

fn api_version(object: &Object) -> &'static str {
    match (&object.spec, object.api) {
        (Spec::AuthorizationPolicy(_), IstioApi::V1) => "security.istio.io/v1",
        (Spec::AuthorizationPolicy(_), IstioApi::V1Beta1) => "security.istio.io/v1beta1",
        (_, IstioApi::V1) => "networking.istio.io/v1",
        (_, IstioApi::V1Beta1) => "networking.istio.io/v1beta1",
    }
}

/// `policy-namespace/policy: rule, rule; …`
fn origin(object: &Object) -> String {
    let shown = object.origins.get(..MOST_ORIGINS).unwrap_or(&object.origins);
    let mut policies = Vec::new();
    // In order: what is of one policy stands together, and equal rules too.
    for of_policy in shown.chunk_by(|a, b| a.policy == b.policy) {
        let rules = of_policy.chunk_by(|a, b| a.rule == b.rule).filter_map(<[_]>::first);
        let mut text = String::new();
        for Origin { policy, rule, .. } in rules {
            if text.is_empty() {
                text.extend([&policy.namespace, "/", &policy.name, ": ", rule]);
            } else {
                text.extend([", ", rule]);
            }
        }
        policies.extend(of_policy.first().map(|origin| (&origin.policy, text)));
    }
    policies.sort_by_cached_key(|(policy, _)| policy.to_string());
    let text = policies.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ");
    let more = object.origins.len().saturating_sub(MOST_ORIGINS);
    if more > 0 { format!("{text}; and {more} more") } else { text }
}

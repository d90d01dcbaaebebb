//! One resource as the Kubernetes API takes it, with our marks on it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::mesh::{Object, Origin, Spec};
use crate::resource::IstioApi;

/// Who made an object; `kubectl apply --prune -l app.kubernetes.io/managed-by=egressc` deletes what is no longer made.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "egressc");
/// Hosts get an address from us or none: one that Istio allocates would depend on its version.
const NO_AUTOMATIC_ADDRESS: (&str, &str) = ("networking.istio.io/enable-autoallocate-ip", "false");
/// The policies and rules that an object was made for.
const ORIGIN: &str = "egressc.dev/origin";
/// Annotations of one object may take 256 KiB together (`apimachinery`, `TotalAnnotationSizeLimitB`).
const MOST_ORIGINS: usize = 50;

/// Whether this object carries our marks, so that it may be replaced by what we make now.
///
/// Both of them: a label alone is something that people and tools write too.
pub fn is_ours(object: &Value) -> bool {
    let (label, maker) = MANAGED_BY;
    let metadata = object.get("metadata");
    let text = |map: &str, key: &str| metadata.and_then(|metadata| metadata.get(map)?.get(key)?.as_str());
    text("labels", label) == Some(maker) && text("annotations", ORIGIN).is_some()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'o> {
    api_version: String,
    kind: &'static str,
    metadata: Metadata<'o>,
    spec: &'o Spec,
}

#[derive(Serialize)]
struct Metadata<'o> {
    annotations: BTreeMap<&'static str, String>,
    labels: BTreeMap<&'static str, &'static str>,
    name: &'o str,
    namespace: &'o str,
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let version = match self.api {
            IstioApi::V1 => "v1",
            IstioApi::V1Beta1 => "v1beta1",
        };
        let mut labels = BTreeMap::from([MANAGED_BY]);
        if matches!(self.spec, Spec::ServiceEntry(_)) {
            labels.extend([NO_AUTOMATIC_ADDRESS]);
        }
        let annotations = BTreeMap::from([(ORIGIN, origin(self))]);
        Written {
            api_version: format!("{}/{version}", self.spec.group()),
            kind: self.spec.kind(),
            metadata: Metadata { annotations, labels, name: &self.name, namespace: &self.namespace },
            spec: &self.spec,
        }
        .serialize(serializer)
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

//! Resources to YAML and JSON. Total, and a function of the resources alone.
//!
//! Keys are in alphabetical order, as Kubernetes' own tools print them.

use serde_json::{Map, Value, json};

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

/// Resources as a YAML stream.
///
/// # Errors
/// Only when the YAML writer fails, which for plain JSON values is a bug.
pub fn yaml(values: &[Value]) -> Result<String, serde_saphyr::ser::Error> {
    let mut text = String::new();
    for value in values {
        text.push_str("---\n");
        text.push_str(&serde_saphyr::to_string(value)?);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// Resources as a JSON `List`, which kubectl applies as it is.
///
/// # Errors
/// Only when the JSON writer fails, which for plain JSON values is a bug.
pub fn json(values: &[Value]) -> Result<String, serde_json::Error> {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": values});
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

/// Whether this object carries our marks, so that it may be replaced by what we make now.
///
/// Both of them: a label alone is something that people and tools write too.
pub fn is_ours(object: &Value) -> bool {
    let (label, maker) = MANAGED_BY;
    let metadata = object.get("metadata");
    let text = |map: &str, key: &str| metadata.and_then(|metadata| metadata.get(map)?.get(key)?.as_str());
    text("labels", label) == Some(maker) && text("annotations", ORIGIN).is_some()
}

/// One resource as the Kubernetes API takes it.
pub fn resource(object: &Object, api: IstioApi) -> Value {
    let version = match api {
        IstioApi::V1 => "v1",
        IstioApi::V1Beta1 => "v1beta1",
    };
    let mut labels = Map::from_iter([(MANAGED_BY.0.to_owned(), MANAGED_BY.1.into())]);
    if matches!(object.spec, Spec::ServiceEntry(_)) {
        labels.insert(NO_AUTOMATIC_ADDRESS.0.to_owned(), NO_AUTOMATIC_ADDRESS.1.into());
    }
    json!({
        "apiVersion": format!("{}/{version}", object.spec.group()),
        "kind": object.spec.kind(),
        "metadata": {
            "annotations": {ORIGIN: origin(object)},
            "labels": labels,
            "name": object.name,
            "namespace": object.namespace,
        },
        "spec": object.spec,
    })
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

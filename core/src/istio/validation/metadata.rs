//! What is refused for its metadata, whatever the object says.

use super::broken_rule::BrokenRules;
use crate::istio::Meta;
use crate::istio::fields::Fields;

const WEBHOOK: &str = "`validateMetadata` of pkg/config/validation/validation.go";
const KUBERNETES: &str = "`NameIsDNSSubdomain` of Kubernetes";

pub(super) fn validate(document: Fields<'_>, spec: Fields<'_>, meta: &Meta, broken: &mut BrokenRules) {
    let metadata = document.child("metadata").unwrap_or(document);
    if !is_name(&meta.name) {
        let at = metadata.child("name").unwrap_or(metadata);
        broken.refuse(
            at,
            KUBERNETES,
            format!(
                "`{}` is not the name of an object: it may have lower-case letters, digits, `-` and `.`",
                meta.name
            ),
        );
    }
    for key in
        ["internal.istio.io/webhook-always-reject", "internal.istio.io/parent-namespace", "internal.istio.io/parents"]
    {
        if meta.annotations.get(key).is_some() {
            broken.refuse(metadata, WEBHOOK, format!("the annotation `{key}` is reserved by Istio"));
        }
    }
    // `checkDryRunAnnotation`.
    let Some(dry_run) = meta.annotations.get("istio.io/dry-run") else { return };
    if meta.kind != "AuthorizationPolicy" {
        broken.refuse(metadata, WEBHOOK, "only an AuthorizationPolicy may have the annotation `istio.io/dry-run`");
    } else if !matches!(spec.text("action").as_deref(), None | Some("ALLOW" | "DENY")) {
        broken.refuse(metadata, WEBHOOK, "the annotation `istio.io/dry-run` is for the actions ALLOW and DENY");
    } else if !["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"].contains(&dry_run) {
        broken.refuse(
            metadata,
            WEBHOOK,
            format!("the annotation `istio.io/dry-run` is neither true nor false: `{dry_run}`"),
        );
    }
}

/// A DNS subdomain, as Kubernetes wants it: at most 253 characters, in lower case.
fn is_name(name: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|byte| lower(*byte))
            && bytes.last().is_some_and(|byte| lower(*byte))
            && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

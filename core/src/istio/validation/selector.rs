//! Selectors of workloads.

use super::broken_rule::BrokenRules;
use super::names;
use crate::istio::fields::Fields;

/// Labels that select pods (`ValidateAlphaWorkloadSelector` and `validateWorkloadSelector` of
/// pkg/config/validation/validation.go; the CRDs have the same rules).
pub(super) fn validate(labels: Option<Fields<'_>>, source: &'static str, broken: &mut BrokenRules) {
    let Some(labels) = labels else { return };
    for (key, value) in labels.given_entries() {
        if key.is_empty() {
            broken.refuse(labels, source, "the selector has an empty key");
        }
        if key.contains('*') || value.str().contains('*') {
            broken.refuse(value, source, "the selector has a wildcard, which is not supported");
        }
    }
}

/// Labels that a rule compares (`Validate` of pkg/config/labels/instance.go).
pub(super) fn labels(labels: Option<Fields<'_>>, broken: &mut BrokenRules) {
    const SOURCE: &str = "`Validate` of pkg/config/labels/instance.go";
    let Some(labels) = labels else { return };
    for (key, value) in labels.given_entries() {
        broken.check(value, SOURCE, names::label_key(key));
        broken.check(value, SOURCE, names::label_value(value.str()));
    }
}

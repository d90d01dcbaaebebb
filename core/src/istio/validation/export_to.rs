//! `exportTo` (`validateExportTo` of pkg/config/validation/validation.go).

use std::collections::BTreeSet;

use super::broken_rule::BrokenRules;
use super::names;
use crate::istio::Meta;
use crate::istio::fields::Fields;

const SOURCE: &str = "`validateExportTo` of pkg/config/validation/validation.go";

/// Whether `~`, nobody, is a namespace here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nobody {
    Allowed,
    Refused,
}

/// The rules for all kinds; gives the namespaces, where `.` is the object's own.
pub(super) fn validate<'n>(
    spec: Fields<'n>,
    meta: &'n Meta,
    nobody: Nobody,
    broken: &mut BrokenRules,
) -> BTreeSet<&'n str> {
    let mut seen = BTreeSet::new();
    for item in spec.items("exportTo") {
        let written = item.str();
        let namespace = if written == "." { meta.namespace.as_str() } else { written };
        if seen.contains(namespace) {
            broken.refuse(item, SOURCE, format!("`exportTo` has `{namespace}` twice"));
        } else if namespace == "*" || namespace == "~" && nobody == Nobody::Allowed || names::is_label(namespace) {
            seen.insert(namespace);
        } else if namespace == "~" {
            broken.refuse(item, SOURCE, "only a ServiceEntry may have `~` in `exportTo`");
        } else {
            broken.refuse(item, SOURCE, format!("`{written}` in `exportTo` is neither `.`, `*` nor a namespace"));
        }
    }
    let count = spec.items("exportTo").count();
    if let Some(list) = spec.child("exportTo")
        && count > 1
        && (seen.contains("*") || seen.contains("~"))
    {
        broken.refuse(list, SOURCE, "`exportTo` has `*` or `~` beside other namespaces");
    }
    seen
}

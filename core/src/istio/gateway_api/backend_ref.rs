//! The backends of rules, as they are read.

use std::collections::BTreeMap;

use super::reference::{Referent, referent};
use crate::istio::HeaderChanges;
use crate::istio::fields::Fields;

/// A destination of a rule.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    pub(super) to: Referent,
    /// Its namespace, where it is written.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) port: Option<u16>,
    pub(super) weight: i64,
    pub(super) headers: HeaderChanges,
    /// Whether it has a filter that istiod refuses.
    pub(super) is_refused: bool,
}

/// A backend, with the changes of headers that are for it alone.
pub(super) fn read(backend: Fields<'_>) -> Backend {
    let filters = filters_of_backend(backend);
    Backend {
        to: referent(backend, "", "Service"),
        namespace: backend.text("namespace"),
        name: backend.text("name").unwrap_or_default(),
        port: backend.port("port"),
        weight: backend.number("weight").unwrap_or(1),
        is_refused: filters.is_none(),
        headers: filters.unwrap_or_default(),
    }
}

/// The changes of headers for one backend; `None` where istiod refuses a filter (`buildHTTPDestination`).
fn filters_of_backend(backend: Fields<'_>) -> Option<HeaderChanges> {
    let mut changes = HeaderChanges::default();
    for filter in backend.items("filters") {
        match filter.text("type").as_deref() {
            Some("RequestHeaderModifier") => changes = headers(filter.child("requestHeaderModifier"))?,
            Some("ResponseHeaderModifier") => {}
            _ => return None,
        }
    }
    Some(changes)
}

/// `createHeadersFilter`: of several entries for one name the first holds. `None` for a value with invalid characters.
pub(super) fn headers(filter: Option<Fields<'_>>) -> Option<HeaderChanges> {
    let Some(filter) = filter else { return Some(HeaderChanges::default()) };
    let is_valid = |value: &str| value.bytes().all(|byte| byte == 9 || (byte >= 0x20 && byte != 0x7f));
    let values = |key: &str| {
        let mut changes: BTreeMap<String, String> = BTreeMap::new();
        for item in filter.items(key) {
            let (name, value) = (item.text("name").unwrap_or_default(), item.text("value").unwrap_or_default());
            if !is_valid(&value) {
                return None;
            }
            changes.entry(name.to_ascii_lowercase()).or_insert(value);
        }
        Some(changes.into_iter().collect())
    };
    let remove = filter.texts("remove").iter().map(|name| name.to_ascii_lowercase()).collect();
    Some(HeaderChanges { set: values("set")?, add: values("add")?, remove })
}

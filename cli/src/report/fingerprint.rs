//! What tells a platform that a finding of today is one of yesterday.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use egressc_core::api::Diagnostic;
use egressc_core::stages::ObjectName;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::inputs::identity;

/// One for each diagnostic: made of its code, its object and its message. No line and no index is in it, so that it
/// survives what is inserted above. Findings that agree in all of it are counted, because platforms show only one of each.
pub(super) fn fingerprints<'a>(
    diagnostics: impl Iterator<Item = (&'a Diagnostic, Option<&'a ObjectName>)>,
) -> Vec<String> {
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let of = diagnostics.map(|(diagnostic, object)| {
        // As JSON, so that no name can contain a border between two parts.
        let parts = json!([diagnostic.code, subject(diagnostic, object), diagnostic.message]).to_string();
        let number = known.entry(parts.clone()).and_modify(|number| *number = number.saturating_add(1)).or_default();
        digest(&format!("{parts}{number}"))
    });
    of.collect()
}

/// The object; where the document says of none what it is called, the field and its file.
fn subject(diagnostic: &Diagnostic, object: Option<&ObjectName>) -> Value {
    match (object, diagnostic.labels.first()) {
        (Some(object), _) => json!([object.kind, object.namespace, object.name]),
        (None, Some(place)) => json!([identity(&place.source), place.path]),
        (None, None) => Value::Null,
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

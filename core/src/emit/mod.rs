//! Resources to YAML and JSON. Total, and a function of the resources alone.
//!
//! Keys are in alphabetical order, as Kubernetes' own tools print them.

mod object;

use serde::Serialize;

pub use object::{Undigested, identity};

/// Resources, or other values of Kubernetes' kinds, as a YAML stream.
///
/// # Errors
/// Only when the YAML writer fails, which for what JSON can hold is a bug.
pub fn yaml(values: &[impl Serialize]) -> Result<String, serde_saphyr::ser::Error> {
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
/// Only when the JSON writer fails, which for what JSON can hold is a bug.
pub fn json(values: &[impl Serialize]) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'v, V> {
        api_version: &'static str,
        items: &'v [V],
        kind: &'static str,
    }
    let list = List { api_version: "v1", items: values, kind: "List" };
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

//! Resources to YAML and JSON. Total, and a function of the resources alone.
//!
//! Keys are in alphabetical order, as Kubernetes' own tools print them.

mod object;

use std::error::Error;
use std::fmt;

use serde::Serialize;

pub use object::{Undigested, identity};

/// A value that cannot be written: a bug, since JSON and YAML hold all that Kubernetes' kinds can say.
#[derive(Debug)]
pub struct WriteError(Box<dyn Error + Send + Sync>);

impl WriteError {
    fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Resources, or other values of Kubernetes' kinds, as a YAML stream.
///
/// # Errors
/// Only when the YAML writer fails, which for what JSON can hold is a bug.
pub fn yaml(values: &[impl Serialize]) -> Result<String, WriteError> {
    let mut text = String::new();
    for value in values {
        text.push_str("---\n");
        serde_saphyr::to_fmt_writer(&mut text, value).map_err(WriteError::of)?;
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
pub fn json(values: &[impl Serialize]) -> Result<String, WriteError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'v, V> {
        api_version: &'static str,
        items: &'v [V],
        kind: &'static str,
    }
    let list = List { api_version: "v1", items: values, kind: "List" };
    Ok(serde_json::to_string_pretty(&list).map_err(WriteError::of)? + "\n")
}

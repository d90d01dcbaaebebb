//! What HTTP requests to one destination say otherwise than each other.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::scheme::Scheme;
use crate::model::RequestExample;

/// Method, path and headers of an HTTP request. Defaults to `GET /`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FlowMessage"))]
pub struct Message {
    /// Its method; null is `GET`.
    pub method: Option<String>,
    /// Its path with the query; null is `/`.
    pub path: Option<String>,
    /// Its headers, in lower case.
    pub headers: BTreeMap<String, String>,
}

impl From<RequestExample> for Message {
    fn from(example: RequestExample) -> Self {
        Self { method: example.method, path: example.path, headers: example.headers }
    }
}

impl Message {
    /// Whether it is the one that stands for all that nothing tells apart.
    pub fn is_plain(&self) -> bool {
        self.method.is_none() && self.path.is_none() && self.headers.is_empty()
    }

    /// A request with it, as a person would say it.
    pub fn said_to(&self, scheme: Scheme, host: &str, port: u16) -> String {
        let method = self.method.as_ref().map(|method| format!("{method} ")).unwrap_or_default();
        let path = self.path.as_deref().unwrap_or_default();
        let mut said = format!("{method}{}://{host}:{port}{path}", scheme.name());
        let each = |(name, values): (&'_ String, &'_ String)| {
            values.split('\n').map(|value| (name.clone(), value.to_owned())).collect::<Vec<_>>()
        };
        for (number, (name, value)) in self.headers.iter().flat_map(each).enumerate() {
            // Writing to a text cannot fail.
            let _ = write!(said, " {} `{name}: {value}`", if number == 0 { "with" } else { "and" });
        }
        said
    }
}

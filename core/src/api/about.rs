use serde::{Deserialize, Serialize};

/// The response of `about`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AboutResponse {
    /// `egressc`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The names of its calls.
    pub calls: Vec<String>,
}

/// Describes this library.
///
/// ```
/// use egressc_core::api::about;
///
/// assert!(about().calls.contains(&"compile".to_owned()));
/// ```
pub fn about() -> AboutResponse {
    AboutResponse {
        name: "egressc".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        calls: [
            "compile", "check", "trace", "reach", "diff", "test", "replay", "convert", "explain", "schema", "about",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

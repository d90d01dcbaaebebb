use super::AboutResponse;

/// Describes this library.
pub fn about() -> AboutResponse {
    AboutResponse {
        name: "egressc".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        calls: ["compile", "check", "trace", "reach", "diff", "test", "explain", "schema", "about"]
            .map(str::to_owned)
            .to_vec(),
    }
}

//! What a sidecar takes for HTTP: its listeners look at the first line before a filter chain is chosen (Envoy's
//! `source/extensions/filters/listener/http_inspector/http_inspector.cc`).

use super::connection::Payload;
use super::request::{HttpVersion, Request, is_of_token};

/// What a listener of a sidecar sees in the client's bytes: a first line that is none of HTTP makes them opaque.
pub(crate) fn look_at(payload: Payload) -> Payload {
    match payload {
        Payload::Http(request) if !is_http(&request) => Payload::Opaque,
        other => other,
    }
}

/// Any method will do that has the characters of one; the target must begin as a path or as a URL does.
fn is_http(request: &Request) -> bool {
    if request.version != HttpVersion::One {
        return true;
    }
    let method = request.method.as_bytes();
    if method.is_empty() || !method.iter().all(|byte| is_of_token(*byte)) {
        return false;
    }
    let Some(target) = request.path.as_deref() else { return true };
    let has_scheme = target
        .split_once("://")
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let begins_well = target.starts_with(['/', '*']) || has_scheme || method == b"CONNECT";
    begins_well && target.bytes().all(|byte| matches!(byte, b'!'..=b'~'))
}

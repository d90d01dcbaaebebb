//! What a sidecar takes for HTTP: its listeners look at the first line before a filter chain is chosen (Envoy's
//! `source/extensions/filters/listener/http_inspector/http_inspector.cc`).

use super::connection::Payload;
use super::request::{HttpVersion, Request, is_of_authority, is_of_token};

/// How long a first line may be: the listener looks at so many bytes (`Config::DEFAULT_MAX_INSPECT_SIZE`).
const LONGEST_FIRST_LINE: usize = 64 * 1024;
/// Two spaces, the version and the line break.
const REST_OF_FIRST_LINE: usize = "  HTTP/1.1\r\n".len();

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
    if method.len().saturating_add(target.len()).saturating_add(REST_OF_FIRST_LINE) > LONGEST_FIRST_LINE {
        return false;
    }
    let has_scheme = target.split_once("://").is_some_and(|(scheme, rest)| {
        let mut authority = rest.bytes().take_while(|byte| !matches!(byte, b'/' | b'?' | b'#'));
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) && authority.all(is_of_authority)
    });
    let begins_well = target.starts_with(['/', '*']) || has_scheme || method == b"CONNECT";
    begins_well && target.bytes().all(|byte| matches!(byte, b'!'..=b'~'))
}

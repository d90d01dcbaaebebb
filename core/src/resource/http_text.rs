//! Which methods, paths and headers may be written. Each function says what is wrong, or nothing.

/// Methods that a rule may name: those that every proxy takes, without CONNECT, which asks for a tunnel.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

/// A method (RFC 9110, section 9.1, and RFC 5789).
pub(super) fn method_problem(text: &str) -> Option<&'static str> {
    (!METHODS.contains(&text))
        .then_some("the methods are GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS and TRACE, in capitals")
}

/// The name of a header: a token (section 5.1). Not one that decides where a request goes, or who sent it.
pub(super) fn name_problem(text: &str) -> Option<&'static str> {
    let name = text.to_ascii_lowercase();
    match name.as_str() {
        _ if name.starts_with(':') => {
            Some("names that begin with `:` are not headers; use `methods`, `paths` or `hosts`")
        }
        "host" | "authority" => Some("the host belongs to `hosts`"),
        // Istio reads these keys of a match as parts of the request line (`HTTPMatchRequest.headers`).
        "uri" | "scheme" | "method" => Some("Istio does not compare headers of this name; use `paths` or `methods`"),
        "x-forwarded-client-cert" => {
            Some("the gateway removes this header itself, because it has the identity of the workload")
        }
        // They frame the message, or belong to one connection (RFC 9110, section 7.6.1).
        "connection" | "content-length" | "keep-alive" | "proxy-connection" | "te" | "trailer"
        | "transfer-encoding" | "upgrade" => Some("proxies write this header themselves"),
        _ if name.starts_with("x-envoy-") => {
            Some("headers that begin with `x-envoy-` are instructions for the gateway's proxy")
        }
        _ if !is_token(text) => Some("the name of a header has letters, digits and `-`"),
        _ => None,
    }
}

/// The value of a header: printable, without spaces at its ends.
pub(super) fn value_problem(text: &str) -> Option<&'static str> {
    const MOST: usize = 4096;
    if text.len() > MOST {
        Some("the value of a header has at most 4096 characters")
    } else if text.is_empty() || text.trim() != text || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        Some("the value of a header is printable ASCII without spaces at the beginning and the end, and not empty")
    } else {
        None
    }
}

/// The name of a tool or of a method of MCP. Clients send names of these letters as they are, and encode others, so that one
/// name would have two spellings (SEP-2243 of MCP).
pub(super) fn mcp_name_problem(text: &str) -> Option<&'static str> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if text == "*" {
        Some("each tool and each method is named; there is no pattern of names")
    } else if text.is_empty() || text.len() > 64 || !text.bytes().all(is_letter) {
        Some("the name of a tool or of a method of MCP has 1 to 64 letters, digits, `-`, `_`, `.` and `/`")
    } else {
        None
    }
}

/// A path, or a pattern of paths. Only in the form to which proxies bring paths before they compare them: one that is written
/// in another way would match nothing.
pub(super) fn path_problem(text: &str) -> Option<&'static str> {
    let Some(rest) = text.strip_prefix('/') else { return Some("a path begins with `/`") };
    if text.contains(['?', '#']) {
        return Some("the query is not part of the path; proxies compare the path without it");
    }
    if let Some(problem) = encoded_problem(text) {
        return Some(problem);
    }
    // Istio takes regular expressions of at most 1024 characters (`validateStringMatchRegexp`), and a pattern becomes one.
    let is_pattern = rest.contains(['*', '{']);
    if is_pattern && (text.len() > 128 || text.matches("{*}").count() > 8) {
        return Some("a pattern has at most 128 characters and 8 times `{*}`");
    }
    if text.len() > 1024 {
        return Some("a path has at most 1024 characters");
    }
    let last = rest.split('/').count();
    for (number, segment) in rest.split('/').enumerate() {
        let is_last = number.saturating_add(1) == last;
        match segment {
            "" if !is_last => return Some("`//` is not a normal path; write one `/`"),
            "." | ".." => return Some("proxies resolve `.` and `..` before they compare a path"),
            "{*}" => {}
            "*" | "{**}" if is_last => {}
            "*" | "{**}" => return Some("`*` and `{**}` are only allowed at the end; use `{*}` for one segment"),
            _ if segment.contains(['*', '{', '}']) => {
                return Some("`*`, `{*}` and `{**}` stand for whole segments between two `/`");
            }
            _ if !segment.bytes().all(is_pchar) => {
                return Some("a segment of a path has letters, digits and `-._~!$&'()+,;=:@`");
            }
            _ => {}
        }
    }
    None
}

/// What is wrong with the encoded characters of a path. A pattern of `allow` matches them where they stand for characters that no
/// server takes for another place (`lower::http_routes`).
fn encoded_problem(text: &str) -> Option<&'static str> {
    let mut codes =
        text.split('%').skip(1).map(|rest| rest.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()));
    let first = codes.next()?;
    let is_risky = |code: &Option<u8>| code.is_none_or(|code| code < 0x20 || b"%./\\".contains(&code));
    Some(if std::iter::once(first).chain(codes).any(|code| is_risky(&code)) {
        "servers decode an encoded `/`, `.`, `%` or `\\` in different ways, so no path in `allow` matches one, and in `deny` `{*}` and `*` do; use a path without it, or limit these requests by `methods` or `headers` alone"
    } else {
        "proxies compare paths as they are sent, and one character has several spellings; write `{*}` in the place of this segment, or `*` in the place of the last ones"
    })
}

/// RFC 3986, `pchar`, without `%` and `*`.
fn is_pchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@".contains(&byte)
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

//! How Envoy normalizes a path before routes and policies compare it.

use std::fmt::Write as _;

/// The path and query as routes and authorization see them; `None` where it is not certain.
///
/// Istio sets `normalize_path` on every connection manager, and leaves escaped and double slashes as they are
/// (`core/listener_builder.go`). It is RFC 3986's normalization with `\` for `/`: unreserved characters are decoded, a few
/// others are escaped, then dot segments are removed (`canonicalizePath` of `source/common/http/path_utility.cc`).
pub(crate) fn normalized(written: &str) -> Option<String> {
    let (path, query) = written.split_once('?').map_or((written, None), |(path, query)| (path, Some(query)));
    if query.is_some_and(|query| query.contains('#')) {
        return None;
    }
    let decoded = decoded(path)?;
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = decoded.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_dots = matches!(segment, "." | "..");
        // Newer Envoys take a parameter away with the dots before it, as long as these are not escaped.
        if segment.starts_with(".;") || segment.starts_with("..;") {
            return None;
        }
        if segment == ".." {
            kept.pop();
        } else if !is_dots {
            kept.push(segment);
        }
        if is_dots && segments.peek().is_none() {
            kept.push("");
        }
    }
    let path = format!("/{}", kept.join("/"));
    Some(match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    })
}

/// The same where it is not known how paths are treated: only what nobody would change is certain.
pub(crate) fn untouched(written: &str) -> Option<String> {
    let path = written.split('?').next().unwrap_or(written);
    let is_plain = !path.contains(['%', '\\']) && !path.contains("//");
    normalized(written).filter(|normalized| is_plain && normalized == written)
}

fn decoded(path: &str) -> Option<String> {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        match next {
            '%' => {
                let digits = rest.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                // A percent sign that begins no escape stays.
                let Some(digits) = digits else {
                    decoded.push('%');
                    continue;
                };
                match char::from(u8::from_str_radix(digits, 16).ok()?) {
                    '\0' => return None,
                    unreserved if is_unreserved(unreserved) => decoded.push(unreserved),
                    _ => {
                        decoded.push('%');
                        decoded.push_str(digits);
                    }
                }
                rest = rest.get(2..).unwrap_or_default();
            }
            // Where it begins a path it is refused before.
            '\\' if !decoded.is_empty() => decoded.push('/'),
            '"' | '<' | '>' | '^' | '`' | '{' | '|' | '}' => {
                // Writing to a text cannot fail.
                let _ = write!(decoded, "%{:02X}", u32::from(next));
            }
            '!'..='~' => decoded.push(next),
            _ => return None,
        }
    }
    Some(decoded)
}

fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~".contains(c)
}

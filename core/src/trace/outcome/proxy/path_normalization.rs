//! How Envoy normalizes a path before routes and policies compare it.

use std::fmt::Write as _;

use crate::resource::PathNormalization;

/// The path and query as routes and authorization see them; `None` where it is not certain.
///
/// Escaped slashes come first, then `normalize_path`, then double slashes (`maybeNormalizePath` of
/// `source/common/http/conn_manager_utility.cc`); what the mesh config sets of these is in `core/listener_builder.go`.
pub(crate) fn normalized(setting: PathNormalization, written: &str) -> Option<String> {
    let (path, query) = written.split_once('?').map_or((written, None), |(path, query)| (path, Some(query)));
    if query.is_some_and(|query| query.contains('#')) {
        return None;
    }
    let path = match setting {
        PathNormalization::None => path.to_owned(),
        PathNormalization::Base => canonical(path)?,
        PathNormalization::MergeSlashes => merged(&canonical(path)?),
        PathNormalization::DecodeAndMergeSlashes => merged(&canonical(&with_slashes(path))?),
    };
    Some(match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    })
}

/// Whether a path has an escaped NUL, which `normalize_path` refuses.
pub(crate) fn has_nul(written: &str) -> bool {
    written.split('?').next().unwrap_or(written).contains("%00")
}

/// Escaped slashes of both kinds are slashes (`unescapeInPath` of `source/common/http/path_utility.cc`).
fn with_slashes(path: &str) -> String {
    [("%2F", "/"), ("%2f", "/"), ("%5C", "\\"), ("%5c", "\\")]
        .into_iter()
        .fold(path.to_owned(), |path, (escaped, slash)| path.replace(escaped, slash))
}

/// Slashes beside each other are one (`PathUtil::mergeSlashes`).
fn merged(path: &str) -> String {
    if !path.contains("//") {
        return path.to_owned();
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let end = if path.ends_with('/') { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// RFC 3986's normalization with `\` for `/`: unreserved characters are decoded, a few others are escaped, then dot segments
/// are removed (`canonicalizePath` of `source/common/http/path_utility.cc`).
fn canonical(path: &str) -> Option<String> {
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
    Some(format!("/{}", kept.join("/")))
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

//! The order of HTTP routes, which comes from their matches and then from the age of the objects (`sortHTTPRoutes` of
//! `pilot/pkg/config/kube/gateway/conversion.go`).

use std::cmp::Ordering;

use crate::istio::{HttpMatch, HttpRoute, Pattern};

/// Puts routes of one host into Istio's order. Routes of different objects come the oldest first.
pub(super) fn sort(routes: &mut [HttpRoute]) {
    routes.sort_by(compare);
}

fn compare(a: &HttpRoute, b: &HttpRoute) -> Ordering {
    match (a.matches.first(), b.matches.first()) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => rank(b).cmp(&rank(a)),
    }
}

/// What an earlier route has more of: kind of path, length of path, method, headers, query parameters.
fn rank(condition: &HttpMatch) -> (u8, usize, bool, usize, usize) {
    let (kind, length) = match &condition.uri {
        Some(Pattern::Exact(path)) => (3, path.len()),
        Some(Pattern::Prefix(path) | Pattern::PathPrefix(path)) => (2, path.len()),
        Some(Pattern::Regex(regex)) => (1, regex.text().len()),
        None | Some(Pattern::Present) => (0, 0),
    };
    (kind, length, condition.method.is_some(), condition.headers.len(), condition.query.len())
}

/// Whether only the age of their objects says which of two routes comes first.
pub(super) fn have_one_rank(a: &HttpRoute, b: &HttpRoute) -> bool {
    compare(a, b) == Ordering::Equal
}

/// Whether two routes have one rank and may both match a request, so that the older object's comes first.
pub(super) fn depends_on_age(a: &HttpRoute, b: &HttpRoute) -> bool {
    if !have_one_rank(a, b) {
        return false;
    }
    let (Some(a), Some(b)) = (a.matches.first(), b.matches.first()) else { return true };
    let are_apart = |a: Option<&Pattern>, b: Option<&Pattern>| match (a, b) {
        (Some(Pattern::Exact(a)), Some(Pattern::Exact(b))) => a != b,
        // They have one length.
        (Some(Pattern::Prefix(a) | Pattern::PathPrefix(a)), Some(Pattern::Prefix(b) | Pattern::PathPrefix(b))) => {
            a != b
        }
        _ => false,
    };
    !are_apart(a.uri.as_ref(), b.uri.as_ref()) && !are_apart(a.method.as_ref(), b.method.as_ref()) && a.port == b.port
}

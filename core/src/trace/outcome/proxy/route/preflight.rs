//! Whether the filter for `corsPolicy` answers a request itself (Envoy's
//! `source/extensions/filters/http/cors/cors_filter.cc`, `decodeHeaders`).

use crate::istio::{CorsPolicy, Pattern};
use crate::trace::outcome::proxy::headers::HeaderValue;
use crate::trace::outcome::proxy::request::Request;

/// Whether a route with this policy answers the request as a preflight; `None` where that is not known.
///
/// Another preflight is sent on, unless the policy says otherwise (`forwardNotMatchingPreflights` of `core/route/route.go`).
pub(super) fn is_answered(policy: &CorsPolicy, request: &Request) -> Option<bool> {
    if request.method != "OPTIONS" {
        return Some(false);
    }
    let text = |name: &str| match request.header(name) {
        HeaderValue::Missing => Some(""),
        HeaderValue::Text(text) => Some(text),
        HeaderValue::Several(_) | HeaderValue::Present | HeaderValue::MaybePresent => None,
    };
    let (origin, method) = (text("origin")?, text("access-control-request-method")?);
    if origin.is_empty() || method.is_empty() {
        return Some(false);
    }
    if policy.answers_others {
        return Some(true);
    }
    // A match for the text `*` is one for every origin.
    let takes = |pattern: &Pattern| match (pattern.matches("*"), pattern.matches(origin)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    };
    let found: Vec<Option<bool>> = policy.origins.iter().map(takes).collect();
    if found.contains(&Some(true)) {
        return Some(true);
    }
    (!found.contains(&None)).then_some(false)
}

//! What the Gateway API takes in a rule, and Envoy refuses: istiod's webhook sees no routes of the Gateway API.

use crate::istio::fields::Fields;
use crate::istio::validation::{header_value, mistakes_in_regex};
use crate::istio::{RefusedByEnvoy, too_large, unknown_command};

/// The first such thing in a rule.
pub(super) fn refused(rule: Fields<'_>) -> Option<RefusedByEnvoy> {
    let of_rule = rule.items("filters").find_map(headers);
    let of_backends = || rule.items("backendRefs").find_map(|backend| backend.items("filters").find_map(headers));
    of_rule.or_else(of_backends).or_else(|| rule.items("matches").find_map(regular_expressions))
}

/// A percent sign begins a command of Envoy, though the Gateway API has none.
fn headers(filter: Fields<'_>) -> Option<RefusedByEnvoy> {
    let changes = ["requestHeaderModifier", "responseHeaderModifier"].into_iter().filter_map(|key| filter.child(key));
    let mut entries = changes.flat_map(|change| change.items("set").chain(change.items("add")));
    entries.find_map(|entry| {
        let (name, at) = (entry.text("name").unwrap_or_default(), entry.child("value")?);
        if matches!(name.to_ascii_lowercase().as_str(), "host" | ":authority") {
            return None;
        }
        let rule = match header_value(at.str()) {
            Err(rule) => rule,
            Ok(()) => {
                format!("`%{}%` in the value of header `{name}` is no command of Envoy", unknown_command(at.str())?)
            }
        };
        Some(RefusedByEnvoy { rule, span: at.span() })
    })
}

/// An expression that RE2 cannot read.
fn regular_expressions(each: Fields<'_>) -> Option<RefusedByEnvoy> {
    let is_regex = |part: &Fields<'_>| part.text("type").as_deref() == Some("RegularExpression");
    let of_path = each.child("path").filter(is_regex).and_then(|path| path.child("value"));
    let others =
        each.items("headers").chain(each.items("queryParams")).filter(is_regex).filter_map(|part| part.child("value"));
    // `*` is no expression there (`canBeConvertedToPresentMatch` of core/route/route.go).
    let mut all = of_path.into_iter().chain(others.filter(|value| value.str() != "*"));
    all.find_map(|value| {
        let rule = mistakes_in_regex(value.str()).err().or_else(|| too_large(value.str()))?;
        Some(RefusedByEnvoy { rule, span: value.span() })
    })
}

//! What a policy says about HTTP requests, in our words.

use std::collections::BTreeSet;

use super::{named_sets, tools};
use crate::model::{
    HeaderPattern, HeaderRules, Http, HttpRules, Milliseconds, PathPattern, RequestPattern, RetryRules,
};
use crate::resource::{HeaderFields, HttpFields, RequestItem, duration};
use crate::source::{Span, Spanned};

pub(super) fn http(fields: &HttpFields) -> Http {
    let patterns = |list: &Spanned<Vec<RequestItem>>| {
        list.value.iter().flat_map(named_sets::expanded).flat_map(|item| patterns_of(&item)).collect::<BTreeSet<_>>()
    };
    Http {
        rules: HttpRules {
            allow: fields.allow.as_ref().map(patterns),
            deny: fields.deny.as_ref().map(patterns).unwrap_or_default(),
        },
        timeout: fields.timeout.as_ref().and_then(|text| milliseconds(text)),
        retries: fields.retries.as_ref().map(|retries| RetryRules {
            attempts: retries.attempts,
            per_try_timeout: retries.per_try_timeout.as_deref().and_then(milliseconds),
            retry_on: retries.retry_on.iter().cloned().collect(),
        }),
        request_headers: header_rules(fields.request_headers.as_ref()),
        response_headers: header_rules(fields.response_headers.as_ref()),
    }
}

/// Where a policy says something about HTTP requests first.
pub(super) fn place(fields: &HttpFields) -> Option<Span> {
    let places = [
        fields.allow.as_ref().map(|field| field.span),
        fields.deny.as_ref().map(|field| field.span),
        fields.timeout.as_ref().map(|field| field.span),
        fields.retries.as_ref().map(|field| field.span),
        fields.request_headers.as_ref().map(|field| field.span),
        fields.response_headers.as_ref().map(|field| field.span),
    ];
    places.into_iter().flatten().min_by_key(|span| span.start)
}

/// One, or one for each tool and each method of MCP.
pub(super) fn patterns_of(fields: &RequestItem) -> Vec<RequestPattern> {
    let pattern = RequestPattern {
        methods: fields.methods.iter().map(|method| method.value.clone()).collect(),
        paths: fields.paths.iter().map(|path| PathPattern::of(path)).collect(),
        headers: fields.headers.iter().map(|(name, value)| (name.clone(), header(value))).collect(),
    };
    let calls = tools::calls(fields, &pattern);
    if calls.is_empty() { vec![pattern] } else { calls }
}

fn header(value: &str) -> HeaderPattern {
    if value == "*" { HeaderPattern::Present } else { HeaderPattern::Is(value.to_owned()) }
}

fn header_rules(changes: Option<&Spanned<HeaderFields>>) -> HeaderRules {
    changes.map_or_else(HeaderRules::default, |changes| HeaderRules {
        set: changes.set.clone(),
        add: changes.add.clone(),
        remove: changes.remove.clone(),
    })
}

/// A duration whose form has been checked.
pub(super) fn milliseconds(text: &str) -> Option<Milliseconds> {
    let nanoseconds = duration::nanoseconds(text)?;
    Some(Milliseconds(u64::try_from(nanoseconds / 1_000_000).ok()?))
}

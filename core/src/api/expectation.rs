//! Expectations, as requests to evaluate.

use std::collections::BTreeSet;

use super::{ClientPath, Query, QueryClient, QueryPart, QueryTarget, UsageError};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::{Expectation, Expected};
use crate::source::{Span, Spanned};
use crate::trace::Scheme;

/// One expectation.
pub(super) struct Asked {
    pub(super) expected: Expected,
    pub(super) query: Query,
    pub(super) tls: Option<bool>,
    /// The hosts at which it arrives.
    pub(super) arrives_at: Option<BTreeSet<String>>,
    /// The gateways that it goes through.
    pub(super) through: Option<BTreeSet<String>>,
    /// The place of the URL.
    pub(super) span: Span,
}

/// Reads expectations, and reports those that cannot be evaluated.
pub(super) fn read(written: &[Expectation], report: &mut Report) -> Vec<Asked> {
    written.iter().filter_map(|expectation| asked(expectation, report)).collect()
}

fn asked(written: &Expectation, report: &mut Report) -> Option<Asked> {
    let from: Option<QueryClient> = part(&written.from, report);
    let to: Option<QueryTarget> = part(&written.to, report);
    let (from, to) = (from?, to?);
    if to.scheme == Scheme::Tcp && to.port.is_none() && !written.direct {
        let error = UsageError::query(QueryPart::Target, "`tcp` has no default port; write `tcp://host:port`");
        report.push(wrong(&written.to, &error));
        return None;
    }
    if !matches!(to.scheme, Scheme::Http | Scheme::Grpc) && !written.headers.value.is_empty() {
        let what = format!("`{}` has no headers that a proxy can read", written.to.value);
        report.push(
            Diagnostic::new(&codes::BAD_EXPECTATION, written.headers.span, what)
                .help("remove `headers`, or ask for `http` or `grpc`"),
        );
        return None;
    }
    if let Some(gateway) = written.gateway.as_ref().filter(|_| !written.direct) {
        let what = "`gateway` is the gateway that a client calls with `direct: true`".to_owned();
        report.push(
            Diagnostic::new(&codes::BAD_EXPECTATION, gateway.span, what)
                .help("add `direct: true`, or use `through` for the gateways to which sidecars send requests"),
        );
        return None;
    }
    let path = if written.direct { ClientPath::Direct } else { ClientPath::Sidecar };
    let from = QueryClient {
        service_account: written.service_account.clone(),
        path,
        gateway: written.gateway.as_ref().map(|name| name.value.clone()),
        ..from
    };
    Some(Asked {
        expected: written.expected,
        query: Query { from, to: QueryTarget { headers: written.headers.value.clone(), ..to } },
        tls: written.tls,
        arrives_at: written.arrives_at.clone(),
        through: written.through.clone(),
        span: written.to.span,
    })
}

fn part<T: std::str::FromStr<Err = UsageError>>(text: &Spanned<String>, report: &mut Report) -> Option<T> {
    text.value.parse().map_err(|error| report.push(wrong(text, &error))).ok()
}

fn wrong(text: &Spanned<String>, error: &UsageError) -> Diagnostic {
    Diagnostic::new(&codes::BAD_EXPECTATION, text.span, error.to_string())
}

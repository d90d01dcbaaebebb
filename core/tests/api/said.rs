//! What is said about a text, as slugs, field paths and fixes, so that the calls may change their shape without the tests.

use egressc_core::api::Diagnostic;

use crate::ask::{checked, mended, texts};

/// What is said about a text, but for the notes that nearly every short one gets: they have tests of their own.
pub(crate) fn said(text: &str) -> Vec<Diagnostic> {
    let mut diagnostics = checked(texts(&[text])).diagnostics;
    diagnostics.retain(|each| !["registry-only-assumed", "wildcard-version-assumed"].contains(&each.slug.as_str()));
    diagnostics
}

/// Each diagnostic as `slug @ path` of its first place.
pub(crate) fn check(text: &str) -> Vec<String> {
    let line = |each: &Diagnostic| {
        let path = each.labels.first().map_or("nowhere", |label| label.path.as_deref().unwrap_or("no field"));
        format!("{} @ {path}", each.slug)
    };
    said(text).iter().map(line).collect()
}

/// The slugs alone.
pub(crate) fn slugs(text: &str) -> Vec<String> {
    said(text).into_iter().map(|each| each.slug).collect()
}

/// The one diagnostic with this slug.
pub(crate) fn the(slug: &str, text: &str) -> Diagnostic {
    let mut found = checked(texts(&[text])).diagnostics;
    found.retain(|each| each.slug == slug);
    assert_eq!(found.len(), 1, "{slug}: {found:#?}");
    found.remove(0)
}

/// `host:port at gatewayPort`, with a `*` where egressc chose.
pub(crate) fn gateway_ports(text: &str) -> Vec<String> {
    let rows = checked(texts(&[text])).gateway_ports;
    rows.iter()
        .map(|row| format!("{}:{} at {}{}", row.host, row.port, row.gateway_port, if row.allocated { "*" } else { "" }))
        .collect()
}

/// The text after its fix, and the fix must be the one of `slug`.
pub(crate) fn fixed(slug: &str, text: &str) -> String {
    mended(text, &the(slug, text))
}

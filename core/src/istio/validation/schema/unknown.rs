//! Fields that no table has: the API server drops them without a word, and `kubectl apply` refuses them.

use super::shape::Schema;
use crate::istio::fields::{Fields, View};
use crate::resource::name_rules::nearest;
use crate::source::Span;

/// Fields that only some of the releases from 1.30 on have, so that they are in no table.
const OF_SOME_RELEASES: [&str; 6] = [
    "budgetInterval",
    "http2KeepAlive",
    "insecureSkipVerify",
    "outlierDetectionHttpErrorCodes",
    "prefixRewrite",
    "zoneAwareLbSetting",
];

/// Of one object so many unknown fields are kept: more are never read.
const MOST: usize = 8;

/// A field that Istio does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// What it is called.
    pub name: String,
    /// What has it: `spec`, or the field that contains it.
    pub of: String,
    /// The field that was probably meant.
    pub near: Option<&'static str>,
    /// Where its value stands.
    pub span: Option<Span>,
}

/// The unknown fields of a value that is called `key`.
pub(super) fn collect(schema: &Schema, key: &str, value: Fields<'_>, found: &mut Vec<UnknownField>) {
    match (schema, value.view()) {
        (Schema::List { of, .. }, View::List) => value.elements().for_each(|item| collect(of, key, item, found)),
        (Schema::Map { of, .. }, View::Map) => value.entries().for_each(|(name, each)| collect(of, name, each, found)),
        (Schema::Object { fields, .. }, View::Map) => {
            for (name, child) in value.entries() {
                match fields.iter().find(|(known, _)| *known == name) {
                    Some((_, schema)) => collect(schema, name, child, found),
                    None if found.len() >= MOST || OF_SOME_RELEASES.contains(&name) => {}
                    None => found.push(UnknownField {
                        name: name.to_owned(),
                        of: key.to_owned(),
                        near: near(name, fields),
                        span: child.span(),
                    }),
                }
            }
        }
        _ => {}
    }
}

/// The known field that was probably meant: one that is written almost alike, or the same in the singular or plural.
fn near(name: &str, fields: &'static [(&'static str, &'static Schema)]) -> Option<&'static str> {
    let names = || fields.iter().map(|(known, _)| *known);
    let singular = |text: &str| text.to_ascii_lowercase().trim_end_matches('s').to_owned();
    names().find(|known| singular(known) == singular(name)).or_else(|| nearest(name, names()))
}

//! Objects near a request that are not used.

use super::UnusedObject;
use crate::api::workspace::Places;
use crate::trace::outcome::Unused;

/// The largest number of objects: more of them hide the answer.
const MOST_UNUSED: usize = 8;

/// The objects in the form of responses, and how many more there are.
pub(in crate::api) fn unused(objects: Vec<Unused>, places: &mut Places) -> (Vec<UnusedObject>, usize) {
    let more = objects.len().saturating_sub(MOST_UNUSED);
    let shown = objects.into_iter().take(MOST_UNUSED).map(|Unused { object, why }| UnusedObject {
        kind: object.kind,
        namespace: object.namespace,
        name: object.name,
        span: object.span.map(|span| places.place(span, "")),
        reason: why,
    });
    (shown.collect(), more)
}

/// One object as a line; the place comes first, as in compilers' messages.
pub(in crate::api) fn not_used(unused: &UnusedObject) -> String {
    let UnusedObject { kind, namespace, name, span, reason } = unused;
    let place = span
        .as_ref()
        .map_or_else(String::new, |place| format!("{}:{}:{}: ", place.source, place.start.line, place.start.column));
    format!("{place}{kind} {namespace}/{name}: {reason}")
}

use super::touched::Touched;
use crate::api::Place;
use crate::api::workspace::{CompiledMesh, Places};
use crate::diff::{Difference, FlowChange};
use crate::reach::FlowOutcome;
use crate::source::Span;

/// The place that causes the change. It is the first changed place among those that decide the result on the side where
/// the flow is open. If none of these was changed, it is the first changed one on the other side, where a rule may deny
/// the flow, or may be missing.
pub(super) fn of(
    difference: &Difference,
    meshes: (&CompiledMesh, &CompiledMesh),
    touched: &Touched,
    places: &mut (Places, Places),
) -> Option<Place> {
    let Difference { kind, before, after, .. } = difference;
    let old = spans(before, meshes.0).into_iter().find(|span| touched.was_changed(*span));
    let new = spans(after, meshes.1).into_iter().find(|span| touched.is_changed(*span));
    let in_old = |places: &mut (Places, Places), span: Span| places.0.place(span, "");
    let in_new = |places: &mut (Places, Places), span: Span| places.1.place(span, "");
    if matches!(kind, FlowChange::Lost | FlowChange::Narrowed) {
        old.map(|span| in_old(places, span))
            .or_else(|| new.map(|span| in_new(places, span)))
            .or_else(|| before.span(meshes.0.environment).map(|span| in_old(places, span)))
    } else {
        new.map(|span| in_new(places, span))
            .or_else(|| old.map(|span| in_old(places, span)))
            .or_else(|| after.span(meshes.1.environment).map(|span| in_new(places, span)))
    }
}

/// The declaration, then the objects that decide the result.
fn spans(answer: &FlowOutcome, mesh: &CompiledMesh) -> Vec<Span> {
    let declared = answer.by.as_ref().map(|by| by.span);
    let decided = answer.decided_by.iter().filter_map(|decision| decision.span);
    declared.into_iter().chain(decided).chain(answer.span(mesh.environment)).collect()
}

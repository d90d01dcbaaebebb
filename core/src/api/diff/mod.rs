//! What a change opens, closes and reroutes.

mod markdown;
mod place;
mod text;
mod touched;
mod words;

pub use words::{ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse};

use std::collections::BTreeSet;

use serde_json::json;

use super::compile::rendered;
use super::reach::{row, side, universe};
use super::scene::{Scene, Stage};
use super::wire::{Places, shown};
use super::{SourceInput, UsageError, WireDiagnostic};
use crate::diagnostic::Diagnostic;
use crate::diff::{Difference, FlowChange, differences};
use crate::emit::Undigested;
use crate::reach::FlowOutcome;
use crate::rollout::{RolloutStep, StepAction, steps};
use crate::trace::Verdict;
use crate::universe::{RequestClass, Universe};
use touched::Touched;

/// Stands for all namespaces that nothing names.
const ANY_OTHER: &str = "*";

/// Lists which flows a change opens, closes and reroutes, and in which order to apply it.
///
/// A side without policies is one that has none yet.
///
/// # Errors
/// If a source has no content or two contents, or the result has too many rows.
pub fn diff(request: &DiffRequest) -> Result<DiffResponse, UsageError> {
    let after = Seen::of(&request.after, request, &[])?;
    let before = Seen::of(&request.before, request, &after.said)?;
    let mut response = DiffResponse {
        ok: false,
        changes: Vec::new(),
        widened: false,
        affected_namespaces: Vec::new(),
        order: Vec::new(),
        text: None,
        diagnostics: [before.diagnostics.clone(), after.diagnostics.clone()].concat(),
        rendered: request.render.map(|_| {
            let texts = [&before.rendered, &after.rendered];
            texts.into_iter().flatten().map(String::as_str).collect()
        }),
    };
    let (Some(old), Some(new)) = (&before.scene.stage, &after.scene.stage) else { return Ok(response) };

    let touched = Touched::between(&before.scene.documents, &after.scene.documents);
    let sides = (side(old), side(new));
    let universes = (universe(old, &sides.0)?, universe(new, &sides.1)?);
    let both = universes.0.clone().with(&universes.1);
    let mut places = (before.places(request), after.places(request));
    let mut affected = BTreeSet::new();
    for difference in differences(&sides.0, &sides.1, &both) {
        let Difference { kind, class, before, after } = &difference;
        let name = class.client.namespace.name();
        let untouched = name.is_none_or(|name| !touched.names(name));
        if untouched {
            affected.insert(name.unwrap_or(ANY_OTHER).to_owned());
        }
        response.widened |= wire(*kind).widens();
        response.changes.push(Change {
            kind: wire(*kind),
            message: text::message(class, before, after),
            before: known(class, before, &universes.0).then(|| row(class, before, &old.environment, &mut places.0)),
            after: known(class, after, &universes.1).then(|| row(class, after, &new.environment, &mut places.1)),
            place: place::of(&difference, (old, new), &touched, &mut places),
            untouched,
        });
    }
    response.ok = true;
    response.affected_namespaces = affected.into_iter().collect();
    response.order = order(old, new);
    response.text = request.format.map(|format| match format {
        DiffFormat::Text => text::text(&response),
        DiffFormat::Markdown => markdown::text(&response),
    });
    Ok(response)
}

/// One side, and what there is to say about it.
struct Seen {
    scene: Scene,
    said: Vec<Diagnostic>,
    diagnostics: Vec<WireDiagnostic>,
    rendered: Option<String>,
}

impl Seen {
    /// What is said of the other side already is not said again: most of it stands in documents that did not change.
    fn of(inputs: &[SourceInput], request: &DiffRequest, already: &[Diagnostic]) -> Result<Self, UsageError> {
        let mut scene = Scene::of(inputs)?;
        let mut said = shown(std::mem::take(&mut scene.report));
        said.retain(|this| !already.iter().any(|known| known.code == this.code && known.message == this.message));
        let rendered = rendered(&scene.sources, &said, request.render);
        let mut places = Places::new(&scene.sources, &scene.documents, request.position_encoding);
        let diagnostics = said.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect();
        Ok(Self { scene, said, diagnostics, rendered })
    }

    fn places(&self, request: &DiffRequest) -> Places<'_> {
        Places::new(&self.scene.sources, &self.scene.documents, request.position_encoding)
    }
}

/// Whether a side knows of such flows: it names them, or they are not just blocked.
fn known(class: &RequestClass, answer: &FlowOutcome, universe: &Universe) -> bool {
    answer.verdict != Verdict::Blocked || universe.has_row(class)
}

fn wire(kind: FlowChange) -> ChangeKind {
    match kind {
        FlowChange::Gained => ChangeKind::Gained,
        FlowChange::Widened => ChangeKind::Widened,
        FlowChange::Unknown => ChangeKind::Unknown,
        FlowChange::Weakened => ChangeKind::Weakened,
        FlowChange::Rerouted => ChangeKind::Rerouted,
        FlowChange::Lost => ChangeKind::Lost,
        FlowChange::Narrowed => ChangeKind::Narrowed,
        FlowChange::Strengthened => ChangeKind::Strengthened,
    }
}

fn order(old: &Stage, new: &Stage) -> Vec<ApplyStep> {
    let steps = steps(&old.config, &new.config, |before, after| json!(Undigested(before)) == json!(Undigested(after)));
    let wire = |RolloutStep { action, object, reason }: RolloutStep| ApplyStep {
        action: if action == StepAction::Delete { ApplyAction::Delete } else { ApplyAction::Apply },
        kind: object.spec.kind().to_owned(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        transitional: (action == StepAction::ApplyTransitional).then(|| json!(object)),
        reason,
    };
    steps.into_iter().map(wire).collect()
}

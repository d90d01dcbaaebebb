//! What a change opens, closes and reroutes.

mod markdown;
mod place;
mod settings;
mod text;
mod touched;
mod types;

pub use types::{ApplyAction, ApplyStep, Change, ChangeKind, DiffFormat, DiffRequest, DiffResponse, SettingChange};

use std::collections::BTreeSet;

use serde_json::json;

use super::reach::{row, side, universe};
use super::workspace::{CompiledMesh, Said, shown};
use super::{UsageError, Workspace};
use crate::diff::{Difference, FlowChange, differences};
use crate::emit::Undigested;
use crate::model::{Environment, PolicySet};
use crate::reach::FlowOutcome;
use crate::rollout::{RolloutStep, StepAction, steps};
use crate::trace::Verdict;
use crate::universe::{RequestClass, Universe};
use touched::Touched;
use types::ANY_OTHER;

/// Lists which flows a change opens, closes and reroutes, and in which order to apply it.
///
/// A side without policies is a mesh that has no policies yet.
///
/// ```
/// use egressc_core::api::{ChangeKind, DiffRequest, Source, diff};
///
/// let entry = r#"
/// apiVersion: networking.istio.io/v1
/// kind: ServiceEntry
/// metadata: {name: ext, namespace: mytest}
/// spec:
///   hosts: [ext.example]
///   resolution: DNS
///   ports: [{number: 80, name: http, protocol: HTTP}]
/// "#;
/// let after = vec![Source::text("entry.yaml", entry)];
/// let response = diff(&DiffRequest { after, ..DiffRequest::default() })?;
/// assert!(response.widened);
/// assert_eq!(response.changes[0].kind, ChangeKind::Gained);
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// When the answer would have too many rows.
pub fn diff(request: &DiffRequest) -> Result<DiffResponse, UsageError> {
    let DiffRequest { before, after, position_encoding, format, render } = request;
    let load = |sources| Workspace::load(sources).position_encoding(*position_encoding).rendering(*render);
    load(before).diff(&load(after), *format)
}

impl Workspace {
    /// What a change from this workspace to another one opens, closes and reroutes, as in [`diff()`]. With a format,
    /// the response also contains it as text.
    ///
    /// ```
    /// use egressc_core::api::{DiffFormat, Workspace};
    ///
    /// let (before, after) = (Workspace::load(&[]), Workspace::load(&[]));
    /// let response = before.diff(&after, Some(DiffFormat::Markdown))?;
    /// assert!(response.ok && response.changes.is_empty() && !response.widened);
    /// # Ok::<(), egressc_core::api::UsageError>(())
    /// ```
    ///
    /// # Errors
    /// When the answer would have too many rows.
    pub fn diff(&self, after: &Self, format: Option<DiffFormat>) -> Result<DiffResponse, UsageError> {
        let ((old_report, old), (new_report, new)) = (self.mesh(), after.mesh());
        let said_after = shown(new_report);
        let mut said_before = shown(old_report);
        // Most diagnostics are about documents that did not change, so they are shown only once.
        said_before
            .retain(|this| !said_after.iter().any(|known| known.code == this.code && known.message == this.message));
        let (said_before, places_before) = self.say_all(&said_before);
        let (said_after, places_after) = after.say_all(&said_after);
        let mut response = DiffResponse {
            ok: false,
            changes: Vec::new(),
            settings: Vec::new(),
            widened: false,
            affected_namespaces: Vec::new(),
            order: Vec::new(),
            text: None,
            diagnostics: Vec::new(),
            rendered: None,
        };
        for Said { diagnostics, rendered } in [said_before, said_after] {
            response.diagnostics.extend(diagnostics);
            if let Some(rendered) = rendered {
                response.rendered.get_or_insert_default().push_str(&rendered);
            }
        }
        let (Some(old), Some(new)) = (old, new) else { return Ok(response) };
        // Where one side compiles policies, both rest on what that side assumes: else each row would change with it.
        let has_policies = old.set.is_some() || new.set.is_some();
        let resting = |environment: &Environment| Environment { has_policies, ..environment.clone() };
        let environments = (resting(old.environment), resting(new.environment));
        let old = CompiledMesh { environment: &environments.0, ..old };
        let new = CompiledMesh { environment: &environments.1, ..new };

        let touched = Touched::between(self.documents(), after.documents());
        let sides = (side(&old), side(&new));
        let universes = (universe(&old, &sides.0)?, universe(&new, &sides.1)?);
        let both = universes.0.clone().with(&universes.1);
        let mut places = (places_before, places_after);
        let mut affected = BTreeSet::new();
        let accountability = (
            old.set.map(PolicySet::accountability).unwrap_or_default(),
            new.set.map(PolicySet::accountability).unwrap_or_default(),
        );
        for difference in differences(&sides.0, &sides.1, &both) {
            let Difference { kind, class, dialled, before, after } = &difference;
            let name = class.client.namespace.name();
            let untouched = name.is_none_or(|name| !touched.names(name));
            if untouched {
                affected.insert(name.unwrap_or(ANY_OTHER).to_owned());
            }
            response.widened |= of_kind(*kind).widens();
            response.changes.push(Change {
                kind: of_kind(*kind),
                message: text::message((class, dialled), before, after),
                before: known(class, before, &universes.0)
                    .then(|| row((class, dialled, before), old.environment, &accountability.0, &mut places.0)),
                after: known(class, after, &universes.1)
                    .then(|| row((class, dialled, after), new.environment, &accountability.1, &mut places.1)),
                place: place::of(&difference, (&old, &new), &touched, &mut places),
                untouched,
            });
        }
        if let (Some(before), Some(after)) = (old.set, new.set) {
            response.settings = settings::changes(before, after, &mut places.1);
            response.widened |= response.settings.iter().any(|change| change.weakens);
        }
        response.ok = true;
        response.affected_namespaces = affected.into_iter().collect();
        response.order = order(&old, &new);
        response.text = format.map(|format| match format {
            DiffFormat::Text => text::text(&response),
            DiffFormat::Markdown => markdown::text(&response),
        });
        Ok(response)
    }
}

/// Whether such flows are known on a side: its objects name them, or they are not blocked there.
fn known(class: &RequestClass, answer: &FlowOutcome, universe: &Universe) -> bool {
    answer.verdict != Verdict::Blocked || universe.has_row(class)
}

fn of_kind(kind: FlowChange) -> ChangeKind {
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

fn order(old: &CompiledMesh, new: &CompiledMesh) -> Vec<ApplyStep> {
    let steps =
        steps(old.manifests, new.manifests, |before, after| json!(Undigested(before)) == json!(Undigested(after)));
    let written = |RolloutStep { action, object, reason }: RolloutStep| ApplyStep {
        action: if action == StepAction::Delete { ApplyAction::Delete } else { ApplyAction::Apply },
        wave: 1,
        kind: object.spec.kind().to_owned(),
        namespace: object.namespace.clone(),
        name: object.name.clone(),
        transitional: (action == StepAction::ApplyTransitional).then(|| json!(object)),
        reason,
    };
    let mut written: Vec<ApplyStep> = steps.into_iter().map(written).collect();
    let mut before: Option<(usize, ApplyAction, String)> = None;
    for step in &mut written {
        let same = |(_, action, kind): &&(usize, ApplyAction, String)| *action == step.action && *kind == step.kind;
        step.wave = match &before {
            None => 1,
            Some(last) if same(&last) => last.0,
            Some(last) => last.0.saturating_add(1),
        };
        before = Some((step.wave, step.action, step.kind.clone()));
    }
    written
}

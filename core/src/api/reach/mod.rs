//! Who can reach what.

mod csv;
mod dot;
mod graph;
mod mermaid;
mod row;
mod table;
mod words;

pub(super) use row::{row, where_from};
pub use words::{FlowClient, FlowRow, FlowTarget, ReachFormat, ReachRequest, ReachResponse};

use super::UsageError;
use super::compile::rendered;
use super::scene::{Scene, Stage};
use super::wire::{Places, shown};
use crate::reach::{Side, Universe};

/// More rows than anybody reads, and few enough for memory: half a kilobyte each.
const MOST_ROWS: usize = 1_000_000;

/// Says who can reach what, by the objects that the policies compile to and those that are given.
///
/// # Errors
/// When a source has no or two contents, or the answer would have too many rows.
pub fn reach(request: &ReachRequest) -> Result<ReachResponse, UsageError> {
    let Scene { sources, documents, report, stage, .. } = Scene::of(&request.sources)?;
    let diagnostics = shown(report);
    let rendered = rendered(&sources, &diagnostics, request.render);
    let mut places = Places::new(&sources, &documents, request.position_encoding);
    let mut response = ReachResponse {
        ok: stage.is_some(),
        flows: Vec::new(),
        text: None,
        diagnostics: diagnostics.iter().map(|diagnostic| places.diagnostic(diagnostic)).collect(),
        rendered,
    };
    let Some(stage) = stage else { return Ok(response) };

    let side = side(&stage);
    let universe = universe(&stage, &side)?;
    response.flows = side
        .answers(&universe)
        .map(|(question, answer)| row(question, &answer, &stage.environment, &mut places))
        .collect();
    response.text = request.format.map(|format| match format {
        ReachFormat::Table => table::text(&response.flows),
        ReachFormat::Csv => csv::text(&response.flows),
        ReachFormat::Mermaid => mermaid::text(&response.flows),
        ReachFormat::Dot => dot::text(&response.flows),
    });
    Ok(response)
}

/// A stage, ready to be asked.
pub(super) fn side(stage: &Stage) -> Side<'_> {
    Side::new(&stage.objects, &stage.environment, stage.set.as_deref())
}

/// What to ask of it.
pub(super) fn universe(stage: &Stage, side: &Side) -> Result<Universe, UsageError> {
    let universe = Universe::of(&stage.objects, &stage.environment, stage.set.as_deref(), side.world());
    if universe.len() > MOST_ROWS {
        return Err(UsageError::Query(format!(
            "the answer would have {} rows, and the most is {MOST_ROWS}; give fewer of the mesh's namespaces at a time",
            universe.len()
        )));
    }
    Ok(universe)
}

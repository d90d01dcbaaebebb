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
use crate::reach::Reachability;
use crate::universe::{Granularity, TooMany, Universe};

/// More rows than anybody reads, and few enough for memory: half a kilobyte each.
const MOST_ROWS: usize = 1_000_000;

/// Lists which clients can reach which hosts, with the objects that the policies compile to and the objects in the sources.
///
/// # Errors
/// If a source has no content or two contents, or the result has too many rows.
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
    response.flows =
        side.rows(&universe).map(|(class, answer)| row(class, &answer, &stage.environment, &mut places)).collect();
    response.text = request.format.map(|format| match format {
        ReachFormat::Table => table::text(&response.flows),
        ReachFormat::Csv => csv::text(&response.flows),
        ReachFormat::Mermaid => mermaid::text(&response.flows),
        ReachFormat::Dot => dot::text(&response.flows),
    });
    Ok(response)
}

/// A stage, ready to be asked.
pub(super) fn side(stage: &Stage) -> Reachability<'_> {
    Reachability::new(&stage.objects, &stage.environment, stage.set.as_deref())
}

/// What to ask of it.
pub(super) fn universe(stage: &Stage, side: &Reachability) -> Result<Universe, UsageError> {
    // Of what is compiled the proof has asked the rest.
    let granularity = if stage.given.is_empty() { Granularity::Row } else { Granularity::Proof };
    Universe::of(&side.universe_inputs(), granularity, MOST_ROWS).map_err(too_many)
}

fn too_many(found: TooMany) -> UsageError {
    UsageError::Query(format!(
        "the result would have at least {} rows, and at most {MOST_ROWS} are allowed; use fewer namespaces of the mesh at a time",
        found.at_least
    ))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::api::SourceInput;
    use crate::trace::{Scheme, Verdict};

    fn asked(text: &str) -> Result<ReachResponse, UsageError> {
        reach(&ReachRequest { sources: vec![SourceInput::text("mesh.yaml", text)], ..ReachRequest::default() })
    }

    fn object(kind: &str, name: &str, namespace: &str, spec: &str) -> String {
        let group = "networking.istio.io/v1";
        format!(
            "---\n{{apiVersion: {group}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, spec: {spec}}}\n"
        )
    }

    #[test]
    fn too_many_rows_are_counted_and_not_made() {
        let mut text = String::new();
        for at in 0..1_100 {
            let spec = format!("{{workloadSelector: {{labels: {{app: a{at}}}}}, egress: [{{hosts: ['./*']}}]}}");
            text.push_str(&object("Sidecar", &format!("s{at}"), "mytest", &spec));
        }
        let hosts = (0..1_000).fold(String::new(), |mut hosts, at| {
            let _ = write!(hosts, "h{at}.example, ");
            hosts
        });
        let ports = "[{number: 80, name: a, protocol: HTTP}, {number: 81, name: b, protocol: HTTP}]";
        text.push_str(&object("ServiceEntry", "all", "other", &format!("{{hosts: [{hosts}], ports: {ports}}}")));
        let error = asked(&text).unwrap_err().to_string();
        assert_eq!(
            error,
            "the result would have at least 2204000 rows, and at most 1000000 are allowed; \
             use fewer namespaces of the mesh at a time"
        );
    }

    #[test]
    fn more_rivals_than_can_be_tried_are_unknown() {
        let mut text = String::new();
        for at in 0..80 {
            let spec = format!("{{hosts: [h{at}.example], ports: [{{number: 9000, name: t, protocol: TCP}}]}}");
            text.push_str(&object("ServiceEntry", &format!("s{at}"), "mytest", &spec));
        }
        let flows = asked(&text).unwrap().flows;
        assert!(flows.len() > 80);
        for flow in flows {
            assert_eq!((flow.to.scheme, flow.verdict), (Scheme::Tcp, Verdict::Unknown), "{flow:?}");
        }
    }
}

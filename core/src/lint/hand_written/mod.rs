//! Traps in Istio objects that people wrote by hand.
//!
//! An object shows which requests its author means: a VirtualService those for its hosts, a DestinationRule the connections to
//! its host, a ServiceEntry those to its hosts and ports. Each rule asks the evaluator for such requests and reports only what
//! one of them shows: no witness, no warning. Where it is not known what becomes of a request, nothing is said, unless every
//! way that it may take shows the same.
//!
//! The requests of one object are bounded, so that the work grows with the objects. Only hosts outside of the cluster are asked for. Each file has the rules about one kind of object, or one mistake of several.

mod admission;
mod covers;
mod destination_rule;
mod external_name;
mod gateway;
mod mesh;
mod outside_endpoints;
mod posture;
mod registry;
mod route_requests;
mod said;
mod selectors;
mod server_speaks_first;
mod service_entry;
mod sidecar;
mod usual_gateway;
mod virtual_service;
mod walked_around;

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::Objects;
use crate::model::Environment;
use crate::source::SourceMap;
use crate::syntax::Document;
use mesh::Mesh;
pub(crate) use usual_gateway::leads_to_usual_gateway;

/// Applies every rule to the objects that have a place in the sources; the others are there, too.
pub(crate) fn hand_written(
    (objects, environment): (&Objects, &Environment),
    documents: &[Document],
    sources: &SourceMap,
    report: &mut Report,
) {
    if !objects.metas().any(|meta| meta.span.is_some()) {
        return;
    }
    let mut mesh = Mesh::new((objects, environment), documents, sources);
    virtual_service::lint(&mut mesh, report);
    service_entry::lint(&mut mesh, report);
    walked_around::lint(&mut mesh, report);
    gateway::lint(&mut mesh, report);
    admission::lint(&mut mesh, report);
    external_name::lint(&mut mesh, report);
    outside_endpoints::lint(&mesh, report);
    sidecar::lint(&mut mesh, report);
    selectors::lint(&mut mesh, report);
    posture::lint(&mut mesh, documents, report);
    // Last, since it says that no request uses a rule.
    destination_rule::lint(&mut mesh, report);
    if mesh.has_left_out_reasons() {
        report.push(
            Diagnostic::nowhere(
                &codes::NOT_ALL_ASKED,
                "more of your own objects have no effect than egressc looks for reasons",
            )
            .note("an object without a reason is not reported")
            .help("mend what is reported and check again, or check fewer objects at a time"),
        );
    }
}

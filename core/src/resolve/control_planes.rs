//! The revisions of Istio that documents describe.
//!
//! Of several documents about one revision the one that is nearest to istiod wins, setting by setting: what istiod reads
//! itself, before what that is rendered from. A contradiction within a revision is reported.

use super::capture::capture;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::ControlPlane;
use crate::resource::{CaptureSettings, ControlPlaneDocument, Discovery, MeshConfig};
use crate::source::Spanned;

/// Each revision once.
pub(super) fn control_planes(facts: &Facts, report: &mut Report) -> Vec<ControlPlane> {
    let revisions = facts.control_planes.chunk_by(|a, b| a.revision == b.revision);
    revisions.filter_map(|documents| control_plane(documents, report)).collect()
}

fn control_plane(documents: &[ControlPlaneDocument], report: &mut Report) -> Option<ControlPlane> {
    let outbound = first(documents, |mesh| Some(&mesh.outbound_traffic_policy), "outbound traffic policy", report);
    let dns_capture = first(documents, |mesh| mesh.dns_capture.as_ref(), "DNS capture", report);
    let detection = first(documents, |mesh| mesh.detection_times_out.as_ref(), "protocol detection timeout", report);
    Some(ControlPlane {
        revision: documents.first()?.revision.clone(),
        outbound_traffic_policy: outbound.cloned(),
        dns_capture: outbound.map(|_| dns_capture.is_some_and(|fact| fact.value)),
        detection_times_out: outbound.map(|_| detection.is_some_and(|fact| fact.value)),
        capture: capture(&capture_settings(documents)),
        discovery: documents
            .iter()
            .filter_map(|document| document.mesh.as_ref())
            .fold(Discovery::default(), |discovery, mesh| discovery.or(mesh.discovery.clone())),
    })
}

/// What sidecars of a revision capture, where a pod says nothing else.
pub(super) fn capture_settings(documents: &[ControlPlaneDocument]) -> CaptureSettings {
    documents.iter().fold(CaptureSettings::default(), |settings, document| settings.or(&document.capture))
}

/// The documents about a revision; about the only one where none is named.
pub(super) fn of_revision<'f>(facts: &'f Facts, revision: Option<&str>) -> &'f [ControlPlaneDocument] {
    let mut revisions = facts.control_planes.chunk_by(|a, b| a.revision == b.revision);
    match revision {
        Some(wanted) => revisions.find(|documents| documents.first().is_some_and(|first| first.revision == wanted)),
        None => revisions.next().filter(|_| revisions.next().is_none()),
    }
    .unwrap_or_default()
}

fn first<'f, T: PartialEq>(
    documents: &'f [ControlPlaneDocument],
    of: impl Fn(&'f MeshConfig) -> Option<&'f Spanned<T>>,
    what: &str,
    report: &mut Report,
) -> Option<&'f Spanned<T>> {
    let mut all = documents.iter().filter_map(|document| of(document.mesh.as_ref()?));
    let first = all.next()?;
    for other in all.filter(|other| other.value != first.value) {
        report.push(
            Diagnostic::new(
                &codes::FACTS_CONTRADICT,
                first.span,
                format!("two documents set a different {what} for one revision of Istio"),
            )
            .label(other.span, "the other document")
            .note("what istiod reads itself takes precedence over what that is rendered from"),
        );
    }
    Some(first)
}

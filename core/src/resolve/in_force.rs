//! Which of several documents about a control plane count.
//!
//! What istiod and its injector read themselves is all that they know: of a `ConfigMap` that is given, a setting that it does
//! not have is as Istio has it by itself, whatever a document says from which it was rendered, or will be.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::{
    CaptureSettings, ControlPlaneDocument, InjectorSettings, Kept, MeshConfig, OutboundTrafficPolicy, Setting,
    WorkloadDocument,
};
use crate::source::{Span, Spanned};

/// Takes out of each document what another one has the last word on, and reports where the two differ. `documents` are by
/// revision.
pub(super) fn keep_in_force(
    documents: &mut [ControlPlaneDocument],
    workloads: &[WorkloadDocument],
    report: &mut Report,
) {
    for documents in documents.chunk_by_mut(|a, b| a.revision == b.revision) {
        let of_istiod = documents.iter().filter(|document| document.kept == Kept::ConfigMap);
        let mesh = of_istiod.clone().find_map(|document| document.mesh.clone());
        let injector = of_istiod
            .filter(|document| document.mesh.is_none())
            .map(|document| (document.name.span, document.capture.clone()))
            .next();
        for document in documents.iter_mut().filter(|document| document.kept != Kept::ConfigMap) {
            if runs_istiod(workloads, &document.revision) {
                document.switches.clear();
            }
            if let Some(mesh) = &mesh {
                if let Some(other) = document.mesh.take() {
                    mesh_differs(mesh, &other, report);
                }
                document.overlays.clear();
                document.capture.interception_mode = None;
            }
            if let Some((place, injector)) = &injector {
                let interception_mode = document.capture.interception_mode.take();
                capture_differs(*place, injector, &document.capture, report);
                document.capture = CaptureSettings { interception_mode, ..CaptureSettings::default() };
                document.injector = InjectorSettings::default();
            }
        }
    }
}

/// Whether the pods of istiod are given, whose own variables count.
fn runs_istiod(workloads: &[WorkloadDocument], revision: &str) -> bool {
    let is_of =
        |workload: &WorkloadDocument| workload.labels.get("istio.io/rev").map_or("default", String::as_str) == revision;
    workloads.iter().any(|workload| workload.istiod.is_some() && !workload.is_empty && is_of(workload))
}

fn mesh_differs(mesh: &MeshConfig, other: &MeshConfig, report: &mut Report) {
    if mesh.unreadable.is_some() || other.unreadable.is_some() {
        return;
    }
    let mut differs = Differs { place: mesh.place, report };
    let open = OutboundTrafficPolicy::AllowAny;
    differs.from(
        "outbound traffic policy",
        mesh.outbound_traffic_policy.as_ref(),
        other.outbound_traffic_policy.as_ref(),
        &open,
    );
    differs.from("DNS capture", mesh.dns_capture.as_ref(), other.dns_capture.as_ref(), &false);
    differs.from(
        "protocol detection timeout",
        mesh.detection_times_out.as_ref(),
        other.detection_times_out.as_ref(),
        &false,
    );
    let redirect = "REDIRECT".to_owned();
    differs.from("interception mode", mesh.interception_mode.as_ref(), other.interception_mode.as_ref(), &redirect);
    let selectors = (mesh.discovery.selectors.as_ref(), other.discovery.selectors.as_ref());
    differs.from("list of `discoverySelectors`", selectors.0, selectors.1, &Vec::new());
}

fn capture_differs(place: Span, injector: &CaptureSettings, other: &CaptureSettings, report: &mut Report) {
    let mut differs = Differs { place, report };
    let (mut injector, mut other) = (injector.clone(), other.clone());
    for (what, part) in CaptureSettings::PARTS {
        let default = if what == "includeIPRanges" { "*" } else { "" };
        let value = |setting: Option<Setting>| setting.map(|setting| setting.value);
        let (read, other) = (value(part(&mut injector).take()), value(part(&mut other).take()));
        differs.from(&format!("`{what}`"), read.as_ref(), other.as_ref(), &default.to_owned());
    }
}

/// Reports settings that differ from what istiod reads.
struct Differs<'r> {
    /// Where istiod would read a setting that is not there.
    place: Span,
    report: &'r mut Report,
}

impl Differs<'_> {
    fn from<T: PartialEq>(&mut self, what: &str, read: Option<&Spanned<T>>, other: Option<&Spanned<T>>, default: &T) {
        let Some(other) = other else { return };
        if read.map_or(default, |read| &read.value) == &other.value {
            return;
        }
        let place = read.map_or(self.place, |read| read.span);
        self.report.push(
            Diagnostic::new(
                &codes::FACTS_CONTRADICT,
                place,
                format!("two documents set a different {what} for one revision of Istio"),
            )
            .label(other.span, "the other document")
            .note("what istiod reads itself takes precedence over what that is rendered from"),
        );
    }
}

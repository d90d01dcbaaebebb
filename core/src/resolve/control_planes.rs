//! The revisions of Istio that documents describe.
//!
//! A document that says nothing about a setting says nothing: values are merged, and the last file wins, in an order that no
//! document has. A contradiction makes the setting unknown, unless what istiod reads itself is given ([`super::in_force`]).

use super::capture::capture;
use super::facts::Facts;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{ControlPlane, Doubt, MeshSetting};
use crate::resource::{
    CaptureSettings, ControlPlaneDocument, Discovery, MeshConfig, OutboundTrafficPolicy, PathNormalization,
};
use crate::source::Spanned;

/// Each revision once.
pub(super) fn control_planes(facts: &Facts, report: &mut Report) -> Vec<ControlPlane> {
    let revisions = facts.control_planes.chunk_by(|a, b| a.revision == b.revision);
    revisions.filter_map(|documents| control_plane(documents, report)).collect()
}

fn control_plane(documents: &[ControlPlaneDocument], report: &mut Report) -> Option<ControlPlane> {
    let revision = documents.first()?.revision.clone();
    let mut settling = Settling {
        configs: documents.iter().filter_map(|document| document.mesh.as_ref()).collect(),
        revision: &revision,
        doubts: Vec::new(),
        report,
    };
    let open = OutboundTrafficPolicy::AllowAny;
    let outbound = settling.settle(
        (MeshSetting::OutboundTrafficPolicy, "outbound traffic policy"),
        |mesh| mesh.outbound_traffic_policy.clone(),
        open,
    );
    let dns_capture = settling.settle((MeshSetting::DnsCapture, "DNS capture"), |mesh| mesh.dns_capture.clone(), false);
    let detection = settling.settle(
        (MeshSetting::DetectionTimeout, "protocol detection timeout"),
        |mesh| mesh.detection_times_out.clone(),
        false,
    );
    let paths = settling.settle(
        (MeshSetting::PathNormalization, "`pathNormalization`"),
        |mesh| mesh.path_normalization.clone(),
        PathNormalization::Base,
    );
    let discovery = settling.discovery();
    let possible = if outbound.is_none() { settling.possible_policies() } else { Vec::new() };
    let is_unreadable = settling.is_unreadable();
    let doubts = settling.doubts;
    Some(ControlPlane {
        outbound_traffic_policy: outbound,
        dns_capture: dns_capture.map(|fact| fact.value),
        detection_times_out: detection.map(|fact| fact.value),
        path_normalization: paths.map(|fact| fact.value),
        capture: capture(&capture_settings(documents)),
        discovery,
        is_unreadable,
        doubts,
        possible_outbound_traffic_policies: possible,
        revision,
    })
}

/// What sidecars of a revision capture, where a pod says nothing else.
pub(super) fn capture_settings(documents: &[ControlPlaneDocument]) -> CaptureSettings {
    let all = documents.iter().map(|document| &document.capture);
    let mut settings = all.clone().fold(CaptureSettings::default(), |settings, other| settings.or(other));
    for (what, part) in CaptureSettings::PARTS {
        let mut said = all.clone().filter_map(|settings| part(&mut settings.clone()).take());
        let Some(first) = said.next() else { continue };
        if said.any(|other| other.value.value != first.value.value) {
            // None of the values counts.
            *part(&mut settings) = None;
            let doubt = format!("{what} of the control plane, in which documents differ");
            settings.not_followed.push(Spanned::new(doubt, first.value.span));
        }
    }
    settings
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

/// What the mesh configs of one revision say together.
struct Settling<'f, 'r> {
    configs: Vec<&'f MeshConfig>,
    revision: &'r str,
    doubts: Vec<Doubt>,
    report: &'r mut Report,
}

impl Settling<'_, '_> {
    /// The value of a setting; `None` where no mesh config is given, or where it is in doubt.
    fn settle<T: PartialEq + Clone>(
        &mut self,
        (about, what): (MeshSetting, &str),
        of: impl Fn(&MeshConfig) -> Option<Spanned<T>>,
        default: T,
    ) -> Option<Spanned<T>> {
        let place = self.configs.first()?.place;
        if self.is_unreadable() {
            let why = format!("istiod cannot read the mesh config of revision `{}`", self.revision);
            self.doubts.push(Doubt { about, why });
            return None;
        }
        let by_default = |mesh: &&MeshConfig| Spanned::new(default.clone(), mesh.place);
        let said = |mesh: &&MeshConfig| of(mesh).or_else(|| mesh.is_whole.then(|| by_default(mesh)));
        let mut all = self.configs.iter().filter_map(said);
        let Some(first) = all.next() else { return Some(Spanned::new(default, place)) };
        let others: Vec<Spanned<T>> = all.filter(|other| other.value != first.value).collect();
        if others.is_empty() {
            return Some(first);
        }
        for other in others {
            self.report.push(
                Diagnostic::new(
                    &codes::FACTS_CONTRADICT,
                    first.span,
                    format!("two documents set a different {what} for one revision of Istio"),
                )
                .label(other.span, "the other document")
                .note("which one holds is not known, and answers that depend on it are unknown")
                .help("add the ConfigMap that istiod reads, which takes precedence"),
            );
        }
        self.doubt(about, what);
        None
    }

    /// Which objects istiod reads, who sees them, and what it takes them for.
    fn discovery(&mut self) -> Discovery {
        let mut all = self.configs.iter().map(|mesh| &mesh.discovery);
        let discovery = all.clone().fold(Discovery::default(), |discovery, other| discovery.or(other.clone()));
        if all.any(|other| !other.clone().or(discovery.clone()).is_alike(&discovery)) {
            self.doubt(MeshSetting::Discovery, "`discoverySelectors` or a default `exportTo`");
        }
        self.compare(|mesh| mesh.root_namespace.as_ref(), "`rootNamespace`");
        self.compare(|mesh| mesh.trust_domain.as_ref(), "`trustDomain`");
        self.compare(|mesh| mesh.trust_domain_aliases.as_ref(), "`trustDomainAliases`");
        self.compare(|mesh| mesh.auto_mtls.as_ref(), "`enableAutoMtls`");
        discovery
    }

    /// A setting that is settled for the mesh as a whole, where the contradiction is reported.
    fn compare<T: PartialEq>(&mut self, of: impl Fn(&MeshConfig) -> Option<&Spanned<T>>, what: &str) {
        let mut all = self.configs.iter().filter_map(|mesh| of(mesh));
        let first = all.next();
        if all.any(|other| first.is_some_and(|first| first.value != other.value)) {
            self.doubt(MeshSetting::Discovery, what);
        }
    }

    fn is_unreadable(&self) -> bool {
        self.configs.iter().any(|mesh| mesh.unreadable.is_some())
    }

    fn doubt(&mut self, about: MeshSetting, what: &str) {
        let why = format!("documents about revision `{}` contradict each other in {what}", self.revision);
        self.doubts.push(Doubt { about, why });
    }

    fn possible_policies(&self) -> Vec<Spanned<OutboundTrafficPolicy>> {
        let said = self.configs.iter().filter_map(|mesh| mesh.outbound_traffic_policy.clone());
        let unread = self.configs.iter().filter_map(|mesh| mesh.unreadable);
        said.chain(unread.map(|place| Spanned::new(OutboundTrafficPolicy::AllowAny, place))).collect()
    }
}

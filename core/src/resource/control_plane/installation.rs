//! What installs istiod: an `IstioOperator`, Sail's kinds, and files of values of its chart.

use super::super::proxy_variables::DNS_CAPTURE;
use super::super::{cni, read};
use super::overlay::overlay;
use super::{ControlPlaneDocument, Kept, MeshConfig, mesh_config, operator_overlays, switches, values};
use crate::diagnostic::Report;
use crate::source::{Span, Spanned};
use crate::syntax::{Node, NodeKind};

/// The namespace that Istio's charts give istiod.
const ISTIOD: &str = "istio-system";
/// The profile that installs nothing by itself (`manifests/profiles/empty.yaml`).
const EMPTY: &str = "empty";
/// The profile that has sidecars answer DNS (`files/profile-preview.yaml` of istiod's chart).
const PREVIEW: &str = "preview";

/// An `IstioOperator` (`operator/pkg/apis/types.go`): its own mesh config wins over that in its values. `None` for one that
/// does not install istiod, but gateways. `istioctl install` reads it from a file, where it needs no name.
pub(in crate::resource) fn of_operator(root: &Node, report: &mut Report) -> Option<ControlPlaneDocument> {
    let name = match read::metadata(root) {
        Some(metadata) => metadata.name,
        None => Spanned::new("IstioOperator".to_owned(), root.entries().first()?.key_span),
    };
    let spec = root.given("spec");
    let pilot = spec.and_then(|spec| spec.given("components")).and_then(|components| components.given("pilot"));
    let is_empty = spec.and_then(|spec| read::text(spec, "profile")).is_some_and(|profile| profile.value == EMPTY);
    if !pilot.and_then(|pilot| read::boolean(pilot, "enabled")).map_or(!is_empty, |enabled| enabled.value) {
        return None;
    }
    let values = spec.and_then(|spec| spec.given("values"));
    // They are put over the values when the mesh config is among these already (`GenerateManifest` of
    // `operator/pkg/render/manifest.go`).
    let unvalidated = spec.and_then(|spec| spec.given("unvalidatedValues"));
    let mesh_of = |values: Option<&Node>| values.and_then(|values| values.given("meshConfig")).cloned();
    let mesh = over(spec.and_then(|spec| spec.given("meshConfig")).cloned(), mesh_of(values));
    let mesh = over(mesh_of(unvalidated), mesh);
    let values = over(unvalidated.cloned(), values.cloned());
    let values = values.as_ref();
    let installation = Installation {
        kept: Kept::IstioOperator,
        revision: spec.and_then(values::revision).or_else(|| values.and_then(values::revision)),
        // The chart takes the root namespace from its values alone (`configmap.yaml`).
        namespace: None,
        mesh: mesh.as_ref(),
        spec,
        values,
    };
    let mut document = installation.read(name, report);
    document.switches.extend(pilot.into_iter().flat_map(switches::of_component));
    if let Some(components) = spec.and_then(|spec| spec.given("components")) {
        operator_overlays::mark(&mut document, components);
    }
    let cni = values.and_then(|values| values.given("cni"));
    document.cni =
        cni.map(|cni| cni::of_values(cni, format!("IstioOperator `{}`", document.name.value), document.name.span));
    Some(document)
}

/// One tree over another, of which either may be missing.
fn over(over: Option<Node>, under: Option<Node>) -> Option<Node> {
    match (over, under) {
        (Some(over), Some(under)) => Some(overlay(&over, &under)),
        (over, under) => over.or(under),
    }
}

/// Sail's `Istio`: with one revision at a time it is named as the resource, otherwise also by its version
/// (`api/v1/istio_types.go` of istio-ecosystem/sail-operator).
pub(in crate::resource) fn of_istio(root: &Node, report: &mut Report) -> Option<ControlPlaneDocument> {
    let spec = root.given("spec");
    let name = read::metadata(root)?.name;
    let strategy = spec.and_then(|spec| spec.given("updateStrategy")).and_then(|strategy| read::text(strategy, "type"));
    let version = spec.and_then(|spec| read::text(spec, "version")).map(|version| version.value.replace('.', "-"));
    let is_versioned = strategy.is_some_and(|strategy| strategy.value == "RevisionBased");
    let revision = match version.filter(|_| is_versioned) {
        Some(version) => format!("{}-{version}", name.value),
        None => name.value.clone(),
    };
    Some(of_sail(Kept::Istio, Some(revision), spec).read(name, report))
}

/// Sail's `IstioRevision`.
pub(in crate::resource) fn of_revision(root: &Node, report: &mut Report) -> Option<ControlPlaneDocument> {
    let spec = root.given("spec");
    let name = read::metadata(root)?.name;
    let named = spec.and_then(|spec| spec.given("values")).and_then(values::revision);
    let revision = named.unwrap_or_else(|| name.value.clone());
    Some(of_sail(Kept::IstioRevision, Some(revision), spec).read(name, report))
}

fn of_sail(kept: Kept, revision: Option<String>, spec: Option<&Node>) -> Installation<'_> {
    let values = spec.and_then(|spec| spec.given("values"));
    Installation {
        kept,
        revision,
        namespace: spec.and_then(|spec| read::text(spec, "namespace")),
        mesh: values.and_then(|values| values.given("meshConfig")),
        spec,
        values,
    }
}

/// A file of values of istiod's chart; `None` for any other document without a kind.
pub(in crate::resource) fn of_values(root: &Node, report: &mut Report) -> Option<ControlPlaneDocument> {
    let values = values::of_istiod(root)?;
    let name = Spanned::new("values".to_owned(), root.entries().first()?.key_span);
    let installation = Installation {
        kept: Kept::Values,
        revision: values::revision(values),
        namespace: None,
        mesh: values.given("meshConfig"),
        spec: None,
        values: Some(values),
    };
    let mut document = installation.read(name, report);
    // The globals of a chart win over those of the charts in it.
    document.capture = values::capture(root).or(&document.capture);
    // Other charts have `global.proxy` too, and a file of several need not say more: nothing follows from what it lacks.
    if !values::installs(values) {
        document.mesh = None;
    }
    Some(document)
}

/// Whether a document without a kind is a file of values of istiod's chart.
pub(in crate::resource) fn is_values(root: &Node) -> bool {
    values::of_istiod(root).is_some()
}

/// The parts of a document that installs istiod.
struct Installation<'n> {
    kept: Kept,
    revision: Option<String>,
    namespace: Option<Spanned<String>>,
    mesh: Option<&'n Node>,
    spec: Option<&'n Node>,
    values: Option<&'n Node>,
}

impl Installation<'_> {
    fn read(self, name: Spanned<String>, report: &mut Report) -> ControlPlaneDocument {
        let nothing = Node { span: name.span, kind: NodeKind::Map(Vec::new()) };
        let values = self.values.unwrap_or(&nothing);
        let mut mesh = mesh_config::read(self.mesh.unwrap_or(&nothing), name.span, report);
        let istiod = values.given("global").and_then(|global| read::text(global, "istioNamespace"));
        let istiod = istiod.filter(|namespace| namespace.value != ISTIOD);
        mesh.root_namespace = mesh.root_namespace.or(self.namespace).or(istiod);
        let holders = || self.spec.into_iter().chain([values]).chain(values.given("global"));
        if let Some(preview) = holders().find_map(is_preview) {
            with_preview(&mut mesh, preview);
        }
        let of_spec = self.spec.and_then(switches::compatibility);
        ControlPlaneDocument {
            name,
            kept: self.kept,
            revision: self.revision.unwrap_or_else(|| "default".to_owned()),
            version: self.spec.and_then(values::version).or_else(|| values::version(values)),
            tags: values::tags(values),
            capture: mesh.capture().or(&values::capture(values)),
            injector: values::injector(values),
            overlays: Vec::new(),
            switches: of_spec.into_iter().chain(switches::of_values(values)).collect(),
            mesh: Some(mesh),
            cni: None,
        }
    }
}

/// Where a document takes the profile.
fn is_preview(holder: &Node) -> Option<Span> {
    read::text(holder, "profile").filter(|profile| profile.value == PREVIEW).map(|profile| profile.span)
}

/// What the profile sets, where the mesh config says nothing of it.
fn with_preview(mesh: &mut MeshConfig, place: Span) {
    let says = mesh.not_followed.iter().any(|setting| setting.value.starts_with(DNS_CAPTURE));
    if mesh.unreadable.is_none() && !says && mesh.dns_capture.is_none() {
        mesh.dns_capture = Some(Spanned::new(true, place));
    }
}

//! What one revision of Istio is configured with, wherever people keep it: the `ConfigMap` that istiod reads, the injector's
//! `ConfigMap`, an `IstioOperator`, Sail's `Istio` and `IstioRevision`, or a file of values of istiod's chart.

mod discovery;
mod injector;
mod installation;
mod mesh_config;
mod operator_overlays;
mod overlay;
mod switches;
mod templates;
mod values;

pub use discovery::Discovery;
pub(super) use discovery::selector;
pub use injector::{InjectionPolicy, InjectorSettings, PodSelector};
pub(super) use installation::{is_values, of_istio, of_operator, of_revision, of_values};
pub use mesh_config::MeshConfig;
pub(super) use switches::of_pod as switches_of_pod;

use super::shape::{Field, METADATA, Shape, Text, open_object, optional, required};
use super::{CaptureSettings, CniSettings, read};
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::source::{SourceMap, Span, Spanned};
use crate::syntax::{Entry, Node, NodeKind, embedded};

const CONFIG_MAP_FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the ConfigMap, `istio` or `istio-<revision>`, and istiod's namespace."),
    required(
        "data",
        open_object(&[
            optional("mesh", Shape::Text(Text::Unread), "The mesh config, as a string."),
            optional("values", Shape::Text(Text::Unread), "The injector's values, as a string."),
            optional("config", Shape::Text(Text::Unread), "The injector's configuration, as a string."),
        ]),
        "The data.",
    ),
];
const INSTALLATION_FIELDS: &[Field] = &[
    required("metadata", METADATA, "Name of the installation, and its namespace."),
    optional("spec", Shape::Any, "Values of istiod's chart, and the mesh config."),
];

/// What `istioctl install` reads needs no name.
const OPERATOR_FIELDS: &[Field] = &[
    optional(
        "metadata",
        open_object(&[
            optional("name", Shape::Text(Text::Subdomain), "Name of the installation."),
            optional("namespace", Shape::Text(Text::Label), "Namespace of the installation."),
        ]),
        "Name of the installation, and its namespace.",
    ),
    optional("spec", Shape::Any, "Values of istiod's chart, and the mesh config."),
];

/// The fields of `ConfigMap` that are read.
pub(super) const CONFIG_MAP: Shape = open_object(CONFIG_MAP_FIELDS);
/// The fields of `IstioOperator` that are read.
pub(super) const OPERATOR: Shape = open_object(OPERATOR_FIELDS);
/// The fields of Sail's kinds that are read.
pub(super) const INSTALLATION: Shape = open_object(INSTALLATION_FIELDS);

/// A document about one revision of Istio.
#[derive(Debug, Clone)]
pub struct ControlPlaneDocument {
    /// What it is called.
    pub name: Spanned<String>,
    /// Where it is kept: what is nearest to istiod comes first, and wins.
    pub kept: Kept,
    /// The revision that it is for; `default` where it names none.
    pub revision: String,
    /// The version of Istio, such as `1.30`, where it is written.
    pub version: Option<String>,
    /// Tags of the revision that the values set.
    pub tags: Vec<String>,
    /// The mesh config.
    pub mesh: Option<MeshConfig>,
    /// What sidecars capture, where a pod says nothing else.
    pub capture: CaptureSettings,
    /// Which pods get a sidecar.
    pub injector: InjectorSettings,
    /// Switches of istiod that are not followed.
    pub switches: Vec<Spanned<String>>,
    /// Overlays over the mesh config that is rendered of it: what it says otherwise may not hold.
    pub overlays: Vec<Spanned<String>>,
    /// The settings of istio-cni in it.
    pub cni: Option<CniSettings>,
}

impl ControlPlaneDocument {
    /// What is not followed of it, though it could be read.
    pub fn not_followed(&self) -> impl Iterator<Item = &Spanned<String>> {
        // That it cannot be read has been said.
        let of_mesh = self.mesh.iter().filter(|mesh| mesh.unreadable.is_none()).flat_map(|mesh| &mesh.not_followed);
        of_mesh.chain(&self.injector.not_followed).chain(&self.switches)
    }

    /// The settings that change which objects proxies see, or which pods have one, and that are not followed.
    pub fn changes_objects(&self) -> Vec<String> {
        let of_mesh = self.mesh.iter().flat_map(MeshConfig::changes_objects);
        let all = of_mesh.chain(&self.injector.not_followed).chain(&self.switches).chain(&self.overlays);
        all.map(|setting| setting.value.clone()).collect()
    }

    /// Whether its proxies speak HTTP/2 to ports of HTTP.
    pub fn upgrades_http(&self) -> bool {
        self.mesh.as_ref().is_some_and(MeshConfig::upgrades_http)
    }
}

/// Where the settings of a control plane are kept, from what istiod reads itself to what it is rendered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// A `ConfigMap` that istiod reads.
    ConfigMap,
    /// Sail's `IstioRevision`.
    IstioRevision,
    /// Sail's `Istio`.
    Istio,
    /// An `IstioOperator`.
    IstioOperator,
    /// A file of values.
    Values,
}

/// Whether a `ConfigMap` is called as one of istiod's.
pub(super) fn has_its_name(root: &Node) -> bool {
    let name = root.given("metadata").and_then(|metadata| metadata.given("name")).and_then(Node::text);
    name.is_some_and(|name| revision_of(name, "istio").is_some())
}

/// Whether a `ConfigMap` is one of istiod's.
pub(super) fn is_config_map(root: &Node) -> bool {
    let name = root.given("metadata").and_then(|metadata| metadata.given("name")).and_then(Node::text);
    let has = |key: &str| root.given("data").is_some_and(|data| data.given(key).is_some());
    name.is_some_and(|name| {
        let is_injector = revision_of(name, "istio-sidecar-injector").is_some();
        if is_injector { has("values") } else { revision_of(name, "istio").is_some() && has("mesh") }
    })
}

/// The revision in the name of an object of istiod.
fn revision_of(name: &str, of: &str) -> Option<String> {
    match name.strip_prefix(of)? {
        "" => Some("default".to_owned()),
        rest => rest.strip_prefix('-').map(str::to_owned),
    }
}

/// A `ConfigMap` of istiod.
pub(super) fn of_config_map(root: &Node, sources: &SourceMap, report: &mut Report) -> Option<ControlPlaneDocument> {
    let metadata = read::metadata(root)?;
    let data = root.given("data")?;
    let entry = |key: &str| data.entries().iter().find(|entry| &*entry.key == key);
    if let Some(revision) = revision_of(&metadata.name, "istio-sidecar-injector") {
        let values = text_in(entry("values")?, sources, report);
        let nothing = nothing(entry("values")?);
        let unreadable = values.as_ref().err().map(|place| Spanned::new("values of the injector".to_owned(), *place));
        let values = values.as_ref().unwrap_or(&nothing);
        let mut injector = values::injector(values);
        injector.not_followed.extend(unreadable.clone());
        if let Some(entry) = entry("config") {
            let mut problems = Report::default();
            match embedded(entry, sources, &mut problems).filter(|_| !problems.has_errors()) {
                Some(config) => injector.of_config(&config),
                None => injector.of_unreadable_config(entry.key_span),
            }
        }
        return Some(ControlPlaneDocument {
            name: metadata.name,
            kept: Kept::ConfigMap,
            revision,
            version: None,
            tags: Vec::new(),
            mesh: None,
            capture: CaptureSettings { not_followed: unreadable.into_iter().collect(), ..values::capture(values) },
            injector,
            switches: Vec::new(),
            overlays: Vec::new(),
            cni: None,
        });
    }
    let revision = revision_of(&metadata.name, "istio")?;
    let entry = entry("mesh")?;
    let mut problems = Report::default();
    let root = embedded(entry, sources, &mut problems);
    let mesh = if problems.has_errors() {
        mesh_config::no_yaml(entry.key_span, problems, report)
    } else {
        mesh_config::read(&root.unwrap_or_else(|| nothing(entry)), entry.key_span, report)
    };
    let mesh = mesh.made_whole();
    Some(ControlPlaneDocument {
        name: metadata.name,
        kept: Kept::ConfigMap,
        revision,
        version: None,
        tags: Vec::new(),
        capture: mesh.capture(),
        mesh: Some(mesh),
        injector: InjectorSettings::default(),
        switches: Vec::new(),
        overlays: Vec::new(),
        cni: None,
    })
}

/// The injector's values in a text. An empty text has nothing in it; the place of what is wrong where it is no YAML, which is
/// reported: the injector does not start with it, or keeps what it had (`NewMulticast` of `pkg/kube/inject/watcher.go`).
fn text_in(entry: &Entry, sources: &SourceMap, report: &mut Report) -> Result<Node, Span> {
    let mut problems = Report::default();
    let root = embedded(entry, sources, &mut problems).unwrap_or_else(|| nothing(entry));
    if !problems.has_errors() {
        return Ok(root);
    }
    let problems = problems.sorted();
    let place = problems.iter().find_map(Diagnostic::span).unwrap_or(entry.key_span);
    let rule = problems.into_iter().next().map(|problem| problem.message).unwrap_or_default();
    report.push(
        Diagnostic::new(
            &codes::UNREADABLE_MESH_CONFIG,
            place,
            format!("the injector cannot read these values: {rule}"),
        )
        .note("the injector keeps the values that it had before, and does not start with these"),
    );
    Err(place)
}

fn nothing(entry: &Entry) -> Node {
    Node { span: entry.key_span, kind: NodeKind::Map(Vec::new()) }
}

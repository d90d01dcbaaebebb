//! Whether the injector gives a sidecar to a pod that is made now, and which revision does.

use super::control_planes::of_revision;
use super::facts::Facts;
use crate::model::is_never_injected;
use crate::resource::{EnvironmentNamespace, InjectionPolicy, InjectionRequest, Labels, NamespaceDocument};

/// The revision whose webhooks select by the label `istio-injection`.
const DEFAULT: &str = "default";

/// What is known of a namespace whose pods ask for sidecars.
#[derive(Debug, Clone, Copy)]
pub(super) enum NamespaceInjection<'f> {
    /// A MeshEnvironment says it.
    Stated(bool),
    /// Its labels are given.
    Labelled(&'f Labels),
    /// No document says.
    Unknown,
}

impl<'f> NamespaceInjection<'f> {
    pub(super) fn of(listed: Option<&'f EnvironmentNamespace>, labelled: Option<&'f NamespaceDocument>) -> Self {
        match (listed.and_then(|given| given.injection.as_ref()), labelled) {
            (Some(stated), _) => Self::Stated(stated.value),
            (None, Some(labelled)) => Self::Labelled(&labelled.labels),
            (None, None) => Self::Unknown,
        }
    }
}

/// What the injector does with a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Injection {
    /// It injects the pod, by the webhooks of a revision; of the only one where none is named.
    By(Option<String>),
    /// It does not.
    None,
    /// The namespace decides, and no document says how.
    Unknown,
}

/// The webhook that selects the pod, and then what the injector makes of it.
pub(super) fn injection(
    name: &str,
    namespace: NamespaceInjection<'_>,
    request: &InjectionRequest,
    facts: &Facts,
) -> Injection {
    if is_never_injected(name) {
        return Injection::None;
    }
    match selected(namespace, request, facts) {
        Injection::By(revision) if is_required(request, revision.as_deref(), facts) => Injection::By(revision),
        Injection::Unknown if is_required(request, None, facts) => Injection::Unknown,
        Injection::By(_) | Injection::None | Injection::Unknown => Injection::None,
    }
}

/// The webhooks' selectors (`mutatingwebhook.yaml` of the chart). A label is there even where its value is empty.
fn selected(namespace: NamespaceInjection<'_>, request: &InjectionRequest, facts: &Facts) -> Injection {
    if request.label.as_deref() == Some("false") {
        return Injection::None;
    }
    let by = |revision: &str| Injection::By(Some(revision.to_owned()));
    let asked = match (&request.revision, request.label.as_deref()) {
        (Some(revision), _) if revision.is_empty() => Injection::None,
        (Some(revision), _) => by(revision),
        (None, Some("true")) => Injection::By(None),
        (None, Some(_)) => Injection::None,
        (None, None) => Injection::Unknown,
    };
    match namespace {
        NamespaceInjection::Stated(true) => Injection::By(None),
        NamespaceInjection::Stated(false) => Injection::None,
        NamespaceInjection::Unknown if asked == Injection::None => Injection::Unknown,
        NamespaceInjection::Unknown => asked,
        NamespaceInjection::Labelled(labels) => match (labels.get("istio-injection"), labels.get("istio.io/rev")) {
            (Some(word), _) if word == "enabled" => by(DEFAULT),
            (Some(_), _) => Injection::None,
            (None, Some(revision)) if revision.is_empty() => Injection::None,
            (None, Some(revision)) => by(revision),
            // Who asks for no revision is injected by the default one, or not at all.
            (None, None) => match asked {
                Injection::By(None) => by(DEFAULT),
                Injection::Unknown if injects_by_default(facts) => by(DEFAULT),
                Injection::Unknown => Injection::None,
                decided => decided,
            },
        },
    }
}

/// Whether namespaces without labels are injected: the chart writes the webhook for that for the default revision alone, or for
/// the tag of that name (`revision-tags-mwc.yaml`), so another revision says it only where the default one is not described.
pub(super) fn injects_by_default(facts: &Facts) -> bool {
    let of_default = of_revision(facts, Some(DEFAULT));
    let documents = if of_default.is_empty() { facts.control_planes.as_slice() } else { of_default };
    documents.iter().any(|document| document.injector.by_default.is_some())
}

/// `injectRequired` of `pkg/kube/inject/inject.go`.
fn is_required(request: &InjectionRequest, revision: Option<&str>, facts: &Facts) -> bool {
    let policy = of_revision(facts, revision).iter().find_map(|document| document.injector.policy);
    match policy.unwrap_or_default() {
        InjectionPolicy::Enabled => request.asks() != Some(false),
        InjectionPolicy::Disabled => request.asks() == Some(true),
        InjectionPolicy::Illegal => false,
    }
}

//! Whether the injector gives a sidecar to a pod that is made now, and which revision does.

use super::control_planes::of_revision;
use super::facts::Facts;
use super::webhooks::{LabelsOfNewPods, WebhookSelection, are_given, selection};
use crate::model::is_never_injected;
use crate::resource::{
    ControlPlaneDocument, EnvironmentNamespace, InjectionPolicy, InjectionRequest, InjectorSettings, Labels,
    NamespaceDocument, PodSelector, WorkloadDocument,
};
use crate::source::{Span, Spanned};

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
    /// It may, by the webhooks of a revision: this setting selects by labels that no document has.
    Doubtful(Option<String>, Spanned<String>),
    /// The namespace decides, and no document says how.
    Unknown,
}

/// The webhook that selects the pod, and then what the injector makes of it.
pub(super) fn injection(
    name: &str,
    namespace: NamespaceInjection<'_>,
    pods: &WorkloadDocument,
    facts: &Facts,
) -> Injection {
    if is_never_injected(name) {
        return Injection::None;
    }
    let selected = match namespace {
        NamespaceInjection::Labelled(labels) => selected_in((name, labels), namespace, pods, facts),
        NamespaceInjection::Stated(_) | NamespaceInjection::Unknown => selected(namespace, &pods.pod.request, facts),
    };
    let revision = match &selected {
        Injection::By(revision) | Injection::Doubtful(revision, _) => revision.clone(),
        Injection::Unknown => None,
        Injection::None => return selected,
    };
    match is_required(pods, revision.as_deref(), facts) {
        Ok(true) => selected,
        Ok(false) => Injection::None,
        Err(setting) => Injection::Doubtful(revision, setting),
    }
}

/// What the webhooks select that are given, and else those that the chart writes.
fn selected_in(
    (name, labels): (&str, &Labels),
    namespace: NamespaceInjection<'_>,
    pods: &WorkloadDocument,
    facts: &Facts,
) -> Injection {
    let by_labels = selected(namespace, &pods.pod.request, facts);
    if facts.webhooks.is_empty() {
        return by_labels;
    }
    match selection(&facts.webhooks, (name, labels), LabelsOfNewPods::Described(&pods.labels, &pods.added)) {
        WebhookSelection::By(revision) => Injection::By(Some(revision)),
        WebhookSelection::Unsure(revision, webhook) => Injection::Doubtful(Some(revision), webhook),
        WebhookSelection::None if are_given_for(asked(labels, Some(&pods.labels)), facts) => Injection::None,
        WebhookSelection::None => by_labels,
    }
}

/// The revision, or tag, whose webhooks select pods by their labels; the namespace's come first.
fn asked<'l>(namespace: &'l Labels, pods: Option<&'l Labels>) -> &'l str {
    if namespace.contains_key("istio-injection") {
        return DEFAULT;
    }
    let named = |labels: &'l Labels| labels.get("istio.io/rev").map(String::as_str);
    named(namespace).or_else(|| pods.and_then(named)).unwrap_or(DEFAULT)
}

fn are_given_for(name: &str, facts: &Facts) -> bool {
    are_given(&facts.webhooks, name, &facts.tags.revision(name))
}

/// What the webhooks that are given make of the pods of a namespace that no document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ByWebhooks {
    /// They are injected, by this revision.
    Injected(String),
    /// They are not.
    NotInjected,
    /// That depends on labels that no document has.
    InDoubt,
}

/// `None` where the webhooks are not given that would select them.
pub(super) fn by_webhooks(given: &NamespaceDocument, facts: &Facts) -> Option<ByWebhooks> {
    if facts.webhooks.is_empty() {
        return None;
    }
    match selection(&facts.webhooks, (&given.name.value, &given.labels), LabelsOfNewPods::NotDescribed) {
        WebhookSelection::By(revision) => Some(ByWebhooks::Injected(revision)),
        WebhookSelection::Unsure(..) => Some(ByWebhooks::InDoubt),
        WebhookSelection::None => are_given_for(asked(&given.labels, None), facts).then_some(ByWebhooks::NotInjected),
    }
}

/// The webhooks' selectors (`mutatingwebhook.yaml` of the chart). A label is there even where its value is empty.
fn selected(namespace: NamespaceInjection<'_>, request: &InjectionRequest, facts: &Facts) -> Injection {
    if request.label.as_deref() == Some("false") {
        return Injection::None;
    }
    let by = |revision: &str| Injection::By(Some(facts.tags.revision(revision)));
    let asked = match (&request.revision, request.label.as_deref()) {
        (Some(revision), _) if revision.is_empty() => Injection::None,
        (Some(revision), _) => Injection::By(Some(revision.clone())),
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
    let of_default = of_revision(facts, Some(&facts.tags.revision(DEFAULT)));
    let documents = if of_default.is_empty() { facts.control_planes.as_slice() } else { of_default };
    documents.iter().any(|document| document.injector.by_default.is_some())
}

/// `injectRequired` of `pkg/kube/inject/inject.go`. `Err` has the setting for which labels are missing.
fn is_required(pods: &WorkloadDocument, revision: Option<&str>, facts: &Facts) -> Result<bool, Spanned<String>> {
    let documents = of_revision(facts, revision);
    let policy = documents.iter().find_map(|document| document.injector.policy).unwrap_or_default();
    let asks = match pods.pod.request.asks() {
        _ if policy == InjectionPolicy::Illegal => return Ok(false),
        Some(asks) => Some(asks),
        None if is_selected("neverInjectSelector", |settings| &settings.never, pods, documents)? => Some(false),
        None => is_selected("alwaysInjectSelector", |settings| &settings.always, pods, documents)?.then_some(true),
    };
    Ok(asks.unwrap_or(policy == InjectionPolicy::Enabled))
}

/// Whether one of some selectors selects pods. The webhook sees them with the labels that their controller adds.
fn is_selected(
    called: &str,
    of: impl Fn(&InjectorSettings) -> &Vec<PodSelector>,
    pods: &WorkloadDocument,
    documents: &[ControlPlaneDocument],
) -> Result<bool, Spanned<String>> {
    let unsure = |place: Span| Spanned::new(format!("`{called}` of the injector"), place);
    let mut lists = documents.iter().map(|document| of(&document.injector)).filter(|list| !list.is_empty());
    let Some(selectors) = lists.next() else { return Ok(false) };
    let are_alike = |other: &Vec<PodSelector>| other.iter().map(|a| &a.value).eq(selectors.iter().map(|b| &b.value));
    // Which of several values holds, no document says.
    let are_alike = lists.all(are_alike);
    let mut is_selected = Ok(false);
    for selector in selectors {
        let is_known = |key: &String| pods.labels.contains_key(key) || !pods.added.unknown.contains_key(key);
        if !are_alike || !selector.value.keys().all(is_known) {
            is_selected = Err(unsure(selector.span));
            continue;
        }
        let label = |key: &str| pods.labels.get(key).or_else(|| pods.added.known.get(key)).map(String::as_str);
        if selector.value.selects("", Some(&label)) == Some(true) {
            return Ok(true);
        }
    }
    is_selected
}

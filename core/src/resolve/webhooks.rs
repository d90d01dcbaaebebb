//! Which pods the webhooks select that are given. They decide, and not the values from which they are rendered.

use crate::resource::{AddedLabels, InjectorWebhook, InjectorWebhooks, Labels};
use crate::source::Spanned;

/// The labels of pods, as far as they are known when the webhooks see them.
#[derive(Debug, Clone, Copy)]
pub(super) enum LabelsOfNewPods<'p> {
    /// Those of a document, and those that its controller adds.
    Described(&'p Labels, &'p AddedLabels),
    /// No document has the pods: they are taken to have none of Istio's.
    NotDescribed,
}

/// The labels about injection that pods may have.
const OF_INJECTION: [&str; 2] = ["sidecar.istio.io/inject", "istio.io/rev"];

impl<'p> LabelsOfNewPods<'p> {
    /// The value of a label that is known.
    fn value(self, key: &str) -> Option<&'p str> {
        match self {
            Self::Described(own, added) => own.get(key).or_else(|| added.known.get(key)).map(String::as_str),
            Self::NotDescribed => None,
        }
    }

    /// Whether it is known what the value of a label is, or that there is none.
    fn knows(self, key: &str) -> bool {
        match self {
            Self::Described(_, added) => self.value(key).is_some() || !added.unknown.contains_key(key),
            Self::NotDescribed => OF_INJECTION.contains(&key),
        }
    }
}

/// What webhooks make of pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WebhookSelection {
    /// One of them selects the pods, for this revision.
    By(String),
    /// This one may select them, for this revision.
    Unsure(String, Spanned<String>),
    /// None of those that are given does.
    None,
}

/// What those that are given make of pods of a namespace.
pub(super) fn selection(
    webhooks: &[InjectorWebhooks],
    (name, labels): (&str, &Labels),
    pods: LabelsOfNewPods<'_>,
) -> WebhookSelection {
    let each = webhooks.iter().flat_map(|all| all.webhooks.iter().map(move |one| (&all.revision, one)));
    let mut revisions: Vec<&str> = Vec::new();
    let mut unsure = None;
    for (revision, webhook) in each {
        match selects(webhook, (name, labels), pods) {
            Some(true) => revisions.push(revision),
            Some(false) => {}
            None => {
                unsure = unsure.or_else(|| Some(WebhookSelection::Unsure(revision.clone(), webhook.called.clone())));
            }
        }
    }
    // Which of several revisions injects first, no document says.
    revisions.sort_unstable();
    revisions.dedup();
    if revisions.is_empty() {
        unsure.unwrap_or(WebhookSelection::None)
    } else {
        WebhookSelection::By(revisions.join(" or "))
    }
}

/// Whether the webhooks are given that are for pods of this revision, or tag, which stands for `revision`. Beside those of a tag
/// there may be others of a revision with the same name.
pub(super) fn are_given(webhooks: &[InjectorWebhooks], name: &str, revision: &str) -> bool {
    webhooks.iter().any(|given| match &given.tag {
        Some(tag) => tag == name && given.revision == revision && revision != name,
        None => given.revision == name,
    })
}

fn selects(webhook: &InjectorWebhook, (name, labels): (&str, &Labels), pods: LabelsOfNewPods<'_>) -> Option<bool> {
    let (namespaces, objects) = webhook.selects.as_ref()?;
    let of_namespace = |key: &str| labels.get(key).map(String::as_str);
    if namespaces.selects(name, Some(&of_namespace)) == Some(false) {
        return Some(false);
    }
    if !objects.keys().all(|key| pods.knows(key)) {
        return None;
    }
    objects.selects("", Some(&|key: &str| pods.value(key)))
}

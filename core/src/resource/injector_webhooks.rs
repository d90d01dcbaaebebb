//! The webhooks by which pods come to the injector, as the API server has them: it asks the injector about no other pod
//! (`mutatingwebhook.yaml` and `revision-tags-mwc.yaml` of istiod's chart).

use super::control_plane::selector;
use super::read;
use super::{NamespaceSelector as LabelSelector, RevisionTag, TagTarget};
use crate::source::Spanned;
use crate::syntax::Node;

/// How the chart names the configuration, each of its webhooks, and the Service behind them.
const CONFIGURATION: &str = "istio-sidecar-injector";
const WEBHOOK: &str = "sidecar-injector.istio.io";
const SERVICE: &str = "istiod";
/// The label of a webhook configuration that names its tag (`istioctl tag set` writes it, too), and the one that names the revision.
const TAG: &str = "istio.io/tag";
const REVISION: &str = "istio.io/rev";

/// The webhooks of a revision, or of a tag of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectorWebhooks {
    /// The revision of the injector behind them; `default` where it has no name.
    pub revision: String,
    /// The tag that they are for.
    pub tag: Option<String>,
    /// Each of them.
    pub webhooks: Vec<InjectorWebhook>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectorWebhook {
    /// How answers call it, and its place.
    pub called: Spanned<String>,
    /// The namespaces and the pods that it selects; `None` where more than labels decides.
    pub selects: Option<(LabelSelector, LabelSelector)>,
}

impl InjectorWebhooks {
    /// The tag, where they are of one.
    pub fn revision_tag(&self) -> Option<RevisionTag> {
        let name = self.tag.clone()?;
        Some(RevisionTag { name, target: TagTarget::Revision(self.revision.clone()) })
    }
}

/// Whether a webhook configuration is that of a tag, or of the injector.
pub(super) fn is_of_injector(root: &Node) -> bool {
    let name = root.given("metadata").and_then(|metadata| metadata.given("name")).and_then(Node::text);
    let is_of_tag = label(root, TAG).is_some() && label(root, REVISION).is_some();
    is_of_tag || name.is_some_and(|name| name.starts_with(CONFIGURATION)) || webhooks(root).iter().any(is_one)
}

/// Reads a webhook configuration.
pub(super) fn read(root: &Node) -> Option<InjectorWebhooks> {
    let name = read::metadata(root)?.name;
    let all = || webhooks(root).iter().filter(|webhook| is_one(webhook));
    let of_service = || all().find_map(|webhook| service(webhook)?.strip_prefix("istiod-").map(str::to_owned));
    Some(InjectorWebhooks {
        revision: label(root, REVISION).or_else(of_service).unwrap_or_else(|| "default".to_owned()),
        tag: label(root, TAG).filter(|_| label(root, REVISION).is_some()),
        webhooks: all().filter(|webhook| is_for_new_pods(webhook)).map(|webhook| one(webhook, &name)).collect(),
    })
}

fn webhooks(root: &Node) -> &[Node] {
    root.given("webhooks").map(Node::items).unwrap_or_default()
}

fn service(webhook: &Node) -> Option<&str> {
    webhook.given("clientConfig")?.given("service")?.given("name")?.text()
}

fn is_one(webhook: &Node) -> bool {
    let name = webhook.given("name").and_then(Node::text);
    let is_istiod =
        |name: &str| name.strip_prefix(SERVICE).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    name.is_some_and(|name| name.ends_with(WEBHOOK)) || service(webhook).is_some_and(is_istiod)
}

/// Whether it is asked about pods when they are made; one without rules is taken to be.
fn is_for_new_pods(webhook: &Node) -> bool {
    let has = |rule: &Node, key: &str, wanted: &[&str]| {
        let words = rule.given(key).map(Node::items).unwrap_or_default();
        words.iter().filter_map(Node::text).any(|word| wanted.contains(&word))
    };
    let is_for = |rule: &Node| {
        has(rule, "operations", &["CREATE", "*"])
            && has(rule, "apiGroups", &["", "*"])
            && has(rule, "resources", &["pods", "*", "*/*"])
    };
    let rules = webhook.given("rules").map(Node::items).unwrap_or_default();
    rules.is_empty() || rules.iter().any(is_for)
}

fn one(webhook: &Node, of: &str) -> InjectorWebhook {
    let name = read::text(webhook, "name");
    let place = name.as_ref().map_or(webhook.span, |name| name.span);
    let name = name.map(|name| name.value).unwrap_or_default();
    let is_conditional = webhook.given("matchConditions").is_some_and(|conditions| !conditions.items().is_empty());
    // Without a selector it is for everything.
    let of_field = |key: &str| webhook.given(key).map_or_else(|| Some(LabelSelector::default()), selector);
    let selectors = || Some((of_field("namespaceSelector")?, of_field("objectSelector")?));
    InjectorWebhook {
        called: Spanned::new(format!("webhook `{name}` of MutatingWebhookConfiguration `{of}`"), place),
        selects: (!is_conditional).then(selectors).flatten(),
    }
}

fn label(root: &Node, key: &str) -> Option<String> {
    let labels = root.given("metadata")?.given("labels")?;
    read::text(labels, key).map(|value| value.value).filter(|value| !value.is_empty())
}

//! Which pods the injector injects, as its values or its own configuration say it (`pkg/kube/inject/inject.go`, `Config`).

use super::super::read::word;
use super::super::{NamespaceSelector as LabelSelector, read};
use super::discovery::selector;
use super::templates::OF_CHART;
use crate::source::{Span, Spanned};
use crate::syntax::{Entry, Node};

/// Which pods the injector injects, beside what labels say.
#[derive(Debug, Clone, Default)]
pub struct InjectorSettings {
    /// Its policy, where it says one.
    pub policy: Option<InjectionPolicy>,
    /// Where it says that namespaces without labels are injected.
    pub by_default: Option<Span>,
    /// `neverInjectSelector`: of pods that do not ask, it injects none that one of them selects.
    pub never: Vec<PodSelector>,
    /// `alwaysInjectSelector`: it injects those that one of them selects, whatever its policy is.
    pub always: Vec<PodSelector>,
    /// Settings that are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

/// A selector of pods, and its place.
pub type PodSelector = Spanned<LabelSelector>;

impl InjectorSettings {
    /// What its own configuration says, which is rendered from values and may be edited: it alone counts.
    pub(super) fn of_config(&mut self, config: &Node) {
        // Without a word the policy is none that the injector understands.
        let policy = word(config, "policy").map(|word| word.value).unwrap_or_default();
        self.policy = Some(InjectionPolicy::of_word(&policy));
        self.read_selectors(config);
        let aliases = of_chart(config, "aliases").map(|entry| setting("aliases", &entry.key, entry.key_span));
        self.not_followed = default_templates(config).into_iter().chain(aliases).collect();
    }

    /// What it says where its configuration cannot be read.
    pub(super) fn of_unreadable_config(&mut self, place: Span) {
        self.not_followed = vec![Spanned::new("config of the injector".to_owned(), place)];
    }

    /// What values say below `sidecarInjectorWebhook`. Pods that name a template of another name are unknown in any case.
    pub(super) fn of_webhook(&mut self, webhook: &Node) {
        self.read_selectors(webhook);
        let templates = of_chart(webhook, "templates").map(|entry| setting("templates", &entry.key, entry.key_span));
        self.not_followed.extend(default_templates(webhook).into_iter().chain(templates));
    }

    /// The injector passes over a selector that it does not understand, and over one without conditions.
    fn read_selectors(&mut self, holder: &Node) {
        let all = |key: &str| {
            read::each(holder, key, |node| Some(Spanned::new(selector(node)?, node.span)))
                .into_iter()
                .filter(|selector| selector.value != LabelSelector::default())
                .collect()
        };
        self.never = all("neverInjectSelector");
        self.always = all("alwaysInjectSelector");
    }
}

fn setting(holder: &str, name: &str, place: Span) -> Spanned<String> {
    Spanned::new(format!("{holder}.{name} of the injector"), place)
}

/// The entries of a map that are called as templates of the chart.
fn of_chart<'n>(holder: &'n Node, key: &str) -> impl Iterator<Item = &'n Entry> + use<'n> {
    let entries = holder.given(key).map(Node::entries).unwrap_or_default();
    entries.iter().filter(|entry| OF_CHART.contains(&&*entry.key))
}

/// Templates for pods that name none, where these are not the sidecar's alone.
fn default_templates(holder: &Node) -> Option<Spanned<String>> {
    let names = holder.given("defaultTemplates")?;
    let is_usual = names.items().iter().all(|name| name.text() == Some("sidecar"));
    (!is_usual).then(|| Spanned::new("defaultTemplates of the injector".to_owned(), names.span))
}

/// What the injector does with the pods that the webhooks select (`pkg/kube/inject/inject.go`, `injectRequired`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InjectionPolicy {
    /// It injects those that do not refuse.
    #[default]
    Enabled,
    /// It injects those that ask for it.
    Disabled,
    /// It understands no other word, and injects no pod.
    Illegal,
}

impl InjectionPolicy {
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "enabled" => Self::Enabled,
            "disabled" => Self::Disabled,
            _ => Self::Illegal,
        }
    }
}

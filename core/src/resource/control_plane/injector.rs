use crate::source::{Span, Spanned};

/// Which pods the injector injects, beside what labels say.
#[derive(Debug, Clone, Default)]
pub struct InjectorSettings {
    /// Its policy, where it says one.
    pub policy: Option<InjectionPolicy>,
    /// Where it says that namespaces without labels are injected.
    pub by_default: Option<Span>,
    /// Settings that are not followed.
    pub not_followed: Vec<Spanned<String>>,
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

use crate::source::{Span, Spanned};

/// Which pods the injector injects, beside what labels say.
#[derive(Debug, Clone, Default)]
pub struct InjectorSettings {
    /// Where it says that only pods that ask for it are injected.
    pub is_off: Option<Span>,
    /// Where it says that namespaces without labels are injected.
    pub by_default: Option<Span>,
    /// Settings that are not followed.
    pub not_followed: Vec<Spanned<String>>,
}

//! Which of two objects Istio puts first.

use std::cmp::Ordering;

use crate::istio::Meta;

/// Istio takes the oldest first, then by name, then by namespace
/// (`pilot/pkg/model/config.go`, `sortConfigByCreationTime`; `push_context.go`, `SortServicesByCreationTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age<'w> {
    created: Option<&'w str>,
    name: &'w str,
    namespace: &'w str,
}

impl<'w> Age<'w> {
    pub(super) fn of(meta: &'w Meta) -> Self {
        Self::named(meta.created.as_deref(), &meta.name, &meta.namespace)
    }

    pub(super) fn named(created: Option<&'w str>, name: &'w str, namespace: &'w str) -> Self {
        Self { created, name, namespace }
    }

    /// Istio's order, where an absent time is the beginning of time.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> (&str, &str, &str) {
        (self.created.unwrap_or_default(), self.name, self.namespace)
    }

    /// Whether the order is known: in a cluster every object has a time, in a file hardly any.
    pub(super) fn is_settled(&self, other: &Self) -> bool {
        self.created.is_some() && other.created.is_some()
    }
}

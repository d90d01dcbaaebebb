//! Objects by who sees them.

use std::collections::BTreeMap;

use crate::istio::ExportTo;

/// One shelf for each circle of viewers, in the order in which Istio looks
/// (`pilot/pkg/model/push_context.go`, `servicesExportedToNamespace`; `virtualservice.go`, `SelectVirtualServices`).
#[derive(Debug, Default)]
pub(super) struct Shelves<S> {
    private: BTreeMap<String, S>,
    exported: BTreeMap<String, S>,
    public: S,
}

impl<S: Default> Shelves<S> {
    /// Puts something on the shelves of all that see it.
    pub(super) fn put(&mut self, export_to: &ExportTo, own_namespace: &str, mut put: impl FnMut(&mut S)) {
        match export_to {
            ExportTo::Public => put(&mut self.public),
            ExportTo::Nobody => {}
            ExportTo::Namespaces(namespaces) => {
                for namespace in namespaces {
                    let shelves = if namespace == own_namespace { &mut self.private } else { &mut self.exported };
                    put(shelves.entry(namespace.clone()).or_default());
                }
            }
        }
    }

    /// What a namespace sees.
    pub(super) fn seen_from(&self, namespace: &str) -> Circles<'_, S> {
        Circles([self.private.get(namespace), self.exported.get(namespace), Some(&self.public)])
    }
}

/// The shelves that one namespace sees, the nearest first.
#[derive(Debug)]
pub(super) struct Circles<'s, S>([Option<&'s S>; 3]);

impl<'s, S> Circles<'s, S> {
    /// Each with a number that says how near it is.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, &'s S)> + use<'s, S> {
        self.0.into_iter().enumerate().filter_map(|(tier, shelf)| Some((tier, shelf?)))
    }
}

impl<S> Clone for Circles<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Circles<'_, S> {}

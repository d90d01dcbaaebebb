//! Objects by who sees them.

use std::collections::BTreeMap;

use crate::istio::ExportTo;

/// One shelf for each circle of viewers, in the order in which Istio looks
/// (`pilot/pkg/model/push_context.go`, `servicesExportedToNamespace`; `virtualservice.go`, `SelectVirtualServices`).
#[derive(Debug, Default)]
pub(super) struct Shelves<S> {
    of_one: BTreeMap<String, OfOne<S>>,
    public: S,
}

/// What one namespace alone sees.
#[derive(Debug, Default)]
struct OfOne<S> {
    private: Option<S>,
    exported: Option<S>,
}

impl<S: Default> Shelves<S> {
    /// Puts something on the shelves of all that see it.
    pub(super) fn put(&mut self, export_to: &ExportTo, own_namespace: &str, mut put: impl FnMut(&mut S)) {
        match export_to {
            ExportTo::Public => put(&mut self.public),
            ExportTo::Nobody => {}
            ExportTo::Namespaces(namespaces) => {
                for namespace in namespaces {
                    let OfOne { private, exported } = self.of_one.entry(namespace.clone()).or_default();
                    let own = if namespace == own_namespace { private } else { exported };
                    put(own.get_or_insert_default());
                }
            }
        }
    }

    /// What a namespace sees.
    pub(super) fn seen_from(&self, namespace: &str) -> Circles<'_, S> {
        let own = self.of_one.get(namespace);
        let private = own.and_then(|own| own.private.as_ref());
        let exported = own.and_then(|own| own.exported.as_ref());
        Circles([private, exported, Some(&self.public)])
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

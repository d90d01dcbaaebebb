//! Who sees an object: `exportTo`.

use std::collections::BTreeMap;

use crate::istio::ExportTo;

/// Why a namespace sees an object. Istio looks at them in this order
/// (`pilot/pkg/model/push_context.go`, `servicesExportedToNamespace`; `virtualservice.go`, `SelectVirtualServices`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Visibility {
    /// The object is of this namespace, and exported to it by name or as `.`.
    Own,
    /// The object is of another namespace, which exports it to this one by name.
    Exported,
    /// The object is a route of the Gateway API of this namespace, and exported to all: the choice of the one that calls
    /// comes before that of the one that is called (`push_context.go`, `VirtualServicesForGateway`).
    OwnRoute,
    /// The object is exported to all namespaces.
    Public,
}

impl Visibility {
    const ALL: [Self; 4] = [Self::Own, Self::Exported, Self::OwnRoute, Self::Public];
}

/// An index of objects for each namespace, and for each reason why the namespace sees them.
#[derive(Debug, Default)]
pub(crate) struct ByVisibility<T> {
    by_namespace: BTreeMap<String, OneNamespace<T>>,
    public: T,
}

/// What is exported to one namespace by name.
#[derive(Debug, Default)]
struct OneNamespace<T> {
    own: Option<T>,
    exported: Option<T>,
    own_route: Option<T>,
}

impl<T: Default> ByVisibility<T> {
    /// Adds an object to the index of each namespace that sees it. A route of the Gateway API is in two of its own
    /// namespace, of which the first counts.
    pub(crate) fn add(
        &mut self,
        export_to: &ExportTo,
        own_namespace: &str,
        is_route: bool,
        mut add: impl FnMut(&mut T),
    ) {
        match export_to {
            ExportTo::Public => {
                if is_route {
                    let own = self.by_namespace.entry(own_namespace.to_owned()).or_default();
                    add(own.own_route.get_or_insert_default());
                }
                add(&mut self.public);
            }
            ExportTo::Nobody => {}
            ExportTo::Namespaces(namespaces) => {
                for namespace in namespaces {
                    let OneNamespace { own, exported, .. } = self.by_namespace.entry(namespace.clone()).or_default();
                    let index = if namespace == own_namespace { own } else { exported };
                    add(index.get_or_insert_default());
                }
            }
        }
    }

    /// What a namespace sees.
    pub(crate) fn visible_from(&self, namespace: &str) -> VisibleFrom<'_, T> {
        let of_namespace = self.by_namespace.get(namespace);
        let own = of_namespace.and_then(|of_namespace| of_namespace.own.as_ref());
        let exported = of_namespace.and_then(|of_namespace| of_namespace.exported.as_ref());
        let own_route = of_namespace.and_then(|of_namespace| of_namespace.own_route.as_ref());
        VisibleFrom([own, exported, own_route, Some(&self.public)])
    }
}

/// What one namespace sees, in the order of [`Visibility`].
#[derive(Debug)]
pub(crate) struct VisibleFrom<'s, T>([Option<&'s T>; 4]);

impl<'s, T> VisibleFrom<'s, T> {
    /// Each index with the reason why the namespace sees it.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Visibility, &'s T)> + use<'s, T> {
        Visibility::ALL.into_iter().zip(self.0).filter_map(|(visibility, index)| Some((visibility, index?)))
    }
}

impl<T> Clone for VisibleFrom<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for VisibleFrom<'_, T> {}

//! Which objects istiod reads, and which namespaces see those that do not say so.

use super::super::{LabelRequirement, Labels, NamespaceSelector, read};
use crate::source::Spanned;
use crate::syntax::Node;

/// What a mesh config says about objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// `discoverySelectors`: istiod reads the namespaces that one of them selects.
    pub selectors: Option<Spanned<Vec<NamespaceSelector>>>,
    /// `defaultServiceExportTo`: who sees Services and ServiceEntries without `exportTo`.
    pub services: Option<Vec<String>>,
    /// `defaultVirtualServiceExportTo`.
    pub virtual_services: Option<Vec<String>>,
    /// `defaultDestinationRuleExportTo`.
    pub destination_rules: Option<Vec<String>>,
}

/// The field of the mesh config.
pub(super) const DISCOVERY_SELECTORS: &str = "discoverySelectors";

impl Discovery {
    /// What a mesh config says. `None` where its selectors are none that istiod understands.
    pub(super) fn read(mesh: &Node) -> Option<Self> {
        // An empty list is like none.
        let words = |key: &str| {
            let words = read::each(mesh, key, |word| word.text().map(str::to_owned));
            (!words.is_empty()).then_some(words)
        };
        let written = mesh.entries().iter().find(|entry| &*entry.key == DISCOVERY_SELECTORS);
        let selectors = match written.filter(|entry| !entry.value.items().is_empty()) {
            Some(entry) => {
                let selectors = entry.value.items().iter().map(selector);
                Some(Spanned::new(selectors.collect::<Option<Vec<NamespaceSelector>>>()?, entry.key_span))
            }
            None => None,
        };
        Some(Self {
            selectors,
            services: words("defaultServiceExportTo"),
            virtual_services: words("defaultVirtualServiceExportTo"),
            destination_rules: words("defaultDestinationRuleExportTo"),
        })
    }

    /// These settings, and others where these say nothing.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            selectors: self.selectors.or(others.selectors),
            services: self.services.or(others.services),
            virtual_services: self.virtual_services.or(others.virtual_services),
            destination_rules: self.destination_rules.or(others.destination_rules),
        }
    }

    /// Whether both say the same, wherever they say it.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.selectors.as_ref().map(|selectors| &selectors.value)
            == other.selectors.as_ref().map(|selectors| &selectors.value)
            && (&self.services, &self.virtual_services, &self.destination_rules)
                == (&other.services, &other.virtual_services, &other.destination_rules)
    }

    /// Whether istiod reads the objects of a namespace (`pkg/kube/namespace/filter.go`); `None` where that depends on labels
    /// that no document has.
    pub fn reads<'l>(&self, namespace: &'l str, labels: Option<&'l Labels>) -> Option<bool> {
        let Some(selectors) = &self.selectors else { return Some(true) };
        let of = |labels: &'l Labels| move |key: &str| labels.get(key).map(String::as_str);
        let found: Vec<Option<bool>> =
            selectors.value.iter().map(|selector| selector.selects(namespace, labels.map(of).as_ref())).collect();
        if found.contains(&Some(true)) { Some(true) } else { found.iter().all(Option::is_some).then_some(false) }
    }
}

/// A selector; `None` for one that istiod does not understand.
pub(in crate::resource) fn selector(selector: &Node) -> Option<NamespaceSelector> {
    let requirement = |node: &Node| {
        let values = read::each(node, "values", |value| value.text().map(str::to_owned));
        LabelRequirement::new(read::text(node, "key")?.value, &read::text(node, "operator")?.value, values)
    };
    let expressions = selector.given("matchExpressions").map(Node::items).unwrap_or_default();
    Some(NamespaceSelector {
        labels: read::labels(selector, "matchLabels").map(|labels| labels.value).unwrap_or_default(),
        requirements: expressions.iter().map(requirement).collect::<Option<_>>()?,
    })
}

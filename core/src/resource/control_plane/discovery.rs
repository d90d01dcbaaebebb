//! Which objects istiod reads, and which namespaces see those that do not say so.

use super::super::{Labels, read};
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

/// A selector of namespaces by their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceSelector {
    /// Labels that a namespace has.
    labels: Labels,
    expressions: Vec<LabelRequirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct LabelRequirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// The field of the mesh config.
pub(super) const DISCOVERY_SELECTORS: &str = "discoverySelectors";

/// Kubernetes gives this label to each namespace: its name.
const NAME: &str = "kubernetes.io/metadata.name";

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
                let selectors = entry.value.items().iter().map(NamespaceSelector::read);
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
    pub fn reads(&self, namespace: &str, labels: Option<&Labels>) -> Option<bool> {
        let Some(selectors) = &self.selectors else { return Some(true) };
        let found: Vec<Option<bool>> =
            selectors.value.iter().map(|selector| selector.selects(namespace, labels)).collect();
        if found.contains(&Some(true)) { Some(true) } else { found.iter().all(Option::is_some).then_some(false) }
    }
}

impl NamespaceSelector {
    /// `LabelSelectorAsSelector`; `None` for one that is not understood.
    fn read(selector: &Node) -> Option<Self> {
        let labels = read::labels(selector, "matchLabels").map(|labels| labels.value).unwrap_or_default();
        let expressions = selector.given("matchExpressions").map(Node::items).unwrap_or_default();
        let expressions = expressions.iter().map(LabelRequirement::read).collect::<Option<Vec<LabelRequirement>>>()?;
        Some(Self { labels, expressions })
    }

    fn selects(&self, namespace: &str, labels: Option<&Labels>) -> Option<bool> {
        let value = |key: &str| match labels {
            _ if key == NAME => Some(Some(namespace)),
            Some(labels) => Some(labels.get(key).map(String::as_str)),
            None => None,
        };
        let by_label = self.labels.iter().map(|(key, wanted)| Some(value(key)? == Some(wanted.as_str())));
        let by_expression = self.expressions.iter().map(|each| Some(each.holds(value(&each.key)?)));
        let all: Vec<Option<bool>> = by_label.chain(by_expression).collect();
        if all.contains(&Some(false)) { Some(false) } else { all.iter().all(Option::is_some).then_some(true) }
    }
}

impl LabelRequirement {
    fn read(node: &Node) -> Option<Self> {
        let operator = match read::text(node, "operator")?.value.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        let values = read::each(node, "values", |value| value.text().map(str::to_owned));
        Some(Self { key: read::text(node, "key")?.value, operator, values })
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let is_listed = value.is_some_and(|value| self.values.iter().any(|each| each == value));
        match self.operator {
            Operator::In => is_listed,
            // A namespace without the label is selected, too (`labels.Requirement` of Kubernetes).
            Operator::NotIn => !is_listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

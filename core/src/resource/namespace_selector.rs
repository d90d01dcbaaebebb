//! A label selector of Kubernetes (`LabelSelectorAsSelector`), by which objects select namespaces.

use super::Labels;

/// A selector of namespaces by their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceSelector {
    /// `matchLabels`.
    pub labels: Labels,
    /// `matchExpressions`.
    pub requirements: Vec<LabelRequirement>,
}

/// An item of `matchExpressions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRequirement {
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

/// Kubernetes gives this label to each namespace: its name.
const NAME: &str = "kubernetes.io/metadata.name";

impl NamespaceSelector {
    /// The labels that it looks at.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.labels.keys().chain(self.requirements.iter().map(|each| &each.key))
    }

    /// Whether it selects a namespace; `None` where that depends on labels that no document has. `labels` gives the value of a
    /// label, and is `None` where no document has the namespace.
    pub fn selects<'l>(&self, namespace: &'l str, labels: Option<&impl Fn(&str) -> Option<&'l str>>) -> Option<bool> {
        let value = |key: &str| match labels {
            _ if key == NAME => Some(Some(namespace)),
            Some(labels) => Some(labels(key)),
            None => None,
        };
        let by_label = self.labels.iter().map(|(key, wanted)| Some(value(key)? == Some(wanted.as_str())));
        let by_requirement = self.requirements.iter().map(|each| Some(each.holds(value(&each.key)?)));
        let all: Vec<Option<bool>> = by_label.chain(by_requirement).collect();
        if all.contains(&Some(false)) { Some(false) } else { all.iter().all(Option::is_some).then_some(true) }
    }
}

impl LabelRequirement {
    /// A requirement; `None` for an operator that Kubernetes does not know.
    pub fn new(key: String, operator: &str, values: Vec<String>) -> Option<Self> {
        let operator = match operator {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        Some(Self { key, operator, values })
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

use std::collections::BTreeSet;

/// Namespaces that see an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExportTo {
    /// All of them.
    #[default]
    Public,
    /// None.
    Nobody,
    /// These; its own is named.
    Namespaces(BTreeSet<String>),
}

impl ExportTo {
    /// After `initServiceRegistry` and `initVirtualServices` of `pilot/pkg/model/push_context.go`: `*` wins over all,
    /// then `~`; nothing at all is the mesh's default, `*` unless its configuration says otherwise.
    pub(super) fn read(written: &[String], own_namespace: &str) -> Self {
        let says = |word: &str| written.iter().any(|each| each == word);
        if written.is_empty() || says("*") {
            Self::Public
        } else if says("~") {
            Self::Nobody
        } else {
            let resolved = |each: &String| if each == "." { own_namespace.to_owned() } else { each.clone() };
            Self::Namespaces(written.iter().map(resolved).collect())
        }
    }

    /// Whether a namespace sees the object.
    pub fn has(&self, namespace: &str) -> bool {
        match self {
            Self::Public => true,
            Self::Nobody => false,
            Self::Namespaces(namespaces) => namespaces.contains(namespace),
        }
    }
}

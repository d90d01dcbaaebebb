//! Hosts with a wildcard: `*.example.com` is every name with one label or more below `example.com`, and not `example.com`.

use std::collections::BTreeSet;

/// What a wildcard is below; `None` for the name of one host.
pub(crate) fn parent(host: &str) -> Option<&str> {
    host.strip_prefix("*.")
}

/// The names that a name is below, the longest first.
pub(crate) fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('.').filter(|(at, _)| *at > 0).filter_map(|(at, _)| name.get(at.saturating_add(1)..))
}

/// Whether every name that one host has is a name of the other, which is not the same.
pub(crate) fn is_below(host: &str, wildcard: &str) -> bool {
    let name = parent(host).unwrap_or(host);
    let before = parent(wildcard).and_then(|above| name.strip_suffix(above));
    before.is_some_and(|before| before.len() > 1 && before.ends_with('.'))
}

/// Whether a host of a policy is, or has, this name.
pub(crate) fn has(host: &str, name: &str) -> bool {
    host == name || is_below(name, host)
}

/// Hosts that policies declare.
#[derive(Debug, Default)]
pub(crate) struct DeclaredHosts {
    hosts: BTreeSet<String>,
    /// What the wildcards among them are below.
    above: BTreeSet<String>,
}

impl DeclaredHosts {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// As the policies write them.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(String::as_str)
    }

    /// Whether a name is, or is below, one of them.
    pub(crate) fn have(&self, name: &str) -> bool {
        self.hosts.contains(name) || self.have_by_wildcard(name)
    }

    /// Whether a name is below one of them, or is a wildcard among them.
    pub(crate) fn have_by_wildcard(&self, name: &str) -> bool {
        parent(name).into_iter().chain(parents(name)).any(|above| self.above.contains(above))
    }
}

impl<'h> FromIterator<&'h str> for DeclaredHosts {
    fn from_iter<I: IntoIterator<Item = &'h str>>(hosts: I) -> Self {
        let hosts: BTreeSet<String> = hosts.into_iter().map(str::to_owned).collect();
        let above = hosts.iter().filter_map(|host| parent(host)).map(str::to_owned).collect();
        Self { hosts, above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_has_the_names_below_and_not_the_name_itself() {
        assert_eq!(parents("a.b.c").collect::<Vec<_>>(), ["b.c", "c"]);
        assert!(has("*.b.c", "a.b.c") && has("*.b.c", "x.a.b.c"));
        assert!(!has("*.b.c", "b.c") && !has("*.b.c", "ab.c") && !has("*.b.c", ".b.c") && !has("*.b.c", "b.c.d"));
        assert!(is_below("*.a.b.c", "*.b.c") && !is_below("*.b.c", "*.b.c") && !is_below("*.b.c", "*.a.b.c"));
        assert!(!is_below("a.b.c", "a.b.c"));
        let hosts: DeclaredHosts = ["*.b.c", "d.org"].into_iter().collect();
        assert!(hosts.have("a.b.c") && hosts.have("*.b.c") && hosts.have("d.org"));
        assert!(!hosts.have("b.c") && !hosts.have("e.d.org"));
    }
}

//! How the names of listeners and routes compare (`pkg/config/host/name.go` and `names.go`).

/// `Name.IsWildCarded`.
pub(super) fn is_wildcard(name: &str) -> bool {
    name.starts_with('*')
}

/// `Name.Matches`: whether either of two names covers the other.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}

/// `Name.SubsetOf`: whether the second name covers the first one.
pub(super) fn is_within(name: &str, wider: &str) -> bool {
    match (name.strip_prefix('*'), wider.strip_prefix('*')) {
        (Some(suffix), Some(wider)) => suffix.ends_with(wider),
        (Some(_), None) => false,
        (None, Some(wider)) => name.ends_with(wider),
        (None, None) => name == wider,
    }
}

/// `Names.Intersection` with one other name: what is left of each name.
pub(super) fn intersection(names: &[String], other: &str) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for name in names {
        let narrower = if is_within(name, other) {
            name.as_str()
        } else if is_within(other, name) {
            other
        } else {
            continue;
        };
        if !left.iter().any(|known| known == narrower) {
            left.push(narrower.to_owned());
        }
    }
    left
}

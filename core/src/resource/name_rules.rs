//! What Kubernetes takes as a name (`k8s.io/apimachinery/pkg/util/validation`), and what was probably meant by a wrong one.

/// At most 63 lower-case letters, digits and `-`, with a letter or digit at both ends (RFC 1123).
pub(crate) fn is_dns_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Dot-separated labels, 253 characters at most.
pub(crate) fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// A name of most objects: as a DNS subdomain, but without a limit for each part (`IsDNS1123Subdomain`).
pub(crate) fn is_object_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-');
    text.len() <= 253 && text.split('.').all(is_part)
}

/// What may follow `=` in a selector: empty, or 63 characters at most.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_qualified(text)
}

/// A label's name, with or without a DNS prefix.
pub(crate) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_qualified(name),
        None => is_qualified(text),
    }
}

fn is_qualified(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    (1..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && edge(text.chars().next())
        && edge(text.chars().next_back())
}

/// The candidate that was probably meant.
pub(crate) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const MOST_EDITS: usize = 2;
    candidates
        .map(|name| (strsim::osa_distance(&text.to_lowercase(), &name.to_lowercase()), name))
        // Two edits turn any two-letter word into any other, so short names must be closer.
        .filter(|(edits, name)| *edits <= MOST_EDITS.min(name.len().div_euclid(3)))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_kubernetes_takes_them() {
        assert!(is_dns_label("a") && is_dns_label("istio-egress") && is_dns_label(&"a".repeat(63)));
        assert!(!is_dns_label("") && !is_dns_label("A") && !is_dns_label("-a") && !is_dns_label(&"a".repeat(64)));
        assert!(is_dns_subdomain("a.b-c.d") && !is_dns_subdomain("a..b") && !is_dns_subdomain("a."));
        assert!(is_object_name(&"a".repeat(253)) && !is_object_name(&"a".repeat(254)) && !is_object_name("a..b"));
        assert!(is_label_key("app.kubernetes.io/name") && is_label_key("app") && !is_label_key("a/b/c"));
        assert!(
            is_label_value("") && is_label_value("V_1.2") && !is_label_value(&"a".repeat(64)) && !is_label_value("a b")
        );
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(
            nearest("workloadselector", ["workloadSelector", "namespace"].into_iter()),
            Some("workloadSelector")
        );
        assert_eq!(nearest("hots", ["hosts", "port"].into_iter()), Some("hosts"));
        assert_eq!(nearest("zz", ["to", "from"].into_iter()), None);
    }
}

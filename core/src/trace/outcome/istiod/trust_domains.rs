//! The trust domain and its other names (`pilot/pkg/security/trustdomain/bundle.go`).

/// `ReplaceTrustDomainAliases`: an identity of one of the mesh's trust domains or of `cluster.local` becomes one identity
/// for each of them; any other value stays.
pub(crate) fn expanded(principal: &str, own: &str, aliases: &[String]) -> Vec<String> {
    let unchanged = || vec![principal.to_owned()];
    let parts = principal.split('/').count();
    let Some((written, rest)) = principal.split_once('/').filter(|(domain, _)| parts == 5 && *domain != "*") else {
        return unchanged();
    };
    let ours = || std::iter::once(own).chain(aliases.iter().map(String::as_str));
    if written != "cluster.local" && !ours().any(|known| is_like(written, known)) {
        return unchanged();
    }
    // A trust domain with a wildcard stays beside those that it covers.
    let one = |known: &str| if is_suffix(known, written) { principal.to_owned() } else { format!("{known}/{rest}") };
    let mut all: Vec<String> = ours().map(one).collect();
    all.dedup();
    all
}

/// `stringMatch`: either of the two may have a wildcard.
fn is_like(a: &str, b: &str) -> bool {
    a == b || b == "*" || is_prefix(a, b) || is_prefix(b, a) || is_suffix(a, b) || is_suffix(b, a)
}

fn is_prefix(text: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|prefix| text.starts_with(prefix))
}

fn is_suffix(text: &str, pattern: &str) -> bool {
    pattern.strip_prefix('*').is_some_and(|suffix| text.ends_with(suffix))
}

//! The version of Istio, where what ztunnel does depends on it.

use crate::trace::outcome::proxy::journey::Journey;

/// Whether the version of Istio is given, and is older than `1.<minor>`.
pub(super) fn is_before(journey: &Journey<'_>, minor: u16) -> bool {
    let version = journey.context.environment.istio_version.as_deref();
    let given = version.and_then(|version| version.split('.').nth(1)).and_then(|minor| minor.parse::<u16>().ok());
    given.is_some_and(|given| given < minor)
}

//! The port of the HTTPS connection that a gateway makes of plain HTTP.

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::resource::Upgrade;
use crate::source::{Span, Spanned};

/// Where the gateway's HTTPS connection goes when `httpsUpgrade` names no port.
const HTTPS: u16 = 443;

/// The external port of an upgrade, if it is one.
pub(super) fn upgrade(upgrade: Option<&Upgrade>, report: &mut Report) -> Option<Spanned<u16>> {
    let upgrade = upgrade?;
    let enabled = upgrade.enabled.as_ref().is_some_and(|enabled| enabled.value);
    if enabled {
        let (port, span): (u16, Span) =
            upgrade.port.as_ref().map_or((HTTPS, upgrade.span), |port| (port.value, port.span));
        return Some(Spanned::new(port, span));
    }
    if let Some(field) = upgrade.tls.first() {
        report.push(
            Diagnostic::new(
                &codes::TLS_SETTINGS,
                field,
                "this setting of TLS has no effect: `httpsUpgrade` is not enabled",
            )
            .note("the gateway sends plain HTTP, and presents no certificate")
            .help("write `enabled: true`, or remove the setting"),
        );
    }
    if upgrade.enabled.is_none() {
        report.push(
            Diagnostic::new(&codes::UPGRADE_NOT_ENABLED, upgrade.span, "`httpsUpgrade` is set but not enabled")
                .note("the gateway sends plain HTTP")
                .help("write `enabled: true`, or `enabled: false` if this is intended"),
        );
    }
    None
}

//! How a gateway connects to an external host, in our words.

use super::http::milliseconds;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{
    Authorities, Fallback, Gateway, Milliseconds, Outliers, Pool, Presents, UpstreamSettings, UpstreamTls,
};
use crate::resource::{TlsFields, To, Upgrade};
use crate::source::Spanned;

/// How the gateway connects to a host, with these fields of it: the rest is that of the destination.
pub(super) fn upstream(
    to: &To,
    upgrade: Option<&Upgrade>,
    fallback: Option<&Spanned<Vec<Spanned<String>>>>,
    gateways: &[&Gateway],
    report: &mut Report,
) -> UpstreamSettings {
    let length = |text: &Option<String>| -> Option<Milliseconds> { milliseconds(text.as_deref()?) };
    let pool = to.upstream.pool.as_ref().map_or_else(Pool::default, |pool| Pool {
        max_connections: pool.max_connections,
        connect_timeout: length(&pool.connect_timeout),
        idle_timeout: length(&pool.idle_timeout),
        max_pending_requests: pool.http1_max_pending_requests,
        max_requests: pool.http2_max_requests,
        max_requests_per_connection: pool.max_requests_per_connection,
        http_idle_timeout: length(&pool.http_idle_timeout),
    });
    let outliers = to.upstream.outliers.as_ref().map(|outliers| Outliers {
        consecutive_5xx_errors: outliers.consecutive_5xx_errors,
        consecutive_gateway_errors: outliers.consecutive_gateway_errors,
        interval: length(&outliers.interval),
        base_ejection_time: length(&outliers.base_ejection_time),
        max_ejection_percent: outliers.max_ejection_percent,
    });
    let upgrade = upgrade.filter(|upgrade| upgrade.enabled.as_ref().is_some_and(|enabled| enabled.value));
    let tls = upgrade.map(|upgrade| tls(&upgrade.tls, gateways, report)).unwrap_or_default();
    let fallback = fallback.into_iter().flat_map(|hosts| &hosts.value);
    let fallback = fallback.map(|host| Fallback(host.clone().map(|host| host.to_ascii_lowercase()))).collect();
    UpstreamSettings { tls, pool, outliers, fallback }
}

/// The rules are those of Istio (`ValidateTLS` of pkg/config/validation/agent/validation.go): it refuses what contradicts.
fn tls(fields: &TlsFields, gateways: &[&Gateway], report: &mut Report) -> UpstreamTls {
    let is_mutual = fields.mode.as_ref().is_some_and(|mode| mode.value == "MUTUAL");
    let files = [&fields.client_certificate, &fields.private_key];
    let own_file = files.into_iter().flatten().next();
    for file in [&fields.client_certificate, &fields.private_key, &fields.ca_certificates].into_iter().flatten() {
        if !file.value.starts_with('/') {
            report.push(
                Diagnostic::new(
                    &codes::TLS_SETTINGS,
                    file.span,
                    "the path of a file in the gateway's pod begins with `/`",
                )
                .help("write the whole path"),
            );
        }
    }
    if let Some(secret) = &fields.credential_name {
        if let Some(file) = own_file.or(fields.ca_certificates.as_ref()) {
            report.push(
                Diagnostic::new(&codes::TLS_SETTINGS, file.span, "beside `credentialName` no file may be set")
                    .label(secret.span, "the Secret")
                    .note("Istio reads the certificate, the key and the authorities from the Secret")
                    .help("remove `credentialName`, or the files"),
            );
        }
        if is_mutual && secret.value.ends_with("-cacert") {
            report.push(
                Diagnostic::new(
                    &codes::TLS_SETTINGS,
                    secret.span,
                    "a Secret whose name ends in `-cacert` has no certificate to present",
                )
                .note("Istio reads only authorities from a Secret of such a name")
                .help("give the Secret another name"),
            );
        }
        let keys = if is_mutual { "`tls.crt`, `tls.key` and `ca.crt`" } else { "`ca.crt`" };
        for gateway in gateways {
            report.push(
                Diagnostic::new(
                    &codes::SECRET_NEEDED,
                    secret.span,
                    format!(
                        "gateway `{}` needs Secret `{}` in namespace `{}`",
                        gateway.name, secret.value, gateway.namespace
                    ),
                )
                .note(format!("it has {keys}; with a Secret Istio never uses the authorities of the system"))
                .note("the gateway's service account must be allowed to list Secrets there")
                .help("without the Secret the gateway answers every request with 503, and sends nothing"),
            );
        }
        let presents = if is_mutual { Presents::Secret } else { Presents::Nothing };
        return UpstreamTls { presents, authorities: Authorities::Secret(secret.value.clone()) };
    }
    let authorities =
        fields.ca_certificates.as_ref().map_or(Authorities::System, |file| Authorities::File(file.value.clone()));
    let presents = match (is_mutual, &fields.client_certificate, &fields.private_key) {
        (true, Some(certificate), Some(key)) => {
            Presents::Files { certificate: certificate.value.clone(), key: key.value.clone() }
        }
        (true, ..) => {
            let place = fields.mode.as_ref().map(|mode| mode.span).or(own_file.map(|file| file.span));
            if let Some(place) = place {
                report.push(
                    Diagnostic::new(&codes::TLS_SETTINGS, place, "mode MUTUAL needs a certificate and its key")
                        .help("set `credentialName`, or `clientCertificate` and `privateKey`"),
                );
            }
            Presents::Nothing
        }
        (false, ..) => {
            if let Some(file) = own_file {
                report.push(
                    Diagnostic::new(&codes::TLS_SETTINGS, file.span, "mode SIMPLE presents no certificate")
                        .note("the file would not be used")
                        .help("write `mode: MUTUAL`, or remove the file"),
                );
            }
            Presents::Nothing
        }
    };
    UpstreamTls { presents, authorities }
}

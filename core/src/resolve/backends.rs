//! The backends of a destination, in our words.

use super::upgrade::upgrade;
use super::upstream::upstream;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{BackendHost, Gateway};
use crate::resource::{BackendFields, To};

/// In the order of their hosts and ports, so that the order in a policy changes nothing.
pub(super) fn backends(to: &To, gateways: &[&Gateway], report: &mut Report) -> Vec<BackendHost> {
    let Some(listed) = &to.backends else { return Vec::new() };
    beside(to, report);
    let mut backends: Vec<BackendHost> = listed.iter().map(|fields| backend(fields, to, gateways, report)).collect();
    backends.sort_by(|a, b| (&a.host.value, a.port).cmp(&(&b.host.value, b.port)));
    backends
}

fn backend(fields: &BackendFields, to: &To, gateways: &[&Gateway], report: &mut Report) -> BackendHost {
    let https = upgrade(fields.upgrade.as_ref(), report);
    BackendHost {
        host: fields.host.clone().map(|host| host.to_ascii_lowercase()),
        port: fields.port.as_ref().or(https.as_ref()).unwrap_or(&to.port.number).value,
        weight: fields.weight.as_ref().map_or(1, |weight| weight.value),
        weight_span: fields.weight.as_ref().map(|weight| weight.span),
        is_upgraded: https.is_some(),
        upstream: upstream(to, fields.upgrade.as_ref(), fields.fallback.as_ref(), gateways, report),
        span: fields.span,
    }
}

/// Fields that are about one host, where there are several.
fn beside(to: &To, report: &mut Report) {
    let upgrade = to.upgrade.as_ref().map(|upgrade| ("httpsUpgrade", upgrade.span));
    let fallback = to.fallback.as_ref().map(|fallback| ("fallback", fallback.span));
    for (name, span) in [upgrade, fallback].into_iter().flatten() {
        report.push(
            Diagnostic::new(
                &codes::BACKENDS_CONTRADICT,
                span,
                format!("`{name}` of the destination has no meaning beside `backends`"),
            )
            .note("the gateway does not connect to the hosts in `hosts`, and each backend has fields of its own")
            .help(format!("write `{name}` into each backend that needs it")),
        );
    }
}

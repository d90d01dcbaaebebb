//! A pod that was injected already: its own containers say what is in force, whatever the mesh is configured with today.
//!
//! The webhooks see a pod when it is made, and never again (`mutatingwebhook.yaml` of the chart, `operations: ["CREATE"]`).

use super::CaptureSettings;
use super::pod_parts::{PROXY_CONFIG, Parts, STATUS, said, variable};
use super::proxy_variables::{self, DNS_CAPTURE};
use super::read::{is_true, word};
use super::templates::Templates;
use crate::diagnostic::Report;
use crate::source::{SourceMap, Spanned};
use crate::syntax::{Node, embedded};

/// What the proxy was told about redirection.
const INTERCEPTION_MODE: &str = "ISTIO_META_INTERCEPTION_MODE";
/// The revision that injected a pod, beside the one in [`STATUS`]; the label of the same name may be a tag.
const REVISION: &str = "istio.io/rev";
/// Annotations that still count when the proxy starts again (`pilot/cmd/pilot-agent/config/config.go`, `applyAnnotations`),
/// or that chose its bootstrap.
const NOT_FOLLOWED: [&str; 2] = ["sidecar.istio.io/bootstrapOverride", "sidecar.istio.io/discoveryAddress"];

/// What is in force in a pod that was injected.
#[derive(Debug, Clone)]
pub struct InjectedPod {
    /// What its sidecar captures.
    pub capture: CaptureSettings,
    /// Whether its sidecar answers DNS.
    pub dns_capture: bool,
    /// The revision that injected it, which configures its sidecar until it is made again.
    pub revision: Option<String>,
}

/// Reads what is in force; `asked` is what the annotation with a proxy config says about DNS.
pub(super) fn read(
    parts: Parts<'_>,
    proxy: Option<&Node>,
    templates: &Templates,
    asked: Option<&Spanned<bool>>,
    sources: &SourceMap,
) -> InjectedPod {
    let revision = revision(parts, sources);
    if let Templates::WithoutProxy(place) = templates {
        let capture = CaptureSettings::nothing_is_captured(place.clone());
        return InjectedPod { capture, dns_capture: false, revision };
    }
    let redirecting = parts.redirecting();
    let mut capture = redirecting.map(CaptureSettings::of_arguments).unwrap_or_default();
    let mode = proxy.and_then(|proxy| variable(proxy, INTERCEPTION_MODE));
    let none = mode.and_then(|mode| word(mode, "value")).filter(|mode| mode.value == "NONE");
    let none = none.map(|mode| mode.map(|mode| format!("variable `{INTERCEPTION_MODE}: {mode}` of the pod")));
    match (redirecting, none) {
        (None, Some(place)) => capture = CaptureSettings::nothing_is_captured(place),
        (None, None) => capture.not_followed.extend(without_redirection(parts, proxy)),
        // The proxy does not listen where traffic is redirected to.
        (Some(_), place) => capture.not_followed.extend(place),
    }
    capture.not_followed.extend(templates.not_followed());
    capture.pod_templates = templates.beside_sidecar();
    let annotations = NOT_FOLLOWED.iter().filter_map(|key| parts.annotation(key));
    capture.not_followed.extend(annotations.map(|entry| said(entry, &entry.key)));
    capture.not_followed.extend(redirecting.into_iter().chain(proxy).flat_map(proxy_variables::of_container));
    let own = proxy.and_then(|proxy| variable(proxy, DNS_CAPTURE));
    let dns_capture = own.and_then(|own| is_true(own, "value"));
    let is_readable = own.is_none() || dns_capture.is_some();
    let dns_capture = dns_capture.is_some_and(|fact| fact.value);
    // The proxy reads its annotation again when it is started again, so one that was changed afterwards may be in force or not.
    let is_changed = asked.is_some_and(|asked| asked.value != dns_capture);
    if let Some(own) = own.filter(|_| !is_readable) {
        capture.not_followed.push(Spanned::new(format!("variable `{DNS_CAPTURE}` of the pod"), own.span));
    } else if let Some(entry) = parts.annotation(PROXY_CONFIG).filter(|_| is_changed) {
        capture.not_followed.push(said(entry, PROXY_CONFIG));
    }
    InjectedPod { capture, dns_capture, revision }
}

/// Why it is not known what is captured where nothing in a pod redirects.
fn without_redirection(parts: Parts<'_>, proxy: Option<&Node>) -> Option<Spanned<String>> {
    let why = "the lack of a container that redirects traffic".to_owned();
    match (proxy, parts.annotation(STATUS)) {
        (Some(proxy), _) => Some(Spanned::new(why, proxy.span)),
        (None, status) => status.map(|status| said(status, STATUS)),
    }
}

fn revision(parts: Parts<'_>, sources: &SourceMap) -> Option<String> {
    let said = |node: Option<&Node>| node.and_then(|node| word(node, REVISION)).map(|revision| revision.value);
    let of_status = || {
        let status = embedded(parts.annotation(STATUS)?, sources, &mut Report::default())?;
        word(&status, "revision").map(|revision| revision.value)
    };
    said(parts.annotations).or_else(of_status).or_else(|| said(parts.labels)).filter(|revision| !revision.is_empty())
}

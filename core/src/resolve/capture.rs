//! From the words of annotations and of the injector's values to what a sidecar captures.

use ipnet::IpNet;

use crate::model::{Capture, Excluded, IncludedNetworks, IncludedPorts};
use crate::resource::{CaptureSettings, Setting};

/// What a sidecar captures by some settings. What Istio would refuse (`pkg/kube/inject/validate.go`) is not followed.
pub(super) fn capture(settings: &CaptureSettings) -> Capture {
    let mut capture = Capture { not_followed: settings.not_followed.clone(), ..Capture::default() };
    // A template that no document gives may change anything, and so may one of which two documents differ.
    let is_harmless = |name: &String| {
        let mut given = settings.own_templates.iter().filter(|template| template.name == *name).peekable();
        given.peek().is_some() && given.all(|template| template.is_harmless)
    };
    if let Some(templates) = &settings.pod_templates
        && !templates.names.iter().all(is_harmless)
    {
        capture.not_followed.push(templates.place.clone());
    }
    match &settings.interception_mode {
        Some(mode) if mode.value.value == "NONE" => capture.off = Some(mode.named()),
        Some(mode) if !matches!(mode.value.as_str(), "REDIRECT" | "TPROXY" | "") => {
            capture.not_followed.push(mode.named());
        }
        _ => {}
    }
    if let Some(setting) = &settings.exclude_ports {
        match ports(setting) {
            Some(ports) => capture.excluded_ports = excluded(ports, setting),
            None => capture.not_followed.push(setting.named()),
        }
    }
    if let Some(setting) = &settings.exclude_ranges {
        match networks(setting) {
            Some(networks) => capture.excluded_networks = excluded(networks, setting),
            None => capture.not_followed.push(setting.named()),
        }
    }
    if let Some(setting) = &settings.include_ports {
        match ports(setting) {
            _ if setting.value.trim() == "*" => capture.included_ports = IncludedPorts::All,
            Some(ports) if ports.is_empty() => {}
            Some(ports) => capture.included_ports = IncludedPorts::These(ports),
            None => capture.not_followed.push(setting.named()),
        }
    }
    if let Some(setting) = settings.include_ranges.as_ref().filter(|setting| setting.value.value != "*") {
        match networks(setting) {
            Some(networks) => capture.included_networks = IncludedNetworks::These(networks, setting.named()),
            None => capture.not_followed.push(setting.named()),
        }
    }
    capture
}

fn excluded<T>(all: Vec<T>, by: &Setting) -> Vec<Excluded<T>> {
    all.into_iter().map(|what| Excluded { what, by: by.named() }).collect()
}

/// The ports of a list; `None` for a text that is no list of ports.
fn ports(setting: &Setting) -> Option<Vec<u16>> {
    split(setting).map(|port| port_number(port.trim())).collect()
}

/// Istio reads a number with a zero before it as decimal, and iptables as octal.
fn port_number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port: &u16| port.to_string() == text)
}

/// The networks of a list; `None` for a text that is no list of networks.
fn networks(setting: &Setting) -> Option<Vec<IpNet>> {
    split(setting).map(|network| network.parse().ok()).collect()
}

/// The items of a list; an empty text has none.
fn split(setting: &Setting) -> impl Iterator<Item = &str> {
    let text = setting.value.value.as_str();
    text.split(',').filter(|_| !text.trim().is_empty())
}

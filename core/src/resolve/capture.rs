//! From the words of annotations and of the injector's values to what a sidecar captures.

use ipnet::IpNet;

use crate::model::{Capture, IncludedNetworks, IncludedPorts};
use crate::resource::CaptureSettings;
use crate::source::Spanned;

/// What a sidecar captures by some settings. What Istio would refuse (`pkg/kube/inject/validate.go`) is not followed.
pub(super) fn capture(settings: &CaptureSettings) -> Capture {
    let mut capture = Capture { not_followed: settings.not_followed.clone(), ..Capture::default() };
    match &settings.interception_mode {
        Some(mode) if mode.value == "NONE" => capture.off = Some(mode.span),
        Some(mode) if !matches!(mode.value.as_str(), "REDIRECT" | "TPROXY" | "") => {
            capture.not_followed.push(mode.clone());
        }
        _ => {}
    }
    if let Some(text) = &settings.exclude_ports {
        match ports(text) {
            Some(ports) => capture.excluded_ports = ports,
            None => capture.not_followed.push(text.clone()),
        }
    }
    if let Some(text) = &settings.exclude_ranges {
        match networks(text) {
            Some(networks) => capture.excluded_networks = networks,
            None => capture.not_followed.push(text.clone()),
        }
    }
    if let Some(text) = &settings.include_ports {
        match ports(text) {
            _ if text.value.trim() == "*" => capture.included_ports = IncludedPorts::All,
            Some(ports) if ports.is_empty() => {}
            Some(ports) => {
                capture.included_ports = IncludedPorts::These(ports.iter().map(|port| port.value).collect());
            }
            None => capture.not_followed.push(text.clone()),
        }
    }
    if let Some(text) = settings.include_ranges.as_ref().filter(|text| text.value != "*") {
        match networks(text) {
            Some(networks) => {
                let networks = networks.into_iter().map(|network| network.value).collect();
                capture.included_networks = IncludedNetworks::These(networks, text.span);
            }
            None => capture.not_followed.push(text.clone()),
        }
    }
    capture
}

/// The ports of a list; `None` for a text that is no list of ports.
fn ports(text: &Spanned<String>) -> Option<Vec<Spanned<u16>>> {
    split(text).map(|port| port.trim().parse().ok().map(|port| Spanned::new(port, text.span))).collect()
}

/// The networks of a list; `None` for a text that is no list of networks.
fn networks(text: &Spanned<String>) -> Option<Vec<Spanned<IpNet>>> {
    split(text).map(|network| network.parse().ok().map(|network| Spanned::new(network, text.span))).collect()
}

/// The items of a list; an empty text has none.
fn split(text: &Spanned<String>) -> impl Iterator<Item = &str> {
    text.value.split(',').filter(|_| !text.value.trim().is_empty())
}

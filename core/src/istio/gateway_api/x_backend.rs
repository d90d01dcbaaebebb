//! What Istio makes of an `XBackend`: a ServiceEntry.

use std::collections::BTreeSet;

use crate::istio::fields::Fields;
use crate::istio::{EntryPort, ExportTo, Resolution, ServiceEntry};

/// The ServiceEntry that Istio makes of an `XBackend` where `PILOT_ENABLE_ALPHA_GATEWAY_API` is on: one that every namespace
/// sees.
pub(in crate::istio) fn read(spec: Fields<'_>) -> Option<ServiceEntry> {
    let host = spec.child("externalHostname")?.text("hostname")?.to_ascii_lowercase();
    let of_list = || spec.items("ports").next().and_then(|port| port.port("port").or_else(|| port.port("number")));
    let number = spec
        .port("port")
        .or_else(|| spec.child("port").and_then(|port| port.port("number").or_else(|| port.port("port"))))
        .or_else(of_list);
    let protocol = match spec.text("protocol").as_deref() {
        Some("TCP") => "TCP",
        Some("HTTP2" | "H2C") => "HTTP2",
        _ => "HTTP",
    };
    let has_tls =
        spec.child("tls").is_some_and(|tls| !matches!(tls.text("mode").as_deref(), None | Some("None" | "NONE")));
    Some(ServiceEntry {
        export_to: ExportTo::Public,
        exports: BTreeSet::new(),
        hosts: vec![host],
        addresses: Vec::new(),
        ports: number
            .map(|number| EntryPort { number, name: "default".to_owned(), protocol: protocol.to_owned(), target: None })
            .into_iter()
            .collect(),
        internal: false,
        resolution: Resolution::Dns,
        endpoints: Vec::new(),
        selector: None,
        subject_alt_names: Vec::new(),
        no_automatic_address: false,
        unsupported: if has_tls { vec!["tls".to_owned()] } else { Vec::new() },
        span: spec.span(),
    })
}

//! The egress listeners of a Sidecar (`convertIstioListenerToWrapper` of pilot/pkg/model/sidecar.go).

use std::collections::{BTreeMap, BTreeSet};

use super::service::Protocol;
use crate::istio::{EgressListener, PortProtocol, Sidecar};
use crate::model::Environment;
use crate::trace::outcome::host_name;

/// The hosts of an egress listener.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    by_namespace: BTreeMap<String, ImportedHosts>,
    everywhere: Option<ImportedHosts>,
    excluded: Vec<ExcludedHosts>,
}

/// Hosts that are not imported, whatever else imports them: `~namespace/name`, since Istio 1.31.
#[derive(Debug)]
struct ExcludedHosts {
    /// `None` for all of them, `.` for that of the proxy.
    namespace: Option<String>,
    pattern: String,
}

#[derive(Debug, Default)]
pub(crate) struct ImportedHosts {
    pub(crate) exact: BTreeSet<String>,
    pub(crate) wild: Vec<String>,
}

/// An egress listener, and what it imports.
#[derive(Debug)]
pub(crate) struct ImportingListener {
    pub(crate) imports: Imports,
    /// The port that it is for; `None` for all that no other listener is for.
    pub(crate) port: Option<u16>,
    /// The port that a service must have to be imported, and the only one that it then has (`needsPortMatch` of sidecar.go).
    pub(crate) only_port: Option<u16>,
    /// The protocol that it gives to the port.
    pub(crate) protocol: Protocol,
    /// Where it listens.
    pub(crate) place: ListenerPlace,
    /// What is not modelled about it.
    pub(crate) unmodelled: Option<String>,
}

/// Where an egress listener listens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ListenerPlace {
    /// On the addresses of its services, or on all of them: it takes what the pod sends to any host.
    Captured,
    /// On one address, which a client must dial.
    At(String),
    /// On a socket that is no address.
    Socket,
}

/// The egress listeners of a Sidecar.
#[derive(Debug, Default)]
pub(crate) struct EgressListeners {
    pub(crate) all: Vec<ImportingListener>,
    /// What is imported where no listener is: nothing.
    pub(crate) nothing: Imports,
    /// Hosts of which it is not known whether they are excluded: the version of Istio is not stated.
    pub(crate) left_out: Vec<String>,
}

/// What `~` before a namespace of an egress host means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tilde {
    /// No namespace has such a name, so nothing is imported: before 1.31.
    NoNamespace,
    /// The hosts are excluded, and with `~` alone they are those of every namespace: since 1.31.
    Excludes,
    /// The version of Istio is not stated.
    Unknown,
}

impl Tilde {
    pub(crate) fn of(environment: &Environment) -> Self {
        match environment.is_istio_before(31, 0) {
            Some(true) => Self::NoNamespace,
            Some(false) => Self::Excludes,
            None => Self::Unknown,
        }
    }
}

impl EgressListeners {
    pub(crate) fn of(sidecar: &Sidecar, tilde: Tilde) -> Self {
        let begins_so = |host: &&String| host.starts_with('~');
        let left_out = sidecar.egress.iter().filter(|_| tilde == Tilde::Unknown).flat_map(|listener| {
            // Beside nothing that is imported nothing can be excluded.
            let imports_some = !listener.hosts.iter().all(|host| begins_so(&host));
            listener.hosts.iter().filter(begins_so).filter(move |_| imports_some)
        });
        let left_out =
            left_out.filter_map(|host| host.split_once('/')).map(|(_, name)| name.to_ascii_lowercase()).collect();
        let all = sidecar.egress.iter().map(|egress| listener(egress, tilde)).collect();
        Self { all, nothing: Imports::default(), left_out }
    }

    /// The listener that is for a port alone.
    pub(crate) fn on_port(&self, port: u16) -> Option<&ImportingListener> {
        self.all.iter().find(|listener| listener.port == Some(port))
    }

    /// The one for all other ports: the first without a port (`GetEgressListenerForRDS`).
    pub(crate) fn catch_all(&self) -> Option<&ImportingListener> {
        self.all.iter().find(|listener| listener.port.is_none() && listener.place != ListenerPlace::Socket)
    }
}

fn listener(egress: &EgressListener, tilde: Tilde) -> ImportingListener {
    let number = egress.port.as_ref().map(|port| port.number);
    let protocol = egress.port.as_ref().map_or("", |port| port.protocol.as_str());
    let place = match &egress.bind {
        Some(bind) if bind.starts_with("unix://") => ListenerPlace::Socket,
        Some(bind) => ListenerPlace::At(bind.clone()),
        // "we will bind to the default loopback IP" (core/listener.go, `buildSidecarOutboundListeners`).
        None if egress.not_captured => ListenerPlace::At("127.0.0.1".to_owned()),
        None => ListenerPlace::Captured,
    };
    let is_proxy = protocol.eq_ignore_ascii_case("HTTP_PROXY");
    let unmodelled = if let Some(field) = egress.unsupported.first() {
        Some(format!("an egress listener with `{field}` is not modelled"))
    } else if is_proxy {
        Some("an egress listener of HTTP_PROXY is not modelled".to_owned())
    } else if matches!(&place, ListenerPlace::At(bind) if matches!(bind.as_str(), "0.0.0.0" | "::" | "[::]")) {
        Some("an egress listener that is bound to every address is not modelled".to_owned())
    } else {
        None
    };
    let port = number.filter(|number| *number != 0);
    ImportingListener {
        imports: imports(&egress.hosts, tilde),
        port,
        only_port: port.filter(|_| !is_proxy),
        protocol: if PortProtocol::parse(protocol) == PortProtocol::Unsupported {
            Protocol::Unspecified
        } else {
            Protocol::parse(protocol)
        },
        place: if number == Some(0) { ListenerPlace::Socket } else { place },
        unmodelled,
    }
}

fn imports(written: &[String], tilde: Tilde) -> Imports {
    let mut imports = Imports::default();
    for host in written {
        let Some((namespace, name)) = host.split_once('/') else { continue };
        if let Some(namespace) = namespace.strip_prefix('~') {
            if tilde == Tilde::Excludes {
                let namespace = Some(namespace).filter(|namespace| !["", "*"].contains(namespace)).map(str::to_owned);
                imports.excluded.push(ExcludedHosts { namespace, pattern: name.to_ascii_lowercase() });
            }
            continue;
        }
        let hosts = match namespace {
            "*" => imports.everywhere.get_or_insert_default(),
            namespace => imports.by_namespace.entry(namespace.to_owned()).or_default(),
        };
        let name = name.to_ascii_lowercase();
        if host_name::is_wildcard(&name) {
            hosts.wild.push(name);
        } else {
            hosts.exact.insert(name);
        }
    }
    imports
}

impl Imports {
    /// Whether any of the hosts that are imported from a namespace passes; `here` is the proxy's namespace.
    pub(crate) fn any(&self, namespace: &str, here: &str, takes: impl Fn(&ImportedHosts) -> bool) -> bool {
        let own = self.by_namespace.get(namespace);
        // `.` stands for the proxy's namespace, which a root Sidecar cannot name.
        let dot = (namespace == here).then(|| self.by_namespace.get(".")).flatten();
        [own, dot, self.everywhere.as_ref()].into_iter().flatten().any(takes)
    }

    /// The namespaces from which anything may be imported, `None` for all; `here` is the proxy's namespace.
    pub(crate) fn namespaces<'i>(&'i self, here: &'i str) -> Option<BTreeSet<&'i str>> {
        let named = self.by_namespace.keys().map(|namespace| if namespace == "." { here } else { namespace });
        self.everywhere.is_none().then(|| named.collect())
    }

    /// Whether each import names one host of one namespace.
    pub(crate) fn are_exact(&self) -> bool {
        self.everywhere.is_none() && self.by_namespace.values().all(|hosts| hosts.wild.is_empty())
    }

    /// Whether a host of a namespace is excluded (`hostClassification.Excluded`); `here` is the proxy's namespace.
    pub(crate) fn excludes(&self, namespace: &str, here: &str, host: &str) -> bool {
        self.excluded.iter().any(|each| {
            let is_of = |wanted: &String| wanted == namespace || (wanted == "." && namespace == here);
            each.namespace.as_ref().is_none_or(is_of) && host_name::is_within(host, &each.pattern)
        })
    }
}

//! TLS between a client's sidecar and a server of a Gateway that do not fit together.

use super::named_cluster::NamedCluster;
use super::near::{Near, Unused, bare, shown_hosts};
use crate::istio::{Gateway, Object, Server, TlsMode};
use crate::trace::outcome::assumptions::Assumptions;
use crate::trace::outcome::host_name;
use crate::trace::outcome::istiod::merged_servers::{is_http, is_passthrough};
use crate::trace::{Encryption, Stop};

/// What the client's sidecar sends to the gateway.
pub(super) enum Arriving {
    /// Plain text.
    Plain,
    /// The client's own TLS.
    OfClient,
    /// TLS that the sidecar begins.
    Begun {
        /// By which object, for people.
        by: String,
        /// Its server name.
        server_name: Option<String>,
        /// Whether it is that of the mesh.
        is_mutual: bool,
    },
}

impl Arriving {
    /// At the last gateway, straight from the client's sidecar.
    pub(super) fn of(near: &Near<'_, '_>) -> Option<Self> {
        let hop = near.trace.hops.iter().rev().nth(1).filter(|hop| hop.at == Stop::Sidecar)?;
        if near.trace.has_other_ways {
            return None;
        }
        let cluster = NamedCluster::of(near, hop)?;
        let service = cluster.service(near)?;
        let rule = cluster.rule(near, service)?;
        let mut assumptions = Assumptions::default();
        let settings = rule.settings(&service.host, cluster.port, cluster.subset, &mut assumptions)?;
        if assumptions.count() > 0 {
            return None;
        }
        let automatic = || format!("outbound_.{}_.{}_.{}", cluster.port, cluster.subset, service.host);
        let by = |mode: &str| match settings.meta {
            Some(meta) => format!("DestinationRule `{}/{}` (mode {mode})", meta.namespace, meta.name),
            None => "a DestinationRule".to_owned(),
        };
        Some(match settings.tls.map(|tls| (tls, tls.mode)) {
            Some((tls, TlsMode::IstioMutual)) => Self::Begun {
                by: by("ISTIO_MUTUAL"),
                server_name: Some(tls.sni.clone().unwrap_or_else(automatic)),
                is_mutual: true,
            },
            Some((tls, TlsMode::Simple)) => {
                Self::Begun { by: by("SIMPLE"), server_name: tls.sni.clone(), is_mutual: false }
            }
            Some((tls, TlsMode::Mutual)) => {
                Self::Begun { by: by("MUTUAL"), server_name: tls.sni.clone(), is_mutual: false }
            }
            Some((_, TlsMode::Unsupported)) => return None,
            None | Some((_, TlsMode::Disable)) => match hop.encryption? {
                Encryption::Plain => Self::Plain,
                Encryption::Tls => Self::OfClient,
                Encryption::Mtls | Encryption::TlsInMtls => Self::Begun {
                    by: "automatic mutual TLS".to_owned(),
                    server_name: Some(automatic()),
                    is_mutual: true,
                },
            },
        })
    }

    /// Why no filter chain of a server takes it.
    pub(super) fn finds_no_chain(&self, gateway: &Object<Gateway>, server: &Server) -> Option<Unused> {
        let tls = server.tls.as_ref().filter(|_| !is_passthrough(server))?;
        let (port, mode) = (server.port, &tls.mode);
        let why = match self {
            Self::Plain => format!(
                "its server for port {port} takes TLS (mode {mode}), and the client's sidecar sends plain text: no DestinationRule begins TLS with the gateway"
            ),
            Self::Begun { by, server_name: Some(name), .. } => {
                let name = name.to_ascii_lowercase();
                if server.hosts.iter().any(|host| host_name::is_within(&name, bare(host))) {
                    return None;
                }
                format!(
                    "its server for port {port} is for {}, and the TLS that {by} begins has the server name `{name}` (`sni`)",
                    shown_hosts(server)
                )
            }
            Self::OfClient | Self::Begun { .. } => return None,
        };
        Some(Unused::new(&gateway.meta, server.span, why))
    }

    /// Why its handshake fails at the server whose filter chain takes it.
    pub(super) fn fails_at(&self, gateway: &Object<Gateway>, server: &Server) -> Option<Unused> {
        let port = server.port;
        // A server of HTTP terminates no TLS, also where `tls` asks for a redirect.
        let mode = server.tls.as_ref().filter(|_| !is_http(server)).map(|tls| tls.mode.as_str());
        let why = match (self, mode) {
            (Self::Begun { by, is_mutual: true, .. }, Some("PASSTHROUGH")) => format!(
                "its server for port {port} passes TLS through (mode PASSTHROUGH), and so the mutual TLS that {by} begins ends at the host, which has no certificate of the mesh"
            ),
            (Self::Begun { by, .. }, None) => {
                format!("its server for port {port} takes plain text, and {by} begins TLS with it")
            }
            (Self::OfClient, None) => {
                format!("its server for port {port} takes plain text, and the client's TLS arrives there")
            }
            (Self::Begun { by, is_mutual: true, .. }, Some(mode @ ("SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL"))) => {
                format!(
                    "its server for port {port} has a certificate of its own (mode {mode}), and {by} expects one of the mesh"
                )
            }
            (Self::Begun { by, is_mutual: false, .. }, Some("ISTIO_MUTUAL")) if by.ends_with("(mode SIMPLE)") => {
                format!(
                    "its server for port {port} needs a client's certificate of the mesh (mode ISTIO_MUTUAL), and {by} shows none"
                )
            }
            (Self::OfClient, Some("ISTIO_MUTUAL")) => format!(
                "its server for port {port} needs a client's certificate of the mesh (mode ISTIO_MUTUAL), and the client's own TLS arrives there: no DestinationRule begins TLS with the gateway"
            ),
            _ => return None,
        };
        Some(Unused::new(&gateway.meta, server.span, why))
    }
}

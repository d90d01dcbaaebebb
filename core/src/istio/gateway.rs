use super::fields::Fields;
use crate::resource::Labels;
use crate::source::Span;

/// What the selected pods listen for.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// The pods.
    pub pods: GatewaySelector,
    /// The listeners.
    pub servers: Vec<Server>,
    /// Whether it is of a kind that istiod reads only where `PILOT_ENABLE_ALPHA_GATEWAY_API` is on.
    pub is_alpha: bool,
}

/// The pods that a Gateway is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewaySelector {
    /// Those of every gateway.
    All,
    /// Those with these labels.
    Labelled(Labels),
    /// Those behind Services of a namespace with these hosts: a listener of the Gateway API.
    BehindServices {
        /// The namespace of the Services.
        namespace: String,
        /// Their hosts.
        hosts: Vec<String>,
    },
}

impl GatewaySelector {
    /// The labels that it asks for; `None` where it does not ask for labels.
    pub fn labels(&self) -> Option<&Labels> {
        match self {
            Self::Labelled(labels) => Some(labels),
            Self::All | Self::BehindServices { .. } => None,
        }
    }
}

/// One listener.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its port, by the number of the pods' Service.
    pub port: u16,
    /// The name of the port.
    pub port_name: String,
    /// Its protocol, as written.
    pub protocol: String,
    /// Names, as `host` or `namespace/host`.
    pub hosts: Vec<String>,
    /// TLS of its connections.
    pub tls: Option<ServerTls>,
    /// An address to listen on.
    pub bind: Option<String>,
    /// Where it stands.
    pub span: Option<Span>,
}

/// TLS of a listener.
#[derive(Debug, Clone)]
pub struct ServerTls {
    /// `PASSTHROUGH`, `SIMPLE`, `MUTUAL`, `ISTIO_MUTUAL` and rarer ones.
    pub mode: String,
    /// Whether plain HTTP is redirected to HTTPS.
    pub https_redirect: bool,
}

pub(super) fn read(spec: Fields<'_>) -> Gateway {
    Gateway {
        pods: spec.labels("selector").map_or(GatewaySelector::All, GatewaySelector::Labelled),
        is_alpha: false,
        servers: spec.each("servers", |server| {
            let port = server.child("port")?;
            Some(Server {
                port: port.port("number")?,
                port_name: port.text("name").unwrap_or_default(),
                protocol: port.text("protocol").unwrap_or_default(),
                hosts: server.texts("hosts").iter().map(|host| host.to_ascii_lowercase()).collect(),
                tls: server.child("tls").map(|tls| ServerTls {
                    // The first of the enum: PASSTHROUGH.
                    mode: tls.text("mode").unwrap_or_else(|| "PASSTHROUGH".to_owned()),
                    https_redirect: tls.flag("httpsRedirect"),
                }),
                bind: server.text("bind").filter(|bind| !bind.is_empty()),
                span: server.span(),
            })
        }),
    }
}

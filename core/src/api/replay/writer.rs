//! The proxy that wrote a log, and the client of its requests.

use std::collections::BTreeSet;

use crate::api::query::exists;
use crate::api::{ClientPath, QueryClient, QueryPart, UsageError};
use crate::trace::Stop;
use crate::trace::outcome::{Callers, Simulation};

/// The proxy that wrote a log, and the client of its requests.
#[derive(Debug, Clone)]
pub(super) enum Writer {
    /// The client's own sidecar.
    Sidecar(QueryClient),
    /// A gateway, which the client calls with its certificate.
    Gateway { client: QueryClient, name: String, doors: Vec<Door> },
}

/// A port of a gateway's Service, and who may call there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Door {
    pub(super) service: String,
    pub(super) port: u16,
    pub(super) callers: Callers,
}

impl Writer {
    pub(super) fn of(client: &QueryClient, simulation: &Simulation<'_>) -> Result<Self, UsageError> {
        exists(client)?;
        let wrong = |part, message: String| Err(UsageError::query(part, message));
        match (client.path, &client.gateway) {
            (ClientPath::Sidecar, None) => Ok(Self::Sidecar(client.clone())),
            (ClientPath::Direct, Some(name)) if simulation.knows_gateway(name) => {
                let calls = simulation.direct_calls().into_iter();
                let is_this =
                    |gateway: &str| gateway == name || gateway.split_once('/').is_some_and(|(_, short)| short == name);
                let doors: BTreeSet<Door> = calls
                    .filter(|call| is_this(&call.gateway))
                    .map(|call| Door { service: call.service, port: call.port, callers: call.callers })
                    .collect();
                let client = QueryClient { gateway: None, outer_sni: None, ..client.clone() };
                Ok(Self::Gateway { client, name: name.clone(), doors: doors.into_iter().collect() })
            }
            (ClientPath::Direct, Some(name)) => {
                wrong(QueryPart::Gateway, format!("no document describes a gateway named `{name}`"))
            }
            (ClientPath::Direct, None) => wrong(
                QueryPart::Gateway,
                "set `client.gateway` to the gateway that wrote the log, if `client.path` is `direct`".to_owned(),
            ),
            (ClientPath::Sidecar, Some(_)) => wrong(
                QueryPart::Gateway,
                "`client.gateway` needs `client.path: direct`: then the log is that of the gateway".to_owned(),
            ),
            (ClientPath::Ambient | ClientPath::None, _) => wrong(
                QueryPart::Client,
                "only sidecars and gateways write access logs that can be replayed; set `client.path` to `sidecar` or \
                 `direct`"
                    .to_owned(),
            ),
        }
    }

    pub(super) fn stop(&self) -> Stop {
        match self {
            Self::Sidecar(_) => Stop::Sidecar,
            Self::Gateway { .. } => Stop::Gateway,
        }
    }
}

//! The Services of gateways, dialled through a sidecar by their own names.
//!
//! The server name that a DestinationRule sets decides where the connection ends, and the gateway distinguishes clients
//! only by their namespace. So a client with such a rule reaches everything that its namespace may reach.

use super::classes::{Granularity, Known, TooMany, Universe};
use super::{Aspect, ClientNamespace, SaidName};
use crate::resource::Labels;
use crate::trace::Scheme;
use std::collections::BTreeSet;

impl Universe {
    pub(super) fn services_of_gateways(&mut self, known: &Known) -> Result<(), TooMany> {
        if known.granularity != Granularity::Proof || !known.aspects.has(Aspect::GatewayServices) {
            return Ok(());
        }
        let special = known.visible.special.iter().map(String::as_str);
        let named: BTreeSet<&str> = special.chain(known.client_namespaces.iter().copied()).collect();
        let mut clients: BTreeSet<ClientNamespace> =
            named.into_iter().map(|name| ClientNamespace::Named(name.to_owned())).collect();
        clients.insert(ClientNamespace::AnyOther);
        let nobody = Labels::new();
        for (host, port) in known.simulation.gateway_services() {
            for namespace in &clients {
                for scheme in [Scheme::Http, Scheme::Https, Scheme::Tcp] {
                    let client = (namespace, &nobody);
                    self.by_name(&host, (port, scheme), client, SaidName::Dialled, known)?;
                }
            }
        }
        Ok(())
    }
}

//! Names that lead to the address that the client dialled.
//!
//! A ServiceEntry without resolution makes a cluster of the original destination (core/cluster.go,
//! `convertResolution`): a client that dials a declared host and sends such a name reaches the declared host. The
//! result does not depend on which host is dialled, so one declared host stands for all.

use std::collections::BTreeSet;

use super::classes::{Granularity, Known, TooMany, Universe};
use super::{Aspect, ClientNamespace, SaidName};
use crate::istio::Resolution;
use crate::resource::Labels;
use crate::trace::Scheme;

impl Universe {
    pub(super) fn original_destinations(&mut self, known: &Known) -> Result<(), TooMany> {
        let Some(dialled) = known.representative().map(str::to_owned) else { return Ok(()) };
        if known.granularity != Granularity::Proof || !known.aspects.has(Aspect::OriginalDestination) {
            return Ok(());
        }
        let nobody = Labels::new();
        for entry in known.objects.service_entries.iter().filter(|entry| entry.spec.resolution == Resolution::None) {
            for host in entry.spec.hosts.iter().filter(|host| **host != dialled) {
                let Some(seen) = known.visible.hosts.get(host) else { continue };
                let mut clients: BTreeSet<ClientNamespace> =
                    seen.namespaces.iter().cloned().map(ClientNamespace::Named).collect();
                if seen.public {
                    clients.extend(known.visible.special.iter().cloned().map(ClientNamespace::Named));
                    clients.insert(ClientNamespace::AnyOther);
                }
                let messages = known.messages.about(host);
                for namespace in &clients {
                    let mut kinds: BTreeSet<&Labels> = seen.labels.of_all_ports(namespace).collect();
                    kinds.insert(&nobody);
                    for (port, labels) in
                        entry.spec.ports.iter().flat_map(|port| kinds.iter().map(move |of| (port, *of)))
                    {
                        for scheme in [Scheme::Http, Scheme::Https] {
                            let name = SaidName::Another(host.clone());
                            let dialled = (dialled.as_str(), port.number, scheme);
                            self.by_name_saying(dialled, (namespace, labels), name, &messages, known)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

//! Clients that call the gateways directly.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::{Granularity, Known, TooMany, Universe};
use super::identities::CallerIdentity;
use super::{Aspect, ClientClass, ClientNamespace, RequestClass, SaidName, Way};
use crate::model::{PolicySet, dialled_name};
use crate::resource::Labels;
use crate::trace::outcome::{Callers, DirectCall};
use crate::trace::{Message, Scheme, scheme_of};

impl Universe {
    /// Each listener of a gateway, by each name that it serves.
    pub(super) fn calls_of_gateways(&mut self, known: &Known) -> Result<(), TooMany> {
        let mut declared: BTreeMap<(&str, u16, &str, u16), Scheme> = BTreeMap::new();
        for flow in known.set.into_iter().flat_map(PolicySet::flows) {
            let exit = flow.exit();
            declared.insert((exit.gateway, exit.gateway_port, exit.host, exit.port), scheme_of(&flow));
        }
        for call in known.direct_calls.iter().cloned() {
            let call = DirectCall { host: dialled_name(&call.host).into_owned(), ..call };
            match call.callers {
                Callers::WithMeshCertificate if known.aspects.has(Aspect::DirectCallers) => {
                    let scheme = match call.external_port {
                        None => Scheme::Http,
                        Some(external) => {
                            let key = (call.gateway.as_str(), call.port, call.host.as_str(), external);
                            let by_entry = || known.visible.spoken.get(&(call.host.clone(), external));
                            let found = declared.get(&key).or_else(by_entry).copied();
                            found.filter(|scheme| !scheme.is_http()).unwrap_or(Scheme::Tcp)
                        }
                    };
                    self.with_certificate(call, scheme, known)?;
                }
                Callers::Anyone(scheme) if known.aspects.has(Aspect::Uncertified) => {
                    self.without_certificate(call, scheme, known)?;
                }
                Callers::WithMeshCertificate | Callers::Anyone(_) => {}
            }
        }
        Ok(())
    }

    /// One class for each identity in a rule for the name, and one for an identity that no rule names.
    fn with_certificate(&mut self, call: DirectCall, scheme: Scheme, known: &Known) -> Result<(), TooMany> {
        let DirectCall { gateway, port, server_name: outer, host, external_port: leads_to, .. } = call;
        let mut callers: BTreeSet<CallerIdentity> = BTreeSet::new();
        if known.aspects.has(Aspect::OtherNamespaces) {
            callers.insert((ClientNamespace::AnyOther, None));
        }
        if known.aspects.has(Aspect::Identities) {
            for name in [&outer, &host] {
                callers.extend(known.identities.about(name).cloned());
            }
        }
        let messages = known.messages.about(&host);
        for (namespace, service_account) in callers {
            let way = Way::Direct(gateway.clone());
            let class = RequestClass {
                host: host.clone(),
                port,
                scheme,
                client: ClientClass { way, namespace, labels: Labels::new(), service_account },
                leads_to,
                name: SaidName::Dialled,
                message: Message::default(),
            };
            // The gateway connects to the port in `Host`.
            if known.granularity == Granularity::Proof && known.visible.declared.have_by_wildcard(&host) {
                let name = SaidName::Another(format!("{host}:{}", known.visible.free_port));
                let class = RequestClass { name, ..class.clone() };
                self.ask(class, [outer.clone()], Granularity::Proof, &BTreeSet::new(), known.most)?;
            }
            self.ask(class, [outer.clone()], Granularity::Row, &messages, known.most)?;
        }
        Ok(())
    }

    /// Any client that has the address of the gateway's Service. It presents no certificate, so its identity is
    /// unknown.
    fn without_certificate(&mut self, call: DirectCall, scheme: Scheme, known: &Known) -> Result<(), TooMany> {
        let messages = known.messages.about(&call.host);
        let class = RequestClass {
            host: call.service,
            port: call.port,
            scheme,
            client: ClientClass {
                way: Way::Plain,
                namespace: ClientNamespace::AnyOther,
                labels: Labels::new(),
                service_account: None,
            },
            leads_to: call.external_port,
            name: SaidName::Another(call.host),
            message: Message::default(),
        };
        self.ask(class, None, Granularity::Row, &messages, known.most)
    }
}

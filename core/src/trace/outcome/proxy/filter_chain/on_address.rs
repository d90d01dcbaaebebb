//! The filter chains of a sidecar's listener on an address: those of all services that have the address (`core/listener.go`,
//! `buildSidecarOutboundListener`).

use std::ops::ControlFlow;

use super::l4_chains::{self, L4Chain};
use crate::trace::outcome::ids::ServiceId;
use crate::trace::outcome::istiod::service::Protocol;
use crate::trace::outcome::istiod::visibility::Visibility;
use crate::trace::outcome::proxy::journey::{Journey, Proxy, Step, unknown};

/// The filter chains of a listener on an address.
pub(super) struct AddressChains<'a> {
    /// The service whose connection manager takes HTTP.
    pub(super) http: Option<ServiceId>,
    /// Chains of TLS and TCP, in the order in which istiod builds them.
    pub(super) l4: Vec<L4Chain<'a>>,
    /// What istiod takes the listener for when another service has the address, too.
    protocol: Protocol,
}

impl<'a> AddressChains<'a> {
    /// The chains of some services.
    pub(super) fn of(journey: &mut Journey<'a>, proxy: &Proxy<'a>, services: &[(Visibility, ServiceId)]) -> Step<Self> {
        let mut each: Vec<(Visibility, ServiceId, Self)> = Vec::new();
        for (visibility, id) in services {
            each.push((*visibility, *id, Self::of_service(journey, proxy, *id)));
        }
        if let [_] = each.as_slice()
            && let Some((_, _, only)) = each.pop()
        {
            return ControlFlow::Continue(only);
        }
        // Where each takes all bytes, only the first is there.
        if each.iter().all(|(_, _, chains)| chains.take_all_bytes()) {
            let context = journey.context;
            let first =
                context.services.first_of(services, |_, _| false, &mut journey.assumptions, || why(journey.query.port));
            each.retain(|(_, id, _)| Some(*id) == first);
        } else {
            each = in_order(journey, each)?;
        }
        let mut each = each.into_iter().map(|(_, _, chains)| chains);
        let Some(mut merged) = each.next() else { return unknown(why(journey.query.port)) };
        for chains in each {
            merged.add(chains);
        }
        ControlFlow::Continue(merged)
    }

    fn of_service(journey: &mut Journey<'a>, proxy: &Proxy<'a>, id: ServiceId) -> Self {
        let service = journey.context.services.get(id);
        let protocol = service.and_then(|service| service.protocol_of(journey.query.port)).unwrap_or(Protocol::Tcp);
        let l4 = if protocol == Protocol::Tls {
            let chains = l4_chains::tls_chains(journey, proxy, id, &[]);
            // The address says which service it is, so its own chain asks for no server name (core/tls.go).
            if chains.iter().all(|chain| chain.route.is_none()) { vec![L4Chain::of(id)] } else { chains }
        } else {
            l4_chains::tcp_chains(journey, proxy, id, &[])
        };
        Self { http: (protocol == Protocol::Unspecified).then_some(id), l4, protocol }
    }

    /// Whether there is one chain, for all bytes.
    fn take_all_bytes(&self) -> bool {
        let is_for_all = |chain: &L4Chain<'_>| chain.server_names.is_empty() && chain.networks.is_empty();
        self.http.is_none() && matches!(self.l4.as_slice(), [only] if is_for_all(only))
    }

    /// Adds the chains of the next service: those that match what an earlier chain matches are left out
    /// (`mergeTCPFilterChains`), and so is a service whose port has no protocol where another one made the listener sniff.
    fn add(&mut self, next: Self) {
        let (own, other) = (self.protocol, next.protocol);
        let is_alone = own.shares_no_listener() || other.shares_no_listener();
        let both_sniff = own == Protocol::Unspecified && other == Protocol::Unspecified;
        if both_sniff || (is_alone && own != other) {
            return;
        }
        for chain in next.l4 {
            if !self.l4.iter().any(|known| known.matches_the_same(&chain)) {
                self.l4.push(chain);
            }
        }
        self.http = self.http.or(next.http);
        if other == Protocol::Unspecified {
            self.protocol = Protocol::Unspecified;
        }
    }
}

/// Services in the order in which istiod builds their chains: by visibility, and by age.
fn in_order<'a>(
    journey: &mut Journey<'a>,
    each: Vec<(Visibility, ServiceId, AddressChains<'a>)>,
) -> Step<Vec<(Visibility, ServiceId, AddressChains<'a>)>> {
    let context = journey.context;
    let has = |wanted: Visibility| each.iter().any(|(visibility, _, _)| *visibility == wanted);
    if has(Visibility::Own) && has(Visibility::Exported) {
        return unknown(why(journey.query.port));
    }
    let mut left: Vec<(Visibility, ServiceId, AddressChains<'a>)> = each;
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(visibility) = left.first().map(|(visibility, _, _)| *visibility) {
        let alike: Vec<ServiceId> =
            left.iter().filter(|(known, _, _)| *known == visibility).map(|(_, id, _)| *id).collect();
        let ages: Vec<_> = alike.iter().filter_map(|id| Some((*id, context.services.get(*id)?.age))).collect();
        let port = journey.query.port;
        let oldest = journey.assumptions.oldest_of(&ages, |(_, age)| *age, |_, _| false, || why(port));
        let Some(oldest) = oldest.map(|(id, _)| *id) else { break };
        let (first, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|(_, id, _)| *id == oldest);
        ordered.extend(first);
        left = others;
    }
    ControlFlow::Continue(ordered)
}

fn why(port: u16) -> String {
    format!(
        "several hosts have the dialled address on port {port}, and which one is taken depends on their ages or on Istio's version"
    )
}

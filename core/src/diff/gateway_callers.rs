//! Changes for callers that connect to a gateway themselves, with their own mesh certificate.
//!
//! A change of a policy changes the flows of sidecars and what the gateway admits, and is reported once. The gateway sees
//! a caller's namespace and service account, and never its labels:
//!
//! | the policies change for | reported for sidecars | reported for callers of the gateway |
//! |---|---|---|
//! | all of namespace `shop`, which may reach `a.example` now | gained | nothing: the gateway has to admit `shop` |
//! | workloads of `shop` with `app: till`, whose service accounts are not known | gained | widened: the gateway admits all of `shop` |
//! | workloads of `shop` with `app: till`, all with service account `till` | gained | nothing: the gateway admits `till` alone |
//! | all of `shop`, which may not reach `a.example` any more | lost | nothing: the gateway does not admit `shop` any more |
//! | nobody, but `authorization` of the gateway becomes `off` | nothing | widened: the gateway admits everybody |
//! | `a.example`, which is sent through another external port | rerouted | nothing: the way is the same for all |

use std::collections::BTreeSet;

use super::change::{Difference, FlowChange};
use super::compare::compare;
use crate::reach::FlowOutcome;
use crate::trace::{Message, Reached};
use crate::universe::RequestClass;

/// One identity that a gateway admits, and the destination that it reaches through it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Admitted {
    namespace: Option<String>,
    service_account: Option<String>,
    host: String,
    port: u16,
    tls: bool,
    http: bool,
    message: Message,
}

fn of_reached(class: &RequestClass, reached: &Reached) -> Admitted {
    Admitted {
        namespace: class.client.namespace.name().map(str::to_owned),
        service_account: class.client.service_account.clone(),
        host: reached.host.clone(),
        port: reached.port,
        tls: reached.tls,
        http: class.scheme.is_http(),
        message: class.message.clone(),
    }
}

fn admitted(class: &RequestClass, answer: &FlowOutcome) -> impl Iterator<Item = Admitted> {
    answer.places().map(|reached| of_reached(class, reached))
}

/// What the gateways admit on both sides, and what reported changes of sidecars' flows imply about that.
#[derive(Debug, Default)]
pub(super) struct GatewayCallers {
    admitted_before: BTreeSet<Admitted>,
    admitted_after: BTreeSet<Admitted>,
    implied: BTreeSet<(FlowChange, Admitted)>,
}

impl GatewayCallers {
    /// Takes note of what becomes of a caller's requests.
    pub(super) fn note(&mut self, class: &RequestClass, before: &FlowOutcome, after: &FlowOutcome) {
        self.admitted_before.extend(admitted(class, before));
        self.admitted_after.extend(admitted(class, after));
    }

    /// Takes note of a reported change of a sidecar's flow, as far as it implies what the gateway does with callers.
    ///
    /// A gained or lost flow implies it only when the gateway can see who the client is: a namespace or a service account,
    /// and no labels. Any other change is one of the way behind the gateway, which is the same for all that it admits.
    pub(super) fn note_implied(&mut self, difference: &Difference) {
        let Difference { kind, class, before, after, .. } = difference;
        let outcome = if *kind == FlowChange::Lost { before } else { after };
        let admits_anew = matches!(kind, FlowChange::Gained | FlowChange::Lost);
        let client = &class.client;
        if admits_anew && !client.labels.is_empty() && client.service_account.is_none() {
            return;
        }
        for mut implied in admitted(class, outcome) {
            if !admits_anew {
                implied.service_account = None;
            }
            self.implied.insert((*kind, implied));
        }
    }

    /// The change for a caller, unless a sidecar's flow implies it. A caller that reaches the same host through another
    /// listener is neither admitted nor refused anew.
    pub(super) fn compare(
        &self,
        class: &RequestClass,
        before: &FlowOutcome,
        after: &FlowOutcome,
    ) -> Option<FlowChange> {
        let kind = compare(before, after)?;
        let (as_caller, outcome, known) = match kind {
            FlowChange::Gained => (FlowChange::Widened, after, &self.admitted_before),
            FlowChange::Lost => (FlowChange::Narrowed, before, &self.admitted_after),
            FlowChange::Unknown => return Some(kind),
            _ => {
                let implied =
                    after.arrives() && admitted(class, after).all(|admission| self.is_implied(kind, &admission));
                return (!implied).then_some(kind);
            }
        };
        let is_new = |admission: Admitted| !known.contains(&admission) && !self.is_implied(kind, &admission);
        admitted(class, outcome).any(is_new).then_some(as_caller)
    }

    fn is_implied(&self, kind: FlowChange, admission: &Admitted) -> bool {
        let whole_namespace = Admitted { service_account: None, ..admission.clone() };
        self.implied.contains(&(kind, admission.clone())) || self.implied.contains(&(kind, whole_namespace))
    }
}

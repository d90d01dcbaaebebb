//! The way out of what an object does.

use std::collections::BTreeSet;

use super::verdict::Effect;
use crate::model::PolicySet;

pub(super) fn help(effect: Effect, kind: &str, set: &PolicySet) -> String {
    if matches!(effect, Effect::Undecided | Effect::LeadsSomewhere) {
        return "check this request yourself, or narrow the object so that it does not match declared flows".to_owned();
    }
    let takes_away = effect == Effect::TakesAway;
    match kind {
        "Sidecar" if takes_away => {
            let namespaces: BTreeSet<&str> = set.policies.iter().map(|policy| policy.id.namespace.as_str()).collect();
            let hosts: Vec<String> = namespaces.iter().map(|namespace| format!("`{namespace}/*`")).collect();
            format!(
                "add {} to its egress hosts, or set `output.placement: client` in a MeshEnvironment",
                hosts.join(" and ")
            )
        }
        "AuthorizationPolicy" => {
            "if this is not intended, narrow the rule: with `ports` for rules about HTTP, with `from` for callers".to_owned()
        }
        "DestinationRule" => {
            "remove the host from it: a DestinationRule in the client's namespace replaces the one for the gateway"
                .to_owned()
        }
        "Gateway" if !takes_away => {
            "remove the server, move it to another gateway, or declare the flow in a policy".to_owned()
        }
        "ServiceEntry" | "VirtualService" => {
            "remove the host from it: the compiled resources already route this host, and your own object replaces them or mixes with them"
                .to_owned()
        }
        _ if takes_away => "remove the object, or narrow it".to_owned(),
        _ => "remove the object, narrow it, or declare the flow in a policy".to_owned(),
    }
}

//! The way out of what an object does.

use std::collections::BTreeSet;

use super::verdict::Effect;
use crate::model::PolicySet;

pub(super) fn help(effect: Effect, kind: &str, set: &PolicySet) -> String {
    if matches!(effect, Effect::Undecided | Effect::LeadsSomewhere) {
        return "look at this request yourself, or narrow the object so that it leaves declared flows alone".to_owned();
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
            "if that is not meant, narrow the rule: `ports` for rules about HTTP, `from` for callers".to_owned()
        }
        "DestinationRule" => {
            "take the host out of it: a rule in the client's namespace replaces the one that leads to the gateway"
                .to_owned()
        }
        "Gateway" if !takes_away => {
            "remove the server, give it a gateway of its own, or declare the flow in a policy".to_owned()
        }
        "ServiceEntry" | "VirtualService" => {
            "take the host out of it: what is compiled routes the host already, and yours wins or mixes with it"
                .to_owned()
        }
        _ if takes_away => "remove the object, or narrow it".to_owned(),
        _ => "remove the object, narrow it, or declare the flow in a policy".to_owned(),
    }
}

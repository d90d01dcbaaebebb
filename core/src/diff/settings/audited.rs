//! What changes of rules in audit mode: every request arrives before and after, so no outcome shows it.

use std::collections::{BTreeMap, BTreeSet};

use super::changed::{Called, Changed};
use super::fields::SettingName;
use crate::model::{Flow, HttpRules, PolicySet, RequestPattern};

/// A change, with the client and the host of the flow that has it.
pub(super) type ChangedFlow = (Changed, String, String);

/// Changes of `from`, `allow` and `deny` of rules that are in audit mode before and after the change.
pub(super) fn changes(before: &PolicySet, after: &PolicySet) -> Vec<ChangedFlow> {
    let old = audited(before);
    let mut found = Vec::new();
    for (called, flows) in audited(after) {
        let Some((first_before, before)) = old.get(&called).and_then(|flows| Some((flows.first()?, flows))) else {
            continue;
        };
        let Some(first) = flows.first() else { continue };
        let (old_rules, rules) = (&first_before.destination.http.rules, &first.destination.http.rules);
        let denied = |rules: &HttpRules| written(Some(&rules.deny)).filter(|written| !written.is_empty());
        let parts = [
            ("from", Some(clients(before)), Some(clients(&flows))),
            // Flows of one exit have the same rules about requests.
            ("allow", written(old_rules.allow.as_ref()), written(rules.allow.as_ref())),
            ("deny", denied(old_rules), denied(rules)),
        ];
        for (path, before, after) in parts.into_iter().filter(|(_, before, after)| before != after) {
            let changed = Changed {
                new: first.destination.span,
                old: first_before.destination.span,
                setting: SettingName { path, of: None },
                before,
                after,
                weakens: false,
                port: first.port(),
            };
            for flow in &flows {
                found.push((changed.clone(), flow.client.describe(), flow.host.value.clone()));
            }
        }
    }
    found
}

fn audited(set: &PolicySet) -> BTreeMap<Called<'_>, Vec<Flow<'_>>> {
    let mut flows: BTreeMap<Called, Vec<Flow>> = BTreeMap::new();
    for flow in set.flows_of_any_gateway().filter(Flow::is_audited) {
        flows.entry(Called::of(&flow)).or_default().push(flow);
    }
    flows
}

fn clients(flows: &[Flow]) -> String {
    let clients: BTreeSet<String> = flows.iter().map(|flow| flow.client.describe()).collect();
    clients.into_iter().collect::<Vec<_>>().join(", ")
}

fn written(patterns: Option<&BTreeSet<RequestPattern>>) -> Option<String> {
    let patterns: Vec<String> = patterns?.iter().map(RequestPattern::describe).collect();
    Some(patterns.join(", "))
}

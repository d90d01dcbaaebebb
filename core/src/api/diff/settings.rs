use std::collections::BTreeSet;

use super::types::SettingChange;
use crate::api::workspace::Places;
use crate::diagnostic::shown::on_one_line;
use crate::diff::{SettingDifference, TakesEffect, setting_differences};
use crate::model::PolicySet;

/// The settings that a change of the policies changes.
pub(super) fn changes(before: &PolicySet, after: &PolicySet, places: &mut Places) -> Vec<SettingChange> {
    let differences = setting_differences(before, after).into_iter();
    differences
        .map(|difference| {
            let message = message(&difference);
            let SettingDifference { path, of, before, after, weakens, takes_effect: _, clients, hosts, port, span } =
                difference;
            SettingChange {
                setting: path.to_owned(),
                of,
                message,
                before,
                after,
                weakens,
                clients: clients.into_iter().collect(),
                hosts: hosts.into_iter().collect(),
                port,
                place: places.place(span, ""),
            }
        })
        .collect()
}

/// The change as a sentence.
fn message(difference: &SettingDifference) -> String {
    let SettingDifference { path, of, before, after, weakens: _, takes_effect, clients, hosts, port, span: _ } =
        difference;
    let first = |names: &BTreeSet<String>| {
        let more = names.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        (names.first().cloned().unwrap_or_default(), more)
    };
    let ((client, more_clients), (host, more_hosts)) = (first(clients), first(hosts));
    let of = of.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    let (before, after) = (value(before), value(after));
    let effect = match takes_effect {
        TakesEffect::Now => "",
        TakesEffect::WhenEnforced => {
            " (in audit mode, so every request arrives before and after: it opens or closes nothing until the rule is enforced)"
        }
    };
    on_one_line(&format!(
        "{client}{more_clients} -> {host}:{port}{more_hosts}: {path}{of} was {before}; is {after}{effect}"
    ))
}

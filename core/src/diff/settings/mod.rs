//! What a change does to flows that arrive before and after it in the same way: the settings of their destinations.
//!
//! Outcomes do not tell settings apart, so these are compared as the policies say them. Objects that people wrote by hand
//! have none here.

mod audited;
mod changed;
mod fields;

use std::collections::{BTreeMap, BTreeSet};

use changed::{Called, Changed};
use fields::{SettingName, SettingValues, USUAL_MODE, of_destination};

use crate::model::{Client, Destination, PolicySet};
use crate::resource::Labels;
use crate::source::Span;

/// A setting that is another one now.
#[derive(Debug, Clone)]
pub(crate) struct SettingDifference {
    /// Its path below `to[]` of a policy.
    pub path: &'static str,
    /// The gateway, the backend or the header that it belongs to.
    pub of: Option<String>,
    /// Its value before, `None` for Istio's default.
    pub before: Option<String>,
    /// Its value now.
    pub after: Option<String>,
    /// Whether gateways accept the certificates of more authorities than before.
    pub weakens: bool,
    /// When it matters.
    pub takes_effect: TakesEffect,
    /// The clients of the destination.
    pub clients: BTreeSet<String>,
    /// The hosts of the destination that these clients can reach before and after the change.
    pub hosts: BTreeSet<String>,
    /// The port that clients dial.
    pub port: u16,
    /// The item of the policy now.
    pub span: Span,
}

/// The fields that decide flows, and none in audit mode.
const AUDITED: [&str; 3] = ["from", "allow", "deny"];

/// When a change of a setting matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakesEffect {
    /// With what is compiled.
    Now,
    /// Only when a rule that is in audit mode is enforced.
    WhenEnforced,
}

/// The settings that differ, for clients that a policy lets reach a host before and after the change, in the order of the
/// items after the change.
pub(crate) fn setting_differences(before: &PolicySet, after: &PolicySet) -> Vec<SettingDifference> {
    let mut flows_before: BTreeMap<Called, OldDestinations> = BTreeMap::new();
    for flow in before.flows_of_any_gateway() {
        flows_before.entry(Called::of(&flow)).or_default().add(flow.client, flow.destination);
    }
    let mut found: BTreeMap<Changed, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    let mut compared: BTreeMap<(Span, Span), Vec<Changed>> = BTreeMap::new();
    for flow in after.flows_of_any_gateway() {
        let Some(old_flows) = flows_before.get(&Called::of(&flow)) else { continue };
        for old in old_flows.of(flow.client) {
            let spans = (old.span, flow.destination.span);
            let changes = compared.entry(spans).or_insert_with(|| {
                changed(spans, &of_destination(old), &of_destination(flow.destination), flow.port())
            });
            for change in changes.iter() {
                let (clients, hosts) = found.entry(change.clone()).or_default();
                clients.insert(flow.client.describe());
                hosts.insert(flow.host.value.clone());
            }
        }
    }
    for (change, client, host) in audited::changes(before, after) {
        let (clients, hosts) = found.entry(change).or_default();
        clients.insert(client);
        hosts.insert(host);
    }
    let difference = |(changed, (clients, hosts)): (Changed, _)| {
        let Changed { new: span, old: _, setting: SettingName { path, of }, before, after, weakens, port } = changed;
        let takes_effect = if AUDITED.contains(&path) { TakesEffect::WhenEnforced } else { TakesEffect::Now };
        SettingDifference { path, of, before, after, weakens, takes_effect, clients, hosts, port, span }
    };
    found.into_iter().map(difference).collect()
}

/// Which workloads of a namespace a client is: by labels and by service accounts.
type WhichWorkloads<'a> = (Option<&'a Labels>, Option<&'a BTreeSet<String>>);

/// The destinations of one place before the change.
#[derive(Debug, Default)]
struct OldDestinations<'a> {
    by_client: BTreeMap<WhichWorkloads<'a>, Vec<&'a Destination>>,
    all: Vec<(&'a Client, &'a Destination)>,
}

fn which_workloads(client: &Client) -> WhichWorkloads<'_> {
    let labels = client.selector.as_ref().map(|labels| &labels.value);
    (labels, client.service_accounts.as_ref().map(|accounts| &accounts.value))
}

impl<'a> OldDestinations<'a> {
    fn add(&mut self, client: &'a Client, destination: &'a Destination) {
        self.by_client.entry(which_workloads(client)).or_default().push(destination);
        self.all.push((client, destination));
    }

    /// The items that were for a client: those of the same client, or, if it is written in another way now, those of all
    /// clients with which it may have pods in common.
    fn of(&self, client: &Client) -> Vec<&'a Destination> {
        if let Some(same) = self.by_client.get(&which_workloads(client)) {
            return same.clone();
        }
        let overlapping = self.all.iter().filter(|(known, _)| known.overlaps(client));
        let by_span: BTreeMap<Span, &Destination> =
            overlapping.map(|(_, destination)| (destination.span, *destination)).collect();
        by_span.into_values().collect()
    }
}

fn changed((old, new): (Span, Span), before: &SettingValues, after: &SettingValues, port: u16) -> Vec<Changed> {
    let all: BTreeSet<&SettingName> = before.keys().chain(after.keys()).collect();
    let differs = |setting: &&SettingName| {
        let (before, after) = (before.get(setting), after.get(setting));
        // Without an upgrade there is no mode, and `SIMPLE` is the mode of one that sets none.
        let is_usual = |mode: Option<&String>| mode.is_none_or(|mode| mode == USUAL_MODE);
        before != after && !(setting.is_mode() && is_usual(before) && is_usual(after))
    };
    let changes = all.into_iter().filter(differs).map(|setting| Changed {
        new,
        old,
        setting: setting.clone(),
        before: before.get(setting).cloned(),
        after: after.get(setting).cloned(),
        weakens: setting.is_authority() && !after.keys().any(|other| other.is_authority() && other.of == setting.of),
        port,
    });
    changes.collect()
}

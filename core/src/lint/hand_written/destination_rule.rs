//! DestinationRules that no connection uses.

use super::mesh::Mesh;
use super::route_requests::is_external;
use super::said::witness;
use crate::diagnostic::{Diagnostic, Report, codes};
use crate::istio::{DestinationRule, ExportTo, Object};
use crate::resource::Labels;
use crate::trace::{Message, Scheme};
use crate::universe::sample;

/// Of one rule so many hosts and ports are asked.
const MOST_HOSTS: usize = 8;
const MOST_PORTS: usize = 4;

pub(super) fn lint(mesh: &mut Mesh<'_>, report: &mut Report) {
    let objects = mesh.objects;
    for rule in objects.destination_rules.iter().filter(|rule| rule.meta.span.is_some()) {
        report.extend(unused(mesh, rule));
    }
}

/// EGR0704. A rule that has only subsets is used where a route names one, so nothing is said about it.
fn unused(mesh: &mut Mesh<'_>, rule: &Object<DestinationRule>) -> Option<Diagnostic> {
    let (meta, spec) = (&rule.meta, &rule.spec);
    if spec.traffic_policy.is_none() || mesh.is_used(meta) || !is_external(mesh, &spec.host, meta) {
        return None;
    }
    let host = spec.host.to_ascii_lowercase();
    let declared: Vec<_> = mesh.registry.within(&host).take(MOST_HOSTS).collect();
    let labels = spec.workload_selector.clone().unwrap_or_else(Labels::new);
    let mut targets: Vec<(String, u16, Scheme, Vec<String>)> = Vec::new();
    for each in &declared {
        let mut viewers = Mesh::viewers(&each.entry.meta, &each.entry.spec.export_to);
        viewers.insert(0, meta.namespace.clone());
        viewers.dedup();
        for (port, scheme) in each.ports().take(MOST_PORTS) {
            targets.push((sample(each.host), port.number, scheme, viewers.clone()));
        }
    }
    if declared.is_empty() {
        let viewers = Mesh::viewers(meta, &ExportTo::Public);
        targets.push((sample(&host), 80, Scheme::Http, viewers.clone()));
        targets.push((sample(&host), 443, Scheme::Tls, viewers));
    }
    let mut answers = Vec::new();
    for (host, port, scheme, viewers) in targets {
        for namespace in viewers {
            let query = mesh.query((&namespace, &labels), (scheme, &host, port), &Message::default());
            answers.extend(query.map(|query| mesh.ask(query)));
        }
    }
    // An answer that is not known may be so because of what is not given, such as a gateway that uses the rule.
    let is_doubtful = answers.iter().any(|answer| answer.has_more || (!declared.is_empty() && !answer.is_known()));
    if answers.is_empty() || is_doubtful || mesh.is_used(meta) {
        return None;
    }
    let example = answers.first()?;
    let message = format!("no connection uses DestinationRule `{}/{}`", meta.namespace, meta.name);
    let mut found = Diagnostic::at(&codes::DESTINATION_RULE_UNUSED, meta.span, message);
    if declared.is_empty() {
        found = found.note(format!("no ServiceEntry and no Service has the host `{}`", spec.host));
        return Some(match mesh.registry.nearest(&host) {
            Some(near) => found.help(format!("did you mean `{near}`?")),
            None => found.help("declare the host with a ServiceEntry, or remove the DestinationRule"),
        });
    }
    found = found.note(witness(example));
    for reason in mesh.why_unused(&answers.iter().collect::<Vec<_>>(), meta) {
        found = found.note(reason);
    }
    Some(found.help("put it in the namespace of its clients, or in that of the ServiceEntry"))
}

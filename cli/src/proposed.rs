//! `test --write`: expectations for what none covers yet, from what the policies do now.

use std::collections::{BTreeMap, BTreeSet};

use egressc_core::api::{ClientPath, Flow, TestResponse, Verdict};
use egressc_core::stages::emit;
use serde_json::{Value, json};

use crate::exit::{Failure, failed};

/// Expectations of one kind: URLs by client and service account.
type Rows = BTreeMap<(String, Option<String>), BTreeSet<String>>;

/// What is proposed.
pub(crate) struct Proposal {
    /// A document for the rules that no expectation reaches; `None` where nothing can be written.
    pub(crate) text: Option<String>,
    /// The rules among them for which nothing is in it.
    pub(crate) left_out: Vec<String>,
}

/// Expectations for the rules that no expectation reaches.
///
/// They say what the policies do, and not what they should do: a person has to read them.
pub(crate) fn proposal(response: &TestResponse, flows: &[Flow]) -> Result<Proposal, Failure> {
    let uncovered: BTreeSet<(&str, &str)> =
        response.uncovered.iter().map(|row| (row.policy.as_str(), row.rule.as_str())).collect();
    // A row with a name, an address or a message of its own is another request than a URL.
    let is_plain = |flow: &&Flow| {
        let to = &flow.to;
        flow.from.path != ClientPath::Direct && to.name.is_none() && to.message.is_none() && to.addresses.is_empty()
    };
    let (mut allow, mut deny) = (Rows::new(), Rows::new());
    let mut left_out = uncovered.clone();
    let mut wanted: BTreeSet<(String, Option<&str>)> = BTreeSet::new();
    for flow in flows.iter().filter(is_plain).filter(|flow| flow.declared && flow.verdict == Verdict::Allowed) {
        let by = flow.policy.as_deref().zip(flow.rule.as_deref());
        let Some(by) = by.filter(|by| uncovered.contains(by)) else { continue };
        if add(flow, &mut allow) {
            left_out.remove(&by);
            wanted.insert((url(flow), flow.from.namespace.as_deref()));
        }
    }
    for flow in flows.iter().filter(is_plain).filter(|flow| flow.verdict == Verdict::Blocked) {
        // The others of a namespace are those whom a selector that is too wide would let through.
        if wanted.contains(&(url(flow), flow.from.namespace.as_deref())) {
            add(flow, &mut deny);
        }
    }
    let left_out = left_out.into_iter().map(|(policy, rule)| format!("{rule} of {policy}")).collect();
    if allow.is_empty() {
        return Ok(Proposal { text: None, left_out });
    }
    let document = json!({
        "apiVersion": "egressc.dev/v1alpha1",
        "kind": "EgressExpectations",
        "metadata": {"name": "proposed"},
        "spec": {"allow": rows(allow), "deny": rows(deny)},
    });
    let text = emit::yaml(&[document]).map_err(failed)?;
    Ok(Proposal { text: Some(text), left_out })
}

/// A client that stands for others, such as any other service account, cannot be written as one, and a wildcard is no host.
fn add(flow: &Flow, to: &mut Rows) -> bool {
    let Some(namespace) = &flow.from.namespace else { return false };
    if flow.from.service_account.as_deref() == Some("*") || flow.from.other_namespaces > 0 || flow.to.host.contains('*')
    {
        return false;
    }
    let labels: Vec<String> = flow.from.labels.iter().map(|(key, value)| format!(",{key}={value}")).collect();
    let client = format!("{namespace}{}", labels.concat());
    to.entry((client, flow.from.service_account.clone())).or_default().insert(url(flow));
    true
}

fn url(flow: &Flow) -> String {
    format!("{}://{}:{}", flow.to.scheme.name(), flow.to.host, flow.to.port)
}

fn rows(rows: Rows) -> Vec<Value> {
    let row = |((from, account), to): ((String, Option<String>), BTreeSet<String>)| {
        let mut row = json!({"from": from, "to": to});
        if let (Some(account), Some(fields)) = (account, row.as_object_mut()) {
            fields.insert("serviceAccount".to_owned(), json!(account));
        }
        row
    };
    rows.into_iter().map(row).collect()
}

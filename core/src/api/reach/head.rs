//! What stands above a picture.

use std::collections::BTreeSet;

use super::Flow;
use crate::resource::Date;

/// The most policies that are named.
const MOST_POLICIES: usize = 5;

/// Title, policies, version and date of a report. The date is what the caller says, because nothing here has a clock.
pub(super) struct Head {
    pub(super) title: String,
    policies: BTreeSet<String>,
    date: Option<Date>,
}

impl Head {
    pub(super) fn new(title: Option<&str>, date: Option<Date>, flows: &[Flow]) -> Self {
        let title = title.filter(|title| !title.trim().is_empty()).unwrap_or("Who can reach which external hosts");
        Self { title: title.to_owned(), policies: flows.iter().filter_map(|flow| flow.policy.clone()).collect(), date }
    }

    /// All but the title, in one line.
    pub(super) fn said(&self) -> String {
        let more = self.policies.len().saturating_sub(MOST_POLICIES);
        let named: Vec<&str> = self.policies.iter().take(MOST_POLICIES).map(String::as_str).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let policies = match named.len() {
            0 => "without policies".to_owned(),
            1 => format!("policy {}", named.join(", ")),
            _ => format!("policies {}{more}", named.join(", ")),
        };
        let date = self.date.map(|date| format!(", {date}")).unwrap_or_default();
        format!("{policies}; made by egressc {}{date}", env!("CARGO_PKG_VERSION"))
    }
}

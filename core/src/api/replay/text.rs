//! The result for a terminal. Whatever a log contains is data, so each line is made printable.

use std::fmt::Write;

use super::comparison::name;
use super::types::{AuditedLines, Logged, ReplayResponse, ReplayResult};
use crate::api::Trace;
use crate::api::trace::{decided, in_short};
use crate::diagnostic::shown::on_one_line;
use crate::trace::Stop;

pub(super) fn text(response: &ReplayResponse) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let mut say = |line: &str| {
        let _ = writeln!(out, "{}", on_one_line(line));
    };
    for row in &response.rows {
        let request = if row.request.is_empty() { String::new() } else { format!(": {}", row.request) };
        say(&format!("{} {}:{}{request}", word(row.result), row.log, row.line));
        if let Some(trace) = &row.trace {
            say(&format!("  verdict  {}", verdict(trace)));
            // Where the verdict is right, one place is enough.
            let most = if row.result == ReplayResult::Agree { 1 } else { trace.decided_by.len() };
            for place in trace.decided_by.iter().take(most).map(decided) {
                say(&format!("           {place}"));
            }
        }
        if let Some(logged) = &row.logged {
            say(&format!("  log      {}", logged.in_words()));
        }
        if !row.reason.is_empty() {
            say(&format!("  because  {}", row.reason));
        }
    }
    for reason in &response.reasons {
        say(&format!("{} in {}: {}", word(reason.result), lines(reason.lines), reason.reason));
    }
    for AuditedLines { policy, rule, lines: number } in &response.audited {
        let number = lines(*number);
        say(&format!("audit in {number}: rule `{rule}` of `{policy}` is in audit mode, and would block the requests"));
    }
    say(&format!(
        "{} agree, {} differ, {} unknown, {} left out",
        response.agree, response.differ, response.unknown, response.left_out
    ));
    out
}

fn lines(number: usize) -> String {
    if number == 1 { "1 line".to_owned() } else { format!("{number} lines") }
}

fn word(result: ReplayResult) -> &'static str {
    match result {
        ReplayResult::Agree => "agree",
        ReplayResult::Differ => "differ",
        ReplayResult::Unknown => "unknown",
        ReplayResult::LeftOut => "left out",
    }
}

/// The verdict, with what a line could show of it.
fn verdict(trace: &Trace) -> String {
    let mut words = vec![in_short(trace)];
    for hop in trace.hops.iter().filter(|hop| hop.at != Stop::Origin) {
        let at = name(hop.at);
        let route = hop.route.as_ref().filter(|route| !route.is_empty());
        words.extend(route.map(|route| format!("route {route} of the {at}")));
        words.extend(hop.cluster.as_ref().map(|cluster| format!("cluster {cluster} of the {at}")));
    }
    words.join(", ")
}

impl Logged {
    fn in_words(&self) -> String {
        let status = self.status.map_or_else(|| "no status".to_owned(), |status| format!("status {status}"));
        let fields = [
            ("flags", &self.response_flags),
            ("details", &self.details),
            ("cluster", &self.upstream_cluster),
            ("route", &self.route),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_deref()?)));
        std::iter::once(status).chain(fields).collect::<Vec<_>>().join(", ")
    }
}

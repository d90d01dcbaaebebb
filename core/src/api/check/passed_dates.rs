//! Rules of policies whose last day has passed.

use crate::api::Workspace;
use crate::diagnostic::{Diagnostic, Report, codes};

/// A warning for each rule whose `until` is before the day of the request. Without a day nothing is known of that.
pub(super) fn passed_dates(workspace: &Workspace) -> Report {
    let mut report = Report::default();
    let (Some(date), Some(set)) = (workspace.date(), workspace.policy_set()) else { return report };
    for rule in set.policies.iter().flat_map(|policy| &policy.rules) {
        let Some(until) = rule.accountability.until.as_ref().filter(|until| until.value < date) else { continue };
        let Some(first) = rule.destinations.first() else { continue };
        report.push(
            Diagnostic::new(
                &codes::UNTIL_PASSED,
                until.span,
                format!("rule `{}` was meant until {}, and is still compiled", first.name, until.value),
            )
            .note("`until` stands in reports, and does not end a rule")
            .help("remove the rule, or look at it again and set a later day"),
        );
    }
    report
}

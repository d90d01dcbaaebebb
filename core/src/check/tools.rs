//! Do the tools that a rule names limit the calls, or does another item of `allow` let all of them through?

use crate::diagnostic::{Diagnostic, Report, codes};
use crate::model::{Destination, PathPattern, PolicySet, RequestPattern};

pub(super) fn warn_about_open_tools(set: &PolicySet, report: &mut Report) {
    for destination in set.policies.iter().flat_map(|policy| &policy.rules).flat_map(|rule| &rule.destinations) {
        let allow = || destination.http.rules.allow.iter().flatten();
        let limited: Vec<&RequestPattern> = allow().filter(|pattern| pattern.mcp_method().is_some()).collect();
        let Some(open) = allow().find(|pattern| limited.iter().any(|tool| may_be_same(pattern, tool))) else {
            continue;
        };
        report.push(found(open, destination));
    }
}

fn found(open: &RequestPattern, destination: &Destination) -> Diagnostic {
    Diagnostic::new(
        &codes::TOOLS_OPEN,
        destination.http_span.unwrap_or(destination.span),
        format!(
            "{} in `allow` of `{}` lets every call of MCP through, and another item names tools or methods",
            open.describe(),
            destination.name
        ),
    )
    .note("items of `allow` add up: a request may be sent if one of them matches")
    .note("a header of `headers` that is sent twice may match by one of its values")
    .help("use `mcpMethods` for other methods of MCP, other `paths`, or other `methods` than POST")
}

/// Whether a pattern that names no method of MCP may match what the other one limits.
fn may_be_same(pattern: &RequestPattern, tool: &RequestPattern) -> bool {
    let posts = pattern.methods.is_empty() || pattern.methods.contains("POST");
    pattern.mcp_method().is_none() && posts && paths_meet(pattern, tool)
}

/// Whether some path may match both.
fn paths_meet(a: &RequestPattern, b: &RequestPattern) -> bool {
    let is_met = |path: &PathPattern| b.paths.iter().any(|other| path.may_meet(other));
    a.paths.is_empty() || b.paths.is_empty() || a.paths.iter().any(is_met)
}

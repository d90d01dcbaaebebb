use egressc_core::api::Severity;
use serde_json::{Value, json};

use super::findings::{Finding, Findings};
use super::json::json as print;
use crate::exit::Failure;
use crate::inputs::identity;
use crate::terminal::printed;

/// A code quality report of GitLab.
pub(crate) fn gitlab(findings: &Findings<'_>) -> Result<String, Failure> {
    let issues: Vec<Value> = findings.iter().map(|finding| issue(&finding, findings.first_file())).collect();
    print(&issues)
}

fn issue(finding: &Finding<'_>, first_file: &str) -> Value {
    let severity = match finding.diagnostic.severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    // GitLab refuses the whole report for one issue without a file or a line.
    let (source, line) = finding.place().map_or((first_file, 1), |place| (&*place.source, place.start.line));
    json!({
        "description": printed(&finding.diagnostic.message),
        "check_name": format!("{} {}", finding.diagnostic.code, finding.diagnostic.slug),
        "fingerprint": finding.fingerprint,
        "severity": severity,
        "location": {"path": identity(source), "lines": {"begin": line}},
    })
}

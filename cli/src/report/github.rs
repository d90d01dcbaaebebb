use std::fmt::Write as _;

use egressc_core::api::Severity;

use super::findings::{Finding, Findings};
use crate::inputs::{STDIN, identity};
use crate::terminal::printed;

/// Workflow commands of GitHub Actions: one line for each finding, which becomes an annotation.
pub(crate) fn github(findings: &Findings<'_>) -> String {
    findings.iter().map(|finding| command(&finding) + "\n").collect()
}

fn command(finding: &Finding<'_>) -> String {
    let name = match finding.diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = String::new();
    // Without a file the annotation is one of the whole run.
    if let Some(place) = finding.place().filter(|place| place.source != STDIN) {
        let (start, end) = (place.start, place.end);
        let _ =
            write!(properties, "file={},line={},endLine={},", property(&identity(&place.source)), start.line, end.line);
        // GitHub has no columns for several lines.
        if start.line == end.line {
            let _ = write!(properties, "col={},", start.column);
        }
    }
    let title = format!("{} {}", finding.diagnostic.code, finding.diagnostic.slug);
    format!("::{name} {properties}title={}::{}", property(&title), data(&finding.text()))
}

/// Behind `::`, where a line break would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Before `::`, where `:` and `,` are borders too.
fn property(text: &str) -> String {
    data(&printed(text)).replace(':', "%3A").replace(',', "%2C")
}

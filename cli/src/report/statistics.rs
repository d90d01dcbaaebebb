use egressc_core::api::Severity;
use egressc_core::stages::diagnostic::Code;
use serde::Serialize;

/// How many diagnostics a code has.
#[derive(Serialize)]
pub(crate) struct Frequency {
    code: &'static str,
    slug: &'static str,
    severity: Severity,
    count: usize,
}

impl Frequency {
    pub(crate) fn of((code, count): &(&'static Code, usize)) -> Self {
        Self { code: code.id, slug: code.slug, severity: code.severity, count: *count }
    }
}

/// The most frequent code first.
pub(crate) fn table(mut counts: Vec<Frequency>) -> String {
    counts.sort_by_key(|row| (std::cmp::Reverse(row.count), row.code));
    let width = |cells: &mut dyn Iterator<Item = usize>| cells.max().unwrap_or_default();
    let number = width(&mut counts.iter().map(|row| row.count.to_string().len()));
    let slug = width(&mut counts.iter().map(|row| row.slug.len()));
    let line = |row: &Frequency| {
        let severity = match row.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!("{:>number$}  {}  {:slug$}  {severity}\n", row.count, row.code, row.slug)
    };
    counts.iter().map(line).collect()
}

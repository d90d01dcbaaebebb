use crate::diagnostic::{Diagnostic, Report};

/// So many problems of syntax in one source show that it is not meant for egressc. The limit bounds the memory.
const MOST: usize = 100;

/// The report, as long as one source may go on to fill it.
pub(super) struct Problems<'r> {
    report: &'r mut Report,
    count: usize,
}

impl<'r> Problems<'r> {
    pub(super) fn new(report: &'r mut Report) -> Self {
        Self { report, count: 0 }
    }

    pub(super) fn push(&mut self, problem: Diagnostic) {
        self.count = self.count.saturating_add(1);
        match self.count {
            ..MOST => self.report.push(problem),
            MOST => self.report.push(problem.note(format!("parsing stops here, after {MOST} problems in this source"))),
            _ => {}
        }
    }

    /// Whether it is time to stop.
    pub(super) fn full(&self) -> bool {
        self.count >= MOST
    }
}

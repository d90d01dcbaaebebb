use std::ops::Deref;

use crate::diagnostic::Report;

/// A value that has passed every rule. Only [`super::check`] makes one, and it cannot be changed afterwards.
///
/// ```compile_fail
/// let forged = egressc_core::check::Valid(1);
/// ```
#[derive(Debug, Clone)]
pub struct Valid<T>(T);

impl<T> Deref for Valid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Makes it, unless any stage so far has reported an error.
pub(super) fn seal<T>(value: T, report: &Report) -> Option<Valid<T>> {
    (!report.has_errors()).then_some(Valid(value))
}

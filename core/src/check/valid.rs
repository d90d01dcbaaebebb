use std::ops::Deref;

use crate::diagnostic::Report;

/// What has passed every rule. Only [`super::check`] makes one, and it cannot be changed afterwards.
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

/// An error of any stage so far keeps the door shut.
pub(super) fn seal<T>(value: T, report: &Report) -> Option<Valid<T>> {
    (!report.has_errors()).then_some(Valid(value))
}

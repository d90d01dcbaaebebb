//! What is wrong with policies, and with Istio objects that people wrote by hand; and what of it is shown.

mod codes_meant;
mod fixed;
mod judged;
mod object_name;
mod passed_dates;
mod selected;
mod suppressions;
mod types;

pub use codes_meant::{CodeSet, ignored, selected};
pub use fixed::{FixAt, Fixed, FixedFlows, LeftOut, fixed};
pub use judged::{Choice, InForce, is_configuration};
pub use object_name::ObjectName;
pub use selected::{Selected, check_selected};
pub use types::{CheckRequest, CheckResponse, Suppressed};

use super::{UsageError, Workspace};

/// Returns the diagnostics of [`crate::api::compile()`], without the resources, and what is wrong with the Istio objects that people wrote by
/// hand. There need not be a policy. Suppressions in annotations and in a `CheckConfiguration` are followed if the request has a
/// date.
///
/// ```
/// use egressc_core::api::{CheckRequest, Source, check};
///
/// let sources = vec![Source::text("policy.yaml", "kind: ASMEgressTrafficPolicy")];
/// let response = check(&CheckRequest { sources, ..CheckRequest::default() })?;
/// assert!(!response.ok);
/// assert_eq!(response.diagnostics[0].message, "the document has no `apiVersion`");
/// # Ok::<(), egressc_core::api::UsageError>(())
/// ```
///
/// # Errors
/// None so far. It returns a `Result` because the other calls do.
pub fn check(request: &CheckRequest) -> Result<CheckResponse, UsageError> {
    let CheckRequest { sources, date, position_encoding, render } = request;
    Ok(Workspace::load(sources).at(*date).position_encoding(*position_encoding).rendering(*render).check())
}

impl Workspace {
    /// Whether the policies compile and what is wrong with the user's own objects, as in [`check()`].
    ///
    /// ```
    /// use egressc_core::api::{Source, Workspace};
    ///
    /// let nothing = Workspace::load(&[]).check();
    /// assert_eq!(nothing.diagnostics[0].message, "the input contains no ASMEgressTrafficPolicy and no EgressPolicy");
    /// ```
    pub fn check(&self) -> CheckResponse {
        check_selected(self, &Choice::default()).response
    }
}

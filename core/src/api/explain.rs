use super::{ExplainRequest, ExplainResponse, UsageError};
use crate::diagnostic::codes;

/// Returns the meaning of a diagnostic code.
///
/// # Errors
/// If there is no such code or slug.
pub fn explain(request: &ExplainRequest) -> Result<ExplainResponse, UsageError> {
    let code = codes::find(request.code.trim()).ok_or_else(|| UsageError::UnknownCode(request.code.clone()))?;
    Ok(ExplainResponse {
        code: code.id.to_owned(),
        slug: code.slug.to_owned(),
        severity: code.severity,
        summary: code.summary.to_owned(),
        page: code.page.to_owned(),
    })
}

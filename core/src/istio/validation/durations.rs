//! How long Istio lets durations be.

pub(super) use crate::resource::duration::nanoseconds;

/// `ValidateDuration` of pkg/config/validation/agent/validation.go, and the CRD's `duration(self) >= duration('1ms')`.
pub(super) fn whole_milliseconds(text: &str) -> Result<(), String> {
    match nanoseconds(text) {
        None => Err(format!("`{text}` is not a duration")),
        Some(time) if time < 1_000_000 => Err(format!("`{text}` is shorter than 1ms")),
        Some(time) if time.rem_euclid(1_000_000) != 0 => Err(format!("`{text}` is not a whole number of milliseconds")),
        Some(_) => Ok(()),
    }
}

/// The same, where less than 1ms switches the limit off.
pub(super) fn whole_milliseconds_or_none(text: &str) -> Result<(), String> {
    match nanoseconds(text) {
        Some(time) if time.checked_div(1_000_000) == Some(0) => Ok(()),
        _ => whole_milliseconds(text),
    }
}

//! How a run ends.

/// What a run tells the one who started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Answered, warnings included.
    Answered = 0,
    /// The policies are refused.
    Refused = 1,
    /// The call is wrong, or something could not be read or written.
    Failed = 2,
}

impl ExitStatus {
    /// Answered, or refused when something does not hold.
    pub(crate) fn of(ok: bool) -> Self {
        if ok { Self::Answered } else { Self::Refused }
    }

    /// The status as a number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Why a command could not answer: lines for people, each about one thing.
pub(crate) type Failure = Vec<String>;

/// A call that the core does not take, or an answer that cannot be written.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn failed(error: impl ToString) -> Failure {
    vec![error.to_string()]
}

//! Choices that bytes make: the same bytes, the same choices.

/// Bytes, of which each choice takes some. After the last one every choice is the first of its possibilities.
pub(super) struct Choices<'a> {
    bytes: &'a [u8],
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// A number below another one; 0 if there is none.
    pub(super) fn of(&mut self, number: usize) -> usize {
        let mut byte = || {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            Some(usize::from(*first))
        };
        // A second byte only where one is not enough, so that a small change of the bytes is a small change of the choices.
        let first = byte().unwrap_or_default();
        let chosen =
            if number > 256 { first.saturating_mul(256).saturating_add(byte().unwrap_or_default()) } else { first };
        chosen.checked_rem(number).unwrap_or_default()
    }

    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let index = self.of(from.len());
        from.get(index)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.bytes)
    }
}

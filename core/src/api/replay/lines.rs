//! The lines of a log that comes in pieces of any size.

use crate::api::log_line::MOST_BYTES;

/// A line, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'l> {
    Bytes(&'l [u8]),
    /// It has more bytes than a line of an access log, and they are not kept.
    TooLong,
}

/// Puts the pieces of a log together to lines. It keeps at most one line, of at most [`MOST_BYTES`].
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    is_too_long: bool,
}

impl Lines {
    /// Takes the next piece, and passes on each line that it ends.
    pub(super) fn read(&mut self, piece: &[u8], each: &mut dyn FnMut(Line<'_>)) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                None => self.keep(part),
                // Most lines are in one piece, and need no copy.
                Some(line) if self.begun.is_empty() && !self.is_too_long && line.len() <= MOST_BYTES => {
                    each(Line::Bytes(line));
                }
                Some(rest) => {
                    self.keep(rest);
                    self.end(each);
                }
            }
        }
    }

    /// The log is over: passes on a last line that has no line end.
    pub(super) fn end(&mut self, each: &mut dyn FnMut(Line<'_>)) {
        if self.is_too_long {
            each(Line::TooLong);
        } else if !self.begun.is_empty() {
            each(Line::Bytes(&self.begun));
        }
        self.begun.clear();
        self.is_too_long = false;
    }

    fn keep(&mut self, part: &[u8]) {
        if self.is_too_long || self.begun.len().saturating_add(part.len()) > MOST_BYTES {
            self.is_too_long = true;
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        let mut keep = |line: Line<'_>| match line {
            Line::Bytes(bytes) => found.push(Some(bytes.to_vec())),
            Line::TooLong => found.push(None),
        };
        for piece in pieces {
            lines.read(piece, &mut keep);
        }
        lines.end(&mut keep);
        found
    }

    #[test]
    fn lines_are_the_same_in_all_pieces() {
        let long = vec![b'x'; MOST_BYTES + 1];
        let text = [b"one\n\ntwo\r\n".as_slice(), &long, b"\nthree\nfour"].concat();
        let whole = read(&[&text]);
        let expected = [Some("one"), Some(""), Some("two\r"), None, Some("three"), Some("four")];
        assert_eq!(whole, expected.map(|line| line.map(|text| text.as_bytes().to_vec())));
        for size in [1, 2, 3, 7, 1000, MOST_BYTES] {
            assert_eq!(read(&text.chunks(size).collect::<Vec<_>>()), whole, "{size}");
        }
    }

    #[test]
    fn a_line_of_the_largest_size_is_read() {
        let line = vec![b'x'; MOST_BYTES];
        assert_eq!(read(&[&line, b"\n"]), [Some(line.clone())]);
        assert_eq!(read(&[&line, b"x\n"]), [None]);
    }

    #[test]
    fn an_endless_line_takes_no_memory() {
        let mut lines = Lines::default();
        for _ in 0..1000 {
            lines.read(&[0; 4096], &mut |line| panic!("{line:?}"));
            assert!(lines.begun.capacity() <= 2 * MOST_BYTES);
        }
    }
}

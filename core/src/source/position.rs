use serde::{Deserialize, Serialize};

/// In which units columns and offsets are counted.
///
/// A caller asks for the unit its own strings are indexed in, so that it can slice them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PositionEncoding {
    /// Bytes: Rust, Go, and the command line's JSON.
    #[default]
    Utf8,
    /// UTF-16 code units: JavaScript, Java, and editors.
    Utf16,
    /// Code points: Python and Ruby.
    Utf32,
}

/// One place in a text, for people and editors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// Line, counted from 1.
    pub line: u32,
    /// Column in the line, counted from 1, in the units asked for.
    pub column: u32,
    /// Offset in the text, counted from 0, in the units asked for.
    pub offset: u32,
}

/// Where lines begin, and some places that are known in all three encodings, so that a lookup reads little of the text.
#[derive(Debug, Clone)]
pub struct LineIndex {
    /// The byte at which each line begins. Short, since a text may be nothing but line breaks.
    lines: Vec<u32>,
    /// Places at most [`STEP`] bytes and a character apart: a text may be one long line.
    marks: Vec<Units>,
}

/// Bytes between two marks.
const STEP: usize = 1024;

/// How much text lies before a place, in each encoding.
#[derive(Debug, Clone, Copy, Default)]
struct Units {
    utf8: usize,
    utf16: usize,
    utf32: usize,
}

impl Units {
    fn after(self, c: char) -> Self {
        Self {
            utf8: self.utf8.saturating_add(c.len_utf8()),
            utf16: self.utf16.saturating_add(c.len_utf16()),
            utf32: self.utf32.saturating_add(1),
        }
    }

    fn count(self, encoding: PositionEncoding) -> usize {
        match encoding {
            PositionEncoding::Utf8 => self.utf8,
            PositionEncoding::Utf16 => self.utf16,
            PositionEncoding::Utf32 => self.utf32,
        }
    }
}

impl LineIndex {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut lines = vec![0];
        let mut marks = vec![Units::default()];
        let mut here = Units::default();
        for c in text.chars() {
            here = here.after(c);
            if marks.last().is_none_or(|mark| here.utf8.saturating_sub(mark.utf8) >= STEP) {
                marks.push(here);
            }
            if c == '\n' {
                lines.push(short(here.utf8));
            }
        }
        Self { lines, marks }
    }

    /// The place of a byte offset in the text that this index was made of.
    ///
    /// An offset past the end gives the end.
    pub fn position(&self, text: &str, offset: u32, encoding: PositionEncoding) -> Position {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let start = self.units(text, start).count(encoding);
        let here = self.units(text, offset).count(encoding);
        Position { line: short(line), column: short(here.saturating_sub(start)).saturating_add(1), offset: short(here) }
    }

    /// How much text lies before a byte offset.
    fn units(&self, text: &str, offset: u32) -> Units {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let mark = self.marks.partition_point(|mark| mark.utf8 <= offset).saturating_sub(1);
        let mut here = self.marks.get(mark).copied().unwrap_or_default();
        // Mostly bytes are characters.
        if let Some(between) = text.get(here.utf8..offset).filter(|between| between.is_ascii()) {
            let count = between.len();
            return Units {
                utf8: here.utf8.saturating_add(count),
                utf16: here.utf16.saturating_add(count),
                utf32: here.utf32.saturating_add(count),
            };
        }
        for c in text.get(here.utf8..).unwrap_or("").chars() {
            let next = here.after(c);
            if next.utf8 > offset {
                break;
            }
            here = next;
        }
        here
    }
}

/// Offsets and lines are counted in 32 bits; no source is that long.
fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_in_three_encodings() {
        let text = "a: é\nb: 日𝄞 c\n";
        let index = LineIndex::new(text);
        let at = u32::try_from(text.find('c').unwrap()).unwrap();
        let place = |encoding| {
            let p = index.position(text, at, encoding);
            (p.line, p.column, p.offset)
        };
        assert_eq!(place(PositionEncoding::Utf8), (2, 12, 17));
        assert_eq!(place(PositionEncoding::Utf16), (2, 8, 12));
        assert_eq!(place(PositionEncoding::Utf32), (2, 7, 11));
    }

    #[test]
    fn every_place_of_a_long_line_of_mixed_width() {
        let text = "aé日𝄞".repeat(1000);
        let index = LineIndex::new(&text);
        for (count, (offset, _)) in text.char_indices().enumerate().step_by(37) {
            let at = u32::try_from(offset).unwrap();
            assert_eq!(index.position(&text, at, PositionEncoding::Utf32).offset, u32::try_from(count).unwrap());
            assert_eq!(index.position(&text, at, PositionEncoding::Utf8).column, at + 1);
        }
    }

    #[test]
    fn past_the_end_is_the_end() {
        let index = LineIndex::new("ab\n");
        assert_eq!(index.position("ab\n", 99, PositionEncoding::Utf8), Position { line: 2, column: 1, offset: 3 });
    }
}

//! How large RE2 makes a regular expression.

/// The most instructions that Envoy takes as Istio starts it (`re2.max_program_size.error_level` in `pkg/bootstrap/config.go`).
const MOST: usize = 32_768;

/// Instructions for one character of any alphabet, for a class of an alphabet, and for any other.
const ANY: usize = 16;
const ALPHABET: usize = 2_000;
const ONE: usize = 4;

/// Whether Envoy may refuse an expression because of its size. The estimate is never too small for an expression that RE2 can
/// read, and it is far above the size of those that people write.
pub(super) fn may_be_too_large(expression: &str) -> bool {
    let mut estimate = Estimate::default();
    let mut rest = expression;
    while let Some(next) = rest.chars().next() {
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
        match next {
            '(' => estimate.outer.push(std::mem::take(&mut estimate.group)),
            ')' => estimate.close(),
            '[' => {
                let end = class_end(rest);
                estimate.put(size_of_class(rest.get(..end).unwrap_or(rest)));
                rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
            }
            '\\' => {
                let (size, length) = escape(rest);
                estimate.put(size);
                rest = rest.get(length..).unwrap_or_default();
            }
            '{' => {
                let (counts, behind) = rest.split_once('}').unwrap_or_default();
                let most = counts.split(',').filter_map(|count| count.trim().parse::<usize>().ok()).max();
                if let Some(most) = most {
                    estimate.repeat(most.saturating_add(1));
                    rest = behind;
                }
            }
            '.' => estimate.put(ANY),
            '*' | '+' | '?' | '|' => estimate.add(ONE),
            c => estimate.put(ONE.saturating_mul(c.len_utf8())),
        }
    }
    estimate.whole() > MOST
}

#[derive(Debug, Default)]
struct Estimate {
    /// Groups around the one that is read.
    outer: Vec<Group>,
    group: Group,
}

/// The sizes of what stands in a group: of all but its last part, and of that.
#[derive(Debug, Default)]
struct Group {
    before: usize,
    last: usize,
}

impl Group {
    fn whole(&self) -> usize {
        self.before.saturating_add(self.last)
    }
}

impl Estimate {
    fn put(&mut self, size: usize) {
        self.group.before = self.group.whole();
        self.group.last = size;
    }

    fn add(&mut self, size: usize) {
        self.group.before = self.group.before.saturating_add(size);
    }

    fn repeat(&mut self, times: usize) {
        self.group.last = self.group.last.saturating_mul(times);
    }

    fn close(&mut self) {
        let size = self.group.whole().saturating_add(ONE);
        self.group = self.outer.pop().unwrap_or_default();
        self.put(size);
    }

    fn whole(&self) -> usize {
        self.outer.iter().map(Group::whole).fold(self.group.whole(), usize::saturating_add)
    }
}

fn size_of_class(class: &str) -> usize {
    let has = |text: &str| class.contains(text);
    let widest = match () {
        () if has("\\p") || has("\\P") => ALPHABET,
        () if class.starts_with('^') || !class.is_ascii() => ANY,
        () => ONE,
    };
    class.len().saturating_mul(ONE).saturating_add(widest)
}

/// The size of what an escape stands for, and the length of its name: a letter, or of an alphabet a word in braces.
fn escape(name: &str) -> (usize, usize) {
    let mut letters = name.chars();
    match letters.next() {
        Some('p' | 'P') => {
            let braces = letters.as_str().starts_with('{').then(|| name.find('}')).flatten();
            let letter = letters.next().map_or(0, char::len_utf8);
            (ALPHABET, braces.unwrap_or(letter).saturating_add(1))
        }
        Some('D' | 'S' | 'W' | 'C') => (ANY, 1),
        other => (ONE.saturating_mul(4), other.map_or(0, char::len_utf8)),
    }
}

/// Where the bracket of a class closes: the first one does not, right behind the opening, nor does an escaped one.
fn class_end(class: &str) -> usize {
    let first = class.strip_prefix('^').unwrap_or(class);
    let skipped = class.len().saturating_sub(first.len());
    let mut is_escaped = false;
    for (at, c) in first.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ']' if at > 0 => return skipped.saturating_add(at),
            _ => {}
        }
    }
    class.len()
}

#[cfg(test)]
mod tests {
    use super::may_be_too_large;

    #[test]
    fn expressions_that_people_write_are_small() {
        for expression in [
            "",
            "/a.*",
            "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*",
            "^(https?|wss?)://[^/\\s?#]{1,255}$",
            "/v[0-9]{1,3}/(users|orders)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            ".{1,1000}",
            "(?i)(a|b|c){3}",
            "a{b",
            "[]a]{2}",
            &"(foo|bar|baz)/".repeat(70),
        ] {
            assert!(!may_be_too_large(expression), "{expression}");
        }
    }

    /// The sizes are those of RE2, and the estimate is not below them.
    #[test]
    fn large_ones_are_found() {
        for expression in [
            "\\pL{100}",
            "\\p{Greek}{100}",
            "[\\p{L}0-9]{100}",
            "(abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz){1000}",
            "((a{10}b{10}){10}c{10}){10}.{1000}.{1000}",
            "[^a]{1000}[^b]{1000}[^c]{1000}",
        ] {
            assert!(may_be_too_large(expression), "{expression}");
        }
    }
}

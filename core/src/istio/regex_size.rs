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
    // The sizes of the groups that are open, each with the size of its last part.
    let mut groups: Vec<Group> = vec![Group::default()];
    let mut rest = expression.chars();
    while let Some(next) = rest.next() {
        let last = groups.last_mut();
        match next {
            '(' => groups.push(Group::default()),
            ')' => {
                let closed = groups.pop().unwrap_or_default().whole();
                if groups.is_empty() {
                    groups.push(Group::default());
                }
                groups.last_mut().into_iter().for_each(|group| group.put(closed.saturating_add(ONE)));
            }
            '[' => {
                let class = rest.as_str();
                let end = class_end(class);
                let inside = class.get(..end).unwrap_or(class);
                let is_wide = inside.starts_with('^') || !inside.is_ascii() || inside.contains("\\p");
                let of_class = inside.len().saturating_mul(ONE);
                let size = if inside.contains("\\p") || inside.contains("\\P") { ALPHABET } else { ANY };
                last.into_iter().for_each(|group| group.put(of_class.saturating_add(if is_wide { size } else { ONE })));
                rest = class.get(end.saturating_add(1)..).unwrap_or_default().chars();
            }
            '\\' => {
                let size = match rest.next() {
                    Some('p' | 'P') => {
                        // Its name is a letter, or stands in braces.
                        let name = rest.as_str();
                        let length = if name.starts_with('{') { name.find('}') } else { Some(0) };
                        let behind = name.char_indices().find(|(at, _)| length.is_some_and(|length| *at > length));
                        rest = behind.and_then(|(at, _)| name.get(at..)).unwrap_or_default().chars();
                        ALPHABET
                    }
                    Some('D' | 'S' | 'W' | 'C') => ANY,
                    _ => ONE.saturating_mul(4),
                };
                last.into_iter().for_each(|group| group.put(size));
            }
            '{' => {
                let (counts, behind) = rest.as_str().split_once('}').unwrap_or_default();
                let most = counts.split(',').filter_map(|count| count.trim().parse::<usize>().ok()).max();
                if let Some(most) = most {
                    last.into_iter().for_each(|group| group.repeat(most.saturating_add(1)));
                    rest = behind.chars();
                }
            }
            '.' => last.into_iter().for_each(|group| group.put(ANY)),
            '*' | '+' | '?' | '|' => last.into_iter().for_each(|group| group.before = group.before.saturating_add(ONE)),
            c => last.into_iter().for_each(|group| group.put(ONE.saturating_mul(c.len_utf8()))),
        }
    }
    groups.into_iter().map(Group::whole).fold(0, usize::saturating_add) > MOST
}

#[derive(Debug, Default)]
struct Group {
    before: usize,
    last: usize,
}

impl Group {
    fn put(&mut self, size: usize) {
        self.before = self.before.saturating_add(self.last);
        self.last = size;
    }

    fn repeat(&mut self, times: usize) {
        self.last = self.last.saturating_mul(times);
    }

    fn whole(self) -> usize {
        self.before.saturating_add(self.last)
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

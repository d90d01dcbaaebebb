//! Durations, as Go reads them.

/// `time.ParseDuration`: numbers with units, such as `1h30m` or `1.5s`.
pub(crate) fn nanoseconds(text: &str) -> Option<i64> {
    const UNITS: [(&str, u64); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("\u{b5}s", 1_000),
        ("\u{3bc}s", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').map(|end| rest.split_at(end))?;
        let unit = number.1.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(number.1.len());
        let (unit, behind) = number.1.split_at(unit);
        let (whole, fraction) = number.0.split_once('.').unwrap_or((number.0, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let size = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let mut part = whole.checked_mul(size)?;
        let mut digit = size;
        for byte in fraction.bytes() {
            digit = digit.checked_div(10)?;
            part = part.checked_add(digit.checked_mul(u64::from(byte.checked_sub(b'0')?))?)?;
        }
        total = total.checked_add(part)?;
        rest = behind;
    }
    let total = i64::try_from(total).ok()?;
    Some(if negative { total.saturating_neg() } else { total })
}

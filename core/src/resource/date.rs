//! A day of the calendar. What a day changes is asked of the caller: the core has no clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day, in the form `2027-03-31`. Days are in the order of time.
///
/// ```
/// use egressc_core::api::Date;
///
/// let day: Date = "2027-03-31".parse()?;
/// assert!(day > "2026-12-01".parse()? && day.to_string() == "2027-03-31");
/// assert!("2027-02-29".parse::<Date>().is_err());
/// assert_eq!(Date::of_unix_time(1_800_000_000).to_string(), "2027-01-15");
/// # Ok::<(), egressc_core::api::NotADate>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Why a text is no [`Date`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADate;

impl fmt::Display for NotADate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date is written as a year, a month and a day, for example `2027-03-31`")
    }
}

impl std::error::Error for NotADate {}

impl Date {
    /// The day of a time, in UTC: `seconds` since the beginning of 1970. After the year 9999 it is the last day of that year.
    pub fn of_unix_time(seconds: u64) -> Self {
        let mut days = seconds / (24 * 60 * 60);
        for year in 1970..=9999 {
            for month in 1..=12 {
                let length = u64::from(days_of(year, month));
                if days < length {
                    let day = u8::try_from(days.saturating_add(1)).unwrap_or(u8::MAX);
                    return Self { year, month, day };
                }
                days = days.saturating_sub(length);
            }
        }
        Self { year: 9999, month: 12, day: 31 }
    }
}

fn days_of(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let is_shape = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), true) = (parts.next(), parts.next(), parts.next(), is_shape) else {
            return Err(NotADate);
        };
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return Err(NotADate) };
        let is_day = (1..=12).contains(&month) && day >= 1 && day <= days_of(year, month);
        if is_day { Ok(Self { year, month, day }) } else { Err(NotADate) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_dates() {
        for day in ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "2026-11-30"] {
            assert_eq!(day.parse::<Date>().map(|date| date.to_string()).as_deref(), Ok(day));
        }
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-00-10",
            "2026-11-31",
            "2026-11-00",
            "1900-02-29",
            "2026-1-01",
            "+026-11-01",
            "2026-11-01 ",
            "2026/11/01",
            "２０２６-11-01",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_of_a_clock() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"),
            (4_107_542_400, "2100-03-01"),
            (u64::MAX, "9999-12-31"),
        ] {
            assert_eq!(Date::of_unix_time(seconds).to_string(), day);
        }
    }
}

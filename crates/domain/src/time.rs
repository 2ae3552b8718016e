//! Instants, dates and the books' time zone. The clock itself is always a parameter.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::refusal::Refusal;

/// The zone of the books: receipt years, booking dates and everything that a person reads.
pub static SHANGHAI: TimeZone = jiff::tz::get!("Asia/Shanghai");

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// The moment so many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000_000)
    }

    /// Whole milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The calendar date in Shanghai: the date that a ledger entry or a receipt bears.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.zoned().date())
    }

    /// The wall clock in Shanghai, `2026-11-22 16:05`.
    #[must_use]
    pub fn minute(self) -> String {
        self.zoned().strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// RFC 3339 in UTC, as machines read it.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp().to_string()
    }

    /// The same moment as the time library has it.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        // Out-of-range values come only from a damaged row; the edge of time shows as such.
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::MAX)
    }

    fn zoned(self) -> jiff::Zoned {
        self.timestamp().to_zoned(SHANGHAI.clone())
    }
}

/// A calendar date, stored and printed as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub civil::Date);

impl Date {
    /// The date, or [`Refusal::DateImpossible`].
    ///
    /// # Errors
    /// When the calendar has no such day.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Refusal> {
        civil::Date::new(year, month, day).map(Self).map_err(|_| Refusal::DateImpossible)
    }

    /// The year, as receipts count it.
    #[must_use]
    pub fn year(self) -> i32 {
        i32::from(self.0.year())
    }

    /// The month that the books close: `YYYY-MM`.
    #[must_use]
    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }

    /// The day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }

    /// Days since 1970-01-01, as the search index counts them.
    #[must_use]
    pub fn days(self) -> i32 {
        self.0.duration_since(civil::date(1970, 1, 1)).as_hours() as i32 / 24
    }

    /// The day so many days after 1970-01-01; none outside the calendar.
    #[must_use]
    pub fn from_days(days: i32) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        civil::date(1970, 1, 1).checked_add(span).ok().map(Self)
    }

    /// The moment at which this date begins in Shanghai.
    #[must_use]
    pub fn start(self) -> Instant {
        let zoned = self.0.to_zoned(SHANGHAI.clone());
        Instant(zoned.map_or(i64::MAX, |z| z.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for Date {
    type Err = Refusal;

    /// Reads `YYYY-MM-DD` only.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut parts = text.splitn(3, '-');
        let (Some(y), Some(m), Some(d)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Refusal::DateUnreadable);
        };
        if text.len() != 10 || y.len() != 4 || m.len() != 2 || d.len() != 2 {
            return Err(Refusal::DateUnreadable);
        }
        let number = |part: &str| part.parse::<i16>().map_err(|_| Refusal::DateUnreadable);
        let (month, day) = (number(m)? as i8, number(d)? as i8);
        Self::new(number(y)?, month, day)
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|_| serde::de::Error::custom("expected YYYY-MM-DD"))
    }
}

/// A month of the books, printed as `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        Date(civil::Date::constant(self.year, self.month, 1))
    }

    /// The month after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self.month {
            12 => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl std::str::FromStr for Month {
    type Err = Refusal;

    /// Reads `YYYY-MM` only.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        format!("{text}-01").parse::<Date>().map(Date::month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_year_turns_at_midnight_in_shanghai() {
        let last = Date::new(2026, 12, 31).unwrap();
        let midnight = Date::new(2027, 1, 1).unwrap().start();
        assert_eq!(Instant(midnight.0 - 1).date(), last);
        assert_eq!(midnight.date().year(), 2027);
        assert_eq!(midnight.rfc3339(), "2026-12-31T16:00:00Z");
        assert_eq!(midnight.minute(), "2027-01-01 00:00");
    }

    #[test]
    fn only_real_dates() {
        assert_eq!("2015-02-29".parse::<Date>(), Err(Refusal::DateImpossible));
        assert_eq!("2015-2-9".parse::<Date>(), Err(Refusal::DateUnreadable));
        assert_eq!("去年春节".parse::<Date>(), Err(Refusal::DateUnreadable));
        assert_eq!("2026-12".parse::<Month>().unwrap().next().to_string(), "2027-01");
    }

    proptest! {
        #[test]
        fn a_date_reads_back(days in 0i64..40_000) {
            let date = Instant(days * 86_400_000_000).date();
            prop_assert_eq!(date.to_string().parse::<Date>(), Ok(date));
            prop_assert_eq!(date.start().date(), date);
        }
    }
}

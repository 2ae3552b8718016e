//! Reading the day of a gift from an old list.

use jiff::civil;

use super::reason::{BadReason, excerpt};
use crate::text::half_width;
use crate::time::{Date, Instant, SHANGHAI};

/// The day of a past gift, and its time where the list has one; both by the clock in Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// The day.
    pub date: Date,
    /// The time of day, to the second.
    pub time: Option<civil::Time>,
}

impl When {
    /// The moment: the time of day where it is known, else the beginning of the day.
    #[must_use]
    pub fn instant(self) -> Instant {
        let zoned = self.time.and_then(|time| self.date.0.to_datetime(time).to_zoned(SHANGHAI.clone()).ok());
        zoned.map_or_else(|| self.date.start(), |z| Instant(z.timestamp().as_microsecond()))
    }
}

/// The day in a cell: `2019/1/3`, `2019-01-05`, `2019.01.11`, `2019年1月3日`, `20190106`, each with an optional
/// time (`11:59`, `8:05:30`) behind it.
///
/// The year always has four digits and comes first, so that no order of day and month is guessed.
///
/// # Errors
/// The reason, with the cell as it was written.
pub fn read_when(cell: &str) -> Result<When, BadReason> {
    let plain = half_width(cell);
    let text = plain.trim();
    if text.is_empty() {
        return Err(BadReason::DateMissing);
    }
    let unreadable = || BadReason::DateUnreadable(excerpt(cell));
    let (day, clock) = match text.split_once([' ', 'T']) {
        Some((day, clock)) => (day, Some(clock.trim_start())),
        None => (text, None),
    };
    let (year, month, of_month) = year_month_day(day).ok_or_else(unreadable)?;
    let time = match clock {
        Some(clock) => Some(read_time(clock).ok_or_else(unreadable)?),
        None => None,
    };
    let date = Date::new(year, month, of_month).map_err(|_| BadReason::DateImpossible(excerpt(cell)))?;
    Ok(When { date, time })
}

fn year_month_day(text: &str) -> Option<(i16, i8, i8)> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?));
    }
    let (year, month, day) = if let Some((year, rest)) = text.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        (year, month, day.strip_suffix(['日', '号'])?)
    } else {
        let separator = text.chars().find(|c| matches!(c, '/' | '-' | '.'))?;
        let (year, rest) = text.split_once(separator)?;
        let (month, day) = rest.split_once(separator)?;
        (year, month, day)
    };
    let short = |part: &str| (1..=2).contains(&part.len()).then(|| digits(part)).flatten();
    let year = if year.len() == 4 { digits(year)? } else { return None };
    Some((year, i8::try_from(short(month)?).ok()?, i8::try_from(short(day)?).ok()?))
}

fn read_time(text: &str) -> Option<civil::Time> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    if parts.next().is_some() || !(1..=2).contains(&hour.len()) || minute.len() != 2 || second.len() != 2 {
        return None;
    }
    let part = |text: &str| digits(text).and_then(|n| i8::try_from(n).ok());
    civil::Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
}

/// A number of ASCII digits only: `parse` alone would take a sign.
fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: i16, month: i8, day: i8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn the_ways_of_writing() {
        for cell in [
            "2019/1/3",
            "2019/01/03",
            "2019-01-03",
            "2019.01.03",
            "2019.1.3",
            "20190103",
            "2019年1月3日",
            "2019年01月03日",
            "２０１９年１月３日",
            "２０１９／１／３",
            " 2019-1-3\u{3000}",
        ] {
            assert_eq!(read_when(cell), Ok(When { date: day(2019, 1, 3), time: None }), "{cell}");
        }
        let noon = When { date: day(2019, 1, 3), time: Some(civil::time(11, 59, 0, 0)) };
        for cell in ["2019/01/03 11:59", "2019-01-03T11:59:00", "2019年1月3日  11：59"] {
            assert_eq!(read_when(cell), Ok(noon), "{cell}");
        }
        assert_eq!(noon.instant().minute(), "2019-01-03 11:59");
    }

    #[test]
    fn nothing_is_guessed() {
        for cell in [
            "去年春节",
            "43468",
            "19/1/3",
            "2019/1",
            "3/1/2019",
            "2019/1-3",
            "2019-1-3-4",
            "2019年1月",
            "201913",
            "2019年1月3",
            "2019/1/3 25:00",
            "2019/1/3 早上",
            "2019/1/3 9",
            "2019/+1/3",
            "2019/001/3",
            "2019 1 3",
            "2019/1/3 11:5",
            "2019/1/3 008:05",
        ] {
            assert_eq!(read_when(cell), Err(BadReason::DateUnreadable(cell.to_owned())), "{cell}");
        }
        for cell in ["2020/13/05", "2021-02-30", "20190229", "2019年0月1日", "2019/4/31 10:00", "0000/99/99"]
        {
            assert_eq!(read_when(cell), Err(BadReason::DateImpossible(cell.to_owned())), "{cell}");
        }
        assert_eq!(read_when(" "), Err(BadReason::DateMissing));
    }

    proptest! {
        #[test]
        fn every_way_of_writing_reads_back(days in 0i32..40_000, minutes in 0i16..1440) {
            let date = Instant(i64::from(days) * 86_400_000_000).date();
            let (y, m, d) = (date.0.year(), date.0.month(), date.0.day());
            let (hour, minute) = (minutes / 60, minutes % 60);
            let written = [
                format!("{y}/{m}/{d}"), format!("{y}/{m:02}/{d:02}"), format!("{y}-{m:02}-{d:02}"),
                format!("{y}.{m:02}.{d:02}"), format!("{y}年{m}月{d}日"), format!("{y}{m:02}{d:02}"),
            ];
            for cell in written {
                prop_assert_eq!(read_when(&cell), Ok(When { date, time: None }), "{}", cell);
                let timed = read_when(&format!("{cell} {hour}:{minute:02}"));
                let time = civil::Time::new(hour as i8, minute as i8, 0, 0).ok();
                prop_assert_eq!(timed, Ok(When { date, time }), "{}", cell);
            }
        }

        #[test]
        fn any_text_is_answered(cell in "\\PC*") {
            let _ = read_when(&cell);
        }

        #[test]
        fn near_dates_are_answered(cell in "[0-9/.年月日: T-]{0,20}") {
            let _ = read_when(&cell);
        }
    }
}

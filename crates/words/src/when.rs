//! Dates, moments and waits as people write them.

use domain::time::{Date, Instant};

use crate::Lang;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date in prose: `2026年11月22日`, `22 November 2026`.
#[must_use]
pub fn date(lang: Lang, date: Date) -> String {
    let (year, month, day) = (date.0.year(), date.0.month(), date.0.day());
    match lang {
        Lang::Zh => format!("{year}年{month}月{day}日"),
        Lang::En => {
            let name = usize::try_from(month - 1).ok().and_then(|place| MONTHS.get(place)).copied();
            format!("{day} {} {year}", name.unwrap_or_default())
        }
    }
}

/// A moment in prose, Shanghai time: `2026年11月22日 16:05`.
#[must_use]
pub fn minute(lang: Lang, at: Instant) -> String {
    let clock = at.minute();
    let hour = clock.split_once(' ').map_or("", |(_, hour)| hour);
    match lang {
        Lang::Zh => format!("{} {hour}", date(lang, at.date())),
        Lang::En => format!("{}, {hour}", date(lang, at.date())),
    }
}

/// How long to wait, rounded up: seconds below a minute, minutes below two hours, then hours.
#[must_use]
pub fn wait(lang: Lang, seconds: i64) -> String {
    let (count, zh, en) = match seconds.max(1) {
        seconds @ ..60 => (seconds, "秒", "second"),
        seconds @ ..7200 => ((seconds + 59) / 60, "分钟", "minute"),
        seconds => ((seconds + 3599) / 3600, "小时", "hour"),
    };
    match lang {
        Lang::Zh => format!("{count} {zh}"),
        Lang::En => format!("{count} {en}{}", if count == 1 { "" } else { "s" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_people_write_them() {
        let day = Date::new(2026, 1, 2).unwrap();
        assert_eq!(date(Lang::Zh, day), "2026年1月2日");
        assert_eq!(date(Lang::En, day), "2 January 2026");
        assert_eq!(minute(Lang::Zh, day.start()), "2026年1月2日 00:00");
        assert_eq!(minute(Lang::En, day.start()), "2 January 2026, 00:00");
    }

    #[test]
    fn waits_are_rounded_up() {
        assert_eq!(wait(Lang::Zh, 59), "59 秒");
        assert_eq!(wait(Lang::En, 61), "2 minutes");
        assert_eq!(wait(Lang::En, 60), "1 minute");
        assert_eq!(wait(Lang::Zh, 7201), "3 小时");
    }
}

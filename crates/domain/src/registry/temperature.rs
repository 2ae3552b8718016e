//! Temperatures: what a tank and a dry shipper must keep, and the log of a shipper as its logger writes it.

use crate::refusal::UnitRefusal;
use crate::time::{Instant, SHANGHAI};

/// The warmest that stored and shipped units may ever be, in tenths of a degree Celsius: −150 °C (NetCord-FACT
/// International Cord Blood Standards; 脐带血造血干细胞库技术规范: −196 °C, in vapour at most −150 °C).
pub const WARMEST_DC: i32 = -1500;

/// A tank that was warmer than it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excursion {
    /// The tank.
    pub tank: String,
    /// From when.
    pub from: Instant,
    /// Until when; `None` while it lasts.
    pub until: Option<Instant>,
    /// The warmest, in tenths of a degree Celsius.
    pub warmest_dc: i32,
    /// Whether somebody has found it harmless.
    pub harmless: bool,
}

/// A time that a compartment lay in a tank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay<'a> {
    /// The tank.
    pub tank: &'a str,
    /// From when.
    pub from: Instant,
    /// Until when; `None`: it lies there still.
    pub until: Option<Instant>,
}

impl Excursion {
    /// Whether it touched what lay there then, and nobody has found that harmless.
    #[must_use]
    pub fn spoils(&self, stay: &Stay<'_>) -> bool {
        let before = |end: Option<Instant>, start: Instant| end.is_none_or(|end| start < end);
        !self.harmless
            && self.warmest_dc > WARMEST_DC
            && self.tank == stay.tank
            && before(self.until, stay.from)
            && before(stay.until, self.from)
    }
}

/// Where a compartment lay: as the bank's versions `said`, oldest first, until our own people first `moved` it, and by
/// their moves from then on. What the bank said first counts from `frozen` on.
#[must_use]
pub fn stays_of<'a>(
    frozen: Instant,
    said: impl IntoIterator<Item = (Instant, &'a str)>,
    moved: &[(Instant, &'a str)],
) -> Vec<Stay<'a>> {
    let mut stays: Vec<Stay<'a>> = Vec::new();
    let taken_over = moved.first().map(|(at, _)| *at);
    for (at, tank) in said {
        if taken_over.is_some_and(|moved| at >= moved) && !stays.is_empty() {
            break;
        }
        match stays.last_mut() {
            Some(last) if last.tank == tank => {}
            Some(last) => {
                last.until = Some(at);
                stays.push(Stay { tank, from: at, until: None });
            }
            None => stays.push(Stay { tank, from: frozen, until: None }),
        }
    }
    for (at, tank) in moved {
        if let Some(last) = stays.last_mut() {
            last.until = Some(*at);
        }
        stays.push(Stay { tank, from: *at, until: None });
    }
    stays
}

/// Rows that a log may have at most: a reading a minute for a fortnight.
pub const LOG_ROWS: usize = 20_160;

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When.
    pub at: Instant,
    /// Tenths of a degree Celsius.
    pub temperature_dc: i32,
}

/// What a log says as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSummary {
    /// How many readings.
    pub readings: usize,
    /// The first.
    pub from: Instant,
    /// The last.
    pub to: Instant,
    /// The coldest, in tenths of a degree Celsius.
    pub coldest_dc: i32,
    /// The warmest.
    pub warmest_dc: i32,
    /// How many readings were above [`WARMEST_DC`].
    pub too_warm: usize,
    /// The longest time without a reading, in seconds.
    pub longest_gap: i64,
}

impl LogSummary {
    /// Sums up readings in the order of their times; `None` when there are none.
    #[must_use]
    pub fn of(readings: &[Reading]) -> Option<Self> {
        let (first, last) = (readings.first()?, readings.last()?);
        let temperatures = || readings.iter().map(|reading| reading.temperature_dc);
        Some(Self {
            readings: readings.len(),
            from: first.at,
            to: last.at,
            coldest_dc: temperatures().min()?,
            warmest_dc: temperatures().max()?,
            too_warm: temperatures().filter(|dc| *dc > WARMEST_DC).count(),
            longest_gap: readings.windows(2).map(|w| (w[1].at.0 - w[0].at.0) / 1_000_000).max().unwrap_or(0),
        })
    }
}

/// Reads a shipper's log: a line a reading, time and °C, parted by comma, semicolon or tab; one line of headings may
/// go before. Times are RFC 3339, or `2026-11-22 16:05[:30]` in Shanghai, each later than the one before.
///
/// # Errors
/// [`UnitRefusal::LogUnreadable`] with the line, [`UnitRefusal::LogEmpty`], or [`UnitRefusal::LogTooLong`].
pub fn log_read(text: &str) -> Result<Vec<Reading>, UnitRefusal> {
    let mut readings: Vec<Reading> = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = UnitRefusal::LogUnreadable { line: number };
        let Some(reading) = reading(line) else {
            if number == 1 {
                continue;
            }
            return Err(wrong);
        };
        if readings.last().is_some_and(|last| last.at >= reading.at) {
            return Err(wrong);
        }
        if readings.len() == LOG_ROWS {
            return Err(UnitRefusal::LogTooLong { rows: LOG_ROWS });
        }
        readings.push(reading);
    }
    if readings.is_empty() { Err(UnitRefusal::LogEmpty) } else { Ok(readings) }
}

fn reading(line: &str) -> Option<Reading> {
    let mut fields = line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"'));
    let (at, temperature) = (fields.next()?, fields.next()?);
    Some(Reading { at: moment(at)?, temperature_dc: tenths(temperature)? })
}

/// Reads a moment: RFC 3339, or the wall clock in Shanghai.
fn moment(text: &str) -> Option<Instant> {
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Some(Instant(stamp.as_microsecond()));
    }
    let text = text.replace('/', "-");
    let wall = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| jiff::civil::DateTime::strptime(format, &text).ok())?;
    let zoned = wall.to_zoned(SHANGHAI.clone()).ok()?;
    Some(Instant(zoned.timestamp().as_microsecond()))
}

/// Reads degrees with up to three decimals as tenths, towards the warmer: −150.04 is −150.0, −149.96 is −149.9.
fn tenths(text: &str) -> Option<i32> {
    let text = text.trim_end_matches(['C', 'c', '°', '℃']).trim().replace('\u{2212}', "-");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str, most: usize| text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole, 3) || !plain(decimals, 3) {
        return None;
    }
    let thousandths = whole.parse::<i32>().ok()? * 1000 + format!("{decimals:0<3}").parse::<i32>().ok()?;
    let thousandths = if negative { -thousandths } else { thousandths };
    // Nothing is colder than this, and nothing warmer is a shipper.
    ((-273_150..=100_000).contains(&thousandths)).then(|| -((-thousandths).div_euclid(100)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_logger_s_file_is_read() {
        let text = "\u{feff}Time,Temperature (°C)\r\n2026-11-22 16:05,-190.5\r\n2026-11-22 16:20:30,\"-149.96\"\n\n\
                    2026-11-22T09:00:00Z;\u{2212}191 °C\n";
        let readings = log_read(text).unwrap();
        let temperatures: Vec<i32> = readings.iter().map(|r| r.temperature_dc).collect();
        assert_eq!(temperatures, [-1905, -1499, -1910]);
        assert_eq!(readings[0].at.rfc3339(), "2026-11-22T08:05:00Z");
        let summary = LogSummary::of(&readings).unwrap();
        assert_eq!((summary.warmest_dc, summary.coldest_dc, summary.too_warm), (-1499, -1910, 1));
        assert_eq!(summary.longest_gap, 39 * 60 + 30);
        assert_eq!(tenths("-150.04"), Some(-1500));
        assert_eq!(tenths("0.01"), Some(1));
    }

    #[test]
    fn a_log_with_a_fault_is_refused_with_its_line() {
        let fault = |text: &str| log_read(text).unwrap_err();
        assert_eq!(fault(""), UnitRefusal::LogEmpty);
        assert_eq!(fault("time,temperature\n"), UnitRefusal::LogEmpty);
        let good = "2026-11-22 16:05,-190\n";
        assert_eq!(
            fault(&format!("{good}{good}")),
            UnitRefusal::LogUnreadable { line: 2 },
            "the same time twice"
        );
        for bad in
            ["2026-11-22 17:00", "2026-11-22 17:00,warm", "2026-13-01 10:00,-190", "2026-11-22 17:00,-300"]
        {
            assert_eq!(fault(&format!("{good}\n{bad}\n")), UnitRefusal::LogUnreadable { line: 3 }, "{bad}");
        }
        let long: String =
            (0..=LOG_ROWS as i64).map(|n| format!("{},-190\n", Instant(n * 60_000_000).rfc3339())).collect();
        assert_eq!(fault(&long), UnitRefusal::LogTooLong { rows: LOG_ROWS });
    }

    #[test]
    fn a_warm_tank_spoils_what_lay_in_it_then() {
        let warm = |from, until| Excursion {
            tank: "T1".into(),
            from: Instant(from),
            until,
            warmest_dc: WARMEST_DC + 1,
            harmless: false,
        };
        let stay = |from, until| Stay { tank: "T1", from: Instant(from), until };
        let hour = warm(10, Some(Instant(20)));
        assert!(hour.spoils(&stay(0, None)) && hour.spoils(&stay(15, Some(Instant(16)))));
        assert!(!hour.spoils(&stay(20, None)), "came after it");
        assert!(!hour.spoils(&stay(0, Some(Instant(10)))), "left before it");
        assert!(warm(10, None).spoils(&stay(99, None)), "it lasts");
        assert!(!hour.spoils(&Stay { tank: "T2", ..stay(0, None) }));
        assert!(!Excursion { harmless: true, ..hour.clone() }.spoils(&stay(0, None)));
        assert!(!Excursion { warmest_dc: WARMEST_DC, ..hour }.spoils(&stay(0, None)));
    }

    #[test]
    fn a_compartment_lay_where_the_bank_said_until_it_was_moved() {
        let at = Instant;
        let stay = |tank, from, until: Option<i64>| Stay { tank, from: at(from), until: until.map(Instant) };
        let said = [(at(10), "T1"), (at(20), "T1"), (at(30), "T2")];
        assert_eq!(stays_of(at(1), said, &[]), [stay("T1", 1, Some(30)), stay("T2", 30, None)]);
        let moved = [(at(25), "T3"), (at(40), "T4")];
        let all = [stay("T1", 1, Some(25)), stay("T3", 25, Some(40)), stay("T4", 40, None)];
        assert_eq!(stays_of(at(1), said, &moved), all, "what the bank says after our move counts no more");
        assert_eq!(stays_of(at(1), [], &moved), all[1..]);
        // A file that is only loaded now still tells where it lay before.
        assert_eq!(stays_of(at(1), [(at(50), "T1")], &moved), all);
    }

    proptest! {
        #[test]
        fn nothing_in_a_file_breaks_the_reader(text in "\\PC{0,60}(\n\\PC{0,40}){0,4}") {
            if let Ok(readings) = log_read(&text) {
                prop_assert!(readings.windows(2).all(|w| w[0].at < w[1].at));
            }
        }

        #[test]
        fn a_tenth_reads_back(dc in -2731i32..=1000) {
            let text = format!("{}{}.{}", if dc < 0 { "-" } else { "" }, dc.abs() / 10, dc.abs() % 10);
            prop_assert_eq!(tenths(&text), Some(dc));
        }
    }
}

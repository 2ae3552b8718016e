//! The invented units of a demonstration: each made from the seed and its number alone, written as a bank's list.

use std::io::Write;

use domain::time::{Date, Instant};
use hla::index::{Abo, Facts, flag};
use hla::sample::World;
use service::SeededIds;

use super::people::Draw;

const DAY: i64 = 86_400;

/// Compartments of a unit at most.
const MOST: u8 = 5;

/// The headings before those of the compartments.
const HEADINGS: [&str; 24] = [
    "registry_id",
    "din",
    "status",
    "status_reason",
    "ownership",
    "hla",
    "hla_typed_on",
    "abo",
    "rhesus",
    "sex",
    "ethnicity",
    "collected_on",
    "processed_on",
    "frozen_on",
    "volume_ml",
    "tnc_e8",
    "cd34_e6",
    "viability_percent",
    "segments",
    "bacterial",
    "fungal",
    "haemoglobin",
    "markers",
    "compartments",
];

/// The headings of one compartment, to which its number is put.
const OF_COMPARTMENT: [&str; 7] = ["volume_", "tnc_", "cd34_", "tank_", "rack_", "box_", "slot_"];

/// One unit in so many has its whole process recorded.
const TRACED: u64 = 200;

/// Whose an invented unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Given for anyone's use: seven in ten.
    Donated,
    /// A family's own: two in ten.
    Family,
    /// A family's own that it consents to share: one in ten.
    Shared,
}

/// The invented units of one seed.
pub struct Units {
    world: World,
    seed: u64,
}

impl Units {
    /// Units of a seed, typed with the names that this release knows.
    pub fn new(release: &hla::Release, seed: u64) -> Self {
        Self { world: World::new(release, seed), seed }
    }

    /// The registry's number of a unit.
    pub fn registry_id(&self, number: u64) -> String {
        format!("DEMO{}-{number:07}", self.seed)
    }

    /// Whose a unit is.
    pub fn whose(&self, number: u64) -> Whose {
        match Draw(&self.ids(number, 1)).below(10) {
            0..=6 => Whose::Donated,
            7 | 8 => Whose::Family,
            _ => Whose::Shared,
        }
    }

    /// Whether its process is recorded.
    pub const fn is_traced(&self, number: u64) -> bool {
        number % TRACED == self.seed % TRACED
    }

    /// The day on which it was collected.
    pub fn collected(&self, number: u64) -> Date {
        day(self.world.facts(number).collected)
    }

    /// The typing of an invented patient, as a GL String.
    pub fn patient(&self, number: u64) -> String {
        self.world.patient(number).to_string()
    }

    fn ids(&self, number: u64, stream: u64) -> SeededIds {
        SeededIds::new(self.seed.wrapping_mul(1_000_003).wrapping_add(number << 2 | stream).rotate_left(32))
    }

    /// A donation number, as long as seed and number leave room for one of their own.
    fn din(&self, number: u64) -> String {
        let (year, sequence) = (10 + number / 1_000_000, number % 1_000_000);
        if self.seed < 10_000 && year < 100 {
            format!("D{:04}{year:02}{sequence:06}", self.seed)
        } else {
            String::new()
        }
    }

    /// Writes the heading of the list.
    pub fn write_heading(out: &mut csv::Writer<impl Write>) -> csv::Result<()> {
        let mut row: Vec<String> = HEADINGS.iter().map(|&name| name.to_owned()).collect();
        for compartment in 1..=MOST {
            row.extend(OF_COMPARTMENT.iter().map(|name| format!("{name}{compartment}")));
        }
        out.write_record(row)
    }

    /// Writes a unit.
    pub fn write(&self, number: u64, out: &mut csv::Writer<impl Write>) -> csv::Result<()> {
        let facts = self.world.facts(number);
        let ids = self.ids(number, 2);
        let draw = Draw(&ids);
        let volume = 20_000 + draw.below(9_000) as u32;
        let (status, reason) = match draw.below(100) {
            _ if self.is_traced(number) => ("AV", ""),
            0..=95 => ("AV", ""),
            96..=98 => ("TU", "QR"),
            _ => ("RS", ""),
        };
        // A process that is recorded as a whole has all its tests done, so that such a unit can be released.
        let traced = self.is_traced(number);
        let is = |flag: u8, yes: &'static str, no: &'static str| {
            if traced || facts.flags & flag > 0 { yes } else { no }
        };
        let frozen = day(facts.collected + 1).to_string();
        let mut row = vec![
            self.registry_id(number),
            self.din(number),
            status.to_owned(),
            reason.to_owned(),
            if self.whose(number) == Whose::Donated { "donated" } else { "family" }.to_owned(),
            self.world.unit(number).to_string(),
            day(facts.collected + 30).to_string(),
            abo(facts.abo).to_owned(),
            if draw.below(1_000) < 3 { "-" } else { "+" }.to_owned(),
            if draw.below(2) == 0 { "F" } else { "M" }.to_owned(),
            "AS".to_owned(),
            day(facts.collected).to_string(),
            frozen.clone(),
            frozen,
            thousandths(volume),
            thousandths(facts.tnc),
            thousandths(facts.cd34),
            format!("{}.{}", 88 + draw.below(12), draw.below(10)),
            is(flag::SEGMENT, "3", "0").to_owned(),
            is(flag::CULTURE_CLEAR, "N", "ND").to_owned(),
            is(flag::CULTURE_CLEAR, "N", "ND").to_owned(),
            is(flag::HAEMOGLOBIN_CLEAR, "N", "T").to_owned(),
            is(flag::MARKERS_CLEAR, "clear", "").to_owned(),
            facts.compartments.to_string(),
        ];
        for compartment in 1..=MOST {
            row.extend(compartment_cells(number, compartment, volume, &facts));
        }
        out.write_record(row)
    }
}

/// Figures and place of one compartment; empty cells for one that the unit does not have.
fn compartment_cells(number: u64, compartment: u8, volume: u32, facts: &Facts) -> [String; 7] {
    if compartment > facts.compartments {
        return Default::default();
    }
    // Bags of two are parted four to one; the others evenly.
    let share = match (facts.compartments, compartment) {
        (2, 1) => 80,
        (2, _) => 20,
        (count, _) => 100 / u32::from(count),
    };
    let part = |whole: u32| thousandths((u64::from(whole) * u64::from(share) / 100) as u32);
    [
        part(volume),
        part(facts.tnc),
        part(facts.cd34),
        format!("T{:02}", 1 + number / 2_000),
        format!("R{:02}", 1 + number % 2_000 / 100),
        format!("B{:02}", 1 + number % 100 / 10),
        format!("{}-{compartment}", 1 + number % 10),
    ]
}

fn day(days: i32) -> Date {
    Instant(0).plus_seconds(i64::from(days) * DAY).date()
}

/// A figure in thousandths as a decimal.
fn thousandths(figure: u32) -> String {
    format!("{}.{:03}", figure / 1_000, figure % 1_000)
}

const fn abo(group: Abo) -> &'static str {
    match group {
        Abo::O => "O",
        Abo::A => "A",
        Abo::B => "B",
        Abo::Ab => "AB",
        _ => "",
    }
}

//! What a record means: identity and content of one unit, or the reason why it is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::BankId;
use domain::registry::{
    Compartment, Culture, Din, Figures, Grid, Haemoglobin, LoadRefusal, NumberError, Ownership, Place,
    Remains, UnitContent, UnitStatus, UnitTests, status_reason,
};
use domain::time::Date;
use hla::Release;
use hla::typing::CodeTable;

use super::figures::{CD34, TNC, VOLUME, figure, segments};
use super::record::{OWN, REMAINS, Record};
use super::typing::Typings;
use super::words;

/// Characters of a unit's number.
const MAX_ID: usize = 64;

/// What a file is read under.
#[derive(Clone)]
pub struct UnitRules {
    /// The release of the nomenclature that typings are read under.
    pub release: Arc<Release>,
    /// Multiple-allele codes, if the operator has a table of them.
    pub codes: Option<Arc<CodeTable>>,
    /// Whose the units are of which the file itself does not say it.
    pub ownership: Option<Ownership>,
    /// Today: no unit was collected later.
    pub today: Date,
    /// A bank's own words for the values of a field, by the field's path: `STATUS` → `OK` → `AV`.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

/// One unit that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitDraft {
    /// Its line in the file.
    pub line: i64,
    /// The registry's number of it.
    pub registry_id: String,
    /// Donation identification number.
    pub din: Option<Din>,
    /// GRID.
    pub grid: Option<Grid>,
    /// The bank's own number, or empty.
    pub local_id: String,
    /// When a registry exported the file and said less than it knew: the bank's id there.
    pub remains_of: Option<BankId>,
    /// What the file says of it.
    pub said: Said,
}

/// What a file says of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// This.
    Content(Box<UnitContent>),
    /// That it is no longer there.
    Withdrawn,
}

/// The numbers by which a record names a unit, as far as they can be read: what a refused unit is known by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// The registry's number.
    pub registry_id: Option<String>,
    /// Donation identification number.
    pub din: Option<String>,
    /// GRID.
    pub grid: Option<String>,
}

impl Named {
    /// The numbers that stand in a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let field = |path: &str| record.fields.get(path).map(String::as_str);
        let din = field(&format!("{OWN}DIN")).or_else(|| field("BAG_ID"));
        let id = field("ID").and_then(|text| domain::text::line(text, MAX_ID).ok());
        Self {
            registry_id: id.filter(|id| !id.is_empty()),
            din: din.and_then(|text| Din::read(text).ok()).map(String::from),
            grid: field("GRID").and_then(|text| Grid::read(text).ok()).map(String::from),
        }
    }
}

/// A unit that is refused, with its place and the reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedUnit {
    /// Its line in the file.
    pub line: i64,
    /// Its number, as far as it was read.
    pub id: String,
    /// Why.
    pub reason: LoadRefusal,
}

/// Understands records under one set of rules.
pub struct Drafter {
    rules: UnitRules,
    typings: Typings,
}

impl Drafter {
    /// With these rules.
    #[must_use]
    pub fn new(rules: UnitRules) -> Self {
        let typings = Typings::new(Arc::clone(&rules.release), rules.codes.clone());
        Self { rules, typings }
    }

    /// The release's name of itself.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        self.typings.release()
    }

    /// Understands one record.
    ///
    /// # Errors
    /// [`RefusedUnit`].
    pub fn draft(&mut self, record: Record) -> Result<UnitDraft, Box<RefusedUnit>> {
        let (line, id) = (record.line, shown_id(&record));
        self.read(record).map_err(|reason| Box::new(RefusedUnit { line, id, reason }))
    }

    fn read(&mut self, mut record: Record) -> Result<UnitDraft, LoadRefusal> {
        if let Some(refusal) = record.refusal.take() {
            return Err(refusal);
        }
        for (field, words) in &self.rules.values {
            if let Some(value) = record.fields.get_mut(field)
                && let Some(ours) = words.get(value)
            {
                value.clone_from(ours);
            }
        }
        let line = record.line;
        let registry_id = id_of(&mut record)?;
        let grid = record.take("GRID").map(|text| Grid::read(&text)).transpose();
        let grid = grid.map_err(|error| number("GRID", error))?;
        let din = din_of(&mut record)?;
        let local_id = record.take("LOCAL_ID").unwrap_or_default();
        let remains_of = record.take(REMAINS).map(|text| remains_of(&text)).transpose()?;
        let status = record.take("STATUS").unwrap_or_default();
        let said = if words::is_withdrawal(&status) {
            Said::Withdrawn
        } else {
            let status = words::status(&status).ok_or_else(|| word("STATUS", &status))?;
            Said::Content(Box::new(self.content(record, status)?))
        };
        Ok(UnitDraft { line, registry_id, din, grid, local_id, remains_of, said })
    }

    fn content(&mut self, mut record: Record, status: UnitStatus) -> Result<UnitContent, LoadRefusal> {
        let (hla, hla_method) = self.typings.take(&mut record)?;
        // A unit that is gone need not be found any more.
        if hla.is_empty() && status != UnitStatus::Gone {
            return Err(LoadRefusal::LocusMissing { locus: "A".to_owned() });
        }
        let ownership = worded(&mut record, &format!("{OWN}OWNERSHIP"), words::ownership)?
            .or(self.rules.ownership)
            .ok_or(LoadRefusal::OwnershipMissing)?;
        let figures = Figures {
            volume_ul: figure(&mut record, &VOLUME, 3)?,
            tnc_e5: figure(&mut record, &TNC, 3)?,
            cd34_e3: figure(&mut record, &CD34, 3)?,
        };
        let viability = figure(&mut record, &["VIABILITY"], 1)?;
        let viability_given = viability > 0;
        let content = UnitContent {
            ownership,
            status,
            status_reason: reason(&mut record)?,
            hla,
            hla_method,
            hla_typed_on: date(&mut record, &format!("{OWN}HLA_TYPED_ON"))?,
            abo: worded(&mut record, "ABO", words::abo)?,
            rhesus: worded(&mut record, "RHESUS", words::rhesus)?,
            sex: worded(&mut record, "SEX", words::sex)?,
            ethnicity: record.take("ETHN").unwrap_or_default(),
            collected_on: date(&mut record, "COLL_DATE")?,
            processed_on: date(&mut record, "PROC_DATE")?,
            frozen_on: date(&mut record, "FREEZE_DATE")?,
            figures,
            mnc_e5: figure(&mut record, &["MNC_FRZN"], 1)?,
            viability_permille: viability_given.then(|| u16::try_from(viability).unwrap_or(u16::MAX)),
            segments: segments(&mut record)?,
            tests: tests(&mut record)?,
            compartments: compartments(&mut record)?,
            details: record.fields,
        };
        content.check(self.rules.today).map_err(|error| LoadRefusal::Content { error })?;
        Ok(content)
    }
}

fn shown_id(record: &Record) -> String {
    let id = ["ID", "GRID", "BAG_ID", "LOCAL_ID"].iter().find_map(|path| record.fields.get(*path));
    id.map(|id| id.chars().filter(|c| !c.is_control()).take(MAX_ID).collect()).unwrap_or_default()
}

fn id_of(record: &mut Record) -> Result<String, LoadRefusal> {
    let id = record.take("ID").ok_or(LoadRefusal::IdMissing)?;
    domain::text::line(&id, MAX_ID).map_err(|_| LoadRefusal::IdShape)
}

/// `1,3/5 ID`: which compartments remained, and the bank's id where the file was made.
fn remains_of(text: &str) -> Result<BankId, LoadRefusal> {
    let read = text.split_once(' ').and_then(|(remains, bank)| {
        remains.parse::<Remains>().ok()?;
        bank.parse().ok()
    });
    read.ok_or_else(|| word(REMAINS, text))
}

/// The donation number: of its own column, or the bag's number where that is one.
fn din_of(record: &mut Record) -> Result<Option<Din>, LoadRefusal> {
    let own = format!("{OWN}DIN");
    if let Some(text) = record.take(&own) {
        return Din::read(&text).map(Some).map_err(|error| number("DIN", error));
    }
    match record.fields.get("BAG_ID").map(|text| Din::read(text)) {
        Some(Ok(din)) => {
            record.take("BAG_ID");
            Ok(Some(din))
        }
        Some(Err(NumberError::Check)) => Err(number("BAG_ID", NumberError::Check)),
        // Banks number bags in other ways, too: then it is a detail.
        Some(Err(NumberError::Shape)) | None => Ok(None),
    }
}

fn number(field: &str, error: NumberError) -> LoadRefusal {
    LoadRefusal::Number { field: field.to_owned(), error }
}

fn word(field: &str, value: &str) -> LoadRefusal {
    LoadRefusal::WordUnknown { field: field.to_owned(), value: shortened(value) }
}

pub(super) fn shortened(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(60).collect()
}

fn worded<T>(
    record: &mut Record,
    field: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Option<T>, LoadRefusal> {
    let Some(text) = record.take(field) else { return Ok(None) };
    read(&text).map(Some).ok_or_else(|| word(field, &text))
}

/// The reason of a status in its one form: whoever reads it later asks for just that.
fn reason(record: &mut Record) -> Result<String, LoadRefusal> {
    let text = record.take("STAT_REASON").unwrap_or_default();
    status_reason(&text).ok_or_else(|| word("STAT_REASON", &text))
}

fn date(record: &mut Record, field: &str) -> Result<Option<Date>, LoadRefusal> {
    let Some(text) = record.take(field) else { return Ok(None) };
    let plain = text.replace('/', "-");
    let iso = if plain.len() == 8 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &plain[..4], &plain[4..6], &plain[6..])
    } else {
        // Spreadsheets put a time behind a day.
        plain.strip_suffix(" 00:00:00").unwrap_or(&plain).to_owned()
    };
    let unreadable = || LoadRefusal::DateUnreadable { field: field.to_owned(), value: shortened(&text) };
    iso.parse().map(Some).map_err(|_| unreadable())
}

fn tests(record: &mut Record) -> Result<UnitTests, LoadRefusal> {
    let said = worded(record, &format!("{OWN}MARKERS"), words::markers)?;
    Ok(UnitTests {
        bacterial: tested::<Culture>(record, "BACT_CULT", words::culture)?,
        fungal: tested::<Culture>(record, "FUNG_CULT", words::culture)?,
        haemoglobin: tested::<Haemoglobin>(record, "HEMO_STATUS", words::haemoglobin)?,
        markers: words::markers_of(&record.fields, said),
    })
}

/// A result; a code for "not done" stays among the details.
fn tested<T>(
    record: &mut Record,
    field: &str,
    read: fn(&str) -> Option<Option<T>>,
) -> Result<Option<T>, LoadRefusal> {
    let Some(text) = record.fields.get(field) else { return Ok(None) };
    let result = read(text).ok_or_else(|| word(field, text))?;
    if result.is_some() {
        record.take(field);
    }
    Ok(result)
}

fn compartments(record: &mut Record) -> Result<Vec<Compartment>, LoadRefusal> {
    let bags = match record.take("BAGS") {
        Some(text) => Some(text.parse::<u32>().map_err(|_| LoadRefusal::FigureUnreadable {
            field: "BAGS".to_owned(),
            value: shortened(&text),
        })?),
        None => None,
    };
    // One more than there may be, so that the check sees it; more are neither made nor read.
    const SEEN: u32 = 6;
    let mut found = Vec::new();
    for number in 1..=SEEN {
        let path = |name: &str| format!("{OWN}COMPARTMENT_{number}/{name}");
        let begin = path("");
        let said = record.fields.range(begin.clone()..).next().is_some_and(|(p, _)| p.starts_with(&begin));
        let figures = Figures {
            volume_ul: figure(record, &[&path("VOL")], 3)?,
            tnc_e5: figure(record, &[&path("TNC")], 3)?,
            cd34_e3: figure(record, &[&path("CD34PC")], 3)?,
        };
        let place = ["TANK", "RACK", "BOX", "SLOT"].map(|name| record.take(&path(name)));
        let place = place
            .iter()
            .any(Option::is_some)
            .then(|| Place::of(place.each_ref().map(|part| part.as_deref().unwrap_or_default())));
        if said {
            found.resize_with(number as usize, Compartment::default);
            found[number as usize - 1] = Compartment { figures, place };
        }
    }
    let count = bags.unwrap_or(1).clamp(0, SEEN).max(found.len() as u32);
    if bags.is_some_and(|bags| bags < found.len() as u32) {
        return Err(LoadRefusal::Content { error: domain::registry::UnitContentError::Compartments });
    }
    found.resize_with(count as usize, Compartment::default);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(fields: &[(&str, &str)]) -> UnitContent {
        let rules = UnitRules {
            release: Arc::new(Release::none()),
            codes: None,
            ownership: Some(Ownership::Donated),
            today: "2026-11-22".parse().expect("a day"),
            values: BTreeMap::new(),
        };
        let mut record = Record::at(1);
        let typed = [("HLA/A/ANY/FIELD1", "02"), ("HLA/B/ANY/FIELD1", "15"), ("HLA/DRB1/ANY/FIELD1", "0901")];
        for (path, value) in
            [("ID", "CN1"), ("STATUS", "AV")].into_iter().chain(typed).chain(fields.iter().copied())
        {
            record.put(path, value);
        }
        match Drafter::new(rules).draft(record).expect("a unit").said {
            Said::Content(content) => *content,
            Said::Withdrawn => panic!("withdrawn"),
        }
    }

    #[test]
    fn a_zero_hides_no_figure_that_another_field_gives() {
        let both = content(&[("TNC_FRZN", "0"), ("TNC", "12.5"), ("CD34PC_FRZN", "3"), ("CD34PC", "4")]);
        assert_eq!((both.figures.tnc_e5, both.figures.cd34_e3), (12_500, 3_000));
        assert_eq!(both.details.get("TNC_FRZN"), None, "it would contradict the figure");
        assert_eq!(both.details.get("TNC").map(String::as_str), Some("12.5"));
        let frozen = content(&[("TNC_FRZN", "9.1"), ("TNC", "12.5")]);
        assert_eq!((frozen.figures.tnc_e5, frozen.details.get("TNC_FRZN")), (9_100, None));
        let none = content(&[("TNC_FRZN", "0.00")]);
        assert_eq!(
            (none.figures.tnc_e5, none.details.get("TNC_FRZN").map(String::as_str)),
            (0, Some("0.00"))
        );
    }

    #[test]
    fn two_digits_in_a_column_stay_antigen_or_family() {
        let content = content(&[]);
        assert_eq!(content.hla, "A2/A*02:XX^B15/B*15:XX^DRB1*09:01");
        assert_eq!(content.hla_method, "mixed");
    }
}

//! Which column of a spreadsheet is which field: the headings that are known, and an operator's own.

use std::collections::BTreeMap;

use domain::registry::LoadFileRefusal;
use hla::Locus;
use serde::Deserialize;

use super::record::{OWN, REMAINS, Record};

/// Columns that a sheet may have.
const MAX_COLUMNS: usize = 512;

/// Fields with the headings that are known; the first is the one that an export writes. `SPARK/` stands before what the
/// exchange format has no element for.
pub(in crate::registry) const HEADINGS: &[(&str, &[&str])] = &[
    ("ID", &["registry_id", "id", "登记号", "脐血编号", "编号"]),
    ("GRID", &["grid"]),
    ("SPARK/DIN", &["din", "献血识别号", "捐献识别号"]),
    ("BAG_ID", &["bag_id", "血袋编号"]),
    ("LOCAL_ID", &["local_id", "本库编号"]),
    ("STATUS", &["status", "状态"]),
    ("STAT_REASON", &["status_reason", "状态原因"]),
    ("SPARK/OWNERSHIP", &["ownership", "归属", "所有权"]),
    ("SPARK/HLA", &["hla", "分型", "hla分型"]),
    ("SPARK/HLA_TYPED_ON", &["hla_typed_on", "分型日期"]),
    ("ABO", &["abo", "血型", "abo血型"]),
    ("RHESUS", &["rhesus", "rh", "rh血型"]),
    ("SEX", &["sex", "性别"]),
    ("ETHN", &["ethnicity", "民族"]),
    ("COLL_DATE", &["collected_on", "采集日期"]),
    ("PROC_DATE", &["processed_on", "制备日期"]),
    ("FREEZE_DATE", &["frozen_on", "冻存日期"]),
    ("VOL_FRZN", &["volume_ml", "volume", "体积", "体积ml", "冻存体积"]),
    ("TNC_FRZN", &["tnc_e8", "tnc", "有核细胞", "有核细胞数", "tnc108"]),
    ("CD34PC_FRZN", &["cd34_e6", "cd34", "cd34细胞", "cd34细胞数", "cd34106"]),
    ("MNC_FRZN", &["mnc_e6", "mnc", "单个核细胞", "单个核细胞数"]),
    ("VIABILITY", &["viability_percent", "viability", "活率", "细胞活率"]),
    ("ATT_SEG", &["segments", "留样段", "附着段数"]),
    ("BACT_CULT", &["bacterial", "细菌培养"]),
    ("FUNG_CULT", &["fungal", "真菌培养"]),
    ("HEMO_STATUS", &["haemoglobin", "hemoglobin", "血红蛋白", "血红蛋白筛查"]),
    ("SPARK/MARKERS", &["markers", "传染病", "传染病标志物"]),
    ("BAGS", &["compartments", "bags", "室数", "袋数"]),
    (REMAINS, &["remains", "剩余室"]),
    (DETAILS, &["details"]),
];

/// The column of everything else, as a JSON object of texts by path.
pub(in crate::registry) const DETAILS: &str = "SPARK/DETAILS";

/// Fields of one compartment with their headings, to which its number is put.
pub(in crate::registry) const OF_COMPARTMENT: &[(&str, &[&str])] = &[
    ("VOL", &["volume_", "体积"]),
    ("TNC", &["tnc_", "有核细胞"]),
    ("CD34PC", &["cd34_"]),
    ("TANK", &["tank_", "罐", "液氮罐"]),
    ("RACK", &["rack_", "架"]),
    ("BOX", &["box_", "盒"]),
    ("SLOT", &["slot_", "位"]),
];

/// An operator's own headings and words, as the file behind `--map` has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetMap {
    /// Heading in the file → field: a heading that is known, or a path of the exchange format. An empty field leaves
    /// the column out.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Field → word in the file → word that is known.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

impl SheetMap {
    /// The words by path, as [`super::UnitRules`] take them; a field that is not known is told.
    ///
    /// # Errors
    /// The field.
    pub fn values_by_path(&self) -> Result<BTreeMap<String, BTreeMap<String, String>>, String> {
        let path = |(field, words): (&String, &BTreeMap<String, String>)| {
            let path = path_of(field).ok_or_else(|| field.clone())?;
            Ok((path, words.clone()))
        };
        self.values.iter().map(path).collect()
    }
}

/// A heading without what people write differently: case, blanks, punctuation.
fn plain(heading: &str) -> String {
    let half = domain::text::half_width(heading);
    half.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The path that a heading means.
fn path_of(heading: &str) -> Option<String> {
    let wanted = plain(heading);
    if wanted.is_empty() {
        return None;
    }
    let known = HEADINGS.iter().find(|(_, names)| names.iter().any(|name| plain(name) == wanted));
    if let Some((path, _)) = known {
        return Some((*path).to_owned());
    }
    for number in 1..=6 {
        for (field, names) in OF_COMPARTMENT {
            if names.iter().any(|name| plain(&format!("{name}{number}")) == wanted) {
                return Some(format!("{OWN}COMPARTMENT_{number}/{field}"));
            }
        }
    }
    for locus in Locus::ALL {
        for place in 1..=2 {
            let name = locus.name().to_lowercase();
            if wanted == format!("{name}{place}") || wanted == format!("hla{name}{place}") {
                return Some(format!("HLA/{}/ANY/FIELD{place}", locus.name()));
            }
        }
    }
    // Names of the exchange format itself.
    let element = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let heading = heading.trim();
    heading.split('/').all(element).then(|| heading.to_owned())
}

/// The columns of one sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    paths: Vec<Option<String>>,
    /// Headings that mean nothing here: their cells are not read.
    pub ignored: Vec<String>,
}

impl Columns {
    /// Understands a heading.
    ///
    /// # Errors
    /// [`LoadFileRefusal`] when what every unit needs has no column, or one field has two.
    pub fn of(heading: &[String], map: &SheetMap) -> Result<Self, LoadFileRefusal> {
        if heading.len() > MAX_COLUMNS {
            return Err(LoadFileRefusal::limit("row", 1));
        }
        let mut found = Self { paths: Vec::new(), ignored: Vec::new() };
        for cell in heading {
            let name = cell.trim().trim_start_matches('\u{feff}');
            let path = match map.columns.get(name) {
                Some(field) if field.trim().is_empty() => None,
                Some(field) => Some(path_of(field).ok_or_else(|| missing(field))?),
                None => path_of(name),
            };
            if path.is_none() && !name.is_empty() {
                found.ignored.push(name.chars().take(60).collect());
            }
            if path.is_some() && found.paths.contains(&path) {
                return Err(LoadFileRefusal::ColumnTwice { field: name.chars().take(60).collect() });
            }
            found.paths.push(path);
        }
        let has = |wanted: &str| found.paths.iter().flatten().any(|path| path == wanted);
        for (path, names) in [HEADINGS[0], HEADINGS[5]] {
            if !has(path) {
                return Err(missing(names[0]));
            }
        }
        Ok(found)
    }

    /// The record of a row.
    #[must_use]
    pub fn record<'c>(&self, line: i64, cells: impl Iterator<Item = &'c str>) -> Record {
        let mut record = Record::at(line);
        for (place, cell) in cells.enumerate() {
            match self.paths.get(place) {
                Some(Some(path)) if path == DETAILS => details(&mut record, cell),
                Some(Some(path)) => record.put(path, domain::takeover::restore(cell)),
                Some(None) => {}
                None if cell.trim().is_empty() => {}
                None => {
                    let refusal = domain::registry::LoadRefusal::CellsBeyondHeading;
                    record.refusal = record.refusal.or(Some(refusal));
                    break;
                }
            }
        }
        record
    }
}

fn missing(field: &str) -> LoadFileRefusal {
    LoadFileRefusal::ColumnMissing { field: field.chars().take(60).collect() }
}

pub(super) fn details(record: &mut Record, cell: &str) {
    if cell.trim().is_empty() {
        return;
    }
    match serde_json::from_str::<BTreeMap<String, String>>(cell) {
        Ok(details) => details.iter().for_each(|(path, value)| record.put(path, value)),
        Err(_) => {
            let (field, value) = ("details".to_owned(), cell.chars().take(60).collect());
            record.refusal = Some(domain::registry::LoadRefusal::WordUnknown { field, value });
        }
    }
}

//! A unit as values by the paths of the exchange format: what `units_in::draft` reads, written again.

use std::collections::BTreeMap;

use domain::registry::{
    Culture, Figures, Haemoglobin, Markers, Rhesus, UnitContent, UnitStatus, UnitTests, scaled, unscaled,
};

use super::Outgoing;
use crate::registry::units_in::{OWN, REMAINS};

/// Values by path.
pub(super) type Fields = BTreeMap<String, String>;

/// Where the donation number stands when it is not the bag's.
pub(super) const DIN: &str = "SPARK/DIN";

/// Where a whole typing stands.
pub(super) const HLA: &str = "SPARK/HLA";

/// All that is said of a unit; its typing as one GL String under [`HLA`].
pub(super) fn fields(outgoing: &Outgoing<'_>) -> Fields {
    let (unit, content) = (outgoing.unit, &outgoing.leaving.content);
    // What the format said beyond our own fields is said again as it was; a detail stands for our own value where it
    // still says the same.
    let mut fields = content.details.clone();
    put(&mut fields, "ID", &unit.registry_id);
    // A number that a bank gave a unit later stands among the details.
    let numbers = [("GRID", unit.grid.as_deref()), ("LOCAL_ID", Some(unit.local_id.as_str()))];
    for (path, number) in numbers {
        if let Some(number) = number.filter(|number| !number.is_empty()) {
            fields.entry(path.to_owned()).or_insert_with(|| number.to_owned());
        }
    }
    put(&mut fields, DIN, unit.din.as_deref().unwrap_or_default());
    put(&mut fields, HLA, &content.hla);
    if let Some(remains) = &outgoing.leaving.remains {
        put(&mut fields, REMAINS, &format!("{remains} {}", outgoing.bank));
    }
    facts(&mut fields, content);
    tests(&mut fields, &content.tests);
    amounts(&mut fields, content);
    compartments(&mut fields, content);
    fields
}

/// Puts a value over whatever is there; an empty one says nothing.
fn put(fields: &mut Fields, path: &str, value: &str) {
    if !value.is_empty() {
        fields.insert(path.to_owned(), value.to_owned());
    }
}

fn facts(fields: &mut Fields, content: &UnitContent) {
    let status = match content.status {
        UnitStatus::Available => "AV",
        UnitStatus::Unavailable => "TU",
        UnitStatus::Reserved => "RS",
        UnitStatus::Gone => "DE",
    };
    put(fields, "STATUS", status);
    put(fields, "STAT_REASON", &content.status_reason);
    put(fields, &format!("{OWN}OWNERSHIP"), content.ownership.as_str());
    put(fields, "ABO", content.abo.map_or("", |abo| abo.as_str()));
    let rhesus = content.rhesus.map_or("", |rhesus| match rhesus {
        Rhesus::Positive => "P",
        Rhesus::Negative => "N",
    });
    put(fields, "RHESUS", rhesus);
    put(fields, "SEX", content.sex.map_or("", |sex| sex.as_str()));
    put(fields, "ETHN", &content.ethnicity);
    let typed_on = format!("{OWN}HLA_TYPED_ON");
    let days = [
        (typed_on.as_str(), content.hla_typed_on),
        ("COLL_DATE", content.collected_on),
        ("PROC_DATE", content.processed_on),
        ("FREEZE_DATE", content.frozen_on),
    ];
    for (path, day) in days {
        put(fields, path, &day.map(|day| day.to_string()).unwrap_or_default());
    }
}

/// A code for "not done" may stand among the details: it stays where there is no result.
fn tests(fields: &mut Fields, tests: &UnitTests) {
    let culture = |culture| match culture {
        Culture::Negative => "N",
        Culture::Positive => "P",
    };
    let haemoglobin = |haemoglobin| match haemoglobin {
        Haemoglobin::Normal => "N",
        Haemoglobin::Trait => "T",
        Haemoglobin::Disease => "P",
    };
    put(fields, "BACT_CULT", tests.bacterial.map_or("", culture));
    put(fields, "FUNG_CULT", tests.fungal.map_or("", culture));
    put(fields, "HEMO_STATUS", tests.haemoglobin.map_or("", haemoglobin));
    put(fields, &format!("{OWN}MARKERS"), tests.markers.map_or("", Markers::as_str));
}

fn amounts(fields: &mut Fields, content: &UnitContent) {
    let Figures { volume_ul, tnc_e5, cd34_e3 } = content.figures;
    figure(fields, &["VOL_FRZN", "VOL"], volume_ul, 3);
    figure(fields, &["TNC_FRZN", "TNC"], tnc_e5, 3);
    figure(fields, &["CD34PC_FRZN", "CD34PC"], cd34_e3, 3);
    figure(fields, &["MNC_FRZN"], content.mnc_e5, 1);
    figure(fields, &["VIABILITY"], content.viability_permille.unwrap_or(0).into(), 1);
    // Older files say only whether there are segments: that word stands for none and for one.
    let said = match fields.get("ATT_SEG").map(String::as_str) {
        Some("Y") => Some(1),
        Some("N") => Some(0),
        _ => None,
    };
    if content.segments > 0 && said != Some(content.segments) {
        put(fields, "ATT_SEG", &content.segments.to_string());
    }
}

/// A figure in the first of its fields, unless one of them says it already (finer than the registry keeps it, or in a
/// field that was read for want of the first).
fn figure(fields: &mut Fields, paths: &[&str], value: u32, decimals: usize) {
    let written = paths.iter().find_map(|path| fields.get(*path));
    let said = written.and_then(|text| scaled(text, decimals)).map(|read| read.value);
    if value > 0 && said != Some(value) {
        put(fields, paths[0], &unscaled(value, decimals));
    }
}

fn compartments(fields: &mut Fields, content: &UnitContent) {
    put(fields, "BAGS", &content.compartments.len().to_string());
    for (number, compartment) in (1..).zip(&content.compartments) {
        let path = |name: &str| format!("{OWN}COMPARTMENT_{number}/{name}");
        let Figures { volume_ul, tnc_e5, cd34_e3 } = compartment.figures;
        figure(fields, &[&path("VOL")], volume_ul, 3);
        figure(fields, &[&path("TNC")], tnc_e5, 3);
        figure(fields, &[&path("CD34PC")], cd34_e3, 3);
        if let Some(place) = &compartment.place {
            for (name, part) in
                [("TANK", &place.tank), ("RACK", &place.rack), ("BOX", &place.box_), ("SLOT", &place.slot)]
            {
                put(fields, &path(name), part);
            }
        }
    }
}

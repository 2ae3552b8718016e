//! A unit between JSON and the registry: as the record that a row of a file becomes, too, and back.

use std::collections::BTreeMap;

use domain::registry::{
    Abo, Culture, Din, Haemoglobin, LoadRefusal, Markers, Rhesus, Sex, UnitContent, unscaled,
};

use super::given::{CompartmentGiven, PlaceGiven, UnitGiven};
use crate::registry::units_in::{CD34, MAX_UNIT_BYTES, Record, TNC, VOLUME, said_figure, said_segments};

/// The longest text of a field, in characters: as much as a file may bring.
const TEXT: usize = MAX_UNIT_BYTES;

/// The longest number of the bank's own, in characters: a longer one could not be asked for.
const NUMBER: usize = 64;

impl UnitGiven {
    /// The record of it, which is understood as a row of a file is; `line` says which of the request it is, from 1.
    pub(super) fn record(&self, line: i64) -> Record {
        let mut record = Record::at(line);
        if let Err(refusal) = self.put(&mut record) {
            record.refusal = Some(refusal);
        }
        record
    }

    fn put(&self, record: &mut Record) -> Result<(), LoadRefusal> {
        let texts = [
            ("ID", Some(self.registry_id.as_str()), TEXT),
            ("SPARK/DIN", self.din.as_deref(), TEXT),
            ("GRID", self.grid.as_deref(), TEXT),
            ("LOCAL_ID", self.local_id.as_deref(), NUMBER),
            ("STAT_REASON", self.status_reason.as_deref(), TEXT),
            ("SPARK/HLA", self.hla.as_deref(), TEXT),
            ("ETHN", self.ethnicity.as_deref(), TEXT),
        ];
        for (path, value, most) in texts {
            text(record, path, value.unwrap_or_default(), most)?;
        }
        let words = [
            ("STATUS", Some(if self.withdrawn { "withdrawn" } else { self.status.as_str() })),
            ("SPARK/OWNERSHIP", Some(self.ownership.as_str())),
            ("ABO", self.abo.map(Abo::as_str)),
            ("RHESUS", self.rhesus.map(Rhesus::as_str)),
            ("SEX", self.sex.map(Sex::as_str)),
            ("SPARK/MARKERS", self.markers.map(Markers::as_str)),
        ];
        for (path, word) in words {
            record.put(path, word.unwrap_or_default());
        }
        let days = [
            ("SPARK/HLA_TYPED_ON", self.hla_typed_on),
            ("COLL_DATE", self.collected_on),
            ("PROC_DATE", self.processed_on),
            ("FREEZE_DATE", self.frozen_on),
        ];
        for (path, day) in days {
            record.put(path, &day.map(|day| day.to_string()).unwrap_or_default());
        }
        let mut written = Written { record, details: self.details.clone() };
        self.results(&mut written);
        self.figures(&mut written)?;
        let Written { record, details } = written;
        for (path, value) in &details {
            if path.is_empty() || domain::text::line(path, TEXT).as_ref() != Ok(path) {
                return Err(LoadRefusal::TextUnfit { field: "details".to_owned() });
            }
            match path.as_str() {
                // Fields of our own, by whichever way they come.
                "LOCAL_ID" => text(record, path, value, NUMBER)?,
                "ETHN" => text(record, path, value, TEXT)?,
                // As a file's: what others say beyond our own fields is kept as they wrote it.
                _ => record.put(path, value),
            }
        }
        Ok(())
    }

    fn results(&self, written: &mut Written<'_>) {
        written.result("BACT_CULT", self.bacterial.map(Culture::as_str));
        written.result("FUNG_CULT", self.fungal.map(Culture::as_str));
        written.result("HEMO_STATUS", self.haemoglobin.map(Haemoglobin::as_str));
    }

    fn figures(&self, written: &mut Written<'_>) -> Result<(), LoadRefusal> {
        written.figure(&VOLUME, self.volume_ul, 3);
        written.figure(&TNC, self.tnc_e5, 3);
        written.figure(&CD34, self.cd34_e3, 3);
        written.figure(&["MNC_FRZN"], self.mnc_e5, 1);
        written.figure(&["VIABILITY"], self.viability_permille.map(u32::from), 1);
        written.segments(self.segments);
        if !self.compartments.is_empty() {
            written.record.put("BAGS", &self.compartments.len().to_string());
        }
        for (number, compartment) in (1..).zip(&self.compartments) {
            let path = |name: &str| format!("SPARK/COMPARTMENT_{number}/{name}");
            written.figure(&[&path("VOL")], compartment.volume_ul, 3);
            written.figure(&[&path("TNC")], compartment.tnc_e5, 3);
            written.figure(&[&path("CD34PC")], compartment.cd34_e3, 3);
            let Some(place) = &compartment.place else { continue };
            text(written.record, &path("TANK"), &place.tank, TEXT)?;
            text(written.record, &path("RACK"), &place.rack, TEXT)?;
            text(written.record, &path("BOX"), &place.box_, TEXT)?;
            text(written.record, &path("SLOT"), &place.slot, TEXT)?;
        }
        Ok(())
    }

    /// As the registry has it: what was told can be sent again and changes nothing.
    pub(super) fn of(unit: &store::unit::UnitRow, content: &UnitContent, withdrawn: bool) -> Self {
        // A number that the bank gave it later stands among the details.
        let mut details = content.details.clone();
        let later_din = details.get("BAG_ID").filter(|bag| Din::read(bag).is_ok()).cloned();
        let later_din = later_din.filter(|_| unit.din.is_none());
        if later_din.is_some() {
            details.remove("BAG_ID");
        }
        let din = unit.din.clone().or(later_din);
        let grid = unit.grid.clone().or_else(|| details.remove("GRID"));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let figure = |figure: u32| (figure > 0).then_some(figure);
        let compartments = content.compartments.iter().map(|one| CompartmentGiven {
            volume_ul: figure(one.figures.volume_ul),
            tnc_e5: figure(one.figures.tnc_e5),
            cd34_e3: figure(one.figures.cd34_e3),
            place: one.place.as_ref().map(|place| PlaceGiven {
                tank: place.tank.clone(),
                rack: place.rack.clone(),
                box_: place.box_.clone(),
                slot: place.slot.clone(),
            }),
        });
        Self {
            registry_id: unit.registry_id.clone(),
            din,
            grid,
            local_id: details.remove("LOCAL_ID").or_else(|| some(&unit.local_id)),
            withdrawn,
            ownership: content.ownership,
            status: content.status,
            status_reason: some(&content.status_reason),
            hla: some(&content.hla),
            hla_typed_on: content.hla_typed_on,
            abo: content.abo,
            rhesus: content.rhesus,
            sex: content.sex,
            ethnicity: some(&content.ethnicity),
            collected_on: content.collected_on,
            processed_on: content.processed_on,
            frozen_on: content.frozen_on,
            volume_ul: figure(content.figures.volume_ul),
            tnc_e5: figure(content.figures.tnc_e5),
            cd34_e3: figure(content.figures.cd34_e3),
            mnc_e5: figure(content.mnc_e5),
            viability_permille: content.viability_permille,
            segments: (content.segments > 0).then_some(content.segments),
            bacterial: content.tests.bacterial,
            fungal: content.tests.fungal,
            haemoglobin: content.tests.haemoglobin,
            markers: content.tests.markers,
            compartments: compartments.collect(),
            details,
        }
    }
}

/// A record that is being put together, and the details that are put in last. A field counts over what the details have
/// in its place; where they say the same, it is left as it was written there, which may be finer than we count.
struct Written<'r> {
    record: &'r mut Record,
    details: BTreeMap<String, String>,
}

impl Written<'_> {
    fn result(&mut self, path: &str, result: Option<&str>) {
        let Some(result) = result else { return };
        self.details.remove(path);
        self.record.put(path, result);
    }

    /// A figure that the first of these fields says that says any.
    fn figure(&mut self, fields: &[&str], figure: Option<u32>, decimals: usize) {
        let Some(figure) = figure else { return };
        if said_figure(&self.details, fields, decimals).is_ok_and(|said| said == figure) {
            return;
        }
        self.details.remove(fields[0]);
        if figure > 0 {
            self.record.put(fields[0], &unscaled(figure, decimals));
        }
    }

    fn segments(&mut self, count: Option<u8>) {
        let Some(count) = count else { return };
        if self.details.get("ATT_SEG").is_some_and(|said| said_segments(said) == Some(count)) {
            return;
        }
        self.details.remove("ATT_SEG");
        if count > 0 {
            self.record.put("ATT_SEG", &count.to_string());
        }
    }
}

/// A text of our own in its one form, which no database and no reader stumbles over.
fn text(record: &mut Record, path: &str, value: &str, most: usize) -> Result<(), LoadRefusal> {
    let line = domain::text::line(value, most);
    record.put(path, &line.map_err(|_| LoadRefusal::TextUnfit { field: path.to_owned() })?);
    Ok(())
}

//! A unit between JSON and the registry: as the record that a row of a file becomes, too, and back.

use domain::registry::{
    Abo, Culture, Haemoglobin, LoadRefusal, Markers, Rhesus, Sex, UnitContent, scaled, unscaled,
};

use super::given::{CompartmentGiven, PlaceGiven, UnitGiven};
use crate::registry::units_in::Record;

/// The longest text of a field, in characters.
const TEXT: usize = 4000;

/// Details of one unit.
const DETAILS: usize = 400;

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
        if self.details.len() > DETAILS {
            return Err(LoadRefusal::TextUnfit { field: "details".to_owned() });
        }
        text(record, "ID", &self.registry_id)?;
        let texts = [
            ("SPARK/DIN", &self.din),
            ("GRID", &self.grid),
            ("LOCAL_ID", &self.local_id),
            ("STAT_REASON", &self.status_reason),
            ("SPARK/HLA", &self.hla),
            ("ETHN", &self.ethnicity),
        ];
        for (path, value) in texts {
            text(record, path, value.as_deref().unwrap_or_default())?;
        }
        let words = [
            ("STATUS", Some(if self.withdrawn { "withdrawn" } else { self.status.as_str() })),
            ("SPARK/OWNERSHIP", Some(self.ownership.as_str())),
            ("ABO", self.abo.map(Abo::as_str)),
            ("RHESUS", self.rhesus.map(Rhesus::as_str)),
            ("SEX", self.sex.map(Sex::as_str)),
            ("BACT_CULT", self.bacterial.map(Culture::as_str)),
            ("FUNG_CULT", self.fungal.map(Culture::as_str)),
            ("HEMO_STATUS", self.haemoglobin.map(Haemoglobin::as_str)),
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
        self.figures(record)?;
        for (path, value) in &self.details {
            let known =
                |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_/".contains(&byte);
            if path.len() > 100 || !path.bytes().all(known) {
                return Err(LoadRefusal::TextUnfit { field: "details".to_owned() });
            }
            text(record, path, value)?;
        }
        Ok(())
    }

    fn figures(&self, record: &mut Record) -> Result<(), LoadRefusal> {
        let whole = [
            ("VOL_FRZN", self.volume_ul, 3),
            ("TNC_FRZN", self.tnc_e5, 3),
            ("CD34PC_FRZN", self.cd34_e3, 3),
            ("MNC_FRZN", self.mnc_e5, 1),
            ("VIABILITY", self.viability_permille.map(u32::from), 1),
            ("ATT_SEG", self.segments.map(u32::from), 0),
        ];
        for (path, figure, decimals) in whole {
            self.figure(record, path, figure, decimals)?;
        }
        if !self.compartments.is_empty() {
            record.put("BAGS", &self.compartments.len().to_string());
        }
        for (number, compartment) in (1..).zip(&self.compartments) {
            let path = |name: &str| format!("SPARK/COMPARTMENT_{number}/{name}");
            self.figure(record, &path("VOL"), compartment.volume_ul, 3)?;
            self.figure(record, &path("TNC"), compartment.tnc_e5, 3)?;
            self.figure(record, &path("CD34PC"), compartment.cd34_e3, 3)?;
            let Some(place) = &compartment.place else { continue };
            text(record, &path("TANK"), &place.tank)?;
            text(record, &path("RACK"), &place.rack)?;
            text(record, &path("BOX"), &place.box_)?;
            text(record, &path("SLOT"), &place.slot)?;
        }
        Ok(())
    }

    /// A figure. Where the details have it as it was written, finer than we count, they must say the same.
    fn figure(
        &self,
        record: &mut Record,
        path: &str,
        figure: Option<u32>,
        decimals: usize,
    ) -> Result<(), LoadRefusal> {
        let Some(figure) = figure else { return Ok(()) };
        match self.details.get(path) {
            None => record.put(path, &unscaled(figure, decimals)),
            // Older files say only whether there are segments.
            Some(written) if path == "ATT_SEG" && ["Y", "N"].contains(&written.as_str()) => {}
            Some(written) if scaled(written, decimals).is_some_and(|read| read.value == figure) => {}
            Some(_) => return Err(LoadRefusal::FieldTwice { field: path.to_owned() }),
        }
        Ok(())
    }

    /// As the registry has it: what was told can be sent again and changes nothing.
    pub(super) fn of(unit: &store::unit::UnitRow, content: &UnitContent, withdrawn: bool) -> Self {
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
            din: unit.din.clone(),
            grid: unit.grid.clone(),
            local_id: some(&unit.local_id),
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
            details: content.details.clone(),
        }
    }
}

/// A text that no database and no reader stumbles over.
fn text(record: &mut Record, path: &str, value: &str) -> Result<(), LoadRefusal> {
    if domain::text::line(value, TEXT).is_err() {
        return Err(LoadRefusal::TextUnfit { field: path.to_owned() });
    }
    record.put(path, value);
    Ok(())
}

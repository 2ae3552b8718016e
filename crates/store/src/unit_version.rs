//! Versions of a unit: what was known of it from a change on, as rows that are never updated.

use domain::audit::{Fields, Hash};
use domain::id::{ChangeId, UnitId};
use domain::registry::{
    Abo, Compartment, Culture, Figures, Haemoglobin, Markers, Ownership, Place, Rhesus, Sex, UnitContent,
    UnitStatus, UnitTests, VersionSource,
};
use domain::time::Date;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::insert_rows;
use crate::tx::EventPlace;
use crate::unit::UnitRow;

/// One version as table `unit_version` keeps it. Made by [`VersionRow::new`], read by [`VersionRow::content`].
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct VersionRow {
    /// The unit.
    pub unit_id: Uuid,
    /// The change that publishes it.
    pub change_id: Uuid,
    /// Line of the load's file; 0 for others.
    pub line: i64,
    /// [`VersionSource`].
    pub source: String,
    /// The bank withdrew the unit: what else stands here is its last content.
    pub withdrawn: bool,
    ownership: String,
    status: String,
    status_reason: String,
    hla: String,
    hla_method: String,
    hla_typed_on: Option<String>,
    abo: String,
    rhesus: String,
    sex: String,
    ethnicity: String,
    collected_on: Option<String>,
    processed_on: Option<String>,
    frozen_on: Option<String>,
    volume_ul: i64,
    tnc_e5: i64,
    cd34_e3: i64,
    mnc_e5: i64,
    viability_permille: Option<i64>,
    segments: i64,
    bacterial: String,
    fungal: String,
    haemoglobin: String,
    markers: String,
    compartments: String,
    details: String,
    /// Digest of the content: the same content has the same.
    pub content: Vec<u8>,
    /// [`UnitRow::identity`] of the unit when it was written; none in rows from before.
    pub identity: Option<Vec<u8>>,
    /// Chain of the event that wrote it; none for a load's, which its load's event covers.
    pub event_chain: Option<i64>,
    /// Number of that event.
    pub event_seq: Option<i64>,
}

fn word<T>(value: Option<T>, as_str: fn(T) -> &'static str) -> String {
    value.map(as_str).unwrap_or_default().to_owned()
}

fn day(value: Option<Date>) -> Option<String> {
    value.map(|day| day.to_string())
}

impl VersionRow {
    /// The row of a content, published by `change`, `place` when one event writes just this version.
    #[must_use]
    pub fn new(
        unit: UnitId,
        change: ChangeId,
        source: VersionSource,
        content: &UnitContent,
        withdrawn: bool,
        place: Option<EventPlace>,
    ) -> Self {
        // Neither can fail: the keys are text, and there are no maps with other keys.
        let compartments = serde_json::to_string(&content.compartments).unwrap_or_default();
        let details = serde_json::to_string(&content.details).unwrap_or_default();
        let mut row = Self {
            unit_id: unit.0,
            change_id: change.0,
            line: 0,
            source: source.as_str().to_owned(),
            withdrawn,
            ownership: content.ownership.as_str().to_owned(),
            status: content.status.as_str().to_owned(),
            status_reason: content.status_reason.clone(),
            hla: content.hla.clone(),
            hla_method: content.hla_method.clone(),
            hla_typed_on: day(content.hla_typed_on),
            abo: word(content.abo, Abo::as_str),
            rhesus: word(content.rhesus, Rhesus::as_str),
            sex: word(content.sex, Sex::as_str),
            ethnicity: content.ethnicity.clone(),
            collected_on: day(content.collected_on),
            processed_on: day(content.processed_on),
            frozen_on: day(content.frozen_on),
            volume_ul: content.figures.volume_ul.into(),
            tnc_e5: content.figures.tnc_e5.into(),
            cd34_e3: content.figures.cd34_e3.into(),
            mnc_e5: content.mnc_e5.into(),
            viability_permille: content.viability_permille.map(i64::from),
            segments: content.segments.into(),
            bacterial: word(content.tests.bacterial, Culture::as_str),
            fungal: word(content.tests.fungal, Culture::as_str),
            haemoglobin: word(content.tests.haemoglobin, Haemoglobin::as_str),
            markers: word(content.tests.markers, Markers::as_str),
            compartments,
            details,
            content: Vec::new(),
            identity: None,
            event_chain: place.map(|p| p.chain),
            event_seq: place.map(|p| p.seq),
        };
        row.content = row.content_digest().to_vec();
        row
    }

    /// The same version, which proves from now on who the unit is.
    #[must_use]
    pub fn of(mut self, unit: &UnitRow) -> Self {
        self.identity = Some(unit.identity().to_vec());
        self
    }

    /// The same content as a version by which the bank withdraws the unit.
    #[must_use]
    pub fn withdrawn_by(mut self, change: ChangeId, line: i64) -> Self {
        self.change_id = change.0;
        self.line = line;
        VersionSource::Load.as_str().clone_into(&mut self.source);
        self.withdrawn = true;
        self.event_chain = None;
        self.event_seq = None;
        self.content = self.content_digest().to_vec();
        self
    }

    /// The digest of what it says, whichever change and line it came by.
    #[must_use]
    pub fn content_digest(&self) -> Hash {
        Fields::new("unit content")
            .int(i64::from(self.withdrawn))
            .text(&self.ownership)
            .text(&self.status)
            .text(&self.status_reason)
            .text(&self.hla)
            .text(&self.hla_method)
            .maybe_text(self.hla_typed_on.as_deref())
            .text(&self.abo)
            .text(&self.rhesus)
            .text(&self.sex)
            .text(&self.ethnicity)
            .maybe_text(self.collected_on.as_deref())
            .maybe_text(self.processed_on.as_deref())
            .maybe_text(self.frozen_on.as_deref())
            .int(self.volume_ul)
            .int(self.tnc_e5)
            .int(self.cd34_e3)
            .int(self.mnc_e5)
            .maybe_int(self.viability_permille)
            .int(self.segments)
            .text(&self.bacterial)
            .text(&self.fungal)
            .text(&self.haemoglobin)
            .text(&self.markers)
            .text(&self.compartments)
            .text(&self.details)
            .finish()
    }

    /// The digest for the audit chain, or for the running digest of a load.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let fields = Fields::new("unit_version")
            .id(self.unit_id)
            .id(self.change_id)
            .int(self.line)
            .text(&self.source)
            .bytes(&self.content_digest());
        match &self.identity {
            Some(identity) => fields.bytes(identity).finish(),
            None => fields.finish(),
        }
    }

    /// Rows from before places had one form are read in it, too.
    fn compartments(&self) -> Result<Vec<Compartment>, serde_json::Error> {
        let mut compartments = serde_json::from_str::<Vec<Compartment>>(&self.compartments)?;
        for compartment in &mut compartments {
            compartment.place = compartment.place.as_ref().map(Place::folded);
        }
        Ok(compartments)
    }

    /// What it says.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for a word or number that no version can have.
    pub fn content(&self) -> Result<UnitContent, StoreError> {
        let wrong = |column| inconsistent("unit_version", column, self.unit_id);
        let number = |value: i64, column| u32::try_from(value).map_err(|_| wrong(column));
        let date = |value: &Option<String>, column| {
            value.as_deref().map(|text| text.parse::<Date>().map_err(|_| wrong(column))).transpose()
        };
        Ok(UnitContent {
            ownership: Ownership::from_word(&self.ownership).ok_or_else(|| wrong("ownership"))?,
            status: UnitStatus::from_word(&self.status).ok_or_else(|| wrong("status"))?,
            status_reason: self.status_reason.clone(),
            hla: self.hla.clone(),
            hla_method: self.hla_method.clone(),
            hla_typed_on: date(&self.hla_typed_on, "hla_typed_on")?,
            abo: Abo::from_word(&self.abo),
            rhesus: Rhesus::from_word(&self.rhesus),
            sex: Sex::from_word(&self.sex),
            ethnicity: self.ethnicity.clone(),
            collected_on: date(&self.collected_on, "collected_on")?,
            processed_on: date(&self.processed_on, "processed_on")?,
            frozen_on: date(&self.frozen_on, "frozen_on")?,
            figures: Figures {
                volume_ul: number(self.volume_ul, "volume_ul")?,
                tnc_e5: number(self.tnc_e5, "tnc_e5")?,
                cd34_e3: number(self.cd34_e3, "cd34_e3")?,
            },
            mnc_e5: number(self.mnc_e5, "mnc_e5")?,
            viability_permille: self
                .viability_permille
                .map(|v| u16::try_from(v).map_err(|_| wrong("viability_permille")))
                .transpose()?,
            segments: u8::try_from(self.segments).map_err(|_| wrong("segments"))?,
            tests: UnitTests {
                bacterial: Culture::from_word(&self.bacterial),
                fungal: Culture::from_word(&self.fungal),
                haemoglobin: Haemoglobin::from_word(&self.haemoglobin),
                markers: Markers::from_word(&self.markers),
            },
            compartments: self.compartments().map_err(|_| wrong("compartments"))?,
            details: serde_json::from_str(&self.details).map_err(|_| wrong("details"))?,
        })
    }
}

/// Adds versions. They are seen when their change is published.
///
/// # Errors
/// As the driver.
pub async fn versions_insert(conn: &mut Conn<'_>, rows: &[VersionRow]) -> Result<(), StoreError> {
    insert_rows!(
        conn,
        "insert into unit_version (unit_id, change_id, line, source, withdrawn, ownership, status, status_reason, hla, \
         hla_method, hla_typed_on, abo, rhesus, sex, ethnicity, collected_on, processed_on, frozen_on, volume_ul, tnc_e5, \
         cd34_e3, mnc_e5, viability_permille, segments, bacterial, fungal, haemoglobin, markers, compartments, details, \
         content, identity, event_chain, event_seq) ",
        rows,
        |bind, row| {
            bind.push_bind(row.unit_id)
                .push_bind(row.change_id)
                .push_bind(row.line)
                .push_bind(&row.source)
                .push_bind(row.withdrawn)
                .push_bind(&row.ownership)
                .push_bind(&row.status)
                .push_bind(&row.status_reason)
                .push_bind(&row.hla)
                .push_bind(&row.hla_method)
                .push_bind(row.hla_typed_on.as_deref())
                .push_bind(&row.abo)
                .push_bind(&row.rhesus)
                .push_bind(&row.sex)
                .push_bind(&row.ethnicity)
                .push_bind(row.collected_on.as_deref())
                .push_bind(row.processed_on.as_deref())
                .push_bind(row.frozen_on.as_deref())
                .push_bind(row.volume_ul)
                .push_bind(row.tnc_e5)
                .push_bind(row.cd34_e3)
                .push_bind(row.mnc_e5)
                .push_bind(row.viability_permille)
                .push_bind(row.segments)
                .push_bind(&row.bacterial)
                .push_bind(&row.fungal)
                .push_bind(&row.haemoglobin)
                .push_bind(&row.markers)
                .push_bind(&row.compartments)
                .push_bind(&row.details)
                .push_bind(&row.content)
                .push_bind(row.identity.as_deref())
                .push_bind(row.event_chain)
                .push_bind(row.event_seq);
        }
    )
}

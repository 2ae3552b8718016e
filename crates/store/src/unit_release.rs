//! Releases of held compartments to a hospital, and the temperatures on their way.

use domain::audit::Fields;
use domain::id::{HoldId, HospitalId, UnitReleaseId};
use domain::registry::{LogSummary, Reading, ReleaseState, WARMEST_DC};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_one, fetch_optional, insert_rows};
use crate::tx::Tx;

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReleaseRow {
    /// Id.
    pub id: Uuid,
    /// The hold whose compartments it takes.
    pub hold_id: Uuid,
    /// Where to.
    pub hospital_id: Uuid,
    /// The award that pays for it, where there is one: no release waits for that.
    pub award_id: Option<Uuid>,
    /// [`ReleaseState`].
    pub state: String,
    /// Who asked for it.
    pub ordered_by: Uuid,
    /// When (µs).
    pub ordered_at: i64,
    /// Who authorized it.
    pub authorized_by: Option<Uuid>,
    /// When (µs).
    pub authorized_at: Option<i64>,
    /// Who checked the identity first.
    pub checked_by_first: Option<Uuid>,
    /// Who checked it after that.
    pub checked_by_second: Option<Uuid>,
    /// Which shipper it left in, or empty.
    pub shipper: String,
    /// When it left (µs).
    pub shipped_at: Option<i64>,
    /// Why it ended as it did, or empty.
    pub outcome_reason: String,
    /// When it ended (µs).
    pub closed_at: Option<i64>,
    /// Chain of the event that made it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ReleaseRow {
    /// Reads the state.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for another word.
    pub fn state(&self) -> Result<ReleaseState, StoreError> {
        ReleaseState::from_word(&self.state).ok_or_else(|| inconsistent("unit_release", "state", self.id))
    }

    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("unit_release")
            .id(self.id)
            .id(self.hold_id)
            .id(self.hospital_id)
            .maybe_id(self.award_id)
            .text(&self.state)
            .id(self.ordered_by)
            .int(self.ordered_at)
            .maybe_id(self.authorized_by)
            .maybe_int(self.authorized_at)
            .maybe_id(self.checked_by_first)
            .maybe_id(self.checked_by_second)
            .text(&self.shipper)
            .maybe_int(self.shipped_at)
            .text(&self.outcome_reason)
            .maybe_int(self.closed_at)
            .int(self.event_seq);
        Fact::new("unit_release", self.id, fields)
    }
}

/// Keeps an ordered release. Its fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when the hold has one.
pub async fn release_add(tx: &mut Tx, row: &ReleaseRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into unit_release (id, hold_id, hospital_id, award_id, state, ordered_by, ordered_at, shipper, \
         outcome_reason, event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.id,
        row.hold_id,
        row.hospital_id,
        row.award_id,
        &row.state,
        row.ordered_by,
        row.ordered_at,
        &row.shipper,
        &row.outcome_reason,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.fact())
}

/// Writes what changed of a release whose state was `was`; `None` when it is another by now.
///
/// # Errors
/// [`StoreError::Impossible`] where the schema forbids it: the same person twice, a step left out.
pub async fn release_set(
    tx: &mut Tx,
    row: &ReleaseRow,
    was: ReleaseState,
) -> Result<Option<Fact>, StoreError> {
    let changed = execute!(
        &mut tx.conn(),
        "update unit_release set award_id = $3, state = $4, authorized_by = $5, authorized_at = $6, \
         checked_by_first = $7, checked_by_second = $8, shipper = $9, shipped_at = $10, outcome_reason = $11, \
         closed_at = $12 where id = $1 and state = $2",
        row.id,
        was.as_str(),
        row.award_id,
        &row.state,
        row.authorized_by,
        row.authorized_at,
        row.checked_by_first,
        row.checked_by_second,
        &row.shipper,
        row.shipped_at,
        &row.outcome_reason,
        row.closed_at
    )?;
    Ok((changed == 1).then(|| row.fact()))
}

/// One release.
///
/// # Errors
/// As the driver.
pub async fn release_get(conn: &mut Conn<'_>, id: UnitReleaseId) -> Result<Option<ReleaseRow>, StoreError> {
    fetch_optional!(conn, ReleaseRow, "select * from unit_release where id = $1", id.0)
}

/// The release of a hold.
///
/// # Errors
/// As the driver.
pub async fn release_of_hold(conn: &mut Conn<'_>, hold: HoldId) -> Result<Option<ReleaseRow>, StoreError> {
    fetch_optional!(conn, ReleaseRow, "select * from unit_release where hold_id = $1", hold.0)
}

/// Releases, of one hospital or of all, newest first below the id `before`, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn releases_list(
    conn: &mut Conn<'_>,
    hospital: Option<HospitalId>,
    before: UnitReleaseId,
    limit: i64,
) -> Result<Vec<ReleaseRow>, StoreError> {
    match hospital {
        Some(hospital) => fetch_all!(
            conn,
            ReleaseRow,
            "select * from unit_release where hospital_id = $1 and id < $2 order by id desc limit $3",
            hospital.0,
            before.0,
            limit
        ),
        None => fetch_all!(
            conn,
            ReleaseRow,
            "select * from unit_release where id < $1 order by id desc limit $2",
            before.0,
            limit
        ),
    }
}

#[derive(sqlx_macros::FromRow)]
struct TemperatureRow {
    release_id: Uuid,
    at: i64,
    temperature_dc: i64,
}

impl TemperatureRow {
    fn reading(&self) -> Result<Reading, StoreError> {
        let temperature_dc = i32::try_from(self.temperature_dc)
            .map_err(|_| inconsistent("release_temperature", "temperature_dc", self.release_id))?;
        Ok(Reading { at: domain::time::Instant(self.at), temperature_dc })
    }
}

fn log_fact(release: Uuid, readings: &[Reading]) -> Fact {
    let fields = readings.iter().fold(Fields::new("release_temperature").id(release), |fields, reading| {
        fields.int(reading.at.0).int(reading.temperature_dc.into())
    });
    Fact::new("release_temperature", release, fields)
}

/// Attaches the shipper's log to a release. The fact goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when a reading of that moment is there.
pub async fn log_add(tx: &mut Tx, release: UnitReleaseId, readings: &[Reading]) -> Result<Fact, StoreError> {
    insert_rows!(
        &mut tx.conn(),
        "insert into release_temperature (release_id, at, temperature_dc) ",
        readings,
        |bind, reading| {
            bind.push_bind(release.0).push_bind(reading.at.0).push_bind(i64::from(reading.temperature_dc));
        }
    )?;
    Ok(log_fact(release.0, readings))
}

/// The shipper's log of a release, in the order of time; empty when none is attached.
///
/// # Errors
/// As the driver.
pub async fn log_of(conn: &mut Conn<'_>, release: UnitReleaseId) -> Result<Vec<Reading>, StoreError> {
    let rows = fetch_all!(
        conn,
        TemperatureRow,
        "select * from release_temperature where release_id = $1 order by at",
        release.0
    )?;
    rows.iter().map(TemperatureRow::reading).collect()
}

#[derive(sqlx_macros::FromRow)]
struct SummaryRow {
    readings: i64,
    first: Option<i64>,
    last: Option<i64>,
    coldest: Option<i64>,
    warmest: Option<i64>,
    too_warm: i64,
    gap: Option<i64>,
}

/// What the shipper's log of a release says as a whole; `None` when none is attached. The log itself stays where it is.
///
/// # Errors
/// [`StoreError::Inconsistent`] for an absurd temperature.
pub async fn log_summary(
    conn: &mut Conn<'_>,
    release: UnitReleaseId,
) -> Result<Option<LogSummary>, StoreError> {
    let row = fetch_one!(
        conn,
        SummaryRow,
        "select count(*) as readings, min(at) as first, max(at) as last, min(temperature_dc) as coldest, \
         max(temperature_dc) as warmest, count(case when temperature_dc > $2 then 1 end) as too_warm, max(pause) as gap \
         from (select at, temperature_dc, at - lag(at) over (order by at) as pause from release_temperature \
         where release_id = $1) log",
        release.0,
        i64::from(WARMEST_DC)
    )?;
    let (Some(first), Some(last), Some(coldest), Some(warmest)) =
        (row.first, row.last, row.coldest, row.warmest)
    else {
        return Ok(None);
    };
    let wrong = || inconsistent("release_temperature", "temperature_dc", release.0);
    Ok(Some(LogSummary {
        readings: usize::try_from(row.readings).unwrap_or(usize::MAX),
        from: Instant(first),
        to: Instant(last),
        coldest_dc: i32::try_from(coldest).map_err(|_| wrong())?,
        warmest_dc: i32::try_from(warmest).map_err(|_| wrong())?,
        too_warm: usize::try_from(row.too_warm).unwrap_or(usize::MAX),
        longest_gap: row.gap.unwrap_or(0) / 1_000_000,
    }))
}

/// The facts of all releases and their logs.
pub(crate) async fn facts_now(conn: &mut Conn<'_>) -> Result<Vec<Fact>, StoreError> {
    let releases = fetch_all!(&mut *conn, ReleaseRow, "select * from unit_release order by id")?;
    let mut facts: Vec<Fact> = releases.iter().map(ReleaseRow::fact).collect();
    let logged = fetch_all!(&mut *conn, (Uuid,), "select distinct release_id from release_temperature")?;
    for (release,) in logged {
        facts.push(log_fact(release, &log_of(conn, UnitReleaseId(release)).await?));
    }
    Ok(facts)
}

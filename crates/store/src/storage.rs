//! Where compartments lie, and tanks that were too warm.

use domain::audit::{Fields, Hash};
use domain::id::{BankId, UnitId};
use domain::registry::{Excursion, Place};
use domain::time::Instant;
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::facts::Fact;
use crate::sql::{execute, fetch_all, fetch_optional};
use crate::tx::Tx;

/// A move of a compartment to a place.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct MoveRow {
    /// Id.
    pub id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The unit's bank, whose place it is: banks name their tanks alike.
    pub bank_id: Uuid,
    /// From 1 to 5.
    pub compartment: i64,
    /// Tank.
    pub tank: String,
    /// Rack.
    pub rack: String,
    /// Box.
    #[sqlx(rename = "box")]
    pub box_: String,
    /// Slot.
    pub slot: String,
    /// When (µs).
    pub moved_at: i64,
    /// Who moved it.
    pub moved_by: String,
    /// Whether it lies there now.
    pub current: bool,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl MoveRow {
    /// The digest for the event: all but whether it lies there still, which the later moves tell, and the bank, which
    /// the unit tells.
    #[must_use]
    pub fn digest(&self) -> Hash {
        Fields::new("storage_move")
            .id(self.id)
            .id(self.unit_id)
            .int(self.compartment)
            .text(&self.tank)
            .text(&self.rack)
            .text(&self.box_)
            .text(&self.slot)
            .int(self.moved_at)
            .text(&self.moved_by)
            .finish()
    }

    /// The place.
    #[must_use]
    pub fn place(&self) -> Place {
        let (tank, rack, slot) = (self.tank.clone(), self.rack.clone(), self.slot.clone());
        Place { tank, rack, box_: self.box_.clone(), slot }
    }
}

/// Moves a compartment: from now on it lies there and nowhere else. The digest goes into the event.
///
/// # Errors
/// [`StoreError::Conflict`] when another lies there.
pub async fn move_add(tx: &mut Tx, row: &MoveRow) -> Result<Hash, StoreError> {
    let mut conn = tx.conn();
    place_leave(&mut conn, UnitId(row.unit_id), row.compartment).await?;
    execute!(
        &mut conn,
        "insert into storage_move (id, unit_id, bank_id, compartment, tank, rack, box, slot, moved_at, moved_by, current, \
         event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        row.id,
        row.unit_id,
        row.bank_id,
        row.compartment,
        &row.tank,
        &row.rack,
        &row.box_,
        &row.slot,
        row.moved_at,
        &row.moved_by,
        row.current,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.digest())
}

/// Empties the place of a compartment that leaves.
///
/// # Errors
/// As the driver.
pub async fn place_leave(conn: &mut Conn<'_>, unit: UnitId, compartment: i64) -> Result<(), StoreError> {
    execute!(
        conn,
        "update storage_move set current = $3 where unit_id = $1 and compartment = $2 and current",
        unit.0,
        compartment,
        false
    )?;
    Ok(())
}

/// The moves of a unit in the order in which they were recorded.
///
/// # Errors
/// As the driver.
pub async fn moves_of_unit(conn: &mut Conn<'_>, unit: UnitId) -> Result<Vec<MoveRow>, StoreError> {
    fetch_all!(conn, MoveRow, "select * from storage_move where unit_id = $1 order by event_seq, id", unit.0)
}

/// The units of which a compartment was ever moved into a tank of a bank, by id; without a bank, into any tank of that
/// name.
///
/// # Errors
/// As the driver.
pub async fn units_in_tank(
    conn: &mut Conn<'_>,
    bank: Option<BankId>,
    tank: &str,
) -> Result<Vec<UnitId>, StoreError> {
    let rows = fetch_all!(
        conn,
        (Uuid,),
        "select distinct unit_id from storage_move where tank = $1 and (bank_id = $2 or $2 is null) order by unit_id",
        tank,
        bank.map(|bank| bank.0)
    )?;
    Ok(rows.into_iter().map(|(id,)| UnitId(id)).collect())
}

/// A tank that was warmer than it may be.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ExcursionRow {
    /// Id.
    pub id: Uuid,
    /// The tank.
    pub tank: String,
    /// From when (µs).
    pub began_at: i64,
    /// Until when (µs); `None` while it lasts.
    pub ended_at: Option<i64>,
    /// How warm, in tenths of a degree Celsius.
    pub warmest_dc: i64,
    /// What was noted.
    pub note: String,
    /// `harmless`, `lost`, or empty while nobody has judged it.
    pub review: String,
    /// Who judged it, or empty.
    pub reviewed_by: String,
    /// When (µs).
    pub reviewed_at: Option<i64>,
    /// Whose tank it is; `None` from before banks had tanks of their own: then every bank's of that name.
    pub bank_id: Option<Uuid>,
    /// Chain of the event that recorded it.
    pub event_chain: i64,
    /// Number of that event.
    pub event_seq: i64,
}

impl ExcursionRow {
    /// What this row is, for the event that wrote it.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let fields = Fields::new("temperature_excursion")
            .id(self.id)
            .text(&self.tank)
            .int(self.began_at)
            .maybe_int(self.ended_at)
            .int(self.warmest_dc)
            .text(&self.note)
            .text(&self.review)
            .text(&self.reviewed_by)
            .maybe_int(self.reviewed_at)
            .int(self.event_seq);
        // What was recorded without a bank stays proved as it was.
        let fields = match self.bank_id {
            Some(bank) => fields.id(bank),
            None => fields,
        };
        Fact::new("temperature_excursion", self.id, fields)
    }

    /// What the rules need of it.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] for an absurd temperature.
    pub fn read(&self) -> Result<Excursion, StoreError> {
        let warmest_dc = i32::try_from(self.warmest_dc)
            .map_err(|_| inconsistent("temperature_excursion", "warmest_dc", self.id))?;
        Ok(Excursion {
            tank: self.tank.clone(),
            from: Instant(self.began_at),
            until: self.ended_at.map(Instant),
            warmest_dc,
            harmless: self.review == "harmless",
        })
    }
}

/// Records an excursion, or writes what changed of one. The fact goes into the event.
///
/// # Errors
/// As the driver.
pub async fn excursion_put(tx: &mut Tx, row: &ExcursionRow) -> Result<Fact, StoreError> {
    execute!(
        &mut tx.conn(),
        "insert into temperature_excursion (id, tank, began_at, ended_at, warmest_dc, note, review, reviewed_by, \
         reviewed_at, bank_id, event_chain, event_seq) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         on conflict (id) do update set ended_at = excluded.ended_at, warmest_dc = excluded.warmest_dc, \
         note = excluded.note, review = excluded.review, reviewed_by = excluded.reviewed_by, reviewed_at = excluded.reviewed_at",
        row.id,
        &row.tank,
        row.began_at,
        row.ended_at,
        row.warmest_dc,
        &row.note,
        &row.review,
        &row.reviewed_by,
        row.reviewed_at,
        row.bank_id,
        row.event_chain,
        row.event_seq
    )?;
    Ok(row.fact())
}

/// One excursion.
///
/// # Errors
/// As the driver.
pub async fn excursion_get(conn: &mut Conn<'_>, id: Uuid) -> Result<Option<ExcursionRow>, StoreError> {
    fetch_optional!(conn, ExcursionRow, "select * from temperature_excursion where id = $1", id)
}

/// The excursions of a bank's tanks that nobody has found harmless: what decides where its units stand.
///
/// # Errors
/// As the driver.
pub async fn excursions_open(conn: &mut Conn<'_>, bank: BankId) -> Result<Vec<ExcursionRow>, StoreError> {
    fetch_all!(
        conn,
        ExcursionRow,
        "select * from temperature_excursion where review <> 'harmless' and (bank_id = $1 or bank_id is null) \
         order by began_at, id",
        bank.0
    )
}

/// All excursions, newest first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn excursions_list(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<ExcursionRow>, StoreError> {
    fetch_all!(
        conn,
        ExcursionRow,
        "select * from temperature_excursion order by began_at desc, id limit $1",
        limit
    )
}

//! Many units at a time: what a load must know of the units of one batch, in one query, never one query a unit.

use std::collections::{BTreeMap, HashMap};

use domain::id::{BankId, UnitId};
use domain::registry::{LABORATORY, OwnTyping, OwnWord, UnitStatus, VersionSource};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{StoreError, inconsistent};
use crate::sql::{execute, fetch_all};
use crate::unit::UnitRow;
use crate::unit_version::VersionRow;

/// A unit as the registry knows it now: identity and what counts of its newest published version.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct KnownUnit {
    /// Id.
    pub id: Uuid,
    /// The registry's number.
    pub registry_id: String,
    /// Its bank.
    pub bank_id: Uuid,
    /// Donation identification number.
    pub din: Option<String>,
    /// GRID.
    pub grid: Option<String>,
    /// The bank's own number.
    pub local_id: String,
    /// The digest of what the newest published version says; none when nothing was published.
    pub content: Option<Vec<u8>>,
    /// Whether that version is withdrawn.
    pub withdrawn: Option<bool>,
    /// Its ownership.
    pub ownership: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// Its reason.
    pub status_reason: Option<String>,
    /// Its compartments as that version keeps them, unless all of them are simply stored here.
    pub compartments: Option<String>,
    /// How many of its compartments were released, shipped, infused, discarded here, or came back.
    pub spent: i64,
    /// Whether one of its compartments is held or ordered.
    pub held: bool,
}

impl KnownUnit {
    /// Its identity in a bank.
    #[must_use]
    pub fn named(&self, bank: BankId) -> UnitRow {
        UnitRow {
            id: self.id,
            registry_id: self.registry_id.clone(),
            bank_id: bank.0,
            din: self.din.clone(),
            grid: self.grid.clone(),
            local_id: self.local_id.clone(),
        }
    }

    /// A unit of which nothing was published.
    #[must_use]
    pub const fn bare(id: Uuid, registry_id: String, bank_id: Uuid) -> Self {
        Self {
            id,
            registry_id,
            bank_id,
            din: None,
            grid: None,
            local_id: String::new(),
            content: None,
            withdrawn: None,
            ownership: None,
            status: None,
            status_reason: None,
            compartments: None,
            spent: 0,
            held: false,
        }
    }
}

/// The units that bear one of these registry ids, DINs or GRIDs, published or not.
///
/// # Errors
/// As the driver.
pub async fn units_known(
    conn: &mut Conn<'_>,
    registry_ids: &[&str],
    dins: &[&str],
    grids: &[&str],
) -> Result<Vec<KnownUnit>, StoreError> {
    let list = |items: &[&str]| serde_json::Value::from(items).to_string();
    let (registry_ids, dins, grids) = (list(registry_ids), list(dins), list(grids));
    fetch_all!(
        conn,
        KnownUnit,
        "with wanted (id) as (select id from unit where registry_id in (select value from json_each($1)) \
         union select id from unit where din in (select value from json_each($2)) \
         union select id from unit where grid in (select value from json_each($3))) \
         select u.id, u.registry_id, u.bank_id, u.din, u.grid, u.local_id, v.content, v.withdrawn, v.ownership, v.status, \
         v.status_reason, case when exists (select 1 from compartment_state t where t.unit_id = u.id \
         and t.state <> 'stored') then v.compartments end as compartments, (select count(*) from (select s.compartment from compartment_state s where s.unit_id = u.id \
         and s.state in ('released', 'shipped', 'infused', 'returned', 'discarded') union \
         select h.compartment from hold_compartment h join unit_release r on r.hold_id = h.hold_id \
         where h.unit_id = u.id and r.state in ('authorized', 'shipped', 'infused', 'returned', 'discarded')) spent) as spent, \
         exists (select 1 from compartment_state t where t.unit_id = u.id and t.state in ('held', 'released')) as held \
         from wanted join unit u on u.id = wanted.id left join unit_version v on v.unit_id = u.id and v.change_id = \
         (select w.change_id from unit_version w join registry_change c on c.id = w.change_id \
         where w.unit_id = u.id and c.number is not null order by c.number desc limit 1)",
        &registry_ids,
        &dins,
        &grids
    )
}

#[derive(sqlx_macros::FromRow)]
struct OwnVersion {
    unit_id: Uuid,
    source: String,
    status: String,
    status_reason: String,
    hla: String,
    hla_method: String,
    hla_typed_on: Option<String>,
    details: String,
}

/// What staff and the laboratory said last of these units; left out are those of which they never said anything.
///
/// # Errors
/// As the driver.
pub async fn own_words(
    conn: &mut Conn<'_>,
    units: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, OwnWord>, StoreError> {
    let units = hex_list(units);
    let rows = fetch_all!(
        conn,
        OwnVersion,
        "select v.unit_id, v.source, v.status, v.status_reason, v.hla, v.hla_method, v.hla_typed_on, v.details \
         from unit_version v \
         join registry_change c on c.id = v.change_id where v.source in ('lab', 'staff') \
         and v.unit_id in (select unhex(value) from json_each($1)) and c.number is not null order by c.number",
        &units
    )?;
    let mut words = HashMap::<Uuid, OwnWord>::new();
    for row in rows {
        let wrong = |column| inconsistent("unit_version", column, row.unit_id);
        let word = words.entry(row.unit_id).or_default();
        if row.source == VersionSource::Staff.as_str() {
            let status = UnitStatus::from_word(&row.status).ok_or_else(|| wrong("status"))?;
            word.status = Some((status, row.status_reason));
        } else {
            let typed_on = row.hla_typed_on.as_deref().map(str::parse).transpose();
            let typed_on = typed_on.map_err(|_| wrong("hla_typed_on"))?;
            let details = serde_json::from_str::<BTreeMap<String, String>>(&row.details);
            let laboratory = details.map_err(|_| wrong("details"))?.remove(LABORATORY).unwrap_or_default();
            word.typing = Some(OwnTyping { hla: row.hla, method: row.hla_method, typed_on, laboratory });
        }
    }
    Ok(words)
}

/// The units of a bank that stand in the registry and are not withdrawn, after an id, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn bank_standing(
    conn: &mut Conn<'_>,
    bank: BankId,
    after: UnitId,
    limit: i64,
) -> Result<Vec<(Uuid, bool)>, StoreError> {
    fetch_all!(
        conn,
        (Uuid, bool),
        "select u.id, coalesce((select v.withdrawn from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = u.id and c.number is not null order by c.number desc limit 1), true) \
         from unit u where u.bank_id = $1 and u.id > $2 order by u.id limit $3",
        bank.0,
        after.0,
        limit
    )
}

/// Those of these units of which somebody holds a compartment, with the registry's numbers of them.
///
/// # Errors
/// As the driver.
pub async fn units_held(conn: &mut Conn<'_>, units: &[Uuid]) -> Result<Vec<(Uuid, String)>, StoreError> {
    let units = hex_list(units.iter().copied());
    fetch_all!(
        conn,
        (Uuid, String),
        "select u.id, u.registry_id from (select unhex(value) as id from json_each($1)) w join unit u on u.id = w.id \
         where exists (select 1 from hold_compartment p where p.unit_id = u.id and p.active) order by u.registry_id",
        &units
    )
}

/// The versions that count now of these units.
///
/// # Errors
/// As the driver.
pub async fn versions_now(conn: &mut Conn<'_>, units: &[Uuid]) -> Result<Vec<VersionRow>, StoreError> {
    let units = hex_list(units.iter().copied());
    fetch_all!(
        conn,
        VersionRow,
        "select v.* from (select unhex(value) as id from json_each($1)) u join unit_version v on v.unit_id = u.id \
         and v.change_id = (select w.change_id from unit_version w join registry_change c on c.id = w.change_id \
         where w.unit_id = u.id and c.number is not null order by c.number desc limit 1)",
        &units
    )
}

/// Gives units of which nothing was published to the bank that names them now, under the numbers by which it does, and
/// lets the open loads of other banks know that units may have been taken from them.
///
/// # Errors
/// As the driver.
pub async fn units_take_over(conn: &mut Conn<'_>, bank: BankId, units: &[UnitRow]) -> Result<(), StoreError> {
    if units.is_empty() {
        return Ok(());
    }
    let ids = hex_list(units.iter().map(|unit| unit.id));
    execute!(
        &mut *conn,
        "update unit_load set contested = contested + 1 where state = 'staging' and bank_id <> $1",
        bank.0
    )?;
    // First all lose their numbers: one may get another's.
    execute!(
        &mut *conn,
        "update unit set bank_id = $1, din = null, grid = null, local_id = '' \
         where id in (select unhex(value) from json_each($2)) and not exists \
         (select 1 from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = unit.id and c.number is not null)",
        bank.0,
        &ids
    )?;
    // Id, donation number and GRID have lengths of their own; the bank's own number is what is left.
    let number = |unit: &UnitRow| {
        let [din, grid] = [&unit.din, &unit.grid].map(|number| number.as_deref().unwrap_or_default());
        format!("{}{din:13}{grid:19}{}", unit.id.simple(), unit.local_id)
    };
    let numbers: Vec<String> = units.iter().map(number).collect();
    execute!(
        conn,
        "update unit set \
         din = (select nullif(trim(substr(value, 33, 13)), '') from json_each($1) where unhex(substr(value, 1, 32)) = unit.id), \
         grid = (select nullif(trim(substr(value, 46, 19)), '') from json_each($1) where unhex(substr(value, 1, 32)) = unit.id), \
         local_id = (select substr(value, 65) from json_each($1) where unhex(substr(value, 1, 32)) = unit.id) \
         where id in (select unhex(substr(value, 1, 32)) from json_each($1)) and not exists \
         (select 1 from unit_version v join registry_change c on c.id = v.change_id \
         where v.unit_id = unit.id and c.number is not null)",
        &serde_json::Value::from(numbers).to_string()
    )
    .map(|_| ())
}

/// Takes away those of these units of which nothing is known any more.
pub(crate) async fn units_delete_bare(
    conn: &mut Conn<'_>,
    units: impl Iterator<Item = Uuid>,
) -> Result<(), StoreError> {
    let units = hex_list(units);
    execute!(
        conn,
        "delete from unit where id in (select unhex(value) from json_each($1)) \
         and not exists (select 1 from unit_version v where v.unit_id = unit.id)",
        &units
    )
    .map(|_| ())
}

pub(crate) fn hex_list(units: impl Iterator<Item = Uuid>) -> String {
    let units: Vec<String> = units.map(|id| id.simple().to_string()).collect();
    serde_json::Value::from(units).to_string()
}

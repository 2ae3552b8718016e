//! Proving what the registry's versions hang on: the numbers of its changes, the identities of its units, and the files of
//! its nomenclature.

use uuid::Uuid;

use crate::db::Conn;
use crate::error::StoreError;
use crate::nomenclature::{files_digest, nomenclature_files, nomenclatures};
use crate::sql::{fetch_all, fetch_optional};
use crate::unit::UnitRow;
use crate::verify::{Check, PAGE};

#[derive(sqlx_macros::FromRow)]
struct ChangeCheckRow {
    id: Uuid,
    number: i64,
    unit_id: Option<Uuid>,
    /// The event of the load, the version or the nomenclature that it publishes; none where something beside them changed.
    seq: Option<i64>,
    load_state: Option<String>,
    version_of: Option<Uuid>,
}

/// Published changes are numbered 1, 2, 3 … in the order of their events, and nothing that has an event or is published
/// lacks a number.
pub(crate) async fn changes_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let (mut number, mut seq, mut wrong) = (0, 0, None);
    loop {
        let rows = fetch_all!(
            &mut *conn,
            ChangeCheckRow,
            "select c.id, c.number, c.unit_id, coalesce(l.event_seq, v.event_seq, n.event_seq) as seq, \
             l.state as load_state, v.unit_id as version_of from registry_change c \
             left join unit_load l on l.id = c.load_id \
             left join unit_version v on v.change_id = c.id and c.load_id is null \
             left join nomenclature_use n on n.change_id = c.id where c.number > $1 order by c.number limit $2",
            number,
            PAGE
        )?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let fault = if row.number != number + 1 {
                Some("a number before it is missing")
            } else if row.load_state.as_deref().is_some_and(|state| state != "published") {
                Some("its load is not published")
            } else if row.version_of.is_some() && row.version_of != row.unit_id {
                Some("its version is another unit's")
            } else if row.seq.is_some_and(|own| own < seq) {
                Some("its number is not in the order of the events")
            } else {
                None
            };
            wrong = wrong.or_else(|| fault.map(|fault| format!("registry_change {}: {fault}", row.id)));
            number = row.number;
            seq = row.seq.unwrap_or(seq);
        }
    }
    let lost = fetch_optional!(
        conn,
        (Uuid,),
        "select c.id from registry_change c join unit_version v on v.change_id = c.id \
         where c.number is null and v.event_seq is not null \
         union all select c.id from registry_change c join nomenclature_use n on n.change_id = c.id \
         where c.number is null limit 1"
    )?;
    let wrong = wrong.or(lost.map(|(id,)| format!("registry_change {id}: what it publishes has no number")));
    Ok(Check::new("changes_follow_events", number, wrong))
}

#[derive(sqlx_macros::FromRow)]
struct IdentityRow {
    change_id: Uuid,
    identity: Vec<u8>,
    #[sqlx(flatten)]
    unit: UnitRow,
}

/// Each published version that keeps the identity of its unit names the unit as it is.
pub(crate) async fn identities_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let (mut after, mut count, mut wrong) = ((Uuid::nil(), Uuid::nil()), 0, None);
    loop {
        let rows = fetch_all!(
            &mut *conn,
            IdentityRow,
            "select v.change_id, v.identity, u.* from unit_version v join registry_change c on c.id = v.change_id \
             join unit u on u.id = v.unit_id where v.identity is not null and c.number is not null \
             and (v.unit_id > $1 or (v.unit_id = $1 and v.change_id > $2)) order by v.unit_id, v.change_id limit $3",
            after.0,
            after.1,
            PAGE
        )?;
        let Some(last) = rows.last() else { break };
        after = (last.unit.id, last.change_id);
        count += rows.len() as i64;
        let bad = rows.iter().find(|row| row.unit.identity().as_slice() != row.identity);
        wrong = wrong.or_else(|| bad.map(|row| format!("unit {}: its numbers are not its own", row.unit.id)));
    }
    Ok(Check::new("units_equal_versions", count, wrong))
}

/// Each release of the nomenclature consists of the files that were loaded.
pub(crate) async fn nomenclature_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let (mut count, mut wrong) = (0, None);
    for release in nomenclatures(conn).await? {
        let files = nomenclature_files(conn, &release.version).await?;
        count += files.len() as i64;
        let stray = release.event_chain != 1 || release.event_seq < 1;
        if stray || files_digest(&files).as_slice() != release.digest {
            let version = &release.version;
            wrong.get_or_insert_with(|| {
                format!("nomenclature {version}: its files are not those that were loaded")
            });
        }
    }
    Ok(Check::new("nomenclature_equals_files", count, wrong))
}

//! Proving loads and disclosures: the rows that their events wrote, and the content of every published load.

use std::collections::BTreeMap;

use domain::audit::Hash;
use domain::id::{ChangeId, UnitId};
use uuid::Uuid;

use crate::change::change_versions;
use crate::db::Conn;
use crate::disclosure::DisclosureRow;
use crate::error::StoreError;
use crate::sql::{fetch_all, fetch_one};
use crate::unit_load::{LoadRow, content_add, content_none};
use crate::verify::{Check, PAGE};

/// Adds the digests of loads and disclosures that events `from`..=`to` wrote, by event.
pub(crate) async fn written_rows(
    conn: &mut Conn<'_>,
    chain: i64,
    (from, to): (i64, i64),
    digests: &mut BTreeMap<i64, Vec<Hash>>,
) -> Result<(), StoreError> {
    let loads = fetch_all!(
        &mut *conn,
        LoadRow,
        "select * from unit_load where event_chain = $1 and event_seq between $2 and $3",
        chain,
        from,
        to
    )?;
    for row in loads {
        digests.entry(row.event_seq.unwrap_or(0)).or_default().push(row.digest());
    }
    let disclosures = fetch_all!(
        &mut *conn,
        DisclosureRow,
        "select * from registry_disclosure where event_chain = $1 and event_seq between $2 and $3",
        chain,
        from,
        to
    )?;
    for row in disclosures {
        digests.entry(row.event_seq).or_default().push(row.digest());
    }
    Ok(())
}

/// Every published load: its versions give its content's digest and its counts, and each version what its row says.
pub(crate) async fn loads_check(conn: &mut Conn<'_>) -> Result<Check, StoreError> {
    let loads =
        fetch_all!(&mut *conn, LoadRow, "select * from unit_load where state = 'published' order by id")?;
    let (mut rows, mut wrong) = (0, None);
    for load in loads {
        let (count, found) = load_check(conn, &load).await?;
        rows += count;
        wrong = wrong.or(found);
    }
    // A version that counts belongs to a load or to an event: none may be slipped in beside them.
    let (strays,) = fetch_one!(
        &mut *conn,
        (i64,),
        "select count(*) from registry_change c join unit_version v on v.change_id = c.id \
         where c.load_id is null and v.event_seq is null"
    )?;
    if strays > 0 {
        wrong.get_or_insert_with(|| format!("unit_version: {strays} of no load and no event"));
    }
    Ok(Check::new("loads_equal_content", rows, wrong))
}

async fn load_check(conn: &mut Conn<'_>, load: &LoadRow) -> Result<(i64, Option<String>), StoreError> {
    let changes = fetch_all!(
        &mut *conn,
        (Uuid, Option<i64>),
        "select id, number from registry_change where load_id = $1",
        load.id
    )?;
    let [(change, Some(_))] = changes[..] else {
        return Ok((0, Some(format!("unit_load {}: it is published without a numbered change", load.id))));
    };
    let (mut content, mut count, mut withdrawn) = (content_none(), 0, 0);
    let (mut after, mut differing) = ((-1, UnitId(Uuid::nil())), None);
    loop {
        let page = change_versions(conn, ChangeId(change), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = (last.line, UnitId(last.unit_id));
        for version in &page {
            content = content_add(&content, &version.digest());
            count += 1;
            withdrawn += i64::from(version.withdrawn);
            if differing.is_none() && version.content_digest().as_slice() != version.content {
                differing =
                    Some(format!("unit_version {}: its content is not its digest's", version.unit_id));
            }
        }
    }
    let (refused,) =
        fetch_one!(&mut *conn, (i64,), "select count(*) from unit_load_refusal where load_id = $1", load.id)?;
    let counts = (load.added + load.changed + load.withdrawn, load.withdrawn, load.refused);
    let wrong = if differing.is_some() {
        differing
    } else if content.as_slice() != load.content_digest {
        Some(format!("unit_load {}: its units are not those that were published", load.id))
    } else if (count, withdrawn, refused) != counts {
        Some(format!("unit_load {}: counts {counts:?}, rows {:?}", load.id, (count, withdrawn, refused)))
    } else {
        None
    };
    Ok((count, wrong))
}

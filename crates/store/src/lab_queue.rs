//! What waits for the laboratory: holds whose units are to be typed again, releases to pack and on their way.

use domain::time::Instant;

use crate::db::Conn;
use crate::error::StoreError;
use crate::hold::HoldRow;
use crate::sql::fetch_all;
use crate::unit_release::ReleaseRow;

/// Active holds that ask for more than a reservation and have a unit without a confirmatory typing, the first to
/// expire first, at most `limit`.
///
/// # Errors
/// As the driver.
pub async fn holds_to_type(
    conn: &mut Conn<'_>,
    now: Instant,
    limit: i64,
) -> Result<Vec<HoldRow>, StoreError> {
    fetch_all!(
        conn,
        HoldRow,
        "select h.* from hold h where h.state = 'active' and h.expires_at > $1 and h.purpose <> 'reservation' \
         and exists (select 1 from hold_compartment p where p.hold_id = h.id and not exists \
         (select 1 from confirmatory_typing t where t.hold_id = h.id and t.unit_id = p.unit_id)) \
         order by h.expires_at, h.id limit $2",
        now.0,
        limit
    )
}

/// Releases that are authorized or under way, the first that was ordered first, at most `limit`. Those to be packed come
/// first: what is on its way may wait long for its outcome, and there is much of it.
///
/// # Errors
/// As the driver.
pub async fn releases_to_handle(conn: &mut Conn<'_>, limit: i64) -> Result<Vec<ReleaseRow>, StoreError> {
    fetch_all!(
        conn,
        ReleaseRow,
        "select * from unit_release where state in ('authorized', 'shipped') order by state, ordered_at, id limit $1",
        limit
    )
}

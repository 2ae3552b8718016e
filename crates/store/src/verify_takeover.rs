//! Proving the identities of what was taken over: each row is what the event of its gift or refund says of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::audit::EventRow;
use crate::db::Conn;
use crate::error::StoreError;
use crate::sql::{fetch_all, fetch_optional};
use crate::takeover::TakenOverRow;
use crate::verify::Check;

/// The kinds of events that take over one row of a list.
const KINDS: [&str; 2] = ["gift.taken_over", "refund.taken_over"];

/// A row with what else is known of it.
#[derive(sqlx_macros::FromRow)]
pub(crate) struct KeptRow {
    #[sqlx(flatten)]
    row: TakenOverRow,
    event_seq: i64,
    /// The content that the row's gift keeps, which the gift's own digest covers.
    gift_content: Option<Vec<u8>>,
}

impl KeptRow {
    fn name(&self) -> String {
        named(&self.row.source, &self.row.serial)
    }
}

fn named(source: &str, serial: &str) -> String {
    format!("taken_over {source} {serial}")
}

/// The rows whose gifts and refunds events `from`..=`to` wrote, by event.
pub(crate) async fn rows_by_event(
    conn: &mut Conn<'_>,
    chain: i64,
    (from, to): (i64, i64),
) -> Result<BTreeMap<i64, Vec<KeptRow>>, StoreError> {
    let mut rows = fetch_all!(
        &mut *conn,
        KeptRow,
        "select t.*, g.event_seq, g.content as gift_content from gift g join taken_over t on t.gift_id = g.id \
         where g.event_chain = $1 and g.event_seq between $2 and $3",
        chain,
        from,
        to
    )?;
    rows.extend(fetch_all!(
        conn,
        KeptRow,
        "select t.*, e.event_seq, g.content as gift_content from journal_entry e \
         join taken_over t on t.refund_id = e.refund_id left join gift g on g.id = t.gift_id \
         where e.kind = 'refund' and e.event_chain = $1 and e.event_seq between $2 and $3",
        chain,
        from,
        to
    )?);
    let mut by_event = BTreeMap::<i64, Vec<KeptRow>>::new();
    for row in rows {
        by_event.entry(row.event_seq).or_default().push(row);
    }
    Ok(by_event)
}

/// What the walk has found of them.
#[derive(Default)]
pub(crate) struct TakenOver {
    rows: i64,
    /// Rows from before events held digests: number and, for gifts, content are compared.
    old_rows: i64,
    wrong: Option<String>,
    old_wrong: Option<String>,
}

impl TakenOver {
    /// Compares what an event says with the rows of its gift or refund.
    pub(crate) fn step(&mut self, event: &EventRow, mut rows: Vec<KeptRow>) {
        if KINDS.contains(&event.kind.as_str()) {
            let said: Map<String, Value> = serde_json::from_str(&event.detail).unwrap_or_default();
            let text = |member: &str| said.get(member).and_then(Value::as_str);
            let (source, serial) = (text("source").unwrap_or(""), text("serial").unwrap_or(""));
            let place = rows.iter().position(|kept| kept.row.source == source && kept.row.serial == serial);
            let kept = place.map(|place| rows.swap_remove(place));
            let (count, wrong) = match text(TakenOverRow::MEMBER) {
                Some(_) => (&mut self.rows, &mut self.wrong),
                None => (&mut self.old_rows, &mut self.old_wrong),
            };
            *count += 1;
            let fault = match (kept, text(TakenOverRow::MEMBER)) {
                (None, _) => Some("is missing, an event speaks of it"),
                (Some(kept), Some(word)) if kept.row.word() != word => Some("is not what its event says"),
                (Some(KeptRow { row, gift_content: Some(content), .. }), None) if row.content != content => {
                    Some("is not what its gift says")
                }
                _ => None,
            };
            if let Some(fault) = fault {
                wrong.get_or_insert_with(|| format!("{}: {fault}", named(source, serial)));
            }
        }
        if let Some(stray) = rows.first() {
            self.wrong.get_or_insert_with(|| format!("{}: no event speaks of it", stray.name()));
        }
    }

    /// Both checks; `conn` is asked for rows that no walk along the events meets.
    pub(crate) async fn checks(self, conn: &mut Conn<'_>) -> Result<[Check; 2], StoreError> {
        let stray = fetch_optional!(
            conn,
            (String, String),
            "select t.source, t.serial from taken_over t where t.refund_id is not null and not exists \
             (select 1 from journal_entry e where e.refund_id = t.refund_id and e.kind = 'refund') limit 1"
        )?;
        let stray =
            stray.map(|(source, serial)| format!("{}: its refund is not booked", named(&source, &serial)));
        Ok([
            Check::new("taken_over_follows_events", self.rows, self.wrong.or(stray)),
            Check::new("old_taken_over_follows_events", self.old_rows, self.old_wrong),
        ])
    }
}

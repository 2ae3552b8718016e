//! Providers' bills beside the books.

use app::pages::console::bills::{BillsView, DayRow, DifferenceRow, page};
use axum::response::Response;
use domain::giving::Channel;
use domain::id::GiftId;
use domain::money::Fen;
use domain::time::Instant;
use service::bills::bills_list;

use super::staff_only;
use crate::web::page::Reader;

/// The differences that stand, and the days that were compared.
pub async fn list(reader: Reader) -> Response {
    staff_only!(reader);
    let view = bills_list(&reader.ctx).await.map(|(differences, days)| BillsView {
        differences: differences
            .into_iter()
            .filter_map(|row| {
                Some(DifferenceRow {
                    kind: row.difference()?,
                    day: row.day,
                    number: row.number,
                    gift: row.gift_id.map(GiftId),
                    ours: row.ours_fen.map(Fen),
                    theirs: row.theirs_fen.map(Fen),
                })
            })
            .collect(),
        days: days
            .into_iter()
            .filter_map(|row| {
                Some(DayRow {
                    channel: Channel::from_word(&row.channel)?,
                    day: row.day,
                    payments: row.payments,
                    refunds: row.refunds,
                    net: Fen(row.net_fen),
                    checked_at: Instant(row.checked_at),
                })
            })
            .collect(),
    });
    reader.answer(view, page)
}

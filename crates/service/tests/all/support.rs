//! What several tests of use cases need: forms, and the proof that the books hold.

use domain::access::Actor;
use domain::giving::GiftForm;
use domain::id::Token;
use service::Ctx;
use store::verify::Check;

/// A form that is enough for a gift; `key` tells forms apart.
pub fn form(key: u8, amount: &str) -> GiftForm {
    GiftForm {
        gift_key: Token([key; 16]).to_string(),
        target: "spark".into(),
        amount: amount.into(),
        channel: "sandbox".into(),
        ..GiftForm::default()
    }
}

/// The same moment, as anybody on the web.
pub fn public(ctx: &Ctx) -> Ctx {
    Ctx { actor: Actor::Public, ..ctx.clone() }
}

/// Every check of the books.
pub async fn checks(ctx: &Ctx) -> Vec<Check> {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::verify::checks(&mut reader.conn(), 1).await.unwrap()
}

/// Fails with the first thing that is wrong in the books.
pub async fn assert_books_hold(ctx: &Ctx) {
    for check in checks(ctx).await {
        assert_eq!(check.wrong, None, "{}", check.name);
    }
}

/// The one balance row of the fund with this code.
pub async fn balance(ctx: &Ctx, code: &str) -> store::ledger::BalanceRow {
    let fund = ctx.programme().await.unwrap().fund_by_code(code).unwrap().id;
    let mut reader = ctx.house.db.read().await.unwrap();
    let rows = store::ledger::balances(&mut reader.conn()).await.unwrap();
    rows.into_iter().find(|row| row.fund_id == fund.0).unwrap()
}

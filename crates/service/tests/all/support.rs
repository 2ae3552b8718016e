//! What several tests of use cases need: forms, and the proof that the books hold.

use domain::access::Actor;
use domain::giving::GiftForm;
use domain::id::{GiftId, Token};
use domain::money::Fen;
use domain::refusal::Refusal;
use service::giving::{Pledged, Settlement, gift_pledge, payment_settle};
use service::{Ctx, ServiceError};
use store::verify::Check;
use words::Lang;

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

/// Sends a form as the public does.
pub async fn pledge(ctx: &Ctx, form: &GiftForm) -> Pledged {
    gift_pledge(&public(ctx), form, Lang::Zh).await.unwrap()
}

/// The payment of a gift.
pub async fn payment(ctx: &Ctx, gift: GiftId) -> store::payment::PaymentRow {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::payment::payment_of_gift(&mut reader.conn(), gift).await.unwrap().unwrap()
}

/// What the provider says once the gift is paid.
pub async fn told(ctx: &Ctx, pledged: Pledged, fee: i64) -> Settlement {
    let payment = payment(ctx, pledged.gift_id).await;
    Settlement {
        provider_ref: format!("T{}", payment.out_trade_no),
        out_trade_no: payment.out_trade_no,
        amount: Fen(payment.amount_fen),
        fee: Fen(fee),
        paid_at: ctx.now,
    }
}

/// A gift of this form, paid without a fee.
pub async fn given(ctx: &Ctx, form: &GiftForm) -> GiftId {
    let pledged = pledge(ctx, form).await;
    payment_settle(ctx, told(ctx, pledged, 0).await).await.unwrap();
    pledged.gift_id
}

/// The rule that spoke; anything else fails the test.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> Refusal {
    match answer {
        Err(ServiceError::Refused(refusal) | ServiceError::At(_, refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What this test program counts, as an operator reads it.
pub fn metrics() -> metrics_exporter_prometheus::PrometheusHandle {
    static RECORDER: std::sync::OnceLock<metrics_exporter_prometheus::PrometheusHandle> =
        std::sync::OnceLock::new();
    RECORDER
        .get_or_init(|| metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().unwrap())
        .clone()
}

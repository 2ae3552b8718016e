//! Refunds through the real sandbox and by hand: the books end where the provider's do.

use domain::giving::{Channel, GiftForm};
use domain::id::{GiftId, RefundId};
use domain::money::Fen;
use domain::refusal::Refusal;
use service::Ctx;
use service::giving::{refund_confirm, refund_request, transfer_confirm};
use service::provider::{Received, RefundOrder, RefundReport, Report};
use service::work::{payments_round, refunds_round};
use store::refund::RefundRow;

use crate::outside::{Outside, outsides};
use crate::providers::{clearing, state};
use crate::support::{assert_books_hold, balance, form, pledge, refusal};

async fn refunds(ctx: &Ctx, gift: GiftId) -> Vec<RefundRow> {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::refund::refunds_of_gift(&mut reader.conn(), gift).await.unwrap()
}

/// A gift of ¥100.50 that is paid and heard of.
async fn paid(outside: &mut Outside, key: u8) -> (GiftId, String) {
    let (gift, no) = outside.opened(key).await;
    outside.pay(&no, "normal", 0).await;
    assert_eq!(outside.hear().await.received, Some(Received::Posted(gift)));
    (gift, no)
}

#[tokio::test]
async fn refunds_in_part_and_whole_end_where_the_provider_does() {
    for mut outside in outsides().await {
        let (gift, no) = paid(&mut outside, 1).await;
        paid(&mut outside, 2).await;
        let ctx = outside.ctx();
        for (amount, after) in [(3_000, "partly_refunded"), (7_050, "refunded")] {
            refund_request(&ctx, gift, Fen(amount), "多付", ctx.token()).await.unwrap();
            assert_eq!(balance(&ctx, "spark").await.encumbered_fen, amount);
            refunds_round(&outside.ctx()).await.unwrap();
            assert_eq!(state(&ctx, gift).await, after, "{}", outside.db.kind);
            // The provider tells of it as well: whoever comes second changes nothing.
            assert_eq!(outside.hear().await.status, 200);
            assert_books_hold(&ctx).await;
        }
        let provider = ctx.house.providers.of(Channel::Sandbox).unwrap();
        match provider.query(&outside.ctx(), &no).await.unwrap() {
            Report::Paid { refunded, .. } => assert_eq!(refunded, Fen(10_050)),
            other => panic!("{other:?}"),
        }
        assert_eq!(clearing(&ctx, gift).await, 0, "the fee came back with the money");
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.refunded_fen, kept.fees_fen, kept.encumbered_fen), (10_050, 60, 0));
        assert_eq!(refunds_round(&outside.ctx()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_notification_that_overtakes_the_answer_posts_the_refund() {
    for mut outside in outsides().await {
        let (gift, no) = paid(&mut outside, 1).await;
        let ctx = outside.ctx();
        refund_request(&ctx, gift, Fen(1_000), "多付", ctx.token()).await.unwrap();
        let row = refunds(&ctx, gift).await.remove(0);
        // As if this node had died after the provider's answer.
        let order = RefundOrder { out_refund_no: row.out_refund_no, out_trade_no: no, amount: Fen(1_000) };
        let provider = ctx.house.providers.of(Channel::Sandbox).unwrap();
        assert!(matches!(provider.refund(&ctx, &order).await.unwrap(), RefundReport::Done(_)));
        assert_eq!(outside.hear().await.received, Some(Received::Refunded(gift)), "{}", outside.db.kind);
        assert_eq!(refunds_round(&outside.ctx()).await.unwrap(), None);
        assert_eq!(balance(&ctx, "spark").await.refunded_fen, 1_000);
        assert_eq!(clearing(&ctx, gift).await, 10_050 - 60 - 1_000 + 6);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_refund_that_the_provider_refuses_frees_the_money_and_its_own_is_booked() {
    for mut outside in outsides().await {
        let (gift, no) = paid(&mut outside, 1).await;
        paid(&mut outside, 2).await;
        let ctx = outside.ctx();
        refund_request(&ctx, gift, Fen(10_050), "多付", ctx.token()).await.unwrap();
        // The provider gives money back by itself, under a number that we never made.
        let order = RefundOrder { out_refund_no: "THEIRS".into(), out_trade_no: no, amount: Fen(1_000) };
        let provider = ctx.house.providers.of(Channel::Sandbox).unwrap();
        provider.refund(&ctx, &order).await.unwrap();
        assert_eq!(outside.hear().await.status, 503, "more than is left beside what staff asked for: later");
        refunds_round(&outside.ctx()).await.unwrap();
        assert_eq!(refunds(&ctx, gift).await[0].state, "failed", "{}", outside.db.kind);
        let mut last = outside.hear().await;
        while last.status == 503 {
            last = outside.hear().await;
        }
        assert_eq!(last.received, Some(Received::Refunded(gift)));
        let rows = refunds(&ctx, gift).await;
        assert_eq!((rows[1].out_refund_no.as_str(), rows[1].state.as_str()), ("THEIRS", "done"));
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.refunded_fen, kept.encumbered_fen), (1_000, 0));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_refund_is_sent_again_until_it_is_answered() {
    for mut outside in outsides().await {
        let (gift, _) = paid(&mut outside, 1).await;
        let mut away = outside.other_node(3).await;
        let house = std::sync::Arc::get_mut(&mut away.house).unwrap();
        house.providers = crate::outside::provider_away(house);
        let ctx = outside.ctx();
        refund_request(&ctx, gift, Fen(1_000), "多付", ctx.token()).await.unwrap();
        let then = |ctx: &Ctx| Ctx { now: outside.clock.now(), ..ctx.clone() };
        let again = refunds_round(&then(&away)).await.unwrap().unwrap();
        assert!(again > outside.clock.now() && again <= outside.clock.now().plus_seconds(10));
        assert_eq!(balance(&ctx, "spark").await.encumbered_fen, 1_000, "still set aside");
        outside.clock.advance(10);
        refunds_round(&outside.ctx()).await.unwrap();
        assert_eq!(state(&ctx, gift).await, "partly_refunded", "{}", outside.db.kind);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn staff_send_a_transfer_back_and_confirm_it() {
    for mut outside in outsides().await {
        let ctx = outside.ctx();
        let transfer = GiftForm { channel: "bank_transfer".into(), ..form(1, "50") };
        let gift = pledge(&ctx, &transfer).await.gift_id;
        let today = ctx.now.date();
        transfer_confirm(&ctx, gift, Fen(5_000), "L1", today).await.unwrap();
        let refund = refund_request(&ctx, gift, Fen(2_000), "多付", ctx.token()).await.unwrap();
        payments_round(&ctx).await.unwrap();
        assert_eq!(refunds_round(&outside.ctx()).await.unwrap(), None, "left to staff");
        assert_eq!(state(&ctx, gift).await, "paid", "{}", outside.db.kind);
        let tomorrow = ctx.now.plus_seconds(24 * 3600).date();
        assert_eq!(refusal(refund_confirm(&ctx, refund, tomorrow).await), Refusal::DateImpossible);
        assert!(refund_confirm(&ctx, refund, today).await.unwrap());
        assert!(!refund_confirm(&ctx, refund, today).await.unwrap(), "a second click");
        assert_eq!(state(&ctx, gift).await, "partly_refunded");
        // What the sandbox holds only the sandbox gives back.
        let (other, _) = paid(&mut outside, 2).await;
        let refund = refund_request(&ctx, other, Fen(100), "多付", ctx.token()).await.unwrap();
        assert_eq!(refusal(refund_confirm(&ctx, refund, today).await), Refusal::GiftNotInState);
        let unknown = RefundId(uuid::Uuid::nil());
        assert_eq!(refusal(refund_confirm(&ctx, unknown, today).await), Refusal::NotFound);
        assert_books_hold(&ctx).await;
    }
}

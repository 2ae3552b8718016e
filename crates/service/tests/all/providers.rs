//! Payments through the real sandbox: every way in which its notifications may go wrong leaves one correct gift.

use std::sync::atomic::Ordering;

use domain::giving::Channel;
use domain::id::GiftId;
use domain::refusal::Refusal;
use domain::time::Instant;
use service::provider::{NotReceived, NoticeError, Opened, Received, notification_receive, payment_open};
use service::work::payments_round;
use service::{Ctx, ServiceError};

use crate::outside::{Outside, open, outsides};
use crate::support::{assert_books_hold, balance, form, payment, pledge, public, refusal};

pub async fn state(ctx: &Ctx, id: GiftId) -> String {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::gift::gift_get(&mut reader.conn(), id).await.unwrap().unwrap().state
}

/// What the journal says is at the provider.
pub async fn clearing(ctx: &Ctx, id: GiftId) -> i64 {
    let mut reader = ctx.house.db.read().await.unwrap();
    let entries = store::ledger::entries_of_gift(&mut reader.conn(), id).await.unwrap();
    let lines = entries.iter().flat_map(|(_, lines)| lines);
    lines.filter(|line| line.account == "clearing").map(|line| line.amount_fen).sum()
}

/// Exactly one gift of ¥100.50, posted once, with its fee.
async fn assert_one_gift(outside: &Outside, id: GiftId) {
    let ctx = outside.ctx();
    assert_eq!(state(&ctx, id).await, "paid", "{}", outside.db.kind);
    let kept = balance(&ctx, "spark").await;
    assert_eq!((kept.received_fen, kept.fees_fen, kept.gifts), (10_050, 60, 1), "{}", outside.db.kind);
    let mut reader = ctx.house.db.read().await.unwrap();
    let receipts = store::receipt::receipts_of_gift(&mut reader.conn(), id).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert_books_hold(&ctx).await;
}

#[tokio::test]
async fn a_payment_is_opened_once_and_its_notification_posts_the_gift() {
    for mut outside in outsides().await {
        let ctx = outside.ctx();
        let pledged = pledge(&ctx, &form(1, "100.50")).await;
        let page = open(&ctx, pledged.token).await;
        assert!(page.starts_with(&format!("{}/pay/", outside.sandbox)), "{page}");
        assert_eq!(open(&ctx, pledged.token).await, page, "{}", outside.db.kind);
        assert!(outside.page(&page).await.contains("100.50"));
        // A node that lost its answer asks again and finds the same page.
        testbed::tamper(&outside.db, "update payment set pay_url = null").await;
        assert_eq!(open(&ctx, pledged.token).await, page);
        // So does one that knows the site under another address.
        testbed::tamper(&outside.db, "update payment set pay_url = null").await;
        let moved = Ctx { now: outside.clock.now(), ..outside.other_node_at(2, "http://127.0.0.1:9").await };
        assert_eq!(open(&moved, pledged.token).await, page);
        let no = payment(&ctx, pledged.gift_id).await.out_trade_no;
        outside.pay(&no, "normal", 0).await;
        let heard = outside.hear().await;
        assert_eq!((heard.status, heard.received), (200, Some(Received::Posted(pledged.gift_id))));
        outside.quiet().await;
        assert_one_gift(&outside, pledged.gift_id).await;
        let again = payment_open(&public(&outside.ctx()), pledged.token).await;
        assert_eq!(refusal(again), Refusal::GiftNotInState);
    }
}

#[tokio::test]
async fn a_doubled_notification_posts_once() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "doubled", 0).await;
        let mut received = [outside.hear().await.received, outside.hear().await.received];
        received.sort_by_key(|r| !matches!(r, Some(Received::Posted(_))));
        assert_eq!(received, [Some(Received::Posted(gift)), Some(Received::Before(gift))]);
        outside.control(&no, "notify-again", serde_json::json!({})).await;
        assert_eq!(outside.hear().await.received, Some(Received::Before(gift)));
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn a_late_notification_finds_the_gift_posted_by_a_query() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "late", 60_000).await;
        outside.clock.advance(11);
        payments_round(&outside.ctx()).await.unwrap();
        assert_one_gift(&outside, gift).await;
        outside.quiet().await;
        outside.clock.advance(60);
        assert_eq!(outside.hear().await.received, Some(Received::Before(gift)));
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn a_lost_notification_is_settled_within_a_minute() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        // Looks that find nothing, up to the steady pace.
        for _ in 0..4 {
            outside.clock.advance(30);
            payments_round(&outside.ctx()).await.unwrap();
        }
        assert_eq!(state(&outside.ctx(), gift).await, "pending");
        outside.pay(&no, "lost", 0).await;
        let ctx = outside.ctx();
        let due = Instant(payment(&ctx, gift).await.next_query_at.unwrap());
        assert!(due > ctx.now && due <= ctx.now.plus_seconds(30), "{}", outside.db.kind);
        assert_eq!(payments_round(&ctx).await.unwrap(), Some(due), "nothing is due before");
        assert_eq!(state(&ctx, gift).await, "pending");
        outside.clock.advance(30);
        payments_round(&outside.ctx()).await.unwrap();
        assert_one_gift(&outside, gift).await;
        assert_eq!(payments_round(&outside.ctx()).await.unwrap(), None, "and never asked about again");
        outside.quiet().await;
    }
}

#[tokio::test]
async fn notifications_out_of_order_never_take_a_gift_back() {
    for mut outside in outsides().await {
        for (key, mode) in [(1, "stale_closed"), (2, "stale_pending")] {
            let (gift, no) = outside.opened(key).await;
            outside.pay(&no, mode, 0).await;
            assert_eq!(outside.hear().await.received, Some(Received::Posted(gift)), "{mode}");
            assert_eq!(outside.hear().await.received, Some(Received::Unpaid(gift)), "{mode}");
            assert_eq!(state(&outside.ctx(), gift).await, "paid", "{mode}");
            assert_eq!(payment(&outside.ctx(), gift).await.next_query_at, None);
        }
        let (gift, no) = outside.opened(3).await;
        outside.pay(&no, "closed_first", 0).await;
        assert_eq!(outside.hear().await.received, Some(Received::Unpaid(gift)));
        assert_eq!(outside.hear().await.received, Some(Received::Posted(gift)));
        let ctx = outside.ctx();
        assert_eq!(state(&ctx, gift).await, "paid", "{}", outside.db.kind);
        assert_eq!(balance(&ctx, "spark").await.gifts, 3);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_refund_told_before_its_payment_books_both() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "refund_first", 0).await;
        assert_eq!(outside.hear().await.received, Some(Received::Refunded(gift)));
        assert_eq!(outside.hear().await.received, Some(Received::Before(gift)));
        let ctx = outside.ctx();
        assert_eq!(state(&ctx, gift).await, "refunded", "{}", outside.db.kind);
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.received_fen, kept.refunded_fen, kept.fees_fen), (10_050, 10_050, 0));
        assert_eq!(clearing(&ctx, gift).await, 0, "nothing of it is left at the provider");
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn forgeries_are_refused_each_for_its_own_reason() {
    let metrics = crate::support::metrics();
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "forged_only", 0).await;
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(outside.hear().await.status);
        }
        assert_eq!(statuses, [401, 409, 403], "stranger's key, other amount, other merchant");
        let ctx = outside.ctx();
        assert_eq!(state(&ctx, gift).await, "pending", "{}", outside.db.kind);
        assert_eq!(balance(&ctx, "spark").await.gifts, 0);
        let counted = metrics.render();
        for outcome in ["signature", "disagrees", "other_merchant"] {
            let line = format!(r#"spark_notifications_total{{channel="sandbox",outcome="{outcome}"}}"#);
            assert!(counted.contains(&line), "{line} in {counted}");
        }
        outside.pay(&no, "forged", 0).await;
        for expected in [401, 409, 403, 200] {
            assert_eq!(outside.hear().await.status, expected);
        }
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn a_notification_counts_for_its_own_bytes_and_five_minutes() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "normal", 0).await;
        let heard = outside.hear().await;
        let ctx = public(&outside.ctx());
        let take = async |ctx: &Ctx, body: &[u8]| {
            notification_receive(ctx, Channel::Sandbox, &heard.headers, body).await
        };
        let doubt = |answer: Result<Received, NotReceived>| match answer {
            Err(NotReceived::NotBelieved(doubt)) => doubt,
            other => panic!("{other:?}"),
        };
        assert_eq!(take(&ctx, &heard.body).await.unwrap(), Received::Before(gift));
        let spaced = [heard.body.as_ref(), b" "].concat();
        assert_eq!(doubt(take(&ctx, &spaced).await), NoticeError::Signature, "{}", outside.db.kind);
        for away in [301, -301] {
            let then = Ctx { now: ctx.now.plus_seconds(away), ..ctx.clone() };
            assert_eq!(doubt(take(&then, &heard.body).await), NoticeError::Skewed);
        }
        let transfer = notification_receive(&ctx, Channel::BankTransfer, &heard.headers, &heard.body).await;
        assert_eq!(doubt(transfer), NoticeError::Channel);
        let none =
            notification_receive(&ctx, Channel::Sandbox, &axum::http::HeaderMap::new(), &heard.body).await;
        assert_eq!(doubt(none), NoticeError::Headers);
        // A house that never met the provider trusts no key.
        testbed::tamper(&outside.db, "delete from setting").await;
        let fresh = Ctx { now: ctx.now, ..outside.other_node(9).await };
        assert_eq!(doubt(take(&fresh, &heard.body).await), NoticeError::UnknownKey);
    }
}

#[tokio::test]
async fn money_that_comes_after_the_offer_is_booked_when_it_is_told() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "after_expiry", 5_000).await;
        outside.clock.advance(29 * 60);
        payments_round(&outside.ctx()).await.unwrap();
        assert_eq!(state(&outside.ctx(), gift).await, "pending", "{}", outside.db.kind);
        outside.clock.advance(61);
        payments_round(&outside.ctx()).await.unwrap();
        assert_eq!(state(&outside.ctx(), gift).await, "expired", "{}", outside.db.kind);
        assert_books_hold(&outside.ctx()).await;
        outside.clock.advance(10);
        while outside.hear().await.received != Some(Received::Posted(gift)) {}
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn money_that_comes_after_the_offer_is_looked_for_a_day_long() {
    for mut outside in outsides().await {
        let ((lost, no), (never, _)) = (outside.opened(1).await, outside.opened(2).await);
        outside.deaf.store(true, Ordering::SeqCst);
        outside.pay(&no, "after_expiry", 5_000).await;
        outside.clock.advance(30 * 60);
        payments_round(&outside.ctx()).await.unwrap();
        for gift in [lost, never] {
            assert_eq!(state(&outside.ctx(), gift).await, "expired", "{}", outside.db.kind);
        }
        let token = {
            let mut reader = outside.ctx().house.db.read().await.unwrap();
            let gift = store::gift::gift_get(&mut reader.conn(), never).await.unwrap().unwrap();
            service::gifts::token_of(&gift).unwrap()
        };
        assert_eq!(refusal(payment_open(&public(&outside.ctx()), token).await), Refusal::GiftNotInState);
        outside.clock.advance(3600);
        while !outside.hear().await.says("payment.paid") {}
        payments_round(&outside.ctx()).await.unwrap();
        assert_one_gift(&outside, lost).await;
        assert!(payment(&outside.ctx(), never).await.next_query_at.is_some(), "still looked for");
        outside.clock.advance(23 * 3600);
        payments_round(&outside.ctx()).await.unwrap();
        assert_eq!(payment(&outside.ctx(), never).await.next_query_at, None, "looked for long enough");
        assert_eq!(state(&outside.ctx(), never).await, "expired");
    }
}

#[tokio::test]
async fn what_the_payer_gave_up_ends_at_once() {
    for mut outside in outsides().await {
        let ctx = outside.ctx();
        let (gift, no) = outside.opened(1).await;
        ctx.house.providers.of(Channel::Sandbox).unwrap().close(&ctx, &no).await.unwrap();
        assert_eq!(outside.hear().await.received, Some(Received::Unpaid(gift)));
        assert_eq!(state(&outside.ctx(), gift).await, "pending", "a notification alone ends nothing");
        payments_round(&outside.ctx()).await.unwrap();
        assert_eq!(state(&outside.ctx(), gift).await, "expired", "{}", outside.db.kind);
        assert_books_hold(&outside.ctx()).await;
    }
}

#[tokio::test]
async fn any_node_takes_the_notification_of_any_other() {
    for mut outside in outsides().await {
        let (gift, no) = outside.opened(1).await;
        outside.deaf.store(true, Ordering::SeqCst);
        outside.pay(&no, "normal", 0).await;
        let heard = outside.hear().await;
        let other = Ctx { now: outside.clock.now(), ..outside.other_node(2).await };
        let taken = notification_receive(&other, Channel::Sandbox, &heard.headers, &heard.body).await;
        assert_eq!(taken.unwrap(), Received::Posted(gift), "{}", outside.db.kind);
        // It signs with the same key, so the provider knows it as the same merchant.
        let pledged = pledge(&other, &form(2, "1")).await;
        open(&other, pledged.token).await;
        outside.deaf.store(false, Ordering::SeqCst);
        assert_eq!(outside.hear_taken().await.received, Some(Received::Before(gift)));
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn a_provider_that_is_away_delays_and_loses_nothing() {
    for outside in outsides().await {
        let mut away = outside.other_node(3).await;
        let house = std::sync::Arc::get_mut(&mut away.house).unwrap();
        house.providers = crate::outside::provider_away(house);
        let (gift, no) = outside.opened(1).await;
        outside.pay(&no, "lost", 0).await;
        outside.clock.advance(30 * 60);
        let then = |ctx: &Ctx| Ctx { now: outside.clock.now(), ..ctx.clone() };
        payments_round(&then(&away)).await.unwrap();
        assert_eq!(state(&outside.ctx(), gift).await, "expired", "{}", outside.db.kind);
        outside.clock.advance(48 * 3600);
        payments_round(&then(&away)).await.unwrap();
        assert!(payment(&outside.ctx(), gift).await.next_query_at.is_some(), "nobody has answered yet");
        let pledged = pledge(&then(&away), &form(2, "1")).await;
        match payment_open(&public(&then(&away)), pledged.token).await {
            Err(ServiceError::Provider(_)) => {}
            other => panic!("{other:?}"),
        }
        outside.clock.advance(3600);
        payments_round(&outside.ctx()).await.unwrap();
        assert_one_gift(&outside, gift).await;
    }
}

#[tokio::test]
async fn an_ended_plan_opens_no_payment_and_money_that_comes_is_booked() {
    for mut outside in outsides().await {
        let pledged = pledge(&outside.ctx(), &form(1, "100.50")).await;
        open(&outside.ctx(), pledged.token).await;
        let no = payment(&outside.ctx(), pledged.gift_id).await.out_trade_no;
        testbed::tamper(&outside.db, "update plan set ends_on = '2026-11-21'").await;
        outside.ctx().programme_changed();
        let again = payment_open(&public(&outside.ctx()), pledged.token).await;
        assert_eq!(refusal(again), Refusal::FundNotOpen, "{}", outside.db.kind);
        outside.pay(&no, "normal", 0).await;
        assert_eq!(outside.hear().await.received, Some(Received::Posted(pledged.gift_id)));
        // The plan as its event knows it, for the proof of the books.
        testbed::tamper(&outside.db, "update plan set ends_on = '2028-12-31'").await;
        assert_one_gift(&outside, pledged.gift_id).await;
    }
}

#[tokio::test]
async fn a_transfer_needs_no_provider_and_ends_with_its_time() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let transfer = domain::giving::GiftForm { channel: "bank_transfer".into(), ..form(1, "50") };
        let pledged = pledge(&ctx, &transfer).await;
        assert_eq!(payment_open(&public(&ctx), pledged.token).await.unwrap(), Opened::ByHand);
        let end = Instant(payment(&ctx, pledged.gift_id).await.expires_at);
        assert_eq!(payments_round(&ctx).await.unwrap(), Some(end), "{}", outside.db.kind);
        payments_round(&Ctx { now: end, ..ctx.clone() }).await.unwrap();
        assert_eq!(state(&ctx, pledged.gift_id).await, "expired");
        assert_eq!(payment(&ctx, pledged.gift_id).await.next_query_at, None);
    }
}

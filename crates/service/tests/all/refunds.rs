//! Refunds through the real sandbox and by hand: the books end where the provider's do.

use domain::giving::{Channel, GiftForm};
use domain::id::{EntryId, GiftId, RefundId};
use domain::money::Fen;
use domain::refusal::Refusal;
use service::Ctx;
use service::giving::{
    entry_reverse, refund_confirm, refund_request, refund_told, refund_withdraw, transfer_confirm,
};
use service::provider::{Received, RefundOrder, RefundReport, RefundTold, Report};
use service::work::{payments_round, refunds_round};
use store::refund::RefundRow;

use crate::outside::{Outside, outsides};
use crate::providers::{clearing, state};
use crate::support::{assert_books_hold, balance, checks, form, given, pledge, refusal};

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
        for (amount, promised, after) in [(3_000, 2_982, "partly_refunded"), (7_050, 7_008, "refunded")] {
            refund_request(&ctx, gift, Fen(amount), "多付", ctx.token()).await.unwrap();
            assert_eq!(balance(&ctx, "spark").await.encumbered_fen, promised);
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
async fn words_stand_while_anything_of_their_gift_does() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let spoken = GiftForm { message: "愿早日康复".into(), consent: "on".into(), ..form(1, "10") };
        let gift = given(&ctx, &spoken).await;
        service::gifts::words_moderate(&ctx, gift, true).await.unwrap();
        let fund = ctx.programme().await.unwrap().fund_by_code("spark").unwrap().id;
        for (state, shown) in [("paid", 1), ("partly_refunded", 1), ("refunded", 0)] {
            testbed::tamper(&outside.db, &format!("update gift set state = '{state}'")).await;
            let words = service::gifts::public_words(&ctx, fund).await.unwrap();
            assert_eq!(words.len(), shown, "{state} on {}", outside.db.kind);
        }
    }
}

#[tokio::test]
async fn a_young_fund_gives_its_only_gift_back_whole_and_in_odd_parts() {
    for mut outside in outsides().await {
        let (gift, _) = paid(&mut outside, 1).await;
        let ctx = outside.ctx();
        assert_eq!(balance(&ctx, "spark").await.available_fen(), 9_990);
        let over = refund_request(&ctx, gift, Fen(10_051), "多付", ctx.token()).await;
        assert_eq!(refusal(over), Refusal::RefundOverGift { left: Fen(10_050) });
        refund_request(&ctx, gift, Fen(10_050), "多付", ctx.token()).await.unwrap();
        assert_eq!(balance(&ctx, "spark").await.available_fen(), 0, "{}", outside.db.kind);
        refunds_round(&outside.ctx()).await.unwrap();
        assert_eq!((state(&ctx, gift).await.as_str(), clearing(&ctx, gift).await), ("refunded", 0));
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.received_fen, kept.refunded_fen, kept.fees_fen), (10_050, 10_050, 0));
        assert_books_hold(&ctx).await;
        assert_eq!(outside.hear().await.status, 200);

        // Parts of which the first bring no fee back, or one fen by rounding, and the last all that is left of it.
        let (gift, _) = paid(&mut outside, 2).await;
        for (amount, fee) in [(83, 0), (84, 1), (9_883, 59)] {
            refund_request(&outside.ctx(), gift, Fen(amount), "多付", ctx.token()).await.unwrap();
            assert_eq!(balance(&ctx, "spark").await.encumbered_fen, amount - fee);
            refunds_round(&outside.ctx()).await.unwrap();
            let row = refunds(&ctx, gift).await.pop().unwrap();
            assert_eq!((row.state.as_str(), row.fee_returned_fen), ("done", fee), "{}", outside.db.kind);
            assert_books_hold(&ctx).await;
        }
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.available_fen(), kept.fees_fen, clearing(&ctx, gift).await), (0, 0, 0));
        testbed::tamper(&outside.db, "update refund set fee_returned_fen = 2 where fee_returned_fen = 1")
            .await;
        let wrong = checks(&ctx).await.into_iter().filter(|check| check.wrong.is_some());
        let names: Vec<_> = wrong.map(|check| check.name).collect();
        assert_eq!(names, ["returned_fees_equal_postings", "refunds_follow_events"]);
    }
}

#[tokio::test]
async fn no_state_is_stored_that_does_not_exist() {
    for outside in outsides().await {
        outside.opened(1).await;
        for table in ["gift", "payment"] {
            let refused = testbed::try_sql(&outside.db, &format!("update {table} set state = 'lost'")).await;
            assert!(refused.is_err(), "{}: {table}", outside.db.kind);
        }
    }
}

#[tokio::test]
async fn a_fee_that_does_not_come_back_stays_a_cost() {
    for mut outside in outsides().await {
        let (gift, _) = paid(&mut outside, 1).await;
        let ctx = outside.ctx();
        refund_request(&ctx, gift, Fen(10_050), "多付", ctx.token()).await.unwrap();
        let row = refunds(&ctx, gift).await.remove(0);
        let told = RefundTold {
            out_refund_no: row.out_refund_no,
            amount: Fen(10_050),
            fee_returned: Fen::ZERO,
            done_at: ctx.now,
        };
        let short = refund_told(&ctx, gift, told.clone()).await;
        assert_eq!(refusal(short), Refusal::FundShort { available: Fen(9_990) }, "{}", outside.db.kind);
        assert_books_hold(&ctx).await;
        // Once the fund has something else, the fee can be borne.
        paid(&mut outside, 2).await;
        assert!(refund_told(&ctx, gift, told).await.unwrap());
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.refunded_fen, kept.fees_fen, kept.encumbered_fen), (10_050, 120, 0));
        assert_eq!(kept.available_fen(), 9_990 - 60);
        assert_books_hold(&ctx).await;
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
        assert_eq!(balance(&ctx, "spark").await.encumbered_fen, 994, "still set aside");
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
        assert_eq!(refusal(refund_confirm(&ctx, gift, refund, tomorrow).await), Refusal::DateInFuture);
        let early = refund_confirm(&ctx, gift, refund, today.previous()).await;
        assert_eq!(refusal(early), Refusal::DateTooEarly { earliest: today });
        assert!(refund_confirm(&ctx, gift, refund, today).await.unwrap());
        assert!(!refund_confirm(&ctx, gift, refund, today).await.unwrap(), "a second click");
        assert_eq!(state(&ctx, gift).await, "partly_refunded");
        // What the sandbox holds only the sandbox gives back.
        let (other, _) = paid(&mut outside, 2).await;
        let refund = refund_request(&ctx, other, Fen(100), "多付", ctx.token()).await.unwrap();
        let elsewhere = refund_confirm(&ctx, gift, refund, today).await;
        assert_eq!(refusal(elsewhere), Refusal::NotFound, "another gift's refund");
        assert_eq!(refusal(refund_confirm(&ctx, other, refund, today).await), Refusal::GiftNotInState);
        let unknown = RefundId(uuid::Uuid::nil());
        assert_eq!(refusal(refund_confirm(&ctx, other, unknown, today).await), Refusal::NotFound);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_refund_by_hand_is_withdrawn_before_its_money_is_sent() {
    for mut outside in outsides().await {
        let ctx = outside.ctx();
        let named = GiftForm { name: "李四".into(), consent: "on".into(), ..form(1, "50") };
        let gift = pledge(&ctx, &GiftForm { channel: "bank_transfer".into(), ..named }).await.gift_id;
        let today = ctx.now.date();
        transfer_confirm(&ctx, gift, Fen(5_000), "L1", today).await.unwrap();
        let refund = refund_request(&ctx, gift, Fen(4_000), "多付", ctx.token()).await.unwrap();
        refunds_round(&outside.ctx()).await.unwrap();
        let told = async || {
            let mut reader = ctx.house.db.read().await.unwrap();
            store::message::messages_of_gift(&mut reader.conn(), gift.0).await.unwrap().len()
        };
        let before = told().await;
        let withdraw = async |gift, why: &'static str| refund_withdraw(&ctx, gift, refund, why).await;
        assert_eq!(refusal(withdraw(gift, " ").await), Refusal::Required);
        let (other, _) = paid(&mut outside, 2).await;
        assert_eq!(refusal(withdraw(other, "填错了").await), Refusal::NotFound, "another gift's refund");
        assert!(withdraw(gift, "填错了").await.unwrap());
        assert!(!withdraw(gift, "填错了").await.unwrap(), "a second click: {}", outside.db.kind);
        let row = refunds(&ctx, gift).await.remove(0);
        assert_eq!((row.state.as_str(), row.withdrawn.as_deref()), ("failed", Some("填错了")));
        assert_eq!(balance(&ctx, "spark").await.encumbered_fen, 0, "the money is free again");
        assert_eq!(told().await, before, "the donor hears nothing");
        assert_eq!(refusal(refund_confirm(&ctx, gift, refund, today).await), Refusal::GiftNotInState);
        assert_books_hold(&ctx).await;

        // One whose money went back stays; what only the sandbox gives back is not ours to withdraw.
        let sent = refund_request(&ctx, gift, Fen(400), "多付", ctx.token()).await.unwrap();
        refund_confirm(&ctx, gift, sent, today).await.unwrap();
        let late = refund_withdraw(&ctx, gift, sent, "填错了").await;
        assert_eq!(refusal(late), Refusal::GiftNotInState);
        let theirs = refund_request(&ctx, other, Fen(100), "多付", ctx.token()).await.unwrap();
        let theirs = refund_withdraw(&ctx, other, theirs, "填错了").await;
        assert_eq!(refusal(theirs), Refusal::GiftNotInState);
        assert_books_hold(&ctx).await;

        // Why it was withdrawn is proved as the rest of the row is.
        testbed::tamper(&outside.db, "update refund set withdrawn = 'x' where withdrawn is not null").await;
        let wrong = checks(&ctx).await.into_iter().filter(|check| check.wrong.is_some());
        let names: Vec<_> = wrong.map(|check| check.name).collect();
        assert_eq!(names, ["refunds_follow_events"]);
    }
}

#[tokio::test]
async fn a_gift_is_taken_back_once_its_refund_is_withdrawn() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let transfer = GiftForm { channel: "bank_transfer".into(), ..form(1, "50") };
        let gift = pledge(&ctx, &transfer).await.gift_id;
        transfer_confirm(&ctx, gift, Fen(5_000), "L1", ctx.now.date()).await.unwrap();
        let refund = refund_request(&ctx, gift, Fen(4_000), "多付", ctx.token()).await.unwrap();
        let mut reader = ctx.house.db.read().await.unwrap();
        let entries = store::ledger::entries_of_gift(&mut reader.conn(), gift).await.unwrap();
        drop(reader);
        let entry = EntryId(entries[0].0.id);
        assert_eq!(refusal(entry_reverse(&ctx, entry, "记错").await), Refusal::EntryNotReversible);
        refund_withdraw(&ctx, gift, refund, "填错了").await.unwrap();
        entry_reverse(&ctx, entry, "记错").await.unwrap();
        assert_eq!(state(&ctx, gift).await, "reversed", "{}", outside.db.kind);
        assert_books_hold(&ctx).await;
    }
}

//! A provider's bill against the books, with the real sandbox: what was lost is booked, what differs is shown, and doing
//! it again changes nothing.

use std::sync::atomic::Ordering;

use domain::bill::DifferenceKind;
use domain::giving::Channel;
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Date;
use service::bills::{Reconciled, bill_reconcile, bills_list};
use service::giving::refund_request;
use service::provider::RefundOrder;
use service::work::{bills_round, refunds_round};
use service::{Ctx, ServiceError};

use crate::outside::{Outside, outsides, provider_away};
use crate::providers::state;
use crate::support::{assert_books_hold, balance, public, refusal};

async fn reconcile(outside: &Outside, day: Date) -> Reconciled {
    bill_reconcile(&outside.ctx(), Channel::Sandbox, day).await.unwrap()
}

fn kinds(done: &Reconciled) -> Vec<DifferenceKind> {
    done.differences.iter().map(|found| found.kind).collect()
}

/// How many events tell of comparisons.
async fn events(ctx: &Ctx) -> usize {
    let mut reader = ctx.house.db.read().await.unwrap();
    let all = store::audit::events_after(&mut reader.conn(), 1, 0, 10_000).await.unwrap();
    all.iter().filter(|event| event.kind == "bill.reconciled").count()
}

/// Three payments of which nothing was heard: one stays, one the provider gave back by itself, of the third our own
/// refund was made and its answer lost.
async fn unheard(outside: &Outside) -> [GiftId; 3] {
    outside.deaf.store(true, Ordering::SeqCst);
    let mut gifts = Vec::new();
    for key in 1..=3 {
        let (gift, no) = outside.opened(key).await;
        outside.pay(&no, "lost", 0).await;
        if key == 2 {
            give_back(outside, "THEIRS", &no, 3_000).await;
        }
        gifts.push(gift);
    }
    gifts.try_into().unwrap()
}

async fn give_back(outside: &Outside, number: &str, no: &str, amount: i64) {
    let ctx = outside.ctx();
    let provider = ctx.house.providers.of(Channel::Sandbox).unwrap();
    let order = RefundOrder { out_refund_no: number.into(), out_trade_no: no.into(), amount: Fen(amount) };
    provider.refund(&ctx, &order).await.unwrap();
}

#[tokio::test]
async fn what_was_never_heard_of_is_booked_from_the_bill_once() {
    for outside in outsides().await {
        let [one, two, three] = unheard(&outside).await;
        let day = outside.ctx().now.date();
        let early = bill_reconcile(&outside.ctx(), Channel::Sandbox, day).await;
        assert_eq!(refusal(early), Refusal::DateInFuture, "the day is not over");
        outside.clock.advance(24 * 3600);
        let first = reconcile(&outside, day).await;
        assert_eq!((first.payments, first.refunds, kinds(&first)), (3, 1, vec![]), "{}", outside.db.kind);
        assert_eq!((first.payments_booked, first.refunds_booked), (3, 1));
        // 3 × (10050 − 60) − (3000 − 18)
        assert_eq!(first.net, Fen(26_988));
        let ctx = outside.ctx();
        assert_eq!(balance(&ctx, "spark").await.available_fen(), 26_988, "the books end where the bill does");
        for (gift, expected) in [(one, "paid"), (two, "partly_refunded"), (three, "paid")] {
            assert_eq!(state(&ctx, gift).await, expected);
        }
        assert_books_hold(&ctx).await;
        let again = reconcile(&outside, day).await;
        assert_eq!((again.payments_booked, again.refunds_booked, kinds(&again)), (0, 0, vec![]));
        assert_eq!(events(&ctx).await, 1, "nothing new, nothing told");

        // Our own refund of which the answer was lost stands on the next day's bill.
        refund_request(&outside.ctx(), three, Fen(10_050), "多付", ctx.token()).await.unwrap();
        let mut reader = ctx.house.db.read().await.unwrap();
        let row = store::refund::refunds_of_gift(&mut reader.conn(), three).await.unwrap().remove(0);
        let no = store::payment::payment_of_gift(&mut reader.conn(), three).await.unwrap().unwrap();
        give_back(&outside, &row.out_refund_no, &no.out_trade_no, 10_050).await;
        outside.clock.advance(24 * 3600);
        let next = reconcile(&outside, day.next()).await;
        assert_eq!((next.refunds_booked, kinds(&next)), (1, vec![]));
        assert_eq!(state(&outside.ctx(), three).await, "refunded", "{}", outside.db.kind);
        assert_books_hold(&outside.ctx()).await;
    }
}

#[tokio::test]
async fn what_does_not_agree_is_shown_until_it_does() {
    use DifferenceKind as Kind;
    for outside in outsides().await {
        let [one, two, three] = unheard(&outside).await;
        let day = outside.ctx().now.date();
        outside.clock.advance(24 * 3600);
        reconcile(&outside, day).await;
        let ctx = outside.ctx();
        // Somebody changes what we hold: a fee, a number of the provider's, and a payment that it never had.
        let hex = |id: GiftId| match outside.db.kind {
            "postgres" => format!("'{id}'"),
            _ => format!("x'{}'", id.0.simple()),
        };
        let sql = format!(
            "update payment set fee_fen = 61 where gift_id = {};\
             update payment set provider_ref = 'other' where gift_id = {};\
             update payment set out_trade_no = 'NONE' where gift_id = {}",
            hex(one),
            hex(two),
            hex(three)
        );
        testbed::tamper(&outside.db, &sql).await;
        let found = reconcile(&outside, day).await;
        let expected = [Kind::PaymentFee, Kind::PaymentReference, Kind::PaymentUnknown, Kind::PaymentMissing];
        assert_eq!(kinds(&found), expected, "{}", outside.db.kind);
        assert_eq!((found.differences[0].ours, found.differences[0].theirs), (Some(Fen(61)), Some(Fen(60))));
        assert_eq!(found.differences[3].gift, Some(three));
        assert_eq!(reconcile(&outside, day).await.differences, found.differences);
        let (open, days) = bills_list(&ctx).await.unwrap();
        assert_eq!((open.len(), days.len(), events(&ctx).await), (4, 1, 2), "kept once");
        assert_eq!((days[0].payments, days[0].refunds, days[0].net_fen), (3, 1, 26_988));

        testbed::tamper(
            &outside.db,
            &format!("update payment set fee_fen = 60 where gift_id = {}", hex(one)),
        )
        .await;
        reconcile(&outside, day).await;
        let (open, _) = bills_list(&ctx).await.unwrap();
        assert_eq!(open.len(), 3, "what agrees again is no difference any more");
        assert!(open.iter().all(|row| row.difference() != Some(Kind::PaymentFee)));
    }
}

#[tokio::test]
async fn a_refund_that_the_books_cannot_hold_is_a_difference() {
    for outside in outsides().await {
        let [one, ..] = unheard(&outside).await;
        let day = outside.ctx().now.date();
        let mut reader = outside.ctx().house.db.read().await.unwrap();
        let no =
            store::payment::payment_of_gift(&mut reader.conn(), one).await.unwrap().unwrap().out_trade_no;
        give_back(&outside, "ALL", &no, 10_050).await;
        // All that the fund holds is promised elsewhere.
        outside.clock.advance(24 * 3600);
        let ctx = outside.ctx();
        let fund = ctx.programme().await.unwrap().fund_by_code("spark").unwrap().id;
        service::work::payments_round(&ctx).await.unwrap();
        let promised = ctx.house.writer.write(move |tx| {
            store::ledger::encumber(tx, fund, 29_000);
            Box::pin(async move { Ok::<_, ServiceError>(()) })
        });
        promised.await.unwrap();
        let found = reconcile(&outside, day).await;
        assert!(kinds(&found).contains(&DifferenceKind::RefundUnbooked), "{}: {found:?}", outside.db.kind);
        let freed = ctx.house.writer.write(move |tx| {
            store::ledger::encumber(tx, fund, -29_000);
            Box::pin(async move { Ok::<_, ServiceError>(()) })
        });
        freed.await.unwrap();
        assert_eq!(kinds(&reconcile(&outside, day).await), []);
        assert_books_hold(&outside.ctx()).await;
    }
}

#[tokio::test]
async fn each_day_is_compared_by_itself_and_missed_days_are_made_up_for() {
    for outside in outsides().await {
        assert_eq!(bills_round(&outside.ctx()).await.unwrap(), None);
        let (_, days) = bills_list(&outside.ctx()).await.unwrap();
        assert_eq!(days, [], "nothing to compare before there is money");
        unheard(&outside).await;
        outside.clock.advance(60);
        service::work::payments_round(&outside.ctx()).await.unwrap();
        outside.clock.advance(24 * 3600);
        // A provider that does not answer is asked again once the claim is over.
        let mut away = outside.other_node(3).await;
        let house = std::sync::Arc::get_mut(&mut away.house).unwrap();
        house.providers = provider_away(house);
        bills_round(&Ctx { now: outside.clock.now(), ..away }).await.unwrap();
        bills_round(&outside.ctx()).await.unwrap();
        assert_eq!(bills_list(&outside.ctx()).await.unwrap().1, [], "somebody has it");
        outside.clock.advance(900);
        bills_round(&outside.ctx()).await.unwrap();
        assert_eq!(bills_list(&outside.ctx()).await.unwrap().1.len(), 1, "{}", outside.db.kind);
        bills_round(&outside.ctx()).await.unwrap();
        assert_eq!(events(&outside.ctx()).await, 1, "once a day");
        outside.clock.advance(3 * 24 * 3600);
        for _ in 0..5 {
            bills_round(&outside.ctx()).await.unwrap();
        }
        assert_eq!(bills_list(&outside.ctx()).await.unwrap().1.len(), 4);
        refunds_round(&outside.ctx()).await.unwrap();
        assert_books_hold(&outside.ctx()).await;
    }
}

#[tokio::test]
async fn only_who_may_compares() {
    let outside = outsides().await.remove(0);
    let ctx = public(&outside.ctx());
    let day = ctx.now.date().previous();
    assert_eq!(refusal(bill_reconcile(&ctx, Channel::Sandbox, day).await), Refusal::NotAllowed);
    assert_eq!(refusal(bills_list(&ctx).await), Refusal::NotAllowed);
    let transfers = bill_reconcile(&outside.ctx(), Channel::BankTransfer, day).await;
    assert_eq!(refusal(transfers), Refusal::ChannelNotOffered);
}

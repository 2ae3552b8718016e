//! Taking wrongly booked entries back, and transfers of another amount than was pledged.

use domain::access::{Actor, Role};
use domain::giving::GiftForm;
use domain::id::{EntryId, GiftId, UserId};
use domain::money::{Fen, LARGEST};
use domain::refusal::Refusal;
use domain::time::Month;
use service::Ctx;
use service::books::books_close;
use service::gifts::{GiftFile, gift_file};
use service::giving::{
    Settled, entry_reverse, payment_settle, refund_confirm, refund_done, refund_request, transfer_confirm,
};
use testbed::TestDb;

use crate::support::{assert_books_hold, balance, checks, form, payment, pledge, public, refusal, told};

fn transfer(key: u8, amount: &str) -> GiftForm {
    GiftForm { channel: "bank_transfer".into(), ..form(key, amount) }
}

/// A gift of ¥50 by transfer, confirmed as this line.
async fn confirmed(ctx: &Ctx, key: u8, line: &str) -> GiftId {
    let gift = pledge(ctx, &transfer(key, "50")).await.gift_id;
    transfer_confirm(ctx, gift, Fen(5_000), line, ctx.now.date()).await.unwrap();
    gift
}

async fn file(ctx: &Ctx, gift: GiftId) -> GiftFile {
    gift_file(ctx, gift).await.unwrap()
}

/// The entry of this kind of a gift.
async fn entry(ctx: &Ctx, gift: GiftId, kind: &str) -> EntryId {
    let entries = file(ctx, gift).await.entries;
    EntryId(entries.iter().find(|(entry, _)| entry.kind == kind).unwrap().0.id)
}

/// The first check that finds something, after `sql` was done and before `undo` was.
async fn found(db: &TestDb, ctx: &Ctx, sql: &str, undo: &str) -> &'static str {
    testbed::tamper(db, sql).await;
    let wrong = checks(ctx).await.into_iter().find(|check| check.wrong.is_some()).expect("a check").name;
    testbed::tamper(db, undo).await;
    wrong
}

#[tokio::test]
async fn a_gift_booked_by_mistake_is_taken_back_once_with_its_receipt() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let wrong = confirmed(&ctx, 1, "L1").await;
        let entry = entry(&ctx, wrong, "gift").await;
        assert_eq!(refusal(entry_reverse(&ctx, entry, " ").await), Refusal::Required);
        // The month has closed meanwhile: the other entry belongs to the first open day.
        let later = Ctx { now: ctx.now.plus_seconds(40 * 24 * 3600), ..ctx.clone() };
        let month: Month = ctx.now.date().month();
        books_close(&later, month).await.unwrap();
        let new = entry_reverse(&later, entry, "别人的流水").await.unwrap();
        let after = file(&later, wrong).await;
        assert_eq!(
            (after.sheet.gift.state.as_str(), after.sheet.payment.state.as_str()),
            ("reversed", "reversed")
        );
        assert_eq!(after.sheet.receipt().map(|receipt| receipt.id), None, "{}: its receipt is void", db.kind);
        assert_eq!(after.sheet.receipts[0].standing.mark_reason.as_deref(), Some("别人的流水"));
        let (head, lines) = after.entries.iter().find(|(head, _)| head.id == new.0).unwrap();
        assert_eq!((head.kind.as_str(), head.reverses_id), ("reversal", Some(entry.0)));
        assert_eq!(head.booked_on, later.now.date().to_string());
        assert_eq!(lines.iter().map(|line| line.amount_fen).collect::<Vec<_>>(), [-5_000, 5_000]);
        assert_eq!(after.reasons, [(new.0, "别人的流水".to_owned())]);
        assert_eq!(after.events.last().unwrap().kind, "gift.reversed");
        let kept = balance(&ctx, "spark").await;
        assert_eq!(
            (kept.received_fen, kept.refunded_fen, kept.gifts),
            (0, 0, 0),
            "no refund, nothing received"
        );
        assert_books_hold(&ctx).await;

        for entry in [entry, new] {
            assert_eq!(refusal(entry_reverse(&later, entry, "再来").await), Refusal::EntryNotReversible);
        }
        let refund = refund_request(&later, wrong, Fen(100), "多付", ctx.token()).await;
        assert_eq!(refusal(refund), Refusal::GiftNotInState);
        let again = transfer_confirm(&later, wrong, Fen(5_000), "L2", later.now.date()).await;
        assert_eq!(refusal(again), Refusal::GiftNotInState);
        // The line of the statement is free for the gift that it belongs to.
        confirmed(&later, 2, "L1").await;
        assert_eq!(balance(&ctx, "spark").await.gifts, 1);
        assert_books_hold(&ctx).await;

        let hex = |id: uuid::Uuid| match db.kind {
            "postgres" => format!("'{id}'"),
            _ => format!("x'{}'", id.simple()),
        };
        let id = hex(wrong.0);
        let sql = |state| format!("update gift set state = '{state}' where id = {id}");
        assert_eq!(found(&db, &ctx, &sql("paid"), &sql("reversed")).await, "paid_gifts_have_one_payment");
        assert_eq!(
            found(&db, &ctx, &sql("expired"), &sql("reversed")).await,
            "paid_gifts_have_one_posting_set"
        );
        let open = match db.kind {
            "postgres" => {
                "drop trigger receipt_mark_stays on receipt_mark; drop trigger entry_reason_stays on entry_reason"
            }
            _ => "drop trigger receipt_mark_kept; drop trigger entry_reason_stays",
        };
        testbed::tamper(&db, open).await;
        let (other, back) =
            ("update entry_reason set reason = 'x'", "update entry_reason set reason = '别人的流水'");
        assert_eq!(found(&db, &ctx, other, back).await, "events_equal_rows");
        testbed::tamper(&db, "delete from receipt_mark where kind = 'void'").await;
        let wrong: Vec<_> = checks(&ctx).await.into_iter().filter(|check| check.wrong.is_some()).collect();
        assert!(wrong.iter().any(|check| check.name == "reversed_gifts_have_reversals"), "{wrong:?}");
    }
}

#[tokio::test]
async fn what_stands_on_an_entry_goes_first_and_spent_money_stays() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = confirmed(&ctx, 1, "L1").await;
        let entry = entry(&ctx, gift, "gift").await;
        let refund = refund_request(&ctx, gift, Fen(2_000), "多付", ctx.token()).await.unwrap();
        let waits = entry_reverse(&ctx, entry, "错").await;
        assert_eq!(refusal(waits), Refusal::EntryNotReversible, "{}: a refund was asked for", db.kind);
        refund_confirm(&ctx, gift, refund, ctx.now.date()).await.unwrap();
        assert_eq!(refusal(entry_reverse(&ctx, entry, "错").await), Refusal::EntryNotReversible);

        // The refund was never sent: it is taken back, then the gift.
        let back = self::entry(&ctx, gift, "refund").await;
        entry_reverse(&ctx, back, "没有汇出").await.unwrap();
        let after = file(&ctx, gift).await;
        assert_eq!((after.sheet.gift.state.as_str(), after.sheet.gift.refunded_fen), ("paid", 0));
        assert_eq!(after.sheet.refunds[0].state, "reversed");
        let kept = balance(&ctx, "spark").await;
        assert_eq!(
            (kept.received_fen, kept.refunded_fen, kept.available_fen(), kept.gifts),
            (5_000, 0, 5_000, 1)
        );
        assert_books_hold(&ctx).await;
        assert_eq!(refusal(entry_reverse(&ctx, back, "再来").await), Refusal::EntryNotReversible);
        assert!(!refund_confirm(&ctx, gift, refund, ctx.now.date()).await.unwrap(), "it is not booked anew");

        // Another refund may be made, and most of the fund is promised: the gift cannot be taken back then.
        let fund = ctx.programme().await.unwrap().fund_by_code("spark").unwrap().id;
        let promise = |fen| {
            ctx.house.writer.write(move |tx| {
                store::ledger::encumber(tx, fund, fen);
                Box::pin(async move { Ok::<_, service::ServiceError>(()) })
            })
        };
        promise(4_000).await.unwrap();
        let short = entry_reverse(&ctx, entry, "错").await;
        assert_eq!(refusal(short), Refusal::FundShort { available: Fen(1_000) });
        assert_eq!(file(&ctx, gift).await.sheet.gift.state, "paid", "nothing of it stays");
        promise(-4_000).await.unwrap();
        entry_reverse(&ctx, entry, "错").await.unwrap();
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn what_a_provider_tells_of_again_is_not_booked_again() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let pledged = pledge(&ctx, &form(1, "100.50")).await;
        let told = told(&ctx, pledged, 60).await;
        payment_settle(&ctx, told.clone()).await.unwrap();
        let refund = refund_request(&ctx, pledged.gift_id, Fen(1_000), "多付", ctx.token()).await;
        assert!(refund.is_ok());
        let rows = file(&ctx, pledged.gift_id).await.sheet.refunds;
        refund_done(&ctx, rows[0].out_refund_no.clone(), ctx.now).await.unwrap();
        for kind in ["refund", "gift"] {
            entry_reverse(&ctx, entry(&ctx, pledged.gift_id, kind).await, "错").await.unwrap();
        }
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.received_fen, kept.fees_fen, kept.refunded_fen), (0, 0, 0), "{}", db.kind);
        assert_eq!(payment_settle(&ctx, told).await.unwrap(), Settled::Before(pledged.gift_id));
        assert_eq!(balance(&ctx, "spark").await, kept);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn only_finance_takes_entries_back() {
    let db = testbed::databases().await.remove(0);
    let ctx = testbed::house(&db).await;
    let gift = confirmed(&ctx, 1, "L1").await;
    let entry = entry(&ctx, gift, "gift").await;
    let staff = |role| Ctx {
        actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![role] },
        ..ctx.clone()
    };
    for other in [Role::CharityStaff, Role::Manager, Role::Auditor, Role::Administrator] {
        assert_eq!(refusal(entry_reverse(&staff(other), entry, "错").await), Refusal::NotAllowed);
    }
    assert_eq!(refusal(entry_reverse(&public(&ctx), entry, "错").await), Refusal::NotAllowed);
    let unknown = EntryId(uuid::Uuid::nil());
    assert_eq!(refusal(entry_reverse(&staff(Role::Finance), unknown, "错").await), Refusal::NotFound);
    entry_reverse(&staff(Role::Finance), entry, "错").await.unwrap();
}

#[tokio::test]
async fn a_transfer_of_another_amount_books_what_arrived() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = pledge(&ctx, &transfer(1, "50")).await.gift_id;
        let today = ctx.now.date();
        let confirm = async |amount, day| transfer_confirm(&ctx, gift, Fen(amount), "L1", day).await;
        let early = confirm(4_990, today.previous()).await;
        assert_eq!(refusal(early), Refusal::DateTooEarly { earliest: today }, "{}", db.kind);
        assert_eq!(refusal(confirm(4_990, today.next()).await), Refusal::DateInFuture);
        assert_eq!(refusal(confirm(0, today).await), Refusal::AmountZero);
        assert_eq!(refusal(confirm(LARGEST.0 + 1, today).await), Refusal::AmountOverCap { cap: LARGEST });
        // A line that settled another gift leaves this one as it was pledged.
        confirmed(&ctx, 2, "L1").await;
        assert_eq!(refusal(confirm(4_990, today).await), Refusal::StatementLineUsed);
        assert_eq!(file(&ctx, gift).await.sheet.gift.pledged_fen, None);
        assert_books_hold(&ctx).await;

        transfer_confirm(&ctx, gift, Fen(4_990), "L2", today).await.unwrap();
        let after = file(&ctx, gift).await;
        assert_eq!((after.sheet.gift.amount_fen, after.sheet.gift.pledged_fen), (4_990, Some(5_000)));
        assert_eq!(payment(&ctx, gift).await.amount_fen, 4_990);
        assert_eq!(
            after.sheet.receipts[0].standing.receipt.amount_fen, 4_990,
            "the receipt is over what arrived"
        );
        assert_eq!(balance(&ctx, "spark").await.received_fen, 4_990 + 5_000);
        let told: Vec<&str> = after.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(told, ["gift.pledged", "gift.other_amount", "gift.paid"]);
        assert!(after.events[1].detail.contains("\"pledged_fen\":5000"));
        assert_books_hold(&ctx).await;
        let again = transfer_confirm(&ctx, gift, Fen(4_990), "L2", today).await.unwrap();
        assert_eq!(again, Settled::Before(gift));
        let other = transfer_confirm(&ctx, gift, Fen(4_991), "L2", today).await;
        assert_eq!(refusal(other), Refusal::PaymentDisagrees);
        // What was pledged is proved as the rest of the row is.
        testbed::tamper(&db, "update gift set pledged_fen = 6000 where pledged_fen = 5000").await;
        let wrong = checks(&ctx).await.into_iter().find(|check| check.wrong.is_some()).unwrap();
        assert_eq!(wrong.name, "events_equal_rows");
    }
}

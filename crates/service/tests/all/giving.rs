//! From a pledge to a posted entry and a receipt, and back by refunds.

use domain::giving::{FieldErrors, GiftField, GiftForm, GiftState};
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Date;
use service::giving::{
    Settled, Settlement, gift_expire, gift_pledge, payment_settle, refund_done, refund_failed,
    refund_request, transfer_confirm,
};
use service::{Ctx, ServiceError};
use store::gift::GiftRow;
use words::Lang;

use crate::support::{assert_books_hold, balance, checks, form, payment, pledge, public, refusal, told};

async fn gift(ctx: &Ctx, id: GiftId) -> GiftRow {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::gift::gift_get(&mut reader.conn(), id).await.unwrap().unwrap()
}

async fn receipts(ctx: &Ctx, id: GiftId) -> Vec<store::receipt::ReceiptStanding> {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::receipt::receipts_of_gift(&mut reader.conn(), id).await.unwrap()
}

#[tokio::test]
async fn a_paid_gift_is_posted_once_with_its_receipt() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let pledged = pledge(&ctx, &form(1, "100.50")).await;
        assert_eq!(gift(&ctx, pledged.gift_id).await.state, "pending");
        assert_eq!(balance(&ctx, "spark").await.received_fen, 0);
        let told = told(&ctx, pledged, 60).await;
        let first = payment_settle(&ctx, told.clone()).await.unwrap();
        assert_eq!(first, Settled::Posted(pledged.gift_id), "{}", db.kind);
        let again = payment_settle(&ctx, told.clone()).await.unwrap();
        assert_eq!(again, Settled::Before(pledged.gift_id));
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.received_fen, kept.fees_fen, kept.gifts), (10_050, 60, 1));
        assert_eq!(kept.available_fen(), 9_990);
        let receipts = receipts(&ctx, pledged.gift_id).await;
        assert_eq!(receipts.len(), 1);
        assert_eq!((receipts[0].receipt.year, receipts[0].receipt.number), (2026, 1));
        let other = Settlement { provider_ref: "other".into(), ..told };
        assert_eq!(refusal(payment_settle(&ctx, other).await), Refusal::PaymentDisagrees);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn what_disagrees_is_refused_and_changes_nothing() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let pledged = pledge(&ctx, &form(1, "100")).await;
        let right = told(&ctx, pledged, 60).await;
        for wrong in [
            Settlement { amount: Fen(9_999), ..right.clone() },
            Settlement { fee: Fen(10_000), ..right.clone() },
            Settlement { fee: Fen(-1), ..right.clone() },
        ] {
            assert!(payment_settle(&ctx, wrong).await.is_err(), "{}", db.kind);
        }
        let stray = Settlement { out_trade_no: "SPNOBODY".into(), ..right.clone() };
        assert_eq!(refusal(payment_settle(&ctx, stray).await), Refusal::NotFound);
        assert_eq!(refusal(payment_settle(&public(&ctx), right.clone()).await), Refusal::NotAllowed);
        assert_eq!(gift(&ctx, pledged.gift_id).await.state, "pending");
        assert_eq!(balance(&ctx, "spark").await.gifts, 0);
        assert!(payment_settle(&ctx, right).await.is_ok(), "the right one still comes through");
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn one_form_is_one_gift() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let named = GiftForm {
            name: "王小明".into(),
            email: "w@example.cn".into(),
            consent: "on".into(),
            ..form(1, "100")
        };
        let first = pledge(&ctx, &named).await;
        assert_eq!(pledge(&ctx, &named).await, first, "a reload or a double click");
        let changed = GiftForm { amount: "200".into(), ..named.clone() };
        match gift_pledge(&public(&ctx), &changed, Lang::Zh).await {
            Err(ServiceError::Fields(errors)) => {
                assert_eq!(errors, FieldErrors::from([(GiftField::Form, Refusal::FormAlreadyUsed)]));
            }
            other => panic!("{other:?}"),
        }
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let (ctx, form) = (public(&ctx), form(2, "5"));
            clicks.spawn(async move { gift_pledge(&ctx, &form, Lang::Zh).await.unwrap() });
        }
        let gifts: std::collections::HashSet<_> =
            clicks.join_all().await.into_iter().map(|p| p.gift_id).collect();
        assert_eq!(gifts.len(), 1, "{}", db.kind);
        let repeat = pledge(&ctx, &GiftForm { gift_key: form(3, "1").gift_key, ..named }).await;
        let (one, two) = (gift(&ctx, first.gift_id).await, gift(&ctx, repeat.gift_id).await);
        assert_eq!(one.person_id, two.person_id, "a repeat donor is not doubled");
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn many_at_once_get_numbers_without_gap() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let mut tasks = tokio::task::JoinSet::new();
        for key in 0..100u8 {
            let ctx = ctx.clone();
            tasks.spawn(async move {
                let waived = if key % 10 == 0 { "no" } else { "" };
                let form = GiftForm { receipt: waived.into(), ..form(key, "10") };
                let pledged = pledge(&ctx, &form).await;
                // A refused command in between must not cost a number.
                let told = told(&ctx, pledged, 6).await;
                let _ = payment_settle(&ctx, Settlement { amount: Fen(1), ..told.clone() }).await;
                payment_settle(&ctx, told).await.unwrap();
                let numbers: Vec<i64> =
                    receipts(&ctx, pledged.gift_id).await.iter().map(|r| r.receipt.number).collect();
                numbers
            });
        }
        let mut numbers: Vec<i64> = tasks.join_all().await.concat();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=90).collect::<Vec<_>>(), "{}", db.kind);
        assert_eq!(balance(&ctx, "spark").await.received_fen, 100_000);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn receipt_years_meet_at_midnight() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let midnight = Date::new(2027, 1, 1).unwrap().start();
        let before = Ctx { now: domain::time::Instant(midnight.0 - 1), ..ctx.clone() };
        let after = Ctx { now: midnight, ..ctx.clone() };
        let (old, new) = (pledge(&before, &form(1, "1")).await, pledge(&before, &form(2, "1")).await);
        let late = told(&before, new, 0).await;
        payment_settle(&before, told(&before, old, 0).await).await.unwrap();
        payment_settle(&after, late).await.unwrap();
        assert_eq!(receipts(&ctx, old.gift_id).await[0].receipt.year, 2026);
        let new = &receipts(&ctx, new.gift_id).await[0].receipt;
        assert_eq!((new.year, new.number), (2027, 1), "{}", db.kind);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn refunds_are_new_entries_and_never_more_than_the_gift() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let pledged = pledge(&ctx, &form(1, "100")).await;
        let id = pledged.gift_id;
        assert_eq!(
            refusal(refund_request(&ctx, id, Fen(1), "试", ctx.token()).await),
            Refusal::GiftNotInState
        );
        payment_settle(&ctx, told(&ctx, pledged, 60).await).await.unwrap();
        // The fee is gone: the fund holds less than the gift until another one comes.
        let short = refusal(refund_request(&ctx, id, Fen(10_000), "全额", ctx.token()).await);
        assert_eq!(short, Refusal::FundShort { available: Fen(9_940) });
        let other = pledge(&ctx, &form(2, "100")).await;
        payment_settle(&ctx, told(&ctx, other, 0).await).await.unwrap();
        refund_request(&ctx, id, Fen(3_000), "多付", ctx.token()).await.unwrap();
        let over = refusal(refund_request(&ctx, id, Fen(7_001), "多付", ctx.token()).await);
        assert_eq!(over, Refusal::RefundOverGift { left: Fen(7_000) });
        assert_eq!(balance(&ctx, "spark").await.encumbered_fen, 3_000);
        assert_books_hold(&ctx).await;
        let first = waiting(&ctx, id).await;
        assert!(refund_done(&ctx, first.out_refund_no.clone(), ctx.now).await.unwrap());
        assert!(!refund_done(&ctx, first.out_refund_no, ctx.now).await.unwrap(), "told twice");
        assert_eq!(gift(&ctx, id).await.state, GiftState::PartlyRefunded.as_str());
        refund_request(&ctx, id, Fen(7_000), "其余", ctx.token()).await.unwrap();
        let second = waiting(&ctx, id).await;
        assert!(refund_failed(&ctx, second).await.unwrap());
        assert_eq!(balance(&ctx, "spark").await.encumbered_fen, 0);
        refund_request(&ctx, id, Fen(7_000), "其余", ctx.token()).await.unwrap();
        let third = waiting(&ctx, id).await;
        assert!(refund_done(&ctx, third.out_refund_no, ctx.now).await.unwrap());
        assert_eq!(gift(&ctx, id).await.state, GiftState::Refunded.as_str(), "{}", db.kind);
        let kept = balance(&ctx, "spark").await;
        assert_eq!((kept.received_fen, kept.refunded_fen, kept.available_fen()), (20_000, 10_000, 9_940));
        assert_books_hold(&ctx).await;
    }
}

async fn waiting(ctx: &Ctx, id: GiftId) -> store::refund::RefundRow {
    let mut reader = ctx.house.db.read().await.unwrap();
    let refunds = store::refund::refunds_of_gift(&mut reader.conn(), id).await.unwrap();
    refunds.into_iter().find(|refund| refund.state == "requested").unwrap()
}

#[tokio::test]
async fn late_money_is_booked_and_a_bank_line_settles_once() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let pledged = pledge(&ctx, &form(1, "100")).await;
        let told = told(&ctx, pledged, 0).await;
        assert!(gift_expire(&ctx, payment(&ctx, pledged.gift_id).await).await.unwrap());
        assert_eq!(gift(&ctx, pledged.gift_id).await.state, "expired");
        assert_books_hold(&ctx).await;
        payment_settle(&ctx, told).await.unwrap();
        assert_eq!(gift(&ctx, pledged.gift_id).await.state, "paid", "{}", db.kind);
        let transfer = |key| GiftForm { channel: "bank_transfer".into(), ..form(key, "50") };
        let (one, two) = (pledge(&ctx, &transfer(2)).await, pledge(&ctx, &transfer(3)).await);
        let day = ctx.now.date();
        assert!(transfer_confirm(&ctx, one.gift_id, Fen(5_000), "L1", day).await.is_ok());
        let other = transfer_confirm(&ctx, one.gift_id, Fen(4_999), "L1", day).await;
        assert_eq!(refusal(other), Refusal::PaymentDisagrees, "it was booked with another amount");
        assert_eq!(
            refusal(transfer_confirm(&ctx, two.gift_id, Fen(5_000), "L1", day).await),
            Refusal::StatementLineUsed
        );
        assert_eq!(gift(&ctx, two.gift_id).await.state, "pending");
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_tax_title_is_sealed_and_opens_only_here() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let asks = GiftForm {
            name: "王小明".into(),
            tax: "on".into(),
            tax_number: "11010519491231002x".into(),
            tax_consent: "on".into(),
            consent: "on".into(),
            ..form(1, "100")
        };
        let silent = GiftForm { tax_consent: String::new(), ..asks.clone() };
        let refused = gift_pledge(&public(&ctx), &silent, Lang::Zh).await;
        let alone = [(GiftField::TaxConsent, Refusal::SensitiveConsentNeeded)];
        assert!(matches!(refused, Err(ServiceError::Fields(errors)) if errors == FieldErrors::from(alone)));
        let pledged = pledge(&ctx, &asks).await;
        let mut reader = ctx.house.db.read().await.unwrap();
        // When, and to which edition of the notice: in the chain, with the gift.
        let events = store::audit::events_after(&mut reader.conn(), 1, 0, 1000).await.unwrap();
        let event = events.iter().find(|event| event.subject_id == pledged.gift_id.0).unwrap();
        let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
        let (at, kind) = (event.at, event.kind.as_str());
        assert_eq!((kind, at, &detail["id_number"]["consented"]), ("gift.pledged", ctx.now.0, &true.into()));
        assert_eq!(detail["id_number"]["notice"], detail["notice"]);
        let row =
            store::setting::tax_request_of(&mut reader.conn(), pledged.gift_id.0).await.unwrap().unwrap();
        assert!(!row.number_sealed.windows(6).any(|w| w == b"110105"), "{}", db.kind);
        let opened = service::sealing::open_tax(&ctx, &row).await.unwrap();
        assert_eq!(opened, Some(("王小明".into(), "11010519491231002X".into())));
        let moved = store::setting::TaxRequestRow { gift_id: uuid::Uuid::nil(), ..row };
        assert!(service::sealing::open_tax(&ctx, &moved).await.is_err());
    }
}

#[tokio::test]
async fn tampering_is_seen() {
    const OFF_LITE: &str =
        "drop trigger posting_stays; drop trigger receipt_kept; drop trigger audit_event_kept;";
    const OFF_PG: &str = "drop trigger posting_stays on posting; drop trigger receipt_stays on receipt; \
                          drop trigger audit_event_stays on audit_event;";
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        for key in 1..4 {
            let named = GiftForm { name: "王小明".into(), consent: "on".into(), ..form(key, "100") };
            let pledged = pledge(&ctx, &named).await;
            payment_settle(&ctx, told(&ctx, pledged, 0).await).await.unwrap();
        }
        assert_books_hold(&ctx).await;
        testbed::tamper(&db, if db.kind == "sqlite" { OFF_LITE } else { OFF_PG }).await;
        for (deed, undo, seen_by) in [
            (
                "update posting set amount_fen = amount_fen + 1 where line = 0",
                "update posting set amount_fen = amount_fen - 1 where line = 0",
                "entries_sum_to_zero",
            ),
            (
                "update posting set amount_fen = amount_fen * 2; update fund_balance set received_fen = received_fen * 2; \
                 update gift set amount_fen = amount_fen * 2; update payment set amount_fen = amount_fen * 2",
                "update posting set amount_fen = amount_fen / 2; update fund_balance set received_fen = received_fen / 2; \
                 update gift set amount_fen = amount_fen / 2; update payment set amount_fen = amount_fen / 2",
                "events_equal_rows",
            ),
            (
                "update person set name = '王大明'",
                "update person set name = '王小明'",
                "persons_equal_commitments",
            ),
            (
                "update gift set state = 'expired'",
                "update gift set state = 'paid'",
                "gift_states_follow_events",
            ),
            (
                "delete from receipt where number = 3",
                "insert into receipt_counter select organisation_id, 1, 1 from receipt_counter",
                "receipt_numbers_have_no_gap",
            ),
            ("delete from audit_event where seq = 3", "select 1", "chain_holds"),
        ] {
            testbed::tamper(&db, deed).await;
            let wrong: Vec<_> =
                checks(&ctx).await.into_iter().filter(|c| c.wrong.is_some()).map(|c| c.name).collect();
            assert!(wrong.contains(&seen_by), "{} {deed}: {wrong:?}", db.kind);
            testbed::tamper(&db, undo).await;
        }
    }
}

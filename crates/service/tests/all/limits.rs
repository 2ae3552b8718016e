//! Limits on attempts and the closing of months.

use domain::access::{Actor, Role};
use domain::id::UserId;
use domain::refusal::Refusal;
use service::Ctx;
use service::books::books_close;
use service::limits::{Limit, limit_take, sweep};

use crate::support::{form, given, refusal};

const LIMIT: Limit = Limit { purpose: "test", max: 3, seconds: 60 };

fn later(ctx: &Ctx, seconds: i64) -> Ctx {
    Ctx { now: ctx.now.plus_seconds(seconds), ..ctx.clone() }
}

#[tokio::test]
async fn a_limit_holds_over_all_nodes_and_begins_anew_after_its_period() {
    for db in testbed::databases().await {
        let one = testbed::bare_house(&db, 1).await;
        let two = testbed::bare_house(&db, 2).await;
        for ctx in [&one, &two, &one] {
            limit_take(ctx, LIMIT, "a").await.unwrap();
        }
        assert_eq!(
            refusal(limit_take(&later(&two, 20), LIMIT, "a").await),
            Refusal::TooManyAttempts { seconds: 41 }
        );
        limit_take(&two, LIMIT, "b").await.unwrap();
        limit_take(&two, Limit { purpose: "other", ..LIMIT }, "a").await.unwrap();
        assert!(limit_take(&later(&one, 59), LIMIT, "a").await.is_err(), "{}", db.kind);
        limit_take(&later(&one, 60), LIMIT, "a").await.unwrap();
        // A clock that was set back locks nobody out for longer than the period.
        assert_eq!(
            refusal(
                async {
                    for _ in 0..3 {
                        limit_take(&later(&one, 100_000), LIMIT, "c").await.unwrap();
                    }
                    limit_take(&one, LIMIT, "c").await
                }
                .await
            ),
            Refusal::TooManyAttempts { seconds: 60 }
        );
    }
}

#[tokio::test]
async fn takes_at_once_on_two_nodes_are_counted_one_by_one() {
    for db in testbed::databases().await {
        let nodes = [testbed::bare_house(&db, 1).await, testbed::bare_house(&db, 2).await];
        let limit = Limit { purpose: "flood", max: 10, seconds: 60 };
        let takes = (0..40).map(|n| limit_take(&nodes[n % 2], limit, "a"));
        let taken = futures::future::join_all(takes).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(taken, 10, "{}", db.kind);
    }
}

#[tokio::test]
async fn old_counts_are_swept_and_young_ones_kept() {
    for db in testbed::databases().await {
        let ctx = testbed::bare_house(&db, 1).await;
        limit_take(&ctx, LIMIT, "a").await.unwrap();
        let subject = service::limits::limit_subject(&ctx, LIMIT.purpose, "a");
        let kept = async || {
            let mut reader = ctx.house.db.read().await.unwrap();
            store::limit::limit_get(&mut reader.conn(), LIMIT.purpose, &subject).await.unwrap()
        };
        sweep(&later(&ctx, 3600)).await.unwrap();
        assert!(kept().await.is_some());
        sweep(&later(&ctx, 91 * 24 * 3600)).await.unwrap();
        assert!(kept().await.is_none());
    }
}

#[tokio::test]
async fn a_month_closes_once_over_and_in_order_and_late_money_goes_into_the_open_month() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let month = |text: &str| text.parse().unwrap();
        assert_eq!(refusal(books_close(&ctx, month("2026-11")).await), Refusal::MonthNotClosable);
        let finance = Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![Role::CharityStaff] };
        let other = Ctx { actor: finance, ..ctx.clone() };
        assert_eq!(refusal(books_close(&other, month("2026-10")).await), Refusal::NotAllowed);
        books_close(&ctx, month("2026-10")).await.unwrap();
        assert_eq!(refusal(books_close(&ctx, month("2026-10")).await), Refusal::MonthNotClosable);
        assert_eq!(refusal(books_close(&ctx, month("2026-08")).await), Refusal::MonthNotClosable);
        // Paid in October, told in November.
        let pledged = crate::support::pledge(&ctx, &form(1, "10")).await;
        let told = service::giving::Settlement {
            paid_at: "2026-10-31".parse::<domain::time::Date>().unwrap().start(),
            ..crate::support::told(&ctx, pledged, 0).await
        };
        service::giving::payment_settle(&ctx, told).await.unwrap();
        let mut reader = ctx.house.db.read().await.unwrap();
        let entries = store::ledger::entries_of_gift(&mut reader.conn(), pledged.gift_id).await.unwrap();
        let entry = &entries[0].0;
        assert_eq!(
            (entry.occurred_on.as_str(), entry.booked_on.as_str()),
            ("2026-10-31", "2026-11-01"),
            "{}",
            db.kind
        );
        drop(reader);
        given(&ctx, &form(2, "10")).await;
        crate::support::assert_books_hold(&ctx).await;
    }
}

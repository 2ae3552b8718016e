//! Who was taken over from which list is proved: a row of `taken_over` or an alias changed by hand is named.

use domain::giving::Channel;
use domain::id::{EntryId, FundId, GiftId};
use domain::ledger::{Account, Balanced, EntryKind};
use domain::money::Fen;
use service::Ctx;
use service::adoption::adopt;
use store::facts::{ADOPTED, facts_now};
use store::gift::GiftRow;
use store::ledger::EntryHead;
use store::payment::PaymentRow;
use store::takeover::TakenOverRow;
use testbed::{TestDb, tamper};
use uuid::Uuid;

use crate::support::{assert_books_hold, checks};
use crate::takeover::commit;

/// Changes by hand, each with what the message must name; afterwards the rows are as they were.
async fn assert_named(db: &TestDb, ctx: &Ctx, check: &str, changes: &[(&str, &str)]) {
    tamper(db, "create table kept as select * from taken_over").await;
    for (change, named) in changes {
        tamper(db, change).await;
        let found = checks(ctx).await.into_iter().find(|found| found.name == check).unwrap();
        let wrong = found.wrong.unwrap_or_else(|| panic!("{}: {change}: the books hold", db.kind));
        assert!(wrong.contains(named), "{}: {change}: {wrong}", db.kind);
        tamper(db, "delete from taken_over; insert into taken_over select * from kept").await;
        assert_books_hold(ctx).await;
    }
    tamper(db, "drop table kept").await;
}

#[tokio::test]
async fn a_changed_identity_is_named() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(
            &ctx,
            "A1,2019/1/3,李,,100,,救助基金,,\nA2,2019/1/4,王,,100,,救助基金,,\n\
             R1,2019/2/1,李,,-40,,救助基金,,退款 原流水号A1\nR2,2019/2/2,李,,-10,,救助基金,,退款 原流水号A1\n",
        )
        .await;
        let proved = checks(&ctx).await.into_iter().find(|check| check.name == "taken_over_follows_events");
        assert_eq!(proved.map(|check| check.rows), Some(4), "{}", db.kind);
        let content = "content = (select k.content from kept k where k.serial = 'A2')";
        let other = "gift_id = (select k.gift_id from kept k where k.serial = 'A2')";
        let refund = "refund_id = (select k.refund_id from kept k where k.serial = 'R2')";
        let changes = [
            ("delete from taken_over".to_owned(), "taken_over gifts A1: is missing"),
            ("delete from taken_over where serial = 'R2'".to_owned(), "taken_over gifts R2: is missing"),
            ("update taken_over set serial = 'A9' where serial = 'A1'".to_owned(), "taken_over gifts A1"),
            ("update taken_over set source = 'old' where serial = 'R1'".to_owned(), "taken_over gifts R1"),
            (format!("update taken_over set {content} where serial = 'A1'"), "taken_over gifts A1: is not what"),
            (format!("update taken_over set {content} where serial = 'R1'"), "taken_over gifts R1: is not what"),
            (format!("update taken_over set {other} where serial = 'A1'"), "taken_over gifts A1"),
            (format!("update taken_over set {refund} where serial = 'R1'"), "taken_over gifts R1"),
            (
                "insert into taken_over select source, 'A9', gift_id, refund_id, content from kept where serial = 'A1'"
                    .to_owned(),
                "taken_over gifts A9: no event speaks of it",
            ),
        ];
        let changes: Vec<(&str, &str)> = changes.iter().map(|(sql, named)| (sql.as_str(), *named)).collect();
        assert_named(&db, &ctx, "taken_over_follows_events", &changes).await;

        tamper(&db, "update fund_alias set fund_id = (select f.id from fund f where f.code = 'spark')").await;
        let wrong: Vec<_> = checks(&ctx).await.into_iter().filter(|check| check.wrong.is_some()).collect();
        assert_eq!(wrong.len(), 1, "{}: {wrong:?}", db.kind);
        assert_eq!(wrong[0].name, "fund_aliases_follow_events");
        let named = wrong[0].wrong.as_deref().unwrap();
        assert!(
            named.starts_with("fund_alias ") && named.ends_with("is not what its last event says"),
            "{named}"
        );
    }
}

/// A gift as it was taken over before events held the digest of its row.
async fn taken_over_before(ctx: &Ctx) {
    let fund = ctx.programme().await.unwrap().fund_by_code("aid").unwrap().id.0;
    let gift = GiftRow {
        id: Uuid::from_u128(0xB1),
        gift_key: vec![1; 16],
        content: vec![2; 32],
        token: vec![3; 16],
        fund_id: fund,
        programme_id: None,
        organisation_id: None,
        plan_id: None,
        person_id: None,
        amount_fen: 5_000,
        anonymous: true,
        receipt_wanted: false,
        issued_elsewhere: false,
        contact: "none".into(),
        lang: "zh".into(),
        created_at: ctx.now.0,
        state: "paid".into(),
        refunded_fen: 0,
        edition: GiftRow::EDITION,
        event_chain: 0,
        event_seq: 0,
        pledged_fen: None,
    };
    let payment = PaymentRow {
        id: Uuid::from_u128(0xC1),
        gift_id: gift.id,
        channel: Channel::TakenOver.as_str().into(),
        out_trade_no: "TO1".into(),
        provider_ref: Some("gifts/A1".into()),
        amount_fen: 5_000,
        fee_fen: 0,
        state: "paid".into(),
        created_at: ctx.now.0,
        expires_at: ctx.now.0,
        paid_at: Some(ctx.now.0),
        pay_url: None,
        next_query_at: None,
        queries: 0,
        edition: PaymentRow::EDITION,
        released_ref: None,
    };
    let at = ctx.clone();
    let written = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let day = at.now.date();
            let mut digests = vec![store::gift::gift_add(tx, &gift.clone().at(place)).await?.unwrap()];
            digests.push(payment.digest(&day.to_string()));
            store::payment::payment_add(tx, payment);
            let head = EntryHead {
                id: EntryId(Uuid::from_u128(0xA7)),
                kind: EntryKind::Gift,
                gift_id: GiftId(gift.id),
                refund_id: None,
                reverses_id: None,
                occurred_on: day,
            };
            let given = Balanced::gift(FundId(fund), Account::Bank, Fen(5_000), Fen::ZERO).unwrap();
            digests.push(store::ledger::entry_post(tx, head, &given, place).await?);
            let row = TakenOverRow {
                source: "gifts".into(),
                serial: "A1".into(),
                gift_id: Some(gift.id),
                refund_id: None,
                content: gift.content,
            };
            store::takeover::taken_over_add(tx, &[row]).await?;
            let mut event = at.event("gift.taken_over", ("gift", gift.id));
            event.state = Some(gift.state);
            event.detail = r#"{"source":"gifts","serial":"A1"}"#.into();
            tx.record(event, digests);
            Ok::<_, store::StoreError>(())
        })
    });
    written.await.unwrap();
}

#[tokio::test]
async fn what_was_taken_over_before_events_held_digests_is_compared_with_its_gift() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        taken_over_before(&ctx).await;
        assert_books_hold(&ctx).await;
        commit(&ctx, "A2,2019/1/4,王,,100,,救助基金,,\n").await;
        let rows = |name: &str, found: &[store::verify::Check]| {
            found.iter().find(|check| check.name == name).unwrap().rows
        };
        let found = checks(&ctx).await;
        assert_eq!(rows("old_taken_over_follows_events", &found), 1, "{}", db.kind);
        assert_eq!(rows("taken_over_follows_events", &found), 1, "{}", db.kind);
        let changes = [
            ("delete from taken_over where serial = 'A1'", "taken_over gifts A1: is missing"),
            ("update taken_over set serial = 'A9' where serial = 'A1'", "taken_over gifts A1: is missing"),
            (
                "update taken_over set content = (select k.content from kept k where k.serial = 'A2') \
                 where serial = 'A1'",
                "taken_over gifts A1: is not what its gift says",
            ),
        ];
        assert_named(&db, &ctx, "old_taken_over_follows_events", &changes).await;
    }
}

#[tokio::test]
async fn aliases_are_taken_in_where_the_books_were_before() {
    for db in testbed::databases().await {
        let ctx = testbed::old_house(&db, 1).await;
        let at = ctx.clone();
        let adopted = ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                let mut facts = facts_now(&mut tx.conn()).await?;
                facts.retain(|fact| !fact.row.starts_with("fund_alias "));
                tx.record_facts(at.event(ADOPTED, ("books", Uuid::nil())), vec![], &facts);
                Ok::<_, store::StoreError>(())
            })
        });
        adopted.await.unwrap();
        let wrong = async |ctx: &Ctx| {
            let found = checks(ctx).await.into_iter().filter(|check| check.wrong.is_some());
            found.map(|check| check.name).collect::<Vec<_>>()
        };
        assert_eq!(wrong(&ctx).await, ["fund_aliases_follow_events"], "{}", db.kind);
        adopt(&ctx).await.unwrap();
        assert_eq!(wrong(&ctx).await, [""; 0]);
        let head = async |ctx: &Ctx| {
            let mut reader = ctx.house.db.read().await.unwrap();
            store::audit::chain_head(&mut reader.conn(), 1).await.unwrap()
        };
        let once = head(&ctx).await;
        adopt(&ctx).await.unwrap();
        assert_eq!(head(&ctx).await, once, "only once");
        tamper(&db, "delete from fund_alias where alias = '科研基金'").await;
        assert_eq!(wrong(&ctx).await, ["fund_aliases_follow_events"]);
    }
}

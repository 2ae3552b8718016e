//! Rows that change by right are proved by their last event: a change by hand is named.

use domain::access::Role;
use domain::audit::Hash;
use domain::giving::{Channel, GiftForm};
use domain::id::{EntryId, FundId, GiftId};
use domain::ledger::{Account, Balanced, EntryKind};
use domain::money::Fen;
use service::Ctx;
use service::adoption::adopt;
use service::giving::{refund_done, refund_request};
use store::gift::GiftRow;
use store::ledger::EntryHead;
use store::payment::PaymentRow;
use store::receipt::ReceiptRow;
use store::refund::RefundRow;
use store::staff::StaffRow;
use testbed::{TestDb, tamper};
use uuid::Uuid;

use crate::support::{assert_books_hold, checks, form, given, refusal};
use crate::tamper::Books;

const PASSWORD: &str = "correct horse battery";

/// One change by hand and how it is taken back.
struct Change {
    table: &'static str,
    set: String,
    back: String,
    only: String,
    check: &'static str,
    /// What the message must name.
    names: String,
}

/// Lengthens a text and shortens it again.
fn text(column: &str) -> (String, String) {
    (format!("{column} = {column} || 'x'"), format!("{column} = substr({column}, 1, length({column}) - 1)"))
}

fn later(column: &str) -> (String, String) {
    (format!("{column} = {column} + 1"), format!("{column} = {column} - 1"))
}

fn day_later(column: &str) -> (String, String) {
    let day = 86_400_000_000_i64;
    (format!("{column} = {column} + {day}"), format!("{column} = {column} - {day}"))
}

fn swap(set: &str, back: &str) -> (String, String) {
    (set.to_owned(), back.to_owned())
}

/// Gifts with all that hangs on them: a tax request, refunds, a user, a closed month.
async fn full(db: TestDb) -> (Books, Uuid, GiftId) {
    let books = Books::open(db).await;
    let ctx = &books.ctx;
    let user = service::staff::user_create(ctx, "li", "李", &[Role::CharityStaff], PASSWORD).await.unwrap();
    service::staff::user_set_password(ctx, "li", "another horse battery").await.unwrap();
    let seal = include_bytes!("../../../papers/tests/all/seal.png").to_vec();
    service::seals::seal_set(ctx, "YS", Some(seal)).await.unwrap();
    let taxed = GiftForm {
        target: "aid/ningyang".into(),
        name: "王小明".into(),
        email: "wang@example.com".into(),
        consent: "on".into(),
        tax: "on".into(),
        tax_number: "11010519491231002X".into(),
        tax_consent: "on".into(),
        ..form(7, "70")
    };
    let taxed = given(ctx, &taxed).await;
    refund_request(ctx, taxed, Fen(100), "多付", ctx.token()).await.unwrap();
    let no = service::gifts::gift_file(ctx, taxed).await.unwrap().sheet.refunds.remove(0).out_refund_no;
    refund_done(ctx, no, ctx.now).await.unwrap();
    service::books::books_close(ctx, "2026-09".parse().unwrap()).await.unwrap();
    service::books::books_close(ctx, "2026-10".parse().unwrap()).await.unwrap();
    let figure = "[[figure]]\ncode = 'f'\nvalue_zh = '1'\nvalue_en = '1'\nlabel_zh = '甲'\nlabel_en = 'A'\n\
                  as_of = '2026-01-01'\nsource_zh = '乙'\nsource_en = 'B'\n";
    service::programme::programme_load(ctx, toml::from_str(figure).unwrap()).await.unwrap();
    assert_books_hold(ctx).await;
    (books, user.0, taxed)
}

fn changes(organisation: Uuid, user: Uuid, gift: GiftId, of_gift: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |table, check, names: String, only: &str, (set, back): (String, String)| {
        changes.push(Change { table, set, back, only: only.to_owned(), check, names });
    };
    for column in [
        "name_zh",
        "name_en",
        "certificate",
        "bank_account",
        "receipt_prefix",
        "contact",
        "credit_code",
        "receipt_handler",
    ] {
        let names = format!("organisation {organisation}: is not what its last event says");
        add("organisation", "organisations_follow_events", names, "true", text(column));
    }
    for column in ["filing_number", "title_zh", "ends_on"] {
        add("plan", "plans_follow_events", "plan ".into(), "true", text(column));
    }
    add("fund", "funds_follow_events", "fund ".into(), "code = 'aid'", text("purpose_en"));
    let collector = "organisation_id = (select f.organisation_id from fund f where f.code = 'aid'), \
                     plan_id = (select f.plan_id from fund f where f.code = 'aid')";
    let nobody = "organisation_id = null, plan_id = null";
    add("fund", "funds_follow_events", "fund ".into(), "code = 'spark'", swap(nobody, collector));
    add("programme", "programmes_follow_events", "programme ".into(), "true", text("name_zh"));
    add("published_figure", "figures_follow_events", "published_figure f: ".into(), "true", text("value_zh"));
    for column in ["roles", "password_hash", "name", "display_name"] {
        add("staff_user", "staff_follow_events", format!("staff_user {user}: "), "true", text(column));
    }
    let disabled = swap("disabled_at = 1", "disabled_at = null");
    add("staff_user", "staff_follow_events", format!("staff_user {user}: "), "true", disabled);
    for change in
        [text("reason"), text("requested_by"), text("out_refund_no"), later("done_at"), later("requested_at")]
    {
        add("refund", "refunds_follow_events", "refund ".into(), "true", change);
    }
    let month = swap("closed_through = '2026-09'", "closed_through = '2026-10'");
    add("books", "closing_follows_events", "books 1: ".into(), "true", month);
    add("seal", "events_equal_rows", organisation.to_string(), "true", later("set_at"));
    let mut row = |table, change| add(table, "events_equal_rows", gift.to_string(), of_gift, change);
    row("receipt", swap("seal_id = null", "seal_id = (select s.id from seal s)"));
    row("tax_request", swap("kind = 'credit_code'", "kind = 'resident_id'"));
    for change in [text("provider_ref"), text("out_trade_no"), day_later("paid_at"), later("expires_at")] {
        row("payment", change);
    }
    row("payment", swap("edition = 1", "edition = 2"));
    for column in ["recipient_zh", "recipient_en", "recipient_code", "recipient_certificate", "plan_number"] {
        row("receipt", text(column));
    }
    for column in ["fund_zh", "fund_en", "programme_zh", "programme_en", "handler"] {
        row("receipt", text(column));
    }
    let of_gift = of_gift.replace("gift_id", "id");
    let mut row = |change| add("gift", "events_equal_rows", gift.to_string(), &of_gift, change);
    row(swap("anonymous = not anonymous", "anonymous = not anonymous"));
    row(swap("edition = 1", "edition = 2"));
    row(swap("plan_id = null", "plan_id = (select f.plan_id from fund f where f.code = 'aid')"));
    changes
}

#[tokio::test]
async fn a_changed_row_is_named() {
    for db in testbed::databases().await {
        let (books, user, gift) = full(db).await;
        let organisation =
            books.ctx.programme().await.unwrap().funds[0].collected_by.clone().unwrap().organisation.id;
        let of_gift = format!("gift_id = {}", books.id(gift.0));
        for change in changes(organisation.0, user, gift, &of_gift) {
            let Change { table, set, back, only, check, names } = change;
            books.tamper(format!("update {table} set {set} where {only}")).await;
            books.assert_found(check, &[&names]).await;
            books.tamper(format!("update {table} set {back} where {only}")).await;
        }
        assert_books_hold(&books.ctx).await;
    }
}

#[tokio::test]
async fn an_added_or_removed_row_is_named() {
    for db in testbed::databases().await {
        let (books, user, gift) = full(db).await;
        let intruder = books.id(Uuid::from_u128(7));
        books
            .tamper(format!(
                "insert into staff_user (id, name, display_name, password_hash, roles, created_at) \
                 values ({intruder}, 'eve', 'E', 'x', 'administrator', 0)"
            ))
            .await;
        let named = format!("staff_user {}: no event speaks of it", Uuid::from_u128(7));
        books.assert_found("staff_follow_events", &[&named]).await;
        books.tamper(format!("delete from staff_user where id = {intruder}")).await;
        assert_books_hold(&books.ctx).await;
        books.tamper("delete from staff_user".to_owned()).await;
        books.assert_found("staff_follow_events", &[&format!("staff_user {user}: is missing")]).await;
        books.tamper(format!("delete from tax_request where gift_id = {}", books.id(gift.0))).await;
        books.assert_found("events_equal_rows", &["gift.pledged", &gift.to_string()]).await;
    }
}

#[tokio::test]
async fn a_row_put_back_to_what_it_was_is_named() {
    for db in testbed::databases().await {
        let (books, user, _) = full(db).await;
        let of_user = format!("where id = {}", books.id(user));
        books.tamper(format!("create table kept as select * from staff_user {of_user}")).await;
        service::staff::user_disable(&books.ctx, "li").await.unwrap();
        assert_books_hold(&books.ctx).await;
        let row = "disabled_at = (select k.disabled_at from kept k)";
        books.tamper(format!("update staff_user set {row} {of_user}")).await;
        books.assert_found("staff_follow_events", &[&format!("staff_user {user}: ")]).await;
    }
}

/// Rows as the program wrote them before: digests of edition 1, events without facts.
async fn before(db: &TestDb, ctx: &Ctx) -> (GiftRow, StaffRow, ReceiptRow) {
    let fund = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let organisation = Uuid::from_u128(0xA1);
    let hex = |id: Uuid| match db.kind {
        "postgres" => format!("'{id}'"),
        _ => format!("x'{}'", id.simple()),
    };
    tamper(
        db,
        &format!(
            "insert into organisation (id, name_zh, name_en, certificate, certificate_from, certificate_until, \
             receipt_prefix, bank_account, contact) values ({}, '旧', 'Old', 'C', '2020-01-01', '2030-01-01', 'J', '', '')",
            hex(organisation)
        ),
    )
    .await;
    let gift = GiftRow {
        id: Uuid::from_u128(0xB1),
        gift_key: vec![1; 16],
        content: vec![2; 32],
        token: vec![3; 16],
        fund_id: fund,
        programme_id: None,
        organisation_id: Some(organisation),
        plan_id: None,
        person_id: None,
        amount_fen: 5_000,
        anonymous: true,
        receipt_wanted: true,
        issued_elsewhere: false,
        contact: "none".into(),
        lang: "zh".into(),
        created_at: ctx.now.0,
        state: "partly_refunded".into(),
        refunded_fen: 1_000,
        edition: 1,
        event_chain: 1,
        event_seq: 1,
        pledged_fen: None,
    };
    let payment = PaymentRow {
        id: Uuid::from_u128(0xC1),
        gift_id: gift.id,
        channel: Channel::BankTransfer.as_str().into(),
        out_trade_no: "HZ-1".into(),
        provider_ref: Some("L1".into()),
        amount_fen: 5_000,
        fee_fen: 0,
        state: "paid".into(),
        created_at: ctx.now.0,
        expires_at: ctx.now.0,
        paid_at: Some(ctx.now.0),
        pay_url: None,
        next_query_at: None,
        queries: 0,
        edition: 1,
        released_ref: None,
    };
    let refund = RefundRow {
        id: Uuid::from_u128(0xD1),
        gift_id: gift.id,
        out_refund_no: "RF1".into(),
        amount_fen: 1_000,
        reason: "多付".into(),
        requested_by: "system".into(),
        requested_at: ctx.now.0,
        state: "done".into(),
        done_at: Some(ctx.now.0),
        next_query_at: None,
        queries: 0,
        promised_fen: 1_000,
        fee_returned_fen: 0,
        withdrawn: None,
    };
    let user = StaffRow {
        id: Uuid::from_u128(0xE1),
        name: "old".into(),
        display_name: "旧".into(),
        password_hash: "x".into(),
        roles: "auditor".into(),
        created_at: 1,
        disabled_at: None,
    };
    let mut receipt = ReceiptRow {
        id: Uuid::from_u128(0xF1),
        organisation_id: organisation,
        year: 2026,
        number: 1,
        gift_id: gift.id,
        person_id: None,
        amount_fen: 5_000,
        issued_on: "2026-11-22".into(),
        token: vec![4; 16],
        replaces_id: None,
        recipient_zh: None,
        recipient_en: None,
        recipient_code: None,
        recipient_certificate: None,
        plan_number: None,
        fund_zh: None,
        fund_en: None,
        programme_zh: None,
        programme_en: None,
        seal_id: None,
        handler: None,
        event_chain: 1,
        event_seq: 0,
    };
    let rows = (gift.clone(), user.clone(), receipt.clone());
    let at = ctx.clone();
    let written = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let mut digests: Vec<Hash> = vec![store::gift::gift_add(tx, &rows.0.at(place)).await?.unwrap()];
            store::payment::payment_add(tx, payment);
            store::refund::refund_add(tx, &refund).await?;
            store::staff::staff_add(tx, &rows.1).await?;
            let head = |id: u128, kind, refund_id| EntryHead {
                id: EntryId(Uuid::from_u128(id)),
                kind,
                gift_id: GiftId(Uuid::from_u128(0xB1)),
                refund_id,
                reverses_id: None,
                occurred_on: at.now.date(),
            };
            let given = Balanced::gift(FundId(fund), Account::Bank, Fen(5_000), Fen::ZERO).unwrap();
            digests
                .push(store::ledger::entry_post(tx, head(0xA7, EntryKind::Gift, None), &given, place).await?);
            let back = Balanced::refund(FundId(fund), Account::Bank, Fen(1_000), Fen::ZERO).unwrap();
            let head = head(0xA8, EntryKind::Refund, Some(domain::id::RefundId(refund.id)));
            digests.push(store::ledger::entry_post(tx, head, &back, place).await?);
            digests.push(rows.2.digest());
            let mut event = at.event("gift.paid", ("gift", rows.2.gift_id));
            event.state = Some("partly_refunded".into());
            tx.record(event, digests);
            Ok::<_, store::StoreError>(place.seq)
        })
    });
    receipt.event_seq = written.await.unwrap();
    let token = if db.kind == "postgres" {
        "decode(repeat('04', 16), 'hex')"
    } else {
        "x'04040404040404040404040404040404'"
    };
    tamper(
        db,
        &format!(
            "insert into receipt (id, organisation_id, year, number, gift_id, amount_fen, issued_on, token, event_chain, \
             event_seq) values ({}, {}, 2026, 1, {}, 5000, '2026-11-22', {token}, 1, {}); \
             insert into receipt_counter (organisation_id, year, last) values ({}, 2026, 1)",
            hex(receipt.id),
            hex(organisation),
            hex(gift.id),
            receipt.event_seq,
            hex(organisation)
        ),
    )
    .await;
    (gift, user, receipt)
}

#[tokio::test]
async fn what_was_written_before_is_taken_in_once_and_proved_from_then_on() {
    for db in testbed::databases().await {
        let ctx = testbed::old_house(&db, 1).await;
        let (gift, user, _) = before(&db, &ctx).await;
        let wrong = |checks: Vec<store::verify::Check>| -> Vec<_> {
            checks.into_iter().filter_map(|check| Some((check.name, check.wrong?))).collect()
        };
        let names: Vec<_> = wrong(checks(&ctx).await).into_iter().map(|(name, _)| name).collect();
        assert!(
            names.contains(&"staff_follow_events") && names.contains(&"refunds_follow_events"),
            "{names:?}"
        );
        assert!(!names.contains(&"events_equal_rows"), "{}: old digests hold", db.kind);
        adopt(&ctx).await.unwrap();
        assert_books_hold(&ctx).await;
        let head = async |ctx: &Ctx| {
            let mut reader = ctx.house.db.read().await.unwrap();
            store::audit::chain_head(&mut reader.conn(), 1).await.unwrap()
        };
        let once = head(&ctx).await;
        adopt(&ctx).await.unwrap();
        assert_eq!(head(&ctx).await, once, "only once");

        let gift = format!("gift {}: is not what its last event says", gift.id);
        let user = format!("staff_user {}: is not what its last event says", user.id);
        for (set, back, check, named) in [
            (
                "gift set anonymous = not anonymous",
                "gift set anonymous = not anonymous",
                "old_gifts_follow_events",
                &gift,
            ),
            (
                "payment set provider_ref = 'L2'",
                "payment set provider_ref = 'L1'",
                "old_gifts_follow_events",
                &gift,
            ),
            (
                "staff_user set roles = 'administrator'",
                "staff_user set roles = 'auditor'",
                "staff_follow_events",
                &user,
            ),
        ] {
            tamper(&db, &format!("update {set}")).await;
            let found = wrong(checks(&ctx).await);
            assert!(
                found.iter().any(|(name, what)| *name == check && what == named),
                "{}: {found:?}",
                db.kind
            );
            tamper(&db, &format!("update {back}")).await;
        }
        assert_books_hold(&ctx).await;
        // Its receipt shows the recipient as it is now, so who that is may not change.
        let file = "[[recipient]]\nname_zh = '新'\nname_en = 'New'\ncertificate = 'C'\n\
                    certificate_from = '2020-01-01'\ncertificate_until = '2030-01-01'\nreceipt_prefix = 'J'\n\
                    bank_account = ''\ncontact = ''\nfiling_number = 'F'\nplan_zh = ''\nplan_en = ''\n\
                    plan_from = '2020-01-01'\nplan_until = '2030-01-01'\nfunds = []\n";
        let load = service::programme::programme_load(&ctx, toml::from_str(file).unwrap()).await;
        assert_eq!(refusal(load), domain::refusal::Refusal::RecipientHasReceipts);
    }
}

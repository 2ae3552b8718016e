//! Whoever has the database's password can change rows; `verify` names what was changed.

use domain::id::GiftId;
use domain::time::Month;
use service::Ctx;
use service::checkpoint::{Appended, CHAIN, Checkpoints, checkpoints_accept};
use service::verify::{Report, verify};
use testbed::{TestDb, tamper};
use uuid::Uuid;

use crate::support::{form, given};

/// Tables whose rows stay as they were written.
const APPEND_ONLY: [&str; 6] = ["journal_entry", "posting", "receipt", "receipt_mark", "seal", "audit_event"];

/// Books that somebody tampers with.
pub struct Books {
    /// Their database.
    pub db: TestDb,
    /// The program itself.
    pub ctx: Ctx,
    /// What it signed.
    pub checkpoints: Checkpoints,
    /// The first gift, of 王小明.
    pub gift: GiftId,
}

impl Books {
    /// Three paid gifts, signed; and the triggers dropped, as a tamperer would.
    pub async fn open(db: TestDb) -> Self {
        let ctx = testbed::house(&db).await;
        let checkpoints = Checkpoints::new(&db.dir.path().join("checkpoints"), CHAIN, &ctx.house.keys);
        let mut named = form(1, "100.50");
        named.name = "王小明".into();
        named.email = "wang@example.com".into();
        named.consent = "on".into();
        let gift = given(&ctx, &named).await;
        given(&ctx, &form(2, "20")).await;
        given(&ctx, &form(3, "30")).await;
        checkpoints.append(&ctx.house.db, ctx.now).await.unwrap();
        let books = Self { db, ctx, checkpoints, gift };
        let report = books.report().await;
        assert!(report.ok, "{}: {report:?}", books.db.kind);
        for table in APPEND_ONLY {
            books.drop_triggers(table).await;
        }
        books
    }

    async fn drop_triggers(&self, table: &str) {
        let sql = match self.db.kind {
            "postgres" => format!("drop trigger {table}_stays on {table}"),
            _ => format!("drop trigger {table}_stays; drop trigger {table}_kept; drop trigger {table}_once"),
        };
        tamper(&self.db, &sql).await;
    }

    pub async fn tamper(&self, sql: String) {
        tamper(&self.db, &sql).await;
    }

    pub fn id(&self, id: Uuid) -> String {
        if self.db.kind == "postgres" { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
    }

    pub async fn report(&self) -> Report {
        verify(&self.ctx, &self.checkpoints).await.unwrap()
    }

    /// Fails unless the check `name` is wrong and its message names each of `parts`.
    pub async fn assert_found(&self, name: &str, parts: &[&str]) {
        let report = self.report().await;
        assert!(!report.ok);
        let check = report.checks.iter().find(|check| check.name == name).unwrap();
        let wrong = check.wrong.as_deref().unwrap_or_else(|| panic!("{}: {report:?}", self.db.kind));
        for part in parts {
            assert!(wrong.contains(part), "{}: {name}: {part} is not in: {wrong}", self.db.kind);
        }
    }

    /// The entry of the first gift.
    async fn entry(&self) -> Uuid {
        let mut reader = self.ctx.house.db.read().await.unwrap();
        store::ledger::entries_of_gift(&mut reader.conn(), self.gift).await.unwrap()[0].0.id
    }

    async fn receipt(&self) -> store::receipt::ReceiptRow {
        let mut reader = self.ctx.house.db.read().await.unwrap();
        store::receipt::receipts_of_gift(&mut reader.conn(), self.gift).await.unwrap().remove(0).receipt
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_what_is_written() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = given(&ctx, &form(1, "100")).await;
        let receipt = service::gifts::gift_file(&ctx, gift).await.unwrap().sheet.receipts.remove(0).id;
        service::receipts::receipt_reissue(&ctx, receipt, gift, "抬头", None).await.unwrap();
        service::seals::seal_set(&ctx, "YS", None).await.unwrap();
        for (table, column) in
            APPEND_ONLY.into_iter().zip(["event_seq", "line", "event_seq", "event_seq", "set_at", "at"])
        {
            let mut attempts =
                vec![format!("update {table} set {column} = {column} + 1"), format!("delete from {table}")];
            if db.kind == "postgres" {
                attempts.push(format!("truncate {table} cascade"));
            } else {
                // SQLite's replacing asks no delete trigger.
                attempts.push(format!("insert or replace into {table} select * from {table}"));
                attempts.push(format!("replace into {table} select * from {table} limit 1"));
                attempts.push(format!("update or replace {table} set {column} = {column} + 1"));
            }
            for sql in attempts {
                let refused = testbed::try_sql(&db, &sql).await.unwrap_err();
                assert!(refused.contains("append only"), "{}: {sql}: {refused}", db.kind);
            }
        }
        crate::support::assert_books_hold(&ctx).await;
    }
}

/// Another row under each unique key of an append-only table would push the first one out.
#[tokio::test]
async fn nothing_written_is_replaced_under_another_key() {
    let db = testbed::databases().await.remove(0);
    let ctx = testbed::house(&db).await;
    let gift = given(&ctx, &form(1, "100")).await;
    let receipt = service::gifts::gift_file(&ctx, gift).await.unwrap().sheet.receipts.remove(0).id;
    service::receipts::receipt_reissue(&ctx, receipt, gift, "抬头", None).await.unwrap();
    let (fresh, columns) = ("randomblob(16)", "event_chain, event_seq");
    let receipts = |id: &str, number: &str, token: &str, replaces: &str| {
        format!(
            "insert or replace into receipt (id, organisation_id, year, number, gift_id, amount_fen, issued_on, token, \
             replaces_id, {columns}) select {id}, organisation_id, year, {number}, gift_id, amount_fen, issued_on, \
             {token}, {replaces}, {columns} from receipt where replaces_id is not null"
        )
    };
    for sql in [
        receipts("id", "99", fresh, "null"),
        receipts(fresh, "number", fresh, "null"),
        receipts(fresh, "99", "token", "null"),
        receipts(fresh, "99", fresh, "replaces_id"),
        format!(
            "insert or replace into journal_entry (id, kind, gift_id, occurred_on, booked_on, {columns}) \
             select {fresh}, kind, gift_id, occurred_on, booked_on, {columns} from journal_entry"
        ),
        "insert or replace into audit_event select chain, seq + 1000, id, at, actor, kind, subject, subject_id, \
             state, detail, rows_digest, hash from audit_event".to_owned(),
    ] {
        let refused = testbed::try_sql(&db, &sql).await.unwrap_err();
        assert!(refused.contains("append only"), "{sql}: {refused}");
    }
    crate::support::assert_books_hold(&ctx).await;
}

#[tokio::test]
async fn one_changed_posting_is_found() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let entry = books.entry().await;
        let id = books.id(entry);
        books
            .tamper(format!(
                "update posting set amount_fen = amount_fen + 100 where entry_id = {id} and line = 0"
            ))
            .await;
        books.assert_found("entries_sum_to_zero", &[&entry.to_string()]).await;
        books.assert_found("events_equal_rows", &["gift.paid", &books.gift.to_string()]).await;
    }
}

#[tokio::test]
async fn two_postings_that_still_balance_are_found_though_the_balances_were_changed_too() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let id = books.id(books.entry().await);
        books
            .tamper(format!(
                "update posting set amount_fen = amount_fen + 100 where entry_id = {id} and amount_fen > 0"
            ))
            .await;
        books
            .tamper(format!(
                "update posting set amount_fen = amount_fen - 100 where entry_id = {id} and amount_fen < 0"
            ))
            .await;
        let gift = books.id(books.gift.0);
        books
            .tamper(format!(
                "update fund_balance set received_fen = received_fen + 100 \
                 where fund_id = (select fund_id from gift where id = {gift})"
            ))
            .await;
        let report = books.report().await;
        let ok = |name| report.checks.iter().find(|check| check.name == name).unwrap().ok;
        assert!(
            ok("entries_sum_to_zero") && ok("fund_balances_equal_postings"),
            "the tampering was done well"
        );
        books.assert_found("paid_gifts_have_one_posting_set", &[&books.gift.to_string()]).await;
        // Even where the gift's own amount was changed along, the chain knows better.
        books
            .tamper(format!("update payment set amount_fen = amount_fen + 100 where gift_id = {gift}"))
            .await;
        books.tamper(format!("update gift set amount_fen = amount_fen + 100 where id = {gift}")).await;
        books
            .assert_found("events_equal_rows", &["audit_event", "the rows that it wrote have changed"])
            .await;
    }
}

#[tokio::test]
async fn a_changed_amount_of_a_gift_is_found() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let gift = books.id(books.gift.0);
        books.tamper(format!("update gift set amount_fen = amount_fen + 1 where id = {gift}")).await;
        books.assert_found("paid_gifts_have_one_posting_set", &[&books.gift.to_string()]).await;
        books.assert_found("events_equal_rows", &["gift.pledged", &books.gift.to_string()]).await;
    }
}

#[tokio::test]
async fn a_changed_name_on_a_receipt_is_found() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let person = books.receipt().await.person_id.unwrap();
        books.tamper(format!("update person set name = '王大明' where id = {}", books.id(person))).await;
        books.assert_found("persons_equal_commitments", &[&person.to_string()]).await;
    }
}

#[tokio::test]
async fn a_name_changed_with_its_commitment_is_found() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let person = books.receipt().await.person_id.unwrap();
        let mut row = {
            let mut reader = books.ctx.house.db.read().await.unwrap();
            store::person::person_get(&mut reader.conn(), domain::id::PersonId(person))
                .await
                .unwrap()
                .unwrap()
        };
        row.name = "王大明".into();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let commitment = match books.db.kind {
            "postgres" => format!("'\\x{}'", hex(&row.commitment())),
            _ => format!("x'{}'", hex(&row.commitment())),
        };
        let id = books.id(person);
        books
            .tamper(format!("update person set name = '王大明', commitment = {commitment} where id = {id}"))
            .await;
        let report = books.report().await;
        assert!(report.checks.iter().find(|check| check.name == "persons_equal_commitments").unwrap().ok);
        books.assert_found("events_equal_rows", &["gift.pledged", &books.gift.to_string()]).await;
    }
}

#[tokio::test]
async fn a_deleted_receipt_is_found() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let receipt = books.receipt().await;
        books.tamper(format!("delete from receipt where id = {}", books.id(receipt.id))).await;
        books
            .assert_found(
                "receipt_numbers_have_no_gap",
                &[&receipt.organisation_id.to_string(), "2 receipts", "greatest 3"],
            )
            .await;
        books.assert_found("events_equal_rows", &["gift.paid", &books.gift.to_string()]).await;
    }
}

#[tokio::test]
async fn a_cut_tail_is_found_by_the_checkpoints_alone() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let month: Month = "2026-10".parse().unwrap();
        service::books::books_close(&books.ctx, month).await.unwrap();
        let Appended::Written(size) =
            books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap()
        else {
            panic!("an event came")
        };
        books.tamper(format!("delete from audit_event where seq = {size}")).await;
        books
            .tamper(format!(
                "update audit_chain set seq = {0}, hash = (select hash from audit_event where seq = {0}); \
                 update books set closed_through = '0000-00'",
                size - 1
            ))
            .await;
        let report = books.report().await;
        let wrong: Vec<_> = report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(wrong, ["checkpoints_hold"], "{}: the cut was clean", books.db.kind);
        books.assert_found("checkpoints_hold", &["chain-1.txt line 8", &format!("no event {size}")]).await;
        // And no further checkpoint is signed over it.
        let after = books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        assert_eq!(after, Appended::Shorter { signed: size, found: size - 1 });
    }
}

#[tokio::test]
async fn a_rewritten_chain_is_found_by_the_checkpoints() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let month: Month = "2026-09".parse().unwrap();
        service::books::books_close(&books.ctx, month).await.unwrap();
        let Appended::Written(size) =
            books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap()
        else {
            panic!("an event came")
        };
        books.tamper(format!("delete from audit_event where seq = {size}")).await;
        books
            .tamper(format!(
                "update audit_chain set seq = {0}, hash = (select hash from audit_event where seq = {0}); \
                 update books set closed_through = '0000-00'",
                size - 1
            ))
            .await;
        // The program itself writes another event under the same number.
        let later = Ctx { now: books.ctx.now.plus_seconds(60), ..books.ctx.clone() };
        service::books::books_close(&later, month).await.unwrap();
        let report = books.report().await;
        let wrong: Vec<_> = report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(wrong, ["checkpoints_hold"], "{}", books.db.kind);
        books.assert_found("checkpoints_hold", &[&format!("audit_event {size} has another hash")]).await;
    }
}

#[tokio::test]
async fn a_changed_or_forged_checkpoint_is_found() {
    for db in testbed::databases().await.into_iter().take(1) {
        let books = Books::open(db).await;
        let file = books.checkpoints.file().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let size = text.lines().nth(1).unwrap().to_owned();
        std::fs::write(&file, text.replacen(&format!("\n{size}\n"), "\n1\n", 1)).unwrap();
        books.assert_found("checkpoints_hold", &["line 1", "its signature does not hold"]).await;
        // Another installation's key, over the same words.
        let keys = service::sealing::Keyring::new(
            [8; 32],
            store::KeyStore::open(&books.db.keys_address).await.unwrap(),
        );
        let other = Checkpoints::new(&books.db.dir.path().join("other"), CHAIN, &keys);
        other.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        std::fs::copy(other.file(), &file).unwrap();
        books.assert_found("checkpoints_hold", &["line 1", "another installation"]).await;
        std::fs::write(&file, &text).unwrap();
        assert!(books.report().await.ok);
    }
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_cut_off_and_says_nothing() {
    for db in testbed::databases().await.into_iter().take(1) {
        let books = Books::open(db).await;
        let file = books.checkpoints.file().to_owned();
        let whole = std::fs::read_to_string(&file).unwrap();
        given(&books.ctx, &form(9, "5")).await;
        books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        let both = std::fs::read_to_string(&file).unwrap();
        assert!(both.starts_with(&whole) && both.len() > whole.len());
        for cut in whole.len() + 1..both.len() {
            if !both.is_char_boundary(cut) {
                continue;
            }
            std::fs::write(&file, &both[..cut]).unwrap();
            assert!(books.report().await.ok, "cut at {cut}");
            assert!(matches!(
                books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap(),
                Appended::Written(_)
            ));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), both, "cut at {cut}");
        }
    }
}

#[tokio::test]
async fn missing_checkpoints_are_told_until_somebody_accepts_it() {
    for db in testbed::databases().await {
        let books = Books::open(db).await;
        let append = async || books.checkpoints.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        let folder = books.checkpoints.file().parent().unwrap().to_owned();
        // A second node writes a file of its own, and a moved file goes on: both are in order.
        let other =
            |name: &str| Checkpoints::new(&books.db.dir.path().join(name), CHAIN, &books.ctx.house.keys);
        let second = other("second");
        second.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        std::fs::rename(&folder, books.db.dir.path().join("moved")).unwrap();
        let moved = other("moved");
        moved.append(&books.ctx.house.db, books.ctx.now).await.unwrap();
        assert!(
            verify(&books.ctx, &moved).await.unwrap().ok && verify(&books.ctx, &second).await.unwrap().ok
        );
        books.assert_found("checkpoints_hold", &["chain-1.txt is missing"]).await;

        // The program signs on, but what was lost stays told.
        assert!(matches!(append().await, Appended::Written(_)));
        books.assert_found("checkpoints_hold", &["was begun anew at audit_event"]).await;
        append().await;
        books.assert_found("checkpoints_hold", &["was begun anew at audit_event"]).await;
        checkpoints_accept(&books.ctx).await.unwrap();
        assert!(books.report().await.ok, "{}", books.db.kind);
        std::fs::remove_file(books.checkpoints.file()).unwrap();
        append().await;
        books.assert_found("checkpoints_hold", &["was begun anew at audit_event"]).await;
    }
}

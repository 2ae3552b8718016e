//! Whoever has the database's password can change what searches and reports rest on; `verify` names what was changed.

use domain::access::{Actor, Role};
use domain::id::ChangeId;
use domain::registry::UnitStatus;
use service::Ctx;
use service::registry::lab::status_set;
use service::registry::live::build_once;
use service::registry::report::{report_make, report_sign};
use store::StoreError;
use store::change::{ChangeOf, change_add, change_publish};
use testbed::{TestDb, bare_house, databases, tamper, try_sql};

use crate::registry_support::*;
use crate::support::{assert_books_hold, checks};

/// Tables whose rows the database itself keeps as they are.
const APPEND_ONLY: [&str; 8] = [
    "match_signature",
    "match_report",
    "match_search",
    "nomenclature_use",
    "nomenclature_file",
    "nomenclature",
    "dose_policy",
    "registry_disclosure",
];

/// Two units of which the first has two versions, a report that is signed and one that is not, and a release of the
/// nomenclature, if only by name.
async fn full(db: &TestDb) -> Ctx {
    bank(db).await;
    let ctx = bare_house(db, 1).await;
    for n in [1, 2] {
        publish(&ctx, vec![(n, donated(PATIENT, 9000))], None, true).await;
    }
    build_once(&ctx).await.unwrap();
    let roles = [Role::HlaTechnician];
    let user = service::staff::user_create(&ctx, "hla", "冯技师", &roles, "a long password").await.unwrap();
    let technician = Ctx { actor: Actor::Staff { user_id: user, roles: roles.to_vec() }, ..ctx.clone() };
    let signed = report_make(&technician, &asked(), &[]).await.unwrap().unwrap();
    report_sign(&technician, signed).await.unwrap();
    report_make(&technician, &asked(), &[]).await.unwrap().unwrap();
    status_set(&ctx, unit(1), UnitStatus::Unavailable, "QR").await.unwrap();
    let (at, change) = (ctx.clone(), ChangeId(ctx.id()));
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let files = [("hla_nom.txt".to_owned(), b"A*;01:01;;;".to_vec())];
            let row = store::nomenclature::nomenclature_add(tx, "3.0.0", at.now, &files, place).await?;
            change_add(tx, change, ChangeOf::Nomenclature, at.now).await?;
            let used = store::nomenclature::nomenclature_use(tx, change, "3.0.0", place).await?;
            change_publish(tx, change, at.now).await?;
            tx.record(
                at.event("nomenclature.used", ("registry_change", change.0)),
                vec![row.row_digest(), used],
            );
            Ok::<_, StoreError>(())
        })
    });
    write.await.unwrap();
    ctx
}

#[tokio::test]
async fn the_database_keeps_what_was_recorded() {
    for db in databases().await {
        full(&db).await;
        let (own, no) = (sql_id(&db, id(77)), if db.kind == "sqlite" { "0" } else { "false" });
        tamper(
            &db,
            &format!(
                "insert into registry_disclosure (id, format, purpose, receiver, abroad, filing_number, units, made_by, \
                 made_at, event_chain, event_seq) values ({own}, 'csv', 'p', 'r', {no}, '', 1, 'system', 1, 1, 1)"
            ),
        )
        .await;
        for table in APPEND_ONLY {
            let column = match table {
                "nomenclature_file" => "content",
                "dose_policy" => "source",
                _ => "event_seq",
            };
            let whole = match db.kind {
                "sqlite" => format!("insert or replace into {table} select * from {table}"),
                _ => format!("truncate {table} cascade"),
            };
            let (update, delete) =
                (format!("update {table} set {column} = {column}"), format!("delete from {table}"));
            for sql in [update, delete, whole] {
                let refused = try_sql(&db, &sql).await.expect_err(&sql);
                assert!(refused.contains("append only"), "{}: {sql}: {refused}", db.kind);
            }
        }
        for sql in [
            "update registry_change set number = null where number = 1",
            "delete from registry_change where number = 1",
            "update unit set din = 'A999926000009'",
        ] {
            let refused = try_sql(&db, sql).await.expect_err(sql);
            assert!(refused.contains("append only"), "{}: {sql}: {refused}", db.kind);
        }
    }
}

/// A change by hand, how it is taken back, and the check that must name it. `U1` stands for the first unit.
const CHANGES: [(&str, &str, &str); 13] = [
    (
        "update unit set registry_id = 'CN000009' where id = U1",
        "update unit set registry_id = 'CN000001' where id = U1",
        "units_equal_versions",
    ),
    (
        "update unit set din = 'A999926000009' where id = U1",
        "update unit set din = null where id = U1",
        "units_equal_versions",
    ),
    // The unit's older version becomes its newer one.
    (
        "update registry_change set number = 99 where number = 1; update registry_change set number = 1 where number = 3; \
         update registry_change set number = 3 where number = 99",
        "update registry_change set number = 99 where number = 1; update registry_change set number = 1 where number = 3; \
         update registry_change set number = 3 where number = 99",
        "changes_follow_events",
    ),
    (
        "update registry_change set number = null where number = 4",
        "update registry_change set number = 4 where number is null",
        "changes_follow_events",
    ),
    (
        "update registry_change set number = null where number = 3",
        "update registry_change set number = 3 where number is null",
        "changes_follow_events",
    ),
    (
        "update registry_change set unit_id = (select id from unit where id <> U1) where number = 3",
        "update registry_change set unit_id = U1 where number = 3",
        "changes_follow_events",
    ),
    (
        "update dose_policy set single_tnc_e5 = single_tnc_e5 - 100",
        "update dose_policy set single_tnc_e5 = single_tnc_e5 + 100",
        "dose_policies_follow_events",
    ),
    (
        "update nomenclature set digest = BLANK",
        "update nomenclature set digest = (select kept.digest from kept)",
        "nomenclature_equals_files",
    ),
    (
        "update match_search set registry_number = registry_number + 1",
        "update match_search set registry_number = registry_number - 1",
        "events_equal_rows",
    ),
    (
        "update match_report set number = number || 'x'",
        "update match_report set number = substr(number, 1, length(number) - 1)",
        "events_equal_rows",
    ),
    (
        "update match_signature set signed_at = signed_at + 1",
        "update match_signature set signed_at = signed_at - 1",
        "events_equal_rows",
    ),
    // A signature of which no event tells.
    (
        "insert into match_signature (report_id, signed_by, signed_at, event_chain, event_seq) select r.id, s.signed_by, 1, \
         1, 0 from match_report r, match_signature s where r.id <> s.report_id",
        "delete from match_signature where event_seq = 0",
        "registry_rows_belong_to_the_chain",
    ),
    (
        "update nomenclature_file set content = BLANK",
        "update nomenclature_file set content = (select kept.content from kept)",
        "nomenclature_equals_files",
    ),
];

#[tokio::test]
async fn what_a_search_rests_on_is_proved() {
    for db in databases().await {
        let ctx = full(&db).await;
        assert_books_hold(&ctx).await;
        let guarded = APPEND_ONLY.iter().copied().chain(["registry_change"]);
        let mut sql: Vec<String> = guarded
            .flat_map(|table| match db.kind {
                "postgres" => vec![format!("drop trigger {table}_stays on {table}")],
                _ => vec![format!("drop trigger {table}_stays"), format!("drop trigger {table}_kept")],
            })
            .collect();
        let on = if db.kind == "postgres" { " on unit" } else { "" };
        sql.push(format!("drop trigger unit_stays{on}"));
        sql.push(
            "create table kept as select f.content, n.digest from nomenclature_file f, nomenclature n".into(),
        );
        tamper(&db, &sql.join("; ")).await;
        let first = sql_id(&db, id(1));
        let blank = if db.kind == "postgres" { "'\\x00'" } else { "x'00'" };
        let named = async |check: &str| {
            checks(&ctx).await.into_iter().find(|found| found.name == check).and_then(|found| found.wrong)
        };
        for (change, back, check) in CHANGES {
            let sql = |text: &str| text.replace("U1", &first).replace("BLANK", blank);
            tamper(&db, &sql(change)).await;
            assert!(named(check).await.is_some(), "{}: {change}: {check} saw nothing", db.kind);
            tamper(&db, &sql(back)).await;
        }
        assert_books_hold(&ctx).await;

        // A load that was given up is published by hand.
        load_row(&db, 50).await;
        let (load, change) = (sql_id(&db, id(50)), sql_id(&db, id(51)));
        let add = format!(
            "update unit_load set state = 'abandoned', closed_at = 2; insert into registry_change (id, number, kind, load_id, \
             at) values ({change}, null, 'load', {load}, 1)"
        );
        tamper(&db, &add).await;
        assert_books_hold(&ctx).await;
        tamper(&db, "update registry_change set number = 5 where number is null").await;
        assert!(named("changes_follow_events").await.unwrap().contains("not published"), "{}", db.kind);
    }
}

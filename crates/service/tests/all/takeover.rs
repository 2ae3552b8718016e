//! Taking over old lists, on both databases.

use std::path::{Path, PathBuf};

use domain::giving::GiftState;
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::takeover::{Change, Conflict, Field, Figure, PlannedRow, ReceiptMark, SheetRow};
use service::giving::refund_request;
use service::takeover::{
    DEFAULT_SOURCE, Ending, Mode, Takeover, TakeoverError, gifts_import, gifts_take_over, read_bytes,
};
use service::{Ctx, ServiceError};
use store::gift::{GiftFilter, GiftRow};

use crate::support::{assert_books_hold, balance, public, refusal};

/// The operator's list, beside the project; `None`, with a word about it, where it is not there.
fn operators_list() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gifts-2019-2023.csv");
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn rows(list: &str) -> Vec<SheetRow> {
    let text = format!("流水号,捐赠日期,捐赠人,联系电话,捐赠金额,捐赠方式,捐赠项目,开票,备注\n{list}");
    read_bytes(text.as_bytes(), None).unwrap().rows
}

async fn take(ctx: &Ctx, list: &str, mode: Mode) -> Takeover {
    gifts_take_over(ctx, rows(list), DEFAULT_SOURCE, mode).await.unwrap()
}

/// Takes over this list under the usual source.
pub async fn commit(ctx: &Ctx, list: &str) -> Takeover {
    take(ctx, list, Mode::Commit).await
}

fn counts(takeover: &Takeover) -> (usize, usize, usize) {
    let report = takeover.report();
    (report.new, report.unchanged, report.conflicts)
}

/// All gifts, newest first.
async fn gifts(ctx: &Ctx) -> Vec<GiftRow> {
    let mut reader = ctx.house.db.read().await.unwrap();
    let lines = store::gift::gift_lines(&mut reader.conn(), &GiftFilter::default(), 10_000).await.unwrap();
    lines.into_iter().map(|line| line.gift).collect()
}

/// Number of the last audit event.
async fn events(ctx: &Ctx) -> i64 {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::audit::chain_head(&mut reader.conn(), 1).await.unwrap().0
}

async fn person(ctx: &Ctx, gift: &GiftRow) -> store::person::PersonRow {
    let mut reader = ctx.house.db.read().await.unwrap();
    let id = domain::id::PersonId(gift.person_id.unwrap());
    store::person::person_get(&mut reader.conn(), id).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_list_of_2019_to_2023_is_taken_over_once() {
    let Some(path) = operators_list() else { return };
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let before = events(&ctx).await;
        let dry = gifts_import(&ctx, &path, None, DEFAULT_SOURCE, Mode::DryRun).await.unwrap();
        assert_eq!(counts(&dry), (2932, 0, 0), "{}", db.kind);
        assert_eq!((gifts(&ctx).await.len(), events(&ctx).await), (0, before), "a dry run changes nothing");

        let first = gifts_import(&ctx, &path, None, DEFAULT_SOURCE, Mode::Commit).await.unwrap();
        assert_eq!(first.report(), dry.report());
        assert_eq!((first.ending(), first.ending().exit_code()), (Ending::SomeLeftOut, 3));
        let report = first.report();
        assert_eq!((report.good, report.refunds, report.bad.len()), (2916, 16, 68));
        assert_eq!((report.refund_fen, report.net_fen), (-7_819_186, 2_555_219_822));
        let (mut net, mut posted) = (0, 0);
        for (code, fen) in &report.sum_fen {
            let kept = balance(&ctx, code).await;
            assert_eq!(kept.received_fen, *fen, "{code}");
            net += kept.available_fen();
            posted += kept.gifts;
        }
        assert_eq!((net, posted), (report.net_fen, 2916));
        assert_books_hold(&ctx).await;

        let after = events(&ctx).await;
        assert_eq!(after - before, 2932 + 1, "one event for each entry and one for the list");
        let second = gifts_import(&ctx, &path, None, DEFAULT_SOURCE, Mode::Commit).await.unwrap();
        assert_eq!(counts(&second), (0, 2932, 0));
        assert_eq!((second.report().good, &second.report().bad), (2916, &report.bad));
        assert_eq!((gifts(&ctx).await.len(), events(&ctx).await), (2916, after), "nothing changed");
    }
}

#[tokio::test]
async fn a_gift_of_the_past_is_posted_without_message_or_receipt() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(
            &ctx,
            "A1,2019/1/3 11:59,李勇杰,19900004906,100.50,微信,科研基金,是,=1+1\n\
             A2,2019/1/4,匿名,19900004906,1,现金,救助基金,,\nA3,2019/1/5,匿名,,2,现金,救助基金,否,\n\
             A4,2020/1/5,李勇杰,19900004906,3,现金,救助基金,?,\nA5,2020/1/6,济南泉城商贸有限公司,,4,,火种工程,,\n\
             A6,2020/1/7,济南泉城商贸有限公司,,5,,火种工程,,\n\
             A7,2020/1/8,匿名,19900004906,6,现金,救助基金,,\n",
        )
        .await;
        let all = gifts(&ctx).await;
        let fen: Vec<i64> = all.iter().map(|gift| gift.amount_fen).collect();
        assert_eq!(fen, [600, 500, 400, 300, 200, 100, 10_050], "{}: by the day of the gift", db.kind);
        let [a7, a6, a5, a4, a3, a2, a1] = &all[..] else { panic!() };
        assert!(
            all.iter().all(|gift| gift.state == "paid" && gift.contact == "none" && !gift.receipt_wanted)
        );
        assert_eq!(domain::time::Instant(a1.created_at).minute(), "2019-01-03 11:59");
        let elsewhere: Vec<bool> = all.iter().map(|gift| gift.issued_elsewhere).collect();
        assert_eq!(
            elsewhere,
            [false, false, false, true, false, false, true],
            "an unclear mark counts as issued"
        );
        let anonymous: Vec<bool> = all.iter().map(|gift| gift.anonymous).collect();
        assert_eq!(anonymous, [true, false, false, false, true, true, false]);

        assert_eq!(a4.person_id, a1.person_id, "name and number are the same");
        assert_ne!(a2.person_id, a1.person_id, "an anonymous gift is nobody else's");
        assert_ne!(a2.person_id, a7.person_id, "not even another anonymous one's with the same number");
        assert_eq!(a3.person_id, None);
        assert_ne!(a5.person_id, a6.person_id, "a name alone joins nobody");
        assert!(person(&ctx, a5).await.is_organisation && !person(&ctx, a1).await.is_organisation);
        let a1_person = person(&ctx, a1).await;
        assert_eq!((a1_person.name.as_str(), a1_person.phone.as_str()), ("李勇杰", "19900004906"));

        let mut reader = ctx.house.db.read().await.unwrap();
        let words = store::gift::words_of_gift(&mut reader.conn(), a1.id).await.unwrap().unwrap();
        assert_eq!((words.message.as_str(), words.state.as_str()), ("=1+1", "held"));
        for gift in &all {
            let receipts =
                store::receipt::receipts_of_gift(&mut reader.conn(), GiftId(gift.id)).await.unwrap();
            let messages = store::message::messages_of_gift(&mut reader.conn(), gift.id).await.unwrap();
            assert!(receipts.is_empty() && messages.is_empty());
        }
        let events = store::audit::events_of(&mut reader.conn(), a1.id).await.unwrap();
        assert_eq!((events.len(), events[0].kind.as_str()), (1, "gift.taken_over"));
        assert!(events[0].detail.contains("\"serial\":\"A1\"") && !events[0].detail.contains("李勇杰"));
        let entries = store::ledger::entries_of_gift(&mut reader.conn(), GiftId(a1.id)).await.unwrap();
        assert_eq!(entries[0].0.occurred_on, "2019-01-03");
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_second_receipt_is_issued_only_over_the_first_ones_paper() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(
            &ctx,
            "A1,2019/1/3,李勇杰,,100,微信,科研基金,是,\nA2,2019/1/4,李勇杰,,1,现金,科研基金,?,\n\
             A3,2019/1/5,李勇杰,,2,现金,科研基金,否,\n",
        )
        .await;
        let [none, unclear, elsewhere] = &gifts(&ctx).await[..] else { panic!() };
        let mark =
            async |gift: &GiftRow| service::gifts::gift_file(&ctx, GiftId(gift.id)).await.unwrap().elsewhere;
        assert_eq!(mark(none).await, ReceiptMark::None, "{}", db.kind);
        assert_eq!(mark(unclear).await, ReceiptMark::Unclear("?".to_owned()));
        assert_eq!(mark(elsewhere).await, ReceiptMark::IssuedElsewhere);
        let issue =
            async |gift: &GiftRow, seen| service::receipts::receipt_issue(&ctx, GiftId(gift.id), seen).await;
        issue(none, false).await.unwrap();
        for gift in [unclear, elsewhere] {
            assert_eq!(refusal(issue(gift, false).await), Refusal::ReceiptIssuedElsewhere);
            issue(gift, true).await.unwrap();
            let events = service::gifts::gift_file(&ctx, GiftId(gift.id)).await.unwrap().events;
            let issued = events.iter().find(|event| event.kind == "receipt.issued").unwrap();
            assert_eq!(issued.detail, "{\"paper_seen\":true}");
        }
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_footer_that_disagrees_commits_nothing() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gifts_alone = "A1,2019/1/3,李,,100,,救助基金,,\nA2,2019/1/4,李,,1,,救助基金,,\n";
        let list = format!("{gifts_alone}合计,,2笔,,");
        let wrong = commit(&ctx, &format!("{list}101.01")).await;
        let figures: Vec<Figure> = wrong.footer.unwrap_err().differences.iter().map(|d| d.figure).collect();
        assert_eq!(figures, [Figure::GiftSum], "{}", db.kind);
        let wrong = commit(&ctx, &format!("{list}101.01")).await;
        assert_eq!((wrong.ending().exit_code(), counts(&wrong)), (4, (0, 0, 0)));
        // What nobody can tell to be a part must be the whole.
        for label in ["累计", "金额合计", "总金额", "大写合计", ""] {
            let wrong = commit(&ctx, &format!("{gifts_alone}{label},,,,99999")).await;
            let [difference] = &wrong.report().footer[..] else { panic!("{label}: {:?}", wrong.report()) };
            assert_eq!((difference.label.as_str(), difference.read), (label, 10_100));
            assert_eq!((wrong.ending().exit_code(), counts(&wrong)), (4, (0, 0, 0)));
        }
        assert_eq!(gifts(&ctx).await, []);
        let right = commit(&ctx, &format!("{list}101")).await;
        assert_eq!((right.ending().exit_code(), counts(&right)), (0, (2, 0, 0)));
        assert_eq!(gifts(&ctx).await.len(), 2);
    }
}

#[tokio::test]
async fn what_is_stored_stands() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(&ctx, "A1,2019/1/3,李,,100,,救助基金,,\nA2,2019/1/4,李,,50,,救助基金,,\n").await;
        let changed = "A1,2019-01-03,李,,￥100.00,,救助基金,,\nA2,2019/1/4,李,,51,,救助基金,,\n\
            A3,2019/1/5,李,,7,,救助基金,,\nR2,2019/1/5,李,,-51,,救助基金,,退款 原流水号A2\n";
        let again = commit(&ctx, changed).await;
        assert_eq!((counts(&again), again.ending()), ((1, 1, 2), Ending::SomeLeftOut), "{}", db.kind);
        let outcome = |serial: &str| {
            again.plan().into_iter().find_map(|row| match row {
                PlannedRow::Entry(entry, change) if entry.serial == serial => Some(change),
                _ => None,
            })
        };
        assert_eq!((outcome("A2"), outcome("R2")), (Some(Change::Conflict), Some(Change::Conflict)));
        let why: Vec<Conflict> = again.report().conflict_rows.into_iter().map(|row| row.why).collect();
        assert!(matches!(&why[0], Conflict::Differs(fields) if fields.len() == 1), "{why:?}");
        assert_eq!(why[1], Conflict::GiftInConflict { serial: "A2".into() });
        let kept = balance(&ctx, "aid").await;
        assert_eq!((kept.received_fen, kept.refunded_fen, kept.gifts), (15_700, 0, 3));
        // Another source numbers its own rows.
        let other =
            gifts_take_over(&ctx, rows("A1,2019/1/3,李,,100,,救助基金,,\n"), "other", Mode::Commit).await;
        assert_eq!(counts(&other.unwrap()), (1, 0, 0));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_conflict_says_what_differs() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(
            &ctx,
            "A1,2019/1/3 11:59,李,19900004906,100.50,微信,科研基金,是,愿\nA2,2019/1/4,匿名,,1,现金,救助基金,,\n\
             R1,2019/2/1,李,,-1,微信,科研基金,,退款 原流水号A1\nA3,2019/1/5,张,,5,现金,救助基金,,\n",
        )
        .await;
        let again = commit(
            &ctx,
            "A1,2019/1/4,王,,101,现金,救助基金,,\nA2,2019/1/4,爱心人士,,1,现金,救助基金,,\n\
             R1,2019/2/1,李,,-2,微信,救助基金,,退款 原流水号A1\nA3,2019/1/5,匿名,,5,现金,救助基金,?,\n",
        )
        .await;
        assert_eq!((counts(&again), again.ending()), ((0, 0, 4), Ending::SomeLeftOut), "{}", db.kind);
        let rows = again.report().conflict_rows;
        let places: Vec<(u32, &str)> = rows.iter().map(|row| (row.line, row.serial.as_str())).collect();
        assert_eq!(places, [(2, "A1"), (3, "A2"), (4, "R1"), (5, "A3")]);
        assert_eq!(again.conflict_cells.keys().copied().collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert_eq!(again.conflict_cells[&3][2], "爱心人士");
        let differs: Vec<Vec<(Field, &str, &str)>> = rows
            .iter()
            .map(|row| match &row.why {
                Conflict::Differs(fields) => {
                    fields.iter().map(|one| (one.field, one.stored.as_str(), one.listed.as_str())).collect()
                }
                other => panic!("{other:?}"),
            })
            .collect();
        let a1 = vec![
            (Field::Date, "2019-01-03 11:59", "2019-01-04 00:00"),
            (Field::Donor, "李", "王"),
            (Field::Phone, "19900004906", ""),
            (Field::Amount, "100.50", "101.00"),
            (Field::Method, "微信", "现金"),
            (Field::Fund, "research", "aid"),
            (Field::Receipt, "issued_elsewhere", "none"),
            (Field::Note, "愿", ""),
        ];
        let r1 = vec![(Field::Amount, "-1.00", "-2.00"), (Field::Fund, "research", "aid")];
        let a3 = vec![(Field::Donor, "张", "匿名"), (Field::Receipt, "none", "?")];
        // How an anonymous donor was called is kept as a digest only.
        assert_eq!(differs, [a1, vec![], r1, a3]);
        let json = serde_json::to_value(again.report()).unwrap();
        assert_eq!(json["conflict_rows"][2]["differs"][0]["field"], "amount");
        assert_eq!(json["conflicts"], 4);
    }
}

#[tokio::test]
async fn a_refund_of_an_earlier_list() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(&ctx, "A1,2019/1/3,李,,100,,救助基金,,\nR0,2019/1/4,李,,-20,,救助基金,,退款 原流水号A1\n")
            .await;
        let later = "R1,2020/1/4,李,,-30,,救助基金,,退款 原流水号A1\nR2,2020/1/5,李,,-51,,救助基金,,退款 原流水号A1\n\
            R3,2020/1/5,李,,-1,,救助基金,,退款 原流水号A9\n";
        let first = commit(&ctx, later).await;
        let reasons: Vec<String> = first.report().bad.iter().map(domain::takeover::BadRow::reason).collect();
        assert_eq!(reasons, ["refund_over_gift: 50.00", "refund_of_unknown_gift: A9"], "{}", db.kind);
        assert_eq!(counts(&first), (1, 0, 0));
        let second = commit(&ctx, later).await;
        assert_eq!((counts(&second), &second.report().bad), ((0, 1, 0), &first.report().bad));
        let gift = gifts(&ctx).await.remove(0);
        assert_eq!((gift.refunded_fen, gift.state.as_str()), (5_000, GiftState::PartlyRefunded.as_str()));

        // Staff give back 45 of the 50 that are left: a list that gives back 30 more comes too late.
        refund_request(&ctx, GiftId(gift.id), Fen(4_500), "演示", ctx.token()).await.unwrap();
        let late =
            commit(&ctx, "A1,2019/1/3,李,,100,,救助基金,,\nR4,2020/1/6,李,,-30,,救助基金,,退款 原流水号A1\n")
                .await;
        assert_eq!(counts(&late), (0, 1, 1));
        assert_eq!(late.report().conflict_rows[0].why, Conflict::NotLeft { left: Fen(500) });
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn the_good_rows_all_or_nothing() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        commit(&ctx, "A1,2019/1/3,李,,100,,救助基金,,\nA2,2019/1/3,李,,100,,救助基金,,\n").await;
        // Most of the fund is promised, so that it cannot give back a whole gift.
        let aid = ctx.programme().await.unwrap().fund_by_code("aid").unwrap().id;
        let promised = ctx.house.writer.write(move |tx| {
            store::ledger::encumber(tx, aid, 15_000);
            Box::pin(async move { Ok::<_, ServiceError>(()) })
        });
        promised.await.unwrap();
        let before = (gifts(&ctx).await, events(&ctx).await);
        let list = "A3,2019/1/3,李,,7,,火种工程,,\nR1,2019/1/4,李,,-100,,救助基金,,退款 原流水号A1\n";
        let refused = gifts_take_over(&ctx, rows(list), DEFAULT_SOURCE, Mode::Commit).await;
        let short = Refusal::FundShort { available: Fen(5_000) };
        assert!(
            matches!(&refused, Err(TakeoverError::Service(ServiceError::Refused(refusal))) if *refusal == short),
            "{}: {refused:?}",
            db.kind
        );
        assert_eq!((gifts(&ctx).await, events(&ctx).await), before);
    }
}

#[tokio::test]
async fn only_who_may_import_imports() {
    let db = testbed::databases().await.remove(0);
    let ctx = testbed::house(&db).await;
    let refused = gifts_take_over(&public(&ctx), rows(""), DEFAULT_SOURCE, Mode::DryRun).await;
    assert!(matches!(refused, Err(TakeoverError::Service(ServiceError::Refused(Refusal::NotAllowed)))));
}

#[tokio::test]
async fn two_imports_at_once_take_the_list_over_once() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let list = "A1,2019/1/3,李,,100,,救助基金,,\nA2,2019/1/4,李,,50,,救助基金,,\n";
        let (one, two) = tokio::join!(commit(&ctx, list), commit(&ctx, list));
        let mut new = [one.report().new, two.report().new];
        new.sort_unstable();
        assert_eq!(new, [0, 2], "{}", db.kind);
        assert_eq!(balance(&ctx, "aid").await.gifts, 2);
    }
}

//! Loading units: what is published, when it is seen, and what a load that ended early leaves behind.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use domain::registry::{Ownership, UnitStatus};
use hla::Release;
use service::Ctx;
use service::registry::load::{
    LoadError, LoadKind, LoadReport, LoadRequest, Told, UnitFormat, sweep_round, units_load,
};
use service::registry::units_in::{RefusedUnit, SheetMap, UnitRules};
use store::unit::{UnitRow, units_each};
use store::unit_version::VersionRow;
use testbed::inventory::{BEGIN, END, cbu};
use testbed::{TestDb, databases, house, noon, tamper};
use tokio_util::sync::CancellationToken;

use crate::support::{assert_books_hold, checks, form, given};

/// A load of `text`, as the command line would ask for it.
pub fn request(db: &TestDb, name: &str, text: impl AsRef<[u8]>) -> LoadRequest {
    let path: PathBuf = db.dir.path().join(name);
    std::fs::write(&path, text).expect("a file");
    LoadRequest {
        id: None,
        path,
        file_name: None,
        bank: Some("CN01".to_owned()),
        create_bank: true,
        kind: None,
        format: None,
        sheet: None,
        map: SheetMap::default(),
        rules: UnitRules {
            release: Arc::new(Release::none()),
            codes: None,
            ownership: None,
            today: noon().date(),
            values: Default::default(),
        },
        may_shrink: false,
        dry_run: false,
        clock: Arc::new(noon),
        stop: CancellationToken::new(),
    }
}

/// Loads; the report and what was refused.
pub async fn load(ctx: &Ctx, request: LoadRequest) -> (Result<LoadReport, LoadError>, Vec<RefusedUnit>) {
    let mut refused = Vec::new();
    let done = units_load(ctx, request, &mut |told| {
        if let Told::Refused(unit) = told {
            refused.push(unit.clone());
        }
    })
    .await;
    (done, refused)
}

/// An inventory of these units.
pub fn inventory(units: impl IntoIterator<Item = String>) -> String {
    format!("{BEGIN}{}{END}", units.into_iter().collect::<String>())
}

/// All units as they stand now.
pub async fn units(ctx: &Ctx) -> Vec<(UnitRow, VersionRow)> {
    let mut reader = ctx.house.db.read().await.expect("a reader");
    let mut found = Vec::new();
    units_each(&mut reader.conn(), i64::MAX, |unit, version| {
        found.push((unit, version));
        ControlFlow::Continue(())
    })
    .await
    .expect("units");
    found.sort_by(|a, b| a.0.registry_id.cmp(&b.0.registry_id));
    found
}

fn counts(report: &LoadReport) -> (i64, i64, i64, i64, i64) {
    (report.added, report.changed, report.unchanged, report.withdrawn, report.refused)
}

#[tokio::test]
async fn a_full_load_costs_only_its_differences() {
    for db in databases().await {
        let ctx = house(&db).await;
        let (done, refused) =
            load(&ctx, request(&db, "one.xml", inventory((0..1200).map(|n| cbu(1, n))))).await;
        let report = done.expect("a load");
        assert_eq!((counts(&report), refused.len()), ((1200, 0, 0, 0, 0), 0));
        assert_eq!(
            (report.kind, report.format, report.registry_number),
            (LoadKind::Full, UnitFormat::Wmda, Some(1))
        );
        let all = units(&ctx).await;
        assert_eq!(all.len(), 1200);
        let (unit, version) = &all[0];
        let content = version.content().expect("a content");
        assert_eq!(unit.registry_id, "CN00000000");
        assert_eq!((content.ownership, content.status), (Ownership::Donated, UnitStatus::Available));
        assert!(!content.hla_method.is_empty());
        assert_eq!(content.details["BAG_TYPE"], "P2");
        assert_eq!(version.line, 4);

        // The next week: one is gone from the file, one was typed anew, one is new; the others cost nothing.
        let mut next: Vec<String> = (1..1200).map(|n| cbu(1, n)).collect();
        next[9] = next[9].replace("<ATT_SEG>3<", "<ATT_SEG>2<");
        next.push(cbu(1, 1200));
        let (done, _) = load(&ctx, request(&db, "two.xml", inventory(next.clone()))).await;
        assert_eq!(counts(&done.expect("a load")), (1, 1, 1198, 1, 0));
        let all = units(&ctx).await;
        assert_eq!(all.len(), 1201);
        assert!(all[0].1.withdrawn);
        assert_eq!(all[0].1.content().expect("its last content").segments, 3);
        assert_eq!(all[10].1.content().expect("a content").segments, 2);

        // A differential load withdraws nothing; a unit that was withdrawn comes back with it.
        let mut back = request(&db, "three.xml", inventory([cbu(1, 0)]).replace("\"FULL\"", "\"DIFF\""));
        back.kind = None;
        let (done, _) = load(&ctx, back).await;
        let report = done.expect("a load");
        assert_eq!((report.kind, counts(&report)), (LoadKind::Differential, (0, 1, 0, 0, 0)));
        assert!(!units(&ctx).await[0].1.withdrawn);
        assert_books_hold(&ctx).await;

        // A full load that names next to nothing is a mistake until somebody says otherwise.
        let few = inventory((0..10).map(|n| cbu(1, n)));
        let (done, _) = load(&ctx, request(&db, "few.xml", &few)).await;
        let error = done.expect_err("refused");
        assert!(
            matches!(
                error,
                LoadError::File(domain::registry::LoadFileRefusal::WithdrawsMost {
                    withdrawn: 1191,
                    standing: 1201
                })
            ),
            "{error:?}"
        );
        assert!(units(&ctx).await.iter().all(|(_, version)| !version.withdrawn));
        let mut sure = request(&db, "few.xml", &few);
        sure.may_shrink = true;
        let (done, _) = load(&ctx, sure).await;
        assert_eq!(counts(&done.expect("a load")), (0, 0, 10, 1191, 0));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    for db in databases().await {
        let ctx = house(&db).await;
        let mut list: Vec<String> = (0..700).map(|n| cbu(1, n)).collect();
        list.push(cbu(1, 3).replace("<ATT_SEG>3<", "<ATT_SEG>1<"));
        list.push(cbu(1, 5));
        let mut dry = request(&db, "a.xml", inventory(list.clone()));
        dry.dry_run = true;
        let (done, refused) = load(&ctx, dry).await;
        let report = done.expect("a dry run");
        assert_eq!((report.load, report.registry_number), (None, None));
        assert_eq!(counts(&report), (700, 0, 1, 0, 1));
        assert_eq!(refused[0].reason, domain::registry::LoadRefusal::Repeated { line: 7 });
        assert!(units(&ctx).await.is_empty());
        assert!(
            store::bank::banks(&mut ctx.house.db.read().await.expect("r").conn())
                .await
                .expect("banks")
                .is_empty()
        );
        let (done, same) = load(&ctx, request(&db, "a.xml", inventory(list))).await;
        assert_eq!((counts(&done.expect("a load")), same), (counts(&report), refused));
    }
}

/// What a crash leaves: staged rows that nobody sees, and that the next start of a load takes away.
#[tokio::test]
async fn a_load_that_died_leaves_nothing() {
    for db in databases().await {
        let ctx = house(&db).await;
        let text = inventory((0..1700).map(|n| cbu(1, n)));
        // The load's future is dropped between two batches, as a kill would.
        let dying = request(&db, "a.xml", &text);
        let (sender, mut batches) = tokio::sync::mpsc::unbounded_channel();
        let at = ctx.clone();
        let running = tokio::spawn(async move {
            units_load(&at, dying, &mut |told| {
                if let Told::Progress { units, .. } = told {
                    let _ = sender.send(units);
                }
            })
            .await
            .map(|_| ())
        });
        assert_eq!(batches.recv().await, Some(500));
        assert_eq!(batches.recv().await, Some(1000));
        running.abort();
        let _ = running.await;
        assert!(units(&ctx).await.is_empty(), "nothing of it is seen");
        assert_books_hold(&ctx).await;
        let mut reader = ctx.house.db.read().await.expect("a reader");
        let bank = store::bank::banks(&mut reader.conn()).await.expect("banks")[0].bank_id();
        let open =
            store::unit_load::load_open(&mut reader.conn(), bank).await.expect("a read").expect("open");
        drop(reader);
        assert_eq!(open.read, 1000);

        // It may still live: nobody else begins.
        let (done, _) = load(&ctx, request(&db, "b.xml", inventory([cbu(1, 9)]))).await;
        assert!(matches!(done, Err(LoadError::Running { .. })), "{done:?}");

        // After a while it is dead. The worker gives it up and takes it away, batch by batch.
        let later = Ctx { now: noon().plus_seconds(600), ..ctx.clone() };
        let mut rounds = 0;
        while sweep_round(&later).await.expect("a round").is_some() {
            rounds += 1;
            assert!(rounds < 20);
        }
        assert!(rounds >= 3);
        let mut reader = ctx.house.db.read().await.expect("a reader");
        let known =
            store::unit_batch::units_known(&mut reader.conn(), &["CN00000000", "CN00000999"], &[], &[]).await;
        assert_eq!(known.expect("a read"), []);
        let closed = store::unit_load::load_get(&mut reader.conn(), open.load_id()).await.expect("a read");
        assert_eq!(closed.expect("the load").state, "abandoned");
        drop(reader);
        let (done, _) = load(&ctx, request(&db, "b.xml", &text)).await;
        assert_eq!(counts(&done.expect("a load")), (1700, 0, 0, 0, 0));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_load_that_is_stopped_clears_up_behind_itself() {
    for db in databases().await {
        let ctx = house(&db).await;
        let stopped = request(&db, "a.xml", inventory((0..3000).map(|n| cbu(1, n))));
        let stop = stopped.stop.clone();
        let done = units_load(&ctx, stopped, &mut |told| {
            if matches!(told, Told::Progress { .. }) {
                stop.cancel();
            }
        })
        .await;
        assert!(matches!(done, Err(LoadError::Stopped)), "{done:?}");
        let mut reader = ctx.house.db.read().await.expect("a reader");
        let known = store::unit_batch::units_known(&mut reader.conn(), &["CN00000000"], &[], &[]).await;
        assert_eq!(known.expect("a read"), []);
        assert_eq!(sweep_round(&ctx).await.expect("a round"), None);
    }
}

#[tokio::test]
async fn gifts_go_between_the_batches() {
    for db in databases().await {
        let ctx = house(&db).await;
        let request = request(&db, "a.xml", inventory((0..4000).map(|n| cbu(1, n))));
        let at = ctx.clone();
        let (sender, mut batches) = tokio::sync::mpsc::unbounded_channel();
        let running = tokio::spawn(async move {
            units_load(&at, request, &mut |told| {
                if matches!(told, Told::Progress { .. }) {
                    let _ = sender.send(());
                }
            })
            .await
        });
        batches.recv().await.expect("a batch");
        for key in 1..=5 {
            given(&ctx, &form(key, "20")).await;
        }
        assert!(!running.is_finished(), "the gifts did not wait for the load");
        assert_eq!(running.await.expect("runs").expect("a load").added, 4000);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn verify_names_what_was_changed_in_a_load() {
    for db in databases().await {
        let ctx = house(&db).await;
        load(&ctx, request(&db, "a.xml", inventory((0..30).map(|n| cbu(1, n))))).await.0.expect("a load");
        assert_books_hold(&ctx).await;
        tamper(
            &db,
            match db.kind {
                "postgres" => "drop trigger unit_version_stays on unit_version",
                _ => "drop trigger unit_version_stays; drop trigger unit_version_kept",
            },
        )
        .await;
        let wrong = async |name: &str| {
            checks(&ctx).await.into_iter().find(|check| check.name == name).and_then(|check| check.wrong)
        };
        tamper(&db, "update unit_version set tnc_e5 = tnc_e5 + 1 where line = 7").await;
        assert!(wrong("loads_equal_content").await.expect("seen").starts_with("unit_version"));
        tamper(&db, "update unit_version set tnc_e5 = tnc_e5 - 1 where line = 7").await;
        assert_books_hold(&ctx).await;
        tamper(&db, "update unit_version set line = 99 where line = 7").await;
        assert!(wrong("loads_equal_content").await.expect("seen").contains("its units are not those"));
        tamper(&db, "update unit_version set line = 7 where line = 99").await;
        tamper(&db, "update unit_load set added = 29").await;
        assert!(wrong("events_equal_rows").await.expect("seen").contains("unit_load.published"));
        tamper(&db, "update unit_load set added = 30").await;
        tamper(&db, "update bank set filing_number = 'X'").await;
        assert!(wrong("banks_follow_events").await.is_some());
    }
}

//! Files of units sent through the browser: a trial, the load that follows it, who may, and what is left on the disk.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::access::{Actor, Role};
use domain::id::{LoadId, UserId};
use domain::refusal::{FileRefusal, Refusal};
use domain::registry::{LoadCounts, LoadFileRefusal, UploadAsked, UploadEnd, UploadState};
use service::registry::load::{DEAD_AFTER_SECONDS, LoadKind};
use service::registry::uploads::{
    LoadDetail, UploadLine, load_detail, refused_after, upload_load, upload_open, upload_start, upload_stop,
    uploads_alone, uploads_sweep,
};
use service::work::Clock;
use service::{Answer, Ctx};
use store::unit_upload::{UploadRow, upload_add};
use testbed::inventory::cbu;
use testbed::{TestDb, databases, house};

use crate::support::{assert_books_hold, refusal};
use crate::units_in::{inventory, load, request, units};

/// A clock that stands still.
fn clock(ctx: &Ctx) -> Clock {
    let now = ctx.now;
    Arc::new(move || now)
}

fn asked(dry_run: bool) -> UploadAsked {
    UploadAsked {
        bank: "CN01".into(),
        create_bank: true,
        full: None,
        ownership: None,
        may_shrink: false,
        dry_run,
    }
}

fn by(ctx: &Ctx, role: Role) -> Ctx {
    let actor = Actor::Staff { user_id: UserId(uuid::Uuid::from_u128(7)), roles: vec![role] };
    Ctx { actor, ..ctx.clone() }
}

/// Sends a file in pieces, as a browser does.
async fn send(ctx: &Ctx, asked: UploadAsked, text: &str) -> Answer<LoadId> {
    let mut coming = upload_open(ctx).await?;
    for piece in text.as_bytes().chunks(1000) {
        coming.write(piece).await?;
    }
    upload_start(ctx, coming.end("C:\\库存\\units.xml").await?, asked, clock(ctx)).await
}

async fn ended(ctx: &Ctx, id: LoadId) -> UploadLine {
    let watch = Stopwatch::now();
    loop {
        let LoadDetail { upload, .. } = load_detail(ctx, id, i64::MIN, 10).await.expect("the upload");
        let upload = upload.expect("the upload");
        if upload.state != UploadState::Running {
            return upload;
        }
        assert!(watch.elapsed() < Duration::from_secs(60), "{upload:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn counted(line: &UploadLine) -> &LoadCounts {
    match line.end.as_ref() {
        Some(UploadEnd::Done(counts)) => counts,
        other => panic!("{other:?}"),
    }
}

fn on_disk(db: &TestDb) -> usize {
    std::fs::read_dir(db.dir.path().join("uploads")).map_or(0, Iterator::count)
}

/// 700 units of which two stand twice, the second time with other data.
fn file() -> String {
    let mut list: Vec<String> = (0..700).map(|n| cbu(1, n)).collect();
    list.push(cbu(1, 3).replace("<ATT_SEG>3<", "<ATT_SEG>1<"));
    list.push(cbu(1, 4).replace("<ATT_SEG>3<", "<ATT_SEG>1<"));
    inventory(list)
}

#[tokio::test]
async fn a_trial_changes_nothing_and_its_file_is_loaded_afterwards() {
    for db in databases().await {
        let system = house(&db).await;
        let ctx = by(&system, Role::Laboratory);
        let trial = send(&ctx, asked(true), &file()).await.expect("a trial");
        let line = ended(&ctx, trial).await;
        assert_eq!(
            (line.state, line.kept, line.row.file_name.as_str()),
            (UploadState::Done, true, "units.xml")
        );
        let counts = counted(&line).clone();
        assert_eq!((counts.read, counts.added, counts.refused, counts.number), (702, 700, 2, None));
        assert!(units(&system).await.is_empty(), "nothing is in the registry");
        assert_eq!((line.row.read, line.row.refused, on_disk(&db)), (702, 2, 1));
        // What it refused is kept, in pages.
        let detail = load_detail(&ctx, trial, i64::MIN, 1).await.expect("the trial");
        assert!(detail.load.is_none() && detail.more);
        let rest = refused_after(&ctx, trial, detail.refused[0].place, 10).await.expect("the rest");
        assert_eq!((detail.refused[0].line, rest.len(), rest[0].line), (704, 1, 705));
        assert_eq!(rest[0].registry_id, "CN00000004");

        let id = upload_load(&ctx, trial, false, clock(&ctx)).await.expect("a load");
        let line = ended(&ctx, id).await;
        assert_eq!((counted(&line).added, counted(&line).number), (700, Some(1)));
        assert_eq!(units(&system).await.len(), 700);
        assert_eq!((line.kept, on_disk(&db)), (false, 0), "its file is gone");
        // The load bears the same id, and keeps its refusals itself.
        let detail = load_detail(&ctx, id, i64::MIN, 10).await.expect("the load");
        let load = detail.load.expect("a load").load;
        assert_eq!((load.state.as_str(), load.refused, detail.refused.len()), ("published", 2, 2));
        let alone: Vec<LoadId> =
            uploads_alone(&ctx).await.expect("uploads").iter().map(|one| one.row.load_id()).collect();
        assert_eq!(alone, [trial], "what became a load stands among the loads");
        assert_eq!(refusal(upload_load(&ctx, trial, false, clock(&ctx)).await), FileRefusal::Gone.into());
        assert_books_hold(&system).await;
        let before = ctx.now.plus_seconds(31 * 24 * 3600);
        uploads_sweep(&Ctx { now: before, ..system.clone() }).await.expect("swept");
        assert!(load_detail(&ctx, trial, i64::MIN, 1).await.is_err(), "it is forgotten");
    }
}

#[tokio::test]
async fn one_load_of_a_bank_goes_at_once() {
    for db in databases().await {
        let ctx = house(&db).await;
        let row = UploadRow {
            id: ctx.id(),
            bank: "CN01".into(),
            file_name: "a.xml".into(),
            size: 9,
            asked: "{}".into(),
            dry_run: true,
            state: "running".into(),
            started_by: "x".into(),
            started_at: ctx.now.0,
            touched_at: ctx.now.0,
            closed_at: None,
            bytes: 0,
            read: 0,
            refused: 0,
            stop_asked: false,
            ended: String::new(),
        };
        let (at, running) = (ctx.clone(), row.clone());
        at.house
            .writer
            .write(move |tx| Box::pin(async move { upload_add(tx, &running).await }))
            .await
            .expect("a row");
        assert_eq!(refusal(send(&ctx, asked(false), &file()).await), FileRefusal::LoadRunning.into());
        assert_eq!(on_disk(&db), 0, "a file that is not taken does not stay");
        let other = UploadAsked { bank: "CN02".into(), ..asked(false) };
        let id = send(&ctx, other, &file()).await.expect("another bank's");
        assert_eq!(counted(&ended(&ctx, id).await).added, 700);

        // Its program is gone: nobody waits for it for ever.
        let later = Ctx { now: ctx.now.plus_seconds(DEAD_AFTER_SECONDS + 1), ..ctx.clone() };
        let line = load_detail(&later, row.load_id(), i64::MIN, 1).await.expect("it").upload.expect("it");
        assert_eq!(line.state, UploadState::Stopped);
        let id = send(&later, asked(true), &file()).await.expect("a trial");
        assert_eq!(ended(&later, id).await.state, UploadState::Done);
        assert_eq!(refusal(upload_stop(&later, row.load_id()).await), FileRefusal::Over.into());
    }
}

#[tokio::test]
async fn a_reading_that_is_stopped_leaves_nothing() {
    for db in databases().await {
        let ctx = house(&db).await;
        let id = send(&ctx, asked(false), &file()).await.expect("a load");
        // On one thread nothing was read yet.
        upload_stop(&ctx, id).await.expect("stopped");
        let line = ended(&ctx, id).await;
        assert_eq!((line.state, line.end, on_disk(&db)), (UploadState::Stopped, Some(UploadEnd::Stopped), 0));
        assert!(units(&ctx).await.is_empty());
        // The file of a trial goes when nobody wants it, or when the program ends.
        for letting_go in [true, false] {
            let trial = send(&ctx, asked(true), &file()).await.expect("a trial");
            assert!(ended(&ctx, trial).await.kept);
            if letting_go {
                upload_stop(&ctx, trial).await.expect("discarded");
            } else {
                ctx.house.uploads.end().await;
            }
            assert_eq!((ended(&ctx, trial).await.kept, on_disk(&db)), (false, 0));
        }
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_program_that_ends_waits_for_its_readings_and_nothing_is_half_loaded() {
    for db in databases().await {
        let ctx = house(&db).await;
        let id = send(&ctx, asked(false), &file()).await.expect("a load");
        ctx.house.uploads.end().await;
        let line = ended(&ctx, id).await;
        assert_eq!((line.state, on_disk(&db)), (UploadState::Stopped, 0));
        assert!(units(&ctx).await.is_empty());
        let mut reader = ctx.house.db.read().await.expect("a reader");
        assert!(store::unit_load::loads_to_sweep(&mut reader.conn()).await.expect("loads").is_empty());
        drop(reader);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_full_load_that_names_next_to_nothing_asks_first() {
    for db in databases().await {
        let ctx = house(&db).await;
        let mut first = request(&db, "a.xml", inventory((0..100).map(|n| cbu(1, n))));
        first.kind = Some(LoadKind::Full);
        load(&ctx, first).await.0.expect("a load");
        let few = inventory((0..10).map(|n| cbu(1, n)));
        let trial = send(&ctx, asked(true), &few).await.expect("a trial");
        let line = ended(&ctx, trial).await;
        let why = LoadFileRefusal::WithdrawsMost { withdrawn: 90, standing: 100 };
        assert_eq!(
            (line.state, line.end, line.kept),
            (UploadState::Refused, Some(UploadEnd::Refused { why }), true)
        );
        let id = upload_load(&ctx, trial, true, clock(&ctx)).await.expect("a load");
        assert_eq!(counted(&ended(&ctx, id).await).withdrawn, 90);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn what_is_no_file_of_units_is_refused_and_removed() {
    for db in databases().await {
        let ctx = house(&db).await;
        for role in [Role::Doctor, Role::Auditor, Role::HlaTechnician] {
            assert_eq!(refusal(upload_open(&by(&ctx, role)).await), Refusal::NotAllowed);
        }
        // The testbed takes one MiB.
        let mut coming = upload_open(&ctx).await.expect("a place");
        coming.write(&vec![b' '; 1 << 20]).await.expect("as much as is taken");
        assert_eq!(refusal(coming.write(b"x").await), FileRefusal::TooLarge { mib: 1 }.into());
        drop(coming);
        let empty = upload_open(&ctx).await.expect("a place").end("a.csv").await;
        assert_eq!(refusal(empty), FileRefusal::Missing.into());
        assert_eq!(on_disk(&db), 0);
        let id =
            send(&ctx, asked(false), "<!DOCTYPE x [<!ENTITY a \"b\">]><INVENTORIES/>").await.expect("sent");
        let line = ended(&ctx, id).await;
        assert_eq!((line.state, line.kept, on_disk(&db)), (UploadState::Refused, false, 0));
        assert!(
            matches!(line.end, Some(UploadEnd::Refused { why: LoadFileRefusal::EntitiesDeclared { .. } })),
            "{line:?}"
        );
        // Four wait at most; the one that has waited longest makes room.
        let mut trials = Vec::new();
        for _ in 0..5 {
            let id = send(&ctx, asked(true), &file()).await.expect("a trial");
            ended(&ctx, id).await;
            trials.push(id);
        }
        let mut kept = Vec::new();
        for id in trials {
            kept.push(ended(&ctx, id).await.kept);
        }
        assert_eq!((kept.iter().filter(|kept| **kept).count(), on_disk(&db)), (4, 4));
    }
}

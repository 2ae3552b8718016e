//! Loads against what staff and the laboratory said, and against what happens while a file is being loaded.

use domain::access::Role;
use domain::id::UnitId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Grid, LoadRefusal, UnitContent, UnitStatus};
use service::Ctx;
use service::registry::holds::{hold_cancel, hold_make};
use service::registry::lab::{status_set, typing_record};
use service::registry::load::{LoadReport, Told, units_load};
use service::registry::units_in::RefusedUnit;
use testbed::databases;
use testbed::inventory::cbu;

use crate::support::{assert_books_hold, refusal};
use crate::units_in::{inventory, load, request, units};
use crate::units_support::{Registry, wish};

const TYPED: &str = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:05";

/// What is known now of the units, by their registry's number.
pub async fn contents(ctx: &Ctx) -> Vec<(UnitId, UnitContent)> {
    let all = units(ctx).await;
    all.iter().map(|(unit, version)| (unit.unit_id(), version.content().unwrap())).collect()
}

fn counts(report: &LoadReport) -> (i64, i64, i64, i64, i64) {
    (report.added, report.changed, report.unchanged, report.withdrawn, report.refused)
}

/// A unit as the file would say that it is gone.
pub fn gone(unit: &str, reason: &str) -> String {
    unit.replace("<STATUS>AV</STATUS>", &format!("<STATUS>DE</STATUS><STAT_REASON>{reason}</STAT_REASON>"))
}

#[tokio::test]
async fn a_file_lifts_nothing_that_staff_or_the_laboratory_said() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let file = [cbu(1, 0), cbu(1, 1), cbu(1, 2)];
        load(ctx, request(db, "a.xml", inventory(file.clone()))).await.0.unwrap();
        let lab = registry.staff(Role::Laboratory).await;
        let before = contents(ctx).await;
        status_set(&lab, before[0].0, UnitStatus::Unavailable, "qr").await.unwrap();
        typing_record(&lab, before[1].0, TYPED, "dna", lab.now.date()).await.unwrap();

        // The same file as yesterday changes nothing of it.
        let (done, refused) = load(ctx, request(db, "b.xml", inventory(file.clone()))).await;
        assert_eq!((counts(&done.unwrap()), refused), ((0, 0, 3, 0, 0), vec![]));
        // What else the file says is taken; what it says worse, too.
        let news = [
            file[0].replace("<ATT_SEG>3", "<ATT_SEG>2"),
            file[1].replace("<ATT_SEG>3", "<ATT_SEG>2"),
            file[2].clone(),
        ];
        let done = load(ctx, request(db, "c.xml", inventory(news.clone()))).await.0;
        assert_eq!(counts(&done.unwrap()), (0, 2, 1, 0, 0));
        let now = contents(ctx).await;
        assert_eq!((now[0].1.status, now[0].1.status_reason.as_str()), (UnitStatus::Unavailable, "QR"));
        assert_eq!((now[0].1.segments, now[1].1.segments), (2, 2));
        assert_eq!((now[1].1.hla.as_str(), now[1].1.hla_typed_on), (TYPED, Some(lab.now.date())));
        assert_eq!(now[0].1.hla, before[0].1.hla, "nobody typed that one again");
        let worse = [gone(&news[0], "MR"), news[1].clone(), news[2].clone()];
        load(ctx, request(db, "d.xml", inventory(worse))).await.0.unwrap();
        assert_eq!(contents(ctx).await[0].1.status, UnitStatus::Gone);

        // The bank takes that back, staff do not; then they do.
        load(ctx, request(db, "e.xml", inventory(news.clone()))).await.0.unwrap();
        assert_eq!(contents(ctx).await[0].1.status, UnitStatus::Unavailable);
        status_set(&lab, before[0].0, UnitStatus::Available, "").await.unwrap();
        load(ctx, request(db, "f.xml", inventory(news))).await.0.unwrap();
        let lifted = &contents(ctx).await[0].1;
        assert_eq!((lifted.status, lifted.status_reason.as_str()), (UnitStatus::Available, ""));
        assert_books_hold(ctx).await;
    }
}

/// Loads a file of 600 changed units while `act` is done after its first batch.
pub async fn loaded_while<F: Future<Output = ()> + Send + 'static>(
    registry: &Registry,
    file: Vec<String>,
    act: F,
) -> (LoadReport, Vec<RefusedUnit>) {
    let (ctx, asked) = (registry.ctx.clone(), request(&registry.db, "w.xml", inventory(file)));
    let (mut refused, mut act) = (Vec::new(), Some(act));
    let report = units_load(&ctx, asked, &mut |told| match told {
        Told::Refused(unit) => refused.push(unit.clone()),
        Told::Progress { .. } => {
            if let Some(act) = act.take() {
                let handle = tokio::runtime::Handle::current();
                tokio::task::block_in_place(|| handle.block_on(act));
            }
        }
    })
    .await;
    (report.unwrap(), refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_while_a_file_is_loaded_is_not_overtaken() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let ctx = registry.ctx.clone();
        let first: Vec<String> = (0..600).map(|n| cbu(1, n)).collect();
        load(&ctx, request(&registry.db, "a.xml", inventory(first.clone()))).await.0.unwrap();
        let lab = registry.staff(Role::Laboratory).await;
        let known = contents(&ctx).await;
        let (destroyed, typed, late) = (known[3].0, known[4].0, known[599].0);
        let news: Vec<_> = first.iter().map(|unit| unit.replace("<ATT_SEG>3", "<ATT_SEG>2")).collect();
        let act = async move {
            status_set(&lab, destroyed, UnitStatus::Gone, "CD").await.unwrap();
            typing_record(&lab, typed, TYPED, "dna", lab.now.date()).await.unwrap();
            status_set(&lab, late, UnitStatus::Unavailable, "QR").await.unwrap();
        };
        let (report, refused) = loaded_while(&registry, news, act).await;
        // All three changed after the load began; the last one was compared after that, and is refused all the same.
        assert_eq!(counts(&report), (0, 597, 0, 0, 3));
        let named: Vec<_> = refused.iter().map(|unit| (unit.id.as_str(), &unit.reason)).collect();
        let meanwhile = &LoadRefusal::ChangedMeanwhile;
        let ids = ["CN00000003", "CN00000004", "CN00000599"];
        assert_eq!(named, ids.map(|id| (id, meanwhile)));
        let now = contents(&ctx).await;
        assert_eq!((now[3].1.status, now[3].1.segments), (UnitStatus::Gone, 3));
        assert_eq!((now[4].1.hla.as_str(), now[4].1.segments), (TYPED, 3));
        assert_eq!(now[599].1.status, UnitStatus::Unavailable);
        assert_eq!(now[5].1.segments, 2);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn destroyed_and_distributed_stay_so_by_whatever_steps() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let unit = cbu(1, 0);
        load(ctx, request(db, "a.xml", inventory([gone(&unit, "CD")]))).await.0.unwrap();
        let away = unit.replace("<STATUS>AV<", "<STATUS>TU<");
        for text in [&away, &unit, &gone(&unit, "MR")] {
            let (_, refused) = load(ctx, request(db, "b.xml", inventory([text.clone()]))).await;
            assert_eq!(refused[0].reason, LoadRefusal::ReleasedPutAvailable, "{text}");
        }
        let (done, refused) = load(ctx, request(db, "c.xml", inventory([gone(&unit, "DS")]))).await;
        assert_eq!((done.unwrap().changed, refused), (1, vec![]), "another way of being gone for good");
        let lab = registry.staff(Role::Laboratory).await;
        let id = contents(ctx).await[0].0;
        let for_good = || Refusal::from(UnitRefusal::UnitGoneForGood);
        for (status, reason) in
            [(UnitStatus::Available, ""), (UnitStatus::Unavailable, "QR"), (UnitStatus::Gone, "OT")]
        {
            assert_eq!(refusal(status_set(&lab, id, status, reason).await), for_good());
        }
        status_set(&lab, id, UnitStatus::Gone, "CD").await.unwrap();
        assert_books_hold(ctx).await;
    }
}

/// A hold names compartments by their numbers: a file may not count them anew under it.
#[tokio::test]
async fn a_file_counts_no_compartments_anew_under_a_hold() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let bags = |count: u32| {
            let unit = cbu(1, 0);
            let at = unit.find("<BAGS>").unwrap() + 6;
            format!("{}{count}{}", &unit[..at], &unit[at + 1..])
        };
        load(ctx, request(db, "a.xml", inventory([bags(3)]))).await.0.unwrap();
        let unit = contents(ctx).await[0].0;
        let patient = registry.patient("P-1").await;
        let hold = hold_make(ctx, wish(patient, &[(unit, 3)])).await.unwrap();
        for count in [2, 4] {
            let (_, refused) = load(ctx, request(db, "b.xml", inventory([bags(count)]))).await;
            assert_eq!(refused[0].reason, LoadRefusal::CompartmentsTaken);
        }
        let same = bags(3).replace("<ATT_SEG>3", "<ATT_SEG>2");
        assert_eq!(load(ctx, request(db, "c.xml", inventory([same]))).await.0.unwrap().changed, 1);
        hold_cancel(ctx, hold, "够了").await.unwrap();
        assert_eq!(load(ctx, request(db, "d.xml", inventory([bags(2)]))).await.0.unwrap().changed, 1);
        assert_books_hold(ctx).await;
    }
}

/// Nor may a hold that was made while the file was being loaded lose its compartment to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_made_while_a_file_is_loaded_keeps_its_compartment() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let ctx = registry.ctx.clone();
        let first: Vec<String> = (0..600).map(|n| cbu(1, n)).collect();
        load(&ctx, request(&registry.db, "a.xml", inventory(first.clone()))).await.0.unwrap();
        let known = contents(&ctx).await;
        let place = known[..500].iter().position(|(_, unit)| unit.compartments.len() > 1).unwrap();
        let (unit, count) = (known[place].0, known[place].1.compartments.len());
        let patient = registry.patient("P-1").await;
        let mut news = first;
        news[place] = news[place].replace(&format!("<BAGS>{count}<"), "<BAGS>1<");
        let (at, last) = (ctx.clone(), u8::try_from(count).unwrap());
        let act = async move {
            hold_make(&at, wish(patient, &[(unit, last)])).await.unwrap();
        };
        let (report, refused) = loaded_while(&registry, news, act).await;
        assert_eq!((counts(&report), refused.len()), ((0, 0, 599, 0, 1), 1));
        assert_eq!(refused[0].reason, LoadRefusal::ChangedMeanwhile);
        assert_eq!(contents(&ctx).await[place].1.compartments.len(), count);
        assert_books_hold(&ctx).await;
    }
}

/// A full load withdraws what its file does not name. A line that is refused names its unit all the same, be it only by
/// its bag.
#[tokio::test]
async fn a_refused_line_withdraws_nothing() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let (din, grid) = ("G123498654321", Grid::issue("9991", "SD00000012345").unwrap());
        let numbered = |n: u64, field: &str, number: &str| {
            cbu(1, n).replace("<STATUS>", &format!("<{field}>{number}</{field}><STATUS>"))
        };
        let spaced = cbu(1, 1).replace("CN00000001", "CN 1");
        let file = [numbered(0, "BAG_ID", din), spaced, cbu(1, 2), numbered(3, "GRID", grid.as_str())];
        load(ctx, request(db, "a.xml", inventory(file.clone()))).await.0.unwrap();
        // Under another id, under its id with a blank too many and an unknown word, under no id but its GRID.
        let wrong = [
            file[0].replace("CN00000000", "CN00000099"),
            file[1].replace("CN 1", "CN  1").replace("<SEX>", "<SEX>?"),
            file[2].clone(),
            file[3].replace("<ID>CN00000003</ID>", ""),
        ];
        let (done, refused) = load(ctx, request(db, "b.xml", inventory(wrong))).await;
        assert_eq!(counts(&done.unwrap()), (0, 0, 1, 0, 3), "{refused:?}");
        // Under no id but its bag's number; the one with a GRID is not named at all.
        let bare = file[0].replace("<ID>CN00000000</ID>", "");
        let rest = [bare, file[1].clone(), file[2].clone()];
        let done = load(ctx, request(db, "c.xml", inventory(rest))).await.0;
        assert_eq!(counts(&done.unwrap()), (0, 0, 2, 1, 1));
        assert!(units(ctx).await.iter().all(|(unit, version)| version.withdrawn == unit.grid.is_some()));
        assert_books_hold(ctx).await;
    }
}

/// What is not published is nobody's yet: the last bank that names it has it, and the other is told when it publishes.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_load_claims_nothing() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (registry.ctx.clone(), &registry.db);
        let mut of_other = request(db, "a.xml", inventory((0..600).map(|n| cbu(1, n))));
        of_other.bank = Some("CN02".into());
        let (mut refused, mut own) = (Vec::new(), None);
        let done = units_load(&ctx, of_other.clone(), &mut |told| match told {
            Told::Refused(unit) => refused.push(unit.clone()),
            Told::Progress { .. } if own.is_none() => {
                let asked = request(db, "b.xml", inventory([cbu(1, 0), cbu(1, 700)]));
                let handle = tokio::runtime::Handle::current();
                own = Some(tokio::task::block_in_place(|| handle.block_on(load(&ctx, asked))));
            }
            Told::Progress { .. } => {}
        })
        .await;
        let (own, own_refused) = own.unwrap();
        assert_eq!((counts(&own.unwrap()), own_refused), ((1, 1, 0, 0, 0), vec![]));
        assert_eq!(counts(&done.unwrap()), (599, 0, 0, 0, 1));
        assert_eq!((refused[0].id.as_str(), &refused[0].reason), ("CN00000000", &LoadRefusal::OtherBank));
        let all = units(&ctx).await;
        assert_eq!(all.len(), 601);
        assert_eq!((all[0].0.bank_id, all[1].0.bank_id == all[0].0.bank_id), (all[600].0.bank_id, false));
        // What is published is its bank's.
        let again = load(&ctx, of_other).await.1;
        assert_eq!((again.len(), &again[0].reason), (1, &LoadRefusal::OtherBank));
        assert_books_hold(&ctx).await;
    }
}

/// What a full file leaves out is withdrawn, unless somebody holds of it: then it is named.
#[tokio::test]
async fn a_held_unit_is_not_withdrawn_by_silence() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (ctx, db) = (&registry.ctx, &registry.db);
        let file = [cbu(1, 0), cbu(1, 1), cbu(1, 2)];
        load(ctx, request(db, "a.xml", inventory(file.clone()))).await.0.unwrap();
        let patient = registry.patient("P-1").await;
        let hold = hold_make(ctx, wish(patient, &[(contents(ctx).await[1].0, 1)])).await.unwrap();
        for dry_run in [true, false] {
            let mut asked = request(db, "b.xml", inventory([file[0].clone()]));
            asked.dry_run = dry_run;
            let (done, refused) = load(ctx, asked).await;
            assert_eq!(counts(&done.unwrap()), (0, 0, 1, 1, 1));
            let named: Vec<_> = refused.iter().map(|unit| (unit.id.as_str(), &unit.reason)).collect();
            assert_eq!(named, [("CN00000001", &LoadRefusal::HeldNotWithdrawn)]);
        }
        let withdrawn = async || units(ctx).await.iter().map(|(_, row)| row.withdrawn).collect::<Vec<_>>();
        assert_eq!(withdrawn().await, [false, false, true]);
        hold_cancel(ctx, hold, "够了").await.unwrap();
        load(ctx, request(db, "c.xml", inventory([file[0].clone()]))).await.0.unwrap();
        assert_eq!(withdrawn().await, [false, true, true]);
        assert_books_hold(ctx).await;
    }
}

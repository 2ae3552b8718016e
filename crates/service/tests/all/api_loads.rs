//! What laboratories' systems send against files that are being loaded, against holds, and against other banks.

use domain::access::Role;
use domain::refusal::Refusal;
use domain::registry::{LoadRefusal, UnitStatus};
use service::registry::api::{StatusGiven, TypingGiven, UnitGiven, UnitsGiven, status_add, typing_add};
use service::registry::api::{unit_read, units_add};
use service::registry::holds::{hold_cancel, hold_make};
use service::registry::lab::status_set;
use service::registry::load::{LoadKind, Told, units_load};
use service::registry::releases::{release_authorize, release_order};
use service::{Ctx, ServiceError};
use testbed::inventory::cbu;

use crate::api_support::*;
use crate::load_own_word::{contents, gone, loaded_while};
use crate::support::{assert_books_hold, refusal};
use crate::units_in::{inventory, load, request, units};
use crate::units_support::wish;

/// Sends one unit, which is refused for this.
async fn refused(lis: &Ctx, unit: UnitGiven) -> LoadRefusal {
    match units_add(lis, fresh(lis), UnitsGiven { units: vec![unit] }).await {
        Err(ServiceError::Units(units)) => units[0].reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_sends_while_a_file_is_loaded_is_not_overtaken() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = registry.ctx.clone();
        let first: Vec<String> = (0..600).map(|n| cbu(1, n)).collect();
        load(&ctx, request(&registry.db, "a.xml", inventory(first.clone()))).await.0.unwrap();
        let lis = full_key(&ctx, "CN01").await;
        let mut destroyed = unit_read(&lis, "CN00000003").await.unwrap().unit;
        (destroyed.status, destroyed.status_reason) = (UnitStatus::Gone, Some("CD".into()));
        let mut late = unit_read(&lis, "CN00000599").await.unwrap().unit;
        late.segments = Some(7);
        let at = lis.clone();
        let act = async move {
            // The first was compared before, the second will be after; the third stands in no file.
            sent(&at, vec![destroyed, late, unit(7)]).await;
        };
        let news = first.iter().map(|unit| unit.replace("<ATT_SEG>3", "<ATT_SEG>2")).collect();
        let (report, out) = loaded_while(&registry, news, act).await;
        let named: Vec<_> = out.iter().map(|unit| (unit.id.as_str(), &unit.reason)).collect();
        let ids = ["CN00000003", "CN00000599", "CN000007"];
        assert_eq!(named, ids.map(|id| (id, &LoadRefusal::ChangedMeanwhile)));
        assert_eq!((report.changed, report.withdrawn, report.refused), (598, 0, 3));
        let now = contents(&ctx).await;
        assert_eq!((now[3].1.status, now[3].1.status_reason.as_str()), (UnitStatus::Gone, "CD"));
        assert_eq!((now[599].1.segments, now[5].1.segments), (7, 2));
        assert!(!unit_read(&lis, "CN000007").await.unwrap().unit.withdrawn);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn what_was_destroyed_stays_so_however_the_reason_was_written() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let mut destroyed = unit(1);
        (destroyed.status, destroyed.status_reason) = (UnitStatus::Gone, Some(" cd ".into()));
        sent(&lis, vec![destroyed.clone()]).await;
        let told = unit_read(&lis, "CN000001").await.unwrap().unit;
        assert_eq!(told.status_reason.as_deref(), Some("CD"));
        assert_eq!(refused(&lis, unit(1)).await, LoadRefusal::ReleasedPutAvailable);
        for wrong in ["C", "CDX", "1+", "已毁"] {
            destroyed.status_reason = Some(wrong.into());
            let (field, value) = ("STAT_REASON".to_owned(), wrong.to_owned());
            assert_eq!(refused(&lis, destroyed.clone()).await, LoadRefusal::WordUnknown { field, value });
        }
        // Files, too.
        let (ctx, db) = (&registry.ctx, &registry.db);
        let mut asked = request(db, "a.xml", inventory([gone(&cbu(1, 0), "ds")]));
        asked.kind = Some(LoadKind::Full);
        asked.may_shrink = true;
        load(ctx, asked.clone()).await.0.unwrap();
        std::fs::write(&asked.path, inventory([cbu(1, 0)])).unwrap();
        assert_eq!(load(ctx, asked).await.1[0].reason, LoadRefusal::ReleasedPutAvailable);
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_held_unit_is_neither_withdrawn_nor_gone_by_a_word_of_its_bank() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let lis = full_key(ctx, "CN01").await;
        let id = stored(&registry, 1, 2).await;
        let patient = registry.patient("P-1").await;
        let hold = hold_make(ctx, wish(patient, &[(id, 2)])).await.unwrap();
        let told = unit_read(&lis, "CN000001").await.unwrap().unit;
        let away = UnitGiven { withdrawn: true, ..told.clone() };
        let lost = UnitGiven { status: UnitStatus::Gone, status_reason: Some("CD".into()), ..told.clone() };
        let file = |status: &str| {
            let unit = cbu(1, 1).replace("CN00000001", "CN000001");
            let unit = unit.replace("<STATUS>AV<", &format!("<STATUS>{status}<"));
            let count = unit.find("<BAGS>").unwrap() + 6;
            let unit = format!("{}2{}", &unit[..count], &unit[count + 1..]);
            let mut asked = request(&registry.db, "a.xml", inventory([unit]).replace("\"FULL\"", "\"DIFF\""));
            asked.kind = Some(LoadKind::Differential);
            asked
        };
        let held = async |what: &str| {
            for given in [&away, &lost] {
                assert_eq!(refused(&lis, given.clone()).await, LoadRefusal::HeldNotWithdrawn, "{what}");
            }
            for status in ["withdrawn", "DE"] {
                let out = load(ctx, file(status)).await.1;
                assert_eq!(out[0].reason, LoadRefusal::HeldNotWithdrawn, "{what}: {status}");
            }
        };
        held("held").await;
        hold_cancel(ctx, hold, "够了").await.unwrap();
        // A word of staff that it is gone is said again by whoever sends the unit: no hold stands against that.
        status_set(ctx, id, UnitStatus::Gone, "OT").await.unwrap();
        status_set(ctx, id, UnitStatus::Available, "").await.unwrap();
        let (doctor, manager) =
            (registry.staff(Role::Doctor).await, registry.staff(Role::RegistryManager).await);
        let ready = registry.ready(2, patient, &doctor).await;
        let release = release_order(&doctor, ready, None).await.unwrap();
        let second = unit_read(&lis, "CN000002").await.unwrap().unit;
        for _ in 0..2 {
            let second = UnitGiven { withdrawn: true, ..second.clone() };
            assert_eq!(refused(&lis, second).await, LoadRefusal::HeldNotWithdrawn, "ordered");
            let _ = release_authorize(&manager, release).await;
        }
        let outcome = sent(&lis, vec![away]).await.units[0].outcome;
        assert_eq!(outcome, service::registry::api::Outcome::Withdrawn, "nobody holds it any more");
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_bag_that_came_back_is_offered_by_no_way() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let id = stored(&registry, 1, 1).await;
        let patient = registry.patient("P-1").await;
        hold_make(&registry.ctx, wish(patient, &[(id, 1)])).await.unwrap();
        testbed::tamper(&registry.db, "update compartment_state set state = 'returned'").await;
        let mut told = unit_read(&lis, "CN000001").await.unwrap().unit;
        told.segments = Some(1);
        assert_eq!(refused(&lis, told).await, LoadRefusal::ReleasedPutAvailable);
        testbed::tamper(&registry.db, "update compartment_state set state = 'held'").await;
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn another_banks_numbers_are_not_confirmed() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ours, theirs) = (full_key(&registry.ctx, "CN01").await, full_key(&registry.ctx, "CN02").await);
        let numbered = |number: u32, din: &str| UnitGiven { din: Some(din.into()), ..unit(number) };
        let (right, wrong) = ("A999926000001", "A999926000002");
        sent(&theirs, vec![numbered(1, right)]).await;
        for din in [right, wrong] {
            assert_eq!(refused(&ours, numbered(1, din)).await, LoadRefusal::OtherBank, "{din}");
        }
        let field = "DIN".to_owned();
        assert_eq!(refused(&theirs, numbered(1, wrong)).await, LoadRefusal::NumberDiffers { field });
        assert_books_hold(&registry.ctx).await;
    }
}

/// What is staged is nobody's: the bank that publishes first has the unit, under the numbers that it says itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_out_of_anothers_open_load_bears_its_own_banks_numbers() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ctx, db) = (registry.ctx.clone(), &registry.db);
        let lis = full_key(&ctx, "CN01").await;
        let numbered = |n: u64, din: &str| {
            let numbers = format!("<BAG_ID>{din}</BAG_ID><LOCAL_ID>theirs-{n}</LOCAL_ID><STATUS>");
            cbu(1, n).replace("<STATUS>", &numbers)
        };
        let (one, two, three) = ("A999926000001", "A999926000002", "A999926000003");
        let mut file: Vec<String> = (0..600).map(|n| cbu(1, n)).collect();
        (file[1], file[2]) = (numbered(1, one), numbered(2, two));
        let mut of_other = request(db, "a.xml", inventory(file));
        of_other.bank = Some("CN02".into());
        let given = |number: &str, din: &str| UnitGiven {
            registry_id: number.into(),
            din: Some(din.into()),
            local_id: Some(format!("ours-{din}")),
            ..unit(1)
        };
        // A number goes from one to the other, and the one that is left to a unit that stands in no file.
        let units_sent = vec![given("CN00000002", three), given("CN00000001", two), given("CN1", one)];
        let mut act = Some(units_sent);
        let mut out = Vec::new();
        let done = units_load(&ctx, of_other, &mut |told| match told {
            Told::Refused(unit) => out.push(unit.clone()),
            Told::Progress { .. } => {
                if let Some(units) = act.take() {
                    let handle = tokio::runtime::Handle::current();
                    tokio::task::block_in_place(|| handle.block_on(sent(&lis, units)));
                }
            }
        })
        .await;
        assert_eq!((done.unwrap().added, out.len()), (598, 2));
        for (number, din) in [("CN00000001", two), ("CN00000002", three), ("CN1", one)] {
            let told = unit_read(&lis, din).await.unwrap().unit;
            let local = format!("ours-{din}");
            assert_eq!((told.registry_id.as_str(), told.local_id), (number, Some(local)));
        }
        assert_eq!(units(&ctx).await.len(), 601);
        assert_books_hold(&ctx).await;
    }
}

/// Whoever made a typing is named beside that typing, and beside no other.
#[tokio::test]
async fn a_laboratory_stays_with_its_typing() {
    const LABORATORY: &str = "SPARK/HLA_LABORATORY";
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        sent(&lis, vec![unit(1)]).await;
        let hla = unit(1).hla.unwrap();
        let typed = TypingGiven {
            hla: hla.replace("14:54", "14:05"),
            method: "dna".into(),
            typed_on: "2026-05-01".parse().unwrap(),
            laboratory: "实验室".into(),
        };
        typing_add(&lis, fresh(&lis), "CN000001", typed.clone()).await.unwrap();
        let laboratory = async || {
            let unit = unit_read(&lis, "CN000001").await.unwrap().unit;
            (unit.hla, unit.details.get(LABORATORY).cloned())
        };
        let own = (Some(typed.hla), Some("实验室".to_owned()));
        sent(&lis, vec![UnitGiven { segments: Some(9), ..unit(1) }]).await;
        assert_eq!(laboratory().await, own, "the typing stands, and so does who made it");
        let mut other = unit(1);
        other.details.insert(LABORATORY.to_owned(), "别的".to_owned());
        sent(&lis, vec![other]).await;
        assert_eq!(laboratory().await, own, "another laboratory did not make it");
        // A later typing, sent beside what was told of the one before.
        let mut later = unit_read(&lis, "CN000001").await.unwrap().unit;
        (later.hla, later.hla_typed_on) = (Some(hla.clone()), "2026-06-01".parse().ok());
        sent(&lis, vec![later.clone()]).await;
        assert_eq!(laboratory().await, (Some(hla.clone()), None));
        later.details.insert(LABORATORY.to_owned(), "别的".to_owned());
        sent(&lis, vec![later]).await;
        assert_eq!(laboratory().await, (Some(hla), Some("别的".to_owned())));
        let status = StatusGiven { status: UnitStatus::Available, reason: String::new() };
        let gone = status_add(&lis, fresh(&lis), "CN000009", status).await;
        assert_eq!(refusal(gone), Refusal::NotFound);
        assert_books_hold(&registry.ctx).await;
    }
}

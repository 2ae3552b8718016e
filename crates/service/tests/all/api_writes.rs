//! What laboratories' systems change: once however often it is sent, and by the rules of the desk and of loads.

use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use domain::access::{Role, Scope};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::{MatchLocus, TypingFault};
use domain::registry::{Bar, LoadRefusal, Ownership, Step, StepVerdict, UnitStatus};
use service::ServiceError;
use service::registry::api::{
    Answered, KEPT_SECONDS, Outcome, Recorded, StatusGiven, StepGiven, StepsGiven, TypingGiven, UnitGiven,
    UnitsGiven, requests_round, status_add, steps_add, typing_add, unit_read, units_add, units_list,
};
use service::registry::live::follow;
use service::registry::nomenclature::nomenclature_load;
use service::registry::releases::{release_authorize, release_order};

use tokio_util::sync::CancellationToken;

use crate::api_support::*;
use crate::registry_support::searched;
use crate::support::{assert_books_hold, refusal};
use crate::units_support::later;

fn status(status: UnitStatus) -> StatusGiven {
    StatusGiven { status, reason: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_change_one_thing_once() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let unit = stored(&registry, 1, 1).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let lis = lis.clone();
            tasks.spawn(async move {
                let away = StatusGiven { status: UnitStatus::Unavailable, reason: "qr".into() };
                status_add(&lis, asked("one", "away"), "CN000001", away).await.unwrap()
            });
        }
        let answers: Vec<Answered> = tasks.join_all().await;
        assert_eq!(answers.iter().filter(|answer| !answer.again).count(), 1);
        assert!(answers.iter().all(|answer| (answer.status, &answer.body) == (200, &answers[0].body)));
        assert_eq!(body::<Recorded>(&answers[0]).registry_id, "CN000001");
        assert_eq!(versions(&registry.ctx, unit).await, 2, "one change beside the first version");
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn the_same_again_is_answered_as_before_and_another_under_its_name_is_refused() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let unit = stored(&registry, 1, 1).await;
        let (lis, other) = (full_key(&registry.ctx, "CN01").await, full_key(&registry.ctx, "CN01").await);
        let away = status(UnitStatus::Unavailable);
        let first = status_add(&lis, asked("k", "away"), "CN000001", away.clone()).await.unwrap();
        status_add(&lis, asked("k2", "back"), "CN000001", status(UnitStatus::Available)).await.unwrap();
        let again = status_add(&lis, asked("k", "away"), "CN000001", away.clone()).await.unwrap();
        assert_eq!((again.again, &again.body, again.status), (true, &first.body, first.status));
        let now = unit_read(&lis, "CN000001").await.unwrap();
        assert_eq!(now.unit.status, UnitStatus::Available, "what came later stands");
        let differs = status_add(&lis, asked("k", "gone"), "CN000001", status(UnitStatus::Gone)).await;
        assert_eq!(refusal(differs), Refusal::RequestDiffers);
        assert_eq!(versions(&registry.ctx, unit).await, 3);
        // The key that takes this one's place knows its names; another bank's names are its own.
        let next = status_add(&other, asked("k", "away"), "CN000001", away.clone()).await.unwrap();
        assert_eq!((next.again, &next.body), (true, &first.body));
        let differs = status_add(&other, asked("k", "else"), "CN000001", away.clone()).await;
        assert_eq!(refusal(differs), Refusal::RequestDiffers);
        let theirs = full_key(&registry.ctx, "CN02").await;
        let away_there = UnitsGiven { units: vec![self::unit(7)] };
        assert!(!units_add(&theirs, asked("k", "away"), away_there).await.unwrap().again);
        status_add(&lis, asked("k4", "away"), "CN000001", away.clone()).await.unwrap();
        // A refusal is not kept.
        let unknown = status_add(&lis, asked("k3", "x"), "CN000009", away.clone()).await;
        assert_eq!(refusal(unknown), Refusal::NotFound);
        assert!(!status_add(&lis, asked("k3", "y"), "CN000001", away.clone()).await.unwrap().again);
        // After a day it is forgotten, and not before.
        let (day, soon) = (later(&lis, KEPT_SECONDS), later(&lis, KEPT_SECONDS + 1));
        assert_eq!(requests_round(&day).await.unwrap(), Some(soon.now));
        assert!(status_add(&day, asked("k", "away"), "CN000001", away.clone()).await.unwrap().again);
        requests_round(&soon).await.unwrap();
        assert_eq!(requests_round(&soon).await.unwrap(), None, "nothing is left");
        assert!(!status_add(&soon, asked("k", "away"), "CN000001", away).await.unwrap().again);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_change_whose_answer_cannot_be_kept_is_none() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let unit = stored(&registry, 1, 1).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let (broken, mended) = if registry.db.kind == "postgres" {
            (
                "alter table api_request add constraint none check (status < 200)",
                "alter table api_request drop constraint none",
            )
        } else {
            (
                "create trigger none before insert on api_request begin select raise(abort, 'none'); end",
                "drop trigger none",
            )
        };
        testbed::tamper(&registry.db, broken).await;
        let away = status(UnitStatus::Unavailable);
        let lost = status_add(&lis, asked("k", "away"), "CN000001", away.clone()).await;
        assert!(matches!(lost, Err(ServiceError::Store(_))), "{lost:?}");
        assert_eq!(versions(&registry.ctx, unit).await, 1, "change and answer commit together");
        testbed::tamper(&registry.db, mended).await;
        assert!(!status_add(&lis, asked("k", "away"), "CN000001", away).await.unwrap().again);
        assert_eq!(versions(&registry.ctx, unit).await, 2);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_released_unit_is_not_made_available() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let (doctor, manager) =
            (registry.staff(Role::Doctor).await, registry.staff(Role::RegistryManager).await);
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &doctor).await;
        let whole = service::registry::holds::hold_make(
            &doctor,
            crate::units_support::wish(patient, &[(domain::id::UnitId(uuid::Uuid::from_u128(0xD001)), 2)]),
        );
        let second = whole.await.unwrap();
        let available = || status(UnitStatus::Available);
        // The first of its two compartments is ordered, the second only held.
        let release = release_order(&doctor, hold, None).await.unwrap();
        release_authorize(&manager, release).await.unwrap();
        status_add(&lis, fresh(&lis), "CN000001", available()).await.unwrap();
        testbed::tamper(&registry.db, "update compartment_state set state = 'infused' where compartment = 2")
            .await;
        let refused = status_add(&lis, fresh(&lis), "CN000001", available()).await;
        assert_eq!(refusal(refused), UnitRefusal::UnitSpent.into(), "all of it is promised or used");
        // By the other way in, too.
        let mut given = unit_read(&lis, "CN000001").await.unwrap().unit;
        given.segments = Some(1);
        let refused = units_add(&lis, fresh(&lis), UnitsGiven { units: vec![given] }).await;
        assert!(released(&refused), "{refused:?}");
        testbed::tamper(&registry.db, "update compartment_state set state = 'held' where compartment = 2")
            .await;
        service::registry::holds::hold_cancel(&doctor, second, "够了").await.unwrap();
        // What was destroyed does not come back either.
        stored(&registry, 5, 1).await;
        let destroyed = StatusGiven { status: UnitStatus::Gone, reason: "cd".into() };
        status_add(&lis, fresh(&lis), "CN000005", destroyed).await.unwrap();
        let refused = status_add(&lis, fresh(&lis), "CN000005", available()).await;
        assert_eq!(refusal(refused), UnitRefusal::UnitGoneForGood.into());
        assert_books_hold(&registry.ctx).await;
    }
}

fn released(refused: &Result<Answered, ServiceError>) -> bool {
    matches!(refused, Err(ServiceError::Units(units))
        if units.len() == 1 && units[0].reason == LoadRefusal::ReleasedPutAvailable)
}

/// A release of the nomenclature that knows just enough for a contradiction.
fn small_release() -> Vec<(String, Vec<u8>)> {
    let antigens = "A;1 A;2 A;24 B;15 B;62 B;46 DR;9 DR;14";
    let alleles = "A*;02:01 A*;24:02 B*;15:01 B*;46:01 DRB1*;09:01 DRB1*;14:54";
    let rows = antigens.split(' ').chain(alleles.split(' ')).map(|row| format!("{row};20000101;;;\n"));
    let names = format!("# version: TEST 1.0.0\n{}", rows.collect::<String>());
    let serology = "# version: TEST 1.0.0\nA*;02:01;2;;;\nA*;24:02;24;;;\nB*;15:01;62;;;\nB*;46:01;46;;;\n\
                    DRB1*;09:01;9;;;\nDRB1*;14:54;14;;;\n";
    let groups: String = alleles.split(' ').map(|allele| format!("{allele};\n")).collect();
    let table = |rows: &str| format!("# version: TEST 1.0.0\n{rows}").into_bytes();
    vec![
        ("hla_nom.txt".to_owned(), names.into_bytes()),
        ("hla_nom_p.txt".to_owned(), table(&groups)),
        ("rel_dna_ser.txt".to_owned(), serology.as_bytes().to_vec()),
        ("rel_ser_ser.txt".to_owned(), table("B;15;62;\n")),
    ]
}

#[tokio::test]
async fn a_typing_is_read_and_one_that_contradicts_itself_is_refused() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        nomenclature_load(&registry.ctx, small_release()).await.unwrap();
        let id = stored(&registry, 1, 1).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let add = async |hla: &str, laboratory: &str| {
            let given = TypingGiven {
                hla: hla.into(),
                method: "dna".into(),
                typed_on: lis.now.date(),
                laboratory: laboratory.into(),
            };
            typing_add(&lis, fresh(&lis), "CN000001", given).await
        };
        let rest = "B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
        let fault = async |hla: String| match refusal(add(&hla, "实验室").await) {
            Refusal::TypingUnreadable(problem) => problem.fault,
            other => panic!("{hla}: {other:?}"),
        };
        assert_eq!(fault(format!("A*02:01+A*24:02^A2+A1^{rest}")).await, TypingFault::Contradiction);
        assert_eq!(fault(format!("A*02:01+A*99:99^{rest}")).await, TypingFault::UnknownAllele);
        assert_eq!(
            refusal(add("A*02:01+A*24:02^B*15:01+B*46:01", "实验室").await),
            UnitRefusal::TypingLocusMissing { locus: MatchLocus::Drb1 }.into()
        );
        let whole = format!("A*02:01+A*24:02^{rest}");
        assert_eq!(refusal(add(&whole, " ").await), Refusal::Required, "whose typing it is");
        assert_eq!(versions(&registry.ctx, id).await, 1);
        add(&whole.replace(['^', '+'], " "), "演示实验室").await.unwrap();
        let told = unit_read(&lis, "A999926000001").await.unwrap();
        assert_eq!(told.unit.hla.as_deref(), Some(whole.as_str()), "in the names of the day");
        assert_eq!(told.unit.details.get("SPARK/HLA_LABORATORY").map(String::as_str), Some("演示实验室"));
        assert_eq!((told.hla_method.as_str(), told.unit.hla_typed_on), ("dna", Some(lis.now.date())));
        // A unit that is sent with such a typing is refused as a load would refuse it.
        let mut contradicting = unit(2);
        contradicting.hla = Some(format!("A*02:01+A*24:02^A2+A1^{rest}"));
        let refused = units_add(&lis, fresh(&lis), UnitsGiven { units: vec![contradicting] }).await;
        assert!(
            matches!(&refused, Err(ServiceError::Units(units))
                if matches!(&units[0].reason, LoadRefusal::Typing { fault, .. } if fault == "contradiction")),
            "{refused:?}"
        );
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn units_are_taken_in_changed_and_withdrawn_as_a_load_does() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let outcomes = async |units: Vec<UnitGiven>| {
            let told = sent(&lis, units).await.units;
            told.iter().map(|one| one.outcome).collect::<Vec<_>>()
        };
        use Outcome::{Added, Changed, Unchanged, Withdrawn};
        assert_eq!(outcomes(vec![unit(1), unit(2)]).await, [Added, Added]);
        let mut more = unit(2);
        more.segments = Some(9);
        assert_eq!(outcomes(vec![unit(1), more.clone(), unit(3)]).await, [Unchanged, Changed, Added]);
        // What is told can be sent again.
        let page = units_list(&lis, None, 2).await.unwrap();
        assert_eq!(page.units.len(), 2);
        let rest = units_list(&lis, page.next.map(domain::id::UnitId), 2).await.unwrap();
        assert_eq!((rest.units.len(), rest.next), (1, None));
        let all: Vec<UnitGiven> = page.units.into_iter().chain(rest.units).map(|line| line.unit).collect();
        assert_eq!(all.iter().find(|told| told.registry_id == "CN000002"), Some(&more), "as it was sent");
        assert_eq!(outcomes(all).await, [Unchanged; 3]);
        more.withdrawn = true;
        assert_eq!(outcomes(vec![more.clone()]).await, [Withdrawn]);
        assert_eq!(outcomes(vec![more.clone()]).await, [Unchanged]);
        let told = unit_read(&lis, "CN000002").await.unwrap();
        assert!(told.unit.withdrawn);
        assert_eq!((told.standing.status, told.standing.bars), (UnitStatus::Gone, vec![Bar::Withdrawn]));
        let gone = status_add(&lis, fresh(&lis), "CN000002", status(UnitStatus::Available)).await;
        assert_eq!(refusal(gone), UnitRefusal::UnitNotAvailable.into());
        more.withdrawn = false;
        assert_eq!(outcomes(vec![more]).await, [Changed], "and back");
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_was_sent_within_a_second() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let stop = CancellationToken::new();
        let _stop = stop.clone().drop_guard();
        tokio::spawn(follow(Arc::clone(&registry.ctx.house), stop));
        while registry.ctx.house.registry.current().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let lis = full_key(&registry.ctx, "CN01").await;
        let told = sent(&lis, vec![unit(1)]).await;
        let watch = Stopwatch::now();
        loop {
            let found = searched(&registry.ctx, &crate::registry_support::asked()).await;
            if found.hits.iter().any(|hit| hit.unit.0 == told.units[0].id) {
                break;
            }
            assert!(watch.elapsed() < Duration::from_secs(1), "{}", registry.db.kind);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn one_bad_unit_keeps_all_out_and_each_is_named() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let mut family = unit(1);
        family.ownership = Ownership::Family;
        sent(&lis, vec![family]).await;
        let (good, turned, mut twice) = (unit(2), unit(1), unit(2));
        twice.segments = Some(8);
        let refused = units_add(&lis, fresh(&lis), UnitsGiven { units: vec![good, turned, twice] }).await;
        let Err(ServiceError::Units(refused)) = refused else { panic!("{refused:?}") };
        let reasons: Vec<_> = refused.iter().map(|one| (one.line, &one.reason)).collect();
        assert_eq!(
            reasons,
            [(2, &LoadRefusal::FamilyTurnedDonated), (3, &LoadRefusal::Repeated { line: 1 })]
        );
        assert_eq!(refusal(unit_read(&lis, "CN000002").await.map(|_| ())), Refusal::NotFound);
        // What PostgreSQL would stumble over, and what says two things at once.
        type Spoil = fn(&mut UnitGiven);
        let bad: [(&str, Spoil); 6] = [
            ("TextUnfit", |unit| unit.details = [("ETHN".to_owned(), "a\u{0}b".to_owned())].into()),
            ("TextUnfit", |unit| unit.local_id = Some("a\u{0}b".into())),
            ("TextUnfit", |unit| unit.details = [("A\tB".to_owned(), "x".to_owned())].into()),
            ("FieldTwice", |unit| unit.details = [("ABO".to_owned(), "B".to_owned())].into()),
            ("Compartments", |unit| unit.compartments = vec![Default::default(); 6]),
            ("CompartmentsOverUnit", |unit| unit.tnc_e5 = Some(1)),
        ];
        for (reason, spoil) in bad {
            let mut spoilt = unit(3);
            spoil(&mut spoilt);
            let refused = units_add(&lis, fresh(&lis), UnitsGiven { units: vec![spoilt] }).await.unwrap_err();
            assert!(format!("{refused:?}").contains(reason), "{reason}: {refused:?}");
        }
        let many = UnitsGiven { units: (10..111).map(unit).collect() };
        assert_eq!(refusal(units_add(&lis, fresh(&lis), many).await), Refusal::TooMany { max: 100 });
        let none = UnitsGiven { units: vec![] };
        assert_eq!(refusal(units_add(&lis, fresh(&lis), none).await), Refusal::Required);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_whole_process_is_recorded_at_once_and_read_back() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        stored(&registry, 1, 1).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let step = |step: &Step| StepGiven {
            step: *step,
            operator: "李工".into(),
            instrument: "离心机 3 号".into(),
            started_at: lis.now.plus_seconds(60 * i64::from(step.position()) - 36_000),
            ended_at: lis.now.plus_seconds(60 * i64::from(step.position()) - 35_990),
            result: String::new(),
            verdict: StepVerdict::Passed,
        };
        let mut steps: Vec<_> = Step::ALL.iter().map(step).collect();
        let last = steps.pop().unwrap();
        steps[3].verdict = StepVerdict::Failed;
        let given = StepsGiven { steps };
        steps_add(&lis, fresh(&lis), "CN000001", given).await.unwrap();
        let told = unit_read(&lis, "CN000001").await.unwrap();
        assert_eq!(told.trace.recorded, 70);
        assert_eq!(
            (told.trace.missing, told.trace.failed),
            (vec![Step::HaemoglobinScreened], vec![Step::ALL[3]])
        );
        assert_eq!(told.standing.release_bars, [Bar::StepMissing, Bar::StepFailed]);
        let again = StepsGiven { steps: vec![last.clone(), step(&Step::ALL[3])] };
        steps_add(&lis, fresh(&lis), "CN000001", again).await.unwrap();
        assert_eq!(unit_read(&lis, "CN000001").await.unwrap().standing.release_bars, []);
        let late = StepGiven { ended_at: lis.now.plus_seconds(1), ..last };
        let late = steps_add(&lis, fresh(&lis), "CN000001", StepsGiven { steps: vec![late] }).await;
        assert_eq!(refusal(late), UnitRefusal::TimeImpossible.into());
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_number_finds_its_unit_however_it_is_written() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let numbered = |number: u32, local: &str| {
            let mut given = unit(number);
            given.local_id = Some(local.into());
            given.din = Some(format!("A999926{number:06}"));
            given
        };
        let told = sent(&lis, vec![numbered(1, "L-1"), numbered(2, "L-2"), numbered(3, "L-2")]).await;
        for number in ["CN000001", "cn000001", "A999926000001", "L-1", &told.units[0].id.to_string()] {
            let found = unit_read(&lis, number).await.unwrap();
            assert_eq!(found.unit.registry_id, "CN000001", "{number}");
        }
        assert_eq!(refusal(unit_read(&lis, "L-2").await.map(|_| ())), Refusal::NumberAmbiguous);
        for unknown in ["L-3", "", "\u{0}"] {
            assert_eq!(refusal(unit_read(&lis, unknown).await.map(|_| ())), Refusal::NotFound, "{unknown}");
        }
        let _ = key(&registry.ctx, "CN01", &[Scope::UnitsRead]).await;
        assert_books_hold(&registry.ctx).await;
    }
}

#[test]
fn a_field_that_is_not_known_is_refused() {
    let mut json = unit_json(1);
    assert!(serde_json::from_value::<UnitGiven>(json.clone()).is_ok());
    json["colour"] = "blue".into();
    assert!(serde_json::from_value::<UnitGiven>(json).is_err());
    let mut json = unit_json(1);
    json["compartments"][0]["colour"] = "blue".into();
    assert!(serde_json::from_value::<UnitGiven>(json).is_err());
    let mut json = unit_json(1);
    json["status"] = "AV".into();
    assert!(serde_json::from_value::<UnitGiven>(json).is_err(), "one word for each thing");
    let step = r#"{"steps":[{"step":"hla_typed","operator":"x","started_at":"2026-11-22T04:00:00Z",
        "ended_at":"2026-11-22T12:00:00+08:00","verdict":"passed"}]}"#;
    let read: StepsGiven = serde_json::from_str(step).unwrap();
    assert_eq!(read.steps[0].started_at, read.steps[0].ended_at, "moments with any offset");
    for wrong in [step.replace("Z", ""), step.replace("passed", "good"), step.replace("operator", "by")] {
        assert!(serde_json::from_str::<StepsGiven>(&wrong).is_err(), "{wrong}");
    }
}

//! What laboratories' systems record of single units: places, tanks, status and typings, each bank by itself.

use domain::access::Role;
use domain::id::{BankId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Bar, Place, Step, StepVerdict, UnitStatus};
use domain::time::Instant;
use service::registry::api::{
    Answered, MoveGiven, PlaceGiven, StatusGiven, StepGiven, StepsGiven, TypingGiven, move_add, status_add,
    steps_add, typing_add, unit_read,
};
use service::registry::lab::{status_set, typing_record};
use service::registry::standing::unit_file;
use service::registry::storage::{Warm, bag_move, excursion_record, excursion_review, excursions};
use service::{Answer, Ctx, ServiceError};

use crate::api_support::*;
use crate::support::{assert_books_hold, refusal};
use crate::units_support::{BANK, HLA, Registry, later};

fn at(tank: &str) -> PlaceGiven {
    PlaceGiven { tank: tank.into(), rack: "1".into(), box_: "1".into(), slot: "1".into() }
}

fn to(compartment: u8, tank: &str) -> MoveGiven {
    MoveGiven { compartment, place: at(tank), moved_at: None }
}

async fn moved(lis: &Ctx, number: &str, given: MoveGiven) -> Answer<()> {
    move_add(lis, fresh(lis), number, given).await.map(|_| ())
}

/// A unit of each bank, and a key of each.
async fn one_each(registry: &Registry) -> [(Ctx, UnitId, &'static str); 2] {
    let (ours, theirs) = (full_key(&registry.ctx, "CN01").await, full_key(&registry.ctx, "CN02").await);
    let mut units = [unit(1), unit(2)];
    for given in &mut units {
        given.compartments.iter_mut().for_each(|part| part.place = None);
    }
    let [one, two] = units;
    let (one, two) = (sent(&ours, vec![one]).await, sent(&theirs, vec![two]).await);
    [(ours, UnitId(one.units[0].id), "CN000001"), (theirs, UnitId(two.units[0].id), "CN000002")]
}

#[tokio::test]
async fn each_bank_has_its_own_tanks() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let lab = registry.staff(Role::Laboratory).await;
        let units = one_each(&registry).await;
        for (lis, _, number) in &units {
            moved(lis, number, to(1, "T1")).await.unwrap();
            let second = moved(lis, number, to(2, "t1")).await;
            assert_eq!(refusal(second), UnitRefusal::PlaceTaken.into(), "within one bank");
        }
        let [(ours, one, _), (theirs, two, _)] = &units;
        let place = Place { tank: "T1".into(), rack: "1".into(), box_: "1".into(), slot: "2".into() };
        bag_move(&lab, *two, 2, &place).await.unwrap();
        bag_move(&lab, *one, 2, &place).await.unwrap();
        // The other bank's tank of that name stayed cold.
        let now = later(&lab, 60);
        let (bank, tank, note) = (BankId(BANK), "T1".to_owned(), "断电".to_owned());
        let (began_at, ended_at, warmest_dc) = (lab.now, Some(now.now), -1400);
        let warm = Warm { bank, tank, began_at, ended_at, warmest_dc, note };
        let unknown = Warm { bank: BankId(ctx.id()), ..warm.clone() };
        assert_eq!(refusal(excursion_record(&now, unknown).await.map(|_| ())), Refusal::ChoiceUnknown);
        let excursion = excursion_record(&now, warm).await.unwrap();
        let too_warm = async |unit| unit_file(ctx, unit).await.unwrap().now.too_warm;
        assert!(too_warm(*one).await && !too_warm(*two).await);
        assert_eq!(unit_read(ours, "CN000001").await.unwrap().standing.bars, [Bar::TooWarm]);
        assert_eq!(unit_read(theirs, "CN000002").await.unwrap().standing.bars, []);
        assert_eq!(excursions(ctx, 9).await.unwrap()[0].bank_id, Some(BANK));
        assert_books_hold(ctx).await;
        // One from before names no bank, and counts for both.
        testbed::tamper(&registry.db, "update temperature_excursion set bank_id = null").await;
        assert!(too_warm(*one).await && too_warm(*two).await);
        let manager = later(&registry.staff(Role::RegistryManager).await, 120);
        excursion_review(&manager, excursion, true).await.unwrap();
        assert!(!too_warm(*one).await && !too_warm(*two).await);
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn what_a_person_said_of_a_status_no_key_lifts() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let [(lis, unit, number), _] = one_each(&registry).await;
        let person = registry.staff(Role::RegistryManager).await;
        let say = async |status| {
            let given = StatusGiven { status, reason: "AD".into() };
            status_add(&lis, fresh(&lis), number, given).await.map(|_| ())
        };
        let by_person = || Refusal::from(UnitRefusal::StatusByPerson);
        use UnitStatus::{Available, Gone, Reserved, Unavailable};
        // What a key said, a key takes back.
        say(Unavailable).await.unwrap();
        say(Available).await.unwrap();
        status_set(&person, unit, Unavailable, "QR").await.unwrap();
        for lifted in [Available, Reserved] {
            assert_eq!(refusal(say(lifted).await), by_person());
        }
        // Worse, and back to what the person said, and no further.
        say(Gone).await.unwrap();
        assert_eq!(refusal(say(Available).await), by_person());
        say(Unavailable).await.unwrap();
        assert_eq!(
            refusal(say(Available).await),
            by_person(),
            "a key's own word stands over it, not above it"
        );
        status_set(&person, unit, Available, "").await.unwrap();
        say(Unavailable).await.unwrap();
        say(Available).await.unwrap();
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_refusal_says_where_in_the_request() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let [(lis, _, number), _] = one_each(&registry).await;
        let step = |operator: &str| StepGiven {
            step: Step::HlaTyped,
            operator: operator.into(),
            instrument: String::new(),
            started_at: lis.now.plus_seconds(-60),
            ended_at: lis.now,
            result: String::new(),
            verdict: StepVerdict::Passed,
        };
        let steps = async |wrong: StepGiven| {
            let mut steps = vec![step("李工"); 200];
            steps[136] = wrong;
            place(steps_add(&lis, fresh(&lis), number, StepsGiven { steps }).await)
        };
        assert_eq!(
            steps(step(&"x".repeat(61))).await,
            ("steps[136].operator".into(), Refusal::TooLong { max: 60 })
        );
        assert_eq!(steps(step(" ")).await, ("steps[136].operator".into(), Refusal::Required));
        let long = StepGiven { result: "x".repeat(401), ..step("李工") };
        assert_eq!(steps(long).await.0, "steps[136].result");
        let late = StepGiven { ended_at: lis.now.plus_seconds(1), ..step("李工") };
        assert_eq!(steps(late).await, ("steps[136].ended_at".into(), UnitRefusal::TimeImpossible.into()));
        let none = steps_add(&lis, fresh(&lis), number, StepsGiven { steps: vec![] }).await;
        assert_eq!(place(none), ("steps".into(), Refusal::Required));

        let mut wrong = to(1, "T1");
        wrong.place.box_ = String::new();
        let refused = move_add(&lis, fresh(&lis), number, wrong).await;
        assert_eq!(place(refused), ("place.box".into(), Refusal::Required));
        let refused = move_add(&lis, fresh(&lis), number, to(3, "T1")).await;
        assert_eq!(place(refused), ("compartment".into(), UnitRefusal::CompartmentUnknown.into()));

        let typing = |hla: &str, method: &str, laboratory: &str| TypingGiven {
            hla: hla.into(),
            method: method.into(),
            typed_on: lis.now.date(),
            laboratory: laboratory.into(),
        };
        for (wrong, field) in [
            (typing("A*02:01 what", "dna", "x"), "hla"),
            (typing("A*02:01", "dna", "x"), "hla"),
            (typing(HLA, "guess", "x"), "method"),
            (typing(HLA, "dna", " "), "laboratory"),
            (TypingGiven { typed_on: lis.now.date().next(), ..typing(HLA, "dna", "x") }, "typed_on"),
        ] {
            assert_eq!(place(typing_add(&lis, fresh(&lis), number, wrong).await).0, field);
        }
    }
}

/// Where a request was refused, and why.
fn place(answer: Answer<Answered>) -> (String, Refusal) {
    match answer {
        Err(ServiceError::At(path, refusal)) => (path, refusal),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_move_that_is_told_late_was_made_when_it_was_made() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = &registry.ctx;
        let [(lis, one, number), _] = one_each(&registry).await;
        let hours = |hours: i64| lis.now.plus_seconds(hours * 3600);
        // At 9 into T1, which is warm from 10 to 11; at 12 into T2; told at 23.
        let night = later(&lis, 23 * 3600);
        let moved_at = |tank, at| MoveGiven { moved_at: Some(at), ..to(1, tank) };
        moved(&night, number, moved_at("T1", hours(9))).await.unwrap();
        let lab = later(&registry.staff(Role::Laboratory).await, 23 * 3600);
        let (bank, tank, note) = (BankId(BANK), "T1".to_owned(), "断电".to_owned());
        let warm =
            Warm { bank, tank, began_at: hours(10), ended_at: Some(hours(11)), warmest_dc: -1400, note };
        excursion_record(&lab, warm).await.unwrap();
        assert!(unit_file(ctx, one).await.unwrap().now.too_warm);
        let impossible = ("moved_at".to_owned(), Refusal::from(UnitRefusal::TimeImpossible));
        for (tank, at) in [("T2", hours(24)), ("T2", hours(8))] {
            let refused = move_add(&night, fresh(&lis), number, moved_at(tank, at)).await;
            assert_eq!(place(refused), impossible, "in the future, before the last");
        }
        moved(&night, number, moved_at("T2", hours(12))).await.unwrap();
        assert!(unit_file(ctx, one).await.unwrap().now.too_warm, "it lay there then");
        let moves = unit_file(ctx, one).await.unwrap().moves;
        assert_eq!(moves.iter().map(|row| row.moved_at).collect::<Vec<_>>(), [hours(9).0, hours(12).0]);
        moved(&night, number, to(1, "T3")).await.unwrap();
        let last = unit_file(ctx, one).await.unwrap().moves.pop().unwrap();
        assert_eq!(last.moved_at, night.now.0, "now, when nobody says");
        assert_books_hold(ctx).await;
    }
}

#[test]
fn a_moment_that_may_be_left_out_is_read() {
    let read = |moved_at: &str| {
        let place = r#"{"tank":"T1","rack":"1","box":"1","slot":"1"}"#;
        serde_json::from_str::<MoveGiven>(&format!(r#"{{"compartment":1,"place":{place}{moved_at}}}"#))
    };
    assert_eq!(read("").unwrap().moved_at, None);
    let given = read(r#","moved_at":"2026-11-22T09:00:00+08:00""#).unwrap();
    assert_eq!(serde_json::to_value(&given).unwrap()["moved_at"], "2026-11-22T01:00:00Z");
    assert!(read(r#","moved_at":"nine""#).is_err());
}

#[tokio::test]
async fn a_key_replaces_no_typing_by_an_older_one() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let [(lis, unit, number), _] = one_each(&registry).await;
        let typed = async |typed_on: &str| {
            let (hla, method) = (HLA.replace("A*24:02", "A*11:01"), "dna".to_owned());
            let typed_on = typed_on.parse().unwrap();
            let given = TypingGiven { hla, method, typed_on, laboratory: "x".into() };
            typing_add(&lis, fresh(&lis), number, given).await
        };
        // The one in use is of 2026-03-02.
        let older = ("typed_on".to_owned(), Refusal::from(UnitRefusal::TypingOlder));
        assert_eq!(place(typed("2026-03-01").await), older);
        let earliest = "1970-01-01".parse().unwrap();
        let early = ("typed_on".to_owned(), Refusal::DateTooEarly { earliest });
        assert_eq!(place(typed("1969-12-31").await), early);
        typed("2026-03-02").await.unwrap();
        // A person says that the later one is wrong.
        let lab = registry.staff(Role::Laboratory).await;
        typing_record(&lab, unit, HLA, "dna", "2026-03-01".parse().unwrap()).await.unwrap();
        typed("2026-03-01").await.unwrap();
        let given = MoveGiven { moved_at: Some(Instant(-1)), ..to(1, "T1") };
        let refused = move_add(&lis, fresh(&lis), number, given).await;
        assert_eq!(place(refused), ("moved_at".to_owned(), Refusal::DateTooEarly { earliest }));
        assert_books_hold(&registry.ctx).await;
    }
}

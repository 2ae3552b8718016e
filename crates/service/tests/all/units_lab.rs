//! The laboratory and the tanks: places, temperatures, typings and their history.

use domain::access::Role;
use domain::id::BankId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::MatchLocus;
use domain::registry::{Bar, Ownership, Place, TypingVerdict, UnitStatus};
use service::registry::confirm::{Confirmation, confirmatory_record};
use service::registry::holds::hold_make;
use service::registry::lab::typing_record;
use service::registry::standing::unit_file;
use service::registry::storage::{
    Warm, bag_move, excursion_end, excursion_record, excursion_review, excursions,
};

use crate::support::{assert_books_hold, refusal};
use crate::units_in::{load, request, units};
use crate::units_support::{BANK, HLA, Registry, confirmation, later, wish};

fn place(tank: &str, slot: &str) -> Place {
    Place { tank: tank.into(), rack: "r2".into(), box_: "3".into(), slot: slot.into() }
}

#[tokio::test]
async fn one_place_holds_one_bag() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let (one, two) =
            (registry.unit(1, Ownership::Donated, 2).await, registry.unit(2, Ownership::Donated, 1).await);
        let lab = registry.staff(Role::Laboratory).await;
        bag_move(&lab, one, 1, &place("t1", "4")).await.unwrap();
        assert_eq!(
            refusal(bag_move(&lab, two, 1, &place("Ｔ1", "4")).await),
            UnitRefusal::PlaceTaken.into(),
            "however it was typed"
        );
        assert_eq!(
            refusal(bag_move(&lab, two, 2, &place("T1", "5")).await),
            UnitRefusal::CompartmentUnknown.into()
        );
        bag_move(&lab, one, 1, &place("T2", "4")).await.unwrap();
        bag_move(&lab, two, 1, &place("T1", "4")).await.unwrap();
        let file = unit_file(&registry.ctx, one).await.unwrap();
        let tanks: Vec<_> = file.now.places.iter().map(|p| p.as_ref().map(|p| p.tank.as_str())).collect();
        assert_eq!(tanks, [Some("T2"), None]);
        assert_eq!(file.moves.len(), 2);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_warm_tank_keeps_its_units_back_until_somebody_has_judged_it() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let (inside, outside) =
            (registry.unit(1, Ownership::Donated, 1).await, registry.unit(2, Ownership::Donated, 1).await);
        let patient = registry.patient("P-1").await;
        let lab = registry.staff(Role::Laboratory).await;
        bag_move(&lab, inside, 1, &place("T1", "1")).await.unwrap();
        bag_move(&lab, outside, 1, &place("T2", "1")).await.unwrap();
        let lab = later(&lab, 3600);
        let warm = Warm {
            bank: BankId(BANK),
            tank: "t1".into(),
            began_at: lab.now.plus_seconds(-60),
            ended_at: None,
            warmest_dc: -1400,
            note: "液氮补充中断".into(),
        };
        let excursion = excursion_record(&lab, warm.clone()).await.unwrap();
        let file = unit_file(&registry.ctx, inside).await.unwrap();
        assert_eq!((file.standing.status, file.standing.bars), (UnitStatus::Unavailable, vec![Bar::TooWarm]));
        let manager = later(&registry.staff(Role::RegistryManager).await, 7200);
        assert_eq!(
            refusal(hold_make(&manager, wish(patient, &[(inside, 1)])).await),
            UnitRefusal::UnitNotAvailable.into()
        );
        hold_make(&manager, wish(patient, &[(outside, 1)])).await.unwrap();
        let impossible = UnitRefusal::TimeImpossible;
        assert_eq!(refusal(excursion_review(&manager, excursion, true).await), impossible.into(), "it lasts");
        assert_eq!(refusal(excursion_end(&lab, excursion, manager.now).await), impossible.into());
        excursion_end(&later(&lab, 60), excursion, lab.now).await.unwrap();
        assert_eq!(
            refusal(excursion_end(&later(&lab, 60), excursion, lab.now).await),
            impossible.into(),
            "it ended"
        );
        assert_eq!(refusal(excursion_review(&lab, excursion, true).await), Refusal::NotAllowed);
        excursion_review(&manager, excursion, false).await.unwrap();
        assert!(unit_file(&registry.ctx, inside).await.unwrap().now.too_warm, "lost is not harmless");
        excursion_review(&manager, excursion, true).await.unwrap();
        hold_make(&manager, wish(patient, &[(inside, 1)])).await.unwrap();
        let all = excursions(&registry.ctx, 9).await.unwrap();
        assert_eq!((all.len(), all[0].review.as_str()), (1, "harmless"));
        let early = Warm { ended_at: Some(lab.now.plus_seconds(-61)), ..warm };
        assert_eq!(refusal(excursion_record(&lab, early).await), impossible.into());
        assert_books_hold(&registry.ctx).await;
    }
}

/// What a bank's file says of a place is the place, however it is written there; the next file does not undo it.
#[tokio::test]
async fn a_warm_tank_bars_what_lay_there_by_the_banks_file() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let (ctx, lab) = (&registry.ctx, registry.staff(Role::Laboratory).await);
        let sheet = |tank: &str| {
            format!(
                "registry_id,status,ownership,hla,frozen_on,compartments,tank_1,rack_1,box_1,slot_1\n\
                 CN1,AV,donated,A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54,2020-02-02,1,{tank},r1,1,1\n"
            )
        };
        let files = async |name: &str, tank: &str, hours: i64| {
            let mut asked = request(&registry.db, name, sheet(tank));
            asked.clock = std::sync::Arc::new(move || testbed::noon().plus_seconds(hours * 3600));
            assert_eq!(load(ctx, asked).await.1, []);
        };
        files("a.csv", "ｔ1 ", -48).await;
        let unit = units(ctx).await[0].0.unit_id();
        let place = unit_file(ctx, unit).await.unwrap().now.places[0].clone().unwrap();
        assert_eq!((place.tank.as_str(), place.rack.as_str()), ("T1", "R1"));
        // As files were taken in before places had one form.
        let (off, on) = match registry.db.kind {
            "postgres" => (
                "alter table unit_version disable trigger unit_version_stays",
                "alter table unit_version enable trigger unit_version_stays",
            ),
            _ => ("drop trigger unit_version_stays", "select 1"),
        };
        testbed::tamper(&registry.db, off).await;
        let before = "update unit_version set compartments = replace(compartments, 'T1', 'ｔ1')";
        testbed::tamper(&registry.db, before).await;
        testbed::tamper(&registry.db, on).await;
        let warm = Warm {
            bank: BankId(BANK),
            tank: "T1".into(),
            began_at: lab.now.plus_seconds(-36 * 3600),
            ended_at: Some(lab.now.plus_seconds(-35 * 3600)),
            warmest_dc: -1400,
            note: String::new(),
        };
        excursion_record(&lab, warm.clone()).await.unwrap();
        let too_warm = async || unit_file(ctx, unit).await.unwrap().now.too_warm;
        assert!(too_warm().await);
        // The bank has carried it elsewhere since: it was warm all the same.
        files("b.csv", "T2", -24).await;
        assert!(too_warm().await);
        let other = registry.unit(2, Ownership::Donated, 1).await;
        assert!(!unit_file(ctx, other).await.unwrap().now.too_warm);
        let excursion = excursions(ctx, 1).await.unwrap()[0].id;
        let manager = registry.staff(Role::RegistryManager).await;
        excursion_review(&manager, excursion, true).await.unwrap();
        assert!(!too_warm().await);
        // Only what lay there then: in T2 it came after this one.
        let early = Warm { tank: "t2".into(), ..warm };
        excursion_record(&lab, early).await.unwrap();
        assert!(!too_warm().await);
    }
}

#[tokio::test]
async fn a_typing_that_no_search_could_read_is_not_stored() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let lab = registry.staff(Role::Laboratory).await;
        let today = lab.now.date();
        let record = async |hla: &str| refusal(typing_record(&lab, unit, hla, "dna", today).await);
        let Refusal::TypingUnreadable(problem) = record("A*02:01+A2:4^B*15:01+B*46:01").await else {
            panic!()
        };
        assert_eq!((problem.part.as_str(), problem.spot.at), ("A2:4", 8));
        assert!(matches!(record("和供者一样").await, Refusal::TypingUnreadable(_)));
        let missing = |locus| Refusal::from(UnitRefusal::TypingLocusMissing { locus });
        assert_eq!(record("A*02:01+A*24:02^B*15:01+B*46:01").await, missing(MatchLocus::Drb1));
        assert_eq!(record("DRB1*09:01+DRB1*14:05").await, missing(MatchLocus::A));
        assert_eq!(unit_file(&lab, unit).await.unwrap().now.content.hla, HLA, "the one before stands");
        // Kept as it was understood, not as it was typed.
        let pasted = "A*0201, 24:02; B*15:01 B*46:01 DRB1*09:01/09:02,14:05";
        typing_record(&lab, unit, pasted, "dna", today).await.unwrap();
        let kept = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01/DRB1*09:02+DRB1*14:05";
        assert_eq!(unit_file(&lab, unit).await.unwrap().now.content.hla, kept);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_typing_confirms_only_what_it_can_be_the_same_as() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &registry.staff(Role::RegistryManager).await).await;
        let mut reader = registry.ctx.house.db.read().await.unwrap();
        let unit = store::hold::hold_parts(&mut reader.conn(), hold).await.unwrap()[0].unit();
        drop(reader);
        let record = async |hla: &str, verdict| {
            let typing = confirmation(&registry.ctx, hold, unit, verdict);
            confirmatory_record(&registry.ctx, Confirmation { hla: hla.into(), ..typing }).await
        };
        use TypingVerdict::{Confirmed, Differs};
        let other = HLA.replace("B*46:01", "B*40:01");
        let not_the_same = UnitRefusal::TypingNotTheSame { locus: MatchLocus::B };
        assert_eq!(refusal(record(&other, Confirmed).await), not_the_same.into());
        assert!(matches!(refusal(record("没有差别", Confirmed).await), Refusal::TypingUnreadable(_)));
        let missing = UnitRefusal::TypingLocusMissing { locus: MatchLocus::B };
        assert_eq!(refusal(record("A*02:01+A*24:02", Confirmed).await), missing.into());
        record(&other, Differs).await.unwrap();
        record("A*02:01+A*24:02", Differs).await.unwrap();
        // Lower and higher resolution can be the same.
        record("A*02:XX+A*24:02:01^B*15:01/15:02+B*46:01^DRB1*09:01+DRB1*14:54", Confirmed).await.unwrap();
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_new_typing_is_a_new_version_and_the_old_one_stays() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let lab = registry.staff(Role::Laboratory).await;
        let today = lab.now.date();
        let hla = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:05";
        assert_eq!(refusal(typing_record(&lab, unit, hla, "guess", today).await), Refusal::ChoiceUnknown);
        let tomorrow = lab.now.plus_seconds(24 * 3600).date();
        assert_eq!(refusal(typing_record(&lab, unit, hla, "dna", tomorrow).await), Refusal::DateImpossible);
        typing_record(&lab, unit, hla, "dna", today).await.unwrap();
        assert_eq!(unit_file(&lab, unit).await.unwrap().now.content.hla, hla);
        let mut reader = registry.ctx.house.db.read().await.unwrap();
        let history = store::unit::unit_history(&mut reader.conn(), unit).await.unwrap();
        let sources: Vec<_> = history.iter().map(|(.., row)| row.source.as_str()).collect();
        assert_eq!(sources, ["lab", "system"]);
        drop(reader);
        assert_books_hold(&registry.ctx).await;
    }
}

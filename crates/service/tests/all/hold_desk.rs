//! The match desk's pages on both databases: patients found and told, what of a report can be held, a hold's whole story.

use domain::access::Role;
use domain::id::{HoldId, PatientId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::Grams;
use domain::registry::{CompartmentState, HoldPurpose, HoldState, Ownership};
use service::Ctx;
use service::registry::dispatch::{release_check, release_ship};
use service::registry::hold_desk::{hold_choices, hold_list, hold_story, holds_waiting};
use service::registry::hold_files::hold_file;
use service::registry::holds::{ADVANCED, HoldWish, hold_advance, hold_make, hold_prolong};
use service::registry::hospitals::{doctor_bind, hospital_add};
use service::registry::live::build_once;
use service::registry::patients::{patient_story, patients_found};
use service::registry::releases::{release_authorize, release_order};
use service::registry::report::{report_get, report_make};
use testbed::databases;

use crate::registry_support::asked;
use crate::support::{assert_books_hold, refusal};
use crate::units_support::{Registry, later, user, wish};

/// A doctor of another hospital.
async fn stranger(registry: &Registry) -> Ctx {
    let doctor = registry.staff(Role::Doctor).await;
    let other = hospital_add(&registry.ctx, "另一家医院", "Another hospital", false).await.unwrap();
    doctor_bind(&registry.ctx, user(&doctor), other).await.unwrap();
    doctor
}

#[tokio::test]
async fn a_patient_is_found_by_the_beginning_of_the_code_and_only_by_the_own_hospital() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (doctor, stranger) = (registry.staff(Role::Doctor).await, stranger(&registry).await);
        let first = registry.patient("YS-0001").await;
        registry.patient("YS-0002").await;
        registry.patient("ZS%0001").await;
        let codes = async |ctx: &Ctx, typed: &str| -> Vec<String> {
            let found = patients_found(ctx, typed, 10).await.unwrap();
            let mut codes: Vec<String> = found.into_iter().map(|row| row.code).collect();
            // The clock stands still here: of one millisecond none is the newer.
            codes.sort();
            codes
        };
        assert_eq!(codes(&doctor, " ys-").await, ["YS-0001", "YS-0002"]);
        assert_eq!(codes(&doctor, "ｙｓ-0001").await, ["YS-0001"]);
        assert_eq!(codes(&doctor, "0001").await, [""; 0], "a code is found from its beginning");
        assert_eq!(codes(&doctor, "%").await, [""; 0], "no character stands for others");
        assert_eq!(codes(&doctor, "ZS%").await, ["ZS%0001"]);
        assert_eq!(codes(&stranger, "YS-").await, [""; 0]);
        assert_eq!(refusal(patients_found(&doctor, " ", 10).await), Refusal::Required);
        let laboratory = registry.staff(Role::Laboratory).await;
        assert_eq!(refusal(patients_found(&laboratory, "YS", 10).await), Refusal::NotAllowed);

        let unit = registry.unit(1, Ownership::Donated, 2).await;
        hold_make(&doctor, wish(first, &[(unit, 2)])).await.unwrap();
        let story = patient_story(&doctor, first).await.unwrap();
        assert_eq!(story.hospital.unwrap().name_zh, "演示医院");
        assert_eq!(story.file.diagnosis.as_deref(), Some("急性淋巴细胞白血病"));
        let lines: Vec<_> = story.holds.iter().map(|h| (h.first_unit.as_deref(), h.compartments)).collect();
        assert_eq!(lines, [(Some("CN000001"), 1)]);
        assert_eq!(refusal(patient_story(&stranger, first).await), Refusal::NotFound);
    }
}

/// A patient, and a report of a search for them that was made as the doctor.
async fn reported(registry: &Registry, doctor: &Ctx) -> (PatientId, domain::id::ReportId) {
    build_once(&registry.ctx).await.unwrap();
    let patient = registry.patient("YS-0009").await;
    let mut asked = asked();
    asked.patient = Some(patient);
    asked.weight = Some(Grams(18_500));
    (patient, report_make(doctor, &asked, &[]).await.unwrap().unwrap())
}

#[tokio::test]
async fn what_of_a_report_can_be_held_is_told_as_it_is_now() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (doctor, stranger) = (registry.staff(Role::Doctor).await, stranger(&registry).await);
        let units: Vec<UnitId> = {
            let mut units = Vec::new();
            for n in 1..=3 {
                units.push(registry.unit(n, Ownership::Donated, 2).await);
            }
            units
        };
        let (patient, report) = reported(&registry, &doctor).await;
        let choices = hold_choices(&doctor, report, &units[..2]).await.unwrap();
        assert_eq!(choices.weight_g(), Some(20_000), "the record counts, and not what was typed");
        let ids: Vec<&str> = choices.units.iter().map(|unit| unit.registry_id.as_str()).collect();
        assert_eq!(ids, ["CN000001", "CN000002"]);
        let tnc: Vec<u32> = choices.units[0].compartments.iter().map(|(_, f)| f.tnc_e5).collect();
        assert_eq!(tnc, [4000, 4000]);

        hold_make(&doctor, wish(patient, &[(units[0], 1)])).await.unwrap();
        let choices = hold_choices(&doctor, report, &units[..1]).await.unwrap();
        let states: Vec<_> = choices.units[0].compartments.iter().map(|(state, _)| *state).collect();
        assert_eq!(states, [CompartmentState::Held, CompartmentState::Stored]);

        let refused = async |units: &[UnitId]| refusal(hold_choices(&doctor, report, units).await);
        assert_eq!(refused(&units).await, UnitRefusal::HoldTooManyUnits.into());
        assert_eq!(refused(&[]).await, UnitRefusal::HoldEmpty.into());
        let unknown = registry.unit(4, Ownership::Donated, 1).await;
        assert_eq!(refused(&[unknown]).await, UnitRefusal::HoldEmpty.into(), "the report has no such unit");
        assert_eq!(refusal(hold_choices(&stranger, report, &units[..1]).await), Refusal::NotFound);
        let laboratory = registry.staff(Role::Laboratory).await;
        assert_eq!(refusal(hold_choices(&laboratory, report, &units[..1]).await), Refusal::NotAllowed);

        let lines = patient_story(&doctor, patient).await.unwrap().reports;
        let told = report_get(&doctor, report).await.unwrap();
        assert_eq!((lines[0].number.as_str(), lines[0].signed_by.as_deref()), (told.number.as_str(), None));
        assert_eq!((lines[0].class, lines[0].at_least), (6, 4));
    }
}

#[tokio::test]
async fn a_report_of_chosen_units_has_them_all_or_is_not_made() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let doctor = registry.staff(Role::Doctor).await;
        let (one, two) =
            (registry.unit(1, Ownership::Donated, 1).await, registry.unit(2, Ownership::Donated, 1).await);
        build_once(&registry.ctx).await.unwrap();
        let mut asked = asked();
        // Of the best only one is told; the other was chosen all the same.
        asked.top = 1;
        let report = report_make(&doctor, &asked, &[two]).await.unwrap().unwrap();
        let hits = report_get(&doctor, report).await.unwrap().content.result.hits;
        assert_eq!(hits.iter().map(|hit| hit.unit).collect::<Vec<_>>(), [two]);
        let patient = registry.patient("P-1").await;
        hold_make(&doctor, wish(patient, &[(one, 1)])).await.unwrap();
        build_once(&registry.ctx).await.unwrap();
        let gone = report_make(&doctor, &asked, &[one, two]).await;
        assert_eq!(refusal(gone), UnitRefusal::UnitNotAvailable.into());
    }
}

#[tokio::test]
async fn a_hold_tells_who_did_what_and_what_is_to_be_settled() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (doctor, stranger) = (registry.staff(Role::Doctor).await, stranger(&registry).await);
        let manager = registry.staff(Role::RegistryManager).await;
        let patient = registry.patient("P-1").await;
        let bare = registry.unit(9, Ownership::Donated, 1).await;
        let plain = hold_make(&doctor, wish(patient, &[(bare, 1)])).await.unwrap();
        let story = hold_story(&doctor, plain).await.unwrap();
        assert_eq!(story.unconfirmed, [bare]);
        assert!(!story.bars[0].1.is_empty(), "its process is not recorded");
        assert!(story.hospitals.is_empty(), "a doctor orders for the own hospital");
        let over = later(&doctor, 8 * 24 * 3600);
        let told = hold_story(&over, plain).await.unwrap();
        assert_eq!(told.state(over.now).unwrap(), HoldState::Expired, "whether the worker came or not");
        assert_eq!(told.state(doctor.now).unwrap(), HoldState::Active);

        // The newer of the two.
        let hold = registry.ready(1, patient, &later(&doctor, 60)).await;
        hold_prolong(&doctor, hold, 20).await.unwrap();
        let ready = hold_story(&manager, hold).await.unwrap();
        assert_eq!((ready.unconfirmed.len(), ready.bars[0].1.len()), (0, 0), "nothing bars it");
        assert_eq!(ready.hospitals.len(), 2);
        let release = release_order(&doctor, hold, None).await.unwrap();
        let waiting: Vec<_> = holds_waiting(&manager, 10).await.unwrap().iter().map(|row| row.id).collect();
        assert_eq!(waiting, [hold.0]);
        assert!(holds_waiting(&stranger, 10).await.unwrap().is_empty());
        release_authorize(&manager, release).await.unwrap();
        assert!(holds_waiting(&manager, 10).await.unwrap().is_empty());
        let hands = [registry.staff(Role::Laboratory).await, registry.staff(Role::Laboratory).await];
        for hand in &hands {
            release_check(hand, release, &["CN000001".to_owned()]).await.unwrap();
        }
        release_ship(&hands[0], release, "DS-7").await.unwrap();

        let story = hold_story(&doctor, hold).await.unwrap();
        let told: Vec<(&str, &str)> = story
            .events
            .iter()
            .map(|event| (event.kind.as_str(), story.people.get(&event.actor).map_or("-", String::as_str)))
            .collect();
        assert_eq!(
            told,
            [
                ("hold.made", "doctor"),
                ("typing.confirmed", "-"),
                ("hold.prolonged", "doctor"),
                ("release.ordered", "doctor"),
                ("release.authorized", "registry_manager"),
                ("release.checked", "laboratory"),
                ("release.checked", "laboratory"),
                ("release.shipped", "laboratory"),
            ]
        );
        assert!(story.bars.is_empty(), "it has left: nothing is to be settled any more");
        assert_eq!(refusal(hold_story(&stranger, hold).await), Refusal::NotFound);

        let (lines, more) = hold_list(&doctor, None, 1).await.unwrap();
        assert_eq!((lines[0].id, lines[0].release_state.as_deref(), more), (hold.0, Some("shipped"), true));
        let (lines, more) = hold_list(&doctor, Some(HoldId(lines[0].id)), 1).await.unwrap();
        assert_eq!((lines[0].id, lines[0].release_state.as_deref(), more), (plain.0, None, false));
        assert!(hold_list(&stranger, None, 9).await.unwrap().0.is_empty());
    }
}

#[tokio::test]
async fn a_reservation_becomes_a_weightier_hold_without_a_gap() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let (doctor, stranger) = (registry.staff(Role::Doctor).await, stranger(&registry).await);
        let unit = registry.unit(1, Ownership::Donated, 3).await;
        let patient = registry.patient("P-1").await;
        let technician = registry.staff(Role::HlaTechnician).await;
        let (draft, signed) =
            (registry.report(patient, None).await, registry.report(patient, Some(user(&technician))).await);
        let reserve = async |report, part| {
            let wish = HoldWish { report: Some(report), ..wish(patient, &[(unit, part)]) };
            hold_make(&doctor, wish).await.unwrap()
        };
        let (on_draft, on_signed) = (reserve(draft, 1).await, reserve(signed, 2).await);
        let advance = async |ctx: &Ctx, hold, days| {
            hold_advance(ctx, hold, HoldPurpose::ConfirmatoryTyping, days).await
        };
        assert_eq!(refusal(advance(&doctor, on_draft, 30).await), UnitRefusal::ReportUnsigned.into());
        assert_eq!(hold_file(&doctor, on_draft).await.unwrap().hold.state, "active", "nothing happened");
        assert_eq!(refusal(advance(&stranger, on_signed, 30).await), Refusal::NotFound);
        let most = UnitRefusal::HoldTooLong { days: 30 };
        assert_eq!(refusal(advance(&doctor, on_signed, 31).await), most.into());

        let next = advance(&doctor, on_signed, 30).await.unwrap();
        let (old, new) =
            (hold_file(&doctor, on_signed).await.unwrap(), hold_file(&doctor, next).await.unwrap());
        assert_eq!((old.hold.state.as_str(), old.hold.reason.as_str()), ("cancelled", ADVANCED));
        assert!(old.parts.iter().all(|part| !part.active) && new.parts.iter().all(|part| part.active));
        assert_eq!((new.hold.purpose.as_str(), new.hold.report_id), ("confirmatory_typing", Some(signed.0)));
        let told: Vec<_> = new.parts.iter().map(|part| (part.unit(), part.number())).collect();
        assert_eq!(told, [(unit, 2)]);
        assert_eq!(refusal(advance(&doctor, on_signed, 30).await), UnitRefusal::HoldNotActive.into());
        assert_books_hold(&registry.ctx).await;
    }
}

//! What staff read of units: found by any number, listed page by page, the passport with all that happened.

use domain::access::Role;
use domain::refusal::Refusal;
use domain::registry::{Bar, Din, Ownership, TypingVerdict, UnitStatus};
use service::ServiceError;
use service::registry::desk::lab_desk;
use service::registry::units::{registry_head, unit_find, unit_list, unit_passport};
use testbed::databases;

use crate::units_support::{Registry, confirm};

#[tokio::test]
async fn a_unit_is_found_by_any_of_its_numbers_and_listed_once() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let auditor = registry.staff(Role::Auditor).await;
        assert_eq!(registry_head(&auditor).await.unwrap().number, 0);
        for n in 1..=5 {
            registry.unit(n, Ownership::Donated, 2).await;
        }
        assert_eq!(registry_head(&auditor).await.unwrap().number, 5);
        let din = Din::read("A999926000003").unwrap();
        let checked = format!("={}{}", din.as_str(), din.check().character);
        for typed in ["CN000003", " cn000003 ", "A999926000003", "a9999-26-000003", &checked] {
            let found = unit_find(&auditor, typed).await.unwrap();
            let ids: Vec<&str> = found.iter().map(|line| line.now.unit.registry_id.as_str()).collect();
            assert_eq!(ids, ["CN000003"], "{typed}");
            assert_eq!((found[0].standing.status, found[0].bank.as_str()), (UnitStatus::Available, "CN01"));
        }
        assert_eq!(unit_find(&auditor, "CN000009").await.unwrap().len(), 0);
        let wrong = format!("{}{}", din.as_str(), if din.check().character == 'A' { 'B' } else { 'A' });
        assert_eq!(unit_find(&auditor, &wrong).await.unwrap().len(), 0, "a wrong check character names none");

        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let (lines, next) = unit_list(&auditor, before, 2).await.unwrap();
            seen.extend(lines.into_iter().map(|line| line.now.unit.registry_id));
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["CN000005", "CN000004", "CN000003", "CN000002", "CN000001"]);

        let doctor = registry.staff(Role::Doctor).await;
        let refused = unit_list(&doctor, None, 2).await;
        assert!(matches!(refused, Err(ServiceError::Refused(Refusal::NotAllowed))));
        let refused = unit_find(&doctor, "CN000003").await;
        assert!(matches!(refused, Err(ServiceError::Refused(Refusal::NotAllowed))));
    }
}

#[tokio::test]
async fn a_passport_and_the_lab_desk_follow_what_is_held() {
    for db in databases().await {
        let registry = Registry::open(db).await;
        let lab = registry.staff(Role::Laboratory).await;
        let patient = registry.patient("P1").await;
        let bare = registry.unit(1, Ownership::Family, 1).await;
        let passport = unit_passport(&lab, bare).await.unwrap();
        assert_eq!(passport.versions.len(), 1);
        assert!(passport.file.release_bars.contains(&Bar::NotShared));
        assert!(passport.file.release_bars.contains(&Bar::StepMissing));
        assert_eq!(lab_desk(&lab).await.unwrap().typing.len(), 0);

        let technician = registry.staff(Role::HlaTechnician).await;
        let hold = registry.ready(2, patient, &technician).await;
        assert_eq!(lab_desk(&lab).await.unwrap().typing.len(), 0, "its typing is confirmed");
        let found = unit_find(&lab, "CN000002").await.unwrap();
        let unit = found[0].now.unit.unit_id();
        assert_eq!(found[0].standing.free, [2], "the first compartment is held");
        let passport = unit_passport(&lab, unit).await.unwrap();
        assert_eq!(passport.file.release_bars, []);
        let held: Vec<_> = passport.holds.iter().map(|past| (past.hold.id, past.parts.len())).collect();
        assert_eq!(held, [(hold.0, 1)]);
        assert_eq!(passport.holds[0].hospital.as_ref().map(|(zh, _)| zh.as_str()), Some("演示医院"));
        assert_eq!(passport.people[&passport.holds[0].hold.made_by], "hla_technician");
        assert!(passport.events.iter().any(|event| event.kind == "steps.recorded"));

        confirm(&lab, hold, unit, TypingVerdict::Differs).await.unwrap();
        let manager = registry.staff(Role::RegistryManager).await;
        let refused = lab_desk(&manager).await;
        assert!(matches!(refused, Err(ServiceError::Refused(Refusal::NotAllowed))));
    }
}

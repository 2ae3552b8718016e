//! The registry of a demonstration: the same for the same seed, mixed in ownership, and proved by `spark verify`.

use std::collections::BTreeMap;

use domain::id::UnitId;
use domain::registry::{Ownership, UnitContent};
use store::Db;
use uuid::Uuid;

use crate::spark::Place;

const UNITS: usize = 400;

/// What is known of each unit, by its number in the registry.
type Units = BTreeMap<String, UnitContent>;

/// The units of the demonstration, and how many consents and steps there are.
async fn registry(address: &str) -> (Units, usize, usize) {
    let db = Db::open(address).await.unwrap();
    let ids: Vec<String> = (0..UNITS as u64 + 50).map(|number| format!("DEMO7-{number:07}")).collect();
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut reader = db.read().await.unwrap();
    let mut conn = reader.conn();
    let (mut units, mut steps) = (Units::new(), 0);
    for row in store::unit_batch::units_known(&mut conn, &asked, &[], &[]).await.unwrap() {
        steps += store::process::steps_of_unit(&mut conn, UnitId(row.id)).await.unwrap().len();
        let version = store::unit_batch::versions_now(&mut conn, &[row.id]).await.unwrap().remove(0);
        units.insert(row.registry_id, version.content().unwrap());
    }
    let consents = store::consent::consents_standing(&mut conn).await.unwrap().len();
    (units, consents, steps)
}

#[tokio::test]
async fn the_same_seed_makes_the_same_registry_once_and_its_books_hold() {
    let mut before: Option<Units> = None;
    for db in testbed::databases().await {
        let place = Place::of(&db);
        let demo = ["demo", "--gifts", "0", "--units", "400", "--seed", "7"];
        assert!(place.run(&demo).contains("400 units made"), "{}", db.kind);
        let made = registry(&db.address).await;
        assert_eq!(made.0.len(), UNITS, "{}", db.kind);
        let family = made.0.values().filter(|unit| unit.ownership == Ownership::Family).count();
        assert!((80..=160).contains(&family), "{family} of {UNITS} are families' own");
        assert!((20..=65).contains(&made.1), "{} of {UNITS} are shared", made.1);
        let steps = domain::registry::Step::ALL.len();
        assert_eq!(made.2, UNITS / 200 * steps, "whole processes");
        for count in 1..=5 {
            let some = made.0.values().any(|unit| unit.compartments.len() == count);
            assert!(some, "a unit of {count} compartments");
        }
        // Lists that a kit can't tell apart, and families alone.
        for sign in ["/", ":XX"] {
            assert!(made.0.values().any(|unit| unit.hla.contains(sign)), "{sign}");
        }
        let serology =
            made.0.values().filter(|unit| unit.hla.starts_with("HLA-A2") || unit.hla.starts_with("A2"));
        assert!(serology.count() > 0, "typed by serology");
        let report = place.verify();
        assert!(place.run(&demo).contains("0 units made"), "{}", db.kind);
        assert_eq!(registry(&db.address).await, made, "{}", db.kind);
        let loads = |report: &serde_json::Value| {
            let checks = report["checks"].as_array().unwrap().clone();
            let of_units = checks.into_iter().filter(|check| {
                check["name"].as_str().is_some_and(|name| name.contains("unit") || name.contains("load"))
            });
            of_units.collect::<Vec<_>>()
        };
        assert!(!loads(&report).is_empty());
        assert_eq!(loads(&place.verify()), loads(&report), "a second time writes no load and no version");
        if let Some(other) = before.replace(made.0.clone()) {
            assert_eq!(other, made.0, "both databases have the same units");
        }
        clinic(&db.address).await;
    }
}

async fn clinic(address: &str) {
    let db = Db::open(address).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let mut conn = reader.conn();
    let hospitals = store::hospital::hospitals(&mut conn).await.unwrap();
    assert_eq!(hospitals.len(), 1);
    let doctor = store::staff::staff_by_name(&mut conn, "doctor").await.unwrap().unwrap();
    let bound = store::hospital::staff_hospital(&mut conn, domain::id::UserId(doctor.id)).await.unwrap();
    assert_eq!(bound.map(|id| id.0), Some(hospitals[0].id));
    let last = domain::id::PatientId(Uuid::max());
    assert_eq!(store::patient::patients_list(&mut conn, bound, last, 9).await.unwrap().len(), 3);
}

//! Holds on both databases: one winner, all or nothing, always an end, and nobody else's patients.

use domain::access::Role;
use domain::id::{HoldId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Bar, CompartmentState, DoseVerdict, HoldPurpose, Ownership, UnitStatus};
use futures::future::join_all;
use service::registry::consents::family_name;
use service::registry::hold_files::{hold_file, holds, set_doses};
use service::registry::holds::{HoldWish, hold_cancel, hold_expire, hold_make, hold_prolong};
use service::registry::hospitals::{doctor_bind, hospital_add};
use service::registry::patients::{patient_add, patient_change, patient_file, patients};
use service::registry::standing::unit_file;
use service::work::holds_round;
use service::{Ctx, ServiceError};
use testbed::tamper;
use uuid::Uuid;

use crate::support::{assert_books_hold, refusal};
use crate::units_support::{Registry, later, user, wish};

const DAY: i64 = 24 * 3600;

async fn states(ctx: &Ctx, unit: UnitId) -> Vec<CompartmentState> {
    unit_file(ctx, unit).await.unwrap().now.compartments
}

fn unit_refusal<T: std::fmt::Debug>(answer: Result<T, ServiceError>) -> UnitRefusal {
    match refusal(answer) {
        Refusal::Unit(refusal) => refusal,
        other => panic!("{other:?} is no rule of the registry"),
    }
}

#[tokio::test]
async fn a_hundred_clients_race_for_one_compartment() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let patient = registry.patient("P-1").await;
        // Where several nodes may write, a second one takes part.
        let other = match registry.db.kind {
            "postgres" => testbed::bare_house(&registry.db, 2).await,
            _ => registry.ctx.clone(),
        };
        let tries = (0..100).map(|n| {
            let ctx = if n % 2 == 0 { registry.ctx.clone() } else { other.clone() };
            tokio::spawn(async move { hold_make(&ctx, wish(patient, &[(unit, 1)])).await })
        });
        let (won, lost): (Vec<_>, Vec<_>) =
            join_all(tries).await.into_iter().map(Result::unwrap).partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 99), "{}", registry.db.kind);
        for answer in lost {
            assert_eq!(unit_refusal(answer), UnitRefusal::CompartmentHeld);
        }
        let all = holds(&registry.ctx, HoldId(Uuid::max()), 200).await.unwrap();
        assert_eq!(all.len(), 1, "nothing is left of those that lost");
        assert_books_hold(&registry.ctx).await;
    }
}

/// The rules in front of the database may be wrong one day: its index is not.
#[tokio::test]
async fn the_database_itself_lets_nobody_hold_twice() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let patient = registry.patient("P-1").await;
        hold_make(&registry.ctx, wish(patient, &[(unit, 1)])).await.unwrap();
        // As if the rule saw a free compartment.
        tamper(&registry.db, "update compartment_state set state = 'stored'").await;
        let again = hold_make(&registry.ctx, wish(patient, &[(unit, 1)])).await;
        assert_eq!(unit_refusal(again), UnitRefusal::CompartmentHeld);
    }
}

#[tokio::test]
async fn two_units_are_held_together_or_not_at_all() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let (one, two) =
            (registry.unit(1, Ownership::Donated, 3).await, registry.unit(2, Ownership::Donated, 1).await);
        let patient = registry.patient("P-1").await;
        let taken = hold_make(ctx, wish(patient, &[(two, 1)])).await.unwrap();
        let both = wish(patient, &[(one, 1), (one, 2), (two, 1)]);
        assert_eq!(unit_refusal(hold_make(ctx, both.clone()).await), UnitRefusal::CompartmentHeld);
        assert_eq!(states(ctx, one).await, [CompartmentState::Stored; 3], "nothing of the first is held");
        hold_cancel(ctx, taken, "家属改变主意").await.unwrap();
        let hold = hold_make(ctx, both).await.unwrap();
        assert_eq!(
            states(ctx, one).await,
            [CompartmentState::Held, CompartmentState::Held, CompartmentState::Stored]
        );
        let file = hold_file(ctx, hold).await.unwrap();
        assert_eq!(file.parts.len(), 3);
        // 8,000 × 10⁵ in 20 kg are 400 × 10⁵ per kg; of one compartment 200.
        let tnc: Vec<_> = file.doses.iter().map(|dose| dose.dose.unwrap().tnc_e5).collect();
        assert_eq!(tnc, [Some(400), Some(200)]);
        let alone = set_doses(ctx, &[(two, 1)], Some(20_000)).await.unwrap().remove(0);
        let malignant = alone.verdicts.iter().find(|(policy, _)| policy.code == "malignant").unwrap();
        assert_eq!(malignant.1, DoseVerdict::TooLow, "{}", malignant.0.source);
        let verdicts = &file.doses[1].verdicts;
        assert!(verdicts.iter().any(|(policy, _)| policy.code == "malignant"));
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_hold_ends_by_itself_whether_or_not_the_worker_came() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let patient = registry.patient("P-1").await;
        let first = hold_make(ctx, wish(patient, &[(unit, 1)])).await.unwrap();
        let due = holds_round(ctx).await.unwrap().unwrap();
        assert_eq!(due, ctx.now.plus_seconds(7 * DAY));
        let before = later(ctx, 7 * DAY - 1);
        assert_eq!(
            unit_refusal(hold_make(&before, wish(patient, &[(unit, 1)])).await),
            UnitRefusal::CompartmentHeld
        );
        // Nobody ended it: the next hold does, in its own transaction.
        let after = later(ctx, 7 * DAY);
        assert_eq!(states(&after, unit).await, [CompartmentState::Stored]);
        assert_eq!(unit_refusal(hold_prolong(&after, first, 7).await), UnitRefusal::HoldNotActive);
        let second = hold_make(&after, wish(patient, &[(unit, 1)])).await.unwrap();
        assert_eq!(hold_file(&after, first).await.unwrap().hold.state, "expired");
        assert!(!hold_expire(&after, first).await.unwrap(), "it was over");

        hold_prolong(&later(&after, DAY), second, 7).await.unwrap();
        let still = later(&after, 7 * DAY + 60);
        assert!(!hold_expire(&still, second).await.unwrap(), "it was prolonged");
        let over = later(&after, 8 * DAY);
        assert_eq!(holds_round(&over).await.unwrap(), None);
        assert_eq!(holds_round(&over).await.unwrap(), None, "a second round finds nothing");
        assert_eq!(hold_file(&over, second).await.unwrap().hold.reason, "expired");
        assert_eq!(unit_refusal(hold_cancel(&over, second, "x").await), UnitRefusal::HoldNotActive);
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn what_may_not_be_held() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Donated, 2).await;
        let stored = registry.unit(2, Ownership::Family, 1).await;
        let (patient, other) = (registry.patient("P-1").await, registry.patient("P-2").await);
        let asked = wish(patient, &[(unit, 1)]);
        let refused = async |wish: HoldWish| unit_refusal(hold_make(ctx, wish).await);
        assert_eq!(refused(wish(patient, &[])).await, UnitRefusal::HoldEmpty);
        assert_eq!(refused(wish(patient, &[(unit, 3)])).await, UnitRefusal::CompartmentUnknown);
        assert_eq!(refused(wish(patient, &[(stored, 1)])).await, UnitRefusal::UnitNotShared);
        assert_eq!(
            refused(HoldWish { days: 8, ..asked.clone() }).await,
            UnitRefusal::HoldTooLong { days: 7 }
        );
        let typing = HoldWish { purpose: HoldPurpose::ConfirmatoryTyping, days: 30, ..asked.clone() };
        assert_eq!(refused(typing.clone()).await, UnitRefusal::ReportUnsigned);
        let draft = registry.report(patient, None).await;
        assert_eq!(
            refused(HoldWish { report: Some(draft), ..typing.clone() }).await,
            UnitRefusal::ReportUnsigned
        );
        let technician = user(&registry.staff(Role::HlaTechnician).await);
        let of_other = registry.report(other, Some(technician)).await;
        assert_eq!(
            refused(HoldWish { report: Some(of_other), ..typing.clone() }).await,
            UnitRefusal::ReportUnsigned
        );
        let signed = registry.report(patient, Some(technician)).await;
        // It names the units that there were when it was made, and the patient as typed then.
        let later_unit = registry.unit(8, Ownership::Donated, 1).await;
        let of_later =
            HoldWish { report: Some(signed), parts: vec![(unit, 1), (later_unit, 1)], ..typing.clone() };
        assert_eq!(refused(of_later).await, UnitRefusal::ReportWithoutUnit);
        let typed = |hla: &str| {
            let (code, hla) = ("P-1".into(), hla.into());
            domain::registry::PatientForm { code, hla, ..Default::default() }.read().unwrap()
        };
        patient_change(ctx, patient, typed("A*02:01+A*11:01^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54"))
            .await
            .unwrap();
        let signed = HoldWish { report: Some(signed), ..typing };
        assert_eq!(refused(signed.clone()).await, UnitRefusal::ReportOutdated);
        let spaced = "A*24:02+A*02:01 ^ B*15:01+B*46:01 ^ DRB1*09:01+DRB1*14:54";
        patient_change(ctx, patient, typed(spaced)).await.unwrap();
        hold_make(ctx, signed).await.unwrap();
        let lab = registry.staff(Role::Laboratory).await;
        assert_eq!(refusal(hold_make(&lab, asked.clone()).await), Refusal::NotAllowed);
        service::registry::lab::status_set(&lab, unit, UnitStatus::Unavailable, "qr").await.unwrap();
        assert_eq!(refused(wish(patient, &[(unit, 2)])).await, UnitRefusal::UnitNotAvailable);
        let file = unit_file(ctx, unit).await.unwrap();
        assert_eq!(file.standing.bars, [Bar::BankUnavailable]);
        assert_books_hold(ctx).await;
    }
}

#[tokio::test]
async fn a_doctor_knows_the_own_hospital_only() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Donated, 1).await;
        let patient = registry.patient("P-1").await;
        let doctor = registry.staff(Role::Doctor).await;
        let stranger = registry.staff(Role::Doctor).await;
        let elsewhere = hospital_add(ctx, "另一医院", "Another", false).await.unwrap();
        doctor_bind(ctx, user(&stranger), elsewhere).await.unwrap();
        let asked = wish(patient, &[(unit, 1)]);
        assert_eq!(refusal(hold_make(&stranger, asked.clone()).await), Refusal::NotFound);
        let hold = hold_make(&doctor, asked).await.unwrap();
        assert_eq!(hold_file(&doctor, hold).await.unwrap().hold.made_by, user(&doctor).to_string());
        let patient_of = async |ctx: &Ctx| hold_file(ctx, hold).await.unwrap().patient;
        assert!(patient_of(&doctor).await.diagnosis_sealed.is_some());
        let seen = patient_of(&registry.staff(Role::Laboratory).await).await;
        assert_eq!((seen.code.as_str(), seen.hla.as_str(), seen.weight_g), ("P-1", "", None));
        assert_eq!(seen.diagnosis_sealed, None);
        assert_eq!(refusal(hold_file(&stranger, hold).await), Refusal::NotFound);
        assert_eq!(refusal(hold_cancel(&stranger, hold, "x").await), Refusal::NotFound);
        assert_eq!(refusal(hold_prolong(&stranger, hold, 7).await), Refusal::NotFound);
        assert_eq!(holds(&stranger, HoldId(Uuid::max()), 9).await.unwrap().len(), 0);
        // Each hospital has codes of its own.
        let form =
            || domain::registry::PatientForm { code: "P-1".into(), hla: "A2".into(), ..Default::default() };
        let add = async |ctx: &Ctx, hospital| patient_add(ctx, form().read().unwrap(), hospital, None).await;
        assert_eq!(unit_refusal(add(&doctor, None).await), UnitRefusal::CodeTaken);
        add(ctx, None).await.unwrap();
        assert_eq!(unit_refusal(add(ctx, None).await), UnitRefusal::CodeTaken);
        // Nor what a family keeps for itself, unless for a patient of its own whom one cares for.
        let stored = registry.unit(2, Ownership::Family, 1).await;
        let doses = async |ctx: &Ctx| set_doses(ctx, &[(stored, 1)], None).await;
        assert_eq!(refusal(doses(&doctor).await), Refusal::NotFound);
        family_name(ctx, stored, patient, "户口簿 1").await.unwrap();
        assert_eq!(doses(&doctor).await.unwrap().len(), 1);
        assert_eq!(refusal(doses(&stranger).await), Refusal::NotFound);
        let file = patient_file(&doctor, patient).await.unwrap();
        assert_eq!(file.diagnosis.as_deref(), Some("急性淋巴细胞白血病"));
        let sealed = file.patient.diagnosis_sealed.unwrap();
        assert!(!sealed.windows(6).any(|w| w == "急性".as_bytes()), "nothing of it is in the table");
        assert_eq!(refusal(patient_file(&stranger, patient).await), Refusal::NotFound);
        let facts = domain::registry::PatientForm {
            code: "P-1".into(),
            hla: "A2".into(),
            weight: "21.5".into(),
            ..Default::default()
        };
        let facts = facts.read().unwrap();
        assert_eq!(refusal(patient_change(&stranger, patient, facts.clone()).await), Refusal::NotFound);
        patient_change(&doctor, patient, facts).await.unwrap();
        let list = patients(&doctor, domain::id::PatientId(Uuid::max()), 9).await.unwrap();
        assert_eq!((list.len(), list[0].weight_g), (1, Some(21_500)));
        assert_eq!(patients(&stranger, domain::id::PatientId(Uuid::max()), 9).await.unwrap().len(), 0);
        assert_books_hold(ctx).await;
    }
}

/// Rows, event and change are one transaction: when the event cannot be written, nothing else was.
#[tokio::test]
async fn a_hold_without_its_event_never_was() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Donated, 2).await;
        let patient = registry.patient("P-1").await;
        hold_make(ctx, wish(patient, &[(unit, 1)])).await.unwrap();
        tamper(&registry.db, "create unique index boom on audit_event (kind) where kind = 'hold.made'").await;
        let before = registry_number(ctx).await;
        let lost = hold_make(ctx, wish(patient, &[(unit, 2)])).await;
        assert!(matches!(lost, Err(ServiceError::Store(_))), "{lost:?}");
        assert_eq!(states(ctx, unit).await, [CompartmentState::Held, CompartmentState::Stored]);
        assert_eq!(holds(ctx, HoldId(Uuid::max()), 9).await.unwrap().len(), 1);
        assert_eq!(registry_number(ctx).await, before);
        tamper(&registry.db, "drop index boom").await;
        hold_make(ctx, wish(patient, &[(unit, 2)])).await.unwrap();
        assert!(registry_number(ctx).await > before);
        assert_books_hold(ctx).await;
    }
}

async fn registry_number(ctx: &Ctx) -> i64 {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::change::head(&mut reader.conn()).await.unwrap()
}

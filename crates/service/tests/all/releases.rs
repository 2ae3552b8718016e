//! Releases on both databases: two pairs of eyes at each gate, one way only, and nothing leaves that a rule bars.

use domain::access::Role;
use domain::id::{HoldId, UnitReleaseId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{Bar, CompartmentState, Ownership, ReleaseState, Step, StepVerdict, TypingVerdict};
use service::registry::desk::{lab_desk, release_job};
use service::registry::dispatch::{release_check, release_log, release_outcome, release_ship};
use service::registry::hold_files::hold_file;
use service::registry::holds::{hold_make, hold_prolong};
use service::registry::lab::{StepDone, status_set, steps_record, typing_record};
use service::registry::releases::{release_authorize, release_cancel, release_file, release_order, releases};
use service::registry::standing::unit_file;
use service::{Answer, Ctx};
use uuid::Uuid;

use crate::support::{assert_books_hold, refusal};
use crate::units_support::{Registry, confirm, done, later, wish};

fn refused<T: std::fmt::Debug>(answer: Answer<T>, rule: UnitRefusal) {
    assert_eq!(refusal(answer), Refusal::Unit(rule));
}

/// Everybody whom a release needs.
struct People {
    doctor: Ctx,
    manager: Ctx,
    first: Ctx,
    second: Ctx,
}

async fn people(registry: &Registry) -> People {
    People {
        doctor: registry.staff(Role::Doctor).await,
        manager: registry.staff(Role::RegistryManager).await,
        first: registry.staff(Role::Laboratory).await,
        second: registry.staff(Role::Laboratory).await,
    }
}

fn bag(n: u32) -> Vec<String> {
    vec![format!("=A999926{n:06}")]
}

#[tokio::test]
async fn a_unit_goes_from_its_hold_to_the_patient() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, first, second } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &doctor).await;
        let unit = hold_file(&doctor, hold).await.unwrap().parts[0].unit();
        let release = release_order(&doctor, hold, None).await.unwrap();
        refused(hold_prolong(&doctor, hold, 60).await, UnitRefusal::HoldNotActive);
        refused(release_order(&doctor, hold, None).await, UnitRefusal::HoldNotActive);
        refused(release_check(&first, release, &bag(1)).await, UnitRefusal::ReleaseNotInState);
        assert_eq!(refusal(release_authorize(&doctor, release).await), Refusal::NotAllowed);
        release_authorize(&manager, release).await.unwrap();

        refused(release_ship(&first, release, "DS-7").await, UnitRefusal::IdentityUnchecked);
        refused(release_check(&first, release, &bag(2)).await, UnitRefusal::IdentityDisagrees);
        refused(release_check(&first, release, &[]).await, UnitRefusal::IdentityDisagrees);
        let on = if registry.db.kind == "postgres" { " on unit" } else { "" };
        testbed::tamper(&registry.db, &format!("drop trigger unit_stays{on}")).await;
        // A number that is this unit's DIN and another unit's id tells nothing; an id is known as it is written.
        let (other, din) = (registry.unit(2, Ownership::Donated, 1).await, &bag(1)[0][1..]);
        let rename = async |unit: domain::id::UnitId, id: &str| {
            let unit = crate::units_support::sql_id(&registry.db, unit.0);
            testbed::tamper(&registry.db, &format!("update unit set registry_id = '{id}' where id = {unit}"))
                .await;
        };
        rename(other, din).await;
        refused(release_check(&first, release, &bag(1)).await, UnitRefusal::IdentityDisagrees);
        rename(other, "CN000002").await;
        rename(unit, "cn-1").await;
        refused(release_check(&first, release, &["CN-1".to_owned()]).await, UnitRefusal::IdentityDisagrees);
        release_check(&first, release, &[" cn-1".to_owned()]).await.unwrap();
        rename(unit, "CN000001").await;
        refused(release_check(&first, release, &bag(1)).await, UnitRefusal::SecondPersonNeeded);
        refused(release_ship(&first, release, "DS-7").await, UnitRefusal::IdentityUnchecked);
        release_check(&second, release, &["CN000001".to_owned()]).await.unwrap();
        refused(release_log(&first, release, "2026-11-22 12:00,-190").await, UnitRefusal::ReleaseNotInState);
        assert_eq!(release_job(&first, release).await.unwrap().log, None);
        release_ship(&first, release, "DS-7").await.unwrap();
        refused(release_cancel(&manager, release, "太晚").await, UnitRefusal::ReleaseNotInState);
        let states = unit_file(&manager, unit).await.unwrap().now.compartments;
        assert_eq!(states, [CompartmentState::Shipped, CompartmentState::Stored]);

        let arrived = |ctx: &Ctx| later(ctx, 24 * 3600);
        let log = "time,temperature\n2026-11-22 12:00,-190.4\n2026-11-22 18:00,-148.0\n";
        refused(release_log(&first, release, log).await, UnitRefusal::TimeImpossible);
        let summary = release_log(&arrived(&first), release, log).await.unwrap();
        assert_eq!((summary.warmest_dc, summary.too_warm, summary.longest_gap), (-1480, 1, 6 * 3600));
        assert_eq!(release_job(&first, release).await.unwrap().log, Some(summary));
        refused(release_log(&arrived(&first), release, log).await, UnitRefusal::LogAttached);
        refused(
            release_outcome(&doctor, release, ReleaseState::Authorized, "x").await,
            UnitRefusal::ReleaseNotInState,
        );
        release_outcome(&arrived(&doctor), release, ReleaseState::Infused, "").await.unwrap();
        refused(
            release_outcome(&doctor, release, ReleaseState::Returned, "x").await,
            UnitRefusal::ReleaseNotInState,
        );
        let file = release_file(&doctor, release).await.unwrap();
        assert_eq!(file.release.state, "infused");
        assert_eq!((file.log.unwrap().readings, file.parts[0].active), (2, false));
        // What is gone stays gone, whoever says otherwise.
        refused(hold_make(&doctor, wish(patient, &[(unit, 1)])).await, UnitRefusal::CompartmentGone);
        hold_make(&doctor, wish(patient, &[(unit, 2)])).await.unwrap();
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn a_release_needs_confirmed_typing_a_hospital_and_a_second_person() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, .. } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &manager).await;
        let unit = hold_file(&manager, hold).await.unwrap().parts[0].unit();
        confirm(&registry.ctx, hold, unit, TypingVerdict::Differs).await.unwrap();
        refused(release_order(&manager, hold, None).await, UnitRefusal::TypingUnconfirmed);
        confirm(&registry.ctx, hold, unit, TypingVerdict::Confirmed).await.unwrap();
        assert_eq!(
            refusal(release_order(&registry.ctx, hold, None).await),
            Refusal::NotAllowed,
            "no program orders"
        );
        let nowhere = domain::id::HospitalId(Uuid::from_u128(1));
        assert_eq!(refusal(release_order(&manager, hold, Some(nowhere)).await), Refusal::ChoiceUnknown);
        let release = release_order(&manager, hold, None).await.unwrap();
        refused(release_authorize(&manager, release).await, UnitRefusal::SecondPersonNeeded);
        let other = registry.staff(Role::RegistryManager).await;
        release_authorize(&other, release).await.unwrap();
        refused(release_authorize(&other, release).await, UnitRefusal::ReleaseNotInState);

        // Cancelled before it left: free again, and the hold stays closed.
        release_cancel(&doctor, release, "病情变化").await.unwrap();
        assert_eq!(unit_file(&manager, unit).await.unwrap().now.compartments, [CompartmentState::Stored; 2]);
        assert_eq!(hold_file(&manager, hold).await.unwrap().hold.state, "released");
        refused(release_cancel(&doctor, release, "x").await, UnitRefusal::ReleaseNotInState);
        let stranger = registry.staff(Role::Doctor).await;
        let elsewhere =
            service::registry::hospitals::hospital_add(&registry.ctx, "另一医院", "Another", false);
        let elsewhere = elsewhere.await.unwrap();
        let of = crate::units_support::user(&stranger);
        service::registry::hospitals::doctor_bind(&registry.ctx, of, elsewhere).await.unwrap();
        assert_eq!(refusal(release_file(&stranger, release).await), Refusal::NotFound);
        assert_eq!(refusal(release_cancel(&stranger, release, "x").await), Refusal::NotFound);
        assert_eq!(releases(&stranger, UnitReleaseId(Uuid::max()), 9).await.unwrap().len(), 0);
        assert_eq!(releases(&doctor, UnitReleaseId(Uuid::max()), 9).await.unwrap().len(), 1);
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn the_process_bars_a_release_until_it_is_whole() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, first, second } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &doctor).await;
        let unit = hold_file(&doctor, hold).await.unwrap().parts[0].unit();
        let from = registry.ctx.now.plus_seconds(-36_000);
        let again = async |step: StepDone| steps_record(&first, unit, vec![step]).await.unwrap();
        let bars = async || unit_file(&manager, unit).await.unwrap().release_bars;
        again(StepDone { verdict: StepVerdict::Failed, ..done(Step::BacterialCultured, from) }).await;
        assert_eq!(bars().await, [Bar::StepFailed]);
        refused(release_order(&doctor, hold, None).await, UnitRefusal::ReleaseBarred);
        again(done(Step::BacterialCultured, from)).await;
        let early = StepDone { started_at: from, ..done(Step::DmsoAdded, from) };
        again(early).await;
        assert_eq!(bars().await, [Bar::StepOutOfOrder]);
        refused(release_order(&doctor, hold, None).await, UnitRefusal::ReleaseBarred);
        again(done(Step::DmsoAdded, from)).await;
        let release = release_order(&doctor, hold, None).await.unwrap();
        // Something turns up at each later gate.
        let fails = StepDone { verdict: StepVerdict::Failed, ..done(Step::HivTested, from) };
        again(fails.clone()).await;
        refused(release_authorize(&manager, release).await, UnitRefusal::ReleaseBarred);
        again(done(Step::HivTested, from)).await;
        release_authorize(&manager, release).await.unwrap();
        release_check(&first, release, &bag(1)).await.unwrap();
        release_check(&second, release, &bag(1)).await.unwrap();
        again(fails).await;
        refused(release_ship(&first, release, "DS-7").await, UnitRefusal::ReleaseBarred);
        refused(
            steps_record(&first, unit, vec![done(Step::HivTested, registry.ctx.now)]).await,
            UnitRefusal::TimeImpossible,
        );
        assert_books_hold(&registry.ctx).await;
    }
}

/// What was sent may wait for weeks to be told of: it does not keep what is to be packed off the desk.
#[tokio::test]
async fn what_is_to_be_packed_comes_before_what_is_on_its_way() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, first, second } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let mut ordered = Vec::new();
        for n in [1, 2] {
            let hold = registry.ready(n, patient, &doctor).await;
            let release = release_order(&later(&doctor, n.into()), hold, None).await.unwrap();
            release_authorize(&manager, release).await.unwrap();
            ordered.push(release);
        }
        release_check(&first, ordered[0], &bag(1)).await.unwrap();
        release_check(&second, ordered[0], &bag(1)).await.unwrap();
        release_ship(&first, ordered[0], "DS-7").await.unwrap();
        let desk = lab_desk(&first).await.unwrap();
        let shown: Vec<_> = desk.releases.iter().map(|job| UnitReleaseId(job.release.id)).collect();
        assert_eq!(shown, [ordered[1], ordered[0]]);
    }
}

/// The typing is what the unit was chosen by: when it changes, or is found to differ, nothing leaves until it is confirmed.
#[tokio::test]
async fn a_typing_that_changed_since_it_was_confirmed_bars_the_release() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, first, second } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &doctor).await;
        let unit = hold_file(&doctor, hold).await.unwrap().parts[0].unit();
        let other = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:05";
        let typed =
            async |hla: &str| typing_record(&first, unit, hla, "dna", first.now.date()).await.unwrap();
        typed(other).await;
        refused(release_order(&doctor, hold, None).await, UnitRefusal::TypingUnconfirmed);
        let confirm = async |verdict| confirm(&first, hold, unit, verdict).await.unwrap();
        confirm(TypingVerdict::Confirmed).await;
        let release = release_order(&doctor, hold, None).await.unwrap();
        typed("A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54").await;
        refused(release_authorize(&manager, release).await, UnitRefusal::TypingUnconfirmed);
        typed(other).await;
        release_authorize(&manager, release).await.unwrap();
        release_check(&first, release, &bag(1)).await.unwrap();
        release_check(&second, release, &bag(1)).await.unwrap();
        // The segment is typed once more while the bag is packed.
        confirm(TypingVerdict::Differs).await;
        refused(release_ship(&first, release, "DS-7").await, UnitRefusal::TypingUnconfirmed);
        confirm(TypingVerdict::Confirmed).await;
        release_ship(&first, release, "DS-7").await.unwrap();
        let late = crate::units_support::confirm(&first, hold, unit, TypingVerdict::Differs).await;
        refused(late, UnitRefusal::HoldNotActive);
        assert_books_hold(&registry.ctx).await;
    }
}

/// Loads see to it that the numbers of held compartments stay; should they not one day, nothing leaves by a wrong number.
#[tokio::test]
async fn a_compartment_that_the_unit_has_no_more_does_not_leave() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let doctor = registry.staff(Role::Doctor).await;
        let patient = registry.patient("P-1").await;
        let hold = registry.ready(1, patient, &doctor).await;
        let off = match registry.db.kind {
            "postgres" => "drop trigger unit_version_stays on unit_version",
            _ => "drop trigger unit_version_stays",
        };
        testbed::tamper(&registry.db, off).await;
        testbed::tamper(&registry.db, "update unit_version set compartments = '[]'").await;
        refused(release_order(&doctor, hold, None).await, UnitRefusal::CompartmentUnknown);
    }
}

#[tokio::test]
async fn a_unit_that_has_left_is_not_called_available_again() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let People { doctor, manager, first, second } = people(&registry).await;
        let patient = registry.patient("P-1").await;
        let hold: HoldId = registry.ready(1, patient, &doctor).await;
        let unit = hold_file(&doctor, hold).await.unwrap().parts[0].unit();
        let both = hold_make(&doctor, wish(patient, &[(unit, 2)])).await.unwrap();
        use domain::registry::UnitStatus::{Available, Gone};
        refused(status_set(&first, unit, Gone, "cd").await, UnitRefusal::CompartmentHeld);
        service::registry::holds::hold_cancel(&doctor, both, "够了").await.unwrap();
        let release = release_order(&doctor, hold, None).await.unwrap();
        release_authorize(&manager, release).await.unwrap();
        release_check(&first, release, &bag(1)).await.unwrap();
        release_check(&second, release, &bag(1)).await.unwrap();
        release_ship(&first, release, "DS-7").await.unwrap();
        release_outcome(&doctor, release, ReleaseState::Returned, "").await.unwrap_err();
        release_outcome(&doctor, release, ReleaseState::Returned, "病人转院").await.unwrap();
        status_set(&first, unit, Available, "").await.unwrap();

        let single = registry.unit(9, Ownership::Donated, 1).await;
        testbed::tamper(
            &registry.db,
            &format!(
                "insert into compartment_state (unit_id, compartment, state, event_chain, event_seq) \
                 values ({}, 1, 'discarded', 1, 0)",
                crate::units_support::sql_id(&registry.db, single.0)
            ),
        )
        .await;
        refused(status_set(&first, single, Available, "").await, UnitRefusal::CompartmentGone);
    }
}

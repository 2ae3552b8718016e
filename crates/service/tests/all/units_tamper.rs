//! Whoever has the database's password can change rows of the registry; `verify` names what was changed.

use domain::access::Role;
use domain::id::BankId;
use domain::registry::{Ownership, Place, ReleaseState};
use service::registry::consents::{consent_record, consent_withdraw, family_name, family_unname};
use service::registry::dispatch::{release_check, release_log, release_outcome, release_ship};
use service::registry::holds::hold_make;
use service::registry::releases::{release_authorize, release_order};
use service::registry::storage::{Warm, bag_move, excursion_record};
use testbed::tamper;

use crate::api_support::two_banks;
use crate::support::{assert_books_hold, checks};
use crate::units_support::{BANK, Registry, later, wish};

/// Tables whose rows the database itself keeps as they are.
const APPEND_ONLY: [&str; 6] = [
    "process_step",
    "confirmatory_typing",
    "unit_family",
    "unit_family_end",
    "unit_version",
    "release_temperature",
];

/// One of everything.
async fn full(registry: &Registry) {
    let ctx = &registry.ctx;
    let doctor = registry.staff(Role::Doctor).await;
    let manager = registry.staff(Role::RegistryManager).await;
    let (first, second) = (registry.staff(Role::Laboratory).await, registry.staff(Role::Laboratory).await);
    let patient = registry.patient("P-1").await;
    let hold = registry.ready(1, patient, &doctor).await;
    let release = release_order(&doctor, hold, None).await.unwrap();
    release_authorize(&manager, release).await.unwrap();
    release_check(&first, release, &["CN000001".to_owned()]).await.unwrap();
    release_check(&second, release, &["CN000001".to_owned()]).await.unwrap();
    release_ship(&first, release, "DS-7").await.unwrap();
    release_log(&later(&first, 3600), release, "2026-11-22 12:00,-190\n2026-11-22 12:30,-189\n")
        .await
        .unwrap();
    release_outcome(&doctor, release, ReleaseState::Infused, "").await.unwrap();
    let stored = registry.unit(2, Ownership::Family, 2).await;
    family_name(ctx, stored, patient, "户口簿 1").await.unwrap();
    let other = registry.patient("P-2").await;
    family_name(ctx, stored, other, "户口簿 2").await.unwrap();
    family_unname(ctx, stored, other, "误登").await.unwrap();
    consent_record(ctx, stored, ctx.now.date(), "档案 1").await.unwrap();
    consent_withdraw(ctx, stored).await.unwrap();
    hold_make(ctx, wish(patient, &[(stored, 1)])).await.unwrap();
    let place =
        |slot: &str| Place { tank: "T1".into(), rack: "1".into(), box_: "1".into(), slot: slot.into() };
    bag_move(ctx, stored, 2, &place("1")).await.unwrap();
    bag_move(ctx, stored, 2, &place("2")).await.unwrap();
    let now = later(ctx, 60);
    let (began_at, ended_at) = (ctx.now, Some(now.now));
    let (bank, tank, note) = (BankId(BANK), "T9".into(), "断电".into());
    let warm = Warm { bank, tank, began_at, ended_at, warmest_dc: -1400, note };
    excursion_record(&now, warm).await.unwrap();
}

async fn drop_triggers(registry: &Registry, table: &str) {
    let sql = match registry.db.kind {
        "postgres" => format!("drop trigger {table}_stays on {table}"),
        _ => format!("drop trigger {table}_stays; drop trigger {table}_kept"),
    };
    tamper(&registry.db, &sql).await;
}

/// A change by hand, how it is taken back, and the check that must name it.
const CHANGES: [(&str, &str, &str); 26] = [
    ("patient set weight_g = weight_g + 1", "patient set weight_g = weight_g - 1", "patients_follow_events"),
    (
        "patient set hla = hla || 'x'",
        "patient set hla = substr(hla, 1, length(hla) - 1)",
        "patients_follow_events",
    ),
    ("hospital set abroad = not abroad", "hospital set abroad = not abroad", "hospitals_follow_events"),
    (
        "sharing_consent set revoked_at = revoked_at + 1",
        "sharing_consent set revoked_at = revoked_at - 1",
        "consents_follow_events",
    ),
    ("hold set expires_at = expires_at + 1", "hold set expires_at = expires_at - 1", "holds_follow_events"),
    (
        "hold set reason = 'x' where state = 'active'",
        "hold set reason = '' where state = 'active'",
        "holds_follow_events",
    ),
    (
        "hold_compartment set compartment = 2 where active",
        "hold_compartment set compartment = 1 where active",
        "held_parts_equal_compartments",
    ),
    (
        "hold_compartment set active = not active where not active",
        "hold_compartment set active = not active where hold_id in (select hold_id from unit_release)",
        "held_parts_have_holds",
    ),
    (
        "compartment_state set state = 'stored' where state = 'held'",
        "compartment_state set state = 'held' where state = 'stored'",
        "compartments_follow_events",
    ),
    (
        "compartment_state set state = 'returned' where state = 'infused'",
        "compartment_state set state = 'infused' where state = 'returned'",
        "releases_have_holds",
    ),
    (
        "unit_release set authorized_by = checked_by_first",
        "unit_release set authorized_by = (select id from staff_user where roles = 'registry_manager')",
        "releases_follow_events",
    ),
    ("unit_release set shipper = 'DS-8'", "unit_release set shipper = 'DS-7'", "releases_follow_events"),
    ("unit_release set state = 'returned'", "unit_release set state = 'infused'", "compartments_have_holds"),
    (
        "release_temperature set temperature_dc = temperature_dc - 1",
        "release_temperature set temperature_dc = temperature_dc + 1",
        "temperature_logs_follow_events",
    ),
    (
        "temperature_excursion set review = 'harmless'",
        "temperature_excursion set review = ''",
        "excursions_follow_events",
    ),
    (
        "process_step set operator = operator || 'x' where position = 7",
        "process_step set operator = substr(operator, 1, length(operator) - 1) where position = 7",
        "events_equal_rows",
    ),
    (
        "process_step set verdict = 'noted' where position = 60",
        "process_step set verdict = 'passed' where position = 60",
        "events_equal_rows",
    ),
    (
        "confirmatory_typing set verdict = 'differs'",
        "confirmatory_typing set verdict = 'confirmed'",
        "events_equal_rows",
    ),
    (
        "unit_version set tnc_e5 = tnc_e5 + 1 where source = 'consent'",
        "unit_version set tnc_e5 = tnc_e5 - 1 where source = 'consent'",
        "events_equal_rows",
    ),
    ("storage_move set tank = 'T2'", "storage_move set tank = 'T1'", "events_equal_rows"),
    (
        "storage_move set bank_id = (select id from bank where code = 'CN02')",
        "storage_move set bank_id = (select id from bank where code = 'CN01')",
        "bags_lie_in_their_own_bank",
    ),
    (
        "temperature_excursion set bank_id = null",
        "temperature_excursion set bank_id = (select id from bank where code = 'CN01')",
        "excursions_follow_events",
    ),
    (
        "storage_move set current = not current where slot = '2'",
        "storage_move set current = not current where slot = '2'",
        "bags_lie_where_they_were_moved",
    ),
    (
        "unit_family set evidence = evidence || 'x'",
        "unit_family set evidence = substr(evidence, 1, length(evidence) - 1)",
        "events_equal_rows",
    ),
    (
        "unit_family_end set named_seq = named_seq + 1",
        "unit_family_end set named_seq = named_seq - 1",
        "events_equal_rows",
    ),
    (
        "unit_family set event_seq = event_seq + 1",
        "unit_family set event_seq = event_seq - 1",
        "events_equal_rows",
    ),
];

#[tokio::test]
async fn each_changed_row_is_named() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        full(&registry).await;
        assert_books_hold(&registry.ctx).await;
        for table in APPEND_ONLY {
            let column = if table == "release_temperature" { "at" } else { "event_seq" };
            for sql in [format!("update {table} set {column} = {column}"), format!("delete from {table}")] {
                let refused = testbed::try_sql(&registry.db, &sql).await.unwrap_err();
                assert!(refused.contains("append only"), "{}: {sql}: {refused}", registry.db.kind);
            }
            drop_triggers(&registry, table).await;
        }
        for (change, back, check) in CHANGES {
            tamper(&registry.db, &format!("update {change}")).await;
            let found = checks(&registry.ctx).await;
            let wrong = found.iter().find(|found| found.name == check).unwrap();
            assert!(wrong.wrong.is_some(), "{}: {change}: {check} saw nothing", registry.db.kind);
            tamper(&registry.db, &format!("update {back}")).await;
        }
        assert_books_hold(&registry.ctx).await;
    }
}

#[tokio::test]
async fn an_added_or_removed_row_is_named() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        full(&registry).await;
        for table in APPEND_ONLY {
            drop_triggers(&registry, table).await;
        }
        let removals = [
            ("release_temperature", "temperature_logs_follow_events"),
            ("temperature_excursion", "excursions_follow_events"),
            ("storage_move", "events_equal_rows"),
            ("unit_family", "events_equal_rows"),
            ("unit_family_end", "events_equal_rows"),
            ("staff_hospital", "doctors_follow_events"),
            ("compartment_state", "compartments_follow_events"),
        ];
        for (table, check) in removals {
            tamper(&registry.db, &format!("create table kept as select * from {table}")).await;
            tamper(&registry.db, &format!("delete from {table}")).await;
            let found = checks(&registry.ctx).await;
            let wrong = found.iter().find(|found| found.name == check).unwrap().wrong.clone();
            assert!(wrong.is_some(), "{}: {table}: {check} saw nothing", registry.db.kind);
            tamper(&registry.db, &format!("insert into {table} select * from kept; drop table kept")).await;
        }
        assert_books_hold(&registry.ctx).await;
    }
}

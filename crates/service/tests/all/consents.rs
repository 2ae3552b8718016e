//! A family's consent: what it opens, and what its withdrawal ends, in the same transaction.

use domain::access::Role;
use domain::id::UnitReleaseId;
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::{HoldPurpose, Ownership, TypingVerdict};
use service::registry::consents::{
    Ended, consent_record, consent_withdraw, consents, family_name, family_unname,
};
use service::registry::hold_files::hold_file;
use service::registry::holds::{HoldWish, hold_make};
use service::registry::releases::{release_file, release_order};
use service::registry::standing::unit_file;
use store::change::{ChangeOf, changes_after};

use crate::support::{assert_books_hold, refusal};
use crate::units_support::{Registry, confirm, user, wish};

#[tokio::test]
async fn withdrawing_a_consent_ends_what_strangers_hold() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Family, 3).await;
        let given = registry.unit(2, Ownership::Donated, 1).await;
        registry.process(unit).await;
        let (stranger, own) = (registry.patient("P-1").await, registry.patient("P-2").await);
        let today = ctx.now.date();
        assert_eq!(
            refusal(consent_record(ctx, given, today, "档案 1").await),
            UnitRefusal::UnitNotFamily.into()
        );
        assert!(family_name(ctx, unit, own, "户口簿 1").await.unwrap());
        assert!(!family_name(ctx, unit, own, "户口簿 1").await.unwrap(), "named before");
        let for_own = hold_make(ctx, wish(own, &[(unit, 3)])).await.unwrap();
        assert_eq!(
            refusal(hold_make(ctx, wish(stranger, &[(unit, 1)])).await),
            UnitRefusal::UnitNotShared.into()
        );

        consent_record(ctx, unit, today, "档案 1").await.unwrap();
        assert_eq!(
            refusal(consent_record(ctx, unit, today, "档案 2").await),
            UnitRefusal::ConsentStands.into()
        );
        // One hold over two units: it ends whole, the donated unit's compartment is free again.
        let held = hold_make(ctx, wish(stranger, &[(unit, 1), (given, 1)])).await.unwrap();
        let ordered = ordered(&registry, unit, stranger).await;
        let mut reader = ctx.house.db.read().await.unwrap();
        let before = store::change::head(&mut reader.conn()).await.unwrap();
        drop(reader);

        let manager = registry.staff(Role::RegistryManager).await;
        let ended = consent_withdraw(&manager, unit).await.unwrap();
        assert_eq!(ended, Ended { holds: 1, releases: 1 });
        let hold = hold_file(ctx, held).await.unwrap().hold;
        assert_eq!((hold.state.as_str(), hold.reason.as_str()), ("cancelled", "consent_withdrawn"));
        assert_eq!(release_file(ctx, ordered).await.unwrap().release.state, "cancelled");
        assert_eq!(hold_file(ctx, for_own).await.unwrap().hold.state, "active", "the family's own stays");
        let mut reader = ctx.house.db.read().await.unwrap();
        let changes = changes_after(&mut reader.conn(), before, 99).await.unwrap();
        assert!(changes.iter().any(|change| change.of() == ChangeOf::Unit(unit)), "every node is told");
        drop(reader);

        for parts in [&[(unit, 1)][..], &[(unit, 2), (given, 1)]] {
            assert_eq!(
                refusal(hold_make(ctx, wish(stranger, parts)).await),
                UnitRefusal::UnitNotShared.into()
            );
        }
        hold_make(ctx, wish(stranger, &[(given, 1)])).await.unwrap();
        assert_eq!(refusal(consent_withdraw(ctx, unit).await), UnitRefusal::ConsentMissing.into());
        // The old paper does not bring it back, nor one that was signed before.
        let yesterday = ctx.now.plus_seconds(-24 * 3600).date();
        let refused = async |day, paper: &str| refusal(consent_record(ctx, unit, day, paper).await);
        assert_eq!(refused(today, "档案　1").await, UnitRefusal::ConsentPaperWithdrawn.into());
        assert_eq!(refused(yesterday, "档案 3").await, UnitRefusal::ConsentWithdrawnSince.into());
        consent_record(ctx, unit, today, "档案 3").await.unwrap();
        assert_eq!(consents(ctx, unit).await.unwrap().len(), 2);
        let lab = registry.staff(Role::Laboratory).await;
        assert_eq!(refusal(consent_withdraw(&lab, unit).await), Refusal::NotAllowed);
        assert_books_hold(ctx).await;
    }
}

/// A release of the second compartment, ordered.
async fn ordered(
    registry: &Registry,
    unit: domain::id::UnitId,
    patient: domain::id::PatientId,
) -> UnitReleaseId {
    let technician = registry.staff(Role::HlaTechnician).await;
    let report = registry.report(patient, Some(user(&technician))).await;
    let asked = wish(patient, &[(unit, 2)]);
    let asked = HoldWish { report: Some(report), purpose: HoldPurpose::Transplant, ..asked };
    let hold = hold_make(&registry.ctx, asked).await.unwrap();
    confirm(&registry.ctx, hold, unit, TypingVerdict::Confirmed).await.unwrap();
    let doctor = registry.staff(Role::Doctor).await;
    release_order(&doctor, hold, None).await.unwrap()
}

/// Holds are asked for while the consent is withdrawn: whoever comes after it gets none, and nothing of before stays.
#[tokio::test]
async fn a_consent_withdrawn_meanwhile_leaves_no_hold() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Family, 5).await;
        let patient = registry.patient("P-1").await;
        consent_record(ctx, unit, ctx.now.date(), "档案 1").await.unwrap();
        let asking: Vec<_> = (0..40_u8)
            .map(|n| {
                let ctx = ctx.clone();
                tokio::spawn(async move { hold_make(&ctx, wish(patient, &[(unit, n % 5 + 1)])).await })
            })
            .collect();
        let withdrawn = consent_withdraw(ctx, unit).await.unwrap();
        let mut won = 0;
        for answer in asking {
            match answer.await.unwrap() {
                Ok(hold) => {
                    won += 1;
                    assert_eq!(hold_file(ctx, hold).await.unwrap().hold.state, "cancelled");
                }
                Err(error) => {
                    let refused = refusal::<()>(Err(error));
                    let rules = [UnitRefusal::UnitNotShared, UnitRefusal::CompartmentHeld];
                    assert!(rules.map(Refusal::from).contains(&refused), "{refused:?}");
                }
            }
        }
        assert_eq!(withdrawn.holds, won, "{}", registry.db.kind);
        assert_books_hold(ctx).await;
    }
}

/// Whoever was named by mistake is a stranger again, with what follows from that.
#[tokio::test]
async fn a_patient_named_wrongly_is_taken_back() {
    for db in testbed::databases().await {
        let registry = Registry::open(db).await;
        let ctx = &registry.ctx;
        let unit = registry.unit(1, Ownership::Family, 3).await;
        registry.process(unit).await;
        let (own, wrong) = (registry.patient("P-1").await, registry.patient("P-2").await);
        assert_eq!(refusal(family_name(ctx, unit, wrong, " ").await), Refusal::Required);
        for patient in [own, wrong] {
            assert!(family_name(ctx, unit, patient, "户口簿 1").await.unwrap());
        }
        let stays = hold_make(ctx, wish(own, &[(unit, 3)])).await.unwrap();
        let held = hold_make(ctx, wish(wrong, &[(unit, 1)])).await.unwrap();
        let ordered = ordered(&registry, unit, wrong).await;
        let lab = registry.staff(Role::Laboratory).await;
        assert_eq!(refusal(family_unname(&lab, unit, wrong, "x").await), Refusal::NotAllowed);
        assert_eq!(refusal(family_unname(ctx, unit, wrong, "").await), Refusal::Required);
        let ended = family_unname(ctx, unit, wrong, "另一家庭的患者").await.unwrap();
        assert_eq!(ended, Ended { holds: 1, releases: 1 });
        let hold = hold_file(ctx, held).await.unwrap().hold;
        assert_eq!((hold.state.as_str(), hold.reason.as_str()), ("cancelled", "no_family"));
        assert_eq!(release_file(ctx, ordered).await.unwrap().release.state, "cancelled");
        assert_eq!(hold_file(ctx, stays).await.unwrap().hold.state, "active");
        assert_eq!(unit_file(ctx, unit).await.unwrap().family, [own]);
        let again = async || refusal(hold_make(ctx, wish(wrong, &[(unit, 1)])).await);
        assert_eq!(again().await, UnitRefusal::UnitNotShared.into());
        assert_eq!(refusal(family_unname(ctx, unit, wrong, "x").await), Refusal::NotFound, "it is over");
        assert_books_hold(ctx).await;

        // It may turn out that it was right after all; and what is shared is shared with strangers, too.
        assert!(family_name(ctx, unit, wrong, "出生证明 2").await.unwrap());
        hold_make(ctx, wish(wrong, &[(unit, 1)])).await.unwrap();
        consent_record(ctx, unit, ctx.now.date(), "档案 1").await.unwrap();
        let ended = family_unname(ctx, unit, wrong, "仍为误登").await.unwrap();
        assert_eq!(ended, Ended { holds: 0, releases: 0 });
        assert_books_hold(ctx).await;
    }
}

//! Hospitals, and which of them a doctor acts for.

use domain::access::{Action, Role};
use domain::id::{HospitalId, UserId};
use domain::refusal::Refusal;
use store::hospital::{HospitalRow, StaffHospitalRow};

use super::reach::{authorize_any, hospital_known, needed};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// Adds a hospital.
///
/// # Errors
/// An empty name.
pub async fn hospital_add(ctx: &Ctx, name_zh: &str, name_en: &str, abroad: bool) -> Answer<HospitalId> {
    authorize_any(ctx, &[Action::ManageUsers, Action::AuthorizeRelease])?;
    let (name_zh, name_en) = (needed(name_zh, 80)?, needed(name_en, 120)?);
    let row = HospitalRow { id: ctx.id(), name_zh, name_en, abroad };
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let fact = store::hospital::hospital_put(tx, &row).await?;
                tx.record_facts(at.event("hospital.added", ("hospital", row.id)), vec![], &[fact]);
                Ok::<_, ServiceError>(HospitalId(row.id))
            })
        })
        .await
}

/// All hospitals, by name.
///
/// # Errors
/// When not allowed.
pub async fn hospitals(ctx: &Ctx) -> Answer<Vec<HospitalRow>> {
    authorize_any(
        ctx,
        &[Action::ManageUsers, Action::ManagePatients, Action::OrderRelease, Action::ReadRegistry],
    )?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::hospital::hospitals(&mut reader.conn()).await?)
}

/// Binds a doctor to a hospital, instead of the one before.
///
/// # Errors
/// [`Refusal::ChoiceUnknown`] for somebody who is no doctor, or an unknown hospital.
pub async fn doctor_bind(ctx: &Ctx, user: UserId, hospital: HospitalId) -> Answer<()> {
    ctx.authorize(Action::ManageUsers)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                hospital_known(&mut tx.conn(), hospital).await?;
                let staff = store::staff::staff_get(&mut tx.conn(), user).await?;
                let staff = staff.ok_or(Refusal::ChoiceUnknown)?;
                if !staff.roles()?.contains(&Role::Doctor) {
                    return Err(Refusal::ChoiceUnknown.into());
                }
                let row = StaffHospitalRow { user_id: user.0, hospital_id: hospital.0 };
                let fact = store::hospital::staff_hospital_set(tx, row).await?;
                let mut event = at.event("doctor.bound", ("staff_user", user.0));
                event.detail = serde_json::json!({ "hospital": hospital }).to_string();
                tx.record_facts(event, vec![], &[fact]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

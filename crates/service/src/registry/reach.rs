//! Whose patients, holds, releases and units somebody may see: doctors those of their hospital, a key the units of its
//! bank, others all.

use domain::access::{Action, Actor, Role, allows};
use domain::id::{BankId, HospitalId, UserId};
use domain::refusal::Refusal;
use store::Conn;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::Answer;

/// How far somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every hospital.
    All,
    /// One hospital.
    Hospital(HospitalId),
}

impl Reach {
    /// Goes on only if a thing of `hospital` may be known.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: another hospital's thing is not there.
    pub fn sees(self, hospital: Option<Uuid>) -> Answer<()> {
        match self {
            Self::All => Ok(()),
            Self::Hospital(own) if hospital == Some(own.0) => Ok(()),
            Self::Hospital(_) => Err(Refusal::NotFound.into()),
        }
    }

    /// The one hospital, if it is one.
    #[must_use]
    pub const fn hospital(self) -> Option<HospitalId> {
        match self {
            Self::All => None,
            Self::Hospital(id) => Some(id),
        }
    }
}

/// Goes on only if the actor may do one of `actions`.
pub(super) fn authorize_any(ctx: &Ctx, actions: &[Action]) -> Answer<()> {
    if actions.iter().any(|action| allows(&ctx.actor, *action)) {
        Ok(())
    } else {
        Err(Refusal::NotAllowed.into())
    }
}

/// How far the actor sees who does one of `actions`, which is authorized first.
///
/// # Errors
/// [`Refusal::NotAllowed`], also for a doctor whom nobody has bound to a hospital.
pub async fn reach(ctx: &Ctx, actions: &[Action]) -> Answer<Reach> {
    authorize_any(ctx, actions)?;
    let Actor::Staff { user_id, roles } = &ctx.actor else { return Ok(Reach::All) };
    let others: Vec<Role> = roles.iter().copied().filter(|role| *role != Role::Doctor).collect();
    let without = Actor::Staff { user_id: *user_id, roles: others };
    if actions.iter().any(|action| allows(&without, *action)) {
        return Ok(Reach::All);
    }
    let mut reader = ctx.house.db.read().await?;
    let bound = store::hospital::staff_hospital(&mut reader.conn(), *user_id).await?;
    Ok(Reach::Hospital(bound.ok_or(Refusal::NotAllowed)?))
}

/// Goes on only if units of `bank` may be known: a key knows those of its own bank.
///
/// # Errors
/// [`Refusal::NotFound`]: another bank's unit is not there.
pub(super) fn bank_seen(ctx: &Ctx, bank: BankId) -> Answer<()> {
    match &ctx.actor {
        Actor::ApiKey { bank_id, .. } if *bank_id != bank => Err(Refusal::NotFound.into()),
        _ => Ok(()),
    }
}

/// The member of staff who acts. What two persons must do, no program does.
pub(super) fn person(ctx: &Ctx) -> Answer<UserId> {
    match &ctx.actor {
        Actor::Staff { user_id, .. } => Ok(*user_id),
        _ => Err(Refusal::NotAllowed.into()),
    }
}

/// One line of at most `max` characters that must not be empty.
pub(super) fn needed(typed: &str, max: usize) -> Answer<String> {
    let text = domain::text::line(typed, max)?;
    if text.is_empty() { Err(Refusal::Required.into()) } else { Ok(text) }
}

/// The hospital with this id.
pub(super) async fn hospital_known(conn: &mut Conn<'_>, id: HospitalId) -> Answer<()> {
    store::hospital::hospital_get(conn, id).await?.map(|_| ()).ok_or_else(|| Refusal::ChoiceUnknown.into())
}

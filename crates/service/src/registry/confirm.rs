//! Confirmatory typing: what the typing of an attached segment says of the first.

use domain::access::Action;
use domain::id::{HoldId, UnitId};
use domain::refusal::Refusal;
use domain::registry::{HoldPurpose, ReleaseState, TypingVerdict};
use domain::time::{Date, Instant};
use store::Conn;
use store::confirmatory::ConfirmatoryRow;
use store::hold::HoldRow;

use super::holds::active;
use super::nomenclature::release_in_use;
use super::reach::needed;
use super::standing::unit_now;
use super::typing::{typing_confirms, typing_given, typing_whole};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// What a laboratory found.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The hold for which the segment was typed.
    pub hold: HoldId,
    /// The unit.
    pub unit: UnitId,
    /// The typing.
    pub hla: String,
    /// Which laboratory.
    pub laboratory: String,
    /// When it was typed.
    pub typed_on: Date,
    /// Whether it is the same as the first.
    pub verdict: TypingVerdict,
}

/// Records a confirmatory typing on an active hold that a signed report stands behind, or one whose release has not left
/// yet. The last one of a unit counts.
///
/// # Errors
/// [`domain::refusal::UnitRefusal::HoldNotActive`]; [`Refusal::ChoiceUnknown`] for a unit that is not in the hold, or a
/// hold that is a mere reservation; [`Refusal::DateImpossible`] for a day to come; [`Refusal::TypingUnreadable`]. A typing
/// that is said to confirm must have A, B and DRB1 ([`domain::refusal::UnitRefusal::TypingLocusMissing`]) and be one that
/// can be the same as the unit's ([`domain::refusal::UnitRefusal::TypingNotTheSame`]).
pub async fn confirmatory_record(ctx: &Ctx, typing: Confirmation) -> Answer<()> {
    ctx.authorize(Action::WorkLab)?;
    let hla = needed(&typing.hla, 4000)?;
    let laboratory = needed(&typing.laboratory, 120)?;
    if typing.typed_on > ctx.now.date() {
        return Err(Refusal::DateImpossible.into());
    }
    let release = release_in_use(ctx).await?;
    let read = typing_given(&release, &hla)?;
    if typing.verdict == TypingVerdict::Confirmed {
        typing_whole(&read).map_err(Refusal::from)?;
    }
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let hold = open_hold(&mut tx.conn(), typing.hold, at.now).await?;
                let parts = store::hold::hold_parts(&mut tx.conn(), typing.hold).await?;
                let purpose = HoldPurpose::from_word(&hold.purpose).ok_or(Refusal::ChoiceUnknown)?;
                let named = parts.iter().any(|part| part.unit() == typing.unit);
                if !named || !purpose.needs_signed_report() {
                    return Err(Refusal::ChoiceUnknown.into());
                }
                if typing.verdict == TypingVerdict::Confirmed {
                    let stored = unit_now(&mut tx.conn(), typing.unit, at.now).await?.content.hla;
                    typing_confirms(&release, &read, &stored).map_err(Refusal::from)?;
                }
                let place = tx.next_event();
                let row = ConfirmatoryRow {
                    id: at.id(),
                    hold_id: typing.hold.0,
                    unit_id: typing.unit.0,
                    hla: read.to_string(),
                    laboratory,
                    typed_on: typing.typed_on.to_string(),
                    verdict: typing.verdict.as_str().to_owned(),
                    recorded_by: at.actor.word(),
                    recorded_at: at.now.0,
                    event_chain: place.chain,
                    event_seq: place.seq,
                };
                let digest = store::confirmatory::confirmatory_add(tx, &row).await?;
                let mut event = at.event("typing.confirmed", ("hold", hold.id));
                event.state = Some(hold.state);
                event.detail = serde_json::json!({ "unit": row.unit_id, "verdict": row.verdict }).to_string();
                tx.record(event, vec![digest]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// A hold of which nothing has left yet: active, or with a release under way.
async fn open_hold(conn: &mut Conn<'_>, id: HoldId, now: Instant) -> Answer<HoldRow> {
    if let Some(release) = store::unit_release::release_of_hold(conn, id).await?
        && matches!(release.state()?, ReleaseState::Ordered | ReleaseState::Authorized)
    {
        return Ok(store::hold::hold_get(conn, id).await?.ok_or(Refusal::NotFound)?);
    }
    active(conn, id, now).await
}

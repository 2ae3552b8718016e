//! The first match report (《组织配型初查报告》): a search kept with everything that it rests on, replayed before it is
//! signed, a draft until then.

mod paper;
mod replay;

use domain::access::{Action, Actor};
use domain::id::{PatientId, ReportId, SearchId, UnitId};
use domain::refusal::{Refusal, UnitRefusal};
use domain::registry::matching::{MatchResult, SearchAsked, SearchProblem};
use domain::time::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::StoreError;
use store::matching::{ReportRow, SearchRow, SignatureRow};

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::registry::reach::{Reach, reach};
use crate::registry::search::{MOST, patient_known, search};

pub use paper::report_pdf;
pub use replay::{Replay, report_replay};

/// What a report says; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportContent {
    /// The code under which the patient is known; never a name.
    pub patient_code: Option<String>,
    /// What was asked.
    pub asked: SearchAsked,
    /// What was found; of the hits those that were chosen for the report.
    pub result: MatchResult,
}

/// A report with who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchReport {
    /// Id.
    pub id: ReportId,
    /// Its number on paper.
    pub number: String,
    /// When it was made.
    pub made_at: Instant,
    /// Who made it: as an event's actor.
    pub made_by: String,
    /// What it says.
    pub content: ReportContent,
    /// The technician who signed it, and when; a draft otherwise.
    pub signed: Option<(String, Instant)>,
}

fn stored_json(what: &'static str) -> impl Fn(serde_json::Error) -> ServiceError {
    move |error| {
        tracing::error!(%error, what, "cannot be written or read as JSON");
        StoreError::Inconsistent { table: "match_report", column: what, row: String::new() }.into()
    }
}

/// Searches and keeps what was found as a report of the `chosen` units, or of all that are told when none is chosen.
///
/// # Errors
/// As [`search`]; [`UnitRefusal::UnitNotAvailable`] when a chosen unit is not found any more.
pub async fn report_make(
    ctx: &Ctx,
    asked: &SearchAsked,
    chosen: &[UnitId],
) -> Answer<Result<ReportId, SearchProblem>> {
    // Chosen units, such as those of a pair, need not stand among the first.
    let top = if chosen.is_empty() { asked.top } else { MOST };
    let mut result = match search(ctx, &SearchAsked { top, ..asked.clone() }).await? {
        Ok(result) => result,
        Err(problem) => return Ok(Err(problem)),
    };
    result.hits.retain(|hit| chosen.is_empty() || chosen.contains(&hit.unit));
    if result.hits.len() < chosen.len() {
        return Err(UnitRefusal::UnitNotAvailable.into());
    }
    let mut reader = ctx.house.db.read().await?;
    let patient = match asked.patient {
        Some(id) => store::patient::patient_get(&mut reader.conn(), id).await?,
        None => None,
    };
    let policies = store::dose_policy::dose_policies(&mut reader.conn(), ctx.now.date()).await?;
    drop(reader);
    let mut policy_id = None;
    for row in &policies {
        if result.policy == Some(row.policy()?) {
            policy_id = Some(row.id);
        }
    }
    let content =
        ReportContent { patient_code: patient.map(|patient| patient.code), asked: asked.clone(), result };
    let text = serde_json::to_string(&content).map_err(stored_json("content"))?;
    let search_row = search_row(ctx, asked, &content.result, policy_id)?;
    let (id, at, maker) = (ReportId(ctx.id()), ctx.clone(), ctx.actor.word());
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            let place = tx.next_event();
            let search_row = SearchRow { event_chain: place.chain, event_seq: place.seq, ..search_row };
            store::matching::search_add(tx, &search_row).await?;
            let year = at.now.date().year();
            let from = format!("{year:04}-01-01").parse::<domain::time::Date>()?.start();
            let count = store::matching::reports_since(&mut tx.conn(), from.0).await?;
            let row = ReportRow {
                id: id.0,
                search_id: search_row.id,
                number: format!("HLA{year}{:06}", count + 1),
                digest: Sha256::digest(text.as_bytes()).to_vec(),
                content: text,
                made_by: maker,
                made_at: at.now.0,
                event_chain: place.chain,
                event_seq: place.seq,
            };
            store::matching::report_add(tx, &row).await?;
            let event = at.event("match_report.made", ("match_report", id.0));
            tx.record(event, vec![search_row.digest(), row.row_digest()]);
            Ok::<_, ServiceError>(())
        })
    });
    write.await?;
    Ok(Ok(id))
}

fn search_row(
    ctx: &Ctx,
    asked: &SearchAsked,
    result: &MatchResult,
    policy_id: Option<uuid::Uuid>,
) -> Answer<SearchRow> {
    Ok(SearchRow {
        id: SearchId(ctx.id()).0,
        patient_id: asked.patient.map(|patient| patient.0),
        hla_typed: serde_json::to_string(&asked.hla).map_err(stored_json("hla_typed"))?,
        hla: result.patient.gl.clone(),
        class: asked.class.class.of().into(),
        at_least: asked.class.at_least.into(),
        weight_g: asked.weight.map(|weight| weight.0.into()),
        abo: asked.abo.map(domain::registry::Abo::as_str).unwrap_or_default().to_owned(),
        antibodies: asked.antibodies.clone(),
        filter: serde_json::to_string(&asked.filter).map_err(stored_json("filter"))?,
        release: result.release.clone(),
        policy_id,
        registry_number: result.registry_number,
        totals: serde_json::to_string(&result.totals).map_err(stored_json("totals"))?,
        made_by: ctx.actor.word(),
        made_at: ctx.now.0,
        event_chain: 0,
        event_seq: 0,
    })
}

/// A report.
///
/// # Errors
/// [`Refusal::NotFound`] when there is none that the actor may know of.
pub async fn report_get(ctx: &Ctx, id: ReportId) -> Answer<MatchReport> {
    let (row, content) = known_row(ctx, id).await?;
    let mut reader = ctx.house.db.read().await?;
    let signed = store::matching::signature_get(&mut reader.conn(), id).await?;
    Ok(MatchReport {
        id,
        number: row.number,
        made_at: Instant(row.made_at),
        made_by: row.made_by,
        content,
        signed: signed.map(|(row, name): (SignatureRow, String)| (name, Instant(row.signed_at))),
    })
}

/// The row of a report that the actor may know of, and what it says, as it was written.
async fn known_row(ctx: &Ctx, id: ReportId) -> Answer<(ReportRow, ReportContent)> {
    ctx.authorize(Action::SearchUnits)?;
    let mut reader = ctx.house.db.read().await?;
    let row = store::matching::report_get(&mut reader.conn(), id).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    let content: ReportContent = serde_json::from_str(&row.content).map_err(stored_json("content"))?;
    match content.asked.patient {
        Some(patient) => patient_known(ctx, patient).await?,
        // A search for nobody that is recorded is the business of who made it, and of the registry.
        None if row.made_by == ctx.actor.word() => {}
        None if reach(ctx, &[Action::SearchUnits]).await.is_ok_and(|reach| reach == Reach::All) => {}
        None => return Err(Refusal::NotFound.into()),
    }
    Ok((row, content))
}

/// The newest reports of a patient.
///
/// # Errors
/// [`Refusal::NotFound`] for a patient that the actor may not know of.
pub async fn reports_of(ctx: &Ctx, patient: PatientId) -> Answer<Vec<ReportRow>> {
    ctx.authorize(Action::SearchUnits)?;
    patient_known(ctx, patient).await?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::matching::reports_list(&mut reader.conn(), patient, 100).await?)
}

/// Signs a report as HLA technician. It is replayed first: what can't be derived again is not signed.
///
/// # Errors
/// When not allowed; [`UnitRefusal::ReportAlreadySigned`]; [`UnitRefusal::ReportDiffers`].
pub async fn report_sign(ctx: &Ctx, id: ReportId) -> Answer<()> {
    ctx.authorize(Action::SignReports)?;
    let Actor::Staff { user_id, .. } = ctx.actor else { return Err(Refusal::NotAllowed.into()) };
    if !report_replay(ctx, id).await?.same {
        return Err(Refusal::from(UnitRefusal::ReportDiffers).into());
    }
    let at = ctx.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            if store::matching::signature_get(&mut tx.conn(), id).await?.is_some() {
                return Err(Refusal::from(UnitRefusal::ReportAlreadySigned).into());
            }
            let place = tx.next_event();
            let row = store::matching::signature_add(tx, id, user_id, at.now.0, place).await?;
            tx.record(at.event("match_report.signed", ("match_report", id.0)), vec![row.digest()]);
            Ok::<_, ServiceError>(())
        })
    });
    write.await
}

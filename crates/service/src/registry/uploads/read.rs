//! What staff read of an upload, and of the load that it became.

use std::collections::HashMap;

use domain::access::Action;
use domain::id::LoadId;
use domain::refusal::Refusal;
use domain::registry::{UploadAsked, UploadEnd, UploadState};
use store::unit_upload::UploadRow;

use crate::context::Ctx;
use crate::error::Answer;
use crate::registry::load::DEAD_AFTER_SECONDS;
use crate::registry::loads::{LoadLine, line};
use crate::registry::units::people;

/// Uploads that are listed.
const SHOWN: i64 = 10;

/// An upload.
#[derive(Debug, Clone)]
pub struct UploadLine {
    /// Its row.
    pub row: UploadRow,
    /// The bank's names, where it is there already.
    pub bank: Option<(String, String)>,
    /// What was asked for it; none when another version of the program wrote it.
    pub asked: Option<UploadAsked>,
    /// How it stands: one that gives no sign of life any more has stopped.
    pub state: UploadState,
    /// How it ended.
    pub end: Option<UploadEnd>,
    /// Whether its file still lies on this node, to be loaded in earnest.
    pub kept: bool,
    /// Who sent it, by the name that colleagues know.
    pub by: String,
}

/// A unit that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Where the next ones go on.
    pub place: i64,
    /// Its line in the file.
    pub line: i64,
    /// Its number as far as it was read.
    pub registry_id: String,
    /// [`domain::registry::LoadRefusal`] as JSON.
    pub reason: String,
}

/// A load, an upload, or both under one id.
#[derive(Debug, Clone)]
pub struct LoadDetail {
    /// The load.
    pub load: Option<LoadLine>,
    /// The upload.
    pub upload: Option<UploadLine>,
    /// What was refused.
    pub refused: Vec<RefusedLine>,
    /// Whether there is more of it.
    pub more: bool,
}

/// A load or an upload, with what it refused after `after`, at most `limit`.
///
/// # Errors
/// When not allowed; [`Refusal::NotFound`].
pub async fn load_detail(ctx: &Ctx, id: LoadId, after: i64, limit: i64) -> Answer<LoadDetail> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let banks = store::bank::banks(&mut conn).await?;
    let load = store::unit_load::load_get(&mut conn, id).await?.and_then(|load| line(&banks, load));
    let upload = store::unit_upload::upload_get(&mut conn, id).await?;
    if load.is_none() && upload.is_none() {
        return Err(Refusal::NotFound.into());
    }
    let mut refused = refused_of(&mut conn, id, load.is_some(), after, limit + 1).await?;
    let more = refused.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        refused.pop();
    }
    let people = people(&mut conn).await?;
    let upload = upload.map(|row| told(ctx, &banks, &people, row));
    Ok(LoadDetail { load, upload, refused, more })
}

/// What a load or a trial refused after `after`, at most `limit`.
///
/// # Errors
/// When not allowed.
pub async fn refused_after(ctx: &Ctx, id: LoadId, after: i64, limit: i64) -> Answer<Vec<RefusedLine>> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let mut conn = reader.conn();
    let loaded = store::unit_load::load_get(&mut conn, id).await?.is_some();
    refused_of(&mut conn, id, loaded, after, limit).await
}

async fn refused_of(
    conn: &mut store::Conn<'_>,
    id: LoadId,
    loaded: bool,
    after: i64,
    limit: i64,
) -> Answer<Vec<RefusedLine>> {
    if loaded {
        let rows = store::unit_load::load_refusals(conn, id, after, limit).await?;
        let one = |row: store::unit_load::LoadRefusalRow| RefusedLine {
            place: row.line,
            line: row.line,
            registry_id: row.registry_id,
            reason: row.reason,
        };
        return Ok(rows.into_iter().map(one).collect());
    }
    let rows = store::unit_upload::upload_refusals(conn, id, after, limit).await?;
    let one = |row: store::unit_upload::UploadRefusal| RefusedLine {
        place: row.place,
        line: row.line,
        registry_id: row.registry_id,
        reason: row.reason,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// The newest uploads that became no load: trials, and those that never came so far.
///
/// # Errors
/// When not allowed.
pub async fn uploads_alone(ctx: &Ctx) -> Answer<Vec<UploadLine>> {
    ctx.authorize(Action::ReadRegistry)?;
    let mut reader = ctx.house.db.read().await?;
    let banks = store::bank::banks(&mut reader.conn()).await?;
    let rows = store::unit_upload::uploads_alone(&mut reader.conn(), SHOWN).await?;
    let people = people(&mut reader.conn()).await?;
    Ok(rows.into_iter().map(|row| told(ctx, &banks, &people, row)).collect())
}

/// The banks that a file may be of.
///
/// # Errors
/// When not allowed.
pub async fn upload_banks(ctx: &Ctx) -> Answer<Vec<store::bank::BankRow>> {
    ctx.authorize(Action::ImportUnits)?;
    let mut reader = ctx.house.db.read().await?;
    Ok(store::bank::banks(&mut reader.conn()).await?)
}

fn told(
    ctx: &Ctx,
    banks: &[store::bank::BankRow],
    people: &HashMap<String, String>,
    row: UploadRow,
) -> UploadLine {
    let dead = row.touched_at < ctx.now.plus_seconds(-DEAD_AFTER_SECONDS).0;
    let state = match UploadState::from_word(&row.state) {
        Some(UploadState::Running) if dead => UploadState::Stopped,
        Some(state) => state,
        None => UploadState::Failed,
    };
    let bank = banks.iter().find(|bank| bank.code == row.bank);
    UploadLine {
        bank: bank.map(|bank| (bank.name_zh.clone(), bank.name_en.clone())),
        asked: serde_json::from_str(&row.asked).ok(),
        state,
        end: serde_json::from_str(&row.ended).ok(),
        kept: ctx.house.uploads.keeps(row.load_id()),
        by: people.get(&row.started_by).cloned().unwrap_or_else(|| row.started_by.clone()),
        row,
    }
}

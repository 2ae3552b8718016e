//! Opening, publishing and giving up a load, and the bank that it is of.

use domain::access::Action;
use domain::id::ChangeId;
use domain::time::Instant;
use store::bank::{BankRow, bank_put, banks};
use store::change::{ChangeOf, change_add, change_publish, head};
use store::unit_load::{LoadRow, content_none, load_abandon, load_add, load_open, load_publish};
use store::unit_meanwhile::{contested, overtaken};

use super::decide::Seen;
use super::read::UnitFormat;
use super::stage::Staging;
use super::sweep::{DEAD_AFTER_SECONDS, sweep_all};
use super::{Bank, LoadError, LoadKind, LoadRequest};
use crate::context::Ctx;
use crate::error::ServiceError;

/// The code of the bank that a first load makes where nobody named one.
const FIRST_BANK: &str = "main";

/// Adds a bank or gives it new names.
///
/// # Errors
/// When not allowed, or as the store.
pub async fn bank_set(ctx: &Ctx, row: BankRow) -> Result<BankRow, ServiceError> {
    ctx.authorize(Action::ImportUnits)?;
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let kept = bank_put(tx, &row).await?;
                let mut event = at.event("bank.set", ("bank", kept.id));
                let detail =
                    serde_json::json!({ "code": kept.code, "number": kept.number, "abroad": kept.abroad });
                event.detail = detail.to_string();
                tx.record_facts(event, Vec::new(), &[kept.fact()]);
                Ok::<_, ServiceError>(kept)
            })
        })
        .await
}

/// The bank of a load: the one named, or the only one; made where that was asked for, or where there is none at all.
pub(super) async fn bank(ctx: &Ctx, request: &LoadRequest) -> Result<Option<Bank>, LoadError> {
    let mut reader = ctx.house.db.read().await?;
    let all = banks(&mut reader.conn()).await?;
    drop(reader);
    let found = match &request.bank {
        Some(code) => all.iter().find(|bank| bank.code == *code),
        None if all.len() > 1 => return Err(LoadError::BankNeeded),
        None => all.first(),
    };
    if let Some(bank) = found {
        return Ok(Some(Bank { id: bank.bank_id(), code: bank.code.clone() }));
    }
    if request.bank.is_some() && !request.create_bank {
        return Err(LoadError::BankUnknown);
    }
    if request.dry_run {
        return Ok(None);
    }
    let code = request.bank.clone().unwrap_or_else(|| FIRST_BANK.to_owned());
    let row = BankRow {
        id: ctx.id(),
        number: 0,
        name_zh: code.clone(),
        name_en: code.clone(),
        code,
        abroad: false,
        filing_number: String::new(),
    };
    let bank = bank_set(ctx, row).await?;
    Ok(Some(Bank { id: bank.bank_id(), code: bank.code }))
}

/// Opens a load; what dead loads left is swept before.
pub(super) async fn begin(
    ctx: &Ctx,
    request: &LoadRequest,
    bank: Option<&Bank>,
    kind: LoadKind,
    format: UnitFormat,
) -> Result<Staging, LoadError> {
    let now = (request.clock)();
    let ids = &ctx.house.ids;
    let own_name = || request.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file_name = request.file_name.clone().or_else(own_name);
    let row = LoadRow {
        id: request.id.map_or_else(|| ids.uuid(now), |id| id.0),
        bank_id: bank.map_or_else(uuid::Uuid::nil, |bank| bank.id.0),
        kind: kind.as_str().to_owned(),
        format: format.as_str().to_owned(),
        file_name: file_name.unwrap_or_default(),
        file_digest: Vec::new(),
        state: "staging".to_owned(),
        started_at: now.0,
        touched_at: now.0,
        closed_at: None,
        read: 0,
        added: 0,
        changed: 0,
        unchanged: 0,
        withdrawn: 0,
        refused: 0,
        release: request.rules.release.version().map(str::to_owned),
        content_digest: content_none().to_vec(),
        event_chain: None,
        event_seq: None,
    };
    let change = ChangeId(ids.uuid(now));
    let mut staging = Staging {
        row,
        change,
        content: content_none(),
        seen: Seen::default(),
        began_at: 0,
        contested: 0,
        last_place: 0,
        dry_run: request.dry_run,
    };
    let Some(bank) = bank.filter(|_| !request.dry_run) else { return Ok(staging) };
    clear_the_way(ctx, bank, now).await?;
    let row = staging.row.clone();
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            load_add(tx, &row).await?;
            change_add(tx, change, ChangeOf::Load(row.load_id()), now).await?;
            head(&mut tx.conn()).await
        })
    });
    staging.began_at = write.await?;
    Ok(staging)
}

async fn clear_the_way(ctx: &Ctx, bank: &Bank, now: Instant) -> Result<(), LoadError> {
    let mut reader = ctx.house.db.read().await?;
    let open = load_open(&mut reader.conn(), bank.id).await?;
    drop(reader);
    if let Some(open) = open {
        if open.touched_at > now.plus_seconds(-DEAD_AFTER_SECONDS).0 {
            return Err(LoadError::Running { since: Instant(open.started_at) });
        }
        give_up(ctx, &open, now).await?;
    }
    sweep_all(ctx).await?;
    Ok(())
}

/// Gives a load up: from then on nothing more is staged for it.
pub(super) async fn give_up(ctx: &Ctx, row: &LoadRow, now: Instant) -> Result<(), ServiceError> {
    let (at, load) = (Ctx { now, ..ctx.clone() }, row.load_id());
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if load_abandon(tx, load, now).await? {
                    tx.record(at.event("unit_load.abandoned", ("unit_load", load.0)), Vec::new());
                }
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

/// Publishes a load: one short transaction, whatever its size. The number under which it counts from then on; `None`
/// when units of it changed here meanwhile, which must be taken out first.
pub(super) async fn publish(
    ctx: &Ctx,
    staging: &Staging,
    file_digest: [u8; 32],
    now: Instant,
) -> Result<Option<(LoadRow, i64)>, LoadError> {
    let at = Ctx { now, ..ctx.clone() };
    let (mut row, change, since) = (staging.row.clone(), staging.change, staging.began_at);
    let (load, seen) = (row.load_id(), staging.contested);
    "published".clone_into(&mut row.state);
    row.closed_at = Some(now.0);
    row.file_digest = file_digest.to_vec();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if contested(&mut tx.conn(), load).await? != seen
                    || !overtaken(&mut tx.conn(), change, since).await?.is_empty()
                {
                    return Ok(None);
                }
                let number = change_publish(tx, change, now).await?;
                if !load_publish(tx, &row, tx.next_event()).await? {
                    return Err(LoadError::GivenUp);
                }
                let mut event = at.event("unit_load.published", ("unit_load", row.id));
                event.state = Some(row.state.clone());
                event.detail = serde_json::json!({
                    "registry_number": number,
                    "read": row.read,
                    "added": row.added,
                    "changed": row.changed,
                    "unchanged": row.unchanged,
                    "withdrawn": row.withdrawn,
                    "refused": row.refused,
                })
                .to_string();
                tx.record(event, vec![row.digest()]);
                Ok(Some((row, number)))
            })
        })
        .await
}

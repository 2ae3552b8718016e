//! The load from its first byte to its publication.

use std::sync::Arc;
use std::time::Duration;

use domain::access::Action;
use domain::id::{BankId, UnitId};
use domain::registry::LoadFileRefusal;
use store::unit_batch::bank_standing;
use store::unit_load::LoadRow;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::begin::{bank, begin, give_up, publish};
use super::meanwhile::drop_overtaken;
use super::read::{BATCH, Item, Piece, UnitFormat, read};
use super::stage::Staging;
use super::sweep::sweep_all;
use super::{LoadError, LoadKind, LoadReport, LoadRequest, Refused, Told};
use crate::context::Ctx;
use crate::registry::units_in::WmdaReader;

/// Batches that wait for the writer.
const AHEAD: usize = 2;

/// Units of a bank read at once.
const PAGE: i64 = 2_000;

/// Below so many units a full load may withdraw all: there is nothing to lose that can't be looked through.
const FEW: i64 = 20;

/// Loads a file of units, telling `tell` how far it is and what is refused. All that is accepted is published in one
/// moment; a file that is refused as a whole, or a load that fails, changes nothing.
///
/// # Errors
/// [`LoadError`]: nothing was changed.
pub async fn units_load(
    ctx: &Ctx,
    request: LoadRequest,
    tell: &mut (dyn FnMut(Told<'_>) + Send),
) -> Result<LoadReport, LoadError> {
    ctx.authorize(Action::ImportUnits)?;
    let size = std::fs::metadata(&request.path)?.len();
    let format = match request.format {
        Some(format) => format,
        None => UnitFormat::of(&request.path)?,
    };
    let kind = request.kind.unwrap_or_else(|| own_kind(&request, format));
    let bank = bank(ctx, &request).await?;
    let mut staging = begin(ctx, &request, bank.as_ref(), kind, format).await?;
    let open = staging.row.clone();
    let loaded = Loading { ctx, request: &request, kind, format, size, tell: &mut *tell };
    let written = !request.dry_run && bank.is_some();
    let done = match loaded.run(&mut staging).await {
        Ok((digest, ignored)) if written => {
            let published = publish_rest(ctx, &request, &mut staging, digest, tell).await;
            published.map(|(row, number)| (row, Some(number), ignored))
        }
        Ok((_, ignored)) => Ok((staging.row, None, ignored)),
        Err(error) => Err(error),
    };
    let (row, number, ignored_columns) = match done {
        Ok(done) => done,
        Err(error) => {
            if written {
                // The first error is the one to be told; what can't be cleared away now is swept later.
                let cleared = give_up(ctx, &open, (request.clock)()).await;
                if cleared.is_ok() && sweep_all(ctx).await.is_err() {
                    tracing::warn!(load = %open.id, "what the load left is swept later");
                }
            }
            return Err(error);
        }
    };
    let code = bank.map_or_else(String::new, |bank| bank.code);
    Ok(LoadReport {
        load: written.then(|| row.load_id()),
        bank: code,
        kind,
        format,
        release: row.release,
        registry_number: number,
        read: row.read,
        added: row.added,
        changed: row.changed,
        unchanged: row.unchanged,
        withdrawn: row.withdrawn,
        refused: row.refused,
        ignored_columns,
    })
}

/// Publishes what is left when the units were taken out that changed here meanwhile.
async fn publish_rest(
    ctx: &Ctx,
    request: &LoadRequest,
    staging: &mut Staging,
    file_digest: [u8; 32],
    tell: &mut (dyn FnMut(Told<'_>) + Send),
) -> Result<(LoadRow, i64), LoadError> {
    loop {
        if let Some(published) = publish(ctx, staging, file_digest, (request.clock)()).await? {
            return Ok(published);
        }
        for refused in drop_overtaken(ctx, staging, (request.clock)()).await? {
            tell(Told::Refused(&refused.unit));
        }
    }
}

/// What an inventory says of itself; full where it says nothing.
fn own_kind(request: &LoadRequest, format: UnitFormat) -> LoadKind {
    let says = || {
        let file = std::fs::File::open(&request.path).ok()?;
        let mut reader = WmdaReader::new(std::io::BufReader::new(file));
        // Whatever is wrong with the file is told when it is read in earnest.
        let _ = reader.next_record();
        reader.head()?.full
    };
    match format {
        UnitFormat::Wmda if says() == Some(false) => LoadKind::Differential,
        _ => LoadKind::Full,
    }
}

struct Loading<'l> {
    ctx: &'l Ctx,
    request: &'l LoadRequest,
    kind: LoadKind,
    format: UnitFormat,
    size: u64,
    tell: &'l mut (dyn FnMut(Told<'_>) + Send),
}

impl Loading<'_> {
    async fn run(mut self, staging: &mut Staging) -> Result<([u8; 32], Vec<String>), LoadError> {
        let bank = BankId(staging.row.bank_id);
        // A bank's first load has nothing to withdraw.
        let mut reader = self.ctx.house.db.read().await?;
        let first = bank_standing(&mut reader.conn(), bank, UnitId(Uuid::nil()), 1).await?.is_empty();
        drop(reader);
        let (out, mut pieces) = mpsc::channel(AHEAD);
        let (request, format, kind) = (self.request.clone(), self.format, self.kind);
        let reading = tokio::task::spawn_blocking(move || read(&request, format, kind, &out));
        let mut end = None;
        let stop = self.request.stop.clone();
        loop {
            let piece = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(LoadError::Stopped),
                piece = pieces.recv() => piece,
            };
            let Some(piece) = piece else { break };
            match piece {
                Piece::Batch(items, refused, bytes) => {
                    let refused = self.batch(staging, items, refused).await?;
                    for refused in &refused {
                        (self.tell)(Told::Refused(&refused.unit));
                    }
                    (self.tell)(Told::Progress { bytes, of: self.size, units: staging.row.read });
                }
                Piece::End { digest, ignored } => end = Some((digest, ignored)),
                Piece::Refused(refusal) => return Err(LoadError::File(refusal)),
            }
        }
        // The thread ends without a last word only when it panicked.
        reading.await.map_err(|_| LoadFileRefusal::Malformed { line: staging.last_place })?;
        let end = end.ok_or(LoadFileRefusal::CutOff { line: staging.last_place })?;
        if self.kind == LoadKind::Full && !first {
            self.withdraw_absent(staging, bank).await?;
        }
        Ok(end)
    }

    async fn batch(
        &mut self,
        staging: &mut Staging,
        items: Vec<Item>,
        refused: Vec<Refused>,
    ) -> Result<Vec<Refused>, LoadError> {
        let (ids, now) = (Arc::clone(&self.ctx.house.ids), (self.request.clock)());
        if staging.dry_run {
            let mut reader = self.ctx.house.db.read().await?;
            return staging.look(&mut reader.conn(), items, refused, &*ids, now).await;
        }
        self.in_writer(staging, move |mut moved, tx| {
            Box::pin(async move {
                let refused = moved.stage(tx, items, refused, &ids, now).await?;
                Ok((moved, refused))
            })
        })
        .await
    }

    /// Withdraws what the bank has in the registry and a full load does not name.
    async fn withdraw_absent(&mut self, staging: &mut Staging, bank: BankId) -> Result<(), LoadError> {
        let (mut absent, mut standing, mut after) = (Vec::new(), 0_i64, UnitId(Uuid::nil()));
        let mut reader = self.ctx.house.db.read().await?;
        loop {
            let page = bank_standing(&mut reader.conn(), bank, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            if self.request.stop.is_cancelled() {
                return Err(LoadError::Stopped);
            }
            after = UnitId(*last);
            for (unit, withdrawn) in page {
                standing += i64::from(!withdrawn);
                if !withdrawn && !staging.seen.has(unit) {
                    absent.push(unit);
                }
            }
        }
        drop(reader);
        let withdrawn = absent.len() as i64;
        if withdrawn > FEW && withdrawn * 2 > standing && !self.request.may_shrink {
            return Err(LoadFileRefusal::WithdrawsMost { withdrawn, standing }.into());
        }
        for units in absent.chunks(BATCH) {
            if self.request.stop.is_cancelled() {
                return Err(LoadError::Stopped);
            }
            let (units, now) = (units.to_vec(), (self.request.clock)());
            let refused = if staging.dry_run {
                let mut reader = self.ctx.house.db.read().await?;
                let held = staging.held(&mut reader.conn(), &units).await?;
                staging.row.withdrawn += (units.len() - held.len()) as i64;
                held.into_iter().map(|(_, refused)| refused).collect()
            } else {
                self.in_writer(staging, move |mut moved, tx| {
                    Box::pin(async move {
                        let refused = moved.withdraw(tx, &units, now).await?;
                        Ok((moved, refused))
                    })
                })
                .await?
            };
            for refused in &refused {
                (self.tell)(Told::Refused(&refused.unit));
            }
        }
        Ok(())
    }

    /// Lends the load to one command of the writer. After an error nothing more is to be done with it.
    async fn in_writer<T, F>(&mut self, staging: &mut Staging, work: F) -> Result<T, LoadError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(
                Staging,
                &'t mut store::Tx,
            ) -> futures::future::BoxFuture<'t, Result<(Staging, T), LoadError>>
            + Send
            + 'static,
    {
        let before = (self.request.clock)();
        let lent = std::mem::replace(staging, staging.hollow());
        let (back, answer) = self.ctx.house.writer.write(move |tx| work(lent, tx)).await?;
        *staging = back;
        if !self.ctx.house.db.is_postgres() {
            // SQLite's lock is not handed over in turn: whoever waits for it in another process looks again and again
            // whether it is free. So it stays free for as long as it was held.
            let held = (self.request.clock)().0.saturating_sub(before.0);
            let pause = u64::try_from(held).unwrap_or(0).clamp(1_000, 60_000);
            tokio::time::sleep(Duration::from_micros(pause)).await;
        }
        Ok(answer)
    }
}

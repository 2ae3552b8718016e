//! Taking units out of the registry into a file: who, what for, to whom and under which filing is kept before the file
//! has its name.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::access::Action;
use domain::id::UnitId;
use domain::refusal::Refusal;
use domain::registry::{DisclosureField, DisclosureForm, Excursion, ExportScope, UnitFacts};
use sha2::{Digest as _, Sha256};
use store::Conn;
use store::bank::BankRow;
use store::disclosure::{DisclosureRow, disclosure_add};
use store::standing_page::page_standings;
use uuid::Uuid;

use super::standing::lay_too_warm;
pub use super::units_out::UnitsFormat;
use super::units_out::{Head, Outgoing, UnitsOut};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// What is to be taken out.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The new file.
    pub path: PathBuf,
    /// In what form.
    pub format: UnitsFormat,
    /// For whom.
    pub scope: ExportScope,
    /// The code of the bank whose units they are; without it, the only bank that there is.
    pub bank: Option<String>,
    /// What for, to whom, under which filing. The bank's own copy goes to the bank, whatever stands here of the
    /// receiver, under the filing that stands in the bank's row unless another is named.
    pub form: DisclosureForm,
}

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The row that is kept of it.
    pub disclosure: DisclosureRow,
    /// Units of the bank, withdrawn ones not counted, of which nothing left.
    pub left_out: i64,
    /// Values that had no place in the format, because they are longer than it can have.
    pub too_long: i64,
}

/// Why nothing was taken out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A field lacks something.
    #[error("{0:?}: {1}")]
    Field(DisclosureField, Refusal),
    /// The bank must be named.
    #[error("a bank must be named")]
    BankNeeded,
    /// There is no such bank.
    #[error("there is no bank of this code")]
    BankUnknown,
    /// The file can't be written, or is there already.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The use case was refused or the store failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for ExportError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Writes the units of a bank into a file that is not there yet, as the registry stands at one number, and keeps who took
/// it out: first under a name of no meaning, readable by its owner alone; under its own name once the disclosure is
/// committed. `told` hears how many units were written. It writes files between its queries: it is the command line's,
/// not a request's.
///
/// # Errors
/// [`ExportError`]; the file is then not there. Only where somebody else took the file's name in the last moment is a
/// disclosure kept of a file that did not leave.
pub async fn units_export(
    ctx: &Ctx,
    request: ExportRequest,
    told: &mut (dyn FnMut(i64) + Send),
) -> Result<Exported, ExportError> {
    ctx.authorize(Action::ExportUnits)?;
    let bank = bank(ctx, request.bank.as_deref()).await?;
    let form = form(&request, &bank).read().map_err(|(field, refusal)| ExportError::Field(field, refusal))?;
    if request.path.try_exists()? {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    let folder = request.path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::Builder::new().prefix(".spark-").tempfile_in(folder.unwrap_or(Path::new(".")))?;
    let head = Head { bank: bank.bank_id(), bank_code: bank.code.clone(), made_at: ctx.now };
    let out = Digesting { inner: BufWriter::with_capacity(256 * 1024, file), digest: Sha256::new() };
    let mut run = Run {
        out: UnitsOut::new(out, request.format, &head)?,
        head,
        scope: request.scope,
        written: 0,
        left_out: 0,
        too_long: 0,
    };
    let registry_number = run.write(ctx, told).await?;
    let Run { out, written, left_out, too_long, .. } = run;
    let Digesting { inner, digest } = out.finish()?;
    let file = inner.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    let disclosure = DisclosureRow {
        id: ctx.id(),
        format: request.format.as_str().to_owned(),
        purpose: form.purpose,
        receiver: form.receiver,
        abroad: form.abroad,
        filing_number: form.filing_number,
        units: written,
        made_by: ctx.actor.word(),
        made_at: ctx.now.0,
        event_chain: 0,
        event_seq: 0,
        bank_code: bank.code,
        scope: request.scope.as_str().to_owned(),
        registry_number,
        file_digest: digest.finalize().to_vec(),
    };
    let disclosure = record(ctx, disclosure).await?;
    file.persist_noclobber(&request.path).map_err(|error| error.error)?;
    Ok(Exported { disclosure, left_out, too_long })
}

/// The disclosures before `before`, newest first, at most `limit`; each with the name of who made it, which is none for
/// the command line.
///
/// # Errors
/// When not allowed.
pub async fn disclosures(
    ctx: &Ctx,
    before: Uuid,
    limit: i64,
) -> Answer<Vec<(DisclosureRow, Option<String>)>> {
    ctx.authorize(Action::ReadDisclosures)?;
    let mut reader = ctx.house.db.read().await?;
    let rows = store::disclosure::disclosures_before(&mut reader.conn(), before, limit).await?;
    let staff = store::staff::staff_list(&mut reader.conn()).await?;
    let name = |id: &str| {
        let id = id.parse::<Uuid>().ok()?;
        staff.iter().find(|user| user.id == id).map(|user| user.name.clone())
    };
    Ok(rows.into_iter().map(|row| (name(&row.made_by), row)).map(|(name, row)| (row, name)).collect())
}

async fn bank(ctx: &Ctx, code: Option<&str>) -> Result<BankRow, ExportError> {
    let mut reader = ctx.house.db.read().await?;
    let mut banks = store::bank::banks(&mut reader.conn()).await?;
    let place = match code {
        Some(code) => banks.iter().position(|bank| bank.code == code),
        None if banks.len() > 1 => return Err(ExportError::BankNeeded),
        None => Some(0).filter(|_| !banks.is_empty()),
    };
    place.map(|place| banks.swap_remove(place)).ok_or(ExportError::BankUnknown)
}

fn form(request: &ExportRequest, bank: &BankRow) -> DisclosureForm {
    let mut form = request.form.clone();
    if request.scope == ExportScope::Own {
        form.receiver.clone_from(&bank.code);
        form.abroad = bank.abroad;
        if form.filing_number.trim().is_empty() {
            form.filing_number.clone_from(&bank.filing_number);
        }
    }
    form
}

async fn record(ctx: &Ctx, mut row: DisclosureRow) -> Result<DisclosureRow, ServiceError> {
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let place = tx.next_event();
                (row.event_chain, row.event_seq) = (place.chain, place.seq);
                disclosure_add(tx, &row).await?;
                let mut event = at.event("units.exported", ("registry_disclosure", row.id));
                event.detail = serde_json::json!({
                    "bank": row.bank_code,
                    "format": row.format,
                    "scope": row.scope,
                    "abroad": row.abroad,
                    "units": row.units,
                    "registry_number": row.registry_number,
                })
                .to_string();
                tx.record(event, vec![row.digest()]);
                Ok::<_, ServiceError>(row)
            })
        })
        .await
}

struct Run<W: Write> {
    out: UnitsOut<W>,
    head: Head,
    scope: ExportScope,
    written: i64,
    left_out: i64,
    too_long: i64,
}

impl<W: Write> Run<W> {
    /// Writes all units in one snapshot, a page at a time. The number at which the registry stood.
    async fn write(&mut self, ctx: &Ctx, told: &mut (dyn FnMut(i64) + Send)) -> Result<i64, ExportError> {
        let mut reader = ctx.house.db.read().await?;
        reader.snapshot().await?;
        let number = self.pages(ctx, &mut reader.conn(), told).await;
        // Also where it failed: the connection goes back to the others.
        reader.snapshot_end().await?;
        number
    }

    async fn pages(
        &mut self,
        ctx: &Ctx,
        conn: &mut Conn<'_>,
        told: &mut (dyn FnMut(i64) + Send),
    ) -> Result<i64, ExportError> {
        let number = store::change::head(conn).await?;
        let excursions = store::storage::excursions_open(conn, self.head.bank).await?;
        let excursions = excursions.iter().map(|row| row.read()).collect::<Result<Vec<_>, _>>()?;
        let mut after = Some(UnitId(Uuid::nil()));
        while let Some(begin) = after {
            after = self.page(ctx, conn, number, begin, &excursions).await?;
            told(self.written);
        }
        Ok(number)
    }

    async fn page(
        &mut self,
        ctx: &Ctx,
        conn: &mut Conn<'_>,
        number: i64,
        after: UnitId,
        excursions: &[Excursion],
    ) -> Result<Option<UnitId>, ExportError> {
        let page = store::unit::units_page(conn, number, after).await?;
        let Some((last, _)) = page.units.last() else { return Ok(page.next) };
        let standings = page_standings(conn, after, last.unit_id(), ctx.now, !excursions.is_empty()).await?;
        for (unit, version) in page.units.iter().filter(|(unit, _)| unit.bank() == self.head.bank) {
            let content = version.content()?;
            let id = unit.unit_id();
            let facts = UnitFacts {
                content: &content,
                withdrawn: version.withdrawn,
                consent: standings.consented(id),
                compartments: &standings.compartments(id, content.compartments.len()),
                too_warm: lay_too_warm(conn, excursions, id, standings.moves(id)).await?,
            };
            let Some(leaving) = facts.leaves(self.scope) else {
                self.left_out += i64::from(!version.withdrawn);
                continue;
            };
            self.too_long += self.out.unit(&Outgoing { unit, leaving: &leaving, bank: self.head.bank })?;
            self.written += 1;
        }
        Ok(page.next)
    }
}

/// Digests what goes through.
struct Digesting<W> {
    inner: W,
    digest: Sha256,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

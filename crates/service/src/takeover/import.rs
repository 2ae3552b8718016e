//! The take-over itself: read the list, hold its footer against it, compare it with the books, post what is new.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use domain::access::Action;
use domain::id::GiftId;
use domain::money::Fen;
use domain::takeover::{
    Change, Changes, Conflict, EarlierGift, FooterMismatch, PastEntry, PlannedRow, Reading, Rules,
    SheetError, SheetRow, StoredEntry, TakeoverReport,
};
use domain::time::Instant;
use store::Conn;

use super::post::{Posting, fund_places};
use super::{FileError, read_path};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// The source under which lists are kept where nobody names another. It is not the file's name: the same list is
/// the same list after it was renamed or saved as a workbook.
pub const DEFAULT_SOURCE: &str = "gifts";

/// The purpose of the keyed digest of a row.
const CONTENT: &str = "taken-over row";

/// Why a list could not be taken over at all.
#[derive(Debug, thiserror::Error)]
pub enum TakeoverError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The sheet cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The use case was refused or the store failed; nothing was changed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<store::StoreError> for TakeoverError {
    fn from(error: store::StoreError) -> Self {
        Self::Service(error.into())
    }
}

/// Whether the books may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Say what would happen.
    DryRun,
    /// Post the good rows, all or nothing.
    Commit,
}

/// A list that was read and compared, and posted where [`Mode::Commit`] asked for it and the footer agreed.
#[derive(Debug, Clone)]
pub struct Takeover {
    /// What the list says.
    pub reading: Arc<Reading>,
    /// What becomes, or would become, of each entry.
    pub changes: Changes,
    /// The footer's word. When it disagrees, nothing was posted.
    pub footer: Result<(), FooterMismatch>,
    /// The cells of the rows in conflict, by line.
    pub conflict_cells: BTreeMap<u32, Vec<String>>,
}

/// How a take-over ended, for a command's exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every row is in the books (0).
    AllGood,
    /// Some rows are bad or in conflict; the others are in the books (3).
    SomeLeftOut,
    /// The footer disagrees; nothing was committed (4).
    FooterDisagrees,
}

impl Ending {
    /// The exit status of `spark import gifts`.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::AllGood => 0,
            Self::SomeLeftOut => 3,
            Self::FooterDisagrees => 4,
        }
    }
}

impl Takeover {
    /// The figures, as `--json` prints them. When the footer disagrees nothing is new, since nothing is taken.
    #[must_use]
    pub fn report(&self) -> TakeoverReport {
        let report = self.changes.report(&self.reading);
        if self.footer.is_ok() { report } else { TakeoverReport { new: 0, ..report } }
    }

    /// How it ended, or would end.
    #[must_use]
    pub fn ending(&self) -> Ending {
        match (&self.footer, self.report().is_complete()) {
            (Err(_), _) => Ending::FooterDisagrees,
            (Ok(()), false) => Ending::SomeLeftOut,
            (Ok(()), true) => Ending::AllGood,
        }
    }

    /// Row by row what happened or would happen, in the list's order.
    #[must_use]
    pub fn plan(&self) -> Vec<PlannedRow<'_>> {
        self.changes.plan(&self.reading)
    }
}

/// Takes over the list in a file: see [`gifts_take_over`].
///
/// # Errors
/// [`TakeoverError`]: nothing was changed.
pub async fn gifts_import(
    ctx: &Ctx,
    path: &Path,
    sheet: Option<&str>,
    source: &str,
    mode: Mode,
) -> Result<Takeover, TakeoverError> {
    ctx.authorize(Action::ImportGifts)?;
    let (path, sheet) = (path.to_owned(), sheet.map(str::to_owned));
    let read = tokio::task::spawn_blocking(move || read_path(&path, sheet.as_deref())).await;
    let file = read.unwrap_or_else(|error| Err(FileError::Io(std::io::Error::other(error))))?;
    gifts_take_over(ctx, file.rows, source, mode).await
}

/// Takes over the rows of a sheet. Identity is (source, serial number): what is stored stands. The good rows are
/// posted in one transaction, without message or receipt; nothing is posted when the footer disagrees.
///
/// The whole list is one command of the writer: gifts given at the same time wait until it is in the books.
///
/// # Errors
/// [`TakeoverError`]: nothing was changed. `Refusal::FundShort` when a refund asks more of a fund than it holds.
pub async fn gifts_take_over(
    ctx: &Ctx,
    rows: Vec<SheetRow>,
    source: &str,
    mode: Mode,
) -> Result<Takeover, TakeoverError> {
    ctx.authorize(Action::ImportGifts)?;
    let mut reader = ctx.house.db.read().await?;
    let mut rules = Rules::new(aliases(ctx, &mut reader.conn()).await?, ctx.now.date());
    let first = Reading::of(&rows, &rules)?;
    rules.earlier = earlier_gifts(&mut reader.conn(), source, &first, &rows).await?;
    let reading = Arc::new(if rules.earlier.is_empty() { first } else { Reading::of(&rows, &rules)? });
    let footer = reading.check_footer();
    let mut changes = match (mode, &footer) {
        (Mode::Commit, Ok(())) => {
            drop(reader);
            commit(ctx, reading.clone(), source.to_owned()).await?
        }
        _ => compare(ctx, &mut reader.conn(), source, &reading).await?,
    };
    explain(ctx, source, &reading, &mut changes).await?;
    let in_conflict: HashSet<u32> = changes.conflicts(&reading).iter().map(|row| row.line).collect();
    let cells = rows.into_iter().filter(|row| in_conflict.contains(&row.line));
    let conflict_cells = cells.map(|row| (row.line, row.cells)).collect();
    Ok(Takeover { reading, changes, footer, conflict_cells })
}

/// Says what differs in entries whose serial numbers are stored with other content.
async fn explain(ctx: &Ctx, source: &str, reading: &Reading, changes: &mut Changes) -> Answer<()> {
    let serials = changes.unexplained(reading);
    if serials.is_empty() {
        return Ok(());
    }
    let mut reader = ctx.house.db.read().await?;
    let mut stored = BTreeMap::new();
    for serial in serials {
        if let Some(entry) = store::takeover::taken_over_entry(&mut reader.conn(), source, &serial).await? {
            stored.insert(serial, stored_entry(entry));
        }
    }
    changes.explain(reading, &stored);
    Ok(())
}

fn stored_entry(entry: store::takeover::TakenOverEntry) -> StoredEntry {
    let said: serde_json::Value =
        serde_json::from_str(entry.detail.as_deref().unwrap_or("")).unwrap_or_default();
    let text = |member: &str| said.get(member).and_then(serde_json::Value::as_str).map(str::to_owned);
    StoredEntry {
        at: Instant(entry.at),
        // A gift without a person has no telephone; of a refund neither is kept.
        phone: entry.anonymous.map(|_| entry.phone.unwrap_or_default()),
        donor: entry.name,
        anonymous: entry.anonymous,
        amount: Fen(entry.amount_fen),
        method: text("method"),
        fund: entry.fund_code,
        receipt: text("receipt"),
        note: entry.note.unwrap_or_default(),
    }
}

/// The accepted names of funds, from the database.
async fn aliases(ctx: &Ctx, conn: &mut Conn<'_>) -> Answer<BTreeMap<String, String>> {
    let book = ctx.programme().await?;
    let known = store::fund::fund_aliases(conn).await?;
    let named = known.into_iter().filter_map(|(alias, id)| Some((alias, book.fund(id)?.code.clone())));
    Ok(named.collect())
}

/// The stored gifts that refunds of this list name and the list itself does not hold.
async fn earlier_gifts(
    conn: &mut Conn<'_>,
    source: &str,
    reading: &Reading,
    rows: &[SheetRow],
) -> Answer<BTreeMap<String, EarlierGift>> {
    let column = reading.header.column(domain::takeover::Field::Serial);
    let own: HashSet<&str> = rows.iter().filter_map(|row| Some(row.cell(column?))).collect();
    let named = reading.bad.iter().flat_map(|row| &row.reasons).filter_map(|reason| match reason {
        domain::takeover::BadReason::RefundOfUnknownGift { serial } if !own.contains(serial.as_str()) => {
            Some(serial)
        }
        _ => None,
    });
    let mut found = BTreeMap::new();
    for serial in named {
        let Some(gift) = store::takeover::taken_over_gift(conn, source, serial).await? else { continue };
        let refunds = store::takeover::taken_over_refunds(conn, source, GiftId(gift.gift_id)).await?;
        let earlier = EarlierGift {
            fund: gift.fund_code,
            date: Instant(gift.paid_at).date(),
            amount: Fen(gift.amount_fen),
            refunded: refunds.into_iter().map(|(serial, fen)| (serial, Fen(fen))).collect(),
        };
        found.insert(serial.clone(), earlier);
    }
    Ok(found)
}

/// Compares a list with what is stored.
async fn compare(ctx: &Ctx, conn: &mut Conn<'_>, source: &str, reading: &Reading) -> Answer<Changes> {
    let stored = store::takeover::taken_over_contents(conn, source).await?;
    let stored: HashMap<String, Vec<u8>> = stored.into_iter().collect();
    let digest = |content: &[u8]| content_digest(ctx, content);
    let mut changes = Changes::of(reading, |serial| stored.get(serial).cloned(), digest);
    refuse_spent_refunds(conn, source, reading, &mut changes).await?;
    Ok(changes)
}

pub(super) fn content_digest(ctx: &Ctx, content: &[u8]) -> Vec<u8> {
    ctx.house.keys.digest(CONTENT, content).to_vec()
}

/// A new refund of a stored gift that was given back meanwhile by other means is in conflict.
async fn refuse_spent_refunds(
    conn: &mut Conn<'_>,
    source: &str,
    reading: &Reading,
    changes: &mut Changes,
) -> Answer<()> {
    let new_gifts: HashSet<String> = changes
        .entries(reading)
        .filter(|(entry, change)| *change == Change::New && entry.refund_of.is_none())
        .map(|(entry, _)| entry.serial.clone())
        .collect();
    let mut left: HashMap<&str, i64> = HashMap::new();
    for place in changes.to_post(reading) {
        let entry: &PastEntry = &reading.entries[place];
        let Some(gift) = entry.refund_of.as_deref().filter(|gift| !new_gifts.contains(*gift)) else {
            continue;
        };
        let rest = match left.get(gift) {
            Some(rest) => *rest,
            None => left_of(conn, source, gift).await?,
        };
        let after = rest + entry.amount.0;
        if after < 0 {
            changes.set_conflict(place, Conflict::NotLeft { left: Fen(rest) });
        }
        left.insert(gift, if after < 0 { rest } else { after });
    }
    Ok(())
}

async fn left_of(conn: &mut Conn<'_>, source: &str, serial: &str) -> Answer<i64> {
    let Some(gift) = store::takeover::taken_over_gift(conn, source, serial).await? else { return Ok(0) };
    Ok(gift.amount_fen - store::refund::refund_total(conn, GiftId(gift.gift_id)).await?)
}

/// Posts the new entries, all or nothing. What is new is decided again inside the transaction.
async fn commit(ctx: &Ctx, reading: Arc<Reading>, source: String) -> Answer<Changes> {
    let funds = fund_places(&*ctx.programme().await?);
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let changes = compare(&at, &mut tx.conn(), &source, &reading).await?;
                let mut posting = Posting::new(&at, &source, &funds);
                for place in changes.to_post(&reading) {
                    posting.post(tx, &reading.entries[place]).await?;
                }
                posting.finish(tx).await?;
                Ok::<_, ServiceError>(changes)
            })
        })
        .await
}

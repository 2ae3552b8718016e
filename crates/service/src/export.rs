//! Taking the list of gifts out of the house, as CSV or as a workbook; that it left is an event.

use std::fs::File;
use std::io;
use std::path::Path;

use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::money::Fen;
use domain::receipt::ReceiptNumber;
use domain::takeover::neutralise;
use domain::time::Instant;
use rust_xlsxwriter::Workbook;
use store::export::ExportRow;
use uuid::Uuid;
use words::Lang;
use words::export as say;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};
use crate::programme::ProgrammeBook;
use crate::takeover::NeutralCsv;

/// Gifts read at once.
const PAGE: i64 = 2_000;

/// Rows that a sheet of a workbook holds, without its header (Excel's own limit).
const SHEET_ROWS: usize = 1_048_575;

/// In what form the list leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text, UTF-8.
    Csv,
    /// A workbook with one sheet.
    Xlsx,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A list that may leave: its cells as they are, still to be written.
pub struct GiftList {
    lang: Lang,
    rows: Vec<[String; 14]>,
}

/// Reads the list of all gifts in one moment, oldest first, and records that it leaves as `format`. Donors' names are in
/// it for those who may read donors.
///
/// # Errors
/// As the store.
pub async fn gifts_export(ctx: &Ctx, format: Format, lang: Lang) -> Answer<GiftList> {
    ctx.authorize(Action::ExportGifts)?;
    let names = ctx.authorize(Action::ReadDonors).is_ok();
    let book = ctx.programme().await?;
    let mut reader = ctx.house.db.read().await?;
    reader.snapshot().await?;
    let (mut rows, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let page = store::export::gifts_after(&mut reader.conn(), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        rows.extend(page.iter().map(|row| cells(lang, &book, row, names)));
    }
    reader.snapshot_end().await?;
    drop(reader);
    let (at, gifts) = (ctx.clone(), rows.len());
    // First the event: a list that leaves unseen would be worse than an event of a list that did not.
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let mut event = at.event("gifts.exported", ("export", at.id()));
                event.detail =
                    serde_json::json!({ "gifts": gifts, "format": format.as_str(), "names": names })
                        .to_string();
                tx.record(event, vec![]);
                Ok::<_, ServiceError>(())
            })
        })
        .await?;
    Ok(GiftList { lang, rows })
}

fn headings(lang: Lang) -> [&'static str; 14] {
    [
        say::reference(lang),
        say::pledged(lang),
        say::paid(lang),
        say::fund(lang),
        say::donor(lang),
        say::public(lang),
        say::amount(lang),
        say::fee(lang),
        say::refunded(lang),
        say::net(lang),
        say::state(lang),
        say::channel(lang),
        say::provider(lang),
        say::receipt(lang),
    ]
}

fn cells(lang: Lang, book: &ProgrammeBook, row: &ExportRow, names: bool) -> [String; 14] {
    let yuan = |fen: i64| Fen(fen).grouped().replace(',', "");
    let state = GiftState::from_word(&row.state);
    let fund = book.funds.iter().find(|fund| fund.id.0 == row.fund_id);
    let receipt = row.prefix.clone().zip(row.year).zip(row.number).map(|((prefix, year), number)| {
        ReceiptNumber { prefix, year: i32::try_from(year).unwrap_or(0), number }.to_string()
    });
    let held = state.is_some_and(GiftState::is_posted);
    let net = if held { row.amount_fen - row.fee_fen - row.refunded_fen } else { 0 };
    [
        row.out_trade_no.clone(),
        Instant(row.created_at).minute(),
        row.paid_at.map(|at| Instant(at).minute()).unwrap_or_default(),
        fund.map(|fund| lang.pick(&fund.name_zh, &fund.name_en).to_owned()).unwrap_or_default(),
        row.name.clone().filter(|_| names).unwrap_or_default(),
        if row.anonymous { say::unnamed(lang) } else { say::named(lang) }.to_owned(),
        yuan(row.amount_fen),
        yuan(row.fee_fen),
        yuan(row.refunded_fen),
        yuan(net),
        state.map_or("", |state| words::gift_state(lang, state)).to_owned(),
        Channel::from_word(&row.channel).map_or("", |channel| words::channel(lang, channel)).to_owned(),
        row.provider_ref.clone().unwrap_or_default(),
        receipt.unwrap_or_default(),
    ]
}

impl GiftList {
    /// How many gifts it holds.
    #[must_use]
    pub const fn gifts(&self) -> usize {
        self.rows.len()
    }

    /// Writes it into an empty file. Cells that a spreadsheet program could take for formulas are made harmless; amounts
    /// are text to the fen.
    ///
    /// # Errors
    /// Those of the file, or more rows than a workbook holds.
    pub fn write(&self, file: File, format: Format) -> io::Result<()> {
        match format {
            Format::Csv => {
                let mut csv = NeutralCsv::new(io::BufWriter::new(file), headings(self.lang))?;
                for row in &self.rows {
                    csv.row(row.iter().map(String::as_str))?;
                }
                csv.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
            }
            Format::Xlsx => self.workbook(file),
        }
    }

    fn workbook(&self, file: File) -> io::Result<()> {
        if self.rows.len() > SHEET_ROWS {
            return Err(io::Error::other(format!("a sheet holds {SHEET_ROWS} gifts at most: take csv")));
        }
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, heading) in (0..).zip(headings(self.lang)) {
            sheet.write_string(0, column, heading).map_err(io::Error::other)?;
        }
        for (line, row) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                sheet.write_string(line, column, neutralise(cell)).map_err(io::Error::other)?;
            }
        }
        book.save_to_writer(&file).map_err(io::Error::other)?;
        file.sync_all()
    }
}

/// Makes a file that only its owner reads; one that is there is left alone.
///
/// # Errors
/// Those of the file system.
pub fn export_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

//! Loads of files of units, and uploads that became none.

use app::pages::console::load_form::UploadForm;
use app::pages::console::load_run::{UploadRun, page as run_page};
use app::pages::console::loads::{LoadRow, LoadStand, LoadView, LoadsView, Refused, list_page, page};
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Action;
use domain::id::LoadId;
use domain::refusal::Refusal;
use domain::registry::UploadState;
use domain::time::Instant;
use futures::TryStreamExt as _;
use serde::Deserialize;
use service::registry::loads::{LoadLine, loads};
use service::registry::uploads::{
    LoadDetail, RefusedLine, UploadLine, load_detail, refused_after, upload_banks, uploads_alone,
};
use service::takeover::NeutralCsv;
use service::{Answer, ServiceError};
use words::Lang;
use words::console::upload as say;

use super::registry::Progress;
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Refusals on one page.
const PAGE: i64 = 100;

/// Refusals read at once for the file of them.
const FILE_PAGE: i64 = 2_000;

/// What the address asks for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    after: String,
}

fn row(lang: Lang, line: LoadLine) -> LoadRow {
    let LoadLine { load, bank } = line;
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    LoadRow {
        id: load.load_id(),
        bank: lang.pick(&bank.name_zh, &bank.name_en).to_owned(),
        full: load.kind == "full",
        state: match load.state.as_str() {
            "published" => LoadStand::Published,
            "staging" => LoadStand::Staging,
            _ => LoadStand::Abandoned,
        },
        file: load.file_name,
        format: load.format,
        started_at: Instant(load.started_at),
        touched_at: Instant(load.touched_at),
        closed_at: load.closed_at.map(Instant),
        read: number(load.read),
        added: number(load.added),
        changed: number(load.changed),
        unchanged: number(load.unchanged),
        withdrawn: number(load.withdrawn),
        refused: number(load.refused),
        release: load.release,
    }
}

fn run(reader: &Reader, line: UploadLine) -> UploadRun {
    let lang = reader.context.lang;
    let UploadLine { row, bank, state, end, kept, by, .. } = line;
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    UploadRun {
        id: row.load_id(),
        size: number(row.size),
        bank: bank.map_or(row.bank, |(zh, en)| lang.pick(&zh, &en).to_owned()),
        trial: row.dry_run,
        file: row.file_name,
        by,
        state,
        started_at: Instant(row.started_at),
        closed_at: row.closed_at.map(Instant),
        bytes: number(row.bytes),
        read: number(row.read),
        refused: number(row.refused),
        end,
        kept,
        may: reader.context.may(Action::ImportUnits),
        error: None,
    }
}

/// The newest loads, uploads that became none, and the form for whoever may send a file.
pub async fn list(reader: Reader) -> Response {
    staff_only!(reader);
    let view = list_view(&reader, UploadForm::default()).await;
    reader.answer(view, list_page)
}

/// What the list shows, with a form as it was sent.
pub(super) async fn list_view(reader: &Reader, form: UploadForm) -> Answer<LoadsView> {
    let lang = reader.context.lang;
    let rows = loads(&reader.ctx).await?.into_iter().map(|line| row(lang, line)).collect();
    let uploads = uploads_alone(&reader.ctx).await?.into_iter().map(|line| run(reader, line)).collect();
    let form = if reader.context.may(Action::ImportUnits) {
        let banks = upload_banks(&reader.ctx).await?;
        let name =
            |bank: store::bank::BankRow| (bank.code, lang.pick(&bank.name_zh, &bank.name_en).to_owned());
        let max_mib = reader.ctx.house.uploads.max_mib();
        Some(UploadForm { banks: banks.into_iter().map(name).collect(), max_mib, ..form })
    } else {
        None
    };
    Ok(LoadsView { rows, uploads, form })
}

fn refused(id: LoadId, lines: Vec<RefusedLine>, total: u64, more: bool) -> Refused {
    let last = lines.last().map(|line| line.place).filter(|_| more);
    Refused {
        total,
        more: last.map(|place| format!("/console/loads/{id}?after={place}")),
        lines: lines
            .into_iter()
            .map(|line| (line.line, line.registry_id, serde_json::from_str(&line.reason).ok()))
            .collect(),
    }
}

/// One load or upload, with what it refused.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    detail(&reader, &text, asked.after.parse().unwrap_or(i64::MIN), StatusCode::OK, None).await
}

/// The page of one, with what was wrong with what the reader just asked.
pub(super) async fn detail(
    reader: &Reader,
    text: &str,
    after: i64,
    status: StatusCode,
    error: Option<Refusal>,
) -> Response {
    let loaded = async {
        let id: LoadId = text.parse().map_err(|_| Refusal::NotFound)?;
        Ok::<_, ServiceError>((id, load_detail(&reader.ctx, id, after, PAGE).await?))
    };
    let (id, detail) = match loaded.await {
        Ok(found) => found,
        Err(error) => return reader.problem(error),
    };
    let LoadDetail { load, upload, refused: lines, more } = detail;
    let upload = upload.map(|line| UploadRun { error, ..run(reader, line) });
    let total = |n: u64| n.max(lines.len() as u64);
    match (load, upload) {
        (Some(load), upload) => {
            let load = row(reader.context.lang, load);
            let total = total(load.refused);
            let view = LoadView { load, upload, refused: refused(id, lines, total, more) };
            reader.page(status, |context| page(context, view))
        }
        (None, Some(upload)) => {
            let total = total(upload.refused);
            let refused = refused(id, lines, total, more);
            reader.page(status, |context| run_page(context, upload, refused))
        }
        (None, None) => reader.not_found(),
    }
}

/// How far a load is, for the bar on its page.
pub async fn state(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let found = async {
        let id: LoadId = text.parse().map_err(|_| Refusal::NotFound)?;
        load_detail(&reader.ctx, id, i64::MAX, 1).await
    };
    match found.await {
        Ok(LoadDetail { upload: Some(upload), .. }) => {
            let run = run(&reader, upload);
            let (percent, text) = (run.percent(), run.progress_words(reader.context.lang));
            Progress { state: run.state.as_str(), percent, text }.answer()
        }
        Ok(LoadDetail { load, .. }) => {
            let under_way = load.is_some_and(|line| line.load.state == "staging");
            let state = if under_way { UploadState::Running } else { UploadState::Done };
            Progress { state: state.as_str(), percent: None, text: String::new() }.answer()
        }
        Err(error) => reader.problem(error),
    }
}

/// What a load or trial refused, as a file for a spreadsheet program: every cell is harmless.
pub async fn refusals(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let lang = reader.context.lang;
    let first = async {
        let id: LoadId = text.parse().map_err(|_| Refusal::NotFound)?;
        // That it is there and may be read is known before the first byte leaves.
        load_detail(&reader.ctx, id, i64::MAX, 1).await?;
        let lines = refused_after(&reader.ctx, id, i64::MIN, FILE_PAGE).await?;
        Ok::<_, ServiceError>((id, lines))
    };
    let (id, lines) = match first.await {
        Ok(first) => first,
        Err(error) => return reader.problem(error),
    };
    let headings = [say::csv_line(lang), say::csv_id(lang), say::csv_reason(lang)];
    let begun = NeutralCsv::new(Vec::new(), headings).map_err(std::io::Error::other);
    let ctx = reader.ctx.clone();
    // A page at a time goes out while the next is read: a load of millions may refuse as many.
    let pages = futures::stream::try_unfold((Some(lines), Some(begun)), move |(lines, begun)| {
        let ctx = ctx.clone();
        async move {
            let Some(lines) = lines.filter(|lines| !lines.is_empty() || begun.is_some()) else {
                return Ok(None);
            };
            let csv = match begun {
                Some(begun) => begun?,
                None => NeutralCsv::go_on(Vec::new()),
            };
            let bytes = written(lang, csv, &lines)?;
            let next = match lines.last() {
                Some(last) => {
                    refused_after(&ctx, id, last.place, FILE_PAGE).await.map_err(std::io::Error::other)?
                }
                None => Vec::new(),
            };
            Ok::<_, std::io::Error>(Some((bytes, (Some(next), None))))
        }
    });
    let name = format!("attachment; filename=\"refused-{id}.csv\"");
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (head, Body::from_stream(pages.map_ok(Bytes::from))).into_response()
}

fn written(lang: Lang, mut csv: NeutralCsv<Vec<u8>>, lines: &[RefusedLine]) -> std::io::Result<Vec<u8>> {
    for line in lines {
        let reason = match serde_json::from_str(&line.reason) {
            Ok(reason) => words::load_refusal(lang, &reason),
            Err(_) => words::console::loads::reason_unknown(lang).to_owned(),
        };
        csv.row([line.line.to_string().as_str(), &line.registry_id, &reason])?;
    }
    csv.finish()
}

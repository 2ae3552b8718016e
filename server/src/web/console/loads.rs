//! Loads of files of units.

use app::pages::console::loads::{LoadRow, LoadStand, LoadView, list_page, page};
use axum::extract::Path;
use axum::response::Response;
use domain::id::LoadId;
use domain::refusal::Refusal;
use domain::time::Instant;
use serde::Deserialize;
use service::Answer;
use service::registry::loads::{LoadLine, load_file, loads};
use words::Lang;

use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::Query;

/// Refusals on one page.
const PAGE: i64 = 100;

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

/// The newest loads.
pub async fn list(reader: Reader) -> Response {
    staff_only!(reader);
    let lang = reader.context.lang;
    let rows = loads(&reader.ctx).await.map(|all| all.into_iter().map(|line| row(lang, line)).collect());
    reader.answer(rows, list_page)
}

/// One load, with what it refused.
pub async fn show(reader: Reader, Path(text): Path<String>, Query(asked): Query<Asked>) -> Response {
    staff_only!(reader);
    let loaded: Answer<LoadView> = async {
        let id: LoadId = text.parse().map_err(|_| Refusal::NotFound)?;
        let after = asked.after.parse().unwrap_or(i64::MIN);
        let (line, refused, more) = load_file(&reader.ctx, id, after, PAGE).await?;
        let last = refused.last().map(|row| row.line).filter(|_| more);
        Ok(LoadView {
            load: row(reader.context.lang, line),
            more: last.map(|line| format!("/console/loads/{id}?after={line}")),
            refused: refused
                .into_iter()
                .map(|row| (row.line, row.registry_id, serde_json::from_str(&row.reason).ok()))
                .collect(),
        })
    }
    .await;
    reader.answer(loaded, page)
}

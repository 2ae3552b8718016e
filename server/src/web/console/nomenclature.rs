//! The HLA nomenclature: which release is in use, and loading another one.

use app::pages::console::nomenclature::{News, NomenclatureView, ReleaseRow, page};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Action;
use domain::refusal::{FileRefusal, Refusal};
use serde::Deserialize;
use service::registry::nomenclature::{
    ReleaseLine, SENT_AT_MOST, nomenclature_choose, nomenclature_sent, nomenclature_state,
};
use service::{Answer, ServiceError};

use super::lab::{Fields, field};
use super::staff_only;
use crate::web::page::Reader;
use crate::web::typed::{Form, Query};
use crate::web::upload::{Incoming, Part};

/// Files that are taken at once: the five tables, with room for what lies beside them.
const FILES: usize = 12;

/// What the reader comes from.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Came {
    loaded: String,
    chosen: String,
}

async fn view(reader: &Reader, error: Option<Refusal>, came: Came) -> Answer<NomenclatureView> {
    let state = nomenclature_state(&reader.ctx).await?;
    let row = |release: ReleaseLine| ReleaseRow {
        version: release.version,
        loaded_at: release.loaded_at,
        missing: release.missing,
        in_use: release.in_use,
    };
    let releases: Vec<ReleaseRow> = state.releases.into_iter().map(row).collect();
    // What an address says is told only where it is so.
    let used = |version: &String| releases.iter().any(|one| one.in_use && one.version == *version);
    let news = Some(came.loaded).filter(used).map(News::Loaded);
    let news = news.or_else(|| Some(came.chosen).filter(used).map(News::Chosen));
    Ok(NomenclatureView { releases, searched: state.searched, max_mib: SENT_AT_MOST >> 20, error, news })
}

/// The releases.
pub async fn show(reader: Reader, Query(came): Query<Came>) -> Response {
    staff_only!(reader);
    reader.answer(view(&reader, None, came).await, page)
}

/// Takes a release in that is sent as files or as one archive.
pub async fn send(reader: Reader, sent: Incoming) -> Response {
    staff_only!(reader);
    let done = async {
        // Before anything is read.
        reader.ctx.authorize(Action::ManageNomenclature)?;
        let mut sent = sent.at_most((SENT_AT_MOST >> 20) as u64);
        match files(&mut sent).await {
            Ok(files) => Ok(nomenclature_sent(&reader.ctx, files).await?.version),
            Err(error) => {
                sent.drain().await;
                Err(error)
            }
        }
    };
    let done = done.await;
    after(&reader, "loaded", done).await
}

async fn files(sent: &mut Incoming) -> Answer<Vec<(String, Vec<u8>)>> {
    let (mut files, mut room) = (Vec::new(), SENT_AT_MOST);
    while let Some(part) = sent.part().await? {
        let Part::File(file) = part else { continue };
        let name = file.name.clone();
        let bytes = file.whole(room).await?;
        room -= bytes.len();
        if !bytes.is_empty() {
            files.push((name, bytes));
        }
        if files.len() > FILES {
            return Err(Refusal::ChoiceUnknown.into());
        }
    }
    if files.is_empty() { Err(FileRefusal::Missing.into()) } else { Ok(files) }
}

/// Takes a release into use that was loaded before.
pub async fn choose(reader: Reader, Form(form): Form<Fields>) -> Response {
    staff_only!(reader);
    let version = field(&form, "version").to_owned();
    let done = nomenclature_choose(&reader.ctx, &version).await.map(|_| version);
    after(&reader, "chosen", done).await
}

async fn after(reader: &Reader, what: &str, done: Answer<String>) -> Response {
    match done {
        Ok(version) => {
            let version: String = url::form_urlencoded::byte_serialize(version.as_bytes()).collect();
            Redirect::to(&format!("/console/nomenclature?{what}={version}")).into_response()
        }
        Err(ServiceError::Refused(refusal))
            if !matches!(refusal, Refusal::NotAllowed | Refusal::NotFound) =>
        {
            match view(reader, Some(refusal), Came::default()).await {
                Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| page(context, view)),
                Err(error) => reader.problem(error),
            }
        }
        Err(error) => reader.problem(error),
    }
}

//! The registry's overview, and how far its reading is.

use app::pages::console::registry::{RegistryView, page, reading_page};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::refusal::Refusal;
use serde::Serialize;
use service::registry::live::overview;
use service::{Answer, ServiceError};

use super::staff_only;
use crate::web::page::Reader;

/// What the bar of a page asks for again and again.
#[derive(Serialize)]
pub(super) struct Progress {
    pub(super) state: &'static str,
    pub(super) percent: Option<u32>,
    pub(super) text: String,
}

impl Progress {
    pub(super) fn answer(self) -> Response {
        ([(header::CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}

fn view(reader: &Reader) -> Answer<RegistryView> {
    let (overview, state) = overview(&reader.ctx)?;
    Ok(RegistryView {
        overview,
        found: state.found as u64,
        number: state.number,
        release: state.release,
        bytes: state.bytes as u64,
        millis: state.made.millis,
        unread: state.made.unread,
        contradictory: state.made.contradictory,
    })
}

/// The overview; while the registry is being read, how far that is.
pub async fn show(reader: Reader) -> Response {
    staff_only!(reader);
    match view(&reader) {
        Err(ServiceError::Refused(Refusal::RegistryBeingRead { percent })) => {
            reader.page(StatusCode::OK, |context| reading_page(context, percent))
        }
        view => reader.answer(view, page),
    }
}

/// How far the reading is.
pub async fn state(reader: Reader) -> Response {
    staff_only!(reader);
    let lang = reader.context.lang;
    match overview(&reader.ctx) {
        Ok(_) => Progress { state: "read", percent: Some(100), text: String::new() }.answer(),
        Err(ServiceError::Refused(Refusal::RegistryBeingRead { percent })) => Progress {
            state: "reading",
            percent: Some(percent.into()),
            text: words::console::registry::reading_progress(lang, percent),
        }
        .answer(),
        Err(error) => reader.problem(error),
    }
}

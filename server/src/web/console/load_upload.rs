//! Sending a file of units, and what may be done with it: load it after its trial, stop it, delete it.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::pages::console::lab::FormState;
use app::pages::console::load_form::UploadForm;
use app::pages::console::loads::list_page;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::LoadId;
use domain::refusal::{FileRefusal, Refusal};
use domain::registry::UploadAsked;
use service::registry::uploads::{self, upload_load, upload_open, upload_start, upload_stop};
use service::work::Clock;
use service::{Answer, ServiceError};
use store::StoreError;

use super::lab::{Fields, field};
use super::loads::{detail, list_view};
use super::staff_only;
use crate::web::page::Reader;
use crate::web::router::Shared;
use crate::web::typed::Form;
use crate::web::upload::{FilePart, Incoming, Part};

fn clock(shared: &Shared) -> Clock {
    let clock = shared.clock;
    Arc::new(clock)
}

/// A file of units: written to the disk as it comes, then read in the background.
pub async fn send(State(shared): State<Shared>, reader: Reader, sent: Incoming) -> Response {
    staff_only!(reader);
    let mut form = Fields::new();
    match take(&shared, &reader, sent, &mut form).await {
        Ok(id) => Redirect::to(&format!("/console/loads/{id}")).into_response(),
        Err(ServiceError::Refused(refusal))
            if !matches!(refusal, Refusal::NotAllowed | Refusal::NotFound) =>
        {
            let form = UploadForm {
                state: FormState { typed: form, error: Some(refusal) },
                ..UploadForm::default()
            };
            match list_view(&reader, form).await {
                Ok(view) => reader.page(StatusCode::UNPROCESSABLE_ENTITY, |context| list_page(context, view)),
                Err(error) => reader.problem(error),
            }
        }
        Err(error) => reader.problem(error),
    }
}

async fn take(
    shared: &Shared,
    reader: &Reader,
    sent: Incoming,
    form: &mut BTreeMap<String, String>,
) -> Answer<LoadId> {
    // Whether the reader may is known before a byte of the file is read.
    let place = upload_open(&reader.ctx).await?;
    let mut sent = sent.at_most(reader.ctx.house.uploads.max_mib());
    match arrive(reader, &mut sent, place, form).await {
        Ok((arrived, asked)) => upload_start(&reader.ctx, arrived, asked, clock(shared)).await,
        Err(error) => {
            sent.drain().await;
            Err(error)
        }
    }
}

async fn arrive(
    reader: &Reader,
    sent: &mut Incoming,
    place: uploads::Incoming,
    form: &mut BTreeMap<String, String>,
) -> Answer<(uploads::Arrived, UploadAsked)> {
    while let Some(part) = sent.part().await? {
        match part {
            Part::Text(name, text) => {
                form.insert(name, text);
            }
            Part::File(file) => {
                // The file is the form's last field: what is asked is all there.
                let asked = UploadAsked::read(form)?;
                return Ok((write(reader, file, place).await?, asked));
            }
        }
    }
    Err(FileRefusal::Missing.into())
}

async fn write(
    reader: &Reader,
    mut file: FilePart<'_>,
    mut place: uploads::Incoming,
) -> Answer<uploads::Arrived> {
    let uploads = &reader.ctx.house.uploads;
    loop {
        let chunk = tokio::select! {
            chunk = file.chunk() => chunk?,
            // A program that ends waits for no sender.
            () = uploads.ending() => return Err(StoreError::Unavailable.into()),
        };
        match chunk {
            Some(bytes) => place.write(&bytes).await?,
            None => return place.end(&file.name).await,
        }
    }
}

async fn answered(reader: &Reader, text: &str, done: Answer<LoadId>) -> Response {
    match done {
        Ok(id) => Redirect::to(&format!("/console/loads/{id}")).into_response(),
        Err(ServiceError::Refused(refusal @ Refusal::File(_))) => {
            detail(reader, text, i64::MIN, StatusCode::UNPROCESSABLE_ENTITY, Some(refusal)).await
        }
        Err(error) => reader.problem(error),
    }
}

fn id(text: &str) -> Answer<LoadId> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// Loads the file of a trial in earnest.
pub async fn load(
    State(shared): State<Shared>,
    reader: Reader,
    Path(text): Path<String>,
    Form(form): Form<Fields>,
) -> Response {
    staff_only!(reader);
    let done = async {
        let shrink = field(&form, "may_shrink") == "on";
        upload_load(&reader.ctx, id(&text)?, shrink, clock(&shared)).await
    };
    let done = done.await;
    answered(&reader, &text, done).await
}

/// Stops a reading, or deletes the file of a trial.
pub async fn stop(reader: Reader, Path(text): Path<String>) -> Response {
    staff_only!(reader);
    let done = async {
        let id = id(&text)?;
        upload_stop(&reader.ctx, id).await?;
        Ok(id)
    };
    let done = done.await;
    answered(&reader, &text, done).await
}

//! `GET /v1/sms?to=`: the merchant's own messages, newest first, all or those to one number.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::Error;
use crate::fields;
use crate::signed::Signed;
use crate::sms::{self, SmsView};

#[derive(Deserialize)]
pub(super) struct Asked {
    to: Option<String>,
}

#[derive(Serialize)]
pub(super) struct List {
    sms: Vec<SmsView>,
}

pub(super) async fn handle(
    State(app): State<App>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
    signed: Signed,
) -> Result<Json<List>, Error> {
    let Query(asked) = asked.map_err(|_| Error::field("to"))?;
    if asked.to.as_ref().is_some_and(|to| !fields::is_mobile(to)) {
        return Err(Error::field("to"));
    }
    let found = sms::newest(app.db().read(), Some(&signed.merchant), asked.to.as_deref()).await?;
    Ok(Json(List { sms: found.into_iter().map(sms::Sms::view).collect() }))
}

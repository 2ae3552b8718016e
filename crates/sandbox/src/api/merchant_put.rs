//! `PUT /v1/merchants/{id}`: a merchant registers its key (trust on first use) or changes it (with the old key).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Code, Error};
use crate::signed::Claim;
use crate::{fields, merchant, signing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    public_key: String,
    name: Option<String>,
}

#[derive(Serialize)]
pub(super) struct View {
    merchant: String,
    name: String,
    key_id: String,
}

/// The first time the request is signed with the very key it brings (proof that its owner sends it); later with the
/// key stored so far, so nobody else takes a registered name over.
pub(super) async fn handle(
    State(app): State<App>,
    Path(id): Path<String>,
    claim: Claim,
) -> Result<(StatusCode, Json<View>), Error> {
    if claim.merchant != id {
        return Err(Code::MerchantMismatch.into());
    }
    let body: Body = claim.json()?;
    let key = signing::public_key(&body.public_key).ok_or_else(|| Error::field("public_key"))?;
    if body.name.as_ref().is_some_and(|name| !fields::is_line(name, 60)) {
        return Err(Error::field("name"));
    }

    let mut tx = app.db().begin().await?;
    let known = merchant::find(&mut *tx, &id).await.map_err(Error::Internal)?;
    let status = match &known {
        Some(known) => {
            claim.verify(&known.key)?;
            StatusCode::OK
        }
        None if !app.config.open_registration => return Err(Code::RegistrationClosed.into()),
        None => {
            claim.verify(&key)?;
            StatusCode::CREATED
        }
    };
    let name = body.name.or_else(|| known.map(|known| known.name)).unwrap_or_else(|| id.clone());
    merchant::store(&mut tx, &id, &name, key.as_bytes(), app.now_ms()).await?;
    tx.commit().await?;
    tracing::info!(merchant = id, "merchant registered");
    Ok((status, Json(View { merchant: id, name, key_id: signing::key_id(&key) })))
}

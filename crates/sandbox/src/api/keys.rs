//! `GET /v1/keys`: the public keys that notifications and answers are signed with. Needs no signature.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::world::instant;

#[derive(Serialize)]
pub(super) struct Keys {
    keys: [Key; 1],
}

#[derive(Serialize)]
struct Key {
    key_id: String,
    algorithm: &'static str,
    public_key: String,
    created_at: Timestamp,
}

pub(super) async fn handle(State(app): State<App>) -> Json<Keys> {
    let key = Key {
        key_id: app.key.id().to_owned(),
        algorithm: "ed25519",
        public_key: app.key.public_base64(),
        created_at: instant(app.key.created_ms()),
    };
    Json(Keys { keys: [key] })
}

//! What is signed, byte for byte, and the provider's own Ed25519 key.

use anyhow::Context;
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::db::Db;
use crate::world::World;

/// Names of the signature headers, both ways.
pub(crate) mod header {
    pub const MERCHANT: &str = "sandbox-merchant";
    pub const KEY_ID: &str = "sandbox-key-id";
    pub const TIMESTAMP: &str = "sandbox-timestamp";
    pub const NONCE: &str = "sandbox-nonce";
    pub const SIGNATURE: &str = "sandbox-signature";
}

/// How far the clock of the other side may be off, in seconds: less than five minutes.
pub(crate) const MAX_SKEW_S: i64 = 300;

/// What a merchant signs: method, path with query, timestamp, nonce and the body's SHA-256 in lower-case hex, each
/// followed by a line feed.
pub(crate) fn request_message(
    method: &str,
    target: &str,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    let digest = HEXLOWER.encode(&Sha256::digest(body));
    format!("{method}\n{target}\n{timestamp}\n{nonce}\n{digest}\n").into_bytes()
}

/// What the provider signs of a notification: timestamp, nonce and the raw body, each followed by a line feed.
pub(crate) fn notification_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    let mut message = format!("{timestamp}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}

/// What the provider signs of an answer. The request's nonce and the status come first: an old answer cannot be
/// played again to a new question, nor can an answer be passed off as a notification.
pub(crate) fn answer_message(
    request_nonce: &str,
    status: u16,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut message = format!("{request_nonce}\n{status}\n").into_bytes();
    message.extend_from_slice(&notification_message(timestamp, nonce, body));
    message
}

/// The short name of a public key: the first 16 hex digits of its SHA-256.
pub(crate) fn key_id(key: &VerifyingKey) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes())[..8])
}

/// A public key in base64. None when it is no key, or one of the few weak points that verify anything.
pub(crate) fn public_key(base64: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = BASE64.decode(base64.as_bytes()).ok()?.try_into().ok()?;
    strong_key(&bytes)
}

/// A public key from its 32 bytes; None as for [`public_key`].
pub(crate) fn strong_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak())
}

/// A signature in base64.
pub(crate) fn signature(base64: &str) -> Option<Signature> {
    let bytes: [u8; 64] = BASE64.decode(base64.as_bytes()).ok()?.try_into().ok()?;
    Some(Signature::from_bytes(&bytes))
}

/// The provider's signing key.
pub(crate) struct ProviderKey {
    key: SigningKey,
    id: String,
    created_ms: i64,
}

impl ProviderKey {
    /// Reads the key from the database, or makes it on the first start.
    pub(crate) async fn load(db: &Db, world: &dyn World) -> anyhow::Result<Self> {
        let mut fresh = [0_u8; 32];
        world.fill(&mut fresh);
        let mut tx = db.begin().await?;
        sqlx::query(
            "insert into signing_key (only_row, seed, created_ms) values (1, $1, $2) on conflict do nothing",
        )
        .bind(fresh.as_slice())
        .bind(world.now().as_millisecond())
        .execute(&mut *tx)
        .await?;
        let (seed, created_ms): (Vec<u8>, i64) =
            sqlx::query_as("select seed, created_ms from signing_key").fetch_one(&mut *tx).await?;
        tx.commit().await?;
        let seed: [u8; 32] = seed.try_into().ok().context("the stored signing key has not 32 bytes")?;
        Ok(Self::new(&seed, created_ms))
    }

    fn new(seed: &[u8; 32], created_ms: i64) -> Self {
        let key = SigningKey::from_bytes(seed);
        let id = key_id(&key.verifying_key());
        Self { key, id, created_ms }
    }

    /// A key nobody has heard of, for a forgery that claims to be signed by us.
    pub(crate) fn stranger(&self, world: &dyn World) -> Self {
        let mut seed = [0_u8; 32];
        world.fill(&mut seed);
        Self { key: SigningKey::from_bytes(&seed), id: self.id.clone(), created_ms: self.created_ms }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn created_ms(&self) -> i64 {
        self.created_ms
    }

    pub(crate) fn public_base64(&self) -> String {
        BASE64.encode(self.key.verifying_key().as_bytes())
    }

    /// The four signature headers for what `message` makes of a fresh timestamp and nonce.
    pub(crate) fn headers(
        &self,
        world: &dyn World,
        message: impl FnOnce(&str, &str) -> Vec<u8>,
    ) -> HeaderMap {
        let timestamp = world.now().as_second().to_string();
        let mut nonce = [0_u8; 16];
        world.fill(&mut nonce);
        let nonce = HEXLOWER.encode(&nonce);
        let signature = BASE64.encode(&self.key.sign(&message(&timestamp, &nonce)).to_bytes());
        let pairs = [
            (header::KEY_ID, self.id.as_str()),
            (header::TIMESTAMP, &timestamp),
            (header::NONCE, &nonce),
            (header::SIGNATURE, &signature),
        ];
        let ascii = |text: &str| HeaderValue::from_str(text).expect("hex, digits and base64 are header text");
        pairs
            .into_iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), ascii(value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README's worked examples, computed again: a client written from the README can be tested against them.
    #[test]
    fn readme_vectors_are_true() {
        let readme = include_str!("../README.md");
        let merchant = SigningKey::from_bytes(&std::array::from_fn(|i| u8::try_from(i).unwrap()));
        let provider = ProviderKey::new(&std::array::from_fn(|i| u8::try_from(32 + i).unwrap()), 0);
        let nonce = "0123456789abcdef0123456789abcdef";

        let body = br#"{"out_refund_no":"R1","out_trade_no":"G1","amount_fen":50,"reason":"test"}"#;
        let post = request_message("POST", "/v1/refunds", "1767225600", nonce, body);
        let get = request_message("GET", "/v1/sms?to=13800138000", "1767225600", nonce, b"");
        let notice = notification_message("1767225600", nonce, br#"{"event":"payment.paid"}"#);
        let answer =
            answer_message(nonce, 200, "1767225601", "fedcba9876543210fedcba9876543210", br#"{"a":1}"#);
        let values = [
            BASE64.encode(merchant.verifying_key().as_bytes()),
            provider.public_base64(),
            provider.id().to_owned(),
            HEXLOWER.encode(&Sha256::digest(body)),
            HEXLOWER.encode(&Sha256::digest(b"")),
            BASE64.encode(&merchant.sign(&post).to_bytes()),
            BASE64.encode(&merchant.sign(&get).to_bytes()),
            BASE64.encode(&provider.key.sign(&notice).to_bytes()),
            BASE64.encode(&provider.key.sign(&answer).to_bytes()),
        ];
        for value in values {
            assert!(readme.contains(&value), "README.md does not hold {value}");
        }
    }

    #[test]
    fn weak_keys_are_refused() {
        let mut identity = [0_u8; 32];
        identity[0] = 1;
        assert!(strong_key(&identity).is_none());
        assert!(public_key("AAAA").is_none());
    }
}

//! The extractor that admits a request only when its merchant's signature over it is right.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::{Code, Error};
use crate::signing::{self, header};
use crate::{fields, merchant};

/// The largest body a merchant may send, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// A request whose signature was found right: who sent it and what it says.
pub(crate) struct Signed {
    pub merchant: String,
    pub body: Bytes,
}

impl Signed {
    /// The body as JSON without unknown fields.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        parse(&self.body)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|_| Code::BodyInvalid.into())
}

impl FromRequest<App> for Signed {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let claim = Claim::read(request, app).await?;
        let known = merchant::find(app.db().read(), &claim.merchant).await.map_err(Error::Internal)?;
        claim.verify(&known.ok_or(Code::MerchantUnknown)?.key)?;
        Ok(Self { merchant: claim.merchant, body: claim.body })
    }
}

/// A signature that is well formed and fresh, and not verified yet.
pub(crate) struct Claim {
    pub merchant: String,
    pub body: Bytes,
    message: Vec<u8>,
    signature: Signature,
}

impl FromRequest<App> for Claim {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        Self::read(request, app).await
    }
}

impl Claim {
    async fn read(request: Request<Body>, app: &App) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let merchant = text(&parts.headers, header::MERCHANT)?;
        let timestamp = text(&parts.headers, header::TIMESTAMP)?;
        let nonce = text(&parts.headers, header::NONCE)?;
        let signature = signing::signature(text(&parts.headers, header::SIGNATURE)?);
        let signature = signature.ok_or(Code::SignatureMalformed)?;
        if !fields::is_merchant_id(merchant) || !fields::is_nonce(nonce) {
            return Err(Code::SignatureMalformed.into());
        }
        let second: i64 = timestamp.parse().map_err(|_| Code::SignatureMalformed)?;
        if second.saturating_sub(app.now().as_second()).saturating_abs() >= signing::MAX_SKEW_S {
            return Err(Code::TimestampSkewed.into());
        }
        let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| Code::BodyTooLarge)?;
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let message = signing::request_message(parts.method.as_str(), target, timestamp, nonce, &body);
        Ok(Self { merchant: merchant.to_owned(), body, message, signature })
    }

    /// Whether `key` made this signature.
    pub(crate) fn verify(&self, key: &VerifyingKey) -> Result<(), Error> {
        key.verify_strict(&self.message, &self.signature).map_err(|_| Code::SignatureInvalid.into())
    }

    /// The body as JSON without unknown fields. Not to be acted on before [`Claim::verify`].
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        parse(&self.body)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Error> {
    let value = headers.get(name).ok_or(Code::SignatureMissing)?;
    value.to_str().map_err(|_| Code::SignatureMalformed.into())
}

//! What the service answers when it does not do what was asked: a code, the field it is about, and a status.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request was refused. The words on the wire are these names in snake case; the README lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    BodyInvalid,
    BodyTooLarge,
    FieldInvalid,
    SignatureMissing,
    SignatureMalformed,
    SignatureInvalid,
    TimestampSkewed,
    MerchantUnknown,
    MerchantMismatch,
    RegistrationClosed,
    NotFound,
    PaymentNotFound,
    PaymentConflict,
    PaymentPaid,
    PaymentClosed,
    PaymentExpired,
    PaymentNotPaid,
    RefundNotFound,
    RefundConflict,
    RefundExceedsPaid,
    SmsConflict,
    SmsNumberBlocked,
    SmsCarrierDown,
    MerchantNeeded,
    NotificationNotFound,
    Internal,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::BodyInvalid => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FieldInvalid | Self::SmsNumberBlocked => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SignatureMissing
            | Self::SignatureMalformed
            | Self::SignatureInvalid
            | Self::TimestampSkewed
            | Self::MerchantUnknown => StatusCode::UNAUTHORIZED,
            Self::MerchantMismatch | Self::RegistrationClosed => StatusCode::FORBIDDEN,
            Self::NotFound | Self::PaymentNotFound | Self::RefundNotFound | Self::NotificationNotFound => {
                StatusCode::NOT_FOUND
            }
            Self::PaymentConflict
            | Self::PaymentPaid
            | Self::PaymentClosed
            | Self::PaymentExpired
            | Self::PaymentNotPaid
            | Self::RefundConflict
            | Self::RefundExceedsPaid
            | Self::SmsConflict
            | Self::MerchantNeeded => StatusCode::CONFLICT,
            Self::SmsCarrierDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A refusal with its code, or a fault of the service itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request was understood and not done.
    #[error("refused: {0:?} {1:?}")]
    Refused(Code, Option<&'static str>),
    /// The service failed; the cause is logged and not told.
    #[error("internal fault")]
    Internal(#[source] anyhow::Error),
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Refused(code, None)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl Error {
    /// `field` holds a value that breaks its documented shape.
    pub(crate) fn field(field: &'static str) -> Self {
        Self::Refused(Code::FieldInvalid, Some(field))
    }

    /// The code that stands in the answer.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Refused(code, _) => *code,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// The answer's HTTP status; logs the cause of a fault.
    pub(crate) fn status(&self) -> StatusCode {
        if let Self::Internal(cause) = self {
            tracing::error!(error = format!("{cause:#}"), "sandbox fault");
        }
        self.code().status()
    }
}

#[derive(Serialize)]
struct Body {
    code: Code,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let field = match &self {
            Self::Refused(_, field) => *field,
            Self::Internal(_) => None,
        };
        (self.status(), Json(Body { code: self.code(), field })).into_response()
    }
}

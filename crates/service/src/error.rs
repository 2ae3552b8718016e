//! What a use case answers when it does not do what was asked.

use domain::giving::FieldErrors;
use domain::refusal::{FileRefusal, Refusal, UnitRefusal};
use store::StoreError;

use crate::registry::units_in::RefusedUnit;

/// Why a use case did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A rule spoke against it.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// A rule spoke against what stands at this path of a program's request: `steps[136].operator`.
    #[error("refused at {0}: {1}")]
    At(String, Refusal),
    /// Rules spoke against fields of a form.
    #[error("refused in {} fields", .0.len())]
    Fields(FieldErrors),
    /// Rules spoke against units; none of those that came with them was taken in.
    #[error("{} units refused", .0.len())]
    Units(Vec<RefusedUnit>),
    /// The store failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too much heavy work waits already; nothing was done. Try again in a moment.
    #[error("busy")]
    Busy,
    /// The provider did not answer as it should; nothing was changed here.
    #[error("provider: {0}")]
    Provider(String),
    /// A sealed value does not open: a wrong key, or it was changed or moved.
    #[error("sealing: {0}")]
    Sealing(String),
    /// A paper could not be made.
    #[error("paper: {0}")]
    Paper(String),
}

impl ServiceError {
    /// Says where in a request a rule spoke against it; a path that was said already continues this one.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        match self {
            Self::Refused(refusal) => Self::At(path.to_owned(), refusal),
            Self::At(inner, refusal) => Self::At(format!("{path}.{inner}"), refusal),
            other => other,
        }
    }

    /// Without the path: a form shows what was refused beside itself.
    #[must_use]
    pub fn anywhere(self) -> Self {
        match self {
            Self::At(_, refusal) => Self::Refused(refusal),
            other => other,
        }
    }
}

impl From<UnitRefusal> for ServiceError {
    fn from(refusal: UnitRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<FileRefusal> for ServiceError {
    fn from(refusal: FileRefusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<FieldErrors> for ServiceError {
    fn from(errors: FieldErrors) -> Self {
        Self::Fields(errors)
    }
}

/// A use case's answer.
pub type Answer<T> = Result<T, ServiceError>;

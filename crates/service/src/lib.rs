//! Use cases: authorize, load, decide, store, audit, enqueue, in one transaction.

pub mod context;
pub mod error;
pub mod gifts;
pub mod giving;
pub mod messages;
pub mod programme;
pub mod receipts;
pub mod sealing;
pub mod takeover;

pub use context::{Ctx, House, Settings, SystemIds};
pub use error::{Answer, ServiceError};

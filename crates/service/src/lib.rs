//! Use cases: authorize, load, decide, store, audit, enqueue, in one transaction.

pub mod adoption;
pub mod backup;
pub mod bills;
pub mod books;
pub mod channel;
pub mod checkpoint;
pub mod context;
pub mod error;
pub mod export;
pub mod gifts;
pub mod giving;
pub mod limits;
pub mod messages;
pub mod outbox;
pub mod programme;
pub mod provider;
pub mod receipts;
pub mod registry;
pub mod sealing;
pub mod seals;
pub mod staff;
pub mod takeover;
pub mod tax;
pub mod turns;
pub mod verify;
pub mod work;

pub use context::{Ctx, House, SeededIds, Settings, SystemIds};
pub use error::{Answer, ServiceError};

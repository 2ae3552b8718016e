//! The only crate that speaks SQL: one file per noun, one text for SQLite and PostgreSQL, and the writer.

pub mod audit;
pub mod backup;
pub mod bare;
pub mod bill;
pub mod change;
pub mod db;
pub mod error;
pub mod fund;
pub mod gift;
pub mod job;
pub mod keys;
pub mod ledger;
pub mod limit;
pub mod message;
pub mod payment;
pub mod person;
pub mod receipt;
pub mod refund;
pub mod scratch;
pub mod session;
pub mod setting;
mod sql;
pub mod staff;
pub mod takeover;
pub mod tx;
pub mod unit;
pub mod unit_version;
pub mod verify;
pub mod writer;

pub use db::{Conn, Db, Reader};
pub use error::StoreError;
pub use keys::KeyStore;
pub use tx::{EventPlace, Tx, event};
pub use writer::Writer;

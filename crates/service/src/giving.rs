//! Giving: pledge, settle, refund, expire.

mod pledge;
mod refund;
mod reverse;
mod settle;
mod transfer;

pub use pledge::{Pledged, gift_pledge, gift_read};
pub use refund::{refund_done, refund_failed, refund_request, refund_told, refund_withdraw};
pub use reverse::entry_reverse;
pub use settle::{Settled, Settlement, gift_expire, payment_settle};
pub use transfer::{refund_confirm, transfer_confirm};

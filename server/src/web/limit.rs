//! Limits by the reader's address.

use service::Answer;
use service::limits::{Limit, limit_address, limit_take};

use super::page::Reader;

/// Gifts pledged from one address: a household or a hospital's one address may be many people.
pub const GIVE: Limit = Limit { purpose: "give", max: 60, seconds: 600 };

/// Donate forms from one address in which something was wrong. They write nothing, so there may be more of them.
pub const REFUSED: Limit = Limit { purpose: "give refused", max: 300, seconds: 600 };

/// Look-ups of receipts by number from one address: a guess costs, a careful reader has enough.
pub const LOOK_UP: Limit = Limit { purpose: "receipt look-up", max: 20, seconds: 600 };

/// Counts one attempt of this reader.
///
/// # Errors
/// [`domain::refusal::Refusal::TooManyAttempts`].
pub async fn take(reader: &Reader, limit: Limit) -> Answer<()> {
    limit_take(&reader.ctx, limit, &limit_address(reader.address)).await
}

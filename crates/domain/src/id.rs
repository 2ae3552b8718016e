//! Typed ids: a UUIDv7 per noun, so that a gift's id can never be passed where a receipt's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

use crate::time::Instant;

/// Where ids and tokens come from: a parameter of every use case, so that tests can repeat a run.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 carrying `now`.
    fn uuid(&self, now: Instant) -> Uuid;
    /// 128 random bits for an address that cannot be guessed.
    fn token(&self) -> Token;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A legal recipient or another organisation.
    OrganisationId,
    /// A fundraising plan (募捐方案).
    PlanId,
    /// A fund.
    FundId,
    /// A directed programme (定向援助) inside a fund.
    ProgrammeId,
    /// A person or organisation that gives, asks or is asked for.
    PersonId,
    /// A gift.
    GiftId,
    /// One attempt to pay a gift.
    PaymentId,
    /// Money given back out of a gift.
    RefundId,
    /// A balanced entry of the journal.
    EntryId,
    /// A receipt.
    ReceiptId,
    /// Work to be done after a commit.
    JobId,
    /// A message to one person.
    MessageId,
    /// A member of staff who can sign in.
    UserId,
    /// An audit event.
    EventId,
    /// A bank that stores units.
    BankId,
    /// A cord blood unit.
    UnitId,
    /// A load of a file of units.
    LoadId,
    /// A change of the registry.
    ChangeId,
    /// A patient for whom units are searched.
    PatientId,
    /// A hospital.
    HospitalId,
    /// A search for matching units.
    SearchId,
    /// A match report.
    ReportId,
    /// A hold on compartments.
    HoldId,
    /// A release of units to a hospital.
    UnitReleaseId,
    /// A policy of doses.
    DosePolicyId,
    /// A key of the laboratory's system.
    ApiKeyId,
}

/// 128 random bits that open one page: a gift's own page, a receipt's verification page.
///
/// Written as 26 characters of Crockford's base 32 in lower case, so that it survives being read aloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(pub [u8; 16]);

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = u128::from_be_bytes(self.0);
        let mut text = [0u8; 26];
        for (place, out) in text.iter_mut().enumerate() {
            *out = CROCKFORD[((value >> (5 * (25 - place))) & 31) as usize];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Token {
    // A token opens a page: it must not reach a log by way of {:?}.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token")]
pub struct NotAToken;

impl std::str::FromStr for Token {
    type Err = NotAToken;

    /// Reads what [`Token`] prints; capitals, and the look-alikes `i`, `l` (1) and `o` (0), are understood.
    fn from_str(text: &str) -> Result<Self, NotAToken> {
        if text.len() != 26 {
            return Err(NotAToken);
        }
        let mut value: u128 = 0;
        for (place, byte) in text.bytes().enumerate() {
            let plain = match byte.to_ascii_lowercase() {
                b'i' | b'l' => b'1',
                b'o' => b'0',
                other => other,
            };
            let digit = CROCKFORD.iter().position(|c| *c == plain).ok_or(NotAToken)? as u128;
            // 26 places hold 130 bits: the first may only use its lower three.
            if place == 0 && digit > 7 {
                return Err(NotAToken);
            }
            value = (value << 5) | digit;
        }
        Ok(Self(value.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_reads_back(bytes: [u8; 16]) {
            let token = Token(bytes);
            prop_assert_eq!(token.to_string().len(), 26);
            prop_assert!(token.to_string().parse::<Token>() == Ok(token));
            prop_assert!(token.to_string().to_uppercase().parse::<Token>() == Ok(token));
        }

        #[test]
        fn no_other_text_is_a_token(text in ".{0,40}") {
            if let Ok(token) = text.parse::<Token>() {
                let plain = text.to_lowercase().replace(['i', 'l'], "1").replace('o', "0");
                prop_assert_eq!(token.to_string(), plain);
            }
        }
    }
}

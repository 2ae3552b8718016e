//! The states of a gift and the channels that pay it.

use serde::{Deserialize, Serialize};

/// Where a gift stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftState {
    /// Intended; no money yet.
    Pending,
    /// The money came and was posted.
    Paid,
    /// Part of it was given back.
    PartlyRefunded,
    /// All of it was given back.
    Refunded,
    /// No money came in time. Money that comes later is still booked.
    Expired,
    /// It was booked by mistake and taken back. Nothing more is booked to it.
    Reversed,
}

impl GiftState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Paid, Self::PartlyRefunded, Self::Refunded, Self::Expired, Self::Reversed];

    /// The word in table `gift`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::PartlyRefunded => "partly_refunded",
            Self::Refunded => "refunded",
            Self::Expired => "expired",
            Self::Reversed => "reversed",
        }
    }

    /// The state of a word in table `gift`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether its money is in the ledger.
    #[must_use]
    pub const fn is_posted(self) -> bool {
        matches!(self, Self::Paid | Self::PartlyRefunded | Self::Refunded)
    }

    /// Whether a payment may still be posted to it: never twice, and also after it expired.
    #[must_use]
    pub const fn may_be_paid(self) -> bool {
        matches!(self, Self::Pending | Self::Expired)
    }

    /// The state after `refunded` of `amount` fen went back in all.
    #[must_use]
    pub const fn after_refund(amount_fen: i64, refunded_fen: i64) -> Self {
        if refunded_fen >= amount_fen { Self::Refunded } else { Self::PartlyRefunded }
    }
}

/// How the money comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The sandbox provider; refused in production.
    Sandbox,
    /// A bank transfer with a reference code.
    BankTransfer,
    /// Taken over from an old book: the money came before this program.
    TakenOver,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::BankTransfer, Self::TakenOver];

    /// The word in table `payment`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::BankTransfer => "bank_transfer",
            Self::TakenOver => "taken_over",
        }
    }

    /// Whether staff send its refunds back themselves: no provider does.
    #[must_use]
    pub const fn refunds_by_hand(self) -> bool {
        matches!(self, Self::BankTransfer | Self::TakenOver)
    }

    /// The channel of a word in table `payment`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}

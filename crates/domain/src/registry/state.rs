//! The states of compartments, holds and releases, and which may follow which.

use super::worded;

worded! {
    /// Where a compartment stands.
    CompartmentState {
        /// In the tank, free.
        Stored = "stored",
        /// In an active hold.
        Held = "held",
        /// In a release order that has not left the bank.
        Released = "released",
        /// On its way.
        Shipped = "shipped",
        /// Given to the patient.
        Infused = "infused",
        /// Came back: it may never be offered again.
        Returned = "returned",
        /// Destroyed or used up.
        Discarded = "discarded",
    }
}

impl CompartmentState {
    /// Whether it is still the bank's to give: stored, held or ordered.
    #[must_use]
    pub const fn is_here(self) -> bool {
        matches!(self, Self::Stored | Self::Held | Self::Released)
    }

    /// Whether it is promised to a patient, with one or used up: nobody else is ever offered it.
    #[must_use]
    pub const fn is_spent(self) -> bool {
        matches!(self, Self::Released | Self::Shipped | Self::Infused | Self::Discarded)
    }
}

worded! {
    /// What a hold is for.
    HoldPurpose {
        /// Kept while doctor and family decide.
        Reservation = "reservation",
        /// Kept while an attached segment is typed again.
        ConfirmatoryTyping = "confirmatory_typing",
        /// Kept for a transplant with a date.
        Transplant = "transplant",
    }
}

impl HoldPurpose {
    /// Whether only a signed match report is ground enough.
    #[must_use]
    pub const fn needs_signed_report(self) -> bool {
        !matches!(self, Self::Reservation)
    }
}

worded! {
    /// Where a hold stands.
    HoldState {
        /// It keeps its compartments until it expires.
        Active = "active",
        /// Somebody gave it up, with a reason.
        Cancelled = "cancelled",
        /// Its time is over.
        Expired = "expired",
        /// A release was ordered on it.
        Released = "released",
    }
}

worded! {
    /// Where a release stands.
    ReleaseState {
        /// Asked for by one person.
        Ordered = "ordered",
        /// Authorized by another.
        Authorized = "authorized",
        /// Identity checked by two, and gone.
        Shipped = "shipped",
        /// Given to the patient.
        Infused = "infused",
        /// Came back.
        Returned = "returned",
        /// Destroyed on the way or at the hospital.
        Discarded = "discarded",
        /// Given up before it left.
        Cancelled = "cancelled",
    }
}

impl ReleaseState {
    /// Whether `next` may follow.
    #[must_use]
    pub const fn leads_to(self, next: Self) -> bool {
        match self {
            Self::Ordered => matches!(next, Self::Authorized | Self::Cancelled),
            Self::Authorized => matches!(next, Self::Shipped | Self::Cancelled),
            Self::Shipped => matches!(next, Self::Infused | Self::Returned | Self::Discarded),
            Self::Infused | Self::Returned | Self::Discarded | Self::Cancelled => false,
        }
    }

    /// Whether nothing can follow.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Infused | Self::Returned | Self::Discarded | Self::Cancelled)
    }

    /// The state of the compartments of a release in this state.
    #[must_use]
    pub const fn compartments(self) -> CompartmentState {
        match self {
            Self::Ordered | Self::Authorized => CompartmentState::Released,
            Self::Shipped => CompartmentState::Shipped,
            Self::Infused => CompartmentState::Infused,
            Self::Returned => CompartmentState::Returned,
            Self::Discarded => CompartmentState::Discarded,
            Self::Cancelled => CompartmentState::Stored,
        }
    }
}

worded! {
    /// What a confirmatory typing says of the first typing.
    TypingVerdict {
        /// The same.
        Confirmed = "confirmed",
        /// Another: the unit may not be released on this hold.
        Differs = "differs",
    }
}

worded! {
    /// How a step or test came out.
    StepVerdict {
        /// As it should.
        Passed = "passed",
        /// Not as it should: bars a release until it was done again.
        Failed = "failed",
        /// As it should, with a remark to read.
        Noted = "noted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_goes_one_way() {
        let pairs: Vec<String> = ReleaseState::ALL
            .iter()
            .flat_map(|from| ReleaseState::ALL.iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.leads_to(**to))
            .map(|(from, to)| format!("{} {}", from.as_str(), to.as_str()))
            .collect();
        let expected = [
            "ordered authorized",
            "ordered cancelled",
            "authorized shipped",
            "authorized cancelled",
            "shipped infused",
            "shipped returned",
            "shipped discarded",
        ];
        assert_eq!(pairs, expected);
        for state in ReleaseState::ALL {
            assert_eq!(state.is_over(), ReleaseState::ALL.iter().all(|to| !state.leads_to(*to)));
            assert_eq!(
                state.compartments().is_here(),
                matches!(state, ReleaseState::Ordered | ReleaseState::Authorized | ReleaseState::Cancelled)
            );
        }
    }
}

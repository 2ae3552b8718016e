//! Why something was refused: a code with its arguments, never prose. The words are in `crates/words`.

use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::money::Fen;
use crate::registry::matching::{MatchLocus, TypingProblem};
use crate::time::Date;

mod files;

pub use files::{FileRefusal, ReleaseFault, RowProblem};

/// One reason for a refusal. Each has one sentence in every language, which says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{self:?}")]
pub enum Refusal {
    /// Nothing was given where something is needed.
    Required,
    /// More than `max` characters.
    TooLong {
        /// The limit, in characters.
        max: usize,
    },
    /// Control or hidden characters.
    TextUnprintable,
    /// Not one of the choices.
    ChoiceUnknown,
    /// No amount could be read.
    AmountUnreadable,
    /// Zero.
    AmountZero,
    /// Below zero.
    AmountNegative,
    /// More than two decimals.
    AmountTooFine,
    /// Above the cap.
    AmountOverCap {
        /// The largest amount taken.
        cap: Fen,
    },
    /// Not a date.
    DateUnreadable,
    /// A day that the calendar does not have.
    DateImpossible,
    /// A day that has not come, or is not over where it must be.
    DateInFuture,
    /// A day before the earliest that is possible here.
    DateTooEarly {
        /// The earliest.
        earliest: Date,
    },
    /// Not an e-mail address.
    EmailShape,
    /// Not a mainland mobile number.
    PhoneShape,
    /// Not 18 characters of a resident ID.
    ResidentIdShape,
    /// The resident ID's check digit is wrong.
    ResidentIdChecksum,
    /// The resident ID names an impossible or future day.
    ResidentIdDate,
    /// Not 18 characters of a credit code.
    CreditCodeShape,
    /// The credit code's check character is wrong.
    CreditCodeChecksum,
    /// Personal data was given without consent to the privacy notice (PIPL Art 13).
    ConsentNeeded,
    /// An ID number was given without the separate consent that it needs (PIPL Art 29).
    SensitiveConsentNeeded,
    /// The donor is related to a beneficiary or manager and must speak to staff (慈善法 Art 40).
    RelatedParty,
    /// A receipt for tax needs a name.
    NameNeededForReceipt,
    /// The fund has no recipient, certificate or plan in force, so it may not collect online (慈善法 Art 22–27).
    FundNotOpen,
    /// The form came without its hidden key: what was typed goes into a new one.
    FormIncomplete,
    /// This is not the form of a receipt's number.
    ReceiptNumberShape,
    /// This form was already used for another gift.
    FormAlreadyUsed,
    /// This refund form was already used for another refund.
    RefundFormUsed,
    /// The line of the bank's statement settled another gift.
    StatementLineUsed,
    /// The payment channel is not offered.
    ChannelNotOffered,
    /// The fund holds less than is asked of it.
    FundShort {
        /// What is available.
        available: Fen,
    },
    /// More than what is left of the gift.
    RefundOverGift {
        /// What may still be refunded.
        left: Fen,
    },
    /// The gift is not in a state that allows it.
    GiftNotInState,
    /// The receipt is not in a state that allows it.
    ReceiptNotInState,
    /// A receipt counts as issued elsewhere, and nobody said that they looked at it.
    ReceiptIssuedElsewhere,
    /// No receipt can be issued: the fund has no legal recipient yet.
    NoRecipient,
    /// The entry was taken back before, is itself one that takes back, or something else stands on it.
    EntryNotReversible,
    /// Receipts bear this recipient's name: another one needs receipt letters of its own.
    RecipientHasReceipts,
    /// A seal that is neither PNG nor JPEG, cannot be read, or is too large.
    SealUnreadable,
    /// Another recipient has filed the plan with this number.
    PlanOfAnother,
    /// The month is closed already, or not over yet.
    MonthNotClosable,
    /// The notification or payment does not agree with what was asked for.
    PaymentDisagrees,
    /// Not allowed; shown as "not found" where the thing itself is a secret.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// Wrong name or password.
    SignInFailed,
    /// Too many attempts: wait.
    TooManyAttempts {
        /// Seconds until the next attempt counts.
        seconds: i64,
    },
    /// A password below 12 characters.
    PasswordTooShort {
        /// The least number of characters.
        min: usize,
    },
    /// A password that is among the first to be tried: repeats, sequences, little beside the name.
    PasswordGuessable,
    /// A sign-in name with a blank in it.
    NameHasBlank,
    /// The name is taken.
    NameTaken,
    /// The search index is being made from the registry: try again in a moment.
    RegistryBeingRead {
        /// How far it is.
        percent: u8,
    },
    /// The files are no release of the nomenclature.
    NotARelease {
        /// The table, its line, and what is wrong.
        fault: ReleaseFault,
    },
    /// A file that was sent is not taken.
    File(FileRefusal),
    /// A typing that can't be read under the release in use, with its place.
    TypingUnreadable(Box<TypingProblem>),
    /// A rule of the unit registry.
    Unit(UnitRefusal),
    /// No key of ours, or one that has expired or was revoked.
    ApiKeyInvalid,
    /// The key was not made for this.
    ScopeMissing {
        /// What it would need.
        scope: Scope,
    },
    /// A number of days outside 1 to `max`.
    DaysOutOfRange {
        /// The most.
        max: u16,
    },
    /// An idempotency key that came with another request before.
    RequestDiffers,
    /// More than is taken at once.
    TooMany {
        /// The most.
        max: usize,
    },
    /// A number that names several things.
    NumberAmbiguous,
}

impl From<FileRefusal> for Refusal {
    fn from(refusal: FileRefusal) -> Self {
        Self::File(refusal)
    }
}

impl From<ReleaseFault> for Refusal {
    fn from(fault: ReleaseFault) -> Self {
        Self::NotARelease { fault }
    }
}

impl From<UnitRefusal> for Refusal {
    fn from(refusal: UnitRefusal) -> Self {
        Self::Unit(refusal)
    }
}

/// A reason that has to do with units, patients, holds and releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{self:?}")]
pub enum UnitRefusal {
    /// A weight that nobody has, or no number.
    WeightUnreadable,
    /// A hold names no compartment.
    HoldEmpty,
    /// A hold names more than two units.
    HoldTooManyUnits,
    /// A hold ends too late, or at once.
    HoldTooLong {
        /// The most days that its purpose allows.
        days: u16,
    },
    /// The hold is over.
    HoldNotActive,
    /// The unit has no such compartment.
    CompartmentUnknown,
    /// Another hold or order has the compartment.
    CompartmentHeld,
    /// The compartment is not in the bank any more.
    CompartmentGone,
    /// By the rules the unit is not to be had now.
    UnitNotAvailable,
    /// The unit was destroyed or distributed: that is not taken back.
    UnitGoneForGood,
    /// A person said that the unit is not to be had: no program lifts that.
    StatusByPerson,
    /// Neither donated nor shared by its family, and not this patient's own.
    UnitNotShared,
    /// A match report that is signed is needed, and one of this patient.
    ReportUnsigned,
    /// The report does not name every unit that is to be held.
    ReportWithoutUnit,
    /// The patient is typed otherwise now than when the report was made.
    ReportOutdated,
    /// The report is signed already.
    ReportAlreadySigned,
    /// The report can't be derived again from what it rests on.
    ReportDiffers,
    /// A hospital is needed.
    HospitalNeeded,
    /// A confirmatory typing that agrees is needed for each unit.
    TypingUnconfirmed,
    /// A typing lacks a locus that every unit must be typed at.
    TypingLocusMissing {
        /// The first of them.
        locus: MatchLocus,
    },
    /// A program's typing is of an earlier day than the one in use.
    TypingOlder,
    /// A typing is said to confirm a unit's, and the two can't be the same.
    TypingNotTheSame {
        /// The first locus at which they can't.
        locus: MatchLocus,
    },
    /// Something bars the release of a unit.
    ReleaseBarred,
    /// The release is not in a state that allows it.
    ReleaseNotInState,
    /// Another person must do this than the one who did the step before.
    SecondPersonNeeded,
    /// Two persons must have checked the identity before.
    IdentityUnchecked,
    /// What was scanned is not what the release names.
    IdentityDisagrees,
    /// Another bag lies there.
    PlaceTaken,
    /// A time that cannot be: it ends before it begins, or lies in the future.
    TimeImpossible,
    /// A line of a temperature log cannot be read, or is not later than the one before.
    LogUnreadable {
        /// The line, from 1.
        line: usize,
    },
    /// A temperature log without a reading.
    LogEmpty,
    /// A temperature log with too many readings.
    LogTooLong {
        /// The most readings.
        rows: usize,
    },
    /// The release has a temperature log already.
    LogAttached,
    /// The unit has a standing consent already.
    ConsentStands,
    /// The unit has no standing consent.
    ConsentMissing,
    /// The family withdrew its consent after that day.
    ConsentWithdrawnSince,
    /// The paper is that of a consent which the family withdrew.
    ConsentPaperWithdrawn,
    /// Only a unit that a family stores can be shared.
    UnitNotFamily,
    /// Data of units goes abroad, and no filing is named.
    FilingNeeded,
    /// The code or number is taken.
    CodeTaken,
    /// Released, destroyed or given out: it is never offered again.
    UnitSpent,
}

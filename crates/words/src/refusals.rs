//! One exhaustive match from refusal to sentence; each sentence says what to do.

use domain::refusal::{Refusal, UnitRefusal};

use crate::refusal as say;
use crate::{Lang, date, file_refusal, release_fault, typing_problem, wait};

/// What stands in the way and what to do about it.
#[must_use]
pub fn refusal(lang: Lang, refusal: &Refusal) -> String {
    let plain = match refusal {
        Refusal::TooLong { max } => return say::too_long(lang, max),
        Refusal::AmountOverCap { cap } => return say::amount_over_cap(lang, yuan(cap.short())),
        Refusal::FundShort { available } => return say::fund_short(lang, yuan(available.grouped())),
        Refusal::RefundOverGift { left } => return say::refund_over_gift(lang, yuan(left.grouped())),
        Refusal::TooManyAttempts { seconds } => return say::too_many_attempts(lang, wait(lang, *seconds)),
        Refusal::PasswordTooShort { min } => return say::password_too_short(lang, min),
        Refusal::DateTooEarly { earliest } => return say::date_too_early(lang, date(lang, *earliest)),
        Refusal::RegistryBeingRead { percent } => return say::registry_being_read(lang, percent),
        Refusal::NotARelease { fault } => return release_fault(lang, fault),
        Refusal::File(refusal) => return file_refusal(lang, *refusal),
        Refusal::ScopeMissing { scope } => return say::scope_missing(lang, scope.as_str()),
        Refusal::DaysOutOfRange { max } => return say::days_out_of_range(lang, max),
        Refusal::TooMany { max } => return say::too_many(lang, max),
        Refusal::ApiKeyInvalid => say::api_key_invalid(lang),
        Refusal::RequestDiffers => say::request_differs(lang),
        Refusal::NumberAmbiguous => say::number_ambiguous(lang),
        Refusal::Required => say::required(lang),
        Refusal::TextUnprintable => say::text_unprintable(lang),
        Refusal::ChoiceUnknown => say::choice_unknown(lang),
        Refusal::AmountUnreadable => say::amount_unreadable(lang),
        Refusal::AmountZero => say::amount_zero(lang),
        Refusal::AmountNegative => say::amount_negative(lang),
        Refusal::AmountTooFine => say::amount_too_fine(lang),
        Refusal::DateUnreadable => say::date_unreadable(lang),
        Refusal::DateImpossible => say::date_impossible(lang),
        Refusal::DateInFuture => say::date_in_future(lang),
        Refusal::EntryNotReversible => say::entry_not_reversible(lang),
        Refusal::EmailShape => say::email_shape(lang),
        Refusal::PhoneShape => say::phone_shape(lang),
        Refusal::ResidentIdShape => say::resident_id_shape(lang),
        Refusal::ResidentIdChecksum => say::resident_id_checksum(lang),
        Refusal::ResidentIdDate => say::resident_id_date(lang),
        Refusal::CreditCodeShape => say::credit_code_shape(lang),
        Refusal::CreditCodeChecksum => say::credit_code_checksum(lang),
        Refusal::ConsentNeeded => say::consent_needed(lang),
        Refusal::SensitiveConsentNeeded => say::sensitive_consent_needed(lang),
        Refusal::RelatedParty => say::related_party(lang),
        Refusal::NameNeededForReceipt => say::name_needed_for_receipt(lang),
        Refusal::FundNotOpen => say::fund_not_open(lang),
        Refusal::FormIncomplete => say::form_incomplete(lang),
        Refusal::ReceiptNumberShape => say::receipt_number_shape(lang),
        Refusal::FormAlreadyUsed => say::form_already_used(lang),
        Refusal::RefundFormUsed => say::refund_form_used(lang),
        Refusal::StatementLineUsed => say::statement_line_used(lang),
        Refusal::ChannelNotOffered => say::channel_not_offered(lang),
        Refusal::GiftNotInState => say::gift_not_in_state(lang),
        Refusal::ReceiptNotInState => say::receipt_not_in_state(lang),
        Refusal::ReceiptIssuedElsewhere => say::receipt_issued_elsewhere(lang),
        Refusal::NoRecipient => say::no_recipient(lang),
        Refusal::SealUnreadable => say::seal_unreadable(lang),
        Refusal::RecipientHasReceipts => say::recipient_has_receipts(lang),
        Refusal::PlanOfAnother => say::plan_of_another(lang),
        Refusal::MonthNotClosable => say::month_not_closable(lang),
        Refusal::PaymentDisagrees => say::payment_disagrees(lang),
        Refusal::NotAllowed => say::not_allowed(lang),
        Refusal::NotFound => say::not_found(lang),
        Refusal::SignInFailed => say::sign_in_failed(lang),
        Refusal::PasswordGuessable => say::password_guessable(lang),
        Refusal::NameHasBlank => say::name_has_blank(lang),
        Refusal::NameTaken => say::name_taken(lang),
        Refusal::TypingUnreadable(problem) => return typing_problem(lang, problem),
        Refusal::Unit(refusal) => return unit_refusal(lang, *refusal),
    };
    plain.to_owned()
}

fn unit_refusal(lang: Lang, refusal: UnitRefusal) -> String {
    use crate::unit_refusal as say;
    let plain = match refusal {
        UnitRefusal::HoldTooLong { days } => return say::hold_too_long(lang, days),
        UnitRefusal::LogUnreadable { line } => return say::log_unreadable(lang, line),
        UnitRefusal::LogTooLong { rows } => return say::log_too_long(lang, rows),
        UnitRefusal::TypingLocusMissing { locus } => return say::typing_locus_missing(lang, locus.as_str()),
        UnitRefusal::TypingNotTheSame { locus } => return say::typing_not_the_same(lang, locus.as_str()),
        UnitRefusal::WeightUnreadable => say::weight_unreadable(lang),
        UnitRefusal::HoldEmpty => say::hold_empty(lang),
        UnitRefusal::HoldTooManyUnits => say::hold_too_many_units(lang),
        UnitRefusal::HoldNotActive => say::hold_not_active(lang),
        UnitRefusal::CompartmentUnknown => say::compartment_unknown(lang),
        UnitRefusal::CompartmentHeld => say::compartment_held(lang),
        UnitRefusal::CompartmentGone => say::compartment_gone(lang),
        UnitRefusal::UnitNotAvailable => say::unit_not_available(lang),
        UnitRefusal::UnitGoneForGood => say::unit_gone_for_good(lang),
        UnitRefusal::StatusByPerson => say::status_by_person(lang),
        UnitRefusal::TypingOlder => say::typing_older(lang),
        UnitRefusal::UnitNotShared => say::unit_not_shared(lang),
        UnitRefusal::ReportUnsigned => say::report_unsigned(lang),
        UnitRefusal::ReportWithoutUnit => say::report_without_unit(lang),
        UnitRefusal::ReportOutdated => say::report_outdated(lang),
        UnitRefusal::ReportAlreadySigned => say::report_already_signed(lang),
        UnitRefusal::ReportDiffers => say::report_differs(lang),
        UnitRefusal::HospitalNeeded => say::hospital_needed(lang),
        UnitRefusal::TypingUnconfirmed => say::typing_unconfirmed(lang),
        UnitRefusal::ReleaseBarred => say::release_barred(lang),
        UnitRefusal::ReleaseNotInState => say::release_not_in_state(lang),
        UnitRefusal::SecondPersonNeeded => say::second_person_needed(lang),
        UnitRefusal::IdentityUnchecked => say::identity_unchecked(lang),
        UnitRefusal::IdentityDisagrees => say::identity_disagrees(lang),
        UnitRefusal::PlaceTaken => say::place_taken(lang),
        UnitRefusal::TimeImpossible => say::time_impossible(lang),
        UnitRefusal::LogEmpty => say::log_empty(lang),
        UnitRefusal::LogAttached => say::log_attached(lang),
        UnitRefusal::ConsentStands => say::consent_stands(lang),
        UnitRefusal::ConsentMissing => say::consent_missing(lang),
        UnitRefusal::ConsentWithdrawnSince => say::consent_withdrawn_since(lang),
        UnitRefusal::ConsentPaperWithdrawn => say::consent_paper_withdrawn(lang),
        UnitRefusal::UnitNotFamily => say::unit_not_family(lang),
        UnitRefusal::FilingNeeded => say::filing_needed(lang),
        UnitRefusal::CodeTaken => say::code_taken(lang),
        UnitRefusal::UnitSpent => say::unit_spent(lang),
    };
    plain.to_owned()
}

fn yuan(figure: String) -> String {
    format!("¥{figure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::money::Fen;

    #[test]
    fn arguments_are_written_for_people() {
        let cap = Refusal::AmountOverCap { cap: Fen(100_000_000) };
        assert_eq!(refusal(Lang::Zh, &cap), "单笔最多 ¥1,000,000。更大的金额请联系我们安排转账。");
        let wait = Refusal::TooManyAttempts { seconds: 61 };
        assert_eq!(refusal(Lang::Zh, &wait), "尝试次数太多，请等 2 分钟再试。");
        assert!(refusal(Lang::En, &wait).contains("wait 2 minutes"));
    }
}

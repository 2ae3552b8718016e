//! The words of the domain's codes: states, channels, roles, actions, accounts, fields.

use domain::access::{Action, Role};
use domain::bill::DifferenceKind;
use domain::fund::Standing;
use domain::giving::{Channel, GiftField, GiftState};
use domain::ledger::{Account, EntryKind};
use domain::receipt::ReceiptState;

use crate::Lang;

/// Where a gift stands.
#[must_use]
pub const fn gift_state(lang: Lang, state: GiftState) -> &'static str {
    use crate::state as say;
    match state {
        GiftState::Pending => say::pending(lang),
        GiftState::Paid => say::paid(lang),
        GiftState::PartlyRefunded => say::partly_refunded(lang),
        GiftState::Refunded => say::refunded(lang),
        GiftState::Expired => say::expired(lang),
        GiftState::Reversed => say::reversed(lang),
    }
}

/// What a receipt is worth now.
#[must_use]
pub const fn receipt_state(lang: Lang, state: ReceiptState) -> &'static str {
    use crate::receipt_state as say;
    match state {
        ReceiptState::Valid => say::valid(lang),
        ReceiptState::Void => say::void(lang),
        ReceiptState::Replaced => say::replaced(lang),
        ReceiptState::PartlyRefunded => say::partly_refunded(lang),
        ReceiptState::Refunded => say::refunded(lang),
    }
}

/// How the money comes.
#[must_use]
pub const fn channel(lang: Lang, channel: Channel) -> &'static str {
    use crate::channel as say;
    match channel {
        Channel::Sandbox => say::sandbox(lang),
        Channel::BankTransfer => say::bank_transfer(lang),
        Channel::TakenOver => say::taken_over(lang),
    }
}

/// Whether a fund may collect today, in two or three words.
#[must_use]
pub const fn standing(lang: Lang, standing: Standing) -> &'static str {
    use crate::standing as say;
    match standing {
        Standing::Open => say::open(lang),
        Standing::NotSetUp => say::not_set_up(lang),
        Standing::CertificateOutOfForce => say::certificate_out_of_force(lang),
        Standing::PlanOutOfForce => say::plan_out_of_force(lang),
    }
}

/// The same as a sentence with its reason.
#[must_use]
pub const fn standing_reason(lang: Lang, standing: Standing) -> &'static str {
    use crate::standing as say;
    match standing {
        Standing::Open => say::open_text(lang),
        Standing::NotSetUp => say::not_set_up_text(lang),
        Standing::CertificateOutOfForce => say::certificate_out_of_force_text(lang),
        Standing::PlanOutOfForce => say::plan_out_of_force_text(lang),
    }
}

/// What a member of staff is.
#[must_use]
pub const fn role(lang: Lang, role: Role) -> &'static str {
    use crate::role as say;
    match role {
        Role::CharityStaff => say::charity_staff(lang),
        Role::Finance => say::finance(lang),
        Role::Manager => say::manager(lang),
        Role::Auditor => say::auditor(lang),
        Role::Administrator => say::administrator(lang),
        Role::HlaTechnician => say::hla_technician(lang),
        Role::Laboratory => say::laboratory(lang),
        Role::Doctor => say::doctor(lang),
        Role::RegistryManager => say::registry_manager(lang),
    }
}

/// What can be done.
#[must_use]
pub const fn action(lang: Lang, action: Action) -> &'static str {
    use crate::action as say;
    match action {
        Action::ReadPublic => say::read_public(lang),
        Action::Give => say::give(lang),
        Action::OpenOwnGift => say::open_own_gift(lang),
        Action::VerifyReceipt => say::verify_receipt(lang),
        Action::SignIn => say::sign_in(lang),
        Action::SettlePayment => say::settle_payment(lang),
        Action::ReadGifts => say::read_gifts(lang),
        Action::ReadDonors => say::read_donors(lang),
        Action::ModerateWords => say::moderate_words(lang),
        Action::ConfirmTransfer => say::confirm_transfer(lang),
        Action::Refund => say::refund(lang),
        Action::ManageReceipts => say::manage_receipts(lang),
        Action::IssueTaxInvoices => say::issue_tax_invoices(lang),
        Action::WorkCallList => say::work_call_list(lang),
        Action::CloseMonth => say::close_month(lang),
        Action::ReverseEntry => say::reverse_entry(lang),
        Action::Reconcile => say::reconcile(lang),
        Action::ExportGifts => say::export_gifts(lang),
        Action::ImportGifts => say::import_gifts(lang),
        Action::Verify => say::verify(lang),
        Action::ManageProgramme => say::manage_programme(lang),
        Action::ManageUsers => say::manage_users(lang),
        Action::Operate => say::operate(lang),
        Action::ReadRegistry => say::read_registry(lang),
        Action::SearchUnits => say::search_units(lang),
        Action::ManagePatients => say::manage_patients(lang),
        Action::SignReports => say::sign_reports(lang),
        Action::ReadHolds => say::read_holds(lang),
        Action::HoldUnits => say::hold_units(lang),
        Action::OrderRelease => say::order_release(lang),
        Action::AuthorizeRelease => say::authorize_release(lang),
        Action::WorkLab => say::work_lab(lang),
        Action::RecordTypings => say::record_typings(lang),
        Action::RecordSteps => say::record_steps(lang),
        Action::MoveBags => say::move_bags(lang),
        Action::SetUnitStatus => say::set_unit_status(lang),
        Action::RecordUnits => say::record_units(lang),
        Action::ReadBankUnits => say::read_bank_units(lang),
        Action::ImportUnits => say::import_units(lang),
        Action::ExportUnits => say::export_units(lang),
        Action::ReadDisclosures => say::read_disclosures(lang),
        Action::ManageConsents => say::manage_consents(lang),
        Action::ManageNomenclature => say::manage_nomenclature(lang),
        Action::ManageApiKeys => say::manage_api_keys(lang),
    }
}

/// An account of the journal.
#[must_use]
pub const fn account(lang: Lang, account: Account) -> &'static str {
    use crate::account as say;
    match account {
        Account::Bank => say::bank(lang),
        Account::Clearing => say::clearing(lang),
        Account::DonationIncome => say::donation_income(lang),
        Account::FundraisingCost => say::fundraising_cost(lang),
        Account::ProgrammeCost => say::programme_cost(lang),
    }
}

/// In what a provider's bill and the books differ.
#[must_use]
pub const fn bill_difference(lang: Lang, kind: DifferenceKind) -> &'static str {
    use crate::bill_difference as say;
    match kind {
        DifferenceKind::PaymentUnknown => say::payment_unknown(lang),
        DifferenceKind::PaymentUnbooked => say::payment_unbooked(lang),
        DifferenceKind::PaymentAmount => say::payment_amount(lang),
        DifferenceKind::PaymentFee => say::payment_fee(lang),
        DifferenceKind::PaymentReference => say::payment_reference(lang),
        DifferenceKind::PaymentReversed => say::payment_reversed(lang),
        DifferenceKind::PaymentMissing => say::payment_missing(lang),
        DifferenceKind::RefundUnknown => say::refund_unknown(lang),
        DifferenceKind::RefundUnbooked => say::refund_unbooked(lang),
        DifferenceKind::RefundAmount => say::refund_amount(lang),
        DifferenceKind::RefundFee => say::refund_fee(lang),
        DifferenceKind::RefundReversed => say::refund_reversed(lang),
        DifferenceKind::RefundMissing => say::refund_missing(lang),
    }
}

/// What a journal entry records.
#[must_use]
pub const fn entry_kind(lang: Lang, kind: EntryKind) -> &'static str {
    use crate::entry as say;
    match kind {
        EntryKind::Gift => say::gift(lang),
        EntryKind::Refund => say::refund(lang),
        EntryKind::Reversal => say::reversal(lang),
    }
}

/// A field of the donate form, for the list of what is to be mended.
#[must_use]
pub const fn gift_field(lang: Lang, field: GiftField) -> &'static str {
    use crate::field as say;
    match field {
        GiftField::Form => say::form(lang),
        GiftField::Target => say::target(lang),
        GiftField::Amount => say::amount(lang),
        GiftField::DonorKind => say::donor_kind(lang),
        GiftField::Name => say::name(lang),
        GiftField::Email => say::email(lang),
        GiftField::Phone => say::phone(lang),
        GiftField::Dedication => say::dedication(lang),
        GiftField::Message => say::message(lang),
        GiftField::TaxTitle => say::tax_title(lang),
        GiftField::TaxNumber => say::tax_number(lang),
        GiftField::TaxConsent => say::tax_consent(lang),
        GiftField::Related => say::related(lang),
        GiftField::Consent => say::consent(lang),
        GiftField::Channel => say::channel(lang),
    }
}

//! The donate form: what was typed, and the intent that it means or what stands in its way.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::Channel;
use crate::id::{FundId, ProgrammeId, Token};
use crate::identity::{CreditCode, ResidentId};
use crate::money::Fen;
use crate::refusal::Refusal;
use crate::text;
use crate::time::Date;

/// The limits of the form, in one place so that page and rule show the same.
pub const LIMITS: Limits = Limits { name: 60, dedication: 60, message: 300, online_cap: Fen(100_000_000) };

/// Limits of the donate form.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Characters of a name or title.
    pub name: usize,
    /// Characters of a dedication.
    pub dedication: usize,
    /// Characters of a message.
    pub message: usize,
    /// The largest gift online (¥1,000,000); above it staff arrange a transfer.
    pub online_cap: Fen,
}

/// What was typed, field by field, as it came: kept so that a refused form shows it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GiftForm {
    /// The hidden key of this form: 26 characters, made by the server.
    pub gift_key: String,
    /// `fund` or `fund/programme`, by code.
    pub target: String,
    /// The amount that was typed; when empty, the one that was tapped counts.
    pub amount: String,
    /// The amount that was tapped among the suggested ones.
    pub preset: String,
    /// `person` or `organisation`.
    pub donor_kind: String,
    /// The donor's name; empty is an anonymous gift.
    pub name: String,
    /// `on`: not named in public.
    pub anonymous: String,
    /// For the receipt and news of the gift.
    pub email: String,
    /// The same by SMS.
    pub phone: String,
    /// In whose honour or memory.
    pub dedication: String,
    /// Words to the families; public only after staff pass them.
    pub message: String,
    /// `no`: the donor waives the receipt.
    pub receipt: String,
    /// `on`: the receipt should serve for tax, so title and number are needed.
    pub tax: String,
    /// The title (抬头); the name when empty.
    pub tax_title: String,
    /// Resident ID of a person, credit code of an organisation.
    pub tax_number: String,
    /// `on`: consents, apart from everything else, that the ID number is used for the invoice (PIPL Art 29).
    pub tax_consent: String,
    /// `yes`: the donor is related to a beneficiary or manager (利害关系人, 慈善法 Art 40).
    pub related: String,
    /// `on`: consents to the privacy notice.
    pub consent: String,
    /// `sandbox` or `bank_transfer`.
    pub channel: String,
}

/// A field of the form; its word is the input's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftField {
    /// The form as a whole.
    Form,
    /// Fund or programme.
    Target,
    /// Amount.
    Amount,
    /// Person or organisation.
    DonorKind,
    /// Name.
    Name,
    /// E-mail.
    Email,
    /// Phone.
    Phone,
    /// Dedication.
    Dedication,
    /// Message.
    Message,
    /// Title on the receipt.
    TaxTitle,
    /// ID or credit code.
    TaxNumber,
    /// Separate consent for the ID number.
    TaxConsent,
    /// Related-party declaration.
    Related,
    /// Consent.
    Consent,
    /// Payment channel.
    Channel,
}

/// What stands in the way, by field.
pub type FieldErrors = BTreeMap<GiftField, Refusal>;

/// Where a gift may go, as the form names it: `fund` or `fund/programme`. Never a family (慈善法 Art 40, 59).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftTarget {
    /// `spark` or `spark/nanjing`.
    pub code: String,
    /// The fund.
    pub fund_id: FundId,
    /// The directed programme, if one was chosen.
    pub programme_id: Option<ProgrammeId>,
    /// Whether the fund may collect online today.
    pub open: bool,
}

/// The title and number that a tax receipt bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaxTitle {
    /// A person with a resident ID.
    Person {
        /// The title.
        title: String,
        /// The number.
        id: ResidentId,
    },
    /// An organisation with a credit code.
    Organisation {
        /// The title.
        title: String,
        /// The code.
        code: CreditCode,
    },
}

/// A gift that somebody means to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftIntent {
    /// The form's key: the same key with the same content is the same gift.
    pub gift_key: Token,
    /// The fund.
    pub fund_id: FundId,
    /// The directed programme.
    pub programme_id: Option<ProgrammeId>,
    /// The amount, 1 fen to the cap.
    pub amount: Fen,
    /// Whether an organisation gives.
    pub by_organisation: bool,
    /// The name; `None` is a gift without one.
    pub name: Option<String>,
    /// Not named in public: chosen, or without a name.
    pub anonymous: bool,
    /// E-mail.
    pub email: Option<String>,
    /// Mobile number.
    pub phone: Option<String>,
    /// Dedication.
    pub dedication: Option<String>,
    /// Message.
    pub message: Option<String>,
    /// Whether a receipt is wanted.
    pub receipt_wanted: bool,
    /// For a tax receipt.
    pub tax: Option<TaxTitle>,
    /// How the money comes.
    pub channel: Channel,
    /// Whether the donor consented to the privacy notice; needed only for personal data.
    pub consented: bool,
}

/// Gathers refusals while the fields are read, so that all are shown at once.
struct Reading(FieldErrors);

impl Reading {
    fn note<T>(&mut self, field: GiftField, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.0.insert(field, refusal)).ok()
    }
}

fn optional(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}

fn unless_blank(
    typed: &str,
    read: impl FnOnce(&str) -> Result<String, Refusal>,
) -> Result<Option<String>, Refusal> {
    if typed.trim().is_empty() { Ok(None) } else { read(typed).map(Some) }
}

/// An amount that a donor may give online: above zero, at most the cap.
///
/// # Errors
/// The amount's [`Refusal`].
pub fn gift_amount(typed: &str) -> Result<Fen, Refusal> {
    if typed.trim().is_empty() {
        return Err(Refusal::Required);
    }
    match Fen::read(typed) {
        Ok(Fen::ZERO) => Err(Refusal::AmountZero),
        Ok(amount) if amount.0 < 0 => Err(Refusal::AmountNegative),
        Ok(amount) if amount <= LIMITS.online_cap => Ok(amount),
        // However far above: the cap that counts here is told, and not that of any paper.
        Ok(_) | Err(Refusal::AmountOverCap { .. }) => Err(Refusal::AmountOverCap { cap: LIMITS.online_cap }),
        Err(refusal) => Err(refusal),
    }
}

impl GiftForm {
    /// The intent, or every refusal at once. `targets` are what the page offers.
    ///
    /// # Errors
    /// A refusal for each field that has one.
    pub fn read(&self, today: Date, targets: &[GiftTarget]) -> Result<GiftIntent, FieldErrors> {
        let mut reading = Reading(FieldErrors::new());
        let key = reading.note(GiftField::Form, self.gift_key.parse().map_err(|_| Refusal::FormIncomplete));
        let target = reading.note(GiftField::Target, self.read_target(targets));
        let amount = reading.note(GiftField::Amount, gift_amount(self.amount_meant()));
        let name = reading.note(GiftField::Name, text::line(&self.name, LIMITS.name)).and_then(optional);
        let email = reading.note(GiftField::Email, unless_blank(&self.email, text::email)).flatten();
        let phone = reading.note(GiftField::Phone, unless_blank(&self.phone, text::mobile)).flatten();
        let dedication = text::line(&self.dedication, LIMITS.dedication);
        let dedication = reading.note(GiftField::Dedication, dedication).and_then(optional);
        let message = text::paragraph(&self.message, LIMITS.message);
        let message = reading.note(GiftField::Message, message).and_then(optional);
        let by_organisation = reading.note(GiftField::DonorKind, self.read_donor_kind());
        let channel = reading.note(GiftField::Channel, self.read_channel());
        let tax = self.read_tax(by_organisation.unwrap_or(false), name.as_deref(), today, &mut reading);
        if self.related == "yes" {
            reading.0.insert(GiftField::Related, Refusal::RelatedParty);
        }
        let personal =
            [&self.name, &self.email, &self.phone, &self.tax_number, &self.dedication, &self.message];
        if self.consent.is_empty() && personal.iter().any(|typed| !typed.trim().is_empty()) {
            reading.0.insert(GiftField::Consent, Refusal::ConsentNeeded);
        }
        let (Some(gift_key), Some(target), Some(amount), Some(by_organisation), Some(channel), true) =
            (key, target, amount, by_organisation, channel, reading.0.is_empty())
        else {
            return Err(reading.0);
        };
        Ok(GiftIntent {
            gift_key,
            fund_id: target.fund_id,
            programme_id: target.programme_id,
            amount,
            by_organisation,
            anonymous: !self.anonymous.is_empty() || name.is_none(),
            name,
            email,
            phone,
            dedication,
            message,
            receipt_wanted: self.receipt != "no",
            tax,
            channel,
            consented: !self.consent.is_empty(),
        })
    }

    /// What was typed, else what was tapped: without JavaScript a tapped amount stays tapped while one types another.
    #[must_use]
    pub fn amount_meant(&self) -> &str {
        if self.amount.trim().is_empty() { &self.preset } else { &self.amount }
    }

    fn read_target<'t>(&self, targets: &'t [GiftTarget]) -> Result<&'t GiftTarget, Refusal> {
        match targets.iter().find(|target| target.code == self.target) {
            Some(target) if target.open => Ok(target),
            Some(_) => Err(Refusal::FundNotOpen),
            None => Err(Refusal::ChoiceUnknown),
        }
    }

    fn read_donor_kind(&self) -> Result<bool, Refusal> {
        match self.donor_kind.as_str() {
            "" | "person" => Ok(false),
            "organisation" => Ok(true),
            _ => Err(Refusal::ChoiceUnknown),
        }
    }

    fn read_channel(&self) -> Result<Channel, Refusal> {
        match Channel::from_word(&self.channel) {
            Some(channel @ (Channel::Sandbox | Channel::BankTransfer)) => Ok(channel),
            _ => Err(Refusal::ChoiceUnknown),
        }
    }

    fn read_tax(
        &self,
        by_organisation: bool,
        name: Option<&str>,
        today: Date,
        reading: &mut Reading,
    ) -> Option<TaxTitle> {
        // The invoice is another paper than our receipt, and the recipient issues it: whoever wants none of ours still gets it.
        if self.tax.is_empty() {
            return None;
        }
        let typed = reading.note(GiftField::TaxTitle, text::line(&self.tax_title, LIMITS.name))?;
        let Some(title) = optional(typed).or_else(|| name.map(str::to_owned)) else {
            reading.0.insert(GiftField::TaxTitle, Refusal::NameNeededForReceipt);
            return None;
        };
        if by_organisation {
            let code = reading.note(GiftField::TaxNumber, CreditCode::read(&self.tax_number))?;
            Some(TaxTitle::Organisation { title, code })
        } else {
            // A number in the form is sensitive already, whether or not it holds.
            if self.tax_consent.is_empty() {
                reading.0.insert(GiftField::TaxConsent, Refusal::SensitiveConsentNeeded);
            }
            let id = reading.note(GiftField::TaxNumber, ResidentId::read(&self.tax_number, today))?;
            Some(TaxTitle::Person { title, id })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn today() -> Date {
        Date::new(2026, 11, 22).unwrap()
    }

    fn targets() -> Vec<GiftTarget> {
        let target = |code: &str, open| GiftTarget {
            code: code.into(),
            fund_id: FundId(Uuid::nil()),
            programme_id: None,
            open,
        };
        vec![target("spark", true), target("aid", false)]
    }

    fn form() -> GiftForm {
        GiftForm {
            gift_key: Token([7; 16]).to_string(),
            target: "spark".into(),
            amount: "100.50".into(),
            channel: "sandbox".into(),
            ..GiftForm::default()
        }
    }

    #[test]
    fn three_taps_are_enough() {
        let intent = form().read(today(), &targets()).unwrap();
        assert_eq!(intent.amount, Fen(10_050));
        assert!(intent.anonymous && intent.receipt_wanted && intent.tax.is_none());
    }

    #[test]
    fn a_typed_amount_wins_over_a_tapped_one() {
        let tapped = GiftForm { amount: " ".into(), preset: "200".into(), ..form() };
        assert_eq!(tapped.read(today(), &targets()).unwrap().amount, Fen(20_000));
        let both = GiftForm { preset: "200".into(), ..form() };
        assert_eq!(both.read(today(), &targets()).unwrap().amount, Fen(10_050));
    }

    #[test]
    fn every_refusal_is_shown_at_once() {
        let bad = GiftForm {
            target: "aid".into(),
            amount: "1e9".into(),
            name: "王".repeat(61),
            email: "nobody".into(),
            phone: "110".into(),
            tax: "on".into(),
            tax_number: "370102201502290013".into(),
            tax_title: "王小明".into(),
            related: "yes".into(),
            channel: "taken_over".into(),
            ..form()
        };
        let errors = bad.read(today(), &targets()).unwrap_err();
        let expected = FieldErrors::from([
            (GiftField::Target, Refusal::FundNotOpen),
            (GiftField::Amount, Refusal::AmountUnreadable),
            (GiftField::Name, Refusal::TooLong { max: 60 }),
            (GiftField::Email, Refusal::EmailShape),
            (GiftField::Phone, Refusal::PhoneShape),
            (GiftField::TaxNumber, Refusal::ResidentIdDate),
            (GiftField::TaxConsent, Refusal::SensitiveConsentNeeded),
            (GiftField::Related, Refusal::RelatedParty),
            (GiftField::Consent, Refusal::ConsentNeeded),
            (GiftField::Channel, Refusal::ChoiceUnknown),
        ]);
        assert_eq!(errors, expected);
    }

    #[test]
    fn amounts_a_donor_may_give() {
        for (typed, refusal) in [
            ("", Refusal::Required),
            ("0", Refusal::AmountZero),
            ("0.00", Refusal::AmountZero),
            ("-5", Refusal::AmountNegative),
            ("1.005", Refusal::AmountTooFine),
            ("1000000.01", Refusal::AmountOverCap { cap: LIMITS.online_cap }),
            ("99999999999999999999", Refusal::AmountOverCap { cap: LIMITS.online_cap }),
        ] {
            assert_eq!(gift_amount(typed), Err(refusal), "{typed}");
        }
        assert_eq!(gift_amount("1,000,000"), Ok(LIMITS.online_cap));
    }

    #[test]
    fn a_tax_receipt_needs_a_title_and_a_number_that_holds() {
        let asks = GiftForm { tax: "on".into(), consent: "on".into(), ..form() };
        let errors = asks.read(today(), &targets()).unwrap_err();
        assert_eq!(errors.get(&GiftField::TaxTitle), Some(&Refusal::NameNeededForReceipt));
        let silent =
            GiftForm { name: "王小明".into(), tax_number: "11010519491231002x".into(), ..asks.clone() };
        // Consent to the notice as a whole is none to this (PIPL Art 29).
        let errors = silent.read(today(), &targets()).unwrap_err();
        assert_eq!(errors, FieldErrors::from([(GiftField::TaxConsent, Refusal::SensitiveConsentNeeded)]));
        let person = GiftForm { tax_consent: "on".into(), ..silent };
        let tax = person.read(today(), &targets()).unwrap().tax;
        assert!(matches!(tax, Some(TaxTitle::Person { title, .. }) if title == "王小明"));
        let no_receipt = GiftForm { receipt: "no".into(), ..person.clone() };
        assert!(no_receipt.read(today(), &targets()).unwrap().tax.is_some(), "the invoice is no receipt");
        let firm = GiftForm { donor_kind: "organisation".into(), tax_title: "甲公司".into(), ..asks };
        let firm = GiftForm { tax_number: "91350100M000100Y43".into(), ..firm };
        assert!(matches!(firm.read(today(), &targets()).unwrap().tax, Some(TaxTitle::Organisation { .. })));
    }

    proptest! {
        #[test]
        fn any_form_is_answered(amount in ".*", name in ".*", email in ".*", message in ".*", tax in ".*") {
            let form = GiftForm { amount, name, email, message, tax_number: tax, tax: "on".into(), ..form() };
            let _ = form.read(today(), &targets());
        }
    }
}

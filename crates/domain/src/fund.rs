//! Who may collect for what: legal recipients, fundraising plans, funds and directed programmes.

use serde::{Deserialize, Serialize};

use crate::id::{FundId, OrganisationId, PlanId, ProgrammeId};
use crate::identity::CreditCode;
use crate::refusal::Refusal;
use crate::time::Date;

/// A legal recipient (受赠人): the organisation whose account takes the money and whose name is on the receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Full legal name.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Unified social credit code; demo organisations have none that could be mistaken for a real one.
    pub credit_code: Option<CreditCode>,
    /// Number of the public-fundraising certificate (公开募捐资格证书, 慈善法 Art 22).
    pub certificate: String,
    /// First day of the certificate.
    pub certificate_from: Date,
    /// Last day of the certificate.
    pub certificate_until: Date,
    /// Letters in front of its receipt numbers, `SP` in `SP-2026-000001`.
    pub receipt_prefix: String,
    /// Who handles its receipts (经办人): the law has a receipt name them (慈善法 Art 38).
    pub receipt_handler: Option<String>,
    /// Bank, account name and number for transfers, as shown to donors.
    pub bank_account: String,
    /// Who answers: phone or address for questions.
    pub contact: String,
}

/// Which receipts bear an organisation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issued {
    /// None.
    Nothing,
    /// Some, and each keeps the recipient as it was on its day.
    WithRecipient,
    /// Some from before the recipient was kept on them: they show it as it is now.
    WithoutRecipient,
}

impl Organisation {
    /// Whether `new` may stand in this one's place, under the same receipt letters. Renamed organisations go on: their
    /// receipts keep the name of their day. Another credit code is another legal person, whose receipts need letters
    /// of their own; and as long as a receipt shows the recipient as it is now, who that is may not change.
    ///
    /// # Errors
    /// [`Refusal::RecipientHasReceipts`].
    pub fn change_to(&self, new: &Self, issued: Issued) -> Result<(), Refusal> {
        let names = |o: &Self| (o.name_zh.clone(), o.name_en.clone());
        let refused = match issued {
            Issued::Nothing => false,
            Issued::WithRecipient => self.credit_code.is_some() && self.credit_code != new.credit_code,
            Issued::WithoutRecipient => names(self) != names(new) || self.credit_code != new.credit_code,
        };
        if refused { Err(Refusal::RecipientHasReceipts) } else { Ok(()) }
    }
}

/// A fundraising plan filed with the civil affairs authority (募捐方案, 慈善法 Art 24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The organisation that filed it.
    pub organisation_id: OrganisationId,
    /// Filing number (备案编号), kept as text.
    pub filing_number: String,
    /// Title in Chinese.
    pub title_zh: String,
    /// Title in English.
    pub title_en: String,
    /// First day of collecting.
    pub starts_on: Date,
    /// Last day of collecting.
    pub ends_on: Date,
}

/// A fund: what a gift is restricted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// Its id.
    pub id: FundId,
    /// Short code in URLs and files: `spark`, `aid`, `research`.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it does, one or two sentences, in Chinese.
    pub purpose_zh: String,
    /// The same in English.
    pub purpose_en: String,
    /// The legal recipient and plan; absent until the administrator has set them.
    pub collected_by: Option<CollectedBy>,
}

/// The recipient and plan that a fund collects under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectedBy {
    /// The legal recipient.
    pub organisation: Organisation,
    /// The plan.
    pub plan: Plan,
}

/// A directed programme (定向援助) inside a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// The fund that holds its money.
    pub fund_id: FundId,
    /// Short code in URLs.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it does, in Chinese.
    pub purpose_zh: String,
    /// The same in English.
    pub purpose_en: String,
}

/// Whether a fund may take gifts from the public online on a day (慈善法 Art 22, 26, 27).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Certificate and plan are in force.
    Open,
    /// No legal recipient or plan has been set.
    NotSetUp,
    /// The certificate is not yet or no longer valid.
    CertificateOutOfForce,
    /// The plan has not begun or has ended.
    PlanOutOfForce,
}

impl Fund {
    /// Its standing on `today`. Both ends of a period are inside it.
    #[must_use]
    pub fn standing(&self, today: Date) -> Standing {
        let Some(CollectedBy { organisation, plan }) = &self.collected_by else {
            return Standing::NotSetUp;
        };
        if today < organisation.certificate_from || today > organisation.certificate_until {
            Standing::CertificateOutOfForce
        } else if today < plan.starts_on || today > plan.ends_on {
            Standing::PlanOutOfForce
        } else {
            Standing::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn fund() -> Fund {
        let organisation = Organisation {
            id: OrganisationId(Uuid::nil()),
            name_zh: "甲".into(),
            name_en: "A".into(),
            credit_code: None,
            certificate: "C1".into(),
            certificate_from: day("2026-01-01"),
            certificate_until: day("2026-12-31"),
            receipt_prefix: "A".into(),
            receipt_handler: None,
            bank_account: String::new(),
            contact: String::new(),
        };
        let plan = Plan {
            id: PlanId(Uuid::nil()),
            organisation_id: organisation.id,
            filing_number: "F1".into(),
            title_zh: "甲".into(),
            title_en: "A".into(),
            starts_on: day("2026-03-01"),
            ends_on: day("2027-02-28"),
        };
        Fund {
            id: FundId(Uuid::nil()),
            code: "spark".into(),
            name_zh: "火种工程".into(),
            name_en: "Spark Project".into(),
            purpose_zh: String::new(),
            purpose_en: String::new(),
            collected_by: Some(CollectedBy { organisation, plan }),
        }
    }

    #[test]
    fn who_a_receipt_names_does_not_change_under_it() {
        let old = fund().collected_by.unwrap().organisation;
        let code = |text: &str| Some(CreditCode::read(text).unwrap());
        let renamed = Organisation { name_zh: "乙".into(), ..old.clone() };
        let coded = Organisation { credit_code: code("53370000000000465Y"), ..old.clone() };
        let other = Organisation { credit_code: code("533700000000000430"), ..old.clone() };
        let refused = Err(Refusal::RecipientHasReceipts);
        for (from, to, with, without) in [
            (&old, &old, Ok(()), Ok(())),
            (&old, &renamed, Ok(()), refused.clone()),
            (&old, &coded, Ok(()), refused.clone()),
            (&coded, &other, refused.clone(), refused.clone()),
            (&coded, &old, refused.clone(), refused.clone()),
        ] {
            assert_eq!(from.change_to(to, Issued::Nothing), Ok(()));
            assert_eq!(from.change_to(to, Issued::WithRecipient), with);
            assert_eq!(from.change_to(to, Issued::WithoutRecipient), without);
        }
    }

    #[test]
    fn a_fund_collects_only_while_both_papers_are_in_force() {
        for (today, standing) in [
            ("2025-12-31", Standing::CertificateOutOfForce),
            ("2026-02-28", Standing::PlanOutOfForce),
            ("2026-03-01", Standing::Open),
            ("2026-12-31", Standing::Open),
            ("2027-01-01", Standing::CertificateOutOfForce),
        ] {
            assert_eq!(fund().standing(day(today)), standing, "{today}");
        }
        assert_eq!(Fund { collected_by: None, ..fund() }.standing(day("2026-06-01")), Standing::NotSetUp);
    }
}

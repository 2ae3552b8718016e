//! Whole e-mails and text messages, put together from the locale's sentences.

use domain::money::Fen;

use crate::{Lang, letter, sms};

/// An e-mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, one line.
    pub subject: String,
    /// The body: plain text, paragraphs apart by an empty line.
    pub body: String,
}

/// Who writes, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'t> {
    /// The donor's name, where one was given.
    pub name: Option<&'t str>,
    /// The legal recipient's name in the letter's language.
    pub organisation: &'t str,
    /// Who answers questions.
    pub contact: &'t str,
}

/// What thanks are said for.
#[derive(Debug, Clone, Copy)]
pub struct ThankYou<'t> {
    /// The gift's amount.
    pub amount: Fen,
    /// The fund's name.
    pub fund: &'t str,
    /// The receipt's number; `None` when waived.
    pub receipt: Option<&'t str>,
    /// The gift's own page.
    pub link: &'t str,
}

/// How to pay by transfer.
#[derive(Debug, Clone, Copy)]
pub struct Transfer<'t> {
    /// The gift's amount.
    pub amount: Fen,
    /// The fund's name.
    pub fund: &'t str,
    /// The code for the transfer's remark.
    pub reference: &'t str,
    /// Bank, name and number, as the organisation wrote them.
    pub account: &'t str,
    /// The gift's own page.
    pub link: &'t str,
}

/// Money that went back.
#[derive(Debug, Clone, Copy)]
pub struct Refunded<'t> {
    /// What went back this time.
    pub amount: Fen,
    /// What is left of the gift afterwards; zero when nothing is.
    pub left: Fen,
    /// The fund's name.
    pub fund: &'t str,
    /// The gift's own page.
    pub link: &'t str,
}

/// Thanks with the receipt's link.
#[must_use]
pub fn thank_you(lang: Lang, ends: Ends<'_>, gift: ThankYou<'_>) -> Letter {
    use letter::thank_you as say;
    let amount = yuan(gift.amount);
    let mut parts = vec![say::body(lang, &amount, gift.fund)];
    match gift.receipt {
        Some(number) => parts.push(say::receipt(lang, gift.link, number)),
        None => parts.push(say::no_receipt(lang, gift.link)),
    }
    parts.push(say::keep(lang).to_owned());
    if gift.receipt.is_some() {
        parts.push(say::not_tax(lang).to_owned());
    }
    whole(lang, ends, say::subject(lang, amount, gift.fund), parts)
}

/// How to pay by bank transfer.
#[must_use]
pub fn bank_instructions(lang: Lang, ends: Ends<'_>, gift: Transfer<'_>) -> Letter {
    use letter::bank as say;
    let amount = yuan(gift.amount);
    let parts = vec![
        say::body(lang, &amount, gift.fund, gift.reference),
        say::account(lang, gift.account.trim()),
        say::after(lang, gift.link),
    ];
    whole(lang, ends, say::subject(lang, amount, gift.reference), parts)
}

/// Money went back.
#[must_use]
pub fn refund_done(lang: Lang, ends: Ends<'_>, refund: Refunded<'_>) -> Letter {
    use letter::refund as say;
    let amount = yuan(refund.amount);
    let after = if refund.left > Fen::ZERO {
        say::left(lang, yuan(refund.left))
    } else {
        say::whole(lang).to_owned()
    };
    let parts = vec![say::body(lang, &amount, refund.fund), after, say::link(lang, refund.link)];
    whole(lang, ends, say::subject(lang, amount), parts)
}

/// Thanks as a text message.
#[must_use]
pub fn thank_you_sms(lang: Lang, gift: ThankYou<'_>) -> String {
    sms::thank_you(lang, yuan(gift.amount), gift.fund, gift.link)
}

/// Transfer instructions as a text message.
#[must_use]
pub fn bank_instructions_sms(lang: Lang, gift: Transfer<'_>) -> String {
    sms::bank(lang, yuan(gift.amount), gift.link, gift.reference)
}

/// A refund as a text message.
#[must_use]
pub fn refund_done_sms(lang: Lang, refund: Refunded<'_>) -> String {
    sms::refund(lang, yuan(refund.amount), refund.link)
}

fn whole(lang: Lang, ends: Ends<'_>, subject: String, parts: Vec<String>) -> Letter {
    let greeting = match ends.name {
        Some(name) => letter::greeting(lang, name),
        None => letter::greeting_plain(lang).to_owned(),
    };
    let mut paragraphs = vec![greeting];
    paragraphs.extend(parts);
    paragraphs.push(letter::sign_off(lang, ends.contact, ends.organisation).trim().to_owned());
    paragraphs.push(letter::reason(lang).to_owned());
    Letter { subject, body: paragraphs.join("\n\n") + "\n" }
}

fn yuan(amount: Fen) -> String {
    format!("¥{}", amount.grouped())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDS: Ends<'_> =
        Ends { name: Some("王小明"), organisation: "演示基金会", contact: "0531-0000" };

    #[test]
    fn thanks_name_the_receipt_or_leave_it_out() {
        let gift = ThankYou {
            amount: Fen(10_050),
            fund: "救助基金",
            receipt: Some("SP-2026-000001"),
            link: "https://x.cn/g/a",
        };
        let letter = thank_you(Lang::Zh, ENDS, gift);
        assert_eq!(letter.subject, "收到您捐给救助基金的 ¥100.50");
        assert!(letter.body.starts_with("王小明，您好：\n\n您捐给救助基金的 ¥100.50 已经到账"));
        assert!(letter.body.contains("收据编号：SP-2026-000001\n收据和善款去向：https://x.cn/g/a\n"));
        assert!(letter.body.contains("\n\n演示基金会\n0531-0000\n\n"));
        let waived = thank_you(Lang::En, Ends { name: None, ..ENDS }, ThankYou { receipt: None, ..gift });
        assert!(waived.body.starts_with("Hello,\n\n") && waived.body.contains("https://x.cn/g/a"));
        assert!(!waived.body.contains("eceipt"));
    }

    #[test]
    fn a_refund_says_what_is_left() {
        let refund =
            Refunded { amount: Fen(5_000), left: Fen(5_050), fund: "救助基金", link: "https://x.cn/g/a" };
        assert!(refund_done(Lang::Zh, ENDS, refund).body.contains("还保留 ¥50.50"));
        let whole = refund_done(Lang::En, ENDS, Refunded { left: Fen::ZERO, ..refund });
        assert!(whole.body.contains("returned in full") && !whole.body.contains("remains"));
    }

    #[test]
    fn a_transfer_letter_holds_all_that_the_bank_asks_for() {
        let gift = Transfer {
            amount: Fen(100_000),
            fund: "救助基金",
            reference: "7K3Q-9MPA",
            account: "演示银行\n0000 1111\n",
            link: "https://x.cn/g/a",
        };
        let letter = bank_instructions(Lang::En, ENDS, gift);
        for part in ["¥1,000.00", "7K3Q-9MPA", "演示银行\n0000 1111\n\n", "https://x.cn/g/a"] {
            assert!(letter.body.contains(part), "{part}");
        }
        assert!(bank_instructions_sms(Lang::Zh, gift).contains("参考码7K3Q-9MPA"));
    }
}

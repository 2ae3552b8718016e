//! A fund as a line with its bar: what came in, what was used, what is there.

use domain::fund::{Fund, Programme, Standing};
use domain::ledger::Sums;
use domain::money::Fen;
use leptos::prelude::*;
use words::{Lang, fund as say};

use super::states::{amount_short, standing, yuan_short};

/// A fund with its sums, as lists show it.
#[derive(Debug, Clone)]
pub struct FundLine {
    /// The fund.
    pub fund: Fund,
    /// Whether it collects today.
    pub standing: Standing,
    /// Its sums, from the ledger.
    pub sums: Sums,
    /// How many gifts it has received.
    pub gifts: i64,
}

/// The fund's name in the reader's language.
#[must_use]
pub fn fund_name(lang: Lang, fund: &Fund) -> String {
    lang.pick(&fund.name_zh, &fund.name_en).to_owned()
}

/// What the fund does.
#[must_use]
pub fn fund_purpose(lang: Lang, fund: &Fund) -> String {
    lang.pick(&fund.purpose_zh, &fund.purpose_en).to_owned()
}

/// The programme's name in the reader's language.
#[must_use]
pub fn programme_name(lang: Lang, programme: &Programme) -> String {
    lang.pick(&programme.name_zh, &programme.name_en).to_owned()
}

/// What the programme does.
#[must_use]
pub fn programme_purpose(lang: Lang, programme: &Programme) -> String {
    lang.pick(&programme.purpose_zh, &programme.purpose_en).to_owned()
}

/// Thousandths of `whole`, at most 1000; a part that is there at all is at least 4, so that it can be seen.
fn thousandths(part: Fen, whole: Fen) -> i64 {
    if part.0 <= 0 || whole.0 <= 0 {
        return 0;
    }
    let exact = i128::from(part.0) * 1000 / i128::from(whole.0);
    i64::try_from(exact).unwrap_or(1000).clamp(4, 1000)
}

/// Used, kept by providers as fees, and available of what was raised, on a scale on which `whole` fills the width. Zero is at the left.
pub fn fund_bar(lang: Lang, line: &FundLine, whole: Fen) -> impl IntoView + use<> {
    let part = |sum| thousandths(sum, whole);
    // Fees are no spending: the picture says no more was spent than the words beside it.
    let (used, fees, held) = (part(line.sums.spent), part(line.sums.fees), part(line.sums.held()));
    let label = say::bar_label(
        lang,
        yuan_short(line.sums.fees),
        fund_name(lang, &line.fund),
        yuan_short(line.sums.held()),
        yuan_short(line.sums.received),
        yuan_short(line.sums.spent),
    );
    // A hair of the ground between two parts tells them apart without colour.
    let after = |at: i64, width: i64| if width > 0 { at + width + 3 } else { at };
    let (fees_at, held_at) = (after(0, used), after(after(0, used), fees));
    view! {
        <svg
            class="bar"
            data-fund=line.fund.code.clone()
            viewBox="0 0 1000 10"
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            <rect class="bar-ground" x="0" y="0" width="1000" height="10" />
            <rect class="bar-used" x="0" y="0" width=used.to_string() height="10" />
            <rect class="bar-fees" x=fees_at.to_string() y="0" width=fees.to_string() height="10" />
            <rect class="bar-held" x=held_at.to_string() y="0" width=held.to_string() height="10" />
        </svg>
    }
}

impl FundLine {
    /// The line as it stands on the home page.
    pub fn view(&self, lang: Lang, whole: Fen) -> impl IntoView + use<> {
        let href = format!("/funds/{}", self.fund.code);
        let sums = self.sums;
        let figures = [
            (say::received(lang), sums.received),
            (say::spent(lang), sums.spent),
            (say::fees(lang), sums.fees),
            (say::held(lang), sums.held()),
        ];
        view! {
            <li class="fund-line">
                <div class="fund-line-head">
                    <h3>
                        <a href=href>{fund_name(lang, &self.fund)}</a>
                    </h3>
                    {(self.standing != Standing::Open).then(|| standing(lang, self.standing))}
                </div>
                <p class="fund-line-purpose">{fund_purpose(lang, &self.fund)}</p>
                {fund_bar(lang, self, whole)}
                <dl class="fund-line-sums" data-fund=self.fund.code.clone()>
                    {figures
                        .map(|(term, sum)| {
                            view! {
                                <div>
                                    <dt>{term}</dt>
                                    <dd>{amount_short(sum)}</dd>
                                </div>
                            }
                        })}
                </dl>
            </li>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_no_spending_where_only_fees_were_paid() {
        let fund = Fund {
            id: domain::id::FundId(uuid::Uuid::nil()),
            code: "spark".into(),
            name_zh: "甲".into(),
            name_en: "A".into(),
            purpose_zh: String::new(),
            purpose_en: String::new(),
            collected_by: None,
        };
        let sums = Sums { received: Fen(10_000), refunded: Fen::ZERO, fees: Fen(60), spent: Fen::ZERO };
        let line = FundLine { fund, standing: Standing::Open, sums, gifts: 1 };
        let bar = fund_bar(Lang::Zh, &line, sums.received).to_html();
        let width = |part: &str| {
            // Leptos writes the class last.
            let before = bar.split_once(part).unwrap_or_else(|| panic!("{part} in {bar}")).0;
            before.rsplit_once("width=\"").unwrap().1.split('"').next().unwrap().to_owned()
        };
        let widths = ["bar-used", "bar-fees", "bar-held"].map(width);
        assert_eq!(widths, ["0", "6", "994"], "{bar}");
        assert!(bar.contains("甲：收到 ¥100，其中已使用 ¥0，支付手续费 ¥0.60，余额 ¥99.40。"), "{bar}");
    }

    #[test]
    fn a_bar_never_hides_a_part_nor_overflows() {
        assert_eq!(thousandths(Fen(0), Fen(100)), 0);
        assert_eq!(thousandths(Fen(1), Fen(1_000_000)), 4);
        assert_eq!(thousandths(Fen(50), Fen(100)), 500);
        assert_eq!(thousandths(Fen(i64::MAX), Fen(1)), 1000);
        assert_eq!(thousandths(Fen(5), Fen(0)), 0);
        assert_eq!(thousandths(Fen(-5), Fen(100)), 0);
    }
}

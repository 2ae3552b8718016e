//! Cells per kg as bars against what a policy asks for, and the five compartments of a unit as cells.

use domain::registry::{COMPARTMENTS, Dose, DosePolicy, DoseVerdict};
use leptos::prelude::*;
use words::{Lang, match_desk as say};

use crate::ui::{Mark, StateMark};

/// How far a bar reaches: the policy's figure stands in its middle.
const REACH: u32 = 200;

/// `3.24`: what is counted in hundredths, cut off; a dash where nothing was counted.
#[must_use]
pub fn hundredths(value: Option<u32>) -> String {
    value.map_or("—".to_owned(), |value| format!("{}.{:02}", value / 100, value % 100))
}

/// What a policy asks for of one of so many units: TNC in 10⁵, CD34 in 10³, per kg.
#[must_use]
pub fn asked_of(policy: &DosePolicy, units: usize) -> (u32, u32) {
    if units > 1 {
        (policy.each_of_two_tnc_e5, policy.each_of_two_cd34_e3)
    } else {
        (policy.single_tnc_e5, policy.single_cd34_e3)
    }
}

/// How long the bar of a dose is, out of [`REACH`].
fn length(dose: u32, asked: u32) -> u32 {
    let scaled = u64::from(dose) * u64::from(REACH / 2) / u64::from(asked.max(1));
    u32::try_from(scaled.min(u64::from(REACH))).unwrap_or(REACH)
}

fn bar(
    lang: Lang,
    name: &'static str,
    power: &'static str,
    dose: Option<u32>,
    asked: Option<u32>,
) -> AnyView {
    let enough = dose.zip(asked).map(|(dose, asked)| dose >= asked);
    let tone = match enough {
        Some(true) => "good",
        Some(false) => "heed",
        None => "plain",
    };
    let drawn = dose.zip(asked).map(|(dose, asked)| {
        view! {
            <svg class="dose-bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="dose-ground" x="0" y="2" width="200" height="6" />
                <rect class="dose-fill" x="0" y="2" width=length(dose, asked).to_string() height="6" />
                <line class="dose-asked" x1="100" y1="0" x2="100" y2="10" vector-effect="non-scaling-stroke" />
            </svg>
        }
    });
    let least = asked.map(
        |asked| view! { <span class="dose-least">{say::dose_least(lang, hundredths(Some(asked)))}</span> },
    );
    view! {
        <div class="dose" data-tone=tone>
            <span class="dose-name">{name}</span>
            {drawn}
            <span class="dose-figure">
                {hundredths(dose)} <span class="dose-power">{power}</span> {least}
            </span>
        </div>
    }
    .into_any()
}

/// A dose as two bars. `asked` is what a policy asks for, TNC and CD34.
pub fn dose_bars(lang: Lang, dose: Dose, asked: Option<(u32, u32)>) -> AnyView {
    view! {
        <div class="doses">
            {bar(lang, "TNC", "×10⁷", dose.tnc_e5, asked.map(|(tnc, _)| tnc))}
            {bar(lang, "CD34", "×10⁵", dose.cd34_e3, asked.map(|(_, cd34)| cd34))}
        </div>
    }
    .into_any()
}

/// How a dose stands, as a mark with its word.
pub fn dose_verdict(lang: Lang, verdict: DoseVerdict) -> AnyView {
    let (mark, word) = match verdict {
        DoseVerdict::Enough => (Mark::Good, words::matching::paper_dose_enough(lang)),
        DoseVerdict::TooLow => (Mark::Part, words::matching::paper_dose_low(lang)),
        DoseVerdict::Unknown => (Mark::Waiting, words::matching::paper_dose_unknown(lang)),
    };
    view! { <StateMark mark=mark word=word /> }.into_any()
}

/// Five cells, those that can still be had full and the others empty.
pub fn cells(lang: Lang, free: &[u8]) -> AnyView {
    let drawn = (1..=COMPARTMENTS)
        .map(|number| {
            let state = if free.contains(&number) { "free" } else { "none" };
            view! { <span class="cell" data-state=state>{number}</span> }
        })
        .collect_view();
    let numbers: Vec<String> = free.iter().map(u8::to_string).collect();
    let label = say::cells(lang, free.len(), numbers.join(" "));
    view! {
        <span class="cells" role="img" aria-label=label>
            {drawn}
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_reaches_its_middle_at_what_is_asked_and_never_leaves_its_frame() {
        assert_eq!(length(300, 300), 100);
        assert_eq!(length(299, 300), 99, "just below is seen to be below");
        assert_eq!(length(0, 300), 0);
        assert_eq!(length(u32::MAX, 1), REACH);
        assert_eq!(length(5, 0), REACH);
    }

    #[test]
    fn a_dose_says_in_figures_what_its_bar_shows() {
        let dose = Dose { tnc_e5: Some(299), cd34_e3: None };
        let html = Owner::new().with(|| dose_bars(Lang::En, dose, Some((300, 150))).to_html());
        assert!(html.contains("2.99") && html.contains("3.00"), "{html}");
        assert!(html.contains("data-tone=\"heed\"") && html.contains("data-tone=\"plain\""), "{html}");
        assert_eq!(html.matches("dose-fill").count(), 1, "what was not counted has no bar: {html}");
    }

    #[test]
    fn cells_are_told_in_words_too() {
        let html = Owner::new().with(|| cells(Lang::En, &[1, 4]).to_html());
        assert_eq!(html.matches("data-state=\"free\"").count(), 2, "{html}");
        assert_eq!(html.matches("data-state=\"none\"").count(), 3, "{html}");
        assert!(html.contains("1 4"), "{html}");
    }
}

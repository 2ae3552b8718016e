//! Charts as the server draws them: bars from a zero line, each with its figure beside it. The table is the chart.

use leptos::prelude::*;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// How long it is.
    pub value: u64,
    /// The figure as it is read.
    pub figure: String,
    /// Its share, as it is read.
    pub share: String,
}

/// The width of a part on a scale of a thousand; what is there at all is wide enough to be seen.
#[must_use]
pub fn per_mille(part: u64, whole: u64) -> u64 {
    if part == 0 || whole == 0 {
        return 0;
    }
    let exact = u128::from(part) * 1000 / u128::from(whole);
    u64::try_from(exact).unwrap_or(1000).clamp(4, 1000)
}

/// A share in per cent with one decimal, cut off: `33.3%`; what is there is never shown as nothing.
#[must_use]
pub fn share_of(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole);
    if tenths == 0 {
        return if part == 0 { "0%" } else { "<0.1%" }.to_owned();
    }
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// Bars under each other, as a table: label, bar, figure, share. `heads` are the words over label, figure and share.
pub fn bar_table(caption: &str, heads: [&str; 3], bars: Vec<Bar>) -> AnyView {
    let longest = bars.iter().map(|bar| bar.value).max().unwrap_or_default();
    let [label, figure, share] = heads.map(str::to_owned);
    let rows = bars
        .into_iter()
        .map(|bar| {
            let width = per_mille(bar.value, longest);
            view! {
                <tr>
                    <th scope="row">{bar.label}</th>
                    <td class="bar-cell">
                        <svg class="count-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                            <rect class="bar-fill" x="0" y="0" width=width height="10" />
                        </svg>
                    </td>
                    <td class="number">{bar.figure}</td>
                    <td class="number bar-share">{bar.share}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="bars">
            <caption class="hidden">{caption.to_owned()}</caption>
            <thead class="hidden">
                <tr>
                    <th scope="col">{label}</th>
                    <td></td>
                    <th scope="col">{figure}</th>
                    <th scope="col">{share}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// A column of a chart over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pillar {
    /// What stands under it.
    pub label: String,
    /// How high it is.
    pub value: u64,
    /// The figure over it, where it is told directly.
    pub figure: Option<String>,
}

/// The chart's height and the width of one column, in its own measure.
const HEIGHT: u64 = 132;
const STEP: usize = 44;

/// Columns beside each other on one zero line; `picture` says what is seen.
pub fn pillars(picture: &str, columns: Vec<Pillar>) -> AnyView {
    let highest = columns.iter().map(|column| column.value).max().unwrap_or_default();
    let width = columns.len() * STEP;
    // Over and under the columns there is a line of text.
    let (top, base) = (18, 18 + HEIGHT);
    let (tall, under, thick) = (base + 24, base + 17, STEP - 16);
    let drawn = columns
        .into_iter()
        .enumerate()
        .map(|(place, column)| {
            let height = per_mille(column.value, highest) * HEIGHT / 1000;
            let height = if column.value > 0 { height.max(1) } else { 0 };
            let (left, middle) = (place * STEP + 8, place * STEP + STEP / 2);
            let y = base - height;
            let over = y.saturating_sub(5).max(top - 6);
            let figure = column.figure.map(|figure| {
                view! {
                    <text class="pillar-figure" x=middle y=over text-anchor="middle">
                        {figure}
                    </text>
                }
            });
            view! {
                <g>
                    <rect class="bar-fill" x=left y=y width=thick height=height />
                    {figure}
                    <text class="pillar-label" x=middle y=under text-anchor="middle">
                        {column.label}
                    </text>
                </g>
            }
        })
        .collect_view();
    view! {
        <div class="pillars" tabindex="0" role="group" aria-label=picture.to_owned()>
            <svg
                class="pillars-drawing"
                width=width
                height=tall
                viewBox=format!("0 0 {width} {tall}")
                role="img"
                aria-label=picture.to_owned()
            >
                <line class="base-line" x1="0" x2=width y1=base y2=base />
                {drawn}
            </svg>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_zero_and_the_least_is_seen() {
        assert_eq!((per_mille(0, 10), per_mille(1, 0), per_mille(5, 10)), (0, 0, 500));
        assert_eq!(per_mille(1, 1_000_000), 4);
        assert_eq!((share_of(0, 9), share_of(1, 2_000)), ("0%".into(), "<0.1%".into()));
        assert_eq!(
            (share_of(1, 3), share_of(999, 1000), share_of(1, 0)),
            ("33.3%".into(), "99.9%".into(), "–".into())
        );
    }

    #[test]
    fn the_longest_bar_fills_its_cell() {
        let bar = |label: &str, value| Bar {
            label: label.into(),
            value,
            figure: value.to_string(),
            share: "x".into(),
        };
        let html = Owner::new()
            .with(|| bar_table("Units", ["a", "b", "c"], vec![bar("one", 40), bar("two", 10)]).to_html())
            .replace("<!>", "");
        assert!(html.contains(r#"width="1000""#) && html.contains(r#"width="250""#), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}

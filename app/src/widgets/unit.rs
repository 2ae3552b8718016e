//! Parts of a unit: its status, its compartments drawn as the chambers of a bag, its typing by locus.

use domain::registry::{CompartmentState, Place, UnitStatus};
use leptos::prelude::*;
use words::{Lang, console::unit as say};

use crate::ui::{Mark, StateMark};

/// A unit's status.
pub fn unit_status(lang: Lang, status: UnitStatus) -> impl IntoView {
    let mark = match status {
        UnitStatus::Available => Mark::Good,
        UnitStatus::Unavailable => Mark::Waiting,
        UnitStatus::Reserved => Mark::Part,
        UnitStatus::Gone => Mark::Off,
    };
    view! { <StateMark mark=mark word=words::unit_status(lang, status) /> }
}

/// A compartment's state.
pub fn compartment_state(lang: Lang, state: CompartmentState) -> impl IntoView {
    view! { <StateMark mark=compartment_mark(state) word=words::compartment_state(lang, state) /> }
}

const fn compartment_mark(state: CompartmentState) -> Mark {
    match state {
        CompartmentState::Stored | CompartmentState::Infused => Mark::Good,
        CompartmentState::Held => Mark::Part,
        CompartmentState::Released | CompartmentState::Shipped => Mark::Waiting,
        CompartmentState::Returned => Mark::Back,
        CompartmentState::Discarded => Mark::Off,
    }
}

/// A typing that may break after the signs between its names, and not inside a name.
pub fn typing_text(hla: &str) -> AnyView {
    let parts = hla.split_inclusive(['^', '+', '/', '|']).map(str::to_owned);
    parts.map(|part| view! { {part}<wbr /> }).collect_view().into_any()
}

/// A place in words.
#[must_use]
pub fn place_words(lang: Lang, place: &Place) -> String {
    say::place_of(lang, &place.rack, &place.slot, &place.box_, &place.tank)
}

/// A chamber of the picture: its state, and how much of the unit it holds (any scale, 0 where nothing was counted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chamber {
    /// Where it stands.
    pub state: CompartmentState,
    /// Its share.
    pub share: u32,
}

const WIDTH: u64 = 600;
const NARROWEST: u64 = 56;

/// The widths of chambers in a bag of [`WIDTH`]: by their shares, none so narrow that its number does not fit.
fn widths(shares: &[u32]) -> Vec<u64> {
    let whole: u64 = shares.iter().map(|share| u64::from(*share)).sum();
    let count = shares.len() as u64;
    let free = WIDTH.saturating_sub(NARROWEST * count);
    shares
        .iter()
        .map(|share| match whole {
            0 => WIDTH / count.max(1),
            whole => NARROWEST + free * u64::from(*share) / whole,
        })
        .collect()
}

/// The bag with its chambers, side by side as wide as they are full. A state has a pattern of its own and its word
/// below; the same stands in the table beside it.
pub fn chambers(lang: Lang, chambers: &[Chamber]) -> AnyView {
    let shares: Vec<u32> = chambers.iter().map(|chamber| chamber.share).collect();
    let mut left = 0;
    let mut parts = Vec::new();
    let drawn = chambers
        .iter()
        .zip(widths(&shares))
        .enumerate()
        .map(|(place, (chamber, width))| {
            let x = left;
            left += width;
            let word = words::compartment_state(lang, chamber.state);
            parts.push(format!("{} {word}", place + 1));
            let (x, middle) = (x.to_string(), (x + width / 2).to_string());
            let inner = width.saturating_sub(8).to_string();
            let fill = format!("url(#chamber-{})", chamber.state.as_str());
            view! {
                <g class="chamber" data-state=chamber.state.as_str() transform=format!("translate({x} 0)")>
                    <rect class="chamber-ground" x="4" y="14" width=inner.clone() height="92" rx="12" />
                    <rect class="chamber-fill" x="4" y="14" width=inner height="92" rx="12" fill=fill />
                </g>
                <circle class="chamber-disc" cx=middle.clone() cy="60" r="17" />
                <text class="chamber-number" x=middle y="67" text-anchor="middle">
                    {(place + 1).to_string()}
                </text>
            }
        })
        .collect_view();
    let label = say::compartments_picture(lang, parts.join(" · "));
    let mut states: Vec<CompartmentState> = chambers.iter().map(|chamber| chamber.state).collect();
    states.sort_unstable();
    states.dedup();
    let legend = states
        .into_iter()
        .map(|state| {
            view! {
                <li>
                    <svg class="chamber-key" viewBox="0 0 24 16" aria-hidden="true" focusable="false">
                        <g class="chamber" data-state=state.as_str()>
                            <rect class="chamber-ground" x="1" y="1" width="22" height="14" rx="3" />
                            <rect
                                class="chamber-fill"
                                x="1"
                                y="1"
                                width="22"
                                height="14"
                                rx="3"
                                fill=format!("url(#chamber-{})", state.as_str())
                            />
                        </g>
                    </svg>
                    {words::compartment_state(lang, state)}
                </li>
            }
        })
        .collect_view();
    view! {
        <figure class="bag">
            <svg viewBox="0 0 600 120" role="img" aria-label=label>
                {patterns()} <rect class="bag-edge" x="0.75" y="9" width="598.5" height="102" rx="16" />
                {drawn}
            </svg>
            <figcaption>
                <ul class="bag-legend">{legend}</ul>
            </figcaption>
        </figure>
    }
    .into_any()
}

/// One pattern a state, told apart without colour: full, hatched one way, both ways, dotted, barred, empty.
fn patterns() -> impl IntoView {
    let lines: [(CompartmentState, &str); 6] = [
        (CompartmentState::Held, "M-2 10 L10 -2 M2 14 L14 2"),
        (CompartmentState::Released, "M-2 10 L10 -2 M2 14 L14 2 M-2 2 L10 14 M2 -2 L14 10"),
        (CompartmentState::Shipped, "M0 6 H12"),
        (CompartmentState::Infused, "M3 3 h.1 M9 9 h.1"),
        (CompartmentState::Returned, "M6 0 V12"),
        (CompartmentState::Discarded, "M3 3 L9 9 M9 3 L3 9"),
    ];
    let lines = lines.map(|(state, path)| {
        view! {
            <pattern
                id=format!("chamber-{}", state.as_str())
                class="chamber-pattern"
                data-state=state.as_str()
                width="12"
                height="12"
                patternUnits="userSpaceOnUse"
            >
                <path d=path />
            </pattern>
        }
    });
    view! {
        <defs>
            <pattern id="chamber-stored" class="chamber-pattern" width="12" height="12" patternUnits="userSpaceOnUse">
                <rect width="12" height="12" />
            </pattern>
            {lines.into_iter().collect_view()}
        </defs>
    }
}

/// A typing in GL String notation, parted by locus: the locus, and what stands on each chromosome. What is parted
/// otherwise (genotype ambiguity) stands as it is written, all of it in the first place.
#[must_use]
pub fn loci_of(hla: &str) -> Vec<(String, Vec<String>)> {
    hla.split('^')
        .filter(|block| !block.is_empty())
        .map(|block| {
            // The first call tells the locus: `DRB1*09:01` before its star, `B46` by its letters.
            let first = block.split(['+', '|', '/']).next().unwrap_or(block).trim_start_matches("HLA-");
            let locus = first.split_once('*').map_or_else(
                || first.chars().take_while(char::is_ascii_alphabetic).collect(),
                |(head, _)| head.to_owned(),
            );
            let whole = block.contains('|');
            let sides =
                if whole { vec![block.to_owned()] } else { block.split('+').map(str::to_owned).collect() };
            (locus, sides)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chambers_fill_the_bag_and_none_vanishes() {
        assert_eq!(widths(&[1, 1]), [300, 300]);
        assert_eq!(widths(&[0, 0, 0]), [200, 200, 200]);
        let uneven = widths(&[98_000, 1_000, 500, 500, 0]);
        assert!(uneven.iter().all(|width| *width >= NARROWEST), "{uneven:?}");
        assert!(uneven.iter().sum::<u64>() <= WIDTH && uneven[0] > 300, "{uneven:?}");
        assert!(widths(&[]).is_empty());
    }

    #[test]
    fn the_picture_says_each_state_in_words() {
        let one = |state| Chamber { state, share: 1 };
        let all: Vec<Chamber> = CompartmentState::ALL.iter().copied().map(one).collect();
        let html = Owner::new().with(|| chambers(Lang::En, &all).to_html());
        for (place, state) in CompartmentState::ALL.iter().enumerate() {
            let word = words::compartment_state(Lang::En, *state);
            assert!(html.contains(&format!("{} {word}", place + 1)), "{word}: {html}");
            assert!(html.contains(&format!("id=\"chamber-{}\"", state.as_str())), "{word}: {html}");
        }
    }

    #[test]
    fn a_typing_is_parted_by_locus() {
        let parted = loci_of("A*02:01+A*24:02^B46+B*15:01/B*15:02^HLA-DRB1*09:01|DRB1*14:54");
        let names: Vec<&str> = parted.iter().map(|(locus, _)| locus.as_str()).collect();
        assert_eq!(names, ["A", "B", "DRB1"]);
        assert_eq!(parted[0].1, ["A*02:01", "A*24:02"]);
        assert_eq!(parted[1].1, ["B46", "B*15:01/B*15:02"]);
        assert_eq!(parted[2].1, ["HLA-DRB1*09:01|DRB1*14:54"]);
        assert!(loci_of("").is_empty());
    }
}

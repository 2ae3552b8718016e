//! The lab desk: a field for the scanner, and what waits to be typed again, packed, or told of.

use std::collections::BTreeMap;

use domain::id::{HoldId, UnitReleaseId};
use domain::refusal::Refusal;
use domain::registry::HoldPurpose;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::lab as say};

use crate::islands::search_key::SearchKey;
use crate::ui::{
    Button, Cell, Column, EmptyState, Icon, Mark, Notice, Place, StateMark, TextField, Tone, data_table,
    row_link,
};
use crate::{Page, PageContext};

/// A form as it was sent, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    /// Each field as typed, by its name.
    pub typed: BTreeMap<String, String>,
    /// What is wrong.
    pub error: Option<Refusal>,
}

impl FormState {
    /// A field as typed; empty where nothing was.
    #[must_use]
    pub fn get(&self, name: &str) -> String {
        self.typed.get(name).cloned().unwrap_or_default()
    }

    /// What is wrong, above the form.
    pub(super) fn news(&self, lang: Lang) -> Option<AnyView> {
        let text = words::refusal(lang, self.error.as_ref()?);
        Some(
            view! {
                <Notice tone=Tone::Wrong role="alert">
                    <p>{text}</p>
                </Notice>
            }
            .into_any(),
        )
    }
}

/// The notice after something was recorded.
pub(super) fn done_news(lang: Lang) -> AnyView {
    view! {
        <Notice tone=Tone::Good role="status">
            <p>{words::console::done(lang)}</p>
        </Notice>
    }
    .into_any()
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct LabView {
    /// What was scanned and did not lead to one unit, and how many it names.
    pub scanned: Option<(String, usize)>,
    /// Holds that wait to be typed again.
    pub typing: Vec<TypingLine>,
    /// Releases to pack.
    pub packing: Vec<ReleaseLine>,
    /// Releases on their way.
    pub under_way: Vec<ReleaseLine>,
}

/// A hold that waits to be typed again.
#[derive(Debug, Clone)]
pub struct TypingLine {
    /// The hold.
    pub hold: HoldId,
    /// Registry ids and compartments.
    pub units: Vec<(String, Vec<u8>)>,
    /// What it is for.
    pub purpose: HoldPurpose,
    /// Until when it keeps its compartments.
    pub expires_at: Instant,
}

/// A release that the laboratory handles.
#[derive(Debug, Clone)]
pub struct ReleaseLine {
    /// The release.
    pub id: UnitReleaseId,
    /// Registry ids and compartments.
    pub units: Vec<(String, Vec<u8>)>,
    /// The hospital's name.
    pub hospital: String,
    /// When it was ordered.
    pub ordered_at: Instant,
    /// How many have checked its identity.
    pub checks: usize,
    /// Whether its temperature log is attached.
    pub log: bool,
}

/// Units with their compartments, in words.
pub(super) fn unit_words(lang: Lang, units: &[(String, Vec<u8>)]) -> String {
    let one = |(id, parts): &(String, Vec<u8>)| {
        let parts: Vec<String> = parts.iter().map(u8::to_string).collect();
        say::unit_parts(lang, id, parts.join(", "))
    };
    units.iter().map(one).collect::<Vec<_>>().join(" + ")
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: LabView) -> Page {
    let lang = context.lang;
    let (typed, error) = match view.scanned {
        Some((typed, 0)) => (typed, Some(say::not_found(lang).to_owned())),
        Some((typed, count)) => (typed, Some(say::several(lang, count))),
        None => (String::new(), None),
    };
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        <form class="filter filter-one" method="get" action="/console/lab" role="search" aria-label=say::scan_label(lang)>
            <TextField
                id="scan"
                label=say::scan(lang)
                help=say::scan_help(lang)
                value=typed
                error=error
                kind="search"
                shortcut="/"
            />
            <div class="filter-go">
                <Button label=say::open(lang) icon=Icon::Search />
            </div>
        </form>
        {part(say::typing(lang), typing(lang, &view.typing))}
        {part(say::packing(lang), packing(lang, &view.packing))}
        {part(say::under_way(lang), under_way(lang, &view.under_way))}
        <SearchKey target="scan".to_owned() />
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

fn part(title: &'static str, inside: AnyView) -> impl IntoView {
    view! {
        <section class="desk-part">
            <h2>{title}</h2>
            {inside}
        </section>
    }
}

fn typing(lang: Lang, lines: &[TypingLine]) -> AnyView {
    if lines.is_empty() {
        return view! { <EmptyState text=say::typing_empty(lang) icon=Icon::Full /> }.into_any();
    }
    let columns = [
        Column::new(say::units(lang), Place::Lead),
        Column::new(say::purpose(lang), Place::Second).line(),
        Column::new(say::expires(lang), Place::SecondEnd).line().labelled(),
    ];
    let rows = lines.iter().map(|line| {
        let href = format!("/console/lab/holds/{}", line.hold);
        vec![
            Cell::new(row_link(href, view! { <span class="code">{unit_words(lang, &line.units)}</span> })),
            Cell::text(words::hold_purpose(lang, line.purpose)),
            Cell::text(line.expires_at.minute()),
        ]
    });
    data_table(say::typing_caption(lang), &columns, rows)
}

/// How far the check by two persons is.
pub(super) fn checked(lang: Lang, checks: usize) -> impl IntoView {
    let (mark, word) = match checks {
        0 => (Mark::Waiting, say::checked_none(lang)),
        1 => (Mark::Part, say::checked_one(lang)),
        _ => (Mark::Good, say::checked_two(lang)),
    };
    view! { <StateMark mark=mark word=word /> }
}

fn release_link(lang: Lang, line: &ReleaseLine) -> Cell {
    let href = format!("/console/lab/releases/{}", line.id);
    Cell::new(row_link(href, view! { <span class="code">{unit_words(lang, &line.units)}</span> }))
}

fn packing(lang: Lang, lines: &[ReleaseLine]) -> AnyView {
    if lines.is_empty() {
        return view! { <EmptyState text=say::packing_empty(lang) icon=Icon::Full /> }.into_any();
    }
    let columns = [
        Column::new(say::units(lang), Place::Lead),
        Column::new(say::hospital(lang), Place::Second),
        Column::new(say::ordered(lang), Place::Third).line().labelled(),
        Column::new(say::checked(lang), Place::SecondEnd).line(),
    ];
    let rows = lines.iter().map(|line| {
        vec![
            release_link(lang, line),
            Cell::text(line.hospital.clone()),
            Cell::text(line.ordered_at.minute()),
            Cell::new(checked(lang, line.checks)),
        ]
    });
    data_table(say::packing_caption(lang), &columns, rows)
}

fn under_way(lang: Lang, lines: &[ReleaseLine]) -> AnyView {
    if lines.is_empty() {
        return view! { <EmptyState text=say::under_way_empty(lang) icon=Icon::Full /> }.into_any();
    }
    let columns = [
        Column::new(say::units(lang), Place::Lead),
        Column::new(say::hospital(lang), Place::Second),
        Column::new(say::log(lang), Place::SecondEnd).line().labelled(),
    ];
    let rows = lines.iter().map(|line| {
        let (mark, word) = if line.log {
            (Mark::Good, say::log_there(lang))
        } else {
            (Mark::Waiting, say::log_missing(lang))
        };
        vec![
            release_link(lang, line),
            Cell::text(line.hospital.clone()),
            Cell::new(view! { <StateMark mark=mark word=word /> }),
        ]
    });
    data_table(say::under_way_caption(lang), &columns, rows)
}

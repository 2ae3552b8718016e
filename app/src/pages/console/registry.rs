//! The registry counted: how many units of which kind, how well they are typed, under which release, and how the index
//! stands in which searches run.

use domain::access::Action;
use domain::registry::matching::{DoseClass, MatchLocus, Overview, Resolution};
use domain::registry::{Ownership, UnitStatus};
use leptos::prelude::*;
use words::{Lang, console::registry as say};

use crate::islands::progress::Progress;
use crate::ui::{
    Bar, ButtonKind, EmptyState, Icon, LinkButton, Notice, Pillar, Tone, bar_table, disclosure, fact,
    per_mille, pillars, share_of,
};
use crate::widgets::count;
use crate::{Page, PageContext};

/// The registry as this node has it.
#[derive(Debug, Clone)]
pub struct RegistryView {
    /// All units counted.
    pub overview: Overview,
    /// Units that an unrelated search may find.
    pub found: u64,
    /// All changes up to this number are counted.
    pub number: i64,
    /// The release in use.
    pub release: Option<String>,
    /// Bytes of the index.
    pub bytes: u64,
    /// How long it took to make, in milliseconds.
    pub millis: u64,
    /// Units of which a typing can't be read.
    pub unread: u64,
    /// Units whose DNA and serology exclude each other.
    pub contradictory: u64,
}

/// The address that tells how far the reading is.
pub const STATE: &str = "/console/registry/state";

fn head(lang: Lang) -> impl IntoView {
    view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
    }
}

/// While the registry is being read.
#[must_use]
pub fn reading_page(context: &PageContext, percent: u8) -> Page {
    let lang = context.lang;
    let body = view! {
        {head(lang)}
        <Notice title=say::reading_title(lang)>
            <p>{say::reading(lang)}</p>
            <Progress
                address=STATE.to_owned()
                label=say::reading_title(lang).to_owned()
                state="reading".to_owned()
                percent=Some(u32::from(percent))
                text=say::reading_progress(lang, percent)
            />
            <p class="actions">
                <LinkButton href="/console/registry" label=say::refresh(lang) icon=Icon::Refresh />
            </p>
        </Notice>
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: RegistryView) -> Page {
    let lang = context.lang;
    let body = if view.overview.units == 0 {
        view! { {head(lang)} {empty(context)} {index(lang, &view)} }.into_any()
    } else {
        let overview = &view.overview;
        view! {
            {head(lang)}
            {no_release(context, &view)}
            {figures(lang, &view)}
            <div class="charts">
                <div class="chart-column">
                    {by_status(lang, overview)} {by_ownership(lang, overview)}
                </div>
                {by_dose(lang, overview)}
                {typed(lang, overview)}
                {by_year(lang, overview)}
            </div>
            {index(lang, &view)}
        }
        .into_any()
    };
    Page::console(say::title(lang), body)
}

fn empty(context: &PageContext) -> impl IntoView + use<> {
    let lang = context.lang;
    let may = context.may(Action::ImportUnits);
    let text = if may { say::empty(lang) } else { say::empty_reader(lang) };
    view! {
        <section class="desk-part">
            <EmptyState title=say::empty_title(lang) text=text icon=Icon::Droplet />
            {may
                .then(|| {
                    view! {
                        <p class="actions">
                            <LinkButton
                                href="/console/loads#upload"
                                label=say::empty_do(lang)
                                kind=ButtonKind::Primary
                                icon=Icon::Upload
                            />
                        </p>
                    }
                })}
        </section>
    }
}

fn no_release(context: &PageContext, view: &RegistryView) -> Option<AnyView> {
    let lang = context.lang;
    let manage = context.may(Action::ManageNomenclature).then(|| {
        view! {
            <p>
                <a href="/console/nomenclature">{say::to_nomenclature(lang)}</a>
            </p>
        }
    });
    view.release.is_none().then(|| {
        view! {
            <Notice tone=Tone::Heed>
                <p>{words::matching::no_release(lang)}</p>
                {manage}
            </Notice>
        }
        .into_any()
    })
}

fn stated(term: &str, value: String, more: &str) -> impl IntoView + use<> {
    let (term, more) = (term.to_owned(), more.to_owned());
    view! {
        <div class="stated">
            <dt>{term}</dt>
            <dd class="stated-value">{value}</dd>
            <dd class="stated-when">{more}</dd>
        </div>
    }
}

/// What one looks for first.
fn figures(lang: Lang, view: &RegistryView) -> impl IntoView + use<> {
    let release = view.release.clone();
    let more = if release.is_some() { "IPD-IMGT/HLA" } else { say::release_none_help(lang) };
    let release = release.unwrap_or_else(|| say::release_none(lang).to_owned());
    view! {
        <dl class="stated-row registry-figures">
            {stated(say::units(lang), count(view.overview.units), "")}
            {stated(say::found(lang), count(view.found), say::found_help(lang))}
            {stated(say::release(lang), release, more)}
            {stated(say::number(lang), count(view.number.unsigned_abs()), say::number_help(lang))}
        </dl>
    }
}

fn chart(id: &'static str, title: &'static str, inside: AnyView) -> AnyView {
    view! {
        <section class="chart" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {inside}
        </section>
    }
    .into_any()
}

/// Bars of counts in a given order, shares of all units.
fn bars(lang: Lang, caption: &str, of: u64, counts: impl Iterator<Item = (&'static str, u64)>) -> AnyView {
    let bars = counts
        .map(|(label, value)| Bar {
            label: label.to_owned(),
            value,
            figure: count(value),
            share: share_of(value, of),
        })
        .collect();
    bar_table(caption, [caption, say::count(lang), say::share(lang)], bars)
}

fn by_status(lang: Lang, overview: &Overview) -> AnyView {
    let counts = UnitStatus::ALL.iter().map(|status| {
        let units = overview.by_status.get(status).copied().unwrap_or_default();
        (words::unit_status(lang, *status), units)
    });
    let title = say::by_status(lang);
    chart("by-status", title, bars(lang, title, overview.units, counts))
}

fn by_ownership(lang: Lang, overview: &Overview) -> AnyView {
    let counts = Ownership::ALL.iter().map(|ownership| {
        let units = overview.by_ownership.get(ownership).copied().unwrap_or_default();
        (words::unit_ownership(lang, *ownership), units)
    });
    let title = say::by_ownership(lang);
    chart("by-ownership", title, bars(lang, title, overview.units, counts))
}

fn by_dose(lang: Lang, overview: &Overview) -> AnyView {
    // From little to much; what is not known stands apart, at the end.
    let known = DoseClass::ALL.iter().filter(|class| **class != DoseClass::Unknown);
    let counts = known.chain([&DoseClass::Unknown]).map(|class| {
        let units = overview.by_dose.get(class).copied().unwrap_or_default();
        (words::dose_class(lang, *class), units)
    });
    let title = say::by_dose(lang);
    chart("by-dose", title, bars(lang, title, overview.units, counts))
}

fn by_year(lang: Lang, overview: &Overview) -> AnyView {
    let known: Vec<(i32, u64)> = overview
        .by_year
        .iter()
        .filter(|(year, _)| **year != 0)
        .map(|(year, units)| (*year, *units))
        .collect();
    let Some(((first, _), (last, _))) = known.first().copied().zip(known.last().copied()) else {
        return ().into_any();
    };
    let (top, most) = known.iter().copied().max_by_key(|(_, units)| *units).unwrap_or_default();
    // Each year has its place, also one without a unit.
    let columns = (first..=last)
        .map(|year| {
            let value = overview.by_year.get(&year).copied().unwrap_or_default();
            let told = year == top || year == last || year == first;
            Pillar { label: year.to_string(), value, figure: told.then(|| count(value)) }
        })
        .collect();
    let picture = say::years_picture(lang, count(most), first, last, top);
    let rows = overview
        .by_year
        .iter()
        .map(|(year, units)| {
            let year = if *year == 0 { say::unknown_year(lang).to_owned() } else { year.to_string() };
            view! {
                <tr>
                    <th scope="row">{year}</th>
                    <td class="number">{count(*units)}</td>
                    <td class="number">{share_of(*units, overview.units)}</td>
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <div class="table-frame">
            <table class="table table-dense figures-narrow">
                <caption class="hidden">{say::years_caption(lang)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{say::year(lang)}</th>
                        <th scope="col" class="number">
                            {say::count(lang)}
                        </th>
                        <th scope="col" class="number">
                            {say::share(lang)}
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    let inside = view! { {pillars(&picture, columns)} {disclosure(say::table(lang), None, false, table)} };
    view! { <div class="chart-wide">{chart("by-year", say::by_year(lang), inside.into_any())}</div> }
        .into_any()
}

/// Best first, as the bars are read.
fn resolutions() -> impl Iterator<Item = Resolution> {
    Resolution::ALL.iter().rev().copied()
}

fn typed(lang: Lang, overview: &Overview) -> AnyView {
    let at = |locus: &MatchLocus, resolution: Resolution| {
        overview.typed.get(locus).and_then(|counts| counts.get(&resolution)).copied().unwrap_or_default()
    };
    let keys = resolutions()
        .map(|resolution| {
            view! {
                <li>
                    <svg class="typed-key" viewBox="0 0 14 14" aria-hidden="true" focusable="false">
                        <rect class="typed-part" data-resolution=resolution.as_str() width="14" height="14" />
                    </svg>
                    {words::resolution(lang, resolution)}
                </li>
            }
        })
        .collect_view();
    let lines = MatchLocus::ALL
        .iter()
        .map(|locus| {
            let parts: Vec<(Resolution, u64)> =
                resolutions().map(|resolution| (resolution, at(locus, resolution))).collect();
            stacked(lang, locus.as_str(), &parts, overview.units)
        })
        .collect_view();
    let heads = resolutions()
        .map(|resolution| view! { <th scope="col" class="number">{words::resolution(lang, resolution)}</th> })
        .collect_view();
    let rows = MatchLocus::ALL
        .iter()
        .map(|locus| {
            let cells = resolutions()
                .map(|resolution| {
                    view! {
                        <td class="number">{count(at(locus, resolution))}</td>
                    }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{locus.as_str()}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let table = view! {
        <div class="table-frame">
            <table class="table table-dense">
                <caption class="hidden">{say::typed_caption(lang)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{say::locus(lang)}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    let inside = view! {
        <p class="field-help">{say::typed_lead(lang)}</p>
        <ul class="typed-keys">{keys}</ul>
        <ul class="typed-lines">{lines}</ul>
        {disclosure(say::table(lang), None, false, table)}
    };
    view! { <div class="chart-wide">{chart("typed", say::typed(lang), inside.into_any())}</div> }.into_any()
}

/// A locus as one line of parts beside each other; the first part's share is told directly.
fn stacked(lang: Lang, locus: &'static str, parts: &[(Resolution, u64)], whole: u64) -> AnyView {
    let mut left = 0;
    let drawn = parts
        .iter()
        .filter(|(_, units)| *units > 0)
        .map(|(resolution, units)| {
            let width = per_mille(*units, whole).min(1000_u64.saturating_sub(left));
            let x = left;
            left += width;
            view! {
                <rect class="typed-part" data-resolution=resolution.as_str() x=x y="0" width=width height="10" />
            }
        })
        .collect_view();
    let told: Vec<String> = parts
        .iter()
        .filter(|(_, units)| *units > 0)
        .map(|(resolution, units)| {
            format!("{} {}", words::resolution(lang, *resolution), share_of(*units, whole))
        })
        .collect();
    let best = parts.first().map(|(_, units)| share_of(*units, whole)).unwrap_or_default();
    view! {
        <li class="typed-line">
            <span class="typed-locus">{locus}</span>
            <svg
                class="count-bar"
                viewBox="0 0 1000 10"
                preserveAspectRatio="none"
                role="img"
                aria-label=say::typed_picture(lang, locus, told.join(lang.pick("，", ", ")))
            >
                {drawn}
            </svg>
            <span class="typed-best">{best}</span>
        </li>
    }
    .into_any()
}

fn index(lang: Lang, view: &RegistryView) -> impl IntoView + use<> {
    let with = |units: u64, help: &'static str| {
        view! {
            {count(units)}
            <span class="fact-more">{help}</span>
        }
    };
    let memory = say::mib(lang, format!("{}.{}", view.bytes >> 20, ((view.bytes & 0xF_FFFF) * 10) >> 20));
    view! {
        <section class="desk-part" aria-labelledby="index">
            <h2 id="index">{say::index(lang)}</h2>
            <p class="field-help">{say::index_lead(lang)}</p>
            <dl class="facts facts-dense">
                {fact(say::found(lang), count(view.found))}
                {fact(say::memory(lang), memory)}
                {fact(say::built(lang), say::millis(lang, count(view.millis)))}
                {fact(say::unread(lang), with(view.unread, say::unread_help(lang)))}
                {fact(say::contradictory(lang), with(view.contradictory, say::contradictory_help(lang)))}
            </dl>
        </section>
    }
}

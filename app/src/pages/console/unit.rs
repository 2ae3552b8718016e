//! A unit's passport: where it stands and why, its compartments as a picture, its typing, figures and results.

use domain::id::UnitId;
use domain::registry::{Bar, CompartmentState, Figures, Ownership, Place, UnitContent, UnitStatus};
use leptos::prelude::*;
use words::{Lang, console::unit as say};

use super::unit_records::{self as records, UnitRecords};
use crate::ui::{Cell, Column, Icon, IconMark, Mark, Place as At, StateMark, Tag, data_table, fact};
use crate::widgets::{
    Chamber, chambers, compartment_state, loci_of, millilitres, percent, place_words, thousandths,
    typing_text, unit_status,
};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct UnitView {
    /// Id.
    pub id: UnitId,
    /// The registry's own number.
    pub registry_id: String,
    /// Donation number, and its check character.
    pub din: Option<(String, char)>,
    /// GRID.
    pub grid: Option<String>,
    /// The bank's own number, or empty.
    pub local_id: String,
    /// The bank's name.
    pub bank: String,
    /// Where it stands by the rules.
    pub status: UnitStatus,
    /// Why it is not to be had; empty when it is.
    pub bars: Vec<Bar>,
    /// Why its release to a stranger would be barred; empty when it would not.
    pub release_bars: Vec<Bar>,
    /// Whether the family's consent to share stands.
    pub shared: bool,
    /// What its newest version says.
    pub content: UnitContent,
    /// Each compartment, from the first.
    pub compartments: Vec<CompartmentLine>,
    /// What is on record.
    pub records: UnitRecords,
}

/// A compartment.
#[derive(Debug, Clone)]
pub struct CompartmentLine {
    /// Its state.
    pub state: CompartmentState,
    /// What it holds: its own figures, or its equal part.
    pub figures: Figures,
    /// Where it lies.
    pub place: Option<Place>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: UnitView) -> Page {
    let lang = context.lang;
    let title = say::title(lang, &view.registry_id);
    let records = &view.records;
    let body = view! {
        <a class="back" href="/console/units">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {unit_status(lang, view.status)}
            <Tag word=words::unit_ownership(lang, view.content.ownership) />
            {view.shared.then(|| view! { <Tag word=words::console::units::shared(lang) /> })}
        </header>
        <div class="desk-columns passport">
            <div class="desk-main">
                {standing(lang, &view)} {compartments(lang, &view)} {typing(lang, &view.content)}
                {records::process(lang, &records.process)} {records::holds(lang, &records.holds)}
                {records::moves(lang, &records.moves)} {records::history(lang, &records.versions)}
                {records::events(lang, &records.events)}
            </div>
            <div class="desk-side">
                {identity(lang, &view)} {facts(lang, &view.content)} {figures(lang, &view.content)}
                {tests(lang, &view.content)}
                {records::consents(lang, view.content.ownership, &records.consents)}
            </div>
        </div>
    };
    Page::console(title, body)
}

fn reasons(lang: Lang, mark: Mark, bars: &[Bar]) -> impl IntoView + use<> {
    let lines = bars
        .iter()
        .map(|bar| view! { <li><StateMark mark=mark word=words::unit_bar(lang, *bar) /></li> })
        .collect_view();
    view! { <ul class="reasons">{lines}</ul> }
}

fn standing(lang: Lang, view: &UnitView) -> impl IntoView + use<> {
    let now = if view.bars.is_empty() {
        let family = view.content.ownership == Ownership::Family && !view.shared;
        let text = if family { say::standing_family(lang) } else { say::standing_free(lang) };
        view! { <p>{text}</p> }.into_any()
    } else {
        view! {
            <p>{say::standing_bars(lang)}</p>
            {reasons(lang, Mark::Off, &view.bars)}
        }
        .into_any()
    };
    // What bars a search bars a release as well, and is told once.
    let more: Vec<Bar> = view.release_bars.iter().copied().filter(|bar| !view.bars.contains(bar)).collect();
    let release = if more.is_empty() && view.bars.is_empty() {
        view! { <p><StateMark mark=Mark::Good word=say::release_clear(lang) /></p> }.into_any()
    } else if more.is_empty() {
        ().into_any()
    } else {
        view! {
            <p>{say::release_bars(lang)}</p>
            {reasons(lang, Mark::Wrong, &more)}
        }
        .into_any()
    };
    let said = say::bank_says(lang, words::unit_status(lang, view.content.status));
    let reason = Some(view.content.status_reason.clone()).filter(|reason| !reason.is_empty());
    view! {
        <section class="desk-part standing">
            <h2>{say::standing(lang)}</h2>
            <div class="standing-now">{now}</div>
            <div class="standing-now">{release}</div>
            <p class="muted">
                {said} {reason.map(|reason| view! { " · " <span class="code">{reason}</span> })}
            </p>
        </section>
    }
}

fn compartments(lang: Lang, view: &UnitView) -> impl IntoView + use<> {
    let drawn: Vec<Chamber> = view
        .compartments
        .iter()
        .map(|line| Chamber { state: line.state, share: line.figures.tnc_e5 })
        .collect();
    let columns = [
        Column::new(say::compartments(lang), At::Lead).line(),
        Column::new(say::state(lang), At::Figure).line(),
        Column::new(say::volume(lang), At::Second).number().labelled(),
        Column::new(say::tnc(lang), At::Second).number().labelled(),
        Column::new(say::cd34(lang), At::Second).number().labelled(),
        Column::new(say::place(lang), At::Whole),
    ];
    let figure = |text: Option<String>| text.map_or_else(Cell::none, Cell::text);
    let rows = view.compartments.iter().enumerate().map(|(place, line)| {
        let at = match &line.place {
            Some(place) => Cell::text(place_words(lang, place)),
            None if line.state.is_here() => {
                Cell::new(view! { <span class="muted">{say::place_unknown(lang)}</span> })
            }
            None => Cell::none(),
        };
        vec![
            Cell::text(say::compartment(lang, place + 1)),
            Cell::new(compartment_state(lang, line.state)),
            figure(millilitres(line.figures.volume_ul)),
            figure(thousandths(line.figures.tnc_e5)),
            figure(thousandths(line.figures.cd34_e3)),
            at,
        ]
    });
    let counted = view.content.compartments.iter().all(|one| one.figures.tnc_e5 > 0);
    let equal = (!counted && view.content.figures.tnc_e5 > 0)
        .then(|| view! { <p class="muted">{say::compartments_equal(lang)}</p> });
    view! {
        <section class="desk-part">
            <h2>{say::compartments(lang)}</h2>
            {chambers(lang, &drawn)}
            {data_table(say::compartments_caption(lang), &columns, rows)}
            {equal}
        </section>
    }
}

/// One line a locus, each chromosome in its own column.
pub(super) fn typing_table(lang: Lang, hla: &str) -> AnyView {
    let lines = loci_of(hla)
        .into_iter()
        .map(|(locus, sides)| {
            let span = if sides.len() == 1 { "2" } else { "1" };
            let cells = sides
                .into_iter()
                .map(|side| view! { <td class="code" colspan=span>{typing_text(&side)}</td> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{locus}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="table table-dense typing">
            <caption class="hidden">{say::typing_caption(lang)}</caption>
            <tbody>{lines}</tbody>
        </table>
    }
    .into_any()
}

fn typing(lang: Lang, content: &UnitContent) -> impl IntoView + use<> {
    let inside = if content.hla.is_empty() {
        view! { <p class="muted">{say::typing_empty(lang)}</p> }.into_any()
    } else {
        let method = words::typing_method(lang, &content.hla_method);
        let when = match content.hla_typed_on {
            Some(day) if method.is_empty() => Some(day.to_string()),
            Some(day) => Some(say::typed_on(lang, day, method)),
            None => Some(method.to_owned()).filter(|method| !method.is_empty()),
        };
        view! {
            {typing_table(lang, &content.hla)}
            {when.map(|when| view! { <p class="muted typed-when">{when}</p> })}
        }
        .into_any()
    };
    view! {
        <section class="desk-part">
            <h2>{say::typing(lang)}</h2>
            {inside}
        </section>
    }
}

fn pairs(title: &'static str, inside: impl IntoAny) -> impl IntoView {
    view! {
        <section class="desk-part">
            <h2>{title}</h2>
            <dl class="facts facts-dense">{inside.into_any()}</dl>
        </section>
    }
}

/// A fact, or the word for what is not known.
fn known(lang: Lang, term: &'static str, what: Option<String>) -> AnyView {
    match what {
        Some(text) => fact(term, text),
        None => fact(term, view! { <span class="muted">{say::unknown(lang)}</span> }),
    }
}

fn identity(lang: Lang, view: &UnitView) -> impl IntoView + use<> {
    let code = |term: &'static str, text: String| fact(term, view! { <span class="code">{text}</span> });
    let din = view.din.clone().map(|(number, check)| {
        let inside = view! {
            <span class="code">{number}</span>
            " "
            <span class="code din-check">{check.to_string()}</span>
        };
        fact(say::din(lang), inside)
    });
    let grid = view.grid.clone().map(|grid| code(say::grid(lang), grid));
    let local =
        Some(view.local_id.clone()).filter(|id| !id.is_empty()).map(|id| code(say::local_id(lang), id));
    let bank = view.bank.clone();
    pairs(say::identity(lang), view! { {din} {grid} {local} {fact(say::bank(lang), bank)} })
}

fn facts(lang: Lang, content: &UnitContent) -> impl IntoView + use<> {
    let abo = content.abo.map(|abo| {
        let rhesus = content.rhesus.map(|rhesus| format!(" Rh{}", rhesus.as_str())).unwrap_or_default();
        format!("{}{rhesus}", abo.as_str())
    });
    let sex = content.sex.map(|sex| words::sex(lang, sex).to_owned());
    let ethnicity = Some(content.ethnicity.clone()).filter(|code| !code.is_empty());
    let day = |day: Option<domain::time::Date>| day.map(|day| day.to_string());
    let inside = view! {
        {known(lang, say::abo(lang), abo)}
        {known(lang, say::sex(lang), sex)}
        {ethnicity.map(|code| fact(say::ethnicity(lang), code))}
        {known(lang, say::collected(lang), day(content.collected_on))}
        {known(lang, say::processed(lang), day(content.processed_on))}
        {known(lang, say::frozen(lang), day(content.frozen_on))}
    };
    pairs(say::facts(lang), inside)
}

fn figures(lang: Lang, content: &UnitContent) -> impl IntoView + use<> {
    let whole = content.figures;
    let inside = view! {
        {known(lang, say::volume(lang), millilitres(whole.volume_ul))}
        {known(lang, say::tnc(lang), thousandths(whole.tnc_e5))}
        {known(lang, say::cd34(lang), thousandths(whole.cd34_e3))}
        {known(lang, say::mnc(lang), thousandths(content.mnc_e5))}
        {known(lang, say::viability(lang), content.viability_permille.map(percent))}
        {fact(say::segments(lang), say::segments_of(lang, content.segments))}
    };
    pairs(say::figures(lang), inside)
}

fn tests(lang: Lang, content: &UnitContent) -> impl IntoView + use<> {
    use domain::registry::{Culture, Haemoglobin, Markers};
    let tests = content.tests;
    let result = |found: Option<(Mark, &'static str)>| match found {
        Some((mark, word)) => view! { <StateMark mark=mark word=word /> }.into_any(),
        None => view! { <StateMark mark=Mark::Waiting word=say::not_done(lang) /> }.into_any(),
    };
    let good_if = |good: bool| if good { Mark::Good } else { Mark::Wrong };
    let culture = |found: Option<Culture>| {
        result(found.map(|c| (good_if(c == Culture::Negative), words::culture(lang, c))))
    };
    // A carrier's unit may be given, and whoever chooses it must see that it is one.
    let blood = tests.haemoglobin.map(|found| {
        let mark = match found {
            Haemoglobin::Normal => Mark::Good,
            Haemoglobin::Trait => Mark::Part,
            Haemoglobin::Disease => Mark::Wrong,
        };
        (mark, words::haemoglobin(lang, found))
    });
    let markers = tests.markers.map(|m| (good_if(m == Markers::Clear), words::markers(lang, m)));
    let inside = view! {
        {fact(say::bacterial(lang), culture(tests.bacterial))}
        {fact(say::fungal(lang), culture(tests.fungal))}
        {fact(say::haemoglobin(lang), result(blood))}
        {fact(say::markers(lang), result(markers))}
    };
    pairs(say::tests(lang), inside)
}

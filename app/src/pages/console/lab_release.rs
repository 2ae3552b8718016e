//! Dispatch of a release: two persons check the identity, it leaves in a shipper, the log of its way is attached.

use domain::id::UnitReleaseId;
use domain::registry::{LogSummary, ReleaseState};
use leptos::prelude::*;
use words::{Lang, console::lab as say};

use super::lab::{FormState, checked, done_news, unit_words};
use crate::ui::{
    Button, ButtonKind, FileField, Icon, IconMark, Mark, Notice, StateMark, TextAreaField, TextField, Tone,
};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct LabReleaseView {
    /// The release.
    pub id: UnitReleaseId,
    /// Where it stands.
    pub state: ReleaseState,
    /// Registry ids and compartments: what has to lie on the table.
    pub units: Vec<(String, Vec<u8>)>,
    /// The hospital's name.
    pub hospital: String,
    /// Who checked the identity, the first first.
    pub checked_by: Vec<String>,
    /// Whether the reader is the one who checked first: the second must be another.
    pub own_check: bool,
    /// The shipper's number, or empty.
    pub shipper: String,
    /// What the log says, once it is attached.
    pub log: Option<LogSummary>,
    /// The form of the check.
    pub check: FormState,
    /// The form of the departure.
    pub ship: FormState,
    /// The form of the log.
    pub attach: FormState,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: LabReleaseView) -> Page {
    let lang = context.lang;
    let body = view! {
        <a class="back" href="/console/lab">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{say::release_title(lang)}</h1>
            <p class="desk-sentence">
                <span class="code">{unit_words(lang, &view.units)}</span>
                <span>{say::release_to(lang, &view.hospital)}</span>
                <span>{words::release_state(lang, view.state)}</span>
            </p>
        </header>
        {view.done.then(|| done_news(lang))}
        {check(lang, &view)}
        {ship(lang, &view)}
        {log(lang, &view)}
    };
    Page::console(say::release_title(lang), body)
}

fn check(lang: Lang, view: &LabReleaseView) -> impl IntoView + use<> {
    let by = view
        .checked_by
        .iter()
        .map(|name| view! { <li><StateMark mark=Mark::Good word=say::check_done_by(lang, name) /></li> })
        .collect_view();
    let form = view.check.clone();
    let wanted = view.state == ReleaseState::Authorized && view.checked_by.len() < 2;
    let count = view.units.iter().map(|(_, parts)| parts.len()).sum::<usize>();
    let second = view.own_check.then(|| {
        let refusal = domain::refusal::Refusal::Unit(domain::refusal::UnitRefusal::SecondPersonNeeded);
        view! {
            <Notice tone=Tone::Heed>
                <p>{words::refusal(lang, &refusal)}</p>
            </Notice>
        }
    });
    let fields = (1..=count)
        .map(|number| {
            view! {
                <TextField
                    id=format!("bag-{number}")
                    name=BAGS.get(number - 1).copied().unwrap_or("bag")
                    label=say::check_scan(lang, number)
                    error=None
                />
            }
        })
        .collect_view();
    let send = (wanted && !view.own_check).then(|| {
        view! {
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/releases/{}/check", view.id) class="stack narrow" novalidate>
                <p class="field-help">{say::check_lead(lang)}</p>
                {fields}
                <Button label=say::check_button(lang) kind=ButtonKind::Primary icon=Icon::Check />
            </form>
        }
    });
    view! {
        <section class="desk-part">
            <h2>{say::check_title(lang)}</h2>
            <p>{checked(lang, view.checked_by.len())}</p>
            <ul class="reasons">{by}</ul>
            {wanted.then_some(second)}
            {send}
        </section>
    }
}

/// Names of the fields, one a bag: two units of five compartments are the most.
pub const BAGS: [&str; 10] =
    ["bag1", "bag2", "bag3", "bag4", "bag5", "bag6", "bag7", "bag8", "bag9", "bag10"];

fn ship(lang: Lang, view: &LabReleaseView) -> impl IntoView + use<> {
    let form = view.ship.clone();
    let inside = if !view.shipper.is_empty() {
        view! { <p>{say::shipped_in(lang, &view.shipper)}</p> }.into_any()
    } else if view.state == ReleaseState::Authorized && view.checked_by.len() == 2 {
        view! {
            {form.news(lang)}
            <form method="post" action=format!("/console/lab/releases/{}/ship", view.id) class="stack narrow" novalidate>
                <TextField id="shipper" label=say::shipper(lang) value=form.get("shipper") error=None />
                <Button label=say::ship_button(lang) kind=ButtonKind::Primary icon=Icon::ArrowRight />
            </form>
        }
        .into_any()
    } else {
        view! { <p class="muted">{say::ship_wait(lang)}</p> }.into_any()
    };
    view! {
        <section class="desk-part">
            <h2>{say::ship_title(lang)}</h2>
            {inside}
        </section>
    }
}

/// Tenths of a degree as they are read: −1520 is `−152.0`.
fn degrees(tenths: i32) -> String {
    let sign = if tenths < 0 { "−" } else { "" };
    format!("{sign}{}.{}", tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10)
}

fn log(lang: Lang, view: &LabReleaseView) -> impl IntoView + use<> {
    let form = view.attach.clone();
    let inside = if let Some(log) = view.log {
        let (mark, word) = if log.too_warm == 0 {
            (Mark::Good, say::log_cold(lang).to_owned())
        } else {
            (Mark::Wrong, say::log_warm(lang, log.too_warm))
        };
        let sum = say::log_sum(
            lang,
            degrees(log.coldest_dc),
            log.readings,
            log.from.minute(),
            log.to.minute(),
            degrees(log.warmest_dc),
        );
        view! {
            <p>{sum}</p>
            <p>
                <StateMark mark=mark word=word />
            </p>
        }
        .into_any()
    } else if matches!(view.state, ReleaseState::Ordered | ReleaseState::Authorized | ReleaseState::Cancelled)
    {
        view! { <p class="muted">{say::log_wait(lang)}</p> }.into_any()
    } else {
        view! {
            {form.news(lang)}
            <form
                method="post"
                action=format!("/console/lab/releases/{}/log/file", view.id)
                enctype="multipart/form-data"
                class="stack narrow upload-form"
                novalidate
            >
                <FileField
                    id="log-file"
                    label=say::log_file(lang)
                    help=say::log_file_help(lang)
                    error=None
                    accept=".csv,.txt,text/csv,text/plain"
                />
                <Button label=say::log_button(lang) icon=Icon::Paperclip />
            </form>
            <h3>{say::log_or(lang)}</h3>
            <form method="post" action=format!("/console/lab/releases/{}/log", view.id) class="stack narrow" novalidate>
                <TextAreaField
                    id="log"
                    label=say::log_field(lang)
                    help=say::log_lead(lang)
                    value=form.get("log")
                    error=None
                />
                <Button label=say::log_button(lang) icon=Icon::Paperclip />
            </form>
        }
        .into_any()
    };
    view! {
        <section class="desk-part">
            <h2>{say::log_title(lang)}</h2>
            {inside}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn temperatures_keep_their_sign_and_tenth() {
        assert_eq!(degrees(-1520), "−152.0");
        assert_eq!(degrees(-5), "−0.5");
        assert_eq!(degrees(41), "4.1");
    }
}

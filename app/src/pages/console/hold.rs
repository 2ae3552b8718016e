//! A hold: what is held and until when, how far its release has come, who did what when, and what can be done next.

use domain::id::{HoldId, UnitReleaseId};
use domain::registry::{Bar, HoldPurpose, HoldState, LogSummary, ReleaseState, TypingVerdict};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::holds as say};

use super::hold_deeds::{self as deeds, HoldForms};
use super::hold_new::{UnitDose, unit_dose};
use super::lab::done_news;
use crate::ui::{Icon, IconMark, Mark, Moment, Path, StateMark, Step, StepState, fact, timeline};
use crate::widgets::{cells, hold_state};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct HoldView {
    /// The hold.
    pub id: HoldId,
    /// The patient: id, for whoever may open it, and code.
    pub patient: (Option<String>, String),
    /// What for.
    pub purpose: HoldPurpose,
    /// Where it stands now.
    pub state: HoldState,
    /// Until when it keeps its compartments.
    pub expires_at: Instant,
    /// The report that it rests on: id, for whoever may open it, and number.
    pub report: Option<(Option<String>, String)>,
    /// Whether that report is signed.
    pub signed: bool,
    /// The hospital's name.
    pub hospital: Option<String>,
    /// Its units.
    pub units: Vec<HeldUnit>,
    /// The release that was ordered on it.
    pub release: Option<ReleaseNow>,
    /// What happened, oldest first.
    pub story: Vec<StoryLine>,
    /// What this reader may do.
    pub may: HoldActions,
    /// Hospitals to which a release can be ordered, where there is a choice: id and name.
    pub hospitals: Vec<(String, String)>,
    /// The most days of its purpose.
    pub most_days: u16,
    /// The forms, of which one may have been refused.
    pub forms: HoldForms,
    /// Whether the reader comes from having done something.
    pub done: bool,
}

/// A unit of a hold.
#[derive(Debug, Clone)]
pub struct HeldUnit {
    /// Its id, for whoever may open its passport.
    pub open: Option<String>,
    /// What its compartments are per kg.
    pub dose: UnitDose,
    /// Confirmatory typings, the last one counts: day, laboratory, verdict.
    pub typings: Vec<(String, String, TypingVerdict)>,
    /// Whether the last of them agrees.
    pub confirmed: bool,
    /// What bars its release.
    pub bars: Vec<Bar>,
}

/// A release as it is now.
#[derive(Debug, Clone)]
pub struct ReleaseNow {
    /// Id.
    pub id: UnitReleaseId,
    /// Where it stands.
    pub state: ReleaseState,
    /// How many have checked its identity.
    pub checks: usize,
    /// The shipper's number, or empty.
    pub shipper: String,
    /// Why it ended as it did, or empty.
    pub reason: String,
    /// What the shipper's log says.
    pub log: Option<LogSummary>,
    /// Whether the reader ordered it: another must authorize.
    pub own: bool,
}

/// Something that was done.
#[derive(Debug, Clone)]
pub struct StoryLine {
    /// The kind of the audit event.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: String,
    /// Why, where a reason was given.
    pub more: String,
}

/// What may be done by the reader's roles; what the state allows is asked beside it.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a right of its own")]
pub struct HoldActions {
    /// Prolong and cancel the hold.
    pub hold: bool,
    /// Order a release.
    pub order: bool,
    /// Authorize what another ordered.
    pub authorize: bool,
    /// Type again, pack, ship.
    pub lab: bool,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: HoldView) -> Page {
    let lang = context.lang;
    let title = say::page_title(lang, &view.patient.1);
    let release = view.release.as_ref().map(|release| release.state);
    let body = view! {
        <a class="back" href="/console/holds">
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
            {hold_state(lang, view.state, release)}
        </header>
        {view.done.then(|| done_news(lang))}
        <div class="hold-way">
            <Path steps=steps(lang, &view) wide=true />
        </div>
        <div class="desk-columns hold-page">
            <div class="desk-main">{held(lang, &view)} {story(lang, &view)}</div>
            <div class="desk-side desk-do">{deeds::next(lang, &view)} {facts(lang, &view)}</div>
        </div>
    };
    Page::console(title, body)
}

/// When something last happened.
fn when(view: &HoldView, kind: &str) -> Option<String> {
    view.story.iter().rev().find(|line| line.kind == kind).map(|line| line.at.minute())
}

/// The way of a unit, from the hold to the patient.
fn steps(lang: Lang, view: &HoldView) -> Vec<Step> {
    let release = view.release.as_ref().map(|release| release.state);
    let checked = view.release.as_ref().is_some_and(|release| release.checks == 2);
    let confirmed = view.units.iter().all(|unit| unit.confirmed);
    let over = matches!(view.state, HoldState::Cancelled | HoldState::Expired)
        || release == Some(ReleaseState::Cancelled);
    let shipped = when(view, "release.shipped");
    let outcome = match release {
        Some(state @ (ReleaseState::Returned | ReleaseState::Discarded)) => words::release_state(lang, state),
        _ => words::release_state(lang, ReleaseState::Infused),
    };
    let ended = ["release.infused", "release.returned", "release.discarded"];
    let steps = [
        (say::step_held(lang), true, when(view, "hold.made")),
        (say::step_confirmed(lang), confirmed, when(view, "typing.confirmed").filter(|_| confirmed)),
        (say::step_ordered(lang), release.is_some(), when(view, "release.ordered")),
        (
            say::step_authorized(lang),
            when(view, "release.authorized").is_some(),
            when(view, "release.authorized"),
        ),
        (say::step_checked(lang), checked, when(view, "release.checked").filter(|_| checked)),
        (say::step_shipped(lang), shipped.is_some(), shipped),
        (
            outcome,
            ended.iter().any(|kind| when(view, kind).is_some()),
            ended.iter().find_map(|kind| when(view, kind)),
        ),
    ];
    let mut now_told = over;
    steps
        .into_iter()
        .map(|(title, done, at)| {
            let state = if done {
                StepState::Done
            } else if now_told {
                StepState::Ahead
            } else {
                now_told = true;
                StepState::Now
            };
            let back = matches!(release, Some(ReleaseState::Returned | ReleaseState::Discarded));
            let state = if back && title == outcome { StepState::Back } else { state };
            Step { state, title: title.to_owned(), text: None, when: at }
        })
        .collect()
}

fn held(lang: Lang, view: &HoldView) -> AnyView {
    let units = view.units.len();
    let list = view.units.iter().map(|unit| held_unit(lang, unit, units)).collect_view();
    view! {
        <section class="desk-part">
            <h2>{say::held(lang)}</h2>
            <ul class="held">{list}</ul>
        </section>
    }
    .into_any()
}

fn held_unit(lang: Lang, unit: &HeldUnit, units: usize) -> AnyView {
    let passport = unit.open.clone().map(|id| {
        view! {
            <a href=format!("/console/units/{id}")>{words::console::lab::passport(lang)}</a>
        }
    });
    let typings = unit
        .typings
        .iter()
        .map(|(day, laboratory, verdict)| {
            let mark = match verdict {
                TypingVerdict::Confirmed => Mark::Good,
                TypingVerdict::Differs => Mark::Wrong,
            };
            view! {
                <li class="record-head">
                    <span>{format!("{day} · {laboratory}")}</span>
                    <StateMark mark=mark word=words::typing_verdict(lang, *verdict) />
                </li>
            }
        })
        .collect_view();
    let none = unit.typings.is_empty().then(|| view! { <li class="muted">{say::not_typed(lang)}</li> });
    let bars = (!unit.bars.is_empty()).then(|| {
        let lines = unit
            .bars
            .iter()
            .map(|bar| view! { <li><StateMark mark=Mark::Wrong word=words::unit_bar(lang, *bar) /></li> })
            .collect_view();
        view! {
            <h3>{say::bars(lang)}</h3>
            <ul class="reasons">{lines}</ul>
        }
    });
    view! {
        <li class="held-unit">
            <p class="held-cells">{cells(lang, &unit.dose.compartments)} {passport}</p>
            {unit_dose(lang, &unit.dose, units)}
            <h3>{words::hold_purpose(lang, HoldPurpose::ConfirmatoryTyping)}</h3>
            <ul class="reasons">{typings} {none}</ul>
            {bars}
        </li>
    }
    .into_any()
}

fn facts(lang: Lang, view: &HoldView) -> AnyView {
    let open = |href: Option<String>, text: &str| match href {
        Some(href) => view! { <a class="code" href=href>{text.to_owned()}</a> }.into_any(),
        None => view! { <span class="code">{text.to_owned()}</span> }.into_any(),
    };
    let (id, code) = &view.patient;
    let patient = open(id.as_ref().map(|id| format!("/console/patients/{id}")), code);
    let report = view.report.as_ref().map(|(id, number)| {
        fact(say::report(lang), open(id.as_ref().map(|id| format!("/console/reports/{id}")), number))
    });
    let active = view.state == HoldState::Active;
    let until = active.then(|| fact(say::until(lang), view.expires_at.minute()));
    let release = view.release.as_ref();
    let shipper = release
        .filter(|release| !release.shipper.is_empty())
        .map(|release| fact(words::console::unit::release_shipper(lang), release.shipper.clone()));
    let log = release.and_then(|release| release.log).map(|log| {
        let (mark, word) = if log.too_warm == 0 {
            (Mark::Good, words::console::lab::log_cold(lang).to_owned())
        } else {
            (Mark::Wrong, words::console::lab::log_warm(lang, log.too_warm))
        };
        fact(words::console::lab::log(lang), view! { <StateMark mark=mark word=word /> })
    });
    view! {
        <section class="desk-part">
            <h2>{say::facts(lang)}</h2>
            <dl class="facts">
                {fact(say::patient(lang), patient)}
                {fact(say::purpose(lang), words::hold_purpose(lang, view.purpose))}
                {until}
                {report}
                {view.hospital.clone().map(|name| fact(say::hospital(lang), name))}
                {shipper}
                {log}
            </dl>
        </section>
    }
    .into_any()
}

/// The words of what was done, by the kind of its event.
fn deed(lang: Lang, kind: &str) -> Option<&'static str> {
    Some(match kind {
        "hold.made" => say::did_made(lang),
        "hold.prolonged" => say::did_prolonged(lang),
        "hold.cancelled" => say::did_cancelled(lang),
        "hold.expired" => say::did_expired(lang),
        "typing.confirmed" => say::did_typed(lang),
        "release.ordered" => say::did_ordered(lang),
        "release.authorized" => say::did_authorized(lang),
        "release.checked" => say::did_checked(lang),
        "release.shipped" => say::did_shipped(lang),
        "release.logged" => say::did_logged(lang),
        "release.infused" => say::did_infused(lang),
        "release.returned" => say::did_returned(lang),
        "release.discarded" => say::did_discarded(lang),
        "release.cancelled" => say::did_release_cancelled(lang),
        _ => return None,
    })
}

/// A reason in words: those that the program gives are codes.
fn reason(lang: Lang, given: &str) -> String {
    match given {
        "advanced" => say::because_advanced(lang).to_owned(),
        "consent_withdrawn" => say::because_consent(lang).to_owned(),
        other => other.to_owned(),
    }
}

fn story(lang: Lang, view: &HoldView) -> AnyView {
    let moments = view.story.iter().map(|line| {
        let what = deed(lang, &line.kind).map_or_else(|| line.kind.clone(), str::to_owned);
        let more = Some(reason(lang, &line.more)).filter(|more| !more.is_empty());
        Moment {
            when: line.at.minute(),
            machine: line.at.rfc3339(),
            title: view! {
                <span>{what}</span>
                <span class="muted">{line.by.clone()}</span>
            }
            .into_any(),
            more: more.map(|more| view! { <p>{more}</p> }.into_any()),
        }
    });
    view! {
        <section class="desk-part">
            <h2>{say::story(lang)}</h2>
            {timeline(moments)}
        </section>
    }
    .into_any()
}

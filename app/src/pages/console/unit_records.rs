//! What is on record about a unit: its process, holds and releases, moves, consents, versions, audit events.

use domain::registry::{
    HoldPurpose, HoldState, Ownership, Phase, Place, ReleaseState, Step, StepFinding, VersionSource,
};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::unit as say};

use super::gift_records::{EventRow, events as event_table};
use crate::ui::{Cell, Column, Mark, Moment, Place as At, StateMark, data_table, disclosure, timeline};
use crate::widgets::{place_words, typing_text};

/// All records of a unit.
#[derive(Debug, Clone, Default)]
pub struct UnitRecords {
    /// Each of [`Step::ALL`], in that order.
    pub process: Vec<StepLine>,
    /// Holds, newest first.
    pub holds: Vec<HoldLine>,
    /// Moves, newest first.
    pub moves: Vec<MoveLine>,
    /// Consents to share, newest first.
    pub consents: Vec<ConsentLine>,
    /// Published versions, newest first.
    pub versions: Vec<VersionLine>,
    /// Audit events.
    pub events: Vec<EventRow>,
}

/// A step of the process, and what its trace says of it.
#[derive(Debug, Clone)]
pub struct StepLine {
    /// Which.
    pub step: Step,
    /// What the trace says.
    pub finding: StepFinding,
    /// The record that counts; none for a missing step.
    pub done: Option<StepDone>,
    /// How many records of it there are.
    pub records: usize,
}

/// A step as it was done.
#[derive(Debug, Clone)]
pub struct StepDone {
    /// When it began.
    pub from: Instant,
    /// When it ended.
    pub until: Instant,
    /// Who did it.
    pub operator: String,
    /// With what, or empty.
    pub instrument: String,
    /// What came out, or empty.
    pub result: String,
}

/// A hold that names the unit.
#[derive(Debug, Clone)]
pub struct HoldLine {
    /// What for.
    pub purpose: HoldPurpose,
    /// Where it stands.
    pub state: HoldState,
    /// The compartments of this unit that it names.
    pub compartments: Vec<u8>,
    /// The hospital's name, where one is named.
    pub hospital: Option<String>,
    /// Why it was closed, or empty.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// Until when it keeps its compartments.
    pub expires_at: Instant,
    /// When it ended.
    pub closed_at: Option<Instant>,
    /// The release that was ordered on it.
    pub release: Option<ReleaseLine>,
}

/// A release.
#[derive(Debug, Clone)]
pub struct ReleaseLine {
    /// Where it stands.
    pub state: ReleaseState,
    /// Each deed: what, when, by whom.
    pub deeds: Vec<(ReleaseDeed, Instant, String)>,
    /// Which shipper it left in, or empty.
    pub shipper: String,
    /// Why it ended as it did, or empty.
    pub reason: String,
}

/// What was done with a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseDeed {
    /// Ordered.
    Ordered,
    /// Authorized by another.
    Authorized,
    /// Checked by two, and gone.
    Shipped,
    /// Ended.
    Closed,
}

/// A move of a compartment.
#[derive(Debug, Clone)]
pub struct MoveLine {
    /// Which compartment.
    pub compartment: u8,
    /// Where to.
    pub place: Place,
    /// When.
    pub at: Instant,
    /// Who moved it.
    pub by: String,
    /// Whether it lies there now.
    pub current: bool,
}

/// A consent to share.
#[derive(Debug, Clone)]
pub struct ConsentLine {
    /// The day of the signature.
    pub signed_on: String,
    /// Where the signed paper is found.
    pub evidence: String,
    /// Since when it counts no more.
    pub revoked_at: Option<Instant>,
}

/// What a version changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is the first.
    First,
    /// The typing.
    Typing,
    /// The bank's status.
    Status,
    /// Whose it is.
    Ownership,
    /// Counts, volume, viability, segments.
    Figures,
    /// Test results.
    Tests,
    /// Compartments.
    Compartments,
    /// The bank took it out of its file.
    Withdrawn,
    /// Anything else.
    Rest,
}

/// A published version.
#[derive(Debug, Clone)]
pub struct VersionLine {
    /// The number of its change.
    pub number: i64,
    /// When.
    pub at: Instant,
    /// Where it comes from.
    pub source: Option<VersionSource>,
    /// What it changed.
    pub changed: Vec<Changed>,
    /// The typing, where it changed.
    pub hla: Option<String>,
}

fn part(title: &'static str, inside: AnyView) -> AnyView {
    view! {
        <section class="desk-part">
            <h2>{title}</h2>
            {inside}
        </section>
    }
    .into_any()
}

fn nothing(text: &'static str) -> AnyView {
    view! { <p class="muted">{text}</p> }.into_any()
}

const PHASES: [Phase; 7] = [
    Phase::Collection,
    Phase::Transport,
    Phase::Receipt,
    Phase::Processing,
    Phase::Freezing,
    Phase::Storage,
    Phase::Test,
];

fn finding(lang: Lang, finding: StepFinding) -> impl IntoView {
    let mark = match finding {
        StepFinding::Passed => Mark::Good,
        StepFinding::Noted => Mark::Part,
        StepFinding::OutOfOrder => Mark::Back,
        StepFinding::Missing => Mark::Waiting,
        StepFinding::Failed => Mark::Wrong,
    };
    view! { <StateMark mark=mark word=words::step_finding(lang, finding) /> }
}

/// The process as a timeline: what is to be settled first, then all of it, phase by phase, folded.
pub(super) fn process(lang: Lang, steps: &[StepLine]) -> AnyView {
    let recorded = steps.iter().filter(|line| line.done.is_some()).count();
    if recorded == 0 {
        let text = say::process_none(lang);
        return part(
            say::process(lang),
            view! { <p class="wrapping"><StateMark mark=Mark::Wrong word=text /></p> }.into_any(),
        );
    }
    let whole = steps.iter().all(|line| !line.finding.bars());
    let phases = PHASES
        .into_iter()
        .map(|phase| {
            let of: Vec<&StepLine> = steps.iter().filter(|line| line.step.phase() == phase).collect();
            let bad = of.iter().filter(|line| line.finding.bars()).count();
            let aside =
                if bad == 0 { say::process_all_good(lang).to_owned() } else { say::process_bad(lang, bad) };
            let moments = of.into_iter().map(|line| moment(lang, line));
            disclosure(words::step_phase(lang, phase), Some(aside.into()), false, timeline(moments))
        })
        .collect_view();
    let settle = (!whole).then(|| {
        let bad = steps.iter().filter(|line| line.finding.bars()).map(|line| moment(lang, line));
        view! {
            <h3>{say::process_settle(lang)}</h3>
            {timeline(bad)}
        }
    });
    let good = whole.then(|| view! { " " <StateMark mark=Mark::Good word=say::process_whole(lang) /> });
    let inside = view! {
        <p>{say::process_sum(lang, steps.len(), recorded)} {good}</p>
        {settle}
        <div class="folds process">{phases}</div>
    };
    part(say::process(lang), inside.into_any())
}

fn moment(lang: Lang, line: &StepLine) -> Moment {
    let title = view! {
        <span>{words::step(lang, line.step)}</span>
        {finding(lang, line.finding)}
    }
    .into_any();
    let Some(done) = &line.done else {
        return Moment { when: "—".into(), machine: String::new(), title, more: None };
    };
    let said = |term: &str, text: &str| (!text.is_empty()).then(|| format!("{term} {text}"));
    let until = done.until.minute();
    let ended = until.split_once(' ').map_or(until.as_str(), |(_, clock)| clock);
    let mut more: Vec<String> = [
        Some(format!("– {ended}")).filter(|_| done.until != done.from),
        said(say::operator(lang), &done.operator),
        said(say::instrument(lang), &done.instrument),
        said(say::result(lang), &done.result),
    ]
    .into_iter()
    .flatten()
    .collect();
    if line.records > 1 {
        more.push(say::again(lang, line.records));
    }
    Moment {
        when: done.from.minute(),
        machine: done.from.rfc3339(),
        title,
        more: Some(view! { <p>{more.join(" · ")}</p> }.into_any()),
    }
}

/// Holds, and the release that followed.
pub(super) fn holds(lang: Lang, list: &[HoldLine]) -> AnyView {
    if list.is_empty() {
        return part(say::holds(lang), nothing(say::holds_empty(lang)));
    }
    let lines = list.iter().map(|hold| one_hold(lang, hold)).collect_view();
    part(say::holds(lang), view! { <ul class="records records-ruled">{lines}</ul> }.into_any())
}

fn deed(when: Instant, what: &str, by: &str) -> Moment {
    let what = if by.is_empty() { what.to_owned() } else { format!("{what} · {by}") };
    Moment {
        when: when.minute(),
        machine: when.rfc3339(),
        title: view! { <span>{what}</span> }.into_any(),
        more: None,
    }
}

fn one_hold(lang: Lang, hold: &HoldLine) -> impl IntoView + use<> {
    let parts: Vec<String> = hold.compartments.iter().map(|number| say::compartment(lang, number)).collect();
    let what = say::hold_of(lang, parts.join(" "), words::hold_purpose(lang, hold.purpose));
    let mark = match hold.state {
        HoldState::Active => Mark::Waiting,
        HoldState::Released => Mark::Good,
        HoldState::Cancelled | HoldState::Expired => Mark::Off,
    };
    let mut moments = vec![deed(hold.made_at, say::hold_made(lang), &hold.made_by)];
    if let (Some(at), None) = (hold.closed_at, &hold.release) {
        moments.push(deed(at, words::hold_state(lang, hold.state), &hold.reason));
    }
    let until = (hold.state == HoldState::Active)
        .then(|| view! { <span class="muted">{say::hold_until(lang, hold.expires_at.minute())}</span> });
    let release = hold.release.as_ref().map(|release| {
        for (what, at, by) in &release.deeds {
            let word = match what {
                ReleaseDeed::Ordered => say::release_ordered(lang),
                ReleaseDeed::Authorized => say::release_authorized(lang),
                ReleaseDeed::Shipped => say::release_shipped(lang),
                ReleaseDeed::Closed => words::release_state(lang, release.state),
            };
            moments.push(deed(*at, word, by));
        }
        let mark = match release.state {
            ReleaseState::Ordered | ReleaseState::Authorized | ReleaseState::Shipped => Mark::Waiting,
            ReleaseState::Infused => Mark::Good,
            ReleaseState::Returned => Mark::Back,
            ReleaseState::Discarded | ReleaseState::Cancelled => Mark::Off,
        };
        view! { <StateMark mark=mark word=words::release_state(lang, release.state) /> }
    });
    let reason = hold
        .release
        .as_ref()
        .map(|release| release.reason.clone())
        .filter(|reason| !reason.is_empty())
        .map(|reason| view! { <p class="muted">{say::reason(lang)} " " {reason}</p> });
    view! {
        <li>
            <p class="record-head">
                <strong>{what}</strong>
                {match release {
                    Some(release) => release.into_any(),
                    None => view! { <StateMark mark=mark word=words::hold_state(lang, hold.state) /> }.into_any(),
                }}
                {hold.hospital.clone().map(|name| view! { <span>{name}</span> })}
                {until}
            </p>
            {timeline(moments)}
            {reason}
        </li>
    }
}

/// The moves.
pub(super) fn moves(lang: Lang, list: &[MoveLine]) -> AnyView {
    if list.is_empty() {
        return part(say::moves(lang), nothing(say::moves_empty(lang)));
    }
    let columns = [
        Column::new(say::compartments(lang), At::Lead).line(),
        Column::new(say::place(lang), At::Whole),
        Column::new(say::when(lang), At::Second).line(),
        Column::new(say::moved_by(lang), At::SecondEnd),
        Column::new(say::state(lang), At::Figure).line(),
    ];
    let rows = list.iter().map(|line| {
        let here = line.current.then(|| view! { <StateMark mark=Mark::Good word=say::lies_here(lang) /> });
        vec![
            Cell::text(say::compartment(lang, line.compartment)),
            Cell::text(place_words(lang, &line.place)),
            Cell::new(view! { <span class="muted">{line.at.minute()}</span> }),
            Cell::text(line.by.clone()),
            here.map_or_else(Cell::none, Cell::new),
        ]
    });
    part(say::moves(lang), data_table(say::moves_caption(lang), &columns, rows))
}

/// The consents of a family's unit.
pub(super) fn consents(lang: Lang, ownership: Ownership, list: &[ConsentLine]) -> AnyView {
    if list.is_empty() {
        let text = match ownership {
            Ownership::Donated => say::consents_donated(lang),
            Ownership::Family => say::consents_empty(lang),
        };
        return part(say::consents(lang), nothing(text));
    }
    let lines = list
        .iter()
        .map(|consent| {
            let (mark, word) = match consent.revoked_at {
                None => (Mark::Good, say::consent_standing(lang).to_owned()),
                Some(at) => (Mark::Off, say::consent_revoked(lang, at.minute())),
            };
            view! {
                <li>
                    <p class="record-head">
                        <span>{say::consent_signed(lang, &consent.signed_on)}</span>
                        <StateMark mark=mark word=word />
                    </p>
                    <p class="muted">{say::consent_evidence(lang, &consent.evidence)}</p>
                </li>
            }
        })
        .collect_view();
    part(say::consents(lang), view! { <ul class="records">{lines}</ul> }.into_any())
}

const fn changed(lang: Lang, what: Changed) -> &'static str {
    match what {
        Changed::First => say::changed_first(lang),
        Changed::Typing => say::changed_typing(lang),
        Changed::Status => say::changed_status(lang),
        Changed::Ownership => say::changed_ownership(lang),
        Changed::Figures => say::changed_figures(lang),
        Changed::Tests => say::changed_tests(lang),
        Changed::Compartments => say::changed_compartments(lang),
        Changed::Withdrawn => say::changed_withdrawn(lang),
        Changed::Rest => say::changed_rest(lang),
    }
}

/// The versions: what was known, from when, by whom.
pub(super) fn history(lang: Lang, list: &[VersionLine]) -> AnyView {
    let moments = list.iter().map(|version| {
        let what: Vec<&str> = version.changed.iter().map(|what| changed(lang, *what)).collect();
        let source = version.source.map(|source| words::version_source(lang, source)).unwrap_or_default();
        let number = format!("{} {} · {source}", say::number(lang), version.number);
        let hla = version.hla.clone().filter(|hla| !hla.is_empty());
        let typing = hla.map(|hla| view! { <p class="code typing-then">{typing_text(&hla)}</p> });
        Moment {
            when: version.at.minute(),
            machine: version.at.rfc3339(),
            title: view! {
                <span>{what.join(" · ")}</span>
                <span class="muted">{number}</span>
            }
            .into_any(),
            more: typing.map(IntoAny::into_any),
        }
    });
    part(say::history(lang), timeline(moments))
}

/// The audit trail.
pub(super) fn events(lang: Lang, list: &[EventRow]) -> AnyView {
    if list.is_empty() {
        return part(say::events(lang), nothing(say::events_empty(lang)));
    }
    event_table(lang, list).into_any()
}

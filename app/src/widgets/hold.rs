//! Holds and releases as states and lines.

use domain::id::HoldId;
use domain::registry::{HoldPurpose, HoldState, ReleaseState};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::holds as say};

use crate::ui::{Cell, Column, Mark, Place, StateMark, data_table, row_link};

/// A hold as a line of a list.
#[derive(Debug, Clone)]
pub struct HoldLine {
    /// Id.
    pub id: HoldId,
    /// The hospital's code of the patient.
    pub patient: String,
    /// Registry ids of its units.
    pub units: Vec<String>,
    /// How many compartments it names.
    pub compartments: usize,
    /// What for.
    pub purpose: HoldPurpose,
    /// Where it stands.
    pub state: HoldState,
    /// Where the release that was ordered on it stands.
    pub release: Option<ReleaseState>,
    /// The hospital's name.
    pub hospital: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// Until when it keeps its compartments.
    pub expires_at: Instant,
}

/// A hold's state; once a release was ordered, the release's.
pub fn hold_state(lang: Lang, state: HoldState, release: Option<ReleaseState>) -> AnyView {
    let (mark, word) = match (state, release) {
        (_, Some(release)) => (release_mark(release), words::release_state(lang, release)),
        (HoldState::Active, None) => (Mark::Part, words::hold_state(lang, state)),
        (HoldState::Released, None) => (Mark::Waiting, words::hold_state(lang, state)),
        (HoldState::Cancelled | HoldState::Expired, None) => (Mark::Off, words::hold_state(lang, state)),
    };
    view! { <StateMark mark=mark word=word /> }.into_any()
}

const fn release_mark(state: ReleaseState) -> Mark {
    match state {
        ReleaseState::Ordered | ReleaseState::Authorized | ReleaseState::Shipped => Mark::Waiting,
        ReleaseState::Infused => Mark::Good,
        ReleaseState::Returned => Mark::Back,
        ReleaseState::Discarded | ReleaseState::Cancelled => Mark::Off,
    }
}

/// Holds as a table. On a patient's own page the patient is not told again.
pub fn hold_table(lang: Lang, caption: &str, lines: Vec<HoldLine>, patient: bool) -> AnyView {
    let mut columns = vec![
        Column::new(say::made(lang), Place::Third).line(),
        Column::new(say::units(lang), Place::Second),
        Column::new(say::purpose(lang), Place::SecondEnd).line(),
        Column::new(say::state(lang), Place::Figure).line(),
        Column::new(say::until(lang), Place::ThirdEnd).line().labelled(),
    ];
    if patient {
        columns.insert(0, Column::new(say::patient(lang), Place::Lead).line());
        columns.insert(5, Column::new(say::hospital(lang), Place::Away).clip());
    } else {
        // Without the patient, the units are what a line is about.
        columns[1] = Column::new(say::units(lang), Place::Lead);
        columns[2] = Column::new(say::purpose(lang), Place::Second).line();
    }
    let rows = lines.into_iter().map(|line| {
        let href = format!("/console/holds/{}", line.id);
        let what = say::units_of(lang, line.compartments, line.units.join(" + "));
        let until = match line.state {
            HoldState::Active => Cell::new(line.expires_at.minute()),
            _ => Cell::none(),
        };
        let units = if patient {
            Cell::new(view! { <span class="code break">{what}</span> })
        } else {
            Cell::new(row_link(href.clone(), view! { <span class="code break">{what}</span> }))
        };
        let mut cells = vec![
            Cell::new(line.made_at.minute()),
            units,
            Cell::new(words::hold_purpose(lang, line.purpose)),
            Cell::new(hold_state(lang, line.state, line.release)),
            until,
        ];
        if patient {
            cells.insert(0, Cell::new(row_link(href, view! { <span class="code">{line.patient}</span> })));
            cells.insert(5, line.hospital.map_or_else(Cell::none, Cell::text));
        }
        cells
    });
    data_table(caption, &columns, rows)
}

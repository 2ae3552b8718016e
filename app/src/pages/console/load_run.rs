//! An upload of units: how far its reading is, what a trial found, and why one was not taken.

use domain::id::LoadId;
use domain::registry::{LoadCounts, LoadFileRefusal, UploadEnd, UploadState};
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::loads as loads_say, console::upload as say};

use super::loads::{Refused, back, refused_part};
use crate::islands::progress::Progress;
use crate::ui::{
    Button, ButtonKind, Cell, Column, Icon, LinkButton, Mark, Notice, Place, StateMark, Tone, data_table,
    fact, row_link,
};
use crate::widgets::count;
use crate::{Page, PageContext};

/// An upload.
#[derive(Debug, Clone)]
pub struct UploadRun {
    /// Id.
    pub id: LoadId,
    /// The file's name.
    pub file: String,
    /// Its bytes.
    pub size: u64,
    /// The bank's name, or its code where it is not there yet.
    pub bank: String,
    /// Whether nothing is to be changed.
    pub trial: bool,
    /// Who sent it.
    pub by: String,
    /// How it stands.
    pub state: UploadState,
    /// When its reading began.
    pub started_at: Instant,
    /// When it was over.
    pub closed_at: Option<Instant>,
    /// Bytes read so far.
    pub bytes: u64,
    /// Units read so far.
    pub read: u64,
    /// Units refused so far.
    pub refused: u64,
    /// How it ended.
    pub end: Option<UploadEnd>,
    /// Whether its file still lies here.
    pub kept: bool,
    /// Whether the reader may load, stop and delete.
    pub may: bool,
    /// What was wrong with what the reader just asked.
    pub error: Option<domain::refusal::Refusal>,
}

impl UploadRun {
    /// How far it is; nothing where the file is not read byte by byte.
    #[must_use]
    pub fn percent(&self) -> Option<u32> {
        let whole = self.size.max(1);
        (self.bytes > 0).then(|| u32::try_from((self.bytes.min(whole) * 100 / whole).min(99)).unwrap_or(0))
    }

    /// How far it is, in words.
    #[must_use]
    pub fn progress_words(&self, lang: Lang) -> String {
        let units = say::units(lang, count(self.read), count(self.refused));
        match self.percent() {
            Some(_) => {
                let bytes = say::bytes(lang, mib(self.bytes.min(self.size)), mib(self.size));
                format!("{bytes}{}{units}", lang.pick("；", "; "))
            }
            None if self.read == 0 => say::workbook(lang).to_owned(),
            None => units,
        }
    }
}

/// Bytes in MiB with one decimal, cut off.
fn mib(bytes: u64) -> String {
    format!("{}.{}", bytes >> 20, ((bytes & 0xF_FFFF) * 10) >> 20)
}

/// Bytes as they are read: MiB, or KiB below one of those, never less than one.
fn bytes(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes.div_ceil(1024)) } else { format!("{} MiB", mib(bytes)) }
}

/// How it stands, as a mark.
pub(super) fn upload_mark(lang: Lang, state: UploadState) -> impl IntoView {
    let mark = match state {
        UploadState::Running => Mark::Waiting,
        UploadState::Done => Mark::Good,
        UploadState::Refused | UploadState::Failed => Mark::Wrong,
        UploadState::Stopped => Mark::Off,
    };
    view! { <StateMark mark=mark word=words::upload_state(lang, state) /> }
}

/// Trials and files that became no load, as a table.
pub(super) fn uploads(lang: Lang, rows: Vec<UploadRun>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let columns = [
        Column::new(loads_say::started(lang), Place::Third).line(),
        Column::new(loads_say::file(lang), Place::Lead).clip(),
        Column::new(say::what(lang), Place::Second).line(),
        Column::new(loads_say::bank(lang), Place::ThirdEnd).clip(),
        Column::new(loads_say::state(lang), Place::Figure).line(),
        Column::new(loads_say::read(lang), Place::Second).number().labelled(),
        Column::new(loads_say::refused(lang), Place::SecondEnd).number().labelled(),
    ];
    let rows = rows.into_iter().map(|row| {
        let number = |n: u64| if n == 0 { Cell::none() } else { Cell::text(count(n)) };
        vec![
            Cell::new(view! { <span class="muted">{row.started_at.minute()}</span> }),
            Cell::new(row_link(format!("/console/loads/{}", row.id), row.file.clone())),
            Cell::text(if row.trial { say::trial(lang) } else { say::load(lang) }),
            Cell::text(row.bank),
            Cell::new(upload_mark(lang, row.state)),
            number(row.read),
            number(row.refused),
        ]
    });
    let table = data_table(say::trials_caption(lang), &columns, rows);
    Some(
        view! {
            <section class="desk-part">
                <h2>{say::trials(lang)}</h2>
                {table}
            </section>
        }
        .into_any(),
    )
}

/// The page of an upload that is no load: a trial, or one that never came so far.
#[must_use]
pub fn page(context: &PageContext, run: UploadRun, refused: Refused) -> Page {
    let lang = context.lang;
    let what = if run.trial { say::trial(lang) } else { say::load(lang) };
    let alive = run.state == UploadState::Running;
    let title = run.file.clone();
    let list = match run.end {
        Some(UploadEnd::Done(_)) => Some(refused_part(lang, run.id, refused)),
        _ if !refused.lines.is_empty() => Some(refused_part(lang, run.id, refused)),
        _ => None,
    };
    let body = view! {
        {back(lang)}
        <header class="desk-head">
            <h1 class="break">{title.clone()}</h1>
            {upload_mark(lang, run.state)}
        </header>
        <section class="desk-part">
            {now(lang, &run)}
            <dl class="facts facts-dense">
                {fact(say::what(lang), what)}
                {fact(loads_say::bank(lang), run.bank.clone())}
                {fact(say::size(lang), bytes(run.size))}
                {fact(say::by(lang), run.by.clone())}
                {fact(loads_say::started(lang), run.started_at.minute())}
                {run.closed_at.map(|at| fact(loads_say::closed(lang), at.minute()))}
            </dl>
        </section>
        {list}
    };
    Page { alive, ..Page::console(title, body) }
}

/// What was wrong with what the reader just asked.
fn news(lang: Lang, run: &UploadRun) -> Option<AnyView> {
    let text = words::refusal(lang, run.error.as_ref()?);
    Some(
        view! {
            <Notice tone=Tone::Wrong role="alert">
                <p>{text}</p>
            </Notice>
        }
        .into_any(),
    )
}

/// What there is to say of an upload now: its bar, its outcome, or why there is none.
pub(super) fn now(lang: Lang, run: &UploadRun) -> AnyView {
    view! { {news(lang, run)} {standing(lang, run)} }.into_any()
}

fn standing(lang: Lang, run: &UploadRun) -> AnyView {
    match (&run.state, &run.end) {
        (UploadState::Running, _) => running(lang, run),
        (_, Some(UploadEnd::Done(counts))) if run.trial => outcome(lang, run, counts),
        (_, Some(UploadEnd::Done(_))) => ().into_any(),
        (_, Some(end)) => ended(lang, run, end),
        // Its program is gone.
        (_, None) => ended(lang, run, &UploadEnd::Stopped),
    }
}

fn running(lang: Lang, run: &UploadRun) -> AnyView {
    let address = format!("/console/loads/{}", run.id);
    let stop = run.may.then(|| {
        view! {
            <form method="post" action=format!("{address}/stop")>
                <Button label=say::stop(lang) kind=ButtonKind::Danger icon=Icon::Ban />
            </form>
        }
    });
    view! {
        <div class="run">
            <Progress
                address=format!("{address}/state")
                label=say::progress(lang).to_owned()
                state=run.state.as_str().to_owned()
                percent=run.percent()
                text=run.progress_words(lang)
            />
            <div class="actions">
                <LinkButton href=address.clone() label=say::refresh(lang) icon=Icon::Refresh />
                {stop}
            </div>
            <p class="field-help">{say::stop_help(lang)}</p>
        </div>
    }
    .into_any()
}

fn ended(lang: Lang, run: &UploadRun, end: &UploadEnd) -> AnyView {
    let text = words::upload_end(lang, end).unwrap_or_default();
    let shrinks = matches!(end, UploadEnd::Refused { why: LoadFileRefusal::WithdrawsMost { .. } });
    let (tone, title) = match end {
        UploadEnd::Refused { .. } => (Tone::Wrong, Some(say::refused_file(lang))),
        UploadEnd::Failed => (Tone::Wrong, None),
        _ => (Tone::Heed, None),
    };
    let go_on = (shrinks && run.trial).then(|| go_on(lang, run, true));
    let title = title.unwrap_or_else(|| words::upload_state(lang, run.state));
    view! {
        <Notice tone=tone title=title>
            <p>{text}</p>
        </Notice>
        {go_on}
    }
    .into_any()
}

fn outcome(lang: Lang, run: &UploadRun, counts: &LoadCounts) -> AnyView {
    let number = |n: i64| count(n.unsigned_abs());
    let sum = |term: &'static str, n: i64| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd>{number(n)}</dd>
            </div>
        }
    };
    let idle = counts.added + counts.changed + counts.withdrawn == 0;
    let lead = if idle { say::nothing_would(lang) } else { say::would(lang) };
    let kind = if counts.full { loads_say::full(lang) } else { loads_say::differential(lang) };
    let release = counts.release.clone().unwrap_or_else(|| loads_say::no_release(lang).to_owned());
    let ignored = (!counts.ignored.is_empty())
        .then(|| fact(say::ignored(lang), counts.ignored.join(lang.pick("、", ", "))));
    view! {
        <h2>{say::outcome(lang)}</h2>
        <p class="outcome-lead">{lead}</p>
        <dl class="sums-line counts">
            {sum(loads_say::read(lang), counts.read)} {sum(loads_say::added(lang), counts.added)}
            {sum(loads_say::changed(lang), counts.changed)} {sum(loads_say::unchanged(lang), counts.unchanged)}
            {sum(loads_say::withdrawn(lang), counts.withdrawn)} {sum(loads_say::refused(lang), counts.refused)}
        </dl>
        {go_on(lang, run, false)}
        <dl class="facts facts-dense">
            {fact(loads_say::kind(lang), format!("{kind} · {}", counts.format))}
            {fact(loads_say::release(lang), release)} {ignored}
        </dl>
    }
    .into_any()
}

/// Loads the file of a trial in earnest, or deletes it.
fn go_on(lang: Lang, run: &UploadRun, shrinks: bool) -> AnyView {
    if !run.kept {
        return view! { <p class="muted">{say::not_kept(lang)}</p> }.into_any();
    }
    if !run.may {
        return ().into_any();
    }
    let address = format!("/console/loads/{}", run.id);
    let label = if shrinks { say::go_on_shrink(lang) } else { say::go_on(lang) };
    view! {
        <div class="run">
            <div class="actions">
                <form method="post" action=format!("{address}/load")>
                    {shrinks.then(|| view! { <input type="hidden" name="may_shrink" value="on" /> })}
                    <Button label=label kind=ButtonKind::Primary icon=Icon::Check />
                </form>
                <form method="post" action=format!("{address}/stop")>
                    <Button label=say::discard(lang) />
                </form>
            </div>
            <p class="field-help">{say::go_on_help(lang)}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_says_that_all_is_done_before_it_is() {
        let run = |bytes, size| UploadRun {
            id: LoadId(uuid::Uuid::nil()),
            file: "units.xml".into(),
            size,
            bank: "CN01".into(),
            trial: true,
            by: "Wang".into(),
            state: UploadState::Running,
            started_at: Instant(0),
            closed_at: None,
            bytes,
            read: 12_000,
            refused: 3,
            end: None,
            kept: false,
            may: true,
            error: None,
        };
        assert_eq!(run(0, 100).percent(), None);
        assert_eq!(run(50, 100).percent(), Some(50));
        assert_eq!(run(100, 100).percent(), Some(99));
        assert_eq!(run(700, 100).percent(), Some(99));
        let words = run(3 << 19, 1 << 21).progress_words(Lang::En);
        assert_eq!(
            (bytes(1), bytes(1024), bytes(1 << 20)),
            ("1 KiB".into(), "1 KiB".into(), "1.0 MiB".into())
        );
        assert_eq!(words, "1.5 of 2.0 MiB read; 12,000 units read, 3 refused");
    }
}

//! The list of gifts: filters as a sentence, newest first, older ones by a link.

use domain::access::Action;
use domain::giving::{Channel, GiftState};
use domain::id::GiftId;
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::list as say};

use crate::islands::search_key::SearchKey;
use crate::ui::{
    Button, Cell, Code, Column, EmptyState, Icon, Mark, Place, Segment, Segments, SelectField, SelectOption,
    StateMark, Tag, TextField, card_word, data_table, pager, row_link,
};
use crate::widgets::{amount, gift_state};
use crate::{Page, PageContext};

/// What the list is narrowed to, as typed into the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GiftFilter {
    /// A state's word; empty for any.
    pub state: String,
    /// A fund's code; empty for any.
    pub fund: String,
    /// `YYYY-MM-DD`; empty for any.
    pub from: String,
    /// `YYYY-MM-DD`; empty for any.
    pub until: String,
    /// A receipt number or reference code; empty for any.
    pub query: String,
}

impl GiftFilter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct GiftsView {
    /// The filter as typed.
    pub filter: GiftFilter,
    /// What is wrong with the first day as typed.
    pub from_error: Option<Refusal>,
    /// What is wrong with the last day as typed.
    pub until_error: Option<Refusal>,
    /// Code and name of every fund.
    pub funds: Vec<(String, String)>,
    /// The address of the list in each state (`None`: in any), narrowed as it is in all else.
    pub states: Vec<(Option<GiftState>, String)>,
    /// The gifts, newest first.
    pub rows: Vec<GiftRow>,
    /// The address of the next older ones.
    pub older: Option<String>,
    /// The address of the newest, when these are not.
    pub newest: Option<String>,
}

/// A gift as a line.
#[derive(Debug, Clone)]
pub struct GiftRow {
    /// Id.
    pub id: GiftId,
    /// When it was submitted.
    pub at: Instant,
    /// Our reference code.
    pub reference: String,
    /// The donor's name; `None` where there is none or where the role must not see it.
    pub donor: Option<String>,
    /// Not named in public.
    pub anonymous: bool,
    /// The fund's name.
    pub fund: String,
    /// The amount, gross.
    pub amount: Fen,
    /// State.
    pub state: GiftState,
    /// How it is or was paid.
    pub channel: Channel,
    /// Its receipt.
    pub receipt: ReceiptCell,
    /// Whether the donor's words wait for staff.
    pub words_waiting: bool,
}

/// The receipt of a gift in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptCell {
    /// None was issued.
    None,
    /// The donor waived it.
    Waived,
    /// One was issued before this program.
    Elsewhere,
    /// Its number.
    Number(String),
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: GiftsView) -> Page {
    let lang = context.lang;
    let filtered = !view.filter.is_empty();
    let sentence = sentence(lang, &view);
    let clear = filtered.then(|| view! { <a href="/console/gifts">{say::clear(lang)}</a> });
    let list = if view.rows.is_empty() {
        let (title, text) = if filtered {
            (say::empty_title(lang), say::empty_filtered(lang))
        } else {
            (say::empty_title_all(lang), say::empty_all(lang))
        };
        view! { <EmptyState title=title text=text /> }.into_any()
    } else {
        table(lang, view.rows.clone(), context.may(Action::ReadDonors)).into_any()
    };
    let pages = pager(
        say::caption(lang),
        view.newest.clone().map(|href| (href, say::newest(lang))),
        view.older.clone().map(|href| (href, say::older(lang))),
    );
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">
                <span>{sentence}</span>
                {clear}
            </p>
        </header>
        {filter(lang, &view)}
        {segments(lang, &view)}
        {list}
        {pages}
        <SearchKey target="q".to_owned() />
    };
    Page { alive: true, ..Page::console(say::title(lang), body) }
}

/// What is shown, in plain words.
fn sentence(lang: Lang, view: &GiftsView) -> String {
    let filter = &view.filter;
    let mut parts = Vec::new();
    match (filter.from.as_str(), filter.until.as_str()) {
        ("", "") => {}
        (from, "") => parts.push(format!("{} {from}", say::from(lang))),
        ("", until) => parts.push(format!("{} {until}", say::until(lang))),
        (from, until) => parts.push(words::common::from_until(lang, from, until)),
    }
    if let Some((_, name)) = view.funds.iter().find(|(code, _)| *code == filter.fund) {
        parts.push(name.clone());
    }
    if let Some(state) = GiftState::from_word(&filter.state) {
        parts.push(words::gift_state(lang, state).to_owned());
    }
    if !filter.query.is_empty() {
        parts.push(format!("“{}”", filter.query));
    }
    if parts.is_empty() {
        return say::sentence_all(lang).to_owned();
    }
    say::sentence(lang, parts.join(" · "))
}

fn filter(lang: Lang, view: &GiftsView) -> impl IntoView + use<> {
    let typed = view.filter.clone();
    let line =
        |value: &str, label: &str| SelectOption { value: value.into(), label: label.into(), enabled: true };
    let mut funds = vec![line("", say::fund_any(lang))];
    funds.extend(view.funds.iter().map(|(code, name)| line(code, name)));
    // The state is chosen beside the form; narrowing the rest keeps it.
    let state = (!typed.state.is_empty())
        .then(|| view! { <input type="hidden" name="state" value=typed.state.clone() /> });
    let error = |refusal: &Option<Refusal>| refusal.as_ref().map(|refusal| words::refusal(lang, refusal));
    view! {
        <form class="filter" method="get" action="/console/gifts" role="search" aria-label=say::filter_label(lang)>
            <TextField id="q" label=say::query(lang) value=typed.query error=None kind="search" shortcut="/" />
            <TextField id="from" label=say::from(lang) value=typed.from error=error(&view.from_error) kind="date" />
            <TextField id="until" label=say::until(lang) value=typed.until error=error(&view.until_error) kind="date" />
            <SelectField id="fund" label=say::fund(lang) options=funds chosen=typed.fund error=None />
            {state}
            <div class="filter-go">
                <Button label=say::apply(lang) icon=Icon::Search />
            </div>
        </form>
    }
}

/// The states side by side.
fn segments(lang: Lang, view: &GiftsView) -> impl IntoView + use<> {
    let chosen = GiftState::from_word(&view.filter.state);
    let segments = view.states.iter().map(|(state, href)| Segment {
        word: state.map_or(say::state_any(lang), |state| words::gift_state(lang, state)).to_owned(),
        href: href.clone(),
        current: *state == chosen,
        count: None,
    });
    view! { <Segments label=say::state(lang) segments=segments.collect() /> }
}

fn table(lang: Lang, rows: Vec<GiftRow>, names: bool) -> impl IntoView {
    let columns = [
        Column::new(say::at(lang), Place::Third).line(),
        Column::new(say::reference(lang), Place::Third).line(),
        Column::new(say::donor(lang), Place::Lead).clip(),
        Column::new(say::fund(lang), Place::ThirdEnd).clip(),
        Column::new(say::amount(lang), Place::Figure).number(),
        Column::new(say::state(lang), Place::Second).line(),
        Column::new(say::receipt(lang), Place::SecondEnd).line(),
        Column::new(say::channel(lang), Place::Away).clip(),
    ];
    data_table(say::caption(lang), &columns, rows.into_iter().map(|row| line(lang, row, names)))
}

/// `names` is false for a role that sees none: then a dash stands for "not shown", not for "unnamed".
fn line(lang: Lang, row: GiftRow, names: bool) -> Vec<Cell> {
    let href = format!("/console/gifts/{}", row.id);
    let donor = match row.donor {
        Some(name) if names => {
            let hidden = row.anonymous.then(|| view! { " " <Tag word=say::unnamed(lang) /> });
            Cell::new(view! { <span title=name.clone()>{name.clone()}</span> {hidden} })
        }
        None if names => Cell::new(view! { <span class="muted">{words::common::anonymous(lang)}</span> }),
        // On a card something must stand in the first place.
        _ => Cell::new(view! { <span class="muted">"—"</span> }),
    };
    let muted = |text: &'static str| {
        Cell::new(view! { <span class="muted">{card_word(say::receipt(lang))} {text}</span> })
    };
    let receipt = match row.receipt {
        ReceiptCell::Number(number) => Cell::new(view! { <Code code=number /> }),
        ReceiptCell::None => muted(say::receipt_none(lang)),
        ReceiptCell::Waived => muted(say::receipt_waived(lang)),
        ReceiptCell::Elsewhere => muted(say::receipt_elsewhere(lang)),
    };
    let waiting =
        row.words_waiting.then(|| view! { <StateMark mark=Mark::Waiting word=say::words_waiting(lang) /> });
    vec![
        Cell::new(view! { <span class="muted">{row.at.minute()}</span> }),
        Cell::new(row_link(href, view! { <Code code=row.reference /> })),
        donor,
        Cell::text(row.fund),
        Cell::new(amount(row.amount)),
        Cell::new(view! {
            {gift_state(lang, row.state)}
            {waiting}
        }),
        receipt,
        Cell::text(words::channel(lang, row.channel)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(donor: Option<&str>, names: bool) -> String {
        let row = GiftRow {
            id: GiftId(uuid::Uuid::nil()),
            at: Instant(0),
            reference: "R1".into(),
            donor: donor.map(str::to_owned),
            anonymous: true,
            fund: "救助基金".into(),
            amount: Fen(1),
            state: GiftState::Paid,
            channel: Channel::Sandbox,
            receipt: ReceiptCell::Waived,
            words_waiting: false,
        };
        Owner::new().with(|| table(Lang::Zh, vec![row], names).to_html())
    }

    #[test]
    fn a_role_without_names_sees_none_even_if_one_is_handed_over() {
        assert!(!html(Some("王小明"), false).contains("王小明"));
        assert!(html(Some("王小明"), false).contains("—"));
        assert!(html(Some("王小明"), true).contains("王小明"));
        assert!(html(None, true).contains("不愿留名"));
    }
}

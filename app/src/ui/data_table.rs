//! A wide table of data: rows under a head that stays in sight; where there is little room, each row is a small card.
//!
//! The page says for each column where its cell stands on the card. Without room the cells are laid out in up to three
//! lines: lead and figure, second line, third line. Roles are written out, because a `<table>` that is laid out as
//! anything else loses its own.

use leptos::prelude::*;

/// Where a column's cell stands on the card of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// First line, at the start, heavy: what the row is about.
    Lead,
    /// First line, at the end, heavy: the figure that counts.
    Figure,
    /// Second line.
    Second,
    /// Second line, at the end.
    SecondEnd,
    /// Third line, quiet.
    Third,
    /// Third line, quiet, at the end.
    ThirdEnd,
    /// A line of its own under the others: a form, a long text.
    Whole,
    /// Not on the card.
    Away,
}

impl Place {
    const fn word(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Figure => "figure",
            Self::Second => "second",
            Self::SecondEnd => "second-end",
            Self::Third => "third",
            Self::ThirdEnd => "third-end",
            Self::Whole => "whole",
            Self::Away => "away",
        }
    }
}

/// How a column's cells are set in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Setting {
    #[default]
    Plain,
    Number,
    Line,
    Clip,
}

/// A column: its head, how its cells are set, and where they stand on a card.
#[derive(Debug, Clone)]
pub struct Column {
    head: String,
    place: Place,
    setting: Setting,
    labelled: bool,
}

impl Column {
    /// A column of text that wraps. An empty head is for deeds.
    pub fn new(head: impl Into<String>, place: Place) -> Self {
        Self { head: head.into(), place, setting: Setting::Plain, labelled: false }
    }

    /// Figures: to the right, digits of one width, never wrapped.
    #[must_use]
    pub fn number(self) -> Self {
        Self { setting: Setting::Number, ..self }
    }

    /// Never wrapped: dates, codes, states, short words.
    #[must_use]
    pub fn line(self) -> Self {
        Self { setting: Setting::Line, ..self }
    }

    /// One line, and what does not fit is cut; a card shows all of it. For names and subjects.
    #[must_use]
    pub fn clip(self) -> Self {
        Self { setting: Setting::Clip, ..self }
    }

    /// On a card the head stands before the cell: for what does not explain itself.
    #[must_use]
    pub fn labelled(self) -> Self {
        Self { labelled: true, ..self }
    }

    const fn class(&self) -> Option<&'static str> {
        match self.setting {
            Setting::Plain => None,
            Setting::Number => Some("number"),
            Setting::Line => Some("line"),
            Setting::Clip => Some("clip"),
        }
    }
}

/// What stands in a row under one column.
pub struct Cell {
    inside: Option<AnyView>,
    title: Option<String>,
}

impl Cell {
    /// A cell.
    pub fn new(inside: impl IntoAny) -> Self {
        Self { inside: Some(inside.into_any()), title: None }
    }

    /// A text, whole under the pointer where its column cuts it.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { title: Some(text.clone()), inside: Some(text.into_any()) }
    }

    /// Nothing: a dash in the table, and no place on the card.
    #[must_use]
    pub const fn none() -> Self {
        Self { inside: None, title: None }
    }
}

/// The link that opens its row; on a card all of it can be touched.
pub fn row_link(href: impl Into<String>, inside: impl IntoAny) -> AnyView {
    view! {
        <a class="row-link" href=href.into()>
            {inside.into_any()}
        </a>
    }
    .into_any()
}

/// A word that a cell needs only on a card, where no head explains it.
pub fn card_word(word: impl Into<String>) -> AnyView {
    view! { <span class="card-word">{word.into()} " "</span> }.into_any()
}

/// The table. Each row has one cell a column; `caption` names it for whoever does not see where it stands.
pub fn data_table(caption: &str, columns: &[Column], rows: impl IntoIterator<Item = Vec<Cell>>) -> AnyView {
    let heads = columns
        .iter()
        .map(|column| match column.head.clone() {
            head if head.is_empty() => view! { <td role="cell"></td> }.into_any(),
            head => view! {
                <th scope="col" role="columnheader" class=column.class()>
                    {head}
                </th>
            }
            .into_any(),
        })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|cells| {
            debug_assert_eq!(cells.len(), columns.len(), "a cell for each column");
            let cells = columns.iter().zip(cells).map(|(column, cell)| one(column, cell)).collect_view();
            view! { <tr role="row">{cells}</tr> }
        })
        .collect_view();
    // As many columns fit a side column of a desk; more need its whole width.
    let frame = if columns.len() > 5 { "data data-wide" } else { "data" };
    view! {
        <div class=frame>
            <table class="data-table" role="table">
                <caption class="hidden">{caption.to_owned()}</caption>
                <thead role="rowgroup">
                    <tr role="row">{heads}</tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn one(column: &Column, cell: Cell) -> AnyView {
    let place = if cell.inside.is_some() { column.place } else { Place::Away };
    let title = cell.title.filter(|_| column.setting == Setting::Clip);
    let label = column.labelled.then(|| column.head.clone());
    let inside = cell.inside.unwrap_or_else(|| view! { <span class="muted">"–"</span> }.into_any());
    view! {
        <td role="cell" class=column.class() data-place=place.word() data-label=label title=title>
            {inside}
        </td>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_knows_its_place_and_an_empty_one_has_none_on_a_card() {
        let columns = [
            Column::new("Name", Place::Lead).clip(),
            Column::new("Sum", Place::Figure).number(),
            Column::new("Dose", Place::Second).labelled(),
            Column::new("", Place::Whole),
        ];
        let row = vec![Cell::text("Ann"), Cell::new("12"), Cell::none(), Cell::new("form")];
        let html = Owner::new().with(|| data_table("People", &columns, [row]).to_html()).replace("<!>", "");
        for part in [
            r#"<caption class="hidden">People</caption>"#,
            r#"data-place="lead" title="Ann" class="clip""#,
            r#"data-place="figure" class="number""#,
            r#"data-place="away" data-label="Dose""#,
            r#"data-place="whole""#,
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert_eq!(html.matches(r#"role="columnheader""#).count(), 3, "{html}");
        assert_eq!(html.matches(r#"role="cell""#).count(), 5, "{html}");
    }
}

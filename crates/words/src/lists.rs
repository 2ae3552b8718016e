//! What is said of an old list as a whole: why it cannot be read, where its totals disagree, and what differs from the
//! books.

use domain::money::Fen;
use domain::takeover::{
    Change, Conflict, Difference, Field, Figure, FooterDifference, HEADER_WITHIN, SheetError, Skipped, Stated,
};

use crate::Lang;

/// Why a sheet cannot be read, and what to do.
#[must_use]
pub fn sheet_error(lang: Lang, error: &SheetError) -> String {
    use crate::list_refusal as say;
    match error {
        SheetError::NoHeader => say::no_header(lang, headings(&Field::REQUIRED), HEADER_WITHIN),
        SheetError::HeaderLacks { line, fields } => say::header_lacks(lang, headings(fields), line),
        SheetError::HeadingTwice { line, heading } => say::heading_twice(lang, heading, line),
        SheetError::UnitNotYuan { line, unit } => say::unit_not_yuan(lang, line, unit),
        SheetError::SumOverCap => say::sum_over_cap(lang).to_owned(),
    }
}

/// Headings are those of the list, which is Chinese in every language.
fn headings(fields: &[Field]) -> String {
    fields.iter().map(|field| field.heading()).collect::<Vec<_>>().join("、")
}

/// One figure of a footer that disagrees.
#[must_use]
pub fn footer_difference(lang: Lang, difference: &FooterDifference) -> String {
    use crate::list_footer as say;
    let figure = match difference.figure {
        Figure::GiftCount => say::gift_count(lang),
        Figure::GiftSum => say::gift_sum(lang),
        Figure::RefundCount => say::refund_count(lang),
        Figure::RefundSum => say::refund_sum(lang),
        Figure::NetCount => say::net_count(lang),
        Figure::NetSum => say::net_sum(lang),
    };
    let value = |value: i64| if difference.figure.is_sum() { yuan(value) } else { value.to_string() };
    let stated = match &difference.stated {
        Stated::Nothing => String::new(),
        Stated::Value(stated) => value(*stated),
        Stated::Unreadable(text) => format!("“{text}”"),
    };
    let label = if difference.label.is_empty() { say::unnamed(lang) } else { &difference.label };
    say::differs(lang, figure, label, difference.line, value(difference.read), stated)
}

/// A sum of a list as people read it.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}¥{}", Fen(fen.abs()).grouped())
}

/// Why an entry cannot be taken over beside what is in the books.
#[must_use]
pub fn conflict(lang: Lang, why: &Conflict) -> String {
    use crate::list_conflict as say;
    match why {
        Conflict::Differs(differs) if differs.is_empty() => say::differs_unseen(lang).to_owned(),
        Conflict::Differs(differs) => {
            let fields: Vec<String> = differs.iter().map(|one| difference(lang, one)).collect();
            say::differs(lang, fields.join(lang.pick("；", "; ")))
        }
        Conflict::GiftInConflict { serial } => say::gift_in_conflict(lang, serial),
        Conflict::NotLeft { left } => say::not_left(lang, yuan(left.0)),
    }
}

fn difference(lang: Lang, one: &Difference) -> String {
    use crate::{list_conflict as say, list_field as fields};
    let column = match one.field {
        Field::Serial => fields::serial(lang),
        Field::Date => fields::date(lang),
        Field::Donor => fields::donor(lang),
        Field::Phone => fields::phone(lang),
        Field::Amount => fields::amount(lang),
        Field::Method => fields::method(lang),
        Field::Fund => fields::fund(lang),
        Field::Receipt => fields::receipt(lang),
        Field::Note => fields::note(lang),
    };
    let shown = |text: &str| match (one.field, text) {
        (_, "") | (Field::Receipt, "none") => say::empty(lang).to_owned(),
        (Field::Receipt, "issued_elsewhere") => "是".to_owned(),
        _ => text.to_owned(),
    };
    say::field(lang, column, shown(&one.listed), shown(&one.stored))
}

/// What becomes of an entry, in a word.
#[must_use]
pub const fn change(lang: Lang, change: Change) -> &'static str {
    use crate::list_row as say;
    match change {
        Change::New => say::new(lang),
        Change::Unchanged => say::unchanged(lang),
        Change::Conflict => say::conflict(lang),
    }
}

/// Why a row is no entry.
#[must_use]
pub const fn skipped(lang: Lang, why: Skipped) -> &'static str {
    use crate::list_row as say;
    match why {
        Skipped::Title => say::title(lang),
        Skipped::Header => say::header(lang),
        Skipped::Blank => say::blank(lang),
        Skipped::Totals => say::totals(lang),
        Skipped::Remark => say::remark(lang),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_where_they_belong() {
        let sum = FooterDifference {
            line: 7,
            label: "累计".into(),
            figure: Figure::GiftSum,
            stated: Stated::Value(9_999_900),
            read: 10_000,
        };
        assert_eq!(
            footer_difference(Lang::Zh, &sum),
            "第 7 行“累计”：表里写的捐赠合计是 ¥99,999.00，读到的是 ¥100.00。"
        );
        let count = FooterDifference {
            figure: Figure::RefundCount,
            stated: Stated::Unreadable("两笔".into()),
            ..sum
        };
        assert!(
            footer_difference(Lang::En, &count).contains("a number of refunds of “两笔”, but 10000 was read")
        );
        let differs = |field, stored: &str, listed: &str| Difference {
            field,
            stored: stored.into(),
            listed: listed.into(),
        };
        let both = vec![
            differs(Field::Amount, "50.00", "51.00"),
            differs(Field::Receipt, "none", "issued_elsewhere"),
        ];
        let said = conflict(Lang::Zh, &Conflict::Differs(both));
        assert!(
            said.contains("捐赠金额账上是“50.00”，表里是“51.00”；开票账上是“（空）”，表里是“是”"),
            "{said}"
        );
        let two = ["a", "b"].map(|listed| differs(Field::Note, "", listed)).to_vec();
        let said = conflict(Lang::En, &Conflict::Differs(two));
        assert!(said.contains("“a” in the list; note is “(empty)”"), "{said}");
        let lacks = SheetError::HeaderLacks { line: 2, fields: vec![Field::Serial, Field::Fund] };
        assert!(sheet_error(Lang::En, &lacks).contains("line 2 lacks these columns: 流水号、捐赠项目"));
    }
}

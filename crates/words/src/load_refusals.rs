//! Why a unit or a file of units is not taken in, as a sentence that says what to do.

use domain::registry::matching::TypingFault;
use domain::registry::{LoadFileRefusal, LoadRefusal, NumberError, UnitContentError};

use crate::{Lang, load_file_refusal as file, load_refusal as say, typing_fault};

/// The sentence for a unit that was refused. Reports for machines keep the code and its arguments.
#[must_use]
pub fn load_refusal(lang: Lang, refusal: &LoadRefusal) -> String {
    let plain = match refusal {
        LoadRefusal::Number { field, error: NumberError::Shape } => return say::number_shape(lang, field),
        LoadRefusal::Number { field, error: NumberError::Check } => return say::number_check(lang, field),
        LoadRefusal::Typing { field, fault, typed, at, suggestion } => {
            let (at, why) =
                (typed.get(..*at).map_or(*at, |before| before.chars().count()) + 1, fault_words(lang, fault));
            return match suggestion {
                None => say::typing(lang, at, why, field, typed),
                Some(suggestion) => say::typing_with(lang, at, why, field, suggestion, typed),
            };
        }
        LoadRefusal::LocusMissing { locus } => return say::locus_missing(lang, locus),
        LoadRefusal::WordUnknown { field, value } => return say::word_unknown(lang, field, value),
        LoadRefusal::FigureUnreadable { field, value } => return say::figure_unreadable(lang, field, value),
        LoadRefusal::DateUnreadable { field, value } => return say::date_unreadable(lang, field, value),
        LoadRefusal::Repeated { line } => return say::repeated(lang, line),
        LoadRefusal::NumberTaken { field, other } => return say::number_taken(lang, field, other),
        LoadRefusal::NumberDiffers { field } => return say::number_differs(lang, field),
        LoadRefusal::FieldTwice { field } => return say::field_twice(lang, field),
        LoadRefusal::TextUnfit { field } => return say::text_unfit(lang, field),
        LoadRefusal::TooLarge { limit } => return say::too_large(lang, limit),
        LoadRefusal::Content { error: UnitContentError::Compartments } => say::compartments(lang),
        LoadRefusal::Content { error: UnitContentError::CompartmentsOverUnit } => {
            say::compartments_over_unit(lang)
        }
        LoadRefusal::Content { error: UnitContentError::DatesOutOfOrder } => say::dates_out_of_order(lang),
        LoadRefusal::Content { error: UnitContentError::FutureDate } => say::future_date(lang),
        LoadRefusal::Content { error: UnitContentError::Viability } => say::viability(lang),
        LoadRefusal::IdMissing => say::id_missing(lang),
        LoadRefusal::IdShape => say::id_shape(lang),
        LoadRefusal::OwnershipMissing => say::ownership_missing(lang),
        LoadRefusal::FamilyTurnedDonated => say::family_turned_donated(lang),
        LoadRefusal::ReleasedPutAvailable => say::released_put_available(lang),
        LoadRefusal::ChangedMeanwhile => say::changed_meanwhile(lang),
        LoadRefusal::HeldNotWithdrawn => say::held_not_withdrawn(lang),
        LoadRefusal::CompartmentsTaken => say::compartments_taken(lang),
        LoadRefusal::OtherBank => say::other_bank(lang),
        LoadRefusal::WithdrawnUnknown => say::withdrawn_unknown(lang),
        LoadRefusal::RemainsOnly => say::remains_only(lang),
        LoadRefusal::CellsBeyondHeading => say::cells_beyond_heading(lang),
    };
    plain.to_owned()
}

/// The sentence for a file that was refused as a whole.
#[must_use]
pub fn load_file_refusal(lang: Lang, refusal: &LoadFileRefusal) -> String {
    let plain = match refusal {
        LoadFileRefusal::CutOff { line } => return file::cut_off(lang, line),
        LoadFileRefusal::Malformed { line } => return file::malformed(lang, line),
        LoadFileRefusal::EntitiesDeclared { line } => return file::entities_declared(lang, line),
        LoadFileRefusal::EntityUnknown { line } => return file::entity_unknown(lang, line),
        LoadFileRefusal::CharsetUnknown { line } => return file::charset_unknown(lang, line),
        LoadFileRefusal::LimitPassed { line, what } => return file::limit_passed(lang, line, what),
        LoadFileRefusal::ColumnMissing { field } => return file::column_missing(lang, field),
        LoadFileRefusal::ColumnTwice { field } => return file::column_twice(lang, field),
        LoadFileRefusal::WithdrawsMost { withdrawn, standing } => {
            return file::withdraws_most(lang, standing, withdrawn);
        }
        LoadFileRefusal::FormatUnknown => file::format_unknown(lang),
        LoadFileRefusal::NoInventory => file::no_inventory(lang),
        LoadFileRefusal::NotUnits => file::not_units(lang),
        LoadFileRefusal::OtherKind => file::other_kind(lang),
        LoadFileRefusal::WorkbookDamaged => file::workbook_damaged(lang),
    };
    plain.to_owned()
}

/// What is wrong with a typing; a code that is not known stands for itself.
fn fault_words(lang: Lang, fault: &str) -> &str {
    TypingFault::from_word(fault).map_or(fault, |known| typing_fault(lang, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_is_refused_with_its_place_and_what_was_meant() {
        let refusal = LoadRefusal::Typing {
            field: "HLA/A/DNA/FIELD1".into(),
            fault: "other_suffix".into(),
            typed: "24:09".into(),
            at: 0,
            suggestion: Some("24:09N".into()),
        };
        let said = load_refusal(Lang::En, &refusal);
        assert_eq!(
            said,
            "HLA/A/DNA/FIELD1 “24:09”, at character 1: the release has it only with another suffix. Perhaps 24:09N is meant."
        );
        assert!(load_refusal(Lang::Zh, &refusal).contains("是否应为 24:09N"));
    }

    #[test]
    fn a_file_is_refused_with_its_line() {
        let refusal = LoadFileRefusal::limit("text", 7);
        assert!(load_file_refusal(Lang::En, &refusal).starts_with("Line 7 passes the limit of “text”"));
    }
}

//! What staff and the laboratory said of a unit: it stands against a file of the bank until they say otherwise.

use super::unit::{UnitContent, UnitStatus};
use crate::time::Date;

/// Reasons of the WMDA after which a unit does not come back: destroyed, distributed.
const FOR_GOOD: [&str; 2] = ["CD", "DS"];

/// Whether a unit of this status and reason is gone for good: whatever is said of it later, it does not come back. Rows
/// from before reasons had one form may have it in small letters.
#[must_use]
pub fn gone_for_good(status: UnitStatus, reason: &str) -> bool {
    status == UnitStatus::Gone && FOR_GOOD.iter().any(|word| word.eq_ignore_ascii_case(reason.trim()))
}

/// A reason in its one form: two capital letters, or nothing. `None` for anything else.
#[must_use]
pub fn status_reason(typed: &str) -> Option<String> {
    let reason = typed.trim().to_ascii_uppercase();
    let fits = reason.is_empty() || reason.len() == 2 && reason.bytes().all(|byte| byte.is_ascii_uppercase());
    fits.then_some(reason)
}

/// The detail of a version that names the laboratory that made its typing.
pub const LABORATORY: &str = "SPARK/HLA_LABORATORY";

/// A typing that the laboratory recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTyping {
    /// The typing.
    pub hla: String,
    /// How it was typed.
    pub method: String,
    /// When.
    pub typed_on: Option<Date>,
    /// Which laboratory made it, or empty.
    pub laboratory: String,
}

/// What our own people said last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnWord {
    /// Status and reason as staff set them.
    pub status: Option<(UnitStatus, String)>,
    /// The laboratory's typing.
    pub typing: Option<OwnTyping>,
}

impl OwnWord {
    /// Lets what our own people said stand in what a bank's file says: their status unless the file says the same or
    /// worse, their typing unless the file's is of a later day. Who made a typing goes with it.
    pub fn stands_in(&self, content: &mut UnitContent) {
        if let Some((status, reason)) = &self.status
            && gravity(*status) > gravity(content.status)
        {
            content.status = *status;
            content.status_reason.clone_from(reason);
        }
        let Some(typing) = &self.typing else { return };
        if content.hla_typed_on.is_none_or(|day| Some(day) <= typing.typed_on) {
            content.hla.clone_from(&typing.hla);
            content.hla_method.clone_from(&typing.method);
            content.hla_typed_on = typing.typed_on;
            content.details.remove(LABORATORY);
            if !typing.laboratory.is_empty() {
                content.details.insert(LABORATORY.to_owned(), typing.laboratory.clone());
            }
        } else if content.details.get(LABORATORY) == Some(&typing.laboratory) {
            // It came along with what was told of our own typing.
            content.details.remove(LABORATORY);
        }
    }
}

/// How far a status is from being had.
const fn gravity(status: UnitStatus) -> u8 {
    match status {
        UnitStatus::Available => 0,
        UnitStatus::Reserved => 1,
        UnitStatus::Unavailable => 2,
        UnitStatus::Gone => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Ownership;
    use super::super::unit::tests::unit_of;
    use super::*;

    fn status_after(own: UnitStatus, file: UnitStatus) -> (UnitStatus, String) {
        let word = OwnWord { status: Some((own, "QR".into())), typing: None };
        let mut content = unit_of(Ownership::Donated, file);
        content.status_reason = "OT".into();
        word.stands_in(&mut content);
        (content.status, content.status_reason)
    }

    #[test]
    fn a_file_may_say_the_same_or_worse_and_lifts_nothing() {
        use UnitStatus::{Available, Gone, Reserved, Unavailable};
        assert_eq!(status_after(Unavailable, Available), (Unavailable, "QR".into()));
        assert_eq!(status_after(Gone, Unavailable), (Gone, "QR".into()));
        assert_eq!(status_after(Reserved, Available).0, Reserved);
        assert_eq!(status_after(Unavailable, Unavailable), (Unavailable, "OT".into()));
        assert_eq!(status_after(Unavailable, Gone), (Gone, "OT".into()));
        assert_eq!(
            status_after(Available, Unavailable),
            (Unavailable, "OT".into()),
            "lifted: the bank's word"
        );
    }

    #[test]
    fn the_laboratorys_typing_stands_until_the_file_has_a_later_one() {
        let day = |text: &str| text.parse::<Date>().ok();
        let (typed_on, laboratory) = (day("2026-03-01"), "one".to_owned());
        let typing = OwnTyping { hla: "A*02:01".into(), method: "dna".into(), typed_on, laboratory };
        let word = OwnWord { status: None, typing: Some(typing) };
        let same = day("2026-03-01");
        let later = day("2026-03-02");
        for (typed_on, said, hla, laboratory) in [
            (None, None, "A*02:01", Some("one")),
            (same, Some("other"), "A*02:01", Some("one")),
            (later, None, "A2", None),
            (later, Some("one"), "A2", None),
            (later, Some("other"), "A2", Some("other")),
        ] {
            let mut content = unit_of(Ownership::Donated, UnitStatus::Available);
            (content.hla, content.hla_typed_on) = ("A2".into(), typed_on);
            content.details.extend(said.map(|said| (LABORATORY.to_owned(), said.to_owned())));
            word.stands_in(&mut content);
            assert_eq!(content.hla, hla, "{typed_on:?}");
            assert_eq!(
                content.details.get(LABORATORY).map(String::as_str),
                laboratory,
                "{typed_on:?} {said:?}"
            );
        }
    }

    #[test]
    fn destroyed_and_distributed_are_for_good() {
        assert!(gone_for_good(UnitStatus::Gone, "CD") && gone_for_good(UnitStatus::Gone, "DS"));
        assert!(!gone_for_good(UnitStatus::Gone, "MR") && !gone_for_good(UnitStatus::Unavailable, "CD"));
        assert!(gone_for_good(UnitStatus::Gone, "cd") && gone_for_good(UnitStatus::Gone, "Ds "));
    }

    #[test]
    fn a_reason_is_two_letters_or_none() {
        for (typed, reason) in [("cd", Some("CD")), (" Qr ", Some("QR")), ("", Some("")), (" ", Some(""))] {
            assert_eq!(status_reason(typed).as_deref(), reason, "{typed}");
        }
        for wrong in ["C", "CDX", "1A", "ＣＤ", "已毁", "C D"] {
            assert_eq!(status_reason(wrong), None, "{wrong}");
        }
    }
}

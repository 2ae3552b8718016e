//! The words of the exchange format and of Chinese spreadsheets for the values of our fields.

use std::collections::BTreeMap;

use domain::registry::{Abo, Culture, Haemoglobin, Markers, Ownership, Rhesus, Sex, UnitStatus};

/// Whether a status says that the unit is taken out of the registry.
pub(super) fn is_withdrawal(text: &str) -> bool {
    matches!(text, "withdrawn" | "WITHDRAWN" | "撤回" | "撤出")
}

pub(super) fn status(text: &str) -> Option<UnitStatus> {
    Some(match text {
        "AV" | "available" | "可用" | "在库" => UnitStatus::Available,
        "TU" | "unavailable" | "暂不可用" | "隔离" => UnitStatus::Unavailable,
        "RS" | "reserved" | "预留" | "已预留" => UnitStatus::Reserved,
        "DE" | "gone" | "已出库" | "已销毁" | "不可用" => UnitStatus::Gone,
        _ => return None,
    })
}

pub(super) fn ownership(text: &str) -> Option<Ownership> {
    Some(match text {
        "donated" | "捐赠" | "捐献" | "公共" | "公共库" => Ownership::Donated,
        "family" | "自存" | "自体" | "自体库" => Ownership::Family,
        _ => return None,
    })
}

pub(super) fn abo(text: &str) -> Option<Abo> {
    Abo::from_word(match text.trim_end_matches('型') {
        "0" => "O",
        other => other,
    })
}

pub(super) fn rhesus(text: &str) -> Option<Rhesus> {
    Some(match text {
        "P" | "+" | "阳性" | "positive" => Rhesus::Positive,
        "N" | "-" | "阴性" | "negative" => Rhesus::Negative,
        _ => return None,
    })
}

pub(super) fn sex(text: &str) -> Option<Sex> {
    Some(match text {
        "F" | "女" => Sex::Female,
        "M" | "男" => Sex::Male,
        _ => return None,
    })
}

/// A culture's outcome; `Some(None)` when it was not done.
pub(super) fn culture(text: &str) -> Option<Option<Culture>> {
    Some(match text {
        "N" | "negative" | "阴性" => Some(Culture::Negative),
        "P" | "positive" | "阳性" => Some(Culture::Positive),
        "D" | "ND" | "not done" | "未做" | "未检" => None,
        _ => return None,
    })
}

/// The haemoglobin screening's outcome; `Some(None)` when it was not done.
pub(super) fn haemoglobin(text: &str) -> Option<Option<Haemoglobin>> {
    Some(match text {
        "N" | "normal" | "正常" => Some(Haemoglobin::Normal),
        "T" | "trait" | "携带" => Some(Haemoglobin::Trait),
        "P" | "disease" | "异常" => Some(Haemoglobin::Disease),
        "D" | "ND" | "not done" | "未做" | "未检" => None,
        _ => return None,
    })
}

pub(super) fn markers(text: &str) -> Option<Markers> {
    Some(match text {
        "clear" | "negative" | "阴性" | "N" => Markers::Clear,
        "reactive" | "positive" | "阳性" | "P" => Markers::Reactive,
        _ => return None,
    })
}

/// Markers of which one reactive bars a release.
const BARRING: [&str; 8] = [
    "IDM/HIV",
    "IDM/HBS",
    "IDM/HBV",
    "IDM/ANTI_HBC",
    "IDM/HCV",
    "IDM/ANTI_HCV",
    "IDM/ANTI_HTLV",
    "IDM/SYPHILIS",
];

/// Markers that must all be done and not reactive before a unit counts as clear.
const ASKED_FOR: [&[&str]; 4] = [&["IDM/HIV"], &["IDM/HBS"], &["IDM/ANTI_HCV", "IDM/HCV"], &["IDM/SYPHILIS"]];

/// All markers taken together: what the single ones say, and what was said of them as a whole. A reactive one counts
/// more than any summary.
pub(super) fn markers_of(fields: &BTreeMap<String, String>, said: Option<Markers>) -> Option<Markers> {
    let results = || fields.iter().filter(|(path, _)| path.starts_with("IDM/") && !path.ends_with("_DATE"));
    let of =
        |begin: &str, value: &str| results().any(|(path, found)| path.starts_with(begin) && found == value);
    if said == Some(Markers::Reactive) || BARRING.iter().any(|begin| of(begin, "P")) {
        return Some(Markers::Reactive);
    }
    let clear = ASKED_FOR.iter().all(|any| any.iter().any(|begin| of(begin, "N")));
    said.or(clear.then_some(Markers::Clear))
}

//! A file of units that staff send through the browser: what is asked for it, and how its reading ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LoadFileRefusal, Ownership, worded};
use crate::refusal::Refusal;
use crate::text;

worded! {
    /// How the reading of an upload stands.
    UploadState {
        /// Under way.
        Running = "running",
        /// Over: what it did or would do is told.
        Done = "done",
        /// The file as a whole is refused.
        Refused = "refused",
        /// Somebody stopped it, or the program ended.
        Stopped = "stopped",
        /// Something else went wrong; nothing was changed.
        Failed = "failed",
    }
}

/// The longest code of a bank.
const BANK_CODE: usize = 32;

/// What is asked for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadAsked {
    /// The code of the bank whose units they are.
    pub bank: String,
    /// Whether that bank is made where there is none.
    pub create_bank: bool,
    /// Full (`true`) or differential; without it, as the file says of itself, else full.
    pub full: Option<bool>,
    /// Whose the units are of which the file does not say it.
    pub ownership: Option<Ownership>,
    /// Whether a full load may withdraw most of the bank's units.
    pub may_shrink: bool,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
}

impl UploadAsked {
    /// Reads a form: `bank`, or `new_bank` where that is empty; `kind`, `ownership`, `may_shrink`, `mode`.
    ///
    /// # Errors
    /// The first thing that is wrong. What is not said to be in earnest is a trial.
    pub fn read(form: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let field = |name: &str| form.get(name).map_or("", |text| text.trim());
        let (known, new) = (field("bank"), field("new_bank"));
        let bank = text::line(if known.is_empty() { new } else { known }, BANK_CODE)?;
        if bank.is_empty() {
            return Err(Refusal::Required);
        }
        let full = match field("kind") {
            "" => None,
            "full" => Some(true),
            "differential" => Some(false),
            _ => return Err(Refusal::ChoiceUnknown),
        };
        let ownership = match field("ownership") {
            "" => None,
            word => Some(Ownership::from_word(word).ok_or(Refusal::ChoiceUnknown)?),
        };
        Ok(Self {
            bank,
            create_bank: known.is_empty(),
            full,
            ownership,
            may_shrink: field("may_shrink") == "on",
            dry_run: field("mode") != "load",
        })
    }
}

/// What a load did, or a trial would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoadCounts {
    /// Units that the file names.
    pub read: i64,
    /// Units that are new.
    pub added: i64,
    /// Units of which it says something else.
    pub changed: i64,
    /// Units of which it says the same.
    pub unchanged: i64,
    /// Units that it withdraws.
    pub withdrawn: i64,
    /// Units that are refused.
    pub refused: i64,
    /// Whether it was read as full.
    pub full: bool,
    /// `wmda`, `csv`, `xlsx`.
    pub format: String,
    /// The release that typings were read under.
    pub release: Option<String>,
    /// Headings of a sheet that mean nothing here and were not read.
    pub ignored: Vec<String>,
    /// The number under which it was published; none for a trial.
    pub number: Option<i64>,
}

/// How a reading ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum UploadEnd {
    /// To the end of the file.
    Done(LoadCounts),
    /// The file as a whole is refused.
    Refused {
        /// Why.
        why: LoadFileRefusal,
    },
    /// It was asked to stop, or the program ended.
    Stopped,
    /// Another load of this bank was running.
    Running,
    /// Another program took it for dead.
    GivenUp,
    /// Something broke that is not the file's fault.
    Failed,
}

impl UploadEnd {
    /// The state that this end leaves.
    #[must_use]
    pub const fn state(&self) -> UploadState {
        match self {
            Self::Done(_) => UploadState::Done,
            Self::Refused { .. } => UploadState::Refused,
            Self::Stopped => UploadState::Stopped,
            Self::Running | Self::GivenUp | Self::Failed => UploadState::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(fields: &[(&str, &str)]) -> Result<UploadAsked, Refusal> {
        UploadAsked::read(&fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn what_is_not_said_in_earnest_is_a_trial() {
        let trial = asked(&[("bank", "CN01")]).expect("a trial");
        assert!(trial.dry_run && !trial.may_shrink && !trial.create_bank);
        assert_eq!((trial.full, trial.ownership), (None, None));
        let load = asked(&[("bank", "CN01"), ("mode", "load"), ("kind", "differential")]).expect("a load");
        assert_eq!((load.dry_run, load.full), (false, Some(false)));
    }

    #[test]
    fn a_bank_is_needed_and_a_new_one_is_made_only_when_none_is_chosen() {
        assert_eq!(asked(&[("bank", " ")]), Err(Refusal::Required));
        let new = asked(&[("bank", ""), ("new_bank", "CN02")]).expect("a new bank");
        assert_eq!((new.bank.as_str(), new.create_bank), ("CN02", true));
        let known = asked(&[("bank", "CN01"), ("new_bank", "CN02")]).expect("a known bank");
        assert_eq!((known.bank.as_str(), known.create_bank), ("CN01", false));
        assert_eq!(asked(&[("bank", "CN01"), ("kind", "half")]), Err(Refusal::ChoiceUnknown));
        assert!(asked(&[("new_bank", &"x".repeat(33))]).is_err());
    }

    #[test]
    fn an_end_is_kept_as_it_was() {
        let ends = [
            UploadEnd::Done(LoadCounts { read: 3, ignored: vec!["备注".into()], ..LoadCounts::default() }),
            UploadEnd::Refused { why: LoadFileRefusal::CutOff { line: 7 } },
            UploadEnd::Stopped,
        ];
        for end in ends {
            let kept = serde_json::to_string(&end).expect("text");
            assert_eq!(serde_json::from_str::<UploadEnd>(&kept).expect("an end"), end);
        }
    }
}

//! What keys of laboratories' systems may be used for.

use serde::{Deserialize, Serialize};

use super::Action;

/// What a key of a laboratory's system may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read the bank's own units.
    #[serde(rename = "units:read")]
    UnitsRead,
    /// Put units of the bank into the registry, and change them.
    #[serde(rename = "units:write")]
    UnitsWrite,
    /// Record typings.
    #[serde(rename = "typings:write")]
    TypingsWrite,
    /// Record steps and tests of the process.
    #[serde(rename = "steps:write")]
    StepsWrite,
    /// Say that a unit is to be had, or why not.
    #[serde(rename = "status:write")]
    StatusWrite,
    /// Record where bags lie.
    #[serde(rename = "moves:write")]
    MovesWrite,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 6] = [
        Self::UnitsRead,
        Self::UnitsWrite,
        Self::TypingsWrite,
        Self::StepsWrite,
        Self::StatusWrite,
        Self::MovesWrite,
    ];

    /// The word in table `api_key`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnitsRead => "units:read",
            Self::UnitsWrite => "units:write",
            Self::TypingsWrite => "typings:write",
            Self::StepsWrite => "steps:write",
            Self::StatusWrite => "status:write",
            Self::MovesWrite => "moves:write",
        }
    }

    /// The scope of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// The scope that lets a key do `action`; none when no key ever may.
    #[must_use]
    pub fn of(action: Action) -> Option<Self> {
        Some(match action {
            Action::ReadBankUnits => Self::UnitsRead,
            Action::RecordUnits => Self::UnitsWrite,
            Action::RecordTypings => Self::TypingsWrite,
            Action::RecordSteps => Self::StepsWrite,
            Action::SetUnitStatus => Self::StatusWrite,
            Action::MoveBags => Self::MovesWrite,
            _ => return None,
        })
    }
}

//! The design system: plain parts without a word of the domain.

mod button;
mod choice;
mod disclosure;
mod empty;
mod facts;
mod field;
mod icon;
mod money;
mod notice;
mod path;
mod state_mark;

pub use button::{Button, ButtonKind, LinkButton};
pub use choice::{CheckField, Chips, Choice, Choices};
pub use disclosure::disclosure;
pub use empty::EmptyState;
pub use facts::fact;
pub use field::{SelectField, SelectOption, TextAreaField, TextField};
pub use icon::{Icon, IconMark};
pub use money::{Money, figure};
pub use notice::{Notice, Tone};
pub use path::{Path, Step, StepState};
pub use state_mark::{Mark, StateMark};

//! The design system: plain parts without a word of the domain.

mod bars;
mod button;
mod choice;
mod code;
mod data_table;
mod disclosure;
mod empty;
mod facts;
mod field;
mod icon;
mod money;
mod notice;
mod pager;
mod path;
mod segments;
mod state_mark;
mod tag;
mod timeline;

pub use bars::{Bar, Pillar, bar_table, per_mille, pillars, share_of};
pub use button::{Button, ButtonKind, LinkButton};
pub use choice::{CheckField, Chips, Choice, Choices};
pub use code::{Code, short_code};
pub use data_table::{Cell, Column, Place, card_word, data_table, row_link};
pub use disclosure::disclosure;
pub use empty::EmptyState;
pub use facts::fact;
pub use field::{FileField, SelectField, SelectOption, TextAreaField, TextField};
pub use icon::{Icon, IconMark};
pub use money::{Money, figure};
pub use notice::{Notice, Tone};
pub use pager::pager;
pub use path::{Path, Step, StepState};
pub use segments::{Segment, Segments};
pub use state_mark::{Mark, StateMark};
pub use tag::Tag;
pub use timeline::{Moment, timeline};

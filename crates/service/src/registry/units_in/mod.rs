//! Reading units out of files: WMDA inventory XML, CSV and workbooks become drafts, one after another, in little memory.

mod bounded;
mod columns;
mod draft;
mod figures;
mod record;
mod sheet;
mod typing;
mod wmda;
mod words;

pub use columns::{Columns, SheetMap};
pub(super) use columns::{DETAILS, HEADINGS, OF_COMPARTMENT};
pub use draft::{Drafter, Named, RefusedUnit, Said, UnitDraft, UnitRules};
pub(super) use figures::{CD34, TNC, VOLUME, said_figure, said_segments};
pub use record::{MAX_UNIT_BYTES, Record};
pub(super) use record::{OWN, REMAINS};
pub use sheet::{SheetReader, charset_of};
pub use typing::fault_code;
pub(super) use typing::{needed_missing, whole_spelled_out};
pub(super) use wmda::MAX_PIECE;
pub use wmda::{InventoryHead, WmdaReader};

//! Papers that leave the house: the donation receipt and the match report as archival, accessible PDF, and QR codes.
//!
//! Everything that stands on a paper comes in already decided and already typed; this crate only sets it
//! in type. It reads no clock and draws no random number, so the same [`ReceiptPaper`] always gives the same
//! bytes.

mod amount;
mod draw;
mod error;
mod font;
mod match_report;
mod qr;
mod receipt;
mod sheet;
mod text;
mod units;
pub mod wording;

pub use error::{Field, PaperError};
pub use font::printed_otherwise;
pub use match_report::{MatchPaper, PaperGrade, PaperLocus, PaperUnit, match_report_pdf};
pub use qr::qr_svg;
pub use receipt::{Bilingual, PaperDate, PaperKind, ReceiptPaper, Recipient, receipt_pdf, seal_readable};
pub use sheet::Lang as PaperLang;

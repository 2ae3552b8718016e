//! The first match report (《组织配型初查报告》): what stands on it, and how it becomes a PDF.

mod compose;
mod pen;

use jiff::Timestamp;
use krilla::metadata::{Metadata, PageLayout};

use crate::draw;
use crate::error::PaperError;
use crate::sheet::Lang;

/// How one of the two at a locus came out: a symbol and a colour, so that it is legible in grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperGrade {
    /// Allele match.
    Allele,
    /// Potential match.
    Potential,
    /// Antigen match.
    Antigen,
    /// Potential antigen match.
    PotentialAntigen,
    /// Mismatch.
    Mismatch,
    /// Not typed.
    Unknown,
}

/// A locus of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperLocus {
    /// The unit's typing there; a dash when there is none.
    pub typing: String,
    /// The two grades, better first.
    pub grades: [PaperGrade; 2],
}

/// A unit on the report, already worded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperUnit {
    /// Rank and number: `1. CN000123 · CN07`.
    pub title: String,
    /// Class and directions: `6/6 · GvH 0 · HvG 0 · 8/8 …`.
    pub matches: String,
    /// Doses, compartments, blood group, day: one line each.
    pub lines: Vec<String>,
    /// Warnings, such as antibodies: one line each.
    pub warnings: Vec<String>,
    /// Why it stands where it stands.
    pub why: String,
    /// A, B, C, DRB1, DQB1.
    pub loci: [PaperLocus; 5],
}

/// Everything that a match report shows, already decided and worded in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchPaper {
    /// Its language.
    pub lang: Lang,
    /// The paper's name.
    pub title: String,
    /// Its number.
    pub number: String,
    /// Across the page while it is a draft.
    pub watermark: Option<String>,
    /// Label and value: date, patient's code, weight, release, registry number, policy …
    pub particulars: Vec<(String, String)>,
    /// Names of the loci, and the patient's typing at each.
    pub patient: [(String, String); 5],
    /// Heading of the patient's table, and of the units.
    pub headings: [String; 2],
    /// Counts a class, one line each.
    pub totals: Vec<String>,
    /// The units in their order.
    pub units: Vec<PaperUnit>,
    /// What each grade means, in the order of [`PaperGrade`].
    pub legend: [(PaperGrade, String); 6],
    /// What this paper is and is not, one paragraph each.
    pub notes: Vec<String>,
    /// The signature, or that there is none: one line each.
    pub signature: Vec<String>,
    /// The creation date in the file's metadata.
    pub created: Timestamp,
}

/// Makes the report: A4 upright, PDF/A-2a and PDF/UA-1, as many pages as it takes. The same paper gives the same bytes.
///
/// # Errors
/// [`PaperError::Format`], which never follows from input.
pub fn match_report_pdf(paper: &MatchPaper) -> Result<Vec<u8>, PaperError> {
    let sheet = compose::report(paper);
    let language = match paper.lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    };
    let metadata = Metadata::new()
        .title(format!("{} {}", paper.title, paper.number))
        .creator("Spark 火种".to_owned())
        .producer("Spark 火种".to_owned())
        .language(language.to_owned())
        .document_id(paper.number.clone())
        .creation_date(crate::receipt::pdf_date(paper.created))
        .page_layout(PageLayout::SinglePage);
    draw::pdf(&sheet, metadata, None)
}

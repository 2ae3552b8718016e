//! What a search finds: units with their grades, doses and reasons, in the words that pages, reports and files share.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::asked::{ClassWanted, FilterAsked, Grams, MatchClass};
use super::typing::TypingUnderstood;
use crate::id::UnitId;
use crate::registry::{Abo, Dose, DosePolicy, DoseVerdict, Figures, UnitStatus, worded};
use crate::time::Date;

worded! {
    /// A locus of the match classes.
    MatchLocus {
        /// HLA-A
        A = "A",
        /// HLA-B
        B = "B",
        /// HLA-C
        C = "C",
        /// HLA-DRB1
        Drb1 = "DRB1",
        /// HLA-DQB1
        Dqb1 = "DQB1",
    }
}

impl MatchLocus {
    /// The one that `hla` names so, if it takes part in a match class.
    #[must_use]
    pub fn of(locus: hla::Locus) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.hla() == locus)
    }
    /// As `hla` names it.
    #[must_use]
    pub const fn hla(self) -> hla::Locus {
        match self {
            Self::A => hla::Locus::A,
            Self::B => hla::Locus::B,
            Self::C => hla::Locus::C,
            Self::Drb1 => hla::Locus::Drb1,
            Self::Dqb1 => hla::Locus::Dqb1,
        }
    }
}

worded! {
    /// How one of the two at a locus came out, best first.
    MatchGrade {
        /// The proteins are the same for certain.
        Allele = "allele",
        /// The proteins may be the same.
        Potential = "potential",
        /// The proteins differ, the antigens are the same for certain.
        Antigen = "antigen",
        /// The proteins differ, the antigens may be the same.
        PotentialAntigen = "potential_antigen",
        /// The antigens differ.
        Mismatch = "mismatch",
        /// One of the two was not typed here.
        Unknown = "unknown",
    }
}

impl MatchGrade {
    /// The sign that stands for it beside its colour: none is told by colour alone.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Allele => "●",
            Self::Potential => "◐",
            Self::Antigen => "△",
            Self::PotentialAntigen => "▽",
            Self::Mismatch => "×",
            Self::Unknown => "?",
        }
    }
}

impl From<hla::rules::Grade> for MatchGrade {
    fn from(grade: hla::rules::Grade) -> Self {
        use hla::rules::Grade;
        match grade {
            Grade::Allele => Self::Allele,
            Grade::Potential => Self::Potential,
            Grade::Antigen => Self::Antigen,
            Grade::PotentialAntigen => Self::PotentialAntigen,
            Grade::Mismatch => Self::Mismatch,
            Grade::Unknown => Self::Unknown,
        }
    }
}

worded! {
    /// How a unit's blood group suits a patient's.
    AboFit {
        /// The same.
        Identical = "identical",
        /// The unit lacks an antigen that the patient has (minor mismatch).
        Compatible = "compatible",
        /// One of the two is not known.
        Unknown = "unknown",
        /// The unit has an antigen that the patient lacks (major mismatch).
        Incompatible = "incompatible",
    }
}

impl From<hla::index::AboFit> for AboFit {
    fn from(fit: hla::index::AboFit) -> Self {
        use hla::index::AboFit as Fit;
        match fit {
            Fit::Identical => Self::Identical,
            Fit::Compatible => Self::Compatible,
            Fit::Unknown => Self::Unknown,
            Fit::Incompatible => Self::Incompatible,
        }
    }
}

worded! {
    /// What a rank is decided by, weightiest first.
    Criterion {
        /// Possible matches in the class.
        Class = "class",
        /// Certain matches in the class.
        Certainty = "certainty",
        /// HLA-C and DQB1.
        OtherLoci = "other_loci",
        /// Nucleated cells.
        Tnc = "tnc",
        /// CD34-positive cells.
        Cd34 = "cd34",
        /// Blood group.
        Abo = "abo",
        /// Attached segment.
        Segment = "segment",
        /// Day of collection.
        Age = "age",
        /// Nothing but the number of the unit.
        Number = "number",
    }
}

impl From<hla::index::Criterion> for Criterion {
    fn from(criterion: hla::index::Criterion) -> Self {
        use hla::index::Criterion as By;
        match criterion {
            By::Class => Self::Class,
            By::Certainty => Self::Certainty,
            By::OtherLoci => Self::OtherLoci,
            By::Tnc => Self::Tnc,
            By::Cd34 => Self::Cd34,
            By::Abo => Self::Abo,
            By::Segment => Self::Segment,
            By::Age => Self::Age,
            By::Key => Self::Number,
        }
    }
}

/// A number of which only bounds are known: what lies between is possible, never certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// At least this.
    pub least: u8,
    /// At most this.
    pub most: u8,
}

impl Span {
    /// Whether the number is known.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        self.least == self.most
    }
}

/// `5`, or `4–5` when it is not certain.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_certain() {
            write!(f, "{}", self.least)
        } else {
            write!(f, "{}–{}", self.least, self.most)
        }
    }
}

impl From<hla::rules::Span> for Span {
    fn from(span: hla::rules::Span) -> Self {
        Self { least: span.least, most: span.most }
    }
}

/// Matches, and mismatches in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Compared {
    /// How many match.
    pub matches: Span,
    /// Graft against host: what the patient shows and the unit lacks.
    pub gvh: Span,
    /// Host against graft: what the unit shows and the patient lacks.
    pub hvg: Span,
}

impl From<hla::rules::Comparison> for Compared {
    fn from(c: hla::rules::Comparison) -> Self {
        Self { matches: c.matches.into(), gvh: c.gvh.into(), hvg: c.hvg.into() }
    }
}

/// One locus of a unit beside the patient's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocusResult {
    /// Which.
    pub locus: MatchLocus,
    /// The unit's typing there, as a GL String; empty when not typed.
    pub unit: String,
    /// What is stored of it there and can't be read under the release in use: it counts as not typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unread: String,
    /// Its DNA and its serology exclude each other there under the release in use: it counts as not typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contradictory: bool,
    /// A grade for each of the two, better first.
    pub grades: [MatchGrade; 2],
    /// At the allele level.
    pub allele: Compared,
    /// At the antigen level.
    pub antigen: Compared,
}

/// Cells that remain in a unit, as frozen, and per kg of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doses {
    /// Nucleated cells, in 10⁵; 0 when not known.
    pub tnc_e5: u32,
    /// CD34-positive cells, in 10³; 0 when not known.
    pub cd34_e3: u32,
    /// Per kg of the patient; none without a weight.
    pub per_kg: Option<Dose>,
    /// Beside the policy for a single unit; none without a weight or a policy.
    pub single: Option<DoseVerdict>,
    /// Beside the policy for one of two units.
    pub each_of_two: Option<DoseVerdict>,
}

impl Doses {
    /// The doses of these cells for this patient under this policy.
    #[must_use]
    pub fn new(figures: Figures, weight: Option<Grams>, policy: Option<&DosePolicy>) -> Self {
        let per_kg = weight.and_then(|weight| Dose::of(figures, weight.0));
        let verdict = |units| Some(policy?.verdict(per_kg?, units));
        Self {
            tnc_e5: figures.tnc_e5,
            cd34_e3: figures.cd34_e3,
            per_kg,
            single: verdict(1),
            each_of_two: verdict(2),
        }
    }
}

/// One thing that a unit's rank rests on, in the order of weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum MatchReason {
    /// Matches in the class.
    Class {
        /// 6, 8 or 10.
        of: u8,
        /// How many.
        matches: Span,
    },
    /// Matches at HLA-C and DQB1, by allele.
    OtherLoci {
        /// At C.
        c: Span,
        /// At DQB1.
        dqb1: Span,
    },
    /// Nucleated cells in 10⁵; 0 when not known.
    Tnc {
        /// How many.
        e5: u32,
    },
    /// CD34-positive cells in 10³; 0 when not known.
    Cd34 {
        /// How many.
        e3: u32,
    },
    /// How the blood groups suit.
    Abo {
        /// So.
        fit: AboFit,
    },
    /// Whether a segment is attached.
    Segment {
        /// Whether.
        attached: bool,
    },
    /// The day of collection.
    Collected {
        /// When, if it is known.
        on: Option<Date>,
    },
}

impl From<&hla::index::Reason> for MatchReason {
    fn from(reason: &hla::index::Reason) -> Self {
        use hla::index::Reason;
        match *reason {
            Reason::Class { of, matches } => Self::Class { of, matches: matches.into() },
            Reason::OtherLoci { c, dqb1 } => Self::OtherLoci { c: c.into(), dqb1: dqb1.into() },
            Reason::Tnc(e5) => Self::Tnc { e5 },
            Reason::Cd34(e3) => Self::Cd34 { e3 },
            Reason::Abo(fit) => Self::Abo { fit: fit.into() },
            Reason::Segment(attached) => Self::Segment { attached },
            // Day 0 stands for a day that is not known: nobody froze cord blood in 1970.
            Reason::Collected(days) => Self::Collected { on: Date::from_days(days).filter(|_| days != 0) },
        }
    }
}

/// An antigen against which the patient has antibodies and which the unit carries, or may carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AntibodyHit {
    /// The antigen or allele, as understood.
    pub against: String,
    /// Whether the unit carries it for certain.
    pub certain: bool,
}

/// A unit that was found, confirmed against the database at the moment of the search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchHit {
    /// Which.
    pub unit: UnitId,
    /// The registry's own number of it.
    pub registry_id: String,
    /// GRID, if it has one.
    pub grid: Option<String>,
    /// Code of the bank.
    pub bank: String,
    /// It is the patient's own family's stored unit.
    pub own: bool,
    /// As its bank and our holds say.
    pub status: UnitStatus,
    /// Matches out of the class that was searched.
    pub matches: Span,
    /// Out of 6.
    pub of6: Compared,
    /// Out of 8.
    pub of8: Compared,
    /// Out of 10.
    pub of10: Compared,
    /// A, B, C, DRB1, DQB1.
    pub loci: Vec<LocusResult>,
    /// Cells and doses of what remains.
    pub doses: Doses,
    /// Numbers of the compartments that remain.
    pub compartments: Vec<u8>,
    /// Blood group.
    pub abo: Option<Abo>,
    /// How it suits.
    pub abo_fit: AboFit,
    /// Day of collection.
    pub collected_on: Option<Date>,
    /// Attached segments.
    pub segments: u8,
    /// Results of its tests: infectious-disease markers, cultures, haemoglobin; true where done and clear.
    pub clear: [bool; 3],
    /// Antigens that it carries and the patient has antibodies against: a warning, whatever its rank.
    pub antibodies: Vec<AntibodyHit>,
    /// What its rank rests on, in the order of weight.
    pub reasons: Vec<MatchReason>,
    /// By what it comes after the unit before it; none for the first, and for a family's own.
    pub behind_by: Option<Criterion>,
}

/// How many units have so many possible matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTotal {
    /// Possible matches.
    pub matches: u8,
    /// Units with these for certain.
    pub certain: u64,
    /// Units with these only perhaps.
    pub potential: u64,
}

/// What a search found, with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchResult {
    /// The class that was searched.
    pub class: ClassWanted,
    /// The patient's typing as understood.
    pub patient: TypingUnderstood,
    /// The patient's weight.
    pub weight: Option<Grams>,
    /// The patient's blood group.
    pub abo: Option<Abo>,
    /// What else a unit had to have.
    pub filter: FilterAsked,
    /// Antigens against which the patient has antibodies, as understood.
    pub antibodies: Vec<String>,
    /// Of these, such as lie at no locus of the match classes: units are not looked through for them.
    pub antibodies_unchecked: Vec<String>,
    /// The release of the nomenclature; none when none is loaded, which must be shown.
    pub release: Option<String>,
    /// The registry's published number at which every hit was confirmed.
    pub registry_number: i64,
    /// The doses asked for.
    pub policy: Option<DosePolicy>,
    /// Units that an unrelated search finds, by possible matches, best first, every one counted.
    pub totals: Vec<ClassTotal>,
    /// The best, a family's own first, then best first.
    pub hits: Vec<MatchHit>,
}

impl MatchResult {
    /// All units that were found.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.totals.iter().map(|t| t.certain + t.potential).sum()
    }
}

/// Two units that are enough together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFound {
    /// The better matched, or the larger.
    pub first: MatchHit,
    /// The other.
    pub second: MatchHit,
    /// Nucleated cells of both together, in 10⁵ per kg, rounded down.
    pub tnc_e5_per_kg: u32,
}

impl MatchHit {
    /// The comparison in a class.
    #[must_use]
    pub const fn in_class(&self, class: MatchClass) -> Compared {
        match class {
            MatchClass::Six => self.of6,
            MatchClass::Eight => self.of8,
            MatchClass::Ten => self.of10,
        }
    }
}

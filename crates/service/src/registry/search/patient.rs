//! The patient's side of a search: typing and antibodies, read in any notation under the release in use.

use domain::registry::matching::{
    HlaTyped, MatchLocus, SearchProblem, Spot, TypingNotice, TypingProblem, TypingUnderstood,
};
use hla::typing::{Call, Fault, Genotype, LocusTyping, TypingError, mixed_pair};
use hla::{Locus, Reader, Release, Typing};

/// A typing that was read.
#[derive(Debug, Clone)]
pub(crate) struct PatientTyping {
    pub(crate) typing: Typing,
    pub(crate) understood: TypingUnderstood,
}

/// Bytes that a typing may have in all, and texts: no real one comes near.
const TYPING_BYTES: usize = 8_000;
const TYPING_TEXTS: usize = 40;

/// Bytes that a list of antibodies may have: every antigen that there is, several times.
const ANTIBODY_BYTES: usize = 4_000;

/// Reads a patient's typing.
pub(crate) fn typing_read(release: &Release, typed: &HlaTyped) -> Result<PatientTyping, TypingProblem> {
    let reader = Reader::new(release);
    let (mut typing, mut notices) = (Typing::default(), Vec::new());
    if typed.texts().len() > TYPING_TEXTS
        || typed.texts().iter().map(String::len).sum::<usize>() > TYPING_BYTES
    {
        return Err(whole(0, "", Fault::TooLong, None));
    }
    for (place, text) in typed.texts().iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let reading = reader.typing(text).map_err(|error| problem(place, text, &error))?;
        notices.extend(reading.notices.iter().map(TypingNotice::from));
        for (locus, at) in reading.typing.loci() {
            let joined = match typing.get(locus) {
                None => at.clone(),
                Some(other) => {
                    joined(other, at).ok_or_else(|| whole(place, text, Fault::LocusTwice, None))?
                }
            };
            // One of each in two texts is as open as one after the other in one.
            if let Some(meant) = typing.get(locus).and_then(|_| mixed_pair(locus, &joined)) {
                return Err(whole(place, text, Fault::MixedPair, Some(meant)));
            }
            typing.set(locus, joined);
        }
    }
    if typing.is_empty() {
        return Err(whole(0, "", Fault::Empty, None));
    }
    let first = typed.texts().first().map_or("", String::as_str);
    reader.check(&typing).map_err(|error| problem(0, first, &error))?;
    let missing = MatchLocus::ALL.iter().filter(|locus| typing.get(locus.hla()).is_none());
    let understood = TypingUnderstood {
        gl: typing.to_string(),
        notices,
        missing: missing.copied().collect(),
        release: release.version().map(str::to_owned),
    };
    Ok(PatientTyping { typing, understood })
}

/// What is wrong with a text as a whole.
fn whole(place: usize, text: &str, fault: Fault, suggestion: Option<String>) -> TypingProblem {
    let spot = Spot { text: place, at: 0, len: text.len() };
    TypingProblem { spot, part: text.to_owned(), fault: fault.into(), suggestion }
}

/// DNA from one text and serology from another belong together; the same twice is a slip.
fn joined(one: &LocusTyping, other: &LocusTyping) -> Option<LocusTyping> {
    let twice =
        !one.dna.is_empty() && !other.dna.is_empty() || one.serology.is_some() && other.serology.is_some();
    (!twice).then(|| LocusTyping {
        dna: one.dna.iter().chain(&other.dna).cloned().collect(),
        serology: one.serology.clone().or_else(|| other.serology.clone()),
    })
}

/// What is wrong with the text of a list at this place.
pub(crate) fn problem(place: usize, text: &str, error: &TypingError) -> TypingProblem {
    let part = text.get(error.at..error.at + error.len).unwrap_or(text);
    TypingProblem {
        spot: Spot { text: place, at: error.at, len: error.len },
        part: part.to_owned(),
        fault: error.fault.into(),
        suggestion: error.suggestion.clone(),
    }
}

/// An antigen or allele against which the patient has antibodies.
#[derive(Debug, Clone)]
pub(crate) struct Antibody {
    /// As understood.
    pub(crate) against: String,
    pub(crate) locus: Locus,
    pub(crate) call: Call,
}

impl Antibody {
    /// Whether units are looked through for it: at the loci of the match classes.
    pub(crate) fn is_checked(&self) -> bool {
        Locus::MATCHED.contains(&self.locus)
    }
}

/// Reads the list of antigens, `A24, B62; DR4 DQ7`; one that stands twice counts once.
pub(crate) fn antibodies_read(release: &Release, typed: &str) -> Result<Vec<Antibody>, SearchProblem> {
    let reader = Reader::new(release);
    let is_gap = |c: char| c.is_whitespace() || ",;、，；".contains(c);
    if typed.len() > ANTIBODY_BYTES {
        return Err(SearchProblem::Antibodies(whole(0, "", Fault::TooLong, None)));
    }
    let mut antibodies: Vec<Antibody> = Vec::new();
    let mut at = 0;
    for part in typed.split_inclusive(is_gap) {
        let word = part.trim_end_matches(is_gap);
        if !word.is_empty() {
            let read = antibody(&reader, word, at)?;
            if antibodies.iter().all(|known| known.against != read.against) {
                antibodies.push(read);
            }
        }
        at += part.len();
    }
    Ok(antibodies)
}

fn antibody(reader: &Reader<'_>, word: &str, at: usize) -> Result<Antibody, SearchProblem> {
    let fault = |fault: Fault, suggestion| {
        let spot = Spot { text: 0, at, len: word.len() };
        SearchProblem::Antibodies(TypingProblem {
            spot,
            part: word.to_owned(),
            fault: fault.into(),
            suggestion,
        })
    };
    let reading = reader.typing(word).map_err(|error| fault(error.fault, error.suggestion))?;
    let mut loci = reading.typing.loci();
    let (Some((locus, found)), None) = (loci.next(), loci.next()) else {
        return Err(fault(Fault::MixedLoci, None));
    };
    let genotype = found.dna.first().or(found.serology.as_ref());
    let call: &Call = match genotype {
        Some(Genotype { first, second: None }) => first,
        _ => return Err(fault(Fault::TooManyCalls, None)),
    };
    Ok(Antibody { against: hla::typing::At(locus, call).to_string(), locus, call: call.clone() })
}

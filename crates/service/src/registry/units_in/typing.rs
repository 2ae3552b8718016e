//! The typing of a unit out of its fields: read under the release that is loaded, refused where it can't be.

use std::collections::HashMap;
use std::sync::Arc;

use domain::registry::LoadRefusal;
use domain::registry::matching::TypingFault;
use hla::typing::{Call, CodeTable, Fault, Genotype, Kind, LocusTyping, Reader, TypingError};
use hla::{Locus, Release, Typing};

use super::record::{OWN, Record};

/// Loci that every unit must be typed at.
const NEEDED: [Locus; 3] = [Locus::A, Locus::B, Locus::Drb1];

/// Typings of one locus kept: files repeat them by the thousand.
const KEPT: usize = 50_000;

/// How a typing was made, by what it holds.
fn method(typing: &Typing) -> &'static str {
    let any = |is: fn(&Call) -> bool| {
        typing
            .loci()
            .any(|(_, at)| at.dna.iter().chain(&at.serology).any(|genotype| genotype.calls().any(is)))
    };
    // An antigen or its family may be either.
    let (dna, serology) = (any(|call| !matches!(call, Call::Antigen(_))), any(|call| !call.is_dna()));
    match (dna, serology) {
        (true, true) => "mixed",
        (true, false) => "dna",
        (false, true) => "serology",
        (false, false) => "",
    }
}

/// What was written at one locus.
#[derive(PartialEq, Eq, Hash, Clone)]
struct Written {
    locus: Locus,
    fields: [String; 6],
}

/// Where the six fields of a locus stand.
const FIELDS: [(&str, Kind); 3] = [("DNA", Kind::Dna), ("SER", Kind::Serology), ("ANY", Kind::Either)];

/// Reads typings and remembers those of single loci.
pub(super) struct Typings {
    release: Arc<Release>,
    codes: Option<Arc<CodeTable>>,
    kept: HashMap<Written, Result<LocusTyping, LoadRefusal>>,
}

impl Typings {
    pub(super) fn new(release: Arc<Release>, codes: Option<Arc<CodeTable>>) -> Self {
        Self { release, codes, kept: HashMap::new() }
    }

    /// The release's name of itself.
    pub(super) fn release(&self) -> Option<&str> {
        self.release.version()
    }

    /// Takes the typing out of a record: a GL String in the names of the day, and how it was made. Both empty when
    /// nothing of a typing is in it.
    pub(super) fn take(&mut self, record: &mut Record) -> Result<(String, String), LoadRefusal> {
        let mut typing = match record.take(&format!("{OWN}HLA")) {
            Some(text) => self.whole(&text)?,
            None => Typing::default(),
        };
        for locus in Locus::ALL {
            let Some(written) = take_fields(record, locus) else { continue };
            if typing.get(locus).is_some() {
                return Err(LoadRefusal::FieldTwice { field: format!("HLA/{}", locus.name()) });
            }
            let at = match self.kept.get(&written) {
                Some(at) => at.clone(),
                None => {
                    let at = self.locus(&written);
                    if self.kept.len() == KEPT {
                        self.kept.clear();
                    }
                    self.kept.insert(written, at.clone());
                    at
                }
            };
            typing.set(locus, at?);
        }
        if typing.is_empty() {
            return Ok(Default::default());
        }
        if let Some(locus) = needed_missing(&typing) {
            return Err(LoadRefusal::LocusMissing { locus: locus.name().to_owned() });
        }
        let method = method(&typing).to_owned();
        Ok((typing.to_string(), method))
    }

    fn reader(&self) -> Reader<'_> {
        let reader = Reader::new(&self.release);
        match &self.codes {
            Some(codes) => reader.with_codes(codes),
            None => reader,
        }
    }

    fn whole(&self, text: &str) -> Result<Typing, LoadRefusal> {
        let reading =
            self.reader().typing(text).map_err(|error| refusal(&format!("{OWN}HLA"), text, error))?;
        Ok(whole_spelled_out(&reading.typing))
    }

    fn locus(&self, written: &Written) -> Result<LocusTyping, LoadRefusal> {
        let Written { locus, fields } = written;
        let mut typing = Typing::default();
        for (pair, (part, kind)) in fields.chunks_exact(2).zip(FIELDS) {
            let field = |place: usize| format!("HLA/{}/{part}/FIELD{}", locus.name(), place + 1);
            // One field alone is the first, wherever the bank wrote it.
            let (first, second) = match (pair[0].is_empty(), pair[1].is_empty()) {
                (true, true) => continue,
                (true, false) => (&pair[1], &pair[0]),
                _ => (&pair[0], &pair[1]),
            };
            let (genotype, _) = self
                .reader()
                .fields(*locus, kind, first, second)
                .map_err(|(error, place)| refusal(&field(place), [first, second][place.min(1)], error))?;
            if genotype.is_serology() && typing.get(*locus).is_some_and(|at| at.serology.is_some())
                || !genotype.is_serology() && typing.get(*locus).is_some_and(|at| !at.dna.is_empty())
            {
                return Err(LoadRefusal::FieldTwice { field: field(0) });
            }
            typing.add(*locus, genotype);
        }
        let whole = || fields.iter().filter(|f| !f.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        self.reader()
            .check(&typing)
            .map_err(|error| refusal(&format!("HLA/{}", locus.name()), &whole(), error))?;
        Ok(spelled_out(typing.get(*locus).cloned().unwrap_or_default()))
    }
}

fn take_fields(record: &mut Record, locus: Locus) -> Option<Written> {
    let mut any = false;
    let mut take = |part: &str, place: u8| {
        let taken = record.take(&format!("HLA/{}/{part}/FIELD{place}", locus.name()));
        any |= taken.is_some();
        taken.unwrap_or_default()
    };
    let fields =
        [take("DNA", 1), take("DNA", 2), take("SER", 1), take("SER", 2), take("ANY", 1), take("ANY", 2)];
    any.then_some(Written { locus, fields })
}

/// The first of the loci that every unit must be typed at and this one is not.
pub(in crate::registry) fn needed_missing(typing: &Typing) -> Option<Locus> {
    NEEDED.into_iter().find(|locus| typing.get(*locus).is_none())
}

/// A typing as it is kept, with its codes spelled out.
pub(in crate::registry) fn whole_spelled_out(typing: &Typing) -> Typing {
    let mut spelled = Typing::default();
    for (locus, at) in typing.loci() {
        spelled.set(locus, spelled_out(at.clone()));
    }
    spelled
}

/// Codes as the alleles that they stood for: what is kept must be readable without the table.
fn spelled_out(at: LocusTyping) -> LocusTyping {
    let genotype = |genotype: Genotype| Genotype {
        first: call_spelled_out(genotype.first),
        second: genotype.second.map(call_spelled_out),
    };
    LocusTyping { dna: at.dna.into_iter().map(genotype).collect(), serology: at.serology.map(genotype) }
}

fn call_spelled_out(call: Call) -> Call {
    match call {
        Call::Code { alleles, .. } => {
            let mut calls: Vec<Call> = alleles.into_iter().map(Call::Allele).collect();
            if calls.len() == 1 { calls.remove(0) } else { Call::AnyOf(calls) }
        }
        Call::AnyOf(calls) => {
            let mut flat = Vec::new();
            for call in calls {
                match call_spelled_out(call) {
                    Call::AnyOf(inner) => flat.extend(inner),
                    one => flat.push(one),
                }
            }
            Call::AnyOf(flat)
        }
        other => other,
    }
}

fn refusal(field: &str, typed: &str, error: TypingError) -> LoadRefusal {
    LoadRefusal::Typing {
        field: field.to_owned(),
        fault: fault_code(error.fault).to_owned(),
        typed: typed.chars().take(200).collect(),
        at: error.at,
        suggestion: error.suggestion,
    }
}

/// The code of a fault, as reports and locale files know it.
#[must_use]
pub fn fault_code(fault: Fault) -> &'static str {
    TypingFault::from(fault).as_str()
}

//! Reading a whole typing: a GL String, or calls one after another as people paste them.

use super::call::{Hint, Piece};
use super::folded::Folded;
use super::{At, Call, CodeTable, Fault, Genotype, LocusTyping, Notice, Typing, TypingError};
use crate::resolve;
use crate::{Locus, Release};

/// No typing is longer; a longer text is an attack or an accident.
const MAX_TEXT: usize = 256 * 1024;

/// Alternatives at one locus beyond this are no result but noise.
const MAX_GENOTYPES: usize = 1_000;

/// What a call that names no gene is taken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// DNA: `02:01`, `0201`.
    Dna,
    /// Serology: `24`.
    Serology,
    /// Whichever fits.
    Either,
}

/// Reads typings against one release and, if there is one, one table of codes.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'r> {
    pub(super) release: &'r Release,
    pub(super) codes: Option<&'r CodeTable>,
    /// Members of a list that the release lacks stay in it.
    pub(super) keeps_unknown: bool,
}

/// A typing and what a person should know of how it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What was read.
    pub typing: Typing,
    /// What was read other than written.
    pub notices: Vec<Notice>,
}

/// Calls of one gene as a genotype alternative has them.
type Copies = Vec<(Locus, Vec<Call>)>;

impl<'r> Reader<'r> {
    /// A reader for this release.
    pub fn new(release: &'r Release) -> Reader<'r> {
        Reader { release, codes: None, keeps_unknown: false }
    }

    /// With a table of multiple-allele codes.
    pub fn with_codes(self, codes: &'r CodeTable) -> Reader<'r> {
        Reader { codes: Some(codes), ..self }
    }

    /// For typings that were read before, perhaps under another release: members of a list that this one lacks stay in
    /// it, as alleles of which nothing is known.
    #[must_use]
    pub fn of_stored(self) -> Reader<'r> {
        Reader { keeps_unknown: true, ..self }
    }

    /// Reads a typing in any notation: a GL String (`A*02:01+A*24:02^B*15:01+B*46:01`) or calls apart by white
    /// space, commas or semicolons (`A*02:01, 24:02; B62 B46`). `-` stands for "no second one found".
    ///
    /// Phase (`~`) is read and not kept: no match rule uses it. Full-width letters and signs are read as plain ones.
    ///
    /// # Errors
    /// The first fault with its place, and what may have been meant.
    pub fn typing(&self, text: &str) -> Result<Reading, TypingError> {
        if text.len() > MAX_TEXT {
            return Err(Piece { at: 0, text }.fault(Fault::TooLong));
        }
        let folded = Folded::new(text);
        let mut reading = self.plain_typing(&folded.text).map_err(|error| folded.fault(error))?;
        folded.notices(&mut reading.notices);
        Ok(reading)
    }

    fn plain_typing(&self, text: &str) -> Result<Reading, TypingError> {
        let whole = Piece { at: 0, text };
        let mut notices = Vec::new();
        let typing = if text.contains(['+', '^', '|', '~']) {
            self.gl_string(whole, &mut notices)?
        } else {
            self.tokens(whole, &mut notices)?
        };
        if typing.is_empty() {
            return Err(whole.fault(Fault::Empty));
        }
        self.consistent(whole, &typing)?;
        for (locus, at) in typing.loci() {
            if let [Genotype { first, second: None }] = &at.dna[..] {
                notices.push(Notice::TakenTwice { locus, call: At(locus, first).to_string() });
            }
        }
        Ok(Reading { typing, notices })
    }

    /// Reads the two fields that an exchange format gives for one locus, with or without the gene's name. An empty
    /// second field, or `-`, means that none was found.
    ///
    /// Of [`Kind::Either`] a name without its gene is DNA when the field beside it is, or when it can't be an antigen;
    /// two digits alone stay the antigen or the family of that number.
    ///
    /// # Errors
    /// The first fault; its place is in the field named by the second value: 0 or 1.
    pub fn fields(
        &self,
        locus: Locus,
        kind: Kind,
        first: &str,
        second: &str,
    ) -> Result<(Genotype, Vec<Notice>), (TypingError, usize)> {
        let mut notices = Vec::new();
        let (first, second) = (Folded::new(first), Folded::new(second));
        let is_dna = |text: &str| kind == Kind::Either && self.is_dna_alone(locus, text.trim());
        let kind = if is_dna(&first.text) || is_dna(&second.text) { Kind::Dna } else { kind };
        let mut read = |folded: &Folded<'_>, field: usize| {
            let text = &*folded.text;
            let piece = Piece { at: 0, text };
            let failed = |error| (folded.fault(error), field);
            if text.len() > MAX_TEXT {
                return Err(failed(piece.fault(Fault::TooLong)));
            }
            let two_digits = text.trim().len() == 2 && text.trim().bytes().all(|b| b.is_ascii_digit());
            let had = notices.len();
            let call = if kind == Kind::Either && two_digits {
                self.antigen_or_family(locus, piece.trimmed(), &mut notices).map(|call| Some((locus, call)))
            } else {
                self.call(piece, Some(Hint { locus, kind }), &mut notices)
            };
            folded.notices(&mut notices[had..]);
            match call {
                Ok(Some((found, call))) if found == locus => Ok(call),
                Ok(_) => Err(failed(piece.fault(Fault::MixedLoci))),
                Err(error) => Err(failed(error)),
            }
        };
        let call = read(&first, 0)?;
        let second = if blank(second.text.trim()) { None } else { Some(read(&second, 1)?) };
        Ok((Genotype { first: call, second }, notices))
    }

    /// That DNA and serology do not exclude each other, at any locus.
    ///
    /// # Errors
    /// [`Fault::Contradiction`], placed at the start, with the locus' typing as its suggestion to look at.
    pub fn check(&self, typing: &Typing) -> Result<(), TypingError> {
        self.consistent(Piece { at: 0, text: "" }, typing)
    }

    fn consistent(&self, whole: Piece<'_>, typing: &Typing) -> Result<(), TypingError> {
        for (locus, at) in typing.loci() {
            if resolve::resolve(self.release, locus, at).is_none() {
                let mut alone = Typing::default();
                alone.set(locus, at.clone());
                return Err(whole.fault(Fault::Contradiction).suggest(alone.to_string()));
            }
        }
        Ok(())
    }

    fn gl_string(&self, whole: Piece<'_>, notices: &mut Vec<Notice>) -> Result<Typing, TypingError> {
        let mut typing = Typing::default();
        for part in whole.split('^') {
            let mut alternatives: Vec<Copies> = Vec::new();
            for genotype in part.split('|') {
                if alternatives.len() == MAX_GENOTYPES {
                    return Err(part.fault(Fault::TooLong));
                }
                alternatives.push(self.genotype(genotype, notices)?);
            }
            let loci = |a: &Copies| a.iter().map(|(l, _)| *l).collect::<Vec<_>>();
            if alternatives.iter().any(|a| loci(a) != loci(&alternatives[0])) {
                return Err(part.fault(Fault::MixedLoci));
            }
            self.add_part(part, alternatives, &mut typing)?;
        }
        Ok(typing)
    }

    fn add_part(
        &self,
        part: Piece<'_>,
        alternatives: Vec<Copies>,
        typing: &mut Typing,
    ) -> Result<(), TypingError> {
        let loci: Vec<Locus> = alternatives[0].iter().map(|(l, _)| *l).collect();
        for (i, locus) in loci.into_iter().enumerate() {
            let mut at = typing.get(locus).cloned().unwrap_or_default();
            let mut found: Vec<Genotype> = Vec::new();
            for alternative in &alternatives {
                let genotype = genotype_of(part, &alternative[i].1)?;
                if !found.contains(&genotype) {
                    found.push(genotype);
                }
            }
            let serology = found.iter().all(Genotype::is_serology);
            // DNA and serology of one gene may stand side by side; the same kind twice may not.
            let taken = if serology { at.serology.is_some() } else { !at.dna.is_empty() };
            if taken {
                return Err(part.fault(Fault::LocusTwice));
            }
            if serology {
                if found.len() > 1 {
                    return Err(part.fault(Fault::TooManyCalls));
                }
                at.serology = found.pop();
            } else {
                at.dna = found;
            }
            typing.set(locus, at);
        }
        Ok(())
    }

    /// One alternative: copies joined by `+`, each perhaps several genes of one chromosome joined by `~`.
    fn genotype(&self, piece: Piece<'_>, notices: &mut Vec<Notice>) -> Result<Copies, TypingError> {
        let mut copies: Copies = Vec::new();
        let (mut chromosomes, mut phased, mut hint) = (0, false, None);
        for chromosome in piece.split('+') {
            chromosomes += 1;
            let genes: Vec<Piece<'_>> = chromosome.split('~').collect();
            phased |= genes.len() > 1;
            for gene in genes {
                let Some((locus, call)) = self.call(gene, hint, notices)? else { continue };
                if !phased {
                    let kind = if matches!(call, Call::Antigen(_)) { Kind::Either } else { Kind::Dna };
                    hint = Some(Hint { locus, kind });
                }
                match copies.iter_mut().find(|(l, _)| *l == locus) {
                    Some((_, calls)) => calls.push(call),
                    None => copies.push((locus, vec![call])),
                }
            }
        }
        if !phased && copies.len() > 1 {
            return Err(piece.fault(Fault::MixedLoci));
        }
        // On a chromosome DRB3, DRB4 and DRB5 may be absent; no other gene is.
        let may_lack = |l: Locus| matches!(l, Locus::Drb3 | Locus::Drb4 | Locus::Drb5);
        if phased && chromosomes == 1 {
            return Err(piece.fault(Fault::LoneHaplotype));
        }
        if phased && copies.iter().any(|(l, calls)| calls.len() != chromosomes && !may_lack(*l)) {
            return Err(piece.fault(Fault::Malformed));
        }
        copies.sort_by_key(|(l, _)| *l);
        Ok(copies)
    }

    /// Calls one after another; a call without its gene belongs to the one before.
    fn tokens(&self, whole: Piece<'_>, notices: &mut Vec<Notice>) -> Result<Typing, TypingError> {
        let mut typing = Typing::default();
        let mut hint: Option<Hint> = None;
        // Where each gene was written first, and which genes have a `-` for their second allele.
        let (mut places, mut closed): (Vec<(Locus, Piece<'_>)>, Vec<Locus>) = Default::default();
        for token in tokens(whole) {
            if blank(token.text) {
                closed.extend(hint.filter(|h| h.kind == Kind::Dna).map(|h| h.locus));
                continue;
            }
            let Some((locus, call)) = self.call(token, hint, notices)? else { continue };
            places.push((locus, token));
            let serology = matches!(call, Call::Antigen(_));
            hint = Some(Hint { locus, kind: if serology { Kind::Either } else { Kind::Dna } });
            let mut at = typing.get(locus).cloned().unwrap_or_default();
            let had = if serology { at.serology.as_mut() } else { at.dna.first_mut() };
            match had {
                Some(genotype) if genotype.second.is_some() => return Err(token.fault(Fault::TooManyCalls)),
                Some(genotype) => genotype.second = Some(call),
                None if serology => at.serology = Some(Genotype { first: call, second: None }),
                None => at.dna.push(Genotype { first: call, second: None }),
            }
            typing.set(locus, at);
        }
        for (locus, at) in typing.loci().filter(|(locus, _)| !closed.contains(locus)) {
            if let Some(meant) = mixed_pair(locus, at) {
                let own: Vec<Piece<'_>> = places.iter().filter(|(l, _)| *l == locus).map(|p| p.1).collect();
                let (first, last) = (own[0], own[own.len() - 1]);
                let both = first.at - whole.at..last.at - whole.at + last.text.len();
                let piece = Piece { at: first.at, text: &whole.text[both] };
                return Err(piece.fault(Fault::MixedPair).suggest(meant));
            }
        }
        Ok(typing)
    }
}

/// A gene of which one DNA call stands beside serology, without a sign between them: whether the two are its two
/// chromosomes, or the second way to see one of them, nobody can tell. Gives the first of these in plain notation.
pub fn mixed_pair(locus: Locus, at: &LocusTyping) -> Option<String> {
    let ([Genotype { first: dna, second: None }], Some(serology)) = (&at.dna[..], &at.serology) else {
        return None;
    };
    // The same antigen twice says what the one DNA call says: there is no other.
    let alone = serology.second.as_ref() == Some(&serology.first);
    (!alone).then(|| format!("{}+{}", At(locus, dna), At(locus, &serology.first)))
}

fn genotype_of(part: Piece<'_>, calls: &[Call]) -> Result<Genotype, TypingError> {
    match calls {
        [first] => Ok(Genotype { first: first.clone(), second: None }),
        [first, second] => Ok(Genotype { first: first.clone(), second: Some(second.clone()) }),
        _ => Err(part.fault(Fault::TooManyCalls)),
    }
}

fn blank(text: &str) -> bool {
    text.is_empty() || text == "-"
}

fn tokens(whole: Piece<'_>) -> impl Iterator<Item = Piece<'_>> {
    let start = whole.text.as_ptr() as usize;
    let apart = |c: char| c.is_whitespace() || c == ',' || c == ';';
    let texts = whole.text.split(apart).filter(|t| !t.is_empty());
    texts.map(move |text| Piece { at: whole.at + (text.as_ptr() as usize - start), text })
}

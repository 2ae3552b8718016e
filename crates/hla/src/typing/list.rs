//! Reading what stands after the star, and lists: members that leave out what the one before says, and antigens beside
//! DNA.

use super::call::{Called, Piece, gene};
use super::reader::Reader;
use super::{Call, Fault, Notice, TypingError};
use crate::{AlleleName, Locus};
use std::borrow::Cow;

/// No real list is longer; a longer one is an attack or an accident.
const MAX_LIST: usize = 4_000;

impl Reader<'_> {
    /// What stands after the star.
    pub(super) fn dna(
        &self,
        locus: Locus,
        piece: Piece<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Call, TypingError> {
        if !piece.text.contains('/') {
            return self.one(locus, piece, notices);
        }
        let (mut calls, mut written): (Vec<Call>, Option<String>) = Default::default();
        for item in piece.split('/') {
            if calls.len() == MAX_LIST {
                return Err(piece.fault(Fault::TooLong));
            }
            let own = self.own_gene(locus, item)?;
            // `02:01/02`: the last field of what was written before is another one.
            let whole = match (&written, short_field(own.text)) {
                (Some(before), Some(field)) => {
                    let whole = continued(before, field).ok_or_else(|| own.fault(Fault::Malformed))?;
                    Cow::Owned(whole)
                }
                _ => Cow::Borrowed(own.text),
            };
            let read = self.one(locus, Piece { at: own.at, text: &whole }, notices);
            let read = read.map_err(|e| TypingError { len: own.text.len(), ..e });
            let call = match read {
                Err(TypingError { fault: Fault::UnknownAllele, .. }) if self.keeps_unknown => {
                    Call::Allele(AlleleName::parse(&whole).ok_or_else(|| own.fault(Fault::Malformed))?)
                }
                read => read?,
            };
            written = Some(whole.into_owned());
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
        Ok(if calls.len() == 1 { calls.remove(0) } else { Call::AnyOf(calls) })
    }

    /// A list's members may bear the gene, which must be the same one.
    fn own_gene<'t>(&self, locus: Locus, item: Piece<'t>) -> Result<Piece<'t>, TypingError> {
        let Some(star) = item.text.find('*') else { return Ok(item) };
        let bare = if item.text.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("HLA-")) { 4 } else { 0 };
        let named = item.skip(bare.min(star));
        let own = gene(named, named.text.find('*').unwrap_or(0))?;
        if own != locus {
            return Err(item.fault(Fault::MixedLoci).suggest(format!("{locus}*{}", &item.text[star + 1..])));
        }
        Ok(item.skip(star + 1))
    }

    /// A list that begins with an antigen, `A24/A*24:XX`: each member bears its gene, and the others are DNA.
    pub(super) fn list_with_antigens(
        &self,
        piece: Piece<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Called, TypingError> {
        let (mut calls, mut gene): (Vec<Call>, Option<Locus>) = Default::default();
        for item in piece.split('/') {
            if calls.len() == MAX_LIST {
                return Err(piece.fault(Fault::TooLong));
            }
            let Some((locus, call)) = self.call(item, None, notices)? else {
                return Err(item.fault(Fault::Malformed));
            };
            if *gene.get_or_insert(locus) != locus {
                return Err(item.fault(Fault::MixedLoci));
            }
            if !calls.is_empty() && !call.is_dna() {
                return Err(item.fault(Fault::Malformed));
            }
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
        let call = if calls.len() == 1 { calls.remove(0) } else { Call::AnyOf(calls) };
        Ok(gene.map(|locus| (locus, call)))
    }
}

/// One field of digits, perhaps with a suffix: a list's member that leaves the rest to the one before.
fn short_field(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    let suffix = rest.is_empty() || (rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_alphabetic()));
    (matches!(digits, 2 | 3) && suffix).then_some(text)
}

/// A name as it was written with another last field; `None` when it has none that could be left out.
fn continued(written: &str, field: &str) -> Option<String> {
    let bare = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = match bare.rfind(':') {
        // Behind the colon of a code or `XX` nothing is left.
        Some(colon) if colon + 1 < bare.len() => &bare[..=colon],
        None if bare.len() >= 4 && bare.bytes().all(|b| b.is_ascii_digit()) => &bare[..bare.len() - 2],
        _ => return None,
    };
    Some(format!("{prefix}{field}"))
}

//! Reading one call: an allele in new or old notation, a group, a family, a code, a list, or an antigen.

use super::reader::{Kind, Reader};
use super::{At, Call, Fault, Notice, TypingError};
use crate::nomenclature::Found;
use crate::{AlleleName, Locus};

/// What a call without its gene is taken for.
#[derive(Clone, Copy)]
pub(super) struct Hint {
    pub(super) locus: Locus,
    pub(super) kind: Kind,
}

/// A piece of the text and where it begins in it.
#[derive(Clone, Copy)]
pub(super) struct Piece<'t> {
    pub(super) at: usize,
    pub(super) text: &'t str,
}

impl<'t> Piece<'t> {
    /// Without the white space around it.
    pub(super) fn trimmed(self) -> Piece<'t> {
        let start = self.text.trim_start();
        Piece { at: self.at + (self.text.len() - start.len()), text: start.trim_end() }
    }

    pub(super) fn skip(self, bytes: usize) -> Piece<'t> {
        Piece { at: self.at + bytes, text: &self.text[bytes..] }
    }

    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Piece<'t>> {
        let start = self.text.as_ptr() as usize;
        self.text
            .split(separator)
            .map(move |text| Piece { at: self.at + (text.as_ptr() as usize - start), text }.trimmed())
    }

    pub(super) fn fault(self, fault: Fault) -> TypingError {
        TypingError::new(self.at, self.text, fault)
    }
}

/// `None` when the piece is a public epitope, to be left out.
pub(super) type Called = Option<(Locus, Call)>;

impl Reader<'_> {
    pub(super) fn call(
        &self,
        piece: Piece<'_>,
        hint: Option<Hint>,
        notices: &mut Vec<Notice>,
    ) -> Result<Called, TypingError> {
        let mut piece = piece.trimmed();
        if piece.text.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("HLA-")) {
            piece = piece.skip(4);
        }
        if piece.text.is_empty() {
            return Err(piece.fault(Fault::Empty));
        }
        let list = piece.text.find('/').filter(|&slash| !piece.text[..slash].contains('*'));
        if list.is_some() && piece.text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return self.list_with_antigens(piece, notices);
        }
        if let Some(star) = piece.text.find('*') {
            let locus = gene(piece, star)?;
            return self.dna(locus, piece.skip(star + 1), notices).map(|c| Some((locus, c)));
        }
        let letters = piece.text.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters > 0 {
            return self.antigen(piece, letters, notices);
        }
        let Some(hint) = hint else { return Err(piece.fault(Fault::UnknownLocus)) };
        let plain_number = piece.text.bytes().all(|b| b.is_ascii_digit());
        let serology = match hint.kind {
            Kind::Serology => true,
            Kind::Dna => false,
            // `24` after `A2` is serology, `0201` is an old name; A2403 is both an antigen and four digits.
            Kind::Either => {
                let number = piece.text.parse().ok().filter(|_| plain_number);
                number
                    .is_some_and(|n| piece.text.len() < 4 || self.is_long_antigen(hint.locus, n, piece.text))
            }
        };
        let call = if serology {
            self.number(hint.locus, piece, notices)?
        } else {
            self.dna(hint.locus, piece, notices)?
        };
        Ok(Some((hint.locus, call)))
    }

    /// Whether four digits are an antigen: A2403 is one, `0203` is no A203 but a name before 2010.
    fn is_long_antigen(&self, locus: Locus, number: u16, text: &str) -> bool {
        !text.starts_with('0') && self.release.has_antigen(locus, number)
    }

    /// Whether a text without its gene can only be DNA.
    pub(super) fn is_dna_alone(&self, locus: Locus, text: &str) -> bool {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = text.parse().ok().filter(|_| digits == text.len());
        text.contains(['*', ':'])
            || (digits >= 4 && !number.is_some_and(|n| self.is_long_antigen(locus, n, text)))
    }

    /// Two digits in a column that may hold either: the antigen or the family of that number, which are not the same.
    /// B15 is B62, B63 and their like, and B*15:03 is B72.
    pub(super) fn antigen_or_family(
        &self,
        locus: Locus,
        piece: Piece<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Call, TypingError> {
        let number = parse_number(piece.text).ok_or_else(|| piece.fault(Fault::Malformed))?;
        let r = self.release;
        let known = |table: bool| !r.is_loaded() || table;
        let antigen = locus.serology_prefix().is_some()
            && known(r.has_antigen(locus, number) || r.antigen_renamed(locus, number).is_some());
        if !known(r.has_family(locus, number)) {
            return self.number(locus, piece, notices);
        }
        if !antigen {
            return self.family(locus, piece, number);
        }
        Ok(Call::AnyOf(vec![self.number(locus, piece, notices)?, Call::Family(number)]))
    }

    /// `A2`, `Cw9`, `A23(9)`, and names whose star was left out, which are refused with the star put in.
    fn antigen(
        &self,
        piece: Piece<'_>,
        letters: usize,
        notices: &mut Vec<Notice>,
    ) -> Result<Called, TypingError> {
        let (prefix, rest) = piece.text.split_at(letters);
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(number) = rest[..digits].parse::<u16>() else { return Err(piece.fault(Fault::Malformed)) };
        if prefix.eq_ignore_ascii_case("Bw") && (number == 4 || number == 6) {
            notices.push(Notice::PublicEpitope { at: piece.at });
            return Ok(None);
        }
        if rest[digits..].starts_with(':') || (digits < rest.len() && !rest[digits..].starts_with('(')) {
            let starred = format!("{prefix}*{rest}");
            let meant = self.call(Piece { at: 0, text: &starred }, None, &mut Vec::new()).is_ok();
            return Err(piece.fault(Fault::Malformed).suggest(meant.then_some(starred)));
        }
        let Some(locus) = Locus::from_antigen(prefix, number) else {
            return Err(piece.fault(Fault::UnknownLocus).suggest(near_gene(prefix).map(|l| format!("{l}*"))));
        };
        let call = self.number(locus, piece.skip(letters), notices)?;
        Ok(Some((locus, call)))
    }

    /// An antigen's number, perhaps with its broad antigen in brackets.
    fn number(&self, locus: Locus, piece: Piece<'_>, notices: &mut Vec<Notice>) -> Result<Call, TypingError> {
        let (digits, broad) = match piece.text.split_once('(') {
            None => (piece.text, None),
            Some((digits, broad)) => {
                let broad = broad.strip_suffix(')').ok_or_else(|| piece.fault(Fault::Malformed))?;
                (digits, Some(parse_number(broad).ok_or_else(|| piece.fault(Fault::Malformed))?))
            }
        };
        let mut number = parse_number(digits).ok_or_else(|| piece.fault(Fault::Malformed))?;
        // Four genes share `DR`: which one an antigen is of, its number says.
        let prefix = locus.serology_prefix();
        if prefix.is_none_or(|prefix| Locus::from_antigen(prefix, number) != Some(locus)) {
            return Err(piece.fault(Fault::UnknownAntigen));
        }
        if !self.release.is_loaded() {
            return Ok(Call::Antigen(number));
        }
        if let Some(present) = self.release.antigen_renamed(locus, number) {
            let [from, to] = [number, present].map(|n| At(locus, &Call::Antigen(n)).to_string());
            notices.push(Notice::Renamed { at: piece.at, locus, from, to });
            number = present;
        }
        if !self.release.has_antigen(locus, number) {
            let family = self.release.has_family(locus, number);
            let meant = family.then(|| format!("{locus}*{number:02}:XX"));
            return Err(piece.fault(Fault::UnknownAntigen).suggest(meant));
        }
        let belongs = |broad: u16| {
            let (mut splits, mut associated) = (self.release.splits(locus), self.release.associated(locus));
            splits.any(|(b, s)| b == broad && s.contains(&number))
                || associated.any(|(b, s)| b == broad && s.contains(&number))
        };
        if broad.is_some_and(|b| !belongs(b)) {
            return Err(piece.fault(Fault::WrongBroad));
        }
        Ok(Call::Antigen(number))
    }

    pub(super) fn one(
        &self,
        locus: Locus,
        piece: Piece<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Call, TypingError> {
        let text = piece.text.to_ascii_uppercase();
        if let Some((family, rest)) = text.split_once(':')
            && rest.len() >= 2
            && rest.bytes().all(|b| b.is_ascii_alphabetic())
        {
            let family = parse_number(family).ok_or_else(|| piece.fault(Fault::Malformed))?;
            return if rest == "XX" {
                self.family(locus, piece, family)
            } else {
                self.code(locus, piece, family, rest)
            };
        }
        if let Some(name) = text.strip_suffix(['G', 'P']) {
            let name = AlleleName::parse(name).filter(|n| n.suffix().is_none() && n.fields().len() > 1);
            let name = name.ok_or_else(|| piece.fault(Fault::Malformed))?;
            return self.group(locus, piece, name, text.ends_with('G'));
        }
        if text.contains(':') {
            let name = AlleleName::parse(&text).filter(|n| n.fields().len() > 1);
            let name = name.ok_or_else(|| piece.fault(Fault::Malformed).suggest(padded(locus, &text)))?;
            return self.allele(locus, piece, name, notices);
        }
        self.without_colons(locus, piece, &text, notices)
    }

    fn family(&self, locus: Locus, piece: Piece<'_>, family: u16) -> Result<Call, TypingError> {
        if family == 0 || (self.release.is_loaded() && !self.release.has_family(locus, family)) {
            return Err(piece.fault(Fault::UnknownFamily));
        }
        Ok(Call::Family(family))
    }

    fn code(&self, locus: Locus, piece: Piece<'_>, family: u16, code: &str) -> Result<Call, TypingError> {
        let Some(codes) = self.codes else { return Err(piece.fault(Fault::NoCodeTable)) };
        let listed = codes.expand(family, code).ok_or_else(|| piece.fault(Fault::UnknownCode))?;
        let generic = codes.is_generic(code);
        if generic {
            self.family(locus, piece, family)?;
        }
        let mut alleles = Vec::with_capacity(listed.len());
        for name in listed {
            match self.release.find(locus, &name) {
                Found::Known => alleles.push(name),
                Found::Renamed(present) => alleles.push(present),
                // A code may leave out a suffix that the release has: whichever, all stay possible.
                Found::OtherSuffix(others) => alleles.extend(others),
                Found::Withdrawn => {}
                // A generic code lists second fields for every family at once: what this family lacks is not meant.
                // One that names alleles means each of them, also those that a later release brought.
                Found::Unknown if generic => {}
                Found::Unknown => alleles.push(name),
            }
        }
        alleles.sort_unstable();
        alleles.dedup();
        if !alleles.iter().any(|n| n.family() == family) {
            return Err(piece.fault(Fault::CodeImpossible));
        }
        Ok(Call::Code { family, code: code.to_owned(), alleles })
    }

    fn group(&self, locus: Locus, piece: Piece<'_>, name: AlleleName, g: bool) -> Result<Call, TypingError> {
        let r = self.release;
        let table = if g { crate::Table::GGroups } else { crate::Table::PGroups };
        let known = if g { r.has_g_group(locus, &name) } else { r.has_p_group(locus, &name) };
        let trusted = r.missing().contains(&table) && r.find(locus, &name) == Found::Known;
        if !known && !trusted {
            let letter = if g { 'G' } else { 'P' };
            let longer = if g {
                r.g_groups(locus).find(|n| name.begins(n))
            } else {
                r.p_groups(locus).find(|n| n.begins(&name))
            };
            let meant = longer.map(|n| format!("{locus}*{n}{letter}"));
            let alone = (r.find(locus, &name) == Found::Known).then(|| format!("{locus}*{name}"));
            return Err(piece.fault(Fault::UnknownGroup).suggest(meant.or(alone)));
        }
        Ok(if g { Call::GGroup(name) } else { Call::PGroup(name) })
    }

    fn allele(
        &self,
        locus: Locus,
        piece: Piece<'_>,
        name: AlleleName,
        notices: &mut Vec<Notice>,
    ) -> Result<Call, TypingError> {
        match self.release.find(locus, &name) {
            Found::Known => Ok(Call::Allele(name)),
            Found::Renamed(present) => {
                let (from, to) = (format!("{locus}*{name}"), format!("{locus}*{present}"));
                notices.push(Notice::Renamed { at: piece.at, locus, from, to });
                Ok(Call::Allele(present))
            }
            Found::Withdrawn => Err(piece.fault(Fault::Withdrawn)),
            Found::OtherSuffix(others) => {
                Err(piece.fault(Fault::OtherSuffix).suggest(others.first().map(|n| format!("{locus}*{n}"))))
            }
            Found::Unknown => Err(piece.fault(Fault::UnknownAllele).suggest(self.nearest(locus, &name))),
        }
    }

    /// Names before 2010: two digits a field, no colons (`0201`, `24020102L`), and a family alone (`02`).
    fn without_colons(
        &self,
        locus: Locus,
        piece: Piece<'_>,
        text: &str,
        notices: &mut Vec<Notice>,
    ) -> Result<Call, TypingError> {
        if let Some(found) = self.release.find_former(locus, text) {
            let Found::Renamed(present) = found else { return Err(piece.fault(Fault::Withdrawn)) };
            let (from, to) = (format!("{locus}*{text}"), format!("{locus}*{present}"));
            notices.push(Notice::Renamed { at: piece.at, locus, from, to });
            return Ok(Call::Allele(present));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if digits == text.len() && (digits == 2 || digits == 3) {
            let family = parse_number(text).ok_or_else(|| piece.fault(Fault::Malformed))?;
            return self.family(locus, piece, family);
        }
        if !matches!(digits, 4 | 6 | 8) || text.len() > digits + 1 {
            return Err(piece.fault(Fault::Malformed));
        }
        let mut coloned = String::new();
        for (i, digit) in text.chars().enumerate() {
            if i > 0 && i % 2 == 0 && i < digits {
                coloned.push(':');
            }
            coloned.push(digit);
        }
        let name = AlleleName::parse(&coloned).ok_or_else(|| piece.fault(Fault::Malformed))?;
        let name = rolled_over(locus, &name).unwrap_or(name);
        let call = self.allele(locus, piece, name, notices)?;
        notices.push(Notice::OldNotation { at: piece.at, read_as: At(locus, &call).to_string() });
        Ok(call)
    }

    /// The longest beginning of a name that the release knows.
    fn nearest(&self, locus: Locus, name: &AlleleName) -> Option<String> {
        let count = name.fields().len();
        let shorter = (2..count).rev().map(|n| name.truncated(n));
        let known = shorter.into_iter().find(|n| self.release.find(locus, n) == Found::Known);
        known.map(|n| format!("{locus}*{n}")).or_else(|| {
            self.release.has_family(locus, name.family()).then(|| format!("{locus}*{:02}:XX", name.family()))
        })
    }
}

/// A*02 and B*15 ran out of two-digit second fields before colons came: A*9201 was A*02:101, B*9501 B*15:101.
fn rolled_over(locus: Locus, name: &AlleleName) -> Option<AlleleName> {
    let family = match (locus, name.family()) {
        (Locus::A, 92) => 2,
        (Locus::B, 95) => 15,
        _ => return None,
    };
    let mut fields = name.fields().to_vec();
    fields[0] = family;
    *fields.get_mut(1)? += 100;
    AlleleName::new(&fields, name.suffix())
}

fn parse_number(text: &str) -> Option<u16> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|&n| plain && n > 0)
}

/// `2:1` as `02:01`, when that is all that is wrong.
fn padded(locus: Locus, text: &str) -> Option<String> {
    let fields: Option<Vec<u16>> = text.split(':').map(parse_number).collect();
    Some(format!("{locus}*{}", AlleleName::new(&fields?, None)?))
}

pub(super) fn gene(piece: Piece<'_>, star: usize) -> Result<Locus, TypingError> {
    let text = &piece.text[..star];
    Locus::from_gene(text.trim()).ok_or_else(|| {
        let meant = near_gene(text).map(|l| format!("{l}{}", &piece.text[star..]));
        TypingError::new(piece.at, text, Fault::UnknownLocus).suggest(meant)
    })
}

/// The gene that a shortened name most likely means.
fn near_gene(text: &str) -> Option<Locus> {
    Some(match text.trim().to_ascii_uppercase().as_str() {
        "DR" | "DRB" => Locus::Drb1,
        "DQ" | "DQB" => Locus::Dqb1,
        "DP" | "DPB" => Locus::Dpb1,
        "DQA" => Locus::Dqa1,
        "DPA" => Locus::Dpa1,
        _ => return None,
    })
}

//! A typing as the fields that an exchange format has for each locus, as far as they can say it.

use std::collections::HashMap;

use hla::typing::{Bare, Call, Genotype, Kind, Reader};
use hla::{Locus, Release};

/// Parts of typings kept: units repeat them by the thousand.
const KEPT: usize = 50_000;

/// One part of a GL String: DNA or serology of one locus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Of which locus; none when it can't be read.
    pub(super) locus: Option<Locus>,
    /// Whether it is serology.
    pub(super) serology: bool,
    /// Two fields that say it; none when fields can't: several genotypes are left open, or a notation of its own.
    fields: Option<[String; 2]>,
}

/// Parts of typings by their text.
pub(super) struct Parts {
    release: Release,
    kept: HashMap<String, Part>,
}

/// A typing in fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Values by path.
    pub(super) fields: Vec<(String, String)>,
    /// The loci that fields can't say, as a GL String; empty when there are none.
    pub(super) rest: String,
}

impl Parts {
    pub(super) fn new() -> Self {
        // Names are those of the day they were read on: they are written as they are, whatever a later release says.
        Self { release: Release::none(), kept: HashMap::new() }
    }

    /// What one part between `^` says.
    pub(super) fn part(&mut self, text: &str) -> &Part {
        if self.kept.len() >= KEPT && !self.kept.contains_key(text) {
            self.kept.clear();
        }
        let release = &self.release;
        self.kept.entry(text.to_owned()).or_insert_with(|| part(release, text))
    }

    /// A typing in fields. A locus stands in fields whole or not at all, so that none is said twice.
    pub(super) fn split(&mut self, hla: &str) -> Split {
        let texts: Vec<&str> = if hla.is_empty() { Vec::new() } else { hla.split('^').collect() };
        let mut parts: Vec<Part> = texts.iter().map(|text| self.part(text).clone()).collect();
        if parts.iter().any(|part| part.locus.is_none()) {
            return Split { fields: Vec::new(), rest: hla.to_owned() };
        }
        for place in 0..parts.len() {
            let (before, one) = (&parts[..place], &parts[place]);
            let twice = before.iter().any(|other| (other.locus, other.serology) == (one.locus, one.serology));
            if twice {
                parts[place].fields = None;
            }
        }
        let unsayable: Vec<Option<Locus>> =
            parts.iter().filter(|part| part.fields.is_none()).map(|part| part.locus).collect();
        let mut split = Split::default();
        for (text, part) in texts.into_iter().zip(parts) {
            match (part.fields, part.locus) {
                (Some(fields), Some(locus)) if !unsayable.contains(&Some(locus)) => {
                    let kind = if part.serology { "SER" } else { "DNA" };
                    let paths = (1..).map(|field| format!("HLA/{}/{kind}/FIELD{field}", locus.name()));
                    split.fields.extend(paths.zip(fields).filter(|(_, value)| !value.is_empty()));
                }
                _ if split.rest.is_empty() => text.clone_into(&mut split.rest),
                _ => {
                    split.rest.push('^');
                    split.rest.push_str(text);
                }
            }
        }
        split
    }
}

fn part(release: &Release, text: &str) -> Part {
    let reader = Reader::new(release);
    let unread = Part { locus: None, serology: false, fields: None };
    let Ok(reading) = reader.typing(text) else { return unread };
    let mut loci = reading.typing.loci();
    let (Some((locus, at)), None) = (loci.next(), loci.next()) else { return unread };
    // Whatever would be written otherwise than it stands there is not ours to write.
    if reading.typing.to_string() != text {
        return unread;
    }
    let (genotype, serology) = match (&at.dna[..], &at.serology) {
        ([genotype], None) if genotype.calls().all(Call::is_dna) => (Some(genotype), false),
        ([], Some(genotype)) => (Some(genotype), true),
        _ => (None, false),
    };
    let kind = if serology { Kind::Serology } else { Kind::Dna };
    let fields = genotype.map(in_fields).filter(|[first, second]| {
        reader.fields(locus, kind, first, second).is_ok_and(|(read, _)| Some(&read) == genotype)
    });
    Part { locus: Some(locus), serology, fields }
}

fn in_fields(genotype: &Genotype) -> [String; 2] {
    let second = genotype.second.as_ref().map(|call| Bare(call).to_string());
    [Bare(&genotype.first).to_string(), second.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locus_stands_in_fields_whole_or_not_at_all() {
        let mut parts = Parts::new();
        let split = parts.split("A*02:01+A*24:02/A*24:07^A2+A24^B*15:XX+B*46:01^C*06:02:01G^DRB1*09:01");
        let fields: Vec<String> =
            split.fields.iter().map(|(path, value)| format!("{path} {value}")).collect();
        let expected = [
            "HLA/A/DNA/FIELD1 02:01",
            "HLA/A/DNA/FIELD2 24:02/24:07",
            "HLA/A/SER/FIELD1 2",
            "HLA/A/SER/FIELD2 24",
            "HLA/B/DNA/FIELD1 15:XX",
            "HLA/B/DNA/FIELD2 46:01",
            "HLA/C/DNA/FIELD1 06:02:01G",
            "HLA/DRB1/DNA/FIELD1 09:01",
        ];
        assert_eq!((fields, split.rest.as_str()), (expected.map(str::to_owned).to_vec(), ""));

        let open = "A*02:01+A*24:02|A*02:05+A*24:03^A2+A24";
        let split = parts.split(&format!("{open}^B*15:01+B*46:01"));
        assert_eq!((split.fields.len(), split.rest.as_str()), (2, open));

        // What a laboratory recorded in a notation of its own stays as it is.
        for own in ["A*02:AB+A*24:02^B*15:01", "A*0201+A*24:02", "nonsense", "A*02:01^A*24:02"] {
            let split = parts.split(own);
            assert_eq!((split.fields, split.rest.as_str()), (Vec::new(), own), "{own}");
        }
        assert_eq!(parts.split(""), Split::default());
    }
}

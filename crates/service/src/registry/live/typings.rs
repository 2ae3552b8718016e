//! Typings read from what versions keep: most units share theirs, locus by locus, so each text is read once.

use std::collections::HashMap;
use std::sync::Arc;

use domain::registry::matching::Resolution;
use hla::typing::LocusTyping;
use hla::{Locus, Reader, Release, Typing};

/// Texts kept at once; a registry has some ten thousand distinct ones.
const MOST: usize = 200_000;

/// A reader of stored typings under one release, which remembers what it has read.
#[derive(Debug)]
pub(crate) struct Typings {
    release: Arc<Release>,
    known: HashMap<String, Option<(Locus, LocusTyping)>>,
    /// Parts of one locus beside each other, and whether they exclude each other.
    excluding: HashMap<String, bool>,
}

/// A stored typing as it is understood under a release.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// What can be read of it and does not contradict itself.
    pub(crate) typing: Typing,
    /// Parts that can't be read, so that they count as not typed, with their locus where even that can be told.
    pub(crate) unread: Vec<(Option<Locus>, String)>,
    /// Loci of which DNA and serology exclude each other; they count as not typed.
    pub(crate) contradictory: Typing,
}

impl Stored {
    /// How well the matched loci are typed.
    pub(crate) fn resolutions(&self) -> [Resolution; 5] {
        Locus::MATCHED.map(|locus| Resolution::of(self.typing.get(locus)))
    }

    /// What can't be read at a locus.
    pub(crate) fn unread_at(&self, locus: Locus) -> String {
        let own = self.unread.iter().filter(|(of, _)| *of == Some(locus));
        own.map(|(_, part)| part.as_str()).collect::<Vec<_>>().join("^")
    }
}

impl Typings {
    /// Under this release.
    pub(crate) fn new(release: Arc<Release>) -> Self {
        Self { release, known: HashMap::new(), excluding: HashMap::new() }
    }

    /// Reads a stored GL String, locus by locus. What the release does not know is left open there: it never makes a
    /// match certain, and a later release may read it.
    pub(crate) fn read(&mut self, gl: &str) -> Stored {
        let mut stored = Stored::default();
        let mut beside: Vec<(Locus, String)> = Vec::new();
        for part in gl.split('^').filter(|part| !part.is_empty()) {
            if !self.known.contains_key(part) {
                if self.known.len() >= MOST {
                    self.known.clear();
                }
                self.known.insert(part.to_owned(), self.part(part));
            }
            match &self.known[part] {
                Some((locus, typing)) => {
                    match beside.iter_mut().find(|(of, _)| of == locus) {
                        Some((_, parts)) => *parts = format!("{parts}^{part}"),
                        None => beside.push((*locus, part.to_owned())),
                    }
                    add(&mut stored.typing, *locus, typing);
                }
                None => stored.unread.push((locus_of(part), part.to_owned())),
            }
        }
        for (locus, parts) in beside {
            let Some(at) = stored.typing.get(locus).cloned() else { continue };
            if at.serology.is_some() && !at.dna.is_empty() && self.excludes(parts, locus, &at) {
                stored.typing.set(locus, LocusTyping::default());
                stored.contradictory.set(locus, at);
            }
        }
        stored
    }

    fn part(&self, part: &str) -> Option<(Locus, LocusTyping)> {
        let reading = Reader::new(&self.release).of_stored().typing(part).ok()?;
        let mut loci = reading.typing.loci();
        let (locus, typing) = loci.next()?;
        loci.next().is_none().then(|| (locus, typing.clone()))
    }

    /// Whether a locus' DNA and serology exclude each other; `parts` is how they are stored.
    fn excludes(&mut self, parts: String, locus: Locus, at: &LocusTyping) -> bool {
        if let Some(known) = self.excluding.get(&parts) {
            return *known;
        }
        let mut alone = Typing::default();
        alone.set(locus, at.clone());
        let excludes = Reader::new(&self.release).check(&alone).is_err();
        if self.excluding.len() >= MOST {
            self.excluding.clear();
        }
        self.excluding.insert(parts, excludes);
        excludes
    }
}

/// The locus of a part of a GL String that can't be read: `B*99:99+…`, `DR99`.
fn locus_of(part: &str) -> Option<Locus> {
    let letters = part.bytes().take_while(u8::is_ascii_alphabetic).count();
    if let Some((gene, _)) =
        part.split_once('*').filter(|(gene, _)| gene.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Locus::from_gene(gene);
    }
    let digits = part[letters..].bytes().take_while(u8::is_ascii_digit).count();
    Locus::from_antigen(&part[..letters], part[letters..letters + digits].parse().ok()?)
}

/// DNA and serology of a locus stand in parts of their own.
fn add(typing: &mut Typing, locus: Locus, part: &LocusTyping) {
    let whole = match typing.get(locus) {
        None => part.clone(),
        Some(other) => LocusTyping {
            dna: other.dna.iter().chain(&part.dna).cloned().collect(),
            serology: other.serology.clone().or_else(|| part.serology.clone()),
        },
    };
    typing.set(locus, whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_typing_reads_as_a_whole_and_what_is_unknown_is_left_open() {
        let mut typings = Typings::new(Arc::new(Release::none()));
        let gl = "A*02:01+A*24:02^A2+A24^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
        let stored = typings.read(gl);
        assert_eq!(stored.typing.to_string(), gl);
        assert!(stored.unread.is_empty());
        let stored = typings.read("A*02:01+A*24:02^B*what^DRB1*09:01+DRB1*14:54");
        assert_eq!(stored.unread, [(Some(Locus::B), "B*what".to_owned())]);
        assert_eq!(stored.unread_at(Locus::B), "B*what");
        assert_eq!(locus_of("DR999+DR4"), Some(Locus::Drb1));
        assert_eq!((locus_of("随便"), locus_of("A"), locus_of("")), (None, None, None));
        assert_eq!(stored.typing.to_string(), "A*02:01+A*24:02^DRB1*09:01+DRB1*14:54");
        assert_eq!(stored.resolutions()[1], Resolution::None);
    }
}

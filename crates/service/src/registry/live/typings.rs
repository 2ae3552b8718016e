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
}

/// A stored typing as it is understood under a release.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// What can be read of it.
    pub(crate) typing: Typing,
    /// Whether a locus could not be read, so that it counts as not typed.
    pub(crate) unread: bool,
}

impl Stored {
    /// How well the matched loci are typed.
    pub(crate) fn resolutions(&self) -> [Resolution; 5] {
        Locus::MATCHED.map(|locus| Resolution::of(self.typing.get(locus)))
    }
}

impl Typings {
    /// Under this release.
    pub(crate) fn new(release: Arc<Release>) -> Self {
        Self { release, known: HashMap::new() }
    }

    /// Reads a stored GL String, locus by locus. What the release does not know is left open there: it never makes a
    /// match certain, and a later release may read it.
    pub(crate) fn read(&mut self, gl: &str) -> Stored {
        let mut stored = Stored::default();
        for part in gl.split('^').filter(|part| !part.is_empty()) {
            if !self.known.contains_key(part) {
                if self.known.len() >= MOST {
                    self.known.clear();
                }
                self.known.insert(part.to_owned(), self.part(part));
            }
            match &self.known[part] {
                Some((locus, typing)) => add(&mut stored.typing, *locus, typing),
                None => stored.unread = true,
            }
        }
        stored
    }

    fn part(&self, part: &str) -> Option<(Locus, LocusTyping)> {
        let reading = Reader::new(&self.release).typing(part).ok()?;
        let mut loci = reading.typing.loci();
        let (locus, typing) = loci.next()?;
        loci.next().is_none().then(|| (locus, typing.clone()))
    }
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
        assert!(!stored.unread);
        let stored = typings.read("A*02:01+A*24:02^B*what^DRB1*09:01+DRB1*14:54");
        assert!(stored.unread);
        assert_eq!(stored.typing.to_string(), "A*02:01+A*24:02^DRB1*09:01+DRB1*14:54");
        assert_eq!(stored.resolutions()[1], Resolution::None);
    }
}

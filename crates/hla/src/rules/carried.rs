//! Whether a typing shows what an antibody is against.

use super::Profile;
use crate::resolve::{Block, products};
use crate::set::Set;
use crate::typing::Call;
use crate::{Locus, Release};

/// Whether a typing shows an antigen or allele.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Carried {
    /// It does not.
    No,
    /// It may.
    Perhaps,
    /// It does, whatever the typing leaves open.
    Surely,
}

impl Profile {
    /// Whether this typing shows `against` at a matched locus. Antibodies against a broad antigen are against all of
    /// its splits. The release must be the profile's own.
    pub fn carries(&self, release: &Release, locus: Locus, against: &Call) -> Carried {
        let place = Locus::MATCHED.iter().position(|matched| *matched == locus);
        let Some(meaning) = place.and_then(|place| self.loci[place].as_ref()) else {
            return Carried::Perhaps;
        };
        let (shown, blocks, known) = match against {
            Call::Antigen(number) => {
                let known = release.reads_serology(locus);
                (release.antigens_meant(locus, *number), &meaning.antigens, known)
            }
            // Of an ambiguous allele nobody knows which one the antibody is against.
            call => {
                let proteins = products(release, locus, call).without_null();
                let known = proteins.single().is_some();
                (proteins, &meaning.proteins, known)
            }
        };
        // In each possibility one of the two is among what is meant, whichever it is.
        let surely = |block: &Block| block.sides().any(|side| side.is_within(&shown));
        if known && blocks.iter().all(surely) {
            return Carried::Surely;
        }
        let meets = |block: &Block, shown: &Set| block.sides().any(|side| side.meets(shown));
        let named = shown.is_of_names().then(|| shown.families());
        let perhaps = |block: &Block| {
            meets(block, &shown) || named.as_ref().is_some_and(|families| meets(&block.by_family(), families))
        };
        if blocks.iter().any(perhaps) { Carried::Perhaps } else { Carried::No }
    }
}

//! The HLA genes that a typing can name, and how DNA and serology write them.

use std::fmt;

/// A gene. The first five take part in the match classes; the others are kept and shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Locus {
    /// HLA-A
    A,
    /// HLA-B
    B,
    /// HLA-C, `Cw` in serology
    C,
    /// HLA-DRB1, `DR` in serology
    Drb1,
    /// HLA-DQB1, `DQ` in serology
    Dqb1,
    /// HLA-DRB3, `DR52` in serology
    Drb3,
    /// HLA-DRB4, `DR53` in serology
    Drb4,
    /// HLA-DRB5, `DR51` in serology
    Drb5,
    /// HLA-DQA1
    Dqa1,
    /// HLA-DPA1
    Dpa1,
    /// HLA-DPB1, `DPw` in serology
    Dpb1,
}

impl Locus {
    /// How many loci there are.
    pub const COUNT: usize = 11;

    /// Every locus, in the order of its discriminant.
    pub const ALL: [Locus; Self::COUNT] = [
        Locus::A,
        Locus::B,
        Locus::C,
        Locus::Drb1,
        Locus::Dqb1,
        Locus::Drb3,
        Locus::Drb4,
        Locus::Drb5,
        Locus::Dqa1,
        Locus::Dpa1,
        Locus::Dpb1,
    ];

    /// The five loci of a 10/10 comparison, in the order in which reports show them.
    pub const MATCHED: [Locus; 5] = [Locus::A, Locus::B, Locus::C, Locus::Drb1, Locus::Dqb1];

    /// Its place in [`Locus::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The gene's name, as DNA typings write it before the `*`.
    pub fn name(self) -> &'static str {
        match self {
            Locus::A => "A",
            Locus::B => "B",
            Locus::C => "C",
            Locus::Drb1 => "DRB1",
            Locus::Dqb1 => "DQB1",
            Locus::Drb3 => "DRB3",
            Locus::Drb4 => "DRB4",
            Locus::Drb5 => "DRB5",
            Locus::Dqa1 => "DQA1",
            Locus::Dpa1 => "DPA1",
            Locus::Dpb1 => "DPB1",
        }
    }

    /// The prefix of its antigens in serology, where it has any.
    pub fn serology_prefix(self) -> Option<&'static str> {
        match self {
            Locus::A => Some("A"),
            Locus::B => Some("B"),
            Locus::C => Some("Cw"),
            Locus::Drb1 | Locus::Drb3 | Locus::Drb4 | Locus::Drb5 => Some("DR"),
            Locus::Dqb1 => Some("DQ"),
            Locus::Dpb1 => Some("DPw"),
            Locus::Dqa1 | Locus::Dpa1 => None,
        }
    }

    /// The gene that a DNA name's prefix means; `Cw` is the old spelling of `C`.
    pub fn from_gene(text: &str) -> Option<Locus> {
        if text.eq_ignore_ascii_case("Cw") {
            return Some(Locus::C);
        }
        Locus::ALL.into_iter().find(|l| l.name().eq_ignore_ascii_case(text))
    }

    /// The gene whose product the antigen `prefix` + `number` is: DR51, DR52 and DR53 are not DRB1's.
    pub fn from_antigen(prefix: &str, number: u16) -> Option<Locus> {
        let locus = match prefix.to_ascii_uppercase().as_str() {
            "A" => Locus::A,
            "B" => Locus::B,
            "C" | "CW" => Locus::C,
            "DQ" | "DQW" => Locus::Dqb1,
            "DP" | "DPW" => Locus::Dpb1,
            "DR" | "DRW" => match number {
                51 => Locus::Drb5,
                52 => Locus::Drb3,
                53 => Locus::Drb4,
                _ => Locus::Drb1,
            },
            _ => return None,
        };
        Some(locus)
    }
}

impl fmt::Display for Locus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_all_is_the_order_of_index() {
        for (i, l) in Locus::ALL.into_iter().enumerate() {
            assert_eq!(l.index(), i);
            assert_eq!(Locus::from_gene(l.name()), Some(l));
        }
        for (i, l) in Locus::MATCHED.into_iter().enumerate() {
            assert_eq!(l.index(), i, "the matched loci are the first five");
        }
    }

    #[test]
    fn dr_antigens_belong_to_four_genes() {
        assert_eq!(Locus::from_antigen("DR", 17), Some(Locus::Drb1));
        assert_eq!(Locus::from_antigen("DR", 52), Some(Locus::Drb3));
        assert_eq!(Locus::from_antigen("Cw", 9), Some(Locus::C));
        assert_eq!(Locus::from_antigen("Bw", 4), None);
    }
}

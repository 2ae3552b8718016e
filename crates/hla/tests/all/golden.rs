//! What raw rows of a real release say, compared with what comes out: nothing between is asked, neither the reader of
//! tables nor what it derives.

use crate::support::{real, real_folder};
use hla::rules::{LocusMatch, Span, compare};
use hla::{Locus, Reader, Release};

/// The rows of a table, split at their semicolons.
fn rows(file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(real_folder().join(file)).expect("a table");
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| line.split(';').map(str::to_owned).collect()).collect()
}

const DNA: [(&str, Locus, &str); 5] = [
    ("A*", Locus::A, "A"),
    ("B*", Locus::B, "B"),
    ("C*", Locus::C, "Cw"),
    ("DRB1*", Locus::Drb1, "DR"),
    ("DQB1*", Locus::Dqb1, "DQ"),
];

/// Two copies of each against one another.
fn against(release: &Release, locus: Locus, one: &str, other: &str) -> LocusMatch {
    let reader = Reader::new(release);
    let twice = |call: &str| {
        reader.typing(&format!("{call}+{call}")).unwrap_or_else(|e| panic!("{call}: {e}")).typing
    };
    *compare(release, &twice(one), &twice(other))
        .expect("no contradiction")
        .locus(locus)
        .expect("a matched locus")
}

fn is_plain(name: &str) -> bool {
    name.ends_with(|c: char| c.is_ascii_digit())
}

#[test]
fn members_of_a_p_group_match_for_certain_and_others_do_not() {
    let Some(release) = real() else { return };
    let mut compared = 0;
    for (gene, locus, _) in DNA {
        let groups: Vec<Vec<String>> =
            rows("hla_nom_p.txt").into_iter().filter(|row| row[0] == gene).collect();
        let members = |row: &[String]| -> Vec<String> {
            let plain = row[1].split('/').filter(|name| is_plain(name));
            plain.map(|name| format!("{gene}{name}")).collect()
        };
        for pair in groups.windows(2).step_by(29) {
            let (own, next) = (members(&pair[0]), members(&pair[1]));
            let (Some(first), Some(other)) = (own.first(), next.first()) else { continue };
            let last = own.last().expect("there is a first");
            let within = against(release, locus, first, last);
            assert_eq!(within.allele.matches, Span::exactly(2), "{first} {last}");
            assert_eq!(within.antigen.matches, Span::exactly(2), "{first} {last}");
            assert_eq!(
                against(release, locus, first, other).allele.matches,
                Span::exactly(0),
                "{first} {other}"
            );
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn a_broad_antigen_may_be_any_of_its_splits_and_splits_differ() {
    let Some(release) = real() else { return };
    let mut compared = 0;
    for row in rows("rel_ser_ser.txt") {
        let Some((_, locus, prefix)) = DNA.into_iter().find(|(.., prefix)| *prefix == row[0]) else {
            continue;
        };
        let antigens = |column: &str| -> Vec<String> {
            column.split('/').filter(|n| !n.is_empty()).map(|n| format!("{prefix}{n}")).collect()
        };
        let (parent, splits, variants) =
            (format!("{prefix}{}", row[1]), antigens(&row[2]), antigens(&row[3]));
        let matches = |one: &str, other: &str| against(release, locus, one, other).antigen.matches;
        for (i, split) in splits.iter().enumerate() {
            assert_eq!(matches(&parent, split), Span { least: 0, most: 2 }, "{parent} {split}");
            for other in &splits[i + 1..] {
                assert_eq!(matches(split, other), Span::exactly(0), "{split} {other}");
            }
            compared += 1;
        }
        for variant in &variants {
            // Of an antigen without splits the variant is that antigen; of a broad one it is one more that it may be.
            let expected = if splits.is_empty() { Span::exactly(2) } else { Span { least: 0, most: 2 } };
            assert_eq!(matches(&parent, variant), expected, "{parent} {variant}");
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn an_allele_may_show_what_its_row_says_and_shows_it_where_nothing_else_is_said() {
    let Some(release) = real() else { return };
    let mut compared = 0;
    let all = rows("rel_dna_ser.txt");
    for (gene, locus, prefix) in DNA {
        // Antigens seen beyond doubt, of expressed alleles.
        let seen = all
            .iter()
            .filter(|row| row[0] == gene && is_plain(&row[1]) && row[2].parse::<u16>().is_ok_and(|n| n > 0));
        for row in seen.step_by(17) {
            let (allele, antigen) = (format!("{gene}{}", row[1]), format!("{prefix}{}", row[2]));
            let found = against(release, locus, &allele, &antigen).antigen.matches;
            assert_eq!(found.most, 2, "{allele} {antigen}");
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
    let row = |gene: &str, name: &str| {
        let row = all.iter().find(|row| row[0] == gene && row[1] == name).expect(name);
        row[2..].join(";")
    };
    let spans = |locus, allele: &str, antigen: &str| against(release, locus, allele, antigen).antigen.matches;
    assert_eq!(row("B*", "15:01:01:01"), "62;;;");
    assert_eq!(row("B*", "15:03:01:01"), "72;;;");
    assert_eq!(row("B*", "40:05:01:01"), "4005;;;40");
    assert_eq!(row("A*", "24:09N"), "0;;;");
    assert_eq!(spans(Locus::B, "B*15:01:01:01", "B62"), Span::exactly(2));
    assert_eq!(spans(Locus::B, "B*15:01:01:01", "B15").most, 2);
    assert_eq!(spans(Locus::B, "B*15:03:01:01", "B72"), Span::exactly(2));
    assert_eq!(spans(Locus::B, "B*15:03:01:01", "B15"), Span::exactly(0), "B72 is B70's split, not B15's");
    assert_eq!(spans(Locus::B, "B*15:03:01:01", "B70").most, 2);
    assert_eq!(spans(Locus::B, "B*40:05:01:01", "B60"), Span { least: 0, most: 2 }, "experts say B40");
    assert_eq!(spans(Locus::B, "B*40:05:01:01", "B7"), Span::exactly(0));
    assert_eq!(spans(Locus::A, "A*24:09N", "A24"), Span::exactly(0));
    let column =
        Reader::new(release).fields(Locus::B, hla::typing::Kind::Either, "15", "7").expect("a column").0;
    let mut typing = hla::Typing::default();
    typing.add(Locus::B, column);
    let patient = Reader::new(release).typing("B*15:03+B*07:02").expect("a typing").typing;
    let report = compare(release, &patient, &typing).expect("no contradiction");
    assert_eq!(report.loci[1].antigen.matches, Span { least: 1, most: 2 }, "15 in a column may be B*15:03");
}

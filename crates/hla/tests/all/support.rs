//! What the tests share: a small release of our own with the real edge cases, and the operator's release if present.

use hla::{Release, Tables};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The folder with a real release, which only some machines have.
pub fn real_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/imgt-3.58.0")
}

/// The real release, or a note that the test skips.
#[allow(clippy::print_stdout)]
pub fn real() -> Option<&'static Release> {
    static REAL: OnceLock<Option<Release>> = OnceLock::new();
    REAL.get_or_init(|| {
        let folder = real_folder();
        if !folder.exists() {
            println!("skipped: no release at ../shared/data/imgt-3.58.0");
            return None;
        }
        Some(Release::load(&folder).expect("the real release loads"))
    })
    .as_ref()
}

/// So many cases, or as many as `PROPTEST_CASES` says.
pub fn cases(count: u32) -> proptest::test_runner::Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    proptest::test_runner::Config {
        cases: asked.unwrap_or(count),
        failure_persistence: None,
        ..Default::default()
    }
}

fn head(file: &str) -> String {
    format!("# file: {file}\n# date: 2000-01-01\n# version: TEST 0.1.0\n")
}

/// Texts of an invented release: small enough to enumerate, with every kind of edge. Its alleles only resemble real
/// ones.
pub struct SmallTables {
    pub names: String,
    pub g: String,
    pub p: String,
    pub serology: String,
    pub splits: String,
}

impl SmallTables {
    pub fn tables(&self) -> Tables<'_> {
        Tables {
            names: &self.names,
            g_groups: Some(&self.g),
            p_groups: Some(&self.p),
            serology: Some(&self.serology),
            splits: Some(&self.splits),
        }
    }
}

/// `(locus, allele, G group or "", P group or "", the four serology columns)`
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ALLELES: &[Line] = &[
    // A: a family with a null, a low and a questionable one; two families under one broad antigen; an associated one.
    ("A*", "02:01:01:01", "02:01:01", "02:01", "2;;;"), ("A*", "02:01:01:02L", "02:01:01", "02:01", ";;0/2;"),
    ("A*", "02:01:02", "", "02:01", "2;;;"), ("A*", "02:03", "", "", "203;;;"),
    ("A*", "02:05", "02:01:01", "02:01", ";;2;"), ("A*", "02:06", "", "", ";2/23;;"),
    ("A*", "02:09N", "02:01:01", "", "0;;;"),
    ("A*", "23:01", "", "", "23;;;"), ("A*", "23:02", "", "", ";;23;24"), ("A*", "24:02:01", "24:02:01", "24:02", "24;;;"),
    ("A*", "24:02:02Q", "24:02:01", "24:02", ";;;0/24"), ("A*", "24:03", "", "", "2403;;;"),
    ("A*", "24:09N", "24:02:01", "", "0;;;"), ("A*", "24:10", "", "", "9;;;"), ("A*", "24:11", "", "24:02", "9;;;"),
    // B: broad 15 with splits, a variant under a broad antigen, alleles known only by family.
    ("B*", "15:01:01", "15:01:01", "15:01", "62;;;"), ("B*", "15:02", "", "", "75;;;"), ("B*", "15:03", "", "", ";;15/70;"),
    ("B*", "15:04", "", "", "?;;;"), ("B*", "15:08", "", "", "75;;;62"), ("B*", "15:20N", "15:01:01", "", "0;;;"),
    ("B*", "49:01", "", "", "49;;;"), ("B*", "50:01", "", "", "50;;;"), ("B*", "40:05", "", "", "4005;;;"),
    ("B*", "07:02:01", "07:02:01", "07:02", "7;;;"), ("B*", "07:02:02", "", "07:02", ";;7;"), ("B*", "07:05", "", "", "7;;;"),
    // C: one without serology above 10, one with an expert's.
    ("C*", "03:03", "", "", "9;;;"), ("C*", "03:04", "", "", "10;;;"), ("C*", "03:05", "", "", "3;;;"),
    ("C*", "12:02", "", "", "?;;;"), ("C*", "12:03", "", "", "?;;;"), ("C*", "14:02", "", "", "?;;;1"), ("C*", "01:02", "", "", "1;;;"),
    // DRB1: P group neighbours, a null, a broad 3.
    ("DRB1*", "03:01", "", "", "17;;;"), ("DRB1*", "03:02", "", "", "18;;;"), ("DRB1*", "03:03", "", "", ";;3;"),
    ("DRB1*", "04:01:01", "04:01:01", "04:01", "4;;;"), ("DRB1*", "04:01:02", "", "04:01", "4;;;"),
    ("DRB1*", "04:05", "", "", "4;;;"), ("DRB1*", "04:07N", "04:01:01", "", "0;;;"), ("DRB1*", "14:01", "14:01:01", "14:01", "14;;;"),
    ("DRB1*", "14:54", "14:01:01", "14:01", "14;;;"), ("DRB1*", "14:04", "", "", "1404;;;"),
    ("DQB1*", "02:01", "", "", "2;;;"), ("DQB1*", "02:02", "", "", "2;;;"), ("DQB1*", "03:01", "", "", "7;;;"),
    ("DQB1*", "03:02", "", "", "8;;;"), ("DQB1*", "03:10", "", "", ";;3;"),
    ("DRB4*", "01:01", "", "", "53;;;"), ("DRB4*", "01:02N", "", "", "0;;;"),
    ("DPB1*", "02:01", "", "", "?;;;"), ("DPB1*", "1096:01", "", "", "?;;;"),
];

const ANTIGENS: &[(&str, &str)] = &[
    ("A", "2 9 23 24 203 2403 "),
    ("B", "7 15 21 49 50 62 70 71 72 75 4005 "),
    ("Cw", "1 3 9 10 "),
    ("DR", "3 4 14 17 18 53 1404 "),
    ("DQ", "2 3 7 8 "),
];

/// The invented tables.
pub fn small_tables() -> SmallTables {
    let mut names = head("hla_nom.txt");
    for (prefix, numbers) in ANTIGENS {
        for n in numbers.split_whitespace() {
            names += &format!("{prefix};{n};20000101;;;\n");
        }
    }
    names += "Cw;11;19871121;19911114;1;Sequence error\n";
    let mut serology = head("rel_dna_ser.txt");
    let mut groups: [std::collections::BTreeMap<(&str, &str), Vec<&str>>; 2] = Default::default();
    let mut alone = [String::new(), String::new()];
    for (locus, name, g, p, ser) in ALLELES {
        names += &format!("{locus};{name};20000101;;;\n");
        serology += &format!("{locus};{name};{ser}\n");
        for (at, group) in [(0, g), (1, p)] {
            if !group.is_empty() {
                groups[at].entry((locus, group)).or_default().push(name);
            } else if at == 0 || !name.ends_with('N') {
                alone[at] += &format!("{locus};{name};\n");
            }
        }
    }
    names += "A*;02:04;20000101;20010101;02:01:02;Sequence identical\nA*;0299;20000101;20010101;02:04;Sequence renamed\n";
    names += "A*;02:08;20000101;20010101;;Sequence error\nMICA*;002;20000101;;;\n";
    let mut grouped = [head("hla_nom_g.txt"), head("hla_nom_p.txt")];
    for at in 0..2 {
        for ((locus, group), members) in &groups[at] {
            grouped[at] += &format!("{locus};{};{group}{}\n", members.join("/"), ["G", "P"][at]);
        }
        grouped[at] += &alone[at];
    }
    let splits = head("rel_ser_ser.txt")
        + "A;9;23/24;\nA;24;;2403\nA;2;;203\nB;15;62/75;\nB;21;49/50;4005\nB;70;71/72;\nCw;3;9/10;\nDR;3;17/18;\nDR;14;;1404\nDQ;3;7/8;";
    let [g, p] = grouped;
    SmallTables { names, g, p, serology, splits }
}

/// The invented release, made once.
pub fn small() -> &'static Release {
    static SMALL: OnceLock<Release> = OnceLock::new();
    SMALL.get_or_init(|| Release::parse(small_tables().tables()).expect("the invented tables are sound"))
}

//! A release is read whole or refused with its table and line; names map to what they are today.

use crate::support::{SmallTables, real, small, small_tables};
use hla::nomenclature::{Found, RowFault};
use hla::{AlleleName, Locus, Release, ReleaseError, Table, Tables};

fn name(text: &str) -> AlleleName {
    AlleleName::parse(text).expect(text)
}

#[test]
fn a_small_release_says_what_it_is() {
    let r = small();
    assert_eq!((r.version(), r.date()), (Some("0.1.0"), Some("2000-01-01")));
    assert!(r.missing().is_empty());
    assert_eq!(r.alleles_beginning(Locus::A, &name("02:01")).len(), 3);
    assert!(r.has_family(Locus::B, 15) && !r.has_family(Locus::B, 16));
}

#[test]
fn only_the_names_are_required() {
    let texts = small_tables();
    let r = Release::parse(Tables { names: &texts.names, ..Tables::default() }).unwrap();
    assert_eq!(r.missing(), [Table::GGroups, Table::PGroups, Table::Serology, Table::Splits]);
    assert!(r.is_loaded());
}

#[test]
fn hidden_suffixes_are_told() {
    let r = small();
    assert_eq!(r.find(Locus::A, &name("24:09")), Found::OtherSuffix(vec![name("24:09N")]));
    assert_eq!(r.find(Locus::A, &name("24:09N")), Found::Known);
    assert_eq!(r.find(Locus::A, &name("24:02")), Found::Known, "an unsuffixed allele begins so");
    assert_eq!(r.find(Locus::A, &name("02:01L")), Found::Known);
    assert_eq!(r.find(Locus::A, &name("02:01N")), Found::OtherSuffix(vec![name("02:01"), name("02:01L")]));
    assert_eq!(r.find(Locus::A, &name("99:01")), Found::Unknown);
}

#[test]
fn former_names_lead_to_present_ones() {
    let r = small();
    assert_eq!(r.find(Locus::A, &name("02:04")), Found::Renamed(name("02:01:02")));
    assert_eq!(
        r.find_former(Locus::A, "0299"),
        Some(Found::Renamed(name("02:01:02"))),
        "by way of another former name"
    );
    assert_eq!(r.find(Locus::A, &name("02:08")), Found::Withdrawn);
    assert_eq!(r.antigen_renamed(Locus::C, 11), Some(1));
}

fn refused(change: impl FnOnce(&mut SmallTables)) -> ReleaseError {
    let mut texts = small_tables();
    change(&mut texts);
    Release::parse(texts.tables()).expect_err("it must be refused")
}

#[test]
fn bad_tables_are_refused_with_table_and_line() {
    let row = |table, line, fault| ReleaseError::Row { table, line, fault };
    assert_eq!(
        refused(|t| t.p = t.p.replace("0.1.0", "0.2.0")),
        ReleaseError::VersionsDiffer {
            table: Table::PGroups,
            expected: "0.1.0".into(),
            found: "0.2.0".into()
        }
    );
    assert_eq!(
        refused(|t| t.names = "A*;02:01;;;;\n".into()),
        ReleaseError::NoVersion { table: Table::Names }
    );
    assert_eq!(
        refused(|t| t.names = t.names.lines().take(3).map(|l| format!("{l}\n")).collect()),
        ReleaseError::Empty
    );
    assert_eq!(
        refused(|t| t.names.insert_str(t.names.find("A;2;").unwrap(), "A*;0x:01;1;;;\n")),
        row(Table::Names, 4, RowFault::Name)
    );
    assert_eq!(refused(|t| t.splits += "\nDQ;x;5/6;"), row(Table::Splits, 14, RowFault::Number));
    assert_eq!(refused(|t| t.splits += "\nDQ;1"), row(Table::Splits, 14, RowFault::Columns));
    let lines = small_tables().p.lines().count();
    assert_eq!(refused(|t| t.p += "A*;77:01;\n"), row(Table::PGroups, lines + 1, RowFault::UnknownAllele));
    assert_eq!(refused(|t| t.p += "A*;02:03;\n"), row(Table::PGroups, lines + 1, RowFault::Repeated));
}

#[test]
fn a_table_that_was_cut_off_is_refused() {
    let cut = |text: &str| {
        text.lines().take(text.lines().count() - 1).map(|l| format!("{l}\n")).collect::<String>()
    };
    for table in [Table::GGroups, Table::PGroups, Table::Serology] {
        let error = refused(|t| {
            let text = match table {
                Table::GGroups => &mut t.g,
                Table::PGroups => &mut t.p,
                _ => &mut t.serology,
            };
            *text = cut(text);
        });
        assert_eq!(error, ReleaseError::Incomplete { table, first: "DPB1*1096:01".into(), count: 1 });
    }
}

#[test]
fn the_real_release_loads() {
    let Some(r) = real() else { return };
    assert_eq!((r.version(), r.date()), (Some("3.58.0"), Some("2024-10-09")));
    assert!(r.missing().is_empty());
    // Counted in the names' table with another tool: rows of these genes without a deletion date.
    assert_eq!(r.alleles(Locus::A).len(), 8472);
    assert_eq!(r.alleles(Locus::Drb1).len(), 3751);
    assert_eq!(r.find(Locus::A, &name("24:09")), Found::OtherSuffix(vec![name("24:09N")]));
    assert_eq!(r.find_former(Locus::C, "0422"), Some(Found::Renamed(name("04:15:02"))));
    assert_eq!(r.find_former(Locus::C, "1301"), Some(Found::Withdrawn));
    let members = r.g_group(Locus::A, &name("01:01:01")).map(|a| a.name.to_string()).collect::<Vec<_>>();
    assert!(members.contains(&"01:01:01:02N".to_owned()) && members.contains(&"01:37:01:02".to_owned()));
}

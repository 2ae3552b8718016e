//! Tables of the nomenclature: refused, or a release that can be asked for everything.
#![no_main]

use fuzz::APART;
use hla::typing::Reader;
use hla::{Locus, Release, Tables};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.split(APART);
    let names = parts.next().unwrap_or_default();
    let tables = Tables {
        names,
        g_groups: parts.next().filter(|text| !text.is_empty()),
        p_groups: parts.next().filter(|text| !text.is_empty()),
        serology: parts.next().filter(|text| !text.is_empty()),
        splits: parts.next().filter(|text| !text.is_empty()),
    };
    let Ok(release) = Release::parse(tables) else { return };
    assert!(release.is_loaded());
    let reader = Reader::new(&release);
    for locus in Locus::ALL {
        for allele in release.alleles(locus) {
            assert!(release.has_family(locus, allele.name.family()));
            // Every allele of the release is a typing that it reads, and writes as it is.
            let text = format!("{locus}*{}", allele.name);
            if allele.name.fields().len() > 1 {
                let read = reader.typing(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(read.typing.to_string(), text);
            }
        }
        for group in release.g_groups(locus).chain(release.p_groups(locus)) {
            let _ = (release.g_group(locus, &group).count(), release.find(locus, &group));
        }
        for (_, splits) in release.splits(locus).chain(release.associated(locus)) {
            assert!(!splits.is_empty());
        }
        for antigen in release.antigens(locus) {
            assert!(release.has_antigen(locus, antigen));
        }
    }
});

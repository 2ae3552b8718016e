//! A typing in any notation: what is read writes a GL String that reads back as the same typing.
#![no_main]

use fuzz::{CODES, no_release, support};
use hla::Locus;
use hla::typing::{Call, Kind, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for reader in [
        Reader::new(no_release()),
        Reader::new(no_release()).with_codes(&CODES),
        Reader::new(support::small()).with_codes(&CODES),
    ] {
        match reader.typing(text) {
            Ok(read) => {
                let written = read.typing.to_string();
                let again =
                    reader.typing(&written).unwrap_or_else(|error| panic!("{text:?} {written:?}: {error}"));
                assert_eq!(again.typing, read.typing, "{text:?} was written as {written:?}");
                assert_eq!(again.typing.to_string(), written);
                assert!(reader.check(&read.typing).is_ok(), "{text:?}");
            }
            Err(error) => {
                // The place is in the text, and between characters.
                assert!(text.get(error.at..error.at + error.len).is_some(), "{text:?}: {error}");
            }
        }
        let (first, second) = text.split_once('\n').unwrap_or((text, ""));
        for locus in [Locus::A, Locus::C, Locus::Drb1, Locus::Drb4, Locus::Dpb1] {
            for kind in [Kind::Dna, Kind::Serology, Kind::Either] {
                if let Ok((genotype, _)) = reader.fields(locus, kind, first, second) {
                    let field = |call: &Call| hla::typing::At(locus, call).to_string();
                    let fields =
                        (field(&genotype.first), genotype.second.as_ref().map(field).unwrap_or_default());
                    let (again, _) = reader
                        .fields(locus, kind, &fields.0, &fields.1)
                        .unwrap_or_else(|error| panic!("{locus} {kind:?} {text:?} {fields:?}: {error:?}"));
                    assert_eq!(again, genotype, "{locus} {kind:?} {text:?} {fields:?}");
                }
            }
        }
    }
});

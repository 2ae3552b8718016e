//! Every notation is read, written and read again alike; what can't be read is refused with its place.

use crate::support::{real, small};
use hla::nomenclature::Release;
use hla::typing::{Call, CodeTable, Fault, Kind, Notice};
use hla::{Locus, Reader, Typing};
use proptest::prelude::*;

fn shown(text: &str) -> String {
    let typing = Reader::new(small()).typing(text).unwrap_or_else(|e| panic!("{text}: {e}")).typing;
    let again = Reader::new(small()).typing(&typing.to_string()).expect("what is written can be read").typing;
    assert_eq!(again, typing, "{text}");
    typing.to_string()
}

/// Fault, the part that it points at, and the suggestion.
fn refused(text: &str) -> (Fault, &str, Option<String>) {
    let e = Reader::new(small()).typing(text).expect_err(text);
    (e.fault, &text[e.at..e.at + e.len], e.suggestion)
}

#[test]
fn every_notation_is_read() {
    for (text, gl) in [
        ("A*02:01+A*24:02", "A*02:01+A*24:02"),
        ("HLA-A*02:01:01:02L+HLA-A*24:02", "A*02:01:01:02L+A*24:02"),
        ("hla-a*02:01 hla-a*24:02", "A*02:01+A*24:02"),
        ("A*0201, A*240201", "A*02:01+A*24:02:01"),
        ("A*0201,2402", "A*02:01+A*24:02"),
        ("A2, A24", "A2+A24"),
        ("A2,24; B62 B49", "A2+A24^B62+B49"),
        ("A2403 A9", "A2403+A9"),
        ("A23(9)+A24(9)", "A23+A24"),
        ("Cw9 Cw10 DR17 DR4 DQ7", "Cw9+Cw10^DR17+DR4^DQ7"),
        ("DR53", "DR53"),
        ("A*02:XX+A*24", "A*02:XX+A*24:XX"),
        ("A*02:01:01G+A*24:02P", "A*02:01:01G+A*24:02P"),
        ("A*02:01/05+A*24:02", "A*02:01/A*02:05+A*24:02"),
        ("A*02:01/23:01", "A*02:01/A*23:01"),
        ("A*02:01:01G/02+A*24:02", "A*02:01:01G/A*02:01:02+A*24:02"),
        ("A*02:01P/03/05+A*24:02", "A*02:01P/A*02:03/A*02:05+A*24:02"),
        ("A*02:04/05+A*24:02", "A*02:01:02/A*02:05+A*24:02"),
        ("A*0201/03/05+A*24:02", "A*02:01/A*02:03/A*02:05+A*24:02"),
        ("A*24:09N/02+A*02:01", "A*24:09N/A*24:02+A*02:01"),
        ("A24/A*24:XX+A2", "A24/A*24:XX+A2"),
        ("A*02:01/A*02:05+A*24:02|A*02:03+A*24:03", "A*02:01/A*02:05+A*24:02|A*02:03+A*24:03"),
        ("A*02:01~B*07:02+A*24:02~B*15:01", "A*02:01+A*24:02^B*07:02+B*15:01"),
        ("A*02:01+A*24:02^A2+A24", "A*02:01+A*24:02^A2+A24"),
        ("A*02:01,-\n B*07:02, B*15:01", "A*02:01^B*07:02+B*15:01"),
        ("A*24:09N+A*02:01", "A*24:09N+A*02:01"),
        ("A*02:01+A24", "A*02:01+A24"),
        ("DPB1*1096:01", "DPB1*1096:01"),
        ("A2 Bw6 B7", "A2^B7"),
        ("DRB1*04:05+DR4", "DRB1*04:05+DR4"),
        ("DRB1*04:05 - DR4", "DRB1*04:05^DR4"),
        ("DRB1*04:05 DRB1*04:05 DR4", "DRB1*04:05+DRB1*04:05^DR4"),
        ("DRB1*04:05 DR4 DR4", "DRB1*04:05^DR4+DR4"),
        ("DRB1*04:05^DR4", "DRB1*04:05^DR4"),
    ] {
        assert_eq!(shown(text), gl, "{text}");
    }
}

#[test]
fn faults_have_a_place_and_a_suggestion() {
    let s = |t: &str| Some(t.to_owned());
    assert_eq!(refused(""), (Fault::Empty, "", None));
    assert_eq!(refused("A*24:09+A*02:01"), (Fault::OtherSuffix, "24:09", s("A*24:09N")));
    assert_eq!(refused("A*02:01:01:02"), (Fault::OtherSuffix, "02:01:01:02", s("A*02:01:01:02L")));
    assert_eq!(refused("A*02:01 A*02:77"), (Fault::UnknownAllele, "02:77", s("A*02:XX")));
    assert_eq!(refused("B*15:01:09+B*07:02"), (Fault::UnknownAllele, "15:01:09", s("B*15:01")));
    assert_eq!(refused("A*99:01"), (Fault::UnknownAllele, "99:01", None));
    assert_eq!(refused("A*99:XX"), (Fault::UnknownFamily, "99:XX", None));
    assert_eq!(refused("A*02:01G"), (Fault::UnknownGroup, "02:01G", s("A*02:01:01G")));
    assert_eq!(refused("A*02:03P"), (Fault::UnknownGroup, "02:03P", s("A*02:03")));
    assert_eq!(refused("A2, A5"), (Fault::UnknownAntigen, "5", None));
    assert_eq!(refused("A25(9)"), (Fault::UnknownAntigen, "25(9)", None));
    assert_eq!(refused("A2(9)"), (Fault::WrongBroad, "2(9)", None));
    assert_eq!(refused("DR*04:01"), (Fault::UnknownLocus, "DR", s("DRB1*04:01")));
    assert_eq!(refused("X*04:01"), (Fault::UnknownLocus, "X", None));
    assert_eq!(refused("A*02:08"), (Fault::Withdrawn, "02:08", None));
    assert_eq!(refused("A*02:AB"), (Fault::NoCodeTable, "02:AB", None));
    assert_eq!(refused("A02:01"), (Fault::Malformed, "A02:01", s("A*02:01")));
    assert_eq!(refused("A*2:1"), (Fault::Malformed, "2:1", s("A*02:01")));
    assert_eq!(refused("A*02:01+B*07:02"), (Fault::MixedLoci, "A*02:01+B*07:02", None));
    for (list, place) in [("A*02:XX/03", "03"), ("A*02/03", "03"), ("A*02:01/XX", "XX")] {
        assert_eq!(
            refused(list),
            (Fault::Malformed, place, None),
            "nothing to take the rest of the name from"
        );
    }
    assert_eq!(refused("A*02:01/77+A*24:02"), (Fault::UnknownAllele, "77", s("A*02:XX")));
    assert_eq!(refused("A24/B*15:XX").0, Fault::MixedLoci);
    assert_eq!(refused("A24/A2"), (Fault::Malformed, "A2", None), "serology sees one antigen");
    assert_eq!(refused("A*02:01/B*07:02"), (Fault::MixedLoci, "B*07:02", s("A*07:02")));
    assert_eq!(refused("A*02:01 A*02:03 A*23:01").0, Fault::TooManyCalls);
    assert_eq!(refused("A*02:01+A*02:03+A*23:01").0, Fault::TooManyCalls);
    assert_eq!(refused("A*02:01^A*02:03").0, Fault::LocusTwice);
    assert_eq!(refused("A*02:01+"), (Fault::Empty, "", None));
    assert_eq!(refused("A*02:01~B*07:02+A*24:02").0, Fault::Malformed, "a chromosome lacks its B");
    let haplotype = "A*02:01~B*07:02~DRB1*03:01";
    assert_eq!(
        refused(haplotype),
        (Fault::LoneHaplotype, haplotype, None),
        "nobody is said to be homozygous"
    );
    assert_eq!(refused("A*02:01+A*24:02^B*07:02~C*03:03").0, Fault::LoneHaplotype);
    assert_eq!(refused("B7 DRB1*04:05, DR3 A2"), (Fault::MixedPair, "DRB1*04:05, DR3", s("DRB1*04:05+DR3")));
    assert_eq!(refused("DR4 DRB1*04:05"), (Fault::MixedPair, "DR4 DRB1*04:05", s("DRB1*04:05+DR4")));
    assert_eq!(refused("A*02:01 A2 A24").0, Fault::MixedPair);
    for text in [
        "*",
        "A*",
        "A**",
        "A*:",
        "A*02::01",
        "A*02:01:01:01:01",
        "A*/",
        "A*02:01/",
        "(",
        "A(2)",
        "A2(",
        "é*é",
        "A*é",
        "HLA-",
        "24:02",
        "A*02:01Z",
        "+",
        "^",
        "~",
        "A*020",
    ] {
        assert!(Reader::new(small()).typing(text).is_err(), "{text}");
    }
}

#[test]
fn dna_and_serology_must_agree() {
    assert_eq!(refused("A*02:01+A*24:02^A2+A23").0, Fault::Contradiction);
    assert_eq!(refused("A*02:01+A*24:02^A23").0, Fault::Contradiction);
    assert_eq!(refused("A*24:09N+A*02:01^A24+A2").0, Fault::Contradiction, "a null shows no antigen");
    assert_eq!(refused("A*24:09N+A*23:01^A2").0, Fault::Contradiction, "the antigen must come from someone");
    for fine in [
        "A*02:01+A*24:02^A2+A24",
        "A*02:01+A*24:02^A9+A2",
        "A*02:01+A*24:02^A2",
        "A*24:09N+A*02:01^A2",
        "A*24:09N+A*02:01^A2+A2",
        "A*02:03+A*24:03^A2+A24",
    ] {
        shown(fine);
    }
}

#[test]
fn notices_tell_what_was_read_otherwise() {
    let notices = |text: &str| Reader::new(small()).typing(text).expect(text).notices;
    let renamed =
        |at, from: &str, to: &str| Notice::Renamed { at, locus: Locus::A, from: from.into(), to: to.into() };
    let old = |at, read_as: &str| Notice::OldNotation { at, read_as: read_as.into() };
    assert_eq!(notices("A*23:01+A*02:04"), [renamed(10, "A*02:04", "A*02:01:02")]);
    assert_eq!(notices("A*0299+A*23:01"), [renamed(2, "A*0299", "A*02:01:02")]);
    let renamed_antigen = Notice::Renamed { at: 2, locus: Locus::C, from: "Cw11".into(), to: "Cw1".into() };
    let twice = |call: &str| Notice::TakenTwice { locus: Locus::A, call: call.into() };
    assert_eq!(notices("A*0201,2402"), [old(2, "A*02:01"), old(7, "A*24:02")]);
    assert_eq!(notices("B7 Bw6"), [Notice::PublicEpitope { at: 3 }]);
    assert_eq!(notices("Cw11"), [renamed_antigen]);
    assert_eq!(notices("A*02:01+A*24:02"), []);
    assert_eq!(notices("A*02:01"), [twice("A*02:01")]);
    assert_eq!(notices("A*02:01/02:05 - B7"), [twice("A*02:01/A*02:05")]);
    assert_eq!(notices("A2"), [], "a second antigen is unknown, not the same");
}

#[test]
fn full_width_text_is_read_and_faults_keep_their_place() {
    for text in [
        "Ａ＊０２：０１＋Ａ＊２４：０２",
        "HLA-A*02：01，A*24：02",
        "A*02:01、A*24:02；",
        "Ａ*02:01\u{3000}24:02",
    ] {
        assert_eq!(shown(text), "A*02:01+A*24:02", "{text}");
    }
    assert_eq!(shown("A2，A24；B62、B49"), "A2+A24^B62+B49");
    assert_eq!(
        refused("Ａ＊０２：０１，Ａ＊０２：７７"),
        (Fault::UnknownAllele, "０２：７７", Some("A*02:XX".into()))
    );
    assert_eq!(refused("A2，Ａ５").1, "５");
    assert_eq!(refused("分型：Ａ２").0, Fault::UnknownLocus);
    let notices = Reader::new(small()).typing("Ａ２４，Ａ２；Ｂｗ６").unwrap().notices;
    assert_eq!(notices, [Notice::PublicEpitope { at: 21 }]);
    let reader = Reader::new(small());
    let read = |a: &str, b: &str| reader.fields(Locus::A, Kind::Either, a, b);
    assert_eq!(read("０２０３", "－").unwrap().0, read("0203", "-").unwrap().0);
    let (error, field) = read("02:01", "Ａ＊０２：７７").unwrap_err();
    assert_eq!((error.at, error.len, field), (6, 15, 1));
}

#[test]
fn codes_come_from_the_operators_table() {
    let table = "\tAB\t01/05/09/77\n*\tZZ\t23:01/24:02\n*\tDXYZ\t02:01/02:9999\n*\tSUFX\t24:02/24:09\n*\tOLD\t02:03/02:04/02:08\n";
    let codes = CodeTable::parse(table).unwrap();
    let reader = Reader::new(small()).with_codes(&codes);
    assert_eq!(reader.typing("A*02:AB+A*24:02").unwrap().typing.to_string(), "A*02:AB+A*24:02");
    assert_eq!(reader.typing("A*02:AC").unwrap_err().fault, Fault::UnknownCode);
    assert_eq!(reader.typing("A*02:ZZ").unwrap_err().fault, Fault::CodeImpossible);
    assert_eq!(reader.typing("A*77:AB").unwrap_err().fault, Fault::UnknownFamily);
    assert_eq!(reader.typing("A*23:ZZ+A*23:ZZ").unwrap().typing.to_string(), "A*23:ZZ+A*23:ZZ");
    let stands_for = |text: &str| {
        let typing = reader.typing(text).expect(text).typing;
        let Some(Call::Code { alleles, .. }) = typing.get(Locus::A).map(|at| at.dna[0].first.clone()) else {
            panic!("{text}")
        };
        alleles.iter().map(ToString::to_string).collect::<Vec<_>>().join("/")
    };
    assert_eq!(
        stands_for("A*02:AB+A*24:02"),
        "02:01/02:05/02:09N",
        "the family has no 02:77: it is not meant"
    );
    assert_eq!(stands_for("A*02:DXYZ+A*24:02"), "02:01/02:9999", "what is named is meant, known or not");
    assert_eq!(stands_for("A*24:SUFX+A*24:02"), "24:02/24:09N");
    assert_eq!(stands_for("A*02:OLD+A*24:02"), "02:01:02/02:03", "renamed and withdrawn ones");
}

#[test]
fn a_list_that_was_stored_keeps_what_this_release_lacks() {
    let reader = Reader::new(small());
    let text = "A*02:01/A*02:9999+A*24:02";
    assert_eq!(reader.typing(text).unwrap_err().fault, Fault::UnknownAllele);
    assert_eq!(reader.of_stored().typing(text).unwrap().typing.to_string(), text);
    assert_eq!(reader.of_stored().typing("A*02:9999+A*24:02").unwrap_err().fault, Fault::UnknownAllele);
}

#[test]
fn fields_of_an_exchange_format_need_no_gene() {
    let reader = Reader::new(small());
    let read = |kind, a: &str, b: &str| reader.fields(Locus::A, kind, a, b);
    assert_eq!(read(Kind::Dna, "02:01", "").unwrap().0.second, None);
    assert_eq!(read(Kind::Dna, "02:01", "A*24:02").unwrap().0.calls().count(), 2);
    assert!(read(Kind::Serology, "2", "24").unwrap().0.is_serology());
    assert_eq!(read(Kind::Dna, "02:01", "B*07:02").unwrap_err().1, 1);
    assert_eq!(read(Kind::Dna, "", "02:01").unwrap_err().0.fault, Fault::Empty);
    assert_eq!(read(Kind::Serology, "24:02", "").unwrap_err().0.fault, Fault::Malformed);
}

#[test]
fn a_column_that_may_hold_either_is_read_by_what_stands_in_it() {
    let reader = Reader::new(small());
    let read = |locus, a: &str, b: &str| {
        let (genotype, _) =
            reader.fields(locus, Kind::Either, a, b).unwrap_or_else(|e| panic!("{a} {b}: {e:?}"));
        let mut typing = Typing::default();
        typing.add(locus, genotype);
        let again = reader.typing(&typing.to_string()).expect("what is written can be read").typing;
        assert_eq!(again, typing);
        typing.to_string()
    };
    assert_eq!(read(Locus::A, "0203", "0201"), "A*02:03+A*02:01", "not A203");
    assert_eq!(read(Locus::A, "0203", ""), "A*02:03");
    assert_eq!(read(Locus::A, "203", "2"), "A203+A2");
    assert_eq!(read(Locus::A, "2403", "2"), "A2403+A2");
    assert_eq!(read(Locus::A, "2403", "0201"), "A*24:03+A*02:01", "beside DNA it is DNA");
    assert_eq!(read(Locus::A, "2403", "02:01"), "A*24:03+A*02:01");
    assert_eq!(read(Locus::A, "2403", "2402"), "A*24:03+A*24:02", "2402 is no antigen");
    assert_eq!(read(Locus::A, "24", "02:01"), "A*24:XX+A*02:01");
    assert_eq!(read(Locus::A, "24", "2"), "A24/A*24:XX+A2");
    assert_eq!(read(Locus::A, "24", "02"), "A24/A*24:XX+A2/A*02:XX");
    assert_eq!(read(Locus::B, "62", "15"), "B62+B15/B*15:XX", "there is no family B*62");
    assert_eq!(read(Locus::C, "11", "12"), "Cw1+Cw12/C*12:XX");
    assert_eq!(reader.fields(Locus::A, Kind::Either, "99", "").unwrap_err().0.fault, Fault::UnknownAntigen);
    let none = Release::none();
    let bare = Reader::new(&none).fields(Locus::B, Kind::Either, "15", "").unwrap().0;
    assert_eq!(bare.first, Call::AnyOf(vec![Call::Antigen(15), Call::Family(15)]));
    let of = |locus, number: &str| {
        Reader::new(&none).fields(locus, Kind::Serology, number, "").map_err(|(error, _)| error.fault)
    };
    assert_eq!(of(Locus::Drb4, "53").unwrap().0.first, Call::Antigen(53));
    assert_eq!(of(Locus::Drb1, "9").unwrap().0.first, Call::Antigen(9));
    for (locus, number) in [(Locus::Drb4, "24"), (Locus::Drb3, "53"), (Locus::Drb1, "53"), (Locus::Dqa1, "5")]
    {
        assert_eq!(of(locus, number), Err(Fault::UnknownAntigen), "{locus} {number}");
    }
}

#[test]
fn without_a_release_names_are_taken_on_trust() {
    let none = Release::none();
    let reader = Reader::new(&none);
    for text in ["A*02:01+A*99:99", "A*0201+A*24:09N", "A*02:XX+A24", "A*01:01:01G+A*01:01P", "B62+B75"] {
        let typing = reader.typing(text).unwrap_or_else(|e| panic!("{text}: {e}")).typing;
        assert_eq!(reader.typing(&typing.to_string()).unwrap().typing, typing);
    }
    assert!(reader.typing("A*2:1").is_err());
}

#[test]
fn real_names_are_read() {
    let Some(release) = real() else { return };
    let reader = Reader::new(release);
    let one =
        |text: &str| reader.typing(text).map(|r| r.typing.to_string()).map_err(|e| (e.fault, e.suggestion));
    assert_eq!(one("A*24:09"), Err((Fault::OtherSuffix, Some("A*24:09N".into()))));
    assert_eq!(one("A*9201"), Ok("A*02:101".into()));
    assert_eq!(one("B*9530"), Ok("B*15:27:02".into()));
    assert_eq!(one("A*0105N"), Ok("A*01:04:01:01N".into()));
    assert_eq!(one("Cw*0422"), Ok("C*04:15:02".into()));
    assert_eq!(one("B*15:01+B*15:02^B62(15)+B75(15)"), Ok("B*15:01+B*15:02^B62+B75".into()));
    assert_eq!(one("Cw12+Cw7"), Ok("Cw12+Cw7".into()));
    assert_eq!(one("DRB1*03:01+DRB1*15:01^DR17+DR51").unwrap_err().0, Fault::MixedLoci);
    for locus in Locus::ALL {
        for allele in release.alleles(locus) {
            let text = format!("{locus}*{}", allele.name);
            assert_eq!(one(&text), Ok(text.clone()));
        }
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("A*02:01".to_owned()),
        Just("24:09N".to_owned()),
        Just("HLA-".to_owned()),
        Just("B62".to_owned()),
        Just("*".to_owned()),
        Just(":".to_owned()),
        Just("/".to_owned()),
        Just("+".to_owned()),
        Just("^".to_owned()),
        Just("|".to_owned()),
        Just("~".to_owned()),
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just(" ".to_owned()),
        Just("G".to_owned()),
        Just("02".to_owned()),
        Just("XX".to_owned()),
        Just("é".to_owned()),
        Just("：".to_owned()),
        Just("Ａ".to_owned()),
        Just("、".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|p| p.concat())
}

proptest! {
    #![proptest_config(crate::support::cases(4_000))]

    /// No text makes the reader panic, its places are within the text, and what it reads it can write and read.
    #[test]
    fn any_text_is_read_or_refused(text in pieces()) {
        match Reader::new(small()).typing(&text) {
            Ok(reading) => {
                let written = reading.typing.to_string();
                prop_assert_eq!(Reader::new(small()).typing(&written).map(|r| r.typing), Ok(reading.typing));
            }
            Err(e) => prop_assert!(text.get(e.at..e.at + e.len).is_some(), "{:?}", e),
        }
    }
}

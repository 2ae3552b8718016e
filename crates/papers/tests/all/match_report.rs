//! The match report: a draft says so on every page, a signed one does not, and both keep to their format.

use lopdf::Document;
use papers::{MatchPaper, PaperGrade, PaperLang, PaperLocus, PaperUnit, match_report_pdf};

fn locus(typing: &str, grades: [PaperGrade; 2]) -> PaperLocus {
    PaperLocus { typing: typing.into(), grades }
}

/// A report of so many units.
pub fn report(lang: PaperLang, units: usize, draft: bool) -> MatchPaper {
    use PaperGrade::{Allele, Antigen, Mismatch, Potential, PotentialAntigen, Unknown};
    let unit = |n: usize| PaperUnit {
        title: format!("{n}. CN{n:06} · CN07"),
        matches: "6 个位点中 5 个确定相合 · GvH 1 · HvG 1".into(),
        lines: vec!["每千克体重：TNC 4.21×10⁷".into(), "血型 A（血型相同）；采集 2020-02-29".into()],
        warnings: vec!["警示：患者有针对 A24 的抗体。".into()],
        why: "排在前一份之后：有核细胞较少。".into(),
        loci: [
            locus("A*02:01 + A*24:02", [Allele, Allele]),
            locus("B*15:01/ B*15:12/ B*15:19 + B*46:01", [Allele, Potential]),
            locus("—", [Unknown, Unknown]),
            locus("DRB1*09:01 + DRB1*14:54", [Antigen, Mismatch]),
            locus("DQ7", [PotentialAntigen, Mismatch]),
        ],
    };
    let grades = [Allele, Potential, Antigen, PotentialAntigen, Mismatch, Unknown];
    MatchPaper {
        lang,
        title: "组织配型初查报告".into(),
        number: "HLA2026000001".into(),
        watermark: draft.then(|| "未经复核，不得用于临床".into()),
        particulars: vec![
            ("体重".into(), "18.5 kg".into()),
            ("HLA 命名发布".into(), "IPD-IMGT/HLA 3.58.0".into()),
        ],
        patient: ["A", "B", "C", "DRB1", "DQB1"]
            .map(|l| (format!("HLA-{l}"), format!("{l}*01:01 + {l}*02:01"))),
        headings: ["患者分型".into(), "检出的脐带血".into()],
        totals: vec!["6/6：确定 2 份，可能 1 份".into()],
        units: (1..=units).map(unit).collect(),
        legend: grades.map(|grade| (grade, format!("{grade:?}"))),
        notes: vec!["本报告是检索结果，不是确认分型。".into()],
        signature: vec!["复核签名：".into()],
        created: "2026-11-22T04:00:00Z".parse().expect("a moment"),
    }
}

fn pages(pdf: &[u8]) -> usize {
    Document::load_mem(pdf).expect("a PDF").get_pages().len()
}

#[test]
fn a_report_is_a4_tagged_and_repeatable_however_long_it_is() {
    for lang in [PaperLang::Zh, PaperLang::En] {
        let one = match_report_pdf(&report(lang, 2, true)).expect("drawn");
        assert_eq!(one, match_report_pdf(&report(lang, 2, true)).expect("drawn"));
        assert_eq!(pages(&one), 1);
        let document = Document::load_mem(&one).expect("a PDF");
        let page = document.get_dictionary(document.get_pages()[&1]).expect("a page");
        let size = page.get(b"MediaBox").and_then(lopdf::Object::as_array).expect("a size");
        let side = |at: usize| size[at].as_float().expect("a number");
        assert!((side(2) - 595.276).abs() < 0.1 && (side(3) - 841.89).abs() < 0.1, "{size:?}");
        assert!(pages(&match_report_pdf(&report(lang, 40, false)).expect("drawn")) > 5);
    }
}

#[test]
fn a_draft_differs_from_a_signed_report_on_every_page() {
    let marks = |draft: bool| {
        let pdf = match_report_pdf(&report(PaperLang::Zh, 12, draft)).expect("drawn");
        let document = Document::load_mem(&pdf).expect("a PDF");
        let has = |id| {
            let content = document.get_and_decode_page_content(id).expect("content");
            content.operations.iter().any(|op| format!("{op:?}").contains("Watermark"))
        };
        document.get_pages().values().map(|id| has(*id)).collect::<Vec<bool>>()
    };
    let draft = marks(true);
    assert!(draft.len() > 1 && draft.iter().all(|marked| *marked), "{draft:?}");
    assert!(marks(false).iter().all(|marked| !marked));
}

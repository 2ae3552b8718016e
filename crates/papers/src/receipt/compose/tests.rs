//! Nothing on a laid-out receipt leaves its margins, overlaps, or gets lost.

use proptest::prelude::*;

use super::*;
use crate::receipt::{PaperDate, Recipient, checked};
use crate::sheet::PAGE_HEIGHT;

fn paper() -> ReceiptPaper {
    let both = |zh: &str, en: &str| Bilingual { zh: zh.to_owned(), en: Some(en.to_owned()) };
    let date = PaperDate { zh: "2026年11月22日".to_owned(), iso: "2026-11-22".to_owned() };
    ReceiptPaper {
        number: "HZ-2026-000128".to_owned(),
        year: 2026,
        recipient: Recipient {
            name: both("山东示例公益基金会", "Shandong Example Foundation"),
            credit_code: "533700000000000430".to_owned(),
            certificate: Some("鲁民募字第 2026001 号".to_owned()),
            plan: Some("53370000000000430A26001".to_owned()),
        },
        donor: Some("王小明".to_owned()),
        amount_fen: 10_050,
        amount_capitals: "壹佰元零伍角".to_owned(),
        fund: both("救助基金", "Aid Fund"),
        programme: Some(both("儿童移植援助", "Transplant aid")),
        channel: both("在线支付", "Online payment"),
        received: date.clone(),
        issued: date,
        handler: Some("李静".to_owned()),
        dedication: None,
        kind: PaperKind::Original,
        left_fen: None,
        replaces: None,
        replaced_by: None,
        verify_url: "https://spark.example/verify/9f86d081884c7d659a2feaa0c55ad015".to_owned(),
        seal: None,
        demo: false,
        created: "2026-11-23T01:30:00Z".parse().unwrap(),
    }
}

fn sheet(paper: &ReceiptPaper) -> Sheet {
    let paper = checked(paper).unwrap();
    receipt(&paper, &Qr::new(&paper.verify_url).unwrap(), Some((300, 200))).unwrap()
}

/// A text's box: its em boxes from the left end to the right.
fn boxes(page: &[Item]) -> Vec<(Area, String)> {
    page.iter()
        .filter_map(|item| match item {
            Item::Text { at, line, style, .. } if !line.text.trim().is_empty() => {
                let top = at.1 - style.size * 88 / 100;
                Some((Area { x: at.0, y: top, w: line.width, h: style.size }, line.text.clone()))
            }
            _ => None,
        })
        .collect()
}

fn assert_tidy(sheet: &Sheet) {
    for (index, page) in sheet.pages.iter().enumerate() {
        let boxes = boxes(page);
        for (at, (area, text)) in boxes.iter().enumerate() {
            let right = area.x + area.w;
            assert!(
                area.x >= SIDE && right <= SIDE + WIDTH + 1,
                "page {index}: {text} leaves the margins {area:?}"
            );
            assert!(
                area.y >= pt(14) && area.y + area.h <= PAGE_HEIGHT - pt(12),
                "page {index}: {text} {area:?}"
            );
            for (other, other_text) in &boxes[at + 1..] {
                let apart = right <= other.x
                    || other.x + other.w <= area.x
                    || area.y + area.h <= other.y
                    || other.y + other.h <= area.y;
                assert!(apart, "page {index}: {text} {area:?} lies on {other_text} {other:?}");
            }
        }
    }
}

/// Everything that stands on the pages, in reading order of the drawing.
fn words(sheet: &Sheet) -> String {
    sheet.pages.iter().flat_map(|page| boxes(page)).map(|(_, text)| text).collect()
}

#[test]
fn an_ordinary_receipt_has_its_planned_room_on_one_page() {
    let sheet = sheet(&paper());
    assert_eq!(sheet.pages.len(), 1);
    assert_tidy(&sheet);
    let title = sheet.pages[0].iter().find_map(|item| match item {
        Item::Text { line, style, .. } if line.text == "捐赠收据" => Some(style.size),
        _ => None,
    });
    assert_eq!(title, Some(pt(25)), "the type was not shrunk");
}

#[test]
fn a_dedication_beyond_the_page_goes_on_and_loses_nothing() {
    let dedication = "愿每一位等待移植的孩子都能等到属于自己的那份火种。".repeat(60);
    let sheet = sheet(&ReceiptPaper { dedication: Some(dedication.clone()), ..paper() });
    assert!(sheet.pages.len() > 1);
    assert_tidy(&sheet);
    let words = words(&sheet);
    assert!(
        words
            .replace(&format!("HZ-2026-000128 · 第 1 页，共 {0} 页 · Page 1 of {0}", sheet.pages.len()), "")
            .contains(&dedication)
    );
}

#[test]
fn what_went_back_stands_on_the_paper() {
    for kind in [PaperKind::Original, PaperKind::Copy] {
        let of = |left_fen| {
            let sheet = sheet(&ReceiptPaper { kind, left_fen, ..paper() });
            assert_tidy(&sheet);
            words(&sheet)
        };
        let (whole, part, none) = (of(None), of(Some(5_050)), of(Some(0)));
        assert!(!whole.contains("退回") && whole.contains("谨致谢忱"), "{kind:?}: {whole}");
        assert!(part.contains("部分退回，余 ¥50.50") && part.contains("谨致谢忱"), "{kind:?}: {part}");
        assert!(none.contains("已全部退回") && !none.contains("谨致谢忱"), "{kind:?}: {none}");
    }
}

#[test]
fn every_kind_and_mark_is_tidy() {
    for kind in [PaperKind::Original, PaperKind::Copy, PaperKind::Void, PaperKind::Replaced] {
        for demo in [false, true] {
            let chain = Some("HZ-2026-000131".to_owned());
            let paper = ReceiptPaper {
                kind,
                demo,
                replaces: chain.clone(),
                replaced_by: chain,
                donor: None,
                ..paper()
            };
            let sheet = sheet(&paper);
            assert_eq!(sheet.pages.len(), 1, "{kind:?}");
            assert_tidy(&sheet);
        }
    }
}

/// Text as people might give it: Chinese, Latin, marks, rare and foreign characters, very long words.
fn given(most: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::char::range('\u{4E00}', '\u{9FA5}'),
        3 => prop::char::range('a', 'z'),
        1 => Just(' '),
        2 => prop::sample::select("，。（）《》“”·-/[]’…—".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ];
    prop::collection::vec(character, 1..most).prop_map(|characters| {
        // At least one character that prints.
        format!("火{}", characters.into_iter().collect::<String>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_given_is_set_whole_and_inside_the_margins(
        donor in prop::option::of(given(120)),
        fund in given(80),
        programme in prop::option::of(given(80)),
        handler in prop::option::of(given(30)),
        dedication in prop::option::of(given(600)),
        number in "[A-Z0-9-]{1,60}",
        organisation in "[\u{4E00}-\u{9FA5}]{1,60}",
        amount_fen in 1..=99_999_999_999_999_i64,
    ) {
        let mut paper = ReceiptPaper { donor, handler, dedication, number, amount_fen, ..paper() };
        paper.fund.zh = fund;
        paper.programme = programme.map(|zh| Bilingual { zh, en: None });
        paper.recipient.name.zh = organisation;
        let sheet = sheet(&paper);
        assert_tidy(&sheet);
        let checked = checked(&paper).unwrap();
        if sheet.pages.len() == 1 {
            let words = words(&sheet);
            let all = [&checked.fund.zh, &checked.number, &checked.recipient.name.zh].into_iter();
            for text in all.chain(&checked.donor).chain(&checked.handler).chain(&checked.dedication) {
                prop_assert!(words.contains(text.as_str()), "{text} is not whole in {words}");
            }
        }
    }
}

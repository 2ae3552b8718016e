//! What a reader, an archive and a screen reader find in a receipt.

use lopdf::{Dictionary, Document, Object};
use papers::{Field, PaperError, PaperKind, ReceiptPaper, receipt_pdf};
use proptest::prelude::*;

use crate::sample;

const PNG: &[u8] = include_bytes!("seal.png");
const JPEG: &[u8] = include_bytes!("seal.jpg");

fn opened(paper: &ReceiptPaper) -> Document {
    Document::load_mem(&receipt_pdf(paper).expect("a receipt")).expect("a readable PDF")
}

/// All words of all pages, without the blanks and line ends that extraction puts between runs.
fn words(paper: &ReceiptPaper) -> String {
    let document = opened(paper);
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).expect("extractable text").split_whitespace().collect()
}

fn catalog(document: &Document) -> &Dictionary {
    document.catalog().expect("a catalog")
}

#[test]
fn its_words_can_be_read_out_again() {
    let words = words(&sample::ordinary());
    for expected in [
        "捐赠收据",
        "HZ-2026-000128",
        "王小明",
        "¥100.50",
        "壹佰元零伍角",
        "救助基金",
        "儿童白血病移植援助",
        "2026年11月22日",
        "2026-11-22",
        "2026年11月23日",
        "在线支付",
        "李静",
        "山东示例公益基金会",
        "533700000000000430",
        "鲁民募字第2026001号",
        "53370000000000430A26001",
        "https://spark.example/verify/9f86d081884c7d659a2feaa0c55ad015",
        "不是《公益事业捐赠统一票据》，不能用于税前扣除",
        "notvalidfortaxdeduction",
    ] {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
    assert!(!words.contains("副本") && !words.contains("作废") && !words.contains("演示"));
}

#[test]
fn each_kind_says_what_it_is() {
    let copy = words(&sample::copy());
    assert!(copy.contains("副本COPY") && copy.contains("谨致谢忱"));
    let void = words(&sample::void());
    assert!(void.contains("作废VOID") && void.contains("本收据已作废") && !void.contains("谨致谢忱"));
    let replaced = words(&sample::replaced());
    assert!(replaced.contains("已换开REPLACED") && replaced.contains("ReplacedbyHZ-2026-000131"));
    let demo = words(&sample::anonymous_demo());
    assert!(demo.contains("演示DEMO") && demo.contains("不代表真实捐赠"));
    assert!(demo.contains("一位不愿留名的捐赠人") && demo.contains("ReplacesHZ-2026-000128"));
    assert!(demo.contains("0001312026年度"), "a number without its year shows the year: {demo}");
}

#[test]
fn the_same_paper_gives_the_same_bytes() {
    for (name, paper) in sample::all() {
        let paper = ReceiptPaper { seal: Some(PNG.to_vec()), ..paper };
        assert!(receipt_pdf(&paper) == receipt_pdf(&paper), "{name}");
    }
    let later =
        ReceiptPaper { created: "2026-11-24T00:00:00Z".parse().expect("an instant"), ..sample::ordinary() };
    assert!(receipt_pdf(&later) != receipt_pdf(&sample::ordinary()), "the creation date is in the file");
}

#[test]
fn it_declares_what_archives_and_screen_readers_ask_for() {
    let document = opened(&sample::ordinary());
    let catalog = catalog(&document);
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).expect("a language"), b"zh-CN");
    let marked = catalog.get(b"MarkInfo").and_then(Object::as_dict).expect("mark info");
    assert!(marked.get(b"Marked").and_then(Object::as_bool).expect("a boolean"));
    let viewer = catalog.get(b"ViewerPreferences").and_then(Object::as_dict).expect("viewer preferences");
    assert!(viewer.get(b"DisplayDocTitle").and_then(Object::as_bool).expect("a boolean"));
    let metadata = catalog.get(b"Metadata").and_then(Object::as_reference).expect("XMP");
    let stream = document.get_object(metadata).and_then(Object::as_stream).expect("a stream");
    let xmp = String::from_utf8(stream.content.clone()).expect("UTF-8");
    for claim in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "捐赠收据 Donation receipt HZ-2026-000128",
        "2026-11-23T09:30:00+08:00",
    ] {
        assert!(xmp.contains(claim), "{claim} is not in {xmp}");
    }
}

/// The kinds of the structure tree below `object`, in reading order.
fn structure(document: &Document, object: &Object, kinds: &mut Vec<String>) {
    let object = match object {
        Object::Reference(id) => document.get_object(*id).expect("an object"),
        other => other,
    };
    match object {
        Object::Array(children) => children.iter().for_each(|child| structure(document, child, kinds)),
        Object::Dictionary(node) => {
            if let Ok(kind) = node.get(b"S").and_then(Object::as_name) {
                kinds.push(String::from_utf8_lossy(kind).into_owned());
            }
            if let Ok(children) = node.get(b"K") {
                structure(document, children, kinds);
            }
        }
        _ => {}
    }
}

#[test]
fn its_structure_reads_in_order() {
    let paper = ReceiptPaper { dedication: Some("愿平安。".to_owned()), ..sample::ordinary() };
    let document = opened(&paper);
    let mut kinds = Vec::new();
    structure(&document, catalog(&document).get(b"StructTreeRoot").expect("a tree"), &mut kinds);
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    let place = |kind: &str| kinds.iter().position(|found| found == kind);
    // Fund and programme, two dates, channel and handler: three rows of two pairs.
    assert_eq!((count("Table"), count("TR"), count("TH"), count("TD")), (1, 3, 6, 6), "{kinds:?}");
    assert_eq!((count("H1"), count("Figure"), count("Link"), count("BlockQuote")), (1, 1, 1, 1), "{kinds:?}");
    let order = ["H1", "Table", "BlockQuote", "Figure", "Link"].map(place);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn fonts_are_embedded_in_parts_and_say_what_their_glyphs_mean() {
    let bytes = receipt_pdf(&sample::ordinary()).expect("a receipt");
    assert!(bytes.len() < 120_000, "{} bytes: a whole face was embedded", bytes.len());
    let document = Document::load_mem(&bytes).expect("a readable PDF");
    let dictionaries: Vec<&Dictionary> = document.objects.values().filter_map(|o| o.as_dict().ok()).collect();
    let fonts: Vec<_> =
        dictionaries.iter().filter(|font| font.has_type(b"Font") && font.has(b"ToUnicode")).collect();
    let descriptors: Vec<_> = dictionaries.iter().filter(|font| font.has_type(b"FontDescriptor")).collect();
    assert_eq!((fonts.len(), descriptors.len()), (2, 2));
    for descriptor in descriptors {
        let name = descriptor.get(b"FontName").and_then(Object::as_name).expect("a name");
        assert_eq!(name.iter().position(|byte| *byte == b'+'), Some(6), "a subset's name has a tag");
        assert!(descriptor.has(b"FontFile2"));
    }
}

#[test]
fn its_address_is_a_link() {
    let document = opened(&sample::ordinary());
    let actions: Vec<_> = document
        .objects
        .values()
        .filter_map(|object| {
            object.as_dict().ok()?.get(b"A").ok()?.as_dict().ok()?.get(b"URI").ok()?.as_str().ok()
        })
        .collect();
    let address = sample::ordinary().verify_url;
    assert!(!actions.is_empty() && actions.iter().all(|uri| *uri == address.as_bytes()), "{actions:?}");
}

#[test]
fn characters_beyond_the_face_are_spelled_out_and_never_a_box() {
    let donor = "𠮷田 김철수 محمد \u{E001}\u{202E}👩\u{200D}🚀".to_owned();
    let words = words(&ReceiptPaper { donor: Some(donor), ..sample::ordinary() });
    for expected in
        ["[U+20BB7]田", "[U+AE40][U+CCA0][U+C218]", "[U+0645][U+062D]", "[U+E001][U+1F469][U+1F680]"]
    {
        assert!(words.contains(expected), "{expected} is not in {words}");
    }
}

fn pictures(document: &Document) -> usize {
    let subtype = |object: &Object| {
        let subtype = object.as_stream().ok()?.dict.get(b"Subtype").ok()?.as_name().ok()?;
        (subtype == b"Image").then_some(())
    };
    document.objects.values().filter_map(subtype).count()
}

#[test]
fn a_seal_is_placed_only_when_it_is_given() {
    assert_eq!(pictures(&opened(&sample::ordinary())), 0);
    // A PNG with transparency has its mask as a second picture.
    for (seal, expected) in [(PNG, 2), (JPEG, 1)] {
        let paper = ReceiptPaper { seal: Some(seal.to_vec()), ..sample::ordinary() };
        assert_eq!(pictures(&opened(&paper)), expected);
    }
}

#[test]
fn a_broken_seal_is_refused() {
    let broken = [&b""[..], b"GIF89a", b"<svg/>", &PNG[..40], &PNG[..PNG.len() / 2], &JPEG[..20]];
    for seal in broken {
        let paper = ReceiptPaper { seal: Some(seal.to_vec()), ..sample::ordinary() };
        assert_eq!(receipt_pdf(&paper), Err(PaperError::SealUnreadable), "{} bytes", seal.len());
    }
}

/// Breaks one thing in a good paper.
fn with(change: impl FnOnce(&mut ReceiptPaper)) -> ReceiptPaper {
    let mut paper = sample::ordinary();
    change(&mut paper);
    paper
}

#[test]
fn what_cannot_stand_on_a_receipt_is_refused_by_name() {
    for (paper, refusal) in [
        (with(|paper| paper.number = " \u{200B}".to_owned()), PaperError::Missing(Field::Number)),
        (with(|paper| paper.fund.zh.clear()), PaperError::Missing(Field::Fund)),
        (with(|paper| paper.recipient.credit_code.clear()), PaperError::Missing(Field::Recipient)),
        (with(|paper| paper.amount_capitals.clear()), PaperError::Missing(Field::Capitals)),
        (with(|paper| paper.received.iso.clear()), PaperError::Missing(Field::Date)),
        (with(|paper| paper.verify_url.clear()), PaperError::Missing(Field::VerifyUrl)),
        (
            with(|paper| paper.verify_url = "https://火种/".to_owned()),
            PaperError::NoAddress(Field::VerifyUrl),
        ),
        (with(|paper| paper.amount_fen = 0), PaperError::NotPositive(0)),
        (with(|paper| paper.amount_fen = -5), PaperError::NotPositive(-5)),
        (with(|paper| paper.donor = Some("王".repeat(301))), PaperError::TooLong(Field::Donor, 300)),
        (with(|paper| paper.number = "1".repeat(81)), PaperError::TooLong(Field::Number, 80)),
        (
            with(|paper| paper.dedication = Some("愿".repeat(4001))),
            PaperError::TooLong(Field::Dedication, 4000),
        ),
    ] {
        assert_eq!(receipt_pdf(&paper), Err(refusal));
    }
}

#[test]
fn blank_optional_fields_are_left_out() {
    let paper = with(|paper| {
        paper.donor = Some(" ".to_owned());
        paper.handler = Some(String::new());
        paper.dedication = Some("\u{FEFF}\n".to_owned());
        paper.kind = PaperKind::Original;
    });
    let words = words(&paper);
    assert!(
        words.contains("一位不愿留名的捐赠人") && !words.contains("经办人") && !words.contains("捐赠寄语")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// PDF/A and PDF/UA hold for whatever a donor types: the library refuses a file that breaks them.
    #[test]
    fn no_text_of_a_donor_breaks_the_format(donor in "\\PC{0,60}", dedication in any::<String>()) {
        let paper = ReceiptPaper { donor: Some(donor), dedication: Some(dedication), ..sample::ordinary() };
        prop_assert!(receipt_pdf(&paper).is_ok());
    }
}

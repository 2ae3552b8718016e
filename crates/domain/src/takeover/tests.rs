//! Whole sheets through the rules: which rows are taken, which are bad and why, and the footer.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::money::Fen;
use crate::time::Date;

const HEADER: &str = "流水号|捐赠日期|捐赠人|联系电话|捐赠金额|捐赠方式|捐赠项目|开票|备注";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn rules() -> Rules {
    let aliases = [("火种工程", "spark"), ("救助基金", "aid")];
    let aliases = aliases.into_iter().map(|(name, code)| (name.to_owned(), code.to_owned())).collect();
    Rules::new(aliases, day("2026-11-22"))
}

/// Rows of cells divided by `|`, numbered from 1.
fn sheet(rows: &[&str]) -> Vec<SheetRow> {
    let cells = |row: &str| row.split('|').map(str::to_owned).collect();
    (1..).zip(rows).map(|(line, row)| SheetRow { line, cells: cells(row) }).collect()
}

/// The header and these rows below it; the first of them is line 2.
fn read(rows: &[&str]) -> Reading {
    let all: Vec<&str> = std::iter::once(HEADER).chain(rows.iter().copied()).collect();
    Reading::of(&sheet(&all), &rules()).unwrap()
}

fn reasons(reading: &Reading) -> Vec<(u32, String)> {
    reading.bad.iter().map(|row| (row.line, row.reason())).collect()
}

fn bad(line: u32, reason: &str) -> (u32, String) {
    (line, reason.to_owned())
}

#[test]
fn a_row_is_read_whole() {
    let reading = read(&[
        " A1 |2019/01/03 11:59|王　小明|199-0000-4906|￥1,000.00|微信|火种工程\u{3000}|√|=HYPERLINK(\"x\")",
        "A2|2019/1/4|匿名||0.01||救助基金|要|",
    ]);
    let [first, second] = &reading.entries[..] else { panic!("{reading:?}") };
    assert_eq!((first.line, first.serial.as_str(), first.amount), (2, "A1", Fen(100_000)));
    assert_eq!(first.when.instant().minute(), "2019-01-03 11:59");
    assert_eq!(first.donor, PastDonor::Named("王 小明".into()));
    assert_eq!((first.phone.as_str(), first.fund.as_str()), ("19900004906", "spark"));
    assert_eq!((first.method.as_str(), first.note.as_str()), ("微信", "=HYPERLINK(\"x\")"));
    assert_eq!((&first.receipt, &first.refund_of), (&ReceiptMark::IssuedElsewhere, &None));
    assert_eq!(second.donor, PastDonor::Anonymous { wording: "匿名".into() });
    assert_eq!(second.receipt, ReceiptMark::Unclear("要".into()));
    assert_eq!(
        reading.totals.sum_fen,
        BTreeMap::from([("aid".to_owned(), 1), ("spark".to_owned(), 100_000)])
    );
}

#[test]
fn every_fault_of_a_row_is_named() {
    let reading = read(&[
        "|去年春节||1|一百||火种|是|",
        "A1|2031-05-01|李|1|0||救助基金||",
        "A2||李||待定|||是|",
        "A3|1980-12-31|李\u{202E}||1.005||救助基金||",
        "A4|2021-02-30|李||||救助基金||备\u{0}注",
        "A5",
    ]);
    assert_eq!(
        reasons(&reading),
        [
            bad(
                2,
                "serial_missing; date_unreadable: 去年春节; donor_missing; amount_unreadable: 一百; fund_unknown: 火种"
            ),
            bad(3, "date_in_future: 2031-05-01; amount_zero"),
            bad(4, "date_missing; amount_unreadable: 待定; fund_missing"),
            bad(5, "date_too_early: 1980-12-31; donor_unreadable; amount_too_fine: 1.005"),
            bad(6, "date_impossible: 2021-02-30; amount_missing; unprintable: 备注"),
            bad(7, "date_missing; donor_missing; amount_missing; fund_missing"),
        ]
    );
    assert_eq!(reading.totals.good, 0);
}

#[test]
fn today_is_not_the_future() {
    assert!(read(&["A1|2026-11-22|李||1||救助基金||"]).bad.is_empty());
    assert_eq!(reasons(&read(&["A1|2026-11-23|李||1||救助基金||"])), [bad(2, "date_in_future: 2026-11-23")]);
}

#[test]
fn the_first_of_a_repeated_serial_stands_good_or_bad() {
    let reading = read(&[
        "A1|2019/1/3|李||1||救助基金||",
        "A1|2019/1/3|李||1||救助基金||",
        "A2|2019/1/3|李||一百||救助基金||",
        "A2|2019/1/3|李||100||救助基金||",
        "A2|2019/1/3|李||100||救助基金||",
    ]);
    assert_eq!(
        reasons(&reading),
        [
            bad(3, "serial_repeated: line 2"),
            bad(4, "amount_unreadable: 一百"),
            bad(5, "serial_repeated: line 4"),
            bad(6, "serial_repeated: line 4"),
        ]
    );
    assert_eq!(reading.totals.good, 1);
}

#[test]
fn a_refund_belongs_to_its_gift() {
    let reading = read(&[
        "R0|2019/2/1|李||-40||救助基金||退款 原流水号A1",
        "A1|2019/1/3|李||100||救助基金||",
        "R1|2019/2/1|李||-60.01||救助基金||退款 原流水号：A1（部分）",
        "R2|2019/2/1|李||-60||救助基金||退款 原流水号：A1，部分",
        "R3|2019/2/1|李||-0.01||救助基金||退款 原流水号A1",
        "A2|2019/1/3|李||一百||救助基金||",
        "R4|2019/2/1|李||-1||救助基金||退款 原流水号A2",
        "R5|2019/2/1|李||-1||救助基金||退款 原流水号A9",
        "R6|2019/2/1|李||-1||救助基金||退款",
        "R7|2019/2/1|李||1||救助基金||退款 原流水号A1",
        "R8|2019/2/1|李||-1||救助基金||退款 原流水号R0",
        "A3|2019/1/3|李||100||救助基金||",
        "R9|2019/1/2|李||-1||救助基金||退款 原流水号A3",
        "RA|2019/1/3|李||-1||火种工程||退款 原流水号A3",
    ]);
    assert_eq!(
        reasons(&reading),
        [
            bad(4, "refund_over_gift: 60.00"),
            bad(6, "refund_over_gift: 0.00"),
            bad(7, "amount_unreadable: 一百"),
            bad(8, "refund_of_bad_row: A2, line 7"),
            bad(9, "refund_of_unknown_gift: A9"),
            bad(10, "refund_names_no_gift"),
            bad(11, "refund_not_negative"),
            bad(12, "refund_of_unknown_gift: R0"),
            bad(14, "refund_before_gift: 2019-01-03"),
            bad(15, "refund_from_other_fund: aid"),
        ]
    );
    assert_eq!((reading.totals.good, reading.totals.refunds), (2, 2));
    assert_eq!(
        (reading.totals.gross(), reading.totals.refund_fen, reading.totals.net_fen),
        (20_000, -10_000, 10_000)
    );
}

#[test]
fn a_repeated_serial_takes_nothing_from_the_first() {
    let reading = read(&[
        "A1|2019/1/3|李||100||救助基金||",
        "A1|2019/1/3|王||5||火种工程||",
        "R1|2019/2/1|李||-100||救助基金||退款 原流水号A1",
    ]);
    assert_eq!(reasons(&reading), [bad(3, "serial_repeated: line 2")]);
    assert_eq!((reading.totals.good, reading.totals.refunds, reading.totals.net_fen), (1, 1, 0));
}

#[test]
fn a_refund_may_belong_to_an_earlier_list() {
    let rows = sheet(&[
        HEADER,
        "R1|2021/2/1|李||-60||救助基金||退款 原流水号A1",
        "R2|2021/2/2|李||-30||救助基金||退款 原流水号A1",
    ]);
    let mut rules = rules();
    let earlier = EarlierGift {
        fund: "aid".into(),
        date: day("2020-01-01"),
        amount: Fen(10_000),
        refunded: BTreeMap::from([("R0".to_owned(), Fen(2_000))]),
    };
    rules.earlier.insert("A1".into(), earlier.clone());
    let reading = Reading::of(&rows, &rules).unwrap();
    assert_eq!(reasons(&reading), [bad(3, "refund_over_gift: 20.00")]);

    // After R1 was stored, the same list reads the same.
    let mut again = earlier;
    again.refunded.insert("R1".into(), Fen(6_000));
    rules.earlier.insert("A1".into(), again);
    assert_eq!(Reading::of(&rows, &rules).unwrap(), reading);
}

#[test]
fn the_header_is_found_under_titles() {
    let rows = sheet(&[
        "捐赠明细||||",
        "单位：元",
        "",
        "编号|日 期|姓名|金额（元）|项目",
        "A1|2019/1/3|李|5|救助基金",
    ]);
    let reading = Reading::of(&rows, &rules()).unwrap();
    assert_eq!((reading.header.line, reading.totals.good), (4, 1));
    let kinds = [(1, Skipped::Title), (2, Skipped::Title), (3, Skipped::Blank), (4, Skipped::Header)];
    assert_eq!(reading.skipped, kinds);
}

#[test]
fn a_sheet_that_cannot_be_read_says_why() {
    let error = |rows: &[&str]| Reading::of(&sheet(rows), &rules()).unwrap_err();
    assert_eq!(error(&["王小明|100", "李|5"]), SheetError::NoHeader);
    assert_eq!(error(&[]), SheetError::NoHeader);
    let lacks = SheetError::HeaderLacks { line: 2, fields: vec![Field::Serial, Field::Fund] };
    assert_eq!(error(&["", "序号|日期|姓名|金额"]), lacks);
    let twice = SheetError::HeadingTwice { line: 1, heading: "金额".into() };
    assert_eq!(error(&["编号|日期|姓名|金额|金额|项目"]), twice);
    let unit = |line, unit: &str| SheetError::UnitNotYuan { line, unit: unit.into() };
    assert_eq!(error(&["编号|日期|姓名|金额（万元）|项目"]), unit(1, "万元"));
    assert_eq!(error(&["（单位：万元）", "编号|日期|姓名|金额|项目"]), unit(1, "万元"));
    let most = format!("A1|2019/1/3|李||{}||救助基金||", crate::money::LARGEST);
    let more = most.replace("A1", "A2");
    assert_eq!(error(&[HEADER, &most, &more]), SheetError::SumOverCap);
    assert_eq!(Reading::of(&sheet(&["单位：红十字会", HEADER]), &rules()).unwrap().header.line, 2);
}

const TWO_GIFTS_ONE_REFUND: [&str; 3] = [
    "A1|2019/1/3|李||100||救助基金||",
    "A2|2019/1/3|李||20.50||火种工程||",
    "R1|2019/2/1|李||-40||救助基金||退款 原流水号A1",
];

fn with_footer(footer: &[&str]) -> Reading {
    read(&[&TWO_GIFTS_ONE_REFUND[..], footer].concat())
}

#[test]
fn a_footer_that_agrees() {
    for footer in [
        &["|", "合计||2笔||120.50", "退款||1笔||-40.00", "净额||||80.50||||不含有误的行"][..],
        &["合 计：||共2笔||￥120.50", "退款||1||40", "净额||3笔||80.5"],
        &["总计||||120.50", "制表：王|||审核：李"],
        &["合计|3笔|||80.50"],
        &["合计||2笔||120.50", "其中：微信||||100", "其中：现金||||20.50"],
        &["小计||9笔||9"],
        &["合计2笔"],
        &["合计||2笔||120.50", "其中：微信||||100", "现金||||20.50"],
        &["金额合计||||120.50"],
        &["总金额||||80.5"],
        &["||||120.50"],
        &["大写合计||||壹佰贰拾元零伍角"],
        &["累计||2笔||120.50"],
        &["合计||||120.50", "累计||||99999"],
        &["本月合计||||20.50", "本年累计||||120.50"],
        &["本页小计||||9", "微信小计||||8", "合计||||120.50"],
        &["实收总额||||80.50", "退回||||-40"],
        &["救助基金合计||||100", "火种工程项目总额||||20.50", "合计||||120.50"],
        &["合计：120.50元"],
        &["制表人：张三|||审核：李四"],
        &["制表人：张三|2023/12/31|||审核：李四"],
        &["", "备 注：以上金额以银行到账为准", "合计||||120.50"],
        &[],
    ] {
        let reading = with_footer(footer);
        assert_eq!(reading.check_footer(), Ok(()), "{footer:?}");
        assert!(reading.bad.is_empty(), "{footer:?} {:?}", reading.bad);
        assert_eq!((reading.totals.good, reading.totals.refunds), (2, 1));
    }
}

#[test]
fn a_footer_that_disagrees_stops_everything() {
    for (footer, line, figure, stated, read) in [
        ("合计||3笔||120.50", 5, Figure::GiftCount, Stated::Value(3), 2),
        ("合计||2笔||120.51", 5, Figure::GiftSum, Stated::Value(12_051), 12_050),
        ("合计||2笔||约120元", 5, Figure::GiftSum, Stated::Unreadable("约120元".into()), 12_050),
        ("合计||两笔||120.50", 5, Figure::GiftCount, Stated::Unreadable("两笔".into()), 2),
        ("退款||2笔||-40", 5, Figure::RefundCount, Stated::Value(2), 1),
        ("退款||1笔||-41", 5, Figure::RefundSum, Stated::Value(-4_100), -4_000),
        ("退款||1笔||41", 5, Figure::RefundSum, Stated::Value(4_100), 4_000),
        ("净额||||120.50", 5, Figure::NetSum, Stated::Value(12_050), 8_050),
        ("净额||2笔||80.50", 5, Figure::NetCount, Stated::Value(2), 3),
        ("累计||||99999", 5, Figure::GiftSum, Stated::Value(9_999_900), 12_050),
        ("本年累计||||99999", 5, Figure::GiftSum, Stated::Value(9_999_900), 12_050),
        ("本月合计||||20.50", 5, Figure::GiftSum, Stated::Value(2_050), 12_050),
        ("金额合计||||9999", 5, Figure::GiftSum, Stated::Value(999_900), 12_050),
        ("总金额||||9999", 5, Figure::GiftSum, Stated::Value(999_900), 12_050),
        ("大写合计||||9999", 5, Figure::GiftSum, Stated::Value(999_900), 12_050),
        ("大写合计||||玖拾元整", 5, Figure::GiftSum, Stated::Unreadable("玖拾元整".into()), 12_050),
        ("Total||||9999", 5, Figure::GiftSum, Stated::Value(999_900), 12_050),
        ("||||9999", 5, Figure::GiftSum, Stated::Value(999_900), 12_050),
        ("救助基金合计||||99", 5, Figure::GiftSum, Stated::Value(9_900), 10_000),
        ("合计：99.00元", 5, Figure::GiftSum, Stated::Value(9_900), 12_050),
    ] {
        let label = footer.split('|').next().unwrap().to_owned();
        let differences = vec![FooterDifference { line, label, figure, stated, read }];
        assert_eq!(with_footer(&[footer]).check_footer(), Err(FooterMismatch { differences }), "{footer}");
    }
    // Beside a row of refunds, 合计 is gross and nothing else.
    let net_as_gross = with_footer(&["合计||3笔||80.50", "退款||1笔||-40"]);
    assert_eq!(net_as_gross.check_footer().unwrap_err().differences.len(), 2);
}

#[test]
fn what_is_no_footer_stays_a_bad_row() {
    // A row that lost all but its number and amount, one below the totals, and signatures between gifts.
    let reading = with_footer(&["A4||||5", "", "合计||||120.50", "A5||李||7"]);
    assert_eq!(
        reasons(&reading),
        [bad(5, "date_missing; donor_missing; fund_missing"), bad(8, "date_missing; fund_missing")]
    );
    assert_eq!((reading.footer.len(), reading.check_footer()), (1, Ok(())));
    let reading = read(&["制表人：张三", "A1|2019/1/3|李||1||救助基金||"]);
    assert_eq!(reading.bad.len(), 1);
}

#[test]
fn a_wording_that_names_nobody_is_anonymous() {
    let names = ["匿 名", "匿名（微信）", "爱心人士 (现场)", "匿名"];
    let rows: Vec<String> =
        names.iter().enumerate().map(|(at, name)| format!("A{at}|2019/1/3|{name}||1||救助基金||")).collect();
    let reading = read(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    for (entry, name) in reading.entries.iter().zip(names) {
        assert_eq!(entry.donor, PastDonor::Anonymous { wording: name.to_owned() });
    }
    let named = read(&["A1|2019/1/3|李（微信）||1||救助基金||", "A2|2019/1/3|匿名山人||1||救助基金||"]);
    assert!(named.entries.iter().all(|entry| matches!(entry.donor, PastDonor::Named(_))));
}

#[test]
fn totals_inside_the_list_are_no_footer() {
    let reading =
        read(&["A1|2019/1/3|李||1||救助基金||", "合计||1笔||1", HEADER, "A2|2019/1/3|李||2||救助基金||"]);
    assert_eq!(reasons(&reading), [bad(3, "totals_inside")]);
    assert_eq!((reading.totals.good, reading.footer.len()), (2, 0));
    assert_eq!(reading.skipped, [(1, Skipped::Header), (4, Skipped::Header)]);
}

#[test]
fn a_column_before_the_serial_number_makes_no_totals() {
    let rows = sheet(&[
        "类型|流水号|日期|捐赠人|金额|项目|备注",
        "捐赠|A1|2019/1/3|李|5|救助基金|",
        "退款|R1|2019/1/3|李|-5|救助基金|退款 原流水号A1",
        "合计||||5||",
    ]);
    let reading = Reading::of(&rows, &rules()).unwrap();
    assert_eq!((reading.totals.good, reading.totals.refunds, reading.footer.len()), (1, 1, 1));
    assert_eq!(reading.check_footer(), Ok(()));
}

#[test]
fn the_books_are_compared_by_serial_and_content() {
    let reading = with_footer(&["A3|2019/1/3|李||一百||救助基金||"]);
    let digest = |content: &[u8]| content.to_vec();
    let mut stored: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let first = Changes::of(&reading, |serial| stored.get(serial).cloned(), digest);
    assert_eq!((first.count(Change::New), first.to_post(&reading)), (3, vec![0, 1, 2]));
    assert!(!first.report(&reading).is_complete());
    for entry in &reading.entries {
        stored.insert(entry.serial.clone(), digest(&entry.content()));
    }
    let second = Changes::of(&reading, |serial| stored.get(serial).cloned(), digest);
    assert_eq!((second.count(Change::Unchanged), second.to_post(&reading).len()), (3, 0));

    let other = read(&[
        "A1|2019-01-03|李||￥100.00||救助基金||",
        "A2|2019/1/3|李||20.51||火种工程||",
        "R2|2019/1/3|李||-1||火种工程||退款 原流水号A2",
    ]);
    let third = Changes::of(&other, |serial| stored.get(serial).cloned(), digest);
    let outcomes: Vec<Change> = third.entries(&other).map(|(_, change)| change).collect();
    let expected = [Change::Unchanged, Change::Conflict, Change::Conflict];
    assert_eq!(outcomes, expected, "another way of writing is no change; a refund follows its gift");
    assert!(!third.report(&other).is_complete());
    let clean = with_footer(&[]);
    assert!(Changes::of(&clean, |_| None, digest).report(&clean).is_complete());
}

#[test]
fn content_is_every_fact_and_not_the_line() {
    let entry = read(&["A1|2019/1/3 8:00|李|1|100|现金|救助基金|是|愿"]).entries.remove(0);
    let refund = Some("A0".to_owned());
    let anonymous = PastDonor::Anonymous { wording: "李".into() };
    let later = When { time: None, ..entry.when };
    let others = [
        PastEntry { serial: "A2".into(), ..entry.clone() },
        PastEntry { when: later, ..entry.clone() },
        PastEntry { when: When { date: day("2019-01-04"), ..entry.when }, ..entry.clone() },
        PastEntry { donor: PastDonor::Named("王".into()), ..entry.clone() },
        PastEntry { donor: anonymous, ..entry.clone() },
        PastEntry { phone: "2".into(), ..entry.clone() },
        PastEntry { amount: Fen(1), ..entry.clone() },
        PastEntry { method: "微信".into(), ..entry.clone() },
        PastEntry { fund: "spark".into(), ..entry.clone() },
        PastEntry { receipt: ReceiptMark::None, ..entry.clone() },
        PastEntry { receipt: ReceiptMark::Unclear("?".into()), ..entry.clone() },
        PastEntry { note: "望".into(), ..entry.clone() },
        PastEntry { refund_of: refund, ..entry.clone() },
    ];
    let contents: BTreeSet<Vec<u8>> = others.iter().chain([&entry]).map(PastEntry::content).collect();
    assert_eq!(contents.len(), others.len() + 1);
    assert_eq!(PastEntry { line: 99, ..entry.clone() }.content(), entry.content());
}

#[test]
fn gifts_are_posted_before_their_refunds() {
    let reading = read(&["R1|2019/1/3|李||-1||救助基金||退款 原流水号A1", "A1|2019/1/3|李||1||救助基金||"]);
    let changes = Changes::of(&reading, |_| None, <[u8]>::to_vec);
    assert_eq!(changes.to_post(&reading), [1, 0]);
}

fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "", "A1", "A2", "R1", "2019/1/3", "2031-01-01", "李", "匿名", "100", "-40", "1万元", "一百", "火种工程", "救助基金",
            "火种", "√", "退款 原流水号A1", "合计", "退款", "净额", "小计", "2笔", "流水号", "捐赠日期", "捐赠人", "捐赠金额", "捐赠项目",
        ]).prop_map(str::to_owned),
        1 => ".{0,12}",
    ]
}

proptest! {
    /// Whatever stands in a sheet, every row is accounted for once, and the totals are those of the entries.
    #[test]
    fn no_row_is_lost(mut rows in prop::collection::vec(prop::collection::vec(any_cell(), 0..11), 0..40)) {
        rows.insert(rows.len().min(2), HEADER.split('|').map(str::to_owned).collect());
        let rows: Vec<SheetRow> = (1..).zip(rows).map(|(line, cells)| SheetRow { line, cells }).collect();
        if let Ok(reading) = Reading::of(&rows, &rules()) {
            let changes = Changes::of(&reading, |_| None, <[u8]>::to_vec);
            let planned: Vec<u32> = changes.plan(&reading).iter().map(PlannedRow::line).collect();
            let lines: Vec<u32> = rows.iter().map(|row| row.line).collect();
            prop_assert_eq!(planned, lines);
            let net: i64 = reading.entries.iter().map(|entry| entry.amount.0).sum();
            prop_assert_eq!(net, reading.totals.net_fen);
            prop_assert_eq!(reading.entries.len(), reading.totals.good + reading.totals.refunds);
            let serials: BTreeSet<&str> = reading.entries.iter().map(|entry| entry.serial.as_str()).collect();
            prop_assert_eq!(serials.len(), reading.entries.len());
            prop_assert!(reading.bad.iter().all(|row| !row.reasons.is_empty()));
            let _ = reading.check_footer();
        }
    }
}

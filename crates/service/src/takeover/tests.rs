//! Files through the whole reading: charsets, line numbers, workbooks, limits, and the list of 2019–2023.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use domain::money::Fen;
use domain::takeover::{Change, Changes, PastDonor, Reading, ReceiptMark, Rules, SheetRow};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

fn rules() -> Rules {
    let aliases = [
        ("火种工程", "spark"),
        ("“火种工程”", "spark"),
        ("火种工程项目", "spark"),
        ("救助基金", "aid"),
        ("脐血库救助基金", "aid"),
        ("科研基金", "research"),
    ];
    let aliases = aliases.into_iter().map(|(name, code)| (name.to_owned(), code.to_owned())).collect();
    Rules::new(aliases, "2026-11-22".parse().unwrap())
}

/// The operator's list, beside the project; `None`, with a word about it, where it is not there.
fn operators_list() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/gifts-2019-2023.csv");
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent", path.display());
    None
}

fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
    let file = read_bytes(text.as_bytes(), None).unwrap();
    file.rows.into_iter().map(|row| (row.line, row.cells)).collect()
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

const LIST: &str = "捐赠明细,,,,,,\n单位：元\n\n流水号,捐赠日期,捐赠人,捐赠金额,捐赠项目,开票,备注\n\
    A1,2019/1/3,李勇杰,\"1,996.64\",火种工程,是,\"为小雨加油\n一起努力\"\n,,,,,,\n\n\
    A2,2019年1月5日,匿名,1万元,救助基金,,\"他说\"\"谢谢\"\"\"\nA3,去年春节,何静,5,救助基金,,=1+1\n合计,,2笔,11996.64\n";

#[test]
fn the_list_of_2019_to_2023_comes_to_its_own_footer() {
    let Some(path) = operators_list() else { return };
    let file = read_path(&path, None).unwrap();
    assert_eq!(file.kind, FileKind::Csv(Charset::Gb18030));
    assert_eq!(file.rows.len(), 3039);
    let reading = Reading::of(&file.rows, &rules()).unwrap();
    assert_eq!(reading.check_footer(), Ok(()));
    assert_eq!(reading.footer.len(), 3, "gifts, refunds and net were compared");

    // The footer's own words: 合计 2916笔 25,630,390.08 · 退款 16笔 -78,191.86 · 净额 25,552,198.22.
    let totals = &reading.totals;
    assert_eq!((totals.good, Fen(totals.gross()).grouped()), (2916, "25,630,390.08".to_owned()));
    assert_eq!((totals.refunds, Fen(totals.refund_fen).grouped()), (16, "-78,191.86".to_owned()));
    assert_eq!(Fen(totals.net_fen).grouped(), "25,552,198.22");

    // Counted apart with another program, row by row.
    let sums = [("aid", 904_380_625), ("research", 827_031_029), ("spark", 831_627_354)];
    assert_eq!(totals.sum_fen, sums.into_iter().map(|(code, fen)| (code.to_owned(), fen)).collect());
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &reading.bad {
        assert_eq!(row.reasons.len(), 1, "{row:?}");
        *codes.entry(row.reasons[0].code()).or_default() += 1;
    }
    let expected = [
        ("amount_missing", 6),
        ("amount_too_fine", 1),
        ("amount_unreadable", 7),
        ("amount_zero", 7),
        ("date_impossible", 7),
        ("date_in_future", 11),
        ("date_missing", 3),
        ("date_unreadable", 4),
        ("fund_missing", 5),
        ("fund_unknown", 9),
        ("serial_repeated", 8),
    ];
    assert_eq!(codes, expected.into_iter().collect());
    assert_eq!(reading.bad.len(), 68);
}

#[test]
fn the_list_of_2019_to_2023_row_by_row() {
    let Some(path) = operators_list() else { return };
    let file = read_path(&path, None).unwrap();
    let reading = Reading::of(&file.rows, &rules()).unwrap();
    let changes = Changes::of(&reading, |_| None, <[u8]>::to_vec);
    let lines: Vec<u32> = changes.plan(&reading).iter().map(|row| row.line()).collect();
    assert_eq!(lines, (1..=3039).collect::<Vec<u32>>(), "every row is accounted for once");

    let at = |line: u32| reading.entries.iter().find(|entry| entry.line == line).unwrap();
    assert_eq!((at(5).serial.as_str(), at(5).amount), ("HZ201900001", Fen(200_000)));
    assert_eq!(at(5).when.instant().minute(), "2019-01-03 11:59");
    assert_eq!(at(7).note, "为小雨加油\n一起努力");
    assert_eq!(at(11).note, "=HYPERLINK(\"x\")");
    assert_eq!((at(3035).serial.as_str(), at(3035).amount), ("HZ202303000", Fen(10_000)));
    assert_eq!(at(39).refund_of.as_deref(), Some("HZ201900010"));
    let anonymous = |entry: &&domain::takeover::PastEntry| matches!(entry.donor, PastDonor::Anonymous { .. });
    assert_eq!(reading.entries.iter().filter(anonymous).count(), 244);
    let unclear = reading.entries.iter().filter(|entry| matches!(entry.receipt, ReceiptMark::Unclear(_)));
    assert_eq!(unclear.count(), 0);
    let bad =
        |line: u32| reading.bad.iter().find(|row| row.line == line).map(domain::takeover::BadRow::reason);
    assert_eq!(bad(320).as_deref(), Some("serial_repeated: line 230"));
    assert_eq!(bad(36).as_deref(), Some("date_in_future: 2031-05-01"));
    assert_eq!(bad(1072).as_deref(), Some("amount_unreadable: 一百"));
    assert_eq!(bad(1979).as_deref(), Some("fund_unknown: 火种"));
}

#[test]
fn the_report_as_json() {
    let file = read_bytes(LIST.as_bytes(), None).unwrap();
    let reading = Reading::of(&file.rows, &rules()).unwrap();
    assert_eq!(reading.check_footer(), Ok(()));
    let report =
        Changes::of(&reading, |serial| (serial == "A1").then(Vec::new), <[u8]>::to_vec).report(&reading);
    let expected = r#"{"good":2,"sum_fen":{"aid":1000000,"spark":199664},"refunds":0,"refund_fen":0,"net_fen":1199664,"new":1,"unchanged":0,"conflicts":1,"bad":[{"line":9,"serial":"A3","reason":"date_unreadable: 去年春节"}],"conflict_rows":[{"line":5,"serial":"A1","reason":"differs","differs":[]}],"footer":[]}"#;
    assert_eq!(serde_json::to_string(&report).unwrap(), expected);
}

#[test]
fn the_same_list_in_every_charset() {
    let plain = read_bytes(LIST.as_bytes(), None).unwrap();
    assert_eq!(plain.kind, FileKind::Csv(Charset::Utf8));
    let with_mark = read_bytes(format!("\u{FEFF}{LIST}").as_bytes(), None).unwrap();
    assert_eq!(with_mark, plain);
    let chinese = read_bytes(&gb18030(LIST), None).unwrap();
    assert_eq!((chinese.rows, chinese.kind), (plain.rows.clone(), FileKind::Csv(Charset::Gb18030)));
    let windows = read_bytes(&gb18030(&LIST.replace('\n', "\r\n")), None).unwrap();
    let lines = |rows: &[SheetRow]| rows.iter().map(|row| (row.line, row.cells.len())).collect::<Vec<_>>();
    assert_eq!(lines(&windows.rows), lines(&plain.rows));
}

#[test]
fn the_same_list_with_every_delimiter() {
    let list = "流水号,捐赠日期,捐赠人,捐赠金额,捐赠项目,备注\nA1,2019/1/3,李,100,火种工程,\"甲\n乙\"\n\n合计,,,100,,\n";
    let plain = read_bytes(list.as_bytes(), None).unwrap();
    for delimiter in [";", "\t"] {
        let other = list.replace(',', delimiter);
        assert_eq!(read_bytes(other.as_bytes(), None).unwrap(), plain, "{delimiter:?}");
        assert_eq!(read_bytes(&gb18030(&other), None).unwrap().rows, plain.rows, "{delimiter:?}");
    }
    // Without a header nothing is guessed.
    assert_eq!(rows("a;b\n1;2"), [(1, vec!["a;b".to_owned()]), (2, vec!["1;2".to_owned()])]);
}

#[test]
fn a_text_in_no_charset() {
    let mut bytes = gb18030("流水号,捐赠人\n");
    let wrong = bytes.len();
    bytes.extend_from_slice(&[0xFF, b'\n']);
    assert!(matches!(read_bytes(&bytes, None), Err(FileError::CharsetUnknown { byte }) if byte == wrong));
    let utf16: Vec<u8> = "\u{FEFF}流水号".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(read_bytes(&utf16, None), Err(FileError::CharsetUnknown { byte: 0 })));
    let broken_utf8 = [&b"\xEF\xBB\xBFab"[..], &[0xC3]].concat();
    assert!(matches!(read_bytes(&broken_utf8, None), Err(FileError::CharsetUnknown { byte: 5 })));
}

#[test]
fn lines_are_those_of_a_spreadsheet() {
    let cells = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    for newline in ["\n", "\r\n", "\r"] {
        let text = ["", "a,b", "", "", "\"x\ny\",z", ",", "c", ""].join(newline);
        let expected = [
            (1, vec![]),
            (2, cells("a|b")),
            (3, vec![]),
            (4, vec![]),
            (5, cells("x\ny|z")),
            (6, cells("|")),
            (7, cells("c")),
        ];
        let read = rows(&text);
        assert_eq!(read[..7], expected, "{newline:?}");
        assert!(read.len() <= 8 && read[7..].iter().all(|(_, cells)| cells.is_empty()), "{newline:?}");
        let without_end = text.trim_end();
        assert_eq!(rows(without_end)[..], expected, "{newline:?}");
    }
}

#[test]
fn an_open_quote_does_not_swallow_rows() {
    for text in ["a,b\n\"c,d\ne,f\n", "a,b\nc,\"", "\"", "a,b\nc,\"d\"\"\n"] {
        let opened = u32::try_from(text.lines().position(|line| line.contains('"')).unwrap() + 1).unwrap();
        let read = read_bytes(text.as_bytes(), None);
        assert!(
            matches!(read, Err(FileError::QuoteNotClosed { line }) if line == opened),
            "{text:?} {read:?}"
        );
    }
    assert_eq!(rows("a 5\" pipe,b\nc,d")[1], (2, vec!["c".to_owned(), "d".to_owned()]));
}

#[test]
fn limits_are_clear_errors() {
    let long = format!("a,b\nc,{}\n", "火".repeat(MAX_CELL_CHARS + 1));
    assert!(matches!(
        read_bytes(long.as_bytes(), None),
        Err(FileError::CellTooLong { line: 2, column: 2, limit: MAX_CELL_CHARS })
    ));
    assert!(read_bytes(format!("c,{}\n", "火".repeat(MAX_CELL_CHARS)).as_bytes(), None).is_ok());
    let wide = ",".repeat(MAX_COLUMNS);
    assert!(matches!(
        read_bytes(format!("a\n{wide}\n").as_bytes(), None),
        Err(FileError::TooManyColumns { line: 2, limit: MAX_COLUMNS })
    ));
    let most = "a\n".repeat(MAX_ROWS);
    assert_eq!(read_bytes(most.as_bytes(), None).unwrap().rows.len(), MAX_ROWS);
    let blank = format!("{most}\n");
    assert!(matches!(read_bytes(blank.as_bytes(), None), Err(FileError::TooManyRows { .. })));
    let large = vec![b'a'; MAX_FILE_BYTES + 1];
    assert!(matches!(read_bytes(&large, None), Err(FileError::FileTooLarge { .. })));
    assert!(matches!(read_path(Path::new("/nowhere/at/all.csv"), None), Err(FileError::Io(_))));
}

/// Writes rows into a sheet as text, except what `typed` gives as a number or date.
fn workbook(sheets: &[(&str, &[SheetRow])], typed: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let (day, minute) =
        (Format::new().set_num_format("yyyy/m/d"), Format::new().set_num_format("yyyy/m/d h:mm"));
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).unwrap();
        for row in *rows {
            for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (line, column) = (row.line - 1, u16::try_from(column).unwrap());
                let iso = cell.replace('/', "-");
                let date = iso.split_once(' ').map_or(iso.as_str(), |(date, _)| date).split('-').count() == 3;
                if let (true, Ok(number)) = (typed, cell.parse::<f64>()) {
                    sheet.write_number(line, column, number).unwrap();
                } else if let (true, true, Ok(when)) =
                    (typed, date, ExcelDateTime::parse_from_str(&pad_hour(&iso)))
                {
                    let format = if cell.contains(':') { &minute } else { &day };
                    sheet.write_datetime_with_format(line, column, &when, format).unwrap();
                } else {
                    sheet.write_string(line, column, cell).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// `2019-1-3 8:05` with a two-digit hour, which the workbook writer wants.
fn pad_hour(text: &str) -> String {
    match text.split_once(' ') {
        Some((date, time)) => format!("{date} {time:0>5}"),
        None => text.to_owned(),
    }
}

fn without_ends(cells: &[String]) -> Vec<&str> {
    let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    cells[..filled].iter().map(String::as_str).collect()
}

/// A workbook with the same sheet reads as the CSV file does, typed cells or not.
fn assert_workbook_reads_as(rows: &[SheetRow]) {
    let reading = Reading::of(rows, &rules()).unwrap();
    for typed in [false, true] {
        let file = read_bytes(&workbook(&[("明细", rows)], typed), None).unwrap();
        assert_eq!(file.kind, FileKind::Xlsx("明细".into()));
        let other = Reading::of(&file.rows, &rules()).unwrap();
        assert_eq!(other.entries, reading.entries, "typed: {typed}");
        assert_eq!((&other.footer, &other.totals), (&reading.footer, &reading.totals), "typed: {typed}");
        assert_eq!(other.check_footer(), reading.check_footer());
        assert_eq!(other.bad.len(), reading.bad.len());
        for (one, two) in other.bad.iter().zip(&reading.bad) {
            assert_eq!((one.line, &one.serial, one.reason()), (two.line, &two.serial, two.reason()));
            if !typed {
                assert_eq!(without_ends(&one.cells), without_ends(&two.cells));
            }
        }
    }
}

#[test]
fn a_workbook_gives_the_same_as_csv() {
    assert_workbook_reads_as(&read_bytes(LIST.as_bytes(), None).unwrap().rows);
}

#[test]
fn the_list_of_2019_to_2023_as_a_workbook() {
    let Some(path) = operators_list() else { return };
    assert_workbook_reads_as(&read_path(&path, None).unwrap().rows);
}

#[test]
fn the_sheet_of_a_workbook() {
    let list = read_bytes(LIST.as_bytes(), None).unwrap().rows;
    let notes = vec![SheetRow { line: 1, cells: vec!["说明".to_owned()] }];
    let both = workbook(&[("说明", &notes), ("明细", &list)], false);
    assert_eq!(read_bytes(&both, None).unwrap().kind, FileKind::Xlsx("明细".into()));
    assert_eq!(read_bytes(&both, Some("说明")).unwrap().rows, notes);
    let missing = read_bytes(&both, Some("2019"));
    assert!(matches!(missing, Err(FileError::SheetUnknown { names }) if names == ["说明", "明细"]));
    let two = workbook(&[("2019", &list), ("2020", &list)], false);
    assert!(
        matches!(read_bytes(&two, None), Err(FileError::SeveralSheets { names }) if names == ["2019", "2020"])
    );
    assert!(read_bytes(&two, Some("2020")).is_ok());
    let none = workbook(&[("说明", &notes)], false);
    assert_eq!(read_bytes(&none, None).unwrap().rows, notes);
}

#[test]
fn a_far_cell_takes_no_room() {
    let far = |line: u32, column: usize| {
        let mut cells = vec![String::new(); column];
        cells.push("x".to_owned());
        workbook(&[("一", &[SheetRow { line, cells }])], false)
    };
    assert_eq!(read_bytes(&far(1_000_000, 255), None).unwrap().rows.len(), 1);
    assert!(matches!(read_bytes(&far(1_000_001, 0), None), Err(FileError::TooManyRows { .. })));
    assert!(matches!(
        read_bytes(&far(3, MAX_COLUMNS), None),
        Err(FileError::TooManyColumns { line: 3, limit: MAX_COLUMNS })
    ));
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0u8; 1 << 20];
    for _ in 0..=MAX_UNPACKED_BYTES >> 20 {
        zip.write_all(&zeros).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < MAX_FILE_BYTES);
    assert!(matches!(read_bytes(&bytes, None), Err(FileError::UnpacksTooLarge { .. })));
}

#[test]
fn other_files_are_named() {
    assert!(matches!(read_bytes(b"PK\x03\x04 and no more", None), Err(FileError::WorkbookDamaged(_))));
    let old = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    assert!(matches!(read_bytes(&old, None), Err(FileError::OldOrLockedExcel)));
}

#[test]
fn bad_rows_are_written_and_can_be_mended() {
    let file = read_bytes(LIST.as_bytes(), None).unwrap();
    let reading = Reading::of(&file.rows, &rules()).unwrap();
    let left_out = |row: &'_ domain::takeover::BadRow| (row.line, row.reason(), row.cells.clone());
    let rows: Vec<_> = reading.bad.iter().map(left_out).collect();
    let rows: Vec<LeftOut<'_>> = rows
        .iter()
        .map(|(line, reason, cells)| LeftOut { line: *line, reason: reason.clone(), cells })
        .collect();
    let out = write_left_out(Vec::new(), &reading.header, &rows).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(
        text,
        "\u{FEFF}行号 line,原因 reason,流水号,捐赠日期,捐赠人,捐赠金额,捐赠项目,开票,备注\r\n\
         9,date_unreadable: 去年春节,A3,去年春节,何静,5,救助基金,,'=1+1\r\n"
    );
    // There is one serial number to mend, and it counts.
    let mended = text.replace(",去年春节,", ",2019/2/5,").replace(",A3,", ",A33,");
    let again = Reading::of(&read_bytes(mended.as_bytes(), None).unwrap().rows, &rules()).unwrap();
    assert_eq!((again.totals.good, again.bad.len()), (1, 0));
    assert_eq!((again.entries[0].serial.as_str(), again.entries[0].note.as_str()), ("A33", "=1+1"));
    let changes = Changes::of(&again, |_| None, <[u8]>::to_vec);
    assert_eq!(changes.count(Change::New), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = read_bytes(&bytes, None) {
            let _ = Reading::of(&file.rows, &rules()).map(|reading| reading.check_footer());
        }
    }

    #[test]
    fn any_text_keeps_its_rows(
        written in prop::collection::vec((prop::collection::vec("[a-c火\"\n\r, ]{0,6}", 2..5), 0usize..3), 1..8),
        windows: bool,
    ) {
        let newline = if windows { "\r\n" } else { "\n" };
        let (mut text, mut expected, mut line) = (String::new(), Vec::new(), 0);
        for (cells, blank_lines) in written {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            let row = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            text += &newline.repeat(blank_lines);
            text += row.strip_suffix('\n').unwrap();
            text += newline;
            line += u32::try_from(blank_lines).unwrap() + 1;
            expected.push((line, cells));
        }
        let read: Vec<_> = rows(&text).into_iter().filter(|(_, cells)| !cells.is_empty()).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn a_damaged_workbook_is_answered(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let list = read_bytes(LIST.as_bytes(), None).unwrap().rows;
        let mut bytes = workbook(&[("明细", &list)], true);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(file) = read_bytes(&bytes, None) {
            let _ = Reading::of(&file.rows, &rules());
        }
    }
}

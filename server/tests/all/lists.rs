//! Old lists on the command line: what of them is refused, where they disagree, and how that is said.

use crate::cli::{assert_says, empty_place, mode, refused, run};

#[test]
fn refused_rows_are_explained_in_words_and_coded_for_machines() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    let list = "流水号,捐赠日期,捐赠人,捐赠金额,捐赠项目\nA1,2020/1/3,李,100,救助基金\nA2,2020/13/45,李,100,救助基金\n";
    std::fs::write(dir.path().join("list.csv"), list).unwrap();
    let said = |args: &[&str], variables: &[(&str, &str)]| {
        let args = [&["import", "gifts", "list.csv"], args].concat();
        let done = run(&place, &args, "", &[variables, &[("LC_ALL", "")]].concat());
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        String::from_utf8(done.stdout).unwrap()
    };
    let code = "date_impossible: 2020/13/45";
    let zh = said(&["--dry-run", "--lang", "zh"], &[("LANG", "en_US.UTF-8")]);
    assert!(zh.contains("日期") && zh.contains("2020/13/45") && !zh.contains(code), "{zh}");
    assert_eq!(said(&["--dry-run"], &[("LANG", "zh_CN.UTF-8")]), zh, "the machine's language");
    let en = said(&["--dry-run"], &[("LANG", "C")]);
    assert!(en.contains("2020/13/45") && !en.contains("日期") && !en.contains(code), "{en}");
    let json: serde_json::Value = serde_json::from_str(&said(&["--dry-run", "--json"], &[])).unwrap();
    assert_eq!(json["bad"][0]["reason"], code);
    said(&["--lang", "zh"], &[]);
    let bad = std::fs::read_to_string(dir.path().join("data/imports/list.csv.bad.csv")).unwrap();
    assert!(bad.contains("日期") && !bad.contains(code), "{bad}");

    // A list that says something else of A1: told, and left out.
    std::fs::write(dir.path().join("list.csv"), list.replace(",100,", ",101,")).unwrap();
    for args in [&["--lang", "zh", "--dry-run"][..], &["--lang", "zh"]] {
        let said = said(args, &[]);
        for part in ["A1", "捐赠金额账上是“100.00”，表里是“101.00”", "救助基金：¥101.00", "冲突 1"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("fen") && !said.contains("Totals"), "{said}");
    }
    let bad = std::fs::read_to_string(dir.path().join("data/imports/list.csv.bad.csv")).unwrap();
    assert!(bad.contains("表里是“101.00”") && bad.lines().count() == 3, "{bad}");

    // What was taken over leaves again as a list of its own.
    let out = dir.path().join("out.csv");
    assert_says(&place.run(&["export", "gifts", "out.csv"]), &["1 gifts are in out.csv"]);
    assert_eq!(mode(&out), 0o600);
    assert!(std::fs::read_to_string(&out).unwrap().contains("100.00"));
    assert_says(&refused(&place, &["export", "gifts", "out.csv"], &[]), &["cannot write out.csv"]);
    place.run(&["export", "gifts", "out.xlsx", "--format", "xlsx"]);
    assert!(std::fs::read(dir.path().join("out.xlsx")).unwrap().starts_with(b"PK"));
    place.verify();
}

#[test]
fn a_list_that_is_not_taken_says_why_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    let header = "流水号,捐赠日期,捐赠人,捐赠金额,捐赠项目\nA1,2020/1/3,李,100,救助基金\n";
    let utf16: Vec<u8> = "\u{FEFF}流水号".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let say = |bytes: &[u8], args: &[&str]| {
        std::fs::write(dir.path().join("list.csv"), bytes).unwrap();
        let done = run(&place, &[&["import", "gifts", "list.csv"], args].concat(), "", &[]);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    for (bytes, zh, en) in [
        ("a;b\n1;2\n".as_bytes(), "没有找到表头", "no header"),
        (b"", "没有找到表头", "no header"),
        (header.replace("捐赠金额", "捐赠金额（万元）").as_bytes(), "单位是“万元”", "in “万元”"),
        (&utf16, "UTF-16", "UTF-16"),
        (b"\xD0\xCF\x11\xE0", "不带密码的 .xlsx", ".xlsx"),
    ] {
        for (lang, part) in [("zh", zh), ("en", en)] {
            let (code, _, stderr) = say(bytes, &["--lang", lang]);
            assert_eq!(code, Some(1), "{stderr}");
            assert!(stderr.contains(part) && stderr.contains("list.csv"), "{part}: {stderr}");
            for coded in ["NoHeader", "UnitNotYuan", "charset_unknown", "old_or_locked"] {
                assert!(!stderr.contains(coded), "{stderr}");
            }
        }
    }
    // Totals that disagree: no gift, and standard error names the figure also beside JSON.
    for args in [&["--lang", "zh"][..], &["--lang", "zh", "--json"]] {
        let (code, stdout, stderr) = say(format!("{header}累计,,,99999,\n").as_bytes(), args);
        assert_eq!(code, Some(4), "{stderr}");
        assert!(
            stderr.contains("第 3 行“累计”：表里写的捐赠合计是 ¥99,999.00，读到的是 ¥100.00"),
            "{stderr}"
        );
        if args.contains(&"--json") {
            let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(json["footer"][0]["figure"], "gift_sum");
            assert_eq!((&json["footer"][0]["stated"], &json["new"]), (&9_999_900.into(), &0.into()));
        }
    }
    let gone = run(&place, &["import", "gifts", "gone.csv", "--lang", "zh"], "", &[]);
    assert_says(&String::from_utf8(gone.stderr).unwrap(), &["gone.csv 没有导入", "没有这个文件"]);
    let (code, stdout, _) = say(header.replace(',', "\t").as_bytes(), &["--lang", "zh"]);
    assert!(code == Some(0) && stdout.contains("每一行都在账上了"), "{stdout}");
    place.verify();
}

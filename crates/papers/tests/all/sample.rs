//! Made-up receipts for tests and for looking at. Recipients, numbers and donors are fictitious.

use papers::{Bilingual, PaperDate, PaperKind, ReceiptPaper, Recipient};

fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.to_owned(), en: Some(en.to_owned()) }
}

/// An ordinary gift of ¥100.50.
pub fn ordinary() -> ReceiptPaper {
    ReceiptPaper {
        number: "HZ-2026-000128".to_owned(),
        year: 2026,
        recipient: Recipient {
            name: both("山东示例公益基金会", "Shandong Example Public Welfare Foundation"),
            credit_code: "533700000000000430".to_owned(),
            certificate: Some("鲁民募字第 2026001 号".to_owned()),
            plan: Some("53370000000000430A26001".to_owned()),
        },
        donor: Some("王小明".to_owned()),
        amount_fen: 10_050,
        amount_capitals: "壹佰元零伍角".to_owned(),
        fund: both("救助基金", "Aid Fund"),
        programme: Some(both("儿童白血病移植援助", "Transplant aid for children")),
        channel: both("在线支付", "Online payment"),
        received: PaperDate { zh: "2026年11月22日".to_owned(), iso: "2026-11-22".to_owned() },
        issued: PaperDate { zh: "2026年11月23日".to_owned(), iso: "2026-11-23".to_owned() },
        handler: Some("李静".to_owned()),
        dedication: None,
        kind: PaperKind::Original,
        left_fen: None,
        replaces: None,
        replaced_by: None,
        verify_url: "https://spark.example/verify/9f86d081884c7d659a2feaa0c55ad015".to_owned(),
        seal: None,
        demo: false,
        created: "2026-11-23T01:30:00Z".parse().expect("an instant"),
    }
}

/// The longest title that the donate form lets through: 60 characters.
pub fn long_names() -> ReceiptPaper {
    ReceiptPaper {
        donor: Some(
            "山东省济南市历下区经十路某某国际生物医药科技创新与健康产业发展（集团）股份有限公司第三分公司工会委员会暨全体员工家属代表一同"
                .chars()
                .take(60)
                .collect(),
        ),
        recipient: Recipient {
            name: both(
                "山东省脐带血造血干细胞库火种工程示例公益救助慈善基金会联合募捐工作委员会",
                "Example Joint Fundraising Committee of the Shandong Cord Blood Spark Project Charity Foundation",
            ),
            ..ordinary().recipient
        },
        programme: Some(both(
            "火种工程·山东省困难家庭儿童及老年血液病患者造血干细胞移植与辅助治疗定向援助项目（第二期）",
            "Directed aid for children and the elderly of families in need, second round",
        )),
        ..ordinary()
    }
}

/// Words that need a good part of the page.
pub fn long_dedication() -> ReceiptPaper {
    ReceiptPaper {
        dedication: Some(
            "谨以此款纪念我们的外婆。她一生俭朴，却总把最好的留给别人。愿每一个等待移植的孩子都能等到属于自己的那份火种，愿每一位陪在病床边的家人都有人可以依靠。\
             我们不求回报，也不需要感谢，只希望这点心意能准时到达、用得其所。Please keep the lamp lit for the next child; we were once kept warm by strangers too. \
             等她们长大以后，也会把这点光传下去。"
                .to_owned(),
        ),
        ..ordinary()
    }
}

/// A valid receipt printed again.
pub fn copy() -> ReceiptPaper {
    ReceiptPaper {
        kind: PaperKind::Copy, dedication: Some("愿孩子们平安长大。".to_owned()), ..ordinary()
    }
}

/// A void receipt.
pub fn void() -> ReceiptPaper {
    ReceiptPaper { kind: PaperKind::Void, ..ordinary() }
}

/// A receipt that another one took the place of.
pub fn replaced() -> ReceiptPaper {
    ReceiptPaper { kind: PaperKind::Replaced, replaced_by: Some("HZ-2026-000131".to_owned()), ..ordinary() }
}

/// The receipt that took its place, of an anonymous donor, as demonstration data.
pub fn anonymous_demo() -> ReceiptPaper {
    ReceiptPaper {
        donor: None,
        programme: None,
        demo: true,
        replaces: Some("HZ-2026-000128".to_owned()),
        number: "000131".to_owned(),
        ..ordinary()
    }
}

/// The smallest gift.
pub fn one_fen() -> ReceiptPaper {
    ReceiptPaper {
        amount_fen: 1,
        amount_capitals: "壹分".to_owned(),
        handler: None,
        programme: None,
        donor: Some("𠮷田・𬍛".to_owned()),
        ..ordinary()
    }
}

/// The largest amount that the ledger takes.
pub fn largest() -> ReceiptPaper {
    ReceiptPaper {
        amount_fen: 99_999_999_999_999,
        amount_capitals: "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分".to_owned(),
        dedication: Some("愿每个家庭都等得到。".to_owned()),
        ..ordinary()
    }
}

/// Far more than one page holds.
pub fn two_pages() -> ReceiptPaper {
    ReceiptPaper {
        dedication: Some("愿每一位等待移植的孩子都能等到属于自己的那份火种。".repeat(45)),
        ..long_names()
    }
}

/// Every sample with a file name.
pub fn all() -> Vec<(&'static str, ReceiptPaper)> {
    vec![
        ("ordinary", ordinary()),
        ("long-names", long_names()),
        ("long-dedication", long_dedication()),
        ("copy", copy()),
        ("void", void()),
        ("replaced", replaced()),
        ("anonymous-demo", anonymous_demo()),
        ("one-fen", one_fen()),
        ("largest", largest()),
        ("two-pages", two_pages()),
    ]
}

//! What the sample pages are filled with: fictitious, and believable in length and number.

use app::pages::public::figures::PublishedFigure;
use app::widgets::{FundChoice, FundLine, GiveForm, fresh_form};
use domain::fund::{CollectedBy, Fund, Organisation, Plan, Programme, Standing};
use domain::giving::{Channel, FieldErrors};
use domain::id::{FundId, GiftId, OrganisationId, PlanId, ProgrammeId, Token};
use domain::ledger::Sums;
use domain::money::Fen;
use domain::time::{Date, Instant};
use uuid::Uuid;
use words::Lang;

/// 2026-11-22 16:05 in Shanghai.
pub const NOW: Instant = Instant(1_795_334_700_000_000);

pub fn day(text: &str) -> Date {
    text.parse().expect("a date of the samples")
}

pub fn token() -> Token {
    "2v8k4m6q9s1t3w5x7y0z2a4b6c".parse().expect("a token of the samples")
}

pub fn gift_id() -> GiftId {
    GiftId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_002a))
}

pub fn organisation() -> Organisation {
    Organisation {
        id: OrganisationId(Uuid::nil()),
        name_zh: "演示·泉城脐血公益基金会".into(),
        name_en: "Demo · Quancheng Cord Blood Foundation".into(),
        credit_code: "533700000000000430".parse_code(),
        certificate: "演示-募证-0001".into(),
        certificate_from: day("2024-05-01"),
        certificate_until: day("2027-04-30"),
        receipt_prefix: "SP".into(),
        receipt_handler: None,
        bank_account:
            "户名：演示·泉城脐血公益基金会\n账号：0000 0000 0000 0000 012\n开户行：演示银行济南历下支行"
                .into(),
        contact: "0531-0000 0000（工作日 9:00–17:00）".into(),
    }
}

/// A credit code that is known to hold.
trait ParseCode {
    fn parse_code(&self) -> Option<domain::identity::CreditCode>;
}

impl ParseCode for str {
    fn parse_code(&self) -> Option<domain::identity::CreditCode> {
        domain::identity::CreditCode::read(self).ok()
    }
}

fn collected_by(name_zh: &str, name_en: &str) -> CollectedBy {
    let mut organisation = organisation();
    if !name_zh.is_empty() {
        organisation.name_zh = name_zh.into();
        organisation.name_en = name_en.into();
        organisation.certificate = "演示-募证-0002".into();
        organisation.credit_code = None;
    }
    let plan = Plan {
        id: PlanId(Uuid::nil()),
        organisation_id: organisation.id,
        filing_number: "演示 5137 0000 0000 0026 0001".into(),
        title_zh: "“火种工程”脐带血移植资助公开募捐活动".into(),
        title_en: "Public fundraising for cord-blood transplants".into(),
        starts_on: day("2026-01-01"),
        ends_on: day("2027-12-31"),
    };
    CollectedBy { organisation, plan }
}

pub fn fund(code: &str) -> Fund {
    let (name_zh, name_en, purpose_zh, purpose_en, by) = match code {
        "spark" => (
            "火种工程",
            "Spark Project",
            "为困难家庭的患儿找到并送达配型相合的脐带血，并资助移植。",
            "Finds and delivers a matched cord blood unit for children of families in need, and helps pay for the transplant.",
            Some(collected_by("", "")),
        ),
        "aid" => (
            "救助基金",
            "Aid Fund",
            "资助正在接受脐带血移植或辅助治疗的患者，由基金管理委员会分批评审。",
            "Helps patients who receive a cord blood transplant or auxiliary treatment; a committee decides in batches.",
            Some(collected_by(
                "演示·齐鲁红十字人道救助基金会",
                "Demo · Qilu Red Cross Humanitarian Aid Foundation",
            )),
        ),
        _ => (
            "科研基金",
            "Research Fund",
            "支持脐带血临床应用的研究，结果公开。",
            "Supports research into the clinical use of cord blood; results are published.",
            None,
        ),
    };
    Fund {
        id: FundId(Uuid::nil()),
        code: code.into(),
        name_zh: name_zh.into(),
        name_en: name_en.into(),
        purpose_zh: purpose_zh.into(),
        purpose_en: purpose_en.into(),
        collected_by: by,
    }
}

pub fn lines() -> Vec<FundLine> {
    let line = |code: &str, standing, sums, gifts| FundLine { fund: fund(code), standing, sums, gifts };
    let sums = |received, refunded, fees, spent| Sums {
        received: Fen(received),
        refunded: Fen(refunded),
        fees: Fen(fees),
        spent: Fen(spent),
    };
    vec![
        line("spark", Standing::Open, sums(1_284_506_050, 1_230_000, 7_101_233, 861_000_000), 18_204),
        line("aid", Standing::Open, sums(236_700_500, 0, 1_420_203, 203_000_000), 3_377),
        line("research", Standing::NotSetUp, sums(40_000_000, 0, 0, 0), 12),
    ]
}

pub fn empty_lines() -> Vec<FundLine> {
    lines().into_iter().map(|line| FundLine { sums: Sums::default(), gifts: 0, ..line }).collect()
}

pub fn programmes() -> Vec<Programme> {
    let programme =
        |code: &str, name_zh: &str, name_en: &str, purpose_zh: &str, purpose_en: &str| Programme {
            id: ProgrammeId(Uuid::nil()),
            fund_id: FundId(Uuid::nil()),
            code: code.into(),
            name_zh: name_zh.into(),
            name_en: name_en.into(),
            purpose_zh: purpose_zh.into(),
            purpose_en: purpose_en.into(),
        };
    vec![
        programme(
            "thalassaemia",
            "地贫患儿定向援助",
            "Children with thalassaemia",
            "资助重型地中海贫血患儿的脐带血移植。",
            "Helps children with severe thalassaemia reach a cord-blood transplant.",
        ),
        programme(
            "rural",
            "乡村家庭往返与租住补助",
            "Travel and lodging for rural families",
            "补助移植期间家长在医院附近租住和往返的费用。",
            "Helps parents stay near the hospital and travel during a transplant.",
        ),
    ]
}

pub fn choices() -> Vec<FundChoice> {
    let of = |line: FundLine| FundChoice {
        programmes: if line.fund.code == "spark" { programmes() } else { vec![] },
        fund: line.fund,
        standing: line.standing,
    };
    lines().into_iter().map(of).collect()
}

pub fn give() -> GiveForm {
    GiveForm {
        form: fresh_form(token().to_string(), "spark"),
        errors: FieldErrors::new(),
        funds: choices(),
        channels: vec![Channel::Sandbox, Channel::BankTransfer],
        today: NOW.date(),
    }
}

pub fn published(lang: Lang) -> Vec<PublishedFigure> {
    let figure = |zh: (&str, &str), en: (&str, &str), as_of: &str, source: &str| PublishedFigure {
        value: lang.pick(zh.0, en.0).to_owned(),
        label: lang.pick(zh.1, en.1).to_owned(),
        as_of: day(as_of),
        source: source.to_owned(),
    };
    let source = lang.pick("项目官网", "programme’s web site");
    vec![
        figure(
            ("超过 1000 万元", "火种工程募集善款"),
            ("over ¥10 million", "raised by the Spark Project"),
            "2023-06-30",
            source,
        ),
        figure(("200 余个", "火种工程帮助的家庭"), ("200+", "families helped"), "2023-06-30", source),
        figure(
            ("154 位", "救助基金资助的患者"),
            ("154", "patients helped by the Aid Fund"),
            "2021-03-31",
            source,
        ),
        figure(
            ("203 万元", "救助基金资助金额"),
            ("¥2.03 million", "paid out by the Aid Fund"),
            "2021-03-31",
            source,
        ),
    ]
}

/// A QR code as the server makes one.
pub fn qr() -> String {
    use fast_qr::convert::svg::SvgBuilder;
    use fast_qr::convert::{Builder, Shape};
    let code = fast_qr::QRBuilder::new(format!("https://example.org/gift/{}", token())).build();
    code.map(|code| SvgBuilder::default().shape(Shape::Square).margin(0).to_str(&code)).unwrap_or_default()
}

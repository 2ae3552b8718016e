//! Samples of the public pages: fresh, refused, empty, closed, and with long names and large sums.

use app::pages::public::donate;
use app::pages::public::error::{self, ErrorView, Problem};
use app::pages::public::figures::{self, FiguresView};
use app::pages::public::fund::{self, FundView, PublicWords};
use app::pages::public::gift::{self, FormerReceipt, GiftReceipt, GiftView, GiftWords, WordsState};
use app::pages::public::home::{self, Disclosed, HomeView};
use app::pages::public::pay::{self, PayStep, PayView};
use app::pages::public::sign_in::{self, SignInView, SignedOut};
use app::pages::public::verify::{self, Outcome, VerifiedReceipt, VerifyView};
use app::pages::public::{how, privacy};
use app::widgets::GiveForm;
use domain::fund::Standing;
use domain::giving::{Channel, GiftForm, GiftState};
use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::refusal::Refusal;
use words::Lang;

use super::Sample;
use super::samples::{
    NOW, choices, day, empty_lines, give, lines, organisation, programmes, published, qr, token,
};

fn sample(name: &'static str, make: impl Fn(&app::PageContext) -> app::Page + 'static) -> Sample {
    (name, Box::new(make))
}

/// Every public page.
pub fn samples(lang: Lang) -> Vec<Sample> {
    let mut all = giving(lang);
    all.extend(paying(lang));
    all.extend(verifying());
    all.extend(rest());
    all
}

fn refused() -> GiveForm {
    let form = GiftForm {
        target: "research".into(),
        amount: "1e9".into(),
        donor_kind: "organisation".into(),
        name: "内蒙古自治区呼伦贝尔市新巴尔虎左旗阿木古郎镇第三中学二〇〇八届全体同学与家长联合捐赠代表及其亲友共同组成的爱心小组委员会".repeat(2),
        email: "nobody".into(),
        phone: "110".into(),
        message: "愿平安。\n</textarea><b>".into(),
        tax: "on".into(),
        tax_number: "370102201502290013".into(),
        related: "yes".into(),
        channel: "sandbox".into(),
        ..give().form
    };
    let targets: Vec<_> = choices()
        .into_iter()
        .map(|choice| domain::giving::GiftTarget {
            code: choice.fund.code,
            fund_id: choice.fund.id,
            programme_id: None,
            open: choice.standing == Standing::Open,
        })
        .collect();
    let errors = form.read(NOW.date(), &targets).err().unwrap_or_default();
    GiveForm { form, errors, ..give() }
}

fn none_open() -> GiveForm {
    let mut closed = give();
    for choice in &mut closed.funds {
        choice.standing = Standing::PlanOutOfForce;
    }
    closed
}

fn giving(lang: Lang) -> Vec<Sample> {
    let disclosures = move || {
        let one = |on: &str, zh: &str, en: &str| Disclosed {
            on: day(on),
            title: lang.pick(zh, en).to_owned(),
            href: "/figures".into(),
        };
        vec![
            one("2026-10-20", "2026 年第三季度募捐与使用情况", "Third quarter of 2026: collected and used"),
            one(
                "2026-07-18",
                "2026 年第二季度募捐与使用情况（附更正说明）",
                "Second quarter of 2026, with a correction",
            ),
        ]
    };
    let full = move || HomeView {
        give: give(),
        published: published(lang),
        funds: lines(),
        disclosures: disclosures(),
    };
    let one_recipient = || {
        let mut view = give();
        view.funds.truncate(1);
        view
    };
    vec![
        sample("home", move |context| home::page(context, full())),
        sample("home-empty", move |context| {
            let view = HomeView {
                give: one_recipient(),
                published: vec![],
                funds: empty_lines(),
                disclosures: vec![],
            };
            home::page(context, view)
        }),
        sample("donate", |context| donate::page(context, &give(), None)),
        sample("donate-refused", |context| donate::page(context, &refused(), None)),
        sample("donate-closed", |context| donate::page(context, &none_open(), None)),
        sample("fund", move |context| fund::page(context, fund_view(lang))),
        sample("fund-empty", move |context| {
            let line = empty_lines().remove(2);
            fund::page(context, FundView { line, at: NOW, programmes: vec![], words: vec![] })
        }),
        sample("figures", move |context| {
            figures::page(context, FiguresView { at: NOW, funds: lines(), published: published(lang) })
        }),
        sample("figures-empty", |context| {
            figures::page(context, FiguresView { at: NOW, funds: empty_lines(), published: vec![] })
        }),
    ]
}

fn fund_view(lang: Lang) -> FundView {
    let said = |name: Option<&str>, on: &str, dedication: (&str, &str), message: (&str, &str)| PublicWords {
        name: name.map(str::to_owned),
        on: day(on),
        dedication: lang.pick(dedication.0, dedication.1).to_owned(),
        message: lang.pick(message.0, message.1).to_owned(),
    };
    let words = vec![
        said(
            Some("王**"),
            "2026-11-20",
            ("祝小米十岁生日快乐", "For Xiaomi’s tenth birthday"),
            (
                "愿你们都能回家过年。\n慢慢来，不着急。",
                "May you all be home for the new year.\nTake your time.",
            ),
        ),
        said(
            None,
            "2026-11-18",
            ("", ""),
            ("我也曾在那条走廊里等过。", "I once waited in that corridor too."),
        ),
    ];
    FundView { line: lines().remove(0), at: NOW, programmes: programmes(), words }
}

fn paying(lang: Lang) -> Vec<Sample> {
    let target = lang.pick("火种工程 · 地贫患儿定向援助", "Spark Project · Children with thalassaemia");
    let pay = move |step: PayStep| PayView {
        token: token(),
        amount: Fen(10_050),
        target: target.to_owned(),
        code: "spark".into(),
        receipt_wanted: true,
        step,
    };
    vec![
        sample("pay", move |context| {
            let step = PayStep::Provider {
                pay_url: Some("http://127.0.0.1:3100/pay/1".into()),
                until: NOW.plus_seconds(1800),
            };
            pay::page(context, pay(step))
        }),
        sample("pay-transfer", move |context| {
            let organisation = Box::new(organisation());
            let step = PayStep::Transfer { organisation, reference: "SP7K 3Q9M PA4X".into() };
            pay::page(context, PayView { amount: Fen(88_888_888), ..pay(step) })
        }),
        sample("pay-expired", move |context| pay::page(context, pay(PayStep::Expired { at: NOW }))),
        sample("pay-closed", move |context| {
            pay::page(context, pay(PayStep::Closed { standing: Standing::PlanOutOfForce }))
        }),
        sample("gift", move |context| gift::page(context, gift_view(lang, GiftState::Paid))),
        sample("gift-pending", move |context| {
            let view = GiftView {
                paid_at: None,
                fee: Fen::ZERO,
                receipt: GiftReceipt::NotYet,
                donor: None,
                words: None,
                ..gift_view(lang, GiftState::Pending)
            };
            gift::page(context, view)
        }),
        sample("gift-partly", move |context| {
            let view = GiftView {
                amount: Fen(99_999_999_999_999),
                refunded: Fen(50_000_000_000_001),
                refunds: vec![(day("2026-11-22"), Fen(50_000_000_000_001))],
                donor: Some("内蒙古自治区呼伦贝尔市新巴尔虎左旗阿木古郎镇第三中学二〇〇八届全体同学".into()),
                ..gift_view(lang, GiftState::PartlyRefunded)
            };
            gift::page(context, view)
        }),
        sample("gift-waived", move |context| {
            let view =
                GiftView { receipt: GiftReceipt::Waived, donor: None, ..gift_view(lang, GiftState::Paid) };
            gift::page(context, view)
        }),
        sample("gift-expired", move |context| {
            let view = GiftView {
                paid_at: None,
                fee: Fen::ZERO,
                receipt: GiftReceipt::NotYet,
                ..gift_view(lang, GiftState::Expired)
            };
            gift::page(context, view)
        }),
        sample("gift-reissued", move |context| {
            let former = FormerReceipt {
                number: "SP-2026-018101".into(),
                issued_on: day("2026-11-20"),
                state: ReceiptState::Replaced,
                replaced_by: Some("SP-2026-018205".into()),
                pdf: format!("/gift/{}/receipt/1.pdf", token()),
            };
            gift::page(context, GiftView { former: vec![former], ..gift_view(lang, GiftState::Paid) })
        }),
    ]
}

fn gift_view(lang: Lang, state: GiftState) -> GiftView {
    let receipt_state =
        if state == GiftState::PartlyRefunded { ReceiptState::PartlyRefunded } else { ReceiptState::Valid };
    GiftView {
        token: token(),
        address: format!("https://spark.example.org/gift/{}", token()),
        qr_svg: qr(),
        reference: "SP7K3Q9MPA4X".into(),
        amount: Fen(10_050),
        refunded: Fen::ZERO,
        fee: Fen(61),
        state,
        standing: Standing::Open,
        target: "spark".into(),
        receipt_wanted: true,
        channel: Channel::Sandbox,
        fund: lang.pick("火种工程", "Spark Project").into(),
        programme: Some(lang.pick("地贫患儿定向援助", "Children with thalassaemia").into()),
        organisation: Some(lang.pick(&organisation().name_zh, &organisation().name_en).into()),
        donor: Some("王小明".into()),
        created_at: NOW,
        paid_at: Some(NOW.plus_seconds(42)),
        refunds: vec![],
        receipt: GiftReceipt::Issued {
            number: "SP-2026-018205".into(),
            issued_on: NOW.date(),
            state: receipt_state,
            pdf: Some(format!("/gift/{}/receipt.pdf", token())),
            verify: format!("/verify/{}", token()),
            printed_name: None,
        },
        former: vec![],
        tax: None,
        words: Some(GiftWords {
            dedication: lang.pick("祝小米十岁生日快乐", "For Xiaomi’s tenth birthday").into(),
            message: lang.pick("愿你们都能回家过年。", "May you all be home for the new year.").into(),
            state: WordsState::Waiting,
        }),
    }
}

fn verifying() -> Vec<Sample> {
    let receipt = |state| VerifiedReceipt {
        checked_at: NOW,
        state,
        number: "SP-2026-018205".into(),
        amount: Fen(10_050),
        refunded: if state == ReceiptState::PartlyRefunded { Fen(5_000) } else { Fen::ZERO },
        issued_on: NOW.date(),
        organisation: organisation().name_zh,
        fund: "火种工程".into(),
        masked_donor: Some("王**".into()),
        replaced_by: None,
        replaces: None,
    };
    let found = move |state| VerifyView::found(receipt(state));
    vec![
        sample("verify", |context| verify::page(context, VerifyView::fresh())),
        sample("verify-valid", move |context| verify::page(context, found(ReceiptState::Valid))),
        sample("verify-void", move |context| verify::page(context, found(ReceiptState::Void))),
        sample("verify-partly", move |context| {
            let anonymous = VerifiedReceipt { masked_donor: None, ..receipt(ReceiptState::PartlyRefunded) };
            verify::page(context, VerifyView::found(anonymous))
        }),
        sample("verify-notfound", |context| {
            let view = VerifyView {
                outcome: Outcome::NotFound,
                number: "SP-2026-999999".into(),
                amount: "一百".into(),
                number_error: None,
                amount_error: Some(Refusal::AmountUnreadable),
            };
            verify::page(context, view)
        }),
        sample("verify-toomany", |context| {
            verify::page(
                context,
                VerifyView { outcome: Outcome::TooMany { seconds: 540 }, ..VerifyView::fresh() },
            )
        }),
    ]
}

fn rest() -> Vec<Sample> {
    let problem =
        |problem: Problem| ErrorView { problem, request_id: Some("01JDC3K7Q8".into()), again: None };
    vec![
        sample("how", how::page),
        sample("privacy", privacy::page),
        sample("error-404", move |context| {
            error::page(context, ErrorView { request_id: None, ..problem(Problem::NotFound) })
        }),
        sample("error-503", move |context| error::page(context, problem(Problem::Unavailable))),
        sample("error-429", move |context| error::page(context, problem(Problem::TooMany { seconds: 75 }))),
        sample("sign-in", |context| {
            sign_in::page(context, SignInView { signed_out: Some(SignedOut::Idle), ..SignInView::default() })
        }),
        sample("sign-in-refused", |context| {
            let view = SignInView {
                problem: None,
                name: "wang".into(),
                refusal: Some(Refusal::SignInFailed),
                next: "/console".into(),
                signed_out: None,
            };
            sign_in::page(context, view)
        }),
    ]
}

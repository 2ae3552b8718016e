//! Samples of the console: full, empty, and with every action.

use app::pages::console::bills::{self, BillsView, DayRow, DifferenceRow};
use app::pages::console::calls::{self, CallRow, CallsView};
use app::pages::console::gift::{
    self, ConfirmForm, DonorDetail, GiftActions, GiftDetailView, OtherReceipt, RefundForm,
};
use app::pages::console::gift_records::{
    EntryRow, EventRow, MessageRow, ReasonForm, ReceiptRow, Records, RefundRow,
};
use app::pages::console::gifts::{self, GiftFilter, GiftRow, GiftsView, ReceiptCell};
use app::pages::console::jobs::{self, JobRow, JobsView};
use app::pages::console::mail::{self, LetterHead, LetterView, MailFolderView};
use app::pages::console::messages::{self, MessagesView, OutboxRow};
use app::pages::public::gift::{GiftWords, WordsState};
use domain::bill::DifferenceKind;
use domain::giving::{Channel, GiftState};
use domain::id::{EntryId, JobId, MessageId, ReceiptId};
use domain::ledger::{Account, EntryKind};
use domain::money::Fen;
use domain::receipt::ReceiptState;
use domain::refusal::Refusal;
use uuid::Uuid;
use words::letters::{Ends, ThankYou};
use words::{Lang, letters};

use super::Sample;
use super::samples::{NOW, day, gift_id, token};

fn sample(name: &'static str, make: impl Fn(&app::PageContext) -> app::Page + 'static) -> Sample {
    (name, Box::new(make))
}

/// Every page of the console.
pub fn samples(lang: Lang) -> Vec<Sample> {
    vec![
        sample("console-gifts", move |context| gifts::page(context, list(lang))),
        sample("console-gifts-empty", move |context| {
            let filter = GiftFilter {
                query: "SP-2026-999999".into(),
                from: "2026-02-30".into(),
                ..GiftFilter::default()
            };
            let view = GiftsView {
                filter,
                from_error: Some(Refusal::DateImpossible),
                rows: vec![],
                older: None,
                ..list(lang)
            };
            gifts::page(context, view)
        }),
        sample("console-gift", move |context| gift::page(context, detail(lang))),
        sample("console-gift-taken-over", move |context| gift::page(context, taken_over(lang))),
        sample("console-gift-transfer", move |context| gift::page(context, transfer(lang))),
        sample("console-calls", |context| calls::page(context, CallsView { rows: call_rows() })),
        sample("console-calls-empty", |context| calls::page(context, CallsView::default())),
        sample("console-messages", |context| {
            messages::page(
                context,
                MessagesView {
                    rows: outbox(),
                    older: Some("/console/messages?before=1".into()),
                    no_mail: true,
                },
            )
        }),
        sample("console-bills", |context| bills::page(context, bill_rows())),
        sample("console-jobs", |context| jobs::page(context, JobsView { rows: job_rows() })),
        sample("console-mail", move |context| {
            mail::folder(context, MailFolderView { letters: vec![head(lang)] })
        }),
        sample("console-letter", move |context| mail::letter(context, letter(lang))),
    ]
}

fn list(lang: Lang) -> GiftsView {
    let spark = lang.pick("火种工程", "Spark Project");
    let aid = lang.pick("救助基金", "Aid Fund");
    let long = "内蒙古自治区呼伦贝尔市新巴尔虎左旗阿木古郎镇第三中学";
    let rows = [
        (
            GiftState::Paid,
            "王小明",
            10_050,
            spark,
            Channel::Sandbox,
            ReceiptCell::Number("SP-2026-018205".into()),
            true,
        ),
        (GiftState::Pending, "", 88_888_888, aid, Channel::BankTransfer, ReceiptCell::None, false),
        (
            GiftState::PartlyRefunded,
            long,
            100_000_000,
            aid,
            Channel::BankTransfer,
            ReceiptCell::Number("SP-2026-018204".into()),
            false,
        ),
        (
            GiftState::Refunded,
            "李静",
            5_000,
            spark,
            Channel::Sandbox,
            ReceiptCell::Number("SP-2026-018203".into()),
            false,
        ),
        (GiftState::Expired, "", 20_000, spark, Channel::Sandbox, ReceiptCell::None, false),
        (GiftState::Paid, "赵丽华", 1, spark, Channel::Sandbox, ReceiptCell::Waived, false),
        (
            GiftState::Paid,
            "爱心人士",
            99_999_999_999_999,
            aid,
            Channel::TakenOver,
            ReceiptCell::Elsewhere,
            false,
        ),
    ];
    let rows =
        rows.into_iter().enumerate().map(|(place, (state, donor, fen, fund, channel, receipt, waiting))| {
            GiftRow {
                id: gift_id(),
                at: NOW.plus_seconds(-3700 * place as i64),
                reference: format!("SP01KAPM2S5EGKXR6TN37K3Q9MPA4{place}"),
                donor: Some(donor.to_owned()).filter(|name| !name.is_empty()),
                anonymous: place == 3,
                fund: fund.to_owned(),
                amount: Fen(fen),
                state,
                channel,
                receipt,
                words_waiting: waiting,
            }
        });
    GiftsView {
        filter: GiftFilter { fund: "spark".into(), ..GiftFilter::default() },
        from_error: None,
        until_error: None,
        funds: vec![("spark".into(), spark.into()), ("aid".into(), aid.into())],
        rows: rows.collect(),
        states: std::iter::once(None)
            .chain(GiftState::ALL.map(Some))
            .map(|state| (state, "/console/gifts".to_owned()))
            .collect(),
        older: Some("/console/gifts?before=1".into()),
        newest: None,
    }
}

fn detail(lang: Lang) -> GiftDetailView {
    GiftDetailView {
        id: gift_id(),
        reference: "SP01KAPM2S5EGKXR6TN37K3Q9MP4".into(),
        state: GiftState::PartlyRefunded,
        amount: Fen(10_050),
        pledged: None,
        refunded: Fen(5_000),
        fee: Fen(61),
        fund: lang.pick("火种工程", "Spark Project").into(),
        programme: Some(lang.pick("地贫患儿定向援助", "Children with thalassaemia").into()),
        channel: Channel::Sandbox,
        provider_reference: Some("SBX20261122160542000001".into()),
        created_at: NOW,
        paid_at: Some(NOW.plus_seconds(42)),
        taken_over: None,
        anonymous: false,
        other_receipt: OtherReceipt::None,
        issue_error: None,
        donor: Some(DonorDetail {
            name: "王小明".into(),
            organisation: false,
            email: "wang.xiaoming@example.com".into(),
            phone: "199****4906".into(),
            tax: Some(("王小明".into(), "002X".into())),
        }),
        words: Some(GiftWords {
            dedication: "祝小米十岁生日快乐".into(),
            message: "愿你们都能回家过年。\n慢慢来，不着急。".into(),
            state: WordsState::Waiting,
        }),
        records: records(),
        may: GiftActions { refund: true, receipts: true, moderate: true, ..GiftActions::default() },
        refund: RefundForm {
            key: String::new(),
            amount: "80".into(),
            amount_error: Some(Refusal::RefundOverGift { left: Fen(5_050) }),
            reason_error: Some(Refusal::Required),
            ..RefundForm::default()
        },
        confirm: ConfirmForm::default(),
        refusal: None,
        done: true,
    }
}

/// An old gift about whose receipt the list says something unclear, with a refund by hand that waits and one withdrawn.
fn taken_over(lang: Lang) -> GiftDetailView {
    let refund = |confirm: Option<&str>, withdrawn: Option<&str>, state: &str| RefundRow {
        confirm: confirm.map(str::to_owned),
        typed: confirm.map(|_| ReasonForm {
            deed: "withdraw",
            reason: String::new(),
            error: Some(Refusal::Required),
            name: String::new(),
            name_error: None,
        }),
        withdrawn: withdrawn.map(str::to_owned),
        at: NOW.plus_seconds(86_400),
        amount: Fen(500),
        reason: "多付".into(),
        state: state.into(),
    };
    GiftDetailView {
        state: GiftState::Paid,
        refunded: Fen::ZERO,
        fee: Fen::ZERO,
        channel: Channel::TakenOver,
        provider_reference: Some("登记表/HZ201900001".into()),
        taken_over: Some(("登记表".into(), "HZ201900001".into())),
        other_receipt: OtherReceipt::Unclear("待补".into()),
        issue_error: Some(Refusal::ReceiptIssuedElsewhere),
        records: Records {
            receipts: vec![],
            refunds: vec![
                refund(None, Some("金额填错了"), "failed"),
                refund(Some("/console/gifts/x/refunds/y"), None, "requested"),
            ],
            ..records()
        },
        may: GiftActions { refund: true, receipts: true, issue_receipt: true, ..GiftActions::default() },
        refund: RefundForm::default(),
        done: false,
        ..detail(lang)
    }
}

fn transfer(lang: Lang) -> GiftDetailView {
    GiftDetailView {
        state: GiftState::Pending,
        amount: Fen(88_888_888),
        refunded: Fen::ZERO,
        fee: Fen::ZERO,
        channel: Channel::BankTransfer,
        provider_reference: None,
        paid_at: None,
        donor: None,
        words: None,
        records: Records::default(),
        may: GiftActions { confirm_transfer: true, ..GiftActions::default() },
        refund: RefundForm::default(),
        confirm: ConfirmForm {
            amount: "888888.88".into(),
            received_on: "2026-11-22".into(),
            bank_reference_error: Some(Refusal::Required),
            ..ConfirmForm::default()
        },
        refusal: Some(Refusal::PaymentDisagrees),
        done: false,
        ..detail(lang)
    }
}

fn records() -> Records {
    let receipt = |number: &str, state, replaced_by: Option<&str>| ReceiptRow {
        id: ReceiptId(Uuid::nil()),
        number: number.into(),
        issued_on: day("2026-11-22"),
        name: Some("王小明".into()),
        state,
        pdf: Some("/console/receipts/1.pdf".into()),
        replaced_by: replaced_by.map(str::to_owned),
        typed: None,
    };
    let event = |seq, actor: &str, kind: &str| EventRow {
        seq,
        at: NOW.plus_seconds(seq),
        actor: actor.into(),
        kind: kind.into(),
        hash: "9f2c61d0a4b7".into(),
    };
    let message = |kind: &str, channel: &str, state: &str| MessageRow {
        at: NOW,
        kind: kind.into(),
        channel: channel.into(),
        state: state.into(),
    };
    Records {
        entries: vec![
            EntryRow {
                id: EntryId(Uuid::nil()),
                reason: None,
                typed: None,
                reverse: Some("/console/gifts/x/entries/y/reverse".to_owned()),
                kind: EntryKind::Gift,
                booked_on: day("2026-11-22"),
                lines: vec![
                    (Account::Clearing, Fen(9_989)),
                    (Account::DonationIncome, Fen(-10_050)),
                    (Account::FundraisingCost, Fen(61)),
                ],
            },
            EntryRow {
                id: EntryId(Uuid::nil()),
                reason: None,
                typed: None,
                reverse: Some("/console/gifts/x/entries/y/reverse".to_owned()),
                kind: EntryKind::Refund,
                booked_on: day("2026-11-23"),
                lines: vec![(Account::DonationIncome, Fen(5_000)), (Account::Clearing, Fen(-5_000))],
            },
        ],
        receipts: vec![
            receipt("SP-2026-018201", ReceiptState::Replaced, Some("SP-2026-018205")),
            receipt("SP-2026-018205", ReceiptState::PartlyRefunded, None),
        ],
        refunds: vec![RefundRow {
            confirm: None,
            typed: None,
            withdrawn: None,
            at: NOW.plus_seconds(86_400),
            amount: Fen(5_000),
            reason: "捐赠人电话要求退回一半，已核对身份".into(),
            state: "done".into(),
        }],
        messages: vec![message("gift_paid", "email", "sent"), message("refund_done", "sms", "waiting")],
        events: vec![
            event(4711, "public", "gift.pledged"),
            event(4712, "system", "gift.paid"),
            event(4733, "演示·王会计", "gift.refunded"),
        ],
    }
}

fn call_rows() -> Vec<CallRow> {
    let row = |name: &str, phone: &str, kind: &str| CallRow {
        message: MessageId(Uuid::nil()),
        gift: gift_id(),
        reference: "SP01KAPM2S5EGKXR6TN37K3Q9MP4".into(),
        name: name.into(),
        phone: phone.into(),
        email: String::new(),
        why: String::new(),
        lang: words::Lang::Zh,
        kind: kind.into(),
        amount: Some(Fen(20_000)),
        since: NOW,
        tries: None,
        note: String::new(),
        error: None,
    };
    let failed = CallRow {
        email: "li.jing@example.com".into(),
        why: "550".into(),
        lang: words::Lang::En,
        tries: Some((2, NOW.plus_seconds(3_600))),
        note: "晚上再打".into(),
        ..row("Li Jing", "19900004906", "gift_paid")
    };
    vec![row("李静", "19900004906", "gift_paid"), failed, row("", "", "refund_done")]
}

fn outbox() -> Vec<OutboxRow> {
    let row = |kind: &str, channel: &str, state: &str| OutboxRow {
        id: MessageId(Uuid::nil()),
        at: NOW,
        gift: gift_id(),
        reference: "SP01KAPM2S5EGKXR6TN37K3Q9MP4".into(),
        kind: kind.into(),
        channel: channel.into(),
        state: state.into(),
    };
    vec![
        row("gift_paid", "email", "sent"),
        row("transfer_wanted", "sms", "waiting"),
        row("refund_done", "email", "failed"),
        row("gift_paid", "call", "done"),
    ]
}

fn job_rows() -> Vec<JobRow> {
    let row = |kind: &str, attempts, next, error: &str| JobRow {
        id: JobId(Uuid::nil()),
        kind: kind.into(),
        attempts,
        next,
        error: error.into(),
    };
    vec![
        row("message.send", 3, Some(NOW.plus_seconds(240)), "smtp: connection refused"),
        row("receipt.render", 12, None, "font: glyph missing"),
    ]
}

fn head(lang: Lang) -> LetterHead {
    LetterHead {
        id: "1".into(),
        to: "wang.xiaoming@example.com".into(),
        subject: body(lang).subject,
        at: NOW,
    }
}

fn body(lang: Lang) -> letters::Letter {
    let link = format!("https://spark.example.org/gift/{}", token());
    let ends = Ends {
        name: Some("王小明"),
        organisation: lang.pick("演示·泉城脐血公益基金会", "Demo · Quancheng Cord Blood Foundation"),
        contact: "0531-0000 0000",
    };
    let gift = ThankYou {
        amount: Fen(10_050),
        fund: lang.pick("火种工程", "Spark Project"),
        receipt: Some("SP-2026-018205"),
        link: &link,
    };
    letters::thank_you(lang, ends, gift)
}

fn letter(lang: Lang) -> LetterView {
    LetterView {
        head: head(lang),
        body: body(lang).body,
        attachments: vec![("SP-2026-018205.pdf".into(), "/console/mail/1/SP-2026-018205.pdf".into())],
    }
}

fn bill_rows() -> BillsView {
    let difference = DifferenceRow {
        day: "2026-11-21".to_owned(),
        kind: DifferenceKind::PaymentFee,
        number: "SP7F3K9Q2M4T".to_owned(),
        gift: None,
        ours: Some(Fen(60)),
        theirs: Some(Fen(61)),
    };
    let day = DayRow {
        day: "2026-11-21".to_owned(),
        channel: Channel::Sandbox,
        payments: 128,
        refunds: 2,
        net: Fen(1_284_500),
        checked_at: domain::time::Instant(1_795_277_400_000_000),
    };
    BillsView { differences: vec![difference], days: vec![day] }
}

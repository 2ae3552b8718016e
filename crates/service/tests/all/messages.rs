//! Messages: each in its person's language, tried again until it goes out or staff call, and never at a gift's cost.

use domain::giving::GiftForm;
use domain::id::{GiftId, JobId, MessageId};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use mail_parser::MessageParser;
use service::channel::folder::{mail_folder_list, mail_folder_read};
use service::giving::{gift_pledge, payment_settle, refund_done, refund_request};
use service::outbox::{CallOutcome, call_note, calls_list, job_retry, jobs_failing};
use service::work::messages_round;
use service::{Ctx, Settings};
use store::message::MessageRow;
use words::Lang;

use crate::outside::{Outside, outsides};
use crate::providers::state;
use crate::smtp::{Smtp, Verdict};
use crate::support::{assert_books_hold, form, given, pledge, public, refusal, told};

fn by_mail(key: u8) -> GiftForm {
    GiftForm {
        name: "王小明".into(),
        email: "wang@example.cn".into(),
        consent: "on".into(),
        ..form(key, "100.50")
    }
}

fn by_sms(key: u8, phone: &str) -> GiftForm {
    GiftForm { name: "王小明".into(), phone: phone.into(), consent: "on".into(), ..form(key, "100.50") }
}

async fn messages(ctx: &Ctx, gift: GiftId) -> Vec<MessageRow> {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::message::messages_of_gift(&mut reader.conn(), gift.0).await.unwrap()
}

/// Channel and state of a gift's messages.
async fn standing(ctx: &Ctx, gift: GiftId) -> Vec<(String, String)> {
    let mut all: Vec<_> = messages(ctx, gift).await.into_iter().map(|m| (m.channel, m.state)).collect();
    // The call-list last: ids of one millisecond have no order.
    all.sort_by_key(|(channel, _)| channel == "call");
    all
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(channel, state)| ((*channel).to_owned(), (*state).to_owned())).collect()
}

async fn link(ctx: &Ctx, gift: GiftId) -> String {
    let mut reader = ctx.house.db.read().await.unwrap();
    let row = store::gift::gift_get(&mut reader.conn(), gift).await.unwrap().unwrap();
    ctx.house.settings.gift_url(service::gifts::token_of(&row).unwrap())
}

#[tokio::test]
async fn thanks_go_out_once_and_are_read_in_the_folder() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        assert_eq!(mail_folder_list(&public(&ctx), 10).await.unwrap(), vec![], "no folder yet");
        let gift = given(&ctx, &by_mail(1)).await;
        messages_round(&outside.ctx()).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "sent")]), "{}", outside.db.kind);
        let mails = mail_folder_list(&public(&ctx), 10).await.unwrap();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.subject, "收到您捐给火种工程的 ¥100.50");
        assert_eq!(mail.to, "王小明 <wang@example.cn>");
        assert_eq!(mail.from, "火种工程 <thanks@spark.example>");
        let link = link(&ctx, gift).await;
        assert!(mail.text.contains(&link) && mail.text.contains("YS-2026-000001"), "{}", mail.text);
        assert!(mail.text.starts_with("王小明，您好："), "{}", mail.text);
        assert!(mail.html.contains(&format!(r#"<a href="{link}">{link}</a>"#)), "{}", mail.html);
        assert!((mail.at.0 - ctx.now.0).abs() < 60_000_000);
        assert_eq!(&mail_folder_read(&public(&ctx), mail.id).await.unwrap(), mail);
        let nobody = mail_folder_read(&public(&ctx), MessageId(uuid::Uuid::nil())).await;
        assert_eq!(refusal(nobody), Refusal::NotFound);
        assert_eq!(messages_round(&outside.ctx()).await.unwrap(), None, "nothing more to do");
        assert_eq!(std::fs::read_dir(outside.mail_folder()).unwrap().count(), 1, "no half-written file");
        // In production the folder is for staff.
        let mut live = outside.other_node(5).await;
        let house = std::sync::Arc::get_mut(&mut live.house).unwrap();
        house.settings = Settings { production: true, ..house.settings.clone() };
        assert_eq!(refusal(mail_folder_list(&public(&live), 10).await), Refusal::NotAllowed);
    }
}

#[tokio::test]
async fn each_kind_of_letter_in_the_persons_language() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let transfer = GiftForm { channel: "bank_transfer".into(), ..by_mail(1) };
        let pledged = gift_pledge(&public(&ctx), &transfer, Lang::En).await.unwrap();
        messages_round(&outside.ctx()).await.unwrap();
        let reference = crate::support::payment(&ctx, pledged.gift_id).await.out_trade_no;
        let mails = mail_folder_list(&ctx, 10).await.unwrap();
        assert!(mails[0].text.contains(&reference) && mails[0].text.contains("演示银行 0000 0000"));
        assert!(mails[0].text.contains("Spark Project"), "{}", mails[0].text);
        payment_settle(&ctx, told(&ctx, pledged, 0).await).await.unwrap();
        for amount in [1_000, 2_050] {
            refund_request(&ctx, pledged.gift_id, Fen(amount), "多付", ctx.token()).await.unwrap();
            let mut reader = ctx.house.db.read().await.unwrap();
            let rows = store::refund::refunds_of_gift(&mut reader.conn(), pledged.gift_id).await.unwrap();
            drop(reader);
            refund_done(&ctx, rows.last().unwrap().out_refund_no.clone(), ctx.now).await.unwrap();
        }
        messages_round(&outside.ctx()).await.unwrap();
        // The same person gives again, in the other language: that gift's letters are in that language.
        given(&ctx, &by_mail(2)).await;
        messages_round(&outside.ctx()).await.unwrap();
        let mails = mail_folder_list(&ctx, 10).await.unwrap();
        assert_eq!(mails.len(), 5, "{}", outside.db.kind);
        assert_eq!(mails.iter().filter(|mail| mail.text.contains("火种工程")).count(), 1, "{mails:#?}");
        let says = |parts: &[&str]| {
            mails.iter().any(|m| parts.iter().all(|part| format!("{}\n{}", m.subject, m.text).contains(part)))
        };
        assert!(says(&["¥10.00", "¥90.50"]), "the first refund and what it left");
        assert!(says(&["¥20.50", "¥70.00"]), "the second refund and what it left");
        assert!(says(&["YS-2026-000001", "¥100.50"]), "thanks");
    }
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_asked_again_until_it_accepts() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        smtp.then([Verdict::Recipient("451 4.3.0 later"), Verdict::Cut]);
        let ctx = outside.with_smtp(2, &smtp.url).await;
        let gift = given(&ctx, &by_mail(1)).await;
        let at = |seconds| Ctx { now: ctx.now.plus_seconds(seconds), ..ctx.clone() };
        let due = |seconds: i64| Some(ctx.now.plus_seconds(seconds));
        assert_eq!(messages_round(&ctx).await.unwrap(), due(60), "{}", outside.db.kind);
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "waiting")]));
        assert_eq!(state(&ctx, gift).await, "paid", "the gift does not wait for its letter");
        assert_eq!(messages_round(&at(59)).await.unwrap(), due(60));
        assert_eq!(messages_round(&at(60)).await.unwrap(), due(60 + 300));
        assert_eq!(smtp.mails().len(), 0);
        assert_eq!(messages_round(&at(360)).await.unwrap(), None);
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "sent")]));
        let mails = smtp.mails();
        assert_eq!(mails.len(), 1);
        let mail = MessageParser::default().parse(&mails[0]).unwrap();
        assert_eq!(mail.subject().unwrap(), "收到您捐给火种工程的 ¥100.50");
        assert_eq!(mail.to().unwrap().first().unwrap().address().unwrap(), "wang@example.cn");
        let id = messages(&ctx, gift).await[0].id.simple().to_string();
        assert_eq!(mail.message_id().unwrap(), format!("{id}@spark.example"));
        assert_eq!(mail.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
        assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
        assert!(mails[0].is_ascii(), "fit for every mail server on the way");
    }
}

#[tokio::test]
async fn after_the_last_attempt_staff_call() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        // A wrong password or a closed relay is ours to mend: no reason to give up at once.
        smtp.then([Verdict::Recipient("554 5.7.1 relay access denied"); 6]);
        let ctx = outside.with_smtp(2, &smtp.url).await;
        let gift = given(&ctx, &by_mail(1)).await;
        let mut now = ctx.now;
        let mut pauses = Vec::new();
        while let Some(next) = messages_round(&Ctx { now, ..ctx.clone() }).await.unwrap() {
            pauses.push((next.0 - now.0) / 1_000_000);
            now = next;
        }
        assert_eq!(pauses, [60, 300, 1800, 7200, 43_200], "{}", outside.db.kind);
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "failed"), ("call", "waiting")]));
        assert_eq!(calls(&ctx).await, 1);
        // An address that does not exist needs no second attempt.
        smtp.then([Verdict::Recipient("550 5.1.1 no such mailbox")]);
        let nowhere = given(&ctx, &by_mail(2)).await;
        assert_eq!(messages_round(&ctx).await.unwrap(), None);
        assert_eq!(standing(&ctx, nowhere).await, pairs(&[("email", "failed"), ("call", "waiting")]));
        assert_eq!((state(&ctx, gift).await, state(&ctx, nowhere).await), ("paid".into(), "paid".into()));
        assert_books_hold(&ctx).await;
    }
}

async fn calls(ctx: &Ctx) -> usize {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::message::calls_waiting(&mut reader.conn(), 10).await.unwrap().len()
}

#[tokio::test]
async fn a_mail_that_may_have_gone_out_is_sent_again_under_the_same_id() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        smtp.then([Verdict::CutAfterData]);
        let ctx = outside.with_smtp(2, &smtp.url).await;
        let gift = given(&ctx, &by_mail(1)).await;
        messages_round(&ctx).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "waiting")]));
        messages_round(&Ctx { now: ctx.now.plus_seconds(60), ..ctx.clone() }).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "sent")]), "{}", outside.db.kind);
        let ids: Vec<String> = smtp
            .mails()
            .iter()
            .map(|mail| MessageParser::default().parse(mail).unwrap().message_id().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
    }
}

#[tokio::test]
async fn a_text_message_goes_out_once_whatever_dies_in_between() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let gift = given(&ctx, &by_sms(1, "13800138000")).await;
        messages_round(&outside.ctx()).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("sms", "sent")]), "{}", outside.db.kind);
        // As if this node had died after sending and before noting it.
        forget_sending(&outside).await;
        messages_round(&outside.ctx()).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("sms", "sent")]));
        // The same when the words have changed in between.
        forget_sending(&outside).await;
        testbed::tamper(&outside.db, "update fund set name_zh = '改名基金'").await;
        ctx.programme_changed();
        messages_round(&outside.ctx()).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("sms", "sent")]));
        let page = outside.page(&format!("{}/sms", outside.sandbox)).await;
        assert_eq!(page.matches("【火种工程】").count(), 1, "{page}");
        assert!(page.contains("【火种工程】您捐给火种工程的¥100.50已到账"), "{page}");
        assert!(page.contains(&link(&ctx, gift).await), "{page}");
    }
}

async fn forget_sending(outside: &Outside) {
    let sql = "update message set state = 'waiting', closed_at = null; \
               update job set state = 'running', run_at = 0";
    testbed::tamper(&outside.db, sql).await;
}

#[tokio::test]
async fn what_a_carrier_refuses_staff_call_the_same_minute() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let blocked = given(&ctx, &by_sms(1, "19900000001")).await;
        let down = given(&ctx, &by_sms(2, "19900000002")).await;
        let next = messages_round(&outside.ctx()).await.unwrap().unwrap();
        assert_eq!(standing(&ctx, blocked).await, pairs(&[("sms", "failed"), ("call", "waiting")]));
        assert_eq!(standing(&ctx, down).await, pairs(&[("sms", "waiting")]), "{}", outside.db.kind);
        assert!(next > outside.clock.now() && next <= outside.clock.now().plus_seconds(60));
    }
}

#[tokio::test]
async fn whoever_has_no_way_is_called_and_whoever_left_no_name_is_not() {
    for outside in outsides().await {
        // A house without mail or SMS.
        let ctx = testbed::bare_house(&outside.db, 6).await;
        let mailed = given(&ctx, &by_mail(1)).await;
        messages_round(&ctx).await.unwrap();
        assert_eq!(
            standing(&ctx, mailed).await,
            pairs(&[("email", "waiting")]),
            "until a mail server is set"
        );
        let named = GiftForm { name: "李四".into(), consent: "on".into(), ..form(2, "1") };
        let named = given(&ctx, &named).await;
        assert_eq!(standing(&ctx, named).await, pairs(&[("call", "waiting")]), "{}", outside.db.kind);
        let nameless = given(&ctx, &form(3, "1")).await;
        assert_eq!(standing(&ctx, nameless).await, pairs(&[]));
        assert_eq!(calls(&ctx).await, 1);
        // Days later it still waits, and goes out once there is a way.
        for day in 1..=7 {
            messages_round(&Ctx { now: ctx.now.plus_seconds(day * 24 * 3600), ..ctx.clone() }).await.unwrap();
        }
        assert_eq!(standing(&ctx, mailed).await, pairs(&[("email", "waiting")]));
        let fitted = Ctx { now: ctx.now.plus_seconds(8 * 24 * 3600), ..outside.ctx() };
        messages_round(&fitted).await.unwrap();
        assert_eq!(standing(&ctx, mailed).await, pairs(&[("email", "sent")]), "{}", outside.db.kind);
    }
}

#[tokio::test]
async fn one_contact_hears_of_few_unpaid_gifts_however_often_it_is_typed() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let typed = |key, phone: &str| GiftForm { channel: "bank_transfer".into(), ..by_sms(key, phone) };
        let mut written = 0;
        for key in 1..=20 {
            let gift = pledge(&ctx, &typed(key, "199 0000 4906")).await.gift_id;
            written += messages(&ctx, gift).await.len();
        }
        assert_eq!(written, 5, "{}", outside.db.kind);
        let other = pledge(&ctx, &typed(21, "19900004907")).await.gift_id;
        assert_eq!(messages(&ctx, other).await.len(), 1, "another contact");
        // Money that has come is always thanked for.
        let paid = given(&ctx, &typed(23, "19900004906")).await;
        assert_eq!(
            messages(&ctx, paid).await.iter().map(|m| m.kind.as_str()).collect::<Vec<_>>(),
            ["gift_paid"]
        );
        let tomorrow = Ctx { now: ctx.now.plus_seconds(24 * 3600), ..ctx.clone() };
        let later = pledge(&tomorrow, &typed(22, "19900004906")).await.gift_id;
        assert_eq!(messages(&ctx, later).await.len(), 1, "the next day");
    }
}

#[tokio::test]
async fn a_lease_that_runs_out_is_taken_over_by_another_node() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        pledge(&ctx, &form(9, "1")).await;
        let gift = given(&ctx, &by_mail(1)).await;
        let (now, until) = (ctx.now, ctx.now.plus_seconds(300));
        let claim = async |ctx: &Ctx, now: Instant| {
            let until = now.plus_seconds(300);
            let write = ctx
                .house
                .writer
                .write(move |tx| Box::pin(async move { store::job::jobs_claim(tx, now, until, 10).await }));
            write.await.unwrap().len()
        };
        // This node claims and dies.
        assert_eq!(claim(&ctx, now).await, 1);
        let other = outside.other_node(2).await;
        assert_eq!(messages_round(&Ctx { now, ..other.clone() }).await.unwrap(), Some(until));
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "waiting")]), "{}", outside.db.kind);
        messages_round(&Ctx { now: until, ..other }).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "sent")]));
    }
}

#[tokio::test]
async fn two_nodes_at_one_moment_send_each_letter_once() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        let one = outside.with_smtp(2, &smtp.url).await;
        let two = Ctx { now: one.now, ..outside.with_smtp(3, &smtp.url).await };
        for key in 1..=3 {
            given(&one, &by_mail(key)).await;
        }
        let (first, second) = tokio::join!(messages_round(&one), messages_round(&two));
        first.unwrap();
        second.unwrap();
        assert_eq!(smtp.mails().len(), 3, "{}", outside.db.kind);
    }
}

#[tokio::test]
async fn a_message_that_was_given_up_is_sent_when_its_job_is_tried_again() {
    for outside in outsides().await {
        let smtp = Smtp::start().await;
        smtp.then([Verdict::Recipient("550 5.1.1 no such mailbox")]);
        let ctx = outside.with_smtp(2, &smtp.url).await;
        let gift = given(&ctx, &by_mail(1)).await;
        messages_round(&ctx).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "failed"), ("call", "waiting")]));
        let call = calls_list(&ctx).await.unwrap().remove(0).0;
        assert_eq!((call.email.as_str(), call.lang.as_str()), ("wang@example.cn", "zh"));
        assert!(!call.why.is_empty(), "{}: why it failed", outside.db.kind);
        let job = JobId(jobs_failing(&ctx).await.unwrap()[0].id);
        job_retry(&ctx, job).await.unwrap();
        assert_eq!(refusal(job_retry(&ctx, job).await), Refusal::NotFound, "a second click");
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "waiting"), ("call", "failed")]));
        assert_eq!(calls(&ctx).await, 0, "nobody calls about what is sent");
        messages_round(&ctx).await.unwrap();
        assert_eq!(standing(&ctx, gift).await, pairs(&[("email", "sent"), ("call", "failed")]));
        assert_eq!((smtp.mails().len(), jobs_failing(&ctx).await.unwrap().len()), (1, 0));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_call_that_reaches_nobody_stays_on_the_list() {
    for outside in outsides().await {
        let ctx = outside.ctx();
        let named = |key| GiftForm { name: "李四".into(), consent: "on".into(), ..form(key, "1") };
        let (first, second) = (given(&ctx, &named(1)).await, given(&ctx, &named(2)).await);
        let call = async |gift| MessageId(messages(&ctx, gift).await[0].id);
        let (first, second) = (call(first).await, call(second).await);
        for _ in 0..2 {
            call_note(&ctx, first, CallOutcome::NotReached, "晚上再打").await.unwrap();
        }
        let row = calls_list(&ctx).await.unwrap().remove(0).0;
        assert_eq!((row.tries, row.tried_at, row.note.as_str()), (2, Some(ctx.now.0), "晚上再打"));
        assert_eq!(calls(&ctx).await, 2, "{}", outside.db.kind);
        call_note(&ctx, first, CallOutcome::Told, "").await.unwrap();
        let again = call_note(&ctx, first, CallOutcome::NotReached, "").await;
        assert_eq!(refusal(again), Refusal::NotFound, "it is closed");
        call_note(&ctx, second, CallOutcome::GivenUp, "").await.unwrap();
        assert_eq!(calls(&ctx).await, 0);
        assert_eq!(CallOutcome::read(""), Err(Refusal::Required));
        assert_eq!(CallOutcome::read("x"), Err(Refusal::ChoiceUnknown));
        assert_books_hold(&ctx).await;
    }
}

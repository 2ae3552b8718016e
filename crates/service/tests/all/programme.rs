//! Recipients and plans change; what was issued under them does not.

use domain::giving::GiftForm;
use domain::refusal::Refusal;
use service::Ctx;
use service::gifts::{GiftSheet, gift_file};
use service::programme::{ProgrammeFile, programme_load};
use service::receipts::{receipt_paper, receipt_reissue, receipt_verify};
use testbed::{PROGRAMME, TestDb, tamper, try_sql};

use crate::support::{assert_books_hold, form, given, pledge, public, refusal, told};

/// The tests' programme with other words in it.
fn programme(changes: &[(&str, &str)]) -> ProgrammeFile {
    let text = changes.iter().fold(PROGRAMME.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    toml::from_str(&text).unwrap()
}

async fn sheet(ctx: &Ctx, gift: domain::id::GiftId) -> GiftSheet {
    gift_file(ctx, gift).await.unwrap().sheet
}

const RENAMED: [(&str, &str); 4] = [
    ("演示基金会", "更名基金会"),
    ("Demo Foundation", "Renamed Foundation"),
    ("演示证书001", "演示证书002"),
    ("演示备案001", "演示备案002"),
];

#[tokio::test]
async fn a_receipt_keeps_the_recipient_of_its_day() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let before = given(&ctx, &form(1, "100")).await;
        let waiting = pledge(&ctx, &form(2, "100")).await;
        let first = sheet(&ctx, before).await;
        let paper = receipt_paper(&ctx, &first, first.receipts[0].id, false).await.unwrap();
        assert_eq!(
            (paper.recipient.name.zh.as_str(), paper.recipient.credit_code.as_str()),
            ("演示基金会", "53370000000000465Y")
        );
        assert_eq!(paper.recipient.plan.as_deref(), Some("演示备案001"));

        programme_load(&ctx, programme(&RENAMED)).await.unwrap();
        let later = sheet(&ctx, before).await;
        let again = receipt_paper(&ctx, &later, first.receipts[0].id, false).await.unwrap();
        assert_eq!(again.recipient, paper.recipient, "{}", db.kind);
        let seen = receipt_verify(&public(&ctx), first.receipts[0].token).await.unwrap();
        assert_eq!(seen.recipient, ("演示基金会".to_owned(), "Demo Foundation".to_owned()));

        // Paid after the change: the recipient's name of today, the plan under which it was collected.
        service::giving::payment_settle(&ctx, told(&ctx, waiting, 0).await).await.unwrap();
        let second = sheet(&ctx, waiting.gift_id).await;
        let paper = receipt_paper(&ctx, &second, second.receipts[0].id, false).await.unwrap().recipient;
        assert_eq!(
            (paper.name.zh.as_str(), paper.name.en.as_deref()),
            ("更名基金会", Some("Renamed Foundation"))
        );
        assert_eq!(
            (paper.certificate.as_deref(), paper.plan.as_deref()),
            (Some("演示证书002"), Some("演示备案001"))
        );
        let new = receipt_reissue(&ctx, first.receipts[0].id, before, "更名", None).await.unwrap();
        let reissued = receipt_paper(&ctx, &sheet(&ctx, before).await, new, false).await.unwrap().recipient;
        assert_eq!(reissued, paper);
        let fresh = sheet(&ctx, given(&ctx, &form(3, "1")).await).await;
        let fresh = receipt_paper(&ctx, &fresh, fresh.receipts[0].id, false).await.unwrap().recipient;
        assert_eq!(fresh.plan.as_deref(), Some("演示备案002"));
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_receipt_keeps_the_purpose_of_its_day() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = given(&ctx, &GiftForm { target: "aid/ningyang".into(), ..form(1, "100") }).await;
        let receipt = sheet(&ctx, gift).await.receipts.remove(0);
        let purpose = async |id| {
            let paper = receipt_paper(&ctx, &sheet(&ctx, gift).await, id, false).await.unwrap();
            (paper.fund.zh, paper.programme.map(|p| (p.zh, p.en)))
        };
        let called = |zh: &str, en: &str| Some((zh.to_owned(), Some(en.to_owned())));
        let first = ("救助基金".to_owned(), called("演示定向援助", "Demo directed aid"));
        assert_eq!(purpose(receipt.id).await, first, "{}", db.kind);

        let renamed = [("演示定向援助", "更名定向援助"), ("Demo directed aid", "Renamed directed aid")];
        programme_load(&ctx, programme(&renamed)).await.unwrap();
        tamper(&db, "update fund set name_zh = '更名基金' where code = 'aid'").await;
        assert_eq!(purpose(receipt.id).await, first, "{}", db.kind);
        let seen = receipt_verify(&public(&ctx), receipt.token).await.unwrap();
        assert_eq!(seen.fund, ("救助基金".to_owned(), "Aid Fund".to_owned()));
        let new = receipt_reissue(&ctx, receipt.id, gift, "更名", None).await.unwrap();
        let renamed = called("更名定向援助", "Renamed directed aid");
        assert_eq!(purpose(new).await, ("更名基金".to_owned(), renamed), "{}", db.kind);
    }
}

#[tokio::test]
async fn another_legal_person_needs_other_receipt_letters() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let other = || programme(&[("53370000000000465Y", "533700000000000430")]);
        programme_load(&ctx, other()).await.unwrap();
        programme_load(&ctx, programme(&[])).await.unwrap();
        given(&ctx, &form(1, "100")).await;
        assert_eq!(
            refusal(programme_load(&ctx, other()).await),
            Refusal::RecipientHasReceipts,
            "{}",
            db.kind
        );
        programme_load(&ctx, programme(&RENAMED)).await.unwrap();
        // As long as a receipt from before shows the recipient of today, not even its name may change.
        forget_recipients(&db).await;
        programme_load(&ctx, programme(&RENAMED)).await.unwrap();
        assert_eq!(refusal(programme_load(&ctx, programme(&[])).await), Refusal::RecipientHasReceipts);
    }
}

/// Makes all receipts look like those from before the recipient was kept on them.
async fn forget_recipients(db: &TestDb) {
    let sql = if db.kind == "postgres" {
        "drop trigger receipt_stays on receipt"
    } else {
        "drop trigger receipt_stays"
    };
    tamper(db, sql).await;
    tamper(
        db,
        "update receipt set recipient_zh = null, recipient_en = null, recipient_code = null, \
         recipient_certificate = null, plan_number = null, fund_zh = null, fund_en = null, programme_zh = null, \
         programme_en = null",
    )
    .await;
}

#[tokio::test]
async fn a_fund_collects_under_a_plan_of_its_own_recipient() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let other = || {
            programme(&[
                ("演示基金会", "另一基金会"),
                ("\"YS\"", "\"LY\""),
                ("53370000000000465Y", "533700000000000430"),
            ])
        };
        assert_eq!(refusal(programme_load(&ctx, other()).await), Refusal::PlanOfAnother, "{}", db.kind);
        let own = toml::from_str(
            &PROGRAMME
                .replace("\"YS\"", "\"LY\"")
                .replace("演示备案001", "另一备案")
                .replace("[\"spark\", \"aid\", \"research\"]", "[\"aid\"]"),
        );
        programme_load(&ctx, own.unwrap()).await.unwrap();
        for sql in [
            "update fund set plan_id = (select id from plan where filing_number = '另一备案') where code = 'spark'",
            "update fund set organisation_id = (select id from organisation where receipt_prefix = 'LY') \
             where code = 'spark'",
            "update plan set organisation_id = (select id from organisation where receipt_prefix = 'LY') \
             where filing_number = '演示备案001'",
        ] {
            let refused = try_sql(&db, sql).await.unwrap_err();
            assert!(
                refused.contains("another recipient's plan") || refused.contains("fund_plan_of_recipient"),
                "{}: {sql}: {refused}",
                db.kind
            );
        }
    }
}

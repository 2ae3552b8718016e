//! Receipts after their issue: verification, the paper, void and reissue, and who may do so.

use domain::access::{Actor, Role};
use domain::giving::GiftForm;
use domain::id::{GiftId, UserId};
use domain::money::Fen;
use domain::receipt::{DonorName, ReceiptState};
use domain::refusal::Refusal;
use service::giving::{refund_done, refund_request};
use service::receipts::{
    receipt_issue, receipt_look_up, receipt_paper, receipt_pdf, receipt_reissue, receipt_verify, receipt_void,
};
use service::seals::seal_set;
use service::{Ctx, ServiceError};
use store::gift::GiftFilter;

use crate::support::{assert_books_hold, form, given, public, refusal};

fn named(key: u8) -> GiftForm {
    GiftForm { name: "王小明".into(), consent: "on".into(), ..form(key, "100.50") }
}

async fn sheet(ctx: &Ctx, id: GiftId) -> service::gifts::GiftSheet {
    service::gifts::gift_file(ctx, id).await.unwrap().sheet
}

#[tokio::test]
async fn a_receipt_says_what_it_is_worth_now() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let (gift, other) = (given(&ctx, &named(1)).await, given(&ctx, &form(2, "500")).await);
        let first = sheet(&ctx, gift).await.receipts.remove(0);
        let seen = receipt_verify(&public(&ctx), first.token).await.unwrap();
        assert_eq!((seen.receipt.state, seen.masked_name.as_deref()), (ReceiptState::Valid, Some("王**")));
        let hidden = sheet(&ctx, other).await.receipts.remove(0);
        assert_eq!(receipt_verify(&public(&ctx), hidden.token).await.unwrap().masked_name, None, "anonymous");
        assert!(receipt_look_up(&public(&ctx), &first.number, Fen(10_050)).await.is_ok());
        let guess = receipt_look_up(&public(&ctx), &first.number, Fen(10_051)).await;
        assert_eq!(refusal(guess), Refusal::NotFound, "{}", db.kind);

        let second = receipt_reissue(&ctx, first.id, gift, "抬头有误", None).await.unwrap();
        let old = receipt_verify(&public(&ctx), first.token).await.unwrap();
        assert_eq!(old.receipt.state, ReceiptState::Replaced);
        assert_eq!(old.replaced_by.unwrap().number, 3, "its own next number");
        let now = sheet(&ctx, gift).await;
        let token = now.receipts.iter().find(|r| r.id == second).unwrap().token;
        let new = receipt_verify(&public(&ctx), token).await.unwrap();
        assert_eq!((new.replaces, new.replaced_by), (Some(first.number.clone()), None), "{}", db.kind);
        assert_eq!(refusal(receipt_void(&ctx, first.id, gift, "再次").await), Refusal::ReceiptNotInState);
        assert_eq!(
            refusal(receipt_void(&ctx, second, other, "错").await),
            Refusal::NotFound,
            "another gift's"
        );

        refund_request(&ctx, gift, Fen(50), "多付", ctx.token()).await.unwrap();
        let refund = sheet(&ctx, gift).await.refunds.remove(0);
        refund_done(&ctx, refund.out_refund_no, ctx.now).await.unwrap();
        assert_eq!(sheet(&ctx, gift).await.receipt().unwrap().state, ReceiptState::PartlyRefunded);
        let now = sheet(&ctx, gift).await;
        let left = async |id| receipt_paper(&ctx, &now, id, false).await.unwrap().left_fen;
        assert_eq!(left(second).await, Some(10_000), "what is left stands on the paper");
        assert_eq!(left(first.id).await, None, "a replaced one says that and no more");
        let third = receipt_reissue(&ctx, second, gift, "只余部分", None).await.unwrap();
        let fresh = sheet(&ctx, gift).await;
        let fresh = fresh.receipt().unwrap();
        assert_eq!(
            (fresh.state, fresh.refunded_fen()),
            (ReceiptState::Valid, 0),
            "it acknowledges what was left"
        );
        receipt_void(&ctx, third, gift, "捐赠人要求").await.unwrap();
        assert!(sheet(&ctx, gift).await.receipt().is_none());
        receipt_issue(&ctx, gift, false).await.unwrap();
        let last = sheet(&ctx, gift).await;
        let standing = last.receipt().unwrap();
        assert_eq!(
            (standing.standing.receipt.amount_fen, standing.number.number),
            (10_000, 5),
            "what is left"
        );
        assert_eq!(refusal(receipt_issue(&ctx, gift, false).await), Refusal::ReceiptNotInState);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn the_paper_repeats_to_the_byte() {
    let db = testbed::databases().await.remove(0);
    let ctx = testbed::house(&db).await;
    let gift = given(&ctx, &named(1)).await;
    let sheet = sheet(&ctx, gift).await;
    let id = sheet.receipts[0].id;
    let paper = receipt_paper(&ctx, &sheet, id, false).await.unwrap();
    assert_eq!(paper.amount_capitals, "壹佰元零伍角");
    assert_eq!((paper.number.as_str(), paper.donor.as_deref()), ("YS-2026-000001", Some("王小明")));
    assert!(paper.verify_url.ends_with(&sheet.receipts[0].token.to_string()));
    let pdf = receipt_pdf(paper.clone()).await.unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf == receipt_pdf(paper).await.unwrap());
    let copy = receipt_paper(&ctx, &sheet, id, true).await.unwrap();
    assert_ne!(receipt_pdf(copy).await.unwrap(), pdf);
}

#[tokio::test]
async fn a_wrong_name_is_put_right_on_the_next_receipt() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = given(&ctx, &named(1)).await;
        let first = sheet(&ctx, gift).await.receipts.remove(0);
        let right = |name: &str| DonorName::read(name).unwrap();
        let on_paper = async |id| {
            let sheet = sheet(&ctx, gift).await;
            receipt_paper(&ctx, &sheet, id, false).await.unwrap().donor
        };
        let second = receipt_reissue(&ctx, first.id, gift, "姓名有误", right("王晓明")).await.unwrap();
        assert_eq!(on_paper(second).await.as_deref(), Some("王晓明"), "{}", db.kind);
        assert_eq!(on_paper(first.id).await.as_deref(), Some("王小明"), "what was issued stays as it was");
        let file = sheet(&ctx, gift).await;
        assert_eq!(file.person.unwrap().name, "王小明", "the gift keeps what its donor wrote");
        let token = file.receipts.iter().find(|receipt| receipt.id == second).unwrap().token;
        let seen = receipt_verify(&public(&ctx), token).await.unwrap();
        assert_eq!(seen.masked_name.as_deref(), Some("王**"));

        let third = receipt_reissue(&ctx, second, gift, "纸张破损", None).await.unwrap();
        assert_eq!(on_paper(third).await.as_deref(), Some("王晓明"), "right once, right for good");
        receipt_void(&ctx, third, gift, "开错").await.unwrap();
        let last = receipt_issue(&ctx, gift, false).await.unwrap();
        assert_eq!(on_paper(last).await.as_deref(), Some("王晓明"), "{}", db.kind);

        // A gift without a name gets one, and stays hidden from the public.
        let hidden = given(&ctx, &form(2, "500")).await;
        let bare = sheet(&ctx, hidden).await.receipts.remove(0);
        receipt_reissue(&ctx, bare.id, hidden, "补上姓名", right("李四")).await.unwrap();
        let token = sheet(&ctx, hidden).await.receipt().unwrap().token;
        assert_eq!(receipt_verify(&public(&ctx), token).await.unwrap().masked_name, None, "anonymous");
        let manager = Ctx {
            actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![Role::Manager] },
            ..ctx.clone()
        };
        let file = service::gifts::gift_file(&manager, hidden).await.unwrap().sheet;
        assert!(
            file.receipts.iter().all(|receipt| receipt.name().is_none()),
            "no names for whoever reads none"
        );
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn a_receipt_names_who_handled_it_on_its_day() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let handler = async |gift| {
            let sheet = sheet(&ctx, gift).await;
            receipt_paper(&ctx, &sheet, sheet.receipts[0].id, false).await.unwrap().handler
        };
        let first = given(&ctx, &form(1, "100")).await;
        let next = testbed::PROGRAMME.replace("演示经办人", "  演示 接班人 ");
        service::programme::programme_load(&ctx, toml::from_str(&next).unwrap()).await.unwrap();
        let second = given(&ctx, &form(2, "100")).await;
        let nobody = testbed::PROGRAMME.replace("演示经办人", " ");
        service::programme::programme_load(&ctx, toml::from_str(&nobody).unwrap()).await.unwrap();
        let third = given(&ctx, &form(3, "100")).await;
        assert_eq!(handler(first).await.as_deref(), Some("演示经办人"), "{}", db.kind);
        assert_eq!(handler(second).await.as_deref(), Some("演示 接班人"), "{}", db.kind);
        assert_eq!(handler(third).await, None, "{}", db.kind);
        let long = testbed::PROGRAMME.replace("演示经办人", &"经".repeat(61));
        let refused = service::programme::programme_load(&ctx, toml::from_str(&long).unwrap()).await;
        assert_eq!(refusal(refused), Refusal::TooLong { max: 60 });
        assert_books_hold(&ctx).await;
    }
}

const SEAL: &[u8] = include_bytes!("../../../papers/tests/all/seal.png");

#[tokio::test]
async fn a_receipt_bears_the_seal_that_stood_on_its_day() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let seal = async |gift| {
            let sheet = sheet(&ctx, gift).await;
            receipt_paper(&ctx, &sheet, sheet.receipts[0].id, false).await.unwrap().seal
        };
        let before = given(&ctx, &form(1, "100")).await;
        for broken in [&b"GIF89a"[..], &SEAL[..20], &[0x89, b'P', b'N', b'G'].repeat(200_000)] {
            let set = seal_set(&ctx, "YS", Some(broken.to_vec())).await;
            assert_eq!(refusal(set), Refusal::SealUnreadable, "{}", db.kind);
        }
        assert_eq!(refusal(seal_set(&ctx, "XX", None).await), Refusal::NoRecipient);
        let nobody = seal_set(&public(&ctx), "YS", Some(SEAL.to_vec())).await;
        assert!(nobody.is_err(), "{}", db.kind);
        seal_set(&ctx, "YS", Some(SEAL.to_vec())).await.unwrap();
        let sealed = given(&ctx, &form(2, "100")).await;
        seal_set(&ctx, "YS", None).await.unwrap();
        let after = given(&ctx, &form(3, "100")).await;
        assert!(seal(before).await.is_none(), "none is ever drawn");
        assert!(seal(sealed).await.as_deref() == Some(SEAL), "{}", db.kind);
        assert!(seal(after).await.is_none(), "{}", db.kind);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn staff_see_what_their_role_allows() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = given(&ctx, &named(1)).await;
        let id = sheet(&ctx, gift).await.receipts[0].id;
        let as_role = |role| Ctx {
            actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![role] },
            ..ctx.clone()
        };
        let manager = as_role(Role::Manager);
        let (lines, more) = service::gifts::gift_list(&manager, &GiftFilter::default(), 10).await.unwrap();
        assert_eq!((lines.len(), more, lines[0].name.clone()), (1, false, None), "figures without people");
        assert!(service::gifts::gift_file(&manager, gift).await.unwrap().sheet.person.is_none());
        let staff = as_role(Role::CharityStaff);
        let (lines, _) = service::gifts::gift_list(&staff, &GiftFilter::default(), 10).await.unwrap();
        assert_eq!(lines[0].name.as_deref(), Some("王小明"));
        for word in
            [lines[0].receipt.clone().unwrap().to_string(), lines[0].payment.1.clone(), gift.to_string()]
        {
            assert_eq!(service::gifts::gift_find(&staff, &word).await.unwrap(), gift, "{word}");
        }
        assert_eq!(refusal(receipt_void(&manager, id, gift, "试").await), Refusal::NotAllowed);
        assert_eq!(
            refusal(refund_request(&staff, gift, Fen(1), "试", staff.token()).await),
            Refusal::NotAllowed
        );
        let admin = as_role(Role::Administrator);
        assert_eq!(refusal(service::gifts::gift_file(&admin, gift).await), Refusal::NotAllowed);
        assert!(matches!(
            service::gifts::gift_file(&public(&ctx), gift).await,
            Err(ServiceError::Refused(Refusal::NotAllowed))
        ));
    }
}

#[tokio::test]
async fn the_list_goes_on_by_key() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        for key in 0..7 {
            let at = Ctx { now: ctx.now.plus_seconds(i64::from(key)), ..ctx.clone() };
            given(&at, &form(key, "1")).await;
        }
        let mut seen = Vec::new();
        let mut filter = GiftFilter::default();
        loop {
            let (lines, more) = service::gifts::gift_list(&ctx, &filter, 3).await.unwrap();
            seen.extend(lines.iter().map(|line| line.gift.created_at));
            filter.before = lines.last().map(|line| GiftId(line.gift.id));
            if !more {
                break;
            }
        }
        assert_eq!(seen.len(), 7, "{}", db.kind);
        assert!(seen.is_sorted_by(|a, b| a > b));
    }
}

#[tokio::test]
async fn clicks_of_one_moment_issue_one_receipt() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let waived = GiftForm { receipt: "no".into(), ..form(1, "100") };
        let gift = given(&ctx, &waived).await;
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let ctx = ctx.clone();
            clicks.spawn(async move { receipt_issue(&ctx, gift, false).await.is_ok() });
        }
        let issued = clicks.join_all().await.into_iter().filter(|ok| *ok).count();
        assert_eq!((issued, sheet(&ctx, gift).await.receipts.len()), (1, 1), "{}", db.kind);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn one_refund_form_is_one_refund() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let gift = given(&ctx, &form(1, "100")).await;
        let key = ctx.token();
        let first = refund_request(&ctx, gift, Fen(1_000), "多付", key).await.unwrap();
        assert_eq!(refund_request(&ctx, gift, Fen(1_000), "多付", key).await.unwrap(), first, "{}", db.kind);
        let other = refund_request(&ctx, gift, Fen(2_000), "多付", key).await;
        assert_eq!(refusal(other), Refusal::RefundFormUsed);
        assert_eq!(sheet(&ctx, gift).await.refunds.len(), 1);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn finance_confirms_a_refund_by_bank() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let finance = Ctx {
            actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![Role::Finance] },
            ..ctx.clone()
        };
        let by_bank = GiftForm { channel: "bank_transfer".into(), ..form(1, "100") };
        let gift = crate::support::pledge(&ctx, &by_bank).await.gift_id;
        let day = ctx.now.date();
        service::giving::transfer_confirm(&finance, gift, Fen(10_000), "ｌ１", day).await.unwrap();
        let refund = refund_request(&finance, gift, Fen(1_000), "多付", ctx.token()).await.unwrap();
        assert!(service::giving::refund_confirm(&finance, gift, refund, day).await.unwrap(), "{}", db.kind);
        assert_eq!(sheet(&ctx, gift).await.gift.refunded_fen, 1_000);
        assert_books_hold(&ctx).await;
    }
}

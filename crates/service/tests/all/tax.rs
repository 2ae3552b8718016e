//! Invoices for tax: only finance sees a whole number, each look is written down, and an issue closes the request.

use domain::access::{Actor, Role};
use domain::giving::GiftForm;
use domain::id::{GiftId, UserId};
use domain::money::Fen;
use domain::refusal::Refusal;
use service::Ctx;
use service::giving::{refund_done, refund_request};
use service::tax::{tax_file, tax_issued, tax_open, tax_waiting};

use crate::support::{assert_books_hold, checks, form, given, pledge, refusal};

fn asks(key: u8) -> GiftForm {
    GiftForm {
        name: "王小明".into(),
        receipt: "no".into(),
        tax: "on".into(),
        tax_number: "11010519491231002x".into(),
        tax_consent: "on".into(),
        consent: "on".into(),
        ..form(key, "100")
    }
}

fn as_role(ctx: &Ctx, role: Role) -> Ctx {
    Ctx { actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![role] }, ..ctx.clone() }
}

async fn events(ctx: &Ctx, gift: GiftId, kind: &str) -> usize {
    let file = service::gifts::gift_file(ctx, gift).await.unwrap();
    file.events.iter().filter(|event| event.kind == kind).count()
}

#[tokio::test]
async fn a_tax_invoice_can_be_issued_and_each_look_at_the_number_is_an_event() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let finance = as_role(&ctx, Role::Finance);
        let gift = given(&ctx, &asks(1)).await;
        let later = given(&ctx, &asks(2)).await;
        let unpaid = pledge(&ctx, &asks(3)).await.gift_id;
        let plain = given(&ctx, &form(4, "5")).await;
        let (rows, more) = tax_waiting(&finance, None).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.gift_id).collect::<Vec<_>>(), [gift.0, later.0], "{}", db.kind);
        assert!(!more && tax_waiting(&finance, Some(gift)).await.unwrap().0.len() == 1);
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Finance) {
            let other = as_role(&ctx, role);
            assert_eq!(refusal(tax_open(&other, gift).await), Refusal::NotAllowed, "{role:?}");
            assert_eq!(refusal(tax_issued(&other, gift, "1", ctx.now.date()).await), Refusal::NotAllowed);
            assert_eq!(refusal(tax_file(&other, gift).await), Refusal::NotAllowed);
            assert_eq!(refusal(tax_waiting(&other, None).await), Refusal::NotAllowed);
        }
        let file = tax_file(&finance, gift).await.unwrap();
        assert_eq!((file.title.as_str(), file.number.as_str()), ("王小明", "002X"));
        assert_eq!(events(&ctx, gift, "tax.opened").await, 0);
        for look in 1..=2 {
            assert_eq!(tax_open(&finance, gift).await.unwrap().number, "11010519491231002X");
            assert_eq!(events(&ctx, gift, "tax.opened").await, look, "{}", db.kind);
        }
        assert_eq!(refusal(tax_open(&finance, unpaid).await), Refusal::GiftNotInState);
        assert_eq!(refusal(tax_open(&finance, plain).await), Refusal::NotFound);

        let today = ctx.now.date();
        assert_eq!(refusal(tax_issued(&finance, gift, " ", today).await), Refusal::Required);
        let tomorrow = ctx.now.plus_seconds(86_400).date();
        assert_eq!(refusal(tax_issued(&finance, gift, "37010001", tomorrow).await), Refusal::DateInFuture);
        let before = "2000-01-01".parse().unwrap();
        let early = refusal(tax_issued(&finance, gift, "37010001", before).await);
        assert!(matches!(early, Refusal::DateTooEarly { .. }), "{early:?}");
        for _ in 0..2 {
            tax_issued(&finance, gift, "37010001", today).await.unwrap();
            assert_eq!(events(&ctx, gift, "tax.issued").await, 1, "{}: told twice", db.kind);
        }
        assert_eq!(refusal(tax_issued(&finance, gift, "37010002", today).await), Refusal::GiftNotInState);
        assert_eq!(refusal(tax_open(&finance, gift).await), Refusal::GiftNotInState, "the purpose is served");
        assert_eq!(tax_waiting(&finance, None).await.unwrap().0.len(), 1);
        let standing = tax_file(&finance, gift).await.unwrap().standing;
        assert_eq!(standing.number.as_deref(), Some("37010001"));

        refund_request(&ctx, later, Fen(10_000), "多付", ctx.token()).await.unwrap();
        let refund = service::gifts::gift_file(&ctx, later).await.unwrap().sheet.refunds.remove(0);
        refund_done(&ctx, refund.out_refund_no, ctx.now).await.unwrap();
        assert!(tax_waiting(&finance, None).await.unwrap().0.is_empty(), "nothing is left to deduct");
        assert_books_hold(&ctx).await;
        let off = if db.kind != "postgres" {
            "drop trigger tax_invoice_stays"
        } else {
            "drop trigger tax_invoice_stays on tax_invoice"
        };
        testbed::tamper(&db, off).await;
        testbed::tamper(&db, "update tax_invoice set number = '37010009'").await;
        let wrong: Vec<_> = checks(&ctx).await.into_iter().filter(|check| check.wrong.is_some()).collect();
        assert!(!wrong.is_empty(), "{}: a changed number is found", db.kind);
    }
}

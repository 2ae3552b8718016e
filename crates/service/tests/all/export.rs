//! The list of gifts as it leaves the house.

use std::fs::File;

use calamine::{Data, Reader as _, Xlsx, open_workbook};
use domain::access::{Actor, Role};
use domain::giving::GiftForm;
use domain::id::UserId;
use domain::refusal::Refusal;
use service::Ctx;
use service::export::{Format, export_file, gifts_export};
use service::takeover::read_path;
use words::Lang;

use crate::support::{form, given, pledge, public, refusal};

fn staff(ctx: &Ctx, role: Role) -> Ctx {
    Ctx { actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles: vec![role] }, ..ctx.clone() }
}

fn named(key: u8, name: &str) -> GiftForm {
    GiftForm { name: name.into(), consent: "on".into(), ..form(key, "1234.50") }
}

#[tokio::test]
async fn the_list_leaves_once_told_and_with_no_formula_in_it() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        given(&ctx, &named(1, "=HYPERLINK(\"http://x\")")).await;
        given(&ctx, &named(2, "@SUM(A1)")).await;
        pledge(&ctx, &named(3, "王小明")).await;
        let finance = staff(&ctx, Role::Finance);
        let csv = db.dir.path().join("gifts.csv");
        let list = gifts_export(&finance, Format::Csv, Lang::En).await.unwrap();
        assert_eq!(list.gifts(), 3, "{}", db.kind);
        list.write(export_file(&csv).unwrap(), Format::Csv).unwrap();
        let text = std::fs::read_to_string(&csv).unwrap();
        assert!(
            text.contains("'=HYPERLINK") && text.contains("'@SUM(A1)") && text.contains("王小明"),
            "{text}"
        );
        let rows = read_path(&csv, None).unwrap().rows;
        let row = rows.iter().find(|row| row.cells.iter().any(|cell| cell == "王小明")).unwrap();
        assert_eq!(&row.cells[6..11], ["1234.50", "0.00", "0.00", "0.00", "Awaiting payment"]);
        let row = rows.iter().find(|row| row.cells.iter().any(|cell| cell.contains("SUM"))).unwrap();
        assert_eq!(&row.cells[6..11], ["1234.50", "0.00", "0.00", "1234.50", "Received"]);
        assert!(row.cells[13].starts_with("YS-2026-"), "its receipt: {:?}", row.cells);
        assert!(export_file(&csv).is_err(), "a file that is there is left alone");

        let xlsx = db.dir.path().join("gifts.xlsx");
        let list = gifts_export(&finance, Format::Xlsx, Lang::Zh).await.unwrap();
        list.write(export_file(&xlsx).unwrap(), Format::Xlsx).unwrap();
        let mut book: Xlsx<std::io::BufReader<File>> = open_workbook(&xlsx).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(sheet.get((0, 4)), Some(&Data::String("捐赠人".to_owned())));
        let cells: Vec<String> = sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
        assert!(cells.iter().any(|cell| cell.starts_with("'=HYPERLINK")), "{cells:?}");

        let mut reader = ctx.house.db.read().await.unwrap();
        let events = store::audit::events_after(&mut reader.conn(), 1, 0, 1_000).await.unwrap();
        let told: Vec<_> = events.iter().filter(|event| event.kind == "gifts.exported").collect();
        assert_eq!(told.len(), 2, "each time it leaves");
        assert!(told[1].detail.contains("\"gifts\":3") && told[1].detail.contains("xlsx"));
        assert_eq!(told[1].actor, finance.actor.word());
    }
}

#[tokio::test]
async fn only_finance_takes_the_list_out() {
    let db = testbed::databases().await.remove(0);
    let ctx = testbed::house(&db).await;
    for role in [Role::CharityStaff, Role::Manager, Role::Auditor, Role::Administrator] {
        let refused = gifts_export(&staff(&ctx, role), Format::Csv, Lang::Zh).await.map(|list| list.gifts());
        assert_eq!(refusal(refused), Refusal::NotAllowed, "{role:?}");
    }
    let refused = gifts_export(&public(&ctx), Format::Csv, Lang::Zh).await.map(|list| list.gifts());
    assert_eq!(refusal(refused), Refusal::NotAllowed);
}

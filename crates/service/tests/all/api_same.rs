//! What laboratories' systems are told of units: as it can be sent back, page by page, and by every number.

use service::registry::api::units_list;
use service::registry::load::{Told, units_load};
use service::registry::units::unit_list;
use testbed::inventory::cbu;

use crate::api_support::*;
use crate::support::assert_books_hold;
use crate::units_in::{inventory, load, request};

/// A load that is open puts its units into the table of units: lists look at so many of them and no more.
#[tokio::test(flavor = "multi_thread")]
async fn lists_look_at_few_staged_units_at_a_time() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let (ctx, db) = (registry.ctx.clone(), &registry.db);
        let lis = full_key(&ctx, "CN01").await;
        sent(&lis, vec![unit(1)]).await;
        let asked = request(db, "a.xml", inventory((0..5000).map(|n| cbu(1, n))));
        let mut seen = None;
        let walk = async || {
            sent(&lis, vec![unit(2)]).await;
            let (mut pages, mut ids, mut after) = (0, Vec::new(), None);
            loop {
                let page = units_list(&lis, after, 3).await.unwrap();
                ids.extend(page.units.iter().map(|line| line.unit.registry_id.clone()));
                pages += 1;
                after = page.next.map(domain::id::UnitId);
                if after.is_none() {
                    break;
                }
            }
            let (mut older, mut before) = (0, None);
            loop {
                let (lines, next) = unit_list(&ctx, before, 3).await.unwrap();
                ids.extend(lines.iter().map(|line| line.now.unit.registry_id.clone()));
                older += 1;
                before = next;
                if before.is_none() {
                    break (pages, older, ids);
                }
            }
        };
        units_load(&ctx, asked, &mut |told| {
            if matches!(told, Told::Progress { units: 4500, .. }) {
                let handle = tokio::runtime::Handle::current();
                seen = Some(tokio::task::block_in_place(|| handle.block_on(walk())));
            }
        })
        .await
        .unwrap();
        let (pages, older, ids) = seen.unwrap();
        assert_eq!(ids, ["CN000001", "CN000002", "CN000002", "CN000001"]);
        assert!(pages >= 3 && older >= 3, "{pages} {older}: some pages are short");
        assert_books_hold(&ctx).await;
    }
}

//! What laboratories' systems send against files that are being loaded, against holds, and against other banks.

use domain::registry::{LoadRefusal, UnitStatus};
use service::registry::api::{UnitGiven, UnitsGiven};
use service::registry::api::{unit_read, units_add};
use service::registry::load::LoadKind;
use service::{Ctx, ServiceError};
use testbed::inventory::cbu;

use crate::api_support::*;
use crate::load_own_word::{contents, gone, loaded_while};
use crate::support::assert_books_hold;
use crate::units_in::{inventory, load, request, units};

/// Sends one unit, which is refused for this.
async fn refused(lis: &Ctx, unit: UnitGiven) -> LoadRefusal {
    match units_add(lis, fresh(lis), UnitsGiven { units: vec![unit] }).await {
        Err(ServiceError::Units(units)) => units[0].reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_sends_while_a_file_is_loaded_is_not_overtaken() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let ctx = registry.ctx.clone();
        let first: Vec<String> = (0..600).map(|n| cbu(1, n)).collect();
        load(&ctx, request(&registry.db, "a.xml", inventory(first.clone()))).await.0.unwrap();
        let lis = full_key(&ctx, "CN01").await;
        let mut destroyed = unit_read(&lis, "CN00000003").await.unwrap().unit;
        (destroyed.status, destroyed.status_reason) = (UnitStatus::Gone, Some("CD".into()));
        let mut late = unit_read(&lis, "CN00000599").await.unwrap().unit;
        late.segments = Some(7);
        let at = lis.clone();
        let act = async move {
            // The first was compared before, the second will be after; the third stands in no file.
            sent(&at, vec![destroyed, late, unit(7)]).await;
        };
        let news = first.iter().map(|unit| unit.replace("<ATT_SEG>3", "<ATT_SEG>2")).collect();
        let (report, out) = loaded_while(&registry, news, act).await;
        let named: Vec<_> = out.iter().map(|unit| (unit.id.as_str(), &unit.reason)).collect();
        let ids = ["CN00000003", "CN00000599", "CN000007"];
        assert_eq!(named, ids.map(|id| (id, &LoadRefusal::ChangedMeanwhile)));
        assert_eq!((report.changed, report.withdrawn, report.refused), (598, 0, 3));
        let now = contents(&ctx).await;
        assert_eq!((now[3].1.status, now[3].1.status_reason.as_str()), (UnitStatus::Gone, "CD"));
        assert_eq!((now[599].1.segments, now[5].1.segments), (7, 2));
        assert!(!unit_read(&lis, "CN000007").await.unwrap().unit.withdrawn);
        assert_books_hold(&ctx).await;
    }
}

#[tokio::test]
async fn what_was_destroyed_stays_so_however_the_reason_was_written() {
    for db in testbed::databases().await {
        let registry = two_banks(db).await;
        let lis = full_key(&registry.ctx, "CN01").await;
        let mut destroyed = unit(1);
        (destroyed.status, destroyed.status_reason) = (UnitStatus::Gone, Some(" cd ".into()));
        sent(&lis, vec![destroyed.clone()]).await;
        let told = unit_read(&lis, "CN000001").await.unwrap().unit;
        assert_eq!(told.status_reason.as_deref(), Some("CD"));
        assert_eq!(refused(&lis, unit(1)).await, LoadRefusal::ReleasedPutAvailable);
        for wrong in ["C", "CDX", "1+", "已毁"] {
            destroyed.status_reason = Some(wrong.into());
            let (field, value) = ("STAT_REASON".to_owned(), wrong.to_owned());
            assert_eq!(refused(&lis, destroyed.clone()).await, LoadRefusal::WordUnknown { field, value });
        }
        // Files, too.
        let (ctx, db) = (&registry.ctx, &registry.db);
        let mut asked = request(db, "a.xml", inventory([gone(&cbu(1, 0), "ds")]));
        asked.kind = Some(LoadKind::Full);
        asked.may_shrink = true;
        load(ctx, asked.clone()).await.0.unwrap();
        std::fs::write(&asked.path, inventory([cbu(1, 0)])).unwrap();
        assert_eq!(load(ctx, asked).await.1[0].reason, LoadRefusal::ReleasedPutAvailable);
        assert_books_hold(ctx).await;
    }
}

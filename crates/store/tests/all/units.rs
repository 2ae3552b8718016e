//! Units in versions: what is published counts, in the order of its number, and stays as it was.

use std::ops::ControlFlow;

use domain::id::{ChangeId, UnitId};
use domain::registry::{
    Abo, Compartment, Culture, Figures, Ownership, Place, UnitContent, UnitStatus, UnitTests, VersionSource,
};
use domain::time::Instant;
use store::change::{ChangeOf, change_add, change_publish, change_versions, changes_after};
use store::unit::{UnitRow, unit_by_number, unit_history, unit_version_at, units_each, units_insert};
use store::unit_version::{VersionRow, versions_insert};
use store::{Db, StoreError, Writer};
use testbed::{TestDb, databases, noon, try_sql};
use uuid::Uuid;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn content(tnc_e5: u32) -> UnitContent {
    let part = Figures { volume_ul: 12_500, tnc_e5: tnc_e5 / 2, cd34_e3: 900 };
    let place = Place { tank: "T1".into(), rack: "R2".into(), box_: "B3".into(), slot: "4".into() };
    UnitContent {
        ownership: Ownership::Donated,
        status: UnitStatus::Available,
        status_reason: String::new(),
        hla: "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54".to_owned(),
        hla_method: "dna".to_owned(),
        hla_typed_on: "2021-05-06".parse().ok(),
        abo: Some(Abo::A),
        rhesus: None,
        sex: None,
        ethnicity: String::new(),
        collected_on: "2020-02-29".parse().ok(),
        processed_on: "2020-03-01".parse().ok(),
        frozen_on: None,
        figures: Figures { volume_ul: 25_000, tnc_e5, cd34_e3: 2_000 },
        mnc_e5: 0,
        viability_permille: Some(930),
        segments: 3,
        tests: UnitTests { bacterial: Some(Culture::Negative), ..UnitTests::default() },
        compartments: vec![
            Compartment { figures: part, place: Some(place) },
            Compartment { figures: part, place: None },
        ],
        details: [("BAG_TYPE".to_owned(), "P5".to_owned())].into(),
    }
}

fn unit(n: u128) -> UnitRow {
    UnitRow {
        id: id(n),
        registry_id: format!("CN{n:06}"),
        bank_id: id(900),
        din: None,
        grid: None,
        local_id: String::new(),
    }
}

/// The database and its writer, with one bank in it.
struct Registry {
    db: Db,
    writer: Writer,
}

/// Puts one bank into the database.
pub async fn bank(db: &TestDb) {
    let hex = id(900).simple().to_string();
    let (bank, no) =
        if db.kind == "sqlite" { (format!("x'{hex}'"), "0") } else { (format!("'{hex}'"), "false") };
    let sql = format!(
        "insert into bank (id, number, code, name_zh, name_en, abroad, filing_number) values ({bank}, 1, 'CN01', '演示库', 'Demo bank', {no}, '')"
    );
    try_sql(db, &sql).await.expect("a bank");
}

async fn registry(db: &TestDb) -> Registry {
    bank(db).await;
    let db = Db::open(&db.address).await.expect("opens");
    let (writer, _) = Writer::start(db.clone(), 1);
    Registry { db, writer }
}

async fn staged(registry: &Registry, change: u128, of: ChangeOf, units: Vec<(UnitRow, u32, i64)>, new: bool) {
    registry
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let change = ChangeId(id(change));
                change_add(tx, change, of, noon()).await?;
                let versions: Vec<VersionRow> = units
                    .iter()
                    .map(|(unit, tnc, line)| {
                        let source = VersionSource::Load;
                        let mut row =
                            VersionRow::new(unit.unit_id(), change, source, &content(*tnc), false, None);
                        row.line = *line;
                        row
                    })
                    .collect();
                if new {
                    let units: Vec<UnitRow> = units.into_iter().map(|(unit, ..)| unit).collect();
                    units_insert(&mut tx.conn(), &units).await?;
                }
                versions_insert(&mut tx.conn(), &versions).await?;
                Ok::<_, StoreError>(())
            })
        })
        .await
        .expect("staged");
}

async fn publish(registry: &Registry, change: u128) -> i64 {
    let change = ChangeId(id(change));
    registry
        .writer
        .write(move |tx| Box::pin(change_publish(tx, change, Instant(1))))
        .await
        .expect("published")
}

async fn all(registry: &Registry, number: i64) -> Vec<(String, u32)> {
    let mut reader = registry.db.read().await.expect("a reader");
    let mut found = Vec::new();
    units_each(&mut reader.conn(), number, |unit, version| {
        found.push((unit.registry_id, version.content().expect("a content").figures.tnc_e5));
        ControlFlow::Continue(())
    })
    .await
    .expect("units");
    found
}

#[tokio::test]
async fn the_newest_published_version_counts() {
    for db in databases().await {
        let registry = registry(&db).await;
        let nomenclature = ChangeOf::Nomenclature;
        staged(&registry, 1, nomenclature, vec![(unit(10), 9000, 2), (unit(11), 9100, 3)], true).await;
        assert_eq!(all(&registry, i64::MAX).await, [], "nothing is seen before it is published");
        assert_eq!(publish(&registry, 1).await, 1);
        // A later edition is opened first and published last: the order of publication counts, not that of opening.
        staged(&registry, 2, nomenclature, vec![(unit(10), 8000, 9)], false).await;
        staged(&registry, 3, ChangeOf::Unit(UnitId(id(10))), vec![(unit(10), 7000, 0)], false).await;
        assert_eq!(publish(&registry, 3).await, 2);
        assert_eq!(publish(&registry, 2).await, 3);
        let now = [("CN000010".to_owned(), 8000), ("CN000011".to_owned(), 9100)];
        assert_eq!(all(&registry, i64::MAX).await, now);
        assert_eq!(all(&registry, 2).await[0].1, 7000);
        assert_eq!(all(&registry, 1).await[0].1, 9000);

        let mut reader = registry.db.read().await.expect("a reader");
        let mut conn = reader.conn();
        let found = unit_by_number(&mut conn, "CN000010").await.expect("a read").expect("the unit");
        assert_eq!(found, unit(10));
        let version =
            unit_version_at(&mut conn, found.unit_id(), 2).await.expect("a read").expect("a version");
        assert_eq!(version.content().expect("a content"), content(7000));
        assert_eq!(version.content, version.content_digest());
        let history = unit_history(&mut conn, found.unit_id()).await.expect("a history");
        assert_eq!(history.iter().map(|(number, ..)| *number).collect::<Vec<_>>(), [3, 2, 1]);
        let changes = changes_after(&mut conn, 1, 10).await.expect("changes");
        assert_eq!(
            changes.iter().map(|c| c.of()).collect::<Vec<_>>(),
            [ChangeOf::Unit(UnitId(id(10))), ChangeOf::Nomenclature]
        );
        let first =
            change_versions(&mut conn, ChangeId(id(1)), (0, UnitId(Uuid::nil())), 1).await.expect("rows");
        let then = change_versions(&mut conn, ChangeId(id(1)), (2, UnitId(first[0].unit_id)), 9)
            .await
            .expect("rows");
        assert_eq!((first[0].line, then.len(), then[0].line), (2, 1, 3));
        drop(reader);

        assert!(try_sql(&db, "update unit_version set tnc_e5 = 1").await.is_err());
        assert!(try_sql(&db, "delete from unit_version").await.is_err());
        staged(&registry, 4, nomenclature, vec![(unit(11), 1, 5)], false).await;
        try_sql(&db, "delete from unit_version where line = 5")
            .await
            .expect("what was never published may go");
    }
}

/// Pages end in the middle of a unit's versions: none is lost, none is there twice.
#[tokio::test]
async fn a_long_registry_is_read_page_by_page() {
    for db in databases().await {
        let registry = registry(&db).await;
        let units: Vec<(UnitRow, u32, i64)> = (0..3000).map(|n| (unit(1000 + n), 5000, n as i64)).collect();
        for change in 1..=3 {
            let of = if change == 1 { ChangeOf::Nomenclature } else { ChangeOf::Unit(UnitId(id(1000))) };
            staged(&registry, change, of, units.clone(), change == 1).await;
            publish(&registry, change).await;
        }
        let found = all(&registry, i64::MAX).await;
        assert_eq!(found.len(), 3000);
        assert!(found.is_sorted());
    }
}

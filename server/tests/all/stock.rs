//! A unit in a house under test, as its bank's file would bring it.

use domain::id::{BankId, ChangeId, IdSource as _, UnitId};
use domain::registry::{
    Abo, Compartment, Culture, Figures, Ownership, Place, Rhesus, UnitContent, UnitStatus, UnitTests,
    VersionSource,
};
use service::SystemIds;
use service::work::system_now;
use store::change::{ChangeOf, change_add, change_publish};
use store::unit::{UnitRow, units_insert};
use store::unit_version::{VersionRow, versions_insert};
use store::{Db, StoreError, Writer};
use testbed::TestDb;

/// A donated unit of two compartments.
fn content() -> UnitContent {
    let part = Figures { volume_ul: 12_500, tnc_e5: 6_000, cd34_e3: 2_100 };
    let place =
        |slot: &str| Place { tank: "T1".into(), rack: "R2".into(), box_: "B3".into(), slot: slot.into() };
    UnitContent {
        ownership: Ownership::Donated,
        status: UnitStatus::Available,
        status_reason: String::new(),
        hla: "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54".into(),
        hla_method: "dna".into(),
        hla_typed_on: "2021-05-06".parse().ok(),
        abo: Some(Abo::A),
        rhesus: Some(Rhesus::Positive),
        sex: None,
        ethnicity: String::new(),
        collected_on: "2020-02-28".parse().ok(),
        processed_on: "2020-02-29".parse().ok(),
        frozen_on: "2020-02-29".parse().ok(),
        figures: Figures { volume_ul: 25_000, tnc_e5: 12_000, cd34_e3: 4_200 },
        mnc_e5: 0,
        viability_permille: Some(930),
        segments: 3,
        tests: UnitTests { bacterial: Some(Culture::Negative), ..UnitTests::default() },
        compartments: vec![
            Compartment { figures: part, place: Some(place("1")) },
            Compartment { figures: part, place: Some(place("2")) },
        ],
        details: Default::default(),
    }
}

/// Puts a bank with one unit into the house, and publishes it.
pub async fn unit(test: &TestDb, db: &Db) -> UnitId {
    let now = system_now();
    let (bank, unit, change) =
        (BankId(SystemIds.uuid(now)), UnitId(SystemIds.uuid(now)), ChangeId(SystemIds.uuid(now)));
    let hex = bank.0.simple();
    let (key, no) = match test.kind {
        "sqlite" => (format!("x'{hex}'"), "0"),
        _ => (format!("'{hex}'"), "false"),
    };
    let sql = format!(
        "insert into bank (id, number, code, name_zh, name_en, abroad, filing_number) \
         select {key}, coalesce(max(number) + 1, 0), '{bank}', '演示库', 'Demo bank', {no}, '' from bank"
    );
    testbed::tamper(test, &sql).await;
    let row = UnitRow {
        id: unit.0,
        registry_id: format!("T{}", unit.0.simple()),
        bank_id: bank.0,
        din: None,
        grid: None,
        local_id: String::new(),
    };
    let version = VersionRow::new(unit, change, VersionSource::System, &content(), false, None);
    let (writer, task) = Writer::start(db.clone(), 1);
    writer
        .write(move |tx| {
            Box::pin(async move {
                change_add(tx, change, ChangeOf::Unit(unit), now).await?;
                units_insert(&mut tx.conn(), &[row]).await?;
                versions_insert(&mut tx.conn(), &[version]).await?;
                change_publish(tx, change, now).await?;
                Ok::<_, StoreError>(())
            })
        })
        .await
        .expect("a unit");
    drop(writer);
    let _ = task.await;
    unit
}

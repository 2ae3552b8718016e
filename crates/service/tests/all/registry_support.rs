//! What tests of the registry need: a bank, units that are published as a load or one by one, consents, and searches.

use domain::id::{ChangeId, UnitId};
use domain::registry::matching::{HlaTyped, MatchResult, SearchAsked};
use domain::registry::{
    Abo, Compartment, Figures, Ownership, UnitContent, UnitStatus, UnitTests, VersionSource,
};
use service::Ctx;
use service::registry::search::search;
use store::StoreError;
use store::change::{ChangeOf, change_add, change_publish};
use store::unit::{UnitRow, units_insert};
use store::unit_version::{VersionRow, versions_insert};
use testbed::{TestDb, tamper};
use uuid::Uuid;

/// A unit of the tests by its number.
pub fn unit(n: u128) -> UnitId {
    UnitId(id(n))
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// An id as SQL of the database's own kind.
pub fn sql_id(db: &TestDb, id: Uuid) -> String {
    if db.kind == "sqlite" { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
}

/// The bank of all test units: number 7, code CN07.
pub async fn bank(db: &TestDb) {
    let no = if db.kind == "sqlite" { "0" } else { "false" };
    let bank = sql_id(db, id(900));
    tamper(
        db,
        &format!(
            "insert into bank (id, number, code, name_zh, name_en, abroad, filing_number) \
             values ({bank}, 7, 'CN07', '演示库', 'Demo bank', {no}, '')"
        ),
    )
    .await;
}

/// A donated unit with two compartments of equal size.
pub fn donated(hla: &str, tnc_e5: u32) -> UnitContent {
    let part =
        Compartment { figures: Figures { volume_ul: 10, tnc_e5: tnc_e5 / 2, cd34_e3: 900 }, place: None };
    UnitContent {
        ownership: Ownership::Donated,
        status: UnitStatus::Available,
        status_reason: String::new(),
        hla: hla.to_owned(),
        hla_method: "dna".to_owned(),
        hla_typed_on: None,
        abo: Some(Abo::A),
        rhesus: None,
        sex: None,
        ethnicity: String::new(),
        collected_on: "2020-02-29".parse().ok(),
        processed_on: None,
        frozen_on: None,
        figures: Figures { volume_ul: 20, tnc_e5, cd34_e3: 1800 },
        mnc_e5: 0,
        viability_permille: Some(930),
        segments: 2,
        tests: UnitTests::default(),
        compartments: vec![part.clone(), part],
        details: Default::default(),
    }
}

/// As [`donated`], stored by a family for itself.
pub fn family(hla: &str, tnc_e5: u32) -> UnitContent {
    UnitContent { ownership: Ownership::Family, ..donated(hla, tnc_e5) }
}

/// Publishes a content of each unit under one change: of the one unit, or of a load.
pub async fn publish(ctx: &Ctx, units: Vec<(u128, UnitContent)>, load: Option<u128>, new: bool) -> i64 {
    let change = ChangeId(ctx.id());
    let (writer, at) = (ctx.clone(), ctx.now);
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            // A load's versions are proved by their load, a single unit's by its event.
            let place = load.is_none().then(|| tx.next_event());
            let of = match load {
                Some(load) => ChangeOf::Load(domain::id::LoadId(id(load))),
                None => ChangeOf::Unit(unit(units[0].0)),
            };
            let (mut rows, mut versions) = (Vec::new(), Vec::new());
            for (line, (n, content)) in (1..).zip(&units) {
                rows.push(UnitRow {
                    id: id(*n),
                    registry_id: format!("CN{n:06}"),
                    bank_id: id(900),
                    din: None,
                    grid: None,
                    local_id: String::new(),
                });
                let row = VersionRow::new(unit(*n), change, VersionSource::Load, content, false, place);
                let mut row = row.of(&rows[rows.len() - 1]);
                row.line = line;
                versions.push(row);
            }
            if new {
                units_insert(&mut tx.conn(), &rows).await?;
            }
            if place.is_some() {
                let digests = versions.iter().map(VersionRow::digest).collect();
                tx.record(writer.event("unit.added", ("unit", id(units[0].0))), digests);
            }
            change_add(tx, change, of, at).await?;
            versions_insert(&mut tx.conn(), &versions).await?;
            change_publish(tx, change, at).await
        })
    });
    let number: Result<i64, StoreError> = write.await;
    number.unwrap()
}

/// Publishes that something beside the versions of a unit has changed.
pub async fn touch(ctx: &Ctx, n: u128) -> i64 {
    let (change, at) = (ChangeId(ctx.id()), ctx.now);
    let write = ctx.house.writer.write(move |tx| {
        Box::pin(async move {
            change_add(tx, change, ChangeOf::Unit(unit(n)), at).await?;
            change_publish(tx, change, at).await
        })
    });
    let number: Result<i64, StoreError> = write.await;
    number.unwrap()
}

/// A load's row, so that a change can name it.
pub async fn load_row(db: &TestDb, n: u128) {
    let (load, bank) = (sql_id(db, id(n)), sql_id(db, id(900)));
    let empty = if db.kind == "sqlite" { "x''" } else { "''::bytea" };
    tamper(
        db,
        &format!(
            "insert into unit_load (id, bank_id, kind, format, file_name, file_digest, state, started_at, touched_at, \
             read, added, changed, unchanged, withdrawn, refused, content_digest) values ({load}, {bank}, 'full', 'csv', \
             'f', {empty}, 'staging', 1, 1, 0, 0, 0, 0, 0, 0, {empty})"
        ),
    )
    .await;
}

/// A consent of unit `n`, standing.
pub async fn consent(db: &TestDb, n: u128) {
    let (own, unit) = (sql_id(db, id(5000 + n)), sql_id(db, id(n)));
    tamper(
        db,
        &format!(
            "insert into sharing_consent (id, unit_id, signed_on, evidence, event_chain, event_seq) \
             values ({own}, {unit}, '2026-01-01', 'e', 1, 1)"
        ),
    )
    .await;
}

/// The consent of unit `n`, withdrawn.
pub async fn consent_withdrawn(db: &TestDb, n: u128) {
    let unit = sql_id(db, id(n));
    tamper(db, &format!("update sharing_consent set revoked_at = 9 where unit_id = {unit}")).await;
}

/// The patient of the tests' searches.
pub const PATIENT: &str = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";

/// A search for [`PATIENT`], 4/6.
pub fn asked() -> SearchAsked {
    SearchAsked::new(HlaTyped::Text(PATIENT.into()), "4/6".parse().unwrap())
}

/// The search, which must succeed.
pub async fn searched(ctx: &Ctx, asked: &SearchAsked) -> MatchResult {
    search(ctx, asked).await.unwrap().unwrap()
}

/// The registry's numbers of the units found, in their order.
pub fn numbers(result: &MatchResult) -> Vec<u128> {
    result.hits.iter().map(|hit| hit.unit.0.as_u128()).collect()
}

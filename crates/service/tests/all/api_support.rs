//! Keys of two banks and what is asked with them.

use domain::access::Scope;
use domain::id::UnitId;
use domain::registry::Ownership;
use service::Ctx;
use service::registry::api::{
    Answered, Asked, Call, NewKey, UnitGiven, UnitsGiven, UnitsRecorded, api_key_create, api_key_open,
    units_add,
};
use store::bank::BankRow;
use testbed::TestDb;

use crate::units_support::Registry;

/// A registry with a second bank beside the first one.
pub async fn two_banks(db: TestDb) -> Registry {
    let registry = Registry::open(db).await;
    let bank = BankRow {
        id: registry.ctx.id(),
        number: 0,
        code: "CN02".to_owned(),
        name_zh: "另一库".to_owned(),
        name_en: "Other bank".to_owned(),
        abroad: false,
        filing_number: String::new(),
    };
    service::registry::load::bank_set(&registry.ctx, bank).await.unwrap();
    registry
}

/// What a system may that shows a new key of a bank.
pub async fn key(ctx: &Ctx, bank: &str, scopes: &[Scope]) -> Ctx {
    let name = format!("LIS {}", ctx.token());
    let (_, key) = api_key_create(ctx, NewKey { name: &name, bank, scopes, days: 30 }).await.unwrap();
    api_key_open(ctx, &key, Call::Change).await.unwrap()
}

/// A key that may everything.
pub async fn full_key(ctx: &Ctx, bank: &str) -> Ctx {
    key(ctx, bank, &Scope::ALL).await
}

/// A request of that name with that content.
pub fn asked(name: &str, content: &str) -> Asked {
    Asked::new(name, "POST", "/", content.as_bytes()).unwrap()
}

/// A request that nobody made before.
pub fn fresh(ctx: &Ctx) -> Asked {
    asked(&ctx.token().to_string(), "")
}

/// A unit as JSON has it.
pub fn unit_json(number: u32) -> serde_json::Value {
    serde_json::json!({
        "registry_id": format!("CN{number:06}"),
        "ownership": "donated",
        "status": "available",
        "hla": "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54",
        "hla_typed_on": "2026-03-02",
        "abo": "A",
        "rhesus": "+",
        "collected_on": "2026-02-01",
        "frozen_on": "2026-02-02",
        "volume_ul": 25_300,
        "tnc_e5": 12_345,
        "cd34_e3": 4_321,
        "viability_permille": 931,
        "segments": 3,
        "bacterial": "negative",
        "fungal": "negative",
        "markers": "clear",
        "compartments": [
            { "volume_ul": 12_000, "tnc_e5": 6_000, "cd34_e3": 2_100,
              "place": { "tank": "T1", "rack": "2", "box": "3", "slot": "4" } },
            { "volume_ul": 12_000, "tnc_e5": 6_000, "cd34_e3": 2_100 },
        ],
        "details": { "MAT_ID": "M-17" },
    })
}

/// The same, read.
pub fn unit(number: u32) -> UnitGiven {
    serde_json::from_value(unit_json(number)).unwrap()
}

/// Sends units and reads what became of them.
pub async fn sent(lis: &Ctx, units: Vec<UnitGiven>) -> UnitsRecorded {
    body(&units_add(lis, fresh(lis), UnitsGiven { units }).await.unwrap())
}

/// What was answered.
pub fn body<T: serde::de::DeserializeOwned>(answered: &Answered) -> T {
    serde_json::from_str(&answered.body).unwrap()
}

/// How many versions of a unit were published.
pub async fn versions(ctx: &Ctx, unit: UnitId) -> usize {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::unit::unit_history(&mut reader.conn(), unit).await.unwrap().len()
}

/// A unit of the first bank, of so many compartments.
pub async fn stored(registry: &Registry, number: u32, compartments: usize) -> UnitId {
    registry.unit(number, Ownership::Donated, compartments).await
}

//! For tests only: fresh databases of both kinds, a house on each, a clock that stands still and ids that repeat.

pub mod inventory;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::access::Actor;
use domain::time::{Date, Instant};
use service::registry::uploads::Uploads;
use service::sealing::Keyring;
use service::{Ctx, House, SeededIds, Settings};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use store::{Db, KeyStore, Writer};
use tempfile::TempDir;

/// Names the PostgreSQL server that tests may make databases on; `make test` starts a private one.
pub const POSTGRES: &str = "SPARK_TEST_PG_URL";

/// A fresh, migrated database that is gone when this is dropped (PostgreSQL's go with the private cluster).
pub struct TestDb {
    /// `sqlite` or `postgres`, for messages.
    pub kind: &'static str,
    /// What `Db::open` takes.
    pub address: String,
    /// What `KeyStore::open` takes.
    pub keys_address: String,
    /// A folder of its own.
    pub dir: TempDir,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A fresh database of each kind: SQLite always, PostgreSQL where [`POSTGRES`] names a server.
pub async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    match std::env::var(POSTGRES) {
        Ok(server) => all.push(postgres(&server).await),
        Err(_) => eprintln!("{POSTGRES} is not set: this test runs on SQLite alone"),
    }
    all
}

async fn sqlite() -> TestDb {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let db = TestDb { kind: "sqlite", address: path("spark.db"), keys_address: path("keys.db"), dir };
    Db::open(&db.address).await.expect("opens").migrate().await.expect("migrates");
    db
}

/// Migrates one template for each test program and copies it for each test: a copy takes a few milliseconds.
async fn postgres(server: &str) -> TestDb {
    static TEMPLATE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let base = server.rsplit_once('/').map_or(server, |(base, _)| base);
    let run = std::process::id();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("spark_template_{run}");
            admin(server, format!("create database {name}")).await;
            let db = Db::open(&format!("{base}/{name}")).await.expect("opens");
            db.migrate().await.expect("migrates");
            db.close().await;
            name
        })
        .await;
    let name = format!("spark_{run}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    // PostgreSQL copies a template only while nobody is connected to it: one test at a time.
    static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let copying = COPYING.lock().await;
    admin(server, format!("create database {name} template {template}")).await;
    drop(copying);
    let address = format!("{base}/{name}");
    let dir = tempfile::tempdir().expect("a folder for the test");
    TestDb { kind: "postgres", keys_address: address.clone(), address, dir }
}

async fn admin(server: &str, sql: String) {
    let mut tries = 0;
    loop {
        let done = async {
            let mut conn = PgConnection::connect(server).await?;
            let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut conn).await;
            let _ = conn.close().await;
            done
        };
        match done.await {
            Ok(_) => return,
            // The template's last connection may still be closing, and a server that a test has killed still starting.
            Err(_) if tries < 250 => tries += 1,
            Err(error) => panic!("{sql}: {error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Runs SQL past every rule of the store, as somebody with the database's password would.
pub async fn tamper(db: &TestDb, sql: &str) {
    try_sql(db, sql).await.expect("runs");
}

/// As [`tamper`]; what the database refuses is its message.
///
/// # Errors
/// The database's own words.
pub async fn try_sql(db: &TestDb, sql: &str) -> Result<(), String> {
    let sql = AssertSqlSafe(sql.to_owned());
    let done = if db.kind == "postgres" {
        let mut conn = PgConnection::connect(&db.address).await.expect("connects");
        sqlx::raw_sql(sql).execute(&mut conn).await.map(|_| ())
    } else {
        let mut conn =
            sqlx::SqliteConnection::connect(&format!("sqlite:{}", db.address)).await.expect("connects");
        sqlx::raw_sql(sql).execute(&mut conn).await.map(|_| ())
    };
    done.map_err(|error| error.to_string())
}

/// The address of a new PostgreSQL database without any table.
pub async fn empty_postgres() -> String {
    let server = std::env::var(POSTGRES).expect("a PostgreSQL server for tests");
    let name = format!("spark_{}_empty_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    admin(&server, format!("create database {name}")).await;
    let base = server.rsplit_once('/').map_or(server.as_str(), |(base, _)| base);
    format!("{base}/{name}")
}

/// Noon of 22 November 2026 in Shanghai: the moment at which tests begin.
#[must_use]
pub fn noon() -> Instant {
    Date::new(2026, 11, 22).expect("a real day").start().plus_seconds(12 * 3600)
}

/// A programme of three funds that may collect in 2026, all names fictitious.
pub const PROGRAMME: &str = r#"
[[recipient]]
name_zh = "演示基金会"
name_en = "Demo Foundation"
credit_code = "53370000000000465Y"
certificate = "演示证书001"
certificate_from = "2024-01-01"
certificate_until = "2028-12-31"
receipt_prefix = "YS"
receipt_handler = "演示经办人"
bank_account = "演示银行 0000 0000"
contact = "0531-0000000"
filing_number = "演示备案001"
plan_zh = "演示募捐方案"
plan_en = "Demo plan"
plan_from = "2024-01-01"
plan_until = "2028-12-31"
funds = ["spark", "aid", "research"]

[[programme]]
fund = "aid"
code = "ningyang"
name_zh = "演示定向援助"
name_en = "Demo directed aid"
purpose_zh = "演示"
purpose_en = "Demo"
"#;

/// A house on `db` with the [`PROGRAMME`] loaded, and the context of the system at [`noon`].
pub async fn house(db: &TestDb) -> Ctx {
    let ctx = bare_house(db, 1).await;
    let file = toml::from_str(PROGRAMME).expect("the programme reads");
    service::programme::programme_load(&ctx, file).await.expect("the programme loads");
    ctx
}

/// A house on `db` with nothing loaded, as the program opens it. Another `seed` is another node: its ids differ.
pub async fn bare_house(db: &TestDb, seed: u64) -> Ctx {
    let ctx = old_house(db, seed).await;
    service::adoption::adopt(&ctx).await.expect("the rows of the migrations are taken in");
    ctx
}

/// A house on `db` as it was before events said what changing rows are.
pub async fn old_house(db: &TestDb, seed: u64) -> Ctx {
    let opened = Db::open(&db.address).await.expect("opens");
    let (writer, _task) = Writer::start(opened.clone(), 1);
    let keys = Keyring::new([7; 32], KeyStore::open(&db.keys_address).await.expect("key store"));
    let house = House {
        db: opened,
        writer,
        ids: Arc::new(SeededIds::new(seed)),
        programme: Default::default(),
        keys,
        settings: Settings::default(),
        providers: Default::default(),
        channels: Default::default(),
        bells: Default::default(),
        registry: Default::default(),
        uploads: Uploads::new(db.dir.path().join("uploads"), 1),
        reads: Default::default(),
    };
    Ctx { house: Arc::new(house), actor: Actor::System, now: noon() }
}

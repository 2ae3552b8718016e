//! A backup taken while gifts are given, put back elsewhere and proved.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::giving::GiftForm;
use domain::id::{GiftId, Token};
use domain::time::Month;
use service::backup::{BackupError, Place, backup_write, restore_read};
use service::checkpoint::{CHAIN, Checkpoints};
use service::verify::verify;
use service::{Ctx, House};
use testbed::TestDb;

use crate::support::{form, given};

const PASSPHRASE: &str = "correct horse battery";

/// The place of a test's house: its master key is the one that the testbed uses.
fn place(db: &TestDb, data_dir: &Path) -> Place {
    let master_key_file = db.dir.path().join("master.key");
    std::fs::write(&master_key_file, [7; 32]).unwrap();
    Place { database_url: db.address.clone(), data_dir: data_dir.to_owned(), master_key_file }
}

/// An empty place of the same kind.
async fn empty(db: &TestDb) -> Place {
    let data_dir = db.dir.path().join("restored");
    Place {
        database_url: match db.kind {
            "postgres" => testbed::empty_postgres().await,
            _ => data_dir.join("spark.db").to_string_lossy().into_owned(),
        },
        master_key_file: data_dir.join("keys/master.key"),
        data_dir,
    }
}

fn key_store(place: &Place) -> String {
    if place.database_url.starts_with("postgres") {
        return place.database_url.clone();
    }
    place.data_dir.join("keys/keys.db").to_string_lossy().into_owned()
}

async fn reopened(ctx: &Ctx, place: &Place) -> (Ctx, Checkpoints) {
    let db = store::Db::open(&place.database_url).await.unwrap();
    db.migrate().await.unwrap();
    let (writer, _task) = store::Writer::start(db.clone(), CHAIN);
    let master: [u8; 32] = std::fs::read(&place.master_key_file).unwrap().try_into().unwrap();
    let keys =
        service::sealing::Keyring::new(master, store::KeyStore::open(&key_store(place)).await.unwrap());
    let checkpoints = Checkpoints::new(&place.data_dir.join("checkpoints"), CHAIN, &keys);
    let house = House {
        db,
        writer,
        ids: Arc::clone(&ctx.house.ids),
        programme: Default::default(),
        keys,
        settings: Default::default(),
        providers: Default::default(),
        channels: Default::default(),
        bells: Default::default(),
        registry: Default::default(),
        uploads: Default::default(),
        reads: Default::default(),
    };
    (Ctx { house: Arc::new(house), ..ctx.clone() }, checkpoints)
}

fn with_tax_title() -> GiftForm {
    GiftForm {
        name: "王小明".into(),
        email: "wang@example.com".into(),
        tax: "on".into(),
        tax_title: "王小明".into(),
        tax_number: "11010519491231002X".into(),
        tax_consent: "on".into(),
        consent: "on".into(),
        ..form(255, "88.88")
    }
}

fn numbered(number: u32) -> GiftForm {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&number.to_be_bytes());
    key[15] = 1;
    GiftForm { gift_key: Token(key).to_string(), ..form(0, "1") }
}

#[tokio::test]
async fn a_backup_under_load_holds_every_gift_acknowledged_before_it() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let source = place(&db, &db.dir.path().join("data"));
        let checkpoints = Checkpoints::new(&source.data_dir.join("checkpoints"), CHAIN, &ctx.house.keys);
        std::fs::create_dir_all(source.data_dir.join("papers/2026")).unwrap();
        std::fs::write(source.data_dir.join("papers/2026/YS-2026-000001.pdf"), b"%PDF-").unwrap();
        let sealed = given(&ctx, &with_tax_title()).await;
        let mut before = Vec::new();
        for number in 0..20 {
            before.push(given(&ctx, &numbered(number)).await);
        }
        checkpoints.append(&ctx.house.db, ctx.now).await.unwrap();
        // Gifts go on while the backup is taken; checkpoints, too.
        let stop = Arc::new(AtomicBool::new(false));
        let giving = tokio::spawn({
            let (ctx, stop) = (ctx.clone(), Arc::clone(&stop));
            async move {
                let mut number = 1000;
                while !stop.load(Ordering::Relaxed) {
                    given(&ctx, &numbered(number)).await;
                    number += 1;
                }
                number - 1000
            }
        });
        let file = db.dir.path().join("backup.tar");
        let manifest = backup_write(&ctx, &checkpoints, &source, &file, PASSPHRASE).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        let meanwhile = giving.await.unwrap();
        assert!(meanwhile > 0, "{}: gifts were given meanwhile", db.kind);
        let names: Vec<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
        let expected =
            ["database", "keys.sealed", "checkpoints/chain-1.txt", "papers/2026/YS-2026-000001.pdf"];
        assert_eq!(names, expected);
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(32).any(|part| part == [7; 32]), "the master key is nowhere in clear");
        let target = empty(&db).await;
        let wrong = restore_read(&target, &file, "wrong horse battery").await;
        assert!(matches!(wrong, Err(BackupError::KeysClosed)), "{wrong:?}");
        assert_eq!(restore_read(&target, &file, PASSPHRASE).await.unwrap(), manifest, "{}", db.kind);
        let (restored, signed) = reopened(&ctx, &target).await;
        let report = verify(&restored, &signed).await.unwrap();
        assert!(report.ok, "{}: {report:?}", db.kind);
        assert!(report.checks.iter().any(|check| check.name == "checkpoints_hold" && check.rows > 0));
        for gift in before {
            assert_eq!(state(&restored, gift).await.as_deref(), Some("paid"));
        }
        assert_eq!(
            tax_number(&restored, sealed).await.as_deref(),
            Some("11010519491231002X"),
            "keys came along"
        );
        assert!(target.data_dir.join("papers/2026/YS-2026-000001.pdf").exists());
        // The restored house goes on where the backup stopped.
        service::books::books_close(&restored, "2026-10".parse::<Month>().unwrap()).await.unwrap();
        given(&restored, &numbered(5000)).await;
        assert!(verify(&restored, &signed).await.unwrap().ok);
    }
}

async fn state(ctx: &Ctx, gift: GiftId) -> Option<String> {
    let mut reader = ctx.house.db.read().await.unwrap();
    store::gift::gift_get(&mut reader.conn(), gift).await.unwrap().map(|gift| gift.state)
}

async fn tax_number(ctx: &Ctx, gift: GiftId) -> Option<String> {
    let mut reader = ctx.house.db.read().await.unwrap();
    let row = store::setting::tax_request_of(&mut reader.conn(), gift.0).await.unwrap()?;
    drop(reader);
    service::sealing::open_tax(ctx, &row).await.unwrap().map(|(_, number)| number)
}

#[tokio::test]
async fn a_backup_goes_into_an_empty_place_only_and_a_damaged_one_nowhere() {
    for db in testbed::databases().await {
        let ctx = testbed::house(&db).await;
        let source = place(&db, &db.dir.path().join("data"));
        let checkpoints = Checkpoints::new(&source.data_dir.join("checkpoints"), CHAIN, &ctx.house.keys);
        let file = db.dir.path().join("backup.tar");
        let short = backup_write(&ctx, &checkpoints, &source, &file, "elevenchars").await;
        assert!(matches!(short, Err(BackupError::PassphraseShort)));
        backup_write(&ctx, &checkpoints, &source, &file, PASSPHRASE).await.unwrap();
        let again = backup_write(&ctx, &checkpoints, &source, &file, PASSPHRASE).await;
        assert!(matches!(again, Err(BackupError::NotEmpty(..))), "{again:?}");
        let over_itself = restore_read(&source, &file, PASSPHRASE).await;
        assert!(matches!(over_itself, Err(BackupError::NotEmpty(..))), "{over_itself:?}");
        let target = empty(&db).await;
        let bytes = std::fs::read(&file).unwrap();
        let damaged = db.dir.path().join("damaged.tar");
        // One bit of the database, and a file that was cut.
        for bytes in [changed(&bytes, 2000), bytes[..bytes.len() / 2].to_vec()] {
            std::fs::write(&damaged, bytes).unwrap();
            let refused = restore_read(&target, &damaged, PASSPHRASE).await;
            assert!(matches!(refused, Err(BackupError::Damaged(_) | BackupError::File(..))), "{refused:?}");
            assert_eq!(std::fs::read_dir(&target.data_dir).unwrap().count(), 0, "nothing is left behind");
        }
        restore_read(&target, &file, PASSPHRASE).await.unwrap();
        if db.kind == "postgres" {
            let other = Place {
                data_dir: db.dir.path().join("x"),
                master_key_file: db.dir.path().join("x.key"),
                ..target
            };
            let taken = restore_read(&other, &file, PASSPHRASE).await;
            assert!(matches!(taken, Err(BackupError::NotEmpty(..))), "{taken:?}");
        }
    }
}

fn changed(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[place] ^= 1;
    changed
}

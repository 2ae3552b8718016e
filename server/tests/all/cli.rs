//! The command line as an operator uses it: keys, settings, proofs, backups, and what it refuses.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use crate::spark::{Place, free_port};

const PASSPHRASE: &str = "correct horse battery";

/// A place where nothing is yet, with the default database.
pub fn empty_place(dir: &Path) -> Place {
    Place { dir: dir.to_owned(), database: String::new(), port: free_port(), sandbox: None }
}

/// Runs a command with this typed and these variables.
pub fn run(place: &Place, args: &[&str], input: &str, variables: &[(&str, &str)]) -> Output {
    use std::io::Write as _;
    let mut command = place.command(&[], args);
    command.envs(variables.iter().copied());
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs a command that must fail with status 1; what it said.
pub fn refused(place: &Place, args: &[&str], variables: &[(&str, &str)]) -> String {
    let done = run(place, args, "", variables);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "spark {args:?}: {said}");
    said
}

/// Fails unless each part was said.
pub fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

/// Who may do what with a file.
pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_place_is_closed_to_others_and_its_key_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    let said = refused(&place, &["verify"], &[]);
    assert_says(&said, &["there is no database of spark's in", "data/spark.db"]);
    assert!(!dir.path().join("data").exists(), "asking makes nothing");
    let made =
        run(&place, &["admin", "create-user", "li.na", "--role", "finance"], "correct horse battery\n", &[]);
    assert!(made.status.success(), "{made:?}");
    let data = dir.path().join("data");
    let key = data.join("keys/master.key");
    assert_eq!((mode(&data), mode(&data.join("keys")), mode(&key)), (0o700, 0o700, 0o600));
    assert_eq!((mode(&data.join("spark.db")), mode(&data.join("checkpoints/chain-1.txt"))), (0o600, 0o600));
    let first = std::fs::read(&key).unwrap();
    assert_eq!(first.len(), 32);
    place.verify();
    assert_eq!(std::fs::read(&key).unwrap(), first);
}

#[test]
fn a_node_with_another_key_or_none_or_one_that_others_read_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    place.run(&["migrate"]);
    place.run(&["keys"]);
    let key = dir.path().join("data/keys/master.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    assert_says(&refused(&place, &["serve"], &[]), &["may be read by others (mode 0640)", "chmod 600"]);
    std::fs::remove_file(&key).unwrap();
    assert_says(
        &refused(&place, &["serve"], &[]),
        &["is missing, and this database belongs to one", "SPARK_MASTER_KEY_FILE"],
    );
    assert!(!key.exists(), "no new key is made for a database that has one");
    let elsewhere = dir.path().join("other.key");
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    };
    let named = [("SPARK_MASTER_KEY_FILE", elsewhere.to_str().unwrap())];
    write(&elsewhere, &[7; 32]);
    assert_says(
        &refused(&place, &["serve"], &named),
        &["is not the master key that this database belongs to"],
    );
    write(&elsewhere, &right[..31]);
    assert_says(&refused(&place, &["serve"], &named), &["has 31 bytes, not 32"]);
    write(&elsewhere, &right);
    assert!(run(&place, &["verify"], "", &named).status.success());
}

#[test]
fn wrong_settings_and_fictitious_things_in_production_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    let said = refused(&place, &["serve"], &[("SPARK_LISTEN", "here"), ("SPARK_LISTNE", "x")]);
    assert_says(
        &said,
        &["listen = \"here\" in SPARK_LISTEN: expected an address and a port", "SPARK_LISTNE"],
    );
    let file = dir.path().join("own.toml");
    std::fs::write(&file, "environment = \"prod\"\n").unwrap();
    let said = refused(&place, &["--config", "own.toml", "verify"], &[]);
    // The variable that the test sets counts over the file: another key must show the file's name.
    assert_says(&said, &["there is no database"]);
    std::fs::write(&file, "lisen = \"127.0.0.1:1\"\n").unwrap();
    assert_says(
        &refused(&place, &["--config", "own.toml", "verify"], &[]),
        &["lisen", "own.toml is unknown", "listen"],
    );
    assert_says(&refused(&place, &["verify"], &[("SPARK_CONFIG", "none.toml")]), &["cannot read none.toml"]);
    let production = [("SPARK_ENVIRONMENT", "production"), ("SPARK_BASE_URL", "https://spark.example.org")];
    assert_says(&refused(&place, &["sandbox"], &production), &["the sandbox does not run"]);
    assert_says(&refused(&place, &["demo"], &production), &["its gifts are fictitious"]);
    let plain = [("SPARK_ENVIRONMENT", "production"), ("SPARK_BASE_URL", "http://spark.example.org")];
    assert_says(
        &refused(&place, &["verify"], &plain),
        &["base_url = http://spark.example.org: expected in production"],
    );
}

#[test]
fn every_command_teaches_by_an_example() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    for args in [
        "serve",
        "sandbox",
        "migrate",
        "demo",
        "import gifts",
        "export gifts",
        "verify",
        "backup",
        "restore",
        "admin create-user",
        "admin set-password",
        "admin disable-user",
        "admin enable-user",
        "admin set-roles",
        "admin programme",
        "ledger close",
        "ledger reverse",
        "reconcile",
        "keys",
        "bench giving",
        "bench match",
    ] {
        let words: Vec<&str> = args.split(' ').chain(["--help"]).collect();
        let help = place.run(&words);
        assert!(help.contains("Example:") && help.contains(&format!("spark {args}")), "{args}: {help}");
    }
}

#[test]
fn the_search_is_measured_and_proved_without_a_house_and_a_release() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    let size = ["--units", "400", "--patients", "20", "--oracle-units", "60", "--update-seconds", "0"];
    let done = run(&place, &[&["bench", "match", "--json"], &size[..]].concat(), "", &[]);
    assert!(done.status.success(), "{done:?}");
    assert_says(&String::from_utf8(done.stderr).unwrap(), &["No IPD-IMGT/HLA release is loaded"]);
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let number = |path: &str| told.pointer(path).and_then(serde_json::Value::as_u64);
    assert_eq!((number("/units"), told.pointer("/release")), (Some(400), Some(&serde_json::Value::Null)));
    assert_eq!((number("/oracle_searches"), number("/oracle_differences")), (Some(20), Some(0)));
    assert!(number("/class_4_of_6/p50_us") > Some(0) && number("/at_least_7_of_10/hits") > Some(0), "{told}");
    assert!(number("/distinct_pairs/DRB1") > Some(30) && number("/bytes_per_unit") > Some(0), "{told}");
    assert!(!dir.path().join("data").exists(), "measuring makes nothing");
}

#[tokio::test]
async fn an_entry_is_taken_back_from_the_command_line() {
    for db in testbed::databases().await {
        let place = Place::of(&db);
        place.run(&["demo", "--gifts", "12", "--units", "0"]);
        let open = store::Db::open(&db.address).await.unwrap();
        let mut reader = open.read().await.unwrap();
        let paid =
            store::gift::GiftFilter { state: Some(domain::giving::GiftState::Paid), ..Default::default() };
        let line = store::gift::gift_lines(&mut reader.conn(), &paid, 1).await.unwrap().remove(0);
        let gift = domain::id::GiftId(line.gift.id);
        let entry =
            store::ledger::entries_of_gift(&mut reader.conn(), gift).await.unwrap()[0].0.id.to_string();
        drop(reader);
        open.close().await;
        let args = ["ledger", "reverse", &entry, "--reason", "记错"];
        assert_says(&place.run(&args), &["is taken back by entry"]);
        assert_says(&refused(&place, &args, &[]), &["cannot be taken back"]);
        let nobody = ["reconcile", "sandbox", "2026-01-01"];
        let away = [("SPARK_SANDBOX_ENABLED", "true"), ("SPARK_SANDBOX_URL", "http://127.0.0.1:1")];
        assert_says(&refused(&place, &nobody, &away), &["provider: unavailable: no_connection"]);
        assert_says(&refused(&place, &["reconcile", "sandbox", "2100-01-01"], &away), &["not over yet"]);
        place.verify();
    }
}

#[tokio::test]
async fn verify_exits_with_1_and_names_the_row() {
    for db in testbed::databases().await {
        let place = Place::of(&db);
        place.run(&["demo", "--gifts", "12", "--units", "0"]);
        place.verify();
        testbed::tamper(&db, "update gift set refunded_fen = 1 where state = 'paid'").await;
        let done = run(&place, &["verify", "--json"], "", &[]);
        assert_eq!(done.status.code(), Some(1), "{}", db.kind);
        let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(report["ok"], false);
        let checks = report["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "refunds_equal_postings").unwrap();
        assert_eq!(check["ok"], false);
        let wrong = check["wrong"].as_str().unwrap();
        let id = wrong.split([' ', ':']).find_map(|word| uuid::Uuid::parse_str(word).ok());
        assert!(id.is_some(), "the row's id is in: {wrong}");
        assert!(
            checks
                .iter()
                .all(|check| check["rows"].is_i64() && (check["ok"] == true) == check["wrong"].is_null())
        );
        let table = run(&place, &["verify"], "", &[]);
        assert_says(&String::from_utf8_lossy(&table.stdout), &["WRONG", wrong, "THE BOOKS DO NOT HOLD"]);
    }
}

#[tokio::test]
async fn a_backup_of_a_serving_house_is_restored_elsewhere_and_proved() {
    for db in testbed::databases().await {
        let place = Place::of(&db);
        place.run(&["demo", "--gifts", "20", "--units", "0"]);
        let mut serving = place.serve();
        serving.ready(&format!("{}/readyz", place.base())).await;
        let file = db.dir.path().join("backup.tar");
        let file = file.to_str().unwrap();
        let passphrase = [("SPARK_BACKUP_PASSPHRASE", PASSPHRASE)];
        assert_says(
            &refused(&place, &["backup", file], &[]),
            &["SPARK_BACKUP_PASSPHRASE", "--passphrase-file"],
        );
        let done = run(&place, &["backup", file], "", &passphrase);
        assert!(done.status.success(), "{}: {}", db.kind, String::from_utf8_lossy(&done.stderr));
        assert_eq!(mode(Path::new(file)), 0o600);
        serving.stop();
        let dir = tempfile::tempdir().unwrap();
        let mut target = empty_place(dir.path());
        if db.kind == "postgres" {
            target.database = testbed::empty_postgres().await;
        }
        let wrong = [("SPARK_BACKUP_PASSPHRASE", "wrong horse battery")];
        assert_says(&refused(&target, &["restore", file], &wrong), &["the keys do not open"]);
        let done = run(&target, &["restore", file], "", &passphrase);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{}: {said} {}", db.kind, String::from_utf8_lossy(&done.stderr));
        assert_says(&said, &["the books hold", "checkpoints_hold"]);
        assert_says(&refused(&target, &["restore", file], &passphrase), &["is there already"]);
        let (before, after) = (place.verify(), target.verify());
        let rows = |report: &serde_json::Value| report["checks"][0]["rows"].as_i64().unwrap();
        assert!(rows(&after) > 0 && rows(&before) == rows(&after));
        // The restored house serves, with the same key.
        let mut serving = target.serve();
        serving.ready(&format!("{}/readyz", target.base())).await;
        serving.stop();
        target.verify();
    }
}

#[tokio::test]
async fn a_serving_house_signs_its_chain_and_sees_a_cut_tail() {
    for db in testbed::databases().await {
        let place = Place::of(&db);
        place.run(&["migrate"]);
        let mut serving = place.serve();
        serving.ready(&format!("{}/readyz", place.base())).await;
        let file = db.dir.path().join("data/checkpoints/chain-1.txt");
        let made = run(&place, &["ledger", "close", "2020-01"], "", &[]);
        assert!(made.status.success(), "{made:?}");
        // The server adds its own as soon as something happens in it; the command's stands already.
        let signed = std::fs::read_to_string(&file).unwrap();
        assert!(
            signed.lines().nth(1).is_some_and(|size| size.parse::<i64>().is_ok_and(|size| size > 0)),
            "{signed}"
        );
        let visitor = crate::spark::Visitor::new(&place, "203.0.113.9");
        visitor.post("/sign-in", &[("name", "nobody"), ("password", "wrong horse battery")]).await;
        tokio::time::timeout(std::time::Duration::from_secs(20), async {
            while std::fs::read_to_string(&file).unwrap().len() == signed.len() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        })
        .await
        .expect("a checkpoint while serving");
        serving.stop();
        place.verify();
        let drop = match db.kind {
            "postgres" => "drop trigger audit_event_stays on audit_event",
            _ => "drop trigger audit_event_stays; drop trigger audit_event_kept",
        };
        testbed::tamper(&db, drop).await;
        testbed::tamper(&db, "delete from audit_event where seq = (select seq from audit_chain)").await;
        testbed::tamper(
            &db,
            "update audit_chain set seq = seq - 1, \
             hash = (select e.hash from audit_event e where e.seq = audit_chain.seq - 1)",
        )
        .await;
        let done = run(&place, &["verify", "--json"], "", &[]);
        let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        let wrong: Vec<&str> = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|check| check["ok"] == false)
            .map(|check| check["name"].as_str().unwrap())
            .collect();
        assert_eq!((done.status.code(), wrong), (Some(1), vec!["checkpoints_hold"]), "{}", db.kind);
        assert_says(&refused(&place, &["keys"], &[]), &["its tail was cut"]);
    }
}

#[test]
fn units_leave_with_a_purpose_a_receiver_and_abroad_a_filing() {
    let dir = tempfile::tempdir().unwrap();
    let place = empty_place(dir.path());
    place.run(&["migrate"]);
    let hla = "A*02:01+A*24:02^B*15:01^DRB1*04:05";
    let sheet = format!(
        "registry_id,status,ownership,hla\nCN1,AV,donated,{hla}\nCN2,AV,family,{hla}\nCN3,AV,donated,{hla}\n"
    );
    std::fs::write(dir.path().join("in.csv"), sheet).unwrap();
    place.run(&["import", "units", "in.csv", "--bank", "CN01", "--create-bank"]);

    let units = ["export", "units", "out.xml", "--format", "wmda", "--purpose", "检索"];
    let with = |more: &[&'static str]| -> Vec<&'static str> { units.iter().chain(more).copied().collect() };
    let done = run(&place, &units, "", &[]);
    assert_eq!(done.status.code(), Some(2), "to whom must be said: {done:?}");
    assert_says(&refused(&place, &with(&["--to", " "]), &[]), &["out.xml is not made", "--to: "]);
    let said = refused(&place, &with(&["--to", "WMDA", "--abroad"]), &[]);
    assert_says(&said, &["--filing: ", "人类遗传资源管理条例"]);
    assert_says(&refused(&place, &with(&["--to", "WMDA", "--bank", "XX"]), &[]), &["no bank of this code"]);
    assert!(!dir.path().join("out.xml").exists());

    let said = place.run(&with(&["--to", "WMDA", "--abroad", "--filing", "2026-0017"]));
    assert_says(&said, &["2 units of bank CN01 are in out.xml", "change 1", "1 units stayed out", "to WMDA"]);
    assert_eq!(mode(&dir.path().join("out.xml")), 0o600);
    let text = std::fs::read_to_string(dir.path().join("out.xml")).unwrap();
    assert_says(&text, &["<ID>CN1</ID>", "<A><DNA><FIELD1>02:01</FIELD1><FIELD2>24:02</FIELD2></DNA></A>"]);
    assert!(!text.contains("CN2"));
    assert_says(&refused(&place, &with(&["--to", "WMDA"]), &[]), &["it is there already"]);

    let said =
        place.run(&["export", "units", "own.csv", "--format", "csv", "--purpose", "副本", "--own-copy"]);
    assert_says(&said, &["3 units of bank CN01", "to CN01"]);
    let said = place.run(&["import", "units", "own.csv", "--bank", "CN01", "--dry-run"]);
    assert_says(&said, &["unchanged 3"]);
    place.verify();
}

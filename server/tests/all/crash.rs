//! Kills the program, and PostgreSQL itself, at random moments under concurrent giving: nothing is lost or doubled.
//!
//! Short in `cargo test`; `scripts/crash-test.sh` asks for 200 kills by `SPARK_CRASH_KILLS` and keeps a PostgreSQL that
//! may be killed, whose process id stands in the file that `SPARK_TEST_PG_PID_FILE` names.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Stopwatch};

use domain::giving::{GiftForm, GiftState};
use domain::id::{GiftId, IdSource as _, Token};
use reqwest::{Method, StatusCode};
use service::SystemIds;
use service::work::system_now;
use store::{Db, Reader};
use testbed::TestDb;
use tokio::task::JoinSet;

use crate::spark::{Got, Place, Running, Visitor, borrowed, client, free_port, gift_key, pairs, token_in};

/// Donors at the same time; every second one pays through the sandbox, the others by bank transfer.
const DONORS: usize = 8;

/// How long a gift may need from payment to posting at the end: a lost notification is asked after within a minute.
const SETTLED: Duration = Duration::from_secs(90);

/// How long work may stand still before a kill.
const STILL: Duration = Duration::from_secs(60);

fn kills(short: usize) -> usize {
    match std::env::var("SPARK_CRASH_KILLS") {
        Ok(kills) => kills.parse().expect("SPARK_CRASH_KILLS is a number"),
        Err(_) => short,
    }
}

/// A random number below `limit`.
fn below(limit: u64) -> u64 {
    let bytes = SystemIds.token().0;
    u64::from_be_bytes(std::array::from_fn(|place| bytes[place])) % limit
}

/// What the donors were told.
#[derive(Default)]
struct Told {
    /// Every form that was ever sent, by its key, with its amount in fen.
    sent: Mutex<HashMap<String, i64>>,
    /// Forms that were answered with their gift's address.
    pledged: Mutex<HashMap<String, Token>>,
    /// Gifts whose payment was acknowledged: by us to staff, or by the provider to the payer.
    paid: Mutex<HashSet<Token>>,
    /// Acknowledgements so far.
    count: AtomicUsize,
    /// Requests that ended without an answer, or with "not now".
    broken: AtomicUsize,
    /// Forms that were sent again after their answer and led to the same gift.
    again: AtomicUsize,
    stop: AtomicBool,
}

impl Told {
    fn acknowledged(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// One donor, and the member of staff who looks after their transfers.
struct Donor {
    number: u64,
    gifts: u64,
    stranger: Visitor,
    finance: Visitor,
    told: Arc<Told>,
}

impl Donor {
    /// Gives until told to stop.
    async fn give(mut self) {
        while !self.told.stopped() {
            self.gifts += 1;
            // Nobody gives so often from one address; the limit on that has its own test.
            let address = format!("2001:db8:{:x}:{:x}::1", self.number, self.gifts);
            self.stranger = self.stranger.at(address);
            let _ = self.one().await;
        }
    }

    /// One gift; none when told to stop before it was done.
    async fn one(&self) -> Option<()> {
        let sandbox = self.number.is_multiple_of(2);
        let yuan = 1 + below(500) as i64;
        let form = GiftForm {
            gift_key: gift_key(),
            target: ["spark", "aid", "research"][below(3) as usize].into(),
            amount: yuan.to_string(),
            channel: if sandbox { "sandbox" } else { "bank_transfer" }.into(),
            ..GiftForm::default()
        };
        let key = form.gift_key.clone();
        self.told.sent.lock().unwrap().insert(key.clone(), yuan * 100);
        let form = pairs(&form);
        let form = borrowed(&form);
        let token = token_in(&self.insist(&self.stranger, Method::POST, "/donate", &form).await?.location);
        self.told.pledged.lock().unwrap().insert(key, token);
        self.told.acknowledged();
        if below(4) == 0 {
            let again = self.insist(&self.stranger, Method::POST, "/donate", &form).await?;
            assert_eq!(token_in(&again.location), token, "a form that is sent again is the same gift");
            self.told.again.fetch_add(1, Ordering::SeqCst);
        }
        if sandbox { self.pay(token).await } else { self.transfer(token, yuan).await }?;
        self.told.paid.lock().unwrap().insert(token);
        self.told.acknowledged();
        Some(())
    }

    /// Pays on the provider's page, which our own page links to.
    async fn pay(&self, token: Token) -> Option<()> {
        let path = format!("/gift/{token}/pay");
        let provider = loop {
            let page = self.insist(&self.stranger, Method::GET, &path, &[]).await?;
            // Only the provider's pay page has a number that begins so.
            if let Some(place) = page.body.find("/pay/pt_") {
                let start = page.body[..place].rfind("http://").expect("an address");
                let rest = &page.body[start..];
                break rest[..rest.find(['"', '<', '?']).expect("its end")].to_owned();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let mode = ["normal", "doubled"][below(2) as usize];
        let request = client().post(format!("{provider}/pay")).body(format!("mode={mode}"));
        let paid = request.header("content-type", "application/x-www-form-urlencoded").send().await;
        let paid = paid.expect("nobody kills the provider");
        assert_eq!(paid.status(), StatusCode::SEE_OTHER, "{provider}");
        Some(())
    }

    /// Staff find the transfer by its code and confirm it.
    async fn transfer(&self, token: Token, yuan: i64) -> Option<()> {
        let page = self.insist(&self.stranger, Method::GET, &format!("/gift/{token}/pay"), &[]).await?;
        let code = transfer_code(&page.body).expect("a code for the transfer");
        let find = format!("/console/gifts?q={code}");
        let found = self.insist(&self.finance, Method::GET, &find, &[]).await?;
        assert_eq!(found.status, StatusCode::SEE_OTHER, "{code} is found: {}", found.beginning());
        let (amount, today) = (yuan.to_string(), system_now().date().to_string());
        let form = [("amount", amount.as_str()), ("received_on", &today), ("bank_reference", code)];
        let path = format!("{}/transfer", found.location);
        let done = self.insist(&self.finance, Method::POST, &path, &form).await?;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{code} is confirmed: {}", done.beginning());
        Some(())
    }

    /// Asks until there is an answer, as a person reloads; none when told to stop.
    async fn insist(&self, who: &Visitor, method: Method, path: &str, form: &[(&str, &str)]) -> Option<Got> {
        while !self.told.stopped() {
            match who.ask(method.clone(), path, form).await {
                Ok(got) if got.status == StatusCode::SERVICE_UNAVAILABLE => {}
                // While the database is away nobody can be recognised.
                Ok(got) if got.location.starts_with("/sign-in") => {}
                Ok(got) if got.status == StatusCode::OK || got.status == StatusCode::SEE_OTHER => {
                    return Some(got);
                }
                // What went wrong inside stands in the program's log, which the test prints.
                Ok(got) => panic!("{method} {path}: {} {}", got.status, got.beginning()),
                Err(_) => {}
            }
            self.told.broken.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        None
    }
}

/// The code of a transfer, as `HZ-ABCDE-12345`, in a page; random nonces may begin like one.
fn transfer_code(page: &str) -> Option<&str> {
    let is_code = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        let whole = |part: &str| {
            part.len() == 5 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        matches!(parts[..], ["HZ", first, second] if whole(first) && whole(second))
    };
    let at = |(place, _)| page.get(place..place + "HZ-ABCDE-12345".len());
    page.match_indices("HZ-").filter_map(at).find(|text| is_code(text))
}

/// A demonstration with its sandbox, served and given to.
struct Scene {
    test: TestDb,
    place: Place,
    spark: Running,
    _sandbox: Running,
    before: HashSet<Vec<u8>>,
    told: Arc<Told>,
    donors: JoinSet<()>,
}

impl Scene {
    async fn new(test: TestDb) -> Self {
        let port = free_port();
        let place = Place { sandbox: Some(port), ..Place::of(&test) };
        place.run(&["demo", "--gifts", "5", "--units", "0"]);
        let before = gifts(&test).await.into_iter().map(|gift| gift.gift_key).collect();
        let mut sandbox = place.serve_sandbox();
        sandbox.ready(&format!("http://127.0.0.1:{port}/healthz")).await;
        let mut spark = place.serve();
        spark.ready(&format!("{}/readyz", place.base())).await;
        let stranger = Visitor::new(&place, "192.0.2.1");
        let finance = stranger.clone().sign_in("finance").await;
        let told = Arc::new(Told::default());
        let mut donors = JoinSet::new();
        for number in 0..DONORS as u64 {
            let (stranger, finance, told) = (stranger.clone(), finance.clone(), Arc::clone(&told));
            donors.spawn(Donor { number, gifts: 0, stranger, finance, told }.give());
        }
        Self { test, place, spark, _sandbox: sandbox, before, told, donors }
    }

    /// Waits until somebody was told something new, so that each kill falls into work, and then a random moment.
    async fn under_way(&mut self) {
        let (since, began) = (self.told.count.load(Ordering::SeqCst), Stopwatch::now());
        while self.told.count.load(Ordering::SeqCst) <= since {
            if let Some(ended) = self.donors.try_join_next() {
                panic!("a donor ended: {ended:?}\n{}", self.spark.said());
            }
            let said = || self.spark.said();
            assert!(began.elapsed() < STILL, "nothing was acknowledged for {STILL:?}\n{}", said());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(below(300))).await;
    }

    async fn ready(&mut self) {
        self.spark.ready(&format!("{}/readyz", self.place.base())).await;
    }

    /// Ends the giving, waits until all that was paid is posted, and proves that everything told is true, once.
    async fn prove(mut self, kills: usize) {
        self.told.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.donors.join_next().await {
            ended.expect("a donor failed");
        }
        self.ready().await;
        self.all_posted().await;
        self.spark.stop();
        self.place.verify();
        let told = self.told;
        let sent = told.sent.lock().unwrap().len();
        let (pledged, paid) = (told.pledged.lock().unwrap().len(), told.paid.lock().unwrap().len());
        let (broken, again) = (told.broken.load(Ordering::SeqCst), told.again.load(Ordering::SeqCst));
        eprintln!(
            "{}: {kills} kills, {sent} forms sent, {pledged} gifts and {paid} payments acknowledged, {again} forms sent \
             twice, {broken} requests broken",
            self.test.kind
        );
        // Without work under the kills nothing was proved.
        assert!(pledged + paid >= 2 * kills && broken >= kills, "too little happened");
        let mut keys = HashSet::new();
        for gift in gifts(&self.test).await {
            assert!(keys.insert(gift.gift_key.clone()), "gift {} is there twice", gift.id);
        }
        assert_told_is_true(&self.test, &told, &self.before).await;
    }

    async fn all_posted(&mut self) {
        let (stranger, began) = (Visitor::new(&self.place, "192.0.2.2"), Stopwatch::now());
        let mut waiting: Vec<Token> = self.told.paid.lock().unwrap().iter().copied().collect();
        loop {
            let mut still = Vec::new();
            for token in waiting {
                let got = stranger.get(&format!("/gift/{token}/state")).await;
                assert_eq!(got.status, StatusCode::OK, "gift {token}: {}", got.body);
                if !got.body.contains("\"paid\"") {
                    still.push(token);
                }
            }
            if still.is_empty() {
                return;
            }
            assert!(began.elapsed() < SETTLED, "{} paid gifts are not posted: {still:?}", still.len());
            waiting = still;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn reader(test: &TestDb) -> (Db, Reader) {
    let db = Db::open(&test.address).await.unwrap();
    let reader = db.read().await.unwrap();
    (db, reader)
}

async fn gifts(test: &TestDb) -> Vec<store::gift::GiftRow> {
    let (db, mut reader) = reader(test).await;
    let lines = store::gift::gift_lines(&mut reader.conn(), &Default::default(), 1_000_000).await.unwrap();
    drop(reader);
    db.close().await;
    lines.into_iter().map(|line| line.gift).collect()
}

/// Every gift that was told is there with its amount, once; every payment that was told is one entry and one receipt;
/// and no gift is there that nobody gave.
async fn assert_told_is_true(test: &TestDb, told: &Told, before: &HashSet<Vec<u8>>) {
    let (sent, pledged) = (told.sent.lock().unwrap().clone(), told.pledged.lock().unwrap().clone());
    let paid = told.paid.lock().unwrap().clone();
    let sent: HashMap<Vec<u8>, i64> =
        sent.into_iter().map(|(key, fen)| (key.parse::<Token>().unwrap().0.to_vec(), fen)).collect();
    let rows = gifts(test).await;
    let by_token: HashMap<&[u8], &store::gift::GiftRow> =
        rows.iter().map(|row| (row.token.as_slice(), row)).collect();
    for (key, token) in &pledged {
        let gift = by_token.get(token.0.as_slice()).unwrap_or_else(|| panic!("the gift {token} is lost"));
        assert_eq!(gift.gift_key, key.parse::<Token>().unwrap().0, "the gift {token} is another's");
    }
    let (db, mut reader) = reader(test).await;
    let mut conn = reader.conn();
    let mut received = 0;
    for gift in rows.iter().filter(|gift| !before.contains(&gift.gift_key)) {
        assert_eq!(sent.get(&gift.gift_key), Some(&gift.amount_fen), "nobody gave the gift {}", gift.id);
        let entries = store::ledger::entries_of_gift(&mut conn, GiftId(gift.id)).await.unwrap();
        let receipts = store::receipt::receipts_of_gift(&mut conn, GiftId(gift.id)).await.unwrap();
        let posted = gift.state == GiftState::Paid.as_str();
        let once = usize::from(posted);
        assert_eq!((entries.len(), receipts.len()), (once, once), "gift {} is {}", gift.id, gift.state);
        let token = Token(gift.token.as_slice().try_into().unwrap());
        assert!(posted || !paid.contains(&token), "the payment of {} is lost", gift.id);
        received += if posted { gift.amount_fen } else { 0 };
    }
    let balances = store::ledger::balances(&mut conn).await.unwrap();
    let first: i64 = rows
        .iter()
        .filter(|gift| {
            before.contains(&gift.gift_key) && !["pending", "expired"].contains(&gift.state.as_str())
        })
        .map(|gift| gift.amount_fen)
        .sum();
    assert_eq!(balances.iter().map(|row| row.received_fen).sum::<i64>(), first + received);
    drop(reader);
    db.close().await;
}

async fn kill_spark(test: TestDb, kills: usize) {
    let mut scene = Scene::new(test).await;
    for _ in 0..kills {
        scene.under_way().await;
        scene.spark.kill();
        scene.spark = scene.place.serve();
        // Every second time it is killed as early as it can be: also while it starts.
        if below(2) == 0 {
            scene.ready().await;
        }
    }
    scene.ready().await;
    scene.under_way().await;
    scene.prove(kills).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_of_spark_on_sqlite_loses_and_doubles_nothing() {
    let test = testbed::databases().await.into_iter().find(|test| test.kind == "sqlite").unwrap();
    kill_spark(test, kills(6)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_of_spark_on_postgres_loses_and_doubles_nothing() {
    match testbed::databases().await.into_iter().find(|test| test.kind == "postgres") {
        Some(test) => kill_spark(test, kills(3)).await,
        None => println!("skipped: {} is not set", testbed::POSTGRES),
    }
}

/// The process id of PostgreSQL, from the first line of its `postmaster.pid`.
fn postgres_id(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}

/// Kills PostgreSQL and waits until whoever keeps it has started another.
async fn kill_postgres(file: &Path) {
    let before = postgres_id(file).expect("PostgreSQL runs");
    let killed = Command::new("kill").args(["-KILL", &before.to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let began = Stopwatch::now();
    while postgres_id(file).is_none_or(|id| id == before) {
        assert!(began.elapsed() < STILL, "nobody started PostgreSQL again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_of_postgres_itself_loses_and_doubles_nothing() {
    let Some(file) = std::env::var_os("SPARK_TEST_PG_PID_FILE").map(PathBuf::from) else {
        println!("skipped: nobody starts PostgreSQL again (scripts/crash-test.sh does)");
        return;
    };
    let test =
        testbed::databases().await.into_iter().find(|test| test.kind == "postgres").expect("PostgreSQL");
    let (kills, mut scene) = (kills(3), Scene::new(test).await);
    for _ in 0..kills {
        scene.under_way().await;
        kill_postgres(&file).await;
        assert!(!scene.spark.has_ended(), "spark ended with its database:\n{}", scene.spark.said());
    }
    scene.under_way().await;
    scene.prove(kills).await;
}

/// The proof is worth something only if it can fail: a gift that was told and is not there, a payment that was told and
/// is not posted, a gift that nobody gave.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_or_nobodys_is_seen() {
    let test = testbed::databases().await.swap_remove(0);
    Place::of(&test).run(&["demo", "--gifts", "20", "--units", "0"]);
    let rows = gifts(&test).await;
    let sent = |row: &store::gift::GiftRow| {
        (Token(row.gift_key.as_slice().try_into().unwrap()).to_string(), row.amount_fen)
    };
    let all: HashMap<String, i64> = rows.iter().map(sent).collect();
    let pending =
        rows.iter().find(|row| row.state == "pending" || row.state == "expired").expect("an unpaid gift");
    let unpaid = Token(pending.token.as_slice().try_into().unwrap());
    // The demonstration also waives receipts and gives money back, which these donors never do.
    let other = |row: &&store::gift::GiftRow| !row.receipt_wanted || row.refunded_fen > 0;
    let before: HashSet<Vec<u8>> = rows.iter().filter(other).map(|row| row.gift_key.clone()).collect();
    let told = |sent: HashMap<String, i64>| Told { sent: Mutex::new(sent), ..Told::default() };
    let proved = async |told: Told| {
        let (test, before) = (clone_of(&test), before.clone());
        tokio::spawn(async move { assert_told_is_true(&test, &told, &before).await }).await
    };
    proved(told(all.clone())).await.expect("all of it is true");
    let lost = told(all.clone());
    lost.pledged.lock().unwrap().insert(gift_key(), SystemIds.token());
    assert!(proved(lost).await.is_err(), "a lost gift is seen");
    let unposted = told(all.clone());
    unposted.paid.lock().unwrap().insert(unpaid);
    assert!(proved(unposted).await.is_err(), "a lost payment is seen");
    let known = |key: &String| key.parse::<Token>().is_ok_and(|key| before.contains(&key.0[..]));
    let one = all.keys().find(|key| !known(key)).expect("a gift of a donor").clone();
    let fewer = all.into_iter().filter(|(key, _)| *key != one).collect();
    assert!(proved(told(fewer)).await.is_err(), "a gift that nobody gave is seen");
}

/// The same database in another hand.
fn clone_of(test: &TestDb) -> TestDb {
    TestDb {
        kind: test.kind,
        address: test.address.clone(),
        keys_address: test.keys_address.clone(),
        dir: tempfile::tempdir().unwrap(),
    }
}

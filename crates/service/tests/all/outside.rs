//! The world outside a house, for tests: the real sandbox on its own port, a listener that takes its notifications,
//! and one clock for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::access::Actor;
use domain::giving::Channel;
use domain::id::{GiftId, Token};
use domain::time::Instant;
use serde_json::{Value, json};
use service::channel::{Channels, Mail, MailWay};
use service::provider::sandbox::{Account, Sandbox};
use service::provider::{Opened, Providers, Received, notification_receive, payment_open};
use service::work::Clock;
use service::{Ctx, House, Settings};
use testbed::TestDb;
use tokio::sync::mpsc;

use crate::support::{form, payment, pledge};

/// Real time that began at [`testbed::noon`], and can be moved ahead.
pub struct TestClock {
    began: std::time::Instant,
    ahead: AtomicI64,
}

impl TestClock {
    pub fn now(&self) -> Instant {
        let elapsed = i64::try_from(self.began.elapsed().as_micros()).unwrap();
        Instant(testbed::noon().0 + elapsed + self.ahead.load(Ordering::SeqCst))
    }

    pub fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

/// The sandbox lives by the same clock.
struct World(Arc<TestClock>);

impl sandbox::World for World {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0.now().0).unwrap()
    }

    fn fill(&self, bytes: &mut [u8]) {
        sandbox::RealWorld.fill(bytes);
    }
}

/// A notification as it came, and what became of it.
#[derive(Debug, Clone)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: Bytes,
    pub status: u16,
    pub received: Option<Received>,
}

impl Heard {
    pub fn says(&self, event: &str) -> bool {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["event"] == event
    }
}

/// What the listener's handler needs.
#[derive(Clone)]
struct Ear {
    ctx: Ctx,
    clock: Arc<TestClock>,
    deaf: Arc<AtomicBool>,
    heard: mpsc::UnboundedSender<Heard>,
}

/// A house on one database, with the sandbox beside it.
pub struct Outside {
    pub db: TestDb,
    pub clock: Arc<TestClock>,
    pub sandbox: String,
    /// While set, notifications are answered 500 and have no effect.
    pub deaf: Arc<AtomicBool>,
    ctx: Ctx,
    heard: mpsc::UnboundedReceiver<Heard>,
    http: reqwest::Client,
    _dir: tempfile::TempDir,
}

/// Houses on fresh databases of each kind.
pub async fn outsides() -> Vec<Outside> {
    let mut all = Vec::new();
    for db in testbed::databases().await {
        all.push(Outside::start(db).await);
    }
    all
}

impl Outside {
    async fn start(db: TestDb) -> Self {
        let clock = Arc::new(TestClock { began: std::time::Instant::now(), ahead: AtomicI64::new(0) });
        let dir = tempfile::tempdir().unwrap();
        let mut config = sandbox::SandboxConfig::new(([127, 0, 0, 1], 0).into(), dir.path());
        config.notify.retry = vec![Duration::from_millis(100); 50];
        let bound = sandbox::bind_in(config, Arc::new(World(clock.clone()))).await.unwrap();
        let sandbox = bound.base_url().to_owned();
        // Ends with the test's runtime.
        tokio::spawn(bound.serve(std::future::pending()));

        let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base_url = format!("http://{}", socket.local_addr().unwrap());
        let mut ctx = testbed::house(&db).await;
        let mail = db.dir.path().join("mail");
        let house = Arc::get_mut(&mut ctx.house).unwrap();
        fit_out(house, &base_url, &sandbox, MailWay::Folder(mail));
        let (sender, heard) = mpsc::unbounded_channel();
        let deaf = Arc::new(AtomicBool::new(false));
        let ear = Ear { ctx: ctx.clone(), clock: clock.clone(), deaf: deaf.clone(), heard: sender };
        let app = Router::new().route("/notify/sandbox", post(hear)).with_state(ear);
        tokio::spawn(async move { axum::serve(socket, app).await });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { db, clock, sandbox, deaf, ctx, heard, http, _dir: dir }
    }

    /// The system, now.
    pub fn ctx(&self) -> Ctx {
        Ctx { now: self.clock.now(), ..self.ctx.clone() }
    }

    /// The clock as workers take it.
    pub fn worker_clock(&self) -> Clock {
        let clock = self.clock.clone();
        Arc::new(move || clock.now())
    }

    pub fn mail_folder(&self) -> std::path::PathBuf {
        self.db.dir.path().join("mail")
    }

    /// The house of another node on the same database.
    pub async fn other_node(&self, seed: u64) -> Ctx {
        self.other_node_at(seed, &self.ctx.house.settings.base_url).await
    }

    /// The same, known to the public under another address.
    pub async fn other_node_at(&self, seed: u64, base_url: &str) -> Ctx {
        let mut ctx = testbed::bare_house(&self.db, seed).await;
        let house = Arc::get_mut(&mut ctx.house).unwrap();
        fit_out(house, base_url, &self.sandbox, MailWay::Folder(self.mail_folder()));
        ctx
    }

    /// Another node on the same database, whose mail leaves by this server.
    pub async fn with_smtp(&self, seed: u64, url: &str) -> Ctx {
        let mut ctx = self.other_node(seed).await;
        let house = Arc::get_mut(&mut ctx.house).unwrap();
        house.channels.mail = Some(Arc::new(Mail::new(SENDER, MailWay::Smtp(url.to_owned())).unwrap()));
        Ctx { now: self.clock.now(), ..ctx }
    }

    /// A pledged gift of ¥100.50 whose payment is opened: gift and trade number.
    pub async fn opened(&self, key: u8) -> (GiftId, String) {
        let ctx = self.ctx();
        let pledged = pledge(&ctx, &form(key, "100.50")).await;
        open(&ctx, pledged.token).await;
        (pledged.gift_id, payment(&ctx, pledged.gift_id).await.out_trade_no)
    }

    /// Pays as a payer would, in one of the sandbox's modes.
    pub async fn pay(&self, no: &str, mode: &str, delay_ms: i64) -> Value {
        self.control(no, "pay", json!({ "mode": mode, "delay_ms": delay_ms })).await
    }

    pub async fn control(&self, no: &str, what: &str, body: Value) -> Value {
        let address = format!("{}/test/payments/{no}/{what}", self.sandbox);
        let response = self.http.post(address).body(body.to_string()).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{what}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A page of the sandbox.
    pub async fn page(&self, address: &str) -> String {
        let response = self.http.get(address).send().await.unwrap();
        assert!(response.status().is_success(), "{address}");
        response.text().await.unwrap()
    }

    /// The next notification; fails when none comes in ten seconds.
    pub async fn hear(&mut self) -> Heard {
        tokio::time::timeout(Duration::from_secs(10), self.heard.recv())
            .await
            .expect("a notification")
            .unwrap()
    }

    /// The next notification that was not swallowed, once the listener hears again.
    pub async fn hear_taken(&mut self) -> Heard {
        loop {
            let heard = self.hear().await;
            if heard.status != 500 {
                return heard;
            }
        }
    }

    /// Fails when a notification comes within half a second.
    pub async fn quiet(&mut self) {
        let more = tokio::time::timeout(Duration::from_millis(500), self.heard.recv()).await;
        assert!(more.is_err(), "{more:?}");
    }
}

const SENDER: &str = "火种工程 <thanks@spark.example>";

/// Gives a house its address, the sandbox and its mail.
fn fit_out(house: &mut House, base_url: &str, sandbox: &str, way: MailWay) {
    house.settings.base_url = base_url.to_owned();
    let client = Arc::new(Sandbox::new(account(&house.settings, sandbox), &house.keys).unwrap());
    house.providers = Providers::default().with(client.clone());
    let mail = Some(Arc::new(Mail::new(SENDER, way).unwrap()));
    house.channels = Channels { mail, sms: Some(client) };
}

/// Providers of which the sandbox does not answer: nobody listens on its port.
pub fn provider_away(house: &House) -> Providers {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let account = account(&house.settings, &format!("http://127.0.0.1:{port}"));
    Providers::default().with(Arc::new(Sandbox::new(account, &house.keys).unwrap()))
}

fn account(settings: &Settings, sandbox: &str) -> Account {
    Account {
        base_url: sandbox.to_owned(),
        merchant: "spark".into(),
        merchant_name: "火种工程".into(),
        notify_url: settings.notify_url(Channel::Sandbox),
    }
}

/// Opens a payment as the pay page does.
pub async fn open(ctx: &Ctx, token: Token) -> String {
    match payment_open(&Ctx { actor: Actor::Public, ..ctx.clone() }, token).await.unwrap() {
        Opened::Page(page) => page,
        Opened::ByHand => panic!("the sandbox has a page"),
    }
}

async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    if ear.deaf.load(Ordering::SeqCst) {
        let _ = ear.heard.send(Heard { headers, body, status: 500, received: None });
        return (StatusCode::INTERNAL_SERVER_ERROR, "deaf");
    }
    let ctx = Ctx { actor: Actor::Public, now: ear.clock.now(), ..ear.ctx };
    let answer = notification_receive(&ctx, Channel::Sandbox, &headers, &body).await;
    let (status, words) = match &answer {
        Ok(_) => (StatusCode::OK, "success"),
        Err(error) => (error.status(), "refused"),
    };
    let _ = ear.heard.send(Heard { headers, body, status: status.as_u16(), received: answer.ok() });
    (status, words)
}

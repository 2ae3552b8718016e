//! What goes wrong between a reader and the site: forms that cannot be read, control characters, limits, a database
//! that is away. Nobody meets a bare or foreign answer, and nobody loses what was typed.

use std::net::SocketAddr;

use domain::giving::GiftForm;
use domain::id::{GiftId, IdSource as _};
use reqwest::{Method, StatusCode};
use service::SystemIds;
use service::work::system_now;
use store::Db;
use testbed::TestDb;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::spark::{Place, Running, Visitor, borrowed, client, gift_key, pairs, token_in};

/// A form of which every field is filled in.
fn typed() -> GiftForm {
    GiftForm {
        gift_key: gift_key(),
        target: "spark".into(),
        amount: "12.34".into(),
        channel: "bank_transfer".into(),
        name: "测试捐赠人".into(),
        dedication: "为了妈妈".into(),
        message: "愿早日康复".into(),
        consent: "on".into(),
        ..GiftForm::default()
    }
}

/// The running program with a few gifts in it, a stranger, and two of the staff.
struct Site {
    _spark: Running,
    place: Place,
    db: Db,
    stranger: Visitor,
    finance: Visitor,
    staff: Visitor,
}

impl Site {
    async fn open(test: &TestDb) -> Self {
        Self::at(test, Place::of(test)).await
    }

    async fn at(test: &TestDb, place: Place) -> Self {
        place.run(&["demo", "--gifts", "5", "--units", "0"]);
        let mut spark = place.serve();
        spark.ready(&format!("{}/readyz", place.base())).await;
        let stranger = Visitor::new(&place, "192.0.2.1");
        let finance = stranger.clone().sign_in("finance").await;
        let staff = stranger.clone().sign_in("staff").await;
        Self { _spark: spark, db: Db::open(&test.address).await.unwrap(), place, stranger, finance, staff }
    }

    async fn pledged(&self, form: &GiftForm) -> GiftId {
        let got = self.stranger.post("/donate", &borrowed(&pairs(form))).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        let mut reader = self.db.read().await.unwrap();
        let gift = store::gift::gift_by_token(&mut reader.conn(), token_in(&got.location)).await.unwrap();
        GiftId(gift.expect("the gift").id)
    }

    /// A paid gift and its receipt.
    async fn receipt(&self) -> (GiftId, String) {
        let gift = self.pledged(&typed()).await;
        let (day, line) = (system_now().date().to_string(), SystemIds.token().to_string());
        let form = [("amount", "12.34"), ("received_on", &day), ("bank_reference", &line)];
        let paid = self.finance.post(&format!("/console/gifts/{gift}/transfer"), &form).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.body);
        let mut reader = self.db.read().await.unwrap();
        let receipts = store::receipt::receipts_of_gift(&mut reader.conn(), gift).await.unwrap();
        (gift, receipts.first().expect("a receipt").receipt.id.to_string())
    }
}

#[tokio::test]
async fn whatever_cannot_be_read_is_answered_by_a_page_in_the_readers_language() {
    let test = testbed::databases().await.swap_remove(0);
    let site = Site::open(&test).await;
    let (base, client) = (site.place.base(), client());
    let long = "x".repeat(70_000);
    let form = "application/x-www-form-urlencoded";
    let asks = [
        ("POST", "/donate", "application/json", "{}", 415, "没有收到完整的表单", "did not arrive whole"),
        (
            "POST",
            "/donate",
            "multipart/form-data; boundary=x",
            "--x\r\nbad",
            415,
            "没有收到",
            "did not arrive",
        ),
        ("POST", "/verify", form, long.as_str(), 413, "内容太长了", "That is too long"),
        ("POST", "/language", form, "x=1", 422, "没有收到完整的表单", "did not arrive whole"),
        ("DELETE", "/donate", form, "", 405, "不能这样打开", "cannot be opened like that"),
        ("GET", "/sign-out", form, "", 405, "不能这样打开", "cannot be opened like that"),
        ("GET", "/no/such/page", form, "", 404, "没有这个页面", "No such page"),
        ("POST", "/no/such/page", form, "a=1", 404, "没有这个页面", "No such page"),
        ("GET", "/gift/%FF", form, "", 404, "没有这个页面", "No such page"),
        ("GET", "/gift/x/receipt/%00.pdf", form, "", 404, "没有这个页面", "No such page"),
        ("GET", "/verify/nobody", form, "", 404, "没有查到", "No such receipt"),
        ("GET", "/funds/%F0%28", form, "", 404, "没有这个页面", "No such page"),
    ];
    for (method, path, kind, body, status, zh, en) in asks {
        for (lang, words) in [("zh", zh), ("en", en)] {
            let ask = client.request(method.parse().unwrap(), format!("{base}{path}"));
            let ask = ask.header("content-type", kind).header("accept-language", lang);
            let answer =
                ask.header("sec-fetch-site", "same-origin").body(body.to_owned()).send().await.unwrap();
            let what = format!("{method} {path} as {kind} in {lang}");
            assert_eq!(answer.status().as_u16(), status, "{what}");
            let allow = answer.headers().contains_key("allow");
            assert_eq!(allow, status == 405, "{what}");
            let page = answer.text().await.unwrap();
            assert!(page.contains("</html>") && page.contains(words), "{what}: {page}");
        }
    }
    // The log is ours to write: what a stranger calls the request stands nowhere.
    let told = site.stranger.asking("x-request-id", "13800138000-name").get("/healthz").await;
    assert!(!told.header("x-request-id").is_empty() && !told.header("x-request-id").contains("13800138000"));
    // A script or a picture that is missing needs no page.
    let picture = client.get(format!("{base}/no.png")).header("accept", "image/png").send().await.unwrap();
    assert_eq!((picture.status(), picture.text().await.unwrap().as_str()), (StatusCode::NOT_FOUND, ""));
}

/// Every address with its fields, each of which reaches the database or what is made of it.
fn fields(gift: GiftId, receipt: &str) -> Vec<(Method, String, Vec<&'static str>)> {
    let (get, post) = (Method::GET, Method::POST);
    let of = |method: &Method, path: &str, fields: &[&'static str]| {
        (method.clone(), path.to_owned(), fields.to_vec())
    };
    vec![
        of(&get, "/donate", &["to", "amount"]),
        of(&get, "/sign-in", &["next", "out"]),
        of(&get, "/console/gifts", &["q", "state", "fund", "from", "until", "before"]),
        of(&get, "/console/messages", &["before"]),
        of(&get, &format!("/console/gifts/{gift}"), &["done"]),
        of(&post, "/language", &["lang", "next"]),
        of(&post, "/verify", &["number", "amount"]),
        of(&post, "/sign-in", &["name", "password", "next"]),
        of(&post, &format!("/console/gifts/{gift}/refunds"), &["key", "amount", "reason"]),
        of(&post, &format!("/console/gifts/{gift}/transfer"), &["amount", "received_on", "bank_reference"]),
        of(&post, &format!("/console/gifts/{gift}/words"), &["verdict"]),
        of(&post, &format!("/console/gifts/{gift}/refunds/{gift}"), &["sent_on"]),
        of(&post, &format!("/console/receipts/{receipt}/void"), &["reason"]),
        of(&post, &format!("/console/receipts/{receipt}/reissue"), &["reason", "name"]),
        of(&get, "/console/tax", &["after"]),
        of(&post, &format!("/console/tax/{gift}/issued"), &["number", "issued_on"]),
        of(&post, &format!("/console/calls/{gift}"), &["outcome", "note"]),
    ]
}

#[tokio::test]
async fn control_characters_reach_no_database() {
    for test in testbed::databases().await {
        let site = Site::open(&test).await;
        let (gift, receipt) = site.receipt().await;
        for (method, path, names) in fields(gift, &receipt) {
            for name in &names {
                let form: Vec<_> = names
                    .iter()
                    .map(|other| (*other, if other == name { "\0a\u{1}\u{7f}" } else { "1" }))
                    .collect();
                let (path, form) = if method == Method::GET {
                    let query =
                        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
                    (format!("{path}?{query}"), vec![])
                } else {
                    (path.clone(), form)
                };
                let who = if path.starts_with("/console/calls") { &site.staff } else { &site.finance };
                let got = who.ask(method.clone(), &path, &form).await.unwrap();
                assert!(got.status.as_u16() < 500, "{} {method} {path} {name}: {}", test.kind, got.status);
                assert!(!got.body.contains(['\0', '\u{1}']), "{method} {path} {name} gives it back");
            }
        }
        for (field, _) in pairs(&typed()) {
            let mut form = pairs(&GiftForm { gift_key: gift_key(), ..typed() });
            form.iter_mut()
                .filter(|(name, _)| *name == field)
                .for_each(|(_, text)| text.push_str("\0\u{1b}"));
            let got = site.stranger.post("/donate", &borrowed(&form)).await;
            let taken = if field.starts_with("tax") || ["email", "phone"].contains(&field.as_str()) {
                got.status.as_u16() < 500
            } else {
                got.status == StatusCode::SEE_OTHER
            };
            assert!(taken, "{} {field}: {}", test.kind, got.status);
        }
        let name = GiftForm { name: "王\0小\u{2}明".into(), ..typed() };
        let gift = site.pledged(&name).await;
        let page = site.finance.get(&format!("/console/gifts/{gift}")).await;
        assert!(page.body.contains("王小明"), "{}", page.body);
    }
}

#[tokio::test]
async fn who_gives_too_often_keeps_what_was_typed() {
    let test = testbed::databases().await.swap_remove(0);
    let site = Site::open(&test).await;
    let eager = site.stranger.at("2001:db8:7::1".into());
    for _ in 0..60 {
        let got = eager.post("/donate", &borrowed(&pairs(&typed()))).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    }
    let form = typed();
    let got = eager.post("/donate", &borrowed(&pairs(&form))).await;
    assert_eq!(got.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: i64 = got.header("retry-after").parse().expect("seconds");
    assert!((1..=600).contains(&wait), "{wait}");
    for typed in [&form.gift_key, &form.amount, &form.name, &form.dedication, &form.message] {
        assert!(got.body.contains(typed.as_str()), "{typed} is lost: {}", got.body);
    }
    assert!(got.body.contains("请稍等一会儿") && got.body.contains("id=\"give\""), "{}", got.body);
}

#[tokio::test]
async fn a_refused_deed_keeps_its_reason() {
    let test = testbed::databases().await.swap_remove(0);
    let site = Site::open(&test).await;
    let (gift, receipt) = site.receipt().await;
    let long = "缘由".repeat(150);
    for deed in ["void", "reissue"] {
        let path = format!("/console/receipts/{receipt}/{deed}");
        let got = site.finance.post(&path, &[("reason", &long)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(got.body.matches(long.as_str()).count(), 1, "the reason is in its own form: {}", got.body);
    }
    // A name that cannot stand: said beside the name alone, and the reason is kept.
    let typed = [("reason", "姓名有误"), ("name", &"名".repeat(61))];
    let got = site.finance.post(&format!("/console/receipts/{receipt}/reissue"), &typed).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [format!("value=\"{}\"", typed[1].1), "value=\"姓名有误\"".to_owned()] {
        assert_eq!(got.body.matches(&kept).count(), 1, "{kept}: {}", got.body);
    }
    assert!(
        got.body.contains(&format!("<p id=\"name-{receipt}-error\" class=\"field-error\">最多")),
        "{}",
        got.body
    );
    assert!(
        got.body.contains(&format!("<p id=\"reissue-{receipt}-error\" class=\"field-error\"></p>")),
        "{}",
        got.body
    );
    // A receipt that was taken back meanwhile: the refusal is no field's, and the reason is still there.
    let refund = [("key", "nonsense"), ("amount", "99"), ("reason", "付款两次，退回一次")];
    let got = site.finance.post(&format!("/console/gifts/{gift}/refunds"), &refund).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("付款两次，退回一次") && got.body.contains("value=\"99\""), "{}", got.body);
    // What was asked back of it already is no longer there to be asked for.
    let key = SystemIds.token().to_string();
    let refund = [("key", key.as_str()), ("amount", "2"), ("reason", "多付了两元")];
    let got = site.finance.post(&format!("/console/gifts/{gift}/refunds"), &refund).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = site.finance.get(&format!("/console/gifts/{gift}")).await.body;
    assert!(page.contains("最多可退 ¥10.34"), "{page}");
    let calls = site.staff.get("/console/calls").await.body;
    let (_, of_gift) = calls.split_once(&format!("/console/gifts/{gift}")).expect("a call for the gift");
    let (_, call) = of_gift.split_once("action=\"/console/calls/").expect("its form");
    let (call, _) = call.split_once('"').expect("its address");
    let told = [("outcome", "told"), ("note", long.as_str())];
    let got = site.staff.post(&format!("/console/calls/{call}"), &told).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(got.body.matches(long.as_str()).count(), 1, "the note is in its own form: {}", got.body);
}

/// A way to the database that can be cut and mended.
struct Line {
    server: SocketAddr,
    here: SocketAddr,
    carrying: JoinSet<()>,
}

impl Line {
    async fn to(address: &url::Url) -> Self {
        let port = address.port().unwrap_or(5432);
        let host = address.host_str().expect("a host");
        let server = tokio::net::lookup_host((host, port)).await.unwrap().next().expect("an address");
        let mut line = Self { server, here: SocketAddr::from(([127, 0, 0, 1], 0)), carrying: JoinSet::new() };
        line.mend().await;
        line
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(self.here).await.expect("the port");
        self.here = listener.local_addr().unwrap();
        let server = self.server;
        self.carrying.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                open.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(server).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
    }

    async fn cut(&mut self) {
        self.carrying.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nobody_loses_words_or_session() {
    let Some(test) = testbed::databases().await.into_iter().find(|test| test.kind == "postgres") else {
        return;
    };
    let mut address = url::Url::parse(&test.address).unwrap();
    let mut line = Line::to(&address).await;
    address.set_host(Some("127.0.0.1")).unwrap();
    address.set_port(Some(line.here.port())).unwrap();
    let place = Place { database: address.to_string(), ..Place::of(&test) };
    let site = Site::at(&test, place).await;
    let (gift, receipt) = site.receipt().await;
    assert_eq!(site.stranger.get("/donate").await.status, StatusCode::OK);
    line.cut().await;
    let form = typed();
    let got = site.stranger.post("/donate", &borrowed(&pairs(&form))).await;
    assert_eq!(
        (got.status, got.header("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, "5"),
        "{}",
        got.body
    );
    for typed in [&form.gift_key, &form.amount, &form.name, &form.dedication, &form.message] {
        assert!(got.body.contains(typed.as_str()), "{typed} is lost: {}", got.body);
    }
    let page = site.finance.get("/console/gifts?state=paid").await;
    assert_eq!(
        (page.status, page.header("set-cookie")),
        (StatusCode::SERVICE_UNAVAILABLE, ""),
        "{}",
        page.body
    );
    assert!(page.body.contains("href=\"/console/gifts?state=paid\""), "{}", page.body);
    let why = [("reason", "收据抬头写错了")];
    let path = format!("/console/receipts/{receipt}/void");
    let void = site.finance.post(&path, &why).await;
    assert_eq!(
        (void.status, void.header("set-cookie")),
        (StatusCode::SERVICE_UNAVAILABLE, ""),
        "{}",
        void.body
    );
    assert!(
        void.body.contains("收据抬头写错了") && void.body.contains(&format!("action=\"{path}\"")),
        "{}",
        void.body
    );
    line.mend().await;
    // Sent again with the same session and the same words, as the page offers, until the database is back.
    let mut back = void.status;
    for _ in 0..100 {
        back = site.finance.post(&path, &why).await.status;
        if back == StatusCode::SEE_OTHER {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(back, StatusCode::SEE_OTHER);
    assert_eq!(site.finance.get(&format!("/console/gifts/{gift}")).await.status, StatusCode::OK);
    site.pledged(&form).await;
}

#[tokio::test]
async fn in_production_a_letter_without_a_mail_server_waits_and_everybody_who_should_is_told() {
    let test = testbed::databases().await.swap_remove(0);
    let place = Place::of(&test);
    place.run(&["demo", "--gifts", "5", "--units", "0"]);
    let production = [
        "env",
        "SPARK_ENVIRONMENT=production",
        "SPARK_BASE_URL=https://spark.example.org",
        "SPARK_TRUSTED_PROXIES=",
    ];
    let mut spark = place.serve_under(&production);
    spark.ready(&format!("{}/readyz", place.base())).await;
    let visitor = Visitor::new(&place, "192.0.2.1");
    let form = GiftForm { email: "someone@example.com".into(), ..typed() };
    let got = visitor.post("/donate", &borrowed(&pairs(&form))).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let db = Db::open(&test.address).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let gift =
        store::gift::gift_by_token(&mut reader.conn(), token_in(&got.location)).await.unwrap().unwrap();
    let message = store::message::messages_of_gift(&mut reader.conn(), gift.id).await.unwrap().swap_remove(0);
    drop(reader);
    let mut tried = None;
    for _ in 0..500 {
        let mut reader = db.read().await.unwrap();
        let failing = store::job::jobs_failing(&mut reader.conn(), 100).await.unwrap();
        tried = failing.into_iter().find(|job| job.error.contains("no_mail_server"));
        if tried.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_ne!(tried.expect("it was tried").state, "failed");
    let mut reader = db.read().await.unwrap();
    let messages = store::message::messages_of_gift(&mut reader.conn(), gift.id).await.unwrap();
    assert_eq!(messages.iter().map(|m| m.state.as_str()).collect::<Vec<_>>(), ["waiting"]);
    assert!(!test.dir.path().join(format!("data/mail/{}.eml", message.id)).exists());
    let page = visitor.sign_in("finance").await.get("/console/messages").await;
    assert!(page.body.contains("邮件还不能发出"), "{}", page.body);
    let said = spark.said();
    for warning in
        ["mail.smtp_url is not set", "trusted_proxies is empty", "trusted_proxies = [\"127.0.0.1\"]"]
    {
        assert_eq!(said.matches(warning).count(), 1, "{warning} in:\n{said}");
    }
}

#[tokio::test]
async fn open_pages_travel_compressed_and_no_other() {
    let test = testbed::databases().await.swap_remove(0);
    let site = Site::open(&test).await;
    let gift = site.stranger.post("/donate", &borrowed(&pairs(&typed()))).await.location;
    let gift = gift.strip_suffix("/pay").expect("a gift's address").to_owned();
    for (path, most) in [("/", 40), ("/donate", 40), ("/figures", 60), ("/funds/spark", 60)] {
        let plain = site.stranger.get(path).await;
        assert_eq!(plain.header("content-encoding"), "", "nobody asked for it");
        for (coding, asks) in [("br", "gzip, br"), ("gzip", "gzip, deflate")] {
            let got = site.stranger.asking("accept-encoding", asks).get(path).await;
            assert_eq!((got.header("content-encoding"), got.status), (coding, StatusCode::OK), "{path}");
            assert!(got.header("vary").contains("accept-encoding"), "{path}: {}", got.header("vary"));
            let (small, whole) = (got.size, plain.size);
            println!("{path} {coding}: {small} of {whole} bytes");
            assert!(small * 100 < whole * most, "{path} {coding}: {small} of {whole} bytes");
        }
    }
    let staff = site.finance.asking("accept-encoding", "gzip, br");
    let stranger = site.stranger.asking("accept-encoding", "gzip, br");
    for (who, path) in [
        (&staff, "/"),
        (&staff, "/donate"),
        (&staff, "/console/gifts"),
        (&stranger, gift.as_str()),
        (&stranger, "/x"),
    ] {
        assert_eq!(
            who.get(path).await.header("content-encoding"),
            "",
            "{path} holds what is not everybody's"
        );
    }
    let refused = stranger.post("/donate", &[("name", "王小明")]).await;
    assert_eq!((refused.status, refused.header("content-encoding")), (StatusCode::UNPROCESSABLE_ENTITY, ""));
}

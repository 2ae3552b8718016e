//! No address without an authorization case: the router against a golden file, and the golden file against the program.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU16, Ordering};

use domain::access::{Action, Actor, Role, allows};
use domain::giving::GiftForm;
use domain::id::{GiftId, IdSource as _, Token, UserId};
use reqwest::{Method, StatusCode};
use service::SystemIds;
use service::work::system_now;
use store::Db;
use testbed::TestDb;

use crate::spark::{Got, Place, SentFile, Visitor, borrowed, free_port, gift_key, pairs, token_in};
use crate::stock::{Hands, Stock, registry_id};

/// One line of the golden file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// One of each is needed.
    pub actions: Vec<Vec<Action>>,
    stranger: u16,
}

/// (path, method)
pub type Route = (String, String);

pub fn golden() -> BTreeMap<Route, Rights> {
    let mut routes = BTreeMap::new();
    for line in
        include_str!("routes.golden").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [method, path, actions, stranger] = parts[..] else { panic!("not a route: {line}") };
        let named = |name: &str| Action::ALL.into_iter().find(|action| format!("{action:?}") == name);
        let actions = actions.split('+').filter(|name| *name != "-");
        let one = |name| named(name).unwrap_or_else(|| panic!("{name} is no action"));
        let actions = actions.map(|names| names.split('|').map(one).collect()).collect();
        let rights = Rights { actions, stranger: stranger.parse().expect("a status") };
        let twice = routes.insert((path.to_owned(), method.to_owned()), rights);
        assert!(twice.is_none(), "twice: {line}");
    }
    routes
}

/// What stands between the bracket that was just opened and the one that closes it.
fn inside(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return &text[..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    panic!("a bracket is not closed")
}

/// The routes of the router's source: `.route("/path", get(…).post(…))`.
fn routed() -> Vec<Route> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let source = std::fs::read_to_string(web.join("router.rs")).expect("the router");
    let mut routes = Vec::new();
    for (place, call) in source.match_indices(".route(") {
        let route = inside(&source[place + call.len()..]);
        let (path, handlers) = route.trim_start().trim_start_matches('"').split_once('"').expect("a path");
        let before = routes.len();
        for method in
            ["get", "post", "put", "patch", "delete", "head", "options", "trace", "connect", "any", "on"]
        {
            let called =
                |(at, _): (usize, &str)| !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            for _ in handlers.match_indices(&format!("{method}(")).filter(|found| called(*found)) {
                routes.push((path.to_owned(), method.to_uppercase()));
            }
        }
        assert!(routes.len() > before, "no method in {route}");
    }
    routes
}

#[test]
fn every_route_stands_in_the_golden_file() {
    let (routed, golden) = (routed(), golden());
    let mut known: Vec<Route> = golden.keys().cloned().collect();
    let mut found = routed.clone();
    found.sort();
    known.sort();
    assert_eq!(found, known, "server/src/web/router.rs and routes.golden differ");
}

#[test]
fn addresses_are_given_out_in_one_place_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("server/src"), root.join("app/src")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            files += 1;
            for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service(", "#[server"] {
                assert!(
                    !text.contains(other),
                    "{} holds {other}: this test does not see such addresses",
                    path.display()
                );
            }
            let router = path.ends_with("web/router.rs");
            assert!(router || !text.contains(".route("), "{} gives out addresses", path.display());
        }
    }
    assert!(files > 50, "only {files} files");
}

/// A request that is right in everything but perhaps in who sends it.
struct Probe {
    path: String,
    form: Vec<(String, String)>,
    files: Vec<SentFile>,
}

fn at(path: impl Into<String>) -> Probe {
    Probe { path: path.into(), form: vec![], files: vec![] }
}

impl Probe {
    fn with(mut self, form: &[(&str, &str)]) -> Self {
        self.form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self
    }

    fn and(mut self, field: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push(SentFile { field, name: "file", bytes: bytes.into() });
        self
    }

    async fn by(&self, visitor: &Visitor, method: &Method) -> Got {
        self.from("same-origin", visitor, method).await
    }

    async fn from(&self, site: &str, visitor: &Visitor, method: &Method) -> Got {
        let form = borrowed(&self.form);
        let asked = visitor.ask_with(site, method.clone(), &self.path, &form, &self.files);
        asked.await.expect("an answer")
    }
}

/// One member of staff.
struct Member {
    role: Role,
    user: UserId,
    visitor: Visitor,
}

/// The running program with a demonstration in it.
struct World {
    test: TestDb,
    db: Db,
    stranger: Visitor,
    staff: Vec<Member>,
    donors: AtomicU16,
    stock: Stock,
}

fn anyone() -> GiftForm {
    GiftForm {
        gift_key: gift_key(),
        target: "spark".into(),
        amount: "10".into(),
        channel: "bank_transfer".into(),
        name: "测试捐赠人".into(),
        message: "愿早日康复".into(),
        consent: "on".into(),
        ..GiftForm::default()
    }
}

/// Asks for a little of a gift back.
fn refund(gift: GiftId) -> Probe {
    let form = [("key", gift_key()), ("amount", "1".to_owned()), ("reason", "测试".to_owned())];
    Probe {
        path: format!("/console/gifts/{gift}/refunds"),
        form: form.map(|(name, value)| (name.to_owned(), value)).into(),
        files: vec![],
    }
}

impl World {
    /// A pledged gift.
    async fn pledged(&self, form: GiftForm) -> (GiftId, Token) {
        // Each donor from an address of their own: the limit by address has its own test.
        let donor =
            self.stranger.at(format!("2001:db8:{:x}::1", self.donors.fetch_add(1, Ordering::Relaxed)));
        let got = donor.post("/donate", &borrowed(&pairs(&form))).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        let token = token_in(&got.location);
        let mut reader = self.db.read().await.unwrap();
        let gift = store::gift::gift_by_token(&mut reader.conn(), token).await.unwrap().expect("the gift");
        (GiftId(gift.id), token)
    }

    /// A gift whose money has come.
    async fn paid(&self, form: GiftForm) -> (GiftId, Token) {
        let (gift, token) = self.pledged(form).await;
        let confirmed = self.transfer(gift).by(self.member(Role::Finance), &Method::POST).await;
        assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "{}", confirmed.body);
        (gift, token)
    }

    fn transfer(&self, gift: GiftId) -> Probe {
        let (today, line) = (system_now().date().to_string(), SystemIds.token().to_string());
        let form = [("amount", "10"), ("received_on", &today), ("bank_reference", &line)];
        at(format!("/console/gifts/{gift}/transfer")).with(&form)
    }

    /// The standing receipt of a paid gift: its id, token and number.
    async fn receipt(&self) -> (Token, String, Token, String) {
        let (gift, token) = self.paid(anyone()).await;
        let mut reader = self.db.read().await.unwrap();
        let receipts = store::receipt::receipts_of_gift(&mut reader.conn(), gift).await.unwrap();
        let receipt = &receipts.first().expect("a receipt").receipt;
        let lines = store::gift::gift_lines(&mut reader.conn(), &Default::default(), 1).await.unwrap();
        let line = lines.first().filter(|line| line.gift.id == gift.0).expect("the newest gift");
        let number = domain::receipt::ReceiptNumber {
            prefix: line.prefix.clone().unwrap(),
            year: line.year.unwrap() as i32,
            number: line.number.unwrap(),
        };
        let opens = Token(receipt.token.as_slice().try_into().unwrap());
        (token, receipt.id.to_string(), opens, number.to_string())
    }

    /// The message about a paid gift.
    async fn message(&self, form: GiftForm) -> String {
        let (gift, _) = self.paid(form).await;
        let mut reader = self.db.read().await.unwrap();
        let messages = store::message::messages_of_gift(&mut reader.conn(), gift.0).await.unwrap();
        messages.last().expect("a message").id.to_string()
    }

    /// A letter in the local folder.
    async fn letter(&self) -> String {
        let id = self.message(GiftForm { email: "someone@example.com".into(), ..anyone() }).await;
        let path = self.test.dir.path().join(format!("data/mail/{id}.eml"));
        for _ in 0..500 {
            if path.exists() {
                return id;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("no letter {}", path.display())
    }

    /// A job that was given up. No gift of a test makes one in time, so it is put there.
    async fn job(&self) -> String {
        let id = SystemIds.uuid(system_now());
        let hex = id.simple();
        let sql = format!("insert into job values (x'{hex}', 'none', x'{hex}', 0, 9, 'failed', 'test')");
        testbed::tamper(&self.test, &sql).await;
        id.to_string()
    }

    fn member(&self, role: Role) -> &Visitor {
        &self.staff.iter().find(|member| member.role == role).expect("every role is there").visitor
    }

    /// How many audit events each actor has made.
    async fn events(&self) -> BTreeMap<String, usize> {
        let mut reader = self.db.read().await.unwrap();
        let mut count = BTreeMap::new();
        for event in store::audit::events_after(&mut reader.conn(), 1, 0, 100_000).await.unwrap() {
            *count.entry(event.actor).or_default() += 1;
        }
        count
    }

    async fn events_of(&self, actor: &Actor) -> usize {
        self.events().await.get(&actor.word()).copied().unwrap_or_default()
    }

    /// A right request for a route; what it needs is made anew each time.
    async fn probe(&self, method: &str, route: &str) -> Probe {
        match (method, route) {
            ("POST", "/language") => at(route).with(&[("lang", "en"), ("next", "/")]),
            ("POST", "/") => at(route).with(&[("language", "en"), ("name", "王")]),
            ("POST", "/donate") => Probe { path: route.into(), form: pairs(&anyone()), files: vec![] },
            ("POST", "/sign-in") => at(route).with(&[("name", "nobody"), ("password", "nothing")]),
            ("POST", "/sign-out" | "/notify/sandbox") => at(route),
            ("POST", "/verify") => {
                let (.., number) = self.receipt().await;
                at(route).with(&[("number", &number), ("amount", "10")])
            }
            ("GET", "/funds/{code}") => at("/funds/spark"),
            ("GET", "/gift/{token}/receipt/{file}") => {
                let (gift, receipt, ..) = self.receipt().await;
                at(format!("/gift/{gift}/receipt/{receipt}.pdf"))
            }
            ("GET", "/verify/{token}") => {
                let (_, _, token, _) = self.receipt().await;
                at(format!("/verify/{token}"))
            }
            ("GET", gift) if gift.starts_with("/gift/{token}") => {
                let (_, token) = self.pledged(anyone()).await;
                at(gift.replace("{token}", &token.to_string()))
            }
            ("POST", "/console/loads") => self.upload(),
            ("POST", "/console/loads/{id}/load" | "/console/loads/{id}/stop") => {
                let sent = self.upload().by(self.member(Role::RegistryManager), &Method::POST).await;
                assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.beginning());
                self.read_to_its_end(&sent.location).await;
                at(sent.location + &route["/console/loads/{id}".len()..])
            }
            ("POST", "/console/nomenclature") => release_form(&self.version()),
            ("POST", "/console/nomenclature/use") => {
                let (former, newer) = (self.version(), self.version());
                for version in [&former, &newer] {
                    let load = release_form(version);
                    let loaded = load.by(self.member(Role::Administrator), &Method::POST).await;
                    assert_eq!(loaded.status, StatusCode::SEE_OTHER, "{}", loaded.beginning());
                }
                at(route).with(&[("version", &former)])
            }
            (_, desk) if desk.starts_with("/console") => self.probe_desk(desk).await,
            (_, api) if api == "/api" || api.starts_with("/api/") => {
                at(api.replace("{id}", "CN000001").replace("{*rest}", "v1/nothing"))
            }
            ("GET", plain) if !plain.contains('{') => at(plain),
            _ => panic!("{method} {route}: say here how it is asked rightly"),
        }
    }

    /// The draft of a report that a technician made.
    async fn report(&self) -> String {
        let made =
            at("/console/match/keep").with(PATIENT).by(self.member(Role::HlaTechnician), &Method::POST).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.beginning());
        made.location.rsplit('/').next().expect("an id").to_owned()
    }

    async fn probe_desk(&self, route: &str) -> Probe {
        let because = [("reason", "测试")];
        let filled = |id: &str| at(route.replace("{id}", id));
        match route {
            "/console/gifts/{id}" => filled(&self.paid(anyone()).await.0.to_string()),
            "/console/gifts/{id}/transfer" => self.transfer(self.pledged(anyone()).await.0),
            "/console/gifts/{id}/refunds" => {
                let (gift, _) = self.paid(anyone()).await;
                refund(gift)
            }
            "/console/gifts/{id}/refunds/{refund}" | "/console/gifts/{id}/refunds/{refund}/withdraw" => {
                let (gift, _) = self.paid(anyone()).await;
                let asked = refund(gift).by(self.member(Role::Finance), &Method::POST).await;
                assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
                let mut reader = self.db.read().await.unwrap();
                let refunds = store::refund::refunds_of_gift(&mut reader.conn(), gift).await.unwrap();
                let id = refunds.first().expect("the refund").id.to_string();
                let day = system_now().date().to_string();
                at(route.replace("{id}", &gift.to_string()).replace("{refund}", &id))
                    .with(&[("sent_on", &day), ("reason", "测试")])
            }
            "/console/match" | "/console/match/keep" => at(route).with(PATIENT),
            desk if desk.starts_with("/console/patients/") => self.probe_patient(desk).await,
            "/console/reports/{id}/hold" => self.probe_new_hold().await,
            hold if hold.starts_with("/console/holds/") || hold.starts_with("/console/releases/") => {
                self.probe_hold(hold).await
            }
            "/console/reports/{id}" | "/console/reports/{id}/chosen" | "/console/reports/{id}/sign" => {
                filled(&self.report().await)
            }
            "/console/reports/{id}/{lang}" => at(filled(&self.report().await).path.replace("{lang}", "zh")),
            "/console/gifts/{id}/entries/{entry}/reverse" => {
                let (gift, _) = self.paid(anyone()).await;
                let mut reader = self.db.read().await.unwrap();
                let entries = store::ledger::entries_of_gift(&mut reader.conn(), gift).await.unwrap();
                let entry = entries.first().expect("the entry").0.id.to_string();
                at(route.replace("{id}", &gift.to_string()).replace("{entry}", &entry)).with(&because)
            }
            "/console/gifts/{id}/words" => {
                filled(&self.paid(anyone()).await.0.to_string()).with(&[("verdict", "pass")])
            }
            "/console/gifts/{id}/receipts" => {
                let waived = GiftForm { receipt: "no".into(), ..anyone() };
                filled(&self.paid(waived).await.0.to_string())
            }
            "/console/receipts/{id}" | "/console/receipts/{id}/copy" => filled(&self.receipt().await.1),
            "/console/receipts/{id}/void" | "/console/receipts/{id}/reissue" => {
                filled(&self.receipt().await.1).with(&because)
            }
            tax if tax.starts_with("/console/tax/") => {
                let asks = GiftForm {
                    tax: "on".into(),
                    tax_number: "11010519491231002X".into(),
                    tax_consent: "on".into(),
                    ..anyone()
                };
                let day = system_now().date().to_string();
                filled(&self.paid(asks).await.0.to_string())
                    .with(&[("number", "37010001"), ("issued_on", &day)])
            }
            // Without e-mail and phone, somebody must be asked in another way: the call-list.
            "/console/calls/{id}" => filled(&self.message(anyone()).await).with(&[("outcome", "told")]),
            "/console/jobs/{id}/retry" => filled(&self.job().await),
            "/console/mail/{id}" => filled(&self.letter().await),
            "/console/units/{id}" => filled(&self.stock.unit().await.to_string()),
            "/console/loads/{id}" | "/console/loads/{id}/state" | "/console/loads/{id}/refusals.csv" => {
                filled(&self.stock.load().await.to_string())
            }
            lab if lab.starts_with("/console/lab/") => self.probe_lab(lab).await,
            plain if !plain.contains('{') => at(plain),
            _ => panic!("{route}: say here how it is asked rightly"),
        }
    }
}

impl World {
    /// A file of units of a bank that nobody else loads.
    fn upload(&self) -> Probe {
        let bank = SystemIds.token().to_string()[..12].to_owned();
        let file = "registry_id,ownership,status,hla\nX1,donated,available,A*02:01\n";
        at("/console/loads").with(&[("new_bank", &bank), ("mode", "trial")]).and("file", file)
    }

    /// A release of the nomenclature that nobody has loaded.
    fn version(&self) -> String {
        format!("0.0.{}", self.donors.fetch_add(1, Ordering::Relaxed))
    }

    /// Waits until an upload is not being read any more.
    async fn read_to_its_end(&self, location: &str) {
        for _ in 0..500 {
            let got = self.member(Role::RegistryManager).get(&format!("{location}/state")).await;
            assert_eq!(got.status, StatusCode::OK, "{location}: {}", got.beginning());
            if !got.body.contains("\"running\"") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{location} is never read")
    }

    fn user(&self, role: Role) -> UserId {
        self.staff.iter().find(|member| member.role == role).expect("every role is there").user
    }

    fn hands(&self) -> Hands {
        Hands { technician: self.user(Role::HlaTechnician), manager: self.user(Role::RegistryManager) }
    }

    async fn probe_patient(&self, route: &str) -> Probe {
        let code = SystemIds.token().to_string();
        let form = [("code", code.as_str()), ("hla", PATIENT[0].1), ("weight", "18.5")];
        if route.ends_with("/new") {
            return at(route).with(&form);
        }
        let patient = self.stock.patient(&code).await;
        at(route.replace("{id}", &patient.to_string())).with(&form)
    }

    /// A hold that can be made: of a unit that the search has found by now.
    async fn probe_new_hold(&self) -> Probe {
        let (unit, patient) =
            (self.stock.unit().await, self.stock.patient(&SystemIds.token().to_string()).await);
        let (patient, chosen) = (patient.to_string(), format!("unit_{unit}"));
        let form = [PATIENT, &[("patient", patient.as_str()), (chosen.as_str(), "on")]].concat();
        for _ in 0..100 {
            let made = at("/console/match/keep")
                .with(&form)
                .by(self.member(Role::HlaTechnician), &Method::POST)
                .await;
            if made.status == StatusCode::SEE_OTHER {
                let report = made.location.rsplit('/').next().expect("an id");
                let part = format!("part_{unit}_1");
                let hold = at(format!("/console/reports/{report}/hold?{chosen}=on"));
                return hold.with(&[(part.as_str(), "on"), ("purpose", "reservation")]);
            }
            // The nodes read a change a moment after it was published.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the unit {unit} is not found");
    }

    async fn probe_hold(&self, route: &str) -> Probe {
        let hands = self.hands();
        let (stock, test, because) = (&self.stock, &self.test, [("reason", "测试")]);
        let filled = |id: String| at(route.replace("{id}", &id));
        match route {
            "/console/holds/{id}/prolong" => {
                let (_, hold) = stock.hold(test, hands.technician).await;
                filled(hold.to_string()).with(&[("days", "30")])
            }
            "/console/holds/{id}/advance" => {
                let (_, hold) = stock.hold(test, hands.technician).await;
                filled(hold.to_string()).with(&[("purpose", "confirmatory_typing")])
            }
            "/console/holds/{id}/release" => {
                filled(stock.confirmed(test, hands.technician).await.1.to_string())
            }
            "/console/releases/{id}/authorize" => filled(stock.ordered(test, &hands).await.1.to_string()),
            "/console/releases/{id}/cancel" => {
                filled(stock.release(test, &hands, 0).await.1.to_string()).with(&because)
            }
            "/console/releases/{id}/outcome" => {
                filled(stock.shipped(test, &hands).await.to_string()).with(&[("outcome", "infused")])
            }
            _ => filled(stock.hold(test, hands.technician).await.1.to_string()).with(&because),
        }
    }

    async fn probe_lab(&self, route: &str) -> Probe {
        let hands = self.hands();
        let (stock, test, today) = (&self.stock, &self.test, system_now().date().to_string());
        let filled = |id: String| at(route.replace("{id}", &id));
        let hla = ("hla", "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54");
        if route.starts_with("/console/lab/units") {
            let unit = stock.unit().await;
            let form = filled(unit.to_string());
            let tank = unit.0.simple().to_string()[12..30].to_owned();
            return match route.rsplit('/').next() {
                Some("steps") => form.with(&[
                    ("step", "logger_read"),
                    ("operator", "李工"),
                    ("started", "2024-05-06T10:00"),
                    ("ended", "2024-05-06T10:05"),
                    ("verdict", "passed"),
                ]),
                Some("moves") => form.with(&[
                    ("compartment", "1"),
                    ("tank", &tank),
                    ("rack", "1"),
                    ("slot_box", "2"),
                    ("slot", "3"),
                ]),
                Some("typing") => form.with(&[PATIENT[0], ("method", "dna"), ("typed_on", &today)]),
                _ => form,
            };
        }
        match route.rsplit('/').next() {
            Some("typing") => {
                let (unit, hold) = stock.hold(test, hands.technician).await;
                let (unit, day) = (unit.to_string(), ("typed_on", today.as_str()));
                let more = [("unit", unit.as_str()), ("laboratory", "演示实验室"), ("verdict", "confirmed")];
                filled(hold.to_string()).with(&[&more[..], &[hla, day]].concat())
            }
            Some("check") => {
                let (unit, release) = stock.release(test, &hands, 0).await;
                filled(release.to_string()).with(&[("bag1", &registry_id(unit))])
            }
            Some("ship") => {
                let (_, release) = stock.release(test, &hands, 2).await;
                filled(release.to_string()).with(&[("shipper", "DS-07")])
            }
            Some("file") => {
                let release = stock.shipped(test, &hands).await;
                let reading = format!("{},-180.5", system_now().rfc3339());
                filled(release.to_string()).and("log-file", reading)
            }
            Some("log") => {
                let release = stock.shipped(test, &hands).await;
                let reading = format!("{},-180.5", system_now().rfc3339());
                filled(release.to_string()).with(&[("log", &reading)])
            }
            _ if route.contains("/holds/") => filled(stock.hold(test, hands.technician).await.1.to_string()),
            _ => filled(stock.release(test, &hands, 0).await.1.to_string()),
        }
    }
}

fn method(name: &str) -> Method {
    name.parse().expect("a method")
}

async fn check_stranger(world: &World, (route, name): &Route, rights: &Rights) {
    let probe = world.probe(name, route).await;
    let before = world.events_of(&Actor::Public).await;
    let got = probe.by(&world.stranger, &method(name)).await;
    assert_eq!(
        got.status.as_u16(),
        rights.stranger,
        "{name} {} by a stranger: {}",
        probe.path,
        got.beginning()
    );
    if route.starts_with("/console") {
        assert!(
            got.location.starts_with("/sign-in?next=%2Fconsole"),
            "{name} {route} leads to {}",
            got.location
        );
        assert_eq!(world.events_of(&Actor::Public).await, before, "{name} {route} changed something");
    } else if route.starts_with("/api/") && !rights.actions.is_empty() {
        assert_eq!(world.events_of(&Actor::Public).await, before, "{name} {route} changed something");
        // A session is no key, whoever's it is.
        let got = probe.by(world.member(Role::Laboratory), &method(name)).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{name} {route} with a session");
    } else {
        let may = rights.actions.iter().all(|any| any.iter().any(|action| allows(&Actor::Public, *action)));
        assert!(may, "{name} {route} is open to strangers, who may not {:?}", rights.actions);
    }
}

async fn check_member(world: &World, (route, name): &Route, rights: &Rights, member: &Member) -> bool {
    let actor = Actor::Staff { user_id: member.user, roles: vec![member.role] };
    let may = rights.actions.iter().all(|any| any.iter().any(|action| allows(&actor, *action)));
    let probe = world.probe(name, route).await;
    let before = world.events_of(&actor).await;
    let what = format!("{name} {} by {}", probe.path, member.role.as_str());
    if name == "POST" {
        let forged = probe.from("cross-site", &member.visitor, &Method::POST).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{what}, sent from another site");
        assert_eq!(
            world.events_of(&actor).await,
            before,
            "{what}, sent from another site, changed something"
        );
    }
    let got = probe.by(&member.visitor, &method(name)).await;
    let after = world.events_of(&actor).await;
    let expected = match (may, name.as_str(), route.as_str()) {
        (false, ..) => StatusCode::NOT_FOUND,
        (true, "POST", LOOKS | SHOWS) => StatusCode::OK,
        (true, "GET", "/console") | (true, "POST", _) => StatusCode::SEE_OTHER,
        (true, ..) => StatusCode::OK,
    };
    assert_eq!(got.status, expected, "{what}: leads to {:?} {}", got.location, got.beginning());
    assert!(!got.location.starts_with("/sign-in"), "{what} is not signed in");
    let changed = may && name == "POST" && route != LOOKS;
    assert_eq!(after > before, changed, "{what}: {} events were made", after - before);
    if got.location.starts_with("/console/loads/") {
        // What it began in the background makes events, too.
        world.read_to_its_end(&got.location).await;
    }
    may
}

/// What no route names is answered 405, whoever asks.
async fn check_other_methods(world: &World, routes: &BTreeMap<Route, Rights>) {
    let mut tried = 0;
    for (path, _) in routes.keys().filter(|(_, method)| method != "ANY") {
        let probe =
            path.replace("{id}", "x").replace("{token}", "x").replace("{code}", "x").replace("{file}", "x");
        let probe = probe.replace("{refund}", "x").replace("{lang}", "x");
        for name in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if !routes.contains_key(&(path.clone(), name.to_owned())) {
                let got = at(&probe).by(world.member(Role::Finance), &method(name)).await;
                assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "{name} {path}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "only {tried} tried");
}

/// The form that loads an invented release.
fn release_form(version: &str) -> Probe {
    release(version).into_iter().fold(at("/console/nomenclature"), |form, table| form.and("files", table))
}

/// The tables of an invented release that knows the alleles of these tests.
fn release(version: &str) -> [String; 4] {
    let alleles = [
        ("A*;02:01", "A;2", "2"),
        ("A*;24:02", "A;24", "24"),
        ("B*;15:01", "B;62", "62"),
        ("B*;46:01", "B;46", "46"),
        ("DRB1*;09:01", "DR;9", "9"),
        ("DRB1*;14:54", "DR;14", "14"),
    ];
    let table = |name: &str, rows: String| format!("# file: {name}\n# version: TEST {version}\n{rows}");
    let each = |row: fn(&(&str, &str, &str)) -> String| alleles.iter().map(row).collect::<String>();
    [
        table(
            "hla_nom.txt",
            each(|(allele, antigen, _)| format!("{allele};20000101;;;\n{antigen};20000101;;;\n")),
        ),
        table("hla_nom_p.txt", each(|(allele, ..)| format!("{allele};\n"))),
        table("rel_dna_ser.txt", each(|(allele, _, antigen)| format!("{allele};{antigen};;;\n"))),
        table("rel_ser_ser.txt", "A;9;23/24;\n".to_owned()),
    ]
}

/// A form that is sent and changes nothing: what is typed of a patient must not stand in an address.
const LOOKS: &str = "/console/match";

/// The route whose answer shows what no address may hold, and whose look is an event.
const SHOWS: &str = "/console/tax/{id}/open";

/// What is typed at the match desk.
const PATIENT: &[(&str, &str)] =
    &[("hla", "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54"), ("class", "4/6")];

async fn open_world(place: &Place, test: TestDb) -> World {
    let db = Db::open(&test.address).await.unwrap();
    let stranger = Visitor::new(place, "192.0.2.1");
    let mut staff = Vec::new();
    // The names are those that `spark demo` prints.
    for name in ["staff", "finance", "manager", "auditor", "admin", "hla", "lab", "doctor", "registry"] {
        let mut reader = db.read().await.unwrap();
        let row =
            store::staff::staff_by_name(&mut reader.conn(), name).await.unwrap().expect("the demo's sign-in");
        let roles = row.roles().unwrap();
        assert_eq!(roles.len(), 1, "{name} has one role");
        staff.push(Member {
            role: roles[0],
            user: UserId(row.id),
            visitor: stranger.clone().sign_in(name).await,
        });
    }
    assert_eq!(staff.iter().map(|member| member.role).collect::<Vec<_>>(), Role::ALL);
    let stock = Stock::open(&test).await;
    World { test, db, stranger, staff, donors: AtomicU16::new(1), stock }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_finds_what_they_may_and_nothing_else() {
    let test = testbed::databases().await.swap_remove(0);
    // A sandbox that is away: its notifications are still read, and nobody needs it here.
    let place = Place { sandbox: Some(free_port()), ..Place::of(&test) };
    place.run(&["demo", "--gifts", "20", "--units", "0"]);
    let mut spark = place.serve();
    spark.ready(&format!("{}/readyz", place.base())).await;
    let world = open_world(&place, test).await;
    let routes = golden();
    let (mut allowed, mut denied) = (0, 0);
    for (route, rights) in &routes {
        check_stranger(&world, route, rights).await;
        if !route.0.starts_with("/console") {
            continue;
        }
        for member in &world.staff {
            let may = check_member(&world, route, rights, member).await;
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    assert!(allowed > 30 && denied > 30, "{allowed} allowed and {denied} denied prove little");
    check_other_methods(&world, &routes).await;
    spark.stop();
    // Reports were put there as rows, which is seen; all else holds.
    assert_eq!(place.verify_fails(), ["registry_rows_belong_to_the_chain"]);
    // Its folder goes with it.
    drop(world);
}

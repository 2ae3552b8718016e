//! The JSON API of the running program: every route of it is described, every answer has the shape that is described,
//! each key gets what it may, and a request that is sent again after a crash changes nothing.

use std::collections::BTreeSet;

use domain::access::{Actor, Scope, allows};
use domain::id::{ApiKeyId, BankId, IdSource as _};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use service::SystemIds;
use testbed::TestDb;

use crate::routes::golden;
use crate::spark::{Place, Running, client, free_port};

const HLA: &str = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
/// Every scope.
pub const ALL: &str = "units:read,units:write,typings:write,steps:write,status:write,moves:write";

/// What came back.
pub struct Told {
    pub status: StatusCode,
    headers: HeaderMap,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().expect("a code").to_owned()
    }
}

/// A laboratory's system.
#[derive(Clone)]
pub struct Lis {
    pub client: Client,
    pub base: String,
    pub key: String,
}

impl Lis {
    fn new(place: &Place, key: &str) -> Self {
        Self { client: client(), base: place.base(), key: key.to_owned() }
    }

    pub async fn try_ask(&self, method: Method, path: &str, name: &str, body: &str) -> reqwest::Result<Told> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if !self.key.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.key));
        }
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
            if !name.is_empty() {
                request = request.header("idempotency-key", name);
            }
        }
        let answer = request.header("accept-language", "en").send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Told { status, headers, body: answer.text().await? })
    }

    pub async fn named(&self, path: &str, name: &str, body: &Value) -> Told {
        self.try_ask(Method::POST, path, name, &body.to_string()).await.expect("an answer")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Told {
        self.named(path, &SystemIds.token().to_string(), body).await
    }

    pub async fn get(&self, path: &str) -> Told {
        self.try_ask(Method::GET, path, "", "").await.expect("an answer")
    }
}

/// What a body that is too large is answered. The rest of it is not read: the connection ends, so no other request may
/// share it, and now and then it ends before the answer is seen.
async fn too_large(lis: &Lis) -> StatusCode {
    let apart = Lis { client: client(), ..lis.clone() };
    let body = json!({ "units": [{ "registry_id": "x".repeat(3 << 20) }] }).to_string();
    for _ in 0..9 {
        if let Ok(told) = apart.try_ask(Method::POST, "/api/v1/units", "large", &body).await {
            return told.status;
        }
    }
    panic!("no answer in nine times");
}

/// A right unit.
pub fn unit(number: u32) -> Value {
    json!({
        "registry_id": format!("CN{number:06}"),
        "ownership": "donated",
        "status": "available",
        "hla": HLA,
        "collected_on": "2026-02-01",
        "volume_ul": 25_300,
        "tnc_e5": 12_345,
        "compartments": [{ "tnc_e5": 6_000 }, { "tnc_e5": 6_000 }],
    })
}

/// A running program with a bank.
pub struct World {
    pub test: TestDb,
    pub place: Place,
    pub spark: Running,
}

impl World {
    pub async fn open(test: TestDb) -> Self {
        let place = Place { sandbox: Some(free_port()), ..Place::of(&test) };
        place.run(&["admin", "bank", "CN01", "--name-zh", "演示库", "--name-en", "Demo bank"]);
        let mut spark = place.serve();
        spark.ready(&format!("{}/readyz", place.base())).await;
        Self { test, place, spark }
    }

    /// A new key of these scopes, made while the program serves.
    pub fn key(&self, scopes: &str) -> Lis {
        let name = format!("LIS {}", SystemIds.token());
        let made = ["admin", "api-key", "create", &name, "--bank", "CN01", "--scopes", scopes, "--days", "2"];
        let key = self.place.run(&made).trim().to_owned();
        assert!(key.starts_with("spark_api_"), "{key}");
        Lis::new(&self.place, &key)
    }

    pub fn end(self) {
        self.spark.stop();
        self.place.verify();
        drop(self.test);
    }
}

/// The document, and what was asked of it.
struct Document {
    value: Value,
    visited: BTreeSet<(String, String)>,
}

impl Document {
    fn operations(&self) -> BTreeSet<(String, String)> {
        let paths = self.value["paths"].as_object().expect("paths");
        let of = |(path, item): (&String, &Value)| {
            let methods = item.as_object().expect("methods").keys();
            methods.map(|method| (path.clone(), method.to_uppercase())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of).collect()
    }

    /// What in a value is not as a schema of the document says.
    fn wrong(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut whole = schema.clone();
        whole["components"] = self.value["components"].clone();
        let validator = jsonschema::validator_for(&whole).expect("a schema");
        validator.iter_errors(value).map(|error| error.to_string()).collect()
    }

    fn valid(&self, schema: &Value, value: &Value, what: &str) {
        let wrong = self.wrong(schema, value);
        assert!(wrong.is_empty(), "{what}: {wrong:?}\n{value:#}");
    }

    /// An answer has the shape that the document gives it.
    fn check(&mut self, method: &str, route: &str, told: &Told) {
        let what = format!("{method} {route} {}", told.status);
        let responses = &self.value["paths"][route][method.to_lowercase()]["responses"];
        let exact = &responses[told.status.as_str()];
        let response = if exact.is_null() { &responses["4XX"] } else { exact };
        let kind = told.header("content-type");
        let schema = &response["content"][kind]["schema"];
        assert!(!schema.is_null(), "{what} is not described as {kind}: {response:#}");
        self.valid(schema, &told.json(), &what);
        // What it says beside the body is described, too.
        for name in ["retry-after", "www-authenticate", "idempotency-replayed"] {
            let described = response["headers"]
                .as_object()
                .is_some_and(|headers| headers.keys().any(|described| described.eq_ignore_ascii_case(name)));
            assert!(described || told.header(name).is_empty(), "{what}: {name} is not described");
        }
        self.visited.insert((route.to_owned(), method.to_owned()));
    }

    /// A body that is sent has the shape that the document gives it.
    fn check_sent(&self, route: &str, body: &Value) {
        let request = &self.value["paths"][route]["post"]["requestBody"];
        let schema = &request["content"]["application/json"]["schema"];
        assert!(!schema.is_null(), "{route} takes nothing");
        self.valid(schema, body, route);
    }
}

async fn document(world: &World) -> Document {
    let told = Lis::new(&world.place, "").get("/api/v1/openapi.json").await;
    assert_eq!((told.status, told.header("content-type")), (StatusCode::OK, "application/json"));
    let value = told.json();
    assert!(value["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{value:#}");
    Document { value, visited: BTreeSet::from([("/api/v1/openapi.json".to_owned(), "GET".to_owned())]) }
}

fn steps() -> Value {
    json!({ "steps": [{
        "step": "blood_collected", "operator": "李工", "started_at": "2026-02-01T10:00:00+08:00",
        "ended_at": "2026-02-01T02:10:00Z", "result": "112 mL", "verdict": "passed",
    }] })
}

fn typing() -> Value {
    json!({ "hla": HLA.replace("A*24:02", "A*11:01"), "method": "dna", "typed_on": "2026-03-01",
            "laboratory": "演示实验室" })
}

/// A move to a slot.
pub fn place(slot: u32) -> Value {
    json!({ "compartment": 1,
            "place": { "tank": "T1", "rack": "2", "box": "3", "slot": slot.to_string() } })
}

/// A right request for each route that changes something; `n` tells requests apart.
fn body(route: &str, n: u32) -> Value {
    match route.rsplit('/').next() {
        Some("units") => json!({ "units": [unit(n)] }),
        Some("typings") => typing(),
        Some("steps") => steps(),
        Some("status") => json!({ "status": "unavailable", "reason": "QR" }),
        Some("moves") => place(n),
        _ => panic!("{route}: say here how it is asked rightly"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described_and_every_answer_has_its_shape() {
    for test in testbed::databases().await {
        described(World::open(test).await).await;
    }
}

async fn described(world: World) {
    let mut document = document(&world).await;
    let routed: BTreeSet<_> = golden().into_keys().filter(|(path, _)| path.starts_with("/api/v1/")).collect();
    assert_eq!(document.operations(), routed, "the router and the document differ");
    // The schemas say no to what the program says no to.
    let units = &document.value["paths"]["/api/v1/units"]["post"]["requestBody"]["content"];
    let units = &units["application/json"]["schema"];
    for (field, value) in [("colour", json!("blue")), ("status", json!("AV")), ("segments", json!(-1))] {
        let mut odd = unit(1);
        odd[field] = value;
        assert!(!document.wrong(units, &json!({ "units": [odd] })).is_empty(), "{field}");
    }
    let lis = world.key(ALL);
    for (route, method) in &routed {
        let path = route.replace("{id}", "CN000010");
        if method == "POST" {
            let body = body(route, 10);
            document.check_sent(route, &body);
            let told = lis.post(&path, &body).await;
            assert_eq!(told.status, StatusCode::OK, "{route}: {}", told.body);
            document.check(method, route, &told);
            lis.named(&path, &format!("again{}", route.replace('/', "-")), &body).await;
            let told = lis.named(&path, &format!("again{}", route.replace('/', "-")), &body).await;
            assert_eq!(told.header("idempotency-replayed"), "true", "{route}: {}", told.body);
            document.check(method, route, &told);
            for status in ["401", "403", "429", "500", "503"] {
                let described = &document.value["paths"][route][method.to_lowercase()]["responses"][status];
                assert!(described["content"].is_object(), "{route} {status}: {described}");
            }
            let told = lis.named(&path, "", &body).await;
            assert_eq!(
                (told.status, told.code().as_str()),
                (StatusCode::BAD_REQUEST, "idempotency_key_needed")
            );
            document.check(method, route, &told);
        }
    }
    for route in ["/api/v1/units", "/api/v1/units/{id}"] {
        let told = lis.get(&route.replace("{id}", "CN000010")).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        document.check("GET", route, &told);
    }
    let told = lis.get("/api/v1/units/CN000010").await.json();
    assert_eq!(told["unit"]["hla"], typing()["hla"]);
    assert_eq!(told["standing"]["status"], "unavailable");
    assert_eq!(told["trace"]["recorded"], 1);
    assert_eq!(told["compartments"][0]["place"]["tank"], "T1");
    let told = lis.get("/api/v1/units/CN999999").await;
    assert_eq!(told.status, StatusCode::NOT_FOUND);
    document.check("GET", "/api/v1/units/{id}", &told);
    assert_eq!(document.visited, routed, "a route was not walked");
    world.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_without_our_insides() {
    for test in testbed::databases().await {
        refused(World::open(test).await).await;
    }
}

async fn refused(world: World) {
    let (lis, stranger) = (world.key(ALL), Lis::new(&world.place, ""));
    let mut document = document(&world).await;
    let told = lis.post("/api/v1/units", &json!({ "units": [unit(1)] })).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    for name in ["x-request-id", "x-content-type-options", "content-security-policy", "referrer-policy"] {
        assert_ne!(told.header(name), "", "{name}");
    }
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(told.header("set-cookie"), "", "no cookie, and so nothing to forge");

    let told = stranger.get("/api/v1/units").await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::UNAUTHORIZED, "key_needed"));
    document.check("GET", "/api/v1/units", &told);
    assert_eq!(told.header("www-authenticate"), "Bearer realm=\"spark\"");
    let wrong = Lis::new(&world.place, &format!("spark_api_{}", SystemIds.token()));
    let told = wrong.get("/api/v1/units").await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::UNAUTHORIZED, "api_key_invalid"));
    assert!(told.header("www-authenticate").contains("invalid_token"));

    let mut odd = unit(2);
    odd["colour"] = "blue".into();
    let told = lis.post("/api/v1/units", &json!({ "units": [odd] })).await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::BAD_REQUEST, "malformed"));
    assert_eq!(told.json()["arguments"]["path"], "units[0].colour");
    document.check("POST", "/api/v1/units", &told);
    let mut contradicting = unit(2);
    contradicting["tnc_e5"] = 1.into();
    let told = lis.post("/api/v1/units", &json!({ "units": [unit(3), contradicting] })).await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "units_refused"));
    let first = told.json()["units"][0].clone();
    assert_eq!((&first["index"], &first["code"]), (&json!(1), &json!("content")));
    assert!(first["detail"].as_str().is_some_and(|detail| detail.contains("compartments")), "{first}");
    document.check("POST", "/api/v1/units", &told);

    let mut unreadable = typing();
    unreadable["hla"] = "A*02:01 B*15:01 what".into();
    let told = lis.post("/api/v1/units/CN000001/typings", &unreadable).await;
    assert_eq!((told.status, told.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "typing_unreadable"));
    document.check("POST", "/api/v1/units/{id}/typings", &told);

    let form = lis.client.post(format!("{}/api/v1/units", lis.base)).bearer_auth(&lis.key);
    let form = form.header("idempotency-key", "x").header(CONTENT_TYPE, "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(too_large(&lis).await, StatusCode::PAYLOAD_TOO_LARGE);
    let told = lis.try_ask(Method::DELETE, "/api/v1/units", "", "").await.unwrap();
    assert_eq!((told.status, told.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "method"));
    assert!(told.header("allow").contains("POST"), "{}", told.header("allow"));
    for query in ["limit=0", "limit=x", "limit=201", "after=x", "colour=blue"] {
        let told = lis.get(&format!("/api/v1/units?{query}")).await;
        assert!(told.status.is_client_error() && !told.code().is_empty(), "{query}: {}", told.status);
    }
    // No address of ours: told as everything else is, whatever is sent there.
    for path in ["/api", "/api/", "/api/v1", "/api/v1/unit", "/api/v1/units/", "/api/v2/units"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let told = lis.try_ask(method.clone(), path, "x", "{}").await.unwrap();
            assert_eq!(told.status, StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(told.header("content-type"), "application/problem+json", "{method} {path}");
            assert_eq!(told.code(), "not_found");
        }
    }
    // A header that counts once does not come twice: which of the two would count?
    for (name, header) in
        [(AUTHORIZATION, format!("Bearer {}", lis.key)), ("idempotency-key".parse().unwrap(), "y".into())]
    {
        let twice = lis.client.post(format!("{}/api/v1/units", lis.base)).bearer_auth(&lis.key);
        let twice = twice.header("idempotency-key", "x").header(CONTENT_TYPE, "application/json").body("{}");
        let told: Value = twice.header(name, header).send().await.unwrap().json().await.unwrap();
        assert_eq!((&told["status"], &told["code"]), (&json!(400), &json!("header_repeated")), "{told}");
    }
    let chinese = lis.client.get(format!("{}/api/v1/units", lis.base)).header("accept-language", "zh");
    assert!(chinese.send().await.unwrap().text().await.unwrap().contains("请"));

    // Whoever tries keys waits.
    for _ in 0..80 {
        let told = wrong.get("/api/v1/units").await;
        if told.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(told.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
            document.check("GET", "/api/v1/units", &told);
            assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::OK, "a right key is not held up");
            world.end();
            return;
        }
    }
    panic!("keys may be tried without end");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_opens_its_routes_and_no_others() {
    for test in testbed::databases().await {
        scoped(World::open(test).await).await;
    }
}

async fn scoped(world: World) {
    let all = world.key(ALL);
    let told = all.post("/api/v1/units", &json!({ "units": [unit(1)] })).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let (mut allowed, mut denied, mut n) = (0, 0, 100);
    for scope in Scope::ALL {
        let lis = world.key(scope.as_str());
        let (key_id, bank_id) = (ApiKeyId(uuid::Uuid::nil()), BankId(uuid::Uuid::nil()));
        let actor = Actor::ApiKey { key_id, bank_id, scopes: vec![scope] };
        for ((route, method), rights) in golden() {
            if !route.starts_with("/api/") || rights.actions.is_empty() {
                continue;
            }
            n += 1;
            let path = route.replace("{id}", "CN000001");
            let told = match method.as_str() {
                "GET" => lis.get(&path).await,
                _ => lis.post(&path, &body(&route, n)).await,
            };
            let may = rights.actions.iter().all(|any| any.iter().any(|action| allows(&actor, *action)));
            let expected = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(told.status, expected, "{method} {route} with {}: {}", scope.as_str(), told.body);
            if !may {
                assert_eq!(told.code(), "scope_missing");
                assert!(told.header("www-authenticate").contains("insufficient_scope"));
            }
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    assert!(allowed >= 7 && denied > 30, "{allowed} allowed and {denied} denied prove little");
    // A key that is taken back opens nothing from that moment on.
    let listed = world.place.run(&["admin", "api-key", "list"]);
    let name = listed.lines().find(|line| line.contains("\tunits:read\t")).expect("the first key");
    let lis = world.key("units:read");
    assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::OK);
    let names = world.place.run(&["admin", "api-key", "list"]);
    for line in names.lines().filter(|line| line.contains("\tunits:read\t")) {
        world.place.run(&["admin", "api-key", "revoke", line.split('\t').next().expect("a name")]);
    }
    assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::UNAUTHORIZED);
    let listed = world.place.run(&["admin", "api-key", "list"]);
    let name = name.split('\t').next().expect("a name");
    assert!(listed.lines().any(|line| line.starts_with(name) && line.ends_with("revoked")), "{listed}");
    world.end();
}

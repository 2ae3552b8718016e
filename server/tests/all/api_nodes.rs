//! The JSON API through kills, on two nodes, and with keys that end.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testbed::tamper;

use crate::api::{ALL, Lis, World, place, unit};
use crate::spark::{Place, Running, free_port};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_and_kills_in_between_leave_one_change_each() {
    for test in testbed::databases().await {
        killed(World::open(test).await).await;
    }
}

async fn killed(mut world: World) {
    let lis = world.key(ALL);
    let units: Vec<Value> = (1..=8).map(unit).collect();
    let told = lis.post("/api/v1/units", &json!({ "units": units })).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let away = json!({ "status": "unavailable", "reason": "QR" });
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (lis, away) = (lis.clone(), away.clone());
        tasks.spawn(async move { lis.named("/api/v1/units/CN000001/status", "twenty", &away).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|told| told.status == StatusCode::OK && told.body == answers[0].body));
    let again = answers.iter().filter(|told| told.header("idempotency-replayed") == "true").count();
    assert_eq!(again, 19);
    // The program is killed while a request is under way; whoever hears nothing sends it again.
    for round in 2..=6_u32 {
        let (path, name) = (format!("/api/v1/units/CN{round:06}/status"), format!("kill-{round}"));
        let (asking, to, named, body) = (lis.clone(), path.clone(), name.clone(), away.to_string());
        let asked =
            tokio::spawn(async move { asking.try_ask(Method::POST, &to, &named, &body).await.is_ok() });
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 2)).await;
        world.spark.kill();
        let heard = asked.await.expect("a task");
        world.spark = world.place.serve();
        world.spark.ready(&format!("{}/readyz", world.place.base())).await;
        let told = lis.named(&path, &name, &away).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        if heard {
            assert_eq!(told.header("idempotency-replayed"), "true", "what was acknowledged was kept");
        }
        eprintln!("kill {round}: heard {heard}, replayed {:?}", told.header("idempotency-replayed"));
    }
    let db = store::Db::open(&world.test.address).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let mut changes = BTreeMap::<String, usize>::new();
    for event in store::audit::events_after(&mut reader.conn(), 1, 0, 10_000).await.unwrap() {
        if event.kind == "status.set" {
            *changes.entry(event.subject_id.to_string()).or_default() += 1;
        }
    }
    assert_eq!((changes.len(), changes.values().max()), (6, Some(&1)), "one change of each unit");
    drop(reader);
    world.end();
}

/// A second program on the same database.
async fn second(world: &World) -> (Place, Running) {
    let place = Place { port: free_port(), ..world.place.clone() };
    let mut spark = place.serve();
    spark.ready(&format!("{}/readyz", place.base())).await;
    (place, spark)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_do_a_request_once_and_end_a_key_together() {
    for test in testbed::databases().await.into_iter().filter(|test| test.kind == "postgres") {
        let world = World::open(test).await;
        let lis = world.key(ALL);
        let told = lis.post("/api/v1/units", &json!({ "units": [unit(1)] })).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        let (other, spark) = second(&world).await;
        let there = Lis { base: other.base(), ..lis.clone() };
        for round in 0..20_u32 {
            let (name, body) = (format!("both-{round}"), place(round + 1));
            let path = "/api/v1/units/CN000001/moves";
            let (one, two) = tokio::join!(lis.named(path, &name, &body), there.named(path, &name, &body));
            assert_eq!(
                (one.status, two.status),
                (StatusCode::OK, StatusCode::OK),
                "{} {}",
                one.body,
                two.body
            );
            assert_eq!(one.body, two.body);
            let again = [&one, &two].map(|told| told.header("idempotency-replayed") == "true");
            assert_eq!(again.iter().filter(|again| **again).count(), 1, "round {round}");
        }
        assert_eq!(there.get("/api/v1/units/CN000001").await.status, StatusCode::OK);
        // Another key of the bank finds what this one was answered.
        let next = world.key(ALL);
        let told = next.named("/api/v1/units/CN000001/moves", "both-3", &place(4)).await;
        assert_eq!(told.header("idempotency-replayed"), "true", "{}", told.body);
        let listed = world.place.run(&["admin", "api-key", "list"]);
        for line in listed.lines() {
            assert!(!line.contains("\t-\t"), "{line}: used today");
            world.place.run(&["admin", "api-key", "revoke", line.split('\t').next().expect("a name")]);
        }
        for lis in [&lis, &there, &next] {
            assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::UNAUTHORIZED);
        }
        spark.stop();
        world.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_has_expired_opens_nothing() {
    for test in testbed::databases().await {
        let world = World::open(test).await;
        let lis = world.key("units:read");
        assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::OK);
        let days = 3 * 24 * 3600 * 1_000_000_i64;
        tamper(&world.test, &format!("update api_key set expires_at = expires_at - {days}")).await;
        let told = lis.get("/api/v1/units").await;
        assert_eq!((told.status, told.code().as_str()), (StatusCode::UNAUTHORIZED, "api_key_invalid"));
        let listed = world.place.run(&["admin", "api-key", "list"]);
        assert!(listed.trim_end().ends_with("expired"), "{listed}");
        tamper(&world.test, &format!("update api_key set expires_at = expires_at + {days}")).await;
        assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::OK);
        world.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_which_key_asked() {
    let test = testbed::databases().await.swap_remove(0);
    let place = Place { sandbox: Some(free_port()), ..Place::of(&test) };
    place.run(&["admin", "bank", "CN01", "--name-zh", "演示库", "--name-en", "Demo bank"]);
    let mut spark = place.serve_with("SPARK_LOG", "info");
    spark.ready(&format!("{}/readyz", place.base())).await;
    let world = World { test, place, spark };
    let lis = world.key("units:read");
    assert_eq!(lis.get("/api/v1/units").await.status, StatusCode::OK);
    let db = store::Db::open(&world.test.address).await.unwrap();
    let mut reader = db.read().await.unwrap();
    let key = store::api_key::api_keys(&mut reader.conn()).await.unwrap()[0].id.to_string();
    drop(reader);
    let said = world.spark.said();
    let line = said.lines().find(|line| line.contains(&key)).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("/api/v1/units") && line.contains("status=200"), "{line}");
    assert!(!said.contains(&lis.key), "the key itself is told nowhere");
    world.end();
}

//! Opening, querying, closing and paying; once, twice and at the same time.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::client::{Client, in_seconds, order};
use crate::harness::Sandbox;
use crate::listener::Listener;

const URL: &str = "http://127.0.0.1:9/notify";

#[tokio::test]
async fn the_same_order_is_the_same_payment_and_another_is_refused() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let body = order("G1", URL);
    let first = client.post("/v1/payments", &body).await.ok(201);
    assert_eq!(first["status"], "pending");
    assert_eq!((&first["fee_fen"], &first["paid_at"]), (&json!(0), &Value::Null));
    let pay_url = format!("{}/pay/{}", sandbox.base, first["trade_no"].as_str().unwrap());
    assert_eq!(first["pay_url"], pay_url);
    assert_eq!(client.post("/v1/payments", &body).await.ok(200), first);

    for (field, other) in [
        ("amount_fen", json!(10_051)),
        ("description", json!("other")),
        ("notify_url", json!("http://127.0.0.1:9/other")),
        ("return_url", json!("http://127.0.0.1:9/other")),
        ("expires_at", json!(in_seconds(900))),
    ] {
        let mut changed = body.clone();
        changed[field] = other;
        assert_eq!(
            client.post("/v1/payments", &changed).await.refusal(),
            (409, "payment_conflict"),
            "{field}"
        );
    }
    // Another merchant has numbers of its own, and sees nobody else's.
    let other = Client::new(&sandbox.base, "other", 2).await;
    other.put("/v1/merchants/other", &other.registration("Other")).await.ok(201);
    assert_eq!(other.get("/v1/payments/G1").await.refusal(), (404, "payment_not_found"));
    let theirs = other.post("/v1/payments", &body).await.ok(201);
    assert_ne!(theirs["trade_no"], first["trade_no"]);
    let asked = client.control("POST", "/test/payments/G1/pay", &json!({})).await;
    assert_eq!(asked.refusal(), (409, "merchant_needed"));
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let long = format!("http://127.0.0.1/{}", "a".repeat(512));
    for (field, wrong) in [
        ("out_trade_no", json!("has space")),
        ("out_trade_no", json!("a".repeat(33))),
        ("amount_fen", json!(0)),
        ("amount_fen", json!(-1)),
        ("amount_fen", json!(100_000_000_000_000_i64)),
        ("currency", json!("USD")),
        ("description", json!(" ")),
        ("description", json!("a\nb")),
        ("notify_url", json!("http://10.0.0.1/n")),
        ("notify_url", json!("file:///etc/passwd")),
        ("return_url", json!("javascript:alert(1)")),
        ("return_url", json!(long)),
        ("expires_at", json!("tomorrow")),
        ("expires_at", json!(in_seconds(-1))),
        ("expires_at", json!(in_seconds(8 * 24 * 3600))),
    ] {
        let mut body = order("G1", URL);
        body[field] = wrong.clone();
        let refused = client.post("/v1/payments", &body).await;
        assert_eq!(refused.refusal(), (422, "field_invalid"), "{field} {wrong}");
        assert_eq!(refused.json["field"], field);
    }
    for wrong in [json!({}), json!([]), json!({ "out_trade_no": "G1" })] {
        assert_eq!(client.post("/v1/payments", &wrong).await.refusal(), (400, "body_invalid"));
    }
    let mut extra = order("G1", URL);
    extra["amount_yuan"] = json!(1);
    assert_eq!(client.post("/v1/payments", &extra).await.refusal(), (400, "body_invalid"));
    let mut float = order("G1", URL);
    float["amount_fen"] = json!(100.5);
    assert_eq!(client.post("/v1/payments", &float).await.refusal(), (400, "body_invalid"));
}

#[tokio::test]
async fn twenty_openings_at_once_make_one_payment() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let body = order("G1", URL);
    let answers = all(20, || client.post("/v1/payments", &body)).await;
    let numbers: HashSet<String> = answers.iter().map(|answer| answer.json["trade_no"].to_string()).collect();
    assert_eq!(numbers.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)));
}

#[tokio::test]
async fn twenty_payings_at_once_pay_once_and_notify_once() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    let (how, target) = (json!({}), "/test/payments/G1/pay");
    let answers = all(20, || client.control("POST", target, &how)).await;
    let paid = answers.iter().filter(|answer| answer.json["outcome"] == "paid").count();
    let already = answers.iter().filter(|answer| answer.json["outcome"] == "already_paid").count();
    assert_eq!((paid, already), (1, 19));

    assert_eq!(listener.next().await.event(), "payment.paid");
    listener.quiet(300).await;
    let payment = client.get("/v1/payments/G1").await.ok(200);
    assert_eq!((&payment["status"], &payment["fee_fen"]), (&json!("paid"), &json!(60)));
}

#[tokio::test]
async fn closing_is_final_and_paid_is_not_closed() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let close = |number: &'static str| client.send("POST", number, b"");

    client.open("G1", &listener.url).await;
    let closed = close("/v1/payments/G1/close").await.ok(200);
    assert_eq!(closed["status"], "closed");
    assert_eq!(close("/v1/payments/G1/close").await.ok(200), closed);
    assert_eq!(listener.events(1).await, ["payment.closed"]);
    let refused = client.control("POST", "/test/payments/G1/pay", &json!({})).await;
    assert_eq!(refused.refusal(), (409, "payment_closed"));

    client.open("G2", &listener.url).await;
    client.pay("G2", json!({})).await;
    assert_eq!(close("/v1/payments/G2/close").await.refusal(), (409, "payment_paid"));
    assert_eq!(close("/v1/payments/G3/close").await.refusal(), (404, "payment_not_found"));
    assert_eq!(client.status("G2").await, "paid");
    assert_eq!(listener.events(1).await, ["payment.paid"]);
    listener.quiet(200).await;
}

#[tokio::test]
async fn the_fee_is_a_setting() {
    let sandbox = Sandbox::start_with(|config| config.fee_per_mille = 38).await;
    let client = sandbox.merchant().await;
    client.open("G1", URL).await;
    let paid = client.pay("G1", json!({ "mode": "lost" })).await;
    assert_eq!(paid["payment"]["fee_fen"], 382, "381.9 rounded half up");
}

/// `count` of the same at once.
async fn all<T: Future>(count: usize, make: impl Fn() -> T) -> Vec<T::Output> {
    let mut waiting: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

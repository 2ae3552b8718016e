//! Each test option, as the merchant's listener sees it arrive.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, order};
use crate::harness::Sandbox;
use crate::listener::{Listener, Received, Reply};

/// A sandbox with one open payment `G1` of ¥100.50.
async fn opened() -> (Sandbox, Client, Listener) {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    (sandbox, client, listener)
}

fn assert_true_payment(client: &Client, heard: &Received) {
    assert!(heard.signed_by(&client.provider), "signed by the provider");
    assert_eq!(heard.event(), "payment.paid");
    let json = &heard.json;
    assert_eq!((&json["merchant"], &json["out_trade_no"]), (&json!("spark"), &json!("G1")));
    assert_eq!((&json["amount_fen"], &json["fee_fen"]), (&json!(10_050), &json!(60)));
    assert_eq!((&json["status"], &json["currency"]), (&json!("paid"), &json!("CNY")));
}

#[tokio::test]
async fn normal_is_one_true_notification() {
    let (_sandbox, client, mut listener) = opened().await;
    let paid = client.pay("G1", json!({})).await;
    assert_eq!(paid["outcome"], "paid");
    let heard = listener.next().await;
    assert_true_payment(&client, &heard);
    assert_eq!(heard.json["trade_no"], paid["payment"]["trade_no"]);
    assert_eq!(heard.json["paid_at"], paid["payment"]["paid_at"]);
    assert_eq!(heard.header("content-type"), "application/json");
    let keys: Value =
        client.http.get(format!("{}/v1/keys", client.base)).send().await.unwrap().json().await.unwrap();
    assert_eq!(keys["keys"][0]["key_id"], heard.header("sandbox-key-id"));
    listener.quiet(300).await;
}

#[tokio::test]
async fn doubled_is_the_same_twice() {
    let (_sandbox, client, mut listener) = opened().await;
    client.pay("G1", json!({ "mode": "doubled" })).await;
    let (first, second) = (listener.next().await, listener.next().await);
    assert_true_payment(&client, &first);
    assert_true_payment(&client, &second);
    assert_eq!(first.raw, second.raw, "same id, same body");
    assert_ne!(first.header("sandbox-nonce"), second.header("sandbox-nonce"));
    listener.quiet(300).await;
}

#[tokio::test]
async fn late_is_paid_at_once_and_notified_later() {
    let (_sandbox, client, mut listener) = opened().await;
    client.pay("G1", json!({ "mode": "late", "delay_ms": 700 })).await;
    assert_eq!(client.status("G1").await, "paid");
    listener.quiet(500).await;
    assert_true_payment(&client, &listener.next().await);
    let asked = client.control("POST", "/test/payments/G1/pay", &json!({ "delay_ms": 86_400_001 })).await;
    assert_eq!(asked.refusal(), (422, "field_invalid"));
}

#[tokio::test]
async fn lost_is_found_by_query_and_can_be_sent_again() {
    let (_sandbox, client, mut listener) = opened().await;
    client.pay("G1", json!({ "mode": "lost" })).await;
    listener.quiet(400).await;
    assert_eq!(client.status("G1").await, "paid");
    let again = client.control("POST", "/test/payments/G1/notify-again", &json!({})).await.ok(200);
    let heard = listener.next().await;
    assert_true_payment(&client, &heard);
    assert_eq!(heard.json["notify_id"], again["notify_id"]);
}

#[tokio::test]
async fn notify_again_repeats_the_very_notification() {
    let (_sandbox, client, mut listener) = opened().await;
    let again = |body: Value| {
        let client = &client;
        async move { client.control("POST", "/test/payments/G1/notify-again", &body).await }
    };
    assert_eq!(again(json!({})).await.refusal(), (404, "notification_not_found"));
    client.pay("G1", json!({})).await;
    let first = listener.next().await;
    again(json!({ "event": "payment.paid" })).await.ok(200);
    assert_eq!(listener.next().await.raw, first.raw);
    assert_eq!(
        again(json!({ "event": "refund.succeeded" })).await.refusal(),
        (404, "notification_not_found")
    );
}

#[tokio::test]
async fn out_of_order_is_in_the_order_named() {
    for (mode, events, status) in [
        ("stale_pending", ["payment.paid", "payment.pending"], "paid"),
        ("stale_closed", ["payment.paid", "payment.closed"], "paid"),
        ("closed_first", ["payment.closed", "payment.paid"], "paid"),
        ("refund_first", ["refund.succeeded", "payment.paid"], "refunded"),
    ] {
        let (_sandbox, client, mut listener) = opened().await;
        client.pay("G1", json!({ "mode": mode })).await;
        let (first, second) = (listener.next().await, listener.next().await);
        assert_eq!([first.event(), second.event()], events, "{mode}");
        for heard in [&first, &second] {
            assert!(heard.signed_by(&client.provider));
            if heard.event() == "payment.paid" {
                assert_true_payment(&client, heard);
            }
        }
        let (paid, other) =
            if first.event() == "payment.paid" { (&first, &second) } else { (&second, &first) };
        let (paid_at, other_at) = (&paid.json["occurred_at"], &other.json["occurred_at"]);
        let instant = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        if mode != "refund_first" {
            assert!(instant(other_at) < instant(paid_at), "{mode}: the other one is older");
        }
        assert_eq!(client.status("G1").await, status, "{mode}");
        listener.quiet(200).await;
    }
}

#[tokio::test]
async fn the_second_of_two_waits_only_for_one_try_of_the_first() {
    let (_sandbox, client, mut listener) = opened().await;
    listener.reply([Reply::Status(500), Reply::Success]);
    client.pay("G1", json!({ "mode": "closed_first" })).await;
    let events = listener.events(3).await;
    assert_eq!(events[0], "payment.closed");
    assert!(
        events[1..].contains(&"payment.paid".to_owned())
            && events[1..].contains(&"payment.closed".to_owned())
    );
}

#[tokio::test]
async fn a_refund_by_the_provider_can_be_queried() {
    let (_sandbox, client, mut listener) = opened().await;
    client.pay("G1", json!({ "mode": "refund_first" })).await;
    let heard = listener.next().await;
    let number = heard.json["refund"]["out_refund_no"].as_str().unwrap();
    let refund = client.get(&format!("/v1/refunds/{number}")).await.ok(200);
    assert_eq!((&refund["amount_fen"], &refund["fee_returned_fen"]), (&json!(10_050), &json!(60)));
}

#[tokio::test]
async fn forged_comes_three_times_and_then_the_truth() {
    let (_sandbox, client, mut listener) = opened().await;
    // A merchant that refuses forgeries, as it should: they are not tried again.
    listener.reply([Reply::Status(401), Reply::Status(422), Reply::Status(422)]);
    client.pay("G1", json!({ "mode": "forged" })).await;
    assert_three_forgeries(&client, &mut listener).await;
    assert_true_payment(&client, &listener.next().await);
    listener.quiet(400).await;
    assert_eq!(client.status("G1").await, "paid");
}

#[tokio::test]
async fn forged_only_pays_nothing() {
    let (_sandbox, client, mut listener) = opened().await;
    let answer = client.pay("G1", json!({ "mode": "forged_only" })).await;
    assert_eq!(answer["outcome"], "unpaid");
    assert_three_forgeries(&client, &mut listener).await;
    listener.quiet(300).await;
    assert_eq!(client.status("G1").await, "pending");
    client.pay("G1", json!({})).await;
    assert_true_payment(&client, &listener.next().await);
}

async fn assert_three_forgeries(client: &Client, listener: &mut Listener) {
    let stranger = listener.next().await;
    assert!(!stranger.signed_by(&client.provider), "a stranger's signature");
    assert_eq!((stranger.event(), &stranger.json["amount_fen"]), ("payment.paid", &json!(10_050)));
    let amount = listener.next().await;
    assert!(amount.signed_by(&client.provider));
    assert_eq!((&amount.json["amount_fen"], &amount.json["merchant"]), (&json!(10_150), &json!("spark")));
    assert_eq!(amount.header("sandbox-key-id"), stranger.header("sandbox-key-id"), "a forger names our key");
    let merchant = listener.next().await;
    assert!(merchant.signed_by(&client.provider));
    assert_eq!(merchant.json["merchant"], "not-spark");
    assert_eq!(merchant.json["amount_fen"], 10_050);
}

#[tokio::test]
async fn an_expired_payment_closes_and_takes_no_ordinary_money() {
    let (sandbox, client, mut listener) = opened().await;
    sandbox.world.advance(Duration::from_secs(601));
    assert_eq!(listener.events(1).await, ["payment.closed"]);
    let mut client = client;
    client.ahead_s = 601;
    assert_eq!(client.status("G1").await, "closed");
    let refused = client.control("POST", "/test/payments/G1/pay", &json!({})).await;
    assert_eq!(refused.refusal(), (409, "payment_expired"));

    // Money that was on its way comes nevertheless.
    let late = client.pay("G1", json!({ "mode": "after_expiry" })).await;
    assert_eq!(late["outcome"], "paid");
    assert_true_payment(&client, &listener.next().await);
    let payment = client.get("/v1/payments/G1").await.ok(200);
    assert_eq!(payment["status"], "paid");
    assert!(payment["paid_at"].as_str().unwrap() > payment["expires_at"].as_str().unwrap());
    assert!(payment["closed_at"].is_string(), "that it had been closed is not forgotten");
}

#[tokio::test]
async fn after_expiry_waits_for_the_expiry_even_when_closed_before() {
    let (sandbox, client, mut listener) = opened().await;
    let answer = client.pay("G1", json!({ "mode": "after_expiry", "delay_ms": 2000 })).await;
    assert_eq!(answer["outcome"], "scheduled");
    assert_eq!(client.status("G1").await, "pending");
    client.send("POST", "/v1/payments/G1/close", b"").await.ok(200);
    assert_eq!(listener.events(1).await, ["payment.closed"]);
    listener.quiet(300).await;

    sandbox.world.advance(Duration::from_secs(599));
    listener.quiet(1200).await;
    sandbox.world.advance(Duration::from_secs(5));
    assert_true_payment(&client, &listener.next().await);
    listener.quiet(1200).await;
}

#[tokio::test]
async fn the_expiry_of_a_repeated_order_is_not_judged_again() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    let body = order("G1", "http://127.0.0.1:9/notify");
    client.post("/v1/payments", &body).await.ok(201);
    sandbox.world.advance(Duration::from_secs(700));
    client.ahead_s = 700;
    let again = client.post("/v1/payments", &body).await.ok(200);
    assert!(matches!(again["status"].as_str(), Some("pending" | "closed")));
}

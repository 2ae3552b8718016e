//! Sending, sending again, giving up.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{RETRY_MS, Sandbox};
use crate::listener::{Listener, Reply};

const TOLD: &str = "/test/payments/G1/notifications";

#[tokio::test]
async fn whatever_is_not_success_is_tried_again_after_the_pause() {
    let sandbox = Sandbox::start_with(|config| config.notify.timeout = Duration::from_secs(1)).await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    listener.reply([Reply::Status(500), Reply::Body("success\n"), Reply::Redirect, Reply::Hang(3000)]);
    client.pay("G1", json!({})).await;

    let mut last: Option<Instant> = None;
    let mut bodies = Vec::new();
    for try_no in 0..5 {
        let heard = listener.next().await;
        assert!(heard.signed_by(&client.provider));
        if let Some(last) = last {
            let pause = Duration::from_millis(RETRY_MS[try_no - 1]);
            assert!(heard.at - last >= pause, "try {try_no} came after {:?}", heard.at - last);
        }
        last = Some(heard.at);
        bodies.push(heard.raw);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "the body never changes");
    listener.quiet(600).await;
    let told = client.control("GET", TOLD, &json!({})).await.ok(200);
    let row = &told["notifications"][0];
    assert_eq!((&row["state"], &row["attempts"]), (&json!("delivered"), &json!(5)));
    assert_eq!(row["last_outcome"], "success");
}

#[tokio::test]
async fn a_success_that_is_no_2xx_does_not_count() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    // The listener's body is `success` here, its status is not.
    listener.reply([Reply::Status(404)]);
    client.pay("G1", json!({})).await;
    listener.next().await;
    listener.next().await;
    listener.quiet(300).await;
}

#[tokio::test]
async fn it_gives_up_when_the_schedule_is_used_up() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    let almost = ["ok", "", "succes", "Success", "\"success\""];
    listener.reply(almost.map(Reply::Body));
    client.pay("G1", json!({})).await;
    for _ in 0..=RETRY_MS.len() {
        listener.next().await;
    }
    listener.quiet(900).await;
    let told = client.control("GET", TOLD, &json!({})).await.ok(200);
    let row = &told["notifications"][0];
    assert_eq!((&row["state"], &row["attempts"]), (&json!("given_up"), &json!(5)));
    assert_eq!(row["last_outcome"], "not_acknowledged");
}

#[tokio::test]
async fn a_listener_that_hangs_does_not_hold_up_others() {
    let sandbox = Sandbox::start_with(|config| config.notify.timeout = Duration::from_secs(20)).await;
    let client = sandbox.merchant().await;
    let mut slow = Listener::start().await;
    let mut quick = Listener::start().await;
    slow.reply([Reply::Hang(3000); 4]);
    for number in 1..=4 {
        client.open(&format!("S{number}"), &slow.url).await;
        client.pay(&format!("S{number}"), json!({})).await;
    }
    for _ in 0..4 {
        slow.next().await;
    }
    client.open("Q1", &quick.url).await;
    let start = Instant::now();
    client.pay("Q1", json!({})).await;
    let heard = quick.next().await;
    assert!(heard.at - start < Duration::from_millis(2000), "{:?}", heard.at - start);
    // Nor is what is under way sent a second time because something else woke the courier.
    slow.quiet(3500).await;
}

//! The pay page, as a browser without JavaScript uses it.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};

use crate::client::Client;
use crate::harness::Sandbox;
use crate::listener::Listener;

const RETURN: &str = "http://127.0.0.1:9/gift/abc?x=1&y=2";

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap().to_str().unwrap()
}

async fn post(client: &Client, payment: &Value, what: &str, form: &'static str) -> Response {
    let url = format!("{}/{what}", payment["pay_url"].as_str().unwrap());
    let request =
        client.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
    request.send().await.unwrap()
}

async fn get(client: &Client, payment: &Value) -> Response {
    client.http.get(payment["pay_url"].as_str().unwrap()).send().await.unwrap()
}

#[tokio::test]
async fn the_page_says_what_is_paid_to_whom_and_runs_nothing() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let payment = client.open("G1", "http://127.0.0.1:9/notify").await;
    let page = get(&client, &payment).await;
    assert_eq!(page.status(), 200);
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    // Browsers hold the redirect that follows a post to this list as well.
    assert!(policy.ends_with("form-action 'self' http://127.0.0.1:9"), "{policy}");
    assert_eq!(header(&page, "cache-control"), "no-store");
    let html = page.text().await.unwrap();
    for part in ["演示沙箱", "SANDBOX", "火种工程", "¥100.50", "支付", "取消", "测试选项", "<details>"]
    {
        assert!(html.replace("</span>", "").replace("<span>", "").contains(part), "{part}");
    }
    assert!(html.contains("火种工程 &lt;捐赠&gt;"), "what the merchant says is escaped");
    for nothing in ["<script", "style=", "onclick", "http-equiv"] {
        assert!(!html.contains(nothing), "{nothing}");
    }
    let style = client.http.get(format!("{}/pay/style.css", client.base)).send().await.unwrap();
    assert_eq!((style.status().as_u16(), header(&style, "content-type")), (200, "text/css; charset=utf-8"));
}

#[tokio::test]
async fn pay_pays_and_leads_back_and_a_second_click_changes_nothing() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let payment = client.open("G1", &listener.url).await;
    for _ in 0..2 {
        let back = post(&client, &payment, "pay", "mode=normal&delay_s=").await;
        assert_eq!((back.status().as_u16(), header(&back, "location")), (303, RETURN));
    }
    assert_eq!(listener.events(1).await, ["payment.paid"]);
    listener.quiet(300).await;
    let html = get(&client, &payment).await.text().await.unwrap();
    assert!(html.contains("已支付") && html.contains("返回商户") && !html.contains("<form"));
    let refused = post(&client, &payment, "cancel", "").await;
    assert_eq!(refused.status(), 409);
    assert_eq!(client.status("G1").await, "paid");
}

#[tokio::test]
async fn an_empty_form_pays_in_the_ordinary_way() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let payment = client.open("G1", &listener.url).await;
    assert_eq!(post(&client, &payment, "pay", "").await.status(), 303);
    assert_eq!(listener.events(1).await, ["payment.paid"]);
}

#[tokio::test]
async fn the_test_options_of_the_form_are_those_of_the_protocol() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let payment = client.open("P0", &listener.url).await;
    let html = get(&client, &payment).await.text().await.unwrap();
    let values: Vec<&str> =
        html.split("name=\"mode\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(values.len(), 11);
    for (number, mode) in values.iter().enumerate() {
        let number = format!("G{number}");
        let payment = client.open(&number, "http://127.0.0.1:9/notify").await;
        let url = format!("{}/pay", payment["pay_url"].as_str().unwrap());
        let form = format!("mode={mode}&delay_s=1");
        let request =
            client.http.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        assert_eq!(request.send().await.unwrap().status(), 303, "{mode}");
        let unpaid = ["forged_only", "after_expiry"].contains(mode);
        assert_eq!(client.status(&number).await == "pending", unpaid, "{mode}");
    }
    let late = post(&client, &payment, "pay", "mode=late&delay_s=1").await;
    assert_eq!(late.status(), 303);
    listener.quiet(700).await;
    assert_eq!(listener.events(1).await, ["payment.paid"]);
}

#[tokio::test]
async fn cancel_closes_and_leads_back() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let payment = client.open("G1", &listener.url).await;
    for _ in 0..2 {
        let back = post(&client, &payment, "cancel", "").await;
        assert_eq!((back.status().as_u16(), header(&back, "location")), (303, RETURN));
    }
    assert_eq!(listener.events(1).await, ["payment.closed"]);
    listener.quiet(200).await;
    let refused = post(&client, &payment, "pay", "mode=normal").await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("已关闭"));
    assert_eq!(client.status("G1").await, "closed");
}

#[tokio::test]
async fn an_expired_page_offers_only_the_late_payment() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    let payment = client.open("G1", &listener.url).await;
    sandbox.world.advance(Duration::from_secs(601));
    client.ahead_s = 601;
    let refused = post(&client, &payment, "pay", "mode=normal").await;
    assert_eq!(refused.status(), 409);
    assert!(refused.text().await.unwrap().contains("已过期"));
    assert_eq!(listener.events(1).await, ["payment.closed"]);
    assert_eq!(post(&client, &payment, "pay", "mode=after_expiry").await.status(), 303);
    assert_eq!(listener.events(1).await, ["payment.paid"]);
}

#[tokio::test]
async fn wrong_input_is_answered_with_a_page() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let payment = client.open("G1", "http://127.0.0.1:9/notify").await;
    for wrong in ["delay_s=x", "delay_s=-1", "delay_s=86401", "delay_s=9223372036854775807"] {
        let refused = post(&client, &payment, "pay", wrong).await;
        assert_eq!(refused.status(), 422, "{wrong}");
        assert!(refused.text().await.unwrap().contains("86400"));
    }
    assert_eq!(client.status("G1").await, "pending");
    let missing = json!({ "pay_url": format!("{}/pay/pt_none", client.base) });
    let page = get(&client, &missing).await;
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("没有这笔支付"));
    assert_eq!(post(&client, &missing, "pay", "").await.status(), 404);
}

#[tokio::test]
async fn the_control_addresses_can_be_switched_off() {
    let sandbox = Sandbox::start_with(|config| config.control = false).await;
    let client = sandbox.merchant().await;
    client.open("G1", "http://127.0.0.1:9/notify").await;
    let refused = client.control("POST", "/test/payments/G1/pay", &json!({})).await;
    assert_eq!(refused.refusal(), (404, "not_found"));
    let health = client.control("GET", "/healthz", &json!({})).await;
    assert_eq!((health.status, health.text.as_str()), (200, "ok\n"));
}

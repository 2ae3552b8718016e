//! The SMS carrier: accepted once, listed newest first, shown to people.

use serde_json::json;

use crate::client::Client;
use crate::harness::Sandbox;

#[tokio::test]
async fn a_message_is_accepted_once_and_listed_newest_first() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let body = |number: &str, to: &str, text: &str| json!({ "out_sms_no": number, "to": to, "text": text });
    let first = body("M1", "13800138000", "【火种工程】<b>感谢</b>您：http://127.0.0.1:3000/g/1?a=1&b=2");
    let made = client.post("/v1/sms", &first).await.ok(201);
    assert_eq!((&made["status"], &made["to"]), (&json!("accepted"), &json!("13800138000")));
    assert_eq!(client.post("/v1/sms", &first).await.ok(200), made);
    let other = client.post("/v1/sms", &body("M1", "13800138000", "other")).await;
    assert_eq!(other.refusal(), (409, "sms_conflict"));
    client.post("/v1/sms", &body("M2", "13900139000", "第二条")).await.ok(201);
    client.post("/v1/sms", &body("M3", "13800138000", "第三条\n两行")).await.ok(201);

    let numbers = |list: serde_json::Value| -> Vec<String> {
        let list = list["sms"].as_array().unwrap();
        list.iter().map(|sms| sms["out_sms_no"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(numbers(client.get("/v1/sms").await.ok(200)), ["M3", "M2", "M1"]);
    assert_eq!(numbers(client.get("/v1/sms?to=13800138000").await.ok(200)), ["M3", "M1"]);
    // Another merchant sees none of them.
    let stranger = Client::new(&sandbox.base, "other", 2).await;
    stranger.put("/v1/merchants/other", &stranger.registration("Other")).await.ok(201);
    assert!(numbers(stranger.get("/v1/sms").await.ok(200)).is_empty());

    let html = client.http.get(format!("{}/sms", client.base)).send().await.unwrap().text().await.unwrap();
    let (third, second, one) = (html.find("第三条"), html.find("第二条"), html.find("感谢"));
    assert!(third < second && second < one && third.is_some());
    assert!(html.contains("&lt;b&gt;") && html.contains("href=\"http://127.0.0.1:3000/g/1?a=1&amp;b=2\""));
}

#[tokio::test]
async fn wrong_messages_are_named_and_two_numbers_always_fail() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    for (field, wrong) in [
        ("out_sms_no", json!("?")),
        ("to", json!("+8613800138000")),
        ("to", json!("12800138000")),
        ("text", json!("")),
        ("text", json!("字".repeat(501))),
        ("text", json!("a\u{0}b")),
    ] {
        let mut body = json!({ "out_sms_no": "M1", "to": "13800138000", "text": "你好" });
        body[field] = wrong;
        let refused = client.post("/v1/sms", &body).await;
        assert_eq!(
            (refused.refusal(), refused.json["field"].as_str()),
            ((422, "field_invalid"), Some(field))
        );
    }
    let longest = json!({ "out_sms_no": "M2", "to": "13800138000", "text": "字".repeat(500) });
    client.post("/v1/sms", &longest).await.ok(201);
    let to = |to: &str| json!({ "out_sms_no": "M3", "to": to, "text": "你好" });
    assert_eq!(client.post("/v1/sms", &to("19900000001")).await.refusal(), (422, "sms_number_blocked"));
    assert_eq!(client.post("/v1/sms", &to("19900000002")).await.refusal(), (503, "sms_carrier_down"));
    assert_eq!(client.get("/v1/sms?to=x").await.refusal(), (422, "field_invalid"));
}

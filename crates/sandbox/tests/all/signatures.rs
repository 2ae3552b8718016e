//! Who is let in: signatures, skew, registration, key change.

use data_encoding::BASE64;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;

use crate::client::{Client, order};
use crate::harness::Sandbox;

const URL: &str = "http://127.0.0.1:9/notify";

#[tokio::test]
async fn a_signed_request_is_answered_and_the_answer_is_signed() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    client.open("G1", URL).await;
    // `exchange` verifies the signature of each answer, here of a success and of a refusal.
    assert_eq!(client.get("/v1/payments/G1").await.status, 200);
    assert_eq!(client.get("/v1/payments/G2").await.refusal(), (404, "payment_not_found"));
}

#[tokio::test]
async fn anything_changed_on_the_way_is_refused() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let body = order("G1", URL).to_string();
    let refused = (401, "signature_invalid");

    // Another body, another path, another query, another method than was signed.
    let (headers, nonce) = client.sign("POST", "/v1/payments", body.as_bytes());
    let dearer = body.replace("10050", "10051");
    for (method, target, sent) in [
        ("POST", "/v1/payments", dearer.as_bytes()),
        ("POST", "/v1/refunds", body.as_bytes()),
        ("POST", "/v1/payments?x=1", body.as_bytes()),
        ("POST", "/v1/sms", body.as_bytes()),
    ] {
        let (mut request, _) = client.request(method, target, sent);
        // `header` adds; `headers` replaces.
        let map: reqwest::header::HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        request = request.headers(map);
        assert_eq!(client.exchange(request, &nonce).await.refusal(), refused, "{method} {target}");
    }

    // The right request by another key.
    let mut thief = Client::new(&sandbox.base, "spark", 2).await;
    assert_eq!(thief.post("/v1/payments", &order("G1", URL)).await.refusal(), refused);
    // Nothing of all that was done.
    assert_eq!(client.get("/v1/payments/G1").await.refusal(), (404, "payment_not_found"));

    thief.merchant = "nobody".into();
    assert_eq!(thief.get("/v1/payments/G1").await.refusal(), (401, "merchant_unknown"));
}

#[tokio::test]
async fn headers_must_be_there_and_well_formed() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let target = "/v1/payments/G1";
    let bare = || client.http.get(format!("{}{target}", sandbox.base));
    assert_eq!(client.exchange(bare(), "-").await.refusal(), (401, "signature_missing"));

    for (name, wrong) in [
        ("Sandbox-Timestamp", "yesterday"),
        ("Sandbox-Signature", "AAAA"),
        ("Sandbox-Signature", "not base64"),
        ("Sandbox-Merchant", "../spark"),
    ] {
        let (headers, nonce) = client.sign("GET", target, b"");
        let mut request = bare();
        for (header, value) in headers {
            request = request.header(header, if header == name { wrong } else { &value });
        }
        assert_eq!(client.exchange(request, &nonce).await.refusal(), (401, "signature_malformed"), "{wrong}");
    }
    let (headers, _) = client.sign("GET", target, b"");
    let mut request = bare();
    for (header, value) in headers {
        request = request.header(header, if header == "Sandbox-Nonce" { "short" } else { &value });
    }
    assert_eq!(client.exchange(request, "-").await.refusal(), (401, "signature_malformed"));
}

#[tokio::test]
async fn a_clock_five_minutes_off_is_refused() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    client.open("G1", URL).await;
    for (ahead, status) in [(-290, 200), (290, 200), (-301, 401), (301, 401), (i64::from(i32::MAX), 401)] {
        client.ahead_s = ahead;
        assert_eq!(client.get("/v1/payments/G1").await.status, status, "{ahead} s");
    }
    client.ahead_s = 301;
    assert_eq!(client.get("/v1/payments/G1").await.refusal(), (401, "timestamp_skewed"));
}

#[tokio::test]
async fn a_name_belongs_to_whoever_registered_it_first() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.merchant().await;
    let target = "/v1/merchants/spark";

    // Again, the same: nothing changes.
    assert_eq!(client.put(target, &client.registration("火种工程")).await.status, 200);
    // A thief with a key of its own, and one who only guesses the public key.
    let thief = Client::new(&sandbox.base, "spark", 2).await;
    assert_eq!(thief.put(target, &thief.registration("x")).await.refusal(), (401, "signature_invalid"));
    assert_eq!(thief.put(target, &client.registration("x")).await.refusal(), (401, "signature_invalid"));
    // A registration must be signed with the key it brings.
    let mut other = Client::new(&sandbox.base, "other", 3).await;
    let foreign = client.registration("Other");
    assert_eq!(other.put("/v1/merchants/other", &foreign).await.refusal(), (401, "signature_invalid"));
    assert_eq!(other.put(target, &foreign).await.refusal(), (403, "merchant_mismatch"));
    let nonsense = json!({ "public_key": "AAAA" });
    let refused = other.put("/v1/merchants/other", &nonsense).await;
    assert_eq!(
        (refused.refusal(), refused.json["field"].as_str()),
        ((422, "field_invalid"), Some("public_key"))
    );

    // The owner changes the key, with the old one; then only the new one opens.
    let old = client.key.clone();
    let new = SigningKey::from_bytes(&[9; 32]);
    let change = json!({ "public_key": BASE64.encode(new.verifying_key().as_bytes()) });
    let changed = client.put(target, &change).await.ok(200);
    assert_eq!(changed["name"], "火种工程", "the name stays when none is given");
    assert_eq!(client.get("/v1/sms").await.refusal(), (401, "signature_invalid"));
    client.key = new;
    assert_eq!(client.get("/v1/sms").await.status, 200);
    assert_ne!(old.sign(b"x"), client.key.sign(b"x"));
    other.merchant = "spark".into();
    assert_eq!(other.get("/v1/sms").await.refusal(), (401, "signature_invalid"));
}

#[tokio::test]
async fn a_closed_door_lets_only_the_listed_in() {
    let listed = SigningKey::from_bytes(&[1; 32]);
    let sandbox = Sandbox::start_with(|config| {
        config.open_registration = false;
        config.merchants = vec![sandbox::Merchant {
            id: "spark".into(),
            name: "火种工程".into(),
            public_key: listed.verifying_key().to_bytes(),
        }];
    })
    .await;
    let client = Client::new(&sandbox.base, "spark", 1).await;
    assert_eq!(client.get("/v1/sms").await.status, 200);
    let other = Client::new(&sandbox.base, "other", 2).await;
    let refused = other.put("/v1/merchants/other", &other.registration("Other")).await;
    assert_eq!(refused.refusal(), (403, "registration_closed"));
}

#[tokio::test]
async fn a_body_too_large_is_refused() {
    let sandbox = Sandbox::start().await;
    let client = sandbox.merchant().await;
    let body = json!({ "out_sms_no": "M1", "to": "13800138000", "text": "字".repeat(30_000) });
    assert_eq!(client.post("/v1/sms", &body).await.refusal(), (413, "body_too_large"));
}

//! A merchant's client, written from the README alone: signs every request, verifies every answer.

use std::sync::atomic::{AtomicU64, Ordering};

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::real_now;

pub struct Client {
    pub base: String,
    pub merchant: String,
    pub key: SigningKey,
    pub provider: VerifyingKey,
    pub http: reqwest::Client,
    /// How far this client's clock is ahead, in seconds.
    pub ahead_s: i64,
    nonces: AtomicU64,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub json: Value,
    pub text: String,
}

impl Answer {
    /// The answer's body, where it was the expected kind of success.
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The status and the code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }
}

impl Client {
    /// A client with the key that `seed` gives. The provider's key is fetched once, and held to from then on.
    pub async fn new(base: &str, merchant: &str, seed: u8) -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        let keys: Value = http.get(format!("{base}/v1/keys")).send().await.unwrap().json().await.unwrap();
        let public = BASE64.decode(keys["keys"][0]["public_key"].as_str().unwrap().as_bytes()).unwrap();
        let provider = VerifyingKey::from_bytes(&public.try_into().unwrap()).unwrap();
        Self {
            base: base.to_owned(),
            merchant: merchant.to_owned(),
            key: SigningKey::from_bytes(&[seed; 32]),
            provider,
            http,
            ahead_s: 0,
            nonces: AtomicU64::new(u64::from(seed) * 1_000_000),
        }
    }

    pub fn public_key(&self) -> String {
        BASE64.encode(self.key.verifying_key().as_bytes())
    }

    pub fn registration(&self, name: &str) -> Value {
        json!({ "public_key": self.public_key(), "name": name })
    }

    /// The headers that sign a request, and its nonce.
    pub fn sign(&self, method: &str, target: &str, body: &[u8]) -> ([(&'static str, String); 4], String) {
        let timestamp = (real_now() + SignedDuration::from_secs(self.ahead_s)).as_second().to_string();
        let nonce = format!("test-nonce-{:08}", self.nonces.fetch_add(1, Ordering::SeqCst));
        let digest = HEXLOWER.encode(&Sha256::digest(body));
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{digest}\n");
        let signature = BASE64.encode(&self.key.sign(message.as_bytes()).to_bytes());
        let headers = [
            ("Sandbox-Merchant", self.merchant.clone()),
            ("Sandbox-Timestamp", timestamp),
            ("Sandbox-Nonce", nonce.clone()),
            ("Sandbox-Signature", signature),
        ];
        (headers, nonce)
    }

    pub fn request(&self, method: &str, target: &str, body: &[u8]) -> (RequestBuilder, String) {
        let (headers, nonce) = self.sign(method, target, body);
        let method: Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{target}", self.base)).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        (request, nonce)
    }

    /// Sends it and verifies the signature of the answer.
    pub async fn exchange(&self, request: RequestBuilder, nonce: &str) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let head =
            format!("{nonce}\n{status}\n{}\n{}\n", header("Sandbox-Timestamp"), header("Sandbox-Nonce"));
        let signature = header("Sandbox-Signature");
        let text = response.text().await.unwrap();
        assert!(
            verify(&self.provider, &format!("{head}{text}\n"), &signature),
            "the answer is not signed right"
        );
        Answer { status, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub async fn send(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let (request, nonce) = self.request(method, target, body);
        self.exchange(request, &nonce).await
    }

    pub async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, b"").await
    }

    pub async fn post(&self, target: &str, body: &Value) -> Answer {
        self.send("POST", target, body.to_string().as_bytes()).await
    }

    pub async fn put(&self, target: &str, body: &Value) -> Answer {
        self.send("PUT", target, body.to_string().as_bytes()).await
    }

    /// A control address: unsigned both ways.
    pub async fn control(&self, method: &str, target: &str, body: &Value) -> Answer {
        let method: Method = method.parse().unwrap();
        let response = self
            .http
            .request(method, format!("{}{target}", self.base))
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Answer { status, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Opens a payment of ¥100.50 that is notified to `notify_url`.
    pub async fn open(&self, out_trade_no: &str, notify_url: &str) -> Value {
        self.post("/v1/payments", &order(out_trade_no, notify_url)).await.ok(201)
    }

    /// Pays as a payer would, in a test option.
    pub async fn pay(&self, out_trade_no: &str, how: Value) -> Value {
        self.control("POST", &format!("/test/payments/{out_trade_no}/pay"), &how).await.ok(200)
    }

    pub async fn status(&self, out_trade_no: &str) -> String {
        let payment = self.get(&format!("/v1/payments/{out_trade_no}")).await.ok(200);
        payment["status"].as_str().unwrap().to_owned()
    }
}

/// A payment of ¥100.50, open for ten minutes of real time.
pub fn order(out_trade_no: &str, notify_url: &str) -> Value {
    json!({
        "out_trade_no": out_trade_no,
        "amount_fen": 10_050,
        "currency": "CNY",
        "description": "火种工程 <捐赠>",
        "notify_url": notify_url,
        "return_url": "http://127.0.0.1:9/gift/abc?x=1&y=2",
        "expires_at": in_seconds(600),
    })
}

pub fn in_seconds(seconds: i64) -> String {
    (real_now() + SignedDuration::from_secs(seconds)).to_string()
}

pub fn verify(key: &VerifyingKey, message: &str, signature: &str) -> bool {
    let bytes = BASE64.decode(signature.as_bytes()).unwrap();
    key.verify_strict(message.as_bytes(), &Signature::from_slice(&bytes).unwrap()).is_ok()
}

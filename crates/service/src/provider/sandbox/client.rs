//! One signed exchange with the sandbox: what we ask is signed, and what comes back counts only when it is.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::signing::{TrustedKey, sign_request, unix};
use crate::context::Ctx;
use crate::provider::ProviderError;
use crate::sealing::Keyring;

/// The longest that one exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(3);
/// The longest answer that is read, in bytes.
pub(super) const ANSWER_MAX: usize = 1024 * 1024;
/// The longest bill that is read, in bytes: some 200,000 lines.
const BILL_MAX: usize = 64 * 1024 * 1024;

/// Where the sandbox is and who we are there.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its address, without a slash at the end: `http://127.0.0.1:3100`.
    pub base_url: String,
    /// Our merchant id: 1 to 32 characters of `[0-9A-Za-z_-]`.
    pub merchant: String,
    /// The name that payers see, 1 to 60 characters.
    pub merchant_name: String,
    /// Where it sends notifications: see [`crate::Settings::notify_url`].
    pub notify_url: String,
}

/// A merchant's client of the sandbox. It registers itself at its first call.
pub struct Sandbox {
    pub(super) account: Account,
    pub(super) http: reqwest::Client,
    pub(super) trusted: OnceCell<TrustedKey>,
    key: SigningKey,
    registered: OnceCell<()>,
}

/// A verified answer.
pub(super) enum Answer<T> {
    /// What was asked for.
    Done(T),
    /// A refusal that will be the same next time, by its code.
    Refused(String),
}

impl Sandbox {
    /// A client whose signing key follows from the master key. Nothing is sent yet.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up.
    pub fn new(account: Account, keys: &Keyring) -> Result<Self, ProviderError> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| ProviderError::Unavailable("tls".to_owned()))?;
        let key = SigningKey::from_bytes(&keys.digest("sandbox merchant key", account.merchant.as_bytes()));
        Ok(Self { account, http, trusted: OnceCell::new(), key, registered: OnceCell::new() })
    }

    /// Asks, as a merchant that is registered.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        method: Method,
        target: &str,
        body: Option<Value>,
    ) -> Result<Answer<T>, ProviderError> {
        self.registered.get_or_try_init(|| self.register(ctx)).await?;
        let answer = self.exchange(ctx, method, target, body).await;
        count(target, &answer);
        answer
    }

    /// Asks for lines of JSON, and gives them back as they came.
    pub(super) async fn call_lines(&self, ctx: &Ctx, target: &str) -> Result<Answer<Vec<u8>>, ProviderError> {
        self.registered.get_or_try_init(|| self.register(ctx)).await?;
        let answer = self.ask(ctx, Method::GET, target, None, BILL_MAX).await;
        let answer = answer.and_then(|(status, body)| match (200..300).contains(&status) {
            true => Ok(Answer::Done(body)),
            false => refusal(status, &body).map(Answer::Refused),
        });
        count(target, &answer);
        answer
    }

    async fn register(&self, ctx: &Ctx) -> Result<(), ProviderError> {
        let public = data_encoding::BASE64.encode(self.key.verifying_key().as_bytes());
        let body = json!({ "public_key": public, "name": self.account.merchant_name });
        let target = format!("/v1/merchants/{}", self.account.merchant);
        match self.exchange::<Value>(ctx, Method::PUT, &target, Some(body)).await? {
            Answer::Done(_) => Ok(()),
            Answer::Refused(code) => Err(ProviderError::Unavailable(code)),
        }
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        method: Method,
        target: &str,
        body: Option<Value>,
    ) -> Result<Answer<T>, ProviderError> {
        let (status, body) = self.ask(ctx, method, target, body, ANSWER_MAX).await?;
        if (200..300).contains(&status) {
            let body = serde_json::from_slice(&body);
            return body.map(Answer::Done).map_err(|_| ProviderError::Untrusted("unreadable answer"));
        }
        refusal(status, &body).map(Answer::Refused)
    }

    /// One signed exchange: the status and the body, which the provider has signed.
    async fn ask(
        &self,
        ctx: &Ctx,
        method: Method,
        target: &str,
        body: Option<Value>,
        longest: usize,
    ) -> Result<(u16, Vec<u8>), ProviderError> {
        let trusted = self.trusted_key(ctx).await?;
        let body = body.map(|body| body.to_string()).unwrap_or_default().into_bytes();
        let (nonce, timestamp) = (ctx.token().to_string(), unix(ctx.now));
        let signature = sign_request(&self.key, method.as_str(), target, timestamp, &nonce, &body);
        let request = self
            .http
            .request(method, format!("{}{target}", self.account.base_url))
            .header("Content-Type", "application/json")
            .header("Sandbox-Merchant", &self.account.merchant)
            .header("Sandbox-Timestamp", timestamp)
            .header("Sandbox-Nonce", &nonce)
            .header("Sandbox-Signature", signature)
            .body(body);
        let response = request.send().await.map_err(network)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = read(response, longest).await?;
        let before = format!("{nonce}\n{status:03}\n");
        trusted
            .verify(&headers, &before, &body, ctx.now)
            .map_err(|_| ProviderError::Untrusted("the answer is not signed as it should be"))?;
        Ok((status, body))
    }
}

fn count<T>(target: &str, answer: &Result<Answer<T>, ProviderError>) {
    let what = target.split(['/', '?']).nth(2).unwrap_or("other").to_owned();
    let outcome = match answer {
        Ok(Answer::Done(_)) => "done",
        Ok(Answer::Refused(_)) => "refused",
        Err(error) => error.word(),
    };
    metrics::counter!("spark_provider_calls_total", "channel" => "sandbox", "what" => what, "outcome" => outcome)
        .increment(1);
}

/// The code of a refusal that will be the same next time.
fn refusal(status: u16, body: &[u8]) -> Result<String, ProviderError> {
    let refusal: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = refusal["code"].as_str().filter(|code| is_code(code)).unwrap_or("no_code").to_owned();
    match status {
        // A wrong clock or a registration under way may be mended; the same question then gets another answer.
        401 | 403 | 429 | 500.. => Err(ProviderError::Unavailable(code)),
        _ => Ok(code),
    }
}

/// Codes go into logs and tables: nothing else may pass for one.
fn is_code(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Reads an answer of at most `longest` bytes.
pub(super) async fn read(mut response: reqwest::Response, longest: usize) -> Result<Vec<u8>, ProviderError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(network)? {
        if body.len() + chunk.len() > longest {
            return Err(ProviderError::Untrusted("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What went wrong on the way, without the address (it holds our number).
pub(super) fn network(error: reqwest::Error) -> ProviderError {
    let what = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no_connection"
    } else {
        "broken_off"
    };
    ProviderError::Unavailable(what.to_owned())
}

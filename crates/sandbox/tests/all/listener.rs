//! The merchant's side of a notification: a real server that keeps what it is sent and answers as it is told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use ed25519_dalek::VerifyingKey;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::client::verify;

/// How the listener answers one notification; `success` when nothing else was asked for.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    Success,
    Status(u16),
    /// 200 with another body.
    Body(&'static str),
    /// A redirect to the same place, which must not be followed.
    Redirect,
    /// No answer for so many milliseconds, then `success`.
    Hang(u64),
}

#[derive(Debug)]
pub struct Received {
    pub at: Instant,
    pub raw: String,
    pub json: Value,
    headers: HeaderMap,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    /// Whether `key` signed it as the README says.
    pub fn signed_by(&self, key: &VerifyingKey) -> bool {
        let head = format!("{}\n{}\n", self.header("sandbox-timestamp"), self.header("sandbox-nonce"));
        verify(key, &format!("{head}{}\n", self.raw), self.header("sandbox-signature"))
    }

    pub fn event(&self) -> &str {
        self.json["event"].as_str().unwrap()
    }
}

pub struct Listener {
    pub url: String,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    received: mpsc::UnboundedReceiver<Received>,
}

#[derive(Clone)]
struct Shared {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    sink: mpsc::UnboundedSender<Received>,
}

impl Listener {
    pub async fn start() -> Self {
        let (sink, received) = mpsc::unbounded_channel();
        let replies = Arc::new(Mutex::new(VecDeque::new()));
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/notify", socket.local_addr().unwrap());
        let app = Router::new()
            .route("/notify", post(receive))
            .with_state(Shared { replies: replies.clone(), sink });
        tokio::spawn(async move { axum::serve(socket, app).await });
        Self { url, replies, received }
    }

    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// The next notification; fails when none comes in five seconds.
    pub async fn next(&mut self) -> Received {
        tokio::time::timeout(Duration::from_secs(5), self.received.recv())
            .await
            .expect("a notification")
            .unwrap()
    }

    /// The next `count` notifications' events.
    pub async fn events(&mut self, count: usize) -> Vec<String> {
        let mut events = Vec::new();
        for _ in 0..count {
            events.push(self.next().await.event().to_owned());
        }
        events
    }

    /// Fails when a notification comes within `ms` milliseconds.
    pub async fn quiet(&mut self, ms: u64) {
        let more = tokio::time::timeout(Duration::from_millis(ms), self.received.recv()).await;
        assert!(more.is_err(), "unexpected: {more:?}");
    }
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, raw: String) -> Response {
    let reply = shared.replies.lock().unwrap().pop_front().unwrap_or(Reply::Success);
    let json = serde_json::from_str(&raw).unwrap();
    shared.sink.send(Received { at: Instant::now(), raw, json, headers }).unwrap();
    match reply {
        Reply::Success => "success".into_response(),
        Reply::Status(status) => (StatusCode::from_u16(status).unwrap(), "success").into_response(),
        Reply::Body(body) => body.into_response(),
        Reply::Redirect => Redirect::temporary("/notify").into_response(),
        Reply::Hang(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            "success".into_response()
        }
    }
}

//! A restart, in good order or by `kill -9`, loses no notification and no key.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::harness::{Sandbox, config};
use crate::listener::{Listener, Reply};

/// Tells the second process of this file where to work; without it `child` does nothing.
const CHILD_DIR: &str = "SANDBOX_TEST_CHILD_DIR";

#[tokio::test]
async fn retries_go_on_after_a_restart() {
    let sandbox = Sandbox::start_with(|config| config.notify.retry = vec![Duration::from_secs(1)]).await;
    let client = sandbox.merchant().await;
    let mut listener = Listener::start().await;
    client.open("G1", &listener.url).await;
    listener.reply([Reply::Status(503)]);
    client.pay("G1", json!({})).await;
    let before = listener.next().await;

    let dir = sandbox.stop().await;
    listener.quiet(300).await;
    // Another seed: what is the same afterwards was stored, not drawn again.
    let sandbox = Sandbox::start_in(dir, 8, |_| {}).await;
    let after = listener.next().await;
    assert_eq!(before.raw, after.raw);
    assert!(after.signed_by(&client.provider), "the key is the same after the restart");
    let client = Client::new(&sandbox.base, "spark", 1).await;
    assert_eq!(client.status("G1").await, "paid", "the merchant's registration too");
    listener.quiet(300).await;
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let sandbox = Sandbox::start().await;
    assert!(sandbox::bind(config(sandbox.dir.path())).await.is_err());
    let dir = sandbox.stop().await;
    assert!(sandbox::bind(config(dir.path())).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("a/sandbox");
    let bound = sandbox::bind(config(&dir)).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in std::fs::read_dir(&dir).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    drop(bound);
}

#[tokio::test]
async fn settings_that_cannot_be_meant_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut fee = config(dir.path());
    fee.fee_per_mille = 1001;
    let mut url = config(dir.path());
    url.public_url = Some("127.0.0.1:3100".into());
    for wrong in [fee, url] {
        assert!(sandbox::bind(wrong).await.is_err());
    }
}

/// A payment acknowledged before the kill is paid after it, and its notification arrives.
#[tokio::test]
async fn kill_nine_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut listener = Listener::start().await;
    let (child, base) = spawn(dir.path()).await;
    let client = Client::new(&base, "spark", 1).await;
    client.put("/v1/merchants/spark", &client.registration("火种工程")).await.ok(201);
    for number in 0..5 {
        client.open(&format!("G{number}"), &listener.url).await;
    }
    // The first is refused by the listener; of the others the answer is heard and the process dies at once.
    listener.reply([Reply::Status(500)]);
    client.pay("G0", json!({})).await;
    assert_eq!(listener.next().await.json["out_trade_no"], "G0");
    for number in 1..5 {
        client.pay(&format!("G{number}"), json!({ "delay_ms": 600 })).await;
    }
    drop(child);
    listener.quiet(700).await;

    let (child, base) = spawn(dir.path()).await;
    let after = Client::new(&base, "spark", 1).await;
    assert_eq!(after.provider, client.provider);
    let mut heard: Vec<String> = Vec::new();
    for _ in 0..5 {
        let notice = listener.next().await;
        assert!(notice.signed_by(&client.provider));
        heard.push(notice.json["out_trade_no"].as_str().unwrap().to_owned());
    }
    heard.sort();
    assert_eq!(heard, ["G0", "G1", "G2", "G3", "G4"]);
    for number in 0..5 {
        assert_eq!(after.status(&format!("G{number}")).await, "paid");
    }
    drop(child);
}

/// A process that is killed with SIGKILL, at the latest when the test ends, however it ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Starts this test binary once more, as the sandbox's process, and waits for its address.
async fn spawn(dir: &Path) -> (Process, String) {
    let told = dir.join("address");
    std::fs::remove_file(&told).ok();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["restart::child", "--exact"])
        .env(CHILD_DIR, dir)
        .stdout(Stdio::null())
        .spawn();
    let child = Process(child.unwrap());
    for _ in 0..200 {
        if let Ok(base) = std::fs::read_to_string(&told) {
            return (child, base);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the child did not start");
}

/// The process that `kill_nine_loses_nothing` kills. Among the tests, where nobody names a folder, it does nothing.
#[tokio::test]
async fn child() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let dir = Path::new(&dir);
    let mut config = config(&dir.join("data"));
    config.notify.retry = vec![Duration::from_millis(500); 10];
    let bound = sandbox::bind(config).await.unwrap();
    // Renamed into place, so that nobody reads half an address.
    std::fs::write(dir.join("address.new"), bound.base_url()).unwrap();
    std::fs::rename(dir.join("address.new"), dir.join("address")).unwrap();
    bound.serve(std::future::pending()).await.unwrap();
}

#[tokio::test]
async fn the_same_seed_gives_the_same_numbers() {
    let mut numbers: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start().await;
        let client = sandbox.merchant().await;
        numbers.push(client.provider.as_bytes().to_vec().into());
        sandbox.stop().await;
    }
    assert_eq!(numbers[0], numbers[1]);
}

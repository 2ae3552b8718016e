//! The real `spark` program as a child process in a folder of its own, and a browser's part in talking to it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant as Stopwatch};

use domain::giving::GiftForm;
use domain::id::{IdSource as _, Token};
use reqwest::header::{COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};

/// The program that cargo built for these tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_spark");

/// The password of the demonstration's sign-ins (`server/src/demo`).
pub const PASSWORD: &str = "spark-demo-2026";

/// How long a start may take: a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a program lives: folder, database, ports.
#[derive(Clone)]
pub struct Place {
    /// Keys, mail, checkpoints, log.
    pub dir: PathBuf,
    /// What `SPARK_DATABASE_URL` says.
    pub database: String,
    /// Where it listens.
    pub port: u16,
    /// Where its sandbox listens; without one only bank transfers are offered.
    pub sandbox: Option<u16>,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

impl Place {
    /// A place on a test's database.
    pub fn of(db: &testbed::TestDb) -> Self {
        Self { dir: db.dir.path().to_owned(), database: db.address.clone(), port: free_port(), sandbox: None }
    }

    /// `http://127.0.0.1:port`.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The command `spark` with this place's settings and none of ours, after `before` (such as a tracer).
    pub fn command(&self, before: &[&str], args: &[&str]) -> Command {
        let mut words = before.iter().copied().chain([PROGRAM]).chain(args.iter().copied());
        let mut command = Command::new(words.next().expect("at least the program"));
        command.args(words).env_clear().current_dir(&self.dir);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
            .env("SPARK_ENVIRONMENT", "demo")
            .env("SPARK_DATA_DIR", self.dir.join("data"))
            .env("SPARK_DATABASE_URL", &self.database)
            .env("SPARK_LISTEN", format!("127.0.0.1:{}", self.port))
            // So that each request can come from an address of its own: limits by address are not what is tested.
            .env("SPARK_TRUSTED_PROXIES", "127.0.0.1")
            .env("SPARK_SANDBOX_START", "false")
            .env("SPARK_SANDBOX_ENABLED", self.sandbox.is_some().to_string())
            .env("SPARK_LOG", "warn");
        if let Some(port) = self.sandbox {
            command.env("SPARK_SANDBOX_LISTEN", format!("127.0.0.1:{port}"));
        }
        command
    }

    /// Runs a subcommand to its end and gives what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let done = self.command(&[], args).output().expect("spark runs");
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "spark {args:?}: {}\n{out}\n{err}", done.status);
        out.into_owned()
    }

    /// Starts a subcommand whose log goes to `name.log`.
    fn spawn(&self, before: &[&str], args: &[&str], name: &str) -> Running {
        let log = self.dir.join(format!("{name}.log"));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log");
        let mut command = self.command(before, args);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        Running { child: command.spawn().expect("spark starts"), log }
    }

    /// Starts `spark serve`; it answers once [`ready`] says so.
    pub fn serve(&self) -> Running {
        self.spawn(&[], &["serve"], "serve")
    }

    /// Starts `spark serve` with another setting.
    pub fn serve_with(&self, name: &str, value: &str) -> Running {
        let (env, setting) = ("env", format!("{name}={value}"));
        self.spawn(&[env, &setting], &["serve"], "serve")
    }

    /// Starts `spark serve` under another program.
    pub fn serve_under(&self, before: &[&str]) -> Running {
        self.spawn(before, &["serve"], "serve")
    }

    /// Starts `spark sandbox`.
    pub fn serve_sandbox(&self) -> Running {
        self.spawn(&[], &["sandbox"], "sandbox")
    }

    /// The names of the checks of `spark verify` that do not hold.
    pub fn verify_fails(&self) -> Vec<String> {
        let done = self.command(&[], &["verify", "--json"]).output().expect("spark runs");
        let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("a report");
        let failed = report["checks"].as_array().expect("checks").iter().filter(|check| check["ok"] == false);
        failed.map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// `spark verify --json`; fails with what is wrong.
    pub fn verify(&self) -> serde_json::Value {
        let report: serde_json::Value =
            serde_json::from_str(&self.run(&["verify", "--json"])).expect("a report");
        assert_eq!(report["ok"], true, "{report:#}");
        assert!(report["checks"].as_array().is_some_and(|checks| checks.len() > 5), "{report:#}");
        report
    }
}

/// A running program; killed when dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Ends it as a power cut would: SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        let ended = self.child.wait().expect("wait");
        assert!(ended.success(), "{ended}\n{}", self.said());
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("wait").is_some()
    }

    /// Its log.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `address` answers.
    pub async fn ready(&mut self, address: &str) {
        let (client, began) = (client(), Stopwatch::now());
        loop {
            let answer = client.get(address).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(!self.has_ended(), "it ended:\n{}", self.said());
            assert!(began.elapsed() < PATIENCE, "not ready after {PATIENCE:?}:\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP client that follows no redirect: what an address answers is what is tested.
pub fn client() -> Client {
    let client =
        Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(20));
    client.no_proxy().build().expect("a client")
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    /// Its status.
    pub status: StatusCode,
    /// Where a redirect leads.
    pub location: String,
    /// The body.
    pub body: String,
    /// Its bytes as they came, which may be compressed.
    pub size: usize,
    headers: HeaderMap,
}

impl Got {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Enough of the body to know the page by.
    pub fn beginning(&self) -> String {
        self.body.chars().take(300).collect()
    }
}

/// What parts of a form with a file are parted by.
const BOUNDARY: &str = "----spark-test-boundary";

/// A file in a form.
#[derive(Debug, Clone)]
pub struct SentFile {
    /// The field's name.
    pub field: &'static str,
    /// What its sender calls it.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A form with files as a browser sends it (RFC 7578): the texts, then the files.
fn multipart(form: &[(&str, &str)], files: &[SentFile]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in form {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for SentFile { field, name, bytes } in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// One visitor: perhaps signed in, at an address of their own.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
    cookie: Option<HeaderValue>,
    address: String,
    asking: Option<(&'static str, &'static str)>,
}

impl Visitor {
    /// A stranger at `address`.
    pub fn new(place: &Place, address: &str) -> Self {
        Self { client: client(), base: place.base(), cookie: None, address: address.to_owned(), asking: None }
    }

    /// The same visitor elsewhere.
    pub fn at(&self, address: String) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same visitor with one more header.
    pub fn asking(&self, name: &'static str, value: &'static str) -> Self {
        Self { asking: Some((name, value)), ..self.clone() }
    }

    /// Sends a request as a browser does from our own page; an error means that no answer came.
    pub async fn ask(&self, method: Method, path: &str, form: &[(&str, &str)]) -> reqwest::Result<Got> {
        self.ask_from("same-origin", method, path, form).await
    }

    /// Sends a request that began on a page of `site`: `same-origin` or `cross-site`.
    pub async fn ask_from(
        &self,
        site: &str,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
    ) -> reqwest::Result<Got> {
        self.ask_with(site, method, path, form, &[]).await
    }

    /// As [`Visitor::ask_from`], with files in the form.
    pub async fn ask_with(
        &self,
        site: &str,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
        files: &[SentFile],
    ) -> reqwest::Result<Got> {
        let post = method == Method::POST;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        request = request.header("x-forwarded-for", &self.address).header("sec-fetch-site", site);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some((name, value)) = self.asking {
            request = request.header(name, value);
        }
        if post && !files.is_empty() {
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            request = request.header("content-type", kind).body(multipart(form, files));
        } else if post {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let location = headers.get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
        // Papers are no text; nobody here reads them.
        let bytes = answer.bytes().await?;
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Got { status, location, body, size: bytes.len(), headers })
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Got {
        self.ask(Method::GET, path, &[]).await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"))
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Got {
        self.ask(Method::POST, path, form).await.unwrap_or_else(|error| panic!("POST {path}: {error:?}"))
    }

    /// Signs in.
    pub async fn sign_in(mut self, name: &str) -> Self {
        let got = self.post("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{name} signs in: {}", got.body);
        let cookie = got.headers.get(SET_COOKIE).and_then(|set| set.to_str().ok()).expect("a session");
        let cookie = cookie.split(';').next().expect("a cookie");
        self.cookie = Some(cookie.parse().expect("a header"));
        self
    }
}

/// A key for a form, as the page makes one.
pub fn gift_key() -> String {
    service::SystemIds.token().to_string()
}

/// A donate form as its name and value pairs.
pub fn pairs(form: &GiftForm) -> Vec<(String, String)> {
    let serde_json::Value::Object(fields) = serde_json::to_value(form).expect("a form") else {
        panic!("a form is an object")
    };
    let text = |value: serde_json::Value| value.as_str().map(str::to_owned).expect("fields are text");
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// The same, borrowed.
pub fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The token in `/gift/{token}/pay`.
pub fn token_in(location: &str) -> Token {
    let token = location.strip_prefix("/gift/").and_then(|rest| rest.strip_suffix("/pay"));
    token.and_then(|token| token.parse().ok()).unwrap_or_else(|| panic!("no gift's address: {location}"))
}

//! The configuration: one TOML file, then `SPARK_*` variables, then flags; everything is checked before it is used.

mod reader;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

use domain::registry::HoldDays;
use ipnet::IpNet;

pub use reader::{Problems, Source};
use reader::{Reader, words};

/// What the installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine.
    Development,
    /// Shown to people; everything in it is fictitious and says so.
    Demo,
    /// Real gifts.
    Production,
}

/// Every setting, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What the installation is for.
    pub environment: Environment,
    /// Where the web site listens.
    pub listen: SocketAddr,
    /// Where the public finds it, without a slash at the end.
    pub base_url: String,
    /// Keys, mail folder, papers, checkpoints and the default database live here.
    pub data_dir: PathBuf,
    /// What `store::Db::open` takes.
    pub database_url: String,
    /// The file with the master key.
    pub master_key_file: PathBuf,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// ICP filing number for the footer, or empty.
    pub icp_number: String,
    /// Public security filing number for the footer, or empty.
    pub police_number: String,
    /// Phone or address for questions, for the footer, or empty.
    pub contact: String,
    /// How long a payment is offered, in seconds.
    pub payment_seconds: i64,
    /// How long a bank transfer is waited for, in seconds.
    pub transfer_seconds: i64,
    /// How many days a hold on units may last at most, by its purpose.
    pub hold_days: HoldDays,
    /// The largest file of units that staff may send through the browser, in MiB.
    pub upload_max_mib: u64,
    /// Minutes without a request after which staff must sign in again.
    pub session_idle_minutes: i64,
    /// Seconds between two checkpoints of the audit chain at least.
    pub checkpoint_seconds: u64,
    /// `tracing` filter.
    pub log: String,
    /// Whether each log line is a JSON object.
    pub log_json: bool,
    /// The sandbox.
    pub sandbox: SandboxSettings,
    /// E-mail.
    pub mail: MailSettings,
}

/// The payment provider for demos and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Whether donors are offered it.
    pub enabled: bool,
    /// Whether `serve` starts it as a child process.
    pub start: bool,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the server and payers' browsers find it, without a slash at the end.
    pub url: String,
}

/// How e-mail leaves the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// `smtp://` or `smtps://` with user and password; without it mail goes into the folder, in production nowhere.
    pub smtp_url: Option<String>,
    /// The folder for mail that is not sent.
    pub folder: PathBuf,
    /// The sender.
    pub from: String,
}

const ADDRESS: &str = "an address and a port, such as 127.0.0.1:3000";
const WEB: &str = "an http:// or https:// address without a slash at the end";
const SECONDS: &str = "whole seconds, 60 to 31536000";
const DAYS: &str = "whole days, 1 to 365";
const FOLDER: &str = "a path";

impl Config {
    /// Reads every key from the sources, later ones over earlier ones.
    ///
    /// # Errors
    /// All that is wrong, each with its key, its value and what is allowed.
    pub fn read(sources: Vec<Source>) -> Result<Self, Problems> {
        let mut r = Reader::new(sources);
        let environment = r.read(
            "environment",
            Environment::Development,
            "development, demo or production",
            words(&[
                ("development", Environment::Development),
                ("demo", Environment::Demo),
                ("production", Environment::Production),
            ]),
        );
        let production = environment == Environment::Production;
        let listen = r.read("listen", SocketAddr::from(([127, 0, 0, 1], 3000)), ADDRESS, reader::parsed);
        let data_dir = r.read("data_dir", PathBuf::from("./data"), FOLDER, reader::path);
        let in_data = |name: &str| data_dir.join(name);
        let config = Self {
            environment,
            listen,
            base_url: r.optional("base_url", WEB, reader::web).unwrap_or_else(|| format!("http://{listen}")),
            database_url: r
                .secret(
                    "database_url",
                    "a postgres:// address, or the path of an SQLite file",
                    reader::database,
                )
                .unwrap_or_else(|| in_data("spark.db").to_string_lossy().into_owned()),
            master_key_file: r
                .optional("master_key_file", FOLDER, reader::path)
                .unwrap_or_else(|| in_data("keys").join("master.key")),
            trusted_proxies: r.read(
                "trusted_proxies",
                Vec::new(),
                "addresses or networks, such as [\"10.0.0.0/8\"] (in the variable: with commas between them)",
                reader::networks,
            ),
            icp_number: r.read("icp_number", String::new(), "a line of text", reader::line),
            police_number: r.read("police_number", String::new(), "a line of text", reader::line),
            contact: r.read("contact", String::new(), "a line of text", reader::line),
            payment_seconds: r.read("payment_seconds", 1800, SECONDS, reader::within(60..=31_536_000)),
            transfer_seconds: r.read("transfer_seconds", 2_592_000, SECONDS, reader::within(60..=31_536_000)),
            hold_days: HoldDays {
                reservation: r.read("hold_days_reservation", 7, DAYS, reader::days),
                confirmatory_typing: r.read("hold_days_confirmatory_typing", 30, DAYS, reader::days),
                transplant: r.read("hold_days_transplant", 60, DAYS, reader::days),
            },
            upload_max_mib: r
                .read("upload_max_mib", 2048, "whole MiB, 1 to 65536", reader::within(1..=65_536))
                .unsigned_abs(),
            session_idle_minutes: r.read(
                "session_idle_minutes",
                30,
                "whole minutes, 5 to 720",
                // Below, who fills in a form is signed out over it; above, the 12 hours of a session end it first.
                reader::within(5..=720),
            ),
            checkpoint_seconds: r
                .read("checkpoint_seconds", 1, "whole seconds, 1 to 86400", reader::within(1..=86_400))
                .unsigned_abs(),
            log: r.read(
                "log",
                "info".to_owned(),
                "a tracing filter, such as info,store=debug",
                reader::log_filter,
            ),
            log_json: r.read("log_format", false, "text or json", words(&[("text", false), ("json", true)])),
            sandbox: sandbox(&mut r, production),
            mail: MailSettings {
                smtp_url: r.secret("mail.smtp_url", "an smtp:// or smtps:// address", reader::smtp),
                folder: r.optional("mail.folder", FOLDER, reader::path).unwrap_or_else(|| in_data("mail")),
                from: r.read(
                    "mail.from",
                    "spark@localhost.localdomain".to_owned(),
                    "an e-mail address, alone or as Name <address>",
                    reader::sender,
                ),
            },
            data_dir,
        };
        if production && !config.base_url.starts_with("https://") {
            let why = "in production: the https:// address under which the public finds the site";
            r.problem("base_url", &config.base_url, why);
        }
        r.finish(config)
    }
}

fn sandbox(r: &mut Reader, production: bool) -> SandboxSettings {
    let listen = r.read("sandbox.listen", SocketAddr::from(([127, 0, 0, 1], 3100)), ADDRESS, reader::parsed);
    let enabled = r.read("sandbox.enabled", !production, "true or false", reader::yes_no);
    if production && enabled {
        r.problem("sandbox.enabled", "true", "false in production: real gifts never meet the sandbox");
    }
    SandboxSettings {
        enabled,
        start: r.read("sandbox.start", true, "true or false", reader::yes_no),
        listen,
        url: r.optional("sandbox.url", WEB, reader::web).unwrap_or_else(|| format!("http://{listen}")),
    }
}

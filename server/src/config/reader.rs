//! From texts to typed values: where each value came from is kept, so that an error can name it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use ipnet::IpNet;
use toml::{Table, Value};

/// `SPARK_*` variables that are read elsewhere.
const OTHER_VARIABLES: [&str; 5] =
    ["SPARK_CONFIG", "SPARK_BACKUP_PASSPHRASE", "SPARK_BIN", "SPARK_CHROMIUM", "SPARK_SITE_DIR"];

/// Beginnings of `SPARK_*` variables that belong to tests and measurements.
const OTHER_BEGINNINGS: [&str; 4] = ["SPARK_TEST_", "SPARK_CRASH_", "SPARK_BENCH_", "SPARK_PG_"];

/// Where values come from.
pub enum Source {
    /// A TOML file.
    File {
        /// Its name, for messages.
        name: String,
        /// What it says.
        table: Table,
    },
    /// `SPARK_*` variables of the environment.
    Variables(Vec<(String, String)>),
    /// A flag of the command line.
    Flag {
        /// As it is typed: `--listen`.
        name: &'static str,
        /// The key that it sets.
        key: &'static str,
        /// What was typed.
        value: String,
    },
}

impl Source {
    /// Reads a TOML text.
    ///
    /// # Errors
    /// When it is no TOML, with line and column.
    pub fn file(name: &str, text: &str) -> anyhow::Result<Self> {
        let table = text.parse::<Table>().with_context(|| format!("{name} is no TOML file"))?;
        Ok(Self::File { name: name.to_owned(), table })
    }
}

/// A value and where it was found.
struct Given {
    value: Typed,
    from: String,
}

/// A value as a file types it, or as variables and flags do: text only.
pub enum Typed {
    /// Out of a TOML file.
    Toml(Value),
    /// Out of a variable or flag.
    Text(String),
}

impl Typed {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Toml(value) => value.as_str(),
            Self::Text(text) => Some(text.trim()),
        }
    }

    fn is_empty(&self) -> bool {
        self.text() == Some("")
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml(value) => value.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// All that is wrong with a configuration, one line for each problem.
#[derive(Debug)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Hands out values by key and remembers what was wrong with them.
pub struct Reader {
    given: BTreeMap<String, Given>,
    known: Vec<&'static str>,
    problems: Vec<String>,
}

impl Reader {
    /// Gathers the values, later sources over earlier ones.
    pub fn new(sources: Vec<Source>) -> Self {
        let mut reader = Self { given: BTreeMap::new(), known: Vec::new(), problems: Vec::new() };
        for source in sources {
            match source {
                Source::File { name, table } => reader.gather(&name, "", table),
                Source::Variables(variables) => {
                    for (name, value) in variables.into_iter().filter(|(name, _)| is_ours(name)) {
                        // The key is found when it is asked for: `SPARK_MAIL_FROM` may be `mail.from` or `mail_from`.
                        reader.given.insert(name.clone(), Given { value: Typed::Text(value), from: name });
                    }
                }
                Source::Flag { name, key, value } => {
                    let given = Given { value: Typed::Text(value), from: name.to_owned() };
                    reader.given.insert(format!("flag {key}"), given);
                }
            }
        }
        reader
    }

    fn gather(&mut self, name: &str, before: &str, table: Table) {
        for (key, value) in table {
            let key = format!("{before}{key}");
            match value {
                Value::Table(inner) => self.gather(name, &format!("{key}."), inner),
                value => {
                    self.given.insert(key, Given { value: Typed::Toml(value), from: name.to_owned() });
                }
            }
        }
    }

    /// The value that counts for a key: the flag's, else the variable's, else the file's.
    fn take(&mut self, key: &'static str) -> Option<Given> {
        self.known.push(key);
        let file = self.given.remove(key);
        let variable = self.given.remove(&variable(key));
        let flag = self.given.remove(&format!("flag {key}"));
        flag.or(variable).or(file)
    }

    /// Reads a key that has a default.
    pub fn read<T>(
        &mut self,
        key: &'static str,
        default: T,
        allowed: &str,
        read: impl FnOnce(&Typed) -> Option<T>,
    ) -> T {
        let Some(given) = self.take(key) else { return default };
        read(&given.value).unwrap_or_else(|| {
            self.say(key, &given.value.to_string(), &given.from, allowed);
            default
        })
    }

    /// Reads a key that may be absent or empty.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(&Typed) -> Option<T>,
    ) -> Option<T> {
        let given = self.take(key).filter(|given| !given.value.is_empty())?;
        let value = read(&given.value);
        if value.is_none() {
            self.say(key, &given.value.to_string(), &given.from, allowed);
        }
        value
    }

    /// As [`Reader::optional`], for a value that may hold a password: messages don't show it.
    pub fn secret<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        read: impl FnOnce(&Typed) -> Option<T>,
    ) -> Option<T> {
        let given = self.take(key).filter(|given| !given.value.is_empty())?;
        let value = read(&given.value);
        if value.is_none() {
            self.say(key, "(not shown)", &given.from, allowed);
        }
        value
    }

    fn say(&mut self, key: &str, value: &str, from: &str, allowed: &str) {
        self.problems.push(format!("{key} = {value} in {from}: expected {allowed}"));
    }

    /// Notes that a value that reads well must not stand here.
    pub fn problem(&mut self, key: &str, value: &str, allowed: &str) {
        self.problems.push(format!("{key} = {value}: expected {allowed}"));
    }

    /// The configuration, if nothing was wrong and no key is left over.
    pub fn finish<T>(mut self, config: T) -> Result<T, Problems> {
        let keys = self.known.join(", ");
        for (key, given) in &self.given {
            let what = if key.starts_with("SPARK_") {
                let variables: Vec<String> = self.known.iter().map(|known| variable(known)).collect();
                format!(
                    "the variable {key} = {} is unknown: expected one of {}",
                    given.value,
                    variables.join(", ")
                )
            } else {
                format!("{key} = {} in {} is unknown: expected one of {keys}", given.value, given.from)
            };
            self.problems.push(what);
        }
        if self.problems.is_empty() { Ok(config) } else { Err(Problems(self.problems)) }
    }
}

/// The variable of a key: `SPARK_MAIL_SMTP_URL` for `mail.smtp_url`.
fn variable(key: &str) -> String {
    format!("SPARK_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn is_ours(name: &str) -> bool {
    name.starts_with("SPARK_")
        && !OTHER_VARIABLES.contains(&name)
        && !OTHER_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// One of some words.
pub fn words<T: Copy>(words: &[(&'static str, T)]) -> impl FnOnce(&Typed) -> Option<T> {
    move |value| words.iter().find(|(word, _)| value.text() == Some(word)).map(|(_, meaning)| *meaning)
}

/// What a text parses to.
pub fn parsed<T: FromStr>(value: &Typed) -> Option<T> {
    value.text()?.parse().ok()
}

/// A path, not empty.
pub fn path(value: &Typed) -> Option<PathBuf> {
    value.text().filter(|text| !text.is_empty()).map(PathBuf::from)
}

/// A line of at most 200 printable characters, or nothing.
pub fn line(value: &Typed) -> Option<String> {
    domain::text::line(value.text()?, 200).ok()
}

/// `true` or `false`.
pub fn yes_no(value: &Typed) -> Option<bool> {
    match value {
        Typed::Toml(value) => value.as_bool(),
        Typed::Text(text) => text.trim().parse().ok(),
    }
}

/// A whole number within a range.
pub fn within(range: RangeInclusive<i64>) -> impl FnOnce(&Typed) -> Option<i64> {
    move |value| {
        let number = match value {
            Typed::Toml(value) => value.as_integer(),
            Typed::Text(text) => text.trim().parse().ok(),
        };
        number.filter(|number| range.contains(number))
    }
}

/// Days of a year at most.
pub fn days(value: &Typed) -> Option<u16> {
    within(1..=365)(value).and_then(|days| u16::try_from(days).ok())
}

/// A list of networks; a lone address is a network of one.
pub fn networks(value: &Typed) -> Option<Vec<IpNet>> {
    let texts: Vec<&str> = match value {
        Typed::Toml(value) => value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?,
        Typed::Text(text) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect(),
    };
    texts
        .into_iter()
        .map(|text| text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from)))
        .collect()
}

/// The root of a web site, without a slash at the end.
pub fn web(value: &Typed) -> Option<String> {
    let text = value.text()?;
    let url = url::Url::parse(text).ok()?;
    let sound = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && !text.ends_with('/');
    sound.then(|| text.to_owned())
}

/// `postgres://…` with a host, or a path.
pub fn database(value: &Typed) -> Option<String> {
    let text = value.text()?;
    // `store::Db` knows this prefix; here the path alone is a file.
    let text = text.strip_prefix("sqlite:").unwrap_or(text);
    let sound = match text.split_once("://") {
        Some(("postgres" | "postgresql", _)) => url::Url::parse(text).is_ok(),
        Some(_) => false,
        None => !text.starts_with("//"),
    };
    sound.then(|| text.to_owned())
}

/// A mail server's address.
pub fn smtp(value: &Typed) -> Option<String> {
    let url = url::Url::parse(value.text()?).ok()?;
    (matches!(url.scheme(), "smtp" | "smtps") && url.host().is_some()).then(|| url.to_string())
}

/// An address for mail, with or without a name before it.
pub fn sender(value: &Typed) -> Option<String> {
    let text = value.text()?;
    let address =
        text.strip_suffix('>').map_or(Some(text), |rest| rest.split_once('<').map(|(_, address)| address))?;
    domain::text::email(address).ok().map(|_| text.to_owned())
}

/// A filter that `tracing-subscriber` understands.
pub fn log_filter(value: &Typed) -> Option<String> {
    let text = value.text()?;
    tracing_subscriber::EnvFilter::builder().parse(text).ok().map(|_| text.to_owned())
}

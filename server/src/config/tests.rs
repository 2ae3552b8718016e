//! The example file is the defaults; what is wrong is named with its key, its value and what is allowed.

use super::*;

fn file(text: &str) -> Source {
    Source::file("spark.toml", text).unwrap()
}

fn variables(pairs: &[(&str, &str)]) -> Source {
    Source::Variables(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn problems(sources: Vec<Source>) -> String {
    Config::read(sources).unwrap_err().to_string()
}

const EXAMPLE: &str = include_str!("../../config.example.toml");

#[test]
fn the_example_file_is_the_defaults_and_names_every_key() {
    let defaults = Config::read(vec![]).unwrap();
    assert_eq!(Config::read(vec![file(EXAMPLE)]).unwrap(), defaults);
    // A key that the program knows and the example does not is a key without documentation.
    let unknown = problems(vec![file("no_such_key = 1")]);
    let keys = unknown.rsplit_once("expected one of ").unwrap().1;
    let table: toml::Table = EXAMPLE.parse().unwrap();
    assert!(keys.split(", ").count() > 15, "{keys}");
    for key in keys.split(", ") {
        let found = match key.split_once('.') {
            Some((section, key)) => table[section].get(key),
            None => table.get(key),
        };
        assert!(found.is_some(), "{key} is not in config.example.toml");
    }
}

#[test]
fn a_wrong_value_is_named_with_its_key_its_place_and_what_is_allowed() {
    let text = "environment = \"prod\"\nlisten = \"localhost\"\nsession_idle_minutes = \"30\"\ntrusted_proxies = [\"x\"]\n\
                base_url = \"https://spark.example.org/\"\n[mail]\nfrom = \"nobody\"";
    let said = problems(vec![file(text)]);
    for line in [
        "environment = \"prod\" in spark.toml: expected development, demo or production",
        "listen = \"localhost\" in spark.toml: expected an address and a port, such as 127.0.0.1:3000",
        "session_idle_minutes = \"30\" in spark.toml: expected whole minutes, 5 to 720",
        "base_url = \"https://spark.example.org/\" in spark.toml: expected an http:// or https:// address without a slash at the end",
        "mail.from = \"nobody\" in spark.toml: expected an e-mail address, alone or as Name <address>",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\nis not in\n{said}");
    }
    assert!(
        said.contains("trusted_proxies = [\"x\"] in spark.toml: expected addresses or networks"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 6, "{said}");
}

#[test]
fn unknown_keys_and_variables_are_refused_and_those_of_tests_are_not_ours() {
    let said =
        problems(vec![file("[mail]\nsmpt_url = \"smtp://h\""), variables(&[("SPARK_DATABSE_URL", "x")])]);
    assert!(
        said.contains("mail.smpt_url = \"smtp://h\" in spark.toml is unknown: expected one of environment, "),
        "{said}"
    );
    assert!(said.contains("the variable SPARK_DATABSE_URL = \"x\" is unknown"), "{said}");
    assert!(said.contains("SPARK_MAIL_SMTP_URL"), "{said}");
    let others = [("SPARK_TEST_PG_URL", "x"), ("SPARK_CONFIG", "x"), ("PATH", "x"), ("SPARKLE", "x")];
    assert!(Config::read(vec![variables(&others)]).is_ok());
}

#[test]
fn a_flag_counts_over_a_variable_and_a_variable_over_the_file() {
    let sources = |last: Vec<Source>| {
        let mut all = vec![
            file("listen = \"127.0.0.1:1\"\nicp_number = \"鲁ICP备0号\""),
            variables(&[("SPARK_LISTEN", "127.0.0.1:2"), ("SPARK_TRUSTED_PROXIES", "10.0.0.1, fd00::/8")]),
        ];
        all.extend(last);
        Config::read(all).unwrap()
    };
    let config = sources(vec![]);
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.base_url, "http://127.0.0.1:2");
    assert_eq!(config.icp_number, "鲁ICP备0号");
    assert_eq!(config.trusted_proxies, ["10.0.0.1/32".parse().unwrap(), "fd00::/8".parse().unwrap()]);
    let flag = Source::Flag { name: "--listen", key: "listen", value: "127.0.0.1:3".to_owned() };
    assert_eq!(sources(vec![flag]).listen.port(), 3);
}

#[test]
fn production_wants_https_and_no_sandbox() {
    let production = "environment = \"production\"\nbase_url = \"https://spark.example.org\"\n";
    let config = Config::read(vec![file(production)]).unwrap();
    assert!(!config.sandbox.enabled);
    let said = problems(vec![file(&format!("{production}[sandbox]\nenabled = true"))]);
    assert_eq!(
        said,
        "sandbox.enabled = true: expected false in production: real gifts never meet the sandbox"
    );
    let said = problems(vec![file("environment = \"production\"")]);
    assert!(
        said.starts_with("base_url = http://127.0.0.1:3000: expected in production: the https://"),
        "{said}"
    );
}

#[test]
fn a_password_is_never_shown() {
    let said = problems(vec![variables(&[
        ("SPARK_DATABASE_URL", "mysql://u:geheim@h/db"),
        ("SPARK_MAIL_SMTP_URL", "geheim"),
    ])]);
    assert!(
        said.contains("database_url = (not shown) in SPARK_DATABASE_URL: expected a postgres:// address"),
        "{said}"
    );
    assert!(!said.contains("geheim"), "{said}");
    let good = variables(&[("SPARK_DATABASE_URL", "postgres://u:p@h/db")]);
    assert_eq!(Config::read(vec![good]).unwrap().database_url, "postgres://u:p@h/db");
}

#[test]
fn data_dir_moves_what_has_no_place_of_its_own() {
    let config = Config::read(vec![variables(&[("SPARK_DATA_DIR", "/srv/spark")])]).unwrap();
    assert_eq!(config.database_url, "/srv/spark/spark.db");
    assert_eq!(config.master_key_file, PathBuf::from("/srv/spark/keys/master.key"));
    assert_eq!(config.mail.folder, PathBuf::from("/srv/spark/mail"));
}

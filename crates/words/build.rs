//! Turns the locale files into one function per key, and stops the build when the languages differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Texts by dotted key.
type Locale = BTreeMap<String, String>;

fn main() {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let (zh, en) = (load(&root.join("locales/zh.toml")), load(&root.join("locales/en.toml")));
    let problems = problems(&zh, &en);
    if !problems.is_empty() {
        for problem in problems {
            println!("cargo::error={problem}");
        }
        std::process::exit(1);
    }
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("keys.rs");
    std::fs::write(out, code(&zh, &en)).expect("OUT_DIR can be written");
}

fn load(path: &Path) -> Locale {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut locale = Locale::new();
    flatten("", &table, &mut locale);
    locale
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut Locale) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, into),
            toml::Value::String(text) => {
                into.insert(path, text.trim_end().to_owned());
            }
            other => panic!("{path}: a text is needed, not {}", other.type_str()),
        }
    }
}

/// The `{names}` in a text, by the alphabet: the order of a function's arguments must not change with the wording.
fn parameters(text: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let after = &rest[open + 1..];
        let close = after.find('}').filter(|_| rest[open..].starts_with('{'));
        let name = close.map(|close| &after[..close]).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(format!("a brace that is no {{parameter}}: {text}"));
        }
        names.insert(name.to_owned());
        rest = &after[name.len() + 1..];
    }
    Ok(names)
}

/// Keys, parameters and empty texts in which the two languages do not agree.
fn problems(zh: &Locale, en: &Locale) -> Vec<String> {
    let mut found = Vec::new();
    let keys: BTreeSet<&String> = zh.keys().chain(en.keys()).collect();
    for key in keys {
        let (Some(chinese), Some(english)) = (zh.get(key), en.get(key)) else {
            let missing = if zh.contains_key(key) { "en" } else { "zh" };
            found.push(format!("{key}: missing in locales/{missing}.toml"));
            continue;
        };
        if chinese.is_empty() || english.is_empty() {
            found.push(format!("{key}: empty"));
        }
        match (parameters(chinese), parameters(english)) {
            (Ok(one), Ok(other)) if one != other => {
                found.push(format!("{key}: zh has the parameters {one:?}, en {other:?}"));
            }
            (Ok(_), Ok(_)) => {}
            (Err(problem), _) | (_, Err(problem)) => found.push(format!("{key}: {problem}")),
        }
    }
    found
}

/// Modules as the tables are nested, functions as keys.
fn code(zh: &Locale, en: &Locale) -> String {
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    // In the order of the modules, so that each is opened once.
    let mut keys: Vec<(Vec<&str>, &str)> = zh
        .keys()
        .map(|key| {
            let mut path: Vec<&str> = key.split('.').collect();
            let name = path.pop().expect("a key has a last part");
            (path, name)
        })
        .collect();
    keys.sort_unstable();
    for (path, name) in keys {
        let shared = open.iter().zip(&path).take_while(|(one, other)| one == other).count();
        out.push_str(&"}\n".repeat(open.len() - shared));
        for module in &path[shared..] {
            writeln!(out, "#[doc = \"Words of `{module}`.\"]\npub mod {module} {{")
                .expect("a String takes all");
        }
        open.clone_from(&path);
        let key = if path.is_empty() { name.to_owned() } else { format!("{}.{name}", path.join(".")) };
        function(&mut out, name, &zh[&key], &en[&key]);
    }
    out.push_str(&"}\n".repeat(open.len()));
    out
}

fn function(out: &mut String, name: &str, zh: &str, en: &str) {
    let parameters = parameters(zh).expect("checked before");
    let doc = format!("{zh} · {en}").replace('\n', " ");
    let written = if parameters.is_empty() {
        write!(
            out,
            "#[doc = {doc:?}]\n#[must_use]\npub const fn {name}(lang: crate::Lang) -> &'static str {{\n    \
             match lang {{ crate::Lang::Zh => {zh:?}, crate::Lang::En => {en:?} }}\n}}\n"
        )
    } else {
        let arguments: String =
            parameters.iter().map(|name| format!(", {name}: impl ::std::fmt::Display")).collect();
        write!(
            out,
            "#[doc = {doc:?}]\n#[must_use]\npub fn {name}(lang: crate::Lang{arguments}) -> String {{\n    \
             match lang {{ crate::Lang::Zh => format!({zh:?}), crate::Lang::En => format!({en:?}) }}\n}}\n"
        )
    };
    written.expect("a String takes all");
}

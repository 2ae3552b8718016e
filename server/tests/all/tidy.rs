//! Keeps the house tidy: who may import whom, how long a file may be, and what no tracked file may hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines above which a file is too long, and above which it should be parted at the next occasion.
const TOO_LONG: usize = 450;
const LONG: usize = 400;

/// Our crates and what each may import, from the inside out. `testbed` is for tests and stands in no list.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("hla", &[]),
    ("domain", &["hla"]),
    ("words", &["domain"]),
    ("papers", &["domain", "words"]),
    ("store", &["domain"]),
    ("service", &["domain", "hla", "papers", "store", "words"]),
    ("app", &["domain", "words"]),
    ("sandbox", &[]),
    ("server", &["app", "domain", "hla", "papers", "sandbox", "service", "store", "words"]),
    ("testbed", &["domain", "service", "store"]),
    // A workspace of its own, never in the product.
    ("fuzz", &["domain", "hla", "service"]),
    ("seeds", &["hla"]),
];

/// What tests of a crate may import besides.
const TESTS_MAY_IMPORT: [(&str, &[&str]); 3] =
    [("service", &["sandbox", "testbed"]), ("server", &["testbed"]), ("store", &["testbed"])];

/// Foreign crates that only some of ours may name.
const ONLY_IN: [(&str, &[&str]); 4] = [
    // The sandbox is the outside world and keeps its own file; the testbed tampers with ours.
    ("sqlx", &["sandbox", "store", "testbed"]),
    ("leptos", &["app", "server"]),
    ("lettre", &["service"]),
    ("krilla", &["papers"]),
];

/// The modules of `domain` in layers: a module imports from its own layer or from one before.
const DOMAIN: [&[&str]; 6] = [
    // What is wrong with a typing is told in the registry's words, so refusals and the registry know each other.
    &[
        "access", "audit", "capitals", "id", "identity", "money", "password", "refusal", "registry", "text",
        "time",
    ],
    &["fund"],
    &["bill", "ledger"],
    &["giving"],
    &["receipt"],
    &["takeover"],
];

/// The parts of `app` and which others each may name. `ui` knows neither our nouns nor our words; islands run in the
/// browser, where nothing but `domain` and `words` goes with them.
const APP: [(&str, &[&str]); 4] = [
    ("ui", &[]),
    ("islands", &["domain", "words"]),
    ("widgets", &["domain", "words", "ui", "islands"]),
    ("pages", &["domain", "words", "ui", "islands", "widgets"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("server lies in the project").to_owned()
}

/// Every tracked file, by its path from the root.
fn tracked() -> Vec<String> {
    let mut git = Command::new("git");
    let listed =
        git.args(["-c", "safe.directory=*", "ls-files"]).current_dir(root()).output().expect("git runs");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).expect("paths are text");
    // What was just removed and not committed yet is no file any more.
    let files: Vec<String> =
        listed.lines().filter(|file| root().join(file).is_file()).map(str::to_owned).collect();
    assert!(files.len() > 200, "only {} tracked files", files.len());
    files
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files below `folder` that end with `ending`.
fn below(folder: &str, ending: &str) -> Vec<String> {
    let found: Vec<String> =
        tracked().into_iter().filter(|file| file.starts_with(folder) && file.ends_with(ending)).collect();
    assert!(!found.is_empty(), "no {ending} file in {folder}");
    found
}

fn assert_none(what: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

fn is_test(file: &str) -> bool {
    file.contains("/tests/") || file.ends_with("/tests.rs") || file.starts_with("end2end/")
}

/// The names in the sections of a manifest whose name ends with `section`, those for one target included.
fn dependencies(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut take = |table: &toml::Table| {
        if let Some(toml::Value::Table(found)) = table.get(section) {
            names.extend(found.keys().cloned());
        }
    };
    take(manifest);
    if let Some(toml::Value::Table(targets)) = manifest.get("target") {
        targets.values().filter_map(toml::Value::as_table).for_each(&mut take);
    }
    names
}

fn list<'l>(of: &'l [(&str, &'l [&'l str])], name: &str) -> &'l [&'l str] {
    of.iter().find(|(known, _)| *known == name).map_or(&[], |(_, list)| *list)
}

#[test]
fn crates_import_only_inwards() {
    let ours: BTreeSet<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for file in below("", "Cargo.toml") {
        let manifest: toml::Table = read(&file).parse().expect("a manifest");
        let Some(package) = manifest.get("package") else { continue };
        let name = package["name"].as_str().expect("a name").to_owned();
        if !ours.contains(name.as_str()) {
            wrong.push(format!("{name} stands in no rule: add it to MAY_IMPORT"));
        }
        let (may, tests_may) = (list(&MAY_IMPORT, &name), list(&TESTS_MAY_IMPORT, &name));
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for import in dependencies(&manifest, section) {
                let import = import.as_str();
                let test =
                    section == "dev-dependencies" && (tests_may.contains(&import) || import == "testbed");
                if ours.contains(import) && !may.contains(&import) && !test {
                    wrong.push(format!("{name} imports {import} ({section})"));
                }
                if ONLY_IN
                    .iter()
                    .any(|(foreign, places)| *foreign == import && !places.contains(&name.as_str()))
                {
                    wrong.push(format!("{name} names {import} ({section})"));
                }
            }
        }
        seen.insert(name);
    }
    assert!(ours.iter().all(|name| seen.contains(*name)), "a crate of MAY_IMPORT is gone: {seen:?}");
    assert_none("docs/ARCHITECTURE.md says who may import whom", wrong);
}

/// What follows `before` in a line of code: `crate::a` gives a, `crate::{a::X, b}` gives a and b.
fn named_after<'t>(text: &'t str, before: &str) -> Vec<&'t str> {
    let word = |text: &'t str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text.get(..end).unwrap_or_default()
    };
    let mut found = Vec::new();
    for (place, _) in text.match_indices(before) {
        let inside_word =
            text[..place].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
        let rest = &text[place + before.len()..];
        if inside_word {
            continue;
        }
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let (mut depth, mut start) = (0usize, 0);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' | ',' if depth == 0 => {
                    found.push(word(group[start..at].trim_start()));
                    start = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The code of a file without comments and without its own tests.
fn code(file: &str) -> String {
    let text = read(file);
    let text = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(code, _)| code);
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn names_after_a_path_are_found() {
    let text =
        "use crate::a::X;\nuse crate::{b::{Y, Z}, c};\nlet x = crate::d::e(); my_crate::no; $crate::no";
    assert_eq!(named_after(text, "crate::"), ["a", "b", "c", "d"]);
    assert_eq!(named_after("words::refusal(x); keywords::no", "words::"), ["refusal"]);
}

#[test]
fn modules_of_domain_stand_in_layers() {
    let layer = |module: &str| DOMAIN.iter().position(|layer| layer.contains(&module));
    let (mut wrong, mut imports) = (Vec::new(), 0);
    for file in below("crates/domain/src/", ".rs") {
        let path = file.trim_start_matches("crates/domain/src/").trim_end_matches(".rs");
        let module = path.split('/').next().unwrap_or(path);
        if module == "lib" {
            continue;
        }
        let Some(own) = layer(module) else {
            wrong.push(format!("{module} stands in no layer: add it to DOMAIN"));
            continue;
        };
        for import in named_after(&code(&file), "crate::") {
            imports += 1;
            match layer(import) {
                Some(other) if other <= own => {}
                _ => wrong.push(format!("{file} imports crate::{import}")),
            }
        }
    }
    assert!(imports > 20, "only {imports} imports were seen");
    assert_none("a module of `domain` imports from its own layer or from one before", wrong);
}

#[test]
fn parts_of_app_know_only_what_is_below_them() {
    let (mut wrong, mut imports) = (Vec::new(), 0);
    for (part, may) in APP {
        for file in below(&format!("app/src/{part}/"), ".rs") {
            let code = code(&file);
            let ours = named_after(&code, "crate::")
                .into_iter()
                .filter(|name| APP.iter().any(|(part, _)| part == name));
            let mut named: BTreeSet<&str> = ours.collect();
            for foreign in ["domain", "words", "service", "store", "papers"] {
                if !named_after(&code, &format!("{foreign}::")).is_empty() {
                    named.insert(foreign);
                }
            }
            imports += named.len();
            let no = named.into_iter().filter(|name| *name != part && !may.contains(name));
            wrong.extend(no.map(|name| format!("{file} names {name}")));
        }
    }
    assert!(imports > 20, "only {imports} imports were seen");
    assert_none("a part of `app` knows only what is below it", wrong);
}

#[test]
fn no_file_grows_too_long() {
    let mut too_long = Vec::new();
    for file in tracked() {
        let code = [".rs", ".ts", ".css", ".mjs"].iter().any(|ending| file.ends_with(ending));
        if !code || is_test(&file) {
            continue;
        }
        match read(&file).lines().count() {
            lines if lines > TOO_LONG => too_long.push(format!("{file}: {lines} lines")),
            lines if lines > LONG => eprintln!("{file} has {lines} lines: part it when you are there"),
            _ => {}
        }
    }
    assert_none(&format!("at most {TOO_LONG} lines a file"), too_long);
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    let says = |file: &String| {
        let text = read(file);
        let first = text.lines().next().unwrap_or_default();
        first.strip_prefix("//! ").is_some_and(|sentence| sentence.len() > 10)
    };
    let wrong = below("", ".rs").into_iter().filter(|file| !says(file)).collect();
    assert_none("a Rust file opens with a `//!` sentence", wrong);
}

/// Whether `path` stands in `text` as a path from the root, and not as the end of a longer one.
fn holds_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(place, _)| {
        let before = text[..place].chars().next_back();
        let after = text[place + path.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-)}*~".contains(c))
            && !after.is_some_and(|c| c.is_alphanumeric() || "_-".contains(c))
    })
}

#[test]
fn no_file_holds_a_path_of_one_machine() {
    // Put together here, so that this file holds none either.
    let paths = ["work", "root", "farm", "tmp/bash_jobs"].map(|path| format!("/{path}"));
    assert!(holds_path(&format!("see {}/x", paths[0]), &paths[0]));
    assert!(!holds_path(&format!("src{}/x and {}space", paths[0], paths[0]), &paths[0]));
    let mut wrong = Vec::new();
    for file in tracked() {
        // Pictures and fonts are no text.
        let Ok(text) = std::fs::read_to_string(root().join(&file)) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            if paths.iter().any(|path| holds_path(line, path)) {
                wrong.push(format!("{file}:{number}: {}", line.trim()));
            }
        }
    }
    assert_none("a path of one machine means nothing on another", wrong);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |kind: &str| -> Vec<String> {
        let folder = format!("migrations/{kind}/");
        below(&folder, ".sql").into_iter().map(|file| file.trim_start_matches(&folder).to_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn no_test_is_switched_off() {
    let switch = format!("#[{}", "ignore");
    let wrong = below("", ".rs").into_iter().filter(|file| read(file).contains(&switch)).collect();
    assert_none("a test runs, or is no test", wrong);
}

#[test]
fn what_readers_type_is_read_in_one_place() {
    const AXUMS: [&str; 5] = ["Form", "Query", "RawForm", "RawQuery", "Multipart"];
    let takes = |line: &str| {
        line.split_whitespace().any(|word| word.starts_with("axum::"))
            && line.split(|c: char| !c.is_alphanumeric()).any(|word| AXUMS.contains(&word))
    };
    assert!(takes("use axum::extract::{Path, Query};") && !takes("use super::typed::{Form, Query};"));
    let mut wrong = Vec::new();
    let reads = |file: &String| file.ends_with("/typed.rs") || file.ends_with("/upload.rs");
    for file in below("server/src/web", ".rs").into_iter().filter(|file| !reads(file)) {
        wrong.extend(code(&file).lines().filter(|line| takes(line)).map(|line| format!("{file}: {line}")));
    }
    assert_none("take `web::typed`'s or `web::upload`'s own: they leave out control characters", wrong);
}

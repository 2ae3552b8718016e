//! Every SQL text of this crate is prepared by both databases: a word that only one of them knows is found here.
//!
//! The texts are read from the sources: string literals that begin as SQL does, heads of grouped inserts, and texts that
//! a macro puts together from parts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, SqliteConnection};

/// How a statement begins.
const VERBS: [&str; 7] =
    ["select ", "insert into ", "update ", "delete from ", "with ", "pragma ", "vacuum "];

/// The macros of `sql.rs` that run a statement.
const RUNS: [&str; 5] = ["execute", "fetch_all", "fetch_optional", "fetch_one", "insert_rows"];

/// What stands where a statement is handed on by name: its text is seen where it is written.
const BY_NAME: [&str; 4] = ["sql", "rows", "wrong", "begin"];

/// Words that only one of them knows, in statements that the code sends to that one alone.
const SQLITE_ONLY: &[&str] = &["pragma ", "vacuum into", "sqlite_schema", " person_key"];
const POSTGRES_ONLY: &[&str] =
    &["for update", "pg_advisory", "current_setting", "information_schema", "keys.person_key"];

/// A part of a text that a macro puts together.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Hole,
}

/// What one source file holds.
#[derive(Default)]
struct Found {
    /// Statement and line.
    statements: Vec<(String, usize)>,
    /// Macros that put a text together, by name.
    templates: BTreeMap<String, Vec<Part>>,
    /// Running macros in which no statement was seen, by line.
    unseen: Vec<usize>,
}

fn text_of(token: &TokenTree) -> Option<(String, usize)> {
    let TokenTree::Literal(literal) = token else { return None };
    let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value();
    Some((text, literal.span().start().line))
}

fn is_statement(text: &str) -> bool {
    VERBS.iter().any(|verb| text.starts_with(verb))
}

/// `name!` and what stands in its brackets, wherever it stands.
fn calls(tokens: &[TokenTree]) -> Vec<(String, usize, TokenStream)> {
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(name), TokenTree::Punct(mark), TokenTree::Group(group)] = window
            && mark.as_char() == '!'
        {
            found.push((name.to_string(), name.span().start().line, group.stream()));
        }
    }
    found
}

fn parts(concat: TokenStream) -> Vec<Part> {
    let mut parts = Vec::new();
    for token in concat {
        match (text_of(&token), &token) {
            (Some((text, _)), _) => parts.push(Part::Text(text)),
            (None, TokenTree::Ident(_)) => parts.push(Part::Hole),
            _ => {}
        }
    }
    parts
}

impl Found {
    fn read(source: &str) -> Self {
        let mut found = Self::default();
        let tokens: TokenStream = source.parse().expect("Rust");
        found.templates(tokens.clone());
        found.walk(tokens);
        found
    }

    /// Gathers `macro_rules! name { … concat!(…) … }`.
    fn templates(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for window in tokens.windows(4) {
            if let [
                TokenTree::Ident(keyword),
                TokenTree::Punct(_),
                TokenTree::Ident(name),
                TokenTree::Group(body),
            ] = window
                && keyword == "macro_rules"
                && let Some(concat) = first_concat(body.stream())
            {
                self.templates.insert(name.to_string(), parts(concat));
            }
        }
        for token in tokens {
            if let TokenTree::Group(group) = token {
                self.templates(group.stream());
            }
        }
    }

    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (name, line, inside) in calls(&tokens) {
            if let Some(template) = self.templates.get(&name).cloned() {
                self.compose(&template, inside, line);
            } else if RUNS.contains(&name.as_str()) && !self.holds_statement(inside) {
                self.unseen.push(line);
            }
        }
        let mut before: Vec<String> = Vec::new();
        for token in tokens {
            if let Some((text, line)) = text_of(&token).filter(|(text, _)| is_statement(text)) {
                self.statements.push((text, line));
            }
            if let TokenTree::Group(group) = &token {
                // Parts of a text are no text; this crate's own tests may write what they like.
                let skipped = before.ends_with(&["concat".into(), "!".into()])
                    || before.ends_with(&["mod".into(), "tests".into()]);
                if !skipped {
                    self.walk(group.stream());
                }
            }
            before.push(token.to_string());
        }
    }

    /// The texts that a call of a composing macro makes: one for each literal.
    fn compose(&mut self, template: &[Part], inside: TokenStream, line: usize) {
        for (filling, _) in inside.into_iter().filter_map(|token| text_of(&token)) {
            let fill = |part: &Part| match part {
                Part::Text(text) => text.clone(),
                Part::Hole => filling.clone(),
            };
            self.statements.push((template.iter().map(fill).collect(), line));
        }
    }

    fn holds_statement(&self, tokens: TokenStream) -> bool {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let composed =
            calls(&tokens).iter().any(|(name, ..)| name == "concat" || self.templates.contains_key(name));
        composed
            || tokens.iter().any(|token| match token {
                TokenTree::Ident(name) => BY_NAME.contains(&name.to_string().as_str()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    self.holds_statement(group.stream())
                }
                other => text_of(other).is_some_and(|(text, _)| is_statement(&text) || is_control(&text)),
            })
    }
}

/// Transactions and the key store's schema: preparing them proves nothing, and every write and every start runs them.
fn is_control(text: &str) -> bool {
    ["savepoint ", "release ", "rollback", "commit", "begin", "create "]
        .iter()
        .any(|word| text.starts_with(word))
}

fn first_concat(tokens: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let here = calls(&tokens).into_iter().find(|(name, ..)| name == "concat").map(|(.., inside)| inside);
    here.or_else(|| {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => first_concat(group.stream()),
            _ => None,
        })
    })
}

/// The head of a grouped insert with one row of values after it.
fn whole(statement: &str) -> String {
    let head = statement.starts_with("insert into ") && statement.trim_end().ends_with(')');
    if !head || statement.contains("values") || statement.contains("select") {
        return statement.to_owned();
    }
    let columns = statement.matches(',').count() + 1;
    let values: Vec<String> = (1..=columns).map(|n| format!("${n}")).collect();
    format!("{statement} values ({})", values.join(", "))
}

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        assert!(path.is_file(), "{}: this test reads no folders yet", path.display());
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        // The macros themselves.
        if name != "sql.rs" {
            files.push((name, std::fs::read_to_string(&path).expect("a source")));
        }
    }
    files
}

#[test]
fn texts_are_found_in_sources() {
    let source = r#"
        macro_rules! lines { ($tail:literal) => { concat!("select a from t ", $tail) }; }
        fn f() {
            execute!(c, "update t set a = 1 \
                where b = $1", b)?;
            fetch_all!(c, (i64,), lines!("order by a"))?;
            insert_rows!(c, "insert into t (a, b) ", rows, |bind, row| {});
            fetch_one!(c, (i64,), listing.rows)?;
            execute!(c, made_up)?;
            let not_sql = "selected";
        }
        mod tests { fn t() { execute!(c, "select only in a test") } }
    "#;
    let found = Found::read(source);
    let texts: BTreeSet<String> = found.statements.iter().map(|(text, _)| whole(text)).collect();
    let expected = [
        "update t set a = 1 where b = $1",
        "select a from t order by a",
        "insert into t (a, b)  values ($1, $2)",
    ];
    assert_eq!(texts, expected.map(str::to_owned).into());
    assert_eq!(found.unseen, [9]);
}

#[tokio::test]
async fn every_statement_is_prepared_by_both_databases() {
    let mut statements = Vec::new();
    for (file, source) in sources() {
        let found = Found::read(&source);
        let unseen: Vec<String> = found.unseen.iter().map(|line| format!("{file}:{line}")).collect();
        assert!(unseen.is_empty(), "no statement was seen in {unseen:?}");
        statements
            .extend(found.statements.into_iter().map(|(text, line)| (file.clone(), line, whole(&text))));
    }
    assert!(statements.len() > 120, "only {} statements were found", statements.len());
    for db in testbed::databases().await {
        let postgres = db.kind == "postgres";
        // Makes the store of wrapped keys.
        store::KeyStore::open(&db.keys_address).await.expect("key store");
        let (mut prepared, mut wrong) = (0, Vec::new());
        for (file, line, sql) in &statements {
            let others = if postgres { SQLITE_ONLY } else { POSTGRES_ONLY };
            if others.iter().any(|word| sql.contains(word)) {
                continue;
            }
            let address = if file == "keys.rs" { &db.keys_address } else { &db.address };
            let text = AssertSqlSafe(sql.clone()).into_sql_str();
            let done = if postgres {
                let mut conn = PgConnection::connect(address).await.expect("connects");
                conn.prepare(text).await.map(|_| ())
            } else {
                let mut conn =
                    SqliteConnection::connect(&format!("sqlite:{address}")).await.expect("connects");
                conn.prepare(text).await.map(|_| ())
            };
            match done {
                Ok(()) => prepared += 1,
                Err(error) => wrong.push(format!("{file}:{line}: {error}\n    {sql}")),
            }
        }
        assert!(wrong.is_empty(), "{} does not understand\n  {}", db.kind, wrong.join("\n  "));
        println!("{}: {prepared} statements prepared", db.kind);
    }
}

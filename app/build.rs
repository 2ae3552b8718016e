//! Takes the line icons out of lucide-static (ISC) and puts them into the server half, so that a page asks for none.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The icons in use: the variant of `ui::Icon`, and the file's name in lucide-static.
const ICONS: [(&str, &str); 40] = [
    ("Alert", "triangle-alert"),
    ("ArrowLeft", "arrow-left"),
    ("ArrowRight", "arrow-right"),
    ("Ban", "ban"),
    ("Book", "book-open-text"),
    ("Chart", "chart-no-axes-column"),
    ("Check", "check"),
    ("Chevron", "chevron-down"),
    ("Clock", "clock"),
    ("Copy", "copy"),
    ("Dashed", "circle-dashed"),
    ("Download", "download"),
    ("Droplet", "droplet"),
    ("External", "external-link"),
    ("Flame", "flame"),
    ("Flask", "flask-conical"),
    ("Full", "circle-check"),
    ("Hourglass", "hourglass"),
    ("House", "house"),
    ("Inbox", "inbox"),
    ("Info", "info"),
    ("Landmark", "landmark"),
    ("Languages", "languages"),
    ("List", "list"),
    ("LogOut", "log-out"),
    ("Mail", "mail"),
    ("Menu", "menu"),
    ("Package", "package"),
    ("Paperclip", "paperclip"),
    ("Part", "contrast"),
    ("Phone", "phone"),
    ("Printer", "printer"),
    ("Receipt", "receipt"),
    ("Refresh", "refresh-cw"),
    ("Replace", "replace"),
    ("Search", "search"),
    ("Shield", "shield-check"),
    ("Undo", "undo-2"),
    ("Upload", "upload"),
    ("Users", "users"),
];

/// How each begins. Decoration beside a word, so hidden from screen readers.
const OPEN: &str = r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">"#;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Icons are drawn on the server only.
    if std::env::var_os("CARGO_FEATURE_SSR").is_none() {
        return;
    }
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let folder = root.join("../node_modules/lucide-static/icons");
    println!("cargo:rerun-if-changed={}", root.join("../node_modules/lucide-static/package.json").display());
    let mut code = String::from(
        "/// An icon of the set.\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum Icon {\n",
    );
    let mut arms = String::new();
    for (variant, file) in ICONS {
        let svg = format!("{OPEN}{}</svg>", inside(&folder, file));
        writeln!(code, "    #[doc = \"`{file}`\"]\n    {variant},").expect("a String takes all");
        writeln!(arms, "            Self::{variant} => {svg:?},").expect("a String takes all");
    }
    code.push_str("}\n\nimpl Icon {\n    /// The `<svg>`.\n    const fn svg(self) -> &'static str {\n        match self {\n");
    code.push_str(&arms);
    code.push_str("        }\n    }\n}\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("icons.rs");
    std::fs::write(out, code).expect("OUT_DIR can be written");
}

/// The drawing between `<svg …>` and `</svg>`, on one line.
fn inside(folder: &Path, file: &str) -> String {
    let path = folder.join(format!("{file}.svg"));
    let Ok(svg) = std::fs::read_to_string(&path) else {
        println!("cargo::error={} is missing: run `npm ci` (or `make build`, which does)", path.display());
        std::process::exit(1);
    };
    let body = svg.split_once("<svg").and_then(|(_, rest)| rest.split_once('>')).map(|(_, body)| body);
    let body = body.and_then(|body| body.split_once("</svg>")).map(|(body, _)| body);
    let lines: Vec<&str> = body.expect("lucide's files hold one <svg>").split_whitespace().collect();
    lines.join(" ").replace(" />", "/>")
}

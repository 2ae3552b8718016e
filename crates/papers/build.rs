//! Finds the paper font that `npm ci` fetched and tells the crate where it lies.

use std::env;
use std::path::{Path, PathBuf};
use std::process::exit;

/// The faces a paper is set in: environment variable, and file below `node_modules`.
const FACES: [(&str, &str); 2] = [
    ("PAPER_FONT_REGULAR", "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"),
    ("PAPER_FONT_MEDIUM", "@expo-google-fonts/noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf"),
];

/// Smaller than this is no full Chinese face (the real files have about 10 MB each).
const LEAST_BYTES: u64 = 4_000_000;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let modules = here.join("../../node_modules");
    for (variable, file) in FACES {
        let path = modules.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        match path.canonicalize().and_then(|found| Ok((found.metadata()?.len(), found))) {
            Ok((bytes, found)) if bytes >= LEAST_BYTES => {
                println!("cargo::rustc-env={variable}={}", found.display());
            }
            Ok((bytes, _)) => refuse(&path, &format!("has only {bytes} bytes")),
            Err(error) => refuse(&path, &error.to_string()),
        }
    }
}

/// Ends the build with the one thing to do about it.
fn refuse(path: &Path, why: &str) -> ! {
    println!("cargo::error=the font for receipts is not there: {} ({why})", path.display());
    println!("cargo::error=run `make setup` (or `npm ci` in the project's root) and build again");
    exit(1)
}

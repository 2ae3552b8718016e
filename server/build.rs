//! Tells the server which folder of built web assets belongs to this kind of build.

use std::path::PathBuf;

fn main() {
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // OUT_DIR is <target>/<profile>/build/server-…/out: the site lies beside <profile>.
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let target = out.ancestors().nth(4).expect("OUT_DIR has at least four parents");
    let site = target.join(if release { "site-release" } else { "site-dev" });
    // `cargo clippy` must also work before the first web build; the server then says what is missing.
    std::fs::create_dir_all(&site).expect("the target folder can be written");
    println!("cargo:rustc-env=SPARK_SITE_DIR={}", site.display());
    println!("cargo:rerun-if-changed=build.rs");
    if release {
        // The assets are part of the binary: a new build of them is a new build of the server.
        println!("cargo:rerun-if-changed={}", site.join("manifest.json").display());
    }
}

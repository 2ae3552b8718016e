//! Renders every page with believable and with awkward content into a folder, for looking at:
//! `cargo run -p app --features ssr --example gallery -- FOLDER`, then `node end2end/shoot.mjs FOLDER`.
//! `--times 5000` in the folder's place, in a release build, prints what each of them costs to render.

mod console;
mod public;
mod samples;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use app::{Assets, Page, PageContext, SignedIn, SiteSettings};
use domain::access::{Actor, Role};
use domain::id::UserId;
use leptos::nonce::Nonce;
use words::Lang;

/// A page of the gallery: its file name and what renders it.
pub type Sample = (&'static str, Box<dyn Fn(&PageContext) -> Page>);

fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().context("the folder to write to is the only argument")?;
    if folder == "--times" {
        let times = words.next().context("how often follows")?.parse()?;
        cost(times, words.next().as_deref());
        return Ok(());
    }
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for lang in Lang::ALL {
        let samples = public::samples(lang).into_iter().chain(console::samples(lang));
        for (name, make) in samples {
            let context = context(lang, name);
            let html = app::render(&context, Nonce::new(), || make(&context));
            std::fs::write(folder.join(format!("{name}.{}.html", lang.as_str())), html)?;
        }
    }
    Ok(())
}

/// Prints the microseconds that one rendering takes, of all pages or of `only` one.
#[expect(clippy::print_stdout, reason = "a command line's output")]
fn cost(times: u32, only: Option<&str>) {
    let lang = Lang::Zh;
    let samples = public::samples(lang).into_iter().chain(console::samples(lang));
    for (name, make) in samples.filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        let context = context(lang, name);
        let started = std::time::Instant::now();
        let bytes: usize =
            (0..times).map(|_| app::render(&context, Nonce::new(), || make(&context)).len()).sum();
        let each = started.elapsed() / times;
        println!("{name}: {} µs, {} bytes", each.as_micros(), bytes / times as usize);
    }
}

fn context(lang: Lang, name: &str) -> PageContext {
    let staff = name.starts_with("console").then(|| SignedIn {
        name: lang.pick("演示·王会计", "Demo · Wang").to_owned(),
        actor: Actor::Staff {
            user_id: UserId(uuid::Uuid::nil()),
            roles: vec![Role::Finance, Role::CharityStaff],
        },
    });
    let path = match name.split_once('-').map_or(name, |(page, _)| page) {
        "home" => "/".to_owned(),
        "console" if name.starts_with("console-gift") => "/console/gifts".to_owned(),
        "console" => format!("/console/{}", name.trim_start_matches("console-")),
        page => format!("/{page}"),
    };
    PageContext {
        lang,
        path,
        signed_in: staff,
        assets: Arc::new(Assets {
            style: "main.css".into(),
            start: "start.js".into(),
            module: "app.js".into(),
            wasm: "app.wasm".into(),
        }),
        site: Arc::new(SiteSettings {
            icp: Some("鲁ICP备00000000号-1".into()),
            police: Some("鲁公网安备 00000000000000号".into()),
            contact: Some("0531-0000 0000".into()),
            demo: true,
        }),
    }
}

//! Releases of the HLA nomenclature: which is in use, what each lacks, and how another one is loaded.

use domain::refusal::Refusal;
use domain::time::Instant;
use leptos::prelude::*;
use words::{Lang, console::nomenclature as say};

use crate::ui::{
    Button, ButtonKind, Cell, Column, EmptyState, FileField, Icon, Mark, Notice, Place, StateMark, Tone,
    card_word, data_table,
};
use crate::{Page, PageContext};

/// A release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its name of itself.
    pub version: String,
    /// When it was loaded.
    pub loaded_at: Instant,
    /// File names of tables that it lacks.
    pub missing: Vec<&'static str>,
    /// Whether it is in use.
    pub in_use: bool,
}

/// What just became of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It was loaded.
    Loaded(String),
    /// It was taken into use again.
    Chosen(String),
}

/// What the page shows.
#[derive(Debug, Clone)]
pub struct NomenclatureView {
    /// The releases, newest first.
    pub releases: Vec<ReleaseRow>,
    /// The release that this node searches with; nothing while it is not known.
    pub searched: Option<Option<String>>,
    /// Bytes that are taken, in MiB.
    pub max_mib: usize,
    /// What was wrong with what was sent.
    pub error: Option<Refusal>,
    /// What was done.
    pub news: Option<News>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: NomenclatureView) -> Page {
    let lang = context.lang;
    let in_use = view.releases.iter().find(|release| release.in_use);
    let now = match in_use {
        Some(release) => used(lang, release, view.searched.as_ref()),
        None => view! {
            <section class="desk-part">
                <EmptyState title=say::none_title(lang) text=say::none(lang) icon=Icon::Book />
            </section>
        }
        .into_any(),
    };
    let news = view.news.map(|news| {
        let words = match news {
            News::Loaded(version) => say::loaded(lang, version),
            News::Chosen(version) => say::chosen(lang, version),
        };
        view! {
            <Notice tone=Tone::Good role="status">
                <p>{words}</p>
            </Notice>
        }
    });
    let error = view.error.map(|error| {
        view! {
            <Notice tone=Tone::Wrong role="alert">
                <p>{words::refusal(lang, &error)}</p>
            </Notice>
        }
    });
    let list = (!view.releases.is_empty()).then(|| {
        view! {
            <section class="desk-part">
                <h2>{say::loaded_releases(lang)}</h2>
                {table(lang, &view.releases)}
            </section>
        }
    });
    let body = view! {
        <header class="desk-head">
            <h1>{say::title(lang)}</h1>
            <p class="desk-sentence">{say::lead(lang)}</p>
        </header>
        {news}
        {error}
        {now}
        {list}
        <section class="desk-part" aria-labelledby="load">
            <h2 id="load">{say::upload(lang)}</h2>
            <p class="field-help">{say::upload_help(lang)}</p>
            <p class="field-help">{say::none_shipped(lang)}</p>
            <form
                method="post"
                action="/console/nomenclature"
                enctype="multipart/form-data"
                class="stack narrow upload-form"
                novalidate
            >
                <FileField
                    id="files"
                    label=say::files(lang)
                    help=say::files_help(lang, view.max_mib)
                    error=None
                    accept=".txt,.zip,text/plain,application/zip"
                    many=true
                />
                <div class="actions">
                    <Button label=say::send(lang) kind=ButtonKind::Primary icon=Icon::Upload />
                </div>
            </form>
        </section>
        <section class="desk-part">
            <p class="field-help">{say::named_where(lang)}</p>
        </section>
    };
    Page::console(say::title(lang), body)
}

/// The release in use: its version, what it lacks, and whether searches run under it already.
fn used(lang: Lang, release: &ReleaseRow, searched: Option<&Option<String>>) -> AnyView {
    let behind = match searched {
        Some(Some(version)) if *version != release.version => Some(say::behind(lang, version)),
        Some(None) => Some(say::behind_none(lang).to_owned()),
        _ => None,
    };
    let behind = behind.map(|words| {
        view! {
            <Notice tone=Tone::Heed>
                <p>{words}</p>
            </Notice>
        }
    });
    let lacks = release
        .missing
        .iter()
        .map(|file| {
            let means = match *file {
                "hla_nom_g.txt" => say::missing_g(lang),
                "hla_nom_p.txt" => say::missing_p(lang),
                "rel_dna_ser.txt" => say::missing_serology(lang),
                _ => say::missing_splits(lang),
            };
            view! { <li><StateMark mark=Mark::Waiting word=means /></li> }
        })
        .collect_view();
    let state = if release.missing.is_empty() {
        view! { <StateMark mark=Mark::Good word=say::complete(lang) /> }.into_any()
    } else {
        view! {
            <p>{say::missing_means(lang)}</p>
            <ul class="reasons wrapping">{lacks}</ul>
        }
        .into_any()
    };
    view! {
        <section class="desk-part in-use">
            <dl class="stated-row">
                <div class="stated">
                    <dt>{say::in_use(lang)}</dt>
                    <dd class="stated-value">{format!("IPD-IMGT/HLA {}", release.version)}</dd>
                    <dd class="stated-when">
                        {format!("{} {}", say::loaded_at(lang), words::minute(lang, release.loaded_at))}
                    </dd>
                </div>
            </dl>
            <div class="standing-now">{state}</div>
            {behind}
        </section>
    }
    .into_any()
}

fn table(lang: Lang, releases: &[ReleaseRow]) -> AnyView {
    let columns = [
        Column::new(say::version(lang), Place::Lead).line(),
        Column::new(say::state(lang), Place::Figure).line(),
        Column::new(say::tables(lang), Place::Second),
        Column::new(say::loaded_at(lang), Place::Third).line(),
    ];
    let rows = releases.iter().map(|release| {
        let tables = if release.missing.is_empty() {
            say::complete(lang).to_owned()
        } else {
            say::missing(lang, release.missing.join(lang.pick("、", ", ")))
        };
        let state = if release.in_use {
            view! { <StateMark mark=Mark::Good word=say::in_use(lang) /> }.into_any()
        } else {
            let version = release.version.clone();
            view! {
                <form method="post" action="/console/nomenclature/use">
                    <input type="hidden" name="version" value=version.clone() />
                    <button type="submit" class="button" aria-label=say::use_label(lang, version)>
                        {say::use_button(lang)}
                    </button>
                </form>
            }
            .into_any()
        };
        vec![
            Cell::new(release.version.clone()),
            Cell::new(state),
            Cell::text(tables),
            Cell::new(view! { {card_word(say::loaded_at(lang))} {release.loaded_at.minute()} }),
        ]
    });
    data_table(say::caption(lang), &columns, rows)
}

//! The home page, rendered at most once a second in each language; nonce and form key are made new in each answer.

use std::sync::{Arc, Mutex};

use app::pages::public;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use domain::access::Actor;
use domain::giving::FieldErrors;
use domain::time::Instant;
use service::Answer;
use words::Lang;

use super::compress::Open;
use super::page::Reader;
use super::router::Shared;
use super::{giving, programme};

/// How old a rendered page may be, in microseconds.
const FRESH: i64 = 1_000_000;

/// A rendered page with the two texts in it that belong to one answer alone.
struct Rendered {
    at: Instant,
    html: String,
    nonce: String,
    gift_key: String,
}

/// The last rendered page of each language.
#[derive(Default)]
pub struct HomeCache(Mutex<[Option<Arc<Rendered>>; 2]>);

const fn place(lang: Lang) -> usize {
    match lang {
        Lang::Zh => 0,
        Lang::En => 1,
    }
}

impl HomeCache {
    fn fresh(&self, lang: Lang, now: Instant) -> Option<Arc<Rendered>> {
        let kept = self.0.lock().ok()?;
        kept[place(lang)].clone().filter(|page| (now.0 - page.at.0).abs() < FRESH)
    }

    fn keep(&self, lang: Lang, page: Arc<Rendered>) {
        if let Ok(mut kept) = self.0.lock() {
            kept[place(lang)] = Some(page);
        }
    }
}

/// The home page: the giving form, what was published, the funds.
pub async fn show(State(shared): State<Shared>, reader: Reader) -> Response {
    let (lang, now) = (reader.context.lang, reader.ctx.now);
    // Staff see their own name in the header, and a query is part of the language switch's way back.
    let common = reader.ctx.actor == Actor::Public && reader.context.path == "/";
    let kept = if common { shared.home.fresh(lang, now) } else { None };
    let page = match kept {
        Some(page) => page,
        None => match render(&reader).await {
            Ok(page) => Arc::new(page),
            Err(error) => return reader.problem(error),
        },
    };
    if common {
        shared.home.keep(lang, Arc::clone(&page));
    }
    // One gift key is one gift: two readers of one rendered page must not share it.
    let own = page
        .html
        .replace(&page.nonce, reader.nonce())
        .replace(&page.gift_key, &reader.ctx.token().to_string());
    let mut response =
        (StatusCode::OK, [(header::CACHE_CONTROL, "private, no-cache")], Html(own)).into_response();
    if reader.is_nobody() {
        response.extensions_mut().insert(Open);
    }
    response
}

async fn render(reader: &Reader) -> Answer<Rendered> {
    let form = giving::fresh(reader, "");
    let gift_key = form.gift_key.clone();
    let view = public::home::HomeView {
        give: giving::give_form(reader, form, FieldErrors::new()).await?,
        published: programme::published(reader).await?,
        funds: programme::fund_lines(reader).await?,
        disclosures: Vec::new(),
    };
    let html = reader.html(|context| public::home::page(context, view));
    Ok(Rendered { at: reader.ctx.now, html, nonce: reader.nonce().to_owned(), gift_key })
}

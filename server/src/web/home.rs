//! The home page, rendered at most once a second in each language; nonce and form key are made new in each answer.

use std::sync::{Arc, Mutex};

use app::Page;
use app::pages::public;
use app::pages::public::home::HomeView;
use app::widgets::GiveForm;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::access::Actor;
use domain::giving::{FieldErrors, GiftForm};
use domain::time::Instant;
use service::Answer;
use words::Lang;

use super::compress::Open;
use super::page::Reader;
use super::router::Shared;
use super::typed::Form;
use super::{giving, language, programme};

/// How old a rendered page may be, in microseconds.
const FRESH: i64 = 1_000_000;

/// A rendered page, cut where a text stands that belongs to one answer alone: looking for them costs more than the rest
/// of an answer.
struct Rendered {
    at: Instant,
    pieces: Vec<Piece>,
    length: usize,
}

/// A piece of a rendered page.
enum Piece {
    Html(String),
    Nonce,
    GiftKey,
}

impl Rendered {
    fn cut(at: Instant, html: &str, nonce: &str, gift_key: &str) -> Self {
        let mut pieces = Vec::new();
        for (n, between) in html.split(nonce).enumerate() {
            if n > 0 {
                pieces.push(Piece::Nonce);
            }
            for (n, text) in between.split(gift_key).enumerate() {
                if n > 0 {
                    pieces.push(Piece::GiftKey);
                }
                pieces.push(Piece::Html(text.to_owned()));
            }
        }
        Self { at, pieces, length: html.len() }
    }

    /// The page of one answer.
    fn with(&self, nonce: &str, gift_key: &str) -> String {
        let mut html = String::with_capacity(self.length);
        for piece in &self.pieces {
            html.push_str(match piece {
                Piece::Html(text) => text,
                Piece::Nonce => nonce,
                Piece::GiftKey => gift_key,
            });
        }
        html
    }
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
    let own = page.with(reader.nonce(), &reader.ctx.token().to_string());
    let mut response =
        (StatusCode::OK, [(header::CACHE_CONTROL, "private, no-cache")], Html(own)).into_response();
    if reader.is_nobody() {
        response.extensions_mut().insert(Open);
    }
    response
}

/// The language switch of the giving form here: the page in the other language, with what was typed.
pub async fn switch(reader: Reader, Form(form): Form<GiftForm>) -> Response {
    let Some(lang) = giving::language_asked(&reader) else { return Redirect::to("/").into_response() };
    let cookie = CookieJar::new().add(language::kept(&reader, lang));
    let page = match giving::switch(reader, form, lang, Some("")).await {
        Ok(None) => Redirect::to("/").into_response(),
        Ok(Some((reader, give))) => {
            let view = around(&reader, give).await;
            reader.answer(view, |page, view| Page { private: true, ..public::home::page(page, view) })
        }
        Err(problem) => problem,
    };
    (cookie, page).into_response()
}

async fn render(reader: &Reader) -> Answer<Rendered> {
    let form = giving::fresh(reader, "");
    let gift_key = form.gift_key.clone();
    let view = around(reader, giving::give_form(reader, form, FieldErrors::new()).await?).await?;
    let html = reader.html(|context| public::home::page(context, view));
    Ok(Rendered::cut(reader.ctx.now, &html, reader.nonce(), &gift_key))
}

/// What stands around the giving form.
async fn around(reader: &Reader, give: GiveForm) -> Answer<HomeView> {
    Ok(HomeView {
        give,
        published: programme::published(reader).await?,
        funds: programme::fund_lines(reader).await?,
        disclosures: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_own_nonce_and_gift_key_wherever_they_stood() {
        let html = "<b nonce=n1><input value=key1><c nonce=n1>n1key1";
        let page = Rendered::cut(Instant(0), html, "n1", "key1");
        assert_eq!(page.with("n1", "key1"), html);
        assert_eq!(page.with("other", "2"), "<b nonce=other><input value=2><c nonce=other>other2");
    }
}

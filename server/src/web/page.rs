//! Who reads, and how a page reaches them: language, address, nonce, then the whole document at once.

use std::net::IpAddr;
use std::sync::Arc;

use app::{Page, PageContext, SignedIn};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use domain::access::Actor;
use domain::refusal::Refusal;
use leptos::nonce::Nonce;
use leptos::prelude::AnyView;
use service::staff::Staff;
use service::{Answer, Ctx};
use tower_sessions::Session;
use words::Lang;

use super::compress::Open;
use super::router::Shared;
use super::typed::Sent;
use crate::sessions;

/// The header by which a page asks for parts of itself, and by which they are known.
const LIVE: &str = "x-part";

/// Whether only the parts of a page are asked for that follow what is typed.
#[derive(Debug, Clone, Copy)]
pub struct Live(pub bool);

impl<S: Sync> FromRequestParts<S> for Live {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.contains_key(LIVE)))
    }
}

/// The cookie that keeps the chosen language.
pub const LANGUAGE_COOKIE: &str = "lang";

/// The one who asked for a page.
pub struct Reader {
    /// What the page must know about them.
    pub context: PageContext,
    /// The context in which use cases run for them.
    pub ctx: Ctx,
    /// Their address.
    pub address: IpAddr,
    /// The id of this request, for whoever asks for help.
    pub request_id: Option<String>,
    /// How they ask.
    pub method: Method,
    /// The form that they sent.
    pub sent: Option<Sent>,
    /// Whether they have a session that could not be read now: who they are is not known.
    pub unknown: bool,
    nonce: Nonce,
}

impl Reader {
    /// The nonce that this answer's policy trusts.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Renders a page for this reader, without an answer around it.
    pub fn html(&self, make: impl FnOnce(&PageContext) -> Page) -> String {
        app::render(&self.context, self.nonce.clone(), || make(&self.context))
    }

    /// Renders a page for this reader.
    pub fn page(&self, status: StatusCode, make: impl FnOnce(&PageContext) -> Page) -> Response {
        let mut private = true;
        let html = self.html(|context| {
            let page = make(context);
            private = page.private;
            page
        });
        // The nonce is for one response, so no cache in between may keep it; a private page stays nowhere at all.
        let cache = if private { "no-store" } else { "private, no-cache" };
        let mut response = (status, [(header::CACHE_CONTROL, cache)], Html(html)).into_response();
        if !private && self.is_nobody() {
            response.extensions_mut().insert(Open);
        }
        response
    }

    /// Renders parts of a page for a page that is open already: it puts them in the place of those with the same id.
    /// What is wrong stands in them, as that is no failure of a question that is asked at every key.
    pub fn parts(&self, make: impl FnOnce(&PageContext) -> AnyView) -> Response {
        let html = app::render_parts(self.nonce.clone(), || make(&self.context));
        let headers = [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static(LIVE), "live")];
        (headers, Html(html)).into_response()
    }

    /// Whether a stranger reads.
    pub fn is_nobody(&self) -> bool {
        self.ctx.actor == Actor::Public && !self.unknown
    }

    /// The page for an address that leads nowhere.
    pub fn not_found(&self) -> Response {
        self.problem(Refusal::NotFound.into())
    }
}

impl FromRequestParts<Shared> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Self::Rejection> {
        let path = parts.uri.path_and_query().map_or("/", |whole| whole.as_str()).to_owned();
        let mut ctx = Ctx { house: Arc::clone(&shared.house), actor: Actor::Public, now: (shared.clock)() };
        let (staff, unknown) = match staff(parts, &ctx).await {
            Ok(staff) => (staff, false),
            Err(error) => {
                tracing::warn!(%error, "who is signed in could not be read");
                (None, true)
            }
        };
        if let Some(staff) = &staff {
            ctx.actor = staff.actor();
        }
        let context = PageContext {
            lang: language(&parts.headers),
            path,
            signed_in: staff.map(|staff| SignedIn { actor: staff.actor(), name: staff.display_name }),
            assets: Arc::clone(shared.site.assets()),
            site: Arc::clone(&shared.settings),
        };
        // The middleware made one and put it into the header; without it the browser refuses every script.
        let nonce = parts.extensions.get::<Nonce>().cloned().unwrap_or_default();
        let request_id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        Ok(Self {
            context,
            ctx,
            address: shared.trusted_proxies.client(parts),
            request_id,
            method: parts.method.clone(),
            sent: parts.extensions.get::<Sent>().cloned(),
            unknown,
            nonce,
        })
    }
}

/// Who is signed in. Most readers have no session cookie, and then nothing is asked.
async fn staff(parts: &Parts, ctx: &Ctx) -> Answer<Option<Staff>> {
    let Some(session) = parts.extensions.get::<Session>().filter(|session| session.id().is_some()) else {
        return Ok(None);
    };
    sessions::staff(session, ctx).await
}

fn language(headers: &HeaderMap) -> Lang {
    let cookies = CookieJar::from_headers(headers);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Lang::choose(cookies.get(LANGUAGE_COOKIE).map(Cookie::value), accepted)
}

//! The language switch: a form in the header of every page.

use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;
use words::Lang;

use super::page::{LANGUAGE_COOKIE, Reader};
use super::typed::Form;

/// What the form sends.
#[derive(Deserialize)]
pub struct Choice {
    lang: String,
    next: String,
}

/// Keeps the choice for a year and goes back to where the reader was.
pub async fn switch(reader: Reader, jar: CookieJar, Form(choice): Form<Choice>) -> Response {
    let back = Redirect::to(own_address(&choice.next));
    let Some(lang) = Lang::from_word(&choice.lang) else { return back.into_response() };
    (jar.add(kept(&reader, lang)), back).into_response()
}

/// The cookie that keeps a choice.
pub fn kept(reader: &Reader, lang: Lang) -> Cookie<'static> {
    Cookie::build((LANGUAGE_COOKIE, lang.as_str()))
        .path("/")
        .max_age(tower_sessions::cookie::time::Duration::days(365))
        .secure(reader.ctx.house.settings.base_url.starts_with("https://"))
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// The address when it is one of ours, else the home page: the form must not send anybody elsewhere.
pub fn own_address(next: &str) -> &str {
    // Browsers read `//host`, `/\host` and control characters in between as another host.
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_leads_back_to_our_own_pages_only() {
        for ours in ["/", "/donate?fund=aid", "/g/abc#receipt"] {
            assert_eq!(own_address(ours), ours);
        }
        for foreign in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "x"]
        {
            assert_eq!(own_address(foreign), "/");
        }
    }
}

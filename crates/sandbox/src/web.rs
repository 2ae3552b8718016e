//! What the pages for people share: the frame, the security headers, sums and times as people read them.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::api::SHANGHAI;
use crate::world::instant;

/// Nothing runs, nothing is fetched but our own style sheet.
const STRICT: &str =
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/// A bilingual piece of text: Chinese, and smaller English behind it.
pub(crate) fn both(zh: &str, en: &str) -> Markup {
    html! { (zh) " " span.en lang="en" { (en) } }
}

/// A whole page. `form_origins` are the origins that a form may lead to besides our own: browsers hold the redirect
/// after a post to them too.
pub(crate) fn page(status: StatusCode, title: &str, form_origins: &str, main: &Markup) -> Response {
    let html = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/pay/style.css";
            }
            body {
                header.ribbon {
                    strong { "演示沙箱 " span lang="en" { "SANDBOX" } }
                    p { (both("只作演示，不动用真钱。", "A demonstration. No real money moves.")) }
                }
                main { (main) }
                footer { (both("沙箱支付", "Sandbox Pay")) }
            }
        }
    };
    let policy = format!("{STRICT}; form-action 'self' {form_origins}");
    let mut headers = HeaderMap::new();
    match HeaderValue::from_str(policy.trim_end()) {
        Ok(value) => headers.insert(CONTENT_SECURITY_POLICY, value),
        Err(_) => headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRICT)),
    };
    (status, headers, Html(html.into_string())).into_response()
}

/// Puts the headers on an answer that every answer carries unless its handler chose others.
pub(crate) async fn harden(mut response: Response) -> Response {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in ALWAYS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whole fen as yuan with two decimals and thousands separated: `1,234.50`.
pub(crate) fn yuan(fen: i64) -> String {
    let digits = (fen / 100).to_string();
    let mut whole = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            whole.push(',');
        }
        whole.push(digit);
    }
    format!("{whole}.{:02}", fen % 100)
}

/// A stored instant as a clock in Shanghai shows it.
pub(crate) fn clock(ms: i64) -> String {
    instant(ms).to_zoned(SHANGHAI.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_read_well() {
        for (fen, text) in
            [(1, "0.01"), (10_050, "100.50"), (99_999, "999.99"), (123_456_789, "1,234,567.89")]
        {
            assert_eq!(yuan(fen), text);
        }
    }

    #[test]
    fn times_are_shanghai_times() {
        assert_eq!(clock(1_767_225_600_000), "2026-01-01 08:00:00");
    }
}

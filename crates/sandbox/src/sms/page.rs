//! `GET /sms`: every text message the carrier was handed, newest first, as a page for people.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::app::App;
use crate::fields;
use crate::web::{self, both, clock};

pub(crate) async fn handle(State(app): State<App>) -> Response {
    let found = match super::newest(app.db().read(), None, None).await {
        Ok(found) => found,
        Err(error) => {
            let words = both("暂时出错，请稍后再试。", "Something failed. Try again a little later.");
            return web::page(
                error.status(),
                "演示沙箱 · Sandbox",
                "",
                &html! { p.notice role="alert" { (words) } },
            );
        }
    };
    let main = html! {
        h1 { (both("收到的短信", "Text messages received")) }
        p.hint { (both("最新的在上面，最多 200 条。", "Newest first, at most 200.")) " "
            a.plain href="/sms" { (both("刷新", "Refresh")) } }
        @if found.is_empty() {
            p { (both("还没有短信。", "No messages yet.")) }
        } @else {
            ol.messages {
                @for sms in &found {
                    li {
                        p.head {
                            span.number { (both("收件人", "To")) " " strong { (sms.recipient) } }
                            span.number { (clock(sms.received_ms)) " · " (sms.merchant_id) }
                        }
                        p.text { (linked(&sms.text)) }
                    }
                }
            }
        }
    };
    web::page(StatusCode::OK, "演示沙箱短信 · Sandbox messages", "", &main)
}

/// The text with its web addresses made links, as a phone shows it.
fn linked(text: &str) -> Markup {
    html! {
        @for part in text.split_inclusive([' ', '\n', '，', '。', '；', '）', '】']) {
            @let word = part.trim_end_matches([' ', '\n', '，', '。', '；', '）', '】']);
            // Chinese text puts no space before an address.
            @let (before, address) = word.split_at(word.find("http").unwrap_or(word.len()));
            @if fields::web_address(address).is_some() {
                (before) a href=(address) rel="noreferrer" { (address) } (part[word.len()..])
            } @else {
                (part)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_the_rest_is_escaped() {
        let html = linked("【火种】<b>收据：http://127.0.0.1:3000/g/a?b=1&c=2。谢谢 http:x").into_string();
        assert_eq!(
            html,
            "【火种】&lt;b&gt;收据：<a href=\"http://127.0.0.1:3000/g/a?b=1&amp;c=2\" rel=\"noreferrer\">\
             http://127.0.0.1:3000/g/a?b=1&amp;c=2</a>。谢谢 http:x"
        );
    }
}

//! The shapes of the fields that requests carry: one small check each.

use std::net::IpAddr;

use reqwest::Url;

use crate::config::NotifyHosts;

/// The largest amount of one payment: 999,999,999,999.99 yuan.
pub(crate) const MAX_AMOUNT_FEN: i64 = 99_999_999_999_999;
/// The longest a payment may stay open: seven days.
pub(crate) const MAX_OPEN_MS: i64 = 7 * 24 * 3600 * 1000;

/// A merchant's id: `[0-9A-Za-z_-]`, 1 to 32 characters.
pub(crate) fn is_merchant_id(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// A merchant's own number: `[0-9A-Za-z_*-]`, 1 to 32 characters (the alphabet of WeChat Pay's out_trade_no).
pub(crate) fn is_out_no(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'*' | b'-'))
}

/// A nonce: `[0-9A-Za-z_-]`, 16 to 64 characters.
pub(crate) fn is_nonce(text: &str) -> bool {
    (16..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// One line of words for people: not blank, no control characters, at most `max` characters.
pub(crate) fn is_line(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}

/// A message's text: not blank, at most `max` characters, line breaks allowed.
pub(crate) fn is_message(text: &str, max: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= max
        && !text.chars().any(|c| c.is_control() && c != '\n')
}

/// A mainland mobile number: `1`, `3` to `9`, nine digits.
pub(crate) fn is_mobile(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
        && bytes.iter().all(u8::is_ascii_digit)
}

/// An `http` or `https` address with a host and without a password in it, at most 512 bytes.
pub(crate) fn web_address(text: &str) -> Option<Url> {
    // The parser mends what it can (`http:x`, tabs, line breaks); what needed mending is not what was meant.
    let spelled = text.starts_with("http://") || text.starts_with("https://");
    let clean = text.len() <= 512 && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = Url::parse(text).ok()?;
    let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
    (spelled && clean && plain).then_some(url)
}

/// Whether notifications may be sent to `url`.
pub(crate) fn may_notify(url: &Url, hosts: NotifyHosts) -> bool {
    if hosts == NotifyHosts::Any {
        return true;
    }
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_alphabet() {
        assert!(is_out_no("G-2026_11*a") && is_out_no(&"a".repeat(32)));
        for bad in ["", "a b", "a/b", "ä", &"a".repeat(33)] {
            assert!(!is_out_no(bad), "{bad:?}");
        }
    }

    #[test]
    fn mobiles_are_mainland_ones() {
        assert!(is_mobile("13800138000") && is_mobile("19912345678"));
        for bad in ["12800138000", "1380013800", "138001380000", "+8613800138000", "1380013800a", ""] {
            assert!(!is_mobile(bad), "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_web_addresses() {
        assert!(web_address("http://127.0.0.1:3000/g/abc?x=1").is_some());
        for bad in [
            "ftp://a/b",
            "javascript:alert(1)",
            "/relative",
            "http://u:p@h/",
            "http://a\n.b/",
            "http://a b/",
            "http:x",
        ] {
            assert!(web_address(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn loopback_policy_sees_through_spellings() {
        let may = |text: &str| may_notify(&web_address(text).expect("a web address"), NotifyHosts::Loopback);
        for good in
            ["http://localhost:3000/n", "http://127.8.9.1/n", "http://[::1]:1/n", "http://0x7f000001/n"]
        {
            assert!(may(good), "{good}");
        }
        for bad in
            ["http://10.0.0.1/n", "http://localhost.evil.example/n", "http://[::2]/n", "http://0.0.0.0/n"]
        {
            assert!(!may(bad), "{bad}");
        }
    }
}

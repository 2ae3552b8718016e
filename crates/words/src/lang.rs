//! The languages of the site, and which one a reader gets.

/// A language of the site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese, the default.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The word in the cookie `lang`, in forms and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of such a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.as_str() == word)
    }

    /// The tag for `<html lang>` (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other language, which the switch in the header offers.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// `zh` or `en`, whichever fits: for names that are kept in both languages.
    #[must_use]
    pub fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::En if !en.trim().is_empty() => en,
            Self::Zh | Self::En => zh,
        }
    }

    /// What the reader chose (the cookie), else what the browser asks for, else Chinese.
    #[must_use]
    pub fn choose(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        cookie
            .and_then(Self::from_word)
            .or_else(|| accept_language.and_then(Self::from_accept_language))
            .unwrap_or_default()
    }

    /// The language of a POSIX locale such as `zh_CN.UTF-8`; none of ours for `C`.
    #[must_use]
    pub fn from_locale(locale: &str) -> Option<Self> {
        let word = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        Self::from_word(&word.to_ascii_lowercase())
    }

    /// The language that an `Accept-Language` header (RFC 9110 section 12.5.4) weighs most; the first of equals.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let primary = parts.next().and_then(|tag| tag.split('-').next()).unwrap_or_default();
            let Some(lang) = Self::from_word(&primary.to_ascii_lowercase()) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            if weight > 0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }
}

/// A weight `0`, `0.85`, `1.000` in thousandths; nonsense weighs nothing.
fn thousandths(weight: &str) -> u16 {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    match whole {
        "1" => 1000,
        "0" => format!("{decimals:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_wins_then_the_heaviest_then_chinese() {
        assert_eq!(Lang::choose(Some("en"), Some("zh")), Lang::En);
        assert_eq!(Lang::choose(Some("xx"), Some("en-GB,en;q=0.9,zh;q=0.8")), Lang::En);
        assert_eq!(Lang::choose(None, Some("en;q=0.5,zh-Hans-CN;q=0.85")), Lang::Zh);
        assert_eq!(Lang::choose(None, Some("EN-us;q=0.001, zh;q=0")), Lang::En);
        assert_eq!(Lang::choose(None, Some("fr, de;q=0.9, *;q=0.1")), Lang::Zh);
        assert_eq!(Lang::choose(None, None), Lang::Zh);
    }

    #[test]
    fn a_locale_names_a_language() {
        for (locale, lang) in
            [("zh_CN.UTF-8", Some(Lang::Zh)), ("en_GB", Some(Lang::En)), ("C.UTF-8", None), ("", None)]
        {
            assert_eq!(Lang::from_locale(locale), lang, "{locale}");
        }
    }

    #[test]
    fn a_missing_english_name_falls_back_to_the_chinese_one() {
        assert_eq!(Lang::En.pick("救助基金", " "), "救助基金");
        assert_eq!(Lang::En.pick("救助基金", "Aid Fund"), "Aid Fund");
        assert_eq!(Lang::Zh.pick("救助基金", "Aid Fund"), "救助基金");
    }
}

//! In which language a command words what it says about people's own data.

use words::Lang;

/// The option `--lang`.
#[derive(clap::Args)]
pub struct LangArg {
    /// The language of words: zh or en. Without it: that of LC_ALL, LC_MESSAGES or LANG, else en.
    #[arg(long, value_name = "LANG", value_parser = lang)]
    lang: Option<Lang>,
}

fn lang(text: &str) -> Result<Lang, &'static str> {
    Lang::from_word(text).ok_or("expected zh or en")
}

impl LangArg {
    /// What was asked for, else what the machine speaks.
    pub fn choose(&self) -> Lang {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(std::env::var_os)
            .find(|value| !value.is_empty());
        let spoken = || Lang::from_locale(&locale?.to_string_lossy());
        self.lang.or_else(spoken).unwrap_or(Lang::En)
    }
}

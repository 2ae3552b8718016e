//! What the reading of an old list depends on besides the list: funds' names, anonymous wordings, the day.

use std::collections::{BTreeMap, BTreeSet};

use super::gift::FundCode;
use crate::money::Fen;
use crate::text::half_width;
use crate::time::Date;

/// Wordings that name nobody. Data that staff may add to; a name is anonymous only when it equals one of them,
/// blanks and a remark in brackets behind it aside.
pub const ANONYMOUS: [&str; 14] = [
    "匿名",
    "匿名者",
    "匿名人士",
    "不愿透露姓名",
    "不留名",
    "未留名",
    "无名氏",
    "佚名",
    "爱心人士",
    "爱心市民",
    "热心市民",
    "热心人士",
    "好心人",
    "爱心捐赠人",
];

/// No list is older: the first public charity of the People's Republic was founded in 1981.
const EARLIEST: Date = Date(jiff::civil::date(1981, 1, 1));

/// The rules for one take-over.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Every accepted name of a fund → its code. Names are compared whole, after trimming white space.
    pub aliases: BTreeMap<String, FundCode>,
    /// Wordings that name nobody.
    pub anonymous: BTreeSet<String>,
    /// The day of the take-over: no gift of the past is later.
    pub today: Date,
    /// The first day that is believed.
    pub earliest: Date,
    /// Gifts of the same source that earlier lists brought, by serial number: a list of 2021 may hold the refund
    /// of a gift of 2020. Empty when nothing is stored.
    pub earlier: BTreeMap<String, EarlierGift>,
}

impl Rules {
    /// The usual rules, with nothing stored.
    #[must_use]
    pub fn new(aliases: BTreeMap<String, FundCode>, today: Date) -> Self {
        let anonymous = ANONYMOUS.into_iter().map(str::to_owned).collect();
        Self { aliases, anonymous, today, earliest: EARLIEST, earlier: BTreeMap::new() }
    }

    /// Whether a donor's name is a wording that names nobody: 匿名, but also 匿 名 and 匿名（微信）.
    #[must_use]
    pub fn names_nobody(&self, name: &str) -> bool {
        let plain: String = half_width(name).chars().filter(|c| !c.is_whitespace()).collect();
        let bare = plain.strip_suffix(')').and_then(|rest| Some(rest.split_once('(')?.0));
        self.anonymous.contains(bare.unwrap_or(&plain))
    }
}

/// A gift that is stored already, as far as a refund of it must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierGift {
    /// Its fund.
    pub fund: FundCode,
    /// Its day.
    pub date: Date,
    /// Its amount in fen, before refunds.
    pub amount: Fen,
    /// What was refunded already, in fen above zero, by the refund's serial number (or another id for a refund
    /// that no list brought). A refund that the list at hand brings again is not counted twice.
    pub refunded: BTreeMap<String, Fen>,
}

//! The journal: accounts, postings and balanced entries. Entries are never edited, only reversed.

use serde::{Deserialize, Serialize};

use crate::id::FundId;
use crate::money::Fen;

/// An account of the journal. Its place in the Chinese non-profit chart (民间非营利组织会计制度) is data in table `account`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Money at the bank (1002 银行存款).
    Bank,
    /// Money at a payment provider, not yet settled to the bank (1009 其他货币资金).
    Clearing,
    /// Gifts received, restricted to the fund (4101 捐赠收入, 限定性).
    DonationIncome,
    /// Providers' fees (5301 筹资费用).
    FundraisingCost,
    /// Aid and research paid out (5101 业务活动成本).
    ProgrammeCost,
}

impl Account {
    /// All accounts, in the order of the chart.
    pub const ALL: [Self; 5] =
        [Self::Bank, Self::Clearing, Self::DonationIncome, Self::FundraisingCost, Self::ProgrammeCost];

    /// The word in table `posting`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::Clearing => "clearing",
            Self::DonationIncome => "donation_income",
            Self::FundraisingCost => "fundraising_cost",
            Self::ProgrammeCost => "programme_cost",
        }
    }

    /// The account of a word in table `posting`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.as_str() == word)
    }
}

/// One line of an entry: debit above zero, credit below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// The fund whose money it is.
    pub fund_id: FundId,
    /// Debit > 0, credit < 0; never zero.
    pub amount: Fen,
}

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A gift was paid.
    Gift,
    /// Money went back to a donor.
    Refund,
    /// An earlier entry is taken back.
    Reversal,
}

impl EntryKind {
    /// The word in table `journal_entry`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gift => "gift",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
        }
    }
}

/// What comes back of the fee of a gift of `gross` fen when `back` of the `left` fen that are still paid go back, where
/// the provider keeps its fee only on what stays paid: the fee on what was left less the fee on what stays, each rounded
/// half up. The parts of a whole refund, in however many steps, give exactly the whole fee.
///
/// Nothing for figures that no gift can have.
#[must_use]
pub fn fee_back(gross: Fen, fee: Fen, left: Fen, back: Fen) -> Fen {
    let sound =
        gross.0 > 0 && (0..gross.0).contains(&fee.0) && left <= gross && (0..=left.0).contains(&back.0);
    if !sound {
        return Fen::ZERO;
    }
    let on = |rest: i64| {
        let (gross, part) = (i128::from(gross.0), i128::from(fee.0) * i128::from(rest));
        // No more than the fee: it fits.
        i64::try_from((2 * part + gross) / (2 * gross)).unwrap_or(fee.0)
    };
    Fen((on(left.0) - on(left.0 - back.0)).min(back.0))
}

/// Postings that sum to zero in every fund. There is no other way to make one than the functions here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balanced {
    postings: Vec<Posting>,
    /// Whether these take another entry back: what that one added is taken off again.
    takes_back: bool,
}

impl Balanced {
    /// The postings, if there are at least two, none is zero, and each fund's sum is zero.
    #[must_use]
    pub fn new(postings: Vec<Posting>) -> Option<Self> {
        let mut sums = std::collections::BTreeMap::<FundId, Fen>::new();
        for posting in &postings {
            let sum = sums.entry(posting.fund_id).or_default();
            *sum = sum.plus(posting.amount)?;
        }
        let sound = postings.len() >= 2
            && postings.iter().all(|p| p.amount != Fen::ZERO)
            && sums.values().all(|sum| *sum == Fen::ZERO);
        sound.then_some(Self { postings, takes_back: false })
    }

    /// A paid gift: `gross` to income, `fee` to cost, the rest to the account that holds the money.
    ///
    /// `None` unless 0 ≤ fee < gross.
    #[must_use]
    pub fn gift(fund_id: FundId, held_in: Account, gross: Fen, fee: Fen) -> Option<Self> {
        if fee.0 < 0 || fee >= gross {
            return None;
        }
        let line = |account, amount| Posting { account, fund_id, amount };
        let mut postings =
            vec![line(held_in, Fen(gross.0 - fee.0)), line(Account::DonationIncome, gross.negated())];
        if fee > Fen::ZERO {
            postings.push(line(Account::FundraisingCost, fee));
        }
        Self::new(postings)
    }

    /// Money given back: out of income and out of the account that held it, less what the provider gives back of its
    /// fee.
    ///
    /// `None` unless 0 < amount and 0 ≤ `fee_returned` ≤ amount.
    #[must_use]
    pub fn refund(fund_id: FundId, held_in: Account, amount: Fen, fee_returned: Fen) -> Option<Self> {
        if amount.0 <= 0 || fee_returned.0 < 0 || fee_returned > amount {
            return None;
        }
        let lines = [
            (Account::DonationIncome, amount.0),
            (held_in, fee_returned.0 - amount.0),
            (Account::FundraisingCost, -fee_returned.0),
        ];
        let lines = lines.into_iter().filter(|(_, amount)| *amount != 0);
        Self::new(lines.map(|(account, amount)| Posting { account, fund_id, amount: Fen(amount) }).collect())
    }

    /// The entry that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let postings = self.postings.iter().map(|p| Posting { amount: p.amount.negated(), ..*p }).collect();
        Self { postings, takes_back: !self.takes_back }
    }

    /// Its lines.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// What it adds to each fund's kept sums. An entry that takes a gift back makes what was received less; it is no
    /// refund.
    #[must_use]
    pub fn moves(&self) -> Vec<(FundId, Sums)> {
        let mut moves = std::collections::BTreeMap::<FundId, Sums>::new();
        for posting in &self.postings {
            let sums = moves.entry(posting.fund_id).or_default();
            if self.takes_back {
                sums.untake(&Posting { amount: posting.amount.negated(), ..*posting });
            } else {
                sums.take(posting);
            }
        }
        moves.into_iter().collect()
    }
}

/// A fund's sums, each derived from its postings alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Credits to income: gifts, gross.
    pub received: Fen,
    /// Debits to income: refunds.
    pub refunded: Fen,
    /// Net debits to fundraising cost: fees.
    pub fees: Fen,
    /// Net debits to programme cost: aid and research.
    pub spent: Fen,
}

impl Sums {
    /// Adds one posting.
    pub fn take(&mut self, posting: &Posting) {
        let amount = posting.amount;
        match posting.account {
            Account::DonationIncome if amount.0 < 0 => self.received.0 -= amount.0,
            Account::DonationIncome => self.refunded.0 += amount.0,
            Account::FundraisingCost => self.fees.0 += amount.0,
            Account::ProgrammeCost => self.spent.0 += amount.0,
            Account::Bank | Account::Clearing => {}
        }
    }

    /// Takes one posting off again that was added before.
    fn untake(&mut self, posting: &Posting) {
        let mut less = Self::default();
        less.take(posting);
        self.received.0 -= less.received.0;
        self.refunded.0 -= less.refunded.0;
        self.fees.0 -= less.fees.0;
        self.spent.0 -= less.spent.0;
    }

    /// Adds other sums.
    pub fn add(&mut self, other: Self) {
        self.received.0 += other.received.0;
        self.refunded.0 += other.refunded.0;
        self.fees.0 += other.fees.0;
        self.spent.0 += other.spent.0;
    }

    /// received − refunded − fees − spent: what the fund holds before encumbrances.
    #[must_use]
    pub const fn held(self) -> Fen {
        Fen(self.received.0 - self.refunded.0 - self.fees.0 - self.spent.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn fund(n: u128) -> FundId {
        FundId(Uuid::from_u128(n))
    }

    #[test]
    fn an_entry_must_balance_in_each_fund() {
        let line = |n, amount| Posting { account: Account::Bank, fund_id: fund(n), amount: Fen(amount) };
        assert!(Balanced::new(vec![line(1, 5), line(1, -5)]).is_some());
        assert!(Balanced::new(vec![line(1, 5), line(2, -5)]).is_none(), "zero over all, not in each fund");
        assert!(Balanced::new(vec![line(1, 5), line(1, -4)]).is_none());
        assert!(Balanced::new(vec![line(1, 0), line(1, 0)]).is_none());
        assert!(Balanced::new(vec![]).is_none());
    }

    #[test]
    fn a_fee_comes_back_in_proportion() {
        let back = |left, back| fee_back(Fen(10_050), Fen(60), Fen(left), Fen(back)).0;
        assert_eq!((back(10_050, 10_050), back(10_050, 5_025), back(10_050, 1)), (60, 30, 0));
        // 60 × 9967 / 10050 = 59.504…, 60 × 9966 / 10050 = 59.498…: the half is passed by one fen.
        assert_eq!((back(10_050, 83), back(10_050, 84)), (0, 1));
        assert_eq!(back(10_050, 10_051), 0, "more than is left");
        assert_eq!(fee_back(Fen(1), Fen(1), Fen(1), Fen(1)), Fen::ZERO, "a fee as large as its gift");
    }

    proptest! {
        #[test]
        fn a_whole_refund_in_steps_gives_the_whole_fee_back(
            gross in 1i64..1_000_000_000_000, share in 0u32..1000, steps in prop::collection::vec(1i64..1_000_000_000, 0..6)
        ) {
            let fee = gross * i64::from(share) / 1000;
            let (mut left, mut all) = (gross, 0);
            for step in steps.into_iter().chain([i64::MAX]) {
                let step = step.min(left);
                let part = fee_back(Fen(gross), Fen(fee), Fen(left), Fen(step)).0;
                prop_assert!((0..=step).contains(&part));
                all += part;
                left -= step;
            }
            prop_assert_eq!(all, fee);
        }

        #[test]
        fn gifts_and_refunds_balance(gross in 1i64..1_000_000_000, fee in 0i64..1_000_000_000, back in 1i64..1_000_000_000) {
            let gift = Balanced::gift(fund(1), Account::Clearing, Fen(gross), Fen(fee));
            prop_assert_eq!(gift.is_some(), fee < gross);
            let mut sums = Sums::default();
            if let Some(gift) = gift {
                prop_assert_eq!(gift.postings().iter().map(|p| p.amount.0).sum::<i64>(), 0);
                for (_, moved) in gift.moves() {
                    sums.add(moved);
                }
                prop_assert_eq!(sums.held(), Fen(gross - fee));
                let asset: i64 = gift.postings().iter().filter(|p| p.account == Account::Clearing).map(|p| p.amount.0).sum();
                prop_assert_eq!(asset, gross - fee);
                let back_again: i64 = gift.reversed().postings().iter().filter(|p| p.account == Account::Clearing).map(|p| p.amount.0).sum();
                prop_assert_eq!(back_again, fee - gross);
                let mut none = sums;
                for (_, moved) in gift.reversed().moves() {
                    none.add(moved);
                }
                prop_assert_eq!(none, Sums::default(), "as if it had never been booked");
            }
            let before = sums;
            let refund = Balanced::refund(fund(1), Account::Clearing, Fen(back), Fen(fee));
            prop_assert_eq!(refund.is_some(), fee <= back);
            if let Some(refund) = refund {
                for (_, moved) in refund.moves() {
                    sums.add(moved);
                }
                prop_assert_eq!(sums.refunded, Fen(back));
                prop_assert_eq!(sums.fees.0, before.fees.0 - fee);
                prop_assert_eq!(sums.held().0, before.held().0 - back + fee);
            }
        }
    }
}

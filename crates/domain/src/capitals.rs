//! Amounts in financial capitals (大写金额), by the rules of 支付结算办法, annex 1.

use crate::money::{Fen, LARGEST};

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 3] = ["", "万", "亿"];

/// `amount` in capitals, such as 壹佰元零伍角; `None` when negative or above [`LARGEST`].
///
/// 整 stands only after 元; 零 before a later group that is below 1000 or follows a skipped group, before 角
/// when the 元 digit is 0, and before 分 when 角 is 0 and there are 元.
#[must_use]
pub fn capitals(amount: Fen) -> Option<String> {
    if amount.0 < 0 || amount > LARGEST {
        return None;
    }
    let (yuan, jiao, fen) = (amount.0 / 100, (amount.0 / 10 % 10) as usize, (amount.0 % 10) as usize);
    let mut out = String::new();
    if yuan > 0 || (jiao == 0 && fen == 0) {
        out.push_str(&whole(yuan));
        out.push('元');
    }
    if jiao == 0 && fen == 0 {
        out.push('整');
        return Some(out);
    }
    if jiao > 0 {
        // Beside the rule for 角: 107000.53 is written 壹拾万柒仟元零伍角叁分.
        if yuan > 0 && yuan % 10 == 0 {
            out.push('零');
        }
        out.push(DIGITS[jiao]);
        out.push('角');
    }
    if fen > 0 {
        if jiao == 0 && yuan > 0 {
            out.push('零');
        }
        out.push(DIGITS[fen]);
        out.push('分');
    }
    Some(out)
}

fn whole(yuan: i64) -> String {
    if yuan == 0 {
        return DIGITS[0].to_string();
    }
    let groups = [yuan % 10_000, yuan / 10_000 % 10_000, yuan / 100_000_000];
    let mut out = String::new();
    let mut skipped = false;
    for (index, group) in groups.into_iter().enumerate().rev() {
        if group == 0 {
            skipped = !out.is_empty();
            continue;
        }
        if !out.is_empty() && (group < 1000 || skipped) {
            out.push('零');
        }
        out.push_str(&four(group));
        out.push_str(GROUPS[index]);
        skipped = false;
    }
    out
}

/// One group of up to four digits, with one 零 for each run of inner zeros.
fn four(group: i64) -> String {
    let mut out = String::new();
    let mut zero = false;
    for place in (0..4).rev() {
        let digit = (group / 10_i64.pow(place) % 10) as usize;
        if digit == 0 {
            zero = !out.is_empty();
            continue;
        }
        if zero {
            out.push('零');
        }
        out.push(DIGITS[digit]);
        out.push_str(PLACES[place as usize]);
        zero = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_examples() {
        for (amount, text) in [
            ("1409.50", "壹仟肆佰零玖元伍角"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("107000.53", "壹拾万柒仟元零伍角叁分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("0", "零元整"),
            ("0.01", "壹分"),
            ("0.50", "伍角"),
            ("1.01", "壹元零壹分"),
            ("10", "壹拾元整"),
            ("100.50", "壹佰元零伍角"),
            ("10001", "壹万零壹元整"),
            ("10050", "壹万零伍拾元整"),
            ("2030000", "贰佰零叁万元整"),
            ("100000001", "壹亿零壹元整"),
            ("100010000", "壹亿零壹万元整"),
            ("100000000.01", "壹亿元零壹分"),
        ] {
            assert_eq!(capitals(Fen::read(amount).unwrap()).as_deref(), Some(text), "{amount}");
        }
        assert_eq!(capitals(Fen(-1)), None);
        assert_eq!(capitals(Fen(LARGEST.0 + 1)), None);
    }

    /// Reads capitals back by the values of the signs alone, without the rules for 零.
    fn value(text: &str) -> i64 {
        let (mut total, mut section, mut digit) = (0i64, 0i64, 0i64);
        for c in text.chars() {
            match c {
                '拾' | '佰' | '仟' => {
                    section += digit * [10, 100, 1000]["拾佰仟".chars().position(|p| p == c).unwrap()];
                    digit = 0;
                }
                '万' | '亿' | '元' => {
                    let scale =
                        [1_000_000, 10_000_000_000, 100]["万亿元".chars().position(|p| p == c).unwrap()];
                    total += (section + digit) * scale;
                    (section, digit) = (0, 0);
                }
                '角' => (total, digit) = (total + digit * 10, 0),
                '分' => (total, digit) = (total + digit, 0),
                '整' => {}
                _ => digit = DIGITS.iter().position(|d| *d == c).unwrap() as i64,
            }
        }
        total
    }

    proptest! {
        #[test]
        fn capitals_mean_the_amount(fen in 0..=LARGEST.0) {
            let text = capitals(Fen(fen)).unwrap();
            prop_assert_eq!(value(&text), fen);
            prop_assert!(!text.contains("零零") && !text.contains("零元") || fen < 100);
            prop_assert_eq!(text.ends_with('整'), fen % 100 == 0);
        }
    }
}

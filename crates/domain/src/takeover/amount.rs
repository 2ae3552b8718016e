//! Reading an amount from an old list: the ways of a form field, and 万元.

use super::reason::{BadReason, excerpt};
use crate::money::{Fen, LARGEST};
use crate::refusal::Refusal;
use crate::text::half_width;

/// The only word number that is understood: ten thousand yuan.
const WAN: &str = "万元";
/// Fen in 万元.
const FEN_PER_WAN: i64 = 1_000_000;

/// The amount in a cell, negative for a refund.
///
/// Understood are the ways of [`Fen::read`] and a number followed by 万元 (`1万元`, `1.5万元`). Words such as 一百
/// and look-alikes such as `5OO` are not guessed.
///
/// # Errors
/// The reason, with the cell as it was written.
pub fn read_amount(cell: &str) -> Result<Fen, BadReason> {
    let plain = half_width(cell);
    let text = plain.trim();
    if text.is_empty() {
        return Err(BadReason::AmountMissing);
    }
    let read = match text.strip_suffix(WAN) {
        Some(number) => read_wan(number.trim_end()),
        None => read_signed(text),
    };
    match read {
        Ok(Fen(0)) => Err(BadReason::AmountZero),
        Ok(fen) => Ok(fen),
        Err(Refusal::AmountTooFine) => Err(BadReason::AmountTooFine(excerpt(cell))),
        Err(Refusal::AmountOverCap { .. }) => Err(BadReason::AmountOverCap(excerpt(cell))),
        Err(_) => Err(BadReason::AmountUnreadable(excerpt(cell))),
    }
}

/// [`Fen::read`], with the minus also behind the currency sign (`¥-50`), and never twice.
fn read_signed(text: &str) -> Result<Fen, Refusal> {
    let minus = |c: char| matches!(c, '-' | '−');
    if text.chars().filter(|c| minus(*c)).count() > 1 {
        return Err(Refusal::AmountUnreadable);
    }
    let after_sign =
        text.strip_prefix(['¥', '￥']).map(str::trim_start).filter(|rest| rest.starts_with(minus));
    Fen::read(after_sign.unwrap_or(text))
}

/// The number before 万元: up to six decimals are whole fen.
fn read_wan(number: &str) -> Result<Fen, Refusal> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::AmountUnreadable);
    }
    // The whole part carries sign and separators; a unit before 万元 (`1元万元`) makes no sense.
    if !whole.ends_with(|c: char| c.is_ascii_digit()) {
        return Err(Refusal::AmountUnreadable);
    }
    if decimals.len() > 6 {
        return Err(Refusal::AmountTooFine);
    }
    let wan = read_signed(whole)?.0 / 100;
    let negative = whole.contains(['-', '−']);
    let part: i64 = format!("{decimals:0<6}").parse().map_err(|_| Refusal::AmountUnreadable)?;
    let size = wan.abs().checked_mul(FEN_PER_WAN).and_then(|fen| fen.checked_add(part));
    match size.filter(|fen| *fen <= LARGEST.0) {
        Some(fen) => Ok(Fen(if negative { -fen } else { fen })),
        None => Err(Refusal::AmountOverCap { cap: LARGEST }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ways_of_writing() {
        for (cell, fen) in [
            ("2000", 200_000),
            ("10.00", 1_000),
            (" 1,996.64 ", 199_664),
            ("¥50.00", 5_000),
            ("￥10,000.00", 1_000_000),
            ("50000.00元", 5_000_000),
            ("１０００．００", 100_000),
            ("1万元", 1_000_000),
            ("１．５万元", 1_500_000),
            ("¥30 万元", 30_000_000),
            ("1.000001万元", 1_000_001),
            ("-0.5万元", -500_000),
            ("-751.34", -75_134),
            ("－926.85", -92_685),
            ("¥-50", -5_000),
            ("-¥50", -5_000),
        ] {
            assert_eq!(read_amount(cell), Ok(Fen(fen)), "{cell}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        let unreadable = [
            "一百",
            "5OO",
            "待定",
            "1万",
            "万元",
            "一万元",
            "1元万元",
            "1万元元",
            "1.万元",
            ".5万元",
            "--5",
            "-¥-5",
            "1e3",
            "100。00",
            "1，00",
            "1 000",
            "+5",
            "(100)",
            "100美元",
            "1.5.0",
            "１００OO",
            "--1万元",
            "1,00万元",
        ];
        for cell in unreadable {
            assert_eq!(read_amount(cell), Err(BadReason::AmountUnreadable(cell.to_owned())), "{cell}");
        }
        assert_eq!(read_amount(" \u{3000}"), Err(BadReason::AmountMissing));
        for cell in ["0", "0.00", "-0", "0万元", "¥０"] {
            assert_eq!(read_amount(cell), Err(BadReason::AmountZero), "{cell}");
        }
        for cell in ["100.005", "100.000", "1.0000001万元"] {
            assert_eq!(read_amount(cell), Err(BadReason::AmountTooFine(cell.to_owned())), "{cell}");
        }
        for cell in ["1000000000000", "100000000万元", "99999999999999999999999999"] {
            assert_eq!(read_amount(cell), Err(BadReason::AmountOverCap(cell.to_owned())), "{cell}");
        }
    }

    fn full_width(text: &str) -> String {
        text.chars()
            .map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c })
            .collect()
    }

    proptest! {
        #[test]
        fn every_way_of_writing_reads_back(size in 1..=LARGEST.0, refund: bool) {
            let fen = Fen(if refund { -size } else { size });
            let plain = format!("{}{}.{:02}", if refund { "-" } else { "" }, size / 100, size % 100);
            let wan = format!("{}{}.{:06}万元", if refund { "-" } else { "" }, size / 1_000_000, size % 1_000_000);
            let written = [
                fen.grouped(), fen.short(), format!("¥{}", fen.grouped()), format!("￥{plain}"),
                format!("{plain}元"), full_width(&plain), full_width(&fen.grouped()), format!(" {plain}\u{3000}"),
                wan, plain,
            ];
            for cell in written {
                prop_assert_eq!(read_amount(&cell), Ok(fen), "{}", cell);
            }
        }

        #[test]
        fn any_text_is_answered(cell in "\\PC*") {
            let _ = read_amount(&cell);
        }

        #[test]
        fn near_amounts_are_answered(cell in "[-−¥￥0-9.,万元 ]{0,24}") {
            if let Ok(fen) = read_amount(&cell) {
                prop_assert!(fen.0 != 0 && fen.0.abs() <= LARGEST.0);
            }
        }
    }
}

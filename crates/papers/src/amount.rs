//! Money in figures as it stands on a paper.

use crate::PaperError;

/// Yuan with thousands separated and always two decimals, without the currency sign: `1,234,567.05`.
///
/// # Errors
/// [`PaperError::NotPositive`] for zero and below: a paper acknowledges something that was given.
pub fn figures(amount_fen: i64) -> Result<String, PaperError> {
    if amount_fen <= 0 {
        return Err(PaperError::NotPositive(amount_fen));
    }
    let yuan = (amount_fen / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in yuan.chars().enumerate() {
        if index > 0 && (yuan.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    Ok(format!("{grouped}.{:02}", amount_fen % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_thousands_and_keeps_fen() {
        for (fen, shown) in [
            (1, "0.01"),
            (50, "0.50"),
            (10_050, "100.50"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (123_456_705, "1,234,567.05"),
            (99_999_999_999_999, "999,999,999,999.99"),
            (i64::MAX, "92,233,720,368,547,758.07"),
        ] {
            assert_eq!(figures(fen), Ok(shown.to_owned()), "{fen}");
        }
    }

    #[test]
    fn refuses_what_is_no_gift() {
        for fen in [0, -1, i64::MIN] {
            assert_eq!(figures(fen), Err(PaperError::NotPositive(fen)));
        }
    }
}

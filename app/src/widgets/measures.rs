//! Counts and laboratory figures as they are read; no figure is ever shown larger than it is.

/// A count with its thousands parted: `20,000`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Thousandths with two decimals, the third cut off: 12,345 is `12.34`. Cells in 10⁵ read so in 10⁸, those in 10³ in
/// 10⁶. Nothing for 0, which is not known.
#[must_use]
pub fn thousandths(number: u32) -> Option<String> {
    (number > 0).then(|| format!("{}.{:02}", number / 1000, number % 1000 / 10))
}

/// Microlitres in mL with one decimal; nothing for 0, which is not known.
#[must_use]
pub fn millilitres(microlitres: u32) -> Option<String> {
    (microlitres > 0).then(|| format!("{}.{}", microlitres / 1000, microlitres % 1000 / 100))
}

/// Per mille in per cent: 930 is `93.0 %`.
#[must_use]
pub fn percent(permille: u16) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_cut_and_never_rounded_up() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(thousandths(0), None);
        assert_eq!(thousandths(2_999).as_deref(), Some("2.99"));
        assert_eq!(thousandths(9_005).as_deref(), Some("9.00"));
        assert_eq!(millilitres(25_060).as_deref(), Some("25.0"));
        assert_eq!(percent(935), "93.5 %");
    }
}

//! Decimal figures of exchange formats as whole numbers of a finer unit, without ever passing through a float.

/// A figure as a whole number of a unit that is `10^decimals` times finer, and whether anything was cut off: what is
/// finer is left out, so that a dose is never more than what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled {
    /// The whole number.
    pub value: u32,
    /// Whether it is exactly what was written.
    pub exact: bool,
}

/// Reads `12`, `12.5`, `.5`, with a sign `+`; `None` for anything else, below zero or too large.
#[must_use]
pub fn scaled(text: &str, decimals: usize) -> Option<Scaled> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 40 || whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let (kept, cut) = fraction.split_at(fraction.len().min(decimals));
    let mut value = 0_u64;
    let padding = std::iter::repeat_n(b'0', decimals - kept.len());
    for digit in whole.bytes().chain(kept.bytes()).chain(padding) {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
    }
    let value = u32::try_from(value).ok()?;
    Some(Scaled { value, exact: cut.bytes().all(|digit| digit == b'0') })
}

/// Writes a whole number back in the coarser unit: the shortest text that [`scaled`] reads as the same.
#[must_use]
pub fn unscaled(value: u32, decimals: usize) -> String {
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_read_exactly() {
        let read = |text, decimals| scaled(text, decimals).map(|s| (s.value, s.exact));
        assert_eq!(read("12.345", 3), Some((12_345, true)));
        assert_eq!(read("12", 3), Some((12_000, true)));
        assert_eq!(read("+.5", 1), Some((5, true)));
        assert_eq!(read("7.", 1), Some((70, true)));
        // Cut, not rounded up: a dose is never made greater.
        assert_eq!(read("8.9999", 3), Some((8_999, false)));
        assert_eq!(read("8.9990", 3), Some((8_999, true)));
        for wrong in ["", ".", "-1", "1e8", "1,5", "０", " 1", "1.2.3", "4294968", "99999999999999999999"] {
            assert_eq!(read(wrong, 3), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value: u32, decimals in 0_usize..9) {
            let text = unscaled(value, decimals);
            prop_assert_eq!(scaled(&text, decimals), Some(Scaled { value, exact: true }));
        }

        #[test]
        fn nothing_written_breaks_it(text in "\\PC{0,48}", decimals in 0_usize..9) {
            let _ = scaled(&text, decimals);
        }
    }
}

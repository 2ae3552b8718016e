//! Text that people type: widths, trimming, limits and masking.

use crate::refusal::Refusal;

/// Full-width ASCII (`１`, `．`, `＠`) and the ideographic space in their half-width form; all else unchanged.
#[must_use]
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            other => other,
        })
        .collect()
}

/// One line of text: trimmed, inner white space folded to one space, without control or direction-changing
/// characters (they can make a name on a receipt read as another).
///
/// # Errors
/// [`Refusal::TooLong`] above `max` characters, [`Refusal::TextUnprintable`] for control characters.
pub fn line(typed: &str, max: usize) -> Result<String, Refusal> {
    let folded = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    checked(folded, max)
}

/// Several lines: ends trimmed, line breaks kept as `\n`.
///
/// # Errors
/// As [`line`].
pub fn paragraph(typed: &str, max: usize) -> Result<String, Refusal> {
    let lines: Vec<String> =
        typed.trim().lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    checked(lines.join("\n"), max)
}

fn checked(text: String, max: usize) -> Result<String, Refusal> {
    if text.chars().count() > max {
        return Err(Refusal::TooLong { max });
    }
    if text.chars().any(unprintable) {
        return Err(Refusal::TextUnprintable);
    }
    Ok(text)
}

/// Control characters, and the marks that reverse or hide text (UAX #9, zero-width signs).
fn unprintable(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A name as strangers may see it: the first character and two stars (王**); nothing for an empty name.
#[must_use]
pub fn masked_name(name: &str) -> String {
    name.chars().next().map(|first| format!("{first}**")).unwrap_or_default()
}

/// An e-mail address by its shape: one `@`, a dotted host, no blanks, at most 254 characters (RFC 5321 §4.5.3).
///
/// # Errors
/// [`Refusal::EmailShape`].
pub fn email(typed: &str) -> Result<String, Refusal> {
    let text = half_width(typed.trim());
    let well_formed = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && local.len() <= 64
            && !host.contains('@')
            && host.split('.').count() >= 2
            && host.split('.').all(|label| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            })
    });
    let printable = text.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[],;:\\\"".contains(&b));
    if well_formed && printable && text.len() <= 254 { Ok(text) } else { Err(Refusal::EmailShape) }
}

/// A mainland mobile number, `^1[3-9]\d{9}$`; blanks, dashes and a +86 in front are taken off.
///
/// # Errors
/// [`Refusal::PhoneShape`].
pub fn mobile(typed: &str) -> Result<String, Refusal> {
    let digits: String = half_width(typed).chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let digits = digits.strip_prefix("+86").or_else(|| digits.strip_prefix("0086")).unwrap_or(&digits);
    let bytes = digits.as_bytes();
    let good = bytes.len() == 11
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
        && bytes.iter().all(u8::is_ascii_digit);
    if good { Ok(digits.to_owned()) } else { Err(Refusal::PhoneShape) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_and_bounded() {
        assert_eq!(line("  王　小明 \n", 20).as_deref(), Ok("王 小明"));
        assert_eq!(line("王小明", 2), Err(Refusal::TooLong { max: 2 }));
        assert_eq!(line("王\u{202E}明", 9), Err(Refusal::TextUnprintable));
        assert_eq!(paragraph(" 愿平安\r\n健康 \n", 20).as_deref(), Ok("愿平安\n健康"));
    }

    #[test]
    fn contacts() {
        assert_eq!(email(" a.b+c@mail.example.cn ").as_deref(), Ok("a.b+c@mail.example.cn"));
        for bad in ["a", "a@b", "a@b..cn", "@b.cn", "a b@c.cn", "a@b@c.cn", "a@b.cn,c@d.cn", "王@b.cn"] {
            assert_eq!(email(bad), Err(Refusal::EmailShape), "{bad}");
        }
        assert_eq!(mobile("+86 199-0000-4906").as_deref(), Ok("19900004906"));
        assert_eq!(mobile("１９９００００４９０６").as_deref(), Ok("19900004906"));
        for bad in ["12900004906", "1990000490", "199000049066", "1990000490x"] {
            assert_eq!(mobile(bad), Err(Refusal::PhoneShape), "{bad}");
        }
        assert_eq!(masked_name("王小明"), "王**");
    }
}

//! UTF-8 or GB18030: in which charset a text file may be written.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use super::error::FileError;

/// The charset of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB18030, and with it GBK and GB 2312: what Chinese Excel writes as CSV.
    Gb18030,
}

/// The charsets in which the whole text is valid, the likelier first, each with the text.
///
/// # Errors
/// [`FileError::CharsetUnknown`] when it is valid in none.
pub(super) fn candidates(bytes: &[u8]) -> Result<Vec<(Charset, Cow<'_, str>)>, FileError> {
    let bom = Encoding::for_bom(bytes);
    let body = bom.map_or(bytes, |(_, length)| &bytes[length..]);
    match bom {
        Some((encoding, _)) if encoding != UTF_8 => return Err(FileError::CharsetUnknown { byte: 0 }),
        Some((_, length)) => {
            let text = std::str::from_utf8(body)
                .map_err(|error| FileError::CharsetUnknown { byte: length + error.valid_up_to() })?;
            return Ok(vec![(Charset::Utf8, Cow::Borrowed(text))]);
        }
        None => {}
    }
    let utf8 = std::str::from_utf8(body).ok().map(|text| (Charset::Utf8, Cow::Borrowed(text)));
    if utf8.is_some() && body.is_ascii() {
        return Ok(utf8.into_iter().collect());
    }
    let gb18030 = decode_gb18030(body).map(|text| (Charset::Gb18030, Cow::Owned(text)));
    match (utf8, gb18030) {
        (None, Err(byte)) => Err(FileError::CharsetUnknown { byte }),
        (utf8, gb18030) => Ok(utf8.into_iter().chain(gb18030.ok()).collect()),
    }
}

/// The text, or the place of the first byte that is wrong.
fn decode_gb18030(bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).ok_or(0usize)?;
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (DecoderResult::OutputFull, read) => Err(read),
        (DecoderResult::Malformed(wrong, after), read) => {
            Err(read.saturating_sub(usize::from(wrong) + usize::from(after)))
        }
    }
}

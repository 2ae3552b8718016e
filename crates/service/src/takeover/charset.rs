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

/// The text of a file, and the charset that it is in.
///
/// What is valid UTF-8 is UTF-8: the headings of a list of gifts (流水号, 编号) in GB18030 never are.
///
/// # Errors
/// [`FileError::CharsetUnknown`] when it is valid in neither.
pub(super) fn decode(bytes: &[u8]) -> Result<(Charset, Cow<'_, str>), FileError> {
    let (marked, body) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) if encoding != UTF_8 => return Err(FileError::CharsetUnknown { byte: 0 }),
        Some((_, length)) => (length, &bytes[length..]),
        None => (0, bytes),
    };
    match std::str::from_utf8(body) {
        Ok(text) => Ok((Charset::Utf8, Cow::Borrowed(text))),
        Err(error) if marked > 0 => Err(FileError::CharsetUnknown { byte: marked + error.valid_up_to() }),
        Err(_) => decode_gb18030(body)
            .map(|text| (Charset::Gb18030, Cow::Owned(text)))
            .map_err(|byte| FileError::CharsetUnknown { byte }),
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

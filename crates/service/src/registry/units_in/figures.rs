//! Figures out of a record, in whole numbers, and what stays of how they were written.

use std::collections::BTreeMap;

use domain::registry::{LoadRefusal, Scaled, scaled};

use super::draft::shortened;
use super::record::Record;

/// Fields that say the volume: as frozen, else before that.
pub(in crate::registry) const VOLUME: [&str; 2] = ["VOL_FRZN", "VOL"];

/// Fields that say the nucleated cells.
pub(in crate::registry) const TNC: [&str; 2] = ["TNC_FRZN", "TNC"];

/// Fields that say the CD34-positive cells.
pub(in crate::registry) const CD34: [&str; 2] = ["CD34PC_FRZN", "CD34PC"];

/// The first of these fields that says a figure, in a unit `10^decimals` times finer, and which one that is. A 0 says no
/// more than nothing does: the next field counts then.
fn first_figure<'f>(
    values: &BTreeMap<String, String>,
    fields: &[&'f str],
    decimals: usize,
) -> Result<Option<(&'f str, Scaled)>, LoadRefusal> {
    for field in fields {
        let Some(text) = values.get(*field) else { continue };
        let read = scaled(text, decimals).ok_or_else(|| LoadRefusal::FigureUnreadable {
            field: (*field).to_owned(),
            value: shortened(text),
        })?;
        if read.value > 0 {
            return Ok(Some((field, read)));
        }
    }
    Ok(None)
}

/// What a draft takes from these fields; 0 when none says a figure.
///
/// # Errors
/// [`LoadRefusal::FigureUnreadable`].
pub(in crate::registry) fn said_figure(
    values: &BTreeMap<String, String>,
    fields: &[&str],
    decimals: usize,
) -> Result<u32, LoadRefusal> {
    Ok(first_figure(values, fields, decimals)?.map_or(0, |(_, read)| read.value))
}

/// A figure taken out of these fields; 0 when none says any. What is finer than it is counted is cut off and stays among
/// the details as it was written; so do the other fields.
pub(super) fn figure(record: &mut Record, fields: &[&str], decimals: usize) -> Result<u32, LoadRefusal> {
    let Some((field, read)) = first_figure(&record.fields, fields, decimals)? else { return Ok(0) };
    // Only the preferred field is written again from the figure alone.
    if read.exact && field == fields[0] {
        record.take(field);
    } else if field != fields[0] {
        // A plain 0 there would contradict the figure that took its place.
        let zero = scaled(record.fields.get(fields[0]).map_or("", String::as_str), decimals);
        if zero.is_some_and(|zero| zero.exact) {
            record.take(fields[0]);
        }
    }
    Ok(read.value)
}

/// How many attached segments a text says. Older files say only whether there are any.
pub(in crate::registry) fn said_segments(text: &str) -> Option<u8> {
    match text {
        "Y" => Some(1),
        "N" => Some(0),
        digits => digits.parse().ok(),
    }
}

/// The attached segments, taken out.
pub(super) fn segments(record: &mut Record) -> Result<u8, LoadRefusal> {
    let Some(text) = record.fields.get("ATT_SEG") else { return Ok(0) };
    let count = said_segments(text).ok_or_else(|| LoadRefusal::FigureUnreadable {
        field: "ATT_SEG".to_owned(),
        value: shortened(text),
    })?;
    // A word stays beside the number.
    if text.bytes().any(|byte| byte.is_ascii_digit()) {
        record.take("ATT_SEG");
    }
    Ok(count)
}

//! Lengths on paper as whole thousandths of a point, so that layout is exact and the same on every machine.

/// A length or a coordinate in thousandths of a point (1 pt = 1/72 inch = 1000).
pub type Len = i32;

/// Tenths of a point: `tenths(85)` is 8.5 pt.
pub const fn tenths(tenths: i32) -> Len {
    tenths * 100
}

/// Whole points.
pub const fn pt(points: i32) -> Len {
    points * 1000
}

/// Whole millimetres, rounded to the nearest thousandth of a point.
pub const fn mm(millimetres: i32) -> Len {
    (millimetres * 720_000 + 127) / 254
}

/// `len` times `percent` / 100.
pub const fn percent(len: Len, percent: i32) -> Len {
    (len as i64 * percent as i64 / 100) as Len
}

/// The length in points, as the PDF library takes it.
#[expect(clippy::float_arithmetic, reason = "the PDF library draws in f32; layout stays in whole numbers")]
pub fn points(len: Len) -> f32 {
    len as f32 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_has_the_size_of_iso_216() {
        assert_eq!((mm(148), mm(210)), (419_528, 595_276));
        assert_eq!(percent(pt(20), 45), pt(9));
    }
}

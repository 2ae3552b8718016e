//! Several attributes given to an element as one.
//!
//! Views are erased in every build (docs/decisions/0008): each attribute that stands by itself in `view!` is boxed, and a
//! `&str` or `String` is copied besides. A tuple of attributes is boxed once, and a [`Text`] that borrows is not copied.
//! What stands on a page many times is worth that; everything else is easier to read as plain attributes.

use leptos::prelude::Oco;
use leptos::tachys::html::attribute::custom::{CustomAttr, custom_attribute};
use leptos::tachys::html::class::Class;

pub(super) use leptos::attr;

/// A text that is borrowed where it is known to the compiler.
pub type Text = Oco<'static, str>;

/// A text that the compiler knows.
pub(super) const fn known(text: &'static str) -> Text {
    Oco::Borrowed(text)
}

/// The attribute `class`.
pub(super) fn class(names: &'static str) -> Class<Text> {
    leptos::tachys::html::class::class(known(names))
}

/// An attribute `data-…`, absent without a value.
pub(super) fn data(key: &'static str, value: Option<Text>) -> CustomAttr<&'static str, Option<Text>> {
    custom_attribute(key, value)
}

//! An amount of money as it is read: the sign smaller than the figure, digits of one width.

use leptos::prelude::*;

/// `¥` and a figure that is already written out.
#[component]
pub fn Money(
    /// The figure, with separators: `1,000.50`, `-20`.
    #[prop(into)]
    figure: String,
) -> impl IntoView {
    view! {
        <span class="money">
            <span class="money-sign">"¥"</span>
            {figure}
        </span>
    }
}

/// `¥` and the figure as plain text, for buttons, titles and labels.
#[must_use]
pub fn figure(figure: &str) -> String {
    format!("¥{figure}")
}

//! An amount of money as it is read: the sign smaller than the figure, digits of one width.

use leptos::prelude::*;

/// `¥` and a figure that is already written out.
#[component]
pub fn Money(
    /// The figure, with separators: `1,000.50`, `-20`.
    #[prop(into)]
    figure: String,
) -> impl IntoView {
    let (sign, digits) = match figure.strip_prefix('-') {
        // The sign of a sum stands in front of its currency, and as wide as a digit.
        Some(digits) => ("−¥", digits.to_owned()),
        None => ("¥", figure),
    };
    // So many signs that a large figure would not fit a phone in its usual size.
    let long = (digits.len() > 14).then_some("");
    view! {
        <span class="money" data-long=long>
            <span class="money-sign">{sign}</span>
            {digits}
        </span>
    }
}

/// `¥` and the figure as plain text, for buttons, titles and labels.
#[must_use]
pub fn figure(figure: &str) -> String {
    match figure.strip_prefix('-') {
        Some(digits) => format!("−¥{digits}"),
        None => format!("¥{figure}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_stands_before_the_currency() {
        assert_eq!((figure("1,000.50").as_str(), figure("-0.50").as_str()), ("¥1,000.50", "−¥0.50"));
        let html = Owner::new().with(|| view! { <Money figure="-0.50" /> }.to_html()).replace("<!>", "");
        assert!(!html.contains("data-long"), "{html}");
        assert!(html.contains(">−¥</span>") && !html.contains("-0.50"), "{html}");
    }
}

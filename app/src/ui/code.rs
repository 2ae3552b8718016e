//! Long codes: short in lists and titles, whole where they are read out or copied.

use leptos::prelude::*;

/// Up to so many characters a code is shown whole: receipt numbers and transfer codes are this short.
const WHOLE: usize = 14;
/// So many characters stay of a longer one. They are its random end, 40 bits: two of the fifty on a page look alike with a
/// chance below one in a hundred million.
const TAIL: usize = 8;

/// The end of a long code in groups of four, `…7K3Q 9MPA`; a short code whole.
#[must_use]
pub fn short_code(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    if signs.len() <= WHOLE {
        return code.to_owned();
    }
    // A no-break space: the groups stay on one line.
    let groups: Vec<String> =
        signs[signs.len() - TAIL..].chunks(4).map(|group| group.iter().collect()).collect();
    format!("…{}", groups.join("\u{a0}"))
}

/// A code in its short form; the whole one shows under the pointer.
#[component]
pub fn Code(
    /// The whole code.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    let short = short_code(&code);
    let whole = (short != code).then_some(code);
    view! {
        <span class="code code-short" title=whole>
            {short}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_code_shows_its_end_and_a_short_one_all_of_it() {
        assert_eq!(short_code("SP01JDC3K7Q8ZZ0000ABCD7K3Q9MPA"), "…7K3Q\u{a0}9MPA");
        assert_eq!(short_code("SP-2026-018205"), "SP-2026-018205");
        assert_eq!(short_code("HZ-7K3Q9-MPA4X"), "HZ-7K3Q9-MPA4X");
        assert_eq!(short_code("二〇二六年第一百二十三号甲乙丙"), "…百二十三\u{a0}号甲乙丙");
        let html = Owner::new().with(|| view! { <Code code="SP01JDC3K7Q8ZZ0000ABCD7K3Q9MPA" /> }.to_html());
        assert!(html.contains("title=\"SP01JDC3K7Q8ZZ0000ABCD7K3Q9MPA\""), "{html}");
    }
}

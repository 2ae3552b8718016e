//! A term and what it is, one pair of a `<dl class="facts">`.

use leptos::prelude::*;

/// One pair.
pub fn fact(term: &str, what: impl IntoAny) -> AnyView {
    let term = term.to_owned();
    view! {
        <div class="fact">
            <dt>{term}</dt>
            <dd>{what.into_any()}</dd>
        </div>
    }
    .into_any()
}

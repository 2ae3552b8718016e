//! What happened, one moment under the other.

use leptos::prelude::*;

/// One moment.
pub struct Moment {
    /// When, as it is read.
    pub when: String,
    /// The same for machines: RFC 3339.
    pub machine: String,
    /// What happened; one line.
    pub title: AnyView,
    /// Who, why, what came of it.
    pub more: Option<AnyView>,
}

/// The moments in the given order, along a line.
pub fn timeline(moments: impl IntoIterator<Item = Moment>) -> AnyView {
    let moments = moments
        .into_iter()
        .map(|moment| {
            view! {
                <li class="moment">
                    <time class="moment-when" datetime=moment.machine>
                        {moment.when}
                    </time>
                    <div class="moment-what">
                        <p class="moment-title">{moment.title}</p>
                        {moment.more.map(|more| view! { <div class="moment-more">{more}</div> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline">{moments}</ol> }.into_any()
}

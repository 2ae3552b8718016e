//! A notice: something that the reader should know before going on.

use leptos::prelude::*;

use super::{Icon, IconMark};

/// What kind of news it is; the sign and the words say it too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// To know.
    #[default]
    Plain,
    /// Done.
    Good,
    /// To heed.
    Heed,
    /// Wrong.
    Wrong,
}

impl Tone {
    const fn parts(self) -> (&'static str, Icon) {
        match self {
            Self::Plain => ("notice", Icon::Info),
            Self::Good => ("notice notice-good", Icon::Full),
            Self::Heed => ("notice notice-heed", Icon::Clock),
            Self::Wrong => ("notice notice-wrong", Icon::Alert),
        }
    }
}

/// A notice in the flow of the page.
#[component]
pub fn Notice(
    /// The tone.
    #[prop(optional)]
    tone: Tone,
    /// A heading.
    #[prop(optional, into)]
    title: Option<String>,
    /// The id, for a skip link or the focus.
    #[prop(optional)]
    id: Option<&'static str>,
    /// `alert` for what follows from the reader's own deed, `status` for the rest.
    #[prop(optional)]
    role: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let (class, icon) = tone.parts();
    view! {
        <div class=class id=id role=role tabindex=id.map(|_| "-1")>
            <IconMark icon=icon />
            <div class="notice-body">
                {title.map(|title| view! { <p class="notice-title">{title}</p> })}
                {children()}
            </div>
        </div>
    }
}

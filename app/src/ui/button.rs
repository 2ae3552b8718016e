//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::{Icon, IconMark};

/// How loud a button is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one action of a page.
    Primary,
    /// Any other.
    #[default]
    Quiet,
    /// One that takes something back.
    Danger,
}

impl ButtonKind {
    /// The class of a button that is so loud.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Quiet => "button",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button that submits its form.
#[component]
pub fn Button(
    /// Its words.
    #[prop(into)]
    label: String,
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// Name of the value that it sends.
    #[prop(optional)]
    name: Option<&'static str>,
    /// The value that it sends.
    #[prop(optional)]
    value: Option<&'static str>,
    /// An icon in front.
    #[prop(optional)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <button type="submit" class=kind.class() name=name value=value>
            {icon.map(|icon| view! { <IconMark icon=icon /> })}
            <span>{label}</span>
        </button>
    }
}

/// A link that is an action.
#[component]
pub fn LinkButton(
    /// Where to.
    #[prop(into)]
    href: String,
    /// Its words.
    #[prop(into)]
    label: String,
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// An icon in front.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Leaves the site: without a referrer, and with no hold on this window.
    #[prop(optional)]
    away: bool,
) -> impl IntoView {
    view! {
        <a class=kind.class() href=href rel=away.then_some("noopener noreferrer")>
            {icon.map(|icon| view! { <IconMark icon=icon /> })}
            <span>{label}</span>
        </a>
    }
}

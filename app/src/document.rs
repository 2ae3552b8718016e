//! The HTML document around every page: head, header, footer, and the rail of the console.

use std::sync::Arc;

use domain::access::{Action, Actor, allows};
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::*;
use words::Lang;

use crate::console_nav;
use crate::ui::{Icon, IconMark, Piece};

/// The addresses of the built web assets, found once when the server starts. Each name carries its content's hash.
#[derive(Debug, Clone)]
pub struct Assets {
    /// The stylesheet.
    pub style: Arc<str>,
    /// `start.js`, which fetches the other two and wakes the islands.
    pub start: Arc<str>,
    /// The module that wasm-bindgen made.
    pub module: Arc<str>,
    /// The browser half itself.
    pub wasm: Arc<str>,
}

/// What the installation says about itself on every page.
#[derive(Debug, Clone, Default)]
pub struct SiteSettings {
    /// ICP 备案号, for the footer.
    pub icp: Option<String>,
    /// 公安备案号, for the footer.
    pub police: Option<String>,
    /// Phone or address that answers questions.
    pub contact: Option<String>,
    /// Whether all of it is a demonstration: said on every page.
    pub demo: bool,
}

/// A member of staff who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The display name.
    pub name: String,
    /// Who acts, with roles: the menu offers only what is allowed.
    pub actor: Actor,
}

/// What a page knows about its reader and its house.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// The reader's language.
    pub lang: Lang,
    /// Path and query of this page: where the language switch comes back to.
    pub path: String,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// Addresses of style and script.
    pub assets: Arc<Assets>,
    /// Footer and environment.
    pub site: Arc<SiteSettings>,
}

impl PageContext {
    /// Whether whoever is signed in may do this.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.signed_in.as_ref().is_some_and(|staff| allows(&staff.actor, action))
    }
}

/// What stands around a page's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Header and footer.
    Public,
    /// The rail of the console.
    Console,
}

/// A form that the language switch sends, to have it back in the other language as it was typed.
#[derive(Debug, Clone, Copy)]
pub struct TypedForm {
    /// The id of the `<form>`.
    pub id: &'static str,
    /// The address that shows it again: the page it stands on.
    pub page: &'static str,
}

/// A page, ready to be put into the document.
pub struct Page {
    /// The title, without the site's name.
    pub title: String,
    /// What stands around it.
    pub layout: Layout,
    /// Whether it holds islands, and so needs the browser half.
    pub alive: bool,
    /// Without JavaScript, load again after so many seconds.
    pub refresh_seconds: Option<u32>,
    /// The form on it whose typing the language switch must not lose.
    pub form: Option<TypedForm>,
    /// Kept out of search engines: everything behind a token or a sign-in.
    pub private: bool,
    /// What is inside `<main>`.
    pub body: AnyView,
}

impl Page {
    /// A public page without islands.
    pub fn public(title: impl Into<String>, body: impl IntoAny) -> Self {
        Self {
            title: title.into(),
            layout: Layout::Public,
            alive: false,
            refresh_seconds: None,
            form: None,
            private: false,
            body: body.into_any(),
        }
    }

    /// A page of the console.
    pub fn console(title: impl Into<String>, body: impl IntoAny) -> Self {
        Self { layout: Layout::Console, private: true, ..Self::public(title, body) }
    }
}

/// The whole document as HTML, rendered at once: nothing on a page waits for data.
///
/// `make` builds the page under the owner that islands and the nonce need.
pub fn render(context: &PageContext, nonce: Nonce, make: impl FnOnce() -> Page) -> String {
    let shared = Arc::new(hydration_context::SsrSharedContext::new_islands());
    let owner = Owner::new_root(Some(shared));
    owner.with(|| {
        provide_context(nonce);
        let page = make();
        shell(context, page).to_html()
    })
}

/// Parts of a page as HTML, without the document around them.
pub fn render_parts(nonce: Nonce, make: impl FnOnce() -> AnyView) -> String {
    let shared = Arc::new(hydration_context::SsrSharedContext::new_islands());
    let owner = Owner::new_root(Some(shared));
    owner.with(|| {
        provide_context(nonce);
        make().to_html()
    })
}

/// The document that every page is rendered into.
pub fn shell(context: &PageContext, page: Page) -> impl IntoView + use<> {
    let lang = context.lang;
    let title = words::site::title(lang, &page.title);
    let style = context.assets.style.to_string();
    // Islands wake up only on pages that hold one; the others load no script at all.
    let scripts = page.alive.then(|| browser_half(&context.assets));
    let body = match page.layout {
        Layout::Public => public(context, page.form, page.body).into_any(),
        Layout::Console => console(context, page.body).into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>{title}</title>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fcf8f3" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#18130f" />
                <meta name="format-detection" content="telephone=no" />
                {page.private.then(|| view! { <meta name="robots" content="noindex, nofollow" /> })}
                {page
                    .refresh_seconds
                    .map(|seconds| {
                        view! {
                            <noscript>
                                <meta http-equiv="refresh" content=seconds.to_string() />
                            </noscript>
                        }
                    })}
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=style />
                {scripts}
            </head>
            <body>
                <a class="skip" href="#main">
                    {words::site::skip(lang)}
                </a>
                {body}
            </body>
        </html>
    }
}

/// Ours and not Leptos' `HydrationScripts`, whose preload has no nonce: our policy would block it.
fn browser_half(assets: &Assets) -> impl IntoView + use<> {
    let Assets { start, module, wasm, .. } = assets.clone();
    view! {
        // `crossorigin` as the fetch that follows will have it: otherwise the WASM is fetched twice.
        <link rel="modulepreload" href=module nonce=use_nonce() />
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" src=start nonce=use_nonce()></script>
    }
}

fn public(context: &PageContext, form: Option<TypedForm>, body: AnyView) -> impl IntoView + use<> {
    let lang = context.lang;
    let links = [
        ("/donate", words::nav::give(lang)),
        ("/figures", words::nav::figures(lang)),
        ("/verify", words::nav::verify_short(lang)),
        ("/how", words::nav::how_short(lang)),
    ];
    view! {
        {demo_line(context)}
        <header class="masthead">
            <div class="masthead-inner">
                {wordmark(lang, "/")}
                <nav class="masthead-nav" aria-label=words::site::menu(lang)>
                    {links.map(|(href, word)| nav_link(&context.path, href, word))}
                </nav>
                {match form {
                    Some(form) => language_of_form(context, form).into_any(),
                    None => language(context).into_any(),
                }}
            </div>
        </header>
        <main id="main" tabindex="-1">
            {body}
        </main>
        {footer(context)}
    }
}

fn console(context: &PageContext, body: AnyView) -> impl IntoView + use<> {
    let lang = context.lang;
    let staff = context.signed_in.clone();
    // Types of views nest as deep as their elements, and the compiler follows them only so far: the parts are erased.
    let foot = view! {
        <div class="rail-foot">
            {staff.map(|staff| signed_in(lang, staff))}
            {language(context)}
        </div>
    }
    .into_any();
    let here = console_nav::current_word(context).unwrap_or_else(|| words::console::title(lang));
    view! {
        {demo_line(context)}
        <div class="console">
            <header class="rail">
                {wordmark(lang, "/console")}
                // On a phone the menu is a popover, which needs no script; a browser without popovers shows it in the flow.
                <button type="button" class="plain rail-open" popovertarget="rail-menu">
                    <IconMark icon=Icon::Menu />
                    <span class="hidden">{words::console::open_menu(lang)}</span>
                    <span>{here}</span>
                </button>
                <div class="rail-menu" id="rail-menu" popover="auto">
                    {console_nav::menu(context)}
                    {foot}
                </div>
            </header>
            <main id="main" class="desk" tabindex="-1">
                {body}
            </main>
        </div>
    }
}

fn signed_in(lang: Lang, staff: SignedIn) -> impl IntoView {
    let roles = match &staff.actor {
        Actor::Staff { roles, .. } => {
            let names: Vec<&str> = roles.iter().map(|role| words::role(lang, *role)).collect();
            names.join(lang.pick("、", ", "))
        }
        Actor::Public | Actor::System | Actor::ApiKey { .. } => String::new(),
    };
    view! {
        <p class="rail-who">
            <strong>{staff.name}</strong>
            <span>{roles}</span>
        </p>
        <form method="post" action="/sign-out">
            <button type="submit" class="plain">
                <IconMark icon=Icon::LogOut />
                <span>{words::console::sign_out(lang)}</span>
            </button>
        </form>
    }
}

fn wordmark(lang: Lang, href: &'static str) -> impl IntoView {
    view! {
        <a class="wordmark" href=href>
            <IconMark icon=Icon::Flame />
            <span>{words::site::name(lang)}</span>
        </a>
    }
}

fn nav_link(path: &str, href: &'static str, word: &'static str) -> impl IntoView + use<> {
    let here = path.split(['?', '#']).next() == Some(href);
    let link =
        Piece::new("<a href=\"").html(href).html(if here { "\" aria-current=\"page\">" } else { "\">" });
    link.text(word).html("</a>").view()
}

/// The switch is a form, so that it needs no script and a crawler does not follow it.
fn language(context: &PageContext) -> impl IntoView + use<> {
    let (lang, other) = (context.lang, context.lang.other());
    view! {
        <form class="language" method="post" action="/language">
            <input type="hidden" name="lang" value=other.as_str() />
            <input type="hidden" name="next" value=context.path.clone() />
            <button type="submit" class="plain" lang=other.tag() title=words::site::switch_language(lang)>
                <IconMark icon=Icon::Languages />
                <span>{words::site::other_language(lang)}</span>
            </button>
        </form>
    }
}

/// The switch on a page with a form: it sends the form itself, which comes back in the other language as it was typed.
/// Without a name the first button of a form answers the Enter key, so one that submits stands before the switch.
fn language_of_form(context: &PageContext, form: TypedForm) -> impl IntoView + use<> {
    let (lang, other) = (context.lang, context.lang.other());
    view! {
        <div class="language">
            <button type="submit" form=form.id class="hidden" tabindex="-1" aria-hidden="true"></button>
            <button
                type="submit"
                form=form.id
                formaction=form.page
                name="language"
                value=other.as_str()
                class="plain"
                lang=other.tag()
                title=words::site::switch_language(lang)
            >
                <IconMark icon=Icon::Languages />
                <span>{words::site::other_language(lang)}</span>
            </button>
        </div>
    }
}

fn demo_line(context: &PageContext) -> impl IntoView + use<> {
    let lang = context.lang;
    context.site.demo.then(|| {
        view! {
            <aside class="demo-line" aria-label=words::site::demo_label(lang)>
                {words::site::demo(lang)}
            </aside>
        }
    })
}

fn footer(context: &PageContext) -> impl IntoView + use<> {
    let lang = context.lang;
    let site = Arc::clone(&context.site);
    let links = [
        ("/donate", words::nav::give(lang)),
        ("/figures", words::nav::figures(lang)),
        ("/verify", words::nav::verify(lang)),
        ("/how", words::nav::how(lang)),
        ("/privacy", words::nav::privacy(lang)),
        ("/sign-in", words::nav::sign_in(lang)),
    ];
    // The addresses that the rules for filings ask a footer to link to.
    let icp = site.icp.clone().map(|number| {
        view! { <a href="https://beian.miit.gov.cn/" rel="noopener noreferrer">{words::footer::icp(lang, number)}</a> }
    });
    let police = site.police.clone().map(|number| {
        view! { <a href="https://beian.mps.gov.cn/" rel="noopener noreferrer">{words::footer::police(lang, number)}</a> }
    });
    view! {
        <footer class="foot">
            <div class="foot-inner">
                <p class="foot-promise">{words::footer::promise(lang)}</p>
                <nav class="foot-links" aria-label=words::footer::pages(lang)>
                    {links.map(|(href, word)| nav_link("", href, word))}
                </nav>
                <p class="foot-small">
                    {site.contact.clone().map(|contact| view! { <span>{words::footer::contact(lang, contact)}</span> })}
                    {icp}
                    {police}
                </p>
            </div>
        </footer>
    }
}

//! The console's sections: one list, in groups, each shown only to whom may open it.

use domain::access::Action;
use leptos::prelude::*;
use words::{Lang, console as say};

use crate::PageContext;
use crate::ui::{Icon, IconMark};

/// What a section belongs to; the order here is the order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Gifts and donors.
    Giving,
    /// Units and patients.
    Registry,
    /// The running of the house.
    Operation,
}

impl Group {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Giving, Self::Registry, Self::Operation];

    fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Giving => say::group_giving(lang),
            Self::Registry => say::group_registry(lang),
            Self::Operation => say::group_operation(lang),
        }
    }
}

/// A section: a page of the console, with all that lies below its address.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Under which heading it stands.
    pub group: Group,
    /// Its address.
    pub href: &'static str,
    /// Its name.
    pub word: fn(Lang) -> &'static str,
    /// Its sign.
    pub icon: Icon,
    /// What one must be allowed to do to open it.
    pub action: Action,
    /// Whether only a demonstration has it.
    pub demo: bool,
}

impl Section {
    const fn new(group: Group, href: &'static str, icon: Icon, action: Action) -> Self {
        Self { group, href, word: say::title, icon, action, demo: false }
    }

    const fn named(self, word: fn(Lang) -> &'static str) -> Self {
        Self { word, ..self }
    }

    fn open(&self, context: &PageContext) -> bool {
        context.may(self.action) && (context.site.demo || !self.demo)
    }

    /// Whether this page is the section's own or lies below it.
    fn holds(&self, path: &str) -> bool {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        path.strip_prefix(self.href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Every section, in the order of the rail. A new page of the console needs one line here; its group's heading comes by
/// itself.
pub const SECTIONS: &[Section] = &[
    Section::new(Group::Giving, "/console/gifts", Icon::List, Action::ReadGifts).named(say::nav_gifts),
    Section::new(Group::Giving, "/console/calls", Icon::Phone, Action::WorkCallList).named(say::nav_calls),
    Section::new(Group::Giving, "/console/messages", Icon::Mail, Action::ReadDonors).named(say::nav_messages),
    Section::new(Group::Giving, "/console/bills", Icon::Landmark, Action::Verify).named(say::nav_bills),
    Section::new(Group::Giving, "/console/tax", Icon::Receipt, Action::IssueTaxInvoices).named(say::nav_tax),
    Section::new(Group::Registry, "/console/registry", Icon::Chart, Action::ReadRegistry)
        .named(say::nav_registry),
    Section::new(Group::Registry, "/console/patients", Icon::Users, Action::ManagePatients)
        .named(say::nav_patients),
    Section::new(Group::Registry, "/console/match", Icon::Search, Action::SearchUnits).named(say::nav_match),
    Section::new(Group::Registry, "/console/holds", Icon::Package, Action::ReadHolds).named(say::nav_holds),
    Section::new(Group::Registry, "/console/units", Icon::Droplet, Action::ReadRegistry)
        .named(say::nav_units),
    Section::new(Group::Registry, "/console/lab", Icon::Flask, Action::WorkLab).named(say::nav_lab),
    Section::new(Group::Registry, "/console/loads", Icon::Upload, Action::ReadRegistry).named(say::nav_loads),
    Section::new(Group::Registry, "/console/disclosures", Icon::Download, Action::ReadDisclosures)
        .named(say::nav_disclosures),
    Section::new(Group::Registry, "/console/nomenclature", Icon::Book, Action::ManageNomenclature)
        .named(say::nav_nomenclature),
    Section::new(Group::Operation, "/console/jobs", Icon::Hourglass, Action::Operate).named(say::nav_jobs),
    Section {
        demo: true,
        ..Section::new(Group::Operation, "/console/mail", Icon::Inbox, Action::ReadDonors)
            .named(say::nav_mail)
    },
];

/// The groups that this reader may open something of, each with those sections.
#[must_use]
pub fn open_groups(context: &PageContext) -> Vec<(Group, Vec<&'static Section>)> {
    Group::ALL
        .into_iter()
        .map(|group| {
            (
                group,
                SECTIONS.iter().filter(|section| section.group == group && section.open(context)).collect(),
            )
        })
        .filter(|(_, sections): &(Group, Vec<_>)| !sections.is_empty())
        .collect()
}

/// Where the console's own address leads this reader: the first section that they may open.
#[must_use]
pub fn first_open(context: &PageContext) -> Option<&'static str> {
    SECTIONS.iter().find(|section| section.open(context)).map(|section| section.href)
}

/// The name of the section in which the reader is.
pub(crate) fn current_word(context: &PageContext) -> Option<&'static str> {
    SECTIONS.iter().find(|section| section.holds(&context.path)).map(|section| (section.word)(context.lang))
}

/// The groups with their headings and links.
pub(crate) fn menu(context: &PageContext) -> AnyView {
    let lang = context.lang;
    let groups = open_groups(context)
        .into_iter()
        .enumerate()
        .map(|(place, (group, sections))| {
            let id = format!("menu-{place}");
            let links = sections
                .into_iter()
                .map(|section| {
                    let current = section.holds(&context.path).then_some("page");
                    view! {
                        <li>
                            <a href=section.href aria-current=current>
                                <IconMark icon=section.icon />
                                <span>{(section.word)(lang)}</span>
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <div class="rail-group">
                    <p class="rail-heading" id=id.clone()>
                        {group.word(lang)}
                    </p>
                    <ul aria-labelledby=id>{links}</ul>
                </div>
            }
        })
        .collect_view();
    view! { <nav aria-label=say::menu(lang)>{groups}</nav> }.into_any()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::access::{Actor, Role};
    use domain::id::UserId;

    use super::*;
    use crate::{Assets, SignedIn, SiteSettings};

    fn seen_by(roles: Vec<Role>, demo: bool) -> PageContext {
        let name = Arc::<str>::from("");
        let assets = Assets {
            style: Arc::clone(&name),
            start: Arc::clone(&name),
            module: Arc::clone(&name),
            wasm: Arc::clone(&name),
        };
        PageContext {
            lang: Lang::En,
            path: "/console/gifts/0?done".into(),
            signed_in: Some(SignedIn {
                name: "Wang".into(),
                actor: Actor::Staff { user_id: UserId(uuid::Uuid::nil()), roles },
            }),
            assets: Arc::new(assets),
            site: Arc::new(SiteSettings { demo, ..SiteSettings::default() }),
        }
    }

    #[test]
    fn a_group_is_shown_only_to_whom_may_open_a_page_of_it() {
        let shown = |context: &PageContext| -> Vec<(Group, Vec<&str>)> {
            let pages = |list: Vec<&'static Section>| list.into_iter().map(|section| section.href).collect();
            open_groups(context).into_iter().map(|(group, list)| (group, pages(list))).collect()
        };
        let admin = seen_by(vec![Role::Administrator], true);
        let names = (Group::Registry, vec!["/console/nomenclature"]);
        assert_eq!(shown(&admin), [names, (Group::Operation, vec!["/console/jobs"])]);
        assert_eq!(first_open(&admin), Some("/console/nomenclature"));
        let staff = seen_by(vec![Role::CharityStaff], false);
        let giving = vec!["/console/gifts", "/console/calls", "/console/messages"];
        assert_eq!(shown(&staff), [(Group::Giving, giving)]);
        assert_eq!(first_open(&seen_by(Vec::new(), true)), None);
    }

    #[test]
    fn a_section_is_current_on_the_pages_below_it_and_on_no_other() {
        let context = seen_by(vec![Role::CharityStaff], true);
        assert_eq!(current_word(&context), Some("Gifts"));
        let html = Owner::new().with(|| menu(&context).to_html());
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
        assert!(!SECTIONS[0].holds("/console/gifts-of-others"));
    }

    #[test]
    fn sections_of_a_group_stand_together_and_no_address_stands_twice() {
        for (place, section) in SECTIONS.iter().enumerate() {
            assert!(SECTIONS[..place].iter().all(|other| other.href != section.href), "{}", section.href);
        }
        let place = |group| Group::ALL.iter().position(|each| *each == group);
        assert!(SECTIONS.is_sorted_by_key(|section| place(section.group)));
    }
}

//! Who receives the money, under which certificate and which filed plan (慈善法 Art 22–27).

use domain::fund::{CollectedBy, Fund, Organisation, Plan};
use leptos::prelude::*;
use words::{Lang, recipient as say};

use super::fund_line::fund_name;
use crate::ui::{Piece, fact};

/// The organisation's name in the reader's language.
#[must_use]
pub fn organisation_name(lang: Lang, organisation: &Organisation) -> String {
    lang.pick(&organisation.name_zh, &organisation.name_en).to_owned()
}

/// The plan's title in the reader's language.
#[must_use]
pub fn plan_title(lang: Lang, plan: &Plan) -> String {
    lang.pick(&plan.title_zh, &plan.title_en).to_owned()
}

/// One recipient with all that the law asks to be shown; says so when none is registered.
pub fn recipient(lang: Lang, collected_by: Option<&CollectedBy>) -> AnyView {
    let Some(CollectedBy { organisation, plan }) = collected_by else {
        return view! { <p class="muted">{say::missing(lang)}</p> }.into_any();
    };
    let valid = words::common::from_until(
        lang,
        words::date(lang, organisation.certificate_from),
        words::date(lang, organisation.certificate_until),
    );
    let collecting =
        words::common::from_until(lang, words::date(lang, plan.starts_on), words::date(lang, plan.ends_on));
    let code = organisation.credit_code.as_ref().map(|code| code.as_str().to_owned());
    let contact = Some(organisation.contact.clone()).filter(|contact| !contact.is_empty());
    view! {
        <dl class="facts">
            {fact(say::organisation(lang), view! { <strong>{organisation_name(lang, organisation)}</strong> })}
            {code.map(|code| view! { {fact(say::credit_code(lang), view! { <span class="code">{code}</span> })} })}
            {fact(say::certificate(lang), view! { <span class="code">{organisation.certificate.clone()}</span>
                <span class="fact-more">{valid}</span> })}
            {fact(say::plan(lang), plan_title(lang, plan))}
            {fact(say::filing(lang), view! { <span class="code">{plan.filing_number.clone()}</span>
                <span class="fact-more">{collecting}</span> })}
            {contact.map(|contact| fact(say::contact(lang), contact))}
        </dl>
    }
    .into_any()
}

/// The recipients of several funds in short, as they stand beside a form; funds with the same one are named
/// together, the fund `first` in front. Funds without one are left out: nobody can give to them.
pub fn recipients(lang: Lang, funds: &[&Fund], first: &str) -> impl IntoView + use<> {
    let mut groups: Vec<(Vec<&Fund>, &CollectedBy)> = Vec::new();
    for fund in funds {
        let Some(by) = &fund.collected_by else { continue };
        match groups.iter_mut().find(|(_, known)| *known == by) {
            Some((members, _)) => members.push(fund),
            None => groups.push((vec![fund], by)),
        }
    }
    groups.sort_by_key(|(members, _)| !members.iter().any(|fund| fund.code == first));
    groups.into_iter().map(|(members, by)| in_short(lang, &members, by)).collect_view()
}

fn in_short(lang: Lang, funds: &[&Fund], by: &CollectedBy) -> impl IntoView + use<> {
    let CollectedBy { organisation, plan } = by;
    let names: Vec<String> = funds.iter().map(|fund| fund_name(lang, fund)).collect();
    let codes: Vec<&str> = funds.iter().map(|fund| fund.code.as_str()).collect();
    let papers = [
        (
            say::certificate(lang),
            organisation.certificate.clone(),
            say::valid_until(lang, words::date(lang, organisation.certificate_until)),
        ),
        (
            say::filing(lang),
            plan.filing_number.clone(),
            say::collecting_until(lang, words::date(lang, plan.ends_on)),
        ),
    ];
    view! {
        <div class="recipient" data-funds=codes.join(" ")>
            <p class="recipient-name">{organisation_name(lang, organisation)}</p>
            <p class="recipient-funds">{names.join(lang.pick("、", ", "))}</p>
            <dl>
                {papers
                    .map(|(term, number, until)| {
                        let term = Piece::new("<div class=\"recipient-paper\"><dt>").text(term);
                        let number = term.html("</dt><dd><span class=\"code\">").text(&number);
                        let until = number.html("</span><span class=\"fact-more\">").text(&until);
                        until.html("</span></dd></div>").view()
                    })}
            </dl>
        </div>
    }
}

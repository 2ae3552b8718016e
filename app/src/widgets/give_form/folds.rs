//! What the giving form folds away: everything that is optional.

use domain::giving::{GiftField, LIMITS};
use leptos::prelude::*;
use words::{Lang, donate as say};

use super::{GiveForm, KEPT};
use crate::ui::{CheckField, Choice, Choices, TextAreaField, TextField, disclosure};

/// Whether a folded group must stand open: something in it is typed or wrong.
fn stands_open(give: &GiveForm, typed: &[&str], fields: &[GiftField]) -> bool {
    typed.iter().any(|typed| !typed.trim().is_empty())
        || fields.iter().any(|field| give.errors.contains_key(field))
}

/// Who gives, and how news reaches them.
pub(super) fn about_you(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    use GiftField::{DonorKind, Email, Name, Phone};
    let typed = &give.form;
    let open =
        stands_open(give, &[&typed.name, &typed.email, &typed.phone], &[DonorKind, Email, Name, Phone]);
    let error = |field| give.error(lang, field);
    let kinds = vec![
        Choice::new("person", words::common::person(lang)),
        Choice::new("organisation", words::common::organisation(lang)),
    ];
    view! {
        {disclosure(say::about_you(lang), Some(words::common::optional(lang).into()), open, view! { <p class="field-help">{say::about_you_help(lang)}</p>
            <Choices
                name="donor_kind"
                legend=say::kind(lang)
                choices=kinds
                chosen=typed.donor_kind.clone()
                error=error(DonorKind)
                inline=true
            />
            <TextField
                id="name"
                label=say::name_organisation(lang)
                help=say::name_help(lang)
                value=typed.name.clone()
                error=error(Name)
                autocomplete="name"
            />
            <CheckField
                id="anonymous"
                label=say::anonymous(lang)
                checked=!typed.anonymous.is_empty()
                help=say::anonymous_help(lang)
                error=None
            />
            <TextField
                id="email"
                label=say::email(lang)
                help=say::email_help(lang)
                value=typed.email.clone()
                error=error(Email)
                kind="email"
                autocomplete="email"
            />
            <TextField
                id="phone"
                label=say::phone(lang)
                help=say::phone_help(lang)
                value=typed.phone.clone()
                error=error(Phone)
                kind="tel"
                autocomplete="tel"
                width="middle"
            /> })}
    }
}

/// Words to go with the gift.
pub(super) fn wishes(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    use GiftField::{Dedication, Message};
    let typed = &give.form;
    let open = stands_open(give, &[&typed.dedication, &typed.message], &[Dedication, Message]);
    view! {
        {disclosure(say::words(lang), Some(words::common::optional(lang).into()), open, view! { <p class="field-help">{say::words_help(lang)}</p>
            <TextField
                id="dedication"
                label=say::dedication(lang)
                help=say::dedication_help(lang, LIMITS.dedication)
                value=typed.dedication.clone()
                error=give.error(lang, Dedication)
                autocomplete=KEPT
            />
            <TextAreaField
                id="message"
                label=say::message(lang)
                help=say::message_help(lang, LIMITS.message)
                value=typed.message.clone()
                error=give.error(lang, Message)
            /> })}
    }
}

/// The receipt, and the invoice for tax.
pub(super) fn receipt(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    use GiftField::{TaxConsent, TaxNumber, TaxTitle};
    let typed = &give.form;
    let waived = typed.receipt == "no";
    let open =
        waived || stands_open(give, &[&typed.tax, &typed.tax_title], &[TaxNumber, TaxConsent, TaxTitle]);
    let choices =
        vec![Choice::new("yes", say::receipt_want(lang)), Choice::new("no", say::receipt_waive(lang))];
    view! {
        {disclosure(say::receipt(lang), Some(words::common::optional(lang).into()), open, view! { <Choices
                name="receipt"
                legend=say::receipt_help(lang)
                choices=choices
                chosen=if waived { "no" } else { "yes" }
                error=None
                inline=true
            />
            <div class="reveals">
                <CheckField id="tax" label=say::tax(lang) checked=!typed.tax.is_empty() help=say::tax_help(lang) error=None />
                <div class="revealed">
                    <TextField
                        id="tax_title"
                        label=say::tax_title(lang)
                        help=say::tax_title_help(lang)
                        value=typed.tax_title.clone()
                        error=give.error(lang, TaxTitle)
                        autocomplete=KEPT
                    />
                    <TextField
                        id="tax_number"
                        label=say::tax_number(lang)
                        help=say::tax_number_help(lang)
                        value=typed.tax_number.clone()
                        error=give.error(lang, TaxNumber)
                    />
                    <CheckField
                        id="tax_consent"
                        label=say::tax_consent(lang)
                        checked=!typed.tax_consent.is_empty()
                        help=say::tax_consent_help(lang)
                        error=give.error(lang, TaxConsent)
                    />
                </div>
            </div> })}
    }
}

//! The giving form: on the home page and on the donate page, fresh or refused, the same.

mod folds;

use domain::fund::{Fund, Programme, Standing};
use domain::giving::{Channel, FieldErrors, GiftField, GiftForm, LIMITS, gift_amount};
use domain::time::Date;
use leptos::prelude::*;
use words::{Lang, donate as say};

use crate::TypedForm;
use crate::islands::donate_form::DonateForm;
use crate::ui::{
    CheckField, Chips, Choice, Choices, Notice, Piece, SelectField, SelectOption, Text, TextField, Tone,
};
use crate::widgets::fund_line::{fund_name, programme_name};
use crate::widgets::recipient::recipients;
use crate::widgets::states::yuan_short;

/// The amounts to tap, in yuan.
const PRESETS: [&str; 5] = ["50", "100", "200", "500", "1000"];

/// What is typed is there again when one comes back from the pay page: with `off` browsers forget it. The number for a
/// tax receipt stays `off`, because the next one at this screen may be somebody else.
const KEPT: &str = "on";

/// A fund that the form lists.
#[derive(Debug, Clone)]
pub struct FundChoice {
    /// The fund.
    pub fund: Fund,
    /// Whether it collects today.
    pub standing: Standing,
    /// Its directed programmes.
    pub programmes: Vec<Programme>,
}

/// All that the giving form shows.
#[derive(Debug, Clone)]
pub struct GiveForm {
    /// What was typed, or a [`fresh_form`].
    pub form: GiftForm,
    /// What stands in the way; empty on a fresh form.
    pub errors: FieldErrors,
    /// Every fund, also those that are closed now: they are shown as such.
    pub funds: Vec<FundChoice>,
    /// The ways of paying that are offered; the first is chosen on a fresh form.
    pub channels: Vec<Channel>,
    /// Today in Shanghai, for the rules that the browser runs too.
    pub today: Date,
}

/// A form that nothing was typed into: ¥100 to `target` (`fund` or `fund/programme`; empty for the first open fund).
#[must_use]
pub fn fresh_form(gift_key: String, target: &str) -> GiftForm {
    GiftForm {
        gift_key,
        target: target.to_owned(),
        preset: "100".to_owned(),
        donor_kind: "person".to_owned(),
        receipt: "yes".to_owned(),
        ..GiftForm::default()
    }
}

impl GiveForm {
    fn error(&self, lang: Lang, field: GiftField) -> Option<String> {
        self.errors.get(&field).map(|refusal| words::refusal(lang, refusal))
    }

    /// Whether the target is named and none of those that exist: an old poster, a mistyped address.
    #[must_use]
    pub fn target_unknown(&self) -> bool {
        !self.form.target.is_empty() && !self.targets().iter().any(|(code, _)| *code == self.form.target)
    }

    /// Whether the donor has to choose where the money goes: it must not go to the first fund in the list because
    /// the one that was meant is not there.
    fn must_choose(&self) -> bool {
        self.target_unknown() || (self.form.target.is_empty() && self.errors.contains_key(&GiftField::Target))
    }

    /// Whether any fund takes gifts today, so that there is a form.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.funds.iter().any(|choice| choice.standing == Standing::Open)
    }

    /// The form on `page` for the language switch; without one while no fund is open.
    #[must_use]
    pub fn typed_on(&self, page: &'static str) -> Option<TypedForm> {
        self.is_open().then_some(TypedForm { id: "give", page })
    }

    /// Whether a form that came back is as it was shown to give to `target`: nothing typed, nothing chosen.
    #[must_use]
    pub fn is_untouched(&self, target: &str) -> bool {
        // A browser sends what is chosen beforehand, where a fresh form leaves it to the page.
        let first =
            self.targets().into_iter().find(|(_, open)| *open).map(|(code, _)| code).unwrap_or_default();
        let shown = if target.is_empty() { first } else { target.to_owned() };
        let channel = self.channels.first().map_or("", |channel| channel.as_str()).to_owned();
        self.form == GiftForm { channel, target: shown, ..fresh_form(self.form.gift_key.clone(), "") }
    }

    /// The target's fund, if it is one of the list.
    fn chosen(&self) -> Option<&FundChoice> {
        let code = self.form.target.split('/').next().unwrap_or_default();
        self.funds.iter().find(|choice| choice.fund.code == code)
    }

    /// What the browser half needs to run the same rules: each target, and whether it is open.
    fn targets(&self) -> Vec<(String, bool)> {
        let of = |choice: &FundChoice| {
            let open = choice.standing == Standing::Open;
            let code = choice.fund.code.clone();
            let programmes =
                choice.programmes.iter().map(move |p| (format!("{}/{}", choice.fund.code, p.code), open));
            std::iter::once((code, open)).chain(programmes).collect::<Vec<_>>()
        };
        self.funds.iter().flat_map(of).collect()
    }
}

/// The id of a field's control, which is its input's name.
const fn field_id(field: GiftField) -> &'static str {
    match field {
        GiftField::Form => "give",
        GiftField::Target => "target",
        GiftField::Amount => "amount",
        GiftField::DonorKind => "donor_kind",
        GiftField::Name => "name",
        GiftField::Email => "email",
        GiftField::Phone => "phone",
        GiftField::Dedication => "dedication",
        GiftField::Message => "message",
        GiftField::TaxTitle => "tax_title",
        GiftField::TaxNumber => "tax_number",
        GiftField::TaxConsent => "tax_consent",
        GiftField::Related => "related",
        GiftField::Consent => "consent",
        GiftField::Channel => "channel",
    }
}

/// The form and, beside it, who receives the money.
pub fn give_form(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    if !give.is_open() {
        return view! {
            <Notice tone=Tone::Heed title=words::fund::not_open_title(lang)>
                <p>{words::standing::none_open(lang)}</p>
            </Notice>
        }
        .into_any();
    }
    let funds: Vec<&Fund> = give.funds.iter().map(|choice| &choice.fund).collect();
    let first = give.chosen().map_or_else(String::new, |choice| choice.fund.code.clone());
    let aside = recipients(lang, &funds, &first);
    let (targets, today, inside) = (give.targets(), give.today.to_string(), form(lang, give));
    view! {
        <div class="give">
            <DonateForm lang=lang.as_str().to_owned() today=today targets=targets>
                {inside}
            </DonateForm>
            <aside class="give-aside">
                <h2 class="aside-title">{say::receives(lang)}</h2>
                {aside}
            </aside>
        </div>
    }
    .into_any()
}

fn form(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    let typed = &give.form;
    let label = gift_amount(typed.amount_meant())
        .map_or_else(|_| say::button_plain(lang).to_owned(), |amount| say::button(lang, yuan_short(amount)));
    view! {
        <form class="give-form" id="give" method="post" action="/donate" novalidate>
            <input type="hidden" name="gift_key" value=typed.gift_key.clone() />
            {summary(lang, give)}
            {unknown(lang, give)}
            {closed(lang, give)}
            {target(lang, give)}
            {amount(lang, give)}
            <div class="folds">{folds::about_you(lang, give)} {folds::wishes(lang, give)} {folds::receipt(lang, give)}</div>
            {channel(lang, give)}
            {declarations(lang, give)}
            <div class="give-submit">
                <button type="submit" class="button button-primary button-large" data-give="">
                    {label}
                </button>
                <p class="field-help">{say::after(lang)}</p>
            </div>
        </form>
    }
}

/// What is to be mended, each with a link to its field.
fn summary(lang: Lang, give: &GiveForm) -> Option<impl IntoView + use<>> {
    let lines: Vec<_> = give
        .errors
        .iter()
        .map(|(field, refusal)| {
            let message = words::refusal(lang, refusal);
            match field {
                GiftField::Form => view! { <li>{message}</li> }.into_any(),
                field => {
                    let href = format!("#{}", field_id(*field));
                    view! {
                        <li>
                            <a href=href>{words::gift_field(lang, *field)}</a>
                            {lang.pick("：", ": ")}
                            {message}
                        </li>
                    }
                    .into_any()
                }
            }
        })
        .collect();
    (!lines.is_empty()).then(|| {
        let title = words::common::errors_title(lang, lines.len());
        view! {
            <Notice tone=Tone::Wrong title=title id="errors" role="alert">
                <ul>{lines}</ul>
            </Notice>
        }
    })
}

/// That what was asked for is not there.
fn unknown(lang: Lang, give: &GiveForm) -> Option<impl IntoView + use<>> {
    (give.target_unknown() && give.errors.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Heed title=say::unknown_target_title(lang)>
                <p>{say::unknown_target(lang)}</p>
            </Notice>
        }
    })
}

/// Why the fund that was asked for takes nothing now.
fn closed(lang: Lang, give: &GiveForm) -> Option<impl IntoView + use<>> {
    let choice = give.chosen().filter(|choice| choice.standing != Standing::Open)?;
    let title = format!("{} · {}", fund_name(lang, &choice.fund), words::standing(lang, choice.standing));
    let reason = words::standing_reason(lang, choice.standing);
    Some(view! {
        <Notice tone=Tone::Heed title=title>
            <p>{reason} {lang.pick("", " ")} {words::standing::elsewhere(lang)}</p>
        </Notice>
    })
}

fn target(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    let mut options = Vec::new();
    if give.must_choose() {
        let label = say::target_choose(lang).to_owned();
        options.push(SelectOption { value: String::new(), label, enabled: true });
    }
    for choice in &give.funds {
        let open = choice.standing == Standing::Open;
        let mut add = |value: String, name: String| {
            // The one that was asked for stays choosable, so that the refusal and not silence answers it.
            let enabled = open || value == give.form.target;
            let shut = words::fund::not_open_title(lang);
            let label = if open { name } else { format!("{name} · {shut}") };
            options.push(SelectOption { value, label, enabled });
        };
        let name = fund_name(lang, &choice.fund);
        let whole = if choice.programmes.is_empty() { name.clone() } else { say::whole_fund(lang, &name) };
        add(choice.fund.code.clone(), whole);
        for programme in &choice.programmes {
            add(
                format!("{}/{}", choice.fund.code, programme.code),
                format!("{name} · {}", programme_name(lang, programme)),
            );
        }
    }
    let first_open = give.funds.iter().find(|choice| choice.standing == Standing::Open);
    let chosen = match (give.form.target.as_str(), first_open) {
        _ if give.must_choose() => String::new(),
        ("", Some(choice)) => choice.fund.code.clone(),
        (target, _) => target.to_owned(),
    };
    let error = give.error(lang, GiftField::Target);
    view! {
        <SelectField id="target" label=say::target(lang) help=say::target_help(lang) options=options chosen=chosen error=error />
    }
}

fn amount(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    let typed = give.form.amount.clone();
    // A tapped amount is not shown as tapped beside a typed one, which wins.
    let tapped = if typed.trim().is_empty() { give.form.preset.clone() } else { String::new() };
    let choices = PRESETS.iter().map(|yuan| Choice::new(*yuan, preset_label(yuan))).collect();
    let help = say::amount_help(lang, yuan_short(LIMITS.online_cap));
    let error = give.error(lang, GiftField::Amount);
    view! {
        <Chips name="preset" legend=say::amount(lang) choices=choices chosen=tapped />
        <TextField
            id="amount"
            label=say::amount_free(lang)
            help=help
            error=error
            value=typed
            inputmode="decimal"
            autocomplete=KEPT
            unit="¥"
            width="short"
        />
    }
}

fn preset_label(yuan: &str) -> String {
    gift_amount(yuan).map_or_else(|_| yuan.to_owned(), yuan_short)
}

fn channel(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    let choices: Vec<Choice> = give
        .channels
        .iter()
        .map(|channel| Choice {
            help: channel_help(lang, *channel).map(Text::from),
            ..Choice::new(channel.as_str(), words::channel(lang, *channel))
        })
        .collect();
    let first = give.channels.first().map_or("", |channel| channel.as_str());
    let chosen = if give.form.channel.is_empty() { first } else { &give.form.channel };
    view! {
        <Choices
            name="channel"
            legend=say::channel(lang)
            choices=choices
            chosen=chosen
            error=give.error(lang, GiftField::Channel)
        />
    }
}

fn channel_help(lang: Lang, channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Sandbox => Some(words::channel::sandbox_help(lang)),
        Channel::BankTransfer => Some(words::channel::bank_transfer_help(lang)),
        Channel::TakenOver => None,
    }
}

fn declarations(lang: Lang, give: &GiveForm) -> impl IntoView + use<> {
    let typed = &give.form;
    let policy = Piece::new("<a href=\"/privacy\" target=\"_blank\" rel=\"noopener\">");
    let policy = policy.text(say::consent_link(lang)).html("</a>");
    view! {
        <div class="declarations">
            <CheckField
                id="related"
                label=say::related(lang)
                value="yes"
                checked=typed.related == "yes"
                help=say::related_help(lang)
                error=give.error(lang, GiftField::Related)
            />
            <CheckField
                id="consent"
                label=say::consent(lang)
                link=policy
                checked=!typed.consent.is_empty()
                help=say::consent_help(lang)
                error=give.error(lang, GiftField::Consent)
            />
        </div>
    }
}

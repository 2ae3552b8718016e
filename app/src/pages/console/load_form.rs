//! The form by which a file of units is sent: a trial first, unless somebody says otherwise.

use domain::refusal::Refusal;
use leptos::prelude::*;
use words::{Lang, console::loads as loads_say, console::upload as say};

use super::lab::FormState;
use super::lab_unit::option;
use crate::ui::{
    Button, ButtonKind, CheckField, Choice, Choices, FileField, Icon, SelectField, TextField, disclosure,
};

/// What the form needs to know.
#[derive(Debug, Clone, Default)]
pub struct UploadForm {
    /// Banks: code and name.
    pub banks: Vec<(String, String)>,
    /// The largest file that is taken.
    pub max_mib: u64,
    /// What was sent before, and what is wrong with it.
    pub state: FormState,
}

/// The form.
pub(super) fn upload_form(lang: Lang, form: UploadForm) -> AnyView {
    let UploadForm { banks, max_mib, mut state } = form;
    // What is neither of the file nor of a choice is of the bank's code, the one thing that is typed.
    let of_bank = state.error.take_if(|error| !matches!(error, Refusal::File(_) | Refusal::ChoiceUnknown));
    let sent = of_bank.is_some() || state.error.is_some();
    let of_bank = of_bank.map(|error| words::refusal(lang, &error));
    let wrong = of_bank.is_some();
    let get = |name: &str, default: &str| match state.get(name) {
        text if text.is_empty() => default.to_owned(),
        text => text,
    };
    let known = !banks.is_empty();
    let first = banks.first().map(|(code, _)| code.clone()).unwrap_or_default();
    let mut options: Vec<_> =
        banks.into_iter().map(|(code, name)| option(&code, &format!("{name} · {code}"))).collect();
    options.push(option("", say::bank_new(lang)));
    // Where a form comes back, an empty choice is one that was made.
    let chosen = if sent { state.get("bank") } else { first };
    let new_bank = view! {
        <TextField
            id="new_bank"
            label=say::new_bank(lang)
            help=say::new_bank_help(lang)
            value=state.get("new_bank")
            error=of_bank
            width="short"
        />
    }
    .into_any();
    // Without any bank there is nothing to choose; with one, another is the exception.
    let (bank, folded) = if known {
        let select = view! { <SelectField id="bank" label=say::bank(lang) options=options chosen=chosen error=None /> };
        (select.into_any(), Some(new_bank))
    } else {
        (new_bank, None)
    };
    let open =
        wrong || ["new_bank", "ownership", "may_shrink"].iter().any(|name| !state.get(name).is_empty());
    let ownership = vec![
        option("", say::ownership_refuse(lang)),
        option("donated", say::ownership_donated(lang)),
        option("family", say::ownership_family(lang)),
    ];
    let more = view! {
        <div class="stack">
            {folded}
            <SelectField
                id="ownership"
                label=say::ownership(lang)
                options=ownership
                chosen=state.get("ownership")
                error=None
            />
            <CheckField
                id="may_shrink"
                label=say::may_shrink(lang)
                checked=state.get("may_shrink") == "on"
                error=None
            />
        </div>
    };
    let kinds = vec![
        option("", say::kind_auto(lang)),
        option("full", say::kind_full(lang)),
        option("differential", say::kind_differential(lang)),
    ];
    let choice = |value: &'static str, label: &'static str, help: &'static str| Choice {
        help: Some(help.into()),
        ..Choice::new(value, label)
    };
    let modes = vec![
        choice("trial", say::mode_trial(lang), say::mode_trial_help(lang)),
        choice("load", say::mode_load(lang), say::mode_load_help(lang)),
    ];
    view! {
        <section class="desk-part" id="upload" aria-labelledby="upload-title">
            <h2 id="upload-title">{say::title(lang)}</h2>
            {state.news(lang)}
            <div class="desk-columns">
            <form
                method="post"
                action="/console/loads"
                enctype="multipart/form-data"
                class="stack narrow upload-form"
                novalidate
            >
                {bank}
                <SelectField id="kind" label=say::kind(lang) options=kinds chosen=state.get("kind") error=None />
                <Choices name="mode" legend=say::mode(lang) choices=modes chosen=get("mode", "trial") error=None />
                {disclosure(say::more(lang), None, open, more)}
                // Last, so that what is asked is known before the file comes.
                <FileField
                    id="file"
                    label=say::file(lang)
                    help=say::file_help(lang, max_mib)
                    error=None
                    accept=".xml,.csv,.xlsx,text/csv,application/xml,text/xml"
                />
                <div class="actions">
                    <Button label=say::send(lang) kind=ButtonKind::Primary icon=Icon::Upload />
                </div>
            </form>
            <div class="desk-side">{way(lang)} {disclosure(say::by_command(lang), None, false, by_command(lang))}</div>
            </div>
        </section>
    }
    .into_any()
}

/// What happens to the file, step by step.
fn way(lang: Lang) -> impl IntoView {
    let steps = [
        (say::way_send(lang), say::way_send_text(lang)),
        (say::way_trial(lang), say::way_trial_text(lang)),
        (say::way_load(lang), say::way_load_text(lang)),
    ];
    let steps = steps
        .map(|(title, text)| {
            view! {
                <li>
                    <strong>{title}</strong>
                    <span>{text}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="way">{steps}</ol> }
}

fn by_command(lang: Lang) -> impl IntoView {
    view! {
        <p>{loads_say::how_text(lang)}</p>
        <p class="code command">"spark import units inventory.xml --bank CN01 --dry-run"</p>
        <p class="code command">"spark import units inventory.xml --bank CN01"</p>
    }
}

//! What can be done with a hold next: the one deed that is due, and those that give it up.

use domain::registry::{HoldPurpose, HoldState, ReleaseState};
use leptos::prelude::*;
use words::{Lang, console::holds as say};

use super::hold::{HoldView, ReleaseNow};
use super::lab::FormState;
use crate::ui::{
    Button, ButtonKind, Choice, Choices, Icon, IconMark, SelectField, SelectOption, TextField, disclosure,
};

/// The forms of a hold's page.
#[derive(Debug, Clone, Default)]
pub struct HoldForms {
    /// More days.
    pub prolong: FormState,
    /// Giving the hold up.
    pub cancel: FormState,
    /// A weightier purpose.
    pub advance: FormState,
    /// Ordering a release.
    pub order: FormState,
    /// Authorizing it.
    pub authorize: FormState,
    /// Giving the release up.
    pub abandon: FormState,
    /// What became of it.
    pub outcome: FormState,
}

/// The deeds of this state for this reader, the due one first.
pub(super) fn next(lang: Lang, view: &HoldView) -> AnyView {
    let inside = match (&view.release, view.state) {
        (Some(release), _) => of_release(lang, view, release),
        (None, HoldState::Active) => of_hold(lang, view),
        (None, _) => view! { <p>{say::over(lang)}</p> }.into_any(),
    };
    view! {
        <section class="desk-part hold-next">
            <h2>{say::next(lang)}</h2>
            {inside}
        </section>
    }
    .into_any()
}

fn of_hold(lang: Lang, view: &HoldView) -> AnyView {
    let reservation = view.purpose == HoldPurpose::Reservation;
    let typed = view.units.iter().all(|unit| unit.confirmed);
    let barred = view.units.iter().any(|unit| !unit.bars.is_empty());
    let text = if reservation {
        say::next_reservation(lang)
    } else if !typed {
        say::next_typing(lang)
    } else if barred {
        say::next_barred(lang)
    } else {
        say::next_order(lang)
    };
    let laboratory = (view.may.lab && !reservation).then(|| {
        view! {
            <p>
                <a class="button" href=format!("/console/lab/holds/{}", view.id)>
                    <IconMark icon=Icon::Flask />
                    <span>{words::hold_purpose(lang, HoldPurpose::ConfirmatoryTyping)}</span>
                </a>
            </p>
        }
    });
    let advance = (view.may.hold && reservation).then(|| advance(lang, view));
    let order = (view.may.order && !reservation && typed && !barred).then(|| order(lang, view));
    let keep = view.may.hold.then(|| {
        view! {
            {prolong(lang, view)}
            {disclosure(
                say::cancel(lang),
                None,
                view.forms.cancel.error.is_some(),
                because(lang, "cancel", format!("/console/holds/{}/cancel", view.id), say::cancel_button(lang), &view.forms.cancel),
            )}
        }
    });
    view! {
        <p>{text}</p>
        {laboratory}
        {advance}
        {order}
        {keep}
    }
    .into_any()
}

fn order(lang: Lang, view: &HoldView) -> AnyView {
    let form = &view.forms.order;
    let choice = (!view.hospitals.is_empty()).then(|| {
        let options = view
            .hospitals
            .iter()
            .map(|(id, name)| SelectOption { value: id.clone(), label: name.clone(), enabled: true })
            .collect();
        let own = view.hospitals.iter().find(|(_, name)| Some(name) == view.hospital.as_ref());
        let typed = form.get("hospital");
        let chosen = if typed.is_empty() { own.map(|(id, _)| id.clone()).unwrap_or_default() } else { typed };
        view! {
            <SelectField id="hospital" label=say::hospital_to(lang) options=options chosen=chosen error=None />
        }
    });
    view! {
        {form.news(lang)}
        <form method="post" action=format!("/console/holds/{}/release", view.id) class="stack">
            {choice}
            <Button label=say::order_button(lang) kind=ButtonKind::Primary icon=Icon::ArrowRight />
        </form>
    }
    .into_any()
}

/// A reservation becomes a hold from which a release can be ordered.
fn advance(lang: Lang, view: &HoldView) -> AnyView {
    let form = &view.forms.advance;
    if !view.signed {
        return view! { <p class="muted">{say::advance_unsigned(lang)}</p> }.into_any();
    }
    let choices = [HoldPurpose::ConfirmatoryTyping, HoldPurpose::Transplant]
        .map(|purpose| Choice::new(purpose.as_str(), words::hold_purpose(lang, purpose)));
    let typed = form.get("purpose");
    let chosen = if typed.is_empty() { HoldPurpose::ConfirmatoryTyping.as_str().to_owned() } else { typed };
    view! {
        {form.news(lang)}
        <form method="post" action=format!("/console/holds/{}/advance", view.id) class="stack">
            <Choices name="purpose" legend=say::advance(lang) choices=choices.into() chosen=chosen error=None />
            <Button label=say::advance_button(lang) kind=ButtonKind::Primary icon=Icon::ArrowRight />
        </form>
    }
    .into_any()
}

fn prolong(lang: Lang, view: &HoldView) -> AnyView {
    let form = &view.forms.prolong;
    let error = form.error.as_ref().map(|error| words::refusal(lang, error));
    let open = error.is_some();
    let inside = view! {
        <form method="post" action=format!("/console/holds/{}/prolong", view.id) class="stack" novalidate>
            <TextField
                id="days"
                label=say::prolong_days(lang)
                help=say::purpose_most(lang, view.most_days)
                value=form.get("days")
                error=error
                inputmode="numeric"
                width="short"
            />
            <Button label=say::prolong_button(lang) />
        </form>
    };
    disclosure(say::prolong(lang), None, open, inside)
}

/// A form that asks for nothing but a reason.
fn because(lang: Lang, id: &'static str, action: String, button: &'static str, form: &FormState) -> AnyView {
    let error = form.error.as_ref().map(|error| words::refusal(lang, error));
    view! {
        <form method="post" action=action class="stack" novalidate>
            <TextField
                id=format!("{id}-reason")
                name="reason"
                label=words::console::unit::reason(lang)
                value=form.get("reason")
                error=error
            />
            <Button label=button kind=ButtonKind::Danger />
        </form>
    }
    .into_any()
}

fn of_release(lang: Lang, view: &HoldView, release: &ReleaseNow) -> AnyView {
    let abandon = (view.may.order || view.may.authorize).then(|| {
        let action = format!("/console/releases/{}/cancel", release.id);
        let form = &view.forms.abandon;
        disclosure(
            say::abandon(lang),
            None,
            form.error.is_some(),
            because(lang, "abandon", action, say::abandon_button(lang), form),
        )
    });
    match release.state {
        ReleaseState::Ordered => view! {
            {authorize(lang, view, release)}
            {abandon}
        }
        .into_any(),
        ReleaseState::Authorized => view! {
            <p>{if release.checks == 2 { say::next_ship(lang) } else { say::next_check(lang) }}</p>
            {view.may.lab.then(|| pack(lang, release))}
            {abandon}
        }
        .into_any(),
        ReleaseState::Shipped => view! {
            <p>{say::next_outcome(lang)}</p>
            {view.may.lab.then(|| pack(lang, release))}
            {(view.may.order || view.may.lab).then(|| outcome(lang, view, release))}
        }
        .into_any(),
        ReleaseState::Infused
        | ReleaseState::Returned
        | ReleaseState::Discarded
        | ReleaseState::Cancelled => {
            let reason = Some(release.reason.clone()).filter(|reason| !reason.is_empty());
            view! {
                <p>{say::closed(lang, words::release_state(lang, release.state))}</p>
                {reason.map(|reason| view! { <p class="muted">{reason}</p> })}
            }
            .into_any()
        }
    }
}

fn pack(lang: Lang, release: &ReleaseNow) -> AnyView {
    view! {
        <p>
            <a class="button" href=format!("/console/lab/releases/{}", release.id)>
                <IconMark icon=Icon::Package />
                <span>{words::console::lab::release_title(lang)}</span>
            </a>
        </p>
    }
    .into_any()
}

fn authorize(lang: Lang, view: &HoldView, release: &ReleaseNow) -> AnyView {
    let form = &view.forms.authorize;
    let may = view.may.authorize && !release.own;
    let text = if may { say::next_authorize(lang) } else { say::next_second(lang) };
    let button = may.then(|| {
        view! {
            <form method="post" action=format!("/console/releases/{}/authorize", release.id) class="stack">
                <Button label=say::authorize_button(lang) kind=ButtonKind::Primary icon=Icon::Shield />
            </form>
        }
    });
    view! {
        <p>{text}</p>
        {form.news(lang)}
        {button}
    }
    .into_any()
}

fn outcome(lang: Lang, view: &HoldView, release: &ReleaseNow) -> AnyView {
    let form = &view.forms.outcome;
    let error = form.error.as_ref().map(|error| words::refusal(lang, error));
    let typed = form.get("outcome");
    let choice = |state: ReleaseState| Choice::new(state.as_str(), words::release_state(lang, state));
    let choices =
        vec![choice(ReleaseState::Infused), choice(ReleaseState::Returned), choice(ReleaseState::Discarded)];
    let chosen = if typed.is_empty() { ReleaseState::Infused.as_str().to_owned() } else { typed };
    view! {
        <form method="post" action=format!("/console/releases/{}/outcome", release.id) class="stack" novalidate>
            <Choices name="outcome" legend=say::outcome(lang) choices=choices chosen=chosen error=None />
            <TextField
                id="outcome-reason"
                name="reason"
                label=words::console::unit::reason(lang)
                help=say::outcome_help(lang)
                value=form.get("reason")
                error=error
            />
            <Button label=say::outcome_button(lang) kind=ButtonKind::Primary />
        </form>
    }
    .into_any()
}

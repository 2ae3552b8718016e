//! The giving form, alive: the same rules as on the server while one types, and one submission at a time.
//!
//! The form itself is HTML from the server and stays what it is: the island listens to it, so that nothing typed
//! before it woke up is lost, and without it the form works all the same.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use domain::giving::{FieldErrors, GiftField, GiftForm, GiftTarget, gift_amount};
use domain::id::FundId;
use domain::time::Date;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement};
use words::{Lang, donate as say};

use super::{live, mark_alive};

/// How long a submitted form stays shut, in case no answer ever comes.
const SHUT_FOR: Duration = Duration::from_secs(10);

/// Listens to the form inside it.
#[island]
pub fn DonateForm(
    /// The page's language.
    lang: String,
    /// Today in Shanghai, `YYYY-MM-DD`.
    today: String,
    /// What the form offers: code, and whether it is open.
    targets: Vec<(String, bool)>,
    children: Children,
) -> impl IntoView {
    let desk = Rc::new(Desk::new(Lang::from_word(&lang).unwrap_or_default(), &today, targets));
    // Handlers must be Send for the server's half, which never calls them.
    let desk = StoredValue::new_local(desk);
    Effect::new(move |_| {
        desk.with_value(|desk| desk.wake());
        // A page that comes back from the browser's memory must not stay shut.
        let back = window_event_listener(ev::pageshow, move |_| desk.with_value(|desk| desk.open()));
        let press =
            window_event_listener(ev::pointerdown, move |_| desk.with_value(|desk| desk.pressed.set(true)));
        let let_go = move || {
            desk.with_value(|desk| desk.pressed.set(false));
            settle_soon(desk);
        };
        let up = window_event_listener(ev::pointerup, move |_| let_go());
        let cancel = window_event_listener(ev::pointercancel, move |_| let_go());
        on_cleanup(move || [back, press, up, cancel].into_iter().for_each(|listener| listener.remove()));
        mark_alive();
    });
    view! {
        <div
            class="give-live"
            on:input=move |event| desk.with_value(|desk| desk.typed(&event))
            on:change=move |event: ev::Event| {
                desk.with_value(|desk| desk.changed(&event));
                settle_soon(desk);
            }
            on:submit=move |event: ev::SubmitEvent| {
                let shut = desk.with_value(|desk| desk.submitted(&event));
                if shut {
                    set_timeout(move || desk.with_value(|desk| desk.open()), SHUT_FOR);
                }
            }
        >
            {children()}
        </div>
    }
}

/// Judges the form once the click that may be under way is over.
fn settle_soon(desk: StoredValue<Rc<Desk>, LocalStorage>) {
    set_timeout(move || desk.with_value(|desk| desk.settle()), Duration::ZERO);
}

/// What the island knows of its form.
struct Desk {
    lang: Lang,
    today: Option<Date>,
    targets: Vec<GiftTarget>,
    /// Fields that were filled in: only these are judged before submission.
    touched: RefCell<BTreeSet<GiftField>>,
    /// Whether a finger or button is down. A message that appeared now would move what is being pressed, and the click
    /// would miss it.
    pressed: Cell<bool>,
}

/// The fields by the names of their inputs.
const FIELDS: [(&str, GiftField); 14] = [
    ("target", GiftField::Target),
    ("amount", GiftField::Amount),
    ("donor_kind", GiftField::DonorKind),
    ("name", GiftField::Name),
    ("email", GiftField::Email),
    ("phone", GiftField::Phone),
    ("dedication", GiftField::Dedication),
    ("message", GiftField::Message),
    ("tax_title", GiftField::TaxTitle),
    ("tax_number", GiftField::TaxNumber),
    ("tax_consent", GiftField::TaxConsent),
    ("channel", GiftField::Channel),
    ("related", GiftField::Related),
    ("consent", GiftField::Consent),
];

impl Desk {
    fn new(lang: Lang, today: &str, targets: Vec<(String, bool)>) -> Self {
        // The rules ask whether a target is offered and open; which fund it is only the server needs to know.
        let fund_id = FundId(uuid::Uuid::nil());
        let target = |(code, open)| GiftTarget { code, fund_id, programme_id: None, open };
        let targets = targets.into_iter().map(target).collect();
        Self {
            lang,
            today: today.parse().ok(),
            targets,
            touched: RefCell::default(),
            pressed: Cell::new(false),
        }
    }

    fn form() -> Option<HtmlFormElement> {
        live::first("form.give-form")?.dyn_into().ok()
    }

    fn errors(&self, typed: &GiftForm) -> FieldErrors {
        let Some(today) = self.today else { return FieldErrors::new() };
        let mut errors = typed.read(today, &self.targets).err().unwrap_or_default();
        // The hidden key is the server's business.
        errors.remove(&GiftField::Form);
        errors
    }

    /// Takes up what stands in the form already: typed before now, or filled in by the browser.
    fn wake(&self) {
        let Some(form) = Self::form() else { return };
        let typed = live::read(&form);
        if !typed.amount.trim().is_empty() {
            untap();
        }
        self.label(&live::read(&form));
        self.name_recipient(&typed);
    }

    fn typed(&self, event: &ev::Event) {
        let (Some(form), Some((name, _))) = (Self::form(), named(event)) else { return };
        let typed = live::read(&form);
        if name == "amount" && !typed.amount.trim().is_empty() {
            untap();
        }
        self.label(&typed);
        self.judge(&typed);
    }

    fn changed(&self, event: &ev::Event) {
        let (Some(form), Some((name, control))) = (Self::form(), named(event)) else { return };
        if name == "preset" {
            // The tapped amount is meant now: a typed one would win over it.
            if let Some(free) =
                live::first("#amount").and_then(|free| free.dyn_into::<HtmlInputElement>().ok())
            {
                free.set_value("");
            }
        }
        if let Some((_, field)) = FIELDS.iter().find(|(known, _)| *known == name) {
            let emptied = control.dyn_ref::<HtmlInputElement>().is_some_and(|input| input.value().is_empty());
            if emptied {
                self.touched.borrow_mut().remove(field)
            } else {
                self.touched.borrow_mut().insert(*field)
            };
            if emptied {
                live::show(&name, None);
            }
        }
        let typed = live::read(&form);
        self.label(&typed);
        self.name_recipient(&typed);
    }

    /// Judges what was filled in, unless something is being pressed: then it waits until that is over.
    fn settle(&self) {
        let Some(form) = Self::form().filter(|_| !self.pressed.get()) else { return };
        self.judge(&live::read(&form));
    }

    /// Whether the form goes off now and is shut until the answer comes.
    fn submitted(&self, event: &ev::SubmitEvent) -> bool {
        let Some(form) = Self::form() else { return false };
        // The language switch gives nothing: the form comes back as it stands, whatever is wrong in it.
        if event.submitter().is_some_and(|by| by.get_attribute("name").as_deref() == Some("language")) {
            return false;
        }
        if form.has_attribute("data-shut") {
            event.prevent_default();
            return false;
        }
        let typed = live::read(&form);
        let errors = self.errors(&typed);
        self.touched.borrow_mut().extend(FIELDS.iter().map(|(_, field)| *field));
        self.judge(&typed);
        if let Some((name, _)) = FIELDS.iter().find(|(_, field)| errors.contains_key(field)) {
            event.prevent_default();
            live::focus(name);
            return false;
        }
        let _ = form.set_attribute("data-shut", "");
        if let Some(button) = button() {
            button.set_inner_text(say::button_busy(self.lang));
            let _ = button.set_attribute("aria-disabled", "true");
        }
        true
    }

    fn open(&self) {
        let Some(form) = Self::form() else { return };
        let _ = form.remove_attribute("data-shut");
        if let Some(button) = button() {
            let _ = button.remove_attribute("aria-disabled");
        }
        self.label(&live::read(&form));
    }

    /// Shows what is wrong in the fields that were filled in, and clears what was mended.
    fn judge(&self, typed: &GiftForm) {
        let errors = self.errors(typed);
        let touched = self.touched.borrow();
        for (name, field) in FIELDS.iter().filter(|(_, field)| touched.contains(field)) {
            let message = errors.get(field).map(|refusal| words::refusal(self.lang, refusal));
            live::show(name, message.as_deref());
        }
    }

    /// The button says the amount.
    fn label(&self, typed: &GiftForm) {
        let Some(button) = button().filter(|button| !button.has_attribute("aria-disabled")) else { return };
        let label = gift_amount(typed.amount_meant()).map_or_else(
            |_| say::button_plain(self.lang).to_owned(),
            |amount| say::button(self.lang, format!("¥{}", amount.short())),
        );
        if button.inner_text() != label {
            button.set_inner_text(&label);
        }
    }

    /// Beside the form stands the recipient of the fund that is chosen.
    fn name_recipient(&self, typed: &GiftForm) {
        let fund = typed.target.split('/').next().unwrap_or_default();
        let groups = live::all(".recipient[data-funds]");
        let of = |group: &Element| {
            let funds = group.get_attribute("data-funds").unwrap_or_default();
            funds.split(' ').any(|code| code == fund)
        };
        if groups.len() < 2 || !groups.iter().any(of) {
            return;
        }
        for group in groups {
            let _ = group.toggle_attribute_with_force("hidden", !of(&group));
        }
    }
}

fn button() -> Option<HtmlElement> {
    live::first("form.give-form [data-give]")?.dyn_into().ok()
}

/// The control that an event comes from, and its name.
fn named(event: &ev::Event) -> Option<(String, Element)> {
    let control: Element = event.target()?.dyn_into().ok()?;
    Some((control.get_attribute("name")?, control))
}

/// No suggested amount is tapped any more.
fn untap() {
    for chip in live::all("form.give-form input[name=preset]") {
        if let Ok(chip) = chip.dyn_into::<HtmlInputElement>() {
            chip.set_checked(false);
        }
    }
}

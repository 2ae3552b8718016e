//! A patient is added or changed: a code and no name, the typing as pasted, and a diagnosis that is kept sealed.

use std::collections::BTreeMap;

use domain::refusal::Refusal;
use domain::registry::{Abo, PatientField, PatientForm};
use leptos::prelude::*;
use words::{Lang, console::patients as say, match_desk as desk};

use crate::ui::{Button, ButtonKind, Icon, IconMark, SelectField, SelectOption, TextAreaField, TextField};
use crate::{Page, PageContext};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct PatientFormView {
    /// The patient's id and code, when one is changed.
    pub patient: Option<(String, String)>,
    /// What was typed.
    pub typed: PatientForm,
    /// The hospital that is chosen.
    pub hospital: String,
    /// Hospitals to choose from: id and name; none where there is no choice.
    pub hospitals: Vec<(String, String)>,
    /// The reader's own hospital, where there is no choice.
    pub own_hospital: Option<String>,
    /// What is wrong, field by field.
    pub errors: BTreeMap<PatientField, Refusal>,
}

/// The page.
#[must_use]
pub fn page(context: &PageContext, view: PatientFormView) -> Page {
    let lang = context.lang;
    let (title, action, back) = match &view.patient {
        Some((id, code)) => (
            say::change_title(lang, code),
            format!("/console/patients/{id}/change"),
            format!("/console/patients/{id}"),
        ),
        None => (
            say::new_title(lang).to_owned(),
            "/console/patients/new".to_owned(),
            "/console/patients".to_owned(),
        ),
    };
    let body = view! {
        <a class="back" href=back>
            <IconMark icon=Icon::ArrowLeft />
            <span>{say::back(lang)}</span>
        </a>
        <header class="desk-head">
            <h1>{title.clone()}</h1>
        </header>
        <form method="post" action=action class="stack patient-form" novalidate>
            {fields(lang, &view)}
            <Button label=say::save(lang) kind=ButtonKind::Primary icon=Icon::Check />
        </form>
    };
    Page::console(title, body)
}

fn fields(lang: Lang, view: &PatientFormView) -> AnyView {
    let error = |field: PatientField| view.errors.get(&field).map(|refusal| words::refusal(lang, refusal));
    let typed = &view.typed;
    let option = |value: &str, label: &str| SelectOption {
        value: value.to_owned(),
        label: label.to_owned(),
        enabled: true,
    };
    let groups = std::iter::once(option("", desk::abo_unknown(lang)))
        .chain(Abo::ALL.iter().map(|abo| option(abo.as_str(), abo.as_str())))
        .collect();
    let hospital = match (&view.own_hospital, view.hospitals.is_empty()) {
        (Some(own), _) => Some(view! { <p class="field-help">{say::own_hospital(lang, own)}</p> }.into_any()),
        (None, true) => None,
        (None, false) => {
            let options = std::iter::once(option("", say::hospital_none(lang)))
                .chain(view.hospitals.iter().map(|(id, name)| option(id, name)))
                .collect();
            Some(
                view! {
                    <SelectField
                        id="hospital"
                        label=say::hospital(lang)
                        options=options
                        chosen=view.hospital.clone()
                        error=None
                    />
                }
                .into_any(),
            )
        }
    };
    let optional = say::optional(lang);
    view! {
        {hospital}
        <TextField
            id="code"
            label=say::code(lang)
            help=say::code_help(lang)
            value=typed.code.clone()
            error=error(PatientField::Code)
            width="middle"
        />
        <TextAreaField
            id="hla"
            label=desk::hla(lang)
            help=desk::hla_help(lang)
            value=typed.hla.clone()
            error=error(PatientField::Hla)
        />
        <div class="match-row">
            <TextField
                id="weight"
                label=desk::weight(lang)
                value=typed.weight.clone()
                error=error(PatientField::Weight)
                inputmode="decimal"
            />
            <SelectField
                id="abo"
                label=desk::abo(lang)
                options=groups
                chosen=typed.abo.clone()
                error=error(PatientField::Abo)
            />
        </div>
        <TextField
            id="antibodies"
            label=desk::antibodies(lang)
            help=desk::antibodies_help(lang)
            value=typed.antibodies.clone()
            error=error(PatientField::Antibodies)
            optional=optional.to_owned()
        />
        <TextField
            id="diagnosis"
            label=say::diagnosis(lang)
            help=say::diagnosis_help(lang)
            value=typed.diagnosis.clone()
            error=error(PatientField::Diagnosis)
            optional=optional.to_owned()
        />
    }
    .into_any()
}

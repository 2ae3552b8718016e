//! The donate form: shown fresh, sent, and shown again with what stands in the way.

use app::Page;
use app::pages::public;
use app::widgets::{FundChoice, GiveForm, fresh_form};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use domain::giving::{Channel, FieldErrors, GiftField, GiftForm};
use domain::refusal::Refusal;
use serde::Deserialize;
use service::giving::{gift_pledge, gift_read};
use service::programme::ProgrammeBook;
use service::{Answer, ServiceError};
use words::Lang;

use super::page::Reader;
use super::problem::{later, sorted, wait};
use super::typed::{Form, Query};
use super::{language, limit};

/// What a poster's QR code or a fund's page chooses beforehand.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Chosen {
    /// `fund` or `fund/programme`.
    to: String,
    /// An amount in yuan.
    amount: String,
}

/// Fills the form's frame for one reader.
pub async fn give_form(reader: &Reader, form: GiftForm, errors: FieldErrors) -> Answer<GiveForm> {
    Ok(give_form_of(reader, &*reader.ctx.programme().await?, form, errors))
}

fn give_form_of(reader: &Reader, book: &ProgrammeBook, form: GiftForm, errors: FieldErrors) -> GiveForm {
    let today = reader.ctx.now.date();
    let choice = |fund: &domain::fund::Fund| FundChoice {
        standing: fund.standing(today),
        programmes: book.programmes.iter().filter(|p| p.fund_id == fund.id).cloned().collect(),
        fund: fund.clone(),
    };
    let sandbox = (!reader.ctx.house.settings.production).then_some(Channel::Sandbox);
    let channels = sandbox.into_iter().chain([Channel::BankTransfer]).collect();
    GiveForm { form, errors, funds: book.funds.iter().map(choice).collect(), channels, today }
}

/// A form that nothing was typed into.
pub fn fresh(reader: &Reader, to: &str) -> GiftForm {
    fresh_form(reader.ctx.token().to_string(), to)
}

/// The donate page.
pub async fn show(reader: Reader, Query(chosen): Query<Chosen>) -> Response {
    let mut form = fresh(&reader, &chosen.to);
    if domain::giving::gift_amount(&chosen.amount).is_ok() {
        form.preset.clear();
        form.amount = chosen.amount;
    }
    reader.answer(give_form(&reader, form, FieldErrors::new()).await, |page, give| {
        public::donate::page(page, &give, None)
    })
}

/// Takes the form. A refused one comes back as it was typed, with a message beside each field; so does one that
/// cannot be taken just now.
pub async fn send(reader: Reader, Form(form): Form<GiftForm>) -> Response {
    if let Some(lang) = language_asked(&reader) {
        return in_language(reader, form, lang).await;
    }
    let pledged = async {
        // A hall full of donors has one address: forms that are refused cost none of its gifts.
        if let Err(error) = gift_read(&reader.ctx, &form).await {
            limit::take(&reader, limit::REFUSED).await?;
            return Err(error);
        }
        limit::take(&reader, limit::GIVE).await?;
        gift_pledge(&reader.ctx, &form, reader.context.lang).await
    };
    match pledged.await {
        Ok(pledged) => Redirect::to(&format!("/gift/{}/pay", pledged.token)).into_response(),
        Err(ServiceError::Fields(errors)) => refused(&reader, form, errors).await,
        Err(error) => not_now(&reader, form, error).await,
    }
}

/// The language that the switch on a form asks for.
pub fn language_asked(reader: &Reader) -> Option<Lang> {
    let pairs = &reader.sent.as_ref()?.0;
    pairs.iter().find(|(name, _)| name == "language").and_then(|(_, word)| Lang::from_word(word))
}

/// The form in another language. No gift is made, and nothing that was typed goes into an address. `to` is what the
/// page was first shown for, where it says so. `None` where nothing was typed: the page is then shown anew, without a
/// form to send again.
pub async fn switch(
    mut reader: Reader,
    mut form: GiftForm,
    lang: Lang,
    to: Option<&str>,
) -> Result<Option<(Reader, GiveForm)>, Response> {
    reader.context.lang = lang;
    if form.gift_key.parse::<domain::id::Token>().is_err() {
        form.gift_key = reader.ctx.token().to_string();
    }
    let mut errors = FieldErrors::new();
    if form.target.is_empty() {
        errors.insert(GiftField::Target, Refusal::ChoiceUnknown);
    }
    let give = match give_form(&reader, form, errors).await {
        Ok(give) => give,
        Err(error) => return Err(reader.problem(error)),
    };
    let target = to.unwrap_or(&give.form.target);
    let fresh = give.is_untouched(target) && !give.target_unknown();
    Ok((!fresh).then_some((reader, give)))
}

/// The donate page in another language, as it was typed.
async fn in_language(reader: Reader, form: GiftForm, lang: Lang) -> Response {
    let cookie = CookieJar::new().add(language::kept(&reader, lang));
    let again = format!("/donate?to={}", form.target);
    let page = match switch(reader, form, lang, None).await {
        Ok(None) => Redirect::to(&again).into_response(),
        Ok(Some((reader, give))) => reader
            .page(StatusCode::OK, |page| Page { private: true, ..public::donate::page(page, &give, None) }),
        Err(problem) => problem,
    };
    (cookie, page).into_response()
}

async fn refused(reader: &Reader, mut form: GiftForm, errors: FieldErrors) -> Response {
    if matches!(errors.get(&GiftField::Form), Some(Refusal::FormAlreadyUsed | Refusal::FormIncomplete)) {
        form.gift_key = reader.ctx.token().to_string();
    }
    match give_form(reader, form, errors).await {
        Ok(give) => {
            reader.page(StatusCode::UNPROCESSABLE_ENTITY, |page| public::donate::page(page, &give, None))
        }
        Err(error) => reader.problem(error),
    }
}

/// The form as it was typed, under the same key, with why it was not taken.
async fn not_now(reader: &Reader, form: GiftForm, error: ServiceError) -> Response {
    let (status, problem) = sorted(error);
    let Some(book) = reader.ctx.programme_at_last().await else {
        return reader.problem_page(status, problem);
    };
    let give = give_form_of(reader, &book, form, FieldErrors::new());
    let page = reader.page(status, |page| public::donate::page(page, &give, Some(&problem)));
    later(page, wait(&problem))
}

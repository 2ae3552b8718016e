//! The staff's console: gifts, receipts, calls, messages, failed jobs; units.

pub mod bills;
pub mod calls;
pub mod disclosures;
pub mod dispatch;
pub mod gift;
pub mod gifts;
pub mod hold;
pub mod holds;
pub mod lab;
pub mod load_upload;
pub mod loads;
pub mod match_desk;
pub mod nomenclature;
pub mod outbox;
pub mod patients;
pub mod receipts;
pub mod refunds;
pub mod registry;
pub mod tax;
pub mod units;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Actor;
use store::StoreError;

use super::page::Reader;

impl Reader {
    /// Goes on only for staff; anybody else is led to the sign-in page and back. Which staff may do what is decided in
    /// each use case.
    pub fn staff(&self) -> Result<(), Box<Response>> {
        if matches!(self.ctx.actor, Actor::Staff { .. }) {
            return Ok(());
        }
        // Whoever cannot be known now is not a stranger for that: the session is kept and opens the page a little later.
        if self.unknown {
            return Err(Box::new(self.problem(StoreError::Unavailable.into())));
        }
        let next = url::form_urlencoded::byte_serialize(self.context.path.as_bytes()).collect::<String>();
        Err(Box::new(Redirect::to(&format!("/sign-in?next={next}")).into_response()))
    }
}

/// Answers early with a redirect to the sign-in page.
macro_rules! staff_only {
    ($reader:expr) => {
        if let Err(response) = $reader.staff() {
            return *response;
        }
    };
}
pub(crate) use staff_only;

/// The console's own address leads to the first page that the reader's role may open; who may open none is told so.
pub async fn index(reader: Reader) -> Response {
    staff_only!(reader);
    match app::console_nav::first_open(&reader.context) {
        Some(first) => Redirect::to(first).into_response(),
        None => reader.page(StatusCode::OK, app::pages::console::idle::page),
    }
}

//! Closing a month of the books: afterwards it takes no entry any more.

use domain::access::Action;
use domain::refusal::Refusal;
use domain::time::Month;
use uuid::Uuid;

use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// Closes all months up to `month`. What happened in them and is told later is booked on the first open day.
///
/// # Errors
/// [`Refusal::MonthNotClosable`] when the month is not over in Shanghai or closed already.
pub async fn books_close(ctx: &Ctx, month: Month) -> Answer<()> {
    ctx.authorize(Action::CloseMonth)?;
    if ctx.now.date() < month.next().first_day() {
        return Err(Refusal::MonthNotClosable.into());
    }
    let at = ctx.clone();
    ctx.house
        .writer
        .write(move |tx| {
            Box::pin(async move {
                let closed = store::ledger::books_closed_through(&mut tx.conn()).await?;
                if closed.is_some_and(|closed| month <= closed) {
                    return Err(Refusal::MonthNotClosable.into());
                }
                let fact = store::ledger::books_close(tx, month).await?;
                let mut event = at.event("books.closed", ("books", Uuid::nil()));
                event.detail = serde_json::json!({ "month": month.to_string() }).to_string();
                tx.record_facts(event, vec![], &[fact]);
                Ok::<_, ServiceError>(())
            })
        })
        .await
}

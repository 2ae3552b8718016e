//! Opening a payment: the pay page's link, made once and kept.

use domain::access::Action;
use domain::fund::Standing;
use domain::giving::GiftState;
use domain::id::{FundId, GiftId, Token};
use domain::money::Fen;
use domain::refusal::Refusal;
use domain::time::Instant;
use words::Lang;

use super::{Opened, Order};
use crate::context::Ctx;
use crate::error::{Answer, ServiceError};

/// Where the gift that `token` opens is paid. The provider is asked once, outside the writer; afterwards the page is
/// known.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::GiftNotInState`] when it is paid, expired or past its time,
/// [`Refusal::FundNotOpen`] when its fund no longer collects (money that comes all the same is booked),
/// [`Refusal::ChannelNotOffered`] when its provider is not set up, [`ServiceError::Provider`] when that does not
/// answer.
pub async fn payment_open(ctx: &Ctx, token: Token) -> Answer<Opened> {
    ctx.authorize(Action::OpenOwnGift)?;
    let mut reader = ctx.house.db.read().await?;
    let gift = store::gift::gift_by_token(&mut reader.conn(), token).await?.ok_or(Refusal::NotFound)?;
    let gift_id = GiftId(gift.id);
    let payment =
        store::payment::payment_of_gift(&mut reader.conn(), gift_id).await?.ok_or(Refusal::NotFound)?;
    drop(reader);
    if GiftState::from_word(&gift.state) != Some(GiftState::Pending) || payment.expires_at <= ctx.now.0 {
        return Err(Refusal::GiftNotInState.into());
    }
    let book = ctx.programme().await?;
    let fund = book.fund(FundId(gift.fund_id));
    // A plan may end between the form and the money: after its last day nobody is asked to pay (慈善法 Art 24).
    if fund.is_none_or(|fund| fund.standing(ctx.now.date()) != Standing::Open) {
        return Err(Refusal::FundNotOpen.into());
    }
    if let Some(page) = payment.pay_url {
        return Ok(Opened::Page(page));
    }
    let provider = ctx.house.providers.of_word(&payment.channel).ok_or(Refusal::ChannelNotOffered)?;
    let lang = Lang::from_word(&gift.lang).unwrap_or_default();
    let fund = fund.map(|fund| lang.pick(&fund.name_zh, &fund.name_en));
    let order = Order {
        out_trade_no: payment.out_trade_no,
        amount: Fen(payment.amount_fen),
        description: fund.unwrap_or_default().to_owned(),
        return_url: ctx.house.settings.gift_url(token),
        expires_at: Instant(payment.expires_at),
    };
    let opened = provider.open(ctx, &order).await?;
    if let Opened::Page(page) = &opened {
        let page = page.clone();
        let write = ctx.house.writer.write(move |tx| {
            Box::pin(async move {
                store::payment::payment_page_set(tx, gift_id, &page).await?;
                Ok::<_, ServiceError>(())
            })
        });
        write.await?;
    }
    Ok(opened)
}

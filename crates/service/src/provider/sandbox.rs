//! The sandbox provider over its signed protocol: payments, refunds, notifications and text messages.
//!
//! Our signing key follows from the master key, so that every node signs alike and nothing is kept in a file. The
//! provider's key is fetched once and pinned in table `setting`: all nodes then trust the same one, and another is
//! refused until an administrator takes the pin away.

mod bill;
mod client;
mod pin;
mod signing;
mod sms;
mod wire;

use domain::giving::Channel;
use domain::time::Date;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Method};
use serde_json::json;

use super::{
    Bill, Notice, NoticeError, Opened, Order, Provider, ProviderError, RefundOrder, RefundReport, Report,
    Told,
};
use crate::context::Ctx;
use bill::read_bill;
use client::Answer;
pub use client::{Account, Sandbox};
use signing::Doubt;
use wire::{NoticeBody, PaymentBody, RefundBody};

/// A notification is at most this long; the protocol's own are far shorter.
const NOTICE_MAX: usize = 64 * 1024;

impl Sandbox {
    async fn open_page(&self, ctx: &Ctx, order: &Order) -> Result<Opened, ProviderError> {
        let body = json!({
            "out_trade_no": order.out_trade_no,
            "amount_fen": order.amount.0,
            "currency": "CNY",
            "description": order.description,
            "notify_url": self.account.notify_url,
            "return_url": order.return_url,
            "expires_at": order.expires_at.rfc3339(),
        });
        let body = match self.call::<PaymentBody>(ctx, Method::POST, "/v1/payments", Some(body)).await? {
            Answer::Done(body) => body,
            // Opened before under other addresses (the site moved): its page is still the right one.
            Answer::Refused(code) if code == "payment_conflict" => {
                self.payment(ctx, &order.out_trade_no).await?.ok_or(ProviderError::Refused(code))?
            }
            Answer::Refused(code) => return Err(ProviderError::Refused(code)),
        };
        if body.out_trade_no != order.out_trade_no || body.amount_fen != order.amount.0 {
            return Err(ProviderError::Untrusted("another order"));
        }
        body.page().map(Opened::Page).ok_or(ProviderError::Untrusted("no page"))
    }

    async fn payment(&self, ctx: &Ctx, out_trade_no: &str) -> Result<Option<PaymentBody>, ProviderError> {
        match self.call(ctx, Method::GET, &format!("/v1/payments/{out_trade_no}"), None).await? {
            Answer::Done(body) => Ok(Some(body)),
            Answer::Refused(code) if code == "payment_not_found" => Ok(None),
            Answer::Refused(code) => Err(ProviderError::Refused(code)),
        }
    }

    async fn report(&self, ctx: &Ctx, out_trade_no: &str) -> Result<Report, ProviderError> {
        match self.payment(ctx, out_trade_no).await? {
            None => Ok(Report::Absent),
            Some(body) => body.report(&self.account.merchant, out_trade_no),
        }
    }

    async fn close_offer(&self, ctx: &Ctx, out_trade_no: &str) -> Result<Report, ProviderError> {
        let target = format!("/v1/payments/{out_trade_no}/close");
        match self.call::<PaymentBody>(ctx, Method::POST, &target, None).await? {
            Answer::Done(body) => body.report(&self.account.merchant, out_trade_no),
            Answer::Refused(code) if code == "payment_paid" => self.report(ctx, out_trade_no).await,
            Answer::Refused(code) if code == "payment_not_found" => Ok(Report::Absent),
            Answer::Refused(code) => Err(ProviderError::Refused(code)),
        }
    }

    async fn send_refund(&self, ctx: &Ctx, order: &RefundOrder) -> Result<RefundReport, ProviderError> {
        let body = json!({
            "out_refund_no": order.out_refund_no,
            "out_trade_no": order.out_trade_no,
            "amount_fen": order.amount.0,
            // Staff's own words may speak of a person: they stay in this house.
            "reason": "refund",
        });
        match self.call::<RefundBody>(ctx, Method::POST, "/v1/refunds", Some(body)).await? {
            Answer::Done(body) if body.amount_fen != order.amount.0 => {
                Err(ProviderError::Untrusted("another amount"))
            }
            Answer::Done(body) => body.report(&self.account.merchant, &order.out_refund_no),
            // Something was refunded under this number: whatever it was, it must not count as "no money moved".
            Answer::Refused(code) if code == "refund_conflict" => Err(ProviderError::Unavailable(code)),
            Answer::Refused(code) => Err(ProviderError::Refused(code)),
        }
    }

    async fn refund_report(&self, ctx: &Ctx, out_refund_no: &str) -> Result<RefundReport, ProviderError> {
        let target = format!("/v1/refunds/{out_refund_no}");
        match self.call::<RefundBody>(ctx, Method::GET, &target, None).await? {
            Answer::Done(body) => body.report(&self.account.merchant, out_refund_no),
            Answer::Refused(code) if code == "refund_not_found" => Ok(RefundReport::Absent),
            Answer::Refused(code) => Err(ProviderError::Refused(code)),
        }
    }

    async fn day_bill(&self, ctx: &Ctx, day: Date) -> Result<Bill, ProviderError> {
        match self.call_lines(ctx, &format!("/v1/bill?date={day}")).await? {
            Answer::Done(lines) => read_bill(&lines, day),
            Answer::Refused(code) => Err(ProviderError::Refused(code)),
        }
    }

    async fn notice(&self, ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Notice, NoticeError> {
        if body.len() > NOTICE_MAX {
            return Err(NoticeError::Body);
        }
        let pinned = self.pinned(ctx).await.map_err(|_| NoticeError::Unavailable)?;
        let key = pinned.ok_or(NoticeError::UnknownKey)?;
        key.verify(headers, "", body, ctx.now).map_err(|doubt| match doubt {
            Doubt::Headers => NoticeError::Headers,
            Doubt::Skewed => NoticeError::Skewed,
            Doubt::UnknownKey => NoticeError::UnknownKey,
            Doubt::Signature => NoticeError::Signature,
        })?;
        let body: NoticeBody = serde_json::from_slice(body).map_err(|_| NoticeError::Body)?;
        body.notice(&self.account.merchant)
    }
}

impl Provider for Sandbox {
    fn channel(&self) -> Channel {
        Channel::Sandbox
    }

    fn returns_fees(&self) -> bool {
        true
    }

    fn open<'a>(&'a self, ctx: &'a Ctx, order: &'a Order) -> Told<'a, Opened> {
        self.open_page(ctx, order).boxed()
    }

    fn query<'a>(&'a self, ctx: &'a Ctx, out_trade_no: &'a str) -> Told<'a, Report> {
        self.report(ctx, out_trade_no).boxed()
    }

    fn close<'a>(&'a self, ctx: &'a Ctx, out_trade_no: &'a str) -> Told<'a, Report> {
        self.close_offer(ctx, out_trade_no).boxed()
    }

    fn refund<'a>(&'a self, ctx: &'a Ctx, order: &'a RefundOrder) -> Told<'a, RefundReport> {
        self.send_refund(ctx, order).boxed()
    }

    fn refund_query<'a>(&'a self, ctx: &'a Ctx, out_refund_no: &'a str) -> Told<'a, RefundReport> {
        self.refund_report(ctx, out_refund_no).boxed()
    }

    fn has_bill(&self) -> bool {
        true
    }

    fn bill<'a>(&'a self, ctx: &'a Ctx, day: Date) -> Told<'a, Bill> {
        self.day_bill(ctx, day).boxed()
    }

    fn read_notification<'a>(
        &'a self,
        ctx: &'a Ctx,
        headers: &'a HeaderMap,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Notice, NoticeError>> {
        self.notice(ctx, headers, body).boxed()
    }
}

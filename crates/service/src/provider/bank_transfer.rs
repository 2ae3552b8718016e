//! Bank transfers: nobody to ask, so every answer is "by hand", and staff confirm what the account's statement says.

use domain::giving::Channel;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use http::HeaderMap;

use super::{Notice, NoticeError, Opened, Order, Provider, RefundOrder, RefundReport, Report, Told};
use crate::context::Ctx;

/// The bank: money comes with a reference code and goes back by staff's hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct BankTransfer;

impl Provider for BankTransfer {
    fn channel(&self) -> Channel {
        Channel::BankTransfer
    }

    fn open<'a>(&'a self, _: &'a Ctx, _: &'a Order) -> Told<'a, Opened> {
        ready(Ok(Opened::ByHand)).boxed()
    }

    fn query<'a>(&'a self, _: &'a Ctx, _: &'a str) -> Told<'a, Report> {
        ready(Ok(Report::ByHand)).boxed()
    }

    fn close<'a>(&'a self, _: &'a Ctx, _: &'a str) -> Told<'a, Report> {
        ready(Ok(Report::ByHand)).boxed()
    }

    fn refund<'a>(&'a self, _: &'a Ctx, _: &'a RefundOrder) -> Told<'a, RefundReport> {
        ready(Ok(RefundReport::ByHand)).boxed()
    }

    fn refund_query<'a>(&'a self, _: &'a Ctx, _: &'a str) -> Told<'a, RefundReport> {
        ready(Ok(RefundReport::ByHand)).boxed()
    }

    fn read_notification<'a>(
        &'a self,
        _: &'a Ctx,
        _: &'a HeaderMap,
        _: &'a [u8],
    ) -> BoxFuture<'a, Result<Notice, NoticeError>> {
        ready(Err(NoticeError::Channel)).boxed()
    }
}

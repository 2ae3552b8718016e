//! The sandbox's JSON, and what it means here. Fields that we do not know are ignored, as its protocol asks.

use domain::money::Fen;
use domain::time::Instant;
use serde::Deserialize;

use crate::giving::Settlement;
use crate::provider::{Notice, NoticeError, ProviderError, RefundReport, RefundTold, Report};

/// A payment as it stands.
#[derive(Deserialize)]
pub(super) struct PaymentBody {
    merchant: String,
    pub(super) out_trade_no: String,
    trade_no: String,
    status: String,
    currency: String,
    pub(super) amount_fen: i64,
    fee_fen: i64,
    refunded_fen: i64,
    paid_at: Option<String>,
    pay_url: Option<String>,
}

impl PaymentBody {
    /// The payer's page, where it is one that a link may lead to.
    pub(super) fn page(self) -> Option<String> {
        self.pay_url.filter(|url| url.starts_with("https://") || url.starts_with("http://"))
    }

    fn settlement(&self) -> Option<Settlement> {
        Some(Settlement {
            out_trade_no: self.out_trade_no.clone(),
            provider_ref: self.trade_no.clone(),
            amount: Fen(self.amount_fen),
            fee: Fen(self.fee_fen),
            paid_at: instant(self.paid_at.as_deref()?)?,
        })
    }

    /// What it says of our payment `out_trade_no`.
    pub(super) fn report(self, merchant: &str, out_trade_no: &str) -> Result<Report, ProviderError> {
        if self.merchant != merchant || self.out_trade_no != out_trade_no || self.currency != "CNY" {
            return Err(ProviderError::Untrusted("another payment"));
        }
        match self.status.as_str() {
            "pending" => Ok(Report::Pending),
            "closed" => Ok(Report::Closed),
            "paid" | "partially_refunded" | "refunded" => {
                let told = self.settlement().ok_or(ProviderError::Untrusted("paid at no time"))?;
                Ok(Report::Paid { told, refunded: Fen(self.refunded_fen) })
            }
            _ => Err(ProviderError::Untrusted("unknown status")),
        }
    }
}

/// A refund as it stands.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    merchant: String,
    out_refund_no: String,
    status: String,
    pub(super) amount_fen: i64,
    /// Where it is not said, the fee stays a cost.
    #[serde(default)]
    fee_returned_fen: i64,
    refunded_at: Option<String>,
}

impl RefundBody {
    /// What it says of our refund `out_refund_no`.
    pub(super) fn report(self, merchant: &str, out_refund_no: &str) -> Result<RefundReport, ProviderError> {
        if self.merchant != merchant || self.out_refund_no != out_refund_no {
            return Err(ProviderError::Untrusted("another refund"));
        }
        if self.status != "succeeded" {
            return Ok(RefundReport::Pending);
        }
        let done_at = self.refunded_at.as_deref().and_then(instant);
        Ok(RefundReport::Done(RefundTold {
            done_at: done_at.ok_or(ProviderError::Untrusted("refunded at no time"))?,
            out_refund_no: self.out_refund_no,
            amount: Fen(self.amount_fen),
            fee_returned: Fen(self.fee_returned_fen),
        }))
    }
}

/// A notification.
#[derive(Deserialize)]
pub(super) struct NoticeBody {
    event: String,
    #[serde(flatten)]
    payment: PaymentBody,
    refund: Option<RefundPart>,
}

#[derive(Deserialize)]
struct RefundPart {
    out_refund_no: String,
    amount_fen: i64,
    #[serde(default)]
    fee_returned_fen: i64,
    refunded_at: String,
}

impl NoticeBody {
    /// What it tells us, when it is meant for us.
    pub(super) fn notice(self, merchant: &str) -> Result<Notice, NoticeError> {
        if self.payment.merchant != merchant {
            return Err(NoticeError::OtherMerchant);
        }
        if self.payment.currency != "CNY" {
            return Err(NoticeError::Body);
        }
        let paid = || self.payment.settlement().ok_or(NoticeError::Body);
        match self.event.as_str() {
            "payment.paid" => Ok(Notice::Paid(paid()?)),
            "refund.succeeded" => {
                let paid = paid()?;
                let part = self.refund.ok_or(NoticeError::Body)?;
                let refund = RefundTold {
                    done_at: instant(&part.refunded_at).ok_or(NoticeError::Body)?,
                    out_refund_no: part.out_refund_no,
                    amount: Fen(part.amount_fen),
                    fee_returned: Fen(part.fee_returned_fen),
                };
                Ok(Notice::Refunded { paid, refund })
            }
            // Whatever else happens to a payment: the query tells how it stands now.
            _ => Ok(Notice::Unpaid { out_trade_no: self.payment.out_trade_no }),
        }
    }
}

/// An instant in RFC 3339.
pub(super) fn instant(text: &str) -> Option<Instant> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Instant(at.as_microsecond()))
}

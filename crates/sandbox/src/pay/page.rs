//! `GET /pay/{trade_no}`: whom one pays, how much, and the two buttons; afterwards, how it stands.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::app::App;
use crate::error::{Code, Error};
use crate::payment::{self, Payment, State as PaymentState};
use crate::web::{self, both, clock, yuan};
use crate::{fields, merchant};

/// The test options: value, Chinese, English.
const OPTIONS: [(&str, &str, &str); 11] = [
    ("normal", "正常到达", "Normal: one notification"),
    ("doubled", "重复到达", "Doubled: the same one twice at once"),
    ("late", "迟到", "Late: after the delay below"),
    ("lost", "丢失，只能主动查询", "Lost: none; only a query finds it"),
    ("stale_pending", "乱序：支付后又来旧的“待支付”", "Out of order: paid, then a stale pending"),
    ("stale_closed", "乱序：支付后又来旧的“已关闭”", "Out of order: paid, then a stale closed"),
    ("closed_first", "乱序：先“已关闭”后“已支付”", "Out of order: closed, then paid"),
    ("refund_first", "乱序：先“已退款”后“已支付”", "Out of order: refunded, then paid"),
    ("forged", "伪造三份，再来真的", "Forged: three forgeries, then the true one"),
    ("forged_only", "只有伪造，并未付款", "Forged only: nothing is paid"),
    ("after_expiry", "过期之后才到账", "After expiry: the money comes too late"),
];

pub(super) async fn handle(State(app): State<App>, Path(trade_no): Path<String>) -> Response {
    match payment::by_trade_no(app.db().read(), &trade_no).await {
        Ok(payment) => show(&app, StatusCode::OK, &payment, None).await,
        Err(error) => failed(&error),
    }
}

/// The page of a payment as it stands, with a notice above it where something was refused.
pub(super) async fn show(
    app: &App,
    status: StatusCode,
    payment: &Payment,
    notice: Option<Markup>,
) -> Response {
    let merchant = match merchant::find(app.db().read(), &payment.merchant_id).await {
        Ok(merchant) => merchant.map_or_else(|| payment.merchant_id.clone(), |merchant| merchant.name),
        Err(error) => return failed(&Error::Internal(error)),
    };
    let origin = fields::web_address(&payment.return_url).map(|url| url.origin().ascii_serialization());
    let main = html! {
        @if let Some(notice) = notice { p.notice role="alert" { (notice) } }
        p.payee { (both("收款方", "Payee")) }
        h1 { (merchant) }
        p.amount { span { "¥" } (yuan(payment.amount_fen)) }
        (particulars(payment))
        @match payment.state {
            PaymentState::Paid => { (ended("paid", &paid_words(payment), payment)) }
            PaymentState::Closed => { (ended("closed", &both("已关闭，未付款", "Closed, not paid"), payment)) (late_only(payment)) }
            PaymentState::Pending if app.now_ms() >= payment.expires_ms => {
                (ended("closed", &both("已过期，未付款", "Expired, not paid"), payment)) (late_only(payment))
            }
            PaymentState::Pending => { (open(payment)) }
        }
    };
    web::page(status, "演示沙箱收银台 · Sandbox pay page", &origin.unwrap_or_default(), &main)
}

/// The page for a payment that is not there, or a fault.
pub(super) fn failed(error: &Error) -> Response {
    let words = match error.code() {
        Code::PaymentNotFound => {
            both("没有这笔支付。请回到商户页面重新开始。", "No such payment. Start again at the merchant.")
        }
        _ => both("暂时出错，请稍后再试。", "Something failed. Try again a little later."),
    };
    web::page(error.status(), "演示沙箱 · Sandbox", "", &html! { p.notice role="alert" { (words) } })
}

fn particulars(payment: &Payment) -> Markup {
    html! {
        dl {
            dt { (both("说明", "For")) } dd { (payment.description) }
            dt { (both("商户单号", "Order")) } dd.number { (payment.out_trade_no) }
            @if let Some(at) = payment.paid_ms {
                dt { (both("支付时间", "Paid at")) } dd.number { (clock(at)) }
            } @else {
                dt { (both("支付截止", "Pay before")) } dd.number { (clock(payment.expires_ms)) }
            }
            @if let Some(at) = payment.pay_due_ms {
                dt { (both("款项在途，到账", "Money on its way, due")) } dd.number { (clock(at)) }
            }
        }
    }
}

fn open(payment: &Payment) -> Markup {
    html! {
        form method="post" action={ "/pay/" (payment.trade_no) "/pay" } {
            button.go type="submit" { "支付 ¥" (yuan(payment.amount_fen)) " " span.en lang="en" { "Pay" } }
            button.no type="submit" formaction={ "/pay/" (payment.trade_no) "/cancel" } formnovalidate {
                (both("取消", "Cancel"))
            }
            details {
                summary { (both("测试选项", "Test options")) }
                fieldset {
                    legend { (both("付款通知如何到达商户", "How the notification reaches the merchant")) }
                    @for (value, zh, en) in OPTIONS {
                        label.option {
                            input type="radio" name="mode" value=(value) checked[value == "normal"];
                            span { (zh) span.en lang="en" { (en) } }
                        }
                    }
                }
                label.delay for="delay" { (both("延迟（秒）", "Delay in seconds")) }
                p.hint id="delay-hint" {
                    (both("留空：迟到为 10 秒，其余为 0。最多 86400。", "Empty: 10 for “late”, otherwise 0. At most 86400."))
                }
                input id="delay" name="delay_s" type="number" inputmode="numeric" min="0" max="86400" step="1"
                    aria-describedby="delay-hint";
                // The list is long: nobody should have to scroll back up to use what was chosen.
                button.no type="submit" { (both("按所选继续", "Continue with this option")) }
            }
        }
    }
}

/// What can still happen to a payment that was not paid in time.
fn late_only(payment: &Payment) -> Markup {
    html! {
        form method="post" action={ "/pay/" (payment.trade_no) "/pay" } {
            details {
                summary { (both("测试选项", "Test options")) }
                p.hint { (both("让已在途的款项在过期之后到账。", "Let money that was on its way arrive after the expiry.")) }
                input type="hidden" name="mode" value="after_expiry";
                button.no type="submit" { (both("过期后到账", "Pay after expiry")) }
            }
        }
    }
}

fn paid_words(payment: &Payment) -> Markup {
    html! {
        (both("已支付", "Paid"))
        @if payment.refunded_fen > 0 {
            br; (both("已退款", "Refunded")) " ¥" (yuan(payment.refunded_fen))
        }
    }
}

fn ended(class: &str, words: &Markup, payment: &Payment) -> Markup {
    html! {
        p.state.(class) role="status" {
            span.mark aria-hidden="true" { @if class == "paid" { "✓" } @else { "–" } }
            span { (words) }
        }
        p { a.back href=(payment.return_url) rel="noreferrer" { (both("返回商户", "Back to the merchant")) } }
    }
}

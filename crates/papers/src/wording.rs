//! The fixed words of a receipt, Chinese and English side by side. Nothing here depends on a gift.

/// A fixed text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Chinese, which stands first.
    pub zh: &'static str,
    /// English, small beside it or below it.
    pub en: &'static str,
}

const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// The paper's name.
pub const TITLE: Words = words("捐赠收据", "Donation receipt");
/// Before the receipt's number.
pub const NUMBER: Words = words("编号", "No.");
/// After the year in which the number was taken.
pub const YEAR: &str = "年度";
/// Before the donor's title.
pub const RECEIVED_FROM: Words = words("兹收到", "Received with thanks from");
/// In the donor's place when the gift is anonymous.
pub const ANONYMOUS: Words = words("一位不愿留名的捐赠人", "A donor who wishes to remain unnamed");
/// Before the amount in capitals, which English has no counterpart for.
pub const CAPITALS: &str = "人民币（大写）";
/// The amount.
pub const AMOUNT: Words = words("捐赠金额", "Amount");
/// The fund.
pub const FUND: Words = words("捐赠用途", "Given to");
/// The programme inside the fund.
pub const PROGRAMME: Words = words("资助项目", "Programme");
/// The day on which the money arrived.
pub const RECEIVED: Words = words("到账日期", "Received");
/// The day on which the receipt was issued.
pub const ISSUED: Words = words("开具日期", "Issued");
/// How the gift was paid.
pub const CHANNEL: Words = words("支付方式", "Paid by");
/// Who of the recipient's staff handled it.
pub const HANDLER: Words = words("经办人", "Handled by");
/// The donor's own words.
pub const DEDICATION: Words = words("捐赠寄语", "Dedication");
/// Closes the body of a valid receipt.
pub const THANKS: Words = words("谨致谢忱。", "With sincere thanks.");
/// The recipient organisation.
pub const RECIPIENT: Words = words("收款单位", "Recipient");
/// The recipient's unified social credit code (GB 32100).
pub const CREDIT_CODE: Words = words("统一社会信用代码", "Credit code");
/// The recipient's certificate for public fundraising (慈善法 Art 22).
pub const CERTIFICATE: Words = words("公开募捐资格证书", "Fundraising certificate");
/// The filing number of the fundraising plan (慈善法 Art 24).
pub const PLAN: Words = words("募捐方案备案编号", "Plan filing no.");
/// Beside the QR code.
pub const VERIFY: Words = words("扫码查验", "Scan to verify");
/// What the verification page tells.
pub const VERIFY_MORE: Words = words("此刻是否有效，一查便知。", "Shows whether it is valid now.");
/// What this paper is not (财综〔2024〕1号).
pub const NOTICE: Words = words(
    "本收据是收款单位对捐赠的确认，不是《公益事业捐赠统一票据》，不能用于税前扣除。如需税前扣除，请向收款单位索取《公益事业捐赠统一票据》。",
    "This receipt acknowledges a gift. It is not the official public-welfare donation invoice and is not valid \
     for tax deduction; please ask the recipient for the official invoice.",
);
/// Mark of a copy.
pub const COPY: Words = words("副本", "COPY");
/// Mark of a void receipt.
pub const VOID: Words = words("作废", "VOID");
/// Mark of a replaced receipt.
pub const REPLACED: Words = words("已换开", "REPLACED");
/// Mark of demonstration data.
pub const DEMO: Words = words("演示", "DEMO");
/// Says what a copy is.
pub const COPY_LINE: Words = words("本页是收据副本，不是另一笔捐赠。", "A copy: not a second gift.");
/// Says that the receipt is void.
pub const VOID_LINE: Words = words("本收据已作废。", "This receipt is void.");
/// Says that the receipt was replaced.
pub const REPLACED_LINE: Words = words("本收据已换开，不再有效。", "Replaced and no longer valid.");
/// Mark of a receipt whose gift went back.
pub const RETURNED: Words = words("已退回", "RETURNED");
/// Mark of a receipt whose gift went back in part.
pub const PARTLY_RETURNED: Words = words("部分退回", "PARTLY RETURNED");
/// Says that nothing of the gift is left.
pub const RETURNED_LINE: Words =
    words("此笔捐赠已全部退回，本收据不再有效。", "Returned in full; this receipt is no longer valid.");
/// Says what of the gift is left; `{left}` is filled in.
pub const PARTLY_RETURNED_LINE: Words =
    words("此笔捐赠已部分退回，余 ¥{left}。", "Returned in part; ¥{left} remains.");
/// Before the number of the receipt that took this one's place.
pub const REPLACED_BY: Words = words("由此收据取代", "Replaced by");
/// Before the number of the receipt whose place this one takes.
pub const REPLACES: Words = words("取代收据", "Replaces");
/// Says that the data is made up.
pub const DEMO_LINE: Words =
    words("演示数据，全部虚构，不代表真实捐赠。", "Demonstration: fictitious data, no gift was made.");
/// What the QR code is, for those who cannot see it.
pub const QR_ALT: &str = "二维码：打开查验页 QR code: opens the verification page";
/// What the seal is, for those who cannot see it.
pub const SEAL_ALT: &str = "收款单位印章 Seal of the recipient";
/// Before the page number when a paper has several pages; `{page}` and `{pages}` are filled in.
pub const PAGE: Words = words("第 {page} 页，共 {pages} 页", "Page {page} of {pages}");

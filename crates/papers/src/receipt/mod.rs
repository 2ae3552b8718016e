//! The donation receipt (捐赠收据): what stands on it, and how it becomes a PDF.

mod compose;
mod flow;
mod foot;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata, PageLayout};

use crate::error::{Field, PaperError};
use crate::font::printable;
use crate::qr::Qr;
use crate::{draw, wording};

/// Longest number, code, date or sum in words that is set, in characters as printed.
const CODE_LIMIT: usize = 80;
/// Longest name of a recipient that is set, in characters as printed; it stands on the paper twice.
const RECIPIENT_LIMIT: usize = 150;
/// Longest address that is set, in characters.
const ADDRESS_LIMIT: usize = 300;
/// Longest name of a donor, fund or programme that is set, in characters; real ones stay far below.
const NAME_LIMIT: usize = 300;
/// Most pixels on a side of a seal: a picture that unpacks to more is no seal.
const SEAL_SIDE: u32 = 4096;
/// Longest dedication that is set, in characters; it may run over several pages.
const DEDICATION_LIMIT: usize = 4000;

/// A text that comes in both languages, already worded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    /// Chinese, which stands first.
    pub zh: String,
    /// English, small beside it; `None` where there is none.
    pub en: Option<String>,
}

/// A day as it stands on the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperDate {
    /// As written in Chinese: `2026年11月22日`.
    pub zh: String,
    /// ISO 8601, `2026-11-22`; it serves English readers.
    pub iso: String,
}

/// The organisation that received the gift and answers for it (慈善法 Art 22, 38).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its registered name.
    pub name: Bilingual,
    /// Unified social credit code (GB 32100).
    pub credit_code: String,
    /// Number of its certificate for public fundraising, where it has one.
    pub certificate: Option<String>,
    /// Filing number of the fundraising plan, where the gift came under one.
    pub plan: Option<String>,
}

/// What kind of paper this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperKind {
    /// The receipt itself.
    Original,
    /// A further print of a valid receipt: 副本.
    Copy,
    /// The receipt was declared void: 作废.
    Void,
    /// Another receipt took its place: 已换开.
    Replaced,
}

/// Everything that a receipt shows, already decided and worded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPaper {
    /// The receipt's own gapless number, printed as it is.
    pub number: String,
    /// The year in which the number was taken (Asia/Shanghai). Printed where the number does not show it.
    pub year: i16,
    /// Who received the gift.
    pub recipient: Recipient,
    /// The donor's title; `None` for an anonymous gift.
    pub donor: Option<String>,
    /// The gift in fen, above zero.
    pub amount_fen: i64,
    /// The same amount in capitals: `壹佰元零伍角`.
    pub amount_capitals: String,
    /// The fund.
    pub fund: Bilingual,
    /// The programme inside the fund, where the gift was directed.
    pub programme: Option<Bilingual>,
    /// How the gift was paid.
    pub channel: Bilingual,
    /// The day on which the money arrived.
    pub received: PaperDate,
    /// The day on which this receipt was issued.
    pub issued: PaperDate,
    /// Who of the recipient's staff handled it (慈善法 Art 38: 经办).
    pub handler: Option<String>,
    /// The donor's own words, as staff passed them.
    pub dedication: Option<String>,
    /// What kind of paper this is.
    pub kind: PaperKind,
    /// What is left of the amount, in fen, where some of it went back since the issue; zero where all did.
    pub left_fen: Option<i64>,
    /// Number of the receipt whose place this one takes.
    pub replaces: Option<String>,
    /// Number of the receipt that took this one's place.
    pub replaced_by: Option<String>,
    /// The verification page of this receipt, drawn as QR code and printed.
    pub verify_url: String,
    /// The recipient's own seal as PNG or JPEG, placed only when given; none is ever drawn.
    pub seal: Option<Vec<u8>>,
    /// Marks the paper as demonstration: 演示.
    pub demo: bool,
    /// The creation date in the file's metadata: a parameter, so that the same input gives the same bytes.
    pub created: Timestamp,
}

/// Makes the receipt: A5 upright, PDF/A-2a and PDF/UA-1, embedded subset fonts, one page unless a dedication or
/// name is so long that it needs more. The same paper gives the same bytes.
///
/// # Errors
/// [`PaperError::Missing`], [`PaperError::TooLong`], [`PaperError::NoAddress`] and [`PaperError::NotPositive`]
/// name a field that cannot stand on a receipt; [`PaperError::SealUnreadable`] a broken picture. [`PaperError::Format`] never follows
/// from input: foreign characters that the faces or the standards do not know are written out as `[U+20BB7]`.
pub fn receipt_pdf(paper: &ReceiptPaper) -> Result<Vec<u8>, PaperError> {
    let paper = checked(paper)?;
    let qr = Qr::new(&paper.verify_url).ok_or(PaperError::TooLong(Field::VerifyUrl, ADDRESS_LIMIT))?;
    let seal = paper.seal.as_deref().map(picture).transpose()?;
    let sheet = compose::receipt(&paper, &qr, seal.as_ref().map(Image::size))?;
    draw::pdf(&sheet, metadata(&paper), seal.as_ref())
}

/// The paper with every string fit for print, and nothing missing.
fn checked(paper: &ReceiptPaper) -> Result<ReceiptPaper, PaperError> {
    let recipient = &paper.recipient;
    Ok(ReceiptPaper {
        number: code(&paper.number, Field::Number)?,
        recipient: Recipient {
            name: Bilingual {
                zh: short(&recipient.name.zh, Field::Recipient, RECIPIENT_LIMIT)?,
                en: optional(&recipient.name.en, |text| short(text, Field::Recipient, RECIPIENT_LIMIT))?,
            },
            credit_code: code(&recipient.credit_code, Field::Recipient)?,
            certificate: optional(&recipient.certificate, |text| code(text, Field::Recipient))?,
            plan: optional(&recipient.plan, |text| code(text, Field::Recipient))?,
        },
        donor: optional(&paper.donor, |text| long(text, Field::Donor, NAME_LIMIT))?,
        amount_capitals: code(&paper.amount_capitals, Field::Capitals)?,
        fund: both(&paper.fund, Field::Fund)?,
        programme: paper.programme.as_ref().map(|words| both(words, Field::Programme)).transpose()?,
        channel: both(&paper.channel, Field::Channel)?,
        received: date(&paper.received)?,
        issued: date(&paper.issued)?,
        handler: optional(&paper.handler, |text| long(text, Field::Handler, NAME_LIMIT))?,
        dedication: optional(&paper.dedication, |text| long(text, Field::Dedication, DEDICATION_LIMIT))?,
        replaces: optional(&paper.replaces, |text| code(text, Field::Chain))?,
        replaced_by: optional(&paper.replaced_by, |text| code(text, Field::Chain))?,
        verify_url: address(&paper.verify_url)?,
        ..paper.clone()
    })
}

/// A text that donors or staff type: measured before its rare characters are spelled out, so that a rare name is
/// no longer than a common one.
fn long(text: &str, field: Field, limit: usize) -> Result<String, PaperError> {
    if text.chars().count() > limit {
        return Err(PaperError::TooLong(field, limit));
    }
    present(printable(text), field)
}

/// A text that must stay small on the paper: measured as it is printed.
fn short(text: &str, field: Field, limit: usize) -> Result<String, PaperError> {
    let text = printable(text);
    if text.chars().count() > limit { Err(PaperError::TooLong(field, limit)) } else { present(text, field) }
}

fn code(text: &str, field: Field) -> Result<String, PaperError> {
    short(text, field, CODE_LIMIT)
}

fn both(words: &Bilingual, field: Field) -> Result<Bilingual, PaperError> {
    let name = |text: &str| long(text, field, NAME_LIMIT);
    Ok(Bilingual { zh: name(&words.zh)?, en: optional(&words.en, name)? })
}

fn date(date: &PaperDate) -> Result<PaperDate, PaperError> {
    Ok(PaperDate { zh: code(&date.zh, Field::Date)?, iso: code(&date.iso, Field::Date)? })
}

/// Links in a PDF are 7-bit ASCII (ISO 32000-1, 12.6.4.7).
fn address(text: &str) -> Result<String, PaperError> {
    if !text.chars().all(|character| character.is_ascii_graphic()) {
        return Err(PaperError::NoAddress(Field::VerifyUrl));
    }
    short(text, Field::VerifyUrl, ADDRESS_LIMIT)
}

/// Blank is as good as absent where a field may be absent.
fn optional(
    text: &Option<String>,
    check: impl Fn(&str) -> Result<String, PaperError>,
) -> Result<Option<String>, PaperError> {
    text.as_deref().filter(|text| !printable(text).is_empty()).map(check).transpose()
}

fn present(text: String, field: Field) -> Result<String, PaperError> {
    if text.is_empty() { Err(PaperError::Missing(field)) } else { Ok(text) }
}

/// PNG and JPEG by their first bytes, whatever the upload called itself.
/// Whether a picture can be placed as a seal: a PNG or JPEG of at most 4,096 pixels a side.
///
/// # Errors
/// [`PaperError::SealUnreadable`].
pub fn seal_readable(bytes: &[u8]) -> Result<(), PaperError> {
    picture(bytes).map(|_| ())
}

fn picture(bytes: &[u8]) -> Result<Image, PaperError> {
    let data = bytes.to_vec().into();
    let image = match bytes {
        [0x89, b'P', b'N', b'G', ..] => Image::from_png(data, false),
        [0xFF, 0xD8, 0xFF, ..] => Image::from_jpeg(data, false),
        _ => return Err(PaperError::SealUnreadable),
    };
    let image = image.map_err(|_| PaperError::SealUnreadable)?;
    let (width, height) = image.size();
    if !(1..=SEAL_SIDE).contains(&width) || !(1..=SEAL_SIDE).contains(&height) {
        Err(PaperError::SealUnreadable)
    } else {
        Ok(image)
    }
}

fn metadata(paper: &ReceiptPaper) -> Metadata {
    Metadata::new()
        .title(title(paper))
        .authors(vec![paper.recipient.name.zh.clone()])
        .creator("Spark 火种".to_owned())
        .producer("Spark 火种".to_owned())
        .language("zh-CN".to_owned())
        // All prints of one receipt share an identity; each print has its own instance.
        .document_id(format!("{}/{}", paper.recipient.credit_code, paper.number))
        .creation_date(pdf_date(paper.created))
        .page_layout(PageLayout::SinglePage)
}

/// The document's title as a viewer shows it.
fn title(paper: &ReceiptPaper) -> String {
    format!("{} {} {}", wording::TITLE.zh, wording::TITLE.en, paper.number)
}

/// The instant in Chinese time, whose offset has been constant since 1991.
pub(crate) fn pdf_date(created: Timestamp) -> DateTime {
    const CHINA_HOURS: i8 = 8;
    let local = created.to_zoned(TimeZone::fixed(Offset::constant(CHINA_HOURS)));
    DateTime::new(u16::try_from(local.year()).unwrap_or_default())
        .month(local.month().unsigned_abs())
        .day(local.day().unsigned_abs())
        .hour(local.hour().unsigned_abs())
        .minute(local.minute().unsigned_abs())
        .second(local.second().unsigned_abs())
        .utc_offset_hour(CHINA_HOURS)
        .utc_offset_minute(0)
}

//! What can go wrong with a paper, as codes with arguments.

/// A field of a paper that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The receipt's number.
    Number,
    /// A name or code of the recipient organisation.
    Recipient,
    /// The donor's title.
    Donor,
    /// The amount in figures.
    Amount,
    /// The amount in capitals.
    Capitals,
    /// The fund's name.
    Fund,
    /// The programme's name.
    Programme,
    /// How the gift was paid.
    Channel,
    /// One of the dates.
    Date,
    /// The staff member's name.
    Handler,
    /// The donor's dedication.
    Dedication,
    /// The number of the receipt before or after this one.
    Chain,
    /// The address that the QR code carries.
    VerifyUrl,
    /// The recipient's own seal picture.
    Seal,
}

/// Why a paper could not be made. Nothing is written in that case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// A field that must stand on the paper is empty.
    #[error("{0:?} is empty")]
    Missing(Field),
    /// A field has more characters than any real one: the number is the limit.
    #[error("{0:?} has more than {1} characters")]
    TooLong(Field, usize),
    /// An address holds blanks or characters beyond ASCII: it must come percent-encoded.
    #[error("{0:?} is no address")]
    NoAddress(Field),
    /// The amount is not a positive number of fen; the number is what came.
    #[error("{0} fen is no amount of a gift")]
    NotPositive(i64),
    /// The seal is neither a PNG nor a JPEG, cannot be read, or has more than 4,096 pixels on a side.
    #[error("the seal picture cannot be read")]
    SealUnreadable,
    /// The PDF library refused the finished paper, for instance a rule of PDF/A that was broken. A fault of
    /// this crate and never of the input; the text names the rule.
    #[error("the paper breaks a rule of its format: {0}")]
    Format(String),
}

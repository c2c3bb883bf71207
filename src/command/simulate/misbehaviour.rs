//! What a simulated partner can do wrong.

use clap::ValueEnum;

/// What a simulated partner can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Misbehaviour {
    /// The first receipt for each message is held back.
    LateReceipt,
    /// The first receipt for each message is signed by a key that nobody registered.
    WrongSigner,
    /// The revocation list that is handed out has run out.
    StaleCrl,
    /// The first receipt for each message is cut off in the middle.
    Truncate,
    /// The clock is ten minutes ahead.
    Skew,
    /// Each message is sent twice.
    Duplicate,
    /// The first answer to each message is no receipt.
    Garbage,
    /// The first answer to each message is 500.
    Error,
}

impl Misbehaviour {
    /// What it does, in words.
    pub(super) const fn says(self) -> &'static str {
        match self {
            Self::LateReceipt => "holds the first receipt for each message back",
            Self::WrongSigner => "signs the first receipt for each message by a key that nobody registered",
            Self::StaleCrl => "hands out a revocation list that has run out",
            Self::Truncate => "cuts the first receipt for each message off in the middle",
            Self::Skew => "has a clock that is ten minutes ahead",
            Self::Duplicate => "sends each of its messages twice",
            Self::Garbage => "first answers each message with something that is no receipt",
            Self::Error => "first answers each message with 500",
        }
    }
}

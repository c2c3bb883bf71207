//! The use cases with partners: partner book, outbox, inbox, subscription.
//!
//! [`Exchange`] holds what they share. `render` and `outgoing` make what leaves, [`outbox`] sends it (`attempt`, over a
//! `link` that may be broken) and keeps receipts, `inbox` takes what comes (`reading`) and gives them. `notice` is the
//! two for messages with a content of their own, `bulk_out` and `bulk_in` are the two for events that touch many
//! certificates. `feed` tells a partner that asks (`told`), and `snapshot` puts all of that into files. `probe` walks the
//! link to a partner and says what is wrong with it. Not here: HTTP servers (`web`), what a message looks like (`message`),
//! whom to trust (`trust`).

mod again;
mod agreement;
mod attempt;
mod book;
mod bulk_in;
mod bulk_out;
mod client;
mod endings;
#[expect(clippy::module_inception, reason = "the noun of the room")]
mod exchange;
mod feed;
mod frozen;
mod house;
mod inbox;
mod link;
mod notice;
pub mod outbox;
mod outgoing;
mod partner;
mod probe;
mod reading;
mod render;
mod set_back;
mod snapshot;
mod subscription;
mod told;

pub use agreement::{Agreement, DataClass};
pub use book::{BookError, Entry, PartnerBook, read_partner};
pub use client::CallError;
pub use endings::{Ending, EndingKind};
pub use exchange::{Exchange, Parts, ReloadError, SharedBook};
pub use feed::{FEED_FORM, FeedPage, NotTold, Plain, ToldChange};
pub use frozen::{Frozen, Unreadable};
pub use house::House;
pub use inbox::{Arrived, KEPT_SECONDS, NoReceipt};
pub use notice::{NoticeDraft, NoticeError, template};
pub use partner::{
    AnchorFile, AnchorWindow, Assertable, CrlException, Delivery, Limits, MessageKey, Partner, Role, Suspended,
};
pub use probe::{LINK, LinkDescription, Step, Volume};
pub use render::{Rendered, STATUS_FORMAT, Unsendable, render};
pub use snapshot::{Exported, Imported, Manifest, PartFile, RefusedRow, SnapshotError};
pub use subscription::Subscription;
pub use told::Told;
